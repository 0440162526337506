//! Fixtures for `coffret render`: the API's answers from a file, keyed by request.
//!
//! A key is `[METHOD ]PATH[?QUERY]` with method `GET` when none is named (`LIST` for listings, `PUT` for writes and
//! certificates); the value is the API's response body, or `null` for a 404.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use serde_json::value::RawValue;

/// The request a fixture answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// A read.
    Get,
    /// A listing.
    List,
    /// A write, certificates included.
    Put,
}

/// What a fixture file says about a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Fixture<'a> {
    /// The response body.
    Body(&'a str),
    /// A 404.
    NotFound,
    /// Nothing: the file does not have this request.
    Absent,
}

/// The answers of one fixture file.
#[derive(Debug, Default)]
pub struct Fixtures(BTreeMap<(Method, String), Box<RawValue>>);

impl Fixtures {
    /// Reads a fixture file.
    ///
    /// # Errors
    /// Names the file with the line and column that is not JSON, or the key whose method is none.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading fixtures {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("fixtures {}", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let entries: BTreeMap<String, Box<RawValue>> =
            serde_json::from_str(text).context("expected one JSON object: request → response body")?;
        let keyed = entries.into_iter().map(|(key, body)| Ok((request(&key)?, body)));
        Ok(Self(keyed.collect::<anyhow::Result<_>>()?))
    }

    /// The answer to a request. A path of a KV version 2 engine may leave out `data/` (`metadata/` in listings), as
    /// in templates: the key then names the path that the API has. A query that no key has is left out.
    pub fn answer(&self, method: Method, path: &str, query: &str) -> Fixture<'_> {
        let insert = match method {
            Method::List => "metadata",
            Method::Get | Method::Put => "data",
        };
        let exact = (!query.is_empty()).then(|| format!("{path}?{query}"));
        let with_query = exact.iter().flat_map(|path| with_inserted(path, insert));
        let found = with_query
            .chain(with_inserted(path, insert))
            .find_map(|path| self.0.get(&(method, path)));
        match found.map(|body| body.get()) {
            None => Fixture::Absent,
            Some("null") => Fixture::NotFound,
            Some(body) => Fixture::Body(body),
        }
    }

    /// The path with a fixture that is most like one without, if it is like enough to be meant.
    pub fn nearest(&self, path: &str) -> Option<&str> {
        let measured = self
            .0
            .keys()
            .map(|(_, known)| (strsim::jaro_winkler(known, path), known));
        let (likeness, known) = measured.max_by(|(a, _), (b, _)| a.total_cmp(b))?;
        (likeness > 0.9).then_some(known)
    }
}

/// The path as it is, then with `word` after each of its elements in turn.
fn with_inserted(path: &str, word: &str) -> impl Iterator<Item = String> {
    let (bare, query) = path
        .split_once('?')
        .map_or((path, String::new()), |(bare, query)| (bare, format!("?{query}")));
    let slashes = bare.match_indices('/').map(|(at, _)| at).chain([bare.len()]);
    let inserted: Vec<String> = slashes
        .map(|at| format!("{}/{word}{}{query}", &bare[..at], &bare[at..]))
        .collect();
    std::iter::once(path.to_owned()).chain(inserted)
}

fn request(key: &str) -> anyhow::Result<(Method, String)> {
    let (method, path) = match key.trim().split_once(' ') {
        None => (Method::Get, key),
        Some(("GET", path)) => (Method::Get, path),
        Some(("LIST", path)) => (Method::List, path),
        Some(("PUT" | "POST", path)) => (Method::Put, path),
        Some((other, _)) => bail!("key {key:?}: method {other:?} is none of GET, LIST, PUT, POST"),
    };
    let path = path.trim();
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    let path = path.trim_matches('/');
    Ok((
        method,
        query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixtures() -> Fixtures {
        Fixtures::parse(
            r#"{ "kv/data/app": {"data": 1}, "/kv/data/app?version=2": {"data":2}, "LIST kv/metadata/": {"data":3},
                 "PUT pki/issue/web": {"data":4}, "gone": null }"#,
        )
        .unwrap()
    }

    #[test]
    fn requests_are_found_by_method_path_and_query() {
        let fixtures = fixtures();
        assert_eq!(
            fixtures.answer(Method::Get, "kv/data/app", ""),
            Fixture::Body(r#"{"data": 1}"#)
        );
        assert_eq!(
            fixtures.answer(Method::Get, "kv/data/app", "version=2"),
            Fixture::Body(r#"{"data":2}"#)
        );
        assert_eq!(
            fixtures.answer(Method::Get, "kv/data/app", "x=1"),
            Fixture::Body(r#"{"data": 1}"#)
        );
        assert_eq!(
            fixtures.answer(Method::Put, "pki/issue/web", ""),
            Fixture::Body(r#"{"data":4}"#)
        );
        assert_eq!(fixtures.answer(Method::Get, "gone", ""), Fixture::NotFound);
        assert_eq!(fixtures.answer(Method::Get, "pki/issue/web", ""), Fixture::Absent);
    }

    #[test]
    fn a_path_like_one_with_a_fixture_finds_it() {
        assert_eq!(fixtures().nearest("kv/data/ap"), Some("kv/data/app"));
        assert_eq!(fixtures().nearest("database/creds/shop"), None);
    }

    #[test]
    fn kv_2_paths_may_leave_out_their_middle() {
        let fixtures = fixtures();
        assert_eq!(
            fixtures.answer(Method::Get, "kv/app", ""),
            Fixture::Body(r#"{"data": 1}"#)
        );
        assert_eq!(
            fixtures.answer(Method::Get, "kv/app", "version=2"),
            Fixture::Body(r#"{"data":2}"#)
        );
        assert_eq!(fixtures.answer(Method::List, "kv", ""), Fixture::Body(r#"{"data":3}"#));
    }

    #[test]
    fn a_wrong_key_or_shape_is_named() {
        assert!(
            Fixtures::parse(r#"{"FETCH a": {}}"#)
                .unwrap_err()
                .to_string()
                .contains("FETCH")
        );
        assert!(format!("{:#}", Fixtures::parse("[1]").unwrap_err()).contains("line 1"));
    }
}
