//! How the agent ends: the exit code, and the one sentence that says what to do about it.

use std::fmt;

/// Exit codes, after `sysexits.h`, so that a supervisor can tell a typo from an outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// 64: command line, environment or configuration.
    Configuration,
    /// 65: a template is wrong.
    Template,
    /// 66: a path does not exist on the server.
    NotFound,
    /// 69: the server was not reached before the deadline.
    Unreachable,
    /// 70: a defect or an operating system failure that fits nowhere else.
    Internal,
    /// 73: a file could not be written.
    CannotWrite,
    /// 75: the server was sealed or standby until the deadline.
    Sealed,
    /// 77: login or a request was refused.
    NotAuthorised,
    /// The child process ended by itself with this code, which becomes the agent's.
    Child(u8),
}

impl Code {
    /// The number given to the operating system.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Configuration => 64,
            Self::Template => 65,
            Self::NotFound => 66,
            Self::Unreachable => 69,
            Self::Internal => 70,
            Self::CannotWrite => 73,
            Self::Sealed => 75,
            Self::NotAuthorised => 77,
            Self::Child(code) => code,
        }
    }
}

/// An end other than success: what, which secret, which role, which path, likely fix; never a secret value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    code: Code,
    sentence: String,
}

impl Failure {
    /// An end with `code`, explained by `sentence`.
    #[must_use]
    pub fn new(code: Code, sentence: impl Into<String>) -> Self {
        Self {
            code,
            sentence: sentence.into(),
        }
    }

    /// The exit code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // One line: the termination message and log collectors show the last one only.
        for (index, line) in self
            .sentence
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty())
            .enumerate()
        {
            if index > 0 {
                f.write_str("; ")?;
            }
            f.write_str(line)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_one_line() {
        let failure = Failure::new(Code::NotFound, "no secret at secret/data/web\n  check the path\n");
        assert_eq!(failure.to_string(), "no secret at secret/data/web; check the path");
        assert_eq!(failure.code().number(), 66);
    }
}
