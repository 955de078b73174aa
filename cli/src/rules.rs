//! `hearken rules`: the rules of alerts, looked at before they run and while they do.
//!
//! [`files`] reads them; [`question`] asks them as the alert service does; [`words`] makes text and is pure; [`check`], [`trial`]
//! and [`explain`] are the commands.

mod check;
mod explain;
mod files;
mod question;
mod trial;
mod words;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

/// Arguments of `hearken rules`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Subcommand)]
enum Asked {
    /// Say what is wrong with rule files, where, and what to do
    Check(check::Arguments),
    /// Run rules against their fixtures, on a ClickHouse of its own that is thrown away
    Test(trial::Arguments),
    /// Say what a rule looks for, how it is asked, and what it found
    Explain(Box<explain::Arguments>),
}

/// Does what was asked for.
///
/// # Errors
/// What is missing or does not answer, and what to do.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.asked {
        Asked::Check(arguments) => check::run(arguments).await,
        Asked::Test(arguments) => trial::run(arguments).await,
        Asked::Explain(arguments) => explain::run(*arguments).await,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        _rules: Arguments,
    }

    #[test]
    fn what_may_be_asked() {
        let is_read = |line: &str| Line::try_parse_from(["rules"].into_iter().chain(line.split(' '))).is_ok();
        for line in [
            "check",
            "check a.sql rules --offline",
            "check --clickhouse http://c:8123",
            "test",
            "test rules",
            "explain churn_intent --days 30 --minutes 60 --rules mine",
            "explain churn_intent --feedback 5a0f8f0e-0000-5000-8000-000000000001",
        ] {
            assert!(is_read(line), "{line}");
        }
        for line in
            ["explain", "explain churn_intent --feedback f1", "explain churn_intent --days 0", "test --offline", "run"]
        {
            assert!(!is_read(line), "{line}");
        }
    }
}
