//! The one table of configuration keys.
//!
//! Parsing, "did you mean" and the reference page all come from here: a key that is not in the table cannot be
//! read, and a key in the table is either honoured, accepted without effect (with a warning that says why) or
//! refused (with the reason).

mod auth;
mod local;
mod server;
mod supervisor;
mod template;

/// What a key's value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// One of these words, compared without regard to case.
    Word(&'static [&'static str]),
    /// A file or directory path.
    Path,
    /// `true` or `false`, also as a string.
    Bool,
    /// `true`, `false` or `"force"`.
    Force,
    /// A whole number, also as a string.
    Integer,
    /// A number with fraction.
    Float,
    /// Seconds, or a Go duration such as `1h30m`; `d` for days.
    Duration,
    /// A list of strings, or one string with commas.
    List,
    /// A file mode: octal text such as `"0640"`, or a number.
    Mode,
    /// A name or a number.
    Owner,
    /// One string (run by `sh -c` when it holds white space) or a list (run directly).
    Command,
    /// A signal name such as `SIGTERM`.
    Signal,
    /// `{ min, max }` or `"min:max"`.
    Wait,
    /// A stanza of its own, described by the table of that name.
    Stanza(&'static str),
    /// Anything; used where a value is not looked at.
    Any,
}

/// What happens with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does what its help says.
    Honoured,
    /// Existing configurations may hold it; it has no effect for this reason, and a warning says so.
    Accepted(&'static str),
    /// It has no effect for this reason, and nothing is said: the injectors write it whether it is needed or not.
    Redundant(&'static str),
    /// It cannot be used, for this reason.
    Refused(&'static str),
}

/// One key of a stanza.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// The name as written.
    pub name: &'static str,
    /// Older or alternative names with the same meaning.
    pub aliases: &'static [&'static str],
    /// What its value must be.
    pub kind: Kind,
    /// The value when the key is absent, for the page; empty when there is none.
    pub default: &'static str,
    /// What it does.
    pub help: &'static str,
    /// Which agents know it.
    pub since: &'static str,
    /// Whether it is honoured.
    pub status: Status,
}

impl Key {
    const fn new(name: &'static str, kind: Kind, default: &'static str, help: &'static str) -> Key {
        let since = "Vault, OpenBao";
        Key {
            name,
            aliases: &[],
            kind,
            default,
            help,
            since,
            status: Status::Honoured,
        }
    }

    const fn aliases(mut self, aliases: &'static [&'static str]) -> Key {
        self.aliases = aliases;
        self
    }

    const fn since(mut self, since: &'static str) -> Key {
        self.since = since;
        self
    }

    const fn accepted(mut self, reason: &'static str) -> Key {
        self.status = Status::Accepted(reason);
        self
    }

    const fn redundant(mut self, reason: &'static str) -> Key {
        self.status = Status::Redundant(reason);
        self
    }

    const fn refused(mut self, reason: &'static str) -> Key {
        self.status = Status::Refused(reason);
        self
    }

    /// Whether `name` is this key's name or one of its aliases; HCL 1 ignores case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.names().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The name and the aliases.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }
}

/// What happens with a key that is not in the table and resembles none in it.
///
/// One that does resemble a key is taken for a slip and refused in any stanza.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// It is an error, as in Vault.
    Refused,
    /// It is a warning: Vault passes over it, so existing files may hold it.
    Warned,
}

/// One stanza: the whole file, a block, or the `config` map of an authentication method.
#[derive(Clone, Copy, Debug)]
pub struct Stanza {
    /// Its path in the file, such as `auto_auth.method`; empty for the top level.
    pub path: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// What its label means; empty when it takes none.
    pub label: &'static str,
    /// What happens with keys that are not listed.
    pub unknown: Unknown,
    /// Its keys.
    pub keys: &'static [Key],
}

impl Stanza {
    /// The key of this name.
    #[must_use]
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.is(name))
    }

    /// The full name of a key of this stanza.
    #[must_use]
    pub fn full(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}.{name}", self.path)
        }
    }
}

/// All stanzas, in the order of the reference page.
pub const STANZAS: &[&Stanza] = &[
    &server::TOP,
    &server::VAULT,
    &server::RETRY,
    &auth::AUTO_AUTH,
    &auth::METHOD,
    &auth::KUBERNETES,
    &auth::APPROLE,
    &auth::JWT,
    &auth::CERT,
    &auth::TOKEN_FILE,
    &auth::LDAP,
    &auth::SINKS,
    &auth::SINK,
    &auth::SINK_FILE,
    &template::TEMPLATE,
    &template::TEMPLATE_EXEC,
    &template::TEMPLATE_EXEC_ENV,
    &template::WAIT,
    &template::TEMPLATE_CONFIG,
    &supervisor::ENV_TEMPLATE,
    &supervisor::EXEC,
    &local::CACHE,
    &local::PERSIST,
    &local::API_PROXY,
    &local::LISTENER,
    &local::AGENT_API,
    &local::TELEMETRY,
];

pub(super) use auth::*;
pub(super) use local::*;
pub(super) use server::*;
pub(super) use supervisor::*;
pub(super) use template::*;
