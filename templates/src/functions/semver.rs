//! Semantic versions and their constraints, as `github.com/Masterminds/semver` reads them.

use std::any::Any;
use std::cmp::Ordering;

use crate::call::Call;
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{List, Named, Object, Text, Type, Value};

use super::constraint::Constraint;

const TEXT: Type = Type::String;
const BYTES: Type = Type::List(&Type::UINT8);

pub(super) static TABLE: &[Function] = &[
    Function::new("sprig_semver", &[TEXT], Type::Pointer(&VERSION), |_, arguments| {
        Ok(Value::object(Version::parse(&arguments.str_lossy(0)?)?))
    }),
    Function::new("sprig_semverCompare", &[TEXT, TEXT], Type::Bool, compare),
];

/// A version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) major: u64,
    pub(super) minor: u64,
    pub(super) patch: u64,
    pub(super) pre: String,
    metadata: String,
    original: String,
}

static VERSION: Named = Named {
    name: "semver.Version",
    is_struct: true,
    fields: &[],
    methods: &[
        Function::new("Compare", &[Type::Pointer(&VERSION)], Type::INT, |_, arguments| {
            Ok(Value::int(order(arguments)? as i64))
        }),
        Function::new("Equal", &[Type::Pointer(&VERSION)], Type::Bool, |_, arguments| {
            Ok(Value::Bool(order(arguments)? == Ordering::Equal))
        }),
        Function::new("GreaterThan", &[Type::Pointer(&VERSION)], Type::Bool, |_, arguments| {
            Ok(Value::Bool(order(arguments)? == Ordering::Greater))
        }),
        Function::new(
            "GreaterThanEqual",
            &[Type::Pointer(&VERSION)],
            Type::Bool,
            |_, arguments| Ok(Value::Bool(order(arguments)? != Ordering::Less)),
        ),
        Function::new("IncMajor", &[], Type::Any, |_, arguments| {
            let version = version(arguments, 0)?;
            Ok(version.next(version.major.wrapping_add(1), 0, 0))
        }),
        Function::new("IncMinor", &[], Type::Any, |_, arguments| {
            let version = version(arguments, 0)?;
            Ok(version.next(version.major, version.minor.wrapping_add(1), 0))
        }),
        Function::new("IncPatch", &[], Type::Any, |_, arguments| {
            let version = version(arguments, 0)?;
            let step = u64::from(version.pre.is_empty());
            Ok(version.next(version.major, version.minor, version.patch.wrapping_add(step)))
        }),
        Function::new("LessThan", &[Type::Pointer(&VERSION)], Type::Bool, |_, arguments| {
            Ok(Value::Bool(order(arguments)? == Ordering::Less))
        }),
        Function::new(
            "LessThanEqual",
            &[Type::Pointer(&VERSION)],
            Type::Bool,
            |_, arguments| Ok(Value::Bool(order(arguments)? != Ordering::Greater)),
        ),
        Function::new("Major", &[], Type::UINT64, |_, arguments| {
            Ok(Value::uint64(version(arguments, 0)?.major))
        }),
        Function::new("MarshalText", &[], BYTES, |_, arguments| {
            let text = version(arguments, 0)?.to_string();
            Ok(Value::List(List::bytes(text.as_bytes())))
        }),
        Function::new("Metadata", &[], TEXT, |_, arguments| {
            Ok(Value::string(version(arguments, 0)?.metadata.as_str()))
        }),
        Function::new("Minor", &[], Type::UINT64, |_, arguments| {
            Ok(Value::uint64(version(arguments, 0)?.minor))
        }),
        Function::new("Original", &[], TEXT, |_, arguments| {
            Ok(Value::string(version(arguments, 0)?.original.as_str()))
        }),
        Function::new("Patch", &[], Type::UINT64, |_, arguments| {
            Ok(Value::uint64(version(arguments, 0)?.patch))
        }),
        Function::new("Prerelease", &[], TEXT, |_, arguments| {
            Ok(Value::string(version(arguments, 0)?.pre.as_str()))
        }),
        Function::new("SetMetadata", &[TEXT], Type::Any, |_, arguments| {
            let mut changed = version(arguments, 0)?.clone();
            changed.metadata = arguments.str_lossy(1)?.into_owned();
            check_part(&changed.metadata, "Invalid Metadata string", false)?;
            Ok(changed.renamed())
        }),
        Function::new("SetPrerelease", &[TEXT], Type::Any, |_, arguments| {
            let mut changed = version(arguments, 0)?.clone();
            changed.pre = arguments.str_lossy(1)?.into_owned();
            check_part(&changed.pre, "Invalid Prerelease string", true)?;
            Ok(changed.renamed())
        }),
        Function::new("String", &[], TEXT, |_, arguments| {
            Ok(Value::string(version(arguments, 0)?.to_string()))
        }),
    ],
};

impl Object for Version {
    fn named(&self) -> &'static Named {
        &VERSION
    }

    fn is_pointer(&self) -> bool {
        true
    }

    fn text(&self) -> Option<Text> {
        Some(Text::from(self.to_string()))
    }

    fn hidden_fields(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("major", Value::uint64(self.major)),
            ("minor", Value::uint64(self.minor)),
            ("patch", Value::uint64(self.patch)),
            ("pre", Value::string(self.pre.as_str())),
            ("metadata", Value::string(self.metadata.as_str())),
            ("original", Value::string(self.original.as_str())),
        ]
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl Version {
    /// Reads a version: up to three numbers after an optional `v`, `-prerelease`, `+metadata`.
    ///
    /// # Errors
    /// Masterminds' text.
    pub(super) fn parse(text: &str) -> Result<Version, String> {
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = rest
            .split_once('+')
            .map_or((rest, None), |(rest, data)| (rest, Some(data)));
        let (numbers, pre) = rest
            .split_once('-')
            .map_or((rest, None), |(rest, pre)| (rest, Some(pre)));
        let parts: Vec<&str> = numbers.split('.').collect();
        let shaped = parts.len() <= 3
            && parts
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        if !shaped || !is_dotted(pre) || !is_dotted(metadata) {
            return Err("Invalid Semantic Version".to_owned());
        }
        let number = |at: usize| match parts.get(at) {
            Some(digits) => digits.parse::<u64>().map_err(|_| {
                format!("Error parsing version segment: strconv.ParseUint: parsing \"{digits}\": value out of range")
            }),
            None => Ok(0),
        };
        let (major, minor, patch) = (number(0)?, number(1)?, number(2)?);
        let pre = pre.unwrap_or("");
        if has_leading_zero(pre) {
            return Err("Version segment starts with 0".to_owned());
        }
        Ok(Version {
            major,
            minor,
            patch,
            pre: pre.to_owned(),
            metadata: metadata.unwrap_or("").to_owned(),
            original: text.to_owned(),
        })
    }

    fn next(&self, major: u64, minor: u64, patch: u64) -> Value {
        let version = Version {
            major,
            minor,
            patch,
            pre: String::new(),
            metadata: String::new(),
            original: self.original.clone(),
        };
        version.renamed()
    }

    /// The version with its own text as the original one.
    fn renamed(mut self) -> Value {
        let prefix = if self.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{prefix}{self}");
        Value::object(Plain(self))
    }

    /// By precedence: metadata does not count, a prerelease comes before its release.
    pub(super) fn compare(&self, other: &Version) -> Ordering {
        let numbers = |version: &Version| (version.major, version.minor, version.patch);
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_prereleases(&self.pre, &other.pre),
            })
    }
}

/// A version by value, which the `Inc…` methods give.
struct Plain(Version);

static PLAIN: Named = Named {
    name: "semver.Version",
    is_struct: true,
    fields: &[],
    methods: &[],
};

impl Object for Plain {
    fn named(&self) -> &'static Named {
        &PLAIN
    }

    fn text(&self) -> Option<Text> {
        Some(Text::from(self.0.to_string()))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn is_dotted(part: Option<&str>) -> bool {
    part.is_none_or(|part| {
        part.split('.')
            .all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    })
}

fn has_leading_zero(pre: &str) -> bool {
    pre.split('.')
        .any(|word| word.len() > 1 && word.starts_with('0') && word.bytes().all(|byte| byte.is_ascii_digit()))
}

fn check_part(part: &str, complaint: &'static str, numbers: bool) -> Result<(), FunctionError> {
    if !part.is_empty() && !is_dotted(Some(part)) {
        return Err(complaint.into());
    }
    match numbers && has_leading_zero(part) {
        true => Err("Version segment starts with 0".into()),
        false => Ok(()),
    }
}

fn compare_prereleases(one: &str, two: &str) -> Ordering {
    let (mut one, mut two) = (one.split('.'), two.split('.'));
    loop {
        let order = match (one.next(), two.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(one), Some(two)) => compare_words(one, two),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn compare_words(one: &str, two: &str) -> Ordering {
    match (one.parse::<u64>(), two.parse::<u64>()) {
        (Ok(one), Ok(two)) => one.cmp(&two),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => one.cmp(two),
    }
}

fn version<'a>(arguments: Arguments<'a>, index: usize) -> Result<&'a Version, FunctionError> {
    arguments.object(index)
}

fn order(arguments: Arguments<'_>) -> Result<Ordering, FunctionError> {
    Ok(version(arguments, 0)?.compare(version(arguments, 1)?))
}

fn compare(call: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let constraint = arguments.str_lossy(0)?;
    call.step(1 + constraint.len() as u64)?;
    let constraint = Constraint::parse(&constraint)?;
    let version = Version::parse(&arguments.str_lossy(1)?)?;
    Ok(Value::Bool(constraint.allows(&version)))
}
