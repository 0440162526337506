//! `coffret-agent`: see the library for what it does.

use std::process::ExitCode;

use coffret_agent::environment::Environment;
use coffret_agent::program;

fn main() -> ExitCode {
    let argv: Vec<String> = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    ExitCode::from(program::main(&argv, &Environment::of_process()))
}
