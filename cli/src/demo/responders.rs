//! What the demo tells those who answer customers: who is to be called first, and where the page of that case is.

use anyhow::{Context, Result};
use hearken_alert::link::{Secret, address, sign};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use toml::Table;
use uuid::Uuid;

use super::words::{count, number, text};
use crate::sql::pretty;
use crate::store::Store;

/// The configuration that the local service runs with.
const ALERT: &str = include_str!("../../../deploy/local/alert.toml");

/// How long the link that is shown is good.
const GOOD: SignedDuration = SignedDuration::from_hours(72);

const RAISED: &str = "SELECT count() AS alerts, countIf(paged) AS paged, uniqExact(rule) AS rules,
    (SELECT count() FROM v_open_cases) AS cases, (SELECT countIf(due_at < now()) FROM v_open_cases WHERE isNull(first_response_at)) AS late
  FROM v_alerts";

const FIRST: &str =
    "SELECT rule, tier, round(risk) AS risk, brand, owner, state, dateDiff('minute', now(), due_at) AS due_in_minutes
  FROM v_open_cases WHERE paged ORDER BY urgent DESC, ifNull(risk, 0) DESC, due_at LIMIT 5";

const PAGE: &str =
    "SELECT case_id, owner FROM v_open_cases WHERE paged ORDER BY urgent DESC, ifNull(risk, 0) DESC, due_at LIMIT 1";

/// Prints who is to be called first; returns what was raised, for the last line.
pub(super) async fn tell_responders(store: &Store, cases_url: &str) -> Result<Value> {
    let raised: Vec<Value> = store.rows(RAISED).await?;
    let of = |column: &str| raised.first().map_or(0.0, |row| number(&row[column]));
    println!("For those who answer\n");
    println!(
        "{} alerts by {} rules, {} of them told at once; {} cases are open, {} of them past due",
        count(of("alerts")),
        count(of("rules")),
        count(of("paged")),
        count(of("cases")),
        count(of("late"))
    );
    if of("cases") > 0.0 {
        println!("Who is to be called first, and by when?\n{}\n  {FIRST}\n", pretty(store, FIRST).await?);
    }
    if let Some(case) = store.rows::<Value>(PAGE).await?.first() {
        println!("The first one's page, as its owner gets it on the telephone:\n  {}\n", link(cases_url, case)?);
    }
    Ok(json!({ "alerts": of("alerts"), "paged": of("paged"), "cases": of("cases") }))
}

/// Signs the link as the service would.
fn link(cases_url: &str, case: &Value) -> Result<String> {
    let configuration: Table = ALERT.parse().context("deploy/local/alert.toml")?;
    let secret = configuration.get("alert").and_then(|alert| alert.get("link_secret")?.as_str()).unwrap_or_default();
    let secret = Secret::new(secret).context("deploy/local/alert.toml")?;
    let id: Uuid = text(&case["case_id"]).parse().context("a case's id")?;
    let until = Timestamp::now().checked_add(GOOD)?;
    Ok(address(cases_url, &sign(&secret, id, text(&case["owner"]), until)))
}
