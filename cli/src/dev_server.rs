//! `coffret dev-server`: the development server alone, until it is told to stop.

use std::io::{ErrorKind, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use coffret_devserver::{Options as ServerOptions, Server, StartError, Tls};
use tokio::signal::unix::{SignalKind, signal};

/// What `coffret dev-server` can be told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Where to listen; loopback unless told otherwise, port 0 takes any free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8200", value_parser = address)]
    listen: SocketAddr,
    /// The token for everything; a random one by default
    #[arg(long, value_name = "TOKEN", value_parser = token)]
    root_token: Option<String>,
    /// Serves HTTPS with this certificate (PEM, with what it chains to)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Mounts, policies, roles and secrets to begin with, YAML; without it there is a KV store, version 2, at secret/
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
}

/// An address to listen on; `localhost` is the loopback address.
fn address(text: &str) -> Result<SocketAddr, String> {
    let literal = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    literal
        .parse()
        .map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8200".to_owned())
}

/// A token that can stand in a header and on a command line.
fn token(text: &str) -> Result<String, String> {
    match !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err("expected printable ASCII characters without blanks".to_owned()),
    }
}

fn tls(options: &Options) -> anyhow::Result<Option<Tls>> {
    let read =
        |path: &Path| std::fs::read_to_string(path).with_context(|| format!("reading the TLS file {}", path.display()));
    let (Some(certificate), Some(key)) = (&options.tls_cert, &options.tls_key) else {
        return Ok(None);
    };
    Ok(Some(Tls {
        certificate_chain: read(certificate)?,
        private_key: read(key)?,
        ask_client: true,
    }))
}

/// What there is without a seed: what other servers' development mode begins with.
const BARE: &str = "mounts: { secret: { type: kv-v2, description: key/value secret storage } }";

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// When the address is taken, or the seed or a TLS file is wrong: names it, and the line or key.
pub fn run(options: Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(serve(options))
}

/// Why the server does not start, with what can be done about it.
pub fn explained(error: StartError, listen: SocketAddr) -> anyhow::Error {
    let StartError::Listen { source, .. } = &error else {
        return error.into();
    };
    let port = listen.port();
    let advice = match source.kind() {
        ErrorKind::AddrInUse => "another program listens there; --listen 127.0.0.1:0 takes any free port".to_owned(),
        ErrorKind::AddrNotAvailable => format!("this machine has no such address; try --listen 127.0.0.1:{port}"),
        ErrorKind::PermissionDenied => "ports below 1024 are the system's; try --listen 127.0.0.1:8200".to_owned(),
        _ => return error.into(),
    };
    anyhow::Error::msg(advice).context(format!("listening on {listen}"))
}

/// What whoever started the server has to know.
fn greeting(server: &Server, listen: SocketAddr) -> String {
    let (url, token, key) = (server.url(), server.root_token(), server.unseal_key());
    let mut text = format!(
        "A development server: everything is in memory, unsealed, and gone when it ends. Never for production.\n\n    \
         export VAULT_ADDR='{url}'\n    export VAULT_TOKEN='{token}'\n\nUnseal key, should it be sealed: {key}\n\n"
    );
    if !listen.ip().is_loopback() {
        text.push_str(&format!(
            "It listens on {url}: whoever reaches that address reaches the secrets.\n\n"
        ));
    }
    text
}

async fn serve(options: Options) -> anyhow::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let files = [&options.seed, &options.tls_cert, &options.tls_key]
        .into_iter()
        .flatten();
    let files: Vec<String> = files.map(|path| path.display().to_string()).collect();
    let tls = tls(&options)?;
    let read =
        |path: &PathBuf| std::fs::read_to_string(path).with_context(|| format!("reading seed {}", path.display()));
    let seed = options.seed.as_ref().map(read);
    let server = ServerOptions {
        listen: options.listen,
        root_token: options.root_token,
        seed: Some(seed.transpose()?.unwrap_or_else(|| BARE.to_owned())),
        tls,
        ..ServerOptions::default()
    };
    let server = Server::start(server)
        .await
        .map_err(|error| explained(error, options.listen))
        .with_context(|| ["dev server", &files.join(", ")].join(" ").trim_end().to_owned())?;
    // Whoever started it may have stopped reading; that is no reason not to serve.
    let _unread = std::io::stdout().write_all(greeting(&server, options.listen).as_bytes());
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    server.shutdown().await;
    Ok(())
}
