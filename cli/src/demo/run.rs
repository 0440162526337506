//! The steps of the demo, in order; each one checks what it did.

use anyhow::{Context, bail};

use super::checks;
use super::example::Example;
use super::operator::Operator;
use super::pod::Pod;
use super::progress::Progress;
use super::secrets::SecretValues;
use super::servers::{self, Webhook};
use super::Options;

/// Runs the demo and prints each step.
///
/// # Errors
/// Names the step that failed, with the reason.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("starting the runtime")?;
    runtime.block_on(async {
        tokio::select! {
            done = demo(options) => done,
            _ = tokio::signal::ctrl_c(), if !options.keep => bail!("interrupted; everything is stopped"),
        }
    })
}

async fn demo(options: &Options) -> anyhow::Result<()> {
    let progress = Progress::new();
    let example = options.example.as_deref().map_or_else(Example::web, Example::read)?;
    let agent = servers::agent_binary(options.agent.as_deref())?;
    let mut secrets = SecretValues::of(&example);
    let directory = tempfile::Builder::new().prefix("coffret-demo-").tempdir().context("making a directory")?;

    let server = progress.step("dev server", servers::start_dev_server(options.listen, &example)).await?;
    let operator = Operator::new(server.url(), server.root_token())?;
    let issuer = progress.step("cluster", servers::trust_cluster(&operator)).await?;
    let webhook = progress.step("webhook", servers::start_webhook(server.url())).await?;
    let pod = progress.step("admission", admission(&webhook, &example, &progress)).await?;
    let pod = Pod::new(pod, &example, &issuer, &agent, directory.path())?;

    let mut process = progress.step("agent", async { pod.start() }).await?;
    progress.step("start-up probe", pod.wait_until_ready(&mut process)).await?;
    let expected = checks::expected_files(&example, &server, &mut secrets)?;
    progress.step("files", async { checks::files(&pod, &expected) }).await?;
    show(&progress, &pod, &expected, &secrets)?;
    progress.step("secret changed", checks::change(&pod, &operator, &example.scenario.change)).await?;
    progress.step("lease renewed", checks::lease(&operator, &example.scenario.lease)).await?;
    progress.step("logs", async { checks::logs(&pod, &secrets) }).await?;
    if options.keep {
        keep(&progress, &server, &webhook, &pod).await?;
    }
    progress.step("stop", checks::stop(process, &operator, &example.scenario.lease)).await?;
    webhook.stop().await;
    server.shutdown().await;
    directory.close().context("removing the demo's directory")?;
    println!("\nEvery step was checked. {:.1} s in all; nothing is left running.", progress.elapsed().as_secs_f32());
    Ok(())
}
