//! `sprig_urlParse` and `sprig_urlJoin`: Go's package `net/url`.

use std::borrow::Cow;

use crate::call::Call;
use crate::fmt::quote::quoted;
use crate::function::{Arguments, Function, FunctionError};
use crate::value::{ANY_MAP, Map, Type, Value};

pub(super) static TABLE: &[Function] = &[
    Function::new("sprig_urlJoin", &[ANY_MAP], Type::String, join),
    Function::new("sprig_urlParse", &[Type::String], ANY_MAP, parse),
];

/// A parsed address.
#[derive(Default)]
struct Url {
    scheme: String,
    opaque: Vec<u8>,
    user: Option<(Vec<u8>, Option<Vec<u8>>)>,
    host: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    force_query: bool,
    fragment: Vec<u8>,
}

/// Where a character stands, which decides whether it is escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Path,
    Host,
    Zone,
    User,
    Fragment,
}

fn parse(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let text = arguments.text(0)?.as_bytes();
    let url = Url::parse(text).map_err(|error| [b"unable to parse url: ", error.as_slice()].concat())?;
    let user = url.user_text();
    let hostname = hostname(&url.host).to_vec();
    let entries: [(&str, Vec<u8>); 8] = [
        ("scheme", url.scheme.into_bytes()),
        ("hostname", hostname),
        ("host", url.host),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", user),
    ];
    Ok(Value::Map(Map::any(
        entries.map(|(key, value)| (key, Value::string(value))),
    )))
}

fn join(_: &mut Call<'_>, arguments: Arguments<'_>) -> Result<Value, FunctionError> {
    let map = arguments.map(0)?;
    let part = |key: &str| match map.get(key.as_bytes()) {
        None => Ok(Vec::new()),
        Some(Value::String(text) | Value::Number(text)) => Ok(text.as_bytes().to_vec()),
        Some(Value::Nil) => Err(FunctionError::from(super::lists::NIL_POINTER)),
        Some(other) => {
            let kind = other.kind();
            Err(format!("unable to parse {key} key, must be of type string, but {kind} found").into())
        }
    };
    let mut url = Url {
        scheme: String::from_utf8_lossy(&part("scheme")?).into_owned(),
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        ..Url::default()
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let address = [b"proto://", user.as_slice(), b"@host"].concat();
        let parsed =
            Url::parse(&address).map_err(|error| [b"unable to parse userinfo in dict: ", error.as_slice()].concat())?;
        url.user = parsed.user;
    }
    Ok(Value::string(url.text()))
}

impl Url {
    /// Go's `url.Parse`.
    fn parse(text: &[u8]) -> Result<Url, Vec<u8>> {
        let (rest, fragment) = cut(text, b'#');
        let complain = |error: Vec<u8>, shown: &[u8]| [b"parse ", quoted(shown).as_slice(), b": ", &error].concat();
        let mut url = Url::parse_address(rest).map_err(|error| complain(error, rest))?;
        if let Some(fragment) = fragment {
            url.fragment = unescape(fragment, Part::Fragment).map_err(|error| complain(error, text))?;
        }
        Ok(url)
    }

    fn parse_address(text: &[u8]) -> Result<Url, Vec<u8>> {
        if text.iter().any(|byte| *byte < 0x20 || *byte == 0x7f) {
            return Err(b"net/url: invalid control character in URL".to_vec());
        }
        let mut url = Url::default();
        if text == b"*" {
            url.path = text.to_vec();
            return Ok(url);
        }
        let (scheme, rest) = scheme(text)?;
        url.scheme = String::from_utf8_lossy(scheme).to_lowercase();
        let mut rest = rest;
        if rest.ends_with(b"?") && rest.iter().filter(|byte| **byte == b'?').count() == 1 {
            url.force_query = true;
            rest = &rest[..rest.len() - 1];
        } else if let (before, Some(query)) = cut(rest, b'?') {
            url.query = query.to_vec();
            rest = before;
        }
        if !rest.starts_with(b"/") {
            if !url.scheme.is_empty() {
                url.opaque = rest.to_vec();
                return Ok(url);
            }
            if cut(rest, b'/').0.contains(&b':') {
                return Err(b"first path segment in URL cannot contain colon".to_vec());
            }
        }
        let authority = !url.scheme.is_empty() || !rest.starts_with(b"///");
        if let (Some(after), true) = (rest.strip_prefix(b"//"), authority) {
            let end = after.iter().position(|byte| *byte == b'/').unwrap_or(after.len());
            url.parse_authority(&after[..end])?;
            rest = &after[end..];
        }
        url.path = unescape(rest, Part::Path)?;
        Ok(url)
    }

    fn parse_authority(&mut self, text: &[u8]) -> Result<(), Vec<u8>> {
        let Some(at) = text.iter().rposition(|byte| *byte == b'@') else {
            self.host = parse_host(text)?;
            return Ok(());
        };
        self.host = parse_host(&text[at + 1..])?;
        let user = &text[..at];
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
        if !user.iter().all(allowed) {
            return Err(b"net/url: invalid userinfo".to_vec());
        }
        let (name, password) = cut(user, b':');
        let password = password.map(|password| unescape(password, Part::User)).transpose()?;
        self.user = Some((unescape(name, Part::User)?, password));
        Ok(())
    }

    fn user_text(&self) -> Vec<u8> {
        match &self.user {
            None => Vec::new(),
            Some((name, None)) => escape(name, Part::User),
            Some((name, Some(password))) => {
                [escape(name, Part::User).as_slice(), b":", &escape(password, Part::User)].concat()
            }
        }
    }

    /// Go's `URL.String`.
    fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        if !self.scheme.is_empty() {
            out.extend(self.scheme.bytes());
            out.push(b':');
        }
        if !self.opaque.is_empty() {
            out.extend_from_slice(&self.opaque);
        } else {
            self.push_hierarchy(&mut out);
        }
        if self.force_query || !self.query.is_empty() {
            out.push(b'?');
            out.extend_from_slice(&self.query);
        }
        if !self.fragment.is_empty() {
            out.push(b'#');
            out.extend(escape(&self.fragment, Part::Fragment));
        }
        out
    }

    fn push_hierarchy(&self, out: &mut Vec<u8>) {
        let path = self.escaped_path();
        if !self.scheme.is_empty() || !self.host.is_empty() || self.user.is_some() {
            if !self.host.is_empty() || !self.path.is_empty() || self.user.is_some() {
                out.extend_from_slice(b"//");
            }
            if self.user.is_some() {
                out.extend(self.user_text());
                out.push(b'@');
            }
            out.extend(escape(&self.host, Part::Host));
        }
        if !path.is_empty() && path[0] != b'/' && !self.host.is_empty() {
            out.push(b'/');
        }
        if out.is_empty() && cut(&path, b'/').0.contains(&b':') {
            out.extend_from_slice(b"./");
        }
        out.extend_from_slice(&path);
    }

    fn escaped_path(&self) -> Cow<'_, [u8]> {
        match self.path.as_slice() {
            b"*" => Cow::Borrowed(b"*"),
            path => Cow::Owned(escape(path, Part::Path)),
        }
    }
}

fn cut(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match text.iter().position(|byte| *byte == separator) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

/// The scheme, if there is one, and what follows its colon.
fn scheme(text: &[u8]) -> Result<(&[u8], &[u8]), Vec<u8>> {
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => (),
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => (),
            b':' if at == 0 => return Err(b"missing protocol scheme".to_vec()),
            b':' => return Ok((&text[..at], &text[at + 1..])),
            _ => break,
        }
    }
    Ok((b"", text))
}

fn parse_host(host: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let bad_port = |port: &[u8]| [b"invalid port ", quoted(port).as_slice(), b" after host"].concat();
    if host.iter().rposition(|byte| *byte == b'[').is_some_and(|at| at > 0) {
        return Err(b"invalid IP-literal".to_vec());
    }
    if host.starts_with(b"[") {
        let Some(end) = host.iter().rposition(|byte| *byte == b']') else {
            return Err(b"missing ']' in host".to_vec());
        };
        if !is_port(&host[end + 1..]) {
            return Err(bad_port(&host[end + 1..]));
        }
        if let Some(zone) = host[..end].windows(3).position(|three| three == b"%25") {
            let parts = [
                unescape(&host[..zone], Part::Host)?,
                unescape(&host[zone..end], Part::Zone)?,
                unescape(&host[end..], Part::Host)?,
            ];
            return Ok(parts.concat());
        }
    } else if let Some(colon) = host.iter().rposition(|byte| *byte == b':')
        && !is_port(&host[colon..])
    {
        return Err(bad_port(&host[colon..]));
    }
    unescape(host, Part::Host)
}

/// Empty, or a colon and digits.
fn is_port(text: &[u8]) -> bool {
    match text {
        [] => true,
        [b':', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// The host without its port and brackets.
fn hostname(host: &[u8]) -> &[u8] {
    let port = host
        .iter()
        .rposition(|byte| *byte == b':')
        .filter(|colon| is_port(&host[*colon..]));
    let host = &host[..port.unwrap_or(host.len())];
    match host {
        [b'[', inside @ .., b']'] => inside,
        host => host,
    }
}

fn unescape(text: &[u8], part: Part) -> Result<Vec<u8>, Vec<u8>> {
    let bad = |shown: &[u8]| [b"invalid URL escape ", quoted(shown).as_slice()].concat();
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let digits = after.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            let shown = &text[text.len() - after.len() - 1..];
            let decoded = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
            let decoded = decoded.ok_or_else(|| bad(&shown[..shown.len().min(3)]))?;
            let refused = match part {
                Part::Host => decoded < 0x80 && &shown[..3] != b"%25",
                Part::Zone => &shown[..3] != b"%25" && decoded != b' ' && should_escape(decoded, Part::Host),
                _ => false,
            };
            if refused {
                return Err(bad(&shown[..3]));
            }
            out.push(decoded);
            rest = &after[2..];
            continue;
        }
        if matches!(part, Part::Host | Part::Zone) && *byte < 0x80 && should_escape(*byte, part) {
            let message: [&[u8]; 3] = [b"invalid character ", &quoted(&[*byte]), b" in host name"];
            return Err(message.concat());
        }
        out.push(*byte);
    }
    Ok(out)
}

fn escape(text: &[u8], part: Part) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        match should_escape(*byte, part) {
            true => out.extend(format!("%{byte:02X}").into_bytes()),
            false => out.push(*byte),
        }
    }
    out
}

fn should_escape(byte: u8, part: Part) -> bool {
    if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
        return false;
    }
    if matches!(part, Part::Host | Part::Zone) {
        return !b"!$&'()*+,;=:[]<>\"".contains(&byte);
    }
    match byte {
        b'?' => part != Part::Fragment,
        b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@' => match part {
            Part::User => matches!(byte, b'@' | b'/' | b':'),
            _ => false,
        },
        b'!' | b'(' | b')' | b'*' => part != Part::Fragment,
        _ => true,
    }
}
