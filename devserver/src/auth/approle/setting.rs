//! `role/ROLE/SETTING`: one setting of a role by itself.

use super::role::Role;
use super::{Approle, role_fields};
use crate::auth::networks;
use crate::auth::token_parameters::TokenParameters;
use crate::engine::{Call, Context, Route, route};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use std::time::Duration;

/// Last part of the path, the field, what it shows, what it sets.
type Setting = (
    &'static str,
    &'static str,
    fn(&Role) -> Value,
    fn(&mut Role, &Call<'_>) -> Result<(), Error>,
);

const SETTINGS: [Setting; 11] = [
    (
        "policies",
        "token_policies",
        |role| role.parameters.policies.clone().into(),
        merge_token,
    ),
    // The original shows nothing under the older name, and deletes nothing.
    ("bound-cidr-list", "bound_cidr_list", |_| Value::Null, merge_cidrs),
    (
        "secret-id-bound-cidrs",
        "secret_id_bound_cidrs",
        Role::cidrs,
        merge_cidrs,
    ),
    (
        "token-bound-cidrs",
        "token_bound_cidrs",
        |role| {
            let cidrs = &role.parameters.bound_cidrs;
            (!cidrs.is_empty()).then(|| cidrs.clone()).into()
        },
        merge_token,
    ),
    (
        "bind-secret-id",
        "bind_secret_id",
        |role| role.bind_secret_id.into(),
        merge_own,
    ),
    (
        "secret-id-num-uses",
        "secret_id_num_uses",
        |role| role.secret_id_uses.into(),
        merge_own,
    ),
    (
        "secret-id-ttl",
        "secret_id_ttl",
        |role| role.secret_id_ttl.as_secs().into(),
        merge_own,
    ),
    (
        "period",
        "token_period",
        |role| role.parameters.period.as_secs().into(),
        merge_token,
    ),
    (
        "token-num-uses",
        "token_num_uses",
        |role| role.parameters.num_uses.into(),
        merge_token,
    ),
    (
        "token-ttl",
        "token_ttl",
        |role| role.parameters.ttl.as_secs().into(),
        merge_token,
    ),
    (
        "token-max-ttl",
        "token_max_ttl",
        |role| role.parameters.max_ttl.as_secs().into(),
        merge_token,
    ),
];

pub(super) fn routes() -> Vec<Route<Approle>> {
    let routes = SETTINGS.iter().map(|(path, field, _, _)| {
        let known = ["role_name", *field, field.strip_prefix("token_").unwrap_or(field)];
        let fields = role_fields()
            .into_iter()
            .filter(|candidate| known.contains(&candidate.name));
        route(&format!("role/{{role_name}}/{path}"))
            .fields(fields.collect())
            .on(Operation::Read, Approle::read_setting)
            .on(Operation::Update, Approle::write_setting)
            .on(Operation::Delete, Approle::delete_setting)
    });
    routes.chain([fixed_setting()]).collect()
}

/// Where a role's secret ids are kept: set when it is made, and never after.
fn fixed_setting() -> Route<Approle> {
    let name = role_fields().into_iter().filter(|field| field.name == "role_name");
    route("role/{role_name}/local-secret-ids").fields(name.collect()).on(
        Operation::Read,
        |engine: &mut Approle, _, call| {
            let role = engine.roles.get(&call.string("role_name"));
            Ok(role.map(|role| Response::data(crate::object! { "local_secret_ids" => role.local })))
        },
    )
}

fn setting(call: &Call<'_>) -> Result<&'static Setting, Error> {
    let last = call.request.path.rsplit('/').next().unwrap_or_default();
    SETTINGS
        .iter()
        .find(|(path, ..)| *path == last)
        .ok_or_else(Error::unsupported_path)
}

fn merge_token(role: &mut Role, call: &Call<'_>) -> Result<(), Error> {
    let (_, field, ..) = setting(call)?;
    let old = field.strip_prefix("token_").unwrap_or(field);
    if !call.has(field) && !call.has(old) {
        return match *field {
            "token_bound_cidrs" => Ok(()),
            "token_period" => Err(Error::response("missing period")),
            field => Err(Error::response(format!("missing {field}"))),
        };
    }
    role.parameters.merge_declared(call)
}

fn merge_cidrs(role: &mut Role, call: &Call<'_>) -> Result<(), Error> {
    let (_, field, ..) = setting(call)?;
    let cidrs = call.list(field);
    if !call.has(field) {
        return Ok(());
    }
    if cidrs.is_empty() {
        return Err(Error::response("missing bound_cidr_list"));
    }
    networks::check_cidrs(&cidrs, "CIDR").map_err(Error::response)?;
    role.secret_id_cidrs = Some(cidrs);
    Ok(())
}

fn merge_own(role: &mut Role, call: &Call<'_>) -> Result<(), Error> {
    let (_, field, ..) = setting(call)?;
    if !call.has(field) {
        return Err(Error::response(format!("missing {field}")));
    }
    match *field {
        "bind_secret_id" => role.bind_secret_id = call.flag(field),
        "secret_id_num_uses" => match call.int(field) {
            ..0 => return Err(Error::response("secret_id_num_uses cannot be negative")),
            uses => role.secret_id_uses = uses,
        },
        "secret_id_ttl" => role.secret_id_ttl = call.duration(field),
        _ => return Err(Error::unsupported_operation()),
    }
    Ok(())
}

impl Approle {
    fn read_setting(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let Some(role) = self.roles.get(&call.string("role_name")) else {
            return Ok(None);
        };
        let (path, field, show, _) = setting(call)?;
        let mut data = Object::from([((*field).to_owned(), show(role))]);
        let old = field.strip_prefix("token_").unwrap_or_default();
        let shown = show(role);
        let empty = shown.as_i64() == Some(0) || shown.as_array().is_some_and(<[Value]>::is_empty);
        if ["policies", "period"].contains(path) && role.parameters.was_given_as(old) && !empty {
            data.insert(old.to_owned(), shown);
        }
        let response = Response::data(data);
        match *path {
            "bound-cidr-list" => response
                .warn(
                    "The \"bound_cidr_list\" field is deprecated and will be removed. Please use \"secret_id_bound_cidrs\" instead.",
                )
                .reply(),
            _ => response.reply(),
        }
    }

    fn write_setting(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("role_name");
        let (_, field, _, merge) = setting(call)?;
        let missing = || match call.has(field) {
            true => Error::coded_list(404, format!("role {name:?} does not exist")),
            false => Error::unsupported_path(),
        };
        let mut role = self.roles.get(&name).cloned().ok_or_else(missing)?;
        merge(&mut role, call)?;
        role.check()?;
        self.roles.insert(name, role);
        Ok(None)
    }

    fn delete_setting(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let name = call.string("role_name");
        let Some(mut role) = self.roles.get(&name).cloned() else {
            return Ok(None);
        };
        let (_, field, ..) = setting(call)?;
        let parameters: &mut TokenParameters = &mut role.parameters;
        match *field {
            "token_policies" => parameters.policies.clear(),
            "token_bound_cidrs" => parameters.bound_cidrs.clear(),
            "token_period" => parameters.period = Duration::ZERO,
            "token_num_uses" => parameters.num_uses = 0,
            "token_ttl" => parameters.ttl = Duration::ZERO,
            "token_max_ttl" => parameters.max_ttl = Duration::ZERO,
            "bind_secret_id" => role.bind_secret_id = true,
            "secret_id_num_uses" => role.secret_id_uses = 0,
            "secret_id_ttl" => role.secret_id_ttl = Duration::ZERO,
            "bound_cidr_list" => {}
            _ => role.secret_id_cidrs = None,
        }
        role.check()?;
        self.roles.insert(name, role);
        Ok(None)
    }
}
