//! What a grant says about parameters and wrapping.

use super::acl::Question;
use super::pattern::glob;
use super::rule::Grant;
use crate::json::Value;
use crate::logical::Operation;
use std::time::Duration;

/// Whether the answer is wrapped for as long as it must be.
pub(super) fn wrapping_fits(grant: &Grant, asked: Option<Duration>) -> bool {
    let (min, max) = (grant.min_wrapping_ttl, grant.max_wrapping_ttl);
    (max.is_zero() || asked.is_some_and(|ttl| ttl <= max)) && (min.is_zero() || asked.is_some_and(|ttl| ttl >= min))
}

/// Whether the parameters are those that may and must be sent.
pub(super) fn parameters_fit(grant: &Grant, question: &Question<'_>) -> bool {
    use Operation::{Create, Patch, Read, Update};
    if !matches!(question.operation, Create | Patch | Read | Update) {
        return true;
    }
    let data = question.data;
    if grant
        .required
        .iter()
        .any(|name| !data.contains_key(&name.to_lowercase()))
    {
        return false;
    }
    if data.is_empty() {
        return true;
    }
    if grant.denied.contains_key("*") {
        return false;
    }
    let denied = |(name, value): (&String, &Value)| {
        grant
            .denied
            .get(&name.to_lowercase())
            .is_some_and(|values| listed(value, values))
    };
    if data.iter().any(denied) {
        return false;
    }
    let all = grant.allowed.contains_key("*");
    grant.allowed.is_empty()
        || data
            .iter()
            .all(|(name, value)| match grant.allowed.get(&name.to_lowercase()) {
                Some(values) => listed(value, values),
                None => all,
            })
}

/// Whether the value is in the list; strings of the list may begin or end with `*`. Numbers never are: the original
/// compares a number of the policy with the text of the request's.
fn listed(value: &Value, list: &[Value]) -> bool {
    list.is_empty()
        || list.iter().any(|item| match (item, value) {
            (Value::String(pattern), Value::String(text)) => glob(pattern, text),
            (Value::Number(_), _) => false,
            (item, value) => item == value,
        })
}
