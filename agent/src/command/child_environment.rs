//! Which variables a child gets: never a token of the agent.

use crate::environment::Environment;

/// Variables a child never inherits: they are secrets of the agent.
const WITHHELD: [&str; 2] = ["VAULT_TOKEN", "BAO_TOKEN"];

/// Which variables a child gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChildEnvironment {
    /// Inherit nothing.
    pub pristine: bool,
    /// `NAME=value`, added last.
    pub custom: Vec<String>,
    /// When not empty, only names matching one of these globs are inherited.
    pub allow: Vec<String>,
    /// Names matching one of these globs are not inherited.
    pub deny: Vec<String>,
}

impl ChildEnvironment {
    /// The variables of a child of a process that has `inherited`, plus `added` by the agent.
    #[must_use]
    pub fn apply(&self, inherited: &Environment, added: &[(String, String)]) -> Environment {
        let kept = inherited
            .iter()
            .filter(|(name, _)| self.inherits(&name.to_string_lossy()));
        let custom = self.custom.iter().filter_map(|pair| pair.split_once('='));
        let own = added.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let set = own.chain(custom).map(|(name, value)| (name.as_ref(), value.as_ref()));
        kept.chain(set).collect()
    }

    fn inherits(&self, name: &str) -> bool {
        let matches = |globs: &[String]| globs.iter().any(|glob| matches_glob(glob, name));
        !self.pristine
            && !WITHHELD.contains(&name)
            && !matches(&self.deny)
            && (self.allow.is_empty() || matches(&self.allow))
    }
}

/// A glob in which `*` stands for any text.
fn matches_glob(glob: &str, name: &str) -> bool {
    let Some((head, tail)) = glob.split_once('*') else {
        return glob == name;
    };
    let Some(mut rest) = name.strip_prefix(head) else {
        return false;
    };
    let mut parts: Vec<&str> = tail.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_inherits_what_it_may_and_never_a_token() {
        let inherited =
            Environment::from_iter([("PATH", "/bin"), ("VAULT_TOKEN", "t"), ("AWS_KEY", "k"), ("HOME", "/")]);
        let names = |rules: &ChildEnvironment| {
            let environment = rules.apply(&inherited, &[("VAULT_ADDR".into(), "http://v".into())]);
            let names = environment.iter().map(|(name, _)| name.to_str().unwrap().to_owned());
            let mut names: Vec<String> = names.collect();
            names.sort();
            names
        };
        assert_eq!(
            names(&ChildEnvironment::default()),
            ["AWS_KEY", "HOME", "PATH", "VAULT_ADDR"]
        );
        let deny = ChildEnvironment {
            deny: vec!["AWS_*".into()],
            ..ChildEnvironment::default()
        };
        assert_eq!(names(&deny), ["HOME", "PATH", "VAULT_ADDR"]);
        let allow = ChildEnvironment {
            allow: vec!["P*H".into()],
            custom: vec!["A=b=c".into()],
            ..ChildEnvironment::default()
        };
        assert_eq!(names(&allow), ["A", "PATH", "VAULT_ADDR"]);
        let pristine = ChildEnvironment {
            pristine: true,
            ..ChildEnvironment::default()
        };
        assert_eq!(names(&pristine), ["VAULT_ADDR"]);
    }

    #[test]
    fn globs_match_like_the_original() {
        for (glob, name, matches) in [
            ("*", "X", true),
            ("A*", "BA", false),
            ("*_KEY", "A_KEY", true),
            ("A*B*C", "AxxBC", true),
            ("A*B*C", "AC", false),
        ] {
            assert_eq!(matches_glob(glob, name), matches, "{glob} {name}");
        }
    }
}
