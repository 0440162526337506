//! Requests of intermediates, to be signed by an authority elsewhere.

use super::creation::draft;
use super::given_out::{Format, add_key, format, trimmed};
use super::request::Asked;
use super::root::NO_ADDRESSES;
use super::{Pki, fields, unmade};
use crate::engine::{Call, Context, Route, boolean, route};
use crate::engines::asymmetric::Kind;
use crate::engines::encoding;
use crate::engines::x509::{SignatureAlgorithm, make_request};
use crate::logical::{Operation, Reply, Response};
use crate::object;

const REGENERATE: &str = " Since this certificate is an intermediate, it might be useful to regenerate this certificate \
                          after fixing this problem for the root mount.";

pub(super) fn routes() -> Vec<Route<Pki>> {
    let fields = || {
        let mut all = fields::authority();
        all.extend(fields::key_generation());
        // Taken, and without effect: requests are signed in the older way.
        all.extend([boolean("add_basic_constraints"), boolean("use_pss")]);
        all
    };
    vec![
        route("(intermediate/generate|issuers/generate/intermediate)/{exported}")
            .fields(fields())
            .on(Operation::Update, Pki::generate_intermediate)
            .help("Generate a request for an intermediate", "With a new key."),
        route("intermediate/cross-sign")
            .fields(fields())
            .on(Operation::Update, Pki::generate_intermediate)
            .help(
                "Generate a request for another certificate of a key",
                "With a key that is here.",
            ),
    ]
}

impl Pki {
    fn generate_intermediate(&mut self, context: &mut Context<'_>, call: &Call<'_>) -> Reply {
        let (exported, mut role) = self.generation(call)?;
        let key_name = self.new_key_name(call)?;
        let asked = Asked {
            call,
            role: &role,
            request: None,
            takes_user_ids: false,
        };
        let draft = draft(context, asked, None)?;
        let key = self.authority_key(call, &mut role)?;
        let algorithm = match key.kind() {
            Kind::Rsa(_) => SignatureAlgorithm::rsa(role.int("signature_bits"), false),
            _ => None,
        };
        let algorithm = algorithm.unwrap_or(SignatureAlgorithm::default_for(key.kind()));
        let (subject, names) = (&draft.template.subject, &draft.template.names);
        let made = make_request(subject, names, call.flag("add_basic_constraints"), &key, algorithm).map_err(unmade)?;
        let format = format(call)?;
        let mut shown = match format {
            Format::Der => encoding::encode(&made),
            _ => trimmed("CERTIFICATE REQUEST", &made),
        };
        let mut data = object! {};
        if exported {
            let private = add_key(&mut data, &key, call)?;
            if format == Format::PemBundle {
                shown = format!("{private}\n{shown}");
            }
        }
        let (key_id, _) = self.authorities.add_key(key, &key_name);
        data.extend(object! { "csr" => shown, "key_id" => key_id });
        let mut response = Response::data(data);
        if self.addresses.is_empty() {
            response = response.warn(format!("{NO_ADDRESSES}{REGENERATE}"));
        }
        response.warnings.extend(draft.warnings);
        response.reply()
    }
}
