//! The agent's process: the real engine on a clock that the judge moves.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use coffret_agent::engine::{Control, Engine, World};
use coffret_agent::environment::Environment;
use coffret_agent::flags::Given;
use coffret_agent::log::{Format, Logger};
use coffret_agent::random::SystemRandom;
use coffret_agent::setup;
use coffret_config::agent::Disk;
use jiff::Timestamp;
use tokio::sync::mpsc::unbounded_channel;

use crate::Outcome;
use crate::pulse::Told;

/// Name of the socket that time comes through.
pub const PULSE: &str = "pulse";

/// Works in `directory` until nobody tells the time any more.
pub fn run(directory: &Path) -> Outcome<()> {
    let log = std::fs::File::create(directory.join("agent.log"))?;
    tracing::subscriber::set_global_default(Arc::new(Logger::new(
        Format::Standard,
        tracing::Level::WARN,
        Box::new(log),
    )))?;
    coffret_vault::install_crypto_provider();
    let start: Timestamp = std::fs::read_to_string(directory.join("start"))?.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, work(directory, start))
}

async fn work(directory: &Path, start: Timestamp) -> Outcome<()> {
    let environment: Environment = [("COFFRET_REVOKE_ON_EXIT", "true")].into_iter().collect();
    let given = Given::default();
    let loaded = coffret_config::agent::load(&[directory.join("agent.json")], &Disk)
        .map_err(|found| format!("{} mistakes in the configuration", found.len()))?;
    let plan = setup::plan(&loaded.config, &given, &environment)?;
    let settings = setup::settings(&loaded.config, &given, &environment)?;
    let server = setup::server(&loaded.config, &settings)?;
    let clock = Told::new(start);
    let world = World {
        clock: Rc::new(clock.clone()),
        random: Rc::new(SystemRandom),
        environment: Rc::new(environment),
        etc: PathBuf::from("/etc"),
    };
    let (controls, received) = unbounded_channel();
    let socket = directory.join(PULSE);
    tokio::task::spawn_local(async move {
        // However time ends, the agent is to stop; one that stopped by itself cannot be told.
        let _ = clock.follow(&socket).await;
        let _ = controls.send(Control::Stop);
    });
    Ok(Engine::new(world, plan, server, None).run(received).await?)
}
