//! What a caller asks a certificate to hold: names from the call and from a signing request, judged by the role.

use super::names::{self, allows_common_name, hostname, to_ascii};
use super::role::Role;
use crate::engine::Call;
use crate::engines::x509::{AlternativeNames, NameParts, Request};
use crate::logical::Error;
use std::net::IpAddr;

/// Everything that says what a certificate is to hold.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) role: &'a Role,
    pub(super) request: Option<&'a Request>,
    /// Whether the call knows user ids.
    pub(super) takes_user_ids: bool,
}

fn refuse<T>(text: impl Into<String>) -> Result<T, Error> {
    Err(Error::response(text))
}

impl Asked<'_> {
    /// The subject and its other names.
    pub(super) fn names(&self) -> Result<(NameParts, AlternativeNames), Error> {
        let common_name = self.common_name()?;
        let serial_number = self.serial_number();
        let (dns, emails) = self.hosts(&common_name)?;
        self.judge(&common_name, &serial_number, (&dns, &emails))?;
        let others = self.others()?;
        let addresses = self.addresses()?;
        let uris = self.uris()?;
        let parts = NameParts {
            lists: super::role::SUBJECT
                .map(|field| (field, unique(self.role.list(field))))
                .into(),
            common_name,
            serial_number,
            user_ids: Vec::new(),
        };
        let mut emails = unique(emails.iter().map(String::as_str));
        emails.sort();
        let names = AlternativeNames {
            dns: unique(dns.iter().map(String::as_str)),
            emails,
            addresses,
            uris,
            others,
        };
        Ok((parts, names))
    }

    /// The request, where the role takes other names from it.
    fn named(&self) -> Option<&Request> {
        self.request.filter(|_| self.role.flag("use_csr_sans"))
    }

    fn common_name(&self) -> Result<String, Error> {
        let requested = self.request.filter(|_| self.role.flag("use_csr_common_name"));
        let name = requested.map(Request::common_name).unwrap_or_default();
        let name = if name.is_empty() {
            self.call.string("common_name")
        } else {
            name
        };
        match name.is_empty() && self.role.flag("require_cn") {
            true => refuse(
                "the common_name field is required, or must be provided in a CSR with \"use_csr_common_name\" set to \
                 true, unless \"require_cn\" is set to false",
            ),
            false => Ok(name),
        }
    }

    fn serial_number(&self) -> String {
        match self.call.string("serial_number") {
            asked if asked.is_empty() => self.request.map(Request::serial_number).unwrap_or_default(),
            asked => asked,
        }
    }

    /// Names of the domain system, and of mailboxes.
    fn hosts(&self, common_name: &str) -> Result<(Vec<String>, Vec<String>), Error> {
        let taken = self.named().map(|request| request.names.clone()).unwrap_or_default();
        let (mut dns, mut emails) = (taken.dns, taken.emails);
        let mut wanted = Vec::new();
        if !common_name.is_empty() && !self.call.flag("exclude_cn_from_sans") {
            wanted.push(common_name.to_owned());
        }
        if self.named().is_none() {
            wanted.extend(unique(self.call.string("alt_names").split(',')));
        }
        for name in wanted {
            if name.contains('@') {
                emails.push(name);
                continue;
            }
            let converted = to_ascii(&name).map_err(Error::response)?;
            if hostname(&converted) {
                dns.push(converted);
            }
        }
        Ok((dns, emails))
    }

    /// Refuses names that the role does not allow.
    fn judge(&self, common_name: &str, serial: &str, (dns, emails): (&[String], &[String])) -> Result<(), Error> {
        let token = self.call.request.token.as_ref();
        let display = token.map(|token| token.display_name.as_str()).unwrap_or_default();
        if !common_name.is_empty() && !allows_common_name(self.role, display, common_name) {
            return refuse(format!("common name {common_name} not allowed by this role"));
        }
        let allowed = self.role.list("allowed_serial_numbers");
        let fits = |pattern: &&str| !pattern.is_empty() && names::glob(pattern, serial);
        if !serial.is_empty() && !allowed.iter().any(fits) {
            return refuse(format!("serial_number {serial} not allowed by this role"));
        }
        if let Some(name) = names::refused(self.role, display, dns) {
            return refuse(format!("subject alternate name {name} not allowed by this role"));
        }
        match names::refused(self.role, display, emails) {
            Some(name) => refuse(format!("email address {name} not allowed by this role")),
            None => Ok(()),
        }
    }

    fn others(&self) -> Result<Vec<(String, String)>, Error> {
        let wrong = |why: String| Error::response(format!("could not parse requested other SAN: {why}"));
        let mut asked = Vec::new();
        for text in self.call.list("other_sans") {
            asked.push(other_name(&text).map_err(wrong)?);
        }
        if let Some(request) = self.named() {
            asked.extend(request.names.others.iter().cloned());
        }
        let allowed = self.role.list("allowed_other_sans");
        if allowed == ["*"] {
            return Ok(asked);
        }
        let rules: Vec<_> = allowed.into_iter().filter_map(|rule| other_name(rule).ok()).collect();
        for (oid, value) in &asked {
            let mut known = rules.iter().filter(|(known, _)| known == oid).peekable();
            if known.peek().is_none() {
                return refuse(format!("other SAN OID {oid} not allowed by this role"));
            }
            if !known.any(|(_, pattern)| names::glob(pattern, value)) {
                return refuse(format!("other SAN {value} not allowed for OID {oid} by this role"));
            }
        }
        Ok(asked)
    }

    fn addresses(&self) -> Result<Vec<IpAddr>, Error> {
        let mut source = "CSR";
        let addresses = match self.named() {
            Some(request) => request.names.addresses.clone(),
            None => {
                source = "the API";
                let read = |text: String| {
                    let wrong = |_| Error::response(format!("the value {text:?} is not a valid IP address"));
                    text.parse().map_err(wrong)
                };
                self.call
                    .list("ip_sans")
                    .into_iter()
                    .map(read)
                    .collect::<Result<_, Error>>()?
            }
        };
        if !addresses.is_empty() && !self.role.flag("allow_ip_sans") {
            return refuse(format!(
                "IP Subject Alternative Names are not allowed in this role, but was provided via {source}"
            ));
        }
        let networks = self.role.networks();
        let outside = |address: &&IpAddr| !networks.iter().any(|network| network.contains(**address));
        match addresses.iter().find(outside).filter(|_| !networks.is_empty()) {
            Some(address) => refuse(format!("the IP address \"{address}\" is not allowed in this role")),
            None => Ok(addresses),
        }
    }

    fn uris(&self) -> Result<Vec<String>, Error> {
        let (uris, source) = match self.named() {
            Some(request) => (request.names.uris.clone(), "CSR"),
            None => (self.call.list("uri_sans"), "the API"),
        };
        let allowed = self.role.list("allowed_uri_sans");
        if !uris.is_empty() && allowed.is_empty() {
            return refuse(format!(
                "URI Subject Alternative Names are not allowed in this role, but were provided via {source}"
            ));
        }
        for uri in &uris {
            if !allowed.iter().any(|pattern| names::glob(pattern, uri)) {
                return refuse(format!(
                    "URI Subject Alternative Names were provided via {source} which are not valid for this role"
                ));
            }
            if !is_parsable(uri) {
                return refuse(format!(
                    "the provided URI Subject Alternative Name {uri:?} is not a valid URI"
                ));
            }
        }
        Ok(uris)
    }

    /// User ids, which are asked for after everything else.
    pub(super) fn user_ids(&self) -> Result<Vec<String>, Error> {
        if !self.takes_user_ids {
            return Ok(Vec::new());
        }
        let asked = match (self.call.list("user_ids"), self.request) {
            (asked, Some(request)) if asked.is_empty() => request.user_ids(),
            (asked, _) => asked,
        };
        let allowed = self.role.list("allowed_user_ids");
        let fits = |id: &String| {
            allowed
                .iter()
                .any(|rule| rule.eq_ignore_ascii_case(id) || rule.contains('*') && names::glob(rule, id))
        };
        match asked.iter().find(|id| !fits(id)) {
            Some(id) => refuse(format!("user_id {id} is not allowed by this role")),
            None => Ok(asked),
        }
    }
}

/// Texts without blanks around them and without empty ones, each once.
fn unique<'t>(texts: impl IntoIterator<Item = &'t str>) -> Vec<String> {
    let mut single: Vec<String> = Vec::new();
    for text in texts.into_iter().map(str::trim).filter(|text| !text.is_empty()) {
        if !single.iter().any(|known| known == text) {
            single.push(text.to_owned());
        }
    }
    single
}

/// `OID;TYPE:TEXT`, of which only texts in UTF-8 are known.
///
/// # Errors
/// What is wrong with it.
pub(super) fn other_name(text: &str) -> Result<(String, String), String> {
    let (oid, rest) = text
        .split_once(';')
        .ok_or_else(|| format!("expected a semicolon in other SAN {text:?}"))?;
    let (kind, value) = rest
        .split_once(':')
        .ok_or_else(|| format!("expected a colon in other SAN {text:?}"))?;
    match kind.eq_ignore_ascii_case("utf8") || kind.eq_ignore_ascii_case("utf-8") {
        true => Ok((oid.to_owned(), value.to_owned())),
        false => Err(format!(
            "only utf8 other SANs are supported; found non-supported type in other SAN {text:?}"
        )),
    }
}

/// Whether Go reads the text as a URL: no control characters, no bad escapes, no colon in its first segment alone.
fn is_parsable(uri: &str) -> bool {
    let escapes = uri.split('%').skip(1).all(|rest| {
        let mut digits = rest.bytes().take(2);
        digits.len() == 2 && digits.all(|byte| byte.is_ascii_hexdigit())
    });
    let first = uri.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme = first.split_once(':').is_none_or(|(scheme, _)| {
        let mut letters = scheme.chars();
        letters.next().is_some_and(|letter| letter.is_ascii_alphabetic())
            && letters.all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter))
    });
    !uri.chars().any(|letter| letter.is_ascii_control()) && escapes && scheme
}
