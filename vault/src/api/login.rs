//! Logging in.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::{Auth, Body, Call, Client, Error, Operation, Token, WrapInfo};

/// What to log in with. Each is sent to `<mount>/login`, unless it says otherwise.
#[derive(Clone)]
pub enum Login {
    /// The service account token of a pod.
    Kubernetes {
        /// Role to log in as.
        role: String,
        /// The token.
        jwt: SecretString,
    },
    /// A JSON web token.
    Jwt {
        /// Role to log in as.
        role: String,
        /// The token.
        jwt: SecretString,
    },
    /// A role id and, for most roles, a secret id.
    AppRole {
        /// The role id.
        role_id: SecretString,
        /// The secret id.
        secret_id: Option<SecretString>,
    },
    /// The client certificate of the connection.
    Cert {
        /// Certificate role; empty means any that matches.
        name: String,
    },
    /// A user and a password; sent to `<mount>/login/<username>`.
    Ldap {
        /// The user.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A user and a password; sent to `<mount>/login/<username>`.
    UserPass {
        /// The user.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// A body made elsewhere, such as a signed request of a cloud.
    Signed {
        /// The body.
        body: Body,
        /// What follows `<mount>/login/`; empty for most methods.
        below: String,
    },
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Login::Kubernetes { .. } => "Kubernetes",
            Login::Jwt { .. } => "Jwt",
            Login::AppRole { .. } => "AppRole",
            Login::Cert { .. } => "Cert",
            Login::Ldap { .. } => "Ldap",
            Login::UserPass { .. } => "UserPass",
            Login::Signed { .. } => "Signed",
        };
        write!(f, "Login::{name}(…)")
    }
}

impl Login {
    /// The path below the API's root.
    fn path(&self, mount: &str) -> String {
        let mount = mount.trim_matches('/');
        match self {
            Login::Ldap { username, .. } | Login::UserPass { username, .. } => format!("{mount}/login/{username}"),
            Login::Signed { below, .. } if !below.is_empty() => format!("{mount}/login/{below}"),
            _ => format!("{mount}/login"),
        }
    }

    fn body(&self) -> Result<Body, serde_json::Error> {
        let members: Vec<(&str, &str)> = match self {
            Login::Kubernetes { role, jwt } | Login::Jwt { role, jwt } => {
                vec![("role", role), ("jwt", jwt.expose_secret())]
            }
            Login::AppRole {
                role_id,
                secret_id: None,
            } => vec![("role_id", role_id.expose_secret())],
            Login::AppRole {
                role_id,
                secret_id: Some(secret_id),
            } => {
                vec![
                    ("role_id", role_id.expose_secret()),
                    ("secret_id", secret_id.expose_secret()),
                ]
            }
            Login::Cert { name } if name.is_empty() => Vec::new(),
            Login::Cert { name } => vec![("name", name)],
            Login::Ldap { password, .. } | Login::UserPass { password, .. } => {
                vec![("password", password.expose_secret())]
            }
            Login::Signed { body, .. } => return Ok(body.clone()),
        };
        Body::object(&members)
    }
}

/// The answer to a login.
#[derive(Clone, Debug)]
pub enum LoginAnswer {
    /// The token and what is known about it.
    Token(Token, Box<Auth>),
    /// Where the token is hidden, as wrapping was asked for.
    Wrapped(WrapInfo),
}

impl Client {
    /// Logs in at `mount`, such as `auth/kubernetes`; with `wrap_ttl` the answer is wrapped.
    ///
    /// # Errors
    /// Those of [`Client::send`]; an answer without a token is [`Error::NoToken`].
    pub async fn login(&self, mount: &str, login: &Login, wrap_ttl: Option<Duration>) -> Result<LoginAnswer, Error> {
        let path = login.path(mount);
        let body = login.body().map_err(|_| Error::Request {
            path: path.clone(),
            reason: "the body has no JSON form",
        })?;
        let mut call = Call::new(Operation::Write, path.clone()).body(body);
        call.wrap_ttl = wrap_ttl;
        let response = self.send(&call).await?;
        let envelope = response.envelope()?;
        if let Some(wrapped) = envelope.wrap_info {
            return Ok(LoginAnswer::Wrapped(wrapped));
        }
        let auth = envelope.auth.map(|mut auth| (auth.client_token.take(), auth));
        match auth {
            Some((Some(token), auth)) => Ok(LoginAnswer::Token(token, Box::new(auth))),
            _ => Err(Error::NoToken { path }),
        }
    }
}
