//! Go's command line: `-name=value`, `-name value`, `--name`, booleans without a value; the first other word ends it.

use thiserror::Error;

/// What follows a flag's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `-flag` or `-flag=BOOL`.
    Switch,
    /// `-flag=TEXT` or `-flag TEXT`.
    Text,
}

/// One flag a command knows.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Name without dashes.
    pub name: &'static str,
    /// What follows the name.
    pub kind: Kind,
    /// One line for `-help`.
    pub help: &'static str,
}

impl Flag {
    /// A flag with a value.
    #[must_use]
    pub const fn text(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Text,
            help,
        }
    }

    /// A boolean flag.
    #[must_use]
    pub const fn switch(name: &'static str, help: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Switch,
            help,
        }
    }
}

/// A command line that does not fit the table.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FlagError {
    /// The table has no such flag.
    #[error("flag provided but not defined: -{name}{}", hint(.nearest))]
    Unknown {
        /// As typed, without dashes and value.
        name: String,
        /// The flag that was probably meant.
        nearest: Option<&'static str>,
    },
    /// A flag with a value stood last.
    #[error("flag needs an argument: -{0}")]
    NoValue(&'static str),
    /// A boolean flag got something else.
    #[error("invalid boolean value {value:?} for -{name}: write true or false")]
    NotBoolean {
        /// The flag.
        name: &'static str,
        /// What was given.
        value: String,
    },
}

fn hint(nearest: &Option<&'static str>) -> String {
    nearest
        .map(|name| format!(" (did you mean -{name}?)"))
        .unwrap_or_default()
}

/// Flags as given, in order, and the words after them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    values: Vec<(&'static str, String)>,
    /// The words after the last flag.
    pub rest: Vec<String>,
}

impl Given {
    /// The last value given for `name`.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&str> {
        self.values
            .iter()
            .rfind(|(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every value given for `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values
            .iter()
            .filter(move |(given, _)| *given == name)
            .map(|(_, value)| value.as_str())
    }

    /// The boolean given last for the switch `name`.
    #[must_use]
    pub fn switch(&self, name: &str) -> Option<bool> {
        self.last(name).and_then(parse_bool)
    }
}

/// Go's `strconv.ParseBool`.
#[must_use]
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Some(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Some(false),
        _ => None,
    }
}

/// Reads `args` against `table`.
///
/// # Errors
/// The first word that looks like a flag and does not fit.
pub fn parse(table: &'static [Flag], args: &[String]) -> Result<Given, FlagError> {
    let mut given = Given::default();
    let mut words = args.iter();
    while let Some(word) = words.next() {
        let Some(body) = flag_body(word) else {
            given.rest.push(word.clone());
            break;
        };
        if body.is_empty() {
            break;
        }
        let (name, value) = match body.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (body, None),
        };
        let flag = find(table, name)?;
        given.values.push((flag.name, value_of(flag, value, &mut words)?));
    }
    given.rest.extend(words.cloned());
    Ok(given)
}

fn flag_body(word: &str) -> Option<&str> {
    let body = word.strip_prefix('-')?;
    if body.is_empty() {
        return None;
    }
    Some(body.strip_prefix('-').unwrap_or(body))
}

fn find(table: &'static [Flag], name: &str) -> Result<&'static Flag, FlagError> {
    table
        .iter()
        .find(|flag| flag.name == name)
        .ok_or_else(|| FlagError::Unknown {
            name: name.to_owned(),
            nearest: table
                .iter()
                .map(|flag| (strsim::osa_distance(flag.name, name), flag.name))
                .filter(|(edits, _)| *edits <= 1 + name.len() / 4)
                .min()
                .map(|(_, known)| known),
        })
}

fn value_of<'a>(
    flag: &Flag,
    value: Option<String>,
    words: &mut impl Iterator<Item = &'a String>,
) -> Result<String, FlagError> {
    match (flag.kind, value) {
        (Kind::Switch, None) => Ok("true".to_owned()),
        (Kind::Switch, Some(value)) if parse_bool(&value).is_none() => {
            Err(FlagError::NotBoolean { name: flag.name, value })
        }
        (_, Some(value)) => Ok(value),
        (Kind::Text, None) => words.next().cloned().ok_or(FlagError::NoValue(flag.name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static TABLE: &[Flag] = &[
        Flag::text("config", "a file"),
        Flag::switch("exit-after-auth", "stop when done"),
    ];

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn all_of_gos_spellings_mean_the_same() {
        for line in ["-config=a.hcl", "--config=a.hcl", "-config a.hcl", "--config a.hcl"] {
            assert_eq!(
                parse(TABLE, &words(line)).unwrap().last("config"),
                Some("a.hcl"),
                "{line}"
            );
        }
    }

    #[test]
    fn flags_repeat_and_values_may_hold_equal_signs() {
        let given = parse(TABLE, &words("-config=a=b -config c")).unwrap();
        assert_eq!(given.all("config").collect::<Vec<_>>(), ["a=b", "c"]);
    }

    #[test]
    fn a_switch_takes_no_following_word() {
        let given = parse(TABLE, &words("-exit-after-auth false")).unwrap();
        assert_eq!(given.switch("exit-after-auth"), Some(true));
        assert_eq!(given.rest, ["false"]);
        assert_eq!(
            parse(TABLE, &words("-exit-after-auth=F"))
                .unwrap()
                .switch("exit-after-auth"),
            Some(false)
        );
    }

    #[test]
    fn the_first_other_word_ends_the_flags() {
        let given = parse(TABLE, &words("-exit-after-auth stray -config=x")).unwrap();
        assert_eq!(given.rest, ["stray", "-config=x"]);
        assert_eq!(parse(TABLE, &words("-- -config=x")).unwrap().rest, ["-config=x"]);
    }

    #[test]
    fn mistakes_are_named_with_the_nearest_flag() {
        let error = parse(TABLE, &words("-confg=x")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "flag provided but not defined: -confg (did you mean -config?)"
        );
        assert_eq!(
            parse(TABLE, &words("-config")).unwrap_err(),
            FlagError::NoValue("config")
        );
        let error = parse(TABLE, &words("-exit-after-auth=maybe")).unwrap_err();
        assert_eq!(
            error,
            FlagError::NotBoolean {
                name: "exit-after-auth",
                value: "maybe".into()
            }
        );
    }
}
