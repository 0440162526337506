//! Claims: found by name or JSON pointer, compared with what a role wants.

use crate::core::policies::glob;
use crate::json::{Number, Object, Value};

/// A claim by its name, or by a JSON pointer if it begins with `/`. A single audience is a list of one, and a number is
/// its whole part, as the original takes them.
pub(super) fn claim(claims: &Object, name: &str) -> Option<Value> {
    let value = match name.strip_prefix('/') {
        None => claims.get(name)?,
        Some(pointer) => pointed(claims, pointer)?,
    };
    match value {
        Value::Null => None,
        Value::String(_) if name == "aud" => Some(Value::Array(vec![value.clone()])),
        Value::Number(number) => Some(Value::Number(whole(number))),
        other => Some(other.clone()),
    }
}

fn pointed<'c>(claims: &'c Object, pointer: &str) -> Option<&'c Value> {
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
    Some(value)
}

fn whole(number: &Number) -> Number {
    let float: Option<f64> = number.as_str().parse().ok();
    float
        .and_then(|float| Number::from_f64(float.trunc()))
        .unwrap_or_else(|| number.clone())
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
        let listed = matches!(found, Value::Array(_));
        let found = list(&found).ok_or_else(|| format!("received claim {kind}: {}", go_text(&found)))?;
        let wanted = list(wanted).ok_or_else(|| format!("bound claim {kind}: {}", go_text(wanted)))?;
        // Numbers in lists of a token never equal those of a role: the original reads them as different types.
        let comparable = |found: &Value| !(listed && matches!(found, Value::Number(_)));
        let fits = |wanted: &Value| {
            let mut found = found.iter().filter(|found| comparable(found));
            found.any(|found| fits(wanted, found, globs))
        };
        if !wanted.iter().any(|wanted| fits(wanted)) {
            return Err(format!(
                "claim {name:?} does not match any associated bound claim values"
            ));
        }
    }
    Ok(())
}

fn fits(wanted: &Value, found: &Value, globs: bool) -> bool {
    match (wanted, found) {
        (Value::String(pattern), Value::String(text)) if globs => glob(pattern, text),
        (Value::Number(wanted), Value::Number(found)) => wanted.as_str() == found.as_str(),
        (wanted, found) => wanted == found,
    }
}

/// A value as Go prints it with `%v`.
pub(super) fn go_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "<nil>".to_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_text).collect();
            format!("[{}]", items.join(" "))
        }
        Value::Object(members) => {
            let members: Vec<String> = members
                .iter()
                .map(|(key, value)| format!("{key}:{}", go_text(value)))
                .collect();
            format!("map[{}]", members.join(" "))
        }
        scalar => scalar.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object;

    #[test]
    fn pointers_go_through_objects_and_lists() {
        let claims = object! { "a" => object! { "b/c" => vec!["x", "y"] }, "/" => 1 };
        assert_eq!(claim(&claims, "/a/b~1c/1"), Some(Value::from("y")));
        assert_eq!(claim(&claims, "/a/b~1c/7"), None);
        assert_eq!(claim(&claims, "b"), None);
    }
}
