//! What a caller asks a certificate to hold: names from the call and from a signing request, judged by the role.

use super::certificate::Subject;
use super::names;
use super::role::Role;
use crate::engine::Call;
use crate::engines::asymmetric::decode_pem;
use crate::logical::Error;
use rcgen::{OtherNameValue, SanType};
use std::net::IpAddr;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;

/// The names of a certificate.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) common_name: String,
    dns: Vec<String>,
    emails: Vec<String>,
    addresses: Vec<IpAddr>,
    uris: Vec<String>,
    others: Vec<(String, String)>,
}

/// A signing request whose signature is good.
pub(super) struct SigningRequest {
    pub(super) subject: Subject,
    pub(super) key_type: &'static str,
    common_name: String,
    dns: Vec<String>,
    emails: Vec<String>,
    addresses: Vec<IpAddr>,
    uris: Vec<String>,
}

impl SigningRequest {
    /// Reads the call's `csr`.
    pub(super) fn from_call(call: &Call<'_>) -> Result<Self, Error> {
        let text = call.string("csr");
        if text.is_empty() {
            return Err(Error::response("\"csr\" is empty"));
        }
        let (_, der) = decode_pem(&text).ok_or_else(|| Error::response("csr contains no data"))?;
        let unreadable = |_| Error::response("certificate request could not be parsed");
        let (_, request) = X509CertificationRequest::from_der(&der).map_err(unreadable)?;
        request
            .verify_signature()
            .map_err(|_| Error::response("request signature invalid"))?;
        let info = &request.certification_request_info;
        let mut read = Self {
            subject: Subject::from_spki(info.subject_pki.raw)?,
            key_type: match info.subject_pki.algorithm.algorithm.to_id_string().as_str() {
                "1.2.840.113549.1.1.1" => "rsa",
                "1.2.840.10045.2.1" => "ec",
                _ => "ed25519",
            },
            common_name: info
                .subject
                .iter_common_name()
                .next()
                .and_then(|name| name.as_str().ok())
                .unwrap_or_default()
                .to_owned(),
            dns: Vec::new(),
            emails: Vec::new(),
            addresses: Vec::new(),
            uris: Vec::new(),
        };
        for extension in request.requested_extensions().into_iter().flatten() {
            if let ParsedExtension::SubjectAlternativeName(names) = extension {
                names.general_names.iter().for_each(|name| read.take(name));
            }
        }
        Ok(read)
    }

    fn take(&mut self, name: &GeneralName<'_>) {
        match name {
            GeneralName::DNSName(text) => self.dns.push((*text).to_owned()),
            GeneralName::RFC822Name(text) => self.emails.push((*text).to_owned()),
            GeneralName::URI(text) => self.uris.push((*text).to_owned()),
            GeneralName::IPAddress(bytes) => self.addresses.extend(address(bytes)),
            _ => {}
        }
    }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let short = || <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    let long = || <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from);
    short().or_else(long)
}

impl Names {
    /// The names that call and request ask for, before the role has judged them.
    pub(super) fn gather(call: &Call<'_>, role: &Role, request: Option<&SigningRequest>) -> Result<Self, Error> {
        let mut names = Self::default();
        let from_request = request.filter(|_| role.flag("use_csr_common_name"));
        names.common_name = match from_request {
            Some(request) => request.common_name.clone(),
            None => call.string("common_name"),
        };
        if names.common_name.is_empty() && from_request.is_some() {
            names.common_name = call.string("common_name");
        }
        if names.common_name.is_empty() && role.flag("require_cn") {
            return Err(Error::response(
                "the common_name field is required, or must be provided in a CSR with \"use_csr_common_name\" set to \
                 true, unless \"require_cn\" is set to false",
            ));
        }
        match request.filter(|_| role.flag("use_csr_sans")) {
            Some(request) => {
                names.dns.clone_from(&request.dns);
                names.emails.clone_from(&request.emails);
                names.addresses.clone_from(&request.addresses);
                names.uris.clone_from(&request.uris);
            }
            None => names.take_from_call(call)?,
        }
        if !call.flag("exclude_cn_from_sans") {
            names.add_common_name();
        }
        Ok(names)
    }

    fn take_from_call(&mut self, call: &Call<'_>) -> Result<(), Error> {
        let asked = call.string("alt_names");
        for name in asked.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let name = name.to_owned();
            if name.contains('@') {
                self.emails.push(name);
            } else {
                self.dns.push(name);
            }
        }
        for text in call.list("ip_sans") {
            let address = text
                .parse()
                .map_err(|_| Error::response(format!("the value {text:?} is not a valid IP address")))?;
            self.addresses.push(address);
        }
        self.uris = call.list("uri_sans");
        for text in call.list("other_sans") {
            let wrong = |why: &str| Error::response(format!("could not parse requested other SAN: {why}"));
            let (oid, rest) = text
                .split_once(';')
                .ok_or_else(|| wrong(&format!("expected a semicolon in other SAN {text:?}")))?;
            let (kind, value) = rest
                .split_once(':')
                .ok_or_else(|| wrong(&format!("expected a colon in other SAN {text:?}")))?;
            if !kind.eq_ignore_ascii_case("utf8") && !kind.eq_ignore_ascii_case("utf-8") {
                return Err(wrong(&format!(
                    "only utf8 other SANs are supported; found non-supported type in other SAN {text:?}"
                )));
            }
            self.others.push((oid.to_owned(), value.to_owned()));
        }
        Ok(())
    }

    fn add_common_name(&mut self) {
        let name = &self.common_name;
        if name.contains('@') {
            if !self.emails.contains(name) {
                self.emails.insert(0, name.clone());
            }
        } else if names::hostname(name.strip_prefix("*.").unwrap_or(name)) && !self.dns.contains(name) {
            self.dns.insert(0, name.clone());
        }
    }

    /// Refuses names that the role does not allow.
    pub(super) fn judge(&self, role: &Role, display: &str) -> Result<(), Error> {
        let common = [self.common_name.clone()];
        let asked = if self.common_name.is_empty() {
            &common[..0]
        } else {
            &common[..]
        };
        if let Some(name) = names::refused(role, display, asked) {
            return Err(Error::response(format!("common name {name} not allowed by this role")));
        }
        if let Some(name) = names::refused(role, display, &self.dns) {
            return Err(Error::response(format!(
                "subject alternate name {name} not allowed by this role"
            )));
        }
        if let Some(name) = names::refused(role, display, &self.emails) {
            return Err(Error::response(format!(
                "email address {name} not allowed by this role"
            )));
        }
        if !self.addresses.is_empty() && !role.flag("allow_ip_sans") {
            return Err(Error::response(
                "IP Subject Alternative Names are not allowed in this role, but was provided via the API",
            ));
        }
        self.judge_uris(role)?;
        self.judge_others(role)
    }

    fn judge_uris(&self, role: &Role) -> Result<(), Error> {
        let allowed = role.list("allowed_uri_sans");
        if !self.uris.is_empty() && allowed.is_empty() {
            return Err(Error::response(
                "URI Subject Alternative Names are not allowed in this role, but were provided via the API",
            ));
        }
        let refused = |uri: &&String| !allowed.iter().any(|pattern| names::glob(pattern, uri));
        match self.uris.iter().find(refused) {
            Some(_) => Err(Error::response(
                "URI Subject Alternative Names were provided via the API which are not valid for this role",
            )),
            None => Ok(()),
        }
    }

    fn judge_others(&self, role: &Role) -> Result<(), Error> {
        let allowed = role.list("allowed_other_sans");
        if allowed == ["*"] {
            return Ok(());
        }
        for (oid, value) in &self.others {
            let rules = allowed.iter().filter_map(|rule| rule.split_once(';'));
            let mut rules = rules.filter(|(known, _)| known == oid).peekable();
            if rules.peek().is_none() {
                return Err(Error::response(format!("other SAN OID {oid} not allowed by this role")));
            }
            let fits = |(_, rule): (&str, &str)| {
                rule.split_once(':')
                    .is_some_and(|(_, pattern)| names::glob(pattern, value))
            };
            if !rules.any(fits) {
                return Err(Error::response(format!(
                    "other SAN {value} not allowed for OID {oid} by this role"
                )));
            }
        }
        Ok(())
    }

    /// The names in the form that rcgen writes.
    pub(super) fn sans(&self) -> Result<Vec<SanType>, Error> {
        let ascii = |text: &str| {
            text.to_owned()
                .try_into()
                .map_err(|_| Error::response(format!("the name {text:?} holds letters that certificates cannot")))
        };
        let mut sans = Vec::new();
        for name in &self.dns {
            sans.push(SanType::DnsName(ascii(name)?));
        }
        for email in &self.emails {
            sans.push(SanType::Rfc822Name(ascii(email)?));
        }
        sans.extend(self.addresses.iter().copied().map(SanType::IpAddress));
        for uri in &self.uris {
            sans.push(SanType::URI(ascii(uri)?));
        }
        for (oid, value) in &self.others {
            let parts: Option<Vec<u64>> = oid.split('.').map(|part| part.parse().ok()).collect();
            let parts = parts
                .ok_or_else(|| Error::response(format!("could not parse requested other SAN: bad OID {oid:?}")))?;
            sans.push(SanType::OtherName((parts, OtherNameValue::Utf8String(value.clone()))));
        }
        Ok(sans)
    }
}
