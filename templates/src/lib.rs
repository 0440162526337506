//! Go-template and Handlebars engines over one function library; no I/O, no async.
//!
//! A [`Template`] is parsed once and rendered as often as its secrets change. Rendering is one *pass*: it runs the
//! whole template, notes every [`Request`] it meets, and has an output only when all of them were answered.

mod builtins;
mod call;
mod engine_functions;
mod error;
mod fmt;
pub mod function;
mod functions;
mod go;
mod handlebars;
pub mod json;
mod keys;
mod options;
mod pki;
mod redaction;
mod registry;
mod request;
mod ring_keys;
mod scratch;
mod secret;
mod source;
mod strconv;
mod template;
mod unicode;
mod value;
mod x509;

pub use call::Call;
pub use error::{Limit, ParseError, RenderError};
pub use function::{Arguments, Function, FunctionError};
pub use keys::{KeyKind, Keys};
pub use options::{Limits, Options, Syntax};
pub use request::Request;
pub use ring_keys::RingKeys;
pub use secret::{Secret, SecretError};
pub use source::{Answer, FileWrite, Source};
pub use template::{Rendered, Template};
pub use value::{
    ANY_LIST, ANY_MAP, Field, INT_LIST, IntType, Kind, List, Map, Named, Object, STRING_LIST, STRING_MAP, Sequence,
    Text, Type, UintType, Value, YAML_MAP,
};

/// The names of all functions of consul-template and sprig that templates can call, sorted.
pub fn function_names() -> Vec<&'static str> {
    registry::all().iter().map(|function| function.name).collect()
}
