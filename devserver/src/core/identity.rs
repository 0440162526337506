//! Entities: who a login belongs to, the same for every login of one alias at one mount.

use super::Core;
use crate::engine::MountInfo;
use crate::logical::Auth;
use crate::random;
use std::collections::BTreeMap;

/// Entities by mount accessor and alias.
#[derive(Default)]
pub(crate) struct Entities(BTreeMap<(String, String), String>);

impl Core {
    /// The entity id of a login, made at the first one; empty for logins without alias.
    pub(crate) fn entity_of(&mut self, mount: &MountInfo, auth: &Auth) -> String {
        if auth.alias.is_empty() {
            return String::new();
        }
        let key = (mount.accessor.clone(), auth.alias.clone());
        self.entities.0.entry(key).or_insert_with(random::uuid).clone()
    }
}
