//! The server as the engine talks to it: calls made of what the store and the session want, failures turned into
//! [`Trouble`] with a likely fix.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use coffret_config::agent::Method;
use coffret_templates::Secret;
use coffret_vault::{Body, Call, Client, Error, Failure, Response, Token, WrapInfo};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use std::cell::RefCell;

use crate::answer::Summary;
use crate::backoff::Class;
use crate::exit::Code;
use crate::login::{self, Attempt, CredentialError, Memory};
use crate::store::{Fetched, Trouble};
use crate::token::Grant;
use crate::wire::{Mount, Verb, Wire};

/// A failure as the engine sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For people and for the backoff.
    pub trouble: Trouble,
    /// Nobody answered there, or the server is sealed: no request makes sense before that passes.
    pub unanswered: bool,
    /// The server refused the token, or what it may do (403).
    pub denied: bool,
    /// The server does not know the thing: 404, or a lease that is gone.
    pub missing: bool,
}

/// What a login gave.
#[derive(Debug)]
pub enum LoggedIn {
    /// A token.
    Token(Grant),
    /// A wrapping token for somebody else, as the sinks get it.
    Wrapped(WrapInfo),
}

/// One server and the way to log in there.
#[derive(Debug)]
pub struct Server {
    client: Client,
    /// For the login when it has certificates of its own.
    login_client: Option<Client>,
    address: String,
    namespace: Option<String>,
}

#[derive(Deserialize)]
struct MountAnswer {
    path: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    options: Option<BTreeMap<String, serde_json::Value>>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    #[serde(default)]
    ttl: u64,
    #[serde(default)]
    renewable: Option<bool>,
}

impl Server {
    /// A server at `address` (for messages), spoken to by `client`.
    #[must_use]
    pub const fn new(client: Client, login_client: Option<Client>, address: String, namespace: Option<String>) -> Self {
        Self {
            client,
            login_client,
            address,
            namespace,
        }
    }

    /// The address, for messages.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Logs in with the credentials as they are now.
    ///
    /// # Errors
    /// Which role, which mount, which address, and why.
    pub async fn log_in(&self, method: &Method, memory: &Rc<RefCell<Memory>>) -> Result<LoggedIn, Refusal> {
        loop {
            let attempt = login::prepare(method, &mut memory.borrow_mut()).map_err(|error| no_credential(&error))?;
            match attempt {
                Attempt::Send { path, body } => return self.send_login(method, path, body).await,
                Attempt::Token(token) => return self.adopt(method, token).await,
                Attempt::Unwrap { token, creation_path } => {
                    let secret_id = self.unwrap_secret_id(&token, &creation_path).await?;
                    memory.borrow_mut().remember_secret_id(secret_id);
                }
            }
        }
    }

    async fn send_login(&self, method: &Method, path: String, body: login::Body) -> Result<LoggedIn, Refusal> {
        let mut call = Call::new(coffret_vault::Operation::Write, path).body(Body::from(body.0.to_vec()));
        if let Some(ttl) = method.wrap_ttl {
            call = call.wrap_ttl(ttl);
        }
        let client = self.login_client.as_ref().unwrap_or(&self.client);
        let response = client
            .send(&call)
            .await
            .map_err(|error| self.login_refusal(method, &error))?;
        let envelope = response
            .envelope()
            .map_err(|error| self.login_refusal(method, &error))?;
        if let Some(info) = envelope.wrap_info {
            return Ok(LoggedIn::Wrapped(info));
        }
        let auth = envelope
            .auth
            .ok_or_else(|| self.empty_login(method, "the answer holds no token"))?;
        let token = auth
            .client_token
            .ok_or_else(|| self.empty_login(method, "the server wants a second factor"))?;
        Ok(LoggedIn::Token(Grant {
            token,
            ttl: auth.lease_duration,
            renewable: auth.renewable,
        }))
    }

    async fn adopt(&self, method: &Method, token: SecretString) -> Result<LoggedIn, Refusal> {
        use secrecy::ExposeSecret as _;
        let token = Token::new(token.expose_secret()).map_err(|error| self.empty_login(method, &error.to_string()))?;
        let (ttl, renewable) = self.look_up(&token).await.map_err(|mut refusal| {
            refusal.trouble.text = format!("{}: {}", login::identity(method), refusal.trouble.text);
            refusal
        })?;
        Ok(LoggedIn::Token(Grant { token, ttl, renewable }))
    }

    async fn unwrap_secret_id(&self, token: &SecretString, creation_path: &str) -> Result<SecretString, Refusal> {
        use secrecy::ExposeSecret as _;
        #[derive(Deserialize)]
        struct Lookup {
            creation_path: String,
        }
        #[derive(Deserialize)]
        struct SecretId {
            secret_id: String,
        }
        let token = Token::new(token.expose_secret()).map_err(|error| security(error.to_string()))?;
        let refuse = |error: Error| refusal(&error, "unwrapping the secret id");
        let found: Lookup = self
            .client
            .send(&Call::read("sys/wrapping/lookup").token(&token))
            .await
            .and_then(|r| r.data())
            .map_err(refuse)?;
        if found.creation_path != creation_path {
            return Err(security(format!(
                "the wrapped secret id was made at {:?}, not at {creation_path:?} as secret_id_response_wrapping_path \
                 demands: somebody may have exchanged it",
                found.creation_path
            )));
        }
        let call = Call::new(coffret_vault::Operation::Write, "sys/wrapping/unwrap").token(&token);
        let secret: SecretId = self
            .client
            .send(&call)
            .await
            .and_then(|response| response.data())
            .map_err(refuse)?;
        Ok(SecretString::from(secret.secret_id))
    }

    /// Extends the token; answers what is left of it and whether it can be extended again.
    ///
    /// # Errors
    /// Why not.
    pub async fn renew_self(&self, token: &Token) -> Result<(Duration, bool), Refusal> {
        let subject = "renewing the agent's token";
        let call = Call::write("auth/token/renew-self", &serde_json::json!({"increment": 0}))
            .map_err(|error| refusal(&error, subject))?
            .token(token);
        let response = self
            .client
            .send(&call)
            .await
            .map_err(|error| refusal(&error, subject))?;
        let envelope = response.envelope().map_err(|error| refusal(&error, subject))?;
        let auth = envelope
            .auth
            .ok_or_else(|| security(format!("{subject}: the answer holds no token")))?;
        Ok((auth.lease_duration, auth.renewable))
    }

    /// Asks how long the token is good, and whether it can be extended.
    ///
    /// # Errors
    /// Why not; `denied` when the server does not know the token.
    pub async fn look_up(&self, token: &Token) -> Result<(Duration, bool), Refusal> {
        let call = Call::read("auth/token/lookup-self").token(token);
        let answer = self
            .client
            .send(&call)
            .await
            .and_then(|response| response.data::<TokenAnswer>());
        let answer = answer.map_err(|error| refusal(&error, "looking up the agent's token"))?;
        Ok((Duration::from_secs(answer.ttl), answer.renewable.unwrap_or(false)))
    }

    /// Revokes the token, and with it its leases.
    ///
    /// # Errors
    /// Why not.
    pub async fn revoke_self(&self, token: &Token) -> Result<(), Refusal> {
        let call = Call::new(coffret_vault::Operation::Write, "auth/token/revoke-self").token(token);
        self.client
            .send(&call)
            .await
            .map(drop)
            .map_err(|error| refusal(&error, "revoking the agent's token"))
    }

    /// Wraps the token for one use within `ttl`.
    ///
    /// # Errors
    /// Why not.
    pub async fn wrap(&self, token: &Token, ttl: Duration) -> Result<WrapInfo, Refusal> {
        let subject = "wrapping the token for a sink";
        let call = Call::write("sys/wrapping/wrap", &serde_json::json!({"token": token.expose()}))
            .map_err(|error| refusal(&error, subject))?
            .token(token)
            .wrap_ttl(ttl);
        let response = self
            .client
            .send(&call)
            .await
            .map_err(|error| refusal(&error, subject))?;
        let envelope = response.envelope().map_err(|error| refusal(&error, subject))?;
        envelope
            .wrap_info
            .ok_or_else(|| security(format!("{subject}: the answer holds no wrapping token")))
    }

    /// Finds the mount that holds `path`; none when the server does not say.
    ///
    /// # Errors
    /// The server did not answer; refusals count as not saying.
    pub async fn find_mount(&self, path: &str, token: &Token) -> Result<Option<Mount>, Refusal> {
        let call = Call::read(format!("sys/internal/ui/mounts/{path}")).token(token);
        match self
            .client
            .send(&call)
            .await
            .and_then(|response| response.data::<MountAnswer>())
        {
            Ok(answer) => Ok(Some(self.mount(answer))),
            Err(error)
                if matches!(
                    error.failure(),
                    Failure::NotAuthorised | Failure::NotFound | Failure::Rejected
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(refusal(&error, &format!("looking for the mount of {path}"))),
        }
    }

    /// Paths of mounts may come with the namespace before them.
    fn mount(&self, answer: MountAnswer) -> Mount {
        let namespace = self
            .namespace
            .as_deref()
            .map(|name| format!("{}/", name.trim_matches('/')))
            .unwrap_or_default();
        let path = answer
            .path
            .strip_prefix(&namespace)
            .unwrap_or(&answer.path)
            .trim_start_matches('/');
        let version = answer.options.and_then(|mut options| options.remove("version"));
        let versioned = version.is_some_and(|version| version == "2" || version == 2);
        Mount {
            path: format!("{}/", path.trim_end_matches('/')),
            versioned: answer.kind == "kv" && versioned,
        }
    }

    /// Sends a template's request; none when the server has nothing there.
    ///
    /// # Errors
    /// Why there is no answer.
    pub async fn fetch(
        &self,
        wire: &Wire,
        token: &Token,
        now: Timestamp,
        keep: bool,
    ) -> Result<Option<Fetched>, Refusal> {
        let subject = wire_subject(wire);
        let response = self
            .client
            .send(&call_of(wire, token)?)
            .await
            .map_err(|error| fetch_refusal(&error, wire))?;
        let written_nothing = wire.verb == Verb::Write && response.body().is_empty() && !wire.nested;
        if written_nothing {
            return decode(&Body::from(b"{}".to_vec()), now, keep, &subject).map(Some);
        }
        if !response.is_found() || response.body().is_empty() {
            return Ok(None);
        }
        let fetched = decode(response.body(), now, keep, &subject)?;
        let nothing = fetched.summary.deleted || (fetched.summary.empty && wire.verb == Verb::Read);
        Ok((!nothing).then_some(fetched))
    }

    /// Extends a lease; answers its new length and whether it can be extended again.
    ///
    /// # Errors
    /// Why not; `missing` when the lease is gone.
    pub async fn renew_lease(&self, lease: &str, token: &Token) -> Result<(Duration, bool), Refusal> {
        let subject = format!("renewing lease {}", shortened(lease));
        let call = Call::write(
            "sys/leases/renew",
            &serde_json::json!({"lease_id": lease, "increment": 0}),
        )
        .map_err(|error| refusal(&error, &subject))?
        .token(token);
        let envelope = self
            .client
            .send(&call)
            .await
            .and_then(|response: Response| response.envelope());
        let envelope = envelope.map_err(|error| {
            let gone = error
                .errors()
                .iter()
                .any(|text| text.contains("lease not found") || text.contains("invalid lease"));
            Refusal {
                missing: gone || error.failure() == Failure::NotFound,
                ..refusal(&error, &subject)
            }
        })?;
        Ok((envelope.lease_duration, envelope.renewable))
    }

    fn login_refusal(&self, method: &Method, error: &Error) -> Refusal {
        let subject = format!(
            "logging in as {} at {} on {}",
            login::identity(method),
            method.mount_path,
            self.address
        );
        let mut refused = refusal(error, &subject);
        if matches!(error.failure(), Failure::Rejected | Failure::NotFound) {
            refused.trouble.code = Code::NotAuthorised;
        }
        if refused.trouble.code == Code::NotAuthorised {
            refused.trouble.text.push_str(LOGIN_HINT);
        }
        refused
    }

    fn empty_login(&self, method: &Method, why: &str) -> Refusal {
        let text = format!(
            "logging in as {} at {} on {}: {why}",
            login::identity(method),
            method.mount_path,
            self.address
        );
        security(text)
    }
}

const LOGIN_HINT: &str =
    " (check that the role exists at that mount, and that it is bound to this pod's service account and namespace)";

fn no_credential(error: &CredentialError) -> Refusal {
    security(error.to_string())
}

/// A refusal that is not the server's.
fn security(text: String) -> Refusal {
    let trouble = Trouble {
        class: Class::Permanent,
        code: Code::NotAuthorised,
        text,
        retry_after: None,
    };
    Refusal {
        trouble,
        unanswered: false,
        denied: false,
        missing: false,
    }
}

fn call_of(wire: &Wire, token: &Token) -> Result<Call, Refusal> {
    let mut call = match wire.verb {
        Verb::Read => Call::read(&wire.path),
        Verb::List => Call::list(&wire.path),
        Verb::Write if wire.nested => write(wire, &serde_json::json!({"data": wire.data}))?,
        Verb::Write => write(wire, &wire.data)?,
    };
    for (name, value) in &wire.query {
        call = call.query(name, value);
    }
    Ok(call.token(token))
}

fn write(wire: &Wire, value: &impl serde::Serialize) -> Result<Call, Refusal> {
    Call::write(&wire.path, value).map_err(|error| refusal(&error, &wire_subject(wire)))
}

fn decode(body: &Body, now: Timestamp, keep: bool, subject: &str) -> Result<Fetched, Refusal> {
    let malformed = |why: String| {
        let text = format!("{subject}: {why}");
        let trouble = Trouble {
            class: Class::Transient,
            code: Code::Unreachable,
            text,
            retry_after: None,
        };
        Refusal {
            trouble,
            unanswered: false,
            denied: false,
            missing: false,
        }
    };
    let summary = Summary::read(body.bytes(), now)
        .map_err(|error| malformed(format!("the answer is not a secret ({})", position(&error))))?;
    let secret = Secret::from_response(body.bytes()).map_err(|error| malformed(error.to_string()))?;
    let body = keep.then(|| Arc::new(body.clone()));
    Ok(Fetched {
        secret: Arc::new(secret),
        summary,
        body,
    })
}

/// Where, not what: the text of the error may repeat a value.
fn position(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}

fn fetch_refusal(error: &Error, wire: &Wire) -> Refusal {
    let mut refused = refusal(error, &wire_subject(wire));
    if refused.denied {
        refused
            .trouble
            .text
            .push_str(" (does a policy of the role allow this path?)");
    }
    if error.may_have_happened() && wire.verb == Verb::Write {
        // It may have been done: another try makes another credential, so tries are far apart.
        refused.trouble.class = Class::Permanent;
    }
    refused
}

fn refusal(error: &Error, subject: &str) -> Refusal {
    let sealed = error
        .errors()
        .iter()
        .any(|text| text.contains("sealed") || text.contains("not active"));
    let unanswered = matches!(error, Error::Connect { .. } | Error::Tls { .. });
    let trouble = Trouble {
        class: if error.is_transient() {
            Class::Transient
        } else {
            Class::Permanent
        },
        code: code(error),
        text: format!("{subject}: {error}"),
        retry_after: error.retry_after(),
    };
    Refusal {
        trouble,
        unanswered: unanswered || (sealed && error.status() == Some(503)),
        denied: error.failure() == Failure::NotAuthorised,
        missing: error.failure() == Failure::NotFound,
    }
}

/// The exit code that fits an error.
#[must_use]
pub fn code(error: &Error) -> Code {
    match error.failure() {
        Failure::Unavailable | Failure::NotInitialised => Code::Sealed,
        Failure::NotAuthorised => Code::NotAuthorised,
        Failure::NotFound => Code::NotFound,
        Failure::Rejected => Code::Configuration,
        Failure::Unreachable | Failure::RateLimited | Failure::Failed => Code::Unreachable,
    }
}

/// What a request is called in messages.
#[must_use]
pub fn wire_subject(wire: &Wire) -> String {
    let verb = match wire.verb {
        Verb::Read => "reading",
        Verb::List => "listing",
        Verb::Write => "writing",
    };
    format!("{verb} {}", wire.path)
}

/// A lease without its last part, which identifies the credential.
fn shortened(lease: &str) -> &str {
    lease.rsplit_once('/').map_or(lease, |(path, _)| path)
}
