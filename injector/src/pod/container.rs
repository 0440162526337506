//! The agent's containers.

use coffret_config::annotations::{Launch, Plan, Refusal, Resources, Role};
use serde_json::{Map, Value, json};

use super::lifecycle::pre_stop;
use super::{container_patch, env, volumes};

/// Where our agent's image has its binary.
const BINARY: &str = "/bin/coffret-agent";

/// Which of the agent's containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The init container that ends.
    Init,
    /// The ordinary sidecar.
    Sidecar,
    /// The restartable init container.
    Native,
}

impl Part {
    /// The container's name.
    #[must_use]
    pub fn name(self, plan: &Plan) -> String {
        match self {
            Part::Init => format!("{}-init", plan.flavor.container()),
            Part::Sidecar | Part::Native => plan.flavor.container().to_owned(),
        }
    }

    fn role(self) -> Role {
        match self {
            Part::Init => Role::Init,
            Part::Sidecar | Part::Native => Role::Sidecar,
        }
    }

    fn config_file(self) -> String {
        let file = if self == Part::Init {
            "config-init.hcl"
        } else {
            "config.hcl"
        };
        format!("{}/{file}", volumes::CONFIG_PATH)
    }
}

/// Builds one container and applies the pod's JSON patches to it.
///
/// # Errors
/// A patch that does not apply.
pub fn build(pod: &Value, plan: &Plan, part: Part) -> Result<Value, Refusal> {
    let mut container = Map::new();
    let mut put = |key: &str, value: Value| container.insert(key.to_owned(), value);
    put("name", json!(part.name(plan)));
    put("image", json!(plan.image));
    let (command, args) = command(plan, part);
    put("command", json!(command));
    put("args", json!(args));
    put("env", Value::Array(env::all(pod, plan, part.role())?));
    put("resources", resources(&plan.resources));
    put("volumeMounts", Value::Array(volumes::agent_mounts(pod, plan, part)));
    if part != Part::Init {
        put("lifecycle", pre_stop(plan));
    }
    if part == Part::Native {
        put("restartPolicy", json!("Always"));
        if plan.pre_populate {
            put("startupProbe", startup_probe(plan));
        }
    }
    if let Some(context) = security_context(plan) {
        put("securityContext", context);
    }
    container_patch::apply(Value::Object(container), plan, part)
}

/// The name of a container as it ends up: a user's patch may change it.
///
/// # Errors
/// As [`build`].
pub(super) fn name(pod: &Value, plan: &Plan, part: Part) -> Result<String, Refusal> {
    if container_patch::patches(plan, part) == [None, None] {
        return Ok(part.name(plan));
    }
    let container = build(pod, plan, part)?;
    Ok(super::text(&container, "/name").to_owned())
}

/// The shell forms are vault-k8s' own, to the letter: users' patches address `/args/0`, and every agent image
/// understands them.
fn command(plan: &Plan, part: Part) -> (Vec<&'static str>, Vec<String>) {
    let (home, program) = (plan.flavor.home(), plan.flavor.command());
    match (plan.launch, plan.configmap.is_empty()) {
        (Launch::Shell, true) => {
            let variable = format!("{}_CONFIG", plan.flavor.env_prefix());
            let script = format!(
                "echo ${{{variable}?}} | base64 -d > {home}/config.json && {program} agent -config={home}/config.json"
            );
            (vec!["/bin/sh", "-ec"], vec![script])
        }
        (Launch::Shell, false) => {
            let token = plan.flavor.token_file();
            let script = format!("touch {home}/{token} && {program} agent -config={}", part.config_file());
            (vec!["/bin/sh", "-ec"], vec![script])
        }
        (Launch::Direct, generated) => (vec![BINARY], direct(plan, part, generated)),
    }
}

/// Arguments of our own agent; a generated configuration reaches it through the environment.
fn direct(plan: &Plan, part: Part, generated: bool) -> Vec<String> {
    let mut args = vec!["run".to_owned()];
    if !generated {
        args.push(format!("-config={}", part.config_file()));
        args.push(state_file(plan));
    }
    if part == Part::Native && plan.auth.revoke_after.is_some() {
        args.push("-revoke-on-exit".to_owned());
    }
    args
}

fn state_file(plan: &Plan) -> String {
    format!("-state-file={}/.coffret-state", plan.flavor.home())
}

/// Passes once every template was rendered; the next container starts then.
fn startup_probe(plan: &Plan) -> Value {
    let mut command = vec![BINARY.to_owned(), "ready".to_owned()];
    if !plan.configmap.is_empty() {
        command.push(state_file(plan));
    }
    json!({
        "exec": {"command": command},
        "periodSeconds": plan.probe.period,
        "timeoutSeconds": plan.probe.timeout,
        "failureThreshold": plan.probe.failures,
    })
}

fn resources(resources: &Resources) -> Value {
    let mut out = Map::new();
    for (kind, values) in [("limits", &resources.limits), ("requests", &resources.requests)] {
        let set = Resources::NAMES
            .iter()
            .zip(values)
            .filter(|(_, value)| !value.is_empty());
        let map: Map<String, Value> = set.map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
        if !map.is_empty() {
            out.insert(kind.to_owned(), Value::Object(map));
        }
    }
    Value::Object(out)
}

/// Enough for Pod Security *restricted* whatever the pod sets.
fn security_context(plan: &Plan) -> Option<Value> {
    let security = plan.security?;
    let mut context = json!({
        "runAsNonRoot": security.user != Some(0) && security.group != Some(0),
        "readOnlyRootFilesystem": true,
        "allowPrivilegeEscalation": false,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    if let Some(user) = security.user {
        context["runAsUser"] = json!(user);
    }
    if let Some(group) = security.group {
        context["runAsGroup"] = json!(group);
    }
    Some(context)
}
