//! `hearken train`: models of feelings from labelled texts.
//!
//! [`rows`] says what a row is and what it weighs, [`fit`] learns one question, [`calibrate`] makes its answers probabilities,
//! [`make`] puts a model together. The same rows in the same order give the same files.

mod calibrate;
mod fit;
mod make;
mod rows;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use hearken_enrich::language::Language;
use hearken_enrich::model::Model;
use hearken_enrich::{Enricher, Settings};
use hearken_schemas::feedback::Feedback;
use indicatif::{ProgressBar, ProgressStyle};
use rows::{Label, Row, Voice};

use crate::evaluate::{channel, files, nothing_said};

/// The fewest rows of either side that make a model.
const SIDE_ROWS_MIN: usize = 50;
/// How many rows that cannot be read are named.
const NAMED_MAX: usize = 5;

const HELP: &str = "\
Rows are JSON lines, plain or gzipped: {\"text\", \"label\": neg, neu or pos, \"lang\"} and where known {\"source\", \"channel\",
\"licence\"}. A row without a channel is a review, one without a licence is your own.

Each language with at least 50 rows of either side gets a model; where there are enough posts and enough of the rest, one for
posts and one for the rest. A tenth of the rows, chosen by their words, is held out to calibrate the model and for the scores
that are printed and kept in its header; the weights that are written are learned from all rows.

Then set `enrich.models` to the folder: its models go before those that ship.";

/// What is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Task {
    /// How the customer feels
    Sentiment,
}

/// Arguments of `hearken train`.
#[derive(Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Arguments {
    /// What to train
    #[arg(value_enum)]
    what: Task,
    /// Labelled files; --help says in which format
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The folder that models are written to; made where it is missing
    #[arg(long, default_value = "models")]
    out: PathBuf,
    /// Leave out rows of these licence classes, such as nc
    #[arg(long, value_delimiter = ',')]
    without: Vec<String>,
    /// Train these languages only, such as de,zh
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
}

/// Runs `hearken train`: exit code 1 where a row could not be read.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    tokio::task::spawn_blocking(move || match arguments.what {
        Task::Sentiment => train(&arguments),
    })
    .await?
}

fn train(arguments: &Arguments) -> Result<ExitCode> {
    let (texts, unreadable) = read(arguments)?;
    if texts.is_empty() {
        bail!("no row to learn from: {unreadable} could not be read; --help says what a row must have");
    }
    fs::create_dir_all(&arguments.out).with_context(|| format!("making the folder {}", arguments.out.display()))?;
    let enricher = Enricher::new(&Settings::default())?;
    let feedback = nothing_said()?;
    let mut models = 0;
    for (language, texts) in &texts {
        let sides =
            [Label::Negative, Label::Positive].map(|side| texts.iter().filter(|text| text.label == side).count());
        if sides.iter().any(|&rows| rows < SIDE_ROWS_MIN) {
            let [negative, positive] = sides;
            println!("{}: too few rows for a model ({negative} neg, {positive} pos)", language.code());
            continue;
        }
        let grams = rows::grams(*language, texts.len());
        let rows: Vec<Row> = texts.iter().map(|text| row(&enricher, &feedback, *language, grams, text)).collect();
        for voice in Voice::of(&rows) {
            let name = format!("{}{}.model", language.code(), voice.suffix);
            let bar = bar(&name, make::PASSES as u64);
            let model = make::make(*language, voice, grams, &rows, || bar.inc(1))?;
            bar.finish_and_clear();
            let path = arguments.out.join(&name);
            fs::write(&path, model.to_bytes()?).with_context(|| format!("writing {}", path.display()))?;
            print(&name, &model);
            models += 1;
        }
    }
    println!("{models} models in {}", arguments.out.display());
    Ok(if unreadable == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A labelled text.
struct Text {
    source: String,
    licence: String,
    channel: hearken_schemas::feedback::Channel,
    label: Label,
    text: String,
}

/// Reads the texts of each language, and counts what cannot be read.
fn read(arguments: &Arguments) -> Result<(BTreeMap<Language, Vec<Text>>, u64)> {
    let mut texts: BTreeMap<Language, Vec<Text>> = BTreeMap::new();
    let mut unreadable = 0u64;
    let bar = ProgressBar::hidden();
    for file in &arguments.files {
        files::read(file, &bar, |place, row| {
            match row.and_then(|row| text(row, arguments)) {
                Ok(Some((language, text))) => texts.entry(language).or_default().push(text),
                Ok(None) => {}
                Err(problem) => {
                    unreadable += 1;
                    if unreadable <= NAMED_MAX as u64 {
                        eprintln!("{place}: {problem}");
                    }
                }
            }
            Ok(())
        })?;
    }
    if unreadable > NAMED_MAX as u64 {
        eprintln!("… and {} more rows that cannot be read", unreadable - NAMED_MAX as u64);
    }
    Ok((texts, unreadable))
}

/// Reads a row; nothing of one that is not asked for or of a language that is not known.
fn text(row: files::Row, arguments: &Arguments) -> Result<Option<(Language, Text)>, String> {
    let lang = row.lang.ok_or("no `lang`")?;
    let label = row.label.ok_or("no `label`")?;
    let label = Label::from_name(&label).ok_or_else(|| format!("label {label:?} is none of neg, neu, pos"))?;
    let licence = row.licence.unwrap_or_else(|| "own".to_owned());
    let Some(language) = Language::from_tag(&lang).map(read_as) else { return Ok(None) };
    let wanted = arguments.languages.is_empty() || arguments.languages.iter().any(|code| code == language.code());
    let channel = channel(row.channel.as_deref())?;
    let is_asked = wanted && !arguments.without.contains(&licence);
    Ok(is_asked.then_some((language, Text { source: row.source, licence, channel, label, text: row.text })))
}

/// Returns the language whose model reads a language: written Cantonese shares most of its words with Chinese, and has few rows.
fn read_as(language: Language) -> Language {
    if language.is_chinese() { Language::Chinese } else { language }
}

fn row(
    enricher: &Enricher,
    feedback: &Feedback,
    language: Language,
    grams: hearken_enrich::model::Grams,
    text: &Text,
) -> Row {
    let feedback = Feedback { text: text.text.clone(), channel: text.channel, ..feedback.clone() };
    let evidence = enricher.evidence(&feedback, language);
    let mut features = Vec::new();
    evidence.letters.features(grams, |feature| features.push(feature));
    Row {
        source: text.source.clone(),
        licence: text.licence.clone(),
        channel: text.channel,
        label: text.label,
        features,
        letters: evidence.letters,
        clue: evidence.clue,
        held_out: rows::is_held_out(&text.text),
    }
}

fn bar(name: &str, passes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:18} {bar:30} {percent}%  {elapsed}");
    let bar = ProgressBar::new(passes).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.with_message(name.to_owned())
}

fn print(name: &str, model: &Model) {
    let rows: u64 = model.header().trained_on.iter().map(|source| source.rows).sum();
    println!("{name}: {rows} rows; on those held out");
    for held_out in &model.header().held_out {
        println!(
            "  {:28} {:6} rows  accuracy {:.3}  macro-F1 {:.3}  calibration error {:.3}",
            held_out.source, held_out.rows, held_out.accuracy, held_out.macro_f1, held_out.calibration_error
        );
    }
}
