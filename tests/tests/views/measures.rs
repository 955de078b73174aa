//! What a company measures itself by: from the catalog's file into tables.

use std::fs;
use std::sync::PoisonError;

use crate::fixture::{CATALOG, check, load, shared};

/// The demo's own catalog.
const SAMPLE: &str = include_str!("../../../deploy/local/catalog.toml");

#[test]
fn indicators_days_and_rates_are_replaced_as_a_whole() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let said = load(&database, SAMPLE);
    assert!(said.ends_with("11 indicators, 11 days of the calendar, 3 fx rates\n"), "{said}");
    check(
        &database,
        "SELECT parent, count(), round(sum(weight), 6), countIf(metric = '') FROM hearken.indicators GROUP BY parent ORDER BY parent",
        &[" 1 1 1", "after 3 1 0", "before 2 1 0", "buying 2 1 0", "journey 3 1 3"],
    );
    check(
        &database,
        "SELECT metric, brand, scope, weight, target FROM hearken.indicators WHERE id IN ('journey', 'relationship') ORDER BY id",
        &["  {} 1 65", "nps  {'survey_kind':'relationship'} 0.3 30"],
    );
    check(
        &database,
        "SELECT day, brand, kind, name FROM hearken.calendar WHERE day >= '2026-10-07' AND day < '2026-12-01' ORDER BY day",
        &["2026-10-07  holiday 国庆节", "2026-11-10  sale 双十一", "2026-11-11  sale 双十一"],
    );
    let rates = "SELECT day, currency, reporting, rate FROM hearken.fx_rates ORDER BY currency, day";
    check(
        &database,
        rates,
        &["1970-01-01 CNY CNY 1", "2026-01-01 EUR CNY 7.8", "2026-10-01 EUR CNY 7.9", "2026-01-01 JPY CNY 0.048"],
    );
    let file = database.directory().join("unweighed.toml");
    fs::write(
        &file,
        "indicators = [{ id = 'a', name = 'A' }, { id = 'b', parent = 'a', name = 'B', metric = 'nps', weight = 0.5 }]\n\
         fx_rates = [{ day = '2026-10-01', currency = 'CNY', rate = 1 }]",
    )
    .unwrap();
    let wrong = database.hearken(&["catalog", "load", file.to_str().unwrap()]);
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(
        wrong.err.contains("indicator \"a\": the weights of its parts sum to 0.5, not to 1\nfx_rate of \"CNY\""),
        "{wrong:?}"
    );
    load(&database, "[customers]\nreporting_currency = 'EUR'");
    check(&database, rates, &["1970-01-01 EUR EUR 1"]);
    check(
        &database,
        "SELECT (SELECT count() FROM hearken.indicators), (SELECT count() FROM hearken.calendar)",
        &["0 0"],
    );
    load(&database, CATALOG);
}
