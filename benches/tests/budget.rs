//! The budget in the normal run: what does not depend on the machine, over few rows.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use hearken_benches::views::budget::Budget;
use hearken_benches::views::fill::fill;
use hearken_benches::views::local::Local;
use hearken_benches::views::measure::weigh;
use hearken_benches::views::{Figures, Measure};

const BUDGET: &str = include_str!("../budget.toml");
const ROWS: u64 = 20_000;

#[test]
fn rows_and_rollups_are_no_larger_than_the_budget_has_them() {
    let local = Local::start().unwrap();
    fill(&local, ROWS, |_, _, _| ()).unwrap();
    let mut figures = Figures::new();
    weigh(&local, true, &mut figures).unwrap();
    let budget = Budget::parse(BUDGET).unwrap();
    let weighed: Vec<&str> = figures[&Measure::BytesPerRow].keys().map(String::as_str).collect();
    for table in ["feedback", "survey_answers", "orders", "visits", "customers", "states"] {
        assert!(weighed.contains(&table), "{table} is not among {weighed:?}");
    }
    assert!(figures[&Measure::RollupRowsPerRow].contains_key("feedback_minute"));
    assert_eq!(
        budget.unknown(ROWS, &figures),
        Vec::<String>::new(),
        "run `views --rows {ROWS} --out FILE` and add what it found"
    );
    assert_eq!(budget.check(ROWS, &figures), [], "if it is worth it, put the new figure into benches/budget.toml");
}
