//! `sys/namespaces`: listing, making, changing, locking and ending them.

use crate::core::{Core, Namespace};
use crate::engine::{Call, Context, Route, map, route, text, text_list};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;

/// Names that would hide a namespace's own mounts.
const RESERVED: [&str; 8] = [".", "..", "root", "sys", "audit", "auth", "cubbyhole", "identity"];

const ABSENT: &str = "requested namespace does not exist";

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, List, Patch, Read, Scan, Update};
    let path = || text("path").help("Name of the namespace.");
    vec![
        route("namespaces/?")
            .help(
                "Namespaces below this one.",
                "Lists names with what is known about each of them.",
            )
            .on(List, Core::list_namespaces)
            .on(Scan, Core::scan_namespaces),
        route("namespaces/api-lock/lock(?:$|/(?P<path>.+))")
            .fields(vec![path()])
            .help("Lock a namespace.", "Refuses all requests in it until it is unlocked.")
            .on(Update, Core::lock_namespace),
        route("namespaces/api-lock/unlock(?:$|/(?P<path>.+))")
            .fields(vec![path(), text("unlock_key").help("What locking gave.")])
            .help(
                "Opens a locked namespace again.",
                "Needs the key that locking gave, or sudo.",
            )
            .on(Update, Core::unlock_namespace),
        route("namespaces/{path+}")
            .fields(vec![
                path(),
                map("custom_metadata").help("Keys and texts of the user."),
                text("seal").help("Not taken here."),
                text_list("pgp_keys").help("Not taken here."),
            ])
            .help("A namespace.", "Creates, reads, changes and ends a namespace.")
            .on(Read, Core::read_namespace)
            .on(Update, Core::write_namespace)
            .on(Patch, Core::patch_namespace)
            .on(Delete, Core::delete_namespace),
    ]
}

/// The name a request means, with a trailing `/`, if it can be a name.
fn name_of(call: &Call<'_>) -> Result<String, Error> {
    let name = call.text("path").trim_matches('/');
    if name.is_empty() {
        return Err(Error::response("namespace name cannot be empty"));
    }
    if name.contains('/') {
        return Err(Error::response("namespace name cannot contain /"));
    }
    if RESERVED.contains(&name) {
        let shown = format!("{name}/");
        return Err(Error::response(format!(
            "{shown:?} is a reserved path and cannot be used as a namespace name"
        )));
    }
    Ok(format!("{name}/"))
}

/// Refuses letters that policies or paths give a meaning to.
fn check_letters(name: &str) -> Result<(), Error> {
    let name = name.trim_end_matches('/');
    for letter in name.chars() {
        let what = match letter {
            '+' | '*' => format!("wildcard characters that cannot be used in a namespace name: {letter:?}"),
            ' ' => "space characters that cannot be used in a namespace name".to_owned(),
            letter if letter.is_whitespace() || letter.is_control() => {
                format!("unicode characters that cannot be used in a namespace name: {letter:?}")
            }
            _ => continue,
        };
        return Err(Error::response(format!("{name:?} contains {what}")));
    }
    Ok(())
}

/// The metadata of a write; texts only.
fn metadata(call: &Call<'_>) -> Result<BTreeMap<String, String>, Error> {
    let sent = call.map("custom_metadata").into_iter();
    sent.map(|(key, value)| match value {
        Value::String(text) => Ok((key, text)),
        _ => Err(Error::response("custom_metadata values must be strings")),
    })
    .collect()
}

fn shown(path: &str, namespace: &Namespace) -> Object {
    let metadata: Object = namespace
        .custom_metadata
        .iter()
        .map(|(key, text)| (key.clone(), Value::from(text)))
        .collect();
    object! {
        "custom_metadata" => metadata,
        "id" => crate::core::lease_life::namespace_id(path),
        "locked" => namespace.unlock_key.is_some(),
        "path" => path,
        "tainted" => false,
        "uuid" => &namespace.uuid,
    }
}

impl Core {
    fn list_namespaces(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.namespaces_below(call, |rest| rest.find('/') == Some(rest.len() - 1))
    }

    fn scan_namespaces(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.namespaces_below(call, |_| true)
    }

    /// Namespaces below that of the request whose relative path is wanted.
    fn namespaces_below(&self, call: &Call<'_>, wanted: impl Fn(&str) -> bool) -> Reply {
        let here = &call.request.namespace;
        let below = self.namespaces.iter().filter_map(|(path, namespace)| {
            let rest = path.strip_prefix(here.as_str())?;
            (!rest.is_empty() && wanted(rest)).then(|| (rest.to_owned(), Value::Object(shown(path, namespace))))
        });
        let info: Object = below.collect();
        let mut response = Response::list(info.keys().cloned().collect::<Vec<_>>());
        if let Some(data) = response.data.as_mut().filter(|data| !data.is_empty()) {
            data.insert("key_info".to_owned(), Value::Object(info));
        }
        response.reply()
    }

    fn read_namespace(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = format!("{}{}", call.request.namespace, name_of(call)?);
        let found = self.namespaces.get(&path);
        Ok(found.map(|namespace| Response::data(shown(&path, namespace))))
    }

    fn write_namespace(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = name_of(call)?;
        let metadata = metadata(call)?;
        check_letters(&name)?;
        if !call.string("seal").is_empty() {
            return Err(Error::response("seal is not supported by this development server"));
        }
        let path = format!("{}{name}", call.request.namespace);
        if !self.namespaces.contains_key(&path) {
            if let Some(taken) = self.mounts.conflict(&path).filter(|taken| taken.starts_with(&path)) {
                return Err(Error::response(format!(
                    "new namespace conflicts with existing mount: {taken}"
                )));
            }
            self.add_namespace(&path);
        }
        let namespace = self.namespaces.entry(path.clone()).or_default();
        namespace.custom_metadata = metadata;
        Response::data(shown(&path, namespace)).reply()
    }

    /// Changes the metadata as a merge patch does: null removes a key, and null for all removes all.
    fn patch_namespace(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = format!("{}{}", call.request.namespace, name_of(call)?);
        let patch = call.map("custom_metadata");
        let namespace = self
            .namespaces
            .get_mut(&path)
            .ok_or_else(|| Error::response("namespace not found"))?;
        if call.raw("custom_metadata").is_some_and(Value::is_null) {
            namespace.custom_metadata.clear();
        }
        for (key, value) in patch {
            match value {
                Value::String(text) => drop(namespace.custom_metadata.insert(key, text)),
                Value::Null => drop(namespace.custom_metadata.remove(&key)),
                other => {
                    return Err(Error::response(format!(
                        "metadata patch can only have string or null values, got {}",
                        other.go_type()
                    )));
                }
            }
        }
        Response::data(shown(&path, namespace)).reply()
    }

    /// The original ends a namespace in the background and says so; here it is gone when the answer arrives.
    fn delete_namespace(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let path = format!("{}{}", call.request.namespace, name_of(call)?);
        if !self.namespaces.contains_key(&path) {
            return Response::default().warn(ABSENT).reply();
        }
        if self
            .namespaces
            .keys()
            .any(|other| other.starts_with(&path) && *other != path)
        {
            return Err(Error::response(
                "unable to delete namespace containing child namespaces",
            ));
        }
        self.remove_namespace(&path);
        Response::data(object! { "status" => "in-progress" }).reply()
    }

    /// The namespace that a lock is about, by its path from here.
    fn lockable(&mut self, call: &Call<'_>) -> Result<(String, &mut Namespace), Error> {
        let path = format!("{}{}/", call.request.namespace, call.text("path").trim_matches('/'));
        let path = path.trim_start_matches('/').to_owned();
        if path.is_empty() {
            return Err(Error::response("root namespace cannot be locked/unlocked"));
        }
        let namespace = self.namespaces.get_mut(&path);
        Ok((path, namespace.ok_or_else(|| Error::response(ABSENT))?))
    }

    fn lock_namespace(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (path, namespace) = self.lockable(call)?;
        if namespace.unlock_key.is_some() {
            return Err(Error::response(format!(
                "cannot lock namespace {path:?}: is already locked"
            )));
        }
        let key = crate::random::base62(24);
        namespace.unlock_key = Some(key.clone());
        Response::data(object! { "unlock_key" => key }).reply()
    }

    fn unlock_namespace(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let key = call.string("unlock_key");
        let sudo = call.request.token.clone().is_some_and(|token| {
            self.has_sudo(&token, &format!("{}sys/{}", call.request.namespace, call.request.path))
        });
        if key.is_empty() && !sudo {
            return Err(Error::internal("provided empty key"));
        }
        let (path, namespace) = self.lockable(call)?;
        match &namespace.unlock_key {
            None => return Err(Error::response(format!("namespace {path:?} is not locked"))),
            Some(right) if !key.is_empty() && *right != key => return Err(Error::response("incorrect unlock key")),
            Some(_) => namespace.unlock_key = None,
        }
        match key.is_empty() {
            true => Response::default()
                .warn("Namespace unlocked using sudo capabilities")
                .reply(),
            false => Ok(None),
        }
    }
}
