//! Running the programs under test.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Once;

/// `coffret` with these arguments, started in the repository's root.
pub fn coffret(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coffret"));
    command.args(arguments).current_dir(root());
    command
}

/// Runs `coffret` to its end.
pub fn run(arguments: &[&str]) -> Finished {
    coffret(arguments).output().unwrap().into()
}

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Sees to it that `coffret-agent` lies beside `coffret`, also when only this package's tests are run.
pub fn build_agent() {
    static BUILT: Once = Once::new();
    BUILT.call_once(|| {
        let agent = PathBuf::from(env!("CARGO_BIN_EXE_coffret")).with_file_name("coffret-agent");
        if !agent.exists() {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let built = Command::new(cargo)
                .args(["build", "-p", "coffret-agent"])
                .current_dir(root())
                .status()
                .unwrap();
            assert!(built.success(), "building coffret-agent");
        }
    });
}

/// What a program printed, and how it ended.
pub struct Finished {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: Option<i32>,
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }
}

impl Finished {
    /// Asserts success and gives what was printed.
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self.stdout
    }

    /// Asserts a failure with nothing but a message on stderr, and gives the message.
    pub fn failed(self) -> String {
        assert_ne!(self.code, Some(0), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stderr
    }
}
