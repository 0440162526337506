//! Flat keys seen as folders.

/// The names directly below a folder (`""` or one ending in `/`), each once and sorted; folders keep their slash.
pub(crate) fn children<'k>(keys: impl Iterator<Item = &'k String>, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = keys
        .filter_map(|key| key.strip_prefix(folder))
        .map(|rest| match rest.split_once('/') {
            Some((name, _)) => format!("{name}/"),
            None => rest.to_owned(),
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::children;

    #[test]
    fn folders_and_values_are_listed_once() {
        let keys = ["a", "a/b", "a/c/d", "b"].map(String::from);
        assert_eq!(children(keys.iter(), ""), ["a", "a/", "b"]);
        assert_eq!(children(keys.iter(), "a/"), ["b", "c/"]);
    }
}
