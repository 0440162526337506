//! How long certificates live: by the call, the role, the mount and the issuer.

use super::issuer::{Issuer, LeafNotAfter};
use super::moment;
use super::role::Role;
use crate::duration;
use crate::engine::{Call, Context};
use crate::logical::Error;
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;

/// When a certificate starts, if that is asked for; `None` leaves it to the role's span before now.
pub(super) fn start(context: &Context<'_>, call: &Call<'_>, role: &Role) -> Result<Option<Timestamp>, Error> {
    let by_role = role.text("not_before");
    if !by_role.is_empty() {
        return read(by_role).map(Some);
    }
    let Some(asked) = call.maybe_string("not_before") else {
        return Ok(None);
    };
    match role.text("not_before_bound") {
        "permit" => match asked.as_str() {
            "" => Ok(None),
            asked => read(asked).map(Some),
        },
        "duration" => {
            let asked = read(&asked)?;
            let span = role.seconds("not_before_duration");
            if asked < earlier(context.now, span) {
                return Err(Error::response(format!(
                    "not_before_bound is set to duration. Cannot satisfy request as it would result in notBefore of \
                     {asked} that is older than the allowed not_before_duration of {}",
                    duration::format_go(span)
                )));
            }
            Ok(Some(asked))
        }
        "forbid" => Err(Error::response(
            "not_before_bound is set to forbid. not_before cannot be provided.",
        )),
        _ => Ok(None),
    }
}

/// When a certificate ends. `issuer` is the authority that it must not outlive, if there is one.
pub(super) fn end(
    context: &Context<'_>,
    call: &Call<'_>,
    role: &Role,
    issuer: Option<(&Issuer, LeafNotAfter)>,
    warnings: &mut Vec<String>,
) -> Result<Timestamp, Error> {
    let bound = role.text("not_after_bound").to_owned();
    let latest = match bound.as_str() {
        "" | "permit" | "forbid" | "ttl-limited" => None,
        moment => Some(read(moment)?),
    };
    let by_role = role.text("not_after");
    let asked = match by_role.is_empty() {
        true => asked_end(call, &bound)?,
        false => None,
    };
    if call.seconds("ttl") > 0 && (asked.is_some() || !by_role.is_empty()) {
        return Err(Error::response(
            "Either ttl or not_after should be provided. Both should not be provided in the same request.",
        ));
    }
    let ttl = lifetime(context, call, role, warnings);
    if let Some(asked) = asked.filter(|asked| bound == "ttl-limited" && *asked > later(context.now, ttl)) {
        return Err(Error::response(format!(
            "not_after_bound is set to ttl-limited. Cannot satisfy request as that would result in notAfter of {asked} \
             that is beyond the TTL of {}",
            duration::format_go(ttl)
        )));
    }
    let fixed = match by_role {
        "" => asked,
        by_role => Some(read(by_role)?),
    };
    let mut end = fixed.unwrap_or_else(|| later(context.now, ttl));
    if let Some((issuer, behaviour)) = issuer {
        end = within(context, end, issuer, behaviour)?;
    }
    match latest {
        Some(latest) if end > latest => Err(Error::response(format!(
            "not_after_bound is set to {bound}. Cannot statisfy request as that would result in notAfter of {end} that \
             is beyond the maximum timestamp of {latest}"
        ))),
        _ => Ok(end),
    }
}

/// The end that the call names as a moment.
fn asked_end(call: &Call<'_>, bound: &str) -> Result<Option<Timestamp>, Error> {
    match call.maybe_string("not_after") {
        None => Ok(None),
        Some(_) if bound == "forbid" => Err(Error::response(
            "not_after_bound is set to forbid. not_after cannot be provided.",
        )),
        Some(asked) => read(&asked).map(Some),
    }
}

/// An end that the issuer allows.
fn within(context: &Context<'_>, end: Timestamp, issuer: &Issuer, behaviour: LeafNotAfter) -> Result<Timestamp, Error> {
    let last = Timestamp::from_second(issuer.certificate.not_after()).unwrap_or(Timestamp::MAX);
    match behaviour {
        _ if end <= last => Ok(end),
        LeafNotAfter::Permit => Ok(end),
        LeafNotAfter::Truncate if end < context.now => Err(Error::response(format!(
            "cannot satisfy request, as NotAfter date {end} is in the past"
        ))),
        LeafNotAfter::Truncate => Ok(last),
        LeafNotAfter::Refuse => Err(Error::response(format!(
            "cannot satisfy request, as TTL would result in notAfter of {end} that is beyond the expiration of the CA \
             certificate at {last}"
        ))),
    }
}

fn read(text: &str) -> Result<Timestamp, Error> {
    moment::parse(text).map_err(Error::response)
}

/// So much later, or the end of all time.
pub(super) fn later(moment: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// So much earlier, or the beginning of all time.
pub(super) fn earlier(moment: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    moment.checked_sub(span).unwrap_or(Timestamp::MIN)
}

/// The span of life: a longer one than the role or the mount permits is cut, with a warning.
fn lifetime(context: &Context<'_>, call: &Call<'_>, role: &Role, warnings: &mut Vec<String>) -> Duration {
    let most = match role.seconds("max_ttl") {
        max if max.is_zero() => context.max_ttl(),
        max => max,
    };
    let wanted = [call.duration("ttl"), role.seconds("ttl"), context.default_ttl()];
    let wanted = wanted.into_iter().find(|span| !span.is_zero()).unwrap_or_default();
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
