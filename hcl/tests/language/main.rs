//! HCL 1 as its users write it, proved through the public interface.
//!
//! `cfg(test)` on the modules is how clippy knows that their functions may unwrap.

#[cfg(test)]
mod blocks;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod places;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod values;
