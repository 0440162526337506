//! Fields that several routes declare alike.

use super::role;
use crate::engine::{Field, boolean, comma_list, integer, seconds, text};

const USAGES: [&str; 3] = ["DigitalSignature", "KeyAgreement", "KeyEncipherment"];

/// What every call has that gives out a certificate or a request.
fn common() -> Vec<Field> {
    vec![
        text("common_name"),
        text("alt_names"),
        comma_list("ip_sans"),
        comma_list("uri_sans"),
        comma_list("other_sans"),
        text("serial_number"),
        seconds("ttl"),
        text("not_before"),
        text("not_after"),
        text("format").or("pem"),
        text("private_key_format").or("der"),
        boolean("exclude_cn_from_sans"),
    ]
}

/// Of calls for certificates of leaves.
pub(super) fn leaf() -> Vec<Field> {
    let mut fields = common();
    fields.extend([
        text("role"),
        issuer_ref(),
        comma_list("user_ids"),
        boolean("remove_roots_from_chain"),
    ]);
    fields
}

/// Of calls for certificates of authorities.
pub(super) fn authority() -> Vec<Field> {
    let mut fields = common();
    fields.extend(role::SUBJECT.map(comma_list));
    fields.push(seconds("not_before_duration").or(30));
    fields
}

/// The key's usages.
pub(super) fn usages() -> Vec<Field> {
    vec![
        comma_list("key_usage").or(USAGES.to_vec()),
        comma_list("ext_key_usage"),
        comma_list("ext_key_usage_oids"),
    ]
}

/// Of calls that make an authority's key.
pub(super) fn key_generation() -> Vec<Field> {
    vec![
        text("exported"),
        text("key_type").or("rsa"),
        integer("key_bits"),
        integer("signature_bits"),
        text("key_name"),
        text("key_ref").or("default"),
    ]
}

/// Of calls that issue an authority's certificate.
pub(super) fn authority_issue() -> Vec<Field> {
    vec![
        integer("max_path_length").or(-1),
        comma_list("permitted_dns_domains"),
        text("issuer_name"),
        boolean("use_pss"),
    ]
}

pub(super) fn issuer_ref() -> Field {
    text("issuer_ref").or("default")
}
