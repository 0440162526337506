//! Keys nobody knows, and the known one that was meant.

use strsim::osa_distance;

use crate::annotations::table::{Annotation, Form, TABLE};
use crate::annotations::values::{Origin, Values};

/// The table's row of a key, if there is one.
fn row(key: &str) -> Option<&'static Annotation> {
    let behind = |row: &Annotation| {
        key.strip_prefix(row.key)
            .and_then(|rest| rest.strip_prefix('-'))
            .is_some_and(|name| !name.is_empty())
    };
    let single = TABLE
        .iter()
        .find(|row| matches!(row.form, Form::Single | Form::Both) && row.key == key);
    let named = || {
        TABLE
            .iter()
            .filter(|row| row.form != Form::Single && behind(row))
            .max_by_key(|row| row.key.len())
    };
    single.or_else(named).copied()
}

pub(super) fn unknown_keys(values: &Values) -> Vec<String> {
    let unknown = values.iter().filter(|(key, entry)| {
        let row = row(key);
        row.is_none() && entry.origin == Origin::Pod
    });
    unknown
        .map(|(key, entry)| {
            let name = format!("{}{key}", entry.prefix.text());
            match (
                TABLE
                    .iter()
                    .any(|row| row.form != Form::Single && (row.key == key || key == format!("{}-", row.key))),
                nearest(key),
            ) {
                (true, _) => format!(
                    "{name} needs a name behind it, such as {}-config",
                    name.trim_end_matches('-')
                ),
                (false, Some(known)) => format!("{name} is unknown: did you mean {known}?"),
                (false, None) => format!("{name} is unknown and has no effect"),
            }
        })
        .collect()
}

/// More bytes than any key of the table has, slips included. What is longer is somebody's attack, and is not measured.
const LONGEST: usize = 64;

/// The known key nearest to a misspelt one, with the name behind it, when it is near enough to be meant.
pub(super) fn nearest(key: &str) -> Option<String> {
    let families = TABLE.iter().filter(|row| row.form != Form::Single);
    let named = families.flat_map(|row| {
        let ends = key.match_indices('-').map(|(end, _)| end);
        ends.take_while(|end| *end <= LONGEST)
            .map(|end| (*row, key.split_at(end)))
    });
    let whole = TABLE
        .iter()
        .filter(|_| key.len() <= LONGEST)
        .map(|row| (*row, (key, "")));
    whole
        .chain(named)
        .map(|(row, (typed, name))| (osa_distance(typed, row.key), row.key, name))
        .min()
        .filter(|(steps, known, _)| *steps <= 1 + known.len() / 6)
        .map(|(_, known, name)| format!("{known}{name}"))
}

/// Whether two names differ by case and one slip at the most.
pub(super) fn is_near(one: &str, other: &str) -> bool {
    let short = |name: &str| name.len() <= LONGEST;
    short(one) && short(other) && osa_distance(&one.to_lowercase(), &other.to_lowercase()) <= 1
}

#[cfg(test)]
mod tests {
    use super::{nearest, row};

    #[test]
    fn misspelt_keys_find_their_neighbour() {
        let found = |key| nearest(key).unwrap_or_default();
        assert_eq!(found("agent-injct"), "agent-inject");
        assert_eq!(found("agent-inject-secrt-foo"), "agent-inject-secret-foo");
        assert_eq!(found("agent-inject-templat-a-b"), "agent-inject-template-a-b");
        assert_eq!(found("agent-inject-secrt"), "agent-inject-secret");
        assert_eq!(found("rloe"), "role");
        assert_eq!(found("completely-different"), "");
        assert_eq!(found("agent-inject-comamnd-x"), "agent-inject-command-x");
        assert_eq!(found(&"-".repeat(1 << 20)), "");
    }

    #[test]
    fn rows_are_found_by_their_longest_key() {
        assert_eq!(
            row("agent-inject-template-file-x").map(|row| row.key),
            Some("agent-inject-template-file")
        );
        assert_eq!(
            row("agent-inject-secret-x").map(|row| row.key),
            Some("agent-inject-secret")
        );
        assert_eq!(row("agent-inject-secret"), None);
        assert_eq!(row("secret-volume-path").map(|row| row.key), Some("secret-volume-path"));
    }
}
