//! `identity/group`: several entities and groups that share policies.

use super::{Group, distinct, made_up, metadata, new_id, policy_names, sent_metadata, shown_namespace, texts};
use crate::core::Core;
use crate::engine::{Call, Context, Field, Route, comma_list, pairs, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

fn fields() -> Vec<Field> {
    vec![
        text("id").help("Id of the group; changes that one."),
        text("name").help("Name of the group."),
        text("type").help("internal, or external for a group of another system."),
        pairs("metadata").help("Keys and texts of the user."),
        comma_list("policies").help("Policies that the tokens of its members get."),
        comma_list("member_group_ids").help("Groups in the group."),
        comma_list("member_entity_ids").help("Entities in the group."),
    ]
}

pub(super) fn routes() -> Vec<Route<Core>> {
    use Operation::{Delete, List, Read, Update};
    vec![
        route("group")
            .fields(fields())
            .help("Make or change a group.", "By its id, its name, or a made-up name.")
            .on(Update, Core::write_group),
        route("group/id/?")
            .help("Ids of all groups.", "With names and counts.")
            .on(List, Core::list_group_ids),
        route("group/name/?")
            .help("Names of all groups.", "Names only.")
            .on(List, Core::list_group_names),
        route("group/id/{id}")
            .fields(fields())
            .help("A group by its id.", "Reads, changes or deletes it.")
            .on(Read, |core: &mut Core, _, call| core.read_group(core.group_by_id(call)))
            .on(Update, Core::write_group_by_id)
            .on(Delete, |core: &mut Core, _, call| {
                core.delete_group(core.group_by_id(call))
            }),
        route("group/name/{name+}")
            .fields(fields())
            .help("A group by its name.", "Reads, makes, changes or deletes it.")
            .on(Read, |core: &mut Core, _, call| {
                core.read_group(core.group_by_name(call))
            })
            .on(Update, Core::write_group_by_name)
            .on(Delete, |core: &mut Core, _, call| {
                core.delete_group(core.group_by_name(call))
            }),
    ]
}

impl Group {
    /// A new group without anything.
    pub(super) fn new(namespace: &str, now: jiff::Timestamp) -> Self {
        Self {
            id: new_id(namespace),
            namespace: namespace.to_owned(),
            name: made_up("group", namespace),
            created: now,
            ..Self::default()
        }
    }

    fn kind(&self) -> &'static str {
        if self.external { "external" } else { "internal" }
    }

    /// Sets the type of a new group; that of an old one stays.
    fn set_kind(&mut self, call: &Call<'_>, new: bool) -> Result<(), Error> {
        let Some(kind) = call.maybe_string("type") else {
            return Ok(());
        };
        if !new {
            return match kind == self.kind() {
                true => Ok(()),
                false => Err(Error::response("group type cannot be changed")),
            };
        }
        self.external = match kind.as_str() {
            "" | "internal" => false,
            "external" => true,
            other => return Err(Error::response(format!("invalid group type {other:?}"))),
        };
        Ok(())
    }

    /// Takes over the policies sent.
    fn set_policies(&mut self, call: &Call<'_>) -> Result<(), Error> {
        if let Some(policies) = call.maybe_list("policies") {
            self.policies = Some(policy_names(&policies));
        }
        match self.policies.iter().flatten().any(|name| name == "root") {
            true => Err(Error::response("policies cannot contain root")),
            false => Ok(()),
        }
    }

    fn refuse_members(&self, call: &Call<'_>) -> Result<(), Error> {
        let refused = |text: &str| Err(Error::response(text));
        if self.external && call.has("member_entity_ids") {
            return refused("member entities can't be set manually for external groups");
        }
        if self.external && call.has("member_group_ids") {
            return refused("member groups can't be set for external groups");
        }
        Ok(())
    }
}

impl Core {
    fn group_by_id(&self, call: &Call<'_>) -> Option<Group> {
        self.entities
            .group(&call.request.namespace, &call.string("id"))
            .cloned()
    }

    fn group_by_name(&self, call: &Call<'_>) -> Option<Group> {
        self.entities
            .group_named(&call.request.namespace, &call.string("name"))
            .cloned()
    }

    /// A group as it is read.
    pub(super) fn group_shown(&self, group: &Group) -> Object {
        let mut alias = Object::new();
        if let Some(known) = &group.alias {
            alias = self.alias_shown(known, &group.id);
            alias.remove("custom_metadata");
            alias.remove("local");
        }
        let members = self.entities.member_groups(&group.id);
        object! {
            "alias" => alias,
            "creation_time" => group.created.to_string(),
            "id" => &group.id,
            "last_update_time" => group.updated.to_string(),
            "member_entity_ids" => group.entities.clone(),
            "member_group_ids" => (!members.is_empty()).then_some(members),
            "metadata" => texts(group.metadata.as_ref()),
            "modify_index" => group.index,
            "name" => &group.name,
            "namespace_id" => shown_namespace(&group.namespace),
            "parent_group_ids" => group.parents.clone(),
            "policies" => group.policies.clone(),
            "type" => group.kind(),
        }
    }

    fn read_group(&mut self, group: Option<Group>) -> Reply {
        Ok(group.map(|group| Response::data(self.group_shown(&group))))
    }

    fn list_group_ids(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = self.entities.groups.values();
        let here = here.filter(|group| group.namespace == call.request.namespace);
        let info = here.map(|group| {
            let info = object! {
                "name" => &group.name,
                "num_member_entities" => group.entities.iter().flatten().count(),
                "num_parent_groups" => group.parents.iter().flatten().count(),
            };
            (group.id.clone(), Value::Object(info))
        });
        Response::list_with_info(info.collect()).reply()
    }

    /// Names, in the order of the ids.
    fn list_group_names(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let here = self.entities.groups.values();
        let here = here.filter(|group| group.namespace == call.request.namespace);
        Response::list(here.map(|group| group.name.clone())).reply()
    }

    fn write_group(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        match (call.has("id"), call.has("name")) {
            (true, _) => self.write_group_by_id(context, call),
            (_, true) => self.write_group_by_name(context, call),
            _ => self.set_group(context, call, None),
        }
    }

    fn write_group_by_id(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.string("id").is_empty() {
            return Err(Error::response("empty group ID"));
        }
        let group = self
            .group_by_id(call)
            .ok_or_else(|| Error::response("invalid group ID"))?;
        self.set_group(context, call, Some(group))
    }

    fn write_group_by_name(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.string("name").is_empty() {
            return Err(Error::response("empty group name"));
        }
        let group = self.group_by_name(call);
        self.set_group(context, call, group)
    }

    /// Changes a group, or makes one.
    fn set_group(&mut self, context: &Context<'_>, call: &Call<'_>, known: Option<Group>) -> Reply {
        let here = &call.request.namespace;
        let new = known.is_none();
        let mut group = known.map_or_else(|| Group::new(here, context.now), |group| group.taken_up());
        group.set_policies(call)?;
        group.set_kind(call, new)?;
        if let Some(name) = call.maybe_string("name").filter(|name| !name.is_empty()) {
            let named = self.entities.group_named(here, &name);
            if named.is_some_and(|named| named.id != group.id) {
                return Err(Error::response("group name is already in use"));
            }
            group.name = name;
        }
        if let Some(sent) = sent_metadata(call) {
            group.metadata = sent;
        }
        group.refuse_members(call)?;
        metadata::check("group", group.metadata.as_ref())?;
        self.set_members(&mut group, call)?;
        group.index += 1;
        group.updated = context.now;
        let answer = object! { "id" => &group.id, "name" => &group.name };
        self.entities.groups.insert(group.id.clone(), group);
        self.policies.forget_combined();
        match new {
            true => Response::data(answer).reply(),
            false => Ok(None),
        }
    }

    fn set_members(&mut self, group: &mut Group, call: &Call<'_>) -> Result<(), Error> {
        if let Some(members) = call.maybe_list("member_entity_ids") {
            let members = distinct(&members);
            let here = |id: &&String| self.entities.entity(&group.namespace, id).is_some();
            if let Some(id) = members.iter().find(|id| !here(id)) {
                return Err(Error::internal(format!("invalid entity ID {id:?}")));
            }
            group.entities = Some(members);
        }
        match call.maybe_list("member_group_ids") {
            Some(members) => self.entities.set_member_groups(group, &distinct(&members)),
            None => Ok(()),
        }
    }

    fn delete_group(&mut self, group: Option<Group>) -> Reply {
        if let Some(group) = group {
            self.entities.groups.remove(&group.id);
            self.policies.forget_combined();
        }
        Ok(None)
    }
}
