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
use hearken_schemas::dead_letter::{Reason, Rejection};
use jiff::Timestamp;
use serde::Serialize;
use tally::Tally;

use crate::replay::{Input, Kind, Mapping, Place, RawRecord, Unsent, read};

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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<String>,
    /// The JSON path of the field to blame.
    pub(crate) path: String,
    /// The reason's code.
    pub(crate) reason: &'static str,
    /// What is wrong.
    pub(crate) detail: String,
    /// What to do.
    pub(crate) fix: &'static str,
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
    let mut judge = Judge::new(input.kind, catalog);
    let mut report = Report::default();
    read(&input.file, input.kind, mapping, |place, record| {
        report.records += 1;
        let judged = record
            .map_err(|problem| unsent(&problem, mapping))
            .and_then(|record| judge.judge(&record, place.line).map_err(|rejection| refused(&rejection, input.kind)));
        if let Err(problem) = judged {
            report.add(place, problem);
        }
        Ok(())
    })?;
    report.ok = report.problems == 0;
    report.warnings = judge.tally.warnings();
    Ok(report)
}

/// Judges the records of one file as the pipeline would, by ingest's own core and by what stands in the file before them.
pub(crate) struct Judge {
    kind: Kind,
    normalizer: Normalizer,
    tally: Tally,
    now_ms: i64,
}

impl Judge {
    /// Begins a file.
    pub(crate) fn new(kind: Kind, catalog: Option<Catalog>) -> Self {
        let tally = Tally::new(catalog.as_ref());
        // No key leaves this program, so any secret will do.
        let pseudonyms = Pseudonyms::new(b"nothing is sent, nothing is kept");
        let normalizer = Normalizer::new(Settings { catalog: Lookup::new(catalog.unwrap_or_default()), pseudonyms });
        Self { kind, normalizer, tally, now_ms: Timestamp::now().as_millisecond() }
    }

    /// Judges the next record.
    pub(crate) fn judge(&mut self, record: &RawRecord, line: usize) -> Result<(), Rejection> {
        let RawRecord { key, value } = record;
        let normalized =
            self.normalizer.normalize(self.kind.topic(), self.now_ms, Some(key.as_bytes()), Some(value))?;
        self.tally.add(&normalized, line)
    }
}

fn unsent(unsent: &Unsent, mapping: Option<&Mapping>) -> Problem {
    let fix = match (unsent.field, mapping) {
        (None, _) => "Mend the line: it has to be one JSON object, in UTF-8; replay leaves it out.",
        (Some(_), Some(_)) => {
            "Fill it in the file, or take it from elsewhere in the mapping; replay leaves this line out."
        }
        (Some(_), None) => "Fill it, or say with --mapping where it stands; replay leaves this line out.",
    };
    Problem { path: path(unsent.field), reason: NOT_SENT, detail: unsent.problem.clone(), fix, ..Problem::default() }
}

/// Says in words why a record would not become a row.
pub(crate) fn refused(rejection: &Rejection, kind: Kind) -> Problem {
    // Ingest counts lines and columns in the record, where the path says it already; the file's line stands before it.
    let detail = rejection.detail.split(", at line ").next().unwrap_or_default().to_owned();
    // An event has no revision that could be greater.
    let is_event = rejection.reason == Reason::RevisionConflict && kind == Kind::Visits;
    let fix = if is_event { "Send an event once, when all of it is known." } else { rejection.reason.fix() };
    let (path, reason) = (path(rejection.field.as_deref()), rejection.reason.as_str());
    Problem { path, reason, detail, fix, ..Problem::default() }
}

fn path(field: Option<&str>) -> String {
    field.map_or_else(|| "$".to_owned(), |field| format!("$.{field}"))
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
                (7, "$.source_id", "not_sent"),
            ]
        );
        assert_eq!((report.ok, report.records, report.problems), (false, 6, 5));
        let text = report.to_string();
        assert!(text.ends_with("6 records: 1 would become rows, 5 would not\n"), "{text}");
        assert!(report.named.iter().all(|found| !found.fix.is_empty() && text.contains(found.fix)), "{text}");
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
    fn every_sentence_says_where_and_what() {
        let review = |more: &str| {
            let record = r#"{"source": "s", "source_id": "r", "occurred_at": "2025-11-02T09:30:00Z""#;
            format!("{record}, {more}}}")
        };
        for (kind, lines, path, words) in [
            (Kind::Reviews, "{\"a\": 1}".to_owned(), "$.source_id", "no source_id"),
            (Kind::Orders, "{\"order_id\": \" \"}".to_owned(), "$.order_id", "no order_id"),
            (Kind::Reviews, "[{\"a\": 1}]".to_owned(), "$", "expected one JSON object a line"),
            (
                Kind::Reviews,
                review("\"likes\": 1e309"),
                "$",
                "holds what nothing can read at column 87: number out of range",
            ),
            (Kind::Reviews, review("\"likes\": NaN"), "$", "not JSON at column 83: expected value"),
            (Kind::Reviews, review(r#""text": "\ud83d""#), "$", "holds what nothing can read at column "),
            (Kind::Reviews, review("\"text\": \"a\", \"text\": \"b\""), "$.text", "text stands twice"),
            (Kind::Reviews, review("\"text\": 5"), "$.text", "text: expected a text"),
            (
                Kind::Reviews,
                review("\"title\": \" \""),
                "$",
                "neither text nor title nor rating is left after clean-up",
            ),
            (Kind::Chats, review("\"text\": \"a\""), "$", "no turn of the role customer has words"),
            (Kind::Surveys, review("\"answers\": []"), "$", "no answer has a value"),
            (
                Kind::Surveys,
                review("\"answers\": [{\"question_id\": \"q\", \"kind\": \"text\", \"text\": \"LONG\"}]")
                    .replace("LONG", &"x".repeat(300_000)),
                "$.answers",
                "answers has more than 262144 bytes of words",
            ),
            (
                Kind::Visits,
                r#"{"source": "w", "visit_id": "v", "event": "view"}"#.to_owned(),
                "$.occurred_at",
                "where nobody knows it, time_precision has to be unknown",
            ),
        ] {
            let report = report(&lines, kind, None);
            let [found] = report.named.as_slice() else { panic!("{kind:?}: {report}") };
            assert_eq!(found.path, path, "{kind:?}: {report}");
            assert!(found.detail.starts_with(words) || found.detail.ends_with(words), "{kind:?}: {report}");
            assert!(!found.detail.contains("line 1"), "{kind:?}: {report}");
        }
    }

    #[test]
    fn the_first_of_two_stays_and_the_other_is_told_of_it() {
        let order = |amount: u32, status: &str| {
            format!(
                r#"{{"source": "t", "order_id": "o", "status": "{status}", "occurred_at": 1762075800, "amount": {amount}}}"#
            )
        };
        let lines = [order(1, "paid"), order(2, "paid"), order(1, "PAID"), order(2, "shipped")].join("\n");
        let orders = report(&lines, Kind::Orders, None);
        assert_eq!((orders.records, orders.problems), (4, 1), "{orders}");
        let conflict = "order_id stands in line 1 with the same status and updated_at and other content";
        assert_eq!((orders.named[0].line, orders.named[0].detail.as_str()), (2, conflict));
        assert!(orders.warnings.join(" ").starts_with("1 records stand in the file more than once"), "{orders}");
        let visit = |dwell: u32| {
            format!(
                r#"{{"source": "w", "visit_id": "v", "event": "view", "occurred_at": 1762075800, "dwell_ms": {dwell}}}"#
            )
        };
        let visits = report(&[visit(1), visit(2)].join("\n"), Kind::Visits, None);
        assert_eq!(visits.named[0].fix, "Send an event once, when all of it is known.", "{visits}");
    }

    #[test]
    fn what_is_right_is_said_to_be() {
        let visit = r#"{"source": "web", "visit_id": "v", "event": "view", "occurred_at": "2025-11-02T09:30:00Z"}"#;
        let report = report(visit, Kind::Visits, None);
        assert!(report.ok && report.records == 1, "{report}");
        assert!(report.warnings.is_empty(), "{report}");
    }
}
