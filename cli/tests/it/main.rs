//! `coffret` from outside: its commands as processes, with right and wrong input.

mod demo;
mod program;
mod render;
mod usage;
