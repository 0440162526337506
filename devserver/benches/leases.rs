//! How many leases the server holds, and how many renewals a second it answers over HTTP, client and server on one
//! thread. Fails below the promised 20,000 leases and 2,000 renewals a second.

use bytes::Bytes;
use coffret_devserver::{Options, Server};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::process::ExitCode;
use std::time::Instant;

const LEASES: usize = 20_000;
const RENEWALS: u32 = 10_000;
const PROMISED: f64 = 2_000.0;

const SEED: &str = "
mounts: { database: { type: database } }
write:
- path: database/config/shop
  data: { plugin_name: postgresql-database-plugin, connection_url: 'postgresql://h/d', allowed_roles: ['*'] }
- path: database/roles/shop
  data: { db_name: shop, default_ttl: 1h, max_ttl: 24h }
";

type Failure = Box<dyn std::error::Error>;

async fn send(sender: &mut SendRequest<Full<Bytes>>, method: &str, path: &str, body: String) -> Result<Bytes, Failure> {
    let request = http::Request::builder()
        .method(method)
        .uri(path)
        .header("host", "server")
        .header("x-vault-token", "root")
        .body(Full::new(Bytes::from(body)))?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = response.into_body().collect().await?.to_bytes();
    if status.is_success() {
        Ok(body)
    } else {
        Err(format!("{method} {path}: {status}").into())
    }
}

async fn measure() -> Result<f64, Failure> {
    let options = Options {
        root_token: Some("root".to_owned()),
        seed: Some(SEED.to_owned()),
        ..Options::default()
    };
    let server = Server::start(options).await?;
    let stream = tokio::net::TcpStream::connect(server.address()).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let start = Instant::now();
    for _ in 0..LEASES {
        send(&mut sender, "GET", "/v1/database/creds/shop", String::new()).await?;
    }
    let issued = f64::from(u32::try_from(LEASES)?) / start.elapsed().as_secs_f64();
    let leases = server.leases("database/");
    println!("{} leases, issued at {issued:.0}/s", leases.len());
    if leases.len() != LEASES {
        return Err("leases are missing".into());
    }
    let start = Instant::now();
    for lease in leases.iter().step_by(2).take(usize::try_from(RENEWALS)?) {
        let body = format!(r#"{{"lease_id":"{}"}}"#, lease.id);
        send(&mut sender, "PUT", "/v1/sys/leases/renew", body).await?;
    }
    Ok(f64::from(RENEWALS) / start.elapsed().as_secs_f64())
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(measure()))
    {
        Ok(rate) => {
            println!("renewed at {rate:.0}/s, {PROMISED:.0}/s promised");
            if rate >= PROMISED {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
