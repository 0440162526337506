//! Constraints on semantic versions: `^1.2`, `>= 1.0, < 2 || ~3.1.x`, `1.0 - 2.0`.

use std::cmp::Ordering;
use std::sync::LazyLock;

use regex::Regex;

use super::semver::Version;

/// Alternatives, each of conditions that all must hold.
pub(super) struct Constraint(Vec<Vec<Condition>>);

struct Condition {
    operator: String,
    version: Version,
    /// Which part of the version was left open, with all after it.
    open: Open,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    Major,
}

const OPERATOR: &str = r"(=||!=|>|<|>=|=>|<=|=<|~|~>|\^)";
const PART: &str = r"[0-9|xX*]+";
const WORDS: &str = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*";
const BLANK: &str = r"[\t\n\f\r ]";

/// A version with open parts. Its groups: the version, its three numbers with their points, its prerelease with the hyphen.
fn version_pattern() -> String {
    format!(r"(v?({PART})(\.{PART})?(\.{PART})?(-{WORDS})?(?:\+{WORDS})?)")
}

fn compiled(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

static ONE: LazyLock<Option<Regex>> =
    LazyLock::new(|| compiled(&format!("^{BLANK}*{OPERATOR}{BLANK}*{}{BLANK}*$", version_pattern())));
static EACH: LazyLock<Option<Regex>> = LazyLock::new(|| compiled(&format!("{OPERATOR}{BLANK}*{}", version_pattern())));
static ALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let condition = format!("{OPERATOR}{BLANK}*{}{BLANK}*", version_pattern());
    compiled(&format!("^{BLANK}*{condition}(?:(?:{BLANK}+|,{BLANK}*){condition})*$"))
});
static RANGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let version = version_pattern();
    compiled(&format!("{BLANK}*{version}{BLANK}+-{BLANK}+{version}{BLANK}*"))
});

impl Constraint {
    /// Reads a constraint.
    ///
    /// # Errors
    /// Masterminds' text.
    pub(super) fn parse(text: &str) -> Result<Constraint, String> {
        let text = rewrite_ranges(text);
        text.split("||")
            .map(conditions)
            .collect::<Result<_, _>>()
            .map(Constraint)
    }

    pub(super) fn allows(&self, version: &Version) -> bool {
        self.0
            .iter()
            .any(|conditions| conditions.iter().all(|condition| condition.allows(version)))
    }
}

/// `1.0 - 2.0` as `>= 1.0, <= 2.0 `.
fn rewrite_ranges(text: &str) -> String {
    let mut rewritten = text.to_owned();
    for found in RANGE.iter().flat_map(|range| range.captures_iter(text)) {
        let group = |index: usize| found.get(index).map_or("", |group| group.as_str());
        rewritten = rewritten.replacen(group(0), &format!(">= {}, <= {} ", group(1), group(6)), 1);
    }
    rewritten
}

fn conditions(text: &str) -> Result<Vec<Condition>, String> {
    let improper = || format!("improper constraint: {text}");
    let all = ALL.as_ref().ok_or_else(improper)?;
    if !all.is_match(text) {
        return Err(improper());
    }
    let each = EACH.as_ref().ok_or_else(improper)?;
    each.find_iter(text).map(|found| condition(found.as_str())).collect()
}

fn condition(text: &str) -> Result<Condition, String> {
    let found = ONE
        .as_ref()
        .and_then(|one| one.captures(text))
        .ok_or_else(|| format!("improper constraint: {text}"))?;
    let group = |index: usize| found.get(index).map_or("", |group| group.as_str());
    let (major, minor, patch, pre) = (group(3), group(4), group(5), group(6));
    let is_open = |part: &str| matches!(part.trim_start_matches('.'), "" | "x" | "X" | "*");
    let (open, version) = if is_open(major) {
        (Open::Major, format!("0.0.0{pre}"))
    } else if is_open(minor) {
        (Open::Minor, format!("{major}.0.0{pre}"))
    } else if is_open(patch) {
        (Open::Patch, format!("{major}{minor}.0{pre}"))
    } else {
        (Open::Nothing, group(2).to_owned())
    };
    let version = Version::parse(&version).map_err(|_| "constraint Parser Error".to_owned())?;
    Ok(Condition {
        operator: group(1).to_owned(),
        version,
        open,
    })
}

impl Condition {
    fn allows(&self, version: &Version) -> bool {
        let prerelease_only_here = !version.pre.is_empty() && self.version.pre.is_empty();
        if prerelease_only_here && (self.operator != "!=" || self.open != Open::Nothing) {
            return false;
        }
        let order = version.compare(&self.version);
        match self.operator.as_str() {
            "" | "=" if self.open == Open::Nothing => order == Ordering::Equal,
            "!=" => self.differs(version),
            ">" => self.is_above(version),
            "<" => order == Ordering::Less,
            ">=" | "=>" => order != Ordering::Less,
            "<=" | "=<" => self.is_not_above(version),
            "^" => order != Ordering::Less && self.is_compatible(version),
            _ => order != Ordering::Less && self.is_near(version),
        }
    }

    fn differs(&self, version: &Version) -> bool {
        let same_major = self.version.major == version.major;
        let same_minor = self.version.minor == version.minor;
        match self.open {
            Open::Nothing => version.compare(&self.version) != Ordering::Equal,
            Open::Minor => !same_major,
            Open::Patch => !same_major || !same_minor || version.pre != self.version.pre,
            Open::Major => {
                !same_major
                    || !same_minor
                    || self.version.patch != version.patch
                    || version.compare(&self.version) != Ordering::Equal
            }
        }
    }

    fn is_above(&self, version: &Version) -> bool {
        match (self.open, version.major.cmp(&self.version.major)) {
            (Open::Nothing, _) | (Open::Major, Ordering::Equal) => version.compare(&self.version) == Ordering::Greater,
            (_, Ordering::Greater) => true,
            (_, Ordering::Less) | (Open::Minor, _) => false,
            (Open::Patch, Ordering::Equal) => version.minor > self.version.minor,
        }
    }

    fn is_not_above(&self, version: &Version) -> bool {
        match self.open {
            Open::Nothing => version.compare(&self.version) != Ordering::Greater,
            _ if version.major != self.version.major => version.major < self.version.major,
            open => open == Open::Minor || version.minor <= self.version.minor,
        }
    }

    /// `~`: the same major and minor version, as far as they are given.
    fn is_near(&self, version: &Version) -> bool {
        let zero = (self.version.major, self.version.minor, self.version.patch) == (0, 0, 0);
        if zero && !matches!(self.open, Open::Minor | Open::Patch) {
            return true;
        }
        version.major == self.version.major && (version.minor == self.version.minor || self.open == Open::Minor)
    }

    /// `^`: the same leftmost part that is not zero.
    fn is_compatible(&self, version: &Version) -> bool {
        if self.version.major > 0 || self.open == Open::Minor {
            return version.major == self.version.major;
        }
        if version.major > 0 {
            return false;
        }
        if self.version.minor > 0 || self.open == Open::Patch {
            return version.minor == self.version.minor;
        }
        version.minor == 0 && version.patch == self.version.patch
    }
}
