//! `identity/group-alias`: names of external groups at auth mounts.

use super::{Alias, Group};
use crate::core::Core;
use crate::engine::{Call, Context, Field, MountInfo, Route, route, text};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

fn fields() -> Vec<Field> {
    vec![
        text("id").help("Id of the alias; changes that one."),
        text("name").help("Name of the group at the mount."),
        text("mount_accessor").help("Accessor of the auth mount."),
        text("canonical_id").help("Group that the alias belongs to."),
    ]
}

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, List, Read, Update};
    vec![
        route("group-alias")
            .fields(fields())
            .help(
                "Make or change the alias of an external group.",
                "Its name at an auth mount.",
            )
            .on(Update, |core: &mut Core, context, call| match call.has("id") {
                true => core.change_group_alias(context, call),
                false => core.set_group_alias(context, call, None),
            }),
        route("group-alias/id/?")
            .help("Ids of all aliases of groups.", "With names and mounts.")
            .on(List, Core::list_group_aliases),
        route("group-alias/id/{id}")
            .fields(fields())
            .help("An alias of a group.", "Reads, changes or deletes it.")
            .on(Read, Core::read_group_alias)
            .on(Update, Core::change_group_alias)
            .on(Delete, Core::delete_group_alias),
    ]
}

impl Core {
    /// The group whose alias has the id, and the alias.
    fn find_group_alias(&self, call: &Call<'_>) -> Option<(&Group, &Alias)> {
        let id = call.string("id");
        let here = self.entities.groups.values();
        here.filter(|group| group.namespace == call.request.namespace)
            .find_map(|group| Some((group, group.alias.as_ref().filter(|alias| alias.id == id)?)))
    }

    fn change_group_alias(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.string("id").is_empty() {
            return Err(Error::response("empty group alias ID"));
        }
        let found = self.find_group_alias(call);
        let (group, _) = found.ok_or_else(|| Error::response("invalid group alias ID"))?;
        let old = group.id.clone();
        self.set_group_alias(context, call, Some(old))
    }

    /// Sets an alias: that of the old group, or a new one.
    fn set_group_alias(&mut self, context: &Context<'_>, call: &Call<'_>, old: Option<String>) -> Reply {
        let (name, accessor) = (call.string("name"), call.string("mount_accessor"));
        if name.is_empty() {
            return Err(Error::response("missing alias name"));
        }
        if accessor.is_empty() {
            return Err(Error::response("missing mount_accessor"));
        }
        let owner = call.string("canonical_id");
        let old = old.and_then(|id| self.entities.groups.get(&id)).map(Group::taken_up);
        let known = old.as_ref().and_then(|group| group.alias.clone());
        let stays = owner.is_empty() || old.as_ref().is_some_and(|group| group.id == owner);
        let same = |alias: &Alias| alias.name == name && alias.accessor == accessor;
        if stays && known.as_ref().is_some_and(same) {
            return Ok(None);
        }
        let target = self.external_group(&call.request.namespace, &owner)?;
        let mount = self.mount_for_group(&call.request.namespace, &accessor)?;
        self.refuse_taken(&accessor, &name, known.as_ref())?;
        let mut alias = Alias::new(&name, &mount, context.now);
        if let Some(known) = known {
            (alias.id, alias.created) = (known.id, known.created);
        }
        let mut group = match (target, old) {
            (Some(group), _) => group,
            (None, Some(group)) => group,
            (None, None) => Group {
                external: true,
                ..Group::new(&mount.namespace, context.now)
            },
        };
        let reply = Response::data(object! { "canonical_id" => &group.id, "id" => &alias.id }).reply();
        self.take_alias_away(&alias.id, &group.id);
        group.alias = Some(alias);
        group.index += 1;
        group.updated = context.now;
        self.entities.groups.insert(group.id.clone(), group);
        reply
    }

    /// The group that an alias is wanted for; `None` where none is named.
    fn external_group(&self, namespace: &str, id: &str) -> Result<Option<Group>, Error> {
        if id.is_empty() {
            return Ok(None);
        }
        let group = self.entities.group(namespace, id);
        let group = group.ok_or_else(|| Error::response("invalid group ID given in 'canonical_id'"))?;
        match group.external {
            true => Ok(Some(group.taken_up())),
            false => Err(Error::response("alias can't be set on an internal group")),
        }
    }

    fn mount_for_group(&self, namespace: &str, accessor: &str) -> Result<std::sync::Arc<MountInfo>, Error> {
        let elsewhere = "mount referenced via 'mount_accessor' not in the same namespace as alias";
        let mount = self.mount_for_alias(accessor, namespace, elsewhere)?;
        match mount.local {
            true => Err(Error::response(format!("mount accessor {accessor:?} is a local mount"))),
            false => Ok(mount),
        }
    }

    fn refuse_taken(&self, accessor: &str, name: &str, own: Option<&Alias>) -> Result<(), Error> {
        let mut aliases = self.entities.groups.values().filter_map(|group| group.alias.as_ref());
        let taken = aliases.find(|alias| alias.is_named(accessor, name));
        match taken.is_some_and(|alias| own.is_none_or(|own| own.id != alias.id)) {
            true => Err(Error::response(
                "combination of mount and group alias name is already in use",
            )),
            false => Ok(()),
        }
    }

    /// Takes an alias away from every group but one.
    fn take_alias_away(&mut self, alias: &str, kept: &str) {
        let has = |group: &&Group| group.id != kept && group.alias.as_ref().is_some_and(|known| known.id == alias);
        let others: Vec<String> = self
            .entities
            .groups
            .values()
            .filter(has)
            .map(|group| group.id.clone())
            .collect();
        for id in others {
            self.entities.change_group(&id, |group| group.alias = None);
        }
    }

    fn read_group_alias(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let found = self.find_group_alias(call);
        Ok(found.map(|(group, alias)| self.alias_read(alias, &group.id, &group.namespace)))
    }

    fn list_group_aliases(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = self.entities.groups.values();
        let here = here.filter(|group| group.namespace == call.request.namespace);
        let all = here.filter_map(|group| Some(self.alias_listed(group.alias.as_ref()?, &group.id)));
        Response::list_with_info(all.collect()).reply()
    }

    fn delete_group_alias(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if let Some(id) = self.find_group_alias(call).map(|(_, alias)| alias.id.clone()) {
            self.take_alias_away(&id, "");
        }
        Ok(None)
    }
}
