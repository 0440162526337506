//! Where the agent stands among the init containers.

use coffret_config::annotations::{Mode, Plan};
use serde_json::Value;

/// Service meshes whose proxy may run as a restartable init container.
const MESH_PROXIES: [&str; 2] = ["istio-proxy", "linkerd-proxy"];

/// The index before which the agent goes.
///
/// Classic and init mode follow vault-k8s: last, or first when asked. In native mode the agent goes first, so
/// that init containers find their secrets, but behind a mesh proxy that already carries the pod's traffic.
pub(super) fn index(plan: &Plan, init_containers: &[Value]) -> usize {
    let end = init_containers.len();
    match (plan.mode, plan.init_first) {
        (_, Some(true)) => 0,
        (Mode::Native, None) => behind_mesh(init_containers),
        _ => end,
    }
}

fn behind_mesh(init_containers: &[Value]) -> usize {
    init_containers
        .iter()
        .rposition(is_mesh_proxy)
        .map_or(0, |index| index + 1)
}

fn is_mesh_proxy(container: &Value) -> bool {
    MESH_PROXIES.contains(&super::text(container, "/name")) && super::text(container, "/restartPolicy") == "Always"
}
