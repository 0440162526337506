//! `sys/policies/acl` and its older spelling `sys/policy`.

use crate::core::Core;
use crate::core::policies::PolicyError;
use crate::engine::{Call, Context, Field, Route, route, text};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

fn fields() -> Vec<Field> {
    vec![
        text("name").help("The name of the policy. Example: \"ops\""),
        text("policy").help("The rules of the policy."),
        text("rules").help("The rules of the policy."),
    ]
}

pub(super) fn routes() -> Vec<Route<Core>> {
    vec![
        route("policy/?")
            .on(Operation::Read, Core::list_policies_old)
            .on(Operation::List, Core::list_policies_old),
        route("policy/{name+}")
            .fields(fields())
            .on(Operation::Read, Core::read_policy_old)
            .on(Operation::Update, Core::write_policy)
            .on(Operation::Delete, Core::delete_policy),
        route("policies/acl/?").on(Operation::List, Core::list_policies),
        route("policies/acl/{name+}")
            .fields(fields())
            .on(Operation::Read, Core::read_policy)
            .on(Operation::Update, Core::write_policy)
            .on(Operation::Delete, Core::delete_policy),
    ]
}

fn name(call: &Call<'_>) -> String {
    call.text("name").to_lowercase()
}

fn refused(error: &PolicyError) -> Error {
    Error::response(error.to_string())
}

impl Core {
    fn policy_names(&self, call: &Call<'_>) -> Vec<String> {
        let namespace = &call.request.namespace;
        let mut names = self.policies.names(namespace);
        if namespace.is_empty() {
            names.push("root".to_owned());
        }
        names
    }

    fn list_policies(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        Response::list(self.policy_names(call)).reply()
    }

    fn list_policies_old(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let names = self.policy_names(call);
        Response::data(object! { "keys" => names.clone(), "policies" => names }).reply()
    }

    fn policy_text(&self, call: &Call<'_>) -> Option<String> {
        match name(call).as_str() {
            "root" => Some(String::new()),
            name => self
                .policies
                .read(&call.request.namespace, name)
                .map(|policy| policy.text.clone()),
        }
    }

    fn read_policy(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(text) = self.policy_text(call) else {
            return Ok(None);
        };
        Response::data(object! { "name" => name(call), "policy" => text }).reply()
    }

    fn read_policy_old(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(text) = self.policy_text(call) else {
            return Ok(None);
        };
        Response::data(object! { "name" => name(call), "rules" => text }).reply()
    }

    fn write_policy(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (mut text, mut warning) = (call.string("policy"), None);
        if text.is_empty() && call.has("rules") {
            text = call.string("rules");
            warning = Some("'rules' is deprecated, please use 'policy' instead");
        }
        if text.is_empty() {
            return Err(Error::coded(400, "'policy' parameter not supplied or empty"));
        }
        if let Ok(decoded) = BASE64_STANDARD.decode(&text)
            && let Ok(decoded) = String::from_utf8(decoded)
        {
            text = decoded;
        }
        self.policies
            .write(&call.request.namespace, &name(call), &text)
            .map_err(|error| refused(&error))?;
        warning.map_or(Ok(None), |text| Response::default().warn(text).reply())
    }

    fn delete_policy(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.policies
            .delete(&call.request.namespace, &name(call))
            .map_err(|error| refused(&error))?;
        Ok(None)
    }
}
