//! Claims: found by name or JSON pointer, compared with what a role wants.

use crate::core::policies::Acl;
use crate::json::{Object, Value};

/// A claim by its name, or by a JSON pointer if it begins with `/`.
pub(super) fn claim<'c>(claims: &'c Object, name: &str) -> Option<&'c Value> {
    let Some(pointer) = name.strip_prefix('/') else {
        return claims.get(name).filter(|value| !value.is_null());
    };
    let mut parts = pointer
        .split('/')
        .map(|part| part.replace("~1", "/").replace("~0", "~"));
    let mut value = claims.get(&parts.next()?)?;
    for part in parts {
        value = match value {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            other => other.get(&part)?,
        };
    }
    Some(value).filter(|value| !value.is_null())
}

/// A scalar as a list of itself.
pub(super) fn list(value: &Value) -> Option<Vec<&Value>> {
    match value {
        Value::Array(items) => Some(items.iter().collect()),
        Value::Object(_) | Value::Null => None,
        scalar => Some(vec![scalar]),
    }
}

/// Checks the bound claims of a role.
///
/// # Errors
/// What does not fit, in the original's words.
pub(super) fn check(bound: &Object, claims: &Object, globs: bool) -> Result<(), String> {
    for (name, wanted) in bound {
        let found = claim(claims, name).ok_or_else(|| format!("claim {name:?} is missing"))?;
        let kind = "is not a string, bool, int or list";
        let found = list(found).ok_or_else(|| format!("received claim {kind}: {found}"))?;
        let wanted = list(wanted).ok_or_else(|| format!("bound claim {kind}: {wanted}"))?;
        if !wanted
            .iter()
            .any(|wanted| found.iter().any(|found| fits(wanted, found, globs)))
        {
            return Err(format!(
                "claim {name:?} does not match any associated bound claim values"
            ));
        }
    }
    Ok(())
}

fn fits(wanted: &Value, found: &Value, globs: bool) -> bool {
    match (wanted, found) {
        (Value::String(pattern), Value::String(text)) if globs => Acl::glob(pattern, text),
        (Value::Number(wanted), Value::Number(found)) => wanted.as_i64() == found.as_i64(),
        (wanted, found) => wanted == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object;

    #[test]
    fn pointers_go_through_objects_and_lists() {
        let claims = object! { "a" => object! { "b/c" => vec!["x", "y"] }, "/" => 1 };
        assert_eq!(claim(&claims, "/a/b~1c/1"), Some(&Value::from("y")));
        assert_eq!(claim(&claims, "/a/b~1c/7"), None);
        assert_eq!(claim(&claims, "b"), None);
    }
}
