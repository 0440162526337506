//! From flags, environment and configuration to what the engine does. Flags win over the environment, it over files.

mod connection;

pub use connection::{proxy_rules, proxy_settings, server, settings};

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coffret_config::agent::{self as config, AgentConfig, Diagnostic, Disk, Loaded, MethodKind, Severity, Subsystems};
use coffret_vault::Token;
use zeroize::Zeroizing;

use crate::backoff::Pace;
use crate::engine::Plan;
use crate::environment::Environment;
use crate::exit::{Code, Failure};
use crate::flags::{Given, parse_bool};
use crate::handover::{self, Handover};
use crate::invocation::config_paths;
use crate::lease::Rules;
use crate::login;
use crate::unit::Output;

/// Variables that hold the configuration itself, as injected pods have it.
const CONFIG_VARIABLES: [&str; 2] = ["VAULT_CONFIG", "BAO_CONFIG"];
/// Time for the start unless something else is asked for.
const START_DEADLINE: Duration = Duration::from_secs(300);
/// Time between a stop and its end; the kubelet's own unless a pod says otherwise.
const GRACE_PERIOD: Duration = Duration::from_secs(30);
/// Name of the state file where no other is given.
const STATE_FILE: &str = ".coffret-state";
/// Where the kubelet looks for a container's last words.
const TERMINATION_LOG: &str = "/dev/termination-log";
const LOGIN_PACE: Pace = Pace {
    base: Duration::from_secs(1),
    ceiling: Duration::from_secs(300),
};
const REQUEST_PACE: Pace = Pace {
    base: Duration::from_millis(250),
    ceiling: Duration::from_secs(60),
};
/// A pace of zero would be a hot loop.
const SHORTEST_PACE: Duration = Duration::from_millis(100);

/// Reads the configuration that flags and environment point to.
///
/// # Errors
/// Every mistake in it, in one sentence.
pub fn load(given: &Given, environment: &Environment) -> Result<Loaded, Failure> {
    let paths = config_paths(given, environment);
    let loaded = if !paths.is_empty() {
        config::load(&paths, &Disk)
    } else if let Some((name, text)) = CONFIG_VARIABLES
        .iter()
        .find_map(|name| Some((*name, environment.filled(name)?)))
    {
        config::parse(name, &decode(name, text)?)
    } else {
        return Err(refused(
            "Must specify exactly at least one config path using -config (or set VAULT_CONFIG)",
        ));
    };
    let mut loaded = loaded.map_err(|found| refused(&spelled(&found)))?;
    replace_parts(
        &mut loaded.config.disable_idle_connections,
        "AGENT_DISABLE_IDLE_CONNECTIONS",
        environment,
    )?;
    replace_parts(
        &mut loaded.config.disable_keep_alives,
        "AGENT_DISABLE_KEEP_ALIVES",
        environment,
    )?;
    Ok(loaded)
}

/// The variable's list of parts, where it is set, counts instead of the file's.
fn replace_parts(parts: &mut Subsystems, variable: &str, environment: &Environment) -> Result<(), Failure> {
    if let Some(list) = environment.server(variable).filter(|list| !list.is_empty()) {
        *parts = Subsystems::named(list.split(',')).map_err(|name| {
            refused(&format!(
                "VAULT_{variable}: {name:?} is none of auto-auth, caching, proxying, templating"
            ))
        })?;
    }
    Ok(())
}

/// Decodes a variable as an injected pod's shell would.
///
/// # Errors
/// It is not base64.
pub fn decode(name: &str, text: &str) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD
        .decode(compact)
        .map(Zeroizing::new)
        .map_err(|_| refused(&format!("the variable {name} is not base64")))
}

fn refused(text: &str) -> Failure {
    Failure::new(Code::Configuration, text)
}

/// Errors first: a warning is not why it was refused.
fn spelled(found: &[Diagnostic]) -> String {
    let errors: Vec<String> = found
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(ToString::to_string)
        .collect();
    errors.join("\n")
}

/// Options that come from flags or environment, beside those of `vault agent`.
#[derive(Clone, Copy, Debug)]
pub struct Extras<'a> {
    given: &'a Given,
    environment: &'a Environment,
}

impl<'a> Extras<'a> {
    /// The options of this call.
    #[must_use]
    pub const fn new(given: &'a Given, environment: &'a Environment) -> Self {
        Self { given, environment }
    }

    /// The flag, or the variable that stands for it; an empty variable counts as not set.
    #[must_use]
    pub fn text(&self, flag: &str) -> Option<&'a str> {
        let variable = format!("COFFRET_{}", flag.replace('-', "_").to_ascii_uppercase());
        self.given.last(flag).or_else(|| self.environment.filled(&variable))
    }

    fn switch(&self, flag: &str) -> Result<bool, Failure> {
        match self.text(flag) {
            None => Ok(false),
            Some(text) => parse_bool(text).ok_or_else(|| refused(&format!("-{flag} must be true or false"))),
        }
    }

    fn duration(&self, flag: &str, default: Duration) -> Result<Duration, Failure> {
        let Some(text) = self.text(flag) else {
            return Ok(default);
        };
        config::duration::parse(text).ok_or_else(|| refused(&format!("-{flag} must be a duration such as 90s or 5m")))
    }

    /// The hand-over: as asked for, or where the `persist` block of the `cache` stanza says.
    fn handover(&self, config: &AgentConfig) -> Option<Handover> {
        let method = &config.auto_auth.as_ref()?.method;
        if let Some(path) = self.text("handover-file") {
            return Handover::with_method(path.into(), method, false);
        }
        let persist = config.cache.as_ref()?.persist.as_ref()?;
        Some(Handover {
            path: handover::file_in(&persist.path),
            credential: persist.service_account_token_file.clone(),
            keep: persist.keep_after_import,
            required: persist.exit_on_err,
        })
    }

    /// Where the last sentence goes, if anywhere.
    #[must_use]
    pub fn termination_message(&self) -> Option<PathBuf> {
        let default = || Some(PathBuf::from(TERMINATION_LOG)).filter(|path| path.exists());
        self.text("termination-message").map(PathBuf::from).or_else(default)
    }

    /// The file for probes: as given, else beside the pid file or the first sink, else at home.
    #[must_use]
    pub fn state_file(&self, config: &AgentConfig) -> Option<PathBuf> {
        if let Some(path) = self.text("state-file") {
            return Some(path.into());
        }
        let sink = config
            .auto_auth
            .as_ref()
            .and_then(|auth| auth.sinks.first())
            .map(|sink| sink.path.as_path());
        let beside = config.pid_file.as_deref().or(sink).and_then(Path::parent);
        let home = self.environment.filled("HOME").map(Path::new);
        beside.or(home).map(|directory| directory.join(STATE_FILE))
    }
}

/// What the engine is to do.
///
/// # Errors
/// An option that cannot be used.
pub fn plan(config: &AgentConfig, given: &Given, environment: &Environment) -> Result<Plan, Failure> {
    let exit_after_auth = given.switch("exit-after-auth").unwrap_or(config.exit_after_auth);
    if exit_after_auth && config.exec.is_some() {
        return Err(refused(
            "-exit-after-auth would end the agent before exec starts the child process",
        ));
    }
    let extras = Extras::new(given, environment);
    let settings = config.template_config.clone().unwrap_or_default();
    let auth = config.auto_auth.as_ref();
    let method = auth.map(|auth| auth.method.clone());
    let retries = config
        .vault
        .as_ref()
        .and_then(|server| server.retries)
        .unwrap_or(config::DEFAULT_RETRIES);
    let files = config
        .templates
        .iter()
        .map(|template| Output::File(Box::new(template.clone())));
    let variables = config
        .env_templates
        .iter()
        .map(|template| Output::Variable(Box::new(template.clone())));
    Ok(Plan {
        token: given_token(environment),
        sinks: auth.map(|auth| auth.sinks.clone()).unwrap_or_default(),
        outputs: files.chain(variables).collect(),
        rules: Rules {
            threshold: settings.lease_renewal_threshold,
            static_interval: settings.static_secret_render_interval,
        },
        pace: pace(method.as_ref(), REQUEST_PACE),
        login_pace: pace(method.as_ref(), LOGIN_PACE),
        retries: settings.exit_on_retry_failure.then_some(retries),
        exec: config.exec.clone(),
        exit_after_auth,
        exit_on_login_error: method.as_ref().is_some_and(|method| method.exit_on_err),
        start_deadline: Some(extras.duration("start-deadline", START_DEADLINE)?).filter(|time| !time.is_zero()),
        grace_period: extras.duration("grace-period", GRACE_PERIOD)?,
        revoke_on_exit: extras.switch("revoke-on-exit")?,
        credential_period: auth
            .filter(|auth| follows_credential(auth))
            .map(|auth| login::read_period(&auth.method)),
        connections: settings.max_connections_per_host.max(1),
        state_file: extras.state_file(config),
        child_variables: child_variables(config, given, environment),
        handover: extras.handover(config),
        method,
    })
}

fn follows_credential(auth: &config::AutoAuth) -> bool {
    auth.reauth_on_new_credentials || matches!(&auth.method.kind, MethodKind::Cert(cert) if cert.reload)
}

fn pace(method: Option<&config::Method>, default: Pace) -> Pace {
    let base = method
        .and_then(|method| method.min_backoff)
        .unwrap_or(default.base)
        .max(SHORTEST_PACE);
    let ceiling = method.and_then(|method| method.max_backoff).unwrap_or(default.ceiling);
    Pace {
        base,
        ceiling: ceiling.max(base),
    }
}

fn given_token(environment: &Environment) -> Option<Token> {
    let text = environment
        .server("TOKEN")
        .filter(|text| !text.is_empty())
        .map(|text| Zeroizing::new(text.to_owned()));
    let text = text.or_else(|| {
        std::fs::read_to_string(environment.token_file())
            .ok()
            .map(Zeroizing::new)
    })?;
    Token::new(text.trim()).ok()
}

/// What a template's command may want to know about the server, by the names of both servers' tools; never the token.
fn child_variables(config: &AgentConfig, given: &Given, environment: &Environment) -> Vec<(String, String)> {
    let server = config.vault.clone().unwrap_or_default();
    let path = |path: Option<PathBuf>| path.map(|path| path.display().to_string());
    let skip = server.tls_skip_verify.filter(|skip| *skip).map(|_| "true".to_owned());
    let mut variables = Vec::new();
    for (name, flag, configured) in [
        ("ADDR", "address", server.address),
        ("CACERT", "ca-cert", path(server.ca_cert)),
        ("CAPATH", "ca-path", path(server.ca_path)),
        ("CLIENT_CERT", "client-cert", path(server.client_cert)),
        ("CLIENT_KEY", "client-key", path(server.client_key)),
        ("TLS_SERVER_NAME", "tls-server-name", server.tls_server_name),
        ("SKIP_VERIFY", "tls-skip-verify", skip),
    ] {
        let given = given.last(flag).or_else(|| environment.server(name)).map(str::to_owned);
        if let Some(value) = given.or(configured) {
            variables.push((format!("VAULT_{name}"), value.clone()));
            variables.push((format!("BAO_{name}"), value));
        }
    }
    variables
}
