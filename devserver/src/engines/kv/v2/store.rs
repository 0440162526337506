//! Entries and their versions.

use crate::json::{Object, Value};
use crate::object;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// So many versions are kept where nothing else is said.
const DEFAULT_MAX_VERSIONS: u32 = 10;

/// A number of versions as the original keeps it: only its lower 32 bits, so that -1 is more than anyone has.
pub(super) fn version_limit(asked: i64) -> u32 {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the original cuts it off like this"
    )]
    let kept = asked as u32;
    kept
}

/// Settings of the mount.
#[derive(Clone, Debug, Default)]
pub(super) struct Config {
    pub(super) max_versions: u32,
    pub(super) cas_required: bool,
    pub(super) metadata_cas_required: bool,
    /// Seconds; negative turns it off for all entries, zero is unset.
    pub(super) delete_version_after: i64,
}

/// All versions of one path.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) versions: BTreeMap<u64, Version>,
    pub(super) current: u64,
    pub(super) oldest: u64,
    pub(super) created: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) max_versions: u32,
    pub(super) cas_required: bool,
    pub(super) metadata_cas_required: bool,
    pub(super) metadata_version: u64,
    pub(super) delete_version_after: Duration,
    /// Shown as null where there is none.
    pub(super) custom_metadata: BTreeMap<String, String>,
}

/// One version.
#[derive(Clone, Debug)]
pub(super) struct Version {
    /// `None` where null was written.
    pub(super) data: Option<Object>,
    pub(super) created: Timestamp,
    /// When it is, or will be, deleted.
    pub(super) deleted: Option<Timestamp>,
    pub(super) destroyed: bool,
}

impl Version {
    /// Whether its data cannot be read now.
    pub(super) fn gone(&self, now: Timestamp) -> bool {
        self.destroyed || self.deleted.is_some_and(|deleted| deleted <= now)
    }
}

impl Entry {
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            versions: BTreeMap::new(),
            current: 0,
            oldest: 0,
            created: now,
            updated: now,
            max_versions: 0,
            cas_required: false,
            metadata_cas_required: false,
            metadata_version: 0,
            delete_version_after: Duration::ZERO,
            custom_metadata: BTreeMap::new(),
        }
    }

    /// Adds a version and drops those that are too old.
    pub(super) fn add(&mut self, data: Option<Object>, now: Timestamp, config: &Config) {
        self.current += 1;
        self.updated = now;
        let version = Version {
            data,
            created: now,
            deleted: self.deletion(now, config),
            destroyed: false,
        };
        self.versions.insert(self.current, version);
        let keep = match self.max_versions.max(config.max_versions) {
            0 => DEFAULT_MAX_VERSIONS,
            keep => keep,
        };
        let keep = u64::from(keep);
        if self.current - self.oldest >= keep {
            self.oldest = self.current - keep + 1;
            self.versions = self.versions.split_off(&self.oldest);
        }
    }

    /// When a version made now is deleted by itself: the shorter of the entry's and the mount's time.
    pub(super) fn deletion(&self, now: Timestamp, config: &Config) -> Option<Timestamp> {
        let of_mount = match config.delete_version_after {
            ..0 => return None,
            0 => None,
            seconds => Some(Duration::from_secs(seconds.unsigned_abs())),
        };
        let own = Some(self.delete_version_after).filter(|span| !span.is_zero());
        let span = match (own, of_mount) {
            (Some(own), Some(mount)) => own.min(mount),
            (own, mount) => own.or(mount)?,
        };
        now.checked_add(span).ok()
    }

    /// A version's metadata, as reads and writes show it.
    pub(super) fn shown(&self, number: u64) -> Option<Object> {
        let version = self.versions.get(&number)?;
        Some(object! {
            "version" => number,
            "created_time" => version.created.to_string(),
            "deletion_time" => version.deleted.map(|time| time.to_string()).unwrap_or_default(),
            "destroyed" => version.destroyed,
            "custom_metadata" => self.custom(),
        })
    }

    pub(super) fn custom(&self) -> Value {
        let shown: Object = self
            .custom_metadata
            .iter()
            .map(|(key, text)| (key.clone(), Value::from(text)))
            .collect();
        Value::from(Some(shown).filter(|shown| !shown.is_empty()))
    }

    /// The entry's metadata.
    pub(super) fn metadata(&self) -> Object {
        let versions: Object = self
            .versions
            .iter()
            .map(|(number, version)| {
                let shown = object! {
                    "created_time" => version.created.to_string(),
                    "deletion_time" => version.deleted.map(|time| time.to_string()).unwrap_or_default(),
                    "destroyed" => version.destroyed,
                };
                (number.to_string(), Value::Object(shown))
            })
            .collect();
        object! {
            "versions" => versions,
            "current_version" => self.current,
            "current_metadata_version" => self.metadata_version,
            "oldest_version" => self.oldest,
            "created_time" => self.created.to_string(),
            "updated_time" => self.updated.to_string(),
            "max_versions" => self.max_versions,
            "cas_required" => self.cas_required,
            "metadata_cas_required" => self.metadata_cas_required,
            "delete_version_after" => crate::duration::format_go(self.delete_version_after),
            "custom_metadata" => self.custom(),
        }
    }
}
