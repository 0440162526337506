//! A plan as the agent's configuration: the JSON shape and key order vault-k8s writes, so that any agent reads it.

mod shape;

use serde_json::Number;

pub use self::shape::AgentConfig;
use self::shape::{
    AgentApi, AutoAuth, Cache, Listener, Method, Persist, Server, Sink, SinkConfig, Template, TemplateConfig,
};
use super::mode::Mode;
use super::plan::Plan;
use super::secrets::{Body, SecretFile, Syntax};

/// Which of a pod's agents a configuration is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The one that renders once and leaves.
    Init,
    /// The one that stays.
    Sidecar,
}

/// Where the persisted cache lies in both agents.
pub const CACHE_PATH: &str = "/vault/agent-cache";

/// The token every pod has unless it says otherwise; the agent takes it as the cache's key by itself.
const USUAL_TOKEN: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

impl Plan {
    /// The configuration of one of the pod's agents.
    #[must_use]
    pub fn agent_config(&self, role: Role) -> AgentConfig {
        let listens = self.has_cache() || self.cache.enable_quit;
        AgentConfig {
            auto_auth: AutoAuth {
                method: self.method(),
                sink: self.sinks(),
            },
            exit_after_auth: role == Role::Init,
            pid_file: format!("{}/.pid", self.flavor.home()),
            vault: self.server(),
            template: self.secrets.iter().map(template).collect(),
            listener: if listens { vec![self.listener()] } else { Vec::new() },
            cache: listens.then(|| self.cache_stanza()),
            template_config: TemplateConfig {
                exit_on_retry_failure: self.rendering.exit_on_retry_failure,
                static_secret_render_interval: self.rendering.static_secret_render_interval.clone(),
                max_connections_per_host: self.rendering.max_connections_per_host,
                lease_renewal_threshold: number(self.rendering.lease_renewal_threshold),
            },
            disable_idle_connections: self.rendering.disable_idle_connections.clone(),
            disable_keep_alives: self.rendering.disable_keep_alives.clone(),
            telemetry: self.telemetry.clone(),
        }
    }

    /// An init container alone has nobody to cache for.
    fn has_cache(&self) -> bool {
        self.cache.enable && self.mode != Mode::Init
    }

    /// The cache outlives an agent only where one agent hands over to another.
    #[must_use]
    pub fn has_persistent_cache(&self) -> bool {
        self.cache.enable && self.mode == Mode::Classic && self.pre_populate
    }

    fn method(&self) -> Method {
        Method {
            r#type: self.auth.method.clone(),
            mount_path: self.auth.path.clone(),
            min_backoff: self.auth.min_backoff.clone(),
            max_backoff: self.auth.max_backoff.clone(),
            namespace: self.connection.namespace.clone(),
            config: self.auth.config.clone(),
            exit_on_err: self.auth.exit_on_err,
        }
    }

    fn sinks(&self) -> Vec<Sink> {
        let sink = |path| Sink {
            r#type: "file",
            config: SinkConfig { path },
        };
        let mut sinks = vec![sink(format!("{}/{}", self.flavor.home(), self.flavor.token_file()))];
        if self.auth.inject_token {
            sinks.push(sink(super::clean_join(&self.secret_volume_path, "token")));
        }
        sinks
    }

    fn server(&self) -> Server {
        let connection = &self.connection;
        Server {
            address: connection.address.clone(),
            ca_cert: connection.ca_cert.clone(),
            ca_path: connection.ca_path.clone(),
            tls_skip_verify: connection.tls_skip_verify,
            client_cert: connection.client_cert.clone(),
            client_key: connection.client_key.clone(),
            tls_server_name: connection.tls_server_name.clone(),
        }
    }

    fn listener(&self) -> Listener {
        Listener {
            r#type: "tcp",
            address: format!("127.0.0.1:{}", self.cache.port),
            tls_disable: true,
            agent_api: self.cache.enable_quit.then_some(AgentApi { enable_quit: true }),
        }
    }

    fn cache_stanza(&self) -> Cache {
        if !self.has_cache() {
            return Cache::default();
        }
        let token = self.token.path();
        let persist = Persist {
            r#type: "kubernetes",
            path: CACHE_PATH,
            exit_on_err: self.cache.exit_on_err,
            service_account_token_file: (token != USUAL_TOKEN).then_some(token),
        };
        Cache {
            use_auto_auth_token: self.cache.use_auto_auth_token.clone(),
            persist: self.has_persistent_cache().then_some(persist),
        }
    }
}

/// A fraction as Go writes it: whole numbers without a point, zero not at all.
fn number(fraction: f64) -> Option<Number> {
    let number = Number::from_f64(fraction).filter(|_| fraction != 0.0)?;
    let text = number.to_string();
    text.strip_suffix(".0")
        .and_then(|whole| whole.parse::<i64>().ok())
        .map(Number::from)
        .or(Some(number))
}

fn template(file: &SecretFile) -> Template {
    let (contents, source) = match &file.body {
        Body::Contents(text) => (Some(text.clone()), None),
        Body::Source(path) => (None, Some(path.clone())),
    };
    Template {
        destination: file.destination.clone(),
        syntax: syntax_word(file),
        contents,
        left_delimiter: file.delimiters.0.clone(),
        right_delimiter: file.delimiters.1.clone(),
        command: file.command.clone(),
        source,
        perms: file.perms.clone(),
        error_on_missing_key: file.error_on_missing_key,
    }
}

/// The language is written only where the agent's own rule, by extension, would take the other one.
fn syntax_word(file: &SecretFile) -> Option<&'static str> {
    let by_extension = matches!(&file.body, Body::Source(path) if super::secrets::is_handlebars_file(path));
    match (file.syntax, by_extension) {
        (Syntax::Handlebars, false) => Some("handlebars"),
        (Syntax::Go, true) => Some("go"),
        _ => None,
    }
}
