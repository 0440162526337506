//! Settings as typed: Go-style flags, then the environment over them.

use std::collections::BTreeMap;

use thiserror::Error;

use super::table::{Kind, OPENBAO_ENV, OPENBAO_FLAGS, Setting, TABLE};

/// Why the command line or environment cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A flag the table does not have.
    #[error("flag provided but not defined: -{0}")]
    UnknownFlag(String),
    /// A flag without its value.
    #[error("flag needs an argument: -{0}")]
    MissingValue(String),
    /// A boolean flag with something else.
    #[error("invalid boolean value {value:?} for -{flag}: parse error")]
    FlagBool {
        /// The flag.
        flag: String,
        /// What was given.
        value: String,
    },
    /// A value that does not fit.
    #[error("{name}: {problem}")]
    Value {
        /// The variable at fault.
        name: String,
        /// What is wrong and what would be right.
        problem: String,
    },
    /// No server.
    #[error("No Vault service configured: set AGENT_INJECT_VAULT_ADDR or -vault-address")]
    NoAddress,
}

/// Where the environment is read.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The values in force, by variable name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Raw {
    values: BTreeMap<&'static str, String>,
    /// Whether an OpenBao name was used.
    pub openbao: bool,
}

impl Raw {
    /// Reads flags, then the environment over them; an empty variable counts as unset. Parsing stops at the
    /// first argument that is not a flag: the charts pass a stray `2>&1`.
    ///
    /// # Errors
    /// Unknown flags and missing values.
    pub fn read(args: &[String], env: Environment<'_>) -> Result<Raw, SettingsError> {
        let mut raw = Raw::default();
        raw.flags(args)?;
        for setting in TABLE {
            raw.variable(env, setting.env, setting);
        }
        for (name, setting) in OPENBAO_ENV {
            raw.openbao |= raw.variable(env, name, setting);
        }
        Ok(raw)
    }

    fn variable(&mut self, env: Environment<'_>, name: &str, setting: &'static Setting) -> bool {
        let value = env(&format!("AGENT_INJECT_{name}")).filter(|value| !value.is_empty());
        let found = value.is_some();
        if let Some(value) = value {
            self.values.insert(setting.env, value);
        }
        found
    }

    fn flags(&mut self, args: &[String]) -> Result<(), SettingsError> {
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let Some(flag) = arg.strip_prefix("--").or_else(|| arg.strip_prefix('-')) else {
                break;
            };
            if flag.is_empty() {
                break;
            }
            let (name, inline) = flag
                .split_once('=')
                .map_or((flag, None), |(name, value)| (name, Some(value)));
            let setting = self.flag(name)?;
            let value = match (inline, setting.kind) {
                (Some(value), _) => value.to_owned(),
                (None, Kind::Bool) => "true".to_owned(),
                (None, _) => args
                    .next()
                    .cloned()
                    .ok_or_else(|| SettingsError::MissingValue(name.to_owned()))?,
            };
            if setting.kind == Kind::Bool
                && (value.is_empty() || coffret_config::annotations::grammar::bool(&value).is_err())
            {
                return Err(SettingsError::FlagBool {
                    flag: name.to_owned(),
                    value,
                });
            }
            self.values.insert(setting.env, value);
        }
        Ok(())
    }

    fn flag(&mut self, name: &str) -> Result<&'static Setting, SettingsError> {
        if let Some((_, setting)) = OPENBAO_FLAGS.iter().find(|(flag, _)| *flag == name) {
            self.openbao = true;
            return Ok(setting);
        }
        let known = TABLE
            .iter()
            .find(|setting| !setting.flag.is_empty() && setting.flag == name);
        known
            .copied()
            .ok_or_else(|| SettingsError::UnknownFlag(name.to_owned()))
    }

    /// The value in force; the table's default where nothing was said.
    #[must_use]
    pub fn text(&self, setting: &Setting) -> &str {
        self.values.get(setting.env).map_or(setting.default, String::as_str)
    }

    /// The value, if anything was said. A flag may say *empty*.
    #[must_use]
    pub fn given(&self, setting: &Setting) -> Option<String> {
        self.values.get(setting.env).cloned()
    }
}
