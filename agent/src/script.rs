//! The shell scripts that injectors write into pods, understood without a shell.
//!
//! An agent image made from nothing has no `/bin/sh`, `base64`, `touch` or `sleep`. Pods call the agent as `sh -ec SCRIPT`
//! with a handful of known shapes; each is recognised word by word and everything else is refused. Nothing is expanded,
//! globbed or looked up, so a script can never do more than these steps.

use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

/// One step of a recognised script; the next runs only after success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `echo ${NAME?} | base64 -d > FILE`
    Decode {
        /// The environment variable that holds base64.
        variable: String,
        /// Where the decoded bytes go.
        file: PathBuf,
    },
    /// `touch FILE`
    Touch(PathBuf),
    /// `sleep SECONDS`
    Sleep(Duration),
    /// A call of this program: its name and arguments.
    Call(Vec<String>),
}

/// A script, or a word of it, that is not one of the known shapes.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ScriptError {
    /// A step that is no known command.
    #[error(
        "this image has no shell and understands only what the injectors write; it cannot run {0:?} \
         (use an agent image with a shell, or the list form of the command)"
    )]
    UnknownStep(String),
    /// A word that a shell would expand.
    #[error("this image has no shell: it cannot expand {0:?}")]
    Expansion(String),
    /// Quotes that do not end.
    #[error("unterminated quote in the script")]
    Quote,
    /// Nothing to run.
    #[error("the script is empty")]
    Empty,
}

/// Names under which this program may be called.
const OWN_NAMES: [&str; 3] = ["vault", "bao", "coffret-agent"];

/// Takes a script apart.
///
/// # Errors
/// The first word or step that is not one of the known shapes.
pub fn recognise(script: &str) -> Result<Vec<Step>, ScriptError> {
    let words = split(script)?;
    let steps: Vec<Step> = words
        .split(|word| *word == Word::And)
        .filter(|step| !step.is_empty())
        .map(recognise_step)
        .collect::<Result<_, _>>()?;
    if steps.is_empty() {
        Err(ScriptError::Empty)
    } else {
        Ok(steps)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    Variable(String),
    And,
    Pipe,
    Into,
}

fn recognise_step(words: &[Word]) -> Result<Step, ScriptError> {
    use Word::{Into, Pipe, Text, Variable};
    if let [
        Text(echo),
        Variable(name),
        Pipe,
        Text(base64),
        Text(flag),
        Into,
        Text(file),
    ] = words
        && (program(echo), program(base64)) == ("echo", "base64")
        && ["-d", "-D", "--decode"].contains(&flag.as_str())
    {
        return Ok(Step::Decode {
            variable: name.clone(),
            file: file.into(),
        });
    }
    let plain: Option<Vec<String>> = words.iter().map(Word::text).collect();
    plain
        .as_deref()
        .and_then(recognise_plain)
        .ok_or_else(|| ScriptError::UnknownStep(shown(words)))
}

fn recognise_plain(words: &[String]) -> Option<Step> {
    let words = match words.split_first() {
        Some((first, rest)) if first == "exec" => rest,
        _ => words,
    };
    match (program(words.first()?), words.get(1..)?) {
        ("touch", [file]) => Some(Step::Touch(file.into())),
        ("sleep", [seconds]) => parse_seconds(seconds).map(Step::Sleep),
        (name, _) if OWN_NAMES.contains(&name) => Some(Step::Call(words.to_vec())),
        _ => None,
    }
}

fn program(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

fn parse_seconds(text: &str) -> Option<Duration> {
    let text = text.strip_suffix('s').unwrap_or(text);
    text.parse::<f64>()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
}

impl Word {
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            _ => None,
        }
    }
}

fn shown(words: &[Word]) -> String {
    let shown = words.iter().map(|word| match word {
        Word::Text(text) => text.clone(),
        Word::Variable(name) => format!("${{{name}?}}"),
        Word::And => "&&".to_owned(),
        Word::Pipe => "|".to_owned(),
        Word::Into => ">".to_owned(),
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn split(script: &str) -> Result<Vec<Word>, ScriptError> {
    let mut words = Vec::new();
    let mut rest = script.trim_start();
    while !rest.is_empty() {
        let (word, after) = next_word(rest)?;
        words.push(word);
        rest = after.trim_start();
    }
    Ok(words)
}

fn next_word(text: &str) -> Result<(Word, &str), ScriptError> {
    for (sign, word) in [("&&", Word::And), ("|", Word::Pipe), (">", Word::Into)] {
        if let Some(rest) = text.strip_prefix(sign) {
            return Ok((word, rest));
        }
    }
    let (raw, rest) = take_raw(text)?;
    Ok((classify(&raw)?, rest))
}

/// One word with its quotes removed, and whether a single quote protected it from expansion.
fn take_raw(text: &str) -> Result<(Raw, &str), ScriptError> {
    let mut raw = Raw::default();
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, c) if c.is_whitespace() || matches!(c, '|' | '>' | '&') => return Ok((raw, &text[at..])),
            (Some('\''), c) => raw.push_literal(c),
            (_, c) => raw.text.push(c),
        }
        if (None, '&') == (quote, c) {
            break;
        }
    }
    if quote.is_some() {
        Err(ScriptError::Quote)
    } else {
        Ok((raw, ""))
    }
}

#[derive(Default)]
struct Raw {
    text: String,
    literal: bool,
}

impl Raw {
    fn push_literal(&mut self, c: char) {
        self.literal = true;
        self.text.push(c);
    }
}

fn classify(raw: &Raw) -> Result<Word, ScriptError> {
    let text = &raw.text;
    if raw.literal {
        return Ok(Word::Text(text.clone()));
    }
    if let Some(name) = variable(text) {
        return Ok(Word::Variable(name.to_owned()));
    }
    let special = |c: char| "$`;&<>()\\*?[]{}~#!\n".contains(c);
    if text.is_empty() || text.contains(special) {
        return Err(ScriptError::Expansion(text.clone()));
    }
    Ok(Word::Text(text.clone()))
}

/// `$NAME`, `${NAME}` or `${NAME?}`.
fn variable(text: &str) -> Option<&str> {
    let body = text.strip_prefix('$')?;
    let name = match body.strip_prefix('{') {
        Some(inner) => inner.strip_suffix('}')?.trim_end_matches('?'),
        None => body,
    };
    let valid = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    valid.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn call(line: &str) -> Step {
        Step::Call(line.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn generated_configuration_is_recognised() {
        let script = "echo ${VAULT_CONFIG?} | base64 -d > /home/vault/config.json && \
                      vault agent -config=/home/vault/config.json";
        let decode = Step::Decode {
            variable: "VAULT_CONFIG".into(),
            file: "/home/vault/config.json".into(),
        };
        assert_eq!(
            recognise(script),
            Ok(vec![decode, call("vault agent -config=/home/vault/config.json")])
        );
    }

    #[test]
    fn config_map_mode_is_recognised() {
        let script = "touch /home/vault/.vault-token && vault agent -config=/vault/configs/config.hcl";
        let touch = Step::Touch("/home/vault/.vault-token".into());
        assert_eq!(
            recognise(script),
            Ok(vec![touch, call("vault agent -config=/vault/configs/config.hcl")])
        );
    }

    #[test]
    fn revocation_before_stop_is_recognised() {
        let script = "/bin/sleep 5 && /bin/vault token revoke -address=https://vault:8200 -self";
        let sleep = Step::Sleep(Duration::from_secs(5));
        assert_eq!(
            recognise(script),
            Ok(vec![
                sleep,
                call("/bin/vault token revoke -address=https://vault:8200 -self")
            ])
        );
    }

    #[test]
    fn quotes_and_exec_are_understood() {
        let script = "exec 'bao' agent \"-config=/a b.hcl\"";
        assert_eq!(
            recognise(script),
            Ok(vec![Step::Call(vec![
                "bao".into(),
                "agent".into(),
                "-config=/a b.hcl".into()
            ])])
        );
    }

    #[test]
    fn anything_else_is_refused() {
        for script in [
            "",
            "rm -rf /",
            "vault agent -config=$(cat x)",
            "vault agent; rm x",
            "vault agent & rm x",
            "vault agent || rm x",
            "echo ${VAULT_CONFIG?} > /x",
            "echo hello | base64 -d > /x",
            "touch /a /b",
            "sleep forever && vault agent",
            "vault agent -config=~/x",
            "vault agent 'unterminated",
            "echo ${VAULT_CONFIG?} | base64 -d | sh",
        ] {
            assert!(
                recognise(script).is_err(),
                "{script:?} was accepted: {:?}",
                recognise(script)
            );
        }
    }

    proptest! {
        #[test]
        fn no_script_makes_it_panic(script in "\\PC{0,80}") {
            let _ = recognise(&script);
        }

        #[test]
        fn shell_metacharacters_never_reach_a_call(script in "vault [a-z$`;&|<>()*?~#! =]{0,40}") {
            if let Ok(steps) = recognise(&script) {
                for step in steps {
                    if let Step::Call(words) = step {
                        let special = words.iter().any(|word| word.contains(['$', '`', ';', '&', '|', '<', '>', '(', '*']));
                        prop_assert!(!special);
                    }
                }
            }
        }
    }
}
