//! The HTTP API, call by call. The checks are data (`checks/*.yaml`, picked up by name) and say what OpenBao 2.6 answers.
//!
//! They run against the server of this crate, in this process. With `COFFRET_TEST_VAULT_ADDR` (`http://host:port`) and
//! `COFFRET_TEST_VAULT_TOKEN` (a root token) they run against that server as well, so that a real one can judge them: use a
//! development server, for the checks mount, tune and revoke.

// `cfg(test)` tells clippy that these may unwrap.
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod check;
#[cfg(test)]
mod exchange;
#[cfg(test)]
mod scenario;
#[cfg(test)]
mod shape;
#[cfg(test)]
mod tutorial;

use check::Side;
use exchange::Target;

/// Fewer than this means that files got lost.
const FEWEST_CHECKS: usize = 400;

#[cfg(test)]
async fn run_all(side: Side, target: &Target) {
    let run = format!("{:x}", jiff::Timestamp::now().as_nanosecond());
    let (mut checks, mut failures) = (0, Vec::new());
    for (path, file) in check::load_all() {
        let name = path
            .file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let outcome = scenario::run(&name, &file, side, target, &run).await;
        println!("{name}: {} checks, {} failed", outcome.checks, outcome.failures.len());
        checks += outcome.checks;
        failures.extend(outcome.failures);
    }
    println!("{checks} checks, {} failed", failures.len());
    assert!(
        failures.is_empty(),
        "{} of {checks} checks failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(checks >= FEWEST_CHECKS, "only {checks} checks were found");
}

#[tokio::test]
async fn our_server_answers_as_the_checks_say() {
    let options = coffret_devserver::Options {
        root_token: Some("root".to_owned()),
        ..Default::default()
    };
    let server = coffret_devserver::Server::start(options)
        .await
        .expect("the server starts on a free port");
    run_all(Side::Ours, &Target::parse(server.url(), "root")).await;
}

#[tokio::test]
async fn the_named_real_server_answers_as_the_checks_say() {
    let named = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(address), Some(token)) = (named("COFFRET_TEST_VAULT_ADDR"), named("COFFRET_TEST_VAULT_TOKEN")) else {
        eprintln!("SKIPPED: no COFFRET_TEST_VAULT_ADDR and COFFRET_TEST_VAULT_TOKEN name a real server");
        return;
    };
    run_all(Side::Real, &Target::parse(&address, &token)).await;
}
