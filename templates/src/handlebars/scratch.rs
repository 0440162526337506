//! The methods of `scratch` as helpers: `{{scratchSet "k" v}}`.

use crate::function::Function;
use crate::scratch;

/// The method that a helper name such as `scratchMapSet` stands for.
pub(super) fn method(name: &str) -> Option<&'static Function> {
    scratch::method(name.strip_prefix("scratch")?)
}
