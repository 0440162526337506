//! Which route of an engine answers a request.

use super::fields::Fields;
use super::route::Route;
use super::{Call, Context};
use crate::logical::{Error, Operation, Reply, Request};
use std::collections::BTreeMap;

/// All routes of an engine type.
pub struct Router<E> {
    pub(super) help: &'static str,
    pub(super) routes: Vec<Route<E>>,
}

impl<E> Router<E> {
    /// A router; the first route that matches a path answers it. A pattern that is no regular expression matches
    /// nothing (and fails the debug assertion).
    pub fn new(help: &'static str, mut routes: Vec<Route<E>>) -> Self {
        for route in &mut routes {
            route.compile();
        }
        Self { help, routes }
    }

    fn find(&self, path: &str) -> Option<(&Route<E>, BTreeMap<String, String>)> {
        self.routes
            .iter()
            .find_map(|route| Some((route, route.captures(path)?)))
    }

    /// Answers a request.
    ///
    /// # Errors
    /// What the handler refuses; unknown paths and operations; fields of the wrong type.
    pub fn dispatch(&self, engine: &mut E, context: &mut Context<'_>, request: &Request) -> Reply {
        if request.path.is_empty() && request.operation == Operation::Help {
            return self.root_help().reply();
        }
        let (route, captures) = self.find(&request.path).ok_or_else(Error::unsupported_path)?;
        let Some(handler) = route.handler(request.operation) else {
            return match request.operation {
                Operation::Help => route.help_response(&request.path).reply(),
                _ => Err(Error::unsupported_operation()),
            };
        };
        let ignored = match route.arbitrary {
            true => Vec::new(),
            false => route.unknown(&request.data),
        };
        if request.strict && !route.free_form && !ignored.is_empty() {
            return Err(Error::response(route.unrecognized(&ignored)));
        }
        let fields = Fields::new(&route.fields, &request.data, &captures);
        fields
            .validate()
            .map_err(|text| Error::response(format!("Field validation failed: {text}")))?;
        let mut reply = handler(engine, context, &Call { request, fields })?;
        // An answer with a status of its own is finished, and gets no warnings.
        if let Some(response) = reply.as_mut().filter(|response| response.status.is_none()) {
            response
                .warnings
                .extend(warnings(&ignored, &replaced(request, &captures)));
        }
        Ok(reply)
    }

    /// Whether the entry of the request's path exists; `None` where the route does not tell.
    ///
    /// # Errors
    /// Unknown paths; fields of the wrong type.
    pub fn exists(&self, engine: &E, request: &Request) -> Result<Option<bool>, Error> {
        let (route, captures) = self.find(&request.path).ok_or_else(Error::unsupported_path)?;
        let Some(existence) = route.existence else {
            return Ok(None);
        };
        let fields = Fields::new(&route.fields, &request.data, &captures);
        fields.validate().map_err(Error::invalid)?;
        let call = Call { request, fields };
        if let Some(precondition) = route.precondition {
            precondition(engine, &call)?;
        }
        Ok(Some(existence(engine, &call)))
    }
}

/// The parameters whose values in the body or the query give way to those in the path.
fn replaced<'c>(request: &Request, captures: &'c BTreeMap<String, String>) -> Vec<&'c str> {
    let sent = |name: &&String| request.data.get(*name).is_some_and(|value| !value.is_null());
    captures.keys().filter(sent).map(String::as_str).collect()
}

fn warnings(ignored: &[&str], replaced: &[&str]) -> Vec<String> {
    let mut warnings = Vec::new();
    if !ignored.is_empty() {
        let names = ignored.join(" ");
        warnings.push(format!("Endpoint ignored these unrecognized parameters: [{names}]"));
    }
    if !replaced.is_empty() {
        let names = replaced.join(" ");
        warnings.push(format!(
            "Endpoint replaced the value of these parameters with the values captured from the endpoint's path: [{names}]"
        ));
    }
    warnings
}
