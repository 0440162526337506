//! What is answered without a token and also when sealed: health, seal, leader, init; and smaller `sys/` paths.

use crate::core::{Answer, Core};
use crate::engine::{Route, route};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Raw};
use crate::object;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// The version this server shows; the API it speaks is that one's.
pub(crate) const VERSION: &str = "2.6.2";

/// Paths that are answered before any route is looked for, and what they tell about themselves.
const TOLD: [(&str, &str); 7] = [
    (
        "health",
        "Whether the server is initialized, unsealed and active, by status.",
    ),
    (
        "seal-status",
        "Whether the server is sealed, and what it takes to unseal it.",
    ),
    ("leader", "Who is active."),
    ("init", "Whether the server is initialized; it always is."),
    ("unseal", "Takes a share of the unseal key."),
    ("seal", "Seals the server."),
    ("step-down", "Gives up being active; a single server stays it."),
];

pub(super) fn routes() -> Vec<Route<Core>> {
    let told = TOLD.map(|(path, synopsis)| route(path).help(synopsis, ""));
    let mut routes = Vec::from(told);
    routes.push(
        route("(generate-root/(attempt|update)|rekey/(init|update|verify))")
            .help("Not offered without a token.", "")
            .on(Operation::Update, |_, _, _| Err(Error::unsupported_operation())),
    );
    routes
}

fn json(status: u16, body: Object) -> Answer {
    let mut text = String::new();
    crate::json::write(&Value::Object(body), &mut text);
    text.push('\n');
    Answer::Raw(Raw {
        status,
        content_type: "application/json".to_owned(),
        body: text.into_bytes(),
    })
}

fn refused(status: u16, errors: &[&str]) -> Answer {
    let errors = errors.iter().map(|text| (*text).to_owned()).collect();
    Answer::Refused {
        status,
        errors,
        data: None,
    }
}

impl Core {
    /// Answers `sys/health` and its like; `None` for all other paths. `query` holds the parameters of the URL.
    pub(crate) fn status_answer(
        &mut self,
        method: &str,
        path: &str,
        query: &Object,
        body: &Object,
        token: &str,
    ) -> Option<Answer> {
        let answer = match (path, method) {
            ("sys/health", "GET" | "HEAD") => self.health(query),
            ("sys/seal-status", "GET") => json(200, self.seal_status()),
            ("sys/leader", "GET") => json(200, self.leader()),
            ("sys/init", "GET") => json(200, object! { "initialized" => true }),
            ("sys/init", "PUT" | "POST") => refused(400, &[&refused_init(body)]),
            ("sys/unseal", "PUT" | "POST") => self.unseal(body),
            ("sys/seal", "PUT" | "POST") => self.seal(token),
            ("sys/step-down", "PUT" | "POST") => Answer::Empty,
            (
                "sys/health" | "sys/seal-status" | "sys/leader" | "sys/init" | "sys/unseal" | "sys/seal"
                | "sys/step-down",
                _,
            ) => refused(405, &[]),
            _ => return None,
        };
        Some(answer)
    }

    fn health(&self, query: &Object) -> Answer {
        let text = |name: &str| query.get(name).map(|value| value.as_str().unwrap_or_default());
        let code = |name: &str, default: u16| text(name).map_or(Some(default), |text| text.parse::<u16>().ok());
        let flag = |name: &str| text(name).is_none_or(|text| text.is_empty() || truth(text).is_some());
        let (Some(active), Some(sealed), Some(_), Some(_), true, true) = (
            code("activecode", 200),
            code("sealedcode", 503),
            code("standbycode", 429),
            code("uninitcode", 501),
            flag("standbyok"),
            flag("perfstandbyok"),
        ) else {
            return Answer::Raw(Raw {
                status: 400,
                content_type: "application/json".to_owned(),
                body: b"{\"errors\":[]}\n".to_vec(),
            });
        };
        let mut body = object! {
            "initialized" => true,
            "sealed" => self.sealed,
            "standby" => self.sealed,
            "replication_performance_mode" => if self.sealed { "unknown" } else { "disabled" },
            "replication_dr_mode" => if self.sealed { "unknown" } else { "disabled" },
            "server_time_utc" => self.clock.now().as_second(),
            "version" => VERSION,
        };
        if !self.sealed {
            body.insert("cluster_name".to_owned(), Value::from(self.cluster_name()));
            body.insert("cluster_id".to_owned(), Value::from(&self.cluster_id));
        }
        let status = if self.sealed { sealed } else { active };
        match status {
            100..1000 => json(status, body),
            _ => refused(400, &[]),
        }
    }

    fn cluster_name(&self) -> String {
        format!("vault-cluster-{}", self.cluster_id.get(..8).unwrap_or_default())
    }

    fn seal_status(&self) -> Object {
        let mut status = object! {
            "type" => "shamir",
            "initialized" => true,
            "sealed" => self.sealed,
            "t" => 1,
            "n" => 1,
            "progress" => 0,
            "nonce" => "",
            "version" => VERSION,
            "commit_date" => "",
            "migration" => false,
            "recovery_seal" => false,
            "storage_type" => "inmem",
        };
        if !self.sealed {
            status.insert("cluster_name".to_owned(), Value::from(self.cluster_name()));
            status.insert("cluster_id".to_owned(), Value::from(&self.cluster_id));
        }
        status
    }

    fn leader(&self) -> Object {
        object! { "ha_enabled" => false }
    }

    fn unseal(&mut self, body: &Object) -> Answer {
        let key = body.get("key").and_then(Value::as_str).unwrap_or_default();
        if body.get("reset").and_then(Value::as_bool) == Some(true) {
            return match self.sealed {
                true => json(200, self.seal_status()),
                false => refused(400, &["vault is unsealed"]),
            };
        }
        if key.is_empty() {
            return refused(
                400,
                &["'key' must be specified in request body as JSON, or 'reset' set to true"],
            );
        }
        let Some(key) = key_bytes(key) else {
            return refused(400, &["'key' must be a valid hex or base64 string"]);
        };
        if self.sealed && key_bytes(&self.unseal_key).is_none_or(|right| right != key) {
            return refused(400, &[refused_key(key.len())]);
        }
        self.sealed = false;
        json(200, self.seal_status())
    }

    fn seal(&mut self, token: &str) -> Answer {
        let Some(token) = self.valid_token(token, self.clock.now()) else {
            return refused(403, &["permission denied"]);
        };
        if !self.has_sudo(&token, "sys/seal") {
            return refused(403, &["1 error occurred:\n\t* permission denied\n\n"]);
        }
        self.sealed = true;
        Answer::Empty
    }
}

/// Why a server that is set up cannot be set up as asked.
fn refused_init(body: &Object) -> String {
    let number = |name: &str| {
        let value = body.get(name).and_then(|value| crate::engine::to_integer(value).ok());
        value.unwrap_or_default()
    };
    match refused_shares(number("secret_shares"), number("secret_threshold")) {
        Some(why) => format!("invalid seal configuration: {why}"),
        None => "Vault is already initialized".to_owned(),
    }
}

/// Why a key cannot have so many shares, of which so many unseal.
pub(super) fn refused_shares(shares: i64, threshold: i64) -> Option<&'static str> {
    Some(match (shares, threshold) {
        (..=0, _) => "shares must be at least one",
        (_, ..=0) => "threshold must be at least one",
        (2.., 1) => "threshold must be greater than one for multiple shares",
        (256.., _) => "shares must be less than 256",
        (_, 256..) => "threshold must be less than 256",
        _ if threshold > shares => "threshold cannot be larger than shares",
        _ => return None,
    })
}

/// So many bytes an unseal key, or a share of one, can have.
pub(super) const KEY_LENGTHS: std::ops::RangeInclusive<usize> = 16..=33;

/// Why a key of so many bytes that is not the right one does not unseal.
pub(super) fn refused_key(bytes: usize) -> &'static str {
    match bytes {
        ..16 => "invalid key: key is shorter than minimum 16 bytes",
        34.. => "invalid key: key is longer than maximum 33 bytes",
        16 | 24 | 32 => {
            "unable to retrieve stored keys: invalid key: failed to decrypt keys from storage: cipher: message \
             authentication failed"
        }
        _ => "invalid key: failed to setup unseal key: crypto/aes: invalid key size 33",
    }
}

/// The bytes of an unseal key: hex, if it has as many bytes as a key can have, and base64 otherwise.
pub(super) fn key_bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes = digits.collect::<Option<Vec<u8>>>();
    bytes
        .filter(|bytes| KEY_LENGTHS.contains(&bytes.len()))
        .or_else(|| BASE64_STANDARD.decode(text).ok())
}

/// A truth value as Go reads it.
fn truth(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}
