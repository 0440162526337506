//! The environment as the agent reads it: a copy taken at start, never the process's own.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Environment variables in the order they came; of one that came twice the last counts. Values may be secrets, so
/// `Debug` shows names only. Variables that are not Unicode are nothing to the agent, and passed on to its children.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(Vec<(OsString, OsString)>);

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl<K: Into<OsString>, V: Into<OsString>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        let owned = variables.into_iter().map(|(name, value)| (name.into(), value.into()));
        Self(owned.collect())
    }
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        std::env::vars_os().collect()
    }

    /// The value of `name`; an empty one counts.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().rev().find(|(known, _)| known == name);
        found.and_then(|(_, value)| value.to_str())
    }

    /// The value of `name`, unless it is missing or empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// `BAO_<name>` if it is set at all, otherwise `VAULT_<name>`.
    #[must_use]
    pub fn server(&self, name: &str) -> Option<&str> {
        self.get(&format!("BAO_{name}"))
            .or_else(|| self.get(&format!("VAULT_{name}")))
    }

    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.0.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The file that holds the token of a person at the command line, and of the pod hooks: `~/.vault-token`.
    #[must_use]
    pub fn token_file(&self) -> PathBuf {
        match self.server("TOKEN_PATH").filter(|path| !path.is_empty()) {
            Some(path) => path.into(),
            None => Path::new(self.filled("HOME").unwrap_or("/home/vault")).join(".vault-token"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn baos_variables_win_even_when_empty() {
        let environment =
            Environment::from_iter([("BAO_ADDR", ""), ("VAULT_ADDR", "http://x"), ("VAULT_NAMESPACE", "n")]);
        assert_eq!(environment.server("ADDR"), Some(""));
        assert_eq!(environment.server("NAMESPACE"), Some("n"));
    }

    #[test]
    fn debug_shows_no_values() {
        let environment = Environment::from_iter([("VAULT_TOKEN", "hvs.secret")]);
        assert_eq!(format!("{environment:?}"), "{\"VAULT_TOKEN\"}");
    }
}
