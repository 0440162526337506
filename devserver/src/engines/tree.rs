//! Lists: flat keys seen as folders, and pages of names.

use crate::engine::Call;

/// The names directly below a folder (`""` or one ending in `/`), each once and sorted; folders keep their slash.
pub(crate) fn children<'k>(keys: impl Iterator<Item = &'k String>, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = keys
        .filter_map(|key| key.strip_prefix(folder))
        .filter(|rest| !rest.is_empty())
        .map(|rest| match rest.split_once('/') {
            Some((name, _)) => format!("{name}/"),
            None => rest.to_owned(),
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// All keys below a folder, in the order in which the original walks it: values first, then its folders from the last
/// to the first.
pub(crate) fn all_below<'k>(keys: impl Iterator<Item = &'k String>, folder: &str) -> Vec<String> {
    let below: Vec<String> = keys
        .filter_map(|key| key.strip_prefix(folder))
        .filter(|rest| !rest.is_empty())
        .map(str::to_owned)
        .collect();
    let mut found = Vec::new();
    let mut open = vec![String::new()];
    while let Some(folder) = open.pop() {
        for name in children(below.iter(), &folder) {
            let path = format!("{folder}{name}");
            if path.ends_with('/') {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

/// A page of a list: what comes after the name in `after`, at most as many as `limit` says, where that is positive.
pub(crate) fn page(names: impl Iterator<Item = String>, call: &Call<'_>) -> Vec<String> {
    let after = call.string("after");
    let rest = names.filter(|name| after.is_empty() || *name > after);
    match usize::try_from(call.int("limit")) {
        Ok(limit) if limit > 0 => rest.take(limit).collect(),
        _ => rest.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{all_below, children};

    #[test]
    fn a_walk_takes_values_before_folders_and_the_last_folder_first() {
        let keys = ["a/a", "a/y/q", "a/z/q", "b", "c/1", "d"].map(String::from);
        assert_eq!(all_below(keys.iter(), ""), ["b", "d", "c/1", "a/a", "a/z/q", "a/y/q"]);
        assert_eq!(all_below(keys.iter(), "a/"), ["a", "z/q", "y/q"]);
    }

    #[test]
    fn folders_and_values_are_listed_once() {
        let keys = ["a", "a/b", "a/c/d", "b"].map(String::from);
        assert_eq!(children(keys.iter(), ""), ["a", "a/", "b"]);
        assert_eq!(children(keys.iter(), "a/"), ["b", "c/"]);
    }
}
