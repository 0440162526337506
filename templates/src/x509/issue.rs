//! Certificates as Go's `x509.CreateCertificate` writes the ones that sprig asks for.

use std::net::IpAddr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::der::{self, tag};
use super::private_key::{Kind, PrivateKey};
use crate::fmt::quote;
use crate::keys::Keys;

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const KEY_USAGE: u8 = 0x0f;
const EXTENDED_KEY_USAGE: u8 = 0x25;
const BASIC_CONSTRAINTS: u8 = 0x13;
const SUBJECT_KEY_ID: u8 = 0x0e;
const AUTHORITY_KEY_ID: u8 = 0x23;
const SUBJECT_ALTERNATIVE_NAME: u8 = 0x11;
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
/// Digital signature and key encipherment; an authority also signs certificates. The first byte counts unused bits.
const LEAF_USAGE: [u8; 2] = [5, 0b1010_0000];
const CA_USAGE: [u8; 2] = [2, 0b1010_0100];
const TRUE: [u8; 3] = [tag::BOOLEAN, 1, 0xff];

/// What a certificate is to say.
pub(crate) struct Template {
    pub(crate) common_name: Vec<u8>,
    pub(crate) addresses: Vec<IpAddr>,
    pub(crate) names: Vec<Vec<u8>>,
    pub(crate) days: i64,
    pub(crate) is_ca: bool,
    pub(crate) serial: [u8; 16],
    pub(crate) now: Timestamp,
}

/// Who signs: the subject itself, or an authority.
pub(crate) enum Signer<'a> {
    Itself,
    Authority(&'a Certificate<'a>, &'a PrivateKey),
}

impl Template {
    /// The certificate for a key, as DER. Fails with Go's words.
    pub(crate) fn issue(
        &self,
        key: &PrivateKey,
        signer: &Signer<'_>,
        keys: &mut dyn Keys,
    ) -> Result<Zeroizing<Vec<u8>>, String> {
        let signing = match signer {
            Signer::Itself => key,
            Signer::Authority(_, key) => key,
        };
        if signing.kind == Kind::Dsa {
            return Err("x509: certificate private key does not implement crypto.Signer".to_owned());
        }
        if key.kind == Kind::Dsa {
            return Err("x509: unsupported public key type: *dsa.PublicKey".to_owned());
        }
        let public = keys.public_key(&key.pkcs8())?;
        let subject = self.subject()?;
        let issuer = match signer {
            Signer::Itself => &subject[..],
            Signer::Authority(authority, key) => {
                if keys.public_key(&key.pkcs8())? != authority.public_key {
                    return Err("x509: provided PrivateKey doesn't match parent's PublicKey".to_owned());
                }
                authority.subject
            }
        };
        let authority_id = match signer {
            Signer::Authority(authority, _) if issuer != &subject[..] => authority.key_id,
            _ => None,
        };
        let signed = der::sequence(&[
            &der::element(tag::constructed(0), &der::unsigned(&[2])),
            &der::unsigned(&self.serial),
            &signing.kind.signature(),
            issuer,
            &self.validity()?,
            &subject,
            &der::sequence(&[&key.kind.algorithm(), &der::bit_string(&public)]),
            &der::element(tag::constructed(3), &self.extensions(&public, authority_id)?),
        ]);
        let signature = keys.sign(&signing.pkcs8(), &signed)?;
        Ok(der::sequence(&[
            &signed,
            &signing.kind.signature(),
            &der::bit_string(&signature),
        ]))
    }

    fn subject(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        if self.common_name.is_empty() {
            return Ok(der::sequence(&[]));
        }
        let printable = |byte: &u8| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte);
        let kind = match self.common_name.iter().all(printable) {
            true => tag::PRINTABLE_STRING,
            false if std::str::from_utf8(&self.common_name).is_ok() => tag::UTF8_STRING,
            false => return Err("asn1: string not valid UTF-8".to_owned()),
        };
        let name = der::sequence(&[
            &der::element(tag::OID, COMMON_NAME),
            &der::element(kind, &self.common_name),
        ]);
        Ok(der::sequence(&[&der::group(tag::SET, &[&name])]))
    }

    fn validity(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        let day = 24 * 3_600 * 1_000_000_000_i64;
        let lifetime = SignedDuration::from_nanos(day.wrapping_mul(self.days));
        let end = self.now.checked_add(lifetime);
        let end = end.map_err(|_| unencodable_time())?;
        Ok(der::sequence(&[&time(self.now)?, &time(end)?]))
    }

    fn extensions(&self, public: &[u8], authority_id: Option<&[u8]>) -> Result<Zeroizing<Vec<u8>>, String> {
        let usage = if self.is_ca { CA_USAGE } else { LEAF_USAGE };
        let purposes = [SERVER_AUTH, CLIENT_AUTH].map(|purpose| der::element(tag::OID, purpose));
        let constraints = der::sequence(&[if self.is_ca { &TRUE } else { &[] }]);
        let mut all = vec![
            extension(KEY_USAGE, true, &der::element(tag::BIT_STRING, &usage)),
            extension(EXTENDED_KEY_USAGE, false, &der::sequence(&[&purposes[0], &purposes[1]])),
            extension(BASIC_CONSTRAINTS, true, &constraints),
        ];
        if self.is_ca {
            let id = Sha256::digest(public);
            all.push(extension(
                SUBJECT_KEY_ID,
                false,
                &der::element(tag::OCTET_STRING, &id[..20]),
            ));
        }
        if let Some(id) = authority_id {
            let id = der::sequence(&[&der::element(tag::context(0), id)]);
            all.push(extension(AUTHORITY_KEY_ID, false, &id));
        }
        if !self.names.is_empty() || !self.addresses.is_empty() {
            let critical = self.common_name.is_empty();
            all.push(extension(
                SUBJECT_ALTERNATIVE_NAME,
                critical,
                &self.alternative_names()?,
            ));
        }
        let parts: Vec<&[u8]> = all.iter().map(|extension| &extension[..]).collect();
        Ok(der::sequence(&parts))
    }

    fn alternative_names(&self) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut content = Vec::new();
        for name in &self.names {
            if !name.is_ascii() {
                let quoted = quote::quoted(name);
                return Err(format!(
                    "x509: {} cannot be encoded as an IA5String",
                    String::from_utf8_lossy(&quoted)
                ));
            }
            content.extend_from_slice(&der::element(tag::context(2), name));
        }
        for address in &self.addresses {
            let address = match address.to_canonical() {
                IpAddr::V4(address) => der::element(tag::context(7), &address.octets()),
                IpAddr::V6(address) => der::element(tag::context(7), &address.octets()),
            };
            content.extend_from_slice(&address);
        }
        Ok(der::element(tag::SEQUENCE, &content))
    }
}

/// An extension `2.5.29.number`.
fn extension(number: u8, is_critical: bool, value: &[u8]) -> Zeroizing<Vec<u8>> {
    der::sequence(&[
        &der::element(tag::OID, &[0x55, 0x1d, number]),
        if is_critical { &TRUE } else { &[] },
        &der::element(tag::OCTET_STRING, value),
    ])
}

/// A time in whole seconds: with two digits for the year where X.509 asks for that.
fn time(time: Timestamp) -> Result<Zeroizing<Vec<u8>>, String> {
    let time = time.to_zoned(TimeZone::UTC).datetime();
    let rest = format!(
        "{:02}{:02}{:02}{:02}{:02}Z",
        time.month(),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    );
    match time.year() {
        year @ 1950..=2049 => Ok(der::element(
            tag::UTC_TIME,
            format!("{:02}{rest}", year % 100).as_bytes(),
        )),
        year @ 0..=9999 => Ok(der::element(
            tag::GENERALIZED_TIME,
            format!("{year:04}{rest}").as_bytes(),
        )),
        _ => Err(unencodable_time()),
    }
}

fn unencodable_time() -> String {
    "asn1: structure error: cannot represent time as GeneralizedTime".to_owned()
}
