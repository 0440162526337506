//! What the engines do, seen from outside: passes, limits, errors, the Handlebars dialect.
#![cfg(test)]

mod handlebars;
mod limits;
mod passes;
mod properties;
mod world;
mod wrong_syntax;
