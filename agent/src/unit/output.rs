//! Where the result of a template goes.

use coffret_config::agent as config;

/// Where the result of a template goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A file.
    File(Box<config::Template>),
    /// An environment variable of the child process.
    Variable(Box<config::EnvTemplate>),
}

impl Output {
    /// The template itself.
    #[must_use]
    pub fn body(&self) -> &config::Body {
        match self {
            Self::File(template) => &template.body,
            Self::Variable(template) => &template.body,
        }
    }

    /// The stanza's place in the configuration.
    #[must_use]
    pub fn place(&self) -> &config::Place {
        match self {
            Self::File(template) => &template.place,
            Self::Variable(template) => &template.place,
        }
    }

    /// The file written or the variable set, for messages.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::File(template) => template.destination.display().to_string(),
            Self::Variable(template) => format!("environment variable {}", template.name),
        }
    }

    pub(super) fn destination(&self) -> Option<String> {
        match self {
            Self::File(template) => Some(template.destination.display().to_string()),
            Self::Variable(_) => None,
        }
    }
}
