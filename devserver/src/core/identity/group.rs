//! `identity/group`: several entities and groups that share policies.

use super::{Group, made_up, texts};
use crate::core::Core;
use crate::engine::{Call, Context, Field, Route, comma_list, pairs, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use crate::random;

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
            .on(Read, Core::read_group)
            .on(Update, Core::write_group)
            .on(Delete, Core::delete_group),
        route("group/name/{name+}")
            .fields(fields())
            .help("A group by its name.", "Reads, makes, changes or deletes it.")
            .on(Read, Core::read_group)
            .on(Update, Core::write_group)
            .on(Delete, Core::delete_group),
    ]
}

impl Core {
    /// The id of the group that a call names by id or by name.
    fn group_named(&self, call: &Call<'_>) -> Option<String> {
        match call.string("id") {
            id if !id.is_empty() => self.entities.groups.contains_key(&id).then_some(id),
            _ => {
                let name = call.string("name");
                let mut groups = self.entities.groups.values();
                groups.find(|group| group.name == name).map(|group| group.id.clone())
            }
        }
    }

    /// A group as it is read.
    pub(super) fn group_shown(&self, group: &Group) -> Object {
        let mut alias = Object::new();
        if let Some(known) = &group.alias {
            alias = known.shown(None);
            alias.insert("canonical_id".to_owned(), Value::from(&group.id));
        }
        let parents = self.parents(&group.id);
        object! {
            "alias" => alias,
            "creation_time" => group.created.to_string(),
            "id" => &group.id,
            "last_update_time" => group.updated.to_string(),
            "member_entity_ids" => group.entities.clone(),
            "member_group_ids" => group.groups.clone(),
            "metadata" => texts(group.metadata.as_ref()),
            "modify_index" => group.index,
            "name" => &group.name,
            "namespace_id" => "root",
            "parent_group_ids" => (!parents.is_empty()).then_some(parents),
            "policies" => group.policies.clone(),
            "type" => if group.external { "external" } else { "internal" },
        }
    }

    fn parents(&self, id: &str) -> Vec<String> {
        let holds = |group: &&Group| group.groups.iter().flatten().any(|member| member == id);
        let parents = self.entities.groups.values().filter(holds);
        parents.map(|group| group.id.clone()).collect()
    }

    fn read_group(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let group = self.group_named(call).and_then(|id| self.entities.groups.get(&id));
        Ok(group.map(|group| Response::data(self.group_shown(group))))
    }

    fn list_group_ids(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let groups = self.entities.groups.values();
        let info: Object = groups
            .map(|group| {
                let info = object! {
                    "name" => &group.name,
                    "num_member_entities" => group.entities.iter().flatten().count(),
                    "num_parent_groups" => self.parents(&group.id).len(),
                };
                (group.id.clone(), Value::Object(info))
            })
            .collect();
        let mut response = Response::list(self.entities.groups.keys().cloned());
        if let Some(data) = response.data.as_mut().filter(|data| !data.is_empty()) {
            data.insert("key_info".to_owned(), Value::Object(info));
        }
        response.reply()
    }

    fn list_group_names(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        let mut names: Vec<String> = self.entities.groups.values().map(|group| group.name.clone()).collect();
        names.sort();
        Response::list(names).reply()
    }

    fn write_group(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.has("id") && call.string("id").is_empty() {
            return Err(Error::response("empty group ID"));
        }
        let known = self.group_named(call);
        if known.is_none() && !call.string("id").is_empty() {
            return Err(Error::response("invalid group ID"));
        }
        let new = known.is_none();
        let mut group = match known.and_then(|id| self.entities.groups.get(&id)) {
            Some(group) => group.clone(),
            None => Group {
                id: random::uuid(),
                created: context.now,
                ..Group::default()
            },
        };
        set_kind(&mut group, call, new)?;
        match call.string("name") {
            name if !name.is_empty() => group.name = name,
            _ if group.name.is_empty() => group.name = made_up("group"),
            _ => {}
        }
        if let Some(policies) = call.maybe_list("policies") {
            group.policies = Some(crate::core::policies::sanitize(&policies, false));
        }
        if call.has("metadata") {
            group.metadata = Some(call.pairs("metadata"));
        }
        self.set_members(&mut group, call)?;
        group.index += 1;
        group.updated = context.now;
        let answer = object! { "id" => &group.id, "name" => &group.name };
        for member in group.groups.iter().flatten() {
            if let Some(member) = self.entities.groups.get_mut(member) {
                member.index += 1;
            }
        }
        self.entities.groups.insert(group.id.clone(), group);
        self.policies.forget_combined();
        match new {
            true => Response::data(answer).reply(),
            false => Ok(None),
        }
    }

    fn set_members(&self, group: &mut Group, call: &Call<'_>) -> Result<(), Error> {
        if let Some(members) = call.maybe_list("member_entity_ids") {
            if group.external && !members.is_empty() {
                return Err(Error::response(
                    "member entities can't be set manually for external groups",
                ));
            }
            if let Some(id) = members.iter().find(|id| !self.entities.by_id.contains_key(*id)) {
                return Err(Error::internal(format!("invalid entity ID {id:?}")));
            }
            group.entities = Some(members);
        }
        if let Some(members) = call.maybe_list("member_group_ids") {
            if let Some(id) = members.iter().find(|id| !self.entities.groups.contains_key(*id)) {
                return Err(Error::internal(format!("invalid member group ID {id:?}")));
            }
            if let Some(id) = members.iter().find(|id| self.reaches(id, &group.id)) {
                return Err(Error::response(format!(
                    "cyclic relationship detected for member group ID {id:?}"
                )));
            }
            group.groups = Some(members);
        }
        Ok(())
    }

    /// Whether a group is, or is somewhere above, another one.
    fn reaches(&self, from: &str, to: &str) -> bool {
        let mut open = vec![from.to_owned()];
        let mut seen = Vec::new();
        while let Some(id) = open.pop() {
            if id == to {
                return true;
            }
            if seen.contains(&id) {
                continue;
            }
            let members = self.entities.groups.get(&id).and_then(|group| group.groups.clone());
            open.extend(members.unwrap_or_default());
            seen.push(id);
        }
        false
    }

    fn delete_group(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(id) = self.group_named(call) else {
            return Ok(None);
        };
        self.entities.groups.remove(&id);
        for group in self.entities.groups.values_mut() {
            group.groups = group.groups.take().and_then(|mut members| {
                members.retain(|member| *member != id);
                (!members.is_empty()).then_some(members)
            });
        }
        self.policies.forget_combined();
        Ok(None)
    }
}

/// Sets the type of a new group; that of an old one stays.
fn set_kind(group: &mut Group, call: &Call<'_>, new: bool) -> Result<(), Error> {
    let external = match call.string("type").as_str() {
        "" if new => false,
        "" if !call.has("type") => return Ok(()),
        "internal" => false,
        "external" => true,
        other if new => return Err(Error::response(format!("invalid group type {other:?}"))),
        _ => return Err(Error::response("group type cannot be changed")),
    };
    if !new && external != group.external {
        return Err(Error::response("group type cannot be changed"));
    }
    group.external = external;
    Ok(())
}
