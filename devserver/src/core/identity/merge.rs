//! `identity/entity/merge`: several entities become one.

use super::{Alias, Entity, distinct};
use crate::core::Core;
use crate::engine::{Call, Context, Route, boolean, comma_list, route, text};
use crate::json::Value;
use crate::logical::{Error, Operation, Reply};
use crate::object;
use std::collections::BTreeMap;

pub(super) fn routes() -> Vec<Route<Core>> {
    vec![
        route("entity/merge/?")
            .fields(vec![
                comma_list("from_entity_ids").help("Entities that are merged and gone."),
                text("to_entity_id").help("The entity that stays."),
                comma_list("conflicting_alias_ids_to_keep").help("Aliases that stay where both have one at a mount."),
                boolean("force").help("Merges also where both have a second factor."),
            ])
            .help("Merge entities.", "Their aliases go to the one that stays.")
            .on(Operation::Update, Core::merge_entities),
    ]
}

/// What is merged into what.
struct Merge {
    to: Entity,
    from: Vec<Entity>,
    /// Aliases that stay where both sides have one at a mount; empty refuses such merges.
    keep: Vec<String>,
}

impl Core {
    fn merge_entities(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut merge = self.merge_asked_for(call)?;
        if merge.keep.is_empty() {
            self.refuse_clashes(&merge)?;
        }
        for entity in std::mem::take(&mut merge.from) {
            merge.take_aliases(&entity)?;
            merge
                .to
                .merged
                .extend(entity.merged.iter().chain([&entity.id]).cloned());
            merge.from.push(entity);
        }
        for entity in &merge.from {
            for group in self.entities.leave_groups(&entity.id) {
                let to = merge.to.id.clone();
                self.entities
                    .change_group(&group, |group| group.entities.get_or_insert_default().push(to));
            }
            self.entities.by_id.remove(&entity.id);
        }
        self.entities.by_id.insert(merge.to.id.clone(), merge.to);
        self.policies.forget_combined();
        Ok(None)
    }

    fn merge_asked_for(&self, call: &Call<'_>) -> Result<Merge, Error> {
        let here = &call.request.namespace;
        let refused = |text: &str| Error::response(text);
        let (to, from) = (call.string("to_entity_id"), call.list("from_entity_ids"));
        if to.is_empty() {
            return Err(refused("missing entity id to merge to"));
        }
        if from.is_empty() {
            return Err(refused("missing entity ids to merge from"));
        }
        let keep = call.list("conflicting_alias_ids_to_keep");
        let to = self.entities.entity(here, &to);
        let to = to.ok_or_else(|| refused("entity id to merge to is invalid"))?;
        if from.len() > 1 && keep.len() > 1 {
            return Err(refused(
                "aliases conflicts cannot be resolved with multiple from entity ids - merge one entity at a time",
            ));
        }
        let from = distinct(&from).into_iter().map(|id| {
            if id == to.id {
                return Err(refused("to_entity_id should not be present in from_entity_ids"));
            }
            let known = self.entities.entity(here, &id).map(Entity::taken_up);
            known.ok_or_else(|| refused("entity id to merge from is invalid"))
        });
        Ok(Merge {
            from: from.collect::<Result<_, _>>()?,
            to: to.taken_up(),
            keep,
        })
    }

    /// Refuses a merge after which an entity would have two aliases at a mount; the answer tells them all.
    fn refuse_clashes(&self, merge: &Merge) -> Result<(), Error> {
        let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
        let (mut texts, mut told) = (Vec::new(), Vec::new());
        for entity in &merge.from {
            let pairs = merge
                .to
                .aliases
                .iter()
                .flat_map(|own| entity.aliases.iter().map(move |other| (own, other)));
            for (own, other) in pairs {
                if seen
                    .insert(&other.accessor, &entity.id)
                    .is_some_and(|id| id != entity.id)
                {
                    return Err(Error::response(format!(
                        "mount accessor {} found in multiple fromEntities, merge should be done with one fromEntity at a time",
                        other.accessor
                    )));
                }
                if own.accessor == other.accessor {
                    texts.push(format!(
                        "mountAccessor: {}, toEntity ID: {}, fromEntity ID: {}, conflicting toEntity alias ID: {}, conflicting \
                         fromEntity alias ID: {}",
                        own.accessor, merge.to.id, entity.id, own.id, other.id
                    ));
                    told.extend([self.clash(&merge.to, own), self.clash(entity, other)]);
                }
            }
        }
        if texts.is_empty() {
            return Ok(());
        }
        let head = "toEntity and at least one fromEntity have aliases with the same mount accessor, repeat the merge \
                    request specifying exactly one fromEntity, clashes: ";
        let list: String = [head.to_owned()]
            .iter()
            .chain(&texts)
            .map(|text| format!("\n\t* {text}"))
            .collect();
        Err(Error {
            data: Some(Value::Array(told)),
            ..Error::response(format!("{} errors occurred:{list}\n\n", texts.len() + 1))
        })
    }

    /// One side of a clash.
    fn clash(&self, entity: &Entity, alias: &Alias) -> Value {
        let mount = self.mount_of_accessor(&alias.accessor);
        let (kind, path) = mount.map_or(("", ""), |mount| (&mount.kind, &mount.path));
        Value::Object(object! {
            "alias" => &alias.name,
            "entity" => &entity.name,
            "entity_id" => &entity.id,
            "mount" => kind,
            "mount_path" => path,
        })
    }
}

impl Merge {
    /// Takes over the aliases of an entity. Where both have one at a mount, and the one that came is to stay, nobody is
    /// found by the other any more.
    fn take_aliases(&mut self, entity: &Entity) -> Result<(), Error> {
        for alias in &entity.aliases {
            let mut own = self.to.aliases.iter_mut().filter(|own| own.merged_from.is_empty());
            if let Some(own) = own.find(|own| own.accessor == alias.accessor) {
                if self.keep.contains(&alias.id) {
                    own.dropped = !self.keep.contains(&own.id);
                } else if !self.keep.contains(&own.id) {
                    return Err(Error::response(format!(
                        "conflicting mount accessors in following alias IDs and neither were present in \
                         conflicting_alias_ids_to_keep: {}, {}",
                        alias.id, own.id
                    )));
                }
            }
            let mut alias = alias.clone();
            alias.merged_from.push(entity.id.clone());
            self.to.aliases.push(alias);
        }
        Ok(())
    }
}
