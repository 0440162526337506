//! What a request means: something for the core, or something that is answered before it gets there.

use super::asked::{asked, help};
use super::incoming::Incoming;
use super::input::body_of_status;
use super::query;
use crate::core::Answer;
use crate::json::Object;
use crate::logical::Request;

/// What a request means.
pub(crate) enum Meaning {
    /// Something for the core.
    Logical(Box<Request>),
    /// Something answered by method and path alone, if the core knows the path.
    Status {
        path: String,
        query: Object,
        body: Object,
        token: String,
    },
    /// Wrong already.
    Refused(Answer),
    /// Answered by Go's HTTP server itself: with this status and text and none of the API's headers.
    Plain {
        status: u16,
        text: &'static str,
        /// The connection ends with the answer.
        close: bool,
    },
    /// To be asked at this path instead.
    Moved(String),
    /// The place of the user interface.
    Page,
}

pub(super) fn refused(status: u16, text: &str) -> Meaning {
    let errors = if text.is_empty() {
        Vec::new()
    } else {
        vec![text.to_owned()]
    };
    Meaning::Refused(Answer::Refused {
        status,
        errors,
        data: None,
    })
}

/// Paths that are answered without the core's usual way.
const STATUS: [&str; 7] = [
    "sys/health",
    "sys/seal-status",
    "sys/leader",
    "sys/init",
    "sys/unseal",
    "sys/seal",
    "sys/step-down",
];

/// What is below `sys/` only for the whole server: refused where any namespace is named, be it the root.
const OF_THE_SERVER: [&str; 14] = [
    "raw",
    "generate-recovery-token",
    "init",
    "seal",
    "step-down",
    "unseal",
    "health",
    "rekey-recovery-key",
    "rekey",
    "storage",
    "generate-root",
    "metrics",
    "pprof",
    "in-flight-req",
];

/// Paths that exist only with what follows them; the original's router redirects to the path with `/` behind.
const DIRECTORIES: [&str; 5] = [
    "/ui",
    "/v1/sys",
    "/v1/sys/audit-hash",
    "/v1/sys/config/state",
    "/v1/sys/pprof",
];

/// Finds out what a request means. The steps are in the original's order, from Go's HTTP server to the API.
pub(crate) fn understand(incoming: &Incoming) -> Meaning {
    if let Some(plain) = refused_by_server(incoming) {
        return plain;
    }
    let decoded = query::decode(&incoming.path, false);
    let namespaced = !incoming.header("x-vault-namespace").trim().is_empty();
    if namespaced && decoded.strip_prefix("/v1/sys/").is_some_and(is_of_the_server) {
        return refused(400, "operation unavailable in namespaces");
    }
    let path = decoded.strip_prefix("/v1/");
    let known = path.is_some() || decoded.starts_with("/ui") || matches!(decoded.as_str(), "/" | "/robots.txt");
    if !known {
        return refused(404, "");
    }
    if wants_help(incoming) {
        let text = "Missing /v1/ prefix in path. Use the bao path-help command to retrieve API help for paths";
        return path.map_or_else(
            || refused(404, text),
            |path| Meaning::Logical(Box::new(help(incoming, path))),
        );
    }
    // Segments are told apart before anything is decoded: an encoded `..` is no way up, an encoded `/` no separator.
    if let Some(clean) = cleaned(&incoming.path) {
        return Meaning::Moved(clean);
    }
    match path.filter(|_| is_of_the_api(&incoming.path)) {
        Some(path) if STATUS.contains(&path) => status(incoming, path),
        Some(path) => {
            asked(incoming, path).map_or_else(|meaning| meaning, |request| Meaning::Logical(Box::new(request)))
        }
        None if incoming.path.starts_with("/ui/") => Meaning::Page,
        None => Meaning::Moved("/ui/".to_owned()),
    }
}

/// What Go's HTTP server answers before the API sees anything.
fn refused_by_server(incoming: &Incoming) -> Option<Meaning> {
    let plain = |status, text, close| Some(Meaning::Plain { status, text, close });
    let expected = incoming.header("expect");
    if !expected.is_empty() && !expected.eq_ignore_ascii_case("100-continue") {
        return plain(417, "", true);
    }
    if incoming.method == "OPTIONS" && incoming.path == "*" {
        return plain(200, "", false);
    }
    if !query::well_encoded(&incoming.path) {
        return plain(400, "400 Bad Request", true);
    }
    if !query::printable(&query::decode(&incoming.path, false)) {
        return plain(400, "", false);
    }
    None
}

fn wants_help(incoming: &Incoming) -> bool {
    let pairs = query::pairs(&incoming.query);
    let asked = pairs.iter().find(|(key, _)| key == "help");
    incoming.method == "HELP" || asked.is_some_and(|(_, value)| !value.is_empty())
}

/// Whether a path below `sys/` is one of [`OF_THE_SERVER`], or below one.
fn is_of_the_server(path: &str) -> bool {
    OF_THE_SERVER.iter().any(|known| {
        path.strip_prefix(known)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Whether the first segment is `v1`, for which an encoded path may have an encoded name.
fn is_of_the_api(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    query::decode(first, false) == "v1"
}

fn status(incoming: &Incoming, path: &str) -> Meaning {
    match body_of_status(incoming, path) {
        Ok(body) => Meaning::Status {
            path: path.to_owned(),
            query: query::object(&query::pairs(&incoming.query)),
            body,
            token: incoming.token().to_owned(),
        },
        Err(meaning) => meaning,
    }
}

/// The path without empty, `.` and `..` segments, if it has any; the original redirects to it.
fn cleaned(path: &str) -> Option<String> {
    if DIRECTORIES.contains(&path) {
        return Some(format!("{path}/"));
    }
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut clean = format!("/{}", segments.join("/"));
    if path.ends_with('/') && clean != "/" {
        clean.push('/');
    }
    (clean != path).then_some(clean)
}
