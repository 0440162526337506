//! Agent configuration, proved through the public interface.
//!
//! `accepted/` and `refused/` hold one configuration a file; what it means, or what is said about it, is in
//! `snapshots/`. `cfg(test)` on the modules is how clippy knows that their functions may unwrap.

#[cfg(test)]
mod examples;
#[cfg(test)]
mod injected;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod merging;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod rules;
