//! Password policies: a length and sets of characters, of which each may have to appear a number of times.

use coffret_hcl::{Object, Value};
use std::collections::BTreeSet;

/// A policy, with the text it was read from.
#[derive(Clone, Debug)]
pub(crate) struct PasswordPolicy {
    pub(crate) text: String,
    length: usize,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    letters: Vec<char>,
    least: usize,
}

/// What is wrong with a policy, in the original's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasswordPolicyError {
    /// The text is no HCL.
    #[error("unable to decode: {0}")]
    Syntax(String),
    /// A rule of a type that there is none of.
    #[error("unable to parse rules: unable to parse rule {0}: unrecognized rule type {0}")]
    RuleType(String),
    /// Something is missing, or cannot be met.
    #[error("1 error occurred:\n\t* {0}\n\n")]
    Impossible(String),
}

/// Longer passwords are refused: nobody needs them, and each is made letter by letter.
const LONGEST: usize = 4096;

impl PasswordPolicy {
    /// Reads a policy in HCL or JSON.
    ///
    /// # Errors
    /// [`PasswordPolicyError`].
    pub(crate) fn parse(text: &str) -> Result<Self, PasswordPolicyError> {
        let syntax = |error: String| PasswordPolicyError::Syntax(error);
        let impossible = |text: String| PasswordPolicyError::Impossible(text);
        let document = coffret_hcl::parse("policy", text).map_err(|error| syntax(error.to_string()))?;
        let length = document
            .root
            .attribute("length")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        let length = usize::try_from(length).unwrap_or_default();
        let blocks = document
            .root
            .blocks("rule", 1)
            .map_err(|error| syntax(error.problem.to_string()))?;
        let mut rules = Vec::new();
        for block in blocks {
            match block.label(0) {
                Some("charset") => rules.push(Rule::read(block.body)),
                other => return Err(PasswordPolicyError::RuleType(other.unwrap_or_default().to_owned())),
            }
        }
        let least: usize = rules.iter().map(|rule| rule.least).sum();
        if rules.iter().all(|rule| rule.letters.is_empty()) {
            return Err(impossible("no charset specified".to_owned()));
        }
        if length == 0 || length > LONGEST {
            return Err(impossible(format!("length must be between 1 and {LONGEST}")));
        }
        if least > length {
            return Err(impossible(format!(
                "specified rules require at least {least} characters but {length} is specified"
            )));
        }
        Ok(Self {
            text: text.to_owned(),
            length,
            rules,
        })
    }

    /// A password: what the rules require, the rest from all of their letters, in random order.
    pub(crate) fn generate(&self) -> String {
        let all: BTreeSet<char> = self
            .rules
            .iter()
            .flat_map(|rule| rule.letters.iter().copied())
            .collect();
        let all: Vec<char> = all.into_iter().collect();
        let mut password: Vec<char> = self
            .rules
            .iter()
            .flat_map(|rule| (0..rule.least).map(|_| pick(&rule.letters)))
            .collect();
        while password.len() < self.length {
            password.push(pick(&all));
        }
        for last in (1..password.len()).rev() {
            password.swap(last, below(last + 1));
        }
        password.into_iter().collect()
    }
}

impl Rule {
    fn read(body: &Object) -> Self {
        let letters = body.attribute("charset").and_then(Value::as_str).unwrap_or_default();
        let least = body.attribute("min-chars").and_then(Value::as_i64).unwrap_or_default();
        Self {
            letters: letters.chars().collect::<BTreeSet<char>>().into_iter().collect(),
            least: usize::try_from(least).unwrap_or_default(),
        }
    }
}

fn pick(letters: &[char]) -> char {
    letters.get(below(letters.len())).copied().unwrap_or_default()
}

/// A random number below `end`; the slight preference for small numbers does not matter for 64 random bits.
fn below(end: usize) -> usize {
    let random = u64::from_le_bytes(crate::random::bytes());
    let end = u64::try_from(end.max(1)).unwrap_or(1);
    usize::try_from(random % end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_have_the_length_and_the_required_letters() {
        let text = "length = 12\nrule \"charset\" { charset = \"ab\" min-chars = 3 }\nrule \"charset\" { charset = \"XY\" min-chars = 9 }";
        let policy = PasswordPolicy::parse(text).unwrap();
        for _ in 0..50 {
            let password = policy.generate();
            let lower = password.chars().filter(|letter| "ab".contains(*letter)).count();
            let upper = password.chars().filter(|letter| "XY".contains(*letter)).count();
            assert_eq!((lower, upper), (3, 9), "{password}");
        }
    }

    #[test]
    fn policies_that_cannot_be_met_are_refused() {
        for (text, reason) in [
            ("length = 5", "no charset specified"),
            (
                "length = 5\nrule \"charset\" { charset = \"a\" min-chars = 9 }",
                "at least 9 characters but 5",
            ),
            ("length = 5\nrule \"paper\" {}", "unrecognized rule type paper"),
            ("rule \"charset\" { charset = \"a\" }", "length must be"),
            ("length = ", "unable to decode"),
        ] {
            let error = PasswordPolicy::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
