//! What issued certificates hold, seen by another library than the one that makes them.

use coffret_devserver::{Options, Server};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use x509_cert::der::asn1::{Any, Null, OctetString};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_ocsp::{BasicOcspResponse, CertId, CertStatus, OcspRequest, OcspResponse, Request, TbsRequest};
use x509_parser::prelude::*;

use crate::exchange::{Answer, Call, Target};

async fn post(target: &Target, path: &str, body: Value) -> Answer {
    let call = Call {
        method: "POST".to_owned(),
        path: format!("/v1/{path}"),
        token: Some(target.root_token.clone()),
        headers: Vec::new(),
        body: body.to_string().into_bytes(),
    };
    target.send(call).await
}

/// A server with a root, and an intermediate that is its default issuer.
async fn authority(key_type: &str) -> (Server, Target) {
    let server = Server::start(Options::default())
        .await
        .expect("the server starts on a free port");
    let target = Target::parse(server.url(), server.root_token());
    for (path, body) in [
        ("sys/mounts/pki", json!({"type": "pki"})),
        (
            "pki/config/urls",
            json!({"issuing_certificates": "http://pki.test/ca", "ocsp_servers": "http://pki.test/ocsp"}),
        ),
        (
            "pki/root/generate/internal",
            json!({"common_name": "Root", "ttl": "700h", "key_type": key_type}),
        ),
    ] {
        assert!(post(&target, path, body).await.status < 300, "{path}");
    }
    let request = json!({"common_name": "Intermediate", "key_type": key_type});
    let request = post(&target, "pki/intermediate/generate/internal", request).await.body;
    let csr = json!({"csr": request["data"]["csr"], "common_name": "Intermediate", "ttl": "600h"});
    let signed = post(&target, "pki/root/sign-intermediate", csr).await.body;
    let certificate = json!({"certificate": signed["data"]["certificate"]});
    let imported = post(&target, "pki/intermediate/set-signed", certificate).await.body;
    let issuer = json!({"default": imported["data"]["imported_issuers"][0]});
    assert_eq!(post(&target, "pki/config/issuers", issuer).await.status, 200);
    (server, target)
}

fn der(pem: &Value) -> Vec<u8> {
    let (_, block) =
        x509_parser::pem::parse_x509_pem(pem.as_str().expect("PEM is a text").as_bytes()).expect("it is PEM");
    block.contents
}

#[tokio::test]
async fn issued_certificates_chain_to_the_root_and_hold_what_was_asked() {
    for key_type in ["rsa", "ec", "ed25519"] {
        let (_server, target) = authority(key_type).await;
        let role = json!({
            "allowed_domains": "example.test", "allow_subdomains": true, "key_type": key_type, "ttl": "2h",
            "organization": "Example", "allowed_uri_sans": "spiffe://*"
        });
        assert_eq!(post(&target, "pki/roles/web", role).await.status, 200);
        let asked = json!({
            "common_name": "shop.example.test", "alt_names": "db.example.test", "ip_sans": "192.0.2.7",
            "uri_sans": "spiffe://example/shop"
        });
        let issued = post(&target, "pki/issue/web", asked).await.body;
        let data = &issued["data"];
        let (leaf, issuer) = (der(&data["certificate"]), der(&data["ca_chain"][0]));
        let root = der(&data["ca_chain"][1]);
        let read = |bytes: &'static [u8]| X509Certificate::from_der(bytes).expect("it is a certificate").1;
        let (leaf, issuer, root) = (read(leaf.leak()), read(issuer.leak()), read(root.leak()));

        leaf.verify_signature(Some(issuer.public_key()))
            .expect("the intermediate signed it");
        issuer
            .verify_signature(Some(root.public_key()))
            .expect("the root signed the intermediate");
        root.verify_signature(None).expect("the root signed itself");
        assert!(issuer.is_ca() && root.is_ca() && !leaf.is_ca());
        assert_eq!(leaf.subject().to_string(), "O=Example, CN=shop.example.test");
        assert_eq!(
            leaf.validity().not_after.timestamp() - leaf.validity().not_before.timestamp(),
            7230
        );
        assert_eq!(json!(leaf.validity().not_after.timestamp()), data["expiration"]);
        assert_eq!(json!(leaf.raw_serial_as_string()), data["serial_number"]);
        let names = leaf
            .subject_alternative_name()
            .expect("names are read")
            .expect("there are names");
        let names: Vec<String> = names.value.general_names.iter().map(ToString::to_string).collect();
        assert_eq!(
            names,
            [
                "DNSName(shop.example.test)",
                "DNSName(db.example.test)",
                "IPAddress(c0:00:02:07)",
                "URI(spiffe://example/shop)"
            ]
        );
        let usage = leaf
            .extended_key_usage()
            .expect("usages are read")
            .expect("there are usages");
        assert!(usage.value.server_auth && usage.value.client_auth);
        let information = leaf
            .extensions()
            .iter()
            .find_map(|extension| match extension.parsed_extension() {
                ParsedExtension::AuthorityInfoAccess(access) => Some(access.accessdescs.len()),
                _ => None,
            });
        assert_eq!(information, Some(2));
    }
}

#[tokio::test]
async fn the_list_of_revoked_names_what_was_revoked_and_is_signed() {
    let (_server, target) = authority("ec").await;
    assert_eq!(
        post(
            &target,
            "pki/roles/any",
            json!({"allow_any_name": true, "key_type": "ec"})
        )
        .await
        .status,
        200
    );
    let issued = post(&target, "pki/issue/any", json!({"common_name": "a.test", "ttl": "1h"}))
        .await
        .body;
    let serial = json!({"serial_number": issued["data"]["serial_number"]});
    assert_eq!(post(&target, "pki/revoke", serial).await.status, 200);
    let call = Call {
        method: "GET".to_owned(),
        path: "/v1/pki/cert/crl".to_owned(),
        token: None,
        headers: Vec::new(),
        body: Vec::new(),
    };
    let list = target.send(call).await.body;
    let (list, issuer) = (der(&list["data"]["certificate"]), der(&issued["data"]["ca_chain"][0]));
    let list = CertificateRevocationList::from_der(&list).expect("it is a list").1;
    let issuer = X509Certificate::from_der(&issuer).expect("it is a certificate").1;
    list.verify_signature(issuer.public_key())
        .expect("the issuer signed it");
    let revoked: Vec<String> = list
        .iter_revoked_certificates()
        .map(RevokedCertificate::raw_serial_as_string)
        .collect();
    assert_eq!(json!(revoked), json!([issued["data"]["serial_number"]]));
}

/// What asks for the state of the certificate of this serial number.
fn state_request(issuer: &X509Certificate<'_>, serial: &Value) -> Vec<u8> {
    let octets = |bytes: &[u8]| OctetString::new(Sha1::digest(bytes).to_vec()).expect("it is short");
    let serial = serial.as_str().expect("a serial number is a text").split(':');
    let serial: Vec<u8> = serial
        .map(|pair| u8::from_str_radix(pair, 16).expect("it is hexadecimal"))
        .collect();
    let req_cert = CertId {
        hash_algorithm: AlgorithmIdentifierOwned {
            oid: "1.3.14.3.2.26".parse().expect("it is an identifier"),
            parameters: Some(Any::from(Null)),
        },
        issuer_name_hash: octets(issuer.subject().as_raw()),
        issuer_key_hash: octets(&issuer.public_key().subject_public_key.data),
        serial_number: SerialNumber::new(&serial).expect("it is short"),
    };
    let tbs_request = TbsRequest {
        request_list: vec![Request {
            req_cert,
            single_request_extensions: None,
        }],
        ..TbsRequest::default()
    };
    let request = OcspRequest {
        tbs_request,
        optional_signature: None,
    };
    request.to_der().expect("it can be written")
}

#[tokio::test]
async fn the_responder_signs_whether_a_certificate_is_revoked() {
    for key_type in ["rsa", "ec"] {
        let (_server, target) = authority(key_type).await;
        let role = json!({"allow_any_name": true, "key_type": "ec", "ttl": "1h"});
        assert_eq!(post(&target, "pki/roles/any", role).await.status, 200);
        let asked = json!({"common_name": "a.test"});
        let issued = post(&target, "pki/issue/any", asked).await.body;
        let serial = &issued["data"]["serial_number"];
        let issuer = der(&issued["data"]["ca_chain"][0]);
        let issuer = X509Certificate::from_der(&issuer).expect("it is a certificate").1;
        for revoked in [false, true] {
            if revoked {
                let serial = json!({"serial_number": serial});
                assert_eq!(post(&target, "pki/revoke", serial).await.status, 200);
            }
            let call = Call {
                method: "POST".to_owned(),
                path: "/v1/pki/ocsp".to_owned(),
                token: None,
                headers: vec![("content-type".to_owned(), "application/ocsp-request".to_owned())],
                body: state_request(&issuer, serial),
            };
            let answer = target.send(call).await;
            assert_eq!(answer.status, 200);
            let response = OcspResponse::from_der(&answer.bytes).expect("it is an answer");
            let response = response.response_bytes.expect("it is a successful one").response;
            let response = BasicOcspResponse::from_der(response.as_bytes()).expect("it is a basic one");
            let status = &response.tbs_response_data.responses[0].cert_status;
            assert_eq!(matches!(status, CertStatus::Revoked(_)), revoked);

            let signed = response.tbs_response_data.to_der().expect("it can be written");
            let algorithm = response.signature_algorithm.to_der().expect("it can be written");
            let algorithm = AlgorithmIdentifier::from_der(&algorithm).expect("it is one").1;
            let signature = x509_parser::asn1_rs::BitString::new(0, response.signature.raw_bytes());
            x509_parser::verify::verify_signature(issuer.public_key(), &algorithm, &signature, &signed)
                .expect("the issuer signed it");
        }
    }
}
