//! The reference page of all settings, written from the table.

use std::fmt::Write;

use super::table::{Kind, OPENBAO_ENV, Setting, TABLE};

const HEAD: &str = "# Injector settings

<!-- Written from the table in injector/src/settings/table.rs; a test compares the two. -->

Each setting is an environment variable and, for most, a flag in Go's syntax (`-x v`, `-x=v`, `--x=v`; booleans
need the `=`). A variable that is not empty wins over the flag. Flags end at the first argument that is none.
The settings of vault-k8s and openbao-k8s keep their names; ours are marked.

| variable | flag | value | default | what it does |
|---|---|---|---|---|
";

/// The page as Markdown.
#[must_use]
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for row in TABLE {
        let own = if row.inherited { "" } else { " (Coffret)" };
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| `AGENT_INJECT_{}`{own} | {} | {} | {} | {} |",
            row.env,
            flag(row),
            value(row.kind),
            default(row),
            row.help
        );
    }
    page.push_str("\n## OpenBao's names\n\n| variable | means |\n|---|---|\n");
    for (name, row) in OPENBAO_ENV {
        let _ = writeln!(
            page,
            "| `AGENT_INJECT_{name}` | `AGENT_INJECT_{}`, and OpenBao's names in all pods |",
            row.env
        );
    }
    page
}

fn flag(row: &Setting) -> String {
    if row.flag.is_empty() {
        "none".to_owned()
    } else {
        format!("`-{}`", row.flag)
    }
}

fn default(row: &Setting) -> String {
    if row.default.is_empty() {
        "none".to_owned()
    } else {
        format!("`{}`", row.default)
    }
}

fn value(kind: Kind) -> String {
    match kind {
        Kind::Text => "text".to_owned(),
        Kind::Bool => "boolean".to_owned(),
        Kind::Int => "whole number".to_owned(),
        Kind::Float => "number".to_owned(),
        Kind::Duration => "duration".to_owned(),
        Kind::Word(words) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
