//! The identity store: who a login belongs to. An entity holds aliases, each a name at one auth mount, and may be in
//! groups; entities and groups give their policies to the tokens of the entity.

mod alias;
mod entity;
mod group;
mod lookup;

use super::Core;
use crate::engine::{MountInfo, Router};
use crate::json::{Object, Value};
use crate::logical::Auth;
use crate::random;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Somebody, known by one or more aliases.
#[derive(Clone, Debug, Default)]
struct Entity {
    id: String,
    name: String,
    created: Timestamp,
    updated: Timestamp,
    policies: Vec<String>,
    metadata: Option<BTreeMap<String, String>>,
    disabled: bool,
    aliases: Vec<Alias>,
}

/// A name at an auth mount.
#[derive(Clone, Debug, Default)]
struct Alias {
    id: String,
    name: String,
    accessor: String,
    mount_path: String,
    mount_kind: String,
    created: Timestamp,
    updated: Timestamp,
    /// What the auth method says of it at each login; `None` where it was made by hand.
    metadata: Option<BTreeMap<String, String>>,
    /// What people say of it; `None` where it was made by a login.
    custom_metadata: Option<BTreeMap<String, String>>,
}

/// Several entities and groups, or the group of another system where it is external.
#[derive(Clone, Debug, Default)]
struct Group {
    id: String,
    name: String,
    external: bool,
    created: Timestamp,
    updated: Timestamp,
    /// Counts its changes.
    index: u64,
    policies: Option<Vec<String>>,
    metadata: Option<BTreeMap<String, String>>,
    entities: Option<Vec<String>>,
    groups: Option<Vec<String>>,
    alias: Option<Alias>,
}

/// All of them, by id.
#[derive(Default)]
pub(crate) struct Entities {
    by_id: BTreeMap<String, Entity>,
    groups: BTreeMap<String, Group>,
}

/// `identity/`.
pub(crate) static ROUTER: LazyLock<Router<Core>> = LazyLock::new(|| {
    let mut routes = entity::routes();
    routes.extend(alias::routes());
    routes.extend(group::routes());
    routes.extend(lookup::routes());
    Router::new("The identity store keeps who the logins belong to.", routes)
});

impl Entities {
    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.by_id.len()
    }

    /// Whether tokens of this entity (empty for none) can be used: it is there and not disabled.
    pub(crate) fn usable(&self, entity: &str) -> bool {
        entity.is_empty() || self.by_id.get(entity).is_some_and(|entity| !entity.disabled)
    }

    /// The policies an entity has by itself and by its groups, those of groups sorted.
    pub(crate) fn policies(&self, entity: &str) -> Vec<String> {
        let Some(found) = self.by_id.get(entity) else {
            return Vec::new();
        };
        let (direct, inherited) = self.groups_of(entity);
        let of_groups: BTreeSet<&String> = direct
            .iter()
            .chain(&inherited)
            .filter_map(|id| self.groups.get(id)?.policies.as_ref())
            .flatten()
            .filter(|name| !found.policies.contains(name))
            .collect();
        found.policies.iter().chain(of_groups).cloned().collect()
    }

    /// Groups that name the entity, and groups above those.
    fn groups_of(&self, entity: &str) -> (Vec<String>, Vec<String>) {
        let names = |list: &Option<Vec<String>>, id: &str| list.iter().flatten().any(|member| member == id);
        let direct: Vec<String> = self
            .groups
            .values()
            .filter(|group| names(&group.entities, entity))
            .map(|group| group.id.clone())
            .collect();
        let mut inherited: Vec<String> = Vec::new();
        let mut below = direct.clone();
        while let Some(id) = below.pop() {
            for parent in self.groups.values().filter(|group| names(&group.groups, &id)) {
                if !inherited.contains(&parent.id) {
                    inherited.push(parent.id.clone());
                    below.push(parent.id.clone());
                }
            }
        }
        inherited.retain(|id| !direct.contains(id));
        (direct, inherited)
    }

    fn by_alias(&mut self, accessor: &str, name: &str) -> Option<&mut Entity> {
        let is = |alias: &Alias| alias.accessor == accessor && alias.name == name;
        self.by_id.values_mut().find(|entity| entity.aliases.iter().any(is))
    }

    fn by_name(&self, name: &str) -> Option<&Entity> {
        self.by_id
            .values()
            .find(|entity| entity.name.eq_ignore_ascii_case(name))
    }

    /// The path with its identity templates replaced; `None` where one has no value for the entity.
    pub(crate) fn fill(&self, entity: &str, path: &str) -> Option<String> {
        let entity = self.by_id.get(entity)?;
        let mut filled = String::new();
        let mut rest = path;
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, tail) = after.split_once("}}")?;
            filled.push_str(before);
            let value = entity
                .value(name.trim())
                .or_else(|| self.value_of_group(entity, name.trim()));
            // Wildcards and slashes in a value would widen the rule.
            filled.push_str(value.filter(|value| !value.contains(['*', '+', '/']))?);
            rest = tail;
        }
        filled.push_str(rest);
        Some(filled)
    }

    /// `identity.groups.ids.ID.…` and `identity.groups.names.NAME.…`, for groups the entity is in.
    fn value_of_group<'e>(&'e self, entity: &Entity, name: &str) -> Option<&'e str> {
        let rest = name.strip_prefix("identity.groups.")?;
        let (direct, inherited) = self.groups_of(&entity.id);
        let mine = |group: &&Group| direct.contains(&group.id) || inherited.contains(&group.id);
        let (kind, rest) = rest.split_once('.')?;
        let (group, rest) = self.groups.values().filter(mine).find_map(|group| {
            let key = match kind {
                "ids" => &group.id,
                "names" => &group.name,
                _ => return None,
            };
            Some((group, rest.strip_prefix(key.as_str())?.strip_prefix('.')?))
        })?;
        match rest {
            "id" => Some(&group.id),
            "name" => Some(&group.name),
            other => {
                let key = other.strip_prefix("metadata.")?;
                group.metadata.as_ref()?.get(key).map(String::as_str)
            }
        }
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
        if let Some(key) = name.strip_prefix("metadata.") {
            return self.metadata.as_ref()?.get(key).map(String::as_str);
        }
        let rest = name.strip_prefix("aliases.")?;
        let (alias, rest) = self.aliases.iter().find_map(|alias| {
            let rest = rest.strip_prefix(alias.accessor.as_str())?.strip_prefix('.')?;
            Some((alias, rest))
        })?;
        match rest {
            "id" => Some(&alias.id),
            "name" => Some(&alias.name),
            other => {
                let custom = other.strip_prefix("custom_metadata.");
                let (map, key) = match custom {
                    Some(key) => (&alias.custom_metadata, key),
                    None => (&alias.metadata, other.strip_prefix("metadata.")?),
                };
                map.as_ref()?.get(key).map(String::as_str)
            }
        }
    }
}

/// Keys and texts as JSON; `None` is null.
fn texts(map: Option<&BTreeMap<String, String>>) -> Value {
    let Some(map) = map else { return Value::Null };
    let members: Object = map.iter().map(|(key, text)| (key.clone(), Value::from(text))).collect();
    Value::Object(members)
}

/// A name for what was given none.
fn made_up(kind: &str) -> String {
    format!("{kind}_{}.root", random::hex(&random::bytes::<4>()))
}

impl Core {
    /// The entity id of a login, made at the first one; empty for logins without alias.
    pub(crate) fn entity_of(&mut self, mount: &MountInfo, auth: &Auth) -> String {
        if auth.alias.is_empty() {
            return String::new();
        }
        let now = self.clock.now();
        if let Some(entity) = self.entities.by_alias(&mount.accessor, &auth.alias) {
            let of_mount = |alias: &&mut Alias| alias.accessor == mount.accessor && alias.name == auth.alias;
            if let Some(alias) = entity.aliases.iter_mut().find(of_mount)
                && !(auth.alias_metadata.is_empty() && alias.metadata.is_none())
                && alias.metadata.as_ref() != Some(&auth.alias_metadata)
            {
                alias.metadata = Some(auth.alias_metadata.clone());
                alias.updated = now;
                self.policies.forget_combined();
            }
            return entity.id.clone();
        }
        let alias = Alias {
            id: random::uuid(),
            name: auth.alias.clone(),
            accessor: mount.accessor.clone(),
            mount_path: mount.path.clone(),
            mount_kind: mount.kind.clone(),
            created: now,
            updated: now,
            metadata: Some(auth.alias_metadata.clone()),
            custom_metadata: Some(BTreeMap::new()),
        };
        let id = random::uuid();
        let entity = Entity {
            id: id.clone(),
            name: made_up("entity"),
            created: now,
            updated: now,
            aliases: vec![alias],
            ..Entity::default()
        };
        self.entities.by_id.insert(id.clone(), entity);
        id
    }
}
