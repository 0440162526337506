//! Addresses in certificates: of the mount, of the responder and of lists, plain or as templates.

use super::Pki;
use crate::engine::{Call, Context, Route, boolean, comma_list, route, text};
use crate::engines::x509::Urls;
use crate::json::Object;
use crate::logical::{Error, Operation, Reply, Response};
use crate::object;

/// Addresses as they were set.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    pub(super) urls: Urls,
    /// Whether they hold templates.
    pub(super) templating: bool,
}

/// Under which addresses the mount itself is reached.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    pub(super) path: String,
    aia_path: String,
}

pub(super) fn routes() -> Vec<Route<Pki>> {
    vec![
        route("config/urls")
            .fields(vec![
                comma_list("issuing_certificates"),
                comma_list("crl_distribution_points"),
                comma_list("delta_crl_distribution_points"),
                comma_list("ocsp_servers"),
                boolean("enable_templating"),
            ])
            .on(Operation::Read, |engine: &mut Pki, _, _| {
                Response::data(engine.addresses.view()).reply()
            })
            .on(Operation::Update, Pki::write_addresses)
            .help(
                "Set the URLs in certificates",
                "Where issuers, lists and responders are found.",
            ),
        route("config/cluster")
            .fields(vec![text("path"), text("aia_path")])
            .on(Operation::Read, |engine: &mut Pki, _, _| {
                Response::data(engine.cluster.view()).reply()
            })
            .on(Operation::Update, Pki::write_cluster)
            .help(
                "The address of the mount",
                "As clients of ACME and readers of certificates see it.",
            ),
    ]
}

impl Addresses {
    fn view(&self) -> Object {
        object! {
            "crl_distribution_points" => self.urls.crl_distribution_points.clone(),
            "delta_crl_distribution_points" => self.urls.delta_crl_distribution_points.clone(),
            "enable_templating" => self.templating,
            "issuing_certificates" => self.urls.issuing_certificates.clone(),
            "ocsp_servers" => self.urls.ocsp_servers.clone(),
        }
    }

    /// Whether nobody learns from a certificate where more is found.
    pub(super) fn is_empty(&self) -> bool {
        let urls = &self.urls;
        urls.issuing_certificates.is_empty() && urls.crl_distribution_points.is_empty() && urls.ocsp_servers.is_empty()
    }

    /// The addresses with their templates filled in.
    pub(super) fn resolved(&self, cluster: &Cluster, issuer_id: &str) -> Result<Urls, Error> {
        if !self.templating {
            return Ok(self.urls.clone());
        }
        let mut urls = self.urls.clone();
        for (_, list) in lists(&mut urls) {
            for url in list.iter_mut() {
                *url = cluster.fill(url, issuer_id)?;
            }
        }
        Ok(urls)
    }
}

/// The lists by the names of their fields.
pub(super) fn lists(urls: &mut Urls) -> [(&'static str, &mut Vec<String>); 4] {
    [
        ("issuing_certificates", &mut urls.issuing_certificates),
        ("crl_distribution_points", &mut urls.crl_distribution_points),
        ("delta_crl_distribution_points", &mut urls.delta_crl_distribution_points),
        ("ocsp_servers", &mut urls.ocsp_servers),
    ]
}

impl Cluster {
    fn view(&self) -> Object {
        object! { "path" => &self.path, "aia_path" => &self.aia_path }
    }

    fn fill(&self, url: &str, issuer_id: &str) -> Result<String, Error> {
        let missing = |part: &str| {
            Error::internal(match part {
                "issuer_id" => "unable to template AIA URLs as we lack an issuer_id for this operation".to_owned(),
                part => format!("unable to template AIA URLs as we lack local cluster address information ({part})"),
            })
        };
        let parts = [
            ("{{cluster_path}}", self.path.as_str(), "path"),
            ("{{cluster_aia_path}}", self.aia_path.as_str(), "aia_path"),
            ("{{issuer_id}}", issuer_id, "issuer_id"),
        ];
        let mut filled = url.to_owned();
        for (placeholder, value, part) in parts {
            if filled.contains(placeholder) && value.is_empty() {
                return Err(missing(part));
            }
            filled = filled.replace(placeholder, value);
        }
        match is_url(&filled) {
            true => Ok(filled),
            false => Err(Error::internal(format!(
                "error validating templated {url}; invalid URI: {filled}"
            ))),
        }
    }

    /// The part of the address that templates among these addresses need and nobody has set.
    pub(super) fn untold(&self, addresses: &Addresses) -> Option<&'static str> {
        if !addresses.templating {
            return None;
        }
        let mut urls = addresses.urls.clone();
        let all: Vec<String> = lists(&mut urls)
            .into_iter()
            .flat_map(|(_, list)| list.clone())
            .collect();
        let needs = |placeholder: &str| all.iter().any(|url| url.contains(placeholder));
        let parts = [
            ("path", "{{cluster_path}}", &self.path),
            ("aia_path", "{{cluster_aia_path}}", &self.aia_path),
        ];
        let untold = parts
            .into_iter()
            .find(|(_, placeholder, value)| value.is_empty() && needs(placeholder));
        untold.map(|(part, _, _)| part)
    }
}

impl Pki {
    fn write_addresses(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut changed = self.addresses.clone();
        if call.has("enable_templating") {
            changed.templating = call.flag("enable_templating");
        }
        let templating = changed.templating;
        for (field, place) in lists(&mut changed.urls) {
            let Some(list) = call.maybe_list(field) else { continue };
            check_urls(field, &list, templating)?;
            *place = list;
        }
        self.addresses = changed;
        let response = Response::data(self.addresses.view());
        match self.cluster.untold(&self.addresses) {
            Some(part) => response.warn(untold_warning(part)).reply(),
            None => response.reply(),
        }
    }

    fn write_cluster(&mut self, _: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let mut changed = self.cluster.clone();
        for (field, place) in [("path", &mut changed.path), ("aia_path", &mut changed.aia_path)] {
            let Some(url) = call.maybe_string(field) else { continue };
            if !is_url(&url) {
                return Err(Error::internal(format!(
                    "invalid, non-URL {field} given to cluster: {url}"
                )));
            }
            *place = url;
        }
        self.cluster = changed;
        Response::data(self.cluster.view()).reply()
    }

    /// The addresses for certificates by an issuer: its own, else the mount's.
    pub(super) fn urls_of(&self, own: Option<&Addresses>, issuer_id: &str) -> Result<Urls, Error> {
        let urls = own.unwrap_or(&self.addresses).resolved(&self.cluster, issuer_id);
        urls.map_err(|error| {
            Error::internal(format!(
                "error fetching CA certificate: unable to fetch AIA URL information: {}",
                error.text
            ))
        })
    }
}

/// What is said where templates cannot be filled in.
pub(super) fn untold_warning(part: &str) -> String {
    format!(
        "issuance may fail: unable to template AIA URLs as we lack local cluster address information ({part})\n\nConsider \
         setting the cluster-local address if it is not already set."
    )
}

/// Refuses addresses that are no URLs, unless they are templates or empty.
pub(super) fn check_urls(field: &str, list: &[String], templating: bool) -> Result<(), Error> {
    match list.iter().find(|url| !templating && !url.is_empty() && !is_url(url)) {
        None => Ok(()),
        Some(wrong) => Err(Error::response(format!(
            "invalid URL found in Authority Information Access (AIA) parameter {field}: {wrong}"
        ))),
    }
}

/// Whether a text is an absolute URL with a host: what clients of a certificate can follow.
pub(super) fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else {
        return false;
    };
    let good_scheme = scheme
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    good_scheme
        && scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && !rest.is_empty()
        && rest.is_ascii()
        && !rest.contains(char::is_whitespace)
}
