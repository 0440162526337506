//! What routes tell about themselves.

use super::fields::Field;
use super::route::Route;
use super::router::Router;
use crate::json::Value;
use crate::logical::{Raw, Response};
use crate::object;

impl<E> Router<E> {
    /// The engine's help: what it is for, and its routes.
    pub(super) fn root_help(&self) -> Response {
        let mut routes: Vec<&Route<E>> = self.routes.iter().collect();
        routes.sort_by(|a, b| a.pattern.cmp(&b.pattern));
        let mut text = format!(
            "## DESCRIPTION\n\n{}\n\n## PATHS\n\nThe following paths are supported by this backend. To view help for\nany of \
             the paths below, use the help command with any route matching\nthe path pattern. Note that depending on the \
             policy of your auth token,\nyou may or may not be able to access certain paths.\n\n",
            self.help
        );
        for route in routes {
            text.push_str(&format!("    {}\n        {}\n\n", route.pattern, route.synopsis));
        }
        text.push('\n');
        help_response(&text)
    }
}

impl<E> Route<E> {
    /// Help for the route that a path takes.
    pub(super) fn help_response(&self, path: &str) -> Response {
        let mut fields: Vec<&Field> = self.fields.iter().collect();
        fields.sort_by_key(|field| field.name);
        let mut text = format!(
            "Request:        {path}\nMatching Route: {}\n\n{}\n",
            self.pattern, self.synopsis
        );
        if !fields.is_empty() {
            text.push_str("\n## PARAMETERS\n");
        }
        for field in fields {
            let help = match field.help {
                "" => "<no description>",
                help => help,
            };
            text.push_str(&format!(
                "\n    {} ({})\n\n        {help}\n",
                field.name,
                field.kind.name()
            ));
        }
        text.push_str(&format!("\n## DESCRIPTION\n\n{}\n", self.description));
        help_response(&text)
    }
}

/// Help is answered without envelope.
fn help_response(text: &str) -> Response {
    let body = object! { "help" => text, "see_also" => Value::Null, "openapi" => Value::Null };
    Response {
        raw: Some(Raw {
            status: 200,
            content_type: "application/json".to_owned(),
            body: format!("{}\n", Value::Object(body)).into_bytes(),
        }),
        ..Response::default()
    }
}
