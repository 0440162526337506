//! From files and texts to a checked configuration.

use std::path::{Path, PathBuf};

use super::diagnostic::Report;
use super::{AgentConfig, Diagnostic, Files, Severity, check, merge, top};

/// A usable configuration and what is doubtful in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// The configuration.
    pub config: AgentConfig,
    /// Findings of severity [`Severity::Warning`].
    pub warnings: Vec<Diagnostic>,
    /// The files that were read, in order; empty for [`parse`].
    pub files: Vec<PathBuf>,
}

/// Reads and merges files and directories in the order given; the files of a directory in the order of their names.
///
/// In a directory only `*.hcl` and `*.json` count; sub-directories and the temporary files of editors do not.
///
/// # Errors
/// Every problem found in any of the files, warnings included.
pub fn load(paths: &[PathBuf], files: &dyn Files) -> Result<Loaded, Vec<Diagnostic>> {
    let mut builder = Builder::default();
    let mut read = Vec::new();
    for path in paths {
        for file in expand(path, files, &mut builder.found) {
            let name = file.display().to_string();
            match files.read(&file) {
                Ok(bytes) => builder.add(&name, &bytes),
                Err(error) => builder.found.push(unreadable(&file, &error)),
            }
            read.push(file);
        }
    }
    let name = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ");
    builder.finish(&name, read)
}

/// Reads one text, such as the decoded `VAULT_CONFIG`; `name` stands for the file in findings.
///
/// # Errors
/// Every problem found, warnings included.
pub fn parse(name: &str, text: &[u8]) -> Result<Loaded, Vec<Diagnostic>> {
    let mut builder = Builder::default();
    builder.add(name, text);
    builder.finish(name, Vec::new())
}

#[derive(Default)]
struct Builder {
    config: AgentConfig,
    found: Vec<Diagnostic>,
}

impl Builder {
    fn add(&mut self, name: &str, bytes: &[u8]) {
        match coffret_hcl::read(name, bytes) {
            Ok(document) => {
                let report = Report::new(name);
                for mistake in &document.duplicates {
                    report.warning(mistake.at, "", format!("{}; here the last one counts", mistake.problem));
                }
                let next = top::read(&document, &report);
                self.config = merge::merge(std::mem::take(&mut self.config), next);
                self.found.extend(report.into_found());
            }
            Err(error) => self.found.push(Diagnostic {
                severity: Severity::Error,
                file: error.file,
                at: Some(error.mistake.at),
                key: String::new(),
                message: error.mistake.problem.to_string(),
                nearest: None,
            }),
        }
    }

    fn finish(mut self, name: &str, files: Vec<PathBuf>) -> Result<Loaded, Vec<Diagnostic>> {
        let fine = |found: &[Diagnostic]| found.iter().all(|finding| finding.severity == Severity::Warning);
        // A stanza that could not be read would be reported as missing, too.
        if fine(&self.found) {
            self.found.extend(check::check(&mut self.config, name));
        }
        if fine(&self.found) {
            Ok(Loaded {
                config: self.config,
                warnings: self.found,
                files,
            })
        } else {
            Err(self.found)
        }
    }
}

/// The files that `path` stands for.
fn expand(path: &Path, files: &dyn Files, found: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    let listed = match files.is_directory(path) {
        Ok(false) => return vec![path.to_owned()],
        Ok(true) => files.names(path),
        Err(error) => Err(error),
    };
    match listed {
        Ok(mut names) => {
            names.sort_unstable();
            let wanted = names
                .into_iter()
                .filter(|name| is_configuration(name))
                .map(|name| path.join(name));
            wanted
                .filter(|file| !files.is_directory(file).unwrap_or(false))
                .collect()
        }
        Err(error) => {
            found.push(unreadable(path, &error));
            Vec::new()
        }
    }
}

/// Whether a directory's entry is a configuration file and no editor's temporary file.
fn is_configuration(name: &str) -> bool {
    let extension = Path::new(name).extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("hcl" | "json")) && !name.starts_with(".#") && !name.ends_with('~')
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        file: path.display().to_string(),
        at: None,
        key: String::new(),
        message: format!("cannot be read: {error}"),
        nearest: None,
    }
}
