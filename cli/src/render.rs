//! `coffret render`: a template to stdout, with fixtures instead of a server.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use clap::ValueEnum;
use coffret_templates::{Options as TemplateOptions, Rendered, Request, Syntax, Template};

use crate::fixtures::Fixtures;
use crate::outside::Outside;

/// What `coffret render` can be told.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The template; `-` is standard input
    #[arg(short, long, value_name = "FILE|-")]
    template: PathBuf,
    /// The template's language; by default handlebars for *.hbs, else go
    #[arg(long, value_enum)]
    syntax: Option<SyntaxName>,
    /// What opens an action (go syntax)
    #[arg(long, value_name = "TEXT", default_value = "{{", allow_hyphen_values = true)]
    left_delimiter: String,
    /// What closes an action (go syntax)
    #[arg(long, value_name = "TEXT", default_value = "}}", allow_hyphen_values = true)]
    right_delimiter: String,
    /// A missing key of a map is an error instead of <no value>
    #[arg(long)]
    error_on_missing_key: bool,
    /// The API's answers: one JSON object, `[LIST |PUT ]path[?query]` → response body, or null for a 404
    #[arg(long, value_name = "FIXTURES.json")]
    secrets: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum SyntaxName {
    Go,
    Handlebars,
}

/// Renders to stdout; nothing is printed there unless the whole template rendered.
///
/// # Errors
/// Names the template file and what is wrong with it, or the requests that the fixtures do not answer.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let name = options.template.display();
    let text = read_template(&options.template)?;
    let fixtures = options
        .secrets
        .as_deref()
        .map(Fixtures::read)
        .transpose()?
        .unwrap_or_default();
    let syntax = options.syntax.map_or_else(|| syntax_of(&options.template), Into::into);
    let template = Template::parse(&text, syntax, template_options(options))
        .map_err(|error| anyhow!("{name}:{}:{}: {error}", error.line(), error.column()))?;
    let mut outside = Outside::new(&fixtures);
    let rendered = template.render(&mut outside).with_context(|| name.to_string())?;
    if let Some(problem) = outside.unusable().first() {
        bail!("{name}: {problem}");
    }
    if let Some(place) = &rendered.no_value {
        eprintln!(
            "Warning: {name}:{place} prints <no value>: there is no such key, or it is null (keys of KV version 2 are below \
             .Data.data); --error-on-missing-key makes a missing key an error"
        );
    }
    let output = complete(rendered, options.secrets.as_deref(), &fixtures).with_context(|| name.to_string())?;
    std::io::stdout()
        .write_all(&output)
        .context("writing to standard output")
}

fn complete(
    rendered: Rendered,
    file: Option<&Path>,
    fixtures: &Fixtures,
) -> anyhow::Result<zeroize::Zeroizing<Vec<u8>>> {
    let told = rendered
        .missing
        .iter()
        .map(|request| match fixtures.nearest(request.path()) {
            // The path may be there for another method, which the hint tells.
            Some(known) if known == request.path() => request.to_string(),
            Some(known) => format!("{request} (did you mean {known:?}?)"),
            None => request.to_string(),
        });
    let missing: Vec<String> = told.collect();
    let keys: Vec<String> = rendered.missing.iter().map(fixture_key).collect();
    match (rendered.output, file) {
        (Some(output), _) => Ok(output),
        (None, Some(path)) => bail!(
            "no fixture in {} answers {}\nhint: add {} with the API's response",
            path.display(),
            missing.join(", "),
            keys.join(", ")
        ),
        (None, None) => bail!(
            "the template asks for {}: give the answers with --secrets FILE",
            missing.join(", ")
        ),
    }
}

/// The key that answers a request.
fn fixture_key(request: &Request) -> String {
    let method = match request {
        Request::Read { .. } => "",
        Request::List { .. } => "LIST ",
        Request::Write { .. } | Request::PkiCert { .. } => "PUT ",
    };
    format!("\"{method}{}\"", request.path())
}

fn read_template(path: &Path) -> anyhow::Result<Vec<u8>> {
    if path.as_os_str() != "-" {
        return std::fs::read(path).with_context(|| format!("reading template {}", path.display()));
    }
    let mut text = Vec::new();
    std::io::stdin()
        .read_to_end(&mut text)
        .context("reading the template from standard input")?;
    Ok(text)
}

fn template_options(options: &Options) -> TemplateOptions {
    TemplateOptions {
        left_delimiter: options.left_delimiter.clone(),
        right_delimiter: options.right_delimiter.clone(),
        error_on_missing_key: options.error_on_missing_key,
        ..TemplateOptions::default()
    }
}

fn syntax_of(path: &Path) -> Syntax {
    if path.extension().is_some_and(|extension| extension == "hbs") {
        Syntax::Handlebars
    } else {
        Syntax::Go
    }
}

impl From<SyntaxName> for Syntax {
    fn from(name: SyntaxName) -> Self {
        match name {
            SyntaxName::Go => Self::Go,
            SyntaxName::Handlebars => Self::Handlebars,
        }
    }
}
