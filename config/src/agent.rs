//! Vault Agent's configuration: what was written becomes what the program uses.
//!
//! Files are HCL 1 or JSON; several files and directories are merged as Vault Agent merges them, directories in
//! the order of their names. [`load`] reads files, [`parse`] one text (such as the decoded `VAULT_CONFIG`).
//! Which keys exist, what they do and what happens with those that cannot be honoured stands in one table,
//! [`STANZAS`]; the page `docs/agent-config.md` is written from it.
//!
//! Environment variables and command-line flags are not looked at here: they win over what files say, and the
//! agent lays them over the result.

mod auto_auth;
mod check;
mod diagnostic;
pub mod duration;
mod fields;
mod files;
mod keys;
mod local;
mod merge;
mod mode;
mod nearest;
mod page;
mod server;
mod signal;
mod source;
mod supervisor;
mod template;
mod top;
mod values;

pub use auto_auth::{AppRole, AutoAuth, Cert, FileSink, Jwt, Kubernetes, Ldap, Method, MethodKind, Removal};
pub use diagnostic::{Diagnostic, Severity};
pub use files::{Disk, Files};
pub use keys::{Key, Kind, STANZAS, Stanza, Status, Unknown};
pub use local::{
    ApiProxy, Cache, Consistency, Listener, ListenerAddress, ListenerTls, Persist, Telemetry, TlsVersion, UseToken,
    WhenInconsistent,
};
pub use page::reference_page;
pub use server::{DEFAULT_RETRIES, Server};
pub use signal::Signal;
pub use source::{Loaded, load, parse};
pub use supervisor::{EnvTemplate, Exec};
pub use template::{Action, Body, Command, Environment, Owner, Place, Syntax, Template, TemplateConfig, Text, Wait};
pub use top::{AgentConfig, LogFormat, LogLevel, Subsystems};
