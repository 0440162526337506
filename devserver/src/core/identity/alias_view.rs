//! How aliases of entities and groups are shown, read and listed, and the mounts they belong to.

use super::{Alias, Entity, filled, shown_namespace, texts};
use crate::core::Core;
use crate::engine::{Call, Context, MountInfo};
use crate::json::{Object, Value};
use crate::logical::{Error, Reply, Response};
use crate::object;
use std::sync::Arc;

impl Core {
    /// The mount with the accessor.
    pub(super) fn mount_of_accessor(&self, accessor: &str) -> Option<&Arc<MountInfo>> {
        let mut mounts = self.mounts.values().map(|mounted| &mounted.info);
        mounts.find(|info| info.accessor == accessor)
    }

    /// The mount of an alias; `elsewhere` is the refusal of a mount in another namespace.
    pub(super) fn mount_for_alias(
        &self,
        accessor: &str,
        namespace: &str,
        elsewhere: &str,
    ) -> Result<Arc<MountInfo>, Error> {
        let mount = self.mount_of_accessor(accessor);
        let mount = mount.ok_or_else(|| Error::response(format!("invalid mount accessor {accessor:?}")))?;
        match mount.namespace == namespace {
            true => Ok(Arc::clone(mount)),
            false => Err(Error::coded(403, elsewhere)),
        }
    }

    /// Tells what is mounted where, unless it is unmounted by now.
    pub(super) fn add_mount(&self, accessor: &str, shown: &mut Object) {
        if let Some(mount) = self.mount_of_accessor(accessor) {
            shown.insert("mount_path".to_owned(), Value::from(&mount.path));
            shown.insert("mount_type".to_owned(), Value::from(&mount.kind));
        }
    }

    /// An alias as its entity shows it.
    pub(super) fn alias_shown(&self, alias: &Alias, owner: &str) -> Object {
        let mut shown = object! {
            "canonical_id" => owner,
            "creation_time" => alias.created.to_string(),
            "custom_metadata" => texts(alias.custom_metadata.as_ref()),
            "id" => &alias.id,
            "last_update_time" => alias.updated.to_string(),
            "local" => alias.local,
            "merged_from_canonical_ids" => filled(&alias.merged_from),
            "metadata" => texts(alias.metadata.as_ref()),
            "mount_accessor" => &alias.accessor,
            "name" => &alias.name,
        };
        self.add_mount(&alias.accessor, &mut shown);
        shown
    }

    /// An alias as it is read by its id.
    pub(super) fn alias_read(&self, alias: &Alias, owner: &str, namespace: &str) -> Response {
        let mut shown = self.alias_shown(alias, owner);
        shown.insert("namespace_id".to_owned(), Value::from(shown_namespace(namespace)));
        Response::data(shown)
    }

    /// An alias in a list.
    pub(super) fn alias_listed(&self, alias: &Alias, owner: &str) -> (String, Value) {
        let mut shown = self.alias_shown(alias, owner);
        for name in ["creation_time", "id", "last_update_time", "merged_from_canonical_ids"] {
            shown.remove(name);
        }
        (alias.id.clone(), Value::Object(shown))
    }

    /// The owner of the alias with this id, and its place there.
    pub(super) fn find_alias(&self, namespace: &str, id: &str) -> Option<(&Entity, usize)> {
        let here = self
            .entities
            .by_id
            .values()
            .filter(|entity| entity.namespace == namespace);
        let is = |alias: &Alias| alias.id == id && !alias.dropped;
        here.into_iter()
            .find_map(|entity| Some((entity, entity.aliases.iter().position(is)?)))
    }

    pub(super) fn read_alias(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = &call.request.namespace;
        let found = self.find_alias(here, call.text("id"));
        Ok(found.map(|(entity, at)| self.alias_read(&entity.aliases[at], &entity.id, here)))
    }

    pub(super) fn list_aliases(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = self.entities.by_id.values();
        let here = here.filter(|entity| entity.namespace == call.request.namespace);
        let all = here.flat_map(|entity| {
            let listed = entity.aliases.iter().filter(|alias| !alias.dropped);
            listed.map(|alias| self.alias_listed(alias, &entity.id))
        });
        Response::list_with_info(all.collect()).reply()
    }
}
