//! The `template_config` stanza.

use std::time::Duration;

use crate::agent::diagnostic::Report;
use crate::agent::fields::{Fields, Part};
use crate::agent::keys::TEMPLATE_CONFIG;

/// Settings for all templates.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateConfig {
    /// End with an error when a secret cannot be had or a template fails.
    pub exit_on_retry_failure: bool,
    /// How often secrets without a lease are read again.
    pub static_secret_render_interval: Duration,
    /// Most connections to the server at a time.
    pub max_connections_per_host: usize,
    /// Part of a lease that cannot be renewed after which its successor is read; between 0 and 1.
    pub lease_renewal_threshold: f64,
}

impl Default for TemplateConfig {
    fn default() -> Self {
        TemplateConfig {
            exit_on_retry_failure: false,
            static_secret_render_interval: Duration::from_secs(300),
            max_connections_per_host: 10,
            lease_renewal_threshold: 0.90,
        }
    }
}

pub(in crate::agent) fn read(part: &Part<'_>, report: &Report) -> TemplateConfig {
    let fields = Fields::open(&TEMPLATE_CONFIG, part.object, report);
    let default = TemplateConfig::default();
    let interval = fields
        .duration("static_secret_render_interval")
        .filter(|interval| !interval.is_zero());
    TemplateConfig {
        exit_on_retry_failure: fields
            .bool("exit_on_retry_failure")
            .unwrap_or(default.exit_on_retry_failure),
        static_secret_render_interval: interval.unwrap_or(default.static_secret_render_interval),
        max_connections_per_host: connections(&fields).unwrap_or(default.max_connections_per_host),
        lease_renewal_threshold: threshold(&fields).unwrap_or(default.lease_renewal_threshold),
    }
}

/// Zero means the default, as in Vault.
fn connections(fields: &Fields<'_>) -> Option<usize> {
    let number = fields
        .integer("max_connections_per_host")
        .filter(|number| *number != 0)?;
    let connections = usize::try_from(number).ok();
    if connections.is_none() {
        fields.error("max_connections_per_host", "must not be negative");
    }
    connections
}

fn threshold(fields: &Fields<'_>) -> Option<f64> {
    let threshold = fields
        .float("lease_renewal_threshold")
        .filter(|threshold| *threshold != 0.0)?;
    if threshold > 0.0 && threshold < 1.0 {
        return Some(threshold);
    }
    fields.error("lease_renewal_threshold", "must be between 0 and 1");
    None
}
