//! What the engines do, seen from outside: passes, limits, errors, the Handlebars dialect.
//!
//! `cfg(test)` on the modules is how clippy knows that their functions may unwrap.
#![cfg(test)]

#[cfg(test)]
mod emitted;
#[cfg(test)]
mod handlebars;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod passes;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod world;
#[cfg(test)]
mod wrong_syntax;
