//! Which names a role allows.

use super::role::Role;
use idna::punycode;

/// The first name that the role does not allow. `display` is the asking token's display name.
pub(super) fn refused<'n>(role: &Role, display: &str, names: &'n [String]) -> Option<&'n str> {
    names
        .iter()
        .map(String::as_str)
        .find(|name| !allowed(role, display, name))
}

/// Whether the role allows a common name: like any other, of the kinds that it names.
pub(super) fn allows_common_name(role: &Role, display: &str, name: &str) -> bool {
    let kinds = role.list("cn_validations");
    if kinds == ["disabled"] {
        return true;
    }
    let kind = if name.contains('@') { "email" } else { "hostname" };
    allowed(role, display, name) && (kinds.is_empty() || kinds.contains(&kind))
}

fn allowed(role: &Role, display: &str, name: &str) -> bool {
    let Some(seen) = Seen::taken_apart(name) else {
        return false;
    };
    if seen.wildcard.is_some() && (seen.email || !role.flag("allow_wildcard_certificates")) {
        return false;
    }
    if role.flag("enforce_hostnames") && !seen.is_proper() {
        return false;
    }
    role.flag("allow_any_name")
        || role.flag("allow_localhost") && ["localhost", "localdomain"].iter().any(|local| seen.local(role, local))
        || role.flag("allow_token_displayname") && seen.displayed(role, display)
        || role
            .list("allowed_domains")
            .iter()
            .any(|domain| !domain.is_empty() && seen.within(role, domain))
}

/// A name, taken apart.
struct Seen<'n> {
    name: &'n str,
    /// Without the part before `@`, and without a first label that holds a star.
    host: &'n str,
    email: bool,
    /// The first label, if it holds a star.
    wildcard: Option<&'n str>,
}

impl<'n> Seen<'n> {
    /// The parts of a name; `None` for what is no name at all: two `@`, two stars, a star behind the first label.
    fn taken_apart(name: &'n str) -> Option<Self> {
        let (email, host) = match name.split_once('@') {
            Some((_, domain)) if domain.contains('@') => return None,
            Some((_, domain)) => (true, domain),
            None => (false, name),
        };
        let (wildcard, host) = match (host.matches('*').count(), host.split_once('.')) {
            (0, _) => (None, host),
            (1, None) => (Some(host), ""),
            (1, Some((first, rest))) if first.contains('*') => (Some(first), rest),
            _ => return None,
        };
        Some(Self {
            name,
            host,
            email,
            wildcard,
        })
    }

    fn is_proper(&self) -> bool {
        let host = self.host.is_empty() && self.wildcard.is_some()
            || to_ascii(self.host).is_ok_and(|converted| hostname(&converted));
        let first = |label: &str| {
            let (before, after) = label.split_once('*').unwrap_or((label, ""));
            [before, after]
                .iter()
                .all(|part| part.is_empty() || label_of_hostname(part))
        };
        host && self.wildcard.is_none_or(first)
    }

    fn local(&self, role: &Role, local: &str) -> bool {
        self.host == local || role.flag("allow_subdomains") && ends_below(self.host, local)
    }

    fn displayed(&self, role: &Role, display: &str) -> bool {
        if self.name == display {
            return true;
        }
        let domain = match display.split_once('@') {
            Some((_, domain)) if self.email => domain,
            _ => display,
        };
        role.flag("allow_subdomains")
            && (ends_below(self.host, domain) || self.wildcard.is_some() && self.host == display)
    }

    fn within(&self, role: &Role, domain: &str) -> bool {
        let bare = self.name.eq_ignore_ascii_case(domain) || self.email && self.host.eq_ignore_ascii_case(domain);
        let below = ends_below(self.host, domain) || self.wildcard.is_some() && self.host.eq_ignore_ascii_case(domain);
        role.flag("allow_bare_domains") && bare
            || role.flag("allow_subdomains") && below
            || role.flag("allow_glob_domains") && domain.contains('*') && glob(domain, self.name)
    }
}

fn ends_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The name with labels of other alphabets in Punycode; the label or name that cannot be in the domain system as error.
pub(super) fn to_ascii(name: &str) -> Result<String, String> {
    let wrong = |label: &str| format!("idna: invalid label {label:?}");
    let mut labels: Vec<&str> = name.split('.').collect();
    // One empty label at the end is the root of all names.
    let rooted = labels.len() > 1 && labels.last() == Some(&"");
    if rooted {
        labels.pop();
    }
    let doubly_rooted = rooted && labels.last() == Some(&"");
    let inner = if doubly_rooted { labels.len() - 1 } else { labels.len() };
    if labels[..inner].contains(&"") {
        return Err(wrong(name));
    }
    let mut converted = Vec::new();
    for label in labels {
        let label = match label.is_ascii() {
            true => label.to_owned(),
            false => format!("xn--{}", punycode::encode_str(label).ok_or_else(|| wrong(label))?),
        };
        if label.len() > 63 {
            return Err(wrong(&label));
        }
        converted.push(label);
    }
    let whole = converted.join(".");
    if whole.len() > 253 {
        return Err(wrong(&whole));
    }
    Ok(if rooted { format!("{whole}.") } else { whole })
}

/// Labels of letters, digits and hyphens, with at most a star as the first and a dot at the end.
pub(super) fn hostname(text: &str) -> bool {
    let text = text.strip_prefix("*.").unwrap_or(text);
    text.strip_suffix('.').unwrap_or(text).split('.').all(label_of_hostname)
}

fn label_of_hostname(label: &str) -> bool {
    let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    !label.is_empty() && inner && !label.starts_with('-') && !label.ends_with('-')
}

/// Whether a pattern with stars fits a text.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut left) = text.strip_prefix(start) else {
        return false;
    };
    let parts: Vec<&str> = rest.split('*').collect();
    let Some((end, middle)) = parts.split_last() else {
        return true;
    };
    for part in middle {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.len() >= end.len() && left.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_fit_as_in_a_shell() {
        for (pattern, text, fits) in [
            ("*.example.test", "a.example.test", true),
            ("*.example.test", "example.test", false),
            ("web-*.test", "web-1.test", true),
            ("*", "anything", true),
            ("a*b*c", "a-b-c", true),
            ("a*b*c", "acb", false),
            ("same", "SAME", false),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn hostnames_have_proper_labels() {
        for (text, good) in [
            ("a.b", true),
            ("a_b.c", false),
            ("*.a.b.", true),
            ("", false),
            ("a..b", false),
            ("-a", false),
            ("a b", false),
        ] {
            assert_eq!(hostname(text), good, "{text}");
        }
    }

    #[test]
    fn names_of_other_alphabets_are_converted() {
        assert_eq!(to_ascii("ä.example").as_deref(), Ok("xn--4ca.example"));
        assert_eq!(to_ascii("a.b.").as_deref(), Ok("a.b."));
        for (name, label) in [("a..b", "a..b"), (".a", ".a")] {
            assert_eq!(to_ascii(name), Err(format!("idna: invalid label {label:?}")));
        }
    }
}
