//! Deleting keys: for good, or until they are restored.

use super::{Transit, name_field};
use crate::engine::{Call, Context, Route, route};
use crate::logical::{Error, Operation, Reply, Response};

pub(super) fn routes() -> Vec<Route<Transit>> {
    vec![
        route("keys/{name}/soft-delete")
            .fields(vec![name_field()])
            .on(Operation::Delete, Transit::soft_delete)
            .help(
                "Soft delete a named key",
                "Makes the key unusable until it is restored.",
            ),
        route("keys/{name}/soft-delete-restore")
            .fields(vec![name_field()])
            .on(Operation::Update, Transit::undelete)
            .help("Restore a soft deleted key", "Makes the key usable again."),
    ]
}

impl Transit {
    pub(super) fn delete_key(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let refuse = |why| Err(Error::response(format!("error deleting policy {name}: {why}")));
        match self.keys.get(name) {
            None => return refuse("could not delete key; not found"),
            Some(key) if !key.deletion_allowed => return refuse("deletion is not allowed for this key"),
            Some(_) => self.keys.remove(name),
        };
        Ok(None)
    }

    fn soft_delete(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let key = self.key(context, name, &format!("no existing key named {name} could be found"))?;
        let already = std::mem::replace(&mut key.soft_deleted, true);
        let response = Response::data(key.view(&[])?);
        match already {
            true => response.warn("key was already marked as soft deleted").reply(),
            false => response.reply(),
        }
    }

    fn undelete(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name");
        let key = self.key(context, name, &format!("no existing key named {name} could be found"))?;
        let was_deleted = std::mem::replace(&mut key.soft_deleted, false);
        let response = Response::data(key.view(&[])?);
        match was_deleted {
            true => response.reply(),
            false => response.warn("key was already restored").reply(),
        }
    }
}
