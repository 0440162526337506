//! Entities: who a login belongs to, the same for every login of one alias at one mount.

use super::Core;
use crate::engine::{Call, Context, MountInfo, Router, route, text};
use crate::json::{Object, Value};
use crate::logical::{Auth, Operation, Reply, Response};
use crate::object;
use crate::random;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// An entity, which here always has exactly one alias.
#[derive(Clone, Debug, Default)]
struct Entity {
    id: String,
    name: String,
    created: Timestamp,
    alias_id: String,
    alias: String,
    accessor: String,
    mount_path: String,
    mount_kind: String,
    metadata: BTreeMap<String, String>,
}

/// Entities by id, and by mount accessor and alias.
#[derive(Default)]
pub(crate) struct Entities {
    by_id: BTreeMap<String, Entity>,
    by_alias: BTreeMap<(String, String), String>,
}

impl Entities {
    /// The path with its identity templates replaced; `None` where one has no value for the entity.
    pub(crate) fn fill(&self, entity: &str, path: &str) -> Option<String> {
        let entity = self.by_id.get(entity)?;
        let mut filled = String::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, tail) = after.split_once("}}")?;
            filled.push_str(before);
            // Wildcards and slashes in a value would widen the rule.
            filled.push_str(
                entity
                    .value(name.trim())
                    .filter(|value| !value.contains(['*', '+', '/']))?,
            );
            rest = tail;
        }
        filled.push_str(rest);
        Some(filled)
    }
}

impl Entity {
    fn value(&self, name: &str) -> Option<&str> {
        let name = name.strip_prefix("identity.entity.")?;
        match name {
            "id" => return Some(&self.id),
            "name" => return Some(&self.name),
            _ => {}
        }
        let of_alias = name
            .strip_prefix("aliases.")?
            .strip_prefix(&self.accessor)?
            .strip_prefix('.')?;
        match of_alias {
            "id" => Some(&self.alias_id),
            "name" => Some(&self.alias),
            other => self.metadata.get(other.strip_prefix("metadata.")?).map(String::as_str),
        }
    }

    fn shown(&self) -> Object {
        let metadata: Object = self
            .metadata
            .iter()
            .map(|(key, text)| (key.clone(), Value::from(text)))
            .collect();
        let time = self.created.to_string();
        let nothing = || Value::Array(Vec::new());
        let alias = object! {
            "canonical_id" => &self.id,
            "creation_time" => &time,
            "custom_metadata" => Object::new(),
            "id" => &self.alias_id,
            "last_update_time" => &time,
            "local" => false,
            "merged_from_canonical_ids" => Value::Null,
            "metadata" => metadata,
            "mount_accessor" => &self.accessor,
            "mount_path" => &self.mount_path,
            "mount_type" => &self.mount_kind,
            "name" => &self.alias,
        };
        object! {
            "aliases" => vec![alias],
            "creation_time" => &time,
            "direct_group_ids" => nothing(),
            "disabled" => false,
            "group_ids" => nothing(),
            "id" => &self.id,
            "inherited_group_ids" => nothing(),
            "last_update_time" => &time,
            "merged_entity_ids" => Value::Null,
            "metadata" => Value::Null,
            "name" => &self.name,
            "namespace_id" => "root",
            "policies" => nothing(),
        }
    }
}

/// `identity/`: entities can be read. They are made by logins only.
pub(crate) static ROUTER: LazyLock<Router<Core>> = LazyLock::new(|| {
    let routes = vec![
        route("entity/id/?").on(Operation::List, Core::list_entity_ids),
        route("entity/name/?").on(Operation::List, Core::list_entity_names),
        route("entity/id/{id}")
            .fields(vec![text("id")])
            .on(Operation::Read, Core::read_entity_by_id),
        route("entity/name/{name+}")
            .fields(vec![text("name")])
            .on(Operation::Read, Core::read_entity_by_name),
    ];
    Router::new("The identity store keeps who the logins belong to.", routes)
});

impl Core {
    /// The entity id of a login, made at the first one; empty for logins without alias.
    pub(crate) fn entity_of(&mut self, mount: &MountInfo, auth: &Auth) -> String {
        if auth.alias.is_empty() {
            return String::new();
        }
        let key = (mount.accessor.clone(), auth.alias.clone());
        if let Some(id) = self.entities.by_alias.get(&key).cloned() {
            if let Some(entity) = self.entities.by_id.get_mut(&id)
                && entity.metadata != auth.alias_metadata
            {
                entity.metadata.clone_from(&auth.alias_metadata);
                self.policies.forget_combined();
            }
            return id;
        }
        let id = random::uuid();
        let entity = Entity {
            id: id.clone(),
            name: format!("entity_{}", random::hex(&random::bytes::<4>())),
            created: self.clock.now(),
            alias_id: random::uuid(),
            alias: auth.alias.clone(),
            accessor: mount.accessor.clone(),
            mount_path: mount.path.clone(),
            mount_kind: mount.kind.clone(),
            metadata: auth.alias_metadata.clone(),
        };
        self.entities.by_id.insert(id.clone(), entity);
        self.entities.by_alias.insert(key, id.clone());
        id
    }

    fn list_entity_ids(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        Response::list(self.entities.by_id.keys().cloned()).reply()
    }

    fn list_entity_names(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let mut names: Vec<String> = self.entities.by_id.values().map(|entity| entity.name.clone()).collect();
        names.sort();
        Response::list(names).reply()
    }

    fn read_entity_by_id(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Ok(self
            .entities
            .by_id
            .get(call.text("id"))
            .map(|entity| Response::data(entity.shown())))
    }

    fn read_entity_by_name(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let entity = self
            .entities
            .by_id
            .values()
            .find(|entity| entity.name == call.text("name"));
        Ok(entity.map(|entity| Response::data(entity.shown())))
    }
}
