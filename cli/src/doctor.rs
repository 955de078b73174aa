//! `hearken doctor`: what is missing or wrong on this machine, and what to do about it.
//!
//! [`machine`], [`engines`] and [`ports`] look at what is here, [`kafka`] with [`keeping`], [`clickhouse`] with [`state`], and [`services`] at what answers. What is judged is
//! judged by plain functions over what was read, so that tests can say what a machine is like. Engines that do not run are no
//! fault: nobody may have started them yet.

mod clickhouse;
mod engines;
mod kafka;
mod keeping;
mod machine;
mod ports;
pub(crate) mod services;
mod state;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::Endpoints;
use crate::store::Store;

/// Arguments of `hearken doctor`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Directory in which a local run keeps its data
    #[arg(long, env = "HEARKEN_DATA", default_value = "data")]
    data: PathBuf,
    /// Where services say how they are (http.listen), comma-separated; by default those of the last hearken up
    #[arg(long, value_delimiter = ',', value_name = "URLS")]
    services: Vec<String>,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Level {
    Ok,
    Warn,
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    level: Level,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Finding {
    fn ok(what: impl Into<String>) -> Self {
        Self { level: Level::Ok, what: what.into(), fix: None }
    }

    fn warn(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Warn, what: what.into(), fix: Some(fix.into()) }
    }

    fn fail(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Fail, what: what.into(), fix: Some(fix.into()) }
    }
}

/// Runs `hearken doctor`: exit code 0 where nothing fails, 1 where something does.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let Arguments { data, services, json, endpoints } = arguments;
    let mut findings = machine::look(&data);
    findings.extend(engines::look());
    findings.extend(engines::programs());
    findings.extend(ports::look(&endpoints));
    findings.extend(kafka::look(&endpoints.kafka()?).await?);
    findings.extend(clickhouse::look(&Store::new(&endpoints)?, &endpoints.clickhouse).await);
    findings.extend(services::look(&services, &data).await);
    let ok = findings.iter().all(|finding| finding.level != Level::Fail);
    if json {
        println!("{}", serde_json::json!({ "ok": ok, "findings": findings }));
    } else {
        findings.iter().for_each(|finding| println!("{finding}"));
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let level = match self.level {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "FAIL",
        };
        write!(f, "{level:<4}  {}", self.what)?;
        self.fix.as_ref().map_or(Ok(()), |fix| write!(f, "\n      → {fix}"))
    }
}
