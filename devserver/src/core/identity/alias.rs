//! `identity/entity-alias`, and the older `alias` and `persona`: names of entities at mounts.

use super::{Alias, Entity, Texts, entity, made_up, new_id};
use crate::core::Core;
use crate::engine::{Call, Context, Field, MountInfo, Route, custom_metadata, pairs, route, text};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use jiff::Timestamp;
use std::sync::Arc;

fn older_fields() -> Vec<Field> {
    vec![
        text("id").help("Id of the alias; changes that one."),
        text("name").help("Name of the user at the mount."),
        text("mount_accessor").help("Accessor of the auth mount."),
        text("canonical_id").help("Entity that the alias belongs to."),
        text("entity_id").help("The same, by its older name."),
    ]
}

fn fields() -> Vec<Field> {
    let mut fields = older_fields();
    fields.push(pairs("custom_metadata").help("Keys and texts of the user."));
    fields
}

/// The three routes under one name.
fn routes_of(name: &str, fields: fn() -> Vec<Field>, write: crate::engine::Handler<Core>) -> [Route<Core>; 3] {
    use Operation::{Delete, List, Read, Update};
    [
        route(name)
            .fields(fields())
            .help(
                "Make or change an alias of an entity.",
                "By its id, or its name at a mount.",
            )
            .on(Update, write),
        route(&format!("{name}/id/?"))
            .help("Ids of all aliases.", "With names and mounts.")
            .on(List, Core::list_aliases),
        route(&format!("{name}/id/{{id}}"))
            .fields(fields())
            .help("An alias of an entity.", "Reads, changes or deletes it.")
            .on(Read, Core::read_alias)
            .on(Update, write)
            .on(Delete, Core::delete_alias),
    ]
}

pub(super) fn routes() -> Vec<Route<Core>> {
    let mut routes = Vec::from(routes_of("entity-alias", fields, Core::write_alias));
    routes.extend(routes_of("alias", older_fields, Core::write_alias));
    // The original's oldest paths read aliases and write entities.
    routes.extend(routes_of("persona", entity::of_personas, Core::write_entity));
    routes
}

/// What is wanted of an alias.
struct Wanted {
    name: String,
    mount: Arc<MountInfo>,
    /// Whose it is to be; empty leaves it where it is.
    owner: String,
    custom_metadata: Option<Texts>,
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

/// The custom metadata sent, if any was. The outer `None` is for none, the inner one for a null.
fn sent_custom(call: &Call<'_>) -> Result<Option<Option<Texts>>, Error> {
    let Some(sent) = call.raw("custom_metadata").filter(|_| call.declares("custom_metadata")) else {
        return Ok(None);
    };
    if sent.is_null() {
        return Ok(Some(None));
    }
    let custom = call.pairs("custom_metadata");
    match custom_metadata::faults(&custom) {
        faults if faults.is_empty() => Ok(Some(Some(custom))),
        faults => Err(Error::internal(faults.join("\n\t* "))),
    }
}

fn same_texts(one: Option<&Texts>, other: Option<&Texts>) -> bool {
    one.into_iter().flatten().eq(other.into_iter().flatten())
}

impl Alias {
    pub(super) fn new(name: &str, mount: &MountInfo, now: Timestamp) -> Self {
        Self {
            id: new_id(&mount.namespace),
            name: name.to_owned(),
            accessor: mount.accessor.clone(),
            local: mount.local,
            created: now,
            updated: now,
            ..Self::default()
        }
    }
}

impl Core {
    fn write_alias(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = &call.request.namespace;
        let custom = sent_custom(call)?;
        let (id, owner) = (call.string("id"), owner_of(call));
        let (name, accessor) = (call.string("name"), call.string("mount_accessor"));
        if !id.is_empty() {
            return self.change_alias_by_id(context, call, (id, owner), custom);
        }
        if name.is_empty() || accessor.is_empty() {
            return Err(Error::response("'id' or 'mount_accessor' and 'name' must be provided"));
        }
        let elsewhere = "matching mount is in a different namespace than request";
        let wanted = Wanted {
            mount: self.mount_for_alias(&accessor, here, elsewhere)?,
            custom_metadata: custom.unwrap_or_else(|| Some(Texts::new())),
            name,
            owner,
        };
        let known = self.entities.by_alias(&accessor, &wanted.name).and_then(|entity| {
            let mut aliases = entity.aliases.iter();
            Some((
                entity.clone(),
                aliases.position(|alias| alias.is_named(&accessor, &wanted.name))?,
            ))
        });
        match known {
            Some((owner, at)) => self.change_alias(context, (owner, at), wanted),
            None => self.add_alias(context, wanted),
        }
    }

    /// Changes the alias with an id; what is not sent stays.
    fn change_alias_by_id(
        &mut self,
        context: &Context<'_>,
        call: &Call<'_>,
        (id, owner): (String, String),
        custom: Option<Option<Texts>>,
    ) -> Reply {
        let here = &call.request.namespace;
        let (name, accessor) = (call.string("name"), call.string("mount_accessor"));
        let (entity, at) = self
            .find_alias(here, &id)
            .ok_or_else(|| Error::response("invalid alias ID provided"))?;
        let (entity, alias) = (entity.taken_up(), entity.aliases[at].taken_up());
        if name.is_empty() && accessor.is_empty() && owner.is_empty() && custom.is_none() {
            return Ok(None);
        }
        let or = |sent: String, known: &str| if sent.is_empty() { known.to_owned() } else { sent };
        let elsewhere = "given mount accessor is not in the same namespace as the existing alias";
        let wanted = Wanted {
            name: or(name, &alias.name),
            mount: self.mount_for_alias(&or(accessor, &alias.accessor), here, elsewhere)?,
            owner,
            custom_metadata: custom.unwrap_or(alias.custom_metadata),
        };
        self.change_alias(context, (entity, at), wanted)
    }

    /// Gives a new alias to an entity, or to a new one.
    fn add_alias(&mut self, context: &Context<'_>, wanted: Wanted) -> Reply {
        let namespace = &wanted.mount.namespace;
        let mut entity = match wanted.owner.as_str() {
            "" => Entity {
                id: new_id(namespace),
                namespace: namespace.clone(),
                name: made_up("entity", namespace),
                created: context.now,
                updated: context.now,
                ..Entity::default()
            },
            id => {
                let known = self.entities.entity(namespace, id).map(Entity::taken_up);
                known.ok_or_else(|| Error::response("invalid canonical ID"))?
            }
        };
        if entity
            .aliases
            .iter()
            .any(|known| known.accessor == wanted.mount.accessor)
        {
            return Err(Error::response(
                "Alias already exists for requested entity and mount accessor",
            ));
        }
        let mut alias = Alias::new(&wanted.name, &wanted.mount, context.now);
        alias.custom_metadata = wanted.custom_metadata;
        let reply = answer(&entity.id, &alias.id);
        entity.aliases.push(alias);
        self.entities.by_id.insert(entity.id.clone(), entity);
        self.policies.forget_combined();
        reply
    }

    /// Changes an alias of an entity, and whose it is; nothing that differs is answered with nothing.
    fn change_alias(&mut self, context: &Context<'_>, (mut entity, at): (Entity, usize), wanted: Wanted) -> Reply {
        let mut alias = entity.aliases[at].clone();
        let accessor = &wanted.mount.accessor;
        let moves = !wanted.owner.is_empty() && wanted.owner != entity.id;
        let same_mount = *accessor == alias.accessor;
        let same_custom = same_texts(wanted.custom_metadata.as_ref(), alias.custom_metadata.as_ref());
        if wanted.name == alias.name && same_mount && !moves && same_custom {
            return Ok(None);
        }
        let taken = |entity: &Entity| entity.aliases.iter().any(|known| known.accessor == *accessor);
        if !same_mount && !moves && taken(&entity) {
            return Err(Error::response(
                "Alias cannot be updated as the entity already has an alias for the given 'mount_accessor' ",
            ));
        }
        let other = self.entities.by_alias(accessor, &wanted.name);
        let is_other = |known: &&Alias| known.is_named(accessor, &wanted.name) && known.id != alias.id;
        if other.is_some_and(|other| other.aliases.iter().any(|known| is_other(&known))) {
            return Err(Error::response(
                "alias with combination of mount accessor and name already exists",
            ));
        }
        alias.name = wanted.name;
        alias.accessor.clone_from(accessor);
        alias.custom_metadata = wanted.custom_metadata;
        alias.updated = context.now;
        let id = alias.id.clone();
        entity = entity.taken_up();
        if moves {
            let target = self.new_owner(&entity, &wanted.owner, &wanted.mount)?;
            entity.aliases.remove(at);
            self.entities.by_id.insert(entity.id.clone(), entity);
            entity = target;
            entity.aliases.push(alias);
        } else {
            entity.aliases[at] = alias;
        }
        let reply = answer(&entity.id, &id);
        self.entities.by_id.insert(entity.id.clone(), entity);
        self.policies.forget_combined();
        reply
    }

    /// The entity that an alias goes to.
    fn new_owner(&self, old: &Entity, id: &str, mount: &MountInfo) -> Result<Entity, Error> {
        if mount.local {
            return Err(Error::response("local aliases can't be moved between entities"));
        }
        let target = self.entities.entity(&old.namespace, id).map(Entity::taken_up);
        let target = target.ok_or_else(|| Error::response("given 'canonical_id' is not associated with an entity"))?;
        match target.aliases.iter().any(|known| known.accessor == mount.accessor) {
            true => Err(Error::response(
                "Alias cannot be updated as the given entity already has an alias for this mount ",
            )),
            false => Ok(target),
        }
    }

    fn delete_alias(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let found = self.find_alias(&call.request.namespace, call.text("id"));
        if let Some((entity, at)) = found {
            let mut entity = entity.taken_up();
            entity.aliases.remove(at);
            self.entities.by_id.insert(entity.id.clone(), entity);
            self.policies.forget_combined();
        }
        Ok(None)
    }
}
