//! The members of a generated configuration, in the order in which vault-k8s writes them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Number, Value};

/// The generated configuration, in the order it is written.
#[derive(Debug, Clone, Serialize)]
pub struct AgentConfig {
    pub(super) auto_auth: AutoAuth,
    pub(super) exit_after_auth: bool,
    pub(super) pid_file: String,
    pub(super) vault: Server,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) template: Vec<Template>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) listener: Vec<Listener>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cache: Option<Cache>,
    pub(super) template_config: TemplateConfig,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) disable_idle_connections: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) disable_keep_alives: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) telemetry: Option<Map<String, Value>>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct AutoAuth {
    pub(super) method: Method,
    pub(super) sink: Vec<Sink>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Method {
    pub(super) r#type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) mount_path: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) min_backoff: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) max_backoff: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) namespace: String,
    pub(super) config: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) exit_on_err: bool,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Sink {
    pub(super) r#type: &'static str,
    pub(super) config: SinkConfig,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct SinkConfig {
    pub(super) path: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Server {
    pub(super) address: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) ca_cert: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) ca_path: String,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) tls_skip_verify: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) client_cert: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) client_key: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) tls_server_name: String,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Template {
    pub(super) destination: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) contents: Option<String>,
    pub(super) left_delimiter: String,
    pub(super) right_delimiter: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) command: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) perms: String,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) error_on_missing_key: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) syntax: Option<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Listener {
    pub(super) r#type: &'static str,
    pub(super) address: String,
    pub(super) tls_disable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) agent_api: Option<AgentApi>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct AgentApi {
    pub(super) enable_quit: bool,
}

#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Cache {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) use_auto_auth_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) persist: Option<Persist>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Persist {
    pub(super) r#type: &'static str,
    pub(super) path: &'static str,
    #[serde(skip_serializing_if = "is_false")]
    pub(super) exit_on_err: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service_account_token_file: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct TemplateConfig {
    pub(super) exit_on_retry_failure: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) static_secret_render_interval: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) max_connections_per_host: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lease_renewal_threshold: Option<Number>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands references to skip_serializing_if
fn is_false(flag: &bool) -> bool {
    !flag
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde hands references to skip_serializing_if
fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl AgentConfig {
    /// Compact JSON with `<`, `>` and `&` escaped as Go escapes them.
    ///
    /// # Errors
    /// Never for a configuration made from a plan: there are no maps with other keys than text in it.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let json = serde_json::to_string(self)?;
        Ok(json
            .replace('<', "\\u003c")
            .replace('>', "\\u003e")
            .replace('&', "\\u0026"))
    }
}
