//! Roles: what kind of credential, for what.

use super::Aws;
use crate::engine::{Call, Context, Route, comma_list, pairs, route, seconds, text};
use crate::json::{self, Object};
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;
use std::collections::BTreeMap;

/// Kinds of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CredentialType {
    IamUser,
    AssumedRole,
    FederationToken,
    SessionToken,
}

const CREDENTIAL_TYPES: [(&str, CredentialType); 4] = [
    ("iam_user", CredentialType::IamUser),
    ("assumed_role", CredentialType::AssumedRole),
    ("federation_token", CredentialType::FederationToken),
    ("session_token", CredentialType::SessionToken),
];

/// A role.
pub(super) struct Role {
    pub(super) kind: CredentialType,
    pub(super) role_arns: Vec<String>,
    pub(super) default_sts_ttl: u64,
    pub(super) max_sts_ttl: u64,
    policy_arns: Vec<String>,
    policy_document: String,
    iam_groups: Vec<String>,
    texts: BTreeMap<&'static str, String>,
    pairs: BTreeMap<&'static str, BTreeMap<String, String>>,
}

/// Members that are kept and shown, and change nothing here.
const TEXTS: [&str; 4] = [
    "user_path",
    "permissions_boundary_arn",
    "mfa_serial_number",
    "external_id",
];
const PAIRS: [&str; 2] = ["iam_tags", "session_tags"];

pub(super) fn routes() -> Vec<Route<Aws>> {
    let mut fields = vec![
        text("name").help("Name of the role"),
        text("credential_type"),
        comma_list("role_arns"),
        comma_list("policy_arns"),
        text("policy_document"),
        comma_list("iam_groups"),
        seconds("default_sts_ttl"),
        seconds("max_sts_ttl"),
    ];
    fields.extend(TEXTS.map(text));
    fields.extend(PAIRS.map(pairs));
    vec![
        route("roles/?")
            .on(Operation::List, Aws::list_roles)
            .help("List the roles", "Names only."),
        route("roles/{name@}")
            .fields(fields)
            .on(Operation::Read, Aws::read_role)
            .on(Operation::Update, Aws::write_role)
            .on(Operation::Delete, Aws::delete_role)
            .help("Read, write and delete roles", "What kind of credential, for what."),
    ]
}

impl Aws {
    fn list_roles(&mut self, _: &mut Context<'_>, _: &Call<'_>) -> Reply {
        Response::list(self.roles.keys().cloned()).reply()
    }

    fn read_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        match self.roles.get(call.text("name")) {
            Some(role) => Response::data(role.view()).reply(),
            None => Ok(None),
        }
    }

    fn delete_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        self.roles.remove(call.text("name"));
        Ok(None)
    }

    fn write_role(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let role = Role::from_call(call)?;
        self.roles.insert(call.text("name").to_owned(), role);
        Ok(None)
    }
}

impl Role {
    fn from_call(call: &Call<'_>) -> Result<Self, Error> {
        let name = call.string("credential_type");
        let found = CREDENTIAL_TYPES.iter().find(|(known, _)| *known == name);
        let kind = found.map(|(_, kind)| *kind).ok_or_else(|| {
            let why = if name.is_empty() {
                "did not supply credential_type".to_owned()
            } else {
                format!("unrecognized credential type: {name}")
            };
            invalid(&why)
        })?;
        let role = Self {
            kind,
            role_arns: call.list("role_arns"),
            default_sts_ttl: call.duration("default_sts_ttl").as_secs(),
            max_sts_ttl: call.duration("max_sts_ttl").as_secs(),
            policy_arns: call.list("policy_arns"),
            policy_document: compact(&call.string("policy_document"))?,
            iam_groups: call.list("iam_groups"),
            texts: TEXTS.map(|name| (name, call.string(name))).into(),
            pairs: PAIRS.map(|name| (name, call.pairs(name))).into(),
        };
        role.check()?;
        Ok(role)
    }

    fn check(&self) -> Result<(), Error> {
        let only_for = |field: &str, kind: CredentialType, empty: bool| {
            if empty || self.kind == kind {
                return Ok(());
            }
            Err(invalid(&format!(
                "cannot supply {field} when credential_type isn't {}",
                kind.name()
            )))
        };
        only_for("role_arns", CredentialType::AssumedRole, self.role_arns.is_empty())?;
        if self.kind == CredentialType::IamUser && (self.default_sts_ttl > 0 || self.max_sts_ttl > 0) {
            return Err(invalid(
                "default_sts_ttl and max_sts_ttl are only valid for STS credentials",
            ));
        }
        if self.max_sts_ttl > 0 && self.default_sts_ttl > self.max_sts_ttl {
            return Err(invalid(
                "\"default_sts_ttl\" value must be less than or equal to \"max_sts_ttl\" value",
            ));
        }
        if self.kind == CredentialType::AssumedRole && self.role_arns.is_empty() {
            return Err(invalid("did not supply role_arns with credential_type of assumed_role"));
        }
        Ok(())
    }

    fn view(&self) -> Object {
        let mut view = object! {
            "credential_type" => self.kind.name(),
            "role_arns" => self.role_arns.clone(),
            "policy_arns" => self.policy_arns.clone(),
            "policy_document" => &self.policy_document,
            "iam_groups" => self.iam_groups.clone(),
            "default_sts_ttl" => self.default_sts_ttl,
            "max_sts_ttl" => self.max_sts_ttl,
        };
        for (name, text) in &self.texts {
            view.insert((*name).to_owned(), text.into());
        }
        for (name, pairs) in &self.pairs {
            let pairs: Object = pairs.iter().map(|(key, value)| (key.clone(), value.into())).collect();
            view.insert((*name).to_owned(), pairs.into());
        }
        view
    }
}

impl CredentialType {
    fn name(self) -> &'static str {
        CREDENTIAL_TYPES
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }
}

fn invalid(why: &str) -> Error {
    Error::response(format!("error(s) validating supplied role data: {why:?}"))
}

/// A policy document without white space between its parts.
fn compact(document: &str) -> Result<String, Error> {
    if document.is_empty() {
        return Ok(String::new());
    }
    json::parse(document.as_bytes())
        .map_err(|_| Error::response(format!("cannot parse policy document: {document:?}")))?;
    let mut compact = String::with_capacity(document.len());
    let (mut inside, mut escaped) = (false, false);
    for letter in document.chars() {
        if inside || !letter.is_whitespace() {
            compact.push(letter);
        }
        match letter {
            '"' if !escaped => inside = !inside,
            _ => {}
        }
        escaped = inside && letter == '\\' && !escaped;
    }
    Ok(compact)
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn compacting_keeps_what_is_inside_strings() {
        let document = "{\n  \"Action\" : [ \"a b\", \"c\\\" d\" ] }";
        assert_eq!(compact(document).unwrap(), "{\"Action\":[\"a b\",\"c\\\" d\"]}");
        assert!(compact("{").is_err());
    }
}
