//! Credentials: new ones at each call, with a lease.

use super::Aws;
use super::roles::{CredentialType, Role};
use crate::engine::{Call, Context, Route, route, seconds, text};
use crate::engines::encoding;
use crate::logical::{Error, Operation, Reply, Response, Secret};
use crate::{object, random};
use std::time::Duration;

pub(super) fn routes() -> Vec<Route<Aws>> {
    vec![
        route("(creds|sts)/{name@}")
            .fields(vec![
                text("name").help("Name of the role"),
                text("role_arn"),
                text("role_session_name"),
                seconds("ttl").or(3600),
            ])
            .on(Operation::Read, Aws::credentials)
            .on(Operation::Update, Aws::credentials)
            .help("Generate credentials for a role", "New ones at each call."),
    ]
}

impl Aws {
    fn credentials(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let role = self
            .roles
            .get(name)
            .ok_or_else(|| Error::response(format!("Role {name:?} not found")))?;
        match role.kind {
            CredentialType::IamUser => {
                let mut response = Response::data(object! {
                    "access_key" => access_key("AKIA"),
                    "secret_key" => secret_key(),
                    "security_token" => None::<String>,
                });
                response.secret = Some(Secret {
                    ttl: self.lease.as_ref().map(|config| config.lease),
                    max_ttl: self.lease.as_ref().map(|config| config.max),
                    renewable: true,
                    internal: Some(object! { "is_sts" => false }),
                });
                response.reply()
            }
            _ => temporary(context, call, role),
        }
    }
}

/// Credentials of the token service: they end by themselves and cannot be renewed.
fn temporary(context: &Context<'_>, call: &Call<'_>, role: &Role) -> Reply {
    let arn = assumed(call, role)?;
    let most = match role.max_sts_ttl {
        0 => context.max_ttl(),
        seconds => Duration::from_secs(seconds),
    };
    let asked = match role.default_sts_ttl {
        seconds if seconds > 0 && !call.has("ttl") => Duration::from_secs(seconds),
        _ => call.duration("ttl"),
    };
    let token = encoding::encode(random::bytes::<96>());
    let mut data = object! {
        "access_key" => access_key("ASIA"),
        "secret_key" => secret_key(),
        "security_token" => token,
    };
    if let Some(arn) = arn {
        data.insert("arn".to_owned(), arn.into());
    }
    let mut response = Response::data(data);
    let ttl = asked.min(most);
    response.secret = Some(Secret {
        ttl: Some(ttl),
        max_ttl: Some(ttl),
        renewable: false,
        internal: Some(object! { "is_sts" => true }),
    });
    response.reply()
}

/// The session that an assumed role gives; `None` for the other kinds.
fn assumed(call: &Call<'_>, role: &Role) -> Result<Option<String>, Error> {
    if role.kind != CredentialType::AssumedRole {
        return Ok(None);
    }
    let asked = call.string("role_arn");
    let arn = match (asked.as_str(), role.role_arns.as_slice()) {
        ("", [only]) => only,
        ("", _) => {
            return Err(Error::response(
                "did not supply a role_arn parameter and unable to determine one",
            ));
        }
        (asked, known) => known.iter().find(|arn| *arn == asked).ok_or_else(|| {
            Error::response(format!(
                "role_arn {asked:?} not in allowed role arns for Vault role {:?}",
                call.text("name")
            ))
        })?,
    };
    let session = match call.string("role_session_name") {
        name if name.is_empty() => format!("vault-{}", random::base62(20)),
        name => name,
    };
    let assumed = arn
        .replacen(":iam:", ":sts:", 1)
        .replacen(":role/", ":assumed-role/", 1);
    Ok(Some(format!("{assumed}/{session}")))
}

/// An access key id: the prefix tells long-lived from temporary, then 16 letters and digits of base32.
pub(super) fn access_key(prefix: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letters = random::bytes::<16>().map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
    format!("{prefix}{}", String::from_iter(letters))
}

/// A secret access key: 40 letters of base64.
pub(super) fn secret_key() -> String {
    encoding::encode(random::bytes::<30>())
}
