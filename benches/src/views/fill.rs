//! Rows that look like a company's, made up inside ClickHouse and inserted through the real materialized views.

use std::fs;
use std::time::Instant;

use anyhow::Result;
use hearken_schemas::journey::JourneyStage;

use super::local::Local;

/// The first moment after the rows: questions take it for now.
pub const END: &str = "2026-12-01 00:00:00";

/// How many rows one statement writes.
const CHUNK: u64 = 250_000;
/// Customers there are, unless there are few rows.
const CUSTOMERS_MAX: u64 = 200_000;

/// A table and the statement that fills a part of it.
struct Fill {
    table: &'static str,
    statement: &'static str,
    /// How many there are among so many feedback.
    count: fn(u64) -> u64,
}

const FILLS: &[Fill] = &[
    Fill { table: "customers", statement: include_str!("fill/customers.sql"), count: customers },
    Fill { table: "orders", statement: include_str!("fill/orders.sql"), count: |rows| rows / 10 },
    Fill { table: "visits", statement: include_str!("fill/visits.sql"), count: |rows| rows * 3 / 10 },
    Fill { table: FEEDBACK, statement: FEEDBACK_STATEMENT, count: |rows| rows },
];

const FEEDBACK: &str = "feedback";
const FEEDBACK_STATEMENT: &str = include_str!("fill/feedback.sql");

/// How the fill is allowed to use two cores; blocks as large as these make few parts.
const SETTINGS: &str = "SETTINGS max_insert_threads = 2, min_insert_block_size_rows = 300000";

fn customers(rows: u64) -> u64 {
    (rows / 5).min(CUSTOMERS_MAX)
}

/// Fills every table for so many feedback, and calls `done` with each table, its records and the seconds they took.
///
/// # Errors
/// Where ClickHouse refuses a row, or the catalog is refused.
pub fn fill(local: &Local, rows: u64, mut done: impl FnMut(&str, u64, f64)) -> Result<()> {
    let file = local.directory().join("catalog.toml");
    fs::write(&file, catalog())?;
    local.hearken(&["catalog", "load", &file.to_string_lossy()])?;
    for fill in FILLS {
        let (count, since) = ((fill.count)(rows), Instant::now());
        for first in (0..count).step_by(CHUNK as usize) {
            local.sql(&statement(fill.statement, first, CHUNK.min(count - first), rows))?;
        }
        done(fill.table, count, since.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Returns the statement that writes feedback from `first` on into another table.
pub(super) fn feedback_into(table: &str, first: u64, count: u64, rows: u64) -> String {
    statement(FEEDBACK_STATEMENT, first, count, rows).replacen("hearken.feedback", table, 1)
}

fn statement(text: &str, first: u64, count: u64, rows: u64) -> String {
    let text = text.replace("{first}", &first.to_string()).replace("{count}", &count.to_string());
    let text = text.replace("{rows}", &rows.to_string()).replace("{customers}", &customers(rows).to_string());
    format!("{text}{SETTINGS}")
}

/// Six brands of which two compete, 300 products in ten groups, 200 stores in twelve regions, 30 touchpoints, 12 sources.
fn catalog() -> String {
    let list = |name: &str, rows: Vec<String>| format!("{name} = [\n{}]\n", rows.concat());
    let brand = |name: &str, own: bool, zone: &str| {
        format!("{{ name = \"{name}\", own = {own}, business_time_zone = \"{zone}\" }},\n")
    };
    let brands = vec![
        brand("Alba", true, "Asia/Shanghai"),
        brand("Birch", true, "Asia/Shanghai"),
        brand("Cedar", true, "Asia/Shanghai"),
        brand("Dune", true, "Europe/Berlin"),
        brand("Rival", false, "Asia/Shanghai"),
        brand("Other", false, "UTC"),
    ];
    let source = |channel: &str, nth: u32| {
        format!("{{ name = \"{channel}-{nth}\", channel = \"{channel}\", time_zone = \"Asia/Shanghai\" }},\n")
    };
    let channels = ["review", "social", "chat", "survey"];
    let sources = channels.iter().flat_map(|channel| (1..4).map(move |nth| source(channel, nth))).collect();
    let groups =
        (0..10).map(|nth| format!("{{ id = \"g{nth}\", category = \"category {nth}\", brand = \"Alba\" }},\n"));
    let products =
        (0..300).map(|nth| format!("{{ id = \"p{nth}\", parent = \"g{}\", name = \"Product {nth}\" }},\n", nth % 10));
    let regions = (0..12).map(|nth| {
        format!("{{ id = \"region-{nth}\", kind = \"region\", name = \"Region {nth}\", owner = \"owner {nth}\" }},\n")
    });
    let stores = (0..200).map(|nth| {
        format!("{{ id = \"s{nth}\", parent = \"region-{}\", kind = \"store\", name = \"Store {nth}\" }},\n", nth % 12)
    });
    let touchpoint = |nth: usize| {
        let stage = STAGES[(nth + nth / 8 * 3) % STAGES.len()].as_str();
        format!(
            "{{ touchpoint = \"touchpoint {nth}\", stage = \"{stage}\", department = \"department {}\" }},\n",
            nth % 5
        )
    };
    [
        list("brands", brands),
        list("sources", sources),
        list("products", groups.chain(products).collect()),
        list("places", regions.chain(stores).collect()),
        list("touchpoints", (0..30).map(touchpoint).collect()),
    ]
    .concat()
}

/// What the touchpoints of `fill/feedback.sql` are stages of, eight in turn.
const STAGES: [JourneyStage; 8] = [
    JourneyStage::Awareness,
    JourneyStage::Discovery,
    JourneyStage::Interest,
    JourneyStage::Consideration,
    JourneyStage::Action,
    JourneyStage::Use,
    JourneyStage::Use,
    JourneyStage::Advocacy,
];
