//! Keys nobody knows, and the known one that was meant.

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

/// The known key nearest to a misspelt one, with the name behind it, when it is near enough to be meant.
pub(super) fn nearest(key: &str) -> Option<String> {
    let whole = |row: &Annotation| (distance(key, row.key), row.key, "");
    let named = |row: &'static Annotation| {
        let ends = key.match_indices('-').map(|(end, _)| key.split_at(end));
        ends.map(|(typed, name)| (distance(typed, row.key), row.key, name))
    };
    let families = TABLE.iter().filter(|row| row.form != Form::Single).copied();
    let candidates = TABLE.iter().copied().map(whole).chain(families.flat_map(named));
    candidates
        .min()
        .filter(|(steps, known, _)| *steps <= 1 + known.len() / 6)
        .map(|(_, known, name)| format!("{known}{name}"))
}

/// Edit distance, with a swap of neighbours as one step.
pub(super) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(64).collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest, row};

    #[test]
    fn misspelt_keys_find_their_neighbour() {
        let found = |key| nearest(key).unwrap_or_default();
        assert_eq!(found("agent-injct"), "agent-inject");
        assert_eq!(found("agent-inject-secrt-foo"), "agent-inject-secret-foo");
        assert_eq!(found("agent-inject-templat-a-b"), "agent-inject-template-a-b");
        assert_eq!(found("agent-inject-secrt"), "agent-inject-secret");
        assert_eq!(found("rloe"), "role");
        assert_eq!(found("completely-different"), "");
        assert_eq!(distance("ab", "ba"), 1);
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
