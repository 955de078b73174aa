//! `hearken rules check`: what is wrong with rule files, where, and what to do.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use hearken_alert::row::At;
use hearken_alert::rule::columns::wrong;
use hearken_alert::rule::{Rule, RuleError};
use jiff::Timestamp;

use super::files::{self, RuleFile};
use super::question::Session;
use super::words::{refusal, table};
use crate::Endpoints;
use crate::store::Store;

/// Arguments of `hearken rules check`.
#[derive(Args)]
pub(super) struct Arguments {
    /// Rule files, or directories of them; the shipped ones where nothing is named
    files: Vec<PathBuf>,
    /// Look at the files alone and ask no ClickHouse
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Runs `hearken rules check`: exit code 1 where anything is wrong.
///
/// # Errors
/// What cannot be read, or where ClickHouse does not answer.
pub(super) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let files = files::read(&arguments.files)?;
    let (rules, mut errors) = files::parse(&files);
    if !arguments.offline {
        let store = Store::new(&arguments.endpoints)?;
        errors.extend(ask(&store, &rules).await.context("asking ClickHouse; --offline looks at the files alone")?);
    }
    if errors.is_empty() {
        print!("{}", table(rules.iter().map(|(rule, _)| rule)));
        println!("{} rules, nothing wrong{}", rules.len(), if arguments.offline { " with the files" } else { "" });
        return Ok(ExitCode::SUCCESS);
    }
    errors.sort_by(|one, other| (&one.file, one.line).cmp(&(&other.file, other.line)));
    errors.iter().for_each(|error| println!("{error}"));
    let bad = files.iter().filter(|file| errors.iter().any(|error| error.file == file.name)).count();
    println!("{bad} of {} files are wrong", files.len());
    Ok(ExitCode::FAILURE)
}

/// Has ClickHouse look at every rule as it is run, on no news, and returns what is wrong.
async fn ask(store: &Store, rules: &[(Rule, &RuleFile)]) -> Result<Vec<RuleError>> {
    let session = Session::open(store);
    session.look_up(&[]).await?;
    let as_of = At(Timestamp::now());
    let mut errors = Vec::new();
    for (rule, file) in rules {
        match session.columns(rule, as_of).await {
            Ok(columns) => {
                let located = |message| RuleError { file: rule.file.clone(), line: rule.body_line, message };
                errors.extend(wrong(&columns).into_iter().map(located));
            }
            Err(error) => {
                let message = format!("{error:#}");
                // What is no answer of ClickHouse says nothing of the rule.
                if !message.contains("DB::Exception") {
                    return Err(error);
                }
                errors.push(refusal(rule, &file.text, &message));
            }
        }
    }
    Ok(errors)
}
