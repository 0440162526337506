//! `coffret` from outside: its commands as processes, with right and wrong input.
//!
//! `cfg(test)` on the modules is how clippy knows that their functions may unwrap.

#[cfg(test)]
mod demo;
#[cfg(test)]
mod inject;
#[cfg(test)]
mod program;
#[cfg(test)]
mod render;
#[cfg(test)]
mod usage;
