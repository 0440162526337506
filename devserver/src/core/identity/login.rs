//! What a login does to the identity store: the entity of its alias is found or made, and the external groups that it
//! names take the entity in.

use super::{Alias, Entity, made_up, new_id};
use crate::core::Core;
use crate::engine::MountInfo;
use crate::logical::Auth;

impl Core {
    /// The entity id of a login, made at the first one; empty for logins without alias.
    pub(crate) fn entity_of(&mut self, mount: &MountInfo, auth: &Auth) -> String {
        if auth.alias.is_empty() {
            return String::new();
        }
        let known = self.entities.by_alias(&mount.accessor, &auth.alias);
        let id = match known.map(|entity| entity.id.clone()) {
            Some(id) => {
                self.note_alias_metadata(&id, mount, auth);
                id
            }
            None => self.new_entity(mount, auth),
        };
        if self.entities.refresh_external(&id, &auth.group_aliases, mount) {
            self.policies.forget_combined();
        }
        id
    }

    /// Keeps what the auth method now says of the alias.
    fn note_alias_metadata(&mut self, id: &str, mount: &MountInfo, auth: &Auth) {
        let now = self.clock.now();
        let Some(entity) = self.entities.by_id.get_mut(id) else {
            return;
        };
        let told = (!auth.alias_metadata.is_empty()).then(|| auth.alias_metadata.clone());
        let mut aliases = entity.aliases.iter();
        let at = aliases.position(|alias| alias.is_named(&mount.accessor, &auth.alias) && alias.metadata != told);
        if let Some(at) = at {
            *entity = entity.taken_up();
            entity.aliases[at].metadata = told;
            entity.aliases[at].updated = now;
            self.policies.forget_combined();
        }
    }

    fn new_entity(&mut self, mount: &MountInfo, auth: &Auth) -> String {
        let now = self.clock.now();
        let alias = Alias {
            id: new_id(&mount.namespace),
            name: auth.alias.clone(),
            accessor: mount.accessor.clone(),
            local: mount.local,
            created: now,
            updated: now,
            metadata: (!auth.alias_metadata.is_empty()).then(|| auth.alias_metadata.clone()),
            ..Alias::default()
        };
        let entity = Entity {
            id: new_id(&mount.namespace),
            namespace: mount.namespace.clone(),
            name: made_up("entity", &mount.namespace),
            created: now,
            updated: now,
            aliases: vec![alias],
            ..Entity::default()
        };
        let id = entity.id.clone();
        self.entities.by_id.insert(id.clone(), entity);
        id
    }
}
