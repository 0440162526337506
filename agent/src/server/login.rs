//! Logging in.

use std::cell::RefCell;
use std::rc::Rc;

use coffret_config::agent::{Method, MethodKind};
use coffret_vault::{Body, Error, Failure, InvalidToken, LoginAnswer, Token};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::exit::Code;
use crate::login::{self, Attempt, CredentialError, Memory};
use crate::token::Grant;

use super::refusal::{refusal, security};
use super::{LoggedIn, Refusal, Server};

/// What to look at when a login is refused.
const fn hint(kind: &MethodKind) -> &'static str {
    match kind {
        MethodKind::Kubernetes(_) => {
            " (check that the role exists at that mount, and that it is bound to this pod's service account and namespace)"
        }
        MethodKind::Jwt(_) => {
            " (check that the role exists at that mount, and which audience and claims it is bound to)"
        }
        MethodKind::AppRole(_) => {
            " (check the mount, and whether the secret id is used up, has ended or is another role's)"
        }
        MethodKind::Cert(_) => " (check the mount, and which certificates its roles hold)",
        MethodKind::Ldap(_) => " (check the mount, the user and the password)",
        MethodKind::TokenFile(_) => " (check the token)",
    }
}

impl Server {
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
        let client = self.login_client.as_ref().unwrap_or(&self.client);
        let answer = client.login(path, Body::from(body.0.to_vec()), method.wrap_ttl).await;
        match answer.map_err(|error| self.login_refusal(method, &error))? {
            LoginAnswer::Wrapped(info) => Ok(LoggedIn::Wrapped(info)),
            LoginAnswer::Token(token, auth) => Ok(LoggedIn::Token(Grant {
                token,
                ttl: auth.lease_duration,
                renewable: auth.renewable,
            })),
        }
    }

    async fn adopt(&self, method: &Method, token: SecretString) -> Result<LoggedIn, Refusal> {
        let unfit = |error: InvalidToken| security(format!("{}: {error}", login::identity(method)));
        let token = Token::new(token.expose_secret()).map_err(unfit)?;
        let (ttl, renewable) = self.look_up(&token).await.map_err(|mut refusal| {
            refusal.trouble.text = format!("{}: {}", login::identity(method), refusal.trouble.text);
            refusal
        })?;
        Ok(LoggedIn::Token(Grant { token, ttl, renewable }))
    }

    async fn unwrap_secret_id(&self, token: &SecretString, creation_path: &str) -> Result<SecretString, Refusal> {
        #[derive(Deserialize)]
        struct SecretId {
            secret_id: String,
        }
        let token = Token::new(token.expose_secret()).map_err(|error| security(error.to_string()))?;
        let refuse = |error: Error| refusal(&error, "unwrapping the secret id");
        let found = self.client.wrapping_lookup(&token).await.map_err(refuse)?;
        if found.creation_path != creation_path {
            return Err(security(format!(
                "the wrapped secret id was made at {:?}, not at {creation_path:?} as secret_id_response_wrapping_path \
                 demands: somebody may have exchanged it",
                found.creation_path
            )));
        }
        let answer = self.client.unwrap_answer(&token).await;
        let secret: SecretId = answer.and_then(|answer| answer.data()).map_err(refuse)?;
        Ok(SecretString::from(secret.secret_id))
    }

    fn login_refusal(&self, method: &Method, error: &Error) -> Refusal {
        let subject = format!("logging in as {} at {}", login::identity(method), method.mount_path);
        let mut refused = refusal(error, &subject);
        if matches!(error.failure(), Failure::Rejected | Failure::NotFound) {
            refused.trouble.code = Code::NotAuthorised;
        }
        if refused.trouble.code == Code::NotAuthorised && error.status().is_some() {
            refused.trouble.text.push_str(hint(&method.kind));
        }
        refused
    }
}

fn no_credential(error: &CredentialError) -> Refusal {
    security(error.to_string())
}
