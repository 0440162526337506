//! Which names a role allows.

use super::role::Role;

/// The first name that the role does not allow. `display` is the asking token's display name.
pub(super) fn refused<'n>(role: &Role, display: &str, names: &'n [String]) -> Option<&'n str> {
    names
        .iter()
        .map(String::as_str)
        .find(|name| !allowed(role, display, name))
}

fn allowed(role: &Role, display: &str, name: &str) -> bool {
    let (email, host) = match name.split_once('@') {
        Some((_, domain)) => (true, domain),
        None => (false, name),
    };
    let (wildcard, host) = match host.strip_prefix("*.") {
        Some(rest) => (true, rest),
        None => (false, host),
    };
    if wildcard && (email || !role.flag("allow_wildcard_certificates")) {
        return false;
    }
    if role.flag("enforce_hostnames") && !hostname(host) {
        return false;
    }
    if role.flag("allow_any_name") {
        return true;
    }
    let seen = Seen {
        name,
        host,
        email,
        wildcard,
    };
    if role.flag("allow_localhost") && ["localhost", "localdomain"].iter().any(|local| seen.local(role, local)) {
        return true;
    }
    let displayed = role.flag("allow_token_displayname") && !display.is_empty() && seen.below(role, display, true);
    displayed
        || role
            .list("allowed_domains")
            .iter()
            .any(|domain| seen.within(role, domain))
}

/// A name, taken apart.
struct Seen<'n> {
    name: &'n str,
    host: &'n str,
    email: bool,
    wildcard: bool,
}

impl Seen<'_> {
    fn local(&self, role: &Role, local: &str) -> bool {
        !self.wildcard && self.host.eq_ignore_ascii_case(local)
            || role.flag("allow_subdomains") && ends_below(self.host, local)
    }

    /// The domain itself, and names below it where the role allows them.
    fn below(&self, role: &Role, domain: &str, bare: bool) -> bool {
        let is_domain = self.host.eq_ignore_ascii_case(domain);
        if bare && is_domain && !self.wildcard {
            return true;
        }
        role.flag("allow_subdomains") && (ends_below(self.host, domain) || self.wildcard && is_domain)
    }

    fn within(&self, role: &Role, domain: &str) -> bool {
        if self.below(role, domain, role.flag("allow_bare_domains")) {
            return true;
        }
        // A role may name the wildcard itself.
        if role.flag("allow_bare_domains") && self.name.eq_ignore_ascii_case(domain) {
            return true;
        }
        let name = if self.email { self.host } else { self.name };
        role.flag("allow_glob_domains") && domain.contains('*') && glob(domain, name)
    }
}

fn ends_below(host: &str, domain: &str) -> bool {
    let tail = format!(".{domain}").to_ascii_lowercase();
    host.len() > tail.len() && host.to_ascii_lowercase().ends_with(&tail)
}

/// Labels of letters, digits, hyphens and underscores.
pub(super) fn hostname(text: &str) -> bool {
    let label = |label: &str| {
        let inner = label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (1..=63).contains(&label.len()) && inner && !label.starts_with('-') && !label.ends_with('-')
    };
    text.strip_suffix('.').unwrap_or(text).split('.').all(label)
}

/// Whether a pattern with stars fits a text; letters are compared without case.
pub(super) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
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
            ("same", "SAME", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn hostnames_have_proper_labels() {
        for (text, good) in [
            ("a.b", true),
            ("a_b.c", true),
            ("", false),
            ("a..b", false),
            ("-a", false),
            ("a b", false),
        ] {
            assert_eq!(hostname(text), good, "{text}");
        }
    }
}
