//! RFC 6902 operations with the lenience of the library vault-k8s uses: `replace` of an absent member adds it,
//! indices may count from the end, a missing value is null. A strict library would newly refuse patches that
//! work today; the error texts are the known ones.

use serde_json::Value;

/// Most bytes `copy` operations may add: copies of copies grow without end otherwise.
const MOST_COPIED: usize = 1 << 20;

/// Applies all operations in order.
///
/// # Errors
/// The first that does not apply, in the words of vault-k8s' library.
pub(super) fn run(document: &mut Value, patch: &Value) -> Result<(), String> {
    let mut copied = 0;
    for operation in patch.as_array().into_iter().flatten() {
        let kind = operation.get("op").and_then(Value::as_str).unwrap_or("unknown");
        let value = operation.get("value").cloned().unwrap_or_default();
        match kind {
            "add" => add(document, path(operation, "add")?, value)?,
            "remove" => remove(document, path(operation, "remove")?)?,
            "replace" => replace(document, path(operation, "replace")?, value)?,
            "move" => relocate(document, operation)?,
            "copy" => duplicate(document, operation, &mut copied)?,
            "test" => test(document, path(operation, "test")?, &value)?,
            other => return Err(format!("Unexpected kind: {other}")),
        }
    }
    Ok(())
}

fn path<'a>(operation: &'a Value, kind: &str) -> Result<&'a str, String> {
    let why = if matches!(kind, "add" | "remove" | "copy") {
        "missing value"
    } else {
        "operation missing path field: missing value"
    };
    member(operation, "path").ok_or_else(|| format!("{kind} operation failed to decode path: {why}"))
}

fn from<'a>(operation: &'a Value, kind: &str) -> Result<&'a str, String> {
    member(operation, "from")
        .ok_or_else(|| format!("{kind} operation failed to decode from: operation, missing from field: missing value"))
}

fn member<'a>(operation: &'a Value, name: &str) -> Option<&'a str> {
    operation.get(name).and_then(Value::as_str)
}

/// The value that holds a path's last part, and that part.
fn parent<'a>(document: &'a mut Value, path: &str) -> Option<(&'a mut Value, String)> {
    let mut parts = path
        .split('/')
        .skip(1)
        .map(|part| part.replace("~1", "/").replace("~0", "~"));
    let mut key = parts.next()?;
    let mut holder = document;
    for next in parts {
        holder = match holder {
            Value::Object(members) => members.get_mut(&key)?,
            Value::Array(items) => {
                let index = existing(&key, items.len()).ok()?;
                items.get_mut(index)?
            }
            _ => return None,
        };
        key = next;
    }
    matches!(holder, Value::Object(_) | Value::Array(_)).then_some((holder, key))
}

fn number(key: &str) -> Result<i64, String> {
    let digits = key.strip_prefix(['+', '-']).unwrap_or(key);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let syntax = || {
        format!(
            "strconv.Atoi: parsing {}: invalid syntax",
            coffret_config::annotations::grammar::quote(key)
        )
    };
    if plain {
        key.parse().map_err(|_| syntax())
    } else {
        Err(syntax())
    }
}

/// An index below a length; negative ones count from the end.
fn at(index: i64, length: usize) -> Result<usize, String> {
    let invalid = || format!("Unable to access invalid index: {index}: invalid index referenced");
    let signed = i64::try_from(length).map_err(|_| invalid())?;
    let index = if index < 0 { index + signed } else { index };
    usize::try_from(index)
        .ok()
        .filter(|index| *index < length)
        .ok_or_else(invalid)
}

fn existing(key: &str, length: usize) -> Result<usize, String> {
    at(number(key)?, length)
}

fn add(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    let missing = || format!("add operation does not apply: doc is missing path: \"{path}\": missing value");
    let (holder, key) = parent(document, path).ok_or_else(missing)?;
    put(holder, key, value).map_err(|why| format!("error in add for path: '{path}': {why}"))
}

fn put(holder: &mut Value, key: String, value: Value) -> Result<(), String> {
    match holder {
        Value::Object(members) => {
            members.insert(key, value);
        }
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let index = number(&key).map_err(|why| format!("value was not a proper array index: '{key}': {why}"))?;
            items.insert(at(index, items.len() + 1)?, value);
        }
        _ => {}
    }
    Ok(())
}

fn take(holder: &mut Value, key: &str) -> Result<Value, String> {
    match holder {
        Value::Object(members) => members
            .remove(key)
            .ok_or_else(|| format!("Unable to remove nonexistent key: {key}: missing value")),
        Value::Array(items) => existing(key, items.len()).map(|index| items.remove(index)),
        _ => Ok(Value::Null),
    }
}

fn get(holder: &Value, key: &str) -> Result<Value, String> {
    match holder {
        Value::Object(members) => Ok(members.get(key).cloned().unwrap_or_default()),
        Value::Array(items) => existing(key, items.len()).map(|index| items[index].clone()),
        _ => Ok(Value::Null),
    }
}

fn remove(document: &mut Value, path: &str) -> Result<(), String> {
    let missing = || format!("remove operation does not apply: doc is missing path: \"{path}\": missing value");
    let (holder, key) = parent(document, path).ok_or_else(missing)?;
    take(holder, &key).map_err(|why| format!("error in remove for path: '{path}': {why}"))?;
    Ok(())
}

fn replace(document: &mut Value, path: &str, value: Value) -> Result<(), String> {
    if path.is_empty() {
        if !value.is_object() && !value.is_array() {
            // The stray verb is in their text.
            return Err("replace operation value must be object or array: %!w(<nil>)".to_owned());
        }
        *document = value;
        return Ok(());
    }
    let missing = || format!("replace operation does not apply: doc is missing path: {path}: missing value");
    let (holder, key) = parent(document, path).ok_or_else(missing)?;
    match holder {
        Value::Array(items) => {
            let index = existing(&key, items.len())
                .map_err(|_| format!("replace operation does not apply: doc is missing key: {path}: missing value"))?;
            items[index] = value;
            Ok(())
        }
        _ => put(holder, key, value),
    }
}

fn relocate(document: &mut Value, operation: &Value) -> Result<(), String> {
    let from = from(operation, "move")?;
    let missing = || format!("move operation does not apply: doc is missing from path: {from}: missing value");
    let (holder, key) = parent(document, from).ok_or_else(missing)?;
    let value = take(holder, &key).map_err(|why| format!("error in move for path: '{key}': {why}"))?;
    let to = path(operation, "move")?;
    let missing = || format!("move operation does not apply: doc is missing destination path: {to}: missing value");
    let (holder, key) = parent(document, to).ok_or_else(missing)?;
    put(holder, key, value).map_err(|why| format!("error in move for path: '{to}': {why}"))
}

fn duplicate(document: &mut Value, operation: &Value, copied: &mut usize) -> Result<(), String> {
    let from = from(operation, "copy")?;
    let missing = || format!("copy operation does not apply: doc is missing from path: {from}: missing value");
    let (holder, key) = parent(document, from).ok_or_else(missing)?;
    let value = get(holder, &key).map_err(|why| format!("error in copy for from: '{from}': {why}"))?;
    *copied = copied.saturating_add(value.to_string().len());
    if *copied > MOST_COPIED {
        return Err(format!("copy operations add more than {MOST_COPIED} bytes"));
    }
    let to = path(operation, "copy")?;
    let missing = || format!("copy operation does not apply: doc is missing destination path: {to}: missing value");
    let (holder, key) = parent(document, to).ok_or_else(missing)?;
    put(holder, key, value).map_err(|why| format!("error while adding value during copy: {why}"))
}

fn test(document: &mut Value, path: &str, value: &Value) -> Result<(), String> {
    let failed = || format!("testing value {path} failed: test failed");
    let found = if path.is_empty() {
        document.clone()
    } else {
        let missing = || format!("test operation does not apply: is missing path: {path}: missing value");
        let (holder, key) = parent(document, path).ok_or_else(missing)?;
        get(holder, &key).map_err(|why| format!("error in test for path: '{path}': {why}"))?
    };
    if &found == value { Ok(()) } else { Err(failed()) }
}

#[cfg(test)]
mod tests {
    use super::run;
    use serde_json::{Value, json};

    fn after(patch: &Value) -> Result<Value, String> {
        let mut document = json!({"name": "a", "args": ["x", "y"], "o": {"k": 1}});
        run(&mut document, patch).map(|()| document)
    }

    #[test]
    fn lenient_where_the_known_library_is() {
        assert_eq!(
            after(&json!([{"op": "replace", "path": "/new", "value": 1}])).unwrap()["new"],
            1
        );
        assert_eq!(
            after(&json!([{"op": "replace", "path": "/args/-1", "value": "z"}])).unwrap()["args"][1],
            "z"
        );
        assert_eq!(
            after(&json!([{"op": "add", "path": "/args/-", "value": "z"}])).unwrap()["args"][2],
            "z"
        );
        assert_eq!(
            after(&json!([{"op": "copy", "from": "/args/0", "path": "/first"}])).unwrap()["first"],
            "x"
        );
        assert_eq!(
            after(&json!([{"op": "move", "from": "/o/k", "path": "/k"}])).unwrap()["k"],
            1
        );
    }

    #[test]
    fn failures_have_the_known_texts() {
        for (patch, message) in [
            (json!([{"op": "invalid"}]), "Unexpected kind: invalid"),
            (json!([{}]), "Unexpected kind: unknown"),
            (
                json!([{"op": "remove", "path": "/none"}]),
                "error in remove for path: '/none': Unable to remove nonexistent key: none: missing value",
            ),
            (
                json!([{"op": "add", "path": "/none/x", "value": 1}]),
                "add operation does not apply: doc is missing path: \"/none/x\": missing value",
            ),
            (
                json!([{"op": "add", "path": "/args/9", "value": 1}]),
                "error in add for path: '/args/9': Unable to access invalid index: 9: invalid index referenced",
            ),
            (
                json!([{"op": "test", "path": "/name", "value": "b"}]),
                "testing value /name failed: test failed",
            ),
        ] {
            assert_eq!(after(&patch).unwrap_err(), message, "{patch}");
        }
    }

    #[test]
    fn copies_of_copies_have_an_end() {
        let grow: Vec<Value> = (0..40)
            .map(|n| json!({"op": "copy", "from": "/o", "path": format!("/o/{n}")}))
            .collect();
        assert!(
            after(&Value::Array(grow))
                .unwrap_err()
                .starts_with("copy operations add more than")
        );
    }
}
