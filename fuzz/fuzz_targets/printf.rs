//! `printf` with any format over values of every type.
#![no_main]

#[path = "world.rs"]
mod world;

use coffret_templates::Syntax;
use libfuzzer_sys::fuzz_target;

const VALUES: &[&str] = &[
    "1",
    "-7",
    "1.5",
    "-2.5e300",
    "\"héllo\\xff\"",
    "true",
    "nil",
    "1i",
    "$s",
    "$s.Data",
    "$s.Data.l",
    "$s.Data.n",
    "$s.Auth",
    "$s.WrapInfo",
    "'é'",
    "$s.Warnings",
    "(loop 3)",
];

fuzz_target!(|input: (&[u8], [u8; 3])| {
    let (format, picks) = input;
    let literal: String = format.iter().map(|byte| format!("\\x{byte:02x}")).collect();
    let values: Vec<&str> = picks
        .iter()
        .map(|pick| VALUES[usize::from(*pick) % VALUES.len()])
        .collect();
    let text = format!(
        "{{{{ $s := secret \"s\" }}}}{{{{ printf \"{literal}\" {} }}}}",
        values.join(" ")
    );
    let _ = world::render(text.as_bytes(), Syntax::Go, &mut world::World::default());
});
