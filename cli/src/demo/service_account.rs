//! The cluster's signing key, and the tokens the kubelet requests with it.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rsa::pkcs1v15::SigningKey;
use rsa::pkcs8::{EncodePublicKey, LineEnding};
use rsa::sha2::Sha256;
use rsa::signature::{SignatureEncoding, Signer};
use serde_json::json;

use super::cluster::AUDIENCE;

const KEY_BITS: usize = 2048;
/// The lifetime of a token in seconds, as the ServiceAccount admission plugin asks for it.
const LIFETIME: u64 = 3607;

/// The key pair that signs service-account tokens.
pub struct Issuer {
    key: SigningKey<Sha256>,
    public_pem: String,
}

impl Issuer {
    /// Makes a new RSA key pair.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn generate() -> anyhow::Result<Self> {
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, KEY_BITS).context("making an RSA key")?;
        let public_pem = key
            .to_public_key()
            .to_public_key_pem(LineEnding::LF)
            .context("writing the public key")?;
        Ok(Self {
            key: SigningKey::new(key),
            public_pem,
        })
    }

    /// The public key, as `pem_keys` of the kubernetes auth method takes it.
    pub fn public_pem(&self) -> &str {
        &self.public_pem
    }

    /// A token for a pod of this account, signed with RS256, with the claims that Kubernetes puts into it.
    ///
    /// # Errors
    /// When the clock stands before 1970.
    pub fn token(&self, namespace: &str, account: &str, pod: &str) -> anyhow::Result<String> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .context("reading the clock")?
            .as_secs();
        let claims = json!({
            "aud": [AUDIENCE],
            "exp": now + LIFETIME,
            "iat": now,
            "nbf": now,
            "iss": AUDIENCE,
            "sub": format!("system:serviceaccount:{namespace}:{account}"),
            "kubernetes.io": {
                "namespace": namespace,
                "serviceaccount": { "name": account, "uid": "2f0c1b7e-5c61-4d38-9c0a-7d1f6a0f9b11" },
                "pod": { "name": pod, "uid": "9a3b8a3e-7f7c-4b67-8a64-0a2f3b1d5c22" },
            },
        });
        let header = json!({ "alg": "RS256", "kid": "demo" });
        let signed = format!(
            "{}.{}",
            encode(&serde_json::to_vec(&header)?),
            encode(&serde_json::to_vec(&claims)?)
        );
        let signature = self.key.sign(signed.as_bytes()).to_vec();
        Ok(format!("{signed}.{}", encode(&signature)))
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
