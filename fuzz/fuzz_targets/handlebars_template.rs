//! The Handlebars dialect.
#![no_main]

#[path = "world.rs"]
mod world;

use coffret_templates::Syntax;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let _ = world::render(text, Syntax::Handlebars, &mut world::World::default());
});
