//! `identity/entity`: people make, change, read, list and delete entities.

use super::{Entity, distinct, filled, made_up, metadata, new_id, policy_names, sent_metadata, shown_namespace, texts};
use crate::core::Core;
use crate::engine::{Call, Context, Field, Route, boolean, comma_list, pairs, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

/// Fields that the entities of the older `persona` paths have too.
fn persona_fields() -> Vec<Field> {
    vec![
        text("id").help("Id of the entity; changes that one."),
        text("name").help("What the entity is called."),
        pairs("metadata").help("Keys and texts of the user."),
    ]
}

fn fields() -> Vec<Field> {
    let mut fields = persona_fields();
    fields.extend([
        comma_list("policies").help("Policies that its tokens get."),
        boolean("disabled").help("Makes its tokens unusable."),
    ]);
    fields
}

/// The fields of the older `persona` paths, whose writes reach entities.
pub(super) fn of_personas() -> Vec<Field> {
    let mut fields = persona_fields();
    fields.extend([
        text("entity_id").help("Not used."),
        text("mount_accessor").help("Not used."),
    ]);
    fields
}

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, List, Read, Update};
    vec![
        route("entity")
            .fields(fields())
            .help("Make or change an entity.", "By its id, its name, or a made-up name.")
            .on(Update, Core::write_entity),
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
            .map(|alias| Value::Object(self.alias_shown(alias, &entity.id)))
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
            "merged_entity_ids" => filled(&entity.merged),
            "metadata" => texts(entity.metadata.as_ref()),
            "name" => &entity.name,
            "namespace_id" => shown_namespace(&entity.namespace),
            "policies" => entity.policies.clone(),
        }
    }

    fn read_entity_by_id(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let found = self.entities.entity(&call.request.namespace, call.text("id"));
        Ok(found.map(|entity| Response::data(self.entity_shown(entity))))
    }

    fn read_entity_by_name(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let found = self.entities.entity_named(&call.request.namespace, call.text("name"));
        Ok(found.map(|entity| Response::data(self.entity_shown(entity))))
    }

    fn list_entity_ids(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = self.entities.by_id.values();
        let here = here.filter(|entity| entity.namespace == call.request.namespace);
        let info = here.map(|entity| (entity.id.clone(), Value::Object(self.entity_listed(entity))));
        Response::list_with_info(info.collect()).reply()
    }

    /// Names, in the order of the ids.
    fn list_entity_names(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = self.entities.by_id.values();
        let here = here.filter(|entity| entity.namespace == call.request.namespace);
        Response::list(here.map(|entity| entity.name.clone())).reply()
    }

    /// An entity as it is listed.
    fn entity_listed(&self, entity: &Entity) -> Object {
        let mut shown = object! { "name" => &entity.name };
        let aliases: Vec<Value> = entity
            .aliases
            .iter()
            .map(|alias| {
                let mut shown = object! {
                    "id" => &alias.id,
                    "mount_accessor" => &alias.accessor,
                    "name" => &alias.name,
                };
                self.add_mount(&alias.accessor, &mut shown);
                Value::Object(shown)
            })
            .collect();
        if !aliases.is_empty() {
            shown.insert("aliases".to_owned(), Value::Array(aliases));
        }
        shown
    }

    /// The entity that a write means: the one with the id, else the one with the name, else a new one.
    fn entity_to_write(&self, context: &Context<'_>, call: &Call<'_>) -> Result<(Entity, bool), Error> {
        let here = &call.request.namespace;
        let (id, name) = (call.string("id"), call.string("name"));
        let named = self.entities.entity_named(here, &name).filter(|_| !name.is_empty());
        let known = match id.is_empty() {
            true => named,
            false => {
                let known = self.entities.entity(here, &id);
                let known = known.ok_or_else(|| Error::response("entity not found from id"))?;
                if named.is_some_and(|named| named.id != known.id) {
                    return Err(Error::response("entity name is already in use"));
                }
                Some(known)
            }
        };
        Ok(match known {
            Some(entity) => (entity.taken_up(), false),
            None => {
                let entity = Entity {
                    id: new_id(here),
                    namespace: here.clone(),
                    name: made_up("entity", here),
                    created: context.now,
                    ..Entity::default()
                };
                (entity, true)
            }
        })
    }

    /// Makes an entity, or changes the one with the id or the name.
    pub(super) fn write_entity(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (mut entity, new) = self.entity_to_write(context, call)?;
        if let Some(name) = call.maybe_string("name").filter(|name| !name.is_empty()) {
            entity.name = name;
        }
        if call.raw("policies").is_some() && call.declares("policies") {
            entity.policies = policy_names(&call.list("policies"));
        }
        if entity.policies.iter().any(|name| name == "root") {
            return Err(Error::response("policies cannot contain root"));
        }
        if call.raw("disabled").is_some() && call.declares("disabled") {
            entity.disabled = call.flag("disabled");
        }
        if let Some(sent) = sent_metadata(call) {
            entity.metadata = sent;
        }
        metadata::check("entity", entity.metadata.as_ref())?;
        entity.updated = context.now;
        let answer = object! { "aliases" => Value::Null, "id" => &entity.id, "name" => &entity.name };
        self.entities.by_id.insert(entity.id.clone(), entity);
        self.policies.forget_combined();
        match new {
            true => Response::data(answer).reply(),
            false => Ok(None),
        }
    }

    fn delete_entities(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let ids = call.list("entity_ids");
        if ids.is_empty() {
            return Err(Error::response("missing entity ids to delete"));
        }
        if ids.iter().any(String::is_empty) {
            return Err(Error::internal("missing entity id"));
        }
        for id in distinct(&ids) {
            self.end_entity(&call.request.namespace, &id);
        }
        Ok(None)
    }

    fn delete_entity_by_id(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.end_entity(&call.request.namespace, call.text("id"));
        Ok(None)
    }

    fn delete_entity_by_name(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = &call.request.namespace;
        let named = self.entities.entity_named(here, call.text("name"));
        if let Some(id) = named.map(|entity| entity.id.clone()) {
            self.end_entity(here, &id);
        }
        Ok(None)
    }

    /// Deletes an entity and takes it out of its groups.
    fn end_entity(&mut self, namespace: &str, id: &str) {
        if self.entities.entity(namespace, id).is_none() {
            return;
        }
        self.entities.by_id.remove(id);
        self.entities.leave_groups(id);
        self.policies.forget_combined();
    }
}
