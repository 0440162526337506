//! `identity/entity`: people make, change, read, list, merge and delete entities.

use super::{Entity, made_up, texts};
use crate::core::Core;
use crate::engine::{Call, Context, Field, Route, boolean, comma_list, pairs, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use crate::random;

fn fields() -> Vec<Field> {
    vec![
        text("id").help("Id of the entity; changes that one."),
        text("name").help("What the entity is called."),
        pairs("metadata").help("Keys and texts of the user."),
        comma_list("policies").help("Policies that its tokens get."),
        boolean("disabled").help("Makes its tokens unusable."),
    ]
}

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, List, Read, Update};
    vec![
        route("entity")
            .fields(fields())
            .help("Make or change an entity.", "By its id, its name, or a made-up name.")
            .on(Update, Core::write_entity),
        route("entity/merge")
            .fields(vec![
                comma_list("from_entity_ids").help("Entities that are merged and gone."),
                text("to_entity_id").help("The entity that stays."),
                comma_list("conflicting_alias_ids_to_keep").help("Aliases that stay where both have one at a mount."),
                boolean("force").help("Merges also where both have a second factor."),
            ])
            .help("Merge entities.", "Their aliases go to the one that stays.")
            .on(Update, Core::merge_entities),
        route("entity/batch-delete")
            .fields(vec![comma_list("entity_ids").help("Entities to delete.")])
            .help("Delete several entities.", "Those that are not there are passed over.")
            .on(Update, Core::delete_entities),
        route("entity/id/?")
            .help("Ids of all entities.", "With names and aliases.")
            .on(List, Core::list_entity_ids),
        route("entity/name/?")
            .help("Names of all entities.", "Names only.")
            .on(List, Core::list_entity_names),
        route("entity/id/{id}")
            .fields(fields())
            .help("An entity by its id.", "Reads, changes or deletes it.")
            .on(Read, Core::read_entity_by_id)
            .on(Update, Core::write_entity)
            .on(Delete, Core::delete_entity_by_id),
        route("entity/name/{name+}")
            .fields(fields())
            .help("An entity by its name.", "Reads, makes, changes or deletes it.")
            .on(Read, Core::read_entity_by_name)
            .on(Update, Core::write_entity)
            .on(Delete, Core::delete_entity_by_name),
    ]
}

impl Core {
    /// An entity as it is read.
    pub(super) fn entity_shown(&self, entity: &Entity) -> Object {
        let (direct, inherited) = self.entities.groups_of(&entity.id);
        let aliases: Vec<Value> = entity
            .aliases
            .iter()
            .map(|alias| Value::Object(alias.shown(Some(&entity.id))))
            .collect();
        object! {
            "aliases" => aliases,
            "creation_time" => entity.created.to_string(),
            "direct_group_ids" => direct.clone(),
            "disabled" => entity.disabled,
            "group_ids" => [direct, inherited.clone()].concat(),
            "id" => &entity.id,
            "inherited_group_ids" => inherited,
            "last_update_time" => entity.updated.to_string(),
            "merged_entity_ids" => Value::Null,
            "metadata" => texts(entity.metadata.as_ref()),
            "name" => &entity.name,
            "namespace_id" => "root",
            "policies" => entity.policies.clone(),
        }
    }

    fn read_entity_by_id(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let found = self.entities.by_id.get(call.text("id"));
        Ok(found.map(|entity| Response::data(self.entity_shown(entity))))
    }

    fn read_entity_by_name(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let found = self.entities.by_name(call.text("name"));
        Ok(found.map(|entity| Response::data(self.entity_shown(entity))))
    }

    fn list_entity_ids(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let info: Object = self
            .entities
            .by_id
            .values()
            .map(|entity| (entity.id.clone(), Value::Object(entity_listed(entity))))
            .collect();
        let mut response = Response::list(self.entities.by_id.keys().cloned());
        if let Some(data) = response.data.as_mut().filter(|data| !data.is_empty()) {
            data.insert("key_info".to_owned(), Value::Object(info));
        }
        response.reply()
    }

    fn list_entity_names(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let mut names: Vec<String> = self.entities.by_id.values().map(|entity| entity.name.clone()).collect();
        names.sort();
        Response::list(names).reply()
    }

    /// Makes an entity, or changes the one with the id or the name.
    fn write_entity(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (id, name) = (call.string("id"), call.string("name"));
        let named = self.entities.by_name(&name).map(|entity| entity.id.clone());
        let known = match id.is_empty() {
            false if !self.entities.by_id.contains_key(&id) => {
                return Err(Error::response("entity not found from id"));
            }
            false => {
                if named.is_some_and(|named| named != id) {
                    return Err(Error::response("entity name is already in use"));
                }
                Some(id)
            }
            true => named,
        };
        let new = known.is_none();
        let entity = self.entities.by_id.entry(known.unwrap_or_else(random::uuid));
        let id = entity.key().clone();
        let entity = entity.or_insert_with(|| Entity {
            id,
            created: context.now,
            ..Entity::default()
        });
        match name.is_empty() {
            true if entity.name.is_empty() => entity.name = made_up("entity"),
            true => {}
            false => entity.name = name,
        }
        if let Some(policies) = call.maybe_list("policies") {
            entity.policies = crate::core::policies::sanitize(&policies, false);
        }
        if call.has("metadata") {
            entity.metadata = Some(call.pairs("metadata"));
        }
        if call.has("disabled") {
            entity.disabled = call.flag("disabled");
        }
        entity.updated = context.now;
        let answer = object! { "aliases" => Value::Null, "id" => &entity.id, "name" => &entity.name };
        self.policies.forget_combined();
        match new {
            true => Response::data(answer).reply(),
            false => Ok(None),
        }
    }

    fn merge_entities(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (to, from) = (call.string("to_entity_id"), call.list("from_entity_ids"));
        let refused = |text: &str| Err(Error::response(text));
        if to.is_empty() {
            return refused("missing entity id to merge to");
        }
        if from.is_empty() {
            return refused("missing entity ids to merge from");
        }
        if !self.entities.by_id.contains_key(&to) {
            return refused("entity id to merge to is invalid");
        }
        if from.contains(&to) {
            return refused("to_entity_id should not be present in from_entity_ids");
        }
        if from.iter().any(|id| !self.entities.by_id.contains_key(id)) {
            return refused("entity id to merge from is invalid");
        }
        let merged: Vec<Entity> = from.iter().filter_map(|id| self.entities.by_id.remove(id)).collect();
        if let Some(entity) = self.entities.by_id.get_mut(&to) {
            entity
                .aliases
                .extend(merged.into_iter().flat_map(|entity| entity.aliases));
            entity.updated = context.now;
        }
        self.policies.forget_combined();
        Ok(None)
    }

    fn delete_entities(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let ids = call.list("entity_ids");
        if ids.is_empty() {
            return Err(Error::response("missing entity ids to delete"));
        }
        if ids.iter().any(String::is_empty) {
            return Err(Error::internal("missing entity id"));
        }
        for id in ids {
            self.end_entity(&id);
        }
        Ok(None)
    }

    fn delete_entity_by_id(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.end_entity(call.text("id"));
        Ok(None)
    }

    fn delete_entity_by_name(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if let Some(id) = self.entities.by_name(call.text("name")).map(|entity| entity.id.clone()) {
            self.end_entity(&id);
        }
        Ok(None)
    }

    /// Deletes an entity and takes it out of its groups.
    fn end_entity(&mut self, id: &str) {
        if self.entities.by_id.remove(id).is_none() {
            return;
        }
        for group in self.entities.groups.values_mut() {
            if let Some(members) = &mut group.entities
                && members.iter().any(|member| member == id)
            {
                members.retain(|member| member != id);
                group.index += 1;
            }
        }
        self.policies.forget_combined();
    }
}

/// An entity as it is listed.
fn entity_listed(entity: &Entity) -> Object {
    let mut shown = object! { "name" => &entity.name };
    let aliases: Vec<Value> = entity
        .aliases
        .iter()
        .map(|alias| {
            Value::Object(object! {
                "id" => &alias.id,
                "mount_accessor" => &alias.accessor,
                "mount_path" => &alias.mount_path,
                "mount_type" => &alias.mount_kind,
                "name" => &alias.name,
            })
        })
        .collect();
    if !aliases.is_empty() {
        shown.insert("aliases".to_owned(), Value::Array(aliases));
    }
    shown
}
