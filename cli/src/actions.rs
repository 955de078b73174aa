//! What the company did to get better: written down here, judged by the view `v_action_effect`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use hearken_schemas::catalog::folded;
use hearken_schemas::id::operation_id;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::Endpoints;
use crate::sql::pretty;
use crate::store::{Store, quoted};

/// Arguments of `hearken actions`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Write down what was done and what it is about; with nothing said it is about everything, and nothing is left to compare it with
    Add {
        #[command(flatten)]
        done: Box<Done>,
        #[command(flatten)]
        endpoints: Endpoints,
    },
    /// Show every action with what came of it
    List {
        #[command(flatten)]
        endpoints: Endpoints,
    },
}

/// An action as it is told.
#[derive(Args)]
struct Done {
    /// What was done, in a sentence
    #[arg(long, value_parser = said)]
    what: String,
    /// Who answers for it
    #[arg(long, value_parser = said)]
    owner: String,
    /// When it began to hold: 2026-11-01T09:00:00+08:00, or 2026-11-01 or '2026-11-01 09:00', which are read in UTC
    #[arg(long, value_parser = moment)]
    started_at: Timestamp,
    /// The topic it is meant to change
    #[arg(long, default_value = "", hide_default_value = true)]
    topic: String,
    /// The store or other place it is about, with all below it
    #[arg(long, default_value = "", hide_default_value = true)]
    store: String,
    /// The touchpoint it is about
    #[arg(long, default_value = "", hide_default_value = true)]
    touchpoint: String,
    /// The product or group of products it is about, with all below it
    #[arg(long, default_value = "", hide_default_value = true)]
    product: String,
    /// The brand it is about, as the catalog names it
    #[arg(long, default_value = "", hide_default_value = true)]
    brand: String,
    /// Whatever else is worth knowing
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
}

impl Done {
    /// Returns its identity: the same action told twice is one.
    fn id(&self) -> String {
        let at = self.started_at.to_string();
        let scope = [&self.topic, &self.store, &self.touchpoint, &self.product, &self.brand].map(|part| part.trim());
        operation_id("action", &[[self.what.trim(), &at].as_slice(), &scope].concat()).to_string()
    }

    fn row(&self) -> String {
        json!({
            "action_id": self.id(),
            "what": self.what.trim(),
            "owner": self.owner.trim(),
            "started_at": self.started_at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
            "topic": self.topic.trim(),
            "store_id": self.store.trim(),
            "touchpoint": self.touchpoint.trim(),
            "product_id": self.product.trim(),
            "brand": self.brand.trim(),
            "note": self.note.trim(),
        })
        .to_string()
    }

    /// Returns what it names, what knows such names, and how to ask for this one.
    fn named(&self) -> Vec<(String, &'static str, String)> {
        let is = |table: &str, column: &str, name: &str| {
            format!("SELECT count() FROM {table} WHERE {column} = {}", quoted(name))
        };
        let spoken = format!(
            "SELECT count() FROM (SELECT 1 FROM feedback WHERE has(aspects.topic, {}) LIMIT 1)",
            quoted(self.topic.trim())
        );
        let all = [
            ("topic", &self.topic, "feedback so far", spoken),
            ("store", &self.store, "the catalog's places", is("places", "id", self.store.trim())),
            (
                "touchpoint",
                &self.touchpoint,
                "the known touchpoints",
                is("touchpoints", "touchpoint", &folded(self.touchpoint.trim())),
            ),
            ("product", &self.product, "the catalog's products", is("products", "id", self.product.trim())),
            ("brand", &self.brand, "the catalog's brands", is("brands", "name", self.brand.trim())),
        ];
        let told = all.into_iter().filter(|(_, name, _, _)| !name.trim().is_empty());
        told.map(|(kind, name, place, sql)| (format!("{kind} {:?}", name.trim()), place, sql)).collect()
    }
}

/// Runs `hearken actions`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.action {
        Action::Add { done, endpoints } => add(&Store::new(&endpoints)?, &done).await?,
        Action::List { endpoints } => list(&Store::new(&endpoints)?).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn add(store: &Store, done: &Done) -> Result<()> {
    let id = done.id();
    if store.number(&format!("SELECT count() FROM actions WHERE action_id = {}", quoted(&id))).await? > 0 {
        bail!("this action is written down already ({id}); see hearken actions list");
    }
    let named = done.named();
    if named.is_empty() {
        eprintln!(
            "hearken: it is about everything, so nothing is left to compare it with; add --topic, --store, --touchpoint, --product or --brand"
        );
    }
    for (name, place, sql) in named {
        if store.number(&sql).await? == 0 {
            eprintln!("hearken: {name} is not in {place}; it is written down as it stands");
        }
    }
    store.execute(&format!("INSERT INTO actions FORMAT JSONEachRow\n{}", done.row())).await?;
    println!("{id}: {:?}, from {} UTC", done.what.trim(), done.started_at.strftime("%Y-%m-%d %H:%M"));
    Ok(())
}

async fn list(store: &Store) -> Result<()> {
    if store.number("SELECT count() FROM actions").await? == 0 {
        println!("no action is written down; hearken actions add does it");
        return Ok(());
    }
    let now = Timestamp::now().strftime("%Y-%m-%d %H:%M:%S");
    let sql = format!(
        "SELECT toStartOfMinute(started_at) AS started_at, what, owner, scope, days, before_n, after_n, \
         round(effect, 3) AS effect, round(effect_low, 3) AS low, round(effect_high, 3) AS high, verdict \
         FROM v_action_effect(as_of = '{now}') ORDER BY started_at DESC, what"
    );
    print!("{}", pretty(store, &sql).await?);
    Ok(())
}

/// Reads words that say something.
fn said(words: &str) -> Result<String, String> {
    if words.trim().is_empty() { Err("there is nothing in it".to_owned()) } else { Ok(words.to_owned()) }
}

/// Reads a moment; one without a zone is UTC.
fn moment(written: &str) -> Result<Timestamp, String> {
    let written = written.trim();
    let naive = || written.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    let at = written.parse().ok().or_else(naive);
    let at = at.ok_or("that is no moment such as 2026-11-01T09:00:00+08:00 or 2026-11-01")?;
    let tabled = |at: &Timestamp| (1970..=2148).contains(&at.to_zoned(TimeZone::UTC).year());
    Some(at).filter(tabled).ok_or_else(|| "that is outside the years 1970 to 2148".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Told {
        #[command(flatten)]
        done: Done,
    }

    fn told(arguments: &[&str]) -> Result<Done, String> {
        let all = ["x", "--what", "Thicker boxes", "--owner", "Li", "--started-at", "2026-11-01"];
        Told::try_parse_from(all.iter().chain(arguments)).map(|told| told.done).map_err(|error| error.to_string())
    }

    #[test]
    fn a_moment_has_a_zone_or_is_utc() {
        for (written, expected) in [
            ("2026-11-01T09:00:00+08:00", Some("2026-11-01T01:00:00Z")),
            ("2026-11-01T09:00:00Z", Some("2026-11-01T09:00:00Z")),
            ("2026-11-01", Some("2026-11-01T00:00:00Z")),
            (" 2026-11-01 09:30 ", Some("2026-11-01T09:30:00Z")),
            ("1969-12-31", None),
            ("yesterday", None),
            ("2026-02-30", None),
            ("", None),
        ] {
            assert_eq!(moment(written).ok().map(|at| at.to_string()).as_deref(), expected, "{written}");
        }
    }

    #[test]
    fn an_action_told_twice_is_one_and_another_scope_is_another() {
        let id = |arguments: &[&str]| told(arguments).map(|done| done.id()).unwrap_or_default();
        assert_eq!(id(&["--topic", "packaging"]), id(&["--topic", " packaging ", "--note", "said again"]));
        assert_ne!(id(&["--topic", "packaging"]), id(&["--store", "packaging"]));
        assert_ne!(id(&[]), id(&["--brand", "A"]));
    }

    #[test]
    fn what_is_named_is_looked_up_with_its_quotes_on() {
        let named =
            told(&["--store", "o'hare", "--touchpoint", "Check_Out"]).map(|done| done.named()).unwrap_or_default();
        assert_eq!(
            named,
            [
                (
                    "store \"o'hare\"".to_owned(),
                    "the catalog's places",
                    r"SELECT count() FROM places WHERE id = 'o\'hare'".to_owned()
                ),
                (
                    "touchpoint \"Check_Out\"".to_owned(),
                    "the known touchpoints",
                    "SELECT count() FROM touchpoints WHERE touchpoint = 'checkout'".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn nothing_is_no_deed_and_nobody_no_owner() {
        for empty in [["--what", " "], ["--owner", ""]] {
            let line = ["x", "--what", "a", "--owner", "b", "--started-at", "2026-11-01"].map(str::to_owned);
            let line = line.map(|word| {
                if word == "a" && empty[0] == "--what" || word == "b" && empty[0] == "--owner" {
                    empty[1].to_owned()
                } else {
                    word
                }
            });
            let error = Told::try_parse_from(line).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains("there is nothing in it"), "{error}");
        }
    }
}
