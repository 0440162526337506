//! A cluster's signing key and the service account tokens made with it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";
/// What stands before the point in the DER form of a P-256 public key.
const P256_HEADER: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

pub struct Cluster {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl Cluster {
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Self { key, random }
    }

    /// Whom the tokens are for.
    pub fn audience(&self) -> &'static str {
        ISSUER
    }

    /// What an operator writes to `auth/kubernetes/config`.
    pub fn config(&self) -> Value {
        let der = [&P256_HEADER, self.key.public_key().as_ref()].concat();
        let pem = format!(
            "-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n",
            STANDARD.encode(der)
        );
        json!({"kubernetes_host": ISSUER, "pem_keys": [pem], "issuer": ISSUER})
    }

    /// A token good until 2030 for the account `web` in the namespace `shop`.
    pub fn token(&self) -> String {
        let claims = json!({
            "aud": [ISSUER], "iss": ISSUER, "exp": 1_893_456_000, "iat": 1_767_225_000, "nbf": 1_767_225_000,
            "sub": "system:serviceaccount:shop:web",
            "kubernetes.io": {
                "namespace": "shop",
                "serviceaccount": {"name": "web", "uid": "2f0c1b7e-5c61-4d38-9c0a-7d1f6a0f9b11"},
                "pod": {"name": "web-1", "uid": "9a3b8a3e-7f7c-4b67-8a64-0a2f3b1d5c22"},
            },
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "ES256", "typ": "JWT"})), part(&claims));
        let signature = self.key.sign(&self.random, signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}
