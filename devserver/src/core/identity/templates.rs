//! Identity templates in the paths of policies: `{{identity.entity.id}}` and its kin.

use super::{Entities, Entity};

impl Entities {
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
        let mine = |group: &&super::Group| direct.contains(&group.id) || inherited.contains(&group.id);
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
