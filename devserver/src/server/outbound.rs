//! Questions of engines to the outside world: one request with JSON, over HTTP or HTTPS.

use crate::engine::{Outbound, OutboundAnswer};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::ring};

/// A TokenReview is small; anything larger than this is none.
const MAX_ANSWER: usize = 1024 * 1024;
const TIMEOUT: Duration = Duration::from_secs(10);

/// Asks.
pub(super) async fn ask(question: &Outbound) -> OutboundAnswer {
    let result = match tokio::time::timeout(TIMEOUT, exchange(question)).await {
        Ok(result) => result,
        Err(_) => Err(format!(
            "no answer from {} within {} s",
            question.url,
            TIMEOUT.as_secs()
        )),
    };
    OutboundAnswer {
        url: question.url.clone(),
        result,
    }
}

async fn exchange(question: &Outbound) -> Result<(u16, Vec<u8>), String> {
    let uri: http::Uri = question
        .url
        .parse()
        .map_err(|error| format!("{}: {error}", question.url))?;
    let host = uri
        .host()
        .ok_or_else(|| format!("{}: no host", question.url))?
        .trim_matches(['[', ']'])
        .to_owned();
    let tls = uri.scheme_str() == Some("https");
    let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
    let stream = TcpStream::connect((host.as_str(), port))
        .await
        .map_err(|error| format!("dial tcp {host}:{port}: {}", unreachable(&error)))?;
    if !tls {
        return send(stream, &uri, question).await;
    }
    let name = ServerName::try_from(host.clone()).map_err(|error| format!("{host}: {error}"))?;
    let connector = TlsConnector::from(Arc::new(client_config(&question.ca)?));
    let stream = connector
        .connect(name, stream)
        .await
        .map_err(|error| format!("{host}:{port}: {error}"))?;
    send(stream, &uri, question).await
}

/// Why nobody is there, in the words of the original's network library.
fn unreachable(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::ConnectionRefused => "connect: connection refused".to_owned(),
        _ => error.to_string(),
    }
}

/// Trusts these certificates, or the public authorities where none are given.
fn client_config(ca: &str) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    if ca.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for certificate in CertificateDer::pem_slice_iter(ca.as_bytes()) {
        let certificate = certificate.map_err(|error| format!("CA certificate: {error}"))?;
        roots
            .add(certificate)
            .map_err(|error| format!("CA certificate: {error}"))?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn send<S>(stream: S, uri: &http::Uri, question: &Outbound) -> Result<(u16, Vec<u8>), String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let text = |error: &dyn std::fmt::Display| format!("{}: {error}", question.url);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| text(&error))?;
    let driver = tokio::spawn(connection);
    let mut request = http::Request::builder()
        .method(if question.body.is_some() { "POST" } else { "GET" })
        .uri(uri.path_and_query().map_or("/", |path| path.as_str()))
        .header("host", uri.authority().map_or("", |authority| authority.as_str()))
        .header("content-type", "application/json")
        .header("accept", "application/json");
    if !question.bearer.is_empty() {
        request = request.header("authorization", format!("Bearer {}", question.bearer));
    }
    let request = request
        .body(Full::new(Bytes::from(question.body.clone().unwrap_or_default())))
        .map_err(|error| text(&error))?;
    let response = sender.send_request(request).await.map_err(|error| text(&error))?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MAX_ANSWER)
        .collect()
        .await
        .map_err(|error| text(&error))?;
    driver.abort();
    Ok((status, body.to_bytes().to_vec()))
}
