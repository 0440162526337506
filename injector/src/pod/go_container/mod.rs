//! A container as Kubernetes' Go types read and write it. vault-k8s sends a container that users' patches have
//! changed through them: a field of the wrong type is refused in the words of Go's `encoding/json`, a null and an
//! empty value are left out, a required member that is missing is written empty. Members the types do not know
//! are kept here, because a newer API server may know them.

mod kind;
mod schema;

use coffret_config::annotations::quantity;
use serde_json::{Map, Value, json};

use self::kind::{Kind, Presence, Struct};
use self::schema::CONTAINER;

/// The container as Go would write it after reading it.
///
/// # Errors
/// The first value of the wrong type, or a quantity that is none, in Go's words.
pub(super) fn rewrite(container: &Value) -> Result<Value, String> {
    let mut reader = Reader { problem: None };
    let place = Place {
        owner: "",
        path: String::new(),
    };
    let written = reader.read(container, &Kind::Struct(&CONTAINER), &place)?;
    reader.problem.map_or(Ok(written), Err)
}

/// Where a value stands: the Go struct with the field, and the path from the container. List indices are no part
/// of it.
struct Place {
    owner: &'static str,
    path: String,
}

impl Place {
    fn below(&self, owner: &'static str, member: &str) -> Place {
        let dot = if self.path.is_empty() { "" } else { "." };
        Place {
            owner,
            path: format!("{}{dot}{member}", self.path),
        }
    }
}

/// Go goes on behind a value of the wrong type and reports the first one at the end; types that read themselves,
/// like quantities, end it at once.
struct Reader {
    problem: Option<String>,
}

impl Reader {
    fn read(&mut self, value: &Value, kind: &Kind, place: &Place) -> Result<Value, String> {
        let fits = match (kind, value) {
            (Kind::Quantity, _) => return amount(value),
            (_, Value::Null) => return Ok(zero(kind)),
            (Kind::Text(_), Value::String(_)) | (Kind::Bool, Value::Bool(_)) => true,
            (Kind::Port { .. }, Value::String(_)) => true,
            (Kind::Integer { most, .. } | Kind::Port { most }, Value::Number(number)) => number
                .as_i64()
                .is_some_and(|number| (-most - 1..=*most).contains(&number)),
            (Kind::List(item), Value::Array(items)) => {
                let items = items.iter().map(|entry| self.read(entry, item, place));
                return items.collect::<Result<_, _>>().map(Value::Array);
            }
            (Kind::Amounts, Value::Object(members)) => {
                let amounts = members.iter().map(|(name, value)| Ok((name.clone(), amount(value)?)));
                return amounts.collect::<Result<_, String>>().map(Value::Object);
            }
            (Kind::Struct(shape), Value::Object(members)) => return self.members(members, shape, place),
            _ => false,
        };
        if fits {
            return Ok(value.clone());
        }
        if matches!(kind, Kind::Port { .. }) {
            return Err(mismatch(value, kind, place));
        }
        self.problem.get_or_insert_with(|| mismatch(value, kind, place));
        Ok(zero(kind))
    }

    /// Members are read in the order of their names, as the library behind vault-k8s' patches writes them.
    fn members(&mut self, members: &Map<String, Value>, shape: &Struct, place: &Place) -> Result<Value, String> {
        let mut written = Map::new();
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            let Some(field) = shape.fields.iter().find(|field| field.name == name) else {
                written.insert(name.clone(), value.clone());
                continue;
            };
            let value = self.read(value, &field.kind, &place.below(shape.name, name))?;
            if field.presence != Presence::Filled || !is_zero(&value) {
                written.insert(name.clone(), value);
            }
        }
        for field in shape.fields.iter().filter(|field| field.presence == Presence::Always) {
            written.entry(field.name).or_insert_with(|| zero(&field.kind));
        }
        Ok(Value::Object(written))
    }
}

/// A quantity as the API server writes it; JSON numbers are quantities too.
fn amount(value: &Value) -> Result<Value, String> {
    let text = match value {
        Value::Null => return Ok(json!("0")),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    };
    quantity::canonical(&text)
        .map(Value::String)
        .map_err(|error| error.to_string())
}

fn zero(kind: &Kind) -> Value {
    match kind {
        Kind::Text(_) => json!(""),
        Kind::Bool => json!(false),
        Kind::Integer { .. } | Kind::Port { .. } => json!(0),
        Kind::Quantity => json!("0"),
        Kind::List(_) => json!([]),
        Kind::Amounts => json!({}),
        Kind::Struct(shape) => {
            let kept = shape.fields.iter().filter(|field| field.presence == Presence::Always);
            kept.map(|field| (field.name.to_owned(), zero(&field.kind))).collect()
        }
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        other => *other == json!(0) || *other == json!(false),
    }
}

fn mismatch(value: &Value, kind: &Kind, place: &Place) -> String {
    let found = match (value, kind) {
        (Value::String(_), _) => "string".to_owned(),
        (Value::Number(number), Kind::Integer { .. } | Kind::Port { .. }) => format!("number {number}"),
        (Value::Number(_), _) => "number".to_owned(),
        (Value::Bool(_), _) => "bool".to_owned(),
        (Value::Array(_), _) => "array".to_owned(),
        _ => "object".to_owned(),
    };
    let target = kind.go_name();
    if place.path.is_empty() || matches!(kind, Kind::Port { .. }) {
        return format!("json: cannot unmarshal {found} into Go value of type {target}");
    }
    let Place { owner, path } = place;
    format!("json: cannot unmarshal {found} into Go struct field {owner}.{path} of type {target}")
}

#[cfg(test)]
mod tests {
    use super::rewrite;
    use serde_json::{Value, json};

    fn with(field: &str, value: &Value) -> Result<Value, String> {
        rewrite(&json!({"name": "a", field: value}))
    }

    #[test]
    fn wrong_types_are_refused_in_the_known_words() {
        for (field, value, message) in [
            (
                "tty",
                json!("x"),
                "string into Go struct field Container.tty of type bool",
            ),
            (
                "command",
                json!("x"),
                "string into Go struct field Container.command of type []string",
            ),
            (
                "args",
                json!(["a", {}]),
                "object into Go struct field Container.args of type string",
            ),
            (
                "env",
                json!([-1]),
                "number into Go struct field Container.env of type v1.EnvVar",
            ),
            (
                "securityContext",
                json!({"runAsUser": 1.5}),
                "number 1.5 into Go struct field SecurityContext.securityContext.runAsUser of type int64",
            ),
            (
                "securityContext",
                json!({"capabilities": {"drop": [[]]}}),
                "array into Go struct field Capabilities.securityContext.capabilities.drop of type v1.Capability",
            ),
            (
                "resources",
                json!({"limits": "x"}),
                "string into Go struct field ResourceRequirements.resources.limits of type v1.ResourceList",
            ),
            (
                "readinessProbe",
                json!(true),
                "bool into Go struct field Container.readinessProbe of type v1.Probe",
            ),
        ] {
            let expected = format!("json: cannot unmarshal {message}");
            assert_eq!(with(field, &value).unwrap_err(), expected, "{field}: {value}");
        }
        assert_eq!(
            rewrite(&json!([])).unwrap_err(),
            "json: cannot unmarshal array into Go value of type v1.Container"
        );
    }

    #[test]
    fn a_quantity_ends_the_reading_before_a_type_does() {
        let both = json!({"name": "a", "args": 1, "resources": {"limits": {"cpu": {}}}});
        assert!(rewrite(&both).unwrap_err().starts_with("quantities must match"));
    }

    #[test]
    fn what_go_leaves_out_is_left_out_and_what_it_does_not_know_stays() {
        let read = json!({"name": "a", "image": "", "tty": false, "ports": [], "env": [{"value": "x"}, null],
            "args": [null], "livenessProbe": {"new": {"a": 1}, "old": null}, "securityContext": {"privileged": false},
            "resources": {"limits": {"cpu": null}}, "volumeMounts": [{"name": "v"}]});
        let written = json!({"name": "a", "env": [{"name": "", "value": "x"}, {"name": ""}], "args": [""],
            "livenessProbe": {"new": {"a": 1}}, "securityContext": {"privileged": false},
            "resources": {"limits": {"cpu": "0"}}, "volumeMounts": [{"name": "v", "mountPath": ""}]});
        assert_eq!(rewrite(&read).unwrap(), written);
    }
}
