//! The reference page of all keys, written from the table.

use std::fmt::Write as _;

use super::keys::{Key, Kind, STANZAS, Stanza, Status};

const HEAD: &str = "# Agent configuration\n\n\
    Configuration is HCL 1 or JSON (a file whose first character is `{`). Several files and directories may be given;\n\
    a directory stands for its `*.hcl` and `*.json` files in the order of their names. Later files replace stanzas that\n\
    stand once as a whole and add to those that repeat. Keys are compared without regard to case.\n\n\
    A key that is not listed here is refused when it looks like a slip of a listed one, and in stanzas that say so;\n\
    elsewhere it is a warning, because Vault Agent passes over it. Durations are seconds or text such as `1h30m`.\n\n\
    This page is written from the table the program reads with;\n\
    `COFFRET_WRITE_DOCS=1 cargo test -p coffret-config --test agent` renews it.\n";

/// The page `docs/agent-config.md`.
#[must_use]
pub fn reference_page() -> String {
    let mut page = HEAD.to_owned();
    for stanza in STANZAS {
        section(&mut page, stanza);
    }
    page
}

fn section(page: &mut String, stanza: &Stanza) {
    let title = if stanza.path.is_empty() {
        "Top level".to_owned()
    } else {
        format!("`{}`", stanza.path)
    };
    let _ = write!(page, "\n## {title}\n\n{}", stanza.help);
    if !stanza.label.is_empty() {
        let _ = write!(page, " Label: {}.", stanza.label);
    }
    if let Some(remark) = root(stanza)
        .map(|key| remark(key.status))
        .filter(|remark| !remark.is_empty())
    {
        let _ = write!(page, "\n\n{remark}");
    }
    if stanza.unknown == super::keys::Unknown::Refused {
        page.push_str(" Keys that are not listed are refused.");
    }
    page.push_str("\n\n| key | value | default | meaning | known to |\n|---|---|---|---|---|\n");
    for key in stanza.keys {
        row(page, key);
    }
}

fn row(page: &mut String, key: &Key) {
    let names: Vec<String> = key.names().map(|name| format!("`{name}`")).collect();
    let default = if key.default.is_empty() {
        String::new()
    } else {
        format!("`{}`", key.default)
    };
    let cells = [
        names.join(", "),
        kind(key.kind),
        default,
        meaning(key),
        key.since.to_owned(),
    ];
    let _ = writeln!(page, "| {} |", cells.map(|cell| cell.replace('|', "\\|")).join(" | "));
}

/// The key of the top level that this stanza stands below.
fn root(stanza: &Stanza) -> Option<&'static Key> {
    STANZAS.first()?.key(stanza.path.split('.').next()?)
}

fn meaning(key: &Key) -> String {
    let status = remark(key.status);
    [key.help, status.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

fn remark(status: Status) -> String {
    match status {
        Status::Honoured => String::new(),
        Status::Redundant(reason) => format!("*Has no effect, without a warning:* {reason}."),
        Status::Accepted(reason) => format!("*Has no effect:* {reason}."),
        Status::Refused(reason) => format!("**Refused:** {reason}."),
    }
}

fn kind(kind: Kind) -> String {
    match kind {
        Kind::Text => "string".to_owned(),
        Kind::Word(words) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", "),
        Kind::Path => "path".to_owned(),
        Kind::Bool => "boolean".to_owned(),
        Kind::Force => "boolean or `\"force\"`".to_owned(),
        Kind::Integer => "whole number".to_owned(),
        Kind::Float => "number".to_owned(),
        Kind::Duration => "duration".to_owned(),
        Kind::List => "list of strings".to_owned(),
        Kind::Mode => "octal string or number".to_owned(),
        Kind::Owner => "name or id".to_owned(),
        Kind::Command => "string or list".to_owned(),
        Kind::Signal => "signal name".to_owned(),
        Kind::Wait => "`{ min, max }` or `\"min:max\"`".to_owned(),
        Kind::Stanza(name) => format!("stanza `{name}`"),
        Kind::Any => "any".to_owned(),
    }
}
