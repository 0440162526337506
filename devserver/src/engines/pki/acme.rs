//! Settings of ACME. Kept and shown: no ACME is served.

use super::Pki;
use crate::engine::{Call, Context, Route, boolean, comma_list, route, text};
use crate::json::{Object, Value};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::net::IpAddr;

const POLICIES: [&str; 3] = ["not-required", "new-account-required", "always-required"];

/// What was set.
pub(super) struct Acme {
    settings: Object,
}

impl Default for Acme {
    fn default() -> Self {
        Self {
            settings: object! {
                "allow_role_ext_key_usage" => false,
                "allowed_issuers" => vec!["*"],
                "allowed_roles" => vec!["*"],
                "default_directory_policy" => "sign-verbatim",
                "dns_resolver" => "",
                "eab_policy" => "not-required",
                "enabled" => false,
            },
        }
    }
}

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("eab/?")
            .on(Operation::List, |_: &mut Pki, _, _| {
                Response::list(Vec::<String>::new()).reply()
            })
            .help("List external account bindings", "There are none: no ACME is served."),
        route("eab/(?P<key_id>[0-9A-Za-z]+-[0-9A-Za-z]+-[0-9A-Za-z]+-[0-9A-Za-z]+-[0-9A-Za-z]+)")
            .fields(vec![text("key_id")])
            .on(Operation::Delete, |_: &mut Pki, _, call| {
                let missing = format!("No key id found with id: {}", call.text("key_id"));
                Response::default().warn(missing).reply()
            })
            .help("Delete an external account binding", "There are none."),
        route("config/acme")
            .fields(vec![
                boolean("enabled"),
                comma_list("allowed_roles").or(vec!["*"]),
                comma_list("allowed_issuers").or(vec!["*"]),
                boolean("allow_role_ext_key_usage"),
                text("default_directory_policy").or("sign-verbatim"),
                text("dns_resolver"),
                text("eab_policy").or("always-required"),
            ])
            .on(Operation::Read, |engine: &mut Pki, _, _| {
                Response::data(engine.acme.settings.clone()).reply()
            })
            .on(Operation::Update, Pki::write_acme)
            .help("Settings of ACME", "Kept and shown; this server speaks no ACME."),
    ]
}

impl Pki {
    fn write_acme(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut changed = self.acme.settings.clone();
        for field in ["enabled", "allow_role_ext_key_usage"] {
            if call.has(field) {
                changed.insert(field.to_owned(), Value::from(call.flag(field)));
            }
        }
        for field in ["allowed_roles", "allowed_issuers"] {
            let Some(list) = call.maybe_list(field) else { continue };
            if list.is_empty() {
                return Err(Error::internal(format!(
                    "{field} must take a non-zero length value; specify '*' as the value to allow anything or specify \
                     enabled=false to disable ACME entirely"
                )));
            }
            changed.insert(field.to_owned(), Value::from(list));
        }
        for field in ["default_directory_policy", "dns_resolver", "eab_policy"] {
            if let Some(text) = call.maybe_string(field) {
                changed.insert(field.to_owned(), Value::from(text));
            }
        }
        check_resolver(text_of(&changed, "dns_resolver")).map_err(Error::internal)?;
        if !POLICIES.contains(&text_of(&changed, "eab_policy")) {
            let known = POLICIES.map(|policy| format!("'{policy}'")).join(", ");
            return Err(Error::internal(format!(
                "invalid eab policy name provided, valid values are {known}"
            )));
        }
        self.check_acme(&changed)?;
        self.acme.settings = changed;
        Response::data(self.acme.settings.clone()).reply()
    }

    /// Refuses settings that name what is not there.
    fn check_acme(&self, settings: &Object) -> Result<(), Error> {
        let roles = list_of(settings, "allowed_roles");
        self.check_policy(text_of(settings, "default_directory_policy"), &roles)?;
        let issuers = list_of(settings, "allowed_issuers");
        for (index, issuer) in issuers.iter().enumerate().filter(|_| issuers != ["*"]) {
            if *issuer == "*" {
                return Err(Error::internal(format!(
                    "cannot use '*' as issuer name at index {index}"
                )));
            }
            self.authorities.issuer_id(issuer).map_err(|error| {
                Error::internal(format!(
                    "failed validating allowed_issuers: unable to fetch issuer: {issuer}: {}",
                    error.text
                ))
            })?;
        }
        let on = settings.get("enabled").and_then(Value::as_bool).unwrap_or_default();
        if on && self.cluster.path.is_empty() {
            return Err(Error::internal(
                "ACME feature requires local cluster 'path' field configuration to be set",
            ));
        }
        Ok(())
    }

    /// Refuses a policy of directories, and roles, that are not there or do not go together.
    fn check_policy(&self, policy: &str, roles: &[&str]) -> Result<(), Error> {
        let no_role = "the request message was malformed: role does not exist";
        let by_role = policy.strip_prefix("role:");
        if by_role.is_none() && !["forbid", "sign-verbatim"].contains(&policy) {
            return Err(Error::internal(format!(
                "invalid default_directory_policy: string {policy} not a valid Default Directory Policy"
            )));
        }
        if let Some(role) = by_role.filter(|role| !self.roles.contains_key(*role)) {
            return Err(Error::internal(format!(
                "default directory policy role {role} is not a valid ACME role: {no_role}"
            )));
        }
        for (index, role) in roles.iter().enumerate().filter(|_| roles != ["*"]) {
            if *role == "*" {
                return Err(Error::internal(format!("cannot use '*' as role name at index {index}")));
            }
            if !self.roles.contains_key(*role) {
                return Err(Error::internal(format!(
                    "allowed_role {role} is not a valid acme role: {no_role}"
                )));
            }
        }
        match by_role.filter(|role| roles != ["*"] && !roles.contains(role)) {
            None => Ok(()),
            Some(role) => Err(Error::internal(format!(
                "default directory policy role:{role} was not specified in allowed_roles: [{}]",
                roles.join(" ")
            ))),
        }
    }
}

fn text_of<'s>(settings: &'s Object, name: &str) -> &'s str {
    settings.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn list_of<'s>(settings: &'s Object, name: &str) -> Vec<&'s str> {
    let items = settings.get(name).and_then(Value::as_array).unwrap_or_default();
    items.iter().filter_map(Value::as_str).collect()
}

/// Refuses an address of a resolver that is no IP address with a port.
fn check_resolver(address: &str) -> Result<(), String> {
    const FAILED: &str = "failed to parse DNS resolver address";
    if address.is_empty() {
        return Ok(());
    }
    let Some((host, _)) = address.rsplit_once(':') else {
        return Err(format!("{FAILED}: address {address}: missing port in address"));
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err(format!("{FAILED}: got empty address"));
    }
    match host.parse::<IpAddr>() {
        Ok(_) => Ok(()),
        Err(_) => Err(format!("{FAILED}: expected IPv4/IPv6 address, likely got hostname")),
    }
}
