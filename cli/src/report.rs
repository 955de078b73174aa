//! `hearken report`: one page that an owner reads, from the views alone.
//!
//! [`window`] turns days into instants, [`questions`] are what the views are asked, the crate `hearken-report` makes the page of the
//! answers; this file asks and writes the file, whole or not at all.

mod questions;
mod window;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use hearken_report::{Language, Report, page};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use questions::QUESTIONS;
use serde_json::{Map, Value};
use window::Window;

use crate::Endpoints;
use crate::store::{Store, quoted};

/// Arguments of `hearken report`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The file to write
    #[arg(long, default_value = "report.html")]
    out: PathBuf,
    /// The first day, such as 2026-11-01; 30 days before `until` where nothing is said
    #[arg(long)]
    from: Option<Date>,
    /// The day after the last; tomorrow where nothing is said
    #[arg(long)]
    until: Option<Date>,
    /// The language of the page
    #[arg(long, value_enum, default_value_t = Tongue::En)]
    language: Tongue,
    /// Only this brand; may be given several times. Indicators and figures of single customers stay those of the whole company
    #[arg(long = "brand")]
    brands: Vec<String>,
    /// The IANA time zone of days and times; the own brands' where they share one, else UTC
    #[arg(long)]
    time_zone: Option<String>,
    #[command(flatten)]
    endpoints: Endpoints,
}

#[derive(Clone, Copy, ValueEnum)]
enum Tongue {
    Zh,
    En,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Self {
        match tongue {
            Tongue::Zh => Self::Chinese,
            Tongue::En => Self::English,
        }
    }
}

/// Runs `hearken report`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let store = Store::new(&arguments.endpoints)?;
    let zone = zone(&store, &arguments).await?;
    let window = Window::new(arguments.from, arguments.until, zone, Timestamp::now())?;
    let language = arguments.language.into();
    let report = ask(&store, &window, &arguments.brands, language).await?;
    write(&arguments.out, &page(&report, language))?;
    println!("{}: {}", arguments.out.display(), window.in_words());
    Ok(ExitCode::SUCCESS)
}

/// Returns the zone that was asked for, or the one all own brands do business in.
async fn zone(store: &Store, arguments: &Arguments) -> Result<TimeZone> {
    let name = match &arguments.time_zone {
        Some(name) => name.clone(),
        None => {
            let of_brands = filled(questions::ZONE, &[("$of_brands", of_brands("name", &arguments.brands))]);
            store.text(&of_brands, "TSVRaw").await?.trim().to_owned()
        }
    };
    TimeZone::get(&name)
        .with_context(|| format!("{name:?} is no time zone; --time-zone takes names such as Asia/Shanghai"))
}

/// Asks every question and lays the answers together.
async fn ask(store: &Store, window: &Window, brands: &[String], language: Language) -> Result<Report> {
    let values = values(window, brands, language);
    let mut answers = Map::new();
    for question in QUESTIONS {
        let sql = format!("{} SETTINGS {}", filled(question.sql, &values), questions::SETTINGS);
        let rows: Vec<Value> = store.rows(&sql).await.with_context(|| {
            format!("asking for {}; `hearken migrate` makes the views that are missing", question.field)
        })?;
        let answer = if question.is_one { rows.into_iter().next().unwrap_or(Value::Null) } else { rows.into() };
        answers.insert(question.field.to_owned(), answer);
    }
    let newest = answers.remove("newest").and_then(|newest| newest.get("at").cloned());
    let listed = answers.remove("brands").unwrap_or_default();
    let listed = listed.as_array().into_iter().flatten().filter_map(|row| row.get("brand").cloned());
    let mut of_window = window.json();
    of_window.insert("newest_at".to_owned(), newest.unwrap_or_default());
    answers.insert("brands".to_owned(), listed.collect());
    answers.insert("window".to_owned(), of_window.into());
    serde_json::from_value(answers.into()).context("reading the views' answers")
}

/// Returns what stands for the questions' `$names`.
fn values(window: &Window, brands: &[String], language: Language) -> [(&'static str, String); 9] {
    [
        ("$from_day", quoted(&window.from.to_string())),
        ("$until_day", quoted(&window.until.to_string())),
        ("$from", quoted(&Window::utc(window.start))),
        ("$until", quoted(&Window::utc(window.end))),
        ("$before_day", quoted(&window.before_day().to_string())),
        ("$before", quoted(&Window::utc(window.before()))),
        ("$zone", quoted(&window.zone_name())),
        ("$of_brands", of_brands("brand", brands)),
        ("$language", quoted(language.tag())),
    ]
}

/// Returns the condition that a row is of one of the brands; of any where none is named.
fn of_brands(column: &str, brands: &[String]) -> String {
    let names: Vec<String> = brands.iter().map(|brand| quoted(brand)).collect();
    if names.is_empty() { "true".to_owned() } else { format!("{column} IN ({})", names.join(", ")) }
}

/// Lays values over the `$names` of a question, each once: a value may hold what looks like a name.
fn filled(sql: &str, values: &[(&str, String)]) -> String {
    let mut rest = sql;
    let mut filled = String::new();
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        let end = rest[at + 1..].find(|letter: char| !letter.is_ascii_lowercase() && letter != '_');
        let name = &rest[at..end.map_or(rest.len(), |end| at + 1 + end)];
        let value = values.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        filled.push_str(value.unwrap_or(name));
        rest = &rest[at + name.len()..];
    }
    filled.push_str(rest);
    filled
}

/// Writes the file, whole or not at all.
fn write(out: &Path, page: &str) -> Result<()> {
    let mut new = out.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    fs::write(&new, page).with_context(|| format!("writing {}", new.display()))?;
    fs::rename(&new, out).with_context(|| format!("writing {}", out.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_filled_once_and_by_whole_names() {
        let values =
            [("$from", "'$until'".to_owned()), ("$from_day", "'2026-11-01'".to_owned()), ("$until", "2".to_owned())];
        assert_eq!(filled("$from <= $from_day AND $until, $", &values), "'$until' <= '2026-11-01' AND 2, $");
    }

    #[test]
    fn every_name_in_a_question_has_its_value() {
        let window = Window::new(None, None, TimeZone::UTC, Timestamp::UNIX_EPOCH).unwrap();
        let values = values(&window, &["o'clock".to_owned()], Language::English);
        for question in QUESTIONS {
            let sql = filled(question.sql, &values);
            assert!(!sql.contains('$'), "{}: {sql}", question.field);
        }
        assert_eq!(of_brands("brand", &["o'clock".to_owned()]), "brand IN ('o\\'clock')");
        assert_eq!(of_brands("brand", &[]), "true");
    }

    #[test]
    fn the_page_is_written_whole() {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().join("a.html");
        write(&out, "one").unwrap();
        write(&out, "two").unwrap();
        assert_eq!(fs::read_to_string(&out).unwrap(), "two");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left");
        let nowhere = write(&directory.path().join("missing/a.html"), "x").unwrap_err();
        assert!(format!("{nowhere:#}").contains("missing/a.html"), "{nowhere:#}");
    }
}
