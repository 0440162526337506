//! What a server begins with, from one YAML file.

use crate::core::Core;

/// What is wrong with a seed, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct SeedError {
    /// Line and key.
    pub place: String,
    /// What is wrong.
    pub problem: String,
}

/// Plants a seed.
///
/// # Errors
/// [`SeedError`].
pub fn plant(_core: &mut Core, _root_token: &str, _text: &str) -> Result<(), SeedError> {
    Ok(())
}
