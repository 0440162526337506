//! `role/ROLE/secret-id`: secret ids.

use super::Approle;
use super::role::Role;
use crate::auth::networks;
use crate::core::{cidr_contains, later};
use crate::engine::{Call, Context};
use crate::engines::tree;
use crate::json::{self, Object, Value};
use crate::logical::{Error, Reply, Response};
use crate::{object, random};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// A secret id.
#[derive(Clone, Debug)]
pub(super) struct SecretId {
    pub(super) accessor: String,
    /// Uses left; 0 is unlimited.
    pub(super) uses: i64,
    ttl: Duration,
    created: Timestamp,
    updated: Timestamp,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) cidrs: Vec<String>,
    pub(super) token_cidrs: Vec<String>,
}

impl SecretId {
    fn ends(&self) -> Option<Timestamp> {
        (!self.ttl.is_zero()).then(|| later(self.created, self.ttl))
    }

    pub(super) fn ended(&self, now: Timestamp) -> bool {
        self.ends().is_some_and(|end| end <= now)
    }

    fn shown(&self) -> Object {
        let metadata: Object = self
            .metadata
            .iter()
            .map(|(key, text)| (key.clone(), Value::from(text)))
            .collect();
        object! {
            "secret_id_accessor" => &self.accessor,
            "secret_id_num_uses" => self.uses,
            "secret_id_ttl" => self.ttl.as_secs(),
            "creation_time" => self.created.to_string(),
            "expiration_time" => self.ends().map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |end| end.to_string()),
            "last_updated_time" => self.updated.to_string(),
            "metadata" => metadata,
            "cidr_list" => self.cidrs.clone(),
            "token_bound_cidrs" => self.token_cidrs.clone(),
        }
    }
}

fn no_role(name: &str) -> Error {
    Error::response(format!("role {name:?} does not exist"))
}

/// The metadata: a JSON object of texts, or `key=value` with commas.
fn metadata(text: &str) -> Result<BTreeMap<String, String>, Error> {
    if text.is_empty() {
        return Ok(BTreeMap::new());
    }
    if let Ok(Value::Object(members)) = json::parse(text.as_bytes()) {
        let texts = members
            .into_iter()
            .map(|(key, value)| Ok((key, crate::engine::to_string(&value)?)));
        let texts: Result<_, String> = texts.collect();
        return texts.map_err(|why| Error::response(format!("failed to parse metadata: {why}")));
    }
    let invalid = || Error::response("failed to parse metadata: failed to parse the input: invalid <key,value> format");
    text.split(',')
        .map(|pair| {
            let (key, value) = pair.split_once('=').ok_or_else(invalid)?;
            Ok((key.trim().to_owned(), value.trim().to_owned()))
        })
        .collect()
}

/// Refuses networks of a secret id that are not all within the role's, where the role has any.
fn within(asked: &[String], of_role: &[String]) -> Result<(), Error> {
    let holds = |network: &String| of_role.iter().any(|known| cidr_contains(known, network));
    if asked.is_empty() || of_role.is_empty() || asked.iter().all(holds) {
        return Ok(());
    }
    let shown = |network: &String| match network.contains('/') {
        true => format!("{network:?}"),
        false => format!("{:?}", format!("{network}/32")),
    };
    let list = |networks: &[String]| networks.iter().map(shown).collect::<Vec<_>>().join(" ");
    // The original has no reason to give, and says so in the words of Go's formatter.
    Err(Error::internal(format!(
        "failed to verify subset relationship between CIDR blocks on the role [{}] and CIDR blocks on the secret ID [{}]: %!w(<nil>)",
        list(of_role),
        list(asked)
    )))
}

impl Approle {
    pub(super) fn new_secret_id(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.make_secret_id(context, call, random::uuid())
    }

    pub(super) fn chosen_secret_id(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.make_secret_id(context, call, call.string("secret_id"))
    }

    fn make_secret_id(&mut self, context: &Context<'_>, call: &Call<'_>, id: String) -> Reply {
        if id.is_empty() {
            return Err(Error::response("missing secret_id"));
        }
        let name = call.string("role_name");
        let missing = || Error::coded(404, format!("role {name:?} does not exist"));
        let role = self.roles.get(&name).ok_or_else(missing)?;
        if !role.bind_secret_id {
            return Err(Error::response("bind_secret_id is not set on the role"));
        }
        let (cidrs, token_cidrs) = (call.list("cidr_list"), call.list("token_bound_cidrs"));
        networks::check_cidrs(&cidrs, "CIDR").map_err(Error::internal)?;
        within(&cidrs, role.secret_id_cidrs.as_deref().unwrap_or_default())?;
        networks::check_cidrs(&token_cidrs, "token CIDR").map_err(Error::internal)?;
        within(&token_cidrs, &role.parameters.bound_cidrs)?;
        let (uses, ttl) = limits(call, role)?;
        let secret_id = SecretId {
            accessor: random::uuid(),
            uses,
            ttl,
            created: context.now,
            updated: context.now,
            metadata: metadata(&call.string("metadata"))?,
            cidrs,
            token_cidrs,
        };
        let key = (name, id.clone());
        if self.secret_ids.get(&key).is_some_and(|known| !known.ended(context.now)) {
            return Err(Error::internal(
                "failed to store secret_id: SecretID is already registered",
            ));
        }
        let data = object! {
            "secret_id" => id,
            "secret_id_accessor" => &secret_id.accessor,
            "secret_id_num_uses" => secret_id.uses,
            "secret_id_ttl" => secret_id.ttl.as_secs(),
        };
        self.secret_ids.insert(key, secret_id);
        Response::data(data).reply()
    }

    /// The secret ids of a role that are still good.
    fn of_role(&self, name: &str, now: Timestamp) -> impl Iterator<Item = (&(String, String), &SecretId)> {
        self.secret_ids
            .iter()
            .filter(move |((role, _), secret_id)| role == name && !secret_id.ended(now))
    }

    pub(super) fn list_accessors(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("role_name");
        if !self.roles.contains_key(&name) {
            return Err(no_role(&name));
        }
        let accessors = self
            .of_role(&name, context.now)
            .map(|(_, secret_id)| secret_id.accessor.clone());
        let mut accessors: Vec<String> = accessors.collect();
        accessors.sort();
        Response::list(tree::page(accessors.into_iter(), call)).reply()
    }

    pub(super) fn lookup_secret_id(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (name, id) = (call.string("role_name"), call.string("secret_id"));
        if id.is_empty() {
            return Err(Error::response("missing secret_id"));
        }
        self.need_role(&name)?;
        let found = self
            .secret_ids
            .get(&(name, id))
            .filter(|secret_id| !secret_id.ended(context.now));
        Ok(found.map(|secret_id| Response::data(secret_id.shown())))
    }

    pub(super) fn destroy_secret_id(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (name, id) = (call.string("role_name"), call.string("secret_id"));
        if id.is_empty() {
            return Err(Error::response("missing secret_id"));
        }
        self.need_role(&name)?;
        self.secret_ids.remove(&(name, id));
        Ok(None)
    }

    /// The original takes a missing role for a fault of its own here.
    fn need_role(&self, name: &str) -> Result<(), Error> {
        match self.roles.contains_key(name) {
            true => Ok(()),
            false => Err(Error::internal(format!("role {name:?} does not exist"))),
        }
    }

    fn by_accessor(&self, context: &Context<'_>, call: &Call<'_>) -> Result<(String, String), String> {
        let (name, accessor) = (call.string("role_name"), call.string("secret_id_accessor"));
        let mut known = self.of_role(&name, context.now);
        let found = known.find(|(_, secret_id)| secret_id.accessor == accessor);
        let missing = || format!("failed to find accessor entry for secret_id_accessor: {accessor:?}");
        found.map(|(key, _)| key.clone()).ok_or_else(missing)
    }

    pub(super) fn lookup_accessor(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.string("secret_id_accessor").is_empty() {
            return Err(Error::response("missing secret_id_accessor"));
        }
        self.need_role(&call.string("role_name"))?;
        match self.by_accessor(context, call) {
            Ok(key) => Ok(self
                .secret_ids
                .get(&key)
                .map(|secret_id| Response::data(secret_id.shown()))),
            Err(text) => Response {
                status: Some(404),
                ..Response::data(object! { "error" => text })
            }
            .reply(),
        }
    }

    pub(super) fn destroy_accessor(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        if call.string("secret_id_accessor").is_empty() {
            return Err(Error::response("missing secret_id_accessor"));
        }
        self.need_role(&call.string("role_name"))?;
        let key = self.by_accessor(context, call).map_err(Error::internal)?;
        self.secret_ids.remove(&key);
        Ok(None)
    }

    pub(super) fn tidy(&mut self, context: &mut Context<'_>, _: &Call<'_>) -> Reply {
        self.secret_ids.retain(|_, secret_id| !secret_id.ended(context.now));
        let text = "Tidy operation successfully started. Any information from the operation will be printed to OpenBao's server logs.";
        Response {
            status: Some(202),
            ..Response::default().warn(text)
        }
        .reply()
    }
}

/// How often and how long a new secret id can be used, within what the role allows.
fn limits(call: &Call<'_>, role: &Role) -> Result<(i64, Duration), Error> {
    let uses = match call.has("num_uses") {
        true => call.int("num_uses"),
        false => role.secret_id_uses,
    };
    if uses < 0 {
        return Err(Error::response("num_uses cannot be negative"));
    }
    if role.secret_id_uses > 0 && (uses == 0 || uses > role.secret_id_uses) {
        return Err(Error::response(
            "num_uses cannot be higher than the role's secret_id_num_uses",
        ));
    }
    let ttl = call.maybe_duration("ttl").unwrap_or(role.secret_id_ttl);
    match !role.secret_id_ttl.is_zero() && (ttl.is_zero() || ttl > role.secret_id_ttl) {
        true => Err(Error::response("ttl cannot be longer than the role's secret_id_ttl")),
        false => Ok((uses, ttl)),
    }
}
