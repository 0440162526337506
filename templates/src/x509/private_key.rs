//! Private keys between their encodings: PKCS #1, SEC 1, PKCS #8 and OpenSSL's form of DSA.

use zeroize::Zeroizing;

use super::der::{self, NULL, Reader, tag};
use super::pem;

/// Object identifiers, without tag and length.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
const P224: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x21];
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];
const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03];

/// A private key of a kind that is known, and the bytes that are specific to its kind.
pub(crate) struct PrivateKey {
    pub(crate) kind: Kind,
    /// PKCS #1 of RSA; SEC 1 of a curve; the seed of Ed25519; OpenSSL's sequence of DSA.
    bytes: Zeroizing<Vec<u8>>,
}

/// Which algorithm a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Rsa,
    P256,
    P384,
    Ed25519,
    Dsa,
}

impl Kind {
    fn of_curve(name: &[u8]) -> Result<Kind, String> {
        match name {
            P256 => Ok(Kind::P256),
            P384 => Ok(Kind::P384),
            P224 | P521 => Err("keys on the curves P-224 and P-521 are not supported".to_owned()),
            _ => Err("x509: unknown elliptic curve".to_owned()),
        }
    }

    fn curve(self) -> &'static [u8] {
        match self {
            Kind::P384 => P384,
            _ => P256,
        }
    }

    /// The `AlgorithmIdentifier` of keys of this kind.
    pub(crate) fn algorithm(self) -> Zeroizing<Vec<u8>> {
        let curve = der::element(tag::OID, self.curve());
        let (name, parameters) = match self {
            Kind::Rsa | Kind::Dsa => (RSA, &NULL[..]),
            Kind::P256 | Kind::P384 => (EC, &curve[..]),
            Kind::Ed25519 => (ED25519, &[][..]),
        };
        der::sequence(&[&der::element(tag::OID, name), parameters])
    }

    /// The `AlgorithmIdentifier` of signatures made with keys of this kind.
    pub(crate) fn signature(self) -> Zeroizing<Vec<u8>> {
        let (name, parameters) = match self {
            Kind::Rsa | Kind::Dsa => (SHA256_WITH_RSA, &NULL[..]),
            Kind::P256 => (ECDSA_WITH_SHA256, &[][..]),
            Kind::P384 => (ECDSA_WITH_SHA384, &[][..]),
            Kind::Ed25519 => (ED25519, &[][..]),
        };
        der::sequence(&[&der::element(tag::OID, name), parameters])
    }
}

impl PrivateKey {
    /// The first key of a PEM text. Fails with sprig's words.
    pub(crate) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let (block, _) = pem::decode(text).ok_or("no PEM data in input")?;
        if block.label == "PRIVATE KEY" {
            return Self::from_pkcs8(&block.bytes).map_err(|error| format!("decoding PEM as PKCS#8: {error}"));
        }
        let Some(kind) = block.label.strip_suffix(" PRIVATE KEY") else {
            return Err(format!("no private key data in PEM block of type {}", block.label));
        };
        let parsed = match kind {
            "RSA" => Self::from_pkcs1(&block.bytes),
            "EC" => Self::from_sec1(&block.bytes, None),
            "DSA" => Self::from_dsa(&block.bytes),
            _ => return Err(format!("invalid private key type {}", block.label)),
        };
        parsed.map_err(|error| format!("parsing {kind} private key from PEM: {error}"))
    }

    /// A key as PKCS #8.
    pub(crate) fn from_pkcs8(bytes: &[u8]) -> Result<Self, String> {
        let Some((algorithm, parameters, inner)) = pkcs8_fields(bytes) else {
            return Err(mistaken(bytes, "pkcs8"));
        };
        match algorithm {
            RSA => Self::from_pkcs1(inner)
                .map_err(|error| format!("x509: failed to parse RSA private key embedded in PKCS#8: {error}")),
            EC => Self::from_sec1(inner, Reader::new(parameters).content(tag::OID))
                .map_err(|error| format!("x509: failed to parse EC private key embedded in PKCS#8: {error}")),
            ED25519 => {
                let seed = Reader::new(inner).content(tag::OCTET_STRING);
                let seed = seed.ok_or_else(|| {
                    format!(
                        "x509: invalid Ed25519 private key: {}",
                        der::complaint(inner, "[]uint8")
                    )
                })?;
                match seed.len() {
                    32 => Ok(Self::new(Kind::Ed25519, seed)),
                    other => Err(format!("x509: invalid Ed25519 private key length: {other}")),
                }
            }
            other => Err(format!(
                "x509: PKCS#8 wrapping contained private key with unknown algorithm: {}",
                dotted(other)
            )),
        }
    }

    fn from_pkcs1(bytes: &[u8]) -> Result<Self, String> {
        match count_of_integers(bytes) {
            Some(count) if count >= 9 => Ok(Self::new(Kind::Rsa, bytes)),
            _ => Err(mistaken(bytes, "pkcs1PrivateKey")),
        }
    }

    fn from_dsa(bytes: &[u8]) -> Result<Self, String> {
        match count_of_integers(bytes) {
            Some(6) => Ok(Self::new(Kind::Dsa, bytes)),
            _ => Err(der::complaint(bytes, "DSAKeyFormat")),
        }
    }

    fn from_sec1(bytes: &[u8], curve: Option<&[u8]>) -> Result<Self, String> {
        let Some(fields) = sec1_fields(bytes) else {
            let error = mistaken(bytes, "ecPrivateKey");
            return Err(match error.starts_with("x509") {
                true => error,
                false => format!("x509: failed to parse EC private key: {error}"),
            });
        };
        let kind = Kind::of_curve(curve.or(fields.curve).unwrap_or_default())?;
        let public = fields
            .public
            .ok_or("the private key does not hold its public key, which is needed here")?;
        let bytes = sec1(fields.private, kind, public);
        Ok(PrivateKey { kind, bytes })
    }

    fn new(kind: Kind, bytes: &[u8]) -> Self {
        PrivateKey {
            kind,
            bytes: Zeroizing::new(bytes.to_vec()),
        }
    }

    /// The key as PKCS #8 version 1.
    pub(crate) fn pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let inner = match self.kind {
            Kind::Ed25519 => der::element(tag::OCTET_STRING, &self.bytes),
            _ => self.bytes.clone(),
        };
        let version = der::unsigned(&[0]);
        let inner = der::element(tag::OCTET_STRING, &inner);
        der::sequence(&[&version, &self.kind.algorithm(), &inner])
    }

    /// The key as PEM, in the form that sprig chooses for its kind.
    pub(crate) fn pem(&self) -> Zeroizing<Vec<u8>> {
        match self.kind {
            Kind::Rsa => pem::encode("RSA PRIVATE KEY", &self.bytes),
            Kind::Dsa => pem::encode("DSA PRIVATE KEY", &self.bytes),
            Kind::P256 | Kind::P384 => pem::encode("EC PRIVATE KEY", &self.bytes),
            Kind::Ed25519 => pem::encode("PRIVATE KEY", &self.pkcs8()),
        }
    }
}

/// `ECPrivateKey` of RFC 5915 with all its fields.
fn sec1(private: &[u8], kind: Kind, public: &[u8]) -> Zeroizing<Vec<u8>> {
    let curve = der::element(tag::OID, kind.curve());
    der::sequence(&[
        &der::unsigned(&[1]),
        &der::element(tag::OCTET_STRING, private),
        &der::element(tag::constructed(0), &curve),
        &der::element(tag::constructed(1), &der::bit_string(public)),
    ])
}

/// Name of the algorithm, its parameters, and the key inside.
fn pkcs8_fields(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let mut fields = Reader::new(bytes).inside(tag::SEQUENCE)?;
    fields.integer()?;
    let algorithm = fields.content(tag::SEQUENCE)?;
    let name = Reader::new(algorithm).content(tag::OID)?;
    let parameters = &algorithm[name.len() + 2..];
    Some((name, parameters, fields.content(tag::OCTET_STRING)?))
}

struct Sec1<'d> {
    private: &'d [u8],
    curve: Option<&'d [u8]>,
    public: Option<&'d [u8]>,
}

fn sec1_fields(bytes: &[u8]) -> Option<Sec1<'_>> {
    let mut fields = Reader::new(bytes).inside(tag::SEQUENCE)?;
    fields.integer().filter(|version| *version == [1])?;
    let private = fields.content(tag::OCTET_STRING)?;
    let curve = fields.optional(tag::constructed(0))?;
    let public = fields.optional(tag::constructed(1))?;
    Some(Sec1 {
        private,
        curve: curve.and_then(|curve| Reader::new(curve).content(tag::OID)),
        public: public.and_then(|public| Reader::new(public).bits()),
    })
}

/// How many whole numbers a sequence consists of, if of nothing else before them.
fn count_of_integers(bytes: &[u8]) -> Option<usize> {
    let mut outer = Reader::new(bytes);
    let mut fields = outer.inside(tag::SEQUENCE)?;
    let mut count = 0;
    while fields.integer().is_some() {
        count += 1;
    }
    outer.is_empty().then_some(count)
}

/// Go's words for a key that is not of the expected Go type, which name the format that it has instead.
fn mistaken(bytes: &[u8], wanted: &str) -> String {
    let other = if wanted != "ecPrivateKey" && sec1_fields(bytes).is_some() {
        "ParseECPrivateKey"
    } else if wanted != "pkcs8" && pkcs8_fields(bytes).is_some() {
        "ParsePKCS8PrivateKey"
    } else if wanted != "pkcs1PrivateKey" && count_of_integers(bytes).is_some_and(|count| count >= 9) {
        "ParsePKCS1PrivateKey"
    } else {
        return der::complaint(bytes, wanted);
    };
    format!("x509: failed to parse private key (use {other} instead for this key format)")
}

/// An object identifier as numbers.
fn dotted(name: &[u8]) -> String {
    let mut numbers: Vec<u64> = Vec::new();
    let mut number = 0_u64;
    for byte in name {
        number = number.wrapping_shl(7) | u64::from(byte & 0x7f);
        if *byte < 0x80 {
            match numbers.is_empty() {
                true => {
                    let first = (number / 40).min(2);
                    numbers.extend([first, number - 40 * first]);
                }
                false => numbers.push(number),
            }
            number = 0;
        }
    }
    let numbers: Vec<String> = numbers.iter().map(u64::to_string).collect();
    numbers.join(".")
}
