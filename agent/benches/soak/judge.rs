//! The judge: moves time, looks at the files with the server's eyes, and counts.

use std::path::Path;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::net::UnixListener;
use tokio::process::{Child, Command};

use crate::Outcome;
use crate::files::Files;
use crate::memory::Usage;
use crate::pod::PULSE;
use crate::pulse::Pulse;
use crate::server::World;

/// So much faster than usual time goes on while the agent waits.
const SPEED: u32 = 1_000;
/// Real time between two beats.
const BEAT: Duration = Duration::from_millis(10);
/// Time goes on by no more than this in one beat; what a beat cannot make up for, the next ones do.
const LONGEST_STEP: Duration = Duration::from_secs(30);
/// Beats between two looks at the files.
const LOOK: u64 = 10;
/// Beats between two samples of the memory.
const SAMPLE: u64 = 100;
/// Beats between two changes of a KV secret.
const CHANGE: u64 = 500;
/// For the first rendering and for leaving.
const PATIENCE: Duration = Duration::from_secs(60);

/// Soaks an agent for `length` of real time.
pub fn run(length: Duration) -> Outcome<()> {
    coffret_vault::install_crypto_provider();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(soak(length))
}

async fn soak(length: Duration) -> Outcome<()> {
    let place = tempfile::tempdir()?;
    let start = Timestamp::now();
    let world = World::start(start).await?;
    let config = world.furnish(place.path()).await?;
    std::fs::write(place.path().join("start"), start.to_string())?;
    std::fs::write(place.path().join("agent.json"), config.to_string())?;
    let socket = UnixListener::bind(place.path().join(PULSE))?;
    let mut child = agent(place.path())?;
    let mut pulse = tokio::time::timeout(PATIENCE, Pulse::of(&socket)).await??;
    let mut files = Files::new(place.path());
    begin(&mut pulse, &files).await?;
    let mut usage = Usage::of(child.id().ok_or("the agent is gone")?);
    let looked = watch(length, &world, &mut pulse, &mut files, &mut usage).await;
    if let Err(error) = &looked {
        say(&format!(
            "{error}\nthe agent's log:\n{}",
            std::fs::read_to_string(place.path().join("agent.log"))?
        ));
    }
    looked?;
    let passed = pulse.passed();
    drop(pulse);
    let status = tokio::time::timeout(PATIENCE, child.wait()).await??;
    if !status.success() {
        return Err(format!("the agent ended with {status}").into());
    }
    say(&format!(
        "{:.1} h passed for the agent in {:.1} min; 20 templates\n{}",
        passed.as_secs_f64() / 3_600.0,
        length.as_secs_f64() / 60.0,
        files.settle(&world, passed)?
    ));
    say(&usage.verdict()?);
    Ok(())
}

fn say(text: &str) {
    use std::io::Write as _;
    // A closed standard output is no reason to stop.
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}

fn agent(place: &Path) -> Outcome<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("agent").arg(place).env_clear().kill_on_drop(true);
    Ok(command.spawn()?)
}

/// Waits until everything is rendered once.
async fn begin(pulse: &mut Pulse, files: &Files) -> Outcome<()> {
    let begun = Instant::now();
    while !files.are_there() {
        pulse.beat(Duration::ZERO).await?;
        tokio::time::sleep(BEAT).await;
        if begun.elapsed() > PATIENCE {
            return Err("the agent does not render its templates".into());
        }
    }
    Ok(())
}

async fn watch(
    length: Duration,
    world: &World,
    pulse: &mut Pulse,
    files: &mut Files,
    usage: &mut Usage,
) -> Outcome<()> {
    let begun = Instant::now();
    let (mut last, mut waiting) = (begun, true);
    let before = pulse.passed();
    for beat in 1_u64.. {
        tokio::time::sleep(BEAT).await;
        let real = last.elapsed();
        last = Instant::now();
        let step = if waiting {
            let owed = begun.elapsed() * SPEED;
            owed.saturating_sub(pulse.passed() - before).min(LONGEST_STEP)
        } else {
            real.min(BEAT)
        };
        world.server.clock().jump(SignedDuration::try_from(step)?);
        waiting = pulse.beat(step).await?;
        if beat % LOOK == 0 {
            files.look(world).await?;
        }
        if beat % SAMPLE == 0 {
            usage.sample()?;
        }
        if beat % CHANGE == 0 {
            files.change(world, beat / CHANGE).await?;
        }
        if begun.elapsed() >= length {
            break;
        }
    }
    Ok(())
}
