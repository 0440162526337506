//! Who is in which group: members, groups above them, cycles, and the external groups that logins name.

use super::{Entities, Group};
use crate::engine::MountInfo;
use crate::logical::Error;

impl Entities {
    /// Groups that name the entity, and groups above those.
    pub(super) fn groups_of(&self, entity: &str) -> (Vec<String>, Vec<String>) {
        let direct: Vec<String> = self
            .groups
            .values()
            .filter(|group| group.entities.iter().flatten().any(|member| member == entity))
            .map(|group| group.id.clone())
            .collect();
        let mut inherited: Vec<String> = Vec::new();
        let mut below = direct.clone();
        while let Some(id) = below.pop() {
            let parents = self
                .groups
                .get(&id)
                .into_iter()
                .flat_map(|group| group.parents.iter().flatten());
            for parent in parents.filter(|parent| self.groups.contains_key(*parent)) {
                if !inherited.contains(parent) {
                    inherited.push(parent.clone());
                    below.push(parent.clone());
                }
            }
        }
        inherited.retain(|id| !direct.contains(id));
        (direct, inherited)
    }

    /// Ids of the groups in a group.
    pub(super) fn member_groups(&self, id: &str) -> Vec<String> {
        let within = |group: &&Group| group.parents.iter().flatten().any(|parent| parent == id);
        let members = self.groups.values().filter(within);
        members.map(|group| group.id.clone()).collect()
    }

    /// Makes these the member groups of a group.
    ///
    /// # Errors
    /// A member that is not there, is the group itself, or holds it somewhere below; nothing is changed then.
    pub(super) fn set_member_groups(&mut self, group: &Group, wanted: &[String]) -> Result<(), Error> {
        let old = self.member_groups(&group.id);
        let new: Vec<&String> = wanted.iter().filter(|id| !old.contains(id)).collect();
        for id in wanted {
            if self.group(&group.namespace, id).is_none() {
                return Err(Error::internal(format!("invalid member group ID {id:?}")));
            }
            if *id == group.id {
                return Err(Error::internal(format!(
                    "member group ID {id:?} is same as the ID of the group"
                )));
            }
            if new.contains(&id) && self.reaches(id, &group.id) {
                return Err(Error::response(format!(
                    "cyclic relationship detected for member group ID {id:?}"
                )));
            }
        }
        for id in old.iter().filter(|id| !wanted.contains(id)) {
            self.change_group(id, |member| {
                member
                    .parents
                    .get_or_insert_default()
                    .retain(|parent| *parent != group.id);
            });
        }
        for id in new {
            self.change_group(id, |member| {
                member.parents.get_or_insert_default().push(group.id.clone());
            });
        }
        Ok(())
    }

    /// Changes a group as the original does: what is empty becomes absent, and the change is counted.
    pub(super) fn change_group(&mut self, id: &str, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups.get_mut(id) {
            *group = group.taken_up();
            change(group);
            group.index += 1;
        }
    }

    /// Whether a group is, or is somewhere above, another one.
    fn reaches(&self, from: &str, to: &str) -> bool {
        let mut open = vec![from.to_owned()];
        let mut seen = Vec::new();
        while let Some(id) = open.pop() {
            if id == to {
                return true;
            }
            if !seen.contains(&id) {
                open.extend(self.member_groups(&id));
                seen.push(id);
            }
        }
        false
    }

    /// Takes an entity out of all groups; tells which held it.
    pub(super) fn leave_groups(&mut self, entity: &str) -> Vec<String> {
        let (direct, _) = self.groups_of(entity);
        for id in &direct {
            self.change_group(id, |group| {
                group.entities.get_or_insert_default().retain(|member| member != entity);
            });
        }
        direct
    }

    /// Puts an entity into those external groups whose alias at the mount is among the names, and takes it out of the
    /// mount's other ones; tells whether anything changed.
    pub(crate) fn refresh_external(&mut self, entity: &str, names: &[String], mount: &MountInfo) -> bool {
        let of_mount = |group: &&Group| {
            let alias = group.alias.as_ref();
            group.external && alias.is_some_and(|alias| alias.accessor == mount.accessor)
        };
        let changed: Vec<(String, bool)> = self
            .groups
            .values()
            .filter(of_mount)
            .filter_map(|group| {
                let is_member = group.entities.iter().flatten().any(|member| member == entity);
                let named = |alias: &super::Alias| names.iter().any(|name| alias.is_named(&mount.accessor, name));
                let belongs = group.alias.as_ref().is_some_and(named);
                (is_member != belongs).then(|| (group.id.clone(), belongs))
            })
            .collect();
        for (id, belongs) in &changed {
            self.change_group(id, |group| {
                let members = group.entities.get_or_insert_default();
                match belongs {
                    true => members.push(entity.to_owned()),
                    false => members.retain(|member| member != entity),
                }
            });
        }
        !changed.is_empty()
    }
}
