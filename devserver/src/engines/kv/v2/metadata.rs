//! `metadata/` and `detailed-metadata/`.

use super::Versioned;
use super::store::{Entry, version_limit};
use crate::engine::custom_metadata::{FAILED, faults};
use crate::engine::{Call, Context};
use crate::engines::tree;
use crate::json::{Object, Value};
use crate::logical::{Error, Raw, Reply, Response};
use std::collections::BTreeMap;

impl Versioned {
    pub(super) fn read_metadata(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(entry) = self.entry(call.text("path")) else {
            return Ok(None);
        };
        Response::data(entry.metadata()).reply()
    }

    pub(super) fn write_metadata(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = call.text("path");
        if path.is_empty() {
            return Err(Error::response("missing path"));
        }
        let settings = [
            "max_versions",
            "cas_required",
            "metadata_cas_required",
            "delete_version_after",
            "custom_metadata",
        ];
        if !settings.iter().any(|name| call.has(name)) {
            return Ok(None);
        }
        let custom = if call.has("custom_metadata") {
            Some(custom_metadata(&call.map("custom_metadata"))?)
        } else {
            None
        };
        let known = self.entries.get(path);
        self.check_metadata_cas(call, known)?;
        let mut entry = known.cloned().unwrap_or_else(|| Entry::new(context.now));
        entry.metadata_version += 1;
        entry.updated = context.now;
        self.apply(&mut entry, call);
        if let Some(custom) = custom {
            entry.custom_metadata = custom;
        }
        self.entries.insert(path.to_owned(), entry);
        self.warned(call)
    }

    pub(super) fn patch_metadata(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let settings = [
            "max_versions",
            "cas_required",
            "metadata_cas_required",
            "delete_version_after",
            "custom_metadata",
        ];
        if !settings.iter().any(|name| call.has(name)) {
            return Ok(None);
        }
        let path = call.text("path");
        if path.is_empty() {
            return Err(Error::response("missing path"));
        }
        let change = call.map("custom_metadata");
        let mut kept = change.clone();
        kept.retain(|_, value| !value.is_null());
        let kept = custom_metadata(&kept)?;
        let Some(known) = self.entries.get(path) else {
            return nothing().reply();
        };
        self.check_metadata_cas(call, Some(known))?;
        check_stored_types(call, &change)?;
        let mut entry = known.clone();
        entry.metadata_version += 1;
        entry.updated = context.now;
        self.apply(&mut entry, call);
        if call.raw("custom_metadata").is_some_and(Value::is_null) {
            entry.custom_metadata.clear();
        }
        if call.has("custom_metadata") {
            for (key, _) in change.iter().filter(|(_, value)| value.is_null()) {
                entry.custom_metadata.remove(key);
            }
            entry.custom_metadata.extend(kept);
        }
        self.entries.insert(path.to_owned(), entry);
        self.warned(call)
    }

    fn apply(&self, entry: &mut Entry, call: &Call<'_>) {
        if call.has("max_versions") {
            entry.max_versions = version_limit(call.int("max_versions"));
        }
        if call.has("cas_required") {
            entry.cas_required = call.flag("cas_required");
        }
        if call.has("metadata_cas_required") {
            entry.metadata_cas_required = call.flag("metadata_cas_required");
        }
        if call.has("delete_version_after") {
            entry.delete_version_after = call.duration("delete_version_after");
        }
    }

    fn warned(&self, call: &Call<'_>) -> Reply {
        let switches = [
            ("cas_required", self.config.cas_required),
            ("metadata_cas_required", self.config.metadata_cas_required),
        ];
        let ignored = switches
            .iter()
            .filter(|(name, required)| *required && call.has(name) && !call.flag(name));
        let warnings: Vec<String> = ignored
            .map(|(name, _)| {
                format!("{name:?} set to false, but is mandated by backend config. This value will be ignored.")
            })
            .collect();
        if warnings.is_empty() {
            Ok(None)
        } else {
            Response {
                warnings,
                ..Response::default()
            }
            .reply()
        }
    }

    fn check_metadata_cas(&self, call: &Call<'_>, entry: Option<&Entry>) -> Result<(), Error> {
        let required = self.config.metadata_cas_required || entry.is_some_and(|entry| entry.metadata_cas_required);
        if !call.has("metadata_cas") {
            return match required {
                true => Err(Error::response(
                    "metadata check-and-set parameter required for this call",
                )),
                false => Ok(()),
            };
        }
        let cas = u64::try_from(call.int("metadata_cas")).ok();
        match entry {
            None if cas != Some(0) => Err(Error::response("metadata_cas must be 0 when creating new metadata")),
            Some(entry) if cas != Some(entry.metadata_version) => Err(Error::response(
                "metadata check-and-set parameter does not match the current version",
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn delete_metadata(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = call.text("path");
        self.entries.remove(path.strip_suffix('/').unwrap_or(path));
        Ok(None)
    }

    fn names(&self, call: &Call<'_>) -> Vec<String> {
        let names = tree::children(self.entries.keys(), call.text("path"));
        tree::page(names.into_iter(), call)
    }

    fn all_names(&self, call: &Call<'_>) -> Vec<String> {
        tree::all_below(self.entries.keys(), call.text("path"))
    }

    pub(super) fn list(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(self.names(call)).reply()
    }

    pub(super) fn scan(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(self.all_names(call)).reply()
    }

    pub(super) fn list_detailed(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.detailed(call, self.names(call))
    }

    pub(super) fn scan_detailed(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.detailed(call, self.all_names(call))
    }

    fn detailed(&self, call: &Call<'_>, names: Vec<String>) -> Reply {
        let info: Object = names
            .iter()
            .map(|name| {
                let entry = self.entries.get(&format!("{}{name}", call.text("path")));
                (
                    name.clone(),
                    Value::Object(entry.map(Entry::metadata).unwrap_or_default()),
                )
            })
            .collect();
        let mut response = Response::list(names);
        if let Some(data) = response.data.as_mut().filter(|data| !data.is_empty()) {
            data.insert("key_info".to_owned(), Value::Object(info));
        }
        response.reply()
    }
}

/// What a patch would store must fit: the original writes it as JSON and reads it back.
fn check_stored_types(call: &Call<'_>, custom: &Object) -> Result<(), Error> {
    let misfit = |what: &str, field: &str, kind: &str| {
        let text = format!("json: cannot unmarshal {what} into Go struct field KeyMetadata.{field} of type {kind}");
        Err(Error::internal(text))
    };
    let limit = call.int("max_versions");
    if u32::try_from(limit).is_err() {
        return misfit(&format!("number {limit}"), "max_versions", "uint32");
    }
    custom.values().try_for_each(|value| match value {
        Value::Number(_) => misfit("number", "custom_metadata", "string"),
        Value::Bool(_) => misfit("bool", "custom_metadata", "string"),
        _ => Ok(()),
    })
}

fn custom_metadata(sent: &Object) -> Result<BTreeMap<String, String>, Error> {
    let texts = sent.iter().map(|(key, value)| {
        let text = crate::engine::to_string(value).map_err(|text| Error::response(format!("{FAILED}: {text}")))?;
        Ok((key.clone(), text))
    });
    let custom: BTreeMap<String, String> = texts.collect::<Result<_, Error>>()?;
    match faults(&custom) {
        none if none.is_empty() => Ok(custom),
        faults => Err(Error::response(listed(&faults))),
    }
}

/// Several errors, as the original lists them.
fn listed(errors: &[String]) -> String {
    let heading = if errors.len() == 1 {
        "1 error occurred:".to_owned()
    } else {
        format!("{} errors occurred:", errors.len())
    };
    let lines: String = errors.iter().map(|text| format!("\t* {text}\n")).collect();
    format!("{heading}\n{lines}\n")
}

/// What a patch of a secret that is not there is answered with.
pub(super) fn nothing() -> Response {
    let raw = Raw {
        status: 404,
        content_type: "application/json".to_owned(),
        body: Vec::new(),
    };
    Response {
        raw: Some(raw),
        ..Response::default()
    }
}
