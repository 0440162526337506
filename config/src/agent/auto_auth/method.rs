//! The `method` stanza and the settings of each kind of login.

use std::path::PathBuf;
use std::time::Duration;

use coffret_hcl::{Object, Syntax};

use crate::agent::diagnostic::{Report, Severity};
use crate::agent::fields::{Fields, Part};
use crate::agent::keys::{APPROLE, CERT, JWT, KUBERNETES, LDAP, METHOD, METHODS, REFUSED_METHODS, TOKEN_FILE};
use crate::agent::nearest::nearest;
use crate::agent::server::namespace;

/// The service account token of a pod.
pub(crate) const SERVICE_ACCOUNT_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// The login.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// What to log in with.
    pub kind: MethodKind,
    /// Where the method is mounted, such as `auth/kubernetes`; without a slash at its end.
    pub mount_path: String,
    /// Namespace of login, sinks and templates.
    pub namespace: Option<String>,
    /// Life of the wrapping token the login is to return instead of a token.
    pub wrap_ttl: Option<Duration>,
    /// First pause after a failed login; `None` means one second.
    pub min_backoff: Option<Duration>,
    /// Longest pause after failed logins; `None` means five minutes.
    pub max_backoff: Option<Duration>,
    /// End with an error when a login fails.
    pub exit_on_err: bool,
}

/// What to log in with.
#[derive(Clone, Debug, PartialEq)]
pub enum MethodKind {
    /// The pod's service account.
    Kubernetes(Kubernetes),
    /// A role id and a secret id.
    AppRole(AppRole),
    /// A JSON web token.
    Jwt(Jwt),
    /// A client certificate.
    Cert(Cert),
    /// The file of a token that exists already.
    TokenFile(PathBuf),
    /// A user name and a password.
    Ldap(Ldap),
}

/// Settings of the `kubernetes` method.
#[derive(Clone, Debug, PartialEq)]
pub struct Kubernetes {
    /// Role to log in as.
    pub role: String,
    /// The service account's token, read at each login.
    pub token_path: PathBuf,
}

/// Settings of the `approle` method.
#[derive(Clone, Debug, PartialEq)]
pub struct AppRole {
    /// File with the role id.
    pub role_id_file: PathBuf,
    /// File with the secret id.
    pub secret_id_file: Option<PathBuf>,
    /// Delete the secret id's file once it is read.
    pub remove_secret_id_file: bool,
    /// The secret id's file holds a wrapping token created at this path.
    pub secret_id_wrapping_path: Option<String>,
}

/// What happens with a credential's file once it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It stays.
    Keep,
    /// It is deleted; of a symbolic link, the link.
    Remove,
    /// It is deleted; of a symbolic link, what it points to.
    RemoveTarget,
}

/// Settings of the `jwt` method.
#[derive(Clone, Debug, PartialEq)]
pub struct Jwt {
    /// File with the token.
    pub path: PathBuf,
    /// Role to log in as.
    pub role: String,
    /// What happens with the file.
    pub removal: Removal,
    /// How often the file is looked at.
    pub read_period: Duration,
}

/// Settings of the `cert` method; what is `None` comes from the `vault` stanza.
#[derive(Clone, Debug, PartialEq)]
pub struct Cert {
    /// Certificate role; empty means any that matches.
    pub name: String,
    /// PEM file with the certificate authorities to trust.
    pub ca_cert: Option<PathBuf>,
    /// PEM file with the certificate.
    pub client_cert: Option<PathBuf>,
    /// PEM file with its private key.
    pub client_key: Option<PathBuf>,
    /// Log in again when the files change.
    pub reload: bool,
    /// How often the files are looked at.
    pub reload_period: Duration,
}

/// Settings of the `ldap` method.
#[derive(Clone, Debug, PartialEq)]
pub struct Ldap {
    /// User to log in as.
    pub username: String,
    /// File with the password.
    pub password_file: PathBuf,
    /// What happens with the file.
    pub removal: Removal,
    /// How often the file is looked at.
    pub read_period: Duration,
}

pub(super) fn read(part: &Part<'_>, report: &Report) -> Option<Method> {
    let fields = Fields::open(&METHOD, part.object, report);
    let name = type_name(part, &fields)?;
    let empty = Object {
        items: Vec::new(),
        span: part.object.span,
        syntax: Syntax::Hcl,
    };
    let config = fields.single("config", false);
    let config = config.as_ref().map_or(&empty, |part| part.object);
    let kind = kind(&name, config, report);
    let wrap_ttl = fields.duration("wrap_ttl").filter(|ttl| !ttl.is_zero());
    let backoff = backoff(&fields);
    let exit_on_err = fields.bool("exit_on_err").unwrap_or(false);
    Some(Method {
        kind: kind?,
        mount_path: mount_path(&fields, &name),
        namespace: fields.text("namespace").as_deref().and_then(namespace),
        wrap_ttl,
        min_backoff: backoff.0,
        max_backoff: backoff.1,
        exit_on_err,
    })
}

/// The type from `type` or the label, if it is one that can be used.
fn type_name(part: &Part<'_>, fields: &Fields<'_>) -> Option<String> {
    let given = fields
        .non_empty("type")
        .or_else(|| part.label.map(|label| label.text.clone()));
    let Some(name) = given.map(|name| name.to_lowercase()) else {
        fields.report().error(
            part.start(),
            "auto_auth.method.type",
            "is required, here or as the label",
        );
        return None;
    };
    if METHODS.contains(&name.as_str()) {
        return Some(name);
    }
    let at = part.label.map_or(part.start(), |label| label.span.start);
    let at = if fields.has("type") { fields.at("type") } else { at };
    match REFUSED_METHODS.iter().find(|(refused, _)| *refused == name) {
        Some((name, reason)) => {
            let usable = METHODS.join(", ");
            let message = format!("the method {name} cannot be used: {reason}; the usable ones are {usable}");
            fields.report().error(at, "auto_auth.method.type", message);
        }
        None => {
            let meant = nearest(&name, METHODS.iter().copied()).map(str::to_owned);
            let message = format!("must be one of {}", METHODS.join(", "));
            fields
                .report()
                .push(Severity::Error, at, "auto_auth.method.type", message, meant);
        }
    }
    None
}

fn mount_path(fields: &Fields<'_>, name: &str) -> String {
    let path = fields.non_empty("mount_path").unwrap_or_else(|| format!("auth/{name}"));
    path.trim_matches('/').to_owned()
}

/// The first and the longest pause after failed logins.
fn backoff(fields: &Fields<'_>) -> (Option<Duration>, Option<Duration>) {
    let first = fields.duration("min_backoff").filter(|pause| !pause.is_zero());
    let longest = fields.duration("max_backoff").filter(|pause| !pause.is_zero());
    if first.is_some_and(|first| first > longest.unwrap_or(Duration::from_secs(300))) {
        fields.error("min_backoff", "must not be longer than max_backoff (5m unless set)");
    }
    (first, longest)
}

fn kind(name: &str, config: &Object, report: &Report) -> Option<MethodKind> {
    match name {
        "kubernetes" => kubernetes(&Fields::open(&KUBERNETES, config, report)).map(MethodKind::Kubernetes),
        "approle" => app_role(&Fields::open(&APPROLE, config, report)).map(MethodKind::AppRole),
        "jwt" => jwt(&Fields::open(&JWT, config, report)).map(MethodKind::Jwt),
        "cert" => cert(&Fields::open(&CERT, config, report)).map(MethodKind::Cert),
        "ldap" => ldap(&Fields::open(&LDAP, config, report)).map(MethodKind::Ldap),
        _ => Fields::open(&TOKEN_FILE, config, report)
            .required_path("token_file_path")
            .map(MethodKind::TokenFile),
    }
}

fn kubernetes(fields: &Fields<'_>) -> Option<Kubernetes> {
    let token_path = fields
        .path("token_path")
        .unwrap_or_else(|| SERVICE_ACCOUNT_TOKEN.into());
    Some(Kubernetes {
        role: fields.required("role")?,
        token_path,
    })
}

fn app_role(fields: &Fields<'_>) -> Option<AppRole> {
    let role_id_file = fields.required_path("role_id_file_path");
    let remove = fields.bool("remove_secret_id_file_after_reading");
    let secret_id_wrapping_path = fields.non_empty("secret_id_response_wrapping_path");
    Some(AppRole {
        role_id_file: role_id_file?,
        secret_id_file: fields.path("secret_id_file_path"),
        remove_secret_id_file: remove.unwrap_or(true),
        secret_id_wrapping_path,
    })
}

fn removal(remove: Option<bool>, target: Option<bool>) -> Removal {
    match (remove.unwrap_or(true), target.unwrap_or(false)) {
        (false, _) => Removal::Keep,
        (true, false) => Removal::Remove,
        (true, true) => Removal::RemoveTarget,
    }
}

/// How often a credential's file is looked at unless the configuration says: often when it is meant to be consumed.
fn read_period(given: Option<Duration>, removal: Removal) -> Duration {
    let default = if removal == Removal::Keep {
        Duration::from_secs(60)
    } else {
        Duration::from_millis(500)
    };
    given.filter(|period| !period.is_zero()).unwrap_or(default)
}

fn jwt(fields: &Fields<'_>) -> Option<Jwt> {
    let removal = removal(
        fields.bool("remove_jwt_after_reading"),
        fields.bool("remove_jwt_follows_symlinks"),
    );
    let read_period = read_period(fields.duration("jwt_read_period"), removal);
    let (path, role) = (fields.required_path("path"), fields.required("role"));
    Some(Jwt {
        path: path?,
        role: role?,
        removal,
        read_period,
    })
}

fn cert(fields: &Fields<'_>) -> Option<Cert> {
    let cert = Cert {
        name: fields.text("name").unwrap_or_default(),
        ca_cert: fields.path("ca_cert"),
        client_cert: fields.path("client_cert"),
        client_key: fields.path("client_key"),
        reload: fields.bool("reload").unwrap_or(false),
        reload_period: fields.duration("reload_period").unwrap_or(Duration::from_secs(60)),
    };
    if cert.client_cert.is_some() != cert.client_key.is_some() {
        fields.error("client_cert", "client_cert and client_key must be set together");
        return None;
    }
    Some(cert)
}

fn ldap(fields: &Fields<'_>) -> Option<Ldap> {
    let remove = fields.bool("remove_password_after_reading");
    let removal = removal(remove, fields.bool("remove_password_follows_symlinks"));
    let read_period = read_period(fields.duration("password_read_period"), removal);
    let (username, password_file) = (fields.required("username"), fields.required_path("password_file_path"));
    Some(Ldap {
        username: username?,
        password_file: password_file?,
        removal,
        read_period,
    })
}
