//! Credentials of the login methods: read from their files at every login, because files rotate.

mod credential;

use std::path::PathBuf;
use std::time::Duration;

use coffret_config::agent::{AppRole, Method, MethodKind, Removal};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use zeroize::Zeroizing;

pub use credential::CredentialError;
use credential::{consumed, read, remove};

/// What to send to the server to log in.
#[derive(Debug)]
pub enum Attempt {
    /// `PUT` this body to this path.
    Send {
        /// Path below `/v1/`.
        path: String,
        /// JSON.
        body: Body,
    },
    /// The secret id is wrapped: unwrap it with this token, after checking where it was made, then log in.
    Unwrap {
        /// The wrapping token.
        token: SecretString,
        /// `creation_path` it must have.
        creation_path: String,
    },
    /// This is the token already; look it up.
    Token(SecretString),
}

/// A request body with credentials in it.
pub struct Body(pub Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Body([redacted])")
    }
}

/// Credentials whose files may be gone after the first reading.
#[derive(Debug, Default)]
pub struct Memory {
    first: Option<SecretString>,
    second: Option<SecretString>,
    /// The secret id in memory came out of a wrapping token.
    unwrapped: bool,
}

impl Memory {
    /// Keeps an unwrapped secret id.
    pub fn remember_secret_id(&mut self, secret_id: SecretString) {
        self.second = Some(secret_id);
        self.unwrapped = true;
    }
}

#[derive(Serialize)]
struct Fields<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    jwt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
}

const NO_FIELDS: Fields<'_> = Fields {
    role: None,
    jwt: None,
    role_id: None,
    secret_id: None,
    name: None,
    password: None,
};

impl Fields<'_> {
    fn body(&self) -> Body {
        Body(Zeroizing::new(serde_json::to_vec(self).unwrap_or_default()))
    }
}

/// Reads the credentials of `method` as its files hold them now.
///
/// # Errors
/// A file is missing or empty, and nothing was read from it before.
pub fn prepare(method: &Method, memory: &mut Memory) -> Result<Attempt, CredentialError> {
    let login = |body: Body| Attempt::Send {
        path: format!("{}/login", method.mount_path),
        body,
    };
    match &method.kind {
        MethodKind::Kubernetes(kubernetes) => {
            let jwt = read("service account token", &kubernetes.token_path)?;
            let fields = Fields {
                role: Some(&kubernetes.role),
                jwt: Some(jwt.expose_secret()),
                ..NO_FIELDS
            };
            Ok(login(fields.body()))
        }
        MethodKind::Jwt(jwt) => {
            let token = consumed("JWT", &jwt.path, jwt.removal, &mut memory.first)?;
            Ok(login(
                Fields {
                    role: Some(&jwt.role),
                    jwt: Some(token.expose_secret()),
                    ..NO_FIELDS
                }
                .body(),
            ))
        }
        MethodKind::Cert(cert) => {
            let name = Some(cert.name.as_str()).filter(|name| !name.is_empty());
            Ok(login(Fields { name, ..NO_FIELDS }.body()))
        }
        MethodKind::Ldap(ldap) => {
            let password = consumed("password", &ldap.password_file, ldap.removal, &mut memory.first)?;
            let body = Fields {
                password: Some(password.expose_secret()),
                ..NO_FIELDS
            }
            .body();
            Ok(Attempt::Send {
                path: format!("{}/login/{}", method.mount_path, ldap.username),
                body,
            })
        }
        MethodKind::TokenFile(path) => Ok(Attempt::Token(read("token", path)?)),
        MethodKind::AppRole(approle) => app_role(approle, memory).map(|prepared| match prepared {
            Prepared::Body(body) => login(body),
            Prepared::Wrapped(token, creation_path) => Attempt::Unwrap { token, creation_path },
        }),
    }
}

enum Prepared {
    Body(Body),
    Wrapped(SecretString, String),
}

fn app_role(approle: &AppRole, memory: &mut Memory) -> Result<Prepared, CredentialError> {
    let role_id = consumed("role id", &approle.role_id_file, Removal::Keep, &mut memory.first)?;
    let Some(file) = &approle.secret_id_file else {
        return Ok(Prepared::Body(
            Fields {
                role_id: Some(role_id.expose_secret()),
                ..NO_FIELDS
            }
            .body(),
        ));
    };
    let removal = if approle.remove_secret_id_file {
        Removal::Remove
    } else {
        Removal::Keep
    };
    if let Some(creation_path) = &approle.secret_id_wrapping_path {
        // A wrapping token works once: the file is looked at again only when a new one was put there.
        match read("wrapped secret id", file) {
            Ok(token) if !memory.unwrapped || removal != Removal::Keep => {
                remove(file, removal);
                return Ok(Prepared::Wrapped(token, creation_path.clone()));
            }
            Err(error) if memory.second.is_none() => return Err(error),
            _ => {}
        }
    } else {
        consumed("secret id", file, removal, &mut memory.second)?;
    }
    let secret_id = memory.second.as_ref().map(ExposeSecret::expose_secret);
    Ok(Prepared::Body(
        Fields {
            role_id: Some(role_id.expose_secret()),
            secret_id,
            ..NO_FIELDS
        }
        .body(),
    ))
}

/// The role or user that logs in, for messages.
#[must_use]
pub fn identity(method: &Method) -> String {
    match &method.kind {
        MethodKind::Kubernetes(kubernetes) => format!("role {:?}", kubernetes.role),
        MethodKind::Jwt(jwt) => format!("role {:?}", jwt.role),
        MethodKind::Cert(cert) if cert.name.is_empty() => "the client certificate".to_owned(),
        MethodKind::Cert(cert) => format!("certificate role {:?}", cert.name),
        MethodKind::Ldap(ldap) => format!("user {:?}", ldap.username),
        MethodKind::AppRole(_) => "the role id".to_owned(),
        MethodKind::TokenFile(path) => format!("the token in {}", path.display()),
    }
}

/// The files a login reads, to be watched for new credentials.
#[must_use]
pub fn files(method: &Method) -> Vec<PathBuf> {
    match &method.kind {
        MethodKind::Kubernetes(kubernetes) => vec![kubernetes.token_path.clone()],
        MethodKind::Jwt(jwt) => vec![jwt.path.clone()],
        MethodKind::Cert(cert) => cert.client_cert.iter().chain(&cert.client_key).cloned().collect(),
        MethodKind::Ldap(ldap) => vec![ldap.password_file.clone()],
        MethodKind::AppRole(approle) => std::iter::once(&approle.role_id_file)
            .chain(&approle.secret_id_file)
            .cloned()
            .collect(),
        MethodKind::TokenFile(path) => vec![path.clone()],
    }
}

/// How often the credential is looked at for a new one, where that is asked for.
#[must_use]
pub fn read_period(method: &Method) -> Duration {
    match &method.kind {
        MethodKind::Jwt(jwt) => jwt.read_period,
        MethodKind::Ldap(ldap) => ldap.read_period,
        MethodKind::Cert(cert) => cert.reload_period,
        MethodKind::Kubernetes(_) | MethodKind::AppRole(_) | MethodKind::TokenFile(_) => READ_PERIOD,
    }
    .max(SHORTEST_READ_PERIOD)
}

/// For methods that have no key for it.
const READ_PERIOD: Duration = Duration::from_secs(60);
/// Looking more often would only cost.
const SHORTEST_READ_PERIOD: Duration = Duration::from_millis(100);

/// The method's name in logs.
#[must_use]
pub const fn name(method: &Method) -> &'static str {
    match &method.kind {
        MethodKind::Kubernetes(_) => "kubernetes",
        MethodKind::Jwt(_) => "jwt",
        MethodKind::Cert(_) => "cert",
        MethodKind::Ldap(_) => "ldap",
        MethodKind::AppRole(_) => "approle",
        MethodKind::TokenFile(_) => "token_file",
    }
}

#[cfg(test)]
mod tests;
