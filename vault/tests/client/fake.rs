//! A server that does what it is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use coffret_vault::{Address, Client, Settings};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UnixListener};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

/// One request as it came in.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Method and target, such as `GET /v1/a?list=true`.
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The name TLS sent, if any.
    pub sni: Option<String>,
    /// The client certificate's bytes, if any.
    pub certificate: Option<Vec<u8>>,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What to do with a request.
pub enum Reply {
    /// A whole answer; the connection stays.
    Answer(u16, Vec<(&'static str, String)>, String),
    /// These bytes, then the end of the connection.
    Raw(String),
    /// These bytes, then nothing for ever.
    Stall(String),
    /// This text once in a while, for ever.
    Drip(&'static str),
}

pub fn json(status: u16, body: &str) -> Reply {
    Reply::Answer(status, Vec::new(), body.to_owned())
}

type Answers = Arc<dyn Fn(&Seen) -> Reply + Send + Sync>;

/// A running server; ends with the test's runtime.
pub struct Fake {
    pub address: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    /// Plain HTTP on a free port.
    pub async fn start(answers: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Fake {
        Fake::listen(None, answers).await
    }

    /// HTTPS on a free port.
    pub async fn start_tls(config: ServerConfig, answers: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Fake {
        Fake::listen(Some(TlsAcceptor::from(Arc::new(config))), answers).await
    }

    async fn listen(tls: Option<TlsAcceptor>, answers: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Fake {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let address = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (seen, answers): (_, Answers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answers));
        let fake = Fake {
            address,
            seen: Arc::clone(&seen),
        };
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (tls, seen, answers) = (tls.clone(), Arc::clone(&seen), Arc::clone(&answers));
                tokio::spawn(async move {
                    match tls {
                        None => serve(stream, &Seen::default(), &seen, &answers).await,
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else { return };
                            let (_, session) = stream.get_ref();
                            let certificate = session.peer_certificates().map(|chain| chain[0].to_vec());
                            let peer = Seen {
                                sni: session.server_name().map(str::to_owned),
                                certificate,
                                ..Seen::default()
                            };
                            serve(stream, &peer, &seen, &answers).await;
                        }
                    }
                });
            }
        });
        fake
    }

    /// Plain HTTP on a unix socket.
    pub fn start_unix(path: &std::path::Path, answers: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Fake {
        let listener = UnixListener::bind(path).unwrap();
        let (seen, answers): (_, Answers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(answers));
        let fake = Fake {
            address: format!("unix://{}", path.display()),
            seen: Arc::clone(&seen),
        };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &Seen::default(), &seen, &answers).await;
            }
        });
        fake
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The only request there was.
    pub fn only(&self) -> Seen {
        let seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.into_iter().next().unwrap()
    }

    pub fn settings(&self) -> Settings {
        Settings::new(Address::parse(&self.address, "test").unwrap())
    }

    pub fn client(&self) -> Client {
        Client::new(self.settings()).unwrap()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: &Seen,
    log: &Mutex<Vec<Seen>>,
    answers: &Answers,
) {
    let mut waiting = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut waiting, peer).await {
        log.lock().unwrap().push(request.clone());
        match answers(&request) {
            Reply::Answer(status, headers, body) => {
                let headers: String = headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}\r\n"))
                    .collect();
                let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len());
                if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
                    return;
                }
            }
            Reply::Raw(bytes) => {
                let _ = stream.write_all(bytes.as_bytes()).await;
                return;
            }
            Reply::Stall(bytes) => {
                let _ = stream.write_all(bytes.as_bytes()).await;
                return std::future::pending().await;
            }
            Reply::Drip(text) => {
                let mut clock = tokio::time::interval(Duration::from_millis(10));
                while stream.write_all(text.as_bytes()).await.is_ok() {
                    clock.tick().await;
                }
                return;
            }
        }
    }
}

async fn read_request(stream: &mut (impl AsyncRead + Unpin), waiting: &mut Vec<u8>, peer: &Seen) -> Option<Seen> {
    let head_end = loop {
        if let Some(end) = waiting.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(waiting).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(waiting[..head_end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let line = lines.next().unwrap().trim_end_matches(" HTTP/1.1").to_owned();
    let split = |line: &str| {
        line.split_once(": ")
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
    };
    let headers: Vec<_> = lines.filter_map(split).collect();
    let mut seen = Seen {
        line,
        headers,
        ..peer.clone()
    };
    let length: usize = seen
        .header("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while waiting.len() < head_end + 4 + length {
        stream.read_buf(waiting).await.ok()?;
    }
    seen.body = String::from_utf8(waiting[head_end + 4..head_end + 4 + length].to_vec()).unwrap();
    waiting.drain(..head_end + 4 + length);
    Some(seen)
}
