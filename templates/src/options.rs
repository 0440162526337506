//! How a template is parsed and what it may use up.

/// The language a template is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Syntax {
    /// Go's `text/template` with the functions of consul-template.
    #[default]
    Go,
    /// Handlebars with the same functions as helpers.
    Handlebars,
}

impl Syntax {
    /// The name in configuration: `go` or `handlebars`.
    pub fn name(self) -> &'static str {
        match self {
            Syntax::Go => "go",
            Syntax::Handlebars => "handlebars",
        }
    }
}

/// Settings of one template.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Options {
    /// The name that error texts show; consul-template leaves it empty.
    pub name: String,
    /// What opens an action; empty means `{{`. Go syntax only.
    pub left_delimiter: String,
    /// What closes an action; empty means `}}`. Go syntax only.
    pub right_delimiter: String,
    /// Whether a missing map key is an error (Go's `missingkey=error`); otherwise it is the zero value.
    pub error_on_missing_key: bool,
    /// Names of functions that fail when called; `*` stands for any characters.
    pub function_denylist: Vec<String>,
    /// The file the output goes to, which `pkiCert` uses to tell certificates apart.
    pub destination: Option<String>,
    /// What rendering may use up.
    pub limits: Limits,
}

/// What one rendering may use up. Exceeding one is an ordinary error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Evaluated nodes, loop rounds and visited items of data.
    pub steps: u64,
    /// Templates that call templates; Go's limit by default.
    pub depth: usize,
    /// Bytes of output.
    pub output: usize,
    /// Bytes that functions may build in all.
    pub memory: usize,
    /// Levels of lists and maps inside each other that are printed, compared or encoded.
    pub nesting: usize,
    /// Bytes of one compiled regular expression.
    pub regex: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            steps: 10_000_000,
            depth: 100_000,
            output: 32 << 20,
            memory: 128 << 20,
            nesting: 1_000,
            regex: 1 << 20,
        }
    }
}
