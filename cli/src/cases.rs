//! Cases from the command line.

mod link;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

/// Arguments of `hearken cases`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Print a link to a case's page, for whoever lost his
    Link(link::Arguments),
}

/// Does what was asked for.
///
/// # Errors
/// What is missing or wrong, and what to do.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    match &arguments.action {
        Action::Link(arguments) => link::run(arguments),
    }
}
