//! The identity store: who a login belongs to. An entity holds aliases, each a name at one auth mount, and may be in
//! groups; entities and groups give their policies to the tokens of the entity. Each namespace has entities and groups
//! of its own.

mod alias;
mod alias_view;
mod entity;
mod group;
mod group_alias;
mod login;
mod lookup;
mod membership;
mod merge;
mod metadata;
mod templates;

use super::Core;
use super::lease_life::namespace_id;
use crate::engine::{Call, Router};
use crate::json::{Object, Value};
use crate::random;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

type Texts = BTreeMap<String, String>;

/// Somebody, known by one or more aliases.
#[derive(Clone, Debug, Default)]
struct Entity {
    id: String,
    namespace: String,
    name: String,
    created: Timestamp,
    updated: Timestamp,
    policies: Vec<String>,
    metadata: Option<Texts>,
    disabled: bool,
    aliases: Vec<Alias>,
    /// Ids of entities that were merged into this one.
    merged: Vec<String>,
}

/// A name at an auth mount.
#[derive(Clone, Debug, Default)]
struct Alias {
    id: String,
    name: String,
    accessor: String,
    /// Whether its mount is a local one.
    local: bool,
    created: Timestamp,
    updated: Timestamp,
    /// What the auth method says of it at each login; `None` where it was made by hand.
    metadata: Option<Texts>,
    /// What people say of it; `None` where it was made by a login.
    custom_metadata: Option<Texts>,
    /// Entities that it came from by merging.
    merged_from: Vec<String>,
    /// Whether a merge decided against it: the entity still shows it, but nobody is found by it.
    dropped: bool,
}

/// Several entities and groups, or the group of another system where it is external.
#[derive(Clone, Debug, Default)]
struct Group {
    id: String,
    namespace: String,
    name: String,
    external: bool,
    created: Timestamp,
    updated: Timestamp,
    /// Counts its changes.
    index: u64,
    policies: Option<Vec<String>>,
    metadata: Option<Texts>,
    entities: Option<Vec<String>>,
    /// Groups that this one is a member of; one that was deleted stays in the list.
    parents: Option<Vec<String>>,
    alias: Option<Alias>,
}

impl Entity {
    /// As the original takes an entity up to change it: what is empty is absent then.
    fn taken_up(&self) -> Self {
        Self {
            metadata: self.metadata.clone().filter(|texts| !texts.is_empty()),
            aliases: self.aliases.iter().map(Alias::taken_up).collect(),
            ..self.clone()
        }
    }
}

impl Alias {
    fn taken_up(&self) -> Self {
        Self {
            metadata: self.metadata.clone().filter(|texts| !texts.is_empty()),
            custom_metadata: self.custom_metadata.clone().filter(|texts| !texts.is_empty()),
            ..self.clone()
        }
    }

    /// Whether it is this name at this mount; case does not count.
    fn is_named(&self, accessor: &str, name: &str) -> bool {
        !self.dropped && self.accessor == accessor && same_name(&self.name, name)
    }
}

impl Group {
    /// As the original takes a group up to change it: what is empty is absent then.
    fn taken_up(&self) -> Self {
        let filled = |list: &Option<Vec<String>>| list.clone().filter(|list| !list.is_empty());
        Self {
            policies: filled(&self.policies),
            metadata: self.metadata.clone().filter(|texts| !texts.is_empty()),
            entities: filled(&self.entities),
            parents: filled(&self.parents),
            alias: self.alias.as_ref().map(Alias::taken_up),
            ..self.clone()
        }
    }
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
    routes.extend(merge::routes());
    routes.extend(alias::routes());
    routes.extend(group::routes());
    routes.extend(group_alias::routes());
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

    /// Forgets everybody in a namespace.
    pub(crate) fn remove_namespace(&mut self, namespace: &str) {
        self.by_id.retain(|_, entity| entity.namespace != namespace);
        self.groups.retain(|_, group| group.namespace != namespace);
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

    fn entity(&self, namespace: &str, id: &str) -> Option<&Entity> {
        self.by_id.get(id).filter(|entity| entity.namespace == namespace)
    }

    fn entity_named(&self, namespace: &str, name: &str) -> Option<&Entity> {
        let mut here = self.by_id.values().filter(|entity| entity.namespace == namespace);
        here.find(|entity| same_name(&entity.name, name))
    }

    /// The entity of a name at a mount.
    fn by_alias(&self, accessor: &str, name: &str) -> Option<&Entity> {
        let is = |alias: &Alias| alias.is_named(accessor, name);
        self.by_id.values().find(|entity| entity.aliases.iter().any(is))
    }

    fn group(&self, namespace: &str, id: &str) -> Option<&Group> {
        self.groups.get(id).filter(|group| group.namespace == namespace)
    }

    fn group_named(&self, namespace: &str, name: &str) -> Option<&Group> {
        let mut here = self.groups.values().filter(|group| group.namespace == namespace);
        here.find(|group| same_name(&group.name, name))
    }
}

/// Names of entities, groups and aliases are the same whatever their case.
fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Keys and texts as JSON; `None` is null.
fn texts(map: Option<&Texts>) -> Value {
    let Some(map) = map else { return Value::Null };
    let members: Object = map.iter().map(|(key, text)| (key.clone(), Value::from(text))).collect();
    Value::Object(members)
}

/// A list as JSON; an empty one is null.
fn filled(list: &[String]) -> Value {
    Value::from((!list.is_empty()).then(|| list.to_vec()))
}

/// Metadata as it was sent; a null is none, and so is a list of nulls.
fn sent_metadata(call: &Call<'_>) -> Option<Option<Texts>> {
    let sent = call.raw("metadata")?;
    let nulls = |items: &[Value]| !items.is_empty() && items.iter().all(Value::is_null);
    let nothing = sent.is_null() || sent.as_array().is_some_and(nulls);
    Some((!nothing).then(|| call.pairs("metadata")))
}

/// Texts trimmed, without empty and repeated ones, sorted.
fn distinct(list: &[String]) -> Vec<String> {
    let set: BTreeSet<&str> = list
        .iter()
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
        .collect();
    set.into_iter().map(str::to_owned).collect()
}

/// Names of policies in the form in which entities and groups keep them.
fn policy_names(list: &[String]) -> Vec<String> {
    let lower: Vec<String> = list.iter().map(|name| name.to_lowercase()).collect();
    distinct(&lower)
}

/// The id that a namespace is shown by.
fn shown_namespace(namespace: &str) -> String {
    match namespace {
        "" => "root".to_owned(),
        path => namespace_id(path),
    }
}

/// An id for something in a namespace: outside of root it tells which.
fn new_id(namespace: &str) -> String {
    match namespace {
        "" => random::uuid(),
        path => format!("{}.{}", random::uuid(), namespace_id(path)),
    }
}

/// A name for what was given none.
fn made_up(kind: &str, namespace: &str) -> String {
    format!(
        "{kind}_{}.{}",
        random::hex(&random::bytes::<4>()),
        shown_namespace(namespace)
    )
}
