//! The catalog's file into the catalog's tables.
//!
//! A table is replaced as a whole, in one step: the new rows go into a table beside it and take the place of its only
//! partition, so a reader sees the old catalog or the new one, never half of one and never none. (`EXCHANGE TABLES` would be
//! refused, because dictionaries hang on the tables; deleting old rows afterwards would show both for a while.) The
//! dictionaries are read anew at once; other servers of a cluster follow within a minute.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use hearken_ingest::touchpoint;
use hearken_schemas::catalog::{
    Brand, Catalog, CatalogErrors, Indicator, Metric, Occasion, Place, Product, Source, Touchpoint, folded,
};
use hearken_schemas::journey::JourneyStage;
use hearken_schemas::tables::OBJECTS;
use serde_json::{Value, json};

use crate::Endpoints;
use crate::store::Store;

/// Arguments of `hearken catalog`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Say what is wrong with a catalog file: the first value that cannot be read, or else everything that contradicts itself
    Check {
        /// The catalog, TOML
        file: PathBuf,
    },
    /// Replace the catalog's tables by what a file says
    Load {
        /// The catalog, TOML; the one `ingest.catalog` names
        file: PathBuf,
        #[command(flatten)]
        endpoints: Endpoints,
    },
}

/// How large one statement gets: well under what a server parses as one query.
const STATEMENT_BYTES: usize = 100_000;

/// A table of the catalog, the dictionary over it where there is one, and its new rows.
struct Table {
    name: &'static str,
    dictionary: Option<&'static str>,
    rows: Vec<Value>,
}

/// Runs `hearken catalog`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let (file, endpoints) = match arguments.action {
        Action::Check { file } => (file, None),
        Action::Load { file, endpoints } => (file, Some(endpoints)),
    };
    let catalog = match read(&file)? {
        Ok(catalog) => catalog,
        Err(errors) => {
            eprintln!("hearken: {} is no catalog yet\n{errors}", file.display());
            return Ok(ExitCode::FAILURE);
        }
    };
    if let Some(endpoints) = endpoints {
        load(&Store::new(&endpoints)?, &catalog).await?;
    }
    println!("{}", counts(&catalog));
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<Result<Catalog, CatalogErrors>> {
    let toml = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    Ok(Catalog::parse(&toml))
}

fn counts(catalog: &Catalog) -> String {
    let Catalog { sources, brands, products, places, touchpoints, customers: _, indicators, calendar, fx_rates } =
        catalog;
    format!(
        "{} sources, {} brands, {} products, {} places, {} touchpoints beside the {} that Hearken knows, {} indicators, \
         {} days of the calendar, {} fx rates",
        sources.len(),
        brands.len(),
        products.len(),
        places.len(),
        touchpoints.len(),
        built_in(&BTreeSet::new()).len(),
        indicators.len(),
        calendar.iter().flat_map(Occasion::days).count(),
        fx_rates.len(),
    )
}

/// Replaces the catalog's tables and has their dictionaries read them.
///
/// # Errors
/// Where ClickHouse refuses, such as before `hearken migrate`. The tables before that one are new then, the others as they were.
pub(crate) async fn load(store: &Store, catalog: &Catalog) -> Result<()> {
    for table in tables(catalog) {
        replace(store, &table).await.with_context(|| format!("loading the catalog's {}", table.name))?;
    }
    Ok(())
}

async fn replace(store: &Store, table: &Table) -> Result<()> {
    let Table { name, dictionary, rows } = table;
    if rows.is_empty() {
        // An empty table has no partition to put in place of the old one.
        store.execute(&format!("TRUNCATE TABLE {name}")).await?;
    } else {
        store.execute(&loading(name)?).await?;
        for statement in inserts(&format!("{name}_loading"), rows) {
            store.execute(&statement).await?;
        }
        store.execute(&format!("ALTER TABLE {name} REPLACE PARTITION tuple() FROM {name}_loading")).await?;
        store.execute(&format!("DROP TABLE {name}_loading")).await?;
    }
    match dictionary {
        Some(dictionary) => store.execute(&format!("SYSTEM RELOAD DICTIONARY {dictionary}")).await,
        None => Ok(()),
    }
}

/// Returns the statement of the table beside this one. It is written out, because a copy of a replicated table (`AS`) would
/// claim to be that very replica.
fn loading(name: &str) -> Result<String> {
    let object = OBJECTS.iter().find(|object| object.is_table() && object.name() == name);
    let statement = object.with_context(|| format!("{name} is no table of this version"))?.statement;
    Ok(statement.replacen(&format!("TABLE IF NOT EXISTS {name}"), &format!("OR REPLACE TABLE {name}_loading"), 1))
}

/// Returns the statements that insert these rows, each of a bounded size.
fn inserts(table: &str, rows: &[Value]) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    for row in rows {
        let row = row.to_string();
        match statements.last_mut().filter(|statement| statement.len() + row.len() < STATEMENT_BYTES) {
            Some(statement) => {
                statement.push('\n');
                statement.push_str(&row);
            }
            None => statements.push(format!("INSERT INTO {table} FORMAT JSONEachRow\n{row}")),
        }
    }
    statements
}

fn tables(catalog: &Catalog) -> [Table; 8] {
    let own: BTreeSet<String> = catalog.touchpoints.iter().map(|point| folded(&point.touchpoint)).collect();
    let touchpoints = catalog.touchpoints.iter().map(own_touchpoint).chain(built_in(&own));
    [
        Table {
            name: "sources",
            dictionary: Some("source_by_name"),
            rows: catalog.sources.iter().map(|one| source(one, catalog)).collect(),
        },
        Table { name: "brands", dictionary: Some("brand_by_name"), rows: catalog.brands.iter().map(brand).collect() },
        Table {
            name: "products",
            dictionary: Some("product_by_id"),
            rows: catalog.products.iter().map(|one| product(one, catalog)).collect(),
        },
        Table { name: "places", dictionary: Some("place_by_id"), rows: catalog.places.iter().map(place).collect() },
        Table { name: "touchpoints", dictionary: Some("touchpoint_by_name"), rows: touchpoints.collect() },
        Table {
            name: "indicators",
            dictionary: None,
            rows: catalog.indicators.iter().map(|one| indicator(one, catalog)).collect(),
        },
        Table {
            name: "calendar",
            dictionary: Some("calendar_by_day"),
            rows: catalog.calendar.iter().flat_map(|one| days(one, catalog)).collect(),
        },
        Table { name: "fx_rates", dictionary: None, rows: fx_rates(catalog) },
    ]
}

fn source(source: &Source, catalog: &Catalog) -> Value {
    json!({
        "source": source.name,
        "channel": source.channel.map(|channel| channel.as_str()).unwrap_or_default(),
        "brand": brand_name(source.brand.as_deref(), catalog),
        "own": source.own,
        "time_zone": source.time_zone.as_ref().and_then(|zone| zone.iana_name()).unwrap_or_default(),
        "touchpoint": source.touchpoint.as_deref().unwrap_or_default(),
        "delay_class": source.delay_class.as_str(),
        "region": source.region.as_deref().unwrap_or_default(),
        "language": source.language.as_deref().unwrap_or_default(),
    })
}

fn brand(brand: &Brand) -> Value {
    // Accounts are for ingest alone.
    let Brand { name, own, aliases, accounts: _, business_time_zone } = brand;
    json!({ "name": name, "own": own, "aliases": aliases, "business_time_zone": business_time_zone })
}

fn product(product: &Product, catalog: &Catalog) -> Value {
    json!({
        "id": product.id,
        "parent": product.parent.as_deref().unwrap_or_default(),
        "brand": brand_name(product.brand.as_deref(), catalog),
        "category": product.category.as_deref().unwrap_or_default(),
        "name": product.name.as_deref().unwrap_or_default(),
    })
}

fn place(place: &Place) -> Value {
    json!({
        "id": place.id,
        "parent": place.parent.as_deref().unwrap_or_default(),
        "kind": place.kind.as_str(),
        "name": place.name,
        "owner": place.owner.as_deref().unwrap_or_default(),
    })
}

fn own_touchpoint(point: &Touchpoint) -> Value {
    json!({
        "touchpoint": folded(&point.touchpoint),
        "name": point.touchpoint,
        "stage": point.stage.as_str(),
        "phase": point.phase.map(|phase| phase.as_str()).unwrap_or_default(),
        "department": point.department.as_deref().unwrap_or_default(),
        "own": true,
    })
}

fn indicator(indicator: &Indicator, catalog: &Catalog) -> Value {
    json!({
        "id": indicator.id,
        "parent": indicator.parent.as_deref().unwrap_or_default(),
        "name": indicator.name,
        "brand": brand_name(indicator.brand.as_deref(), catalog),
        "metric": indicator.metric.map(Metric::as_str).unwrap_or_default(),
        "scope": indicator.scope,
        "weight": indicator.weight,
        "target": indicator.target,
    })
}

fn days(occasion: &Occasion, catalog: &Catalog) -> Vec<Value> {
    let brand = brand_name(occasion.brand.as_deref(), catalog);
    let row = |day: jiff::civil::Date| json!({ "day": day.to_string(), "brand": brand, "kind": occasion.kind, "name": occasion.name });
    occasion.days().map(row).collect()
}

/// Returns the rates, and before them the one of the reporting currency itself, by which views know it.
fn fx_rates(catalog: &Catalog) -> Vec<Value> {
    let reporting = &catalog.customers.reporting_currency;
    let row = |day: String, currency: &str, rate: f64| json!({ "day": day, "currency": currency, "reporting": reporting, "rate": rate });
    let own = row("1970-01-01".to_owned(), reporting, 1.0);
    std::iter::once(own)
        .chain(catalog.fx_rates.iter().map(|one| row(one.day.to_string(), &one.currency, one.rate)))
        .collect()
}

/// Returns the touchpoints that Hearken knows, each once, but for those that are there already.
fn built_in(own: &BTreeSet<String>) -> Vec<Value> {
    let mut seen = own.clone();
    let mut known = touchpoint::all();
    known.retain(|(name, _)| seen.insert(folded(name)));
    let row = |(name, stage): (String, JourneyStage)| json!({ "touchpoint": folded(&name), "name": name, "stage": stage.as_str(), "phase": "", "department": "", "own": false });
    known.into_iter().map(row).collect()
}

/// Returns a brand as the tables write it, however the catalog wrote it here.
fn brand_name<'a>(written: Option<&'a str>, catalog: &'a Catalog) -> &'a str {
    let written = written.unwrap_or_default();
    let same = |brand: &&Brand| folded(&brand.name) == folded(written);
    catalog.brands.iter().find(same).map_or(written, |brand| &brand.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(toml: &str, table: &str) -> Vec<Value> {
        let tables = tables(&Catalog::parse(toml).expect("a valid catalog"));
        let found = tables.into_iter().find(|one| one.name == table);
        found.map(|table| table.rows).expect("a table of the catalog")
    }

    #[test]
    fn a_companys_touchpoints_stand_on_top_of_the_known_ones() {
        let toml = r#"touchpoints = [{ touchpoint = "Live-Chat", stage = "consideration", phase = "pre", department = "Care" }]"#;
        let (with, without) = (rows(toml, "touchpoints"), rows("", "touchpoints"));
        assert_eq!(with.len(), without.len(), "an overridden one is no further one");
        let chat = |rows: &[Value]| {
            let found: Vec<Value> = rows.iter().filter(|row| row["touchpoint"] == "livechat").cloned().collect();
            found.iter().map(|row| format!("{} {} {}", row["name"], row["stage"], row["own"])).collect::<Vec<_>>()
        };
        assert_eq!(chat(&without), [r#""live chat" "use" false"#]);
        assert_eq!(chat(&with), [r#""Live-Chat" "consideration" true"#]);
        let names: BTreeSet<String> = with.iter().map(|row| row["touchpoint"].to_string()).collect();
        assert_eq!(names.len(), with.len(), "a dictionary has room for one row a key");
    }

    #[test]
    fn what_is_absent_is_empty_and_a_brand_has_one_name() {
        let toml = r#"
            brands = [{ name = "Solwyn" }]
            sources = [{ name = "tmall", brand = "SOL WYN", time_zone = "Asia/Shanghai" }]
        "#;
        assert_eq!(
            rows(toml, "sources"),
            [
                json!({ "source": "tmall", "channel": "", "brand": "Solwyn", "own": true, "time_zone": "Asia/Shanghai", "touchpoint": "",
                "delay_class": "live", "region": "", "language": "" })
            ]
        );
        assert_eq!(rows(toml, "places"), [] as [Value; 0]);
        let own = json!({ "day": "1970-01-01", "currency": "CNY", "reporting": "CNY", "rate": 1.0 });
        assert_eq!(rows(toml, "fx_rates"), [own], "the currency of reports is always there");
    }

    #[test]
    fn what_a_company_measures_itself_by_becomes_rows() {
        let toml = r#"
            brands = [{ name = "Solwyn" }]
            indicators = [
                { id = "all", name = "All", target = 60 },
                { id = "nps", parent = "all", name = "NPS", brand = "SOL WYN", metric = "nps", scope = { survey_kind = "relationship" } },
            ]
            calendar = [{ day = 2026-10-01, until = 2026-10-02, brand = "sol-wyn", kind = "holiday", name = "Week" }]
            fx_rates = [{ day = 2026-10-01, currency = "CNY", rate = 0.13 }]
            [customers]
            reporting_currency = "EUR"
        "#;
        assert_eq!(
            rows(toml, "indicators"),
            [
                json!({ "id": "all", "parent": "", "name": "All", "brand": "", "metric": "", "scope": {}, "weight": 1.0, "target": 60.0 }),
                json!({ "id": "nps", "parent": "all", "name": "NPS", "brand": "Solwyn", "metric": "nps",
                    "scope": { "survey_kind": "relationship" }, "weight": 1.0, "target": null }),
            ]
        );
        let day = |day: &str| json!({ "day": day, "brand": "Solwyn", "kind": "holiday", "name": "Week" });
        assert_eq!(rows(toml, "calendar"), [day("2026-10-01"), day("2026-10-02")]);
        let rate = |day: &str, currency: &str, rate: f64| json!({ "day": day, "currency": currency, "reporting": "EUR", "rate": rate });
        assert_eq!(rows(toml, "fx_rates"), [rate("1970-01-01", "EUR", 1.0), rate("2026-10-01", "CNY", 0.13)]);
    }

    #[test]
    fn every_row_is_inserted_in_statements_of_a_bounded_size() {
        let rows: Vec<Value> = (0..5_000).map(|id| json!({ "id": id, "name": "x".repeat(50) })).collect();
        let statements = inserts("t", &rows);
        assert!(statements.len() > 1 && statements.iter().all(|statement| statement.len() <= STATEMENT_BYTES));
        let sent: Vec<&str> = statements.iter().flat_map(|statement| statement.lines().skip(1)).collect();
        assert_eq!(sent, rows.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
}
