//! How long certificates live: by the call, the role, the mount and the issuer.

use super::issuer::{Issuer, LeafNotAfter};
use super::role::Role;
use crate::duration;
use crate::engine::{Call, Context};
use crate::logical::Error;
use jiff::Timestamp;
use std::time::Duration;

/// Start and end in seconds since 1970.
pub(super) fn validity(
    context: &Context<'_>,
    call: &Call<'_>,
    role: &Role,
    issuer: &Issuer,
    warnings: &mut Vec<String>,
) -> Result<(i64, i64), Error> {
    let now = context.now.as_second();
    let start = now - role.int("not_before_duration");
    let asked = call.maybe_string("not_after");
    let by_role = Some(role.text("not_after").to_owned()).filter(|text| !text.is_empty());
    let fixed = asked.clone().or(by_role).as_deref().map(moment).transpose()?;
    if call.has("ttl") && asked.is_some() {
        return Err(Error::response(
            "Either ttl or not_after should be provided. Both should not be provided in the same request.",
        ));
    }
    let end = match fixed {
        Some(moment) => moment.as_second(),
        None => now.saturating_add(seconds_of(lifetime(context, call, role, warnings))),
    };
    if end <= issuer.not_after || issuer.leaf_not_after == LeafNotAfter::Permit {
        return Ok((start, end));
    }
    if issuer.leaf_not_after == LeafNotAfter::Truncate {
        return Ok((start, issuer.not_after));
    }
    let shown = |seconds: i64| {
        Timestamp::from_second(seconds)
            .map(|time| time.to_string())
            .unwrap_or_default()
    };
    Err(Error::response(format!(
        "cannot satisfy request, as TTL would result in notAfter of {} that is beyond the expiration of the CA \
         certificate at {}",
        shown(end),
        shown(issuer.not_after)
    )))
}

/// A moment in RFC 3339; what is none is refused as Go's reader does.
fn moment(text: &str) -> Result<Timestamp, Error> {
    text.parse::<Timestamp>().map_err(|_| {
        let digits = text.bytes().take(4).take_while(u8::is_ascii_digit).count();
        let (rest, element) = match digits {
            4 => (&text[4..], "-"),
            _ => (text, "2006"),
        };
        Error::response(format!(
            "parsing time {text:?} as \"2006-01-02T15:04:05Z07:00\": cannot parse {rest:?} as {element:?}"
        ))
    })
}

fn seconds_of(span: Duration) -> i64 {
    i64::try_from(span.as_secs()).unwrap_or(i64::MAX)
}

fn lifetime(context: &Context<'_>, call: &Call<'_>, role: &Role, warnings: &mut Vec<String>) -> Duration {
    let most = match role.seconds("max_ttl") {
        max if max.is_zero() => context.max_ttl(),
        max => max,
    };
    let asked = call.duration("ttl");
    let by_role = role.seconds("ttl");
    let wanted = match (asked.is_zero(), by_role.is_zero()) {
        (false, _) => asked,
        (true, false) => by_role,
        (true, true) => context.default_ttl(),
    };
    capped(wanted, most, warnings)
}

/// A lifetime that is not longer than another; a longer one is warned of.
pub(super) fn capped(wanted: Duration, most: Duration, warnings: &mut Vec<String>) -> Duration {
    if wanted > most {
        let shown = duration::format_go;
        warnings.push(format!(
            "TTL {:?} is longer than permitted maxTTL {:?}, so maxTTL is being used",
            shown(wanted),
            shown(most)
        ));
    }
    wanted.min(most)
}
