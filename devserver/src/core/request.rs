//! The way of a request: seal, namespace, token, existence, policies, engine, lease, answer.

use super::mounts::MountBackend;
use super::policies::{Acl, Question};
use super::replying::refuse;
use super::{Answer, Core, TokenEntry};
use crate::engine::{Context, MountInfo};
use crate::logical::{Error, ErrorKind, Operation, Reply, Request};
use jiff::Timestamp;
use std::sync::Arc;

/// Paths about the caller's own token, which are answered where the token lives, whatever namespace is named.
const OF_THE_TOKEN: [&str; 3] = [
    "auth/token/lookup-self",
    "auth/token/renew-self",
    "auth/token/revoke-self",
];

/// A request on its way through the core.
pub(super) struct Passage {
    pub(super) now: Timestamp,
    /// It needs no token.
    pub(super) login: bool,
    pub(super) mount: Option<Arc<MountInfo>>,
    pub(super) token: Option<Arc<TokenEntry>>,
}

impl Core {
    /// Answers a request. `request.path` still holds the mount, and may begin with a namespace.
    pub fn handle(&mut self, request: &mut Request) -> Answer {
        self.expire();
        let operation = request.operation;
        let original = request.path.clone();
        let mut passage = Passage {
            now: self.clock.now(),
            login: false,
            mount: None,
            token: None,
        };
        let reply = self.pass(request, &mut passage);
        let reply = reply.and_then(|reply| self.wrap_if_asked(request, &original, reply));
        match reply {
            Ok(reply) => self.answer(operation, &original, request, &passage, reply),
            Err(error) => refuse(error, &passage),
        }
    }

    fn pass(&mut self, request: &mut Request, passage: &mut Passage) -> Reply {
        if Request::is_relative(&request.path) {
            return Err(Error::coded(400, "relative paths not supported"));
        }
        if self.sealed {
            return Err(Error::coded(503, "Vault is sealed"));
        }
        self.resolve_namespace(request)?;
        self.check_lock(request)?;
        self.check_wrapping_token(request)?;
        super::sent_ids::check(request)?;
        let writes = matches!(
            request.operation,
            Operation::Create | Operation::Update | Operation::Patch
        );
        if writes && request.path.ends_with('/') {
            return Err(Error::response("cannot write to a path ending in '/'"));
        }
        passage.token = self.valid_token(&request.client_token, passage.now);
        request.token = passage.token.clone();
        if let Some(token) = passage
            .token
            .as_ref()
            .filter(|_| OF_THE_TOKEN.contains(&request.path.as_str()))
        {
            request.namespace.clone_from(&token.namespace);
        }
        let full = format!("{}{}", request.namespace, request.path);
        let mount = self
            .mounts
            .find(&full)
            .or_else(|| self.mounts.find(&format!("{full}/")));
        passage.mount = mount.map(|mount| Arc::clone(&mount.info));
        passage.login = self.is_unauthenticated(request, passage.mount.as_deref());
        if passage.login {
            self.route(request, passage)
        } else {
            self.authorised(request, passage)
        }
    }

    /// Takes the namespace from the header and from the path, and refuses one that is not there.
    fn resolve_namespace(&self, request: &mut Request) -> Result<(), Error> {
        if !request.namespace.is_empty() && !self.namespaces.contains_key(&request.namespace) {
            return Err(Error::coded(404, "namespace not found"));
        }
        while let Some(at) = request.path.find('/') {
            let longer = format!("{}{}", request.namespace, &request.path[..=at]);
            if !self.namespaces.contains_key(&longer) {
                break;
            }
            request.path.drain(..=at);
            request.namespace = longer;
        }
        Ok(())
    }

    /// Refuses requests in a locked namespace, or below one.
    fn check_lock(&self, request: &Request) -> Result<(), Error> {
        let locked = self
            .namespaces
            .iter()
            .find(|(path, namespace)| namespace.unlock_key.is_some() && request.namespace.starts_with(path.as_str()));
        match locked {
            None => Ok(()),
            Some((path, _)) => Err(Error::coded(
                503,
                format!(
                    "API access to this namespace has been locked by an administrator - {path:?} must be unlocked to gain access."
                ),
            )),
        }
    }

    /// A request that needs a token: the policies decide, a use of the token is counted, then the engine answers.
    fn authorised(&mut self, request: &mut Request, passage: &Passage) -> Reply {
        let denied = || Error::coded(403, "permission denied");
        let token = passage.token.clone().ok_or_else(denied)?;
        if !super::token_life::address_fits(&token, request.client.address) || !self.entities.usable(&token.entity_id) {
            return Err(denied());
        }
        let existence = self.tell_create_from_update(request, passage);
        let last_use = self.use_token(&token);
        let allowed = existence.and_then(|()| self.judge(request, passage, &token));
        let reply = allowed.and_then(|()| self.route(request, passage));
        if last_use {
            self.revoke_token(&token.id);
            if reply
                .as_ref()
                .is_ok_and(|reply| reply.as_ref().is_some_and(|reply| reply.lease.is_some()))
            {
                return Err(Error::response(
                    "Secret cannot be returned; token had one use left, so leased credentials were immediately revoked.",
                ));
            }
        }
        reply
    }

    fn judge(&mut self, request: &Request, passage: &Passage, token: &TokenEntry) -> Result<(), Error> {
        let acl = self.acl_of(token);
        let path = format!("{}{}", request.namespace, request.path);
        let question = Question {
            operation: request.operation,
            path: &path,
            data: &request.data,
            wrap_ttl: request.wrap_ttl,
        };
        if !acl.allows(&question) {
            return Err(Error::denied());
        }
        if request.operation != Operation::Help
            && self.needs_sudo(request, passage.mount.as_deref())
            && !acl.sudo(&path)
        {
            return Err(Error::denied());
        }
        Ok(())
    }

    /// What a token may do.
    pub(crate) fn acl_of(&mut self, token: &TokenEntry) -> Arc<Acl> {
        let Self { policies, entities, .. } = self;
        let fill = |path: &str| entities.fill(&token.entity_id, path);
        let mut names = token.policies.clone();
        names.extend(entities.policies(&token.entity_id));
        policies.acl(&token.namespace, &names, &token.entity_id, fill)
    }

    fn tell_create_from_update(&self, request: &mut Request, passage: &Passage) -> Result<(), Error> {
        let (Operation::Update, Some(mount)) = (request.operation, &passage.mount) else {
            return Ok(());
        };
        let full = std::mem::take(&mut request.path);
        request.path = full.get(mount.path.len()..).unwrap_or_default().to_owned();
        let exists = match self
            .mounts
            .get(&format!("{}{}", mount.namespace, mount.path))
            .map(|found| &found.backend)
        {
            Some(MountBackend::System) => super::system::ROUTER.exists(self, request),
            Some(MountBackend::Token) => super::token_store::ROUTER.exists(self, request),
            Some(MountBackend::Identity) => super::identity::ROUTER.exists(self, request),
            Some(MountBackend::Engine(engine)) => engine.exists(request),
            None => Ok(None),
        };
        request.path = full;
        if mount.path.strip_suffix('/') == Some(request.path.as_str()) {
            // By asking for existence the original comes to know the root of a mount by its whole name.
            request.path.push('/');
        }
        match exists {
            Ok(Some(false)) => request.operation = Operation::Create,
            Ok(_) => {}
            Err(error) if error.kind == ErrorKind::UnsupportedPath => {}
            Err(error) => return Err(Error::response(error.text)),
        }
        Ok(())
    }

    /// Lets the mount answer, then registers what it made.
    fn route(&mut self, request: &mut Request, passage: &Passage) -> Reply {
        let Some(mount) = &passage.mount else {
            let text = format!("no handler for route {:?}. route entry not found.", request.path);
            return Err(Error::coded(404, text));
        };
        let full = request.path.clone();
        request.path = full.get(mount.path.len()..).unwrap_or_default().to_owned();
        let reply = self.dispatch(request, mount, passage.now);
        request.path = full;
        let Some(response) = reply? else { return Ok(None) };
        let response = self.register_secret(request, passage.token.as_deref(), mount, response)?;
        self.register_login(request, mount, response).map(Some)
    }

    pub(super) fn dispatch(&mut self, request: &Request, mount: &Arc<MountInfo>, now: Timestamp) -> Reply {
        let address = std::mem::take(&mut self.address);
        let mut context = Context {
            now,
            mount,
            system: self.lifetimes,
            address: &address,
        };
        let key = format!("{}{}", mount.namespace, mount.path);
        let reply = match self.mounts.get_mut(&key).map(|mounted| &mut mounted.backend) {
            Some(MountBackend::System) => super::system::ROUTER.dispatch(self, &mut context, request),
            Some(MountBackend::Token) => super::token_store::ROUTER.dispatch(self, &mut context, request),
            Some(MountBackend::Identity) => super::identity::ROUTER.dispatch(self, &mut context, request),
            Some(MountBackend::Engine(engine)) => engine.handle(&mut context, request),
            None => Err(Error::unsupported_path()),
        };
        self.address = address;
        reply
    }
}
