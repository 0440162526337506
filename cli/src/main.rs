//! `coffret`, the people's tool: demo, dev-server, inject, render.

mod demo;
mod dev_server;
mod fixtures;
mod inject;
mod keys;
mod manifest;
mod outside;
mod render;
mod written_file;

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
    /// The main job in one process tree: webhook, agent, rendered files, rotation, lease, clean stop
    Demo(demo::Options),
    /// A development server that speaks Vault's HTTP API from memory
    DevServer(dev_server::Options),
    /// What the webhook would do to a manifest, offline
    Inject(inject::Options),
    /// Render a template to stdout with fixtures instead of a server
    Render(render::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // The first and only installation in this process: it cannot be refused.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let result = match cli.command {
        Command::Demo(options) => demo::run(&options),
        Command::DevServer(options) => dev_server::run(options),
        Command::Inject(options) => inject::run(&options),
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
