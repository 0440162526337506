//! The agent's telemetry stanza from `agent-telemetry-PARAM` annotations.

use serde_json::{Map, Value};

use super::table;
use super::values::Values;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// A number; the flag says whether an explicit zero differs from leaving it out.
    Number(bool),
    /// A boolean; the flag says whether an explicit false differs from leaving it out.
    Flag(bool),
    List,
}

use Kind::{Flag, List, Number, Text};

/// The parameters in the order they are written.
const PARAMETERS: &[(&str, Kind)] = &[
    ("usage_gauge_period", Text),
    ("maximum_gauge_cardinality", Number(true)),
    ("disable_hostname", Flag(false)),
    ("enable_hostname_label", Flag(false)),
    ("lease_metrics_epsilon", Text),
    ("num_lease_metrics_buckets", Number(true)),
    ("add_lease_metrics_namespace_labels", Flag(false)),
    ("filter_default", Flag(true)),
    ("prefix_filter", List),
    ("statsite_address", Text),
    ("statsd_address", Text),
    ("circonus_api_token", Text),
    ("circonus_api_app", Text),
    ("circonus_api_url", Text),
    ("circonus_submission_interval", Text),
    ("circonus_submission_url", Text),
    ("circonus_check_id", Text),
    ("circonus_check_force_metric_activation", Flag(false)),
    ("circonus_check_instance_id", Text),
    ("circonus_check_search_tag", Text),
    ("circonus_check_tags", Text),
    ("circonus_check_display_name", Text),
    ("circonus_broker_id", Text),
    ("circonus_broker_select_tag", Text),
    ("dogstatsd_addr", Text),
    ("dogstatsd_tags", List),
    ("prometheus_retention_time", Text),
    ("stackdriver_project_id", Text),
    ("stackdriver_location", Text),
    ("stackdriver_namespace", Text),
    ("stackdriver_debug_logs", Flag(false)),
];

/// The stanza, present when there is at least one such annotation, and a warning for each parameter that is
/// unknown or does not fit and is therefore left out. vault-k8s drops the whole stanza then, silently.
pub(super) fn read(values: &Values) -> (Option<Map<String, Value>>, Vec<String>) {
    let mut stanza = Map::new();
    let mut warnings = Vec::new();
    let mut any = false;
    for (param, entry) in values.family(&table::TELEMETRY) {
        any = true;
        let name = param.replace('-', "_");
        let Some((_, kind)) = PARAMETERS.iter().find(|(known, _)| *known == name) else {
            warnings.push(format!(
                "{}{}-{param}: the agent has no such telemetry parameter",
                entry.prefix.text(),
                table::TELEMETRY.key
            ));
            continue;
        };
        match value(&entry.value, *kind) {
            Ok(Some(value)) => {
                stanza.insert(name, value);
            }
            Ok(None) => {}
            Err(expected) => warnings.push(format!(
                "{}{}-{param} must be {expected}; it is ignored",
                entry.prefix.text(),
                table::TELEMETRY.key
            )),
        }
    }
    (any.then_some(stanza), warnings)
}

/// A parameter's JSON value; nothing where leaving it out means the same.
fn value(text: &str, kind: Kind) -> Result<Option<Value>, &'static str> {
    let json: Option<Value> = serde_json::from_str(text).ok();
    match (kind, json) {
        (_, Some(Value::Null)) => Ok(None),
        (Text, Some(Value::String(inner))) => Ok(keep_text(&inner)),
        (Text, Some(Value::Array(_) | Value::Object(_))) => Err("text"),
        (Text, _) => Ok(keep_text(text)),
        (Number(zero), Some(Value::Number(number))) if number.is_i64() || number.is_u64() => {
            Ok((zero || number.as_i64() != Some(0)).then_some(Value::Number(number)))
        }
        (Number(_), _) => Err("a whole number"),
        (Flag(no), Some(Value::Bool(flag))) => Ok((no || flag).then_some(Value::Bool(flag))),
        (Flag(_), _) => Err("true or false"),
        (List, Some(Value::Array(items))) if items.iter().all(Value::is_string) => {
            Ok((!items.is_empty()).then_some(Value::Array(items)))
        }
        (List, _) => Err("a JSON list of strings"),
    }
}

fn keep_text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::String(text.to_owned()))
}
