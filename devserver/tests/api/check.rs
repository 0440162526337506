//! A check file: a list of calls in order, what each must answer, and what later calls need from an answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

/// One file of `checks/`, with its steps in the order in which they are sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckFile {
    /// What the file covers, for readers.
    #[serde(rename = "about")]
    pub _about: String,
    pub steps: Vec<Step>,
}

/// One call and its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub what: String,
    /// `METHOD path`; the path is taken below `/v1/` unless it starts with a slash.
    pub call: String,
    /// Whose token is sent: `root`, `-` for none, or the token itself.
    #[serde(rename = "as", default = "root")]
    pub token: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    pub body: Option<Value>,
    /// A body sent as it is, for everything that is no JSON.
    pub raw: Option<String>,
    /// Names for parts of the answer: `${name}` stands for them in later steps.
    #[serde(default)]
    pub keep: BTreeMap<String, String>,
    /// The step is for one side only; `why` says what differs on purpose.
    pub only: Option<Side>,
    pub why: Option<String>,
    pub status: u16,
    #[serde(default)]
    pub reply_headers: BTreeMap<String, String>,
    #[serde(default)]
    pub reply: Value,
}

/// Who answers the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The server of this crate, in this process.
    Ours,
    /// The server that the environment names.
    Real,
}

fn root() -> String {
    "root".to_owned()
}

/// All check files, in the order of their names.
pub fn load_all() -> Vec<(PathBuf, CheckFile)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/api/checks");
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of checks is readable")
        .map(|entry| entry.expect("an entry of the folder of checks is readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), load(&path))).collect()
}

fn load(path: &Path) -> CheckFile {
    let text = std::fs::read_to_string(path).expect("a check file is readable");
    let file: CheckFile = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    for step in &file.steps {
        assert!(
            step.only.is_none() || step.why.is_some(),
            "{}: {:?} is for one side only and must say why",
            path.display(),
            step.what
        );
    }
    file
}
