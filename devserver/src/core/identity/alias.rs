//! `identity/entity-alias` and `identity/group-alias`: names at auth mounts.

use super::{Alias, Entity, made_up, texts};
use crate::core::Core;
use crate::engine::{Call, Context, Field, MountInfo, Route, custom_metadata, pairs, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use crate::random;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

fn group_fields() -> Vec<Field> {
    vec![
        text("id").help("Id of the alias; changes that one."),
        text("name").help("Name of the user at the mount."),
        text("mount_accessor").help("Accessor of the auth mount."),
        text("canonical_id").help("Entity or group that the alias belongs to."),
    ]
}

fn fields() -> Vec<Field> {
    let mut fields = group_fields();
    fields.extend([
        text("entity_id").help("The same, by its older name."),
        pairs("custom_metadata").help("Keys and texts of the user."),
    ]);
    fields
}

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, List, Read, Update};
    vec![
        route("entity-alias")
            .fields(fields())
            .help(
                "Make or change an alias of an entity.",
                "By its id, or its name at a mount.",
            )
            .on(Update, Core::write_alias),
        route("entity-alias/id/?")
            .help("Ids of all aliases.", "With names and mounts.")
            .on(List, Core::list_aliases),
        route("entity-alias/id/{id}")
            .fields(fields())
            .help("An alias of an entity.", "Reads, changes or deletes it.")
            .on(Read, Core::read_alias)
            .on(Update, Core::write_alias)
            .on(Delete, Core::delete_alias),
        route("group-alias")
            .fields(group_fields())
            .help(
                "Make or change the alias of an external group.",
                "Its name at an auth mount.",
            )
            .on(Update, Core::write_group_alias),
        route("group-alias/id/?")
            .help("Ids of all aliases of groups.", "With names and mounts.")
            .on(List, Core::list_group_aliases),
        route("group-alias/id/{id}")
            .fields(group_fields())
            .help("An alias of a group.", "Reads, changes or deletes it.")
            .on(Read, Core::read_group_alias)
            .on(Update, Core::write_group_alias)
            .on(Delete, Core::delete_group_alias),
    ]
}

impl Alias {
    fn new(name: &str, mount: &MountInfo, now: Timestamp) -> Self {
        Self {
            id: random::uuid(),
            name: name.to_owned(),
            accessor: mount.accessor.clone(),
            mount_path: mount.path.clone(),
            mount_kind: mount.kind.clone(),
            created: now,
            updated: now,
            metadata: None,
            custom_metadata: Some(BTreeMap::new()),
        }
    }

    /// The alias as it is read; `owner` is the entity, `None` leaves out what an alias of a group does not have.
    pub(super) fn shown(&self, owner: Option<&str>) -> Object {
        let mut shown = object! {
            "creation_time" => self.created.to_string(),
            "id" => &self.id,
            "last_update_time" => self.updated.to_string(),
            "merged_from_canonical_ids" => Value::Null,
            "metadata" => texts(self.metadata.as_ref()),
            "mount_accessor" => &self.accessor,
            "mount_path" => &self.mount_path,
            "mount_type" => &self.mount_kind,
            "name" => &self.name,
        };
        if let Some(owner) = owner {
            shown.insert("canonical_id".to_owned(), Value::from(owner));
            shown.insert("custom_metadata".to_owned(), texts(self.custom_metadata.as_ref()));
            shown.insert("local".to_owned(), Value::from(false));
        }
        shown
    }

    fn listed(&self, owner: &str, of_entity: bool) -> Object {
        let mut listed = object! {
            "canonical_id" => owner,
            "mount_accessor" => &self.accessor,
            "mount_path" => &self.mount_path,
            "mount_type" => &self.mount_kind,
            "name" => &self.name,
        };
        if of_entity {
            listed.insert("custom_metadata".to_owned(), texts(self.custom_metadata.as_ref()));
            listed.insert("local".to_owned(), Value::from(false));
            listed.insert("metadata".to_owned(), texts(self.metadata.as_ref()));
        }
        listed
    }
}

fn answer(owner: &str, id: &str) -> Reply {
    Response::data(object! { "canonical_id" => owner, "id" => id }).reply()
}

fn owner_of(call: &Call<'_>) -> String {
    match call.string("canonical_id") {
        empty if empty.is_empty() => call.string("entity_id"),
        id => id,
    }
}

fn listing(aliases: Vec<(String, Object)>) -> Reply {
    let keys: Vec<String> = aliases.iter().map(|(id, _)| id.clone()).collect();
    let info: Object = aliases
        .into_iter()
        .map(|(id, shown)| (id, Value::Object(shown)))
        .collect();
    let mut response = Response::list(keys);
    if let Some(data) = response.data.as_mut().filter(|data| !data.is_empty()) {
        data.insert("key_info".to_owned(), Value::Object(info));
    }
    response.reply()
}

impl Core {
    fn mount_by_accessor(&self, accessor: &str) -> Result<Arc<MountInfo>, Error> {
        let mut mounts = self.mounts.values().map(|mounted| &mounted.info);
        let found = mounts.find(|info| info.accessor == accessor && info.path.starts_with("auth/"));
        found
            .cloned()
            .ok_or_else(|| Error::response(format!("invalid mount accessor {accessor:?}")))
    }

    fn write_alias(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.has("custom_metadata") {
            let faults = custom_metadata::faults(&call.pairs("custom_metadata"));
            if !faults.is_empty() {
                return Err(Error::internal(faults.join("\n\t* ")));
            }
        }
        let (id, owner) = (call.string("id"), owner_of(call));
        if !id.is_empty() {
            return self.change_alias(context, call, &id);
        }
        let (name, accessor) = (call.string("name"), call.string("mount_accessor"));
        if name.is_empty() || accessor.is_empty() {
            return Err(Error::response("'id' or 'mount_accessor' and 'name' must be provided"));
        }
        let mount = self.mount_by_accessor(&accessor)?;
        if let Some(entity) = self.entities.by_alias(&accessor, &name) {
            let alias = entity.aliases.iter().find(|alias| alias.accessor == accessor);
            let id = alias.map(|alias| alias.id.clone()).unwrap_or_default();
            return self.change_alias(context, call, &id);
        }
        if !owner.is_empty() && !self.entities.by_id.contains_key(&owner) {
            return Err(Error::response("invalid canonical ID"));
        }
        let mut alias = Alias::new(&name, &mount, context.now);
        if call.has("custom_metadata") {
            alias.custom_metadata = Some(call.pairs("custom_metadata"));
        }
        let owner = if owner.is_empty() { random::uuid() } else { owner };
        let entity = self.entities.by_id.entry(owner.clone()).or_insert_with(|| Entity {
            id: owner.clone(),
            name: made_up("entity"),
            created: context.now,
            updated: context.now,
            ..Entity::default()
        });
        if entity.aliases.iter().any(|known| known.accessor == accessor) {
            return Err(Error::response(
                "entity already has an alias for the provided mount accessor",
            ));
        }
        let reply = answer(&owner, &alias.id);
        entity.aliases.push(alias);
        self.policies.forget_combined();
        reply
    }

    /// Changes an alias; nothing sent that differs is answered with nothing.
    fn change_alias(&mut self, context: &Context<'_>, call: &Call<'_>, id: &str) -> Reply {
        let find = |entity: &&mut Entity| entity.aliases.iter().any(|alias| alias.id == id);
        let entity = self.entities.by_id.values_mut().find(find);
        let entity = entity.ok_or_else(|| Error::response("invalid alias ID provided"))?;
        let owner = entity.id.clone();
        let Some(alias) = entity.aliases.iter_mut().find(|alias| alias.id == id) else {
            return Ok(None);
        };
        let mut changed = false;
        if let Some(name) = call.maybe_string("name").filter(|name| *name != alias.name) {
            alias.name = name;
            changed = true;
        }
        if call.has("custom_metadata") {
            alias.custom_metadata = Some(call.pairs("custom_metadata"));
            changed = true;
        }
        let target = owner_of(call);
        changed |= !target.is_empty() && target != owner;
        if !changed {
            return Ok(None);
        }
        alias.updated = context.now;
        let owner = self.move_alias(id, owner, target)?;
        self.policies.forget_combined();
        answer(&owner, id)
    }

    /// Gives an alias to another entity, where one is named; tells whose it is then.
    fn move_alias(&mut self, id: &str, owner: String, target: String) -> Result<String, Error> {
        if target.is_empty() || target == owner {
            return Ok(owner);
        }
        if !self.entities.by_id.contains_key(&target) {
            return Err(Error::response("given 'canonical_id' is not associated with an entity"));
        }
        let taken = self.entities.by_id.get_mut(&owner).and_then(|entity| {
            let at = entity.aliases.iter().position(|alias| alias.id == id)?;
            Some(entity.aliases.remove(at))
        });
        if let (Some(alias), Some(entity)) = (taken, self.entities.by_id.get_mut(&target)) {
            entity.aliases.push(alias);
        }
        Ok(target)
    }

    fn read_alias(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let found = self.entities.by_id.values().find_map(|entity| {
            let alias = entity.aliases.iter().find(|alias| alias.id == call.text("id"))?;
            Some(alias.shown(Some(&entity.id)))
        });
        Ok(found.map(|mut shown| {
            shown.insert("namespace_id".to_owned(), Value::from("root"));
            Response::data(shown)
        }))
    }

    fn list_aliases(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let all = self.entities.by_id.values().flat_map(|entity| {
            let owner = entity.id.as_str();
            entity
                .aliases
                .iter()
                .map(move |alias| (alias.id.clone(), alias.listed(owner, true)))
        });
        let mut all: Vec<_> = all.collect();
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        listing(all)
    }

    fn delete_alias(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        for entity in self.entities.by_id.values_mut() {
            entity.aliases.retain(|alias| alias.id != call.text("id"));
        }
        self.policies.forget_combined();
        Ok(None)
    }

    fn write_group_alias(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let id = call.string("id");
        let known = |group: &&super::Group| group.alias.as_ref().is_some_and(|alias| alias.id == id);
        let known = self.entities.groups.values().find(known).map(|group| group.id.clone());
        if !id.is_empty() && known.is_none() {
            return Err(Error::response("invalid group alias ID"));
        }
        let owner = known.unwrap_or_else(|| call.string("canonical_id"));
        let (name, accessor) = (call.string("name"), call.string("mount_accessor"));
        if name.is_empty() {
            return Err(Error::response("missing alias name"));
        }
        if accessor.is_empty() {
            return Err(Error::response("missing mount_accessor"));
        }
        let mount = self.mount_by_accessor(&accessor)?;
        let group = self.entities.groups.get_mut(&owner);
        let group = group.ok_or_else(|| Error::response("invalid group ID given in 'canonical_id'"))?;
        if !group.external {
            return Err(Error::response("alias can't be set on an internal group"));
        }
        let mut alias = Alias::new(&name, &mount, context.now);
        if let Some(old) = &group.alias {
            (alias.id, alias.created) = (old.id.clone(), old.created);
        }
        let reply = answer(&owner, &alias.id);
        group.alias = Some(alias);
        group.index += 1;
        reply
    }

    fn read_group_alias(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let found = self.entities.groups.values().find_map(|group| {
            let alias = group.alias.as_ref().filter(|alias| alias.id == call.text("id"))?;
            let mut shown = alias.shown(None);
            shown.insert("canonical_id".to_owned(), Value::from(&group.id));
            shown.insert("namespace_id".to_owned(), Value::from("root"));
            Some(shown)
        });
        Ok(found.map(Response::data))
    }

    fn list_group_aliases(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let all = self.entities.groups.values().filter_map(|group| {
            let alias = group.alias.as_ref()?;
            Some((alias.id.clone(), alias.listed(&group.id, false)))
        });
        listing(all.collect())
    }

    fn delete_group_alias(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        for group in self.entities.groups.values_mut() {
            group.alias = group.alias.take().filter(|alias| alias.id != call.text("id"));
        }
        Ok(None)
    }
}
