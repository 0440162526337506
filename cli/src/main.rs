//! `coffret`, the people's tool: demo, dev-server, inject, render.

mod fixtures;
mod outside;

mod manifest;
mod render;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Secrets from Vault or OpenBao into pods: try it, see what it would do, render a template with no server.
#[derive(Debug, Parser)]
#[command(name = "coffret", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Render a template to stdout with fixtures instead of a server
    Render(render::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Command::Render(options) => render::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("coffret: {error:#}");
            ExitCode::FAILURE
        }
    }
}
