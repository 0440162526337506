//! `login`.

use super::Approle;
use super::role::Role;
use crate::core::cidr_holds;
use crate::engine::{Call, Context};
use crate::logical::{Error, Reply, Response};
use crate::object;
use std::collections::BTreeMap;

fn invalid() -> Error {
    Error::response("invalid role or secret ID")
}

impl Approle {
    pub(super) fn login(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let role_id = call.string("role_id");
        if role_id.is_empty() {
            return Err(Error::internal("missing role_id"));
        }
        let found = self.roles.iter().find(|(_, role)| role.id == role_id);
        let (name, role) = found
            .map(|(name, role)| (name.clone(), role.clone()))
            .ok_or_else(invalid)?;
        let mut metadata = BTreeMap::new();
        let mut token_cidrs = Vec::new();
        if role.bind_secret_id {
            (metadata, token_cidrs) = self.use_secret_id(context, call, &name, &role)?;
        }
        check_network(role.secret_id_cidrs.as_deref().unwrap_or_default(), "role", true, call)?;
        role.parameters.check_address(call)?;
        metadata.insert("role_name".to_owned(), name.clone());
        let mut auth = role.parameters.auth(call);
        if !token_cidrs.is_empty() {
            auth.bound_cidrs = token_cidrs;
        }
        auth.metadata = metadata;
        auth.alias = role.id;
        auth.internal = object! { "role" => name };
        Response {
            auth: Some(auth),
            ..Response::default()
        }
        .reply()
    }

    /// Counts a use of the secret id; gives its metadata and networks.
    fn use_secret_id(
        &mut self,
        context: &Context<'_>,
        call: &Call<'_>,
        name: &str,
        role: &Role,
    ) -> Result<(BTreeMap<String, String>, Vec<String>), Error> {
        let id = call.string("secret_id");
        if id.is_empty() {
            return Err(Error::response("missing secret_id"));
        }
        let key = (name.to_owned(), id);
        let secret_id = self
            .secret_ids
            .get_mut(&key)
            .filter(|secret_id| !secret_id.ended(context.now));
        let secret_id = secret_id.ok_or_else(invalid)?;
        let counted = secret_id.uses > 0;
        check_network(&secret_id.cidrs, "secret ID", counted, call)?;
        check_network(role.secret_id_cidrs.as_deref().unwrap_or_default(), "role", true, call)?;
        let kept = (secret_id.metadata.clone(), secret_id.token_cidrs.clone());
        match secret_id.uses {
            0 => {}
            1 => {
                self.secret_ids.remove(&key);
            }
            _ => secret_id.uses -= 1,
        }
        Ok(kept)
    }
}

/// Refuses an address outside the networks. The original has one text for secret ids of any number of uses, and one with
/// an odd end for all else.
fn check_network(cidrs: &[String], of: &str, odd: bool, call: &Call<'_>) -> Result<(), Error> {
    let address = call.request.client.address;
    if cidrs.is_empty() || address.is_some_and(|address| cidrs.iter().any(|cidr| cidr_holds(cidr, address))) {
        return Ok(());
    }
    let address = address
        .map(|address| address.to_canonical().to_string())
        .unwrap_or_default();
    let (by, end) = if odd { ("by", ": %!w(<nil>)") } else { ("through", "") };
    Err(Error::response(format!(
        "source address {address:?} unauthorized {by} CIDR restrictions on the {of}{end}"
    )))
}
