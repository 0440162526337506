//! A certificate that an earlier run rendered: good enough to go on with, as long as a fresh one would be.

use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use coffret_vault::Certificate;
use jiff::Timestamp;
use serde::Serialize;
use zeroize::Zeroizing;

/// Larger files are no certificates.
const LARGEST: u64 = 1 << 20;

/// What a file holds of an issued certificate.
pub struct Kept {
    /// The response to an issue request, as far as the file tells it.
    pub body: Zeroizing<Vec<u8>>,
    /// How long the certificate was to last when it was issued.
    pub life: Duration,
    /// How long ago that was.
    pub age: Duration,
}

#[derive(Serialize)]
struct Issued<'a> {
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    certificate: &'a str,
    private_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuing_ca: Option<&'a str>,
    ca_chain: &'a [&'a str],
    expiration: u64,
}

/// The certificate in `file`, with its key, if it is for `name` and valid at `now`. A certificate and a key in two files
/// may not belong together, so those are issued anew.
#[must_use]
pub fn kept(file: &Path, name: Option<&str>, now: Timestamp) -> Option<Kept> {
    if std::fs::metadata(file).ok()?.len() > LARGEST {
        return None;
    }
    let text = Zeroizing::new(std::fs::read_to_string(file).ok()?);
    let mut leaf = None;
    let (mut key, mut authorities) = (None, Vec::new());
    for (label, block) in blocks(&text) {
        if label.ends_with("PRIVATE KEY") {
            key = key.or(Some(block));
        } else if label == "CERTIFICATE" {
            let der = decoded(block)?;
            let certificate = Certificate::read(&der)?;
            if certificate.is_authority {
                authorities.push(block);
            } else if leaf.is_none() && name.is_none_or(|name| contains(&der, name.as_bytes())) {
                leaf = Some((block, certificate));
            }
        }
    }
    let (block, certificate) = leaf?;
    let now = u64::try_from(now.as_second()).ok()?;
    if !(certificate.not_before..certificate.not_after).contains(&now) {
        return None;
    }
    let issued = Issued {
        data: Data {
            certificate: block,
            private_key: key?,
            issuing_ca: authorities.first().copied(),
            ca_chain: &authorities,
            expiration: certificate.not_after,
        },
    };
    Some(Kept {
        body: Zeroizing::new(serde_json::to_vec(&issued).ok()?),
        life: Duration::from_secs(certificate.not_after - certificate.not_before),
        age: Duration::from_secs(now - certificate.not_before),
    })
}

/// The PEM blocks of a text, each with its label.
fn blocks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    const BEGIN: &str = "-----BEGIN ";
    text.match_indices(BEGIN).filter_map(|(start, _)| {
        let rest = &text[start..];
        let (label, _) = rest[BEGIN.len()..].split_once("-----")?;
        let end = format!("-----END {label}-----");
        let length = rest.find(&end)? + end.len();
        Some((label, &rest[..length]))
    })
}

fn decoded(block: &str) -> Option<Vec<u8>> {
    let base64: String = block
        .lines()
        .filter(|line| !line.starts_with('-'))
        .map(str::trim)
        .collect();
    STANDARD.decode(base64).ok()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    part.is_empty() || bytes.windows(part.len()).any(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with a certificate for `web.example`, valid from 2001-09-09 to 2060-01-02, and the given key.
    fn file(place: &Path, with_key: bool) -> std::path::PathBuf {
        let mut parameters = rcgen::CertificateParams::new(vec!["web.example".to_owned()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2001, 9, 9);
        parameters.not_after = rcgen::date_time_ymd(2060, 1, 2);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let path = place.join("pem");
        let key = if with_key { key.serialize_pem() } else { String::new() };
        std::fs::write(&path, format!("# bundle\n{}{key}", certificate.pem())).unwrap();
        path
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_certificate_with_its_key_is_kept_while_it_is_valid() {
        let place = tempfile::tempdir().unwrap();
        let path = file(place.path(), true);
        let found = kept(&path, Some("web.example"), at("2001-09-10T00:00:00Z")).unwrap();
        assert_eq!(found.age, Duration::from_secs(86_400));
        assert_eq!(found.life, Duration::from_secs((32_873 - 11_574) * 86_400));
        assert!(String::from_utf8_lossy(&found.body).contains("PRIVATE KEY"));
        assert!(kept(&path, None, at("2060-01-03T00:00:00Z")).is_none());
        assert!(kept(&path, None, at("2001-09-08T00:00:00Z")).is_none());
    }

    #[test]
    fn another_name_or_a_missing_key_means_a_new_one() {
        let place = tempfile::tempdir().unwrap();
        let now = at("2026-01-01T00:00:00Z");
        assert!(kept(&file(place.path(), true), Some("other.example"), now).is_none());
        assert!(kept(&file(place.path(), false), Some("web.example"), now).is_none());
        assert!(kept(&place.path().join("none"), None, now).is_none());
    }

    #[test]
    fn what_is_no_certificate_is_nothing() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("pem");
        for text in [
            "",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(kept(&path, None, Timestamp::UNIX_EPOCH).is_none());
        }
    }
}
