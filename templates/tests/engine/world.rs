//! A world of fixed answers, and short ways to render.

use std::collections::BTreeMap;
use std::sync::Arc;

use coffret_templates::{Answer, Limits, Options, Rendered, Request, Secret, Source, Syntax, Template};

/// Answers by dependency key; a request that is not there has no answer yet, an empty text stands for nothing there.
#[derive(Default)]
pub(crate) struct World {
    answers: BTreeMap<String, String>,
    pub(crate) asked: Vec<String>,
}

impl World {
    pub(crate) fn with(answers: &[(&str, &str)]) -> Self {
        let answers = answers
            .iter()
            .map(|(key, body)| ((*key).to_owned(), (*body).to_owned()))
            .collect();
        World {
            answers,
            asked: Vec::new(),
        }
    }

    /// One secret of a KV version 2 mount at `kv/data/app`.
    pub(crate) fn with_app(fields: &str) -> Self {
        let body =
            format!(r#"{{"request_id":"r","lease_duration":0,"data":{{"data":{fields},"metadata":{{"version":3}}}}}}"#);
        World::with(&[("vault.read(kv/data/app)", &body)])
    }
}

impl Source for World {
    fn answer(&mut self, request: &Request) -> Answer {
        self.asked.push(request.to_string());
        match self.answers.get(&request.to_string()).map(String::as_str) {
            None => Answer::Pending,
            Some("") => Answer::NotFound,
            Some(body) => Answer::Ready(Arc::new(Secret::from_response(body.as_bytes()).unwrap())),
        }
    }

    fn env(&self, _: &str) -> Option<String> {
        None
    }

    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::UNIX_EPOCH
    }
}

pub(crate) fn limited(limits: Limits) -> Options {
    Options {
        limits,
        ..Options::default()
    }
}

pub(crate) fn strict() -> Options {
    Options {
        error_on_missing_key: true,
        ..Options::default()
    }
}

/// The output, or the text of the error with its hint.
pub(crate) fn outcome(template: &str, syntax: Syntax, options: Options, world: &mut World) -> Result<String, String> {
    let template = Template::parse(template, syntax, options).map_err(|error| error.to_string())?;
    let rendered = template.render(world).map_err(|error| error.to_string())?;
    Ok(text(&rendered))
}

pub(crate) fn text(rendered: &Rendered) -> String {
    match &rendered.output {
        Some(output) => String::from_utf8_lossy(output).into_owned(),
        None => format!(
            "missing {}",
            rendered
                .missing
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        ),
    }
}

pub(crate) fn go(template: &str) -> Result<String, String> {
    outcome(template, Syntax::Go, Options::default(), &mut World::default())
}
