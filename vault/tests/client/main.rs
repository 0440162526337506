//! The client against a server written by hand, one that answers whatever a test wants, or does not.
//!
//! `cfg(test)` on the modules is how clippy knows that their functions may unwrap.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod api;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod fake;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod real;
#[cfg(test)]
mod redirects;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod tls;
