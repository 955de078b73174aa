//! Fills a ClickHouse with made-up rows, asks every view, and compares with the budget: see `benches/README.md`.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Parser;
use hearken_benches::stages;
use hearken_benches::views::budget::Budget;
use hearken_benches::views::fill::fill;
use hearken_benches::views::local::Local;
use hearken_benches::views::measure::{Failed, Patience, ask, insert, settle, weigh};
use hearken_benches::views::questions::{Question, documented, minutes};
use hearken_benches::views::{Figures, Measure, to_toml};

/// Measures what the tables cost and how fast the views answer
#[derive(Parser)]
struct Arguments {
    /// How many feedback to fill the tables with
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Compare with the budget in this file, and fail where something is over it
    #[arg(long)]
    check: Option<PathBuf>,
    /// Write what was found into this file, as a section of the budget
    #[arg(long)]
    out: Option<PathBuf>,
    /// Ask only questions with this in their name
    #[arg(long, default_value = "")]
    only: String,
}

/// So many rows are merged at once in no time.
const FEW: u64 = 100_000;

fn main() -> Result<ExitCode> {
    let arguments = Arguments::parse();
    // A budget that cannot be read is known before the long part.
    let budget = arguments.check.as_ref().map(|file| {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        Budget::parse(&text).with_context(|| file.display().to_string())
    });
    let budget = budget.transpose()?;
    let since = Instant::now();
    let (figures, failed) = run(&arguments)?;
    println!("\n{:.0} s in all", since.elapsed().as_secs_f64());
    if let Some(file) = &arguments.out {
        fs::write(file, to_toml(&figures, arguments.rows)).with_context(|| file.display().to_string())?;
    }
    for Failed { name, error } in &failed {
        println!("FAILED  {name}: {error}");
    }
    let excesses = budget.map(|budget| budget.check(arguments.rows, &figures)).unwrap_or_default();
    for over in &excesses {
        println!("OVER    {} of {}: {:.4}, limit {:.4}", over.measure.name(), over.what, over.found, over.limit);
    }
    Ok(if failed.is_empty() && excesses.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(arguments: &Arguments) -> Result<(Figures, Vec<Failed>)> {
    let local = Local::start()?;
    fill(&local, arguments.rows, |table, records, seconds| {
        println!("{table}: {records} records in {seconds:.1} s, {:.0} a second", records as f64 / seconds);
    })?;
    settle(&local)?;
    let asked = |question: &Question| question.name.contains(&arguments.only);
    let mut figures = Figures::new();
    println!("\n{:<42} {:>12} {:>10} {:>10}", "question", "rows read", "median ms", "p95 ms");
    let mut failed = Vec::new();
    let patient = Patience { times: 5, at_most: Duration::from_secs(6) };
    let board = Patience { times: 20, at_most: Duration::from_secs(20) };
    for (questions, patience, p95) in [(minutes(), board, true), (documented(), patient, false)] {
        for question in questions.into_iter().filter(asked) {
            let mut found = Figures::new();
            failed.extend(ask(&local, &question, &patience, p95, &mut found));
            print_question(&question.name, &found);
            merge(&mut figures, found);
        }
    }
    // Few rows lie in small parts of many sizes: merged, they are the same in every run. Many are weighed as they lie.
    weigh(&local, arguments.rows <= FEW, &mut figures)?;
    insert(&local, arguments.rows, &mut figures)?;
    let target = env::current_exe()?.ancestors().nth(2).map(PathBuf::from).unwrap_or_default();
    for (stage, microseconds) in stages::microseconds(&target) {
        figures.entry(Measure::StageUs).or_default().insert(stage, microseconds);
    }
    print_rest(&figures);
    Ok((figures, failed))
}

fn merge(figures: &mut Figures, found: Figures) {
    for (measure, found) in found {
        figures.entry(measure).or_default().extend(found);
    }
}

fn print_question(name: &str, found: &Figures) {
    let figure = |measure| {
        found.get(&measure).and_then(|of| of.get(name)).map_or(String::new(), |figure| format!("{figure:.0}"))
    };
    println!(
        "{name:<42} {:>12} {:>10} {:>10}",
        figure(Measure::RowsRead),
        figure(Measure::MedianMs),
        figure(Measure::P95Ms)
    );
}

fn print_rest(figures: &Figures) {
    for measure in [Measure::BytesPerRow, Measure::RollupRowsPerRow, Measure::RowsPerS, Measure::StageUs] {
        println!();
        for (what, figure) in figures.get(&measure).into_iter().flatten() {
            println!("{:<20} {what:<52} {figure:>12.3}", measure.name());
        }
    }
}
