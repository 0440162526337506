//! The `sink` stanzas.

use std::path::PathBuf;
use std::time::Duration;

use coffret_hcl::Position;

use crate::agent::diagnostic::Report;
use crate::agent::fields::{Fields, Part};
use crate::agent::keys::{SINK, SINK_FILE, SINKS};

/// A file the token is written to.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSink {
    /// The file.
    pub path: PathBuf,
    /// Its mode.
    pub mode: u32,
    /// User id of the file; `None` leaves it.
    pub owner: Option<u32>,
    /// Group id of the file; `None` leaves it.
    pub group: Option<u32>,
    /// Write a wrapping token of this life instead of the token.
    pub wrap_ttl: Option<Duration>,
}

/// The sinks that could be read, and how many were written.
pub(super) fn read_all(auto_auth: &Fields<'_>) -> (Vec<FileSink>, usize) {
    let report = auto_auth.report();
    let mut parts = auto_auth.blocks("sink", true);
    for group in auto_auth.blocks("sinks", false) {
        parts.extend(Fields::open(&SINKS, group.object, report).blocks("sink", true));
    }
    (
        parts.iter().filter_map(|part| read(part, report)).collect(),
        parts.len(),
    )
}

fn read(part: &Part<'_>, report: &Report) -> Option<FileSink> {
    let fields = Fields::open(&SINK, part.object, report);
    let at = part.label.map_or(part.start(), |label| label.span.start);
    let label = part.label.map(|label| label.text.to_lowercase());
    match (fields.has("type"), label.as_deref()) {
        (true, _) => {
            fields.word("type")?;
        }
        (false, Some("file")) => {}
        (false, Some(_)) => return refuse(report, at, "must be file"),
        (false, None) => return refuse(report, at, "is required, here or as the label"),
    }
    let wrap_ttl = fields.duration("wrap_ttl").filter(|ttl| !ttl.is_zero());
    let Some(config) = fields.single("config", false) else {
        report.error(part.start(), "auto_auth.sink.config.path", "is required");
        return None;
    };
    let config = Fields::open(&SINK_FILE, config.object, report);
    let (path, mode) = (config.required_path("path"), config.mode("mode"));
    let (owner, group) = (id(&config, "owner"), id(&config, "group"));
    Some(FileSink {
        path: path?,
        mode: mode.filter(|mode| *mode != 0).unwrap_or(0o640),
        owner,
        group,
        wrap_ttl,
    })
}

fn refuse(report: &Report, at: Position, message: &str) -> Option<FileSink> {
    report.error(at, "auto_auth.sink.type", message);
    None
}

/// A user or group id; -1 leaves it as it is.
fn id(fields: &Fields<'_>, name: &'static str) -> Option<u32> {
    let number = fields.integer(name).filter(|number| *number != -1)?;
    let id = u32::try_from(number).ok();
    if id.is_none() {
        fields.error(name, "must be an id from 0 to 4294967295");
    }
    id
}
