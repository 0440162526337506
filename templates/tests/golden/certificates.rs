//! What the makers of certificates make, as a reader of certificates sees it.

use coffret_templates::{Options, Syntax, Template};
use serde_json::{Value as Json, json};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::pem::parse_x509_pem;

use super::world::World;

/// Renders a template that ends in a JSON list of PEM texts, and gives their bytes.
fn certificates(template: &str) -> Vec<Vec<u8>> {
    let template = Template::parse(template, Syntax::Go, Options::default()).unwrap();
    let rendered = template.render(&mut World::new(&json!({}), &json!({}))).unwrap();
    let texts: Json = serde_json::from_slice(&rendered.output.unwrap()).unwrap();
    let texts = texts.as_array().unwrap().iter();
    let blocks = texts.map(|text| parse_x509_pem(text.as_str().unwrap().as_bytes()).unwrap().1);
    blocks.map(|block| block.contents).collect()
}

fn parsed(bytes: &[u8]) -> X509Certificate<'_> {
    let (rest, certificate) = x509_parser::parse_x509_certificate(bytes).unwrap();
    assert!(rest.is_empty());
    certificate
}

/// The identifiers of subject and authority.
fn key_ids(certificate: &X509Certificate<'_>) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
    let (mut subject, mut authority) = (None, None);
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => subject = Some(id.0.to_vec()),
            ParsedExtension::AuthorityKeyIdentifier(id) => {
                authority = id.key_identifier.as_ref().map(|id| id.0.to_vec());
            }
            _ => {}
        }
    }
    (subject, authority)
}

const CHAIN: &str = "{{ $ca := sprig_genCA \"Own CA\" 365 }}\
    {{ $leaf := sprig_genSignedCertWithKey \"web é\" (sprig_list \"10.0.0.1\" \"::1\") (sprig_list \"web.example\") 30 $ca \
    (sprig_genPrivateKey \"KIND\") }}{{ sprig_list $ca.Cert $leaf.Cert | toJSON }}";

#[test]
fn a_leaf_is_signed_by_its_authority_and_says_what_was_asked() {
    for kind in ["rsa", "ecdsa", "ed25519"] {
        let made = certificates(&CHAIN.replace("KIND", kind));
        let (authority, leaf) = (parsed(&made[0]), parsed(&made[1]));
        authority.verify_signature(None).unwrap();
        leaf.verify_signature(Some(authority.public_key())).unwrap();
        assert!(authority.is_ca() && !leaf.is_ca(), "{kind}");
        assert_eq!(authority.subject().to_string(), "CN=Own CA");
        assert_eq!(leaf.issuer().to_string(), "CN=Own CA");
        assert_eq!(leaf.subject().to_string(), "CN=web é");
        assert_eq!(key_ids(&leaf), (None, key_ids(&authority).0));
        let days = |certificate: &X509Certificate<'_>| {
            let validity = certificate.validity();
            (validity.not_after.timestamp() - validity.not_before.timestamp()) / 86_400
        };
        assert_eq!((days(&authority), days(&leaf)), (365, 30));
        assert_eq!(leaf.validity().not_before.timestamp(), 1_709_211_845);
    }
}

#[test]
fn names_and_usages_are_in_the_extensions() {
    let made = certificates(&CHAIN.replace("KIND", "ecdsa"));
    let (authority, leaf) = (parsed(&made[0]), parsed(&made[1]));
    let names = leaf.subject_alternative_name().unwrap().unwrap();
    assert!(!names.critical);
    let expected = [
        GeneralName::DNSName("web.example"),
        GeneralName::IPAddress(&[10, 0, 0, 1]),
        GeneralName::IPAddress(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    ];
    assert_eq!(names.value.general_names, expected);
    let usage = |certificate: &X509Certificate<'_>| certificate.key_usage().unwrap().unwrap().value.flags;
    assert_eq!((usage(&leaf), usage(&authority)), (0b101, 0b10_0101));
    let purposes = leaf.extended_key_usage().unwrap().unwrap().value;
    assert!(purposes.server_auth && purposes.client_auth && !purposes.any);
}

#[test]
fn a_certificate_without_a_subject_names_its_holder_critically() {
    let made = certificates(
        "{{ $c := sprig_genSelfSignedCert \"\" nil (sprig_list \"a.b\") 36500 }}{{ sprig_list $c.Cert | toJSON }}",
    );
    let certificate = parsed(&made[0]);
    certificate.verify_signature(None).unwrap();
    assert!(certificate.subject_alternative_name().unwrap().unwrap().critical);
    assert_eq!(certificate.validity().not_after.to_datetime().year(), 2124);
}

#[test]
fn keys_are_not_made_without_a_maker_nor_without_end() {
    let rounds = "{{ range loop 100 }}{{ sprig_genPrivateKey \"rsa\" | len }}{{ end }}";
    let template = Template::parse(rounds, Syntax::Go, Options::default()).unwrap();
    let error = template.render(&mut World::new(&json!({}), &json!({}))).unwrap_err();
    assert!(error.to_string().contains("takes too long"), "{error}");
}
