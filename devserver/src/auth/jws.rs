//! JSON web tokens: reading, signatures, and the claims that say when and for whom they hold.

use crate::json::{self, Object, Value};
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use base64::{DecodeError, Engine as _};
use jiff::Timestamp;
use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// Algorithms of signatures that tokens may have.
pub(crate) const ALGORITHMS: [&str; 10] = [
    "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA",
];

/// Seconds by which clocks may differ.
const SKEW: i64 = 60;
/// Seconds a token without an end is taken to live, and one without a beginning to have lived.
const LEEWAY: i64 = 150;

/// A public key that can have signed a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum VerifyingKey {
    /// PKCS #1 DER.
    Rsa(Vec<u8>),
    /// Uncompressed points.
    P256(Vec<u8>),
    P384(Vec<u8>),
    P521(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl VerifyingKey {
    /// Reads a public key, or that of a certificate, from PEM.
    pub(crate) fn from_pem(pem: &str) -> Option<Self> {
        if let Ok(info) = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()) {
            return Self::from_info(&SubjectPublicKeyInfo::from_der(&info).ok()?.1);
        }
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
        let (_, certificate) = X509Certificate::from_der(&certificate).ok()?;
        Self::from_info(certificate.public_key())
    }

    fn from_info(info: &SubjectPublicKeyInfo<'_>) -> Option<Self> {
        let bytes = info.subject_public_key.data.to_vec();
        match info.parsed() {
            Ok(PublicKey::RSA(_)) => Some(Self::Rsa(bytes)),
            Ok(PublicKey::EC(_)) => match bytes.len() {
                65 => Some(Self::P256(bytes)),
                97 => Some(Self::P384(bytes)),
                133 => Some(Self::P521(bytes)),
                _ => None,
            },
            // RFC 8410 names the algorithm 1.3.101.112.
            _ if info.algorithm.algorithm.to_id_string() == "1.3.101.112" => Some(Self::Ed25519(bytes)),
            _ => None,
        }
    }

    fn verifies(&self, algorithm: &str, message: &[u8], signed: &[u8]) -> bool {
        let check = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signed).is_ok()
        };
        match (self, algorithm) {
            (Self::Rsa(key), "RS256") => check(&signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key),
            (Self::Rsa(key), "RS384") => check(&signature::RSA_PKCS1_2048_8192_SHA384, key),
            (Self::Rsa(key), "RS512") => check(&signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY, key),
            (Self::Rsa(key), "PS256") => check(&signature::RSA_PSS_2048_8192_SHA256, key),
            (Self::Rsa(key), "PS384") => check(&signature::RSA_PSS_2048_8192_SHA384, key),
            (Self::Rsa(key), "PS512") => check(&signature::RSA_PSS_2048_8192_SHA512, key),
            (Self::P256(key), "ES256") => check(&signature::ECDSA_P256_SHA256_FIXED, key),
            (Self::P384(key), "ES384") => check(&signature::ECDSA_P384_SHA384_FIXED, key),
            (Self::P521(key), "ES512") => verifies_p521(key, message, signed),
            (Self::Ed25519(key), "EdDSA") => check(&signature::ED25519, key),
            _ => false,
        }
    }
}

fn verifies_p521(key: &[u8], message: &[u8], signed: &[u8]) -> bool {
    use p521::ecdsa::signature::Verifier;
    let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(key);
    let signed = p521::ecdsa::Signature::from_slice(signed);
    matches!((key, signed), (Ok(key), Ok(signed)) if key.verify(message, &signed).is_ok())
}

/// A token in its parts.
#[derive(Clone, Debug)]
pub(crate) struct Token<'a> {
    /// `alg` of the header.
    pub(crate) algorithm: String,
    /// `kid` of the header; empty where there is none.
    pub(crate) key_id: String,
    /// The payload's members.
    pub(crate) claims: Object,
    message: &'a str,
    signed: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Reads a token without judging it.
    ///
    /// # Errors
    /// Why it is none, in the words of the library the original uses.
    pub(crate) fn read(text: &'a str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, payload, signed] = parts.as_slice() else {
            return Err("go-jose/go-jose: compact JWS format must have three parts".to_owned());
        };
        // Go passes over line breaks, with which many a token file ends.
        let bytes = |part: &str| {
            let part = part.replace(['\r', '\n'], "");
            BASE64_URL_SAFE_NO_PAD
                .decode(&part)
                .map_err(|error| format!("illegal base64 data at input byte {}", wrong_byte(&error, &part)))
        };
        let header = object(&bytes(header)?)?;
        let member = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self {
            algorithm: member("alg"),
            key_id: member("kid"),
            claims: object(&bytes(payload)?)?,
            message: text.rsplit_once('.').map_or(text, |(message, _)| message),
            signed: bytes(signed)?,
        })
    }

    /// Whether one of the keys has signed it.
    pub(crate) fn signed_by<'k>(&self, keys: impl IntoIterator<Item = &'k VerifyingKey>) -> bool {
        keys.into_iter()
            .any(|key| key.verifies(&self.algorithm, self.message.as_bytes(), &self.signed))
    }

    /// A text claim.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.claims.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// The audiences: one text, or a list.
    pub(crate) fn audiences(&self) -> Vec<String> {
        match self.claims.get("aud") {
            Some(Value::String(one)) => vec![one.clone()],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    }

    fn seconds(&self, name: &str) -> Option<i64> {
        let number = match self.claims.get(name) {
            Some(Value::Number(number)) => number.as_str(),
            _ => return None,
        };
        #[allow(
            clippy::cast_possible_truncation,
            reason = "moments beyond the calendar stay beyond it"
        )]
        number
            .parse::<f64>()
            .ok()
            .map(|seconds| seconds as i64)
            .filter(|seconds| *seconds != 0)
    }
}

fn object(text: &[u8]) -> Result<Object, String> {
    match json::parse(text) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("go-jose/go-jose: invalid header or payload: no JSON object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Where Go sees the first wrong byte; a text of one letter is wrong at its beginning.
pub(crate) fn wrong_byte(error: &DecodeError, part: &str) -> usize {
    match error {
        DecodeError::InvalidByte(place, _) => *place,
        DecodeError::InvalidLastSymbol { offset, .. } => *offset,
        _ => part.len().saturating_sub(1) / 4 * 4,
    }
}

/// Refuses registered claims (RFC 7519, 4.1) of the wrong type.
fn check_types(claims: &Object) -> Result<(), String> {
    for name in ["iss", "sub", "jti"] {
        let kind = match claims.get(name) {
            None | Some(Value::Null | Value::String(_)) => continue,
            Some(Value::Bool(_)) => "bool",
            Some(Value::Number(_)) => "number",
            Some(Value::Array(_)) => "array",
            Some(Value::Object(_) | Value::Deep(_)) => "object",
        };
        return Err(format!(
            "json: cannot unmarshal {kind} into Go struct field Claims.{name} of type string"
        ));
    }
    for name in ["exp", "nbf", "iat"] {
        if !matches!(claims.get(name), None | Some(Value::Null | Value::Number(_))) {
            return Err("go-jose/go-jose/jwt: expected number value to unmarshal NumericDate".to_owned());
        }
    }
    Ok(())
}

/// What a token must claim.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// `iss`; empty for any.
    pub(crate) issuer: String,
    /// `sub`; empty for any.
    pub(crate) subject: String,
    /// One of them must be in `aud`; empty for any.
    pub(crate) audiences: Vec<String>,
    /// Whether a token without any time is taken.
    pub(crate) timeless: bool,
    /// Leeways in seconds: expiration, not before, clock skew. Zero is the default, negative is none.
    pub(crate) leeways: [i64; 3],
}

impl Expected {
    /// Checks the claims.
    ///
    /// # Errors
    /// What does not hold, in the original's words.
    pub(crate) fn check(&self, token: &Token<'_>, now: Timestamp) -> Result<(), String> {
        check_types(&token.claims)?;
        if !self.issuer.is_empty() && self.issuer != token.text("iss") {
            return Err("invalid issuer (iss) claim".to_owned());
        }
        if !self.subject.is_empty() && self.subject != token.text("sub") {
            return Err("invalid subject (sub) claim".to_owned());
        }
        let audiences = token.audiences();
        if !self.audiences.is_empty() && !audiences.iter().any(|one| self.audiences.contains(one)) {
            return Err("invalid audience (aud) claim: audience claim does not match any expected audience".to_owned());
        }
        self.check_times(token, now)
    }

    fn check_times(&self, token: &Token<'_>, now: Timestamp) -> Result<(), String> {
        let leeway = |given: i64, default: i64| if given == 0 { default } else { given.max(0) };
        let [expiration, not_before, skew] = self.leeways;
        let skew = leeway(skew, SKEW);
        let (issued, ends, starts) = (token.seconds("iat"), token.seconds("exp"), token.seconds("nbf"));
        if issued.is_none() && ends.is_none() && starts.is_none() {
            return match self.timeless {
                true => Ok(()),
                false => {
                    let text = "no issued at (iat), not before (nbf), or expiration time (exp) claims in token";
                    Err(text.to_owned())
                }
            };
        }
        let latest = issued.max(starts).unwrap_or_default();
        let ends = ends.unwrap_or_else(|| latest.saturating_add(leeway(expiration, LEEWAY)));
        let starts = starts
            .or(issued)
            .unwrap_or_else(|| ends.saturating_sub(leeway(not_before, LEEWAY)));
        // What has begun within a second counts as begun, and what ended within it as ended.
        let begun = now.as_second().saturating_add(skew);
        let ended = now.as_second().saturating_sub(skew);
        let past = |end: i64| ended > end || (ended == end && now.subsec_nanosecond() > 0);
        if begun < starts {
            return Err("invalid not before (nbf) claim: token not yet valid".to_owned());
        }
        if past(ends) {
            return Err("invalid expiration time (exp) claim: token is expired".to_owned());
        }
        if begun < issued.unwrap_or_default() {
            return Err("invalid issued at (iat) claim: token issued in the future".to_owned());
        }
        Ok(())
    }
}
