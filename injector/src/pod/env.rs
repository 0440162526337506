//! The agent's environment variables.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use coffret_config::annotations::{CACHE_PATH, Launch, Plan, Refusal, Role, Step};
use serde_json::{Value, json};

/// All variables, in the order of vault-k8s.
///
/// # Errors
/// A configuration that cannot be written as JSON.
pub(super) fn all(pod: &Value, plan: &Plan, role: Role) -> Result<Vec<Value>, Refusal> {
    let prefix = plan.flavor.env_prefix();
    let mut env = vec![
        field("NAMESPACE", "metadata.namespace"),
        field("HOST_IP", "status.hostIP"),
        field("POD_IP", "status.podIP"),
    ];
    let mut put = |name: String, value: &str| {
        if !value.is_empty() {
            env.push(json!({"name": name, "value": value}));
        }
    };
    let process = &plan.process;
    put("GOMAXPROCS".to_owned(), &process.go_max_procs);
    put(format!("{prefix}_CLIENT_TIMEOUT"), &process.client_timeout);
    put(format!("{prefix}_MAX_RETRIES"), &process.client_max_retries);
    put(format!("{prefix}_LOG_LEVEL"), &process.log_level);
    put(format!("{prefix}_LOG_FORMAT"), &process.log_format);
    put("HTTPS_PROXY".to_owned(), &plan.connection.proxy_address);
    if plan.configmap.is_empty() {
        let config = plan
            .agent_config(role)
            .to_json()
            .map_err(|error| Refusal::new(Step::Patch, error))?;
        put(format!("{prefix}_CONFIG"), &STANDARD.encode(config));
    } else {
        connection(plan, prefix, &mut put);
    }
    put(
        format!("{prefix}_CACERT_BYTES"),
        &ca_bytes(&plan.connection.ca_cert_bytes),
    );
    if plan.launch == Launch::Direct {
        put("HOME".to_owned(), plan.flavor.home());
    }
    if plan.hands_over() && !plan.has_persistent_cache() {
        put(
            "COFFRET_HANDOVER_FILE".to_owned(),
            &format!("{CACHE_PATH}/coffret-handover"),
        );
    }
    if plan.auth.method == "aws" {
        env.extend(super::aws::variables(pod, plan));
    }
    Ok(env)
}

fn field(name: &str, path: &str) -> Value {
    json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}})
}

/// With a configuration of the user's own, the connection is told through the environment.
fn connection(plan: &Plan, prefix: &str, put: &mut impl FnMut(String, &str)) {
    let connection = &plan.connection;
    put(format!("{prefix}_ADDR"), &connection.address);
    put(format!("{prefix}_CACERT"), &connection.ca_cert);
    put(format!("{prefix}_CAPATH"), &connection.ca_path);
    put(format!("{prefix}_CLIENT_CERT"), &connection.client_cert);
    put(format!("{prefix}_CLIENT_KEY"), &connection.client_key);
    put(
        format!("{prefix}_SKIP_VERIFY"),
        if connection.tls_skip_verify { "true" } else { "false" },
    );
    put(format!("{prefix}_TLS_SERVER_NAME"), &connection.tls_server_name);
}

/// The CA may be given as PEM or as base64 of it.
fn ca_bytes(text: &str) -> String {
    let decoded = STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.unwrap_or_else(|| text.to_owned())
}
