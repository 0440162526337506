//! Credentials of the login methods: read from their files at every login, because files rotate.

use std::path::{Path, PathBuf};

use coffret_config::agent::{AppRole, Method, MethodKind, Removal};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use thiserror::Error;
use zeroize::Zeroizing;

/// A credential that could not be read.
#[derive(Debug, Error)]
pub enum CredentialError {
    /// The file cannot be read.
    #[error("cannot read the {what} in {}: {}", path.display(), source.kind())]
    Unreadable {
        /// What it should hold.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is empty.
    #[error("the {what} in {} is empty", path.display())]
    Empty {
        /// What it should hold.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
}

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

/// Reads a file that may be gone later; what was read last is used then.
fn consumed(
    what: &'static str,
    path: &Path,
    removal: Removal,
    kept: &mut Option<SecretString>,
) -> Result<SecretString, CredentialError> {
    match (read(what, path), &kept) {
        (Ok(read), _) => {
            remove(path, removal);
            Ok(kept.insert(read).clone())
        }
        (Err(_), Some(kept)) => Ok(kept.clone()),
        (Err(error), None) => Err(error),
    }
}

fn read(what: &'static str, path: &Path) -> Result<SecretString, CredentialError> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|source| CredentialError::Unreadable {
            what,
            path: path.to_owned(),
            source,
        })?;
    match text.trim() {
        "" => Err(CredentialError::Empty {
            what,
            path: path.to_owned(),
        }),
        text => Ok(SecretString::from(text)),
    }
}

fn remove(path: &Path, removal: Removal) {
    let removed = match removal {
        Removal::Keep => Ok(()),
        Removal::Remove => std::fs::remove_file(path),
        Removal::RemoveTarget => std::fs::canonicalize(path).and_then(std::fs::remove_file),
    };
    if let Err(error) = removed {
        tracing::warn!(target: "agent.auth.handler", event = "auth.credential_not_removed", path = %path.display(), error = %error.kind(), "error removing the credential after reading");
    }
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
mod tests {
    use super::*;
    use coffret_config::agent::{Jwt, Kubernetes};
    use std::time::Duration;

    fn method(kind: MethodKind) -> Method {
        Method {
            kind,
            mount_path: "auth/m".into(),
            namespace: None,
            wrap_ttl: None,
            min_backoff: None,
            max_backoff: None,
            exit_on_err: false,
        }
    }

    fn sent(method: &Method, memory: &mut Memory) -> (String, String) {
        match prepare(method, memory).unwrap() {
            Attempt::Send { path, body } => (path, String::from_utf8(body.0.to_vec()).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_service_account_token_is_read_each_time_and_trimmed() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("token");
        let method = method(MethodKind::Kubernetes(Kubernetes {
            role: "web".into(),
            token_path: file.clone(),
        }));
        for token in ["one", "two"] {
            std::fs::write(&file, format!("{token}\n")).unwrap();
            let (path, body) = sent(&method, &mut Memory::default());
            assert_eq!(path, "auth/m/login");
            assert_eq!(body, format!(r#"{{"role":"web","jwt":"{token}"}}"#));
        }
        std::fs::write(&file, "\n").unwrap();
        let error = prepare(&method, &mut Memory::default()).unwrap_err().to_string();
        assert!(
            error.contains("service account token") && error.contains("is empty"),
            "{error}"
        );
    }

    #[test]
    fn a_consumed_jwt_is_removed_and_remembered() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("jwt");
        std::fs::write(&path, "j1").unwrap();
        let jwt = Jwt {
            path: path.clone(),
            role: "r".into(),
            removal: Removal::Remove,
            read_period: Duration::ZERO,
        };
        let (method, mut memory) = (method(MethodKind::Jwt(jwt)), Memory::default());
        assert!(sent(&method, &mut memory).1.contains("j1"));
        assert!(!path.exists());
        assert!(sent(&method, &mut memory).1.contains("j1"));
        std::fs::write(&path, "j2").unwrap();
        assert!(sent(&method, &mut memory).1.contains("j2"));
    }

    fn approle(place: &Path, wrapping: Option<&str>) -> Method {
        std::fs::write(place.join("role"), "rid").unwrap();
        method(MethodKind::AppRole(AppRole {
            role_id_file: place.join("role"),
            secret_id_file: Some(place.join("secret")),
            remove_secret_id_file: true,
            secret_id_wrapping_path: wrapping.map(str::to_owned),
        }))
    }

    #[test]
    fn a_secret_id_outlives_its_file() {
        let place = tempfile::tempdir().unwrap();
        let (method, mut memory) = (approle(place.path(), None), Memory::default());
        assert!(prepare(&method, &mut memory).is_err());
        std::fs::write(place.path().join("secret"), "sid").unwrap();
        let body = r#"{"role_id":"rid","secret_id":"sid"}"#;
        assert_eq!(sent(&method, &mut memory).1, body);
        assert!(!place.path().join("secret").exists());
        assert_eq!(sent(&method, &mut memory).1, body);
    }

    #[test]
    fn a_wrapped_secret_id_is_unwrapped_once() {
        let place = tempfile::tempdir().unwrap();
        let (method, mut memory) = (
            approle(place.path(), Some("auth/approle/role/r/secret-id")),
            Memory::default(),
        );
        std::fs::write(place.path().join("secret"), "wrap").unwrap();
        assert!(matches!(prepare(&method, &mut memory).unwrap(), Attempt::Unwrap { .. }));
        memory.remember_secret_id(SecretString::from("sid"));
        assert!(sent(&method, &mut memory).1.contains("sid"));
    }

    #[test]
    fn bodies_are_not_printed() {
        assert_eq!(
            format!("{:?}", Body(Zeroizing::new(b"hvs.x".to_vec()))),
            "Body([redacted])"
        );
    }
}
