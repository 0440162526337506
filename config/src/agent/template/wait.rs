//! Waiting for further changes before a template is written.

use std::time::Duration;

use coffret_hcl::ValueKind;

use crate::agent::duration;
use crate::agent::fields::Fields;
use crate::agent::keys::WAIT;

/// How long to wait for further changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// How long there must be no change.
    pub min: Duration,
    /// How long to wait at most.
    pub max: Duration,
}

/// Reads `wait { min max }` or `wait = "min:max"`; of several the last counts.
pub(super) fn read(template: &Fields<'_>) -> Option<Wait> {
    let value = template.value("wait")?;
    let (min, max) = match &value.kind {
        ValueKind::String(text) => {
            let read = from_text(text);
            if read.is_none() {
                template.error(
                    "wait",
                    "must be \"min\" or \"min:max\" with durations such as \"2s:10s\"",
                );
            }
            read?
        }
        _ => from_block(template)?,
    };
    let max = max.filter(|max| !max.is_zero()).unwrap_or(min.saturating_mul(4));
    if max < min {
        template.error("wait", "max must not be shorter than min");
        return None;
    }
    (!max.is_zero()).then_some(Wait { min, max })
}

fn from_text(text: &str) -> Option<(Duration, Option<Duration>)> {
    match text.split_once(':') {
        Some((min, max)) => Some((duration::parse(min)?, Some(duration::parse(max)?))),
        None => Some((duration::parse(text)?, None)),
    }
}

fn from_block(template: &Fields<'_>) -> Option<(Duration, Option<Duration>)> {
    let parts = template.blocks("wait", false);
    let fields = Fields::open(&WAIT, parts.last()?.object, template.report());
    let enabled = fields.bool("enabled").unwrap_or(true);
    let min = fields.duration("min").unwrap_or(Duration::ZERO);
    let max = fields.duration("max");
    enabled.then_some((min, max))
}
