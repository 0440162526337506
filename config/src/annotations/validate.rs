//! Whether a plan has everything an agent needs.

use super::plan::Plan;
use super::refusal::{Refusal, Step};
use super::table::{self, Annotation};
use super::values::Values;

/// What must be there, in the order and words of vault-k8s.
pub(super) fn validate(values: &Values, plan: &Plan) -> Result<(), Refusal> {
    let product = plan.flavor.product();
    let refuse = |reason: String, annotation: &Annotation| {
        Err(Refusal::new(Step::Validate, reason).hint(format!("set {} on the pod", annotation.key)))
    };
    if values.text(&table::REQUEST_NAMESPACE) == Some("") {
        return Err(Refusal::new(Step::Validate, "namespace missing from request"));
    }
    if plan.token.volume.is_empty() || plan.token.mount_path.is_empty() {
        return Err(Refusal::new(
            Step::Validate,
            "no service account token volume name, mount path or token path found",
        ));
    }
    if plan.image.is_empty() {
        return refuse(format!("no {product} image found"), &table::IMAGE);
    }
    if !plan.configmap.is_empty() {
        return Ok(());
    }
    if plan.auth.method.is_empty() {
        return refuse(format!("no {product} Auth Type found"), &table::AUTH_TYPE);
    }
    if plan.auth.method == "kubernetes" && plan.auth.config.get("role").is_none_or(String::is_empty) {
        return refuse(format!("no {product} role found"), &table::ROLE);
    }
    if plan.auth.path.is_empty() {
        return refuse(format!("no {product} Auth Path found"), &table::AUTH_PATH);
    }
    if plan.connection.address.is_empty() {
        return refuse(format!("no {product} address found"), &table::SERVICE);
    }
    Ok(())
}

/// A generated configuration is JSON, which has no word for such numbers.
pub(super) fn writable(plan: &Plan) -> Result<(), Refusal> {
    let threshold = plan.rendering.lease_renewal_threshold;
    if threshold.is_finite() || !plan.configmap.is_empty() {
        return Ok(());
    }
    let number = match threshold {
        number if number.is_nan() => "NaN",
        number if number > 0.0 => "+Inf",
        _ => "-Inf",
    };
    let hint = format!("{} takes a number such as 0.9", table::LEASE_RENEWAL_THRESHOLD.key);
    Err(Refusal::new(Step::Patch, format!("json: unsupported value: {number}")).hint(hint))
}
