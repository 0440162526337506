//! `role/`.

use super::{Kubernetes, selector};
use crate::auth::token_parameters::TokenParameters;
use crate::core::policies::glob;
use crate::engine::{Call, Context};
use crate::engines::tree;
use crate::json::Value;
use crate::logical::{Error, Reply, Response};
use crate::object;

/// Which accounts may log in, and on which terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Role {
    pub(super) names: Vec<String>,
    /// `None` where they were never given.
    pub(super) namespaces: Option<Vec<String>>,
    pub(super) selector: String,
    pub(super) audience: String,
    pub(super) alias_source: String,
    pub(super) parameters: TokenParameters,
}

impl Role {
    /// Whether a list with globs holds the text; `*` alone holds everything.
    pub(super) fn listed(list: &[String], text: &str) -> bool {
        list.iter().any(|pattern| glob(pattern, text))
    }
}

impl Kubernetes {
    pub(super) fn list_roles(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(tree::page(self.roles.keys().cloned(), call)).reply()
    }

    pub(super) fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(&call.text("name").to_lowercase());
        Ok(None)
    }

    pub(super) fn read_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.role(call.text("name")) else {
            return Ok(None);
        };
        let mut data = object! {
            "bound_service_account_names" => role.names.clone(),
            "bound_service_account_namespaces" => role.namespaces.clone(),
            "bound_service_account_namespace_selector" => &role.selector,
            "alias_name_source" => &role.alias_source,
        };
        if !role.audience.is_empty() {
            data.insert("audience".to_owned(), Value::from(&role.audience));
        }
        role.parameters.show(&mut data);
        Response::data(data).reply()
    }

    pub(super) fn write_role(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.text("name").to_lowercase();
        let mut role = self.roles.get(&name).cloned().unwrap_or_default();
        role.parameters.merge(call)?;
        role.parameters.merge_deprecated(call)?;
        role.parameters.check_period(context)?;
        if let Some(names) = call.maybe_list("bound_service_account_names") {
            role.names = names;
        }
        if let Some(namespaces) = call.maybe_list("bound_service_account_namespaces") {
            role.namespaces = Some(namespaces);
        }
        role.selector = call.string("bound_service_account_namespace_selector");
        check_bounds(&role)?;
        if let Some(audience) = call.maybe_string("audience") {
            role.audience = audience;
        }
        if call.has("alias_name_source") || role.alias_source.is_empty() {
            role.alias_source = call.string("alias_name_source");
        }
        if !matches!(role.alias_source.as_str(), "serviceaccount_uid" | "serviceaccount_name") {
            let text = "invalid alias_name_source, must be one of: serviceaccount_uid, serviceaccount_name";
            return Err(Error::response(text));
        }
        let too_long = role.parameters.max_ttl > context.max_ttl();
        self.roles.insert(name, role);
        match too_long {
            true => Response::default()
                .warn(
                    "max_ttl is greater than the system or backend mount's maximum TTL value; issued tokens' max TTL value will \
                     be truncated",
                )
                .reply(),
            false => Ok(None),
        }
    }
}

fn check_bounds(role: &Role) -> Result<(), Error> {
    let mixed = |list: &[String]| list.len() > 1 && list.iter().any(|item| item == "*");
    let namespaces = role.namespaces.as_deref().unwrap_or_default();
    if role.names.is_empty() {
        return Err(Error::response("\"bound_service_account_names\" can not be empty"));
    }
    if mixed(&role.names) {
        return Err(Error::response("can not mix \"*\" with values"));
    }
    if namespaces.is_empty() && role.selector.is_empty() {
        let text = "\"bound_service_account_namespaces\" can not be empty if \"bound_service_account_namespace_selector\" is not set";
        return Err(Error::response(text));
    }
    if !role.selector.is_empty() && selector::parse(&role.selector).is_none() {
        return Err(Error::response(
            "invalid \"bound_service_account_namespace_selector\" configured",
        ));
    }
    if mixed(namespaces) {
        return Err(Error::response("can not mix \"*\" with values"));
    }
    Ok(())
}
