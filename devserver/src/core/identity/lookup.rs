//! `identity/lookup`: entities and groups by what is known of them.

use super::{Alias, Entity, Group, same_name};
use crate::core::Core;
use crate::engine::{Call, Context, Field, Route, route, text};
use crate::logical::{Error, Operation, Reply, Response};

fn fields() -> Vec<Field> {
    vec![
        text("id").help("Id."),
        text("name").help("Name."),
        text("alias_id").help("Id of an alias."),
        text("alias_name").help("Name of an alias."),
        text("alias_mount_accessor").help("Accessor of the mount of the alias."),
    ]
}

pub(super) fn routes() -> Vec<Route<Core>> {
    vec![
        route("lookup/entity")
            .fields(fields())
            .help("An entity by id, name or alias.", "Nothing where there is none.")
            .on(Operation::Update, Core::look_up_entity),
        route("lookup/group")
            .fields(fields())
            .help("A group by id, name or alias.", "Nothing where there is none.")
            .on(Operation::Update, Core::look_up_group),
    ]
}

/// What is searched by.
enum By {
    /// An empty text was sent, which finds nothing.
    Nothing,
    Id(String),
    Name(String),
    AliasId(String),
    Alias {
        name: String,
        accessor: String,
    },
}

impl By {
    fn of(call: &Call<'_>) -> Result<Self, Error> {
        let sent = fields().iter().filter(|field| call.has(field.name)).count();
        let text = |name: &str| Some(call.string(name)).filter(|text| !text.is_empty());
        let alias = (text("alias_name"), text("alias_mount_accessor"));
        match (sent, alias) {
            (0, _) => Err(Error::response("query parameter not supplied")),
            (2, (Some(name), Some(accessor))) => Ok(By::Alias { name, accessor }),
            (1, (None, None)) => Ok(text("id")
                .map(By::Id)
                .or_else(|| text("name").map(By::Name))
                .or_else(|| text("alias_id").map(By::AliasId))
                .unwrap_or(By::Nothing)),
            (1, _) => Err(Error::response(
                "both 'alias_name' and 'alias_mount_accessor' needs to be set",
            )),
            _ => Err(Error::response(
                "query parameter conflict; please supply distinct set of query parameters",
            )),
        }
    }

    fn fits_alias(&self, alias: &Alias) -> bool {
        match self {
            By::AliasId(id) => alias.id == *id && !alias.dropped,
            By::Alias { name, accessor } => alias.is_named(accessor, name),
            By::Nothing | By::Id(_) | By::Name(_) => false,
        }
    }

    fn fits_entity(&self, entity: &Entity) -> bool {
        match self {
            By::Id(id) => entity.id == *id,
            By::Name(name) => same_name(&entity.name, name),
            _ => entity.aliases.iter().any(|alias| self.fits_alias(alias)),
        }
    }

    fn fits_group(&self, group: &Group) -> bool {
        match self {
            By::Id(id) => group.id == *id,
            By::Name(name) => same_name(&group.name, name),
            _ => group.alias.as_ref().is_some_and(|alias| self.fits_alias(alias)),
        }
    }
}

impl Core {
    fn look_up_entity(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let by = By::of(call)?;
        let mut entities = self.entities.by_id.values();
        let found = entities.find(|entity| entity.namespace == call.request.namespace && by.fits_entity(entity));
        Ok(found.map(|entity| Response::data(self.entity_shown(entity))))
    }

    fn look_up_group(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let by = By::of(call)?;
        let mut groups = self.entities.groups.values();
        let found = groups.find(|group| group.namespace == call.request.namespace && by.fits_group(group));
        Ok(found.map(|group| Response::data(self.group_shown(group))))
    }
}
