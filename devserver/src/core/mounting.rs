//! Mounting, unmounting and namespaces.

use super::mounts::{MountBackend, Mounted};
use super::{Core, Namespace};
use crate::engine::{Context, MountInfo};
use crate::json::Object;
use crate::logical::Error;
use crate::random;
use std::sync::Arc;

/// Why something cannot be mounted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MountError {
    /// Something is mounted at, above or below the path.
    #[error("path is already in use at {0}")]
    InUse(String),
    /// A namespace is at, above or below the path.
    #[error("existing mount at {0}")]
    InNamespace(String),
    /// The path belongs to the server itself.
    #[error("cannot mount {0:?}")]
    Reserved(String),
    /// There is one token store only.
    #[error("token credential backend cannot be instantiated")]
    TokenStore,
    /// An engine that is mounted by the server itself only.
    #[error("mount type of {0:?} is not mountable")]
    NotMountable(String),
    /// No engine has this type.
    #[error("plugin not found in the catalog: {0}")]
    UnknownType(String),
    /// The engine refuses.
    #[error("{0}")]
    Refused(String),
}

/// Refuses paths and types that belong to the server itself.
fn check_reserved(info: &MountInfo) -> Result<(), MountError> {
    let reserved = ["auth/", "sys/", "cubbyhole/", "identity/"];
    match info.path.strip_prefix("auth/").filter(|rest| !rest.is_empty()) {
        Some(_) if info.kind == "token" => return Err(MountError::TokenStore),
        Some("token/") => return Err(MountError::TokenStore),
        None if reserved.iter().any(|path| info.path.starts_with(path)) => {
            return Err(MountError::Reserved(info.path.clone()));
        }
        _ => {}
    }
    match info.kind.as_str() {
        kind @ ("cubbyhole" | "system" | "identity" | "token") => Err(MountError::NotMountable(kind.to_owned())),
        _ => Ok(()),
    }
}

impl Core {
    /// Mounts an engine; accessor and uuid are made here where they are empty.
    ///
    /// # Errors
    /// [`MountError`].
    pub fn mount(&mut self, mut info: MountInfo) -> Result<(), MountError> {
        check_reserved(&info)?;
        let full = format!("{}{}", info.namespace, info.path);
        self.refuse_conflict(&info, &full)?;
        let auth = info.path.starts_with("auth/");
        if info.accessor.is_empty() {
            info.accessor = random::accessor(&format!("{}{}", if auth { "auth_" } else { "" }, info.kind));
        }
        if info.uuid.is_empty() {
            info.uuid = random::uuid();
        }
        let engine = if auth {
            crate::auth::create(&info.kind)
        } else {
            crate::engines::create(&info)
        };
        let mut engine = engine.ok_or_else(|| MountError::UnknownType(info.kind.clone()))?;
        let info = Arc::new(info);
        let mut context = Context {
            now: self.clock.now(),
            mount: &info,
            system: self.lifetimes,
            address: &self.address,
        };
        engine
            .mounted(&mut context)
            .map_err(|error| MountError::Refused(error.text))?;
        self.mounts.insert(Mounted {
            info,
            backend: MountBackend::Engine(engine),
        });
        Ok(())
    }

    /// Path and body of a write to the KV secret that `kv put` would name like this.
    pub(crate) fn kv_write(&self, path: &str, data: Object) -> Result<(String, Object), String> {
        let path = path.trim_matches('/');
        let info = &self
            .mounts
            .find(path)
            .ok_or("nothing is mounted there (add it to mounts)")?
            .info;
        if info.kind != "kv" {
            return Err(format!("{} is no KV mount", info.path));
        }
        let rest = path.get(info.path.len()..).unwrap_or_default();
        Ok(match info.version() {
            Some("2") => (format!("{}data/{rest}", info.path), crate::object! { "data" => data }),
            _ => (path.to_owned(), data),
        })
    }

    /// Refuses a mount whose path is taken, or is another namespace's. A namespace's built-in mounts do not stand in
    /// the way of other namespaces.
    fn refuse_conflict(&self, info: &MountInfo, full: &str) -> Result<(), MountError> {
        let here = info.namespace.as_str();
        let within = |path: &&String| path.starts_with(here) && *path != here && full.starts_with(path.as_str());
        let namespace = self.namespaces.keys().find(|path| within(path) && *path != full);
        if let Some(namespace) = namespace {
            return Err(MountError::InNamespace(namespace[here.len()..].to_owned()));
        }
        let taken = self.mounts.conflict(full).filter(|path| path.starts_with(here));
        let Some(taken) = taken else { return Ok(()) };
        let of_here = self
            .mounts
            .get(taken)
            .is_none_or(|mounted| mounted.info.namespace == here);
        let shown = &taken[here.len()..];
        Err(match of_here {
            true => MountError::InUse(shown.strip_prefix("auth/").unwrap_or(shown).to_owned()),
            false => MountError::InNamespace(shown.to_owned()),
        })
    }

    /// Unmounts, after revoking all leases below the path.
    ///
    /// # Errors
    /// When a lease cannot be revoked.
    pub fn unmount(&mut self, namespace: &str, path: &str) -> Result<(), Error> {
        for id in self.lease_ids_below(namespace, path) {
            self.revoke_lease(&id, false)?;
        }
        let tokens: Vec<String> = self
            .tokens
            .iter()
            .filter(|token| token.namespace == namespace && token.path.starts_with(path))
            .map(|token| token.id.clone())
            .collect();
        for id in tokens {
            self.revoke_token(&id);
        }
        self.mounts.remove(&format!("{namespace}{path}"));
        Ok(())
    }

    /// Ids of a namespace's leases that begin like this.
    pub(crate) fn lease_ids_below(&self, namespace: &str, prefix: &str) -> Vec<String> {
        let ids = self.leases.ids_below(prefix).into_iter();
        ids.filter(|id| self.leases.get(id).is_some_and(|lease| lease.namespace == namespace))
            .collect()
    }

    /// Tells an engine that its mount's `version` option has changed, by making it anew from what it holds.
    pub(crate) fn change_version(&mut self, key: &str) -> Result<(), Error> {
        let Some(mounted) = self.mounts.get_mut(key) else {
            return Ok(());
        };
        let mount = Arc::clone(&mounted.info);
        let mut context = Context {
            now: self.clock.now(),
            mount: &mount,
            system: self.lifetimes,
            address: &self.address,
        };
        match &mut mounted.backend {
            MountBackend::Engine(engine) => engine.mounted(&mut context),
            MountBackend::System | MountBackend::Token | MountBackend::Identity => Ok(()),
        }
    }

    /// Ends a namespace, all below it and everything in it.
    pub(crate) fn remove_namespace(&mut self, path: &str) {
        let doomed: Vec<String> = self
            .namespaces
            .keys()
            .filter(|known| known.starts_with(path))
            .cloned()
            .collect();
        for namespace in doomed {
            let leases: Vec<String> = self
                .leases
                .iter()
                .filter(|lease| lease.namespace == namespace)
                .map(|lease| lease.id.clone())
                .collect();
            for id in leases {
                if let Err(error) = self.revoke_lease(&id, true) {
                    self.leases.mark_irrevocable(&id, &error.text);
                }
            }
            let mounts: Vec<String> = [false, true]
                .into_iter()
                .flat_map(|auth| self.mounts.of_namespace(&namespace, auth))
                .map(|info| format!("{namespace}{}", info.path))
                .collect();
            for mount in mounts {
                self.mounts.remove(&mount);
            }
            self.policies.remove_namespace(&namespace);
            self.entities.remove_namespace(&namespace);
            self.namespaces.remove(&namespace);
        }
    }

    /// Gives a namespace (empty for root) its built-in mounts and policies.
    pub fn add_namespace(&mut self, path: &str) {
        if !path.is_empty() {
            let namespace = Namespace {
                uuid: random::uuid(),
                ..Namespace::default()
            };
            self.namespaces.insert(path.to_owned(), namespace);
        }
        self.policies.add_namespace(path, self.clock.now());
        let builtin = |mount: &str, kind: &str, description: &str, accessor: String| MountInfo {
            namespace: path.to_owned(),
            path: mount.to_owned(),
            kind: kind.to_owned(),
            accessor,
            uuid: random::uuid(),
            description: description.to_owned(),
            ..MountInfo::default()
        };
        let (system, token) = (
            "system endpoints used for control, policy and debugging",
            "token based credentials",
        );
        let mut system = builtin("sys/", "system", system, random::accessor("system"));
        system.seal_wrap = true;
        system.tune.passthrough_request_headers = vec!["Accept".to_owned()];
        self.mounts.insert(Mounted {
            info: Arc::new(system),
            backend: MountBackend::System,
        });
        let token = builtin("auth/token/", "token", token, random::accessor("auth_token"));
        self.mounts.insert(Mounted {
            info: Arc::new(token),
            backend: MountBackend::Token,
        });
        let mut identity = builtin("identity/", "identity", "identity store", random::accessor("identity"));
        identity.tune.passthrough_request_headers = vec!["Authorization".to_owned()];
        self.mounts.insert(Mounted {
            info: Arc::new(identity),
            backend: MountBackend::Identity,
        });
        let mut cubbyhole = builtin(
            "cubbyhole/",
            "cubbyhole",
            "per-token private secret storage",
            random::accessor("cubbyhole"),
        );
        cubbyhole.local = true;
        if let Some(engine) = crate::engines::create(&cubbyhole) {
            self.mounts.insert(Mounted {
                info: Arc::new(cubbyhole),
                backend: MountBackend::Engine(engine),
            });
        }
    }
}
