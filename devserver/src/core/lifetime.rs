//! How long a lease lives: the one formula for secrets and tokens.

use crate::duration::format_go;
use crate::engine::Lifetimes;
use std::time::Duration;

/// What is asked for and what limits it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// Asked at a renewal; wins over [`Terms::ttl`].
    pub(crate) increment: Option<Duration>,
    /// Of the role.
    pub(crate) ttl: Option<Duration>,
    /// Of the role, since issue.
    pub(crate) max_ttl: Option<Duration>,
    /// Makes it periodic: the lifetime of each renewal.
    pub(crate) period: Option<Duration>,
    /// Limits everything, since issue.
    pub(crate) explicit_max: Option<Duration>,
    /// How long ago it was issued.
    pub(crate) age: Duration,
}

/// The lifetime from now, and warnings for the user. `None`: the maximum is already past.
pub(crate) fn lifetime(terms: &Terms, system: Lifetimes) -> Option<(Duration, Vec<String>)> {
    let nonzero = |span: Option<Duration>| span.filter(|span| !span.is_zero());
    let explicit = nonzero(terms.explicit_max);
    let max = nonzero(terms.max_ttl).map_or(system.max, |max| max.min(system.max));
    let max = explicit.map_or(max, |explicit| explicit.min(max));
    let mut warnings = Vec::new();
    let (ttl, limit) = match nonzero(terms.period) {
        Some(period) if period > max => {
            warnings.push(format!(
                "period of {:?} exceeded the effective max_ttl of {:?}; period value is capped accordingly",
                human(period),
                human(max)
            ));
            (max, explicit)
        }
        Some(period) => (period, explicit),
        None => (
            nonzero(terms.increment)
                .or(nonzero(terms.ttl))
                .unwrap_or(system.default),
            Some(max),
        ),
    };
    let Some(limit) = limit else {
        return Some((ttl, warnings));
    };
    let left = limit.checked_sub(terms.age).filter(|left| !left.is_zero())?;
    if ttl > left {
        warnings.push(format!(
            "TTL of {:?} exceeded the effective max_ttl of {:?}; TTL value is capped accordingly",
            human(ttl),
            human(left)
        ));
    }
    Some((ttl.min(left), warnings))
}

/// A span without zero parts: `1h30m`, not `1h30m0s`.
pub(crate) fn human(span: Duration) -> String {
    let mut text = format_go(span);
    if text.ends_with("m0s") {
        text.truncate(text.len() - 2);
    }
    if let Some(at) = text.find("h0m") {
        text.replace_range(at + 1..at + 3, "");
    }
    text
}
