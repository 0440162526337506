//! The steps of the demo, in order; each one checks what it did.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use coffret_devserver::Server;
use coffret_injector::Running;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::signal::unix::{SignalKind, signal};

use super::checks;
use super::example::Example;
use super::operator::Operator;
use super::pod::Pod;
use super::process::AgentProcess;
use super::progress::Progress;
use super::review::admit;
use super::secrets::SecretValues;
use super::{Options, cluster, files, servers};

/// Runs the demo and prints each step.
///
/// # Errors
/// Names the step that failed, with the reason.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(async {
        let example = options.example.as_deref().map_or_else(Example::web, Example::read)?;
        let progress = Progress::new();
        let demo = unless_interrupted(checked(options, &example, &progress)).await?;
        if options.keep {
            demo.keep().await?;
        }
        unless_interrupted(demo.stop(&example, &progress)).await?;
        println!(
            "\nEvery step was checked. {:.1} s in all; nothing is left running.",
            progress.elapsed().as_secs_f32()
        );
        Ok(())
    })
}

/// What runs once every check has passed. Dropped, it takes its processes and its directory with it.
struct Demo {
    directory: TempDir,
    server: Server,
    operator: Operator,
    webhook: Running,
    process: AgentProcess,
}

async fn checked(options: &Options, example: &Example, progress: &Progress) -> anyhow::Result<Demo> {
    let agent = servers::agent_binary(options.agent.as_deref())?;
    let mut secrets = SecretValues::default();
    let directory = tempfile::Builder::new()
        .prefix("coffret-demo-")
        .tempdir()
        .context("making a directory")?;

    let server = progress
        .step("dev server", servers::start_dev_server(options.listen, example))
        .await?;
    let operator = Operator::new(server.url(), server.root_token())?;
    let issuer = progress.step("cluster", servers::trust_cluster(&operator)).await?;
    let webhook = progress.step("webhook", servers::start_webhook(server.url())).await?;
    let pod = progress
        .step("admission", admission(&webhook, example, progress))
        .await?;
    let pod = Pod::new(&pod, example, &issuer, &agent, directory.path())?;

    let mut process = progress.step("agent", async { pod.start() }).await?;
    progress
        .step("start-up probe", pod.wait_until_ready(&mut process))
        .await?;
    let accounts = server.accounts("database/");
    let expected = checks::expected_files(&example.scenario, &accounts)?;
    secrets.add(&json!([example.scenario.change.data, accounts]));
    for path in &example.scenario.secrets {
        secrets.add(&operator.read(path).await?["data"]["data"]);
    }
    progress.step("files", async { checks::files(&pod, &expected) }).await?;
    show(progress, &pod, &expected, &secrets)?;
    progress
        .step(
            "secret changed",
            checks::change(&pod, &operator, &example.scenario.change),
        )
        .await?;
    progress
        .step("lease renewed", checks::lease(&operator, &example.scenario.lease))
        .await?;
    progress.step("logs", async { checks::logs(&pod, &secrets) }).await?;
    Ok(Demo {
        directory,
        server,
        operator,
        webhook,
        process,
    })
}

impl Demo {
    /// Says where everything is, and waits until somebody stops it.
    async fn keep(&self) -> anyhow::Result<()> {
        println!("\nEverything is left running until Ctrl-C:");
        println!(
            "    export VAULT_ADDR='{}' VAULT_TOKEN='{}'",
            self.server.url(),
            self.server.root_token()
        );
        println!("    webhook {}", self.webhook.url());
        println!("    volumes and the agent's log: {}", self.directory.path().display());
        interruption().await
    }

    async fn stop(self, example: &Example, progress: &Progress) -> anyhow::Result<()> {
        progress
            .step(
                "stop",
                checks::stop(self.process, &self.operator, &example.scenario.lease),
            )
            .await?;
        self.webhook.shutdown().await;
        self.server.shutdown().await;
        self.directory.close().context("removing the demo's directory")
    }
}

/// The work's result; an error when Ctrl-C or SIGTERM comes first, and the work is dropped with all it started.
async fn unless_interrupted<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::select! {
        done = work => done,
        stopped = interruption() => {
            stopped?;
            bail!("interrupted; everything is stopped")
        }
    }
}

/// Waits for Ctrl-C or SIGTERM.
async fn interruption() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("waiting for SIGTERM")?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.context("waiting for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}

/// The Deployment's pod as the API server would send it, and as the webhook changes it.
async fn admission(webhook: &Running, example: &Example, progress: &Progress) -> anyhow::Result<(Value, String)> {
    let namespace = &example.scenario.namespace;
    let mut pod = cluster::pod_of_deployment(&example.documents, namespace)?;
    cluster::admit_service_account(&mut pod);
    let admitted = admit(&webhook.url(), webhook.ca_pem(), &pod, namespace).await?;
    for warning in &admitted.warnings {
        progress.detail(&format!("Warning: {warning}"));
    }
    let happened = format!(
        "TLS 1.3 verified, a JSON patch of {} operations applied to the pod",
        admitted.operations
    );
    Ok((admitted.pod, happened))
}

fn show(
    progress: &Progress,
    pod: &Pod,
    expected: &BTreeMap<String, String>,
    secrets: &SecretValues,
) -> anyhow::Result<()> {
    for path in expected.keys() {
        progress.detail(&format!("# {path}"));
        progress.detail(&secrets.cover(&files::read(pod.mounts(), path)?));
    }
    Ok(())
}
