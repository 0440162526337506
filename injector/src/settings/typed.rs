//! From text to types; every value is checked here, so that the rest of the program need not.

use std::path::PathBuf;
use std::time::Duration;

use coffret_config::annotations::{Defaults, FlavorSetting, ModeSetting, ResourceDefaults, TokenSetting, grammar};

use super::raw::{Environment, Raw, SettingsError};
use super::table::{self, Kind, Setting, TABLE};

/// All settings of one injector.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// What reaches into pods.
    pub defaults: Defaults,
    /// How requests are served.
    pub serve: ServeSettings,
    /// Where the certificate comes from.
    pub tls: TlsSettings,
}

/// How lines are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Plain lines.
    Standard,
    /// One JSON object per line.
    Json,
}

/// How requests are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeSettings {
    /// Address of the webhook, as Go writes it: the host may be missing.
    pub listen: String,
    /// Plain HTTP address for health and metrics; empty for none.
    pub health_listen: String,
    /// Metrics path on the webhook's port; empty for none.
    pub telemetry_path: String,
    /// Most reviews at once.
    pub max_requests: usize,
    /// Longest time for a request to arrive.
    pub request_timeout: Duration,
    /// Longest time open requests get at the end.
    pub drain_timeout: Duration,
    /// Log level: `trace`, `debug`, `info`, `warn` or `error`.
    pub log_level: tracing::Level,
    /// How lines are logged.
    pub log_format: LogFormat,
    /// Whether annotations of service accounts and namespaces count.
    pub inherit: bool,
    /// The API server's version, where it is not to be asked: (major, minor).
    pub kubernetes_version: Option<(u32, u32)>,
    /// Whether the cluster decides between native and classic.
    pub asks_version: bool,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// The webhook configuration to keep up to date; empty for none.
    pub webhook: String,
    /// Names of the generated certificate.
    pub hosts: Vec<String>,
    /// Certificate, key and CA from disk.
    pub disk: Option<DiskFiles>,
    /// Only TLS 1.3.
    pub only_tls13: bool,
    /// TLS 1.2 suites to offer, in Go's names; empty for all.
    pub cipher_suites: Vec<String>,
    /// The Secret that holds the generated CA.
    pub ca_secret: String,
}

/// Certificate files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiskFiles {
    /// The certificate chain.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The CA to publish.
    pub ca: Option<PathBuf>,
}

impl Settings {
    /// Reads and checks everything for a server: the address is required.
    ///
    /// # Errors
    /// The first flag or variable that does not fit.
    pub fn read(args: &[String], env: Environment<'_>) -> Result<Settings, SettingsError> {
        let settings = Settings::lenient(args, env)?;
        if settings.defaults.address.is_empty() {
            return Err(SettingsError::NoAddress);
        }
        Ok(settings)
    }

    /// As [`Settings::read`], but the address may be missing: pods are then refused one by one.
    ///
    /// # Errors
    /// As [`Settings::read`].
    pub fn lenient(args: &[String], env: Environment<'_>) -> Result<Settings, SettingsError> {
        let raw = Raw::read(args, env)?;
        for setting in TABLE {
            check(setting, raw.text(setting))?;
        }
        Ok(Settings {
            defaults: defaults(&raw)?,
            serve: serve(&raw)?,
            tls: tls(&raw),
        })
    }
}

/// Checks a value against its kind. Log levels are trimmed and their case does not matter; other words are exact.
fn check(setting: &Setting, text: &str) -> Result<(), SettingsError> {
    let refuse = |problem: String| {
        Err(SettingsError::Value {
            name: format!("AGENT_INJECT_{}", setting.env),
            problem,
        })
    };
    let fine = match setting.kind {
        Kind::Text => Ok(()),
        Kind::Bool => grammar::bool(text).map(|_| ()).map_err(|error| error.to_string()),
        Kind::Int => grammar::int(text).map(|_| ()).map_err(|error| error.to_string()),
        Kind::Float => grammar::float(text).map(|_| ()).map_err(|error| error.to_string()),
        Kind::Duration => grammar::duration(text).map_err(|error| error.to_string()),
        Kind::Word(_) if setting == &table::LOG_LEVEL => return log_level(text).map(|_| ()),
        Kind::Word(words) if words.contains(&text) => Ok(()),
        Kind::Word(words) => Err(format!("unknown value {text:?}: use one of {}", words.join(", "))),
    };
    fine.or_else(refuse)
}

fn defaults(raw: &Raw) -> Result<Defaults, SettingsError> {
    let text = |setting: &Setting| raw.text(setting).to_owned();
    let given = |setting: &Setting| raw.given(setting);
    let flag = |setting: &Setting| grammar::bool(raw.text(setting)).unwrap_or_default();
    let version = version(raw)?;
    Ok(Defaults {
        address: text(&table::VAULT_ADDR),
        image: given(&table::VAULT_IMAGE).filter(|image| !image.is_empty()),
        auth_type: Some(text(&table::VAULT_AUTH_TYPE))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "kubernetes".to_owned()),
        auth_path: text(&table::VAULT_AUTH_PATH),
        namespace: text(&table::VAULT_NAMESPACE),
        proxy_address: text(&table::PROXY_ADDR),
        ca_cert_bytes: text(&table::VAULT_CACERT_BYTES),
        revoke_on_shutdown: flag(&table::REVOKE_ON_SHUTDOWN),
        run_as_user: text(&table::RUN_AS_USER),
        run_as_group: text(&table::RUN_AS_GROUP),
        run_as_same_user: flag(&table::RUN_AS_SAME_USER),
        set_security_context: flag(&table::SET_SECURITY_CONTEXT),
        default_template: text(&table::DEFAULT_TEMPLATE),
        resources: ResourceDefaults {
            request_cpu: given(&table::CPU_REQUEST),
            request_memory: given(&table::MEM_REQUEST),
            request_ephemeral: given(&table::EPHEMERAL_REQUEST),
            limit_cpu: given(&table::CPU_LIMIT),
            limit_memory: given(&table::MEM_LIMIT),
            limit_ephemeral: given(&table::EPHEMERAL_LIMIT),
        },
        exit_on_retry_failure: flag(&table::EXIT_ON_RETRY_FAILURE),
        static_secret_render_interval: text(&table::STATIC_INTERVAL),
        max_connections_per_host: grammar::int(raw.text(&table::MAX_CONNECTIONS)).unwrap_or_default(),
        lease_renewal_threshold: grammar::float(raw.text(&table::LEASE_THRESHOLD)).unwrap_or_default(),
        auth_min_backoff: text(&table::AUTH_MIN_BACKOFF),
        auth_max_backoff: text(&table::AUTH_MAX_BACKOFF),
        disable_idle_connections: text(&table::DISABLE_IDLE_CONNECTIONS),
        disable_keep_alives: text(&table::DISABLE_KEEP_ALIVES),
        mode: ModeSetting::parse(raw.text(&table::MODE)).unwrap_or_default(),
        native_supported: version.is_none_or(knows_native),
        flavor: if raw.openbao || raw.text(&table::FLAVOR) == "openbao" {
            FlavorSetting::OpenBao
        } else {
            FlavorSetting::ByPrefix
        },
        rewrite_vault_annotations: flag(&table::REWRITE),
        token: TokenSetting::parse(raw.text(&table::TOKEN)).unwrap_or_default(),
        token_audience: text(&table::TOKEN_AUDIENCE),
        token_expiration: token_expiration(raw)?,
        volume_size_limit: given(&table::VOLUME_SIZE_LIMIT),
    })
}

/// From this version on every kubelet the API server supports knows restartable init containers.
#[must_use]
pub(crate) fn knows_native((major, minor): (u32, u32)) -> bool {
    (major, minor) >= (1, 32)
}

fn token_expiration(raw: &Raw) -> Result<u64, SettingsError> {
    let seconds = grammar::int(raw.text(&table::TOKEN_EXPIRATION)).unwrap_or_default();
    u64::try_from(seconds)
        .ok()
        .filter(|seconds| *seconds >= 600)
        .ok_or_else(|| SettingsError::Value {
            name: "AGENT_INJECT_SERVICE_ACCOUNT_TOKEN_EXPIRATION".to_owned(),
            problem: format!("a projected token is valid 600 seconds or more, got {seconds}"),
        })
}

/// Reads `1.31`, `v1.31.2` or `1.31+`.
fn version(raw: &Raw) -> Result<Option<(u32, u32)>, SettingsError> {
    let text = raw.text(&table::KUBERNETES_VERSION);
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = parse_version(text);
    parsed.map(Some).ok_or_else(|| SettingsError::Value {
        name: "AGENT_INJECT_KUBERNETES_VERSION".to_owned(),
        problem: format!("{text:?} is no version such as 1.31"),
    })
}

/// A version's first two numbers.
#[must_use]
pub(crate) fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim_start_matches('v').split('.');
    let number = |part: &str| part.trim_end_matches(|c: char| !c.is_ascii_digit()).parse().ok();
    Some((number(parts.next()?)?, number(parts.next()?)?))
}

fn serve(raw: &Raw) -> Result<ServeSettings, SettingsError> {
    let kubernetes_version = version(raw)?;
    Ok(ServeSettings {
        listen: raw.text(&table::LISTEN).to_owned(),
        health_listen: raw.text(&table::HEALTH_LISTEN).to_owned(),
        telemetry_path: raw.text(&table::TELEMETRY_PATH).to_owned(),
        max_requests: usize::try_from(grammar::int(raw.text(&table::MAX_REQUESTS)).unwrap_or(64))
            .unwrap_or(64)
            .max(1),
        request_timeout: duration(&table::REQUEST_TIMEOUT, raw)?,
        drain_timeout: duration(&table::DRAIN_TIMEOUT, raw)?,
        log_level: log_level(raw.text(&table::LOG_LEVEL))?,
        log_format: if raw.text(&table::LOG_FORMAT) == "json" {
            LogFormat::Json
        } else {
            LogFormat::Standard
        },
        inherit: grammar::bool(raw.text(&table::INHERIT)).unwrap_or_default(),
        kubernetes_version,
        asks_version: kubernetes_version.is_none() && raw.text(&table::MODE) == "auto",
    })
}

/// Our own durations are plain: a number and one of `ms`, `s`, `m`.
fn duration(setting: &Setting, raw: &Raw) -> Result<Duration, SettingsError> {
    let text = raw.text(setting);
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let factor = match unit {
        "ms" => Some(1),
        "s" => Some(1000),
        "m" => Some(60_000),
        _ => None,
    };
    let millis = factor.and_then(|factor: u64| number.parse::<u64>().ok()?.checked_mul(factor));
    millis
        .filter(|millis| *millis > 0)
        .map(Duration::from_millis)
        .ok_or_else(|| SettingsError::Value {
            name: format!("AGENT_INJECT_{}", setting.env),
            problem: format!("{text:?} is no duration such as 10s"),
        })
}

fn log_level(text: &str) -> Result<tracing::Level, SettingsError> {
    match text.trim().to_lowercase().as_str() {
        "trace" => Ok(tracing::Level::TRACE),
        "debug" => Ok(tracing::Level::DEBUG),
        "" | "notice" | "info" => Ok(tracing::Level::INFO),
        "warn" | "warning" => Ok(tracing::Level::WARN),
        "err" | "error" => Ok(tracing::Level::ERROR),
        other => Err(SettingsError::Value {
            name: "AGENT_INJECT_LOG_LEVEL".to_owned(),
            problem: format!("unknown log level: {other}"),
        }),
    }
}

fn tls(raw: &Raw) -> TlsSettings {
    let path = |setting: &Setting| {
        Some(raw.text(setting))
            .filter(|text| !text.is_empty())
            .map(PathBuf::from)
    };
    let list = |setting: &Setting| -> Vec<String> {
        raw.text(setting)
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let disk = path(&table::TLS_CERT_FILE).map(|certificate| DiskFiles {
        key: path(&table::TLS_KEY_FILE).unwrap_or_default(),
        ca: path(&table::TLS_CA_CERT_FILE),
        certificate,
    });
    TlsSettings {
        webhook: raw.text(&table::TLS_AUTO).to_owned(),
        hosts: list(&table::TLS_AUTO_HOSTS),
        disk,
        only_tls13: raw.text(&table::TLS_MIN_VERSION) == "tls13",
        cipher_suites: list(&table::TLS_CIPHER_SUITES),
        ca_secret: raw.text(&table::CA_SECRET).to_owned(),
    }
}
