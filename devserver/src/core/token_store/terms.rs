//! How long a new token lives: what is asked for, what its role says, and what the mount allows.

use super::grants::Making;
use crate::core::TokenEntry;
use crate::core::lifetime::{Terms, lifetime};
use crate::duration;
use crate::engine::{Call, Lifetimes};
use crate::logical::{Error, TokenType};
use std::time::Duration;

/// A lifetime that was asked for, in seconds or as `1h30m`.
fn span(call: &Call<'_>, name: &str) -> Result<Duration, Error> {
    let seconds = duration::parse(&call.string(name)).map_err(|text| Error::coded(400, text))?;
    if seconds < 0 {
        return Err(Error::coded(400, format!("{name} must be positive")));
    }
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}

/// The lesser of two lifetimes, where zero is none; two of them are worth a warning.
fn lesser(asked: Duration, of_role: Duration, name: &str, warnings: &mut Vec<String>) -> Duration {
    if of_role.is_zero() {
        return asked;
    }
    if asked.is_zero() {
        return of_role;
    }
    let least = asked.min(of_role);
    let seconds = least.as_secs();
    warnings.push(format!(
        "{name} specified both during creation call and in role; using the lesser value of {seconds} seconds"
    ));
    least
}

impl Making<'_> {
    /// Sets lifetime, period and explicit maximum of the token; gives warnings.
    ///
    /// # Errors
    /// Spans that cannot be read or are negative, and periods for those who may not have them.
    pub(super) fn set_lifetime(&self, token: &mut TokenEntry, system: Lifetimes) -> Result<Vec<String>, Error> {
        let call = self.call;
        token.explicit_max_ttl = span(call, "explicit_max_ttl")?;
        token.period = span(call, "period")?;
        if !token.period.is_zero() && !self.sudo {
            let text = "root or sudo privileges required to create periodic token";
            return Err(Error::coded(400, text));
        }
        let asked = match call.string("ttl").is_empty() {
            true => span(call, "lease")?,
            false => span(call, "ttl")?,
        };
        let mut warnings = Vec::new();
        let (mut explicit, mut period) = (token.explicit_max_ttl, token.period);
        if let Some(role) = self.role.filter(|_| token.kind == TokenType::Service) {
            explicit = lesser(explicit, role.explicit_max_ttl(), "Explicit max TTL", &mut warnings);
            period = lesser(period, role.period(), "Period", &mut warnings);
        }
        if token.is_root() && period.is_zero() && asked.is_zero() {
            token.creation_ttl = explicit;
            return Ok(warnings);
        }
        let some = |span: Duration| (!span.is_zero()).then_some(span);
        let terms = Terms {
            ttl: some(asked),
            period: some(period),
            explicit_max: some(explicit),
            ..Terms::default()
        };
        let (ttl, more) = lifetime(&terms, system).ok_or_else(|| Error::internal("past the max TTL, cannot renew"))?;
        token.creation_ttl = ttl;
        warnings.extend(more);
        Ok(warnings)
    }
}
