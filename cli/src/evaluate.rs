//! `hearken evaluate`: how right the enricher and the redaction are, on labelled texts.
//!
//! [`files`] reads rows; a [`question`] says what a row must have and what an answer is worth:
//! [`sentiment`], [`language`], [`keywords`], [`aspects`], [`intents`]; [`metrics`] are the formulas, [`tally`] counts where a text
//! has any number of labels; [`report`] prints. The enricher is the one that the service runs, asked one text after the other;
//! [`redaction`] asks what ingest asks before it.

mod aspects;
pub(crate) mod files;
mod intents;
mod keywords;
mod language;
pub(crate) mod metrics;
mod question;
mod redaction;
mod report;
mod sentiment;
mod tally;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use aspects::Judgements;
use clap::{Args, ValueEnum};
use files::{Format, Row};
use hearken_enrich::service::read_models;
use hearken_enrich::{Enricher, Settings};
use hearken_schemas::feedback::{Channel, Feedback};
use indicatif::{ProgressBar, ProgressStyle};
use intents::Intents;
use keywords::{KEYWORDS_MAX, Keywords};
use language::Languages;
use question::Question;
use report::{Found, Report, Walked};
use sentiment::Feelings;

/// How many rows that cannot be read are named.
const NAMED_MAX: usize = 5;

/// The language of a row that does not say it.
const UNSAID: &str = "und";

const HELP: &str = "\
Files:
  sentiment  JSONL, plain or gzipped: {\"text\", \"label\": neg, neu or pos} and where known {\"source\", \"lang\", \"channel\"}
  language   JSONL {\"text\", \"lang\"}, or one text a line in LANGUAGE/testdata/KIND.txt, as lingua has its test data
  keywords   JSONL {\"text\", \"keywords\": [...]}; a folder or .zip of docsutf8/NAME.txt, keys/NAME.key and lan.txt with
             its language; .tsv of task, text and terms joined by _, as CSL has it
  aspects    JSONL {\"text\", \"aspects\": [{\"topic\": \"delivery.speed\", \"polarity\": negative, neutral or positive}]}
  intents    JSONL {\"text\", \"intents\": [{\"kind\": \"churn\"}]} and where known {\"effort\": low, high or null}
  redaction  JSONL {\"text\"} in which personal data is marked, as in ring ⟦PHONE:555-0132⟧; kinds are the tokens' names
  Aspects and intents may be [], and a row may say its {\"set\"}, such as dev or test: see --set. A row that
  names no source has its file's name as source, one without a channel is a review. Blank lines are no rows.

Rules:
  sentiment  Where a source has no neu label at all, the sign of the score decides, and a score of 0 is wrong. Elsewhere the
             sentiment's label decides, and mixed counts as neutral. A text in which no feeling is read counts as neutral with
             a confidence of 0. binary_accuracy is by the sign in every source, over its neg and pos rows.
  language   The primary subtag decides, und is wrong. Of Chinese the script must be right too where the label tells it.
  keywords   Terms are equal if their stems are, word by word: in lower case, hyphens as spaces, by the enricher's stemmer
             for the row's language, or the one it finds. Precision is taken over the terms given (at most 5 or 10), recall
             over all expected; F1 of each text, then the mean over texts. The enricher is asked for 10 terms.
  aspects    Topic and polarity must agree; topic_precision and topic_recall ask for the topic alone. What one text judges the
             same way twice counts once. The enricher's own taxonomy is used.
  intents    The kind must agree, and counts once a text. effort_precision and effort_recall are over rows that have an effort.
  redaction  The text is cleaned up as ingest does it. A piece is found where a token of its kind stands for it and for nothing
             else, signs at its ends apart; an address is found where its token covers any of it. hidden is the share of
             pieces of which no letter and no digit is left, whatever the token. low and high are 95 % Wilson intervals.
             overall, by_source and by_language leave addresses out, which are best effort; by_kind has them.
  For aspects and intents accuracy is the share of texts answered exactly, and n of by_topic and by_kind is how often each was
  expected. macro_f1 is the mean over the classes that occur as labels. calibration_error is the expected calibration error
  over ten equal bins of the confidence that the enricher states; for aspects it states none. What there is nothing to
  measure of is null. texts_per_s counts enrichment alone, on one core.
  The enricher gets the text and the row's channel, and the row's language only with --hint. Words are compared, and
  by_language goes, by what rows say; those that say nothing are und.

The last line of the output is one JSON object: overall, by_source, by_language, by_topic or by_kind, and how many rows were
unreadable or left out. Exit code 1 where a row could not be read.";

/// What the enricher is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Task {
    /// How the customer feels
    Sentiment,
    /// Which language it is
    Language,
    /// Which terms it is about
    Keywords,
    /// What it judges, and which way
    Aspects,
    /// What the customer means to do
    Intents,
    /// Which personal data is in it
    Redaction,
}

/// Arguments of `hearken evaluate`.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// What to measure
    #[arg(value_enum)]
    what: Task,
    /// Labelled files; --help says in which formats
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
}

/// How rows are read.
#[derive(Args)]
struct Reading {
    /// The language of rows that do not say theirs, such as en or zh-Hans
    #[arg(long)]
    lang: Option<String>,
    /// Judge rows of these languages only, such as de,fr,zh
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
    /// Judge rows of this set only, such as dev, and those that name none
    #[arg(long)]
    set: Option<String>,
    /// Tell the enricher the row's language as a source would
    #[arg(long)]
    hint: bool,
    /// A folder of your own models, as `enrich.models` names one
    #[arg(long)]
    models: Option<PathBuf>,
}

/// Runs `hearken evaluate`: exit code 0 where every row was judged, 1 where one could not be read.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let report = tokio::task::spawn_blocking(move || evaluate(&arguments)).await??;
    println!("{report}{}", report.json());
    Ok(if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn evaluate(Arguments { what, files, reading }: &Arguments) -> Result<Report> {
    Ok(match what {
        Task::Sentiment => {
            let (felt, walked) = questioned(&Feelings, files, reading)?;
            Report::new(&sentiment::judged(felt), walked)
        }
        Task::Language => {
            let (found, walked) = questioned(&Languages, files, reading)?;
            Report::new(&found, walked)
        }
        Task::Keywords => {
            let (found, walked) = questioned(&Keywords::default(), files, reading)?;
            Report::new(&found, walked)
        }
        Task::Aspects => {
            let (found, walked) = questioned(&Judgements, files, reading)?;
            Report::new(&found, walked)
        }
        Task::Intents => {
            let (found, walked) = questioned(&Intents, files, reading)?;
            Report::new(&found, walked)
        }
        Task::Redaction => {
            let (found, walked) =
                walk(files, reading, |format| format == Format::Jsonl, |row| redaction::marked(&row))?;
            Report::new(&found, walked)
        }
    })
}

/// Asks the enricher the question of every row of every file.
///
/// # Errors
/// As [`walk`], and where the models cannot be read.
fn questioned<Q: Question>(question: &Q, files: &[PathBuf], reading: &Reading) -> Result<(Found<Q::Answer>, Walked)> {
    let read = |folder: &PathBuf| read_models(folder).with_context(|| format!("reading {}", folder.display()));
    let models = reading.models.as_ref().map(read).transpose()?.unwrap_or_default();
    let enricher = Enricher::new(&Settings { keywords_max: KEYWORDS_MAX, models, ..Settings::default() })?;
    let silent = nothing_said()?;
    walk(files, reading, Q::reads, |row| {
        let label = question.label(&row)?;
        let channel = channel(row.channel.as_deref())?;
        let language_hint = row.lang.clone().filter(|_| reading.hint);
        let feedback = Feedback { text: row.text, channel, language_hint, ..silent.clone() };
        let begun = Instant::now();
        let enrichment = enricher.enrich(&feedback);
        let spent = begun.elapsed();
        Ok((question.answer(label, row.lang.as_deref().unwrap_or(&enrichment.language), &enrichment), spent))
    })
}

/// Calls `ask` for every row of every file that is asked for; it answers with how long that took.
///
/// # Errors
/// Where a file cannot be read or holds no rows of a format that `reads` accepts, or none of the rows can be judged.
fn walk<A>(
    files: &[PathBuf],
    reading: &Reading,
    reads: impl Fn(Format) -> bool,
    mut ask: impl FnMut(Row) -> Result<(A, Duration), String>,
) -> Result<(Found<A>, Walked)> {
    for file in files {
        file.metadata().with_context(|| format!("opening {}", file.display()))?;
        if !reads(Format::of(file)) {
            bail!("{}: this measure is not read from such a file; see --help for the formats", file.display());
        }
    }
    let (mut walk, mut found, progress) = (Walk::default(), Found::default(), progress(files));
    for file in files {
        files::read(file, &progress, |place, row| {
            let row = row.map(|row| Row { lang: row.lang.or_else(|| reading.lang.clone()), ..row });
            match row {
                Ok(row) if !reading.wants(&row) => walk.walked.left_out += 1,
                Ok(row) => {
                    let (source, language) = (row.source.clone(), row.lang.clone());
                    match ask(row) {
                        Ok((answer, spent)) => {
                            walk.asked += 1;
                            walk.spent += spent;
                            found.add(source, language.unwrap_or_else(|| UNSAID.to_owned()), answer);
                        }
                        Err(problem) => walk.refuse(&place, &problem),
                    }
                }
                Err(problem) => walk.refuse(&place, &problem),
            }
            Ok(())
        })?;
    }
    progress.finish_and_clear();
    walk.finish().map(|walked| (found, walked))
}

/// What is counted on the way.
#[derive(Default)]
struct Walk {
    asked: u64,
    spent: Duration,
    walked: Walked,
    named: Vec<String>,
}

impl Walk {
    fn refuse(&mut self, place: &str, problem: &str) {
        self.walked.unreadable += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(format!("{place}: {problem}"));
        }
    }

    fn finish(self) -> Result<Walked> {
        let Self { asked, spent, walked, named } = self;
        for line in &named {
            eprintln!("{line}");
        }
        let unnamed = walked.unreadable - named.len() as u64;
        if unnamed > 0 {
            eprintln!("… and {unnamed} more rows that cannot be read");
        }
        if asked == 0 {
            let Walked { unreadable, left_out, .. } = walked;
            bail!("no row to judge: {unreadable} could not be read, {left_out} are of languages or sets not asked for");
        }
        Ok(Walked { texts_per_s: asked as f64 / spent.as_secs_f64().max(1e-9), ..walked })
    }
}

impl Reading {
    /// Tells whether a row is asked for: by its set, and by its language as it is written or by its primary subtag.
    fn wants(&self, Row { lang, set, .. }: &Row) -> bool {
        let is_asked = |lang: &str| {
            let primary = lang.split(['-', '_']).next().unwrap_or_default();
            self.languages.iter().any(|wanted| wanted == lang || wanted == primary)
        };
        let is_of_set = self.set.is_none() || set.is_none() || self.set == *set;
        is_of_set && (self.languages.is_empty() || lang.as_deref().is_some_and(is_asked))
    }
}

pub(crate) fn channel(name: Option<&str>) -> Result<Channel, String> {
    let Some(name) = name else { return Ok(Channel::Review) };
    let names = || Channel::ALL.map(Channel::as_str).join(", ");
    let known = Channel::ALL.into_iter().find(|channel| channel.as_str() == name);
    known.ok_or_else(|| format!("channel {name:?} is none of {}", names()))
}

/// Returns a feedback that says nothing: the fields that matter here are set for each row.
pub(crate) fn nothing_said() -> Result<Feedback> {
    let fields = serde_json::json!({
        "feedback_id": uuid::Uuid::nil(), "revision": 0, "channel": "review", "source": "evaluate", "source_id": "1",
        "occurred_at": "2025-01-01T00:00:00Z", "time_precision": "unknown", "received_at": "2025-01-01T00:00:00Z",
        "journey_stage": "unmapped", "text": "", "redactions": 0,
    });
    serde_json::from_value(fields).context("the feedback that carries a labelled text")
}

fn progress(files: &[PathBuf]) -> ProgressBar {
    let bytes = files.iter().filter_map(|file| Path::metadata(file).ok()).filter(std::fs::Metadata::is_file);
    let style =
        ProgressStyle::with_template("{bar:30} {percent}%  {elapsed}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes.map(|file| file.len()).sum()).with_style(style)
}

#[cfg(test)]
mod tests;
