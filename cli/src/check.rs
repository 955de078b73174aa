//! `hearken check`: what the pipeline would make of a file, without sending any of it.
//!
//! Every line goes through the mapping and through ingest's own core; what is judged later, from the rows that are there
//! already, is judged against the file alone.

mod tally;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use hearken_ingest::pseudonym::Pseudonyms;
use hearken_ingest::{Normalizer, Settings};
use hearken_schemas::catalog::{Catalog, Lookup};
use hearken_schemas::dead_letter::Rejection;
use jiff::Timestamp;
use serde::Serialize;
use tally::Tally;

use crate::replay::{Input, Mapping, Place, RawRecord, read};

/// How many problems are named.
const NAMED_MAX: usize = 20;

/// The reason given for a line that `replay` would not even send.
const NOT_SENT: &str = "not_sent";

/// Arguments of `hearken check`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    input: Input,
    /// TOML file with sources, brands and touchpoints, as ingest has it
    #[arg(long)]
    catalog: Option<PathBuf>,
    /// Print one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

/// One record that would not become a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Problem {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<String>,
    path: String,
    reason: &'static str,
    detail: String,
    fix: String,
}

/// What was found in a file.
#[derive(Debug, Default, Serialize)]
struct Report {
    ok: bool,
    records: u64,
    problems: u64,
    by_reason: BTreeMap<&'static str, u64>,
    named: Vec<Problem>,
    warnings: Vec<String>,
}

/// Runs `hearken check`: exit code 0 where every record would become a row, 1 where one would not.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let mapping = arguments.input.mapping()?;
    let catalog = arguments.catalog.as_deref().map(catalog).transpose()?;
    let json = arguments.json;
    let report = tokio::task::spawn_blocking(move || check(&arguments.input, mapping.as_ref(), catalog)).await??;
    if json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn catalog(path: &Path) -> Result<Catalog> {
    let text = std::fs::read_to_string(path).with_context(|| format!("opening {}", path.display()))?;
    Catalog::parse(&text).map_err(|errors| anyhow!("catalog {}:\n{errors}", path.display()))
}

fn check(input: &Input, mapping: Option<&Mapping>, catalog: Option<Catalog>) -> Result<Report> {
    let mut tally = Tally::new(catalog.as_ref());
    // No key leaves this program, so any secret will do.
    let pseudonyms = Pseudonyms::new(b"nothing is sent, nothing is kept");
    let normalizer = Normalizer::new(Settings { catalog: Lookup::new(catalog.unwrap_or_default()), pseudonyms });
    let now_ms = Timestamp::now().as_millisecond();
    let mut report = Report::default();
    read(&input.file, input.kind, mapping, |place, record| {
        report.records += 1;
        let judged = record.map_err(unsent).and_then(|RawRecord { key, value }| {
            let normalized = normalizer.normalize(input.kind.topic(), now_ms, Some(key.as_bytes()), Some(&value));
            normalized.and_then(|normalized| tally.add(&normalized)).map_err(|rejection| refused(&rejection))
        });
        if let Err(problem) = judged {
            report.add(place, problem);
        }
        Ok(())
    })?;
    report.ok = report.problems == 0;
    report.warnings = tally.warnings();
    Ok(report)
}

fn unsent(problem: String) -> Problem {
    let fix = "mend the line or the mapping; replay leaves this line out".to_owned();
    Problem { line: 0, conversation: None, path: "$".to_owned(), reason: NOT_SENT, detail: problem, fix }
}

fn refused(rejection: &Rejection) -> Problem {
    let path = rejection.field.as_ref().map_or_else(|| "$".to_owned(), |field| format!("$.{field}"));
    let (reason, detail) = (rejection.reason.as_str(), rejection.detail.clone());
    Problem { line: 0, conversation: None, path, reason, detail, fix: rejection.reason.fix().to_owned() }
}

impl Report {
    fn add(&mut self, place: Place, problem: Problem) {
        self.problems += 1;
        *self.by_reason.entry(problem.reason).or_default() += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(Problem { line: place.line, conversation: place.conversation, ..problem });
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for Problem { line, conversation, path, reason, detail, fix } in &self.named {
            let conversation = conversation.as_ref().map_or(String::new(), |id| format!(" (conversation {id})"));
            writeln!(f, "line {line}{conversation}  {path}  {reason}: {detail}  →  {fix}")?;
        }
        let unnamed = self.problems - self.named.len() as u64;
        if unnamed > 0 {
            writeln!(f, "… and {unnamed} more")?;
        }
        for (reason, count) in &self.by_reason {
            writeln!(f, "{count:>9}  {reason}")?;
        }
        for warning in &self.warnings {
            writeln!(f, "note: {warning}")?;
        }
        writeln!(
            f,
            "{} records: {} would become rows, {} would not",
            self.records,
            self.records - self.problems,
            self.problems
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::Kind;

    const REVIEWS: &str = r#"{"id": 1, "at": "2025-11-02 09:30", "said": "Warm and light.", "stars": 4, "who": "a***b"}
{"id": 2, "at": "2025-11-02 09:31", "said": "Too small.", "stars": 9}

{"id": 3, "at": "yesterday", "said": "Fine."}
{"id":
{"id": 1, "at": "2025-11-02 09:30", "said": "Another text under the same id."}
{"said": "nobody knows me"}
"#;

    const MAPPING: &str = r#"
constants = { source = "shop", touchpoint = "moon", language_hint = "English" }
fields = { source_id = "id", occurred_at = "at", text = "said", customer_id = "who" }
rating = { value = "stars", scale_max = 5 }
time = { zone = "Asia/Seoul" }
"#;

    fn report(lines: &str, kind: Kind, mapping: Option<&str>) -> Report {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("lines.jsonl");
        std::fs::write(&file, lines).expect("a file in it");
        let mapping = mapping.map(|mapping| Mapping::parse(mapping).expect("a mapping"));
        check(&Input::new(file, kind), mapping.as_ref(), None).expect("a report")
    }

    #[test]
    fn every_problem_has_its_line_its_path_and_its_reason() {
        let report = report(REVIEWS, Kind::Reviews, Some(MAPPING));
        let named: Vec<_> = report.named.iter().map(|found| (found.line, found.path.as_str(), found.reason)).collect();
        assert_eq!(
            named,
            [
                (2, "$.rating.value", "invalid_value"),
                (4, "$.occurred_at", "invalid_time"),
                (5, "$", "not_sent"),
                (6, "$.source_id", "revision_conflict"),
                (7, "$", "not_sent"),
            ]
        );
        assert_eq!((report.ok, report.records, report.problems), (false, 6, 5));
        let text = report.to_string();
        assert!(text.ends_with("6 records: 1 would become rows, 5 would not\n"), "{text}");
        assert!(report.named.iter().all(|found| !found.fix.is_empty() && text.contains(&found.fix)), "{text}");
    }

    #[test]
    fn what_is_no_error_but_will_be_missed_is_noted() {
        let notes = report(REVIEWS, Kind::Reviews, Some(MAPPING)).warnings.join("\n");
        for words in [
            "no time zone in the catalog for \"shop\"",
            "1 of 1 customers are masked",
            "touchpoints that no journey stage knows: \"moon\" (1)",
            "\"English\" is no BCP 47",
            "minute",
        ] {
            assert!(notes.contains(words), "{words}: {notes}");
        }
    }

    #[test]
    fn what_is_right_is_said_to_be() {
        let visit = r#"{"source": "web", "visit_id": "v", "event": "view", "occurred_at": "2025-11-02T09:30:00Z"}"#;
        let report = report(visit, Kind::Visits, None);
        assert!(report.ok && report.records == 1, "{report}");
        assert!(report.warnings.is_empty(), "{report}");
    }
}
