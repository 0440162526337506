//! `coffret-injector`: see the library for what it does.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use coffret_injector::settings::{LogFormat, ServeSettings, Settings};
use coffret_injector::{check, serve};
use tokio::signal::unix::{SignalKind, signal};

const USAGE: &str = "usage: coffret-injector [serve] [-flag value]…\n       coffret-injector check WEBHOOK-CONFIGURATION\n\
    \u{20}      coffret-injector version\n\
    Every flag and AGENT_INJECT_ variable is described in docs/injector-settings.md.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rest = match args.first().map(String::as_str) {
        Some("version" | "-version" | "--version") => {
            println!("coffret-injector {}", env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Some("help" | "-h" | "-help" | "--help") => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some("check") => return report(check_for_a_while(&args[1..])),
        // The charts of vault-k8s and openbao-k8s call it so.
        Some("serve" | "agent-inject") => &args[1..],
        _ => &args[..],
    };
    report(run(rest))
}

fn report(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("coffret-injector: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[String]) -> anyhow::Result<()> {
    let variable = |name: &str| std::env::var(name).ok();
    let settings = Settings::read(args, &variable)?;
    log_to_stderr(&settings.serve);
    let namespace = namespace(&variable);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads())
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        serve(settings, namespace, stop).await?;
        Ok(())
    })
}

/// Right after an installation, certificates, endpoints and names take a moment.
fn check_for_a_while(args: &[String]) -> anyhow::Result<()> {
    const TRIES: u32 = 30;
    let [webhook] = args else { anyhow::bail!("{USAGE}") };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let client = kube::Client::try_default().await.context("finding the API server")?;
        let mut tries = 1;
        loop {
            match check(&client, webhook).await {
                Ok(hosts) => {
                    println!("{} answers, and its certificate is trusted", hosts.join(" and "));
                    return Ok(());
                }
                Err(error) if tries == TRIES => return Err(error.into()),
                Err(error) => eprintln!("not yet: {:#}", anyhow::Error::from(error)),
            }
            tries += 1;
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    })
}

/// As many threads as cores this process may use, but two are plenty: each keeps memory of its own.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().min(2))
}

fn log_to_stderr(settings: &ServeSettings) {
    let logs = tracing_subscriber::fmt()
        .with_max_level(settings.log_level)
        .with_writer(std::io::stderr)
        .with_target(false);
    match settings.log_format {
        LogFormat::Json => logs.json().flatten_event(true).init(),
        LogFormat::Standard => logs.with_ansi(false).init(),
    }
}

/// The injector's own namespace: told by the chart, else that of its service account.
fn namespace(variable: &impl Fn(&str) -> Option<String>) -> String {
    let mounted = || std::fs::read_to_string("/var/run/secrets/kubernetes.io/serviceaccount/namespace").ok();
    let told = variable("NAMESPACE").filter(|name| !name.is_empty());
    told.or_else(mounted)
        .map_or_else(|| "default".to_owned(), |name| name.trim().to_owned())
}
