//! What an API response says about itself: lease, token, and the members of its data that decide how long it is good.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::lease::Facts;

/// The parts of a response that the lease engine looks at; values of secrets are skipped, not kept.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The server's name of the lease, empty when there is none.
    pub lease_id: String,
    /// How the answer ages.
    pub facts: Facts,
    /// A KV v2 version that is deleted or destroyed: there is metadata, and no data.
    pub deleted: bool,
    /// There is no data at all.
    pub empty: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Envelope {
    #[serde(deserialize_with = "lenient_text")]
    lease_id: String,
    #[serde(deserialize_with = "lenient")]
    lease_duration: Option<u64>,
    renewable: Option<bool>,
    auth: Option<Auth>,
    wrap_info: Option<IgnoredAny>,
    data: Option<Data>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Auth {
    #[serde(deserialize_with = "lenient")]
    lease_duration: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Data {
    certificate: Option<IgnoredAny>,
    #[serde(deserialize_with = "lenient")]
    expiration: Option<i64>,
    secret_id: Option<IgnoredAny>,
    #[serde(deserialize_with = "lenient")]
    secret_id_ttl: Option<u64>,
    rotation_period: Option<IgnoredAny>,
    #[serde(deserialize_with = "lenient")]
    ttl: Option<u64>,
    data: Option<IgnoredAny>,
    #[serde(deserialize_with = "lenient")]
    metadata: Option<Metadata>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    #[serde(deserialize_with = "lenient")]
    deletion_time: Option<String>,
    #[serde(deserialize_with = "lenient")]
    destroyed: Option<bool>,
    #[serde(deserialize_with = "lenient")]
    version: Option<u64>,
}

/// Users' data may have members of these names and any type: what does not fit does not count.
fn lenient<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<T> {
        Fits(T),
        Other(IgnoredAny),
    }
    Ok(match Either::<T>::deserialize(from)? {
        Either::Fits(value) => Some(value),
        Either::Other(_) => None,
    })
}

fn lenient_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    lenient(from).map(Option::unwrap_or_default)
}

impl Summary {
    /// Reads the summary of a response body received at `now`.
    ///
    /// # Errors
    /// The body is not a JSON object, or its `data` or `auth` is neither an object nor null.
    pub fn read(body: &[u8], now: Timestamp) -> Result<Self, serde_json::Error> {
        let envelope: Envelope = serde_json::from_slice(body)?;
        let empty = envelope.data.is_none() && envelope.auth.is_none() && envelope.wrap_info.is_none();
        let data = envelope.data.unwrap_or_default();
        let auth = envelope.auth.unwrap_or_default();
        let seconds = auth
            .lease_duration
            .filter(|seconds| *seconds > 0)
            .or(envelope.lease_duration)
            .unwrap_or(0);
        let leased = !envelope.lease_id.is_empty();
        let facts = Facts {
            // A token in the answer is nobody's lease: it is replaced in time, not extended.
            renewable: leased && envelope.renewable.unwrap_or(false),
            duration: Duration::from_secs(seconds),
            leased,
            certificate_left: data
                .certificate
                .as_ref()
                .and(data.expiration)
                .map(|end| until(end, now)),
            secret_id_ttl: data.secret_id.as_ref().and(data.secret_id_ttl).map(Duration::from_secs),
            rotates_in: data.rotation_period.as_ref().and(data.ttl).map(Duration::from_secs),
        };
        Ok(Self {
            deleted: is_deleted(&data, now),
            lease_id: envelope.lease_id,
            facts,
            empty,
        })
    }
}

fn until(unix_seconds: i64, now: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(unix_seconds.saturating_sub(now.as_second())).unwrap_or(0))
}

/// A deletion time in the future is `delete_version_after`: the version is still there.
fn is_deleted(data: &Data, now: Timestamp) -> bool {
    let Some(metadata) = data.metadata.as_ref().filter(|metadata| metadata.version.is_some()) else {
        return false;
    };
    let time = metadata.deletion_time.as_deref().unwrap_or_default();
    let past = time.parse::<Timestamp>().is_ok_and(|time| time <= now);
    data.data.is_none() && (metadata.destroyed == Some(true) || past)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-01T00:00:00Z".parse().unwrap()
    }

    fn read(body: &str) -> Summary {
        Summary::read(body.as_bytes(), now()).unwrap()
    }

    #[test]
    fn a_dynamic_credential_is_leased_and_renewable() {
        let summary = read(
            r#"{"lease_id":"database/creds/a/x","lease_duration":3600,"renewable":true,"data":{"ttl":5,"rotation_period":1}}"#,
        );
        assert_eq!(summary.lease_id, "database/creds/a/x");
        assert!(summary.facts.renewable && summary.facts.leased);
        assert_eq!(summary.facts.duration, Duration::from_secs(3600));
    }

    #[test]
    fn user_data_of_odd_shapes_does_not_confuse() {
        let summary = read(
            r#"{"data":{"certificate":1,"expiration":"soon","ttl":{"a":1},"metadata":[1],"data":"x"},"auth":null}"#,
        );
        assert_eq!(summary.facts, Facts::default());
        assert!(!summary.deleted && !summary.empty);
    }

    #[test]
    fn a_deleted_version_is_told_from_one_that_will_be() {
        let body = |time: &str, data: &str| {
            format!(
                r#"{{"data":{{"data":{data},"metadata":{{"deletion_time":"{time}","destroyed":false,"version":2}}}}}}"#
            )
        };
        assert!(read(&body("2025-12-31T23:59:59.5Z", "null")).deleted);
        assert!(!read(&body("2026-02-01T00:00:00Z", r#"{"a":1}"#)).deleted);
        assert!(!read(&body("", r#"{"a":1}"#)).deleted);
    }

    #[test]
    fn a_token_in_the_answer_counts_before_the_lease() {
        let summary = read(r#"{"lease_duration":1,"auth":{"client_token":"t","lease_duration":60,"renewable":true}}"#);
        assert_eq!(
            (summary.facts.duration, summary.facts.renewable, summary.empty),
            (Duration::from_secs(60), false, false)
        );
    }

    #[test]
    fn certificates_and_rotating_passwords_are_seen() {
        let summary = read(r#"{"data":{"certificate":"PEM","expiration":1767225610}}"#);
        assert_eq!(summary.facts.certificate_left, Some(Duration::from_secs(10)));
        assert_eq!(
            read(r#"{"data":{"rotation_period":60,"ttl":7}}"#).facts.rotates_in,
            Some(Duration::from_secs(7))
        );
        assert!(read("{}").empty);
    }
}
