//! The annotations in force for one pod: those of the pod itself and those it inherits, under all prefixes,
//! merged by key.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::grammar;
use super::refusal::{Refusal, Step};
use super::table::{Annotation, Fallback, Grammar, TABLE};

/// The part of an annotation key in front of the `/`, slash included. Later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prefix {
    /// `vault.hashicorp.com/`
    Vault,
    /// `openbao.org/`
    OpenBao,
    /// `coffret.dev/`
    Coffret,
}

impl Prefix {
    /// All prefixes, the one that wins last.
    pub const ALL: [Prefix; 3] = [Prefix::Vault, Prefix::OpenBao, Prefix::Coffret];

    /// The text in front of the key.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Prefix::Vault => "vault.hashicorp.com/",
            Prefix::OpenBao => "openbao.org/",
            Prefix::Coffret => "coffret.dev/",
        }
    }

    /// Splits a full annotation name into its prefix and key, if it is one of ours.
    #[must_use]
    pub fn split(name: &str) -> Option<(Prefix, &str)> {
        Prefix::ALL
            .into_iter()
            .find_map(|prefix| Some((prefix, name.strip_prefix(prefix.text())?)))
    }
}

/// Where a value was written. Later ones win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// On the pod's namespace.
    Namespace,
    /// On the pod's service account.
    ServiceAccount,
    /// On the pod.
    Pod,
}

impl Origin {
    /// The word for messages and the audit log.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Origin::Namespace => "namespace",
            Origin::ServiceAccount => "service account",
            Origin::Pod => "pod",
        }
    }
}

/// One value in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The value as written.
    pub value: String,
    /// The prefix it was written under.
    pub prefix: Prefix,
    /// Where it was written.
    pub origin: Origin,
}

/// All values in force, by key without prefix.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values {
    entries: BTreeMap<String, Entry>,
    shadowed: Vec<(String, Prefix, Prefix)>,
}

impl Values {
    /// Merges the pod's annotations over inherited ones. Inherited ones count under `coffret.dev/` only: the
    /// old prefixes mean nothing on a namespace or service account today, and must not start to.
    ///
    /// # Errors
    /// An annotation of ours whose value is not a string.
    pub fn collect(pod: &Value, inherited: &[(Origin, &BTreeMap<String, String>)]) -> Result<Values, Refusal> {
        let mut values = Values::default();
        for (origin, annotations) in inherited {
            for (name, value) in *annotations {
                if let Some((Prefix::Coffret, key)) = Prefix::split(name) {
                    values.put(key, value, Prefix::Coffret, *origin);
                }
            }
        }
        let Some(annotations) = pod.pointer("/metadata/annotations").and_then(Value::as_object) else {
            return Ok(values);
        };
        for (name, value) in annotations {
            let Some((prefix, key)) = Prefix::split(name) else {
                continue;
            };
            let text = match value {
                Value::String(text) => text.as_str(),
                Value::Null => "",
                _ => {
                    return Err(Refusal::new(
                        Step::Request,
                        format!("annotation {name} is not a string: quote its value"),
                    ));
                }
            };
            values.put(key, text, prefix, Origin::Pod);
        }
        Ok(values)
    }

    fn put(&mut self, key: &str, value: &str, prefix: Prefix, origin: Origin) {
        let entry = Entry {
            value: value.to_owned(),
            prefix,
            origin,
        };
        if let Some(present) = self.entries.get(key) {
            if present.origin == origin {
                let (winner, loser) = (prefix.max(present.prefix), prefix.min(present.prefix));
                self.shadowed.push((key.to_owned(), winner, loser));
            }
            if (present.origin, present.prefix) > (origin, prefix) {
                return;
            }
        }
        self.entries.insert(key.to_owned(), entry);
    }

    /// The entry of a key that stands alone.
    #[must_use]
    pub fn entry(&self, annotation: &Annotation) -> Option<&Entry> {
        self.entries.get(annotation.key)
    }

    /// The text of a key that stands alone.
    #[must_use]
    pub fn text(&self, annotation: &Annotation) -> Option<&str> {
        self.entry(annotation).map(|entry| entry.value.as_str())
    }

    /// The entry of `KEY-NAME`.
    #[must_use]
    pub fn named(&self, annotation: &Annotation, name: &str) -> Option<&Entry> {
        self.entries.get(&format!("{}-{name}", annotation.key))
    }

    /// The text of `KEY-NAME`.
    #[must_use]
    pub fn named_text(&self, annotation: &Annotation, name: &str) -> Option<&str> {
        self.named(annotation, name).map(|entry| entry.value.as_str())
    }

    /// All `KEY-NAME` of a family, sorted by NAME; an empty NAME is not one.
    pub fn family(&self, annotation: &Annotation) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().filter_map(|(key, entry)| {
            let name = key.strip_prefix(annotation.key)?.strip_prefix('-')?;
            (!name.is_empty()).then_some((name, entry))
        })
    }

    /// A boolean.
    ///
    /// # Errors
    /// A value that is not one.
    pub fn bool(&self, annotation: &Annotation, fallback: bool) -> Result<bool, Refusal> {
        self.entry(annotation)
            .map_or(Ok(fallback), |entry| parse_bool(annotation.key, entry))
    }

    /// The boolean of `KEY-NAME`.
    ///
    /// # Errors
    /// A value that is not one.
    pub fn named_bool(&self, annotation: &Annotation, name: &str) -> Result<Option<bool>, Refusal> {
        let key = format!("{}-{name}", annotation.key);
        self.entries.get(&key).map(|entry| parse_bool(&key, entry)).transpose()
    }

    /// An entry's value through a grammar function, with a hint that names the annotation.
    ///
    /// # Errors
    /// What the grammar refuses.
    pub fn parse<T>(
        &self,
        annotation: &Annotation,
        grammar: impl Fn(&str) -> Result<T, grammar::GrammarError>,
    ) -> Result<Option<T>, Refusal> {
        let Some(entry) = self.entry(annotation) else {
            return Ok(None);
        };
        grammar(&entry.value)
            .map(Some)
            .map_err(|error| Refusal::new(Step::Parse, error).hint(blame(annotation.key, entry, annotation.grammar)))
    }

    /// Every key in force with its entry.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(key, entry)| (key.as_str(), entry))
    }

    /// Keys in force by where they were written, the strongest place first.
    #[must_use]
    pub fn by_origin(&self) -> BTreeMap<Reverse<Origin>, Vec<&str>> {
        let mut places: BTreeMap<Reverse<Origin>, Vec<&str>> = BTreeMap::new();
        for (key, entry) in self.iter() {
            places.entry(Reverse(entry.origin)).or_default().push(key);
        }
        places
    }

    /// Keys nobody wrote whose value is one of the injector's settings.
    pub fn from_settings(&self) -> impl Iterator<Item = &'static str> {
        let unwritten = TABLE.iter().filter(|row| self.entry(row).is_none());
        unwritten
            .filter(|row| matches!(row.fallback, Fallback::Setting(_)))
            .map(|row| row.key)
    }

    /// Keys written under two prefixes in one place: (key, the prefix that wins, the one that loses).
    #[must_use]
    pub fn shadowed(&self) -> &[(String, Prefix, Prefix)] {
        &self.shadowed
    }
}

fn parse_bool(key: &str, entry: &Entry) -> Result<bool, Refusal> {
    grammar::bool(&entry.value).map_err(|error| Refusal::new(Step::Parse, error).hint(blame(key, entry, Grammar::Bool)))
}

/// The sentence that names the annotation at fault and what it takes.
#[must_use]
pub fn blame(key: &str, entry: &Entry, grammar: Grammar) -> String {
    let place = match entry.origin {
        Origin::Pod => String::new(),
        origin => format!(" (on the {})", origin.text()),
    };
    format!("{}{key}{place} takes {}", entry.prefix.text(), expectation(grammar))
}

/// What a grammar takes, for people.
#[must_use]
pub fn expectation(grammar: Grammar) -> String {
    match grammar {
        Grammar::Bool => r#""true" or "false""#.to_owned(),
        Grammar::Int => "a whole number".to_owned(),
        Grammar::Uint => "a whole number, 0 or more, without a unit".to_owned(),
        Grammar::Float => "a number such as 0.9".to_owned(),
        Grammar::Duration => "a duration with a unit, such as 30s or 1m30s".to_owned(),
        Grammar::Quantity => "a quantity such as 250m or 64Mi, or an empty value for none".to_owned(),
        Grammar::Csv => "names separated by commas without blanks".to_owned(),
        Grammar::JsonPatch => "a JSON array of patch operations".to_owned(),
        Grammar::Text => "any text".to_owned(),
        Grammar::Word(words) => format!("one of {}", words.join(", ")),
    }
}
