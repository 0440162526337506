//! The whole configuration and the keys of the top level.

use std::path::PathBuf;

use coffret_hcl::Document;

use super::auto_auth::{self, AutoAuth};
use super::diagnostic::Report;
use super::fields::{Fields, Part};
use super::keys::TOP;
use super::local::{self, ApiProxy, Cache, Listener, Telemetry};
use super::server::{self, Server};
use super::supervisor::{self, EnvTemplate, Exec};
use super::template::{self, Template, TemplateConfig};

/// A configuration, of one file or of several merged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AgentConfig {
    /// The server.
    pub vault: Option<Server>,
    /// The login.
    pub auto_auth: Option<AutoAuth>,
    /// Files to render.
    pub templates: Vec<Template>,
    /// Settings for all templates; `None` means the defaults of [`TemplateConfig`].
    pub template_config: Option<TemplateConfig>,
    /// Environment variables of the child process.
    pub env_templates: Vec<EnvTemplate>,
    /// The child process.
    pub exec: Option<Exec>,
    /// Cache and hand-over.
    pub cache: Option<Cache>,
    /// Requests of other programs.
    pub api_proxy: Option<ApiProxy>,
    /// Local addresses that are served.
    pub listeners: Vec<Listener>,
    /// Metrics in Prometheus' format; `None` means not asked for.
    pub telemetry: Option<Telemetry>,
    /// File that holds the process id.
    pub pid_file: Option<PathBuf>,
    /// Stop once each sink is written and each template rendered.
    pub exit_after_auth: bool,
    /// Least severity that is logged; `None` when no file says.
    pub log_level: Option<LogLevel>,
    /// Form of the log lines; `None` when no file says.
    pub log_format: Option<LogFormat>,
    /// File the log is appended to, besides standard error.
    pub log_file: Option<PathBuf>,
    /// Parts of the agent that keep no idle connection.
    pub disable_idle_connections: Subsystems,
    /// Parts of the agent that open a connection for each request.
    pub disable_keep_alives: Subsystems,
}

/// Severities of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// Everything.
    Trace,
    /// What helps to find faults.
    Debug,
    /// What happens.
    #[default]
    Info,
    /// What may need attention.
    Warn,
    /// What failed.
    Error,
}

impl LogLevel {
    /// The level of this name, in any case; `notice` is [`LogLevel::Info`], and so is an empty name.
    #[must_use]
    pub fn named(name: &str) -> Option<LogLevel> {
        Some(match name.trim().to_ascii_lowercase().as_str() {
            "trace" => LogLevel::Trace,
            "debug" => LogLevel::Debug,
            "" | "info" | "notice" => LogLevel::Info,
            "warn" | "warning" => LogLevel::Warn,
            "error" | "err" => LogLevel::Error,
            _ => return None,
        })
    }
}

/// Forms of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text for people.
    #[default]
    Standard,
    /// One JSON object a line.
    Json,
}

impl LogFormat {
    /// The form of this name, in any case; an empty name is [`LogFormat::Standard`].
    #[must_use]
    pub fn named(name: &str) -> Option<LogFormat> {
        match name.trim().to_ascii_lowercase().as_str() {
            "" | "standard" => Some(LogFormat::Standard),
            "json" => Some(LogFormat::Json),
            _ => None,
        }
    }
}

/// Parts of the agent that talk to the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Subsystems {
    /// Logging in.
    pub auto_auth: bool,
    /// Requests of other programs (`caching` or `proxying`).
    pub proxying: bool,
    /// Reading secrets for templates.
    pub templating: bool,
}

impl Subsystems {
    /// The parts named in a list such as `["auto-auth", "templating"]`; empty names are passed over.
    ///
    /// # Errors
    /// The first name that is none of `auto-auth`, `caching`, `proxying`, `templating`.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Subsystems, &'a str> {
        let mut parts = Subsystems::default();
        for name in names {
            match name.trim().to_ascii_lowercase().as_str() {
                "auto-auth" => parts.auto_auth = true,
                "caching" | "proxying" => parts.proxying = true,
                "templating" => parts.templating = true,
                "" => {}
                _ => return Err(name),
            }
        }
        Ok(parts)
    }

    /// The parts named in either.
    #[must_use]
    pub fn and(self, other: Subsystems) -> Subsystems {
        Subsystems {
            auto_auth: self.auto_auth || other.auto_auth,
            proxying: self.proxying || other.proxying,
            templating: self.templating || other.templating,
        }
    }
}

/// Reads one file.
pub(super) fn read(document: &Document, report: &Report) -> AgentConfig {
    let fields = Fields::open(&TOP, &document.root, report);
    let each = |name, labelled| fields.blocks(name, labelled);
    let single = |name| fields.single(name, false);
    AgentConfig {
        vault: single("vault").map(|part| server::read(&part, report)),
        auto_auth: single("auto_auth").and_then(|part| auto_auth::read(&part, report)),
        templates: all(&each("template", false), report, template::read),
        template_config: single("template_config").map(|part| template::read_settings(&part, report)),
        env_templates: all(&each("env_template", true), report, supervisor::read_env_template),
        exec: single("exec").and_then(|part| supervisor::read_exec(&part, report)),
        cache: single("cache").map(|part| local::read_cache(&part, report)),
        api_proxy: single("api_proxy").map(|part| local::read_api_proxy(&part, report)),
        listeners: all(&each("listener", true), report, local::read_listener),
        telemetry: single("telemetry").map(|part| local::read_telemetry(&part, report)),
        pid_file: fields.path("pid_file"),
        exit_after_auth: fields.bool("exit_after_auth").unwrap_or(false),
        log_level: fields.word("log_level").and_then(LogLevel::named),
        log_format: fields.word("log_format").and_then(LogFormat::named),
        log_file: fields.path("log_file"),
        disable_idle_connections: subsystems(&fields, "disable_idle_connections"),
        disable_keep_alives: subsystems(&fields, "disable_keep_alives"),
    }
}

fn all<T>(parts: &[Part<'_>], report: &Report, read: fn(&Part<'_>, &Report) -> Option<T>) -> Vec<T> {
    parts.iter().filter_map(|part| read(part, report)).collect()
}

fn subsystems(fields: &Fields<'_>, name: &'static str) -> Subsystems {
    let names = fields.list(name).unwrap_or_default();
    Subsystems::named(names.iter().map(String::as_str)).unwrap_or_else(|_| {
        fields.error(
            name,
            "each element must be one of auto-auth, caching, proxying, templating",
        );
        Subsystems::default()
    })
}
