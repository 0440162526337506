//! User and group names, read from `/etc/passwd` and `/etc/group`: a static binary has no name service to ask.

use std::path::Path;

use thiserror::Error;

/// A name that could not be turned into a number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no {kind} {name:?} in {file} (use its number: agent images often have no such file)")]
pub struct UnknownAccount {
    kind: &'static str,
    name: String,
    file: String,
}

/// The number of the user `name`, which may itself be a number.
///
/// # Errors
/// The name is not in the passwd file.
pub fn user(name: &str, etc: &Path) -> Result<u32, UnknownAccount> {
    number("user", name, &etc.join("passwd"))
}

/// The number of the group `name`, which may itself be a number.
///
/// # Errors
/// The name is not in the group file.
pub fn group(name: &str, etc: &Path) -> Result<u32, UnknownAccount> {
    number("group", name, &etc.join("group"))
}

fn number(kind: &'static str, name: &str, file: &Path) -> Result<u32, UnknownAccount> {
    if let Ok(number) = name.parse() {
        return Ok(number);
    }
    // Both files have the number in the third field.
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let found = text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let id = (fields.next()? == name).then(|| fields.nth(1))??;
        id.parse().ok()
    });
    found.ok_or_else(|| UnknownAccount {
        kind,
        name: name.to_owned(),
        file: file.display().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_understood() {
        let etc = tempfile::tempdir().unwrap();
        std::fs::write(
            etc.path().join("passwd"),
            "root:x:0:0:root:/:/bin/sh\nvault:x:100:1000::/home/vault:\n",
        )
        .unwrap();
        assert_eq!(user("vault", etc.path()), Ok(100));
        assert_eq!(user("1234", etc.path()), Ok(1234));
        assert!(
            user("nobody", etc.path())
                .unwrap_err()
                .to_string()
                .contains("no user \"nobody\"")
        );
        assert!(group("vault", etc.path()).is_err());
    }
}
