//! The reference page of all annotations, written from the table.

use std::fmt::Write;

use super::table::{Annotation, Fallback, Form, Grammar, TABLE};

const HEAD: &str = "# Annotations

<!-- Written from the table in config/src/annotations/table.rs; a test compares the two. -->

Every key works under three prefixes: `vault.hashicorp.com/`, `openbao.org/` and `coffret.dev/`. Where one key
is set under several, the later one of this list wins and `kubectl` prints a warning. A pod that opts in under
`openbao.org/` gets OpenBao's container names, paths and variables. Templates under `coffret.dev/` are
Handlebars, under the other two Go templates.

With `AGENT_INJECT_INHERIT_DEFAULTS`, `coffret.dev/` annotations of a pod's service account and namespace are
defaults for the pod: pod before service account before namespace before the injector's settings.

An annotation that is present but empty counts as set: it switches a default off.

| annotation | value | default | since | what it does |
|---|---|---|---|---|
";

/// The page as Markdown.
#[must_use]
pub fn page() -> String {
    let mut page = HEAD.to_owned();
    for row in TABLE {
        let since = if row.is_own() {
            "Coffret".to_owned()
        } else {
            row.since.to_owned()
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| {} | {} | {} | {since} | {} |",
            name(row),
            value(row.grammar),
            default(row),
            escape(row.help)
        );
    }
    page
}

fn name(row: &Annotation) -> String {
    match row.form {
        Form::Single => format!("`{}`", row.key),
        Form::PerSecret => format!("`{}-NAME`", row.key),
        Form::Both => format!("`{0}`, `{0}-NAME`", row.key),
        Form::PerParameter => format!("`{}-PARAM`", row.key),
    }
}

fn value(grammar: Grammar) -> String {
    match grammar {
        Grammar::Bool => "boolean".to_owned(),
        Grammar::Int | Grammar::Uint => "whole number".to_owned(),
        Grammar::Float => "number".to_owned(),
        Grammar::Duration => "duration".to_owned(),
        Grammar::Quantity => "quantity".to_owned(),
        Grammar::Csv => "list, comma-separated".to_owned(),
        Grammar::JsonPatch => "JSON patch".to_owned(),
        Grammar::Text => "text".to_owned(),
        Grammar::Word(words) => words
            .iter()
            .map(|word| format!("`{word}`"))
            .collect::<Vec<_>>()
            .join(", "),
    }
}

fn default(row: &Annotation) -> String {
    match row.fallback {
        Fallback::Absent => "none".to_owned(),
        Fallback::Constant("") => "empty".to_owned(),
        Fallback::Constant(text) if text.contains(' ') => text.to_owned(),
        Fallback::Constant(text) => format!("`{text}`"),
        Fallback::Setting(name) => format!("`AGENT_INJECT_{name}`"),
    }
}

fn escape(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::super::table::TABLE;
    use std::collections::BTreeSet;

    #[test]
    fn all_74_keys_of_vault_k8s_are_there_once() {
        assert_eq!(TABLE.iter().filter(|row| !row.is_own()).count(), 74);
        let keys: BTreeSet<&str> = TABLE.iter().map(|row| row.key).collect();
        assert_eq!(keys.len(), TABLE.len());
    }
}
