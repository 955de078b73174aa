//! Whether cases were answered in time, by the customer's clock and by the owner's.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::cases::{at, case, event, opened};
use crate::fixture::{check, shared, with};

/// Cases of one rule, each with its opening.
fn begun(rule: &str, day: u32, cases: &[(&str, Value)]) -> (Vec<Value>, Vec<Value>) {
    let row = |(name, fields): &(&str, Value)| with(case(name, day, json!({ "rule": rule })), fields.clone());
    (cases.iter().map(row).collect(), cases.iter().map(|(name, _)| opened(name, day)).collect())
}

#[test]
fn each_clock_is_kept_or_missed_by_itself() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 6;
    let plain = || json!({});
    let (cases, mut events) = begun(
        "clock",
        day,
        &[
            ("s-quick", plain()),
            // The source kept it for so long that the owner was in time and the customer waited.
            ("s-owner", json!({ "received_at": at(day, 40) })),
            ("s-customer", json!({ "customer_due_at": at(day, 180) })),
            ("s-never", plain()),
            ("s-day", json!({ "time_precision": "day", "customer_due_at": null })),
            // Not due yet, answered all the same.
            ("s-early", json!({ "customer_due_at": at(8, 0), "due_at": at(8, 0) })),
            ("s-machine", plain()),
            ("s-again", plain()),
        ],
    );
    let acknowledged =
        |name: &str, minutes: u32| event(name, (day, minutes), ("acknowledged", "acknowledged"), json!({}));
    events.extend([
        acknowledged("s-quick", 60),
        acknowledged("s-owner", 135),
        acknowledged("s-customer", 170),
        acknowledged("s-day", 60),
        acknowledged("s-early", 60),
        with(acknowledged("s-machine", 40), json!({ "by_human": false, "actor": "hearken" })),
        event("s-never", (day, 40), ("noted", ""), json!({ "note": "will call" })),
        acknowledged("s-again", 60),
        event("s-again", (day, 61), ("closed", "closed"), json!({})),
        event("s-again", (day, 200), ("reopened", "open"), json!({})),
        acknowledged("s-again", 300),
    ]);
    database.insert("cases", &cases);
    database.insert("case_events", &events);
    let sla = |as_of: &str| {
        format!(
            "SELECT day, owner, department, cases, customer_due, customer_met, customer_breached, round(customer_met_share, 4), round(customer_met_low, 4), \
             round(customer_met_high, 4), no_customer_clock, owner_due, owner_met, owner_breached, round(owner_met_share, 4), past_due \
             FROM hearken.v_sla(as_of = '{as_of}') WHERE rule = 'clock'"
        )
    };
    check(&database, &sla("2009-03-07 00:00:00"), &["2009-03-06 li shop 8 6 3 3 0.5 0.1876 0.8124 1 7 4 3 0.5714 2"]);
    // Five minutes after the customer's time: whoever answered later has not yet, and the owner's time has not come.
    check(&database, &sla("2009-03-06 11:05:00"), &[r"2009-03-06 li shop 8 5 2 3 0.4 0.1176 0.7693 1 0 0 0 \N 0"]);
    check(&database, &sla("2009-03-06 10:30:00"), &[r"2009-03-06 li shop 8 0 0 0 \N \N \N 1 0 0 0 \N 0"]);
    check(&database, &sla("2009-03-06 09:30:00"), &[]);
    // What is known to the day has no delay that could be told.
    check(
        &database,
        "SELECT source_delay_n, source_delay_median_ms, round(source_delay_p90_ms) FROM hearken.v_sla(as_of = '2009-03-07 00:00:00') WHERE rule = 'clock'",
        &["7 1800000 2040000"],
    );
    check(
        &database,
        "SELECT subject, customer_met, owner_met FROM hearken.v_cases WHERE rule = 'clock' ORDER BY subject",
        &[
            "s-again true true",
            "s-customer true false",
            r"s-day \N true",
            "s-early true true",
            "s-machine false false",
            "s-never false false",
            "s-owner false true",
            "s-quick true true",
        ],
    );
}

#[test]
fn nothing_is_decided_while_there_is_time() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let ahead = json!({ "customer_due_at": "2099-01-01 00:00:00.000", "due_at": "2099-01-01 00:00:00.000" });
    let (cases, events) = begun("ahead", 6, &[("t-ahead", ahead)]);
    database.insert("cases", &cases);
    database.insert("case_events", &events);
    check(&database, "SELECT customer_met, owner_met FROM hearken.v_cases WHERE rule = 'ahead'", &[r"\N \N"]);
    check(
        &database,
        "SELECT past_due, past_customer_due, late_seconds FROM hearken.v_open_cases WHERE rule = 'ahead'",
        &["false false 0"],
    );
}

#[test]
fn a_case_counts_for_who_answered_it_on_the_brands_own_day() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 9;
    // Eight in the evening in London is the next day in Shanghai.
    let (cases, mut events) = begun(
        "owners",
        day,
        &[
            ("o-before", json!({})),
            ("o-after", json!({})),
            ("o-night", json!({ "opened_at": at(day, 660), "due_at": at(day, 780) })),
        ],
    );
    let handed = |name: &str, minutes: u32| {
        event(name, (day, minutes), ("handed_over", ""), json!({ "owner": "wu", "department": "quality" }))
    };
    let contacted = |name: &str, minutes: u32| event(name, (day, minutes), ("contacted", "contacted"), json!({}));
    events.extend([
        handed("o-before", 40),
        contacted("o-before", 50),
        contacted("o-after", 50),
        handed("o-after", 60),
        handed("o-night", 700),
    ]);
    database.insert("cases", &cases);
    database.insert("case_events", &events);
    check(
        &database,
        "SELECT day, owner, department, cases, owner_due, owner_met FROM hearken.v_sla(as_of = '2009-03-11 00:00:00') WHERE rule = 'owners' ORDER BY day, owner",
        &["2009-03-09 li shop 1 1 1", "2009-03-09 wu quality 1 1 1", "2009-03-10 wu quality 1 1 0"],
    );
}

#[test]
fn the_first_response_is_told_with_who_still_waits() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 12;
    let dated = json!({ "time_precision": "day", "customer_due_at": null });
    let (cases, mut events) = begun(
        "waited",
        day,
        &[("w-1", json!({})), ("w-2", json!({})), ("w-3", json!({})), ("w-4", dated), ("w-5", json!({}))],
    );
    let contacted = |name: &str, minutes: u32| event(name, (day, minutes), ("contacted", "contacted"), json!({}));
    events.extend([contacted("w-1", 40), contacted("w-2", 60), contacted("w-3", 150), contacted("w-4", 90)]);
    database.insert("cases", &cases);
    database.insert("case_events", &events);
    let response = |from: &str, until: &str| {
        format!(
            "SELECT cases, n, unanswered, median_seconds, round(p90_seconds), customer_n, customer_median_seconds, round(customer_p90_seconds) \
             FROM hearken.v_first_response(from = '{from}', until = '{until}') WHERE rule = 'waited'"
        )
    };
    check(&database, &response("2009-03-12 00:00:00", "2009-03-13 00:00:00"), &["5 4 1 2700 6120 3 3600 7920"]);
    check(&database, &response("2009-03-12 00:00:00", "2009-03-12 09:35:00"), &[r"5 0 5 \N \N 0 \N \N"]);
    check(&database, &response("2009-03-13 00:00:00", "2009-03-14 00:00:00"), &[]);
}

#[test]
fn each_department_has_a_case_until_it_hands_it_over() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 13;
    let (cases, mut events) = begun("moved", day, &[("v-moved", json!({}))]);
    let to = |minutes: u32, owner: &str, department: &str| {
        event("v-moved", (day, minutes), ("handed_over", ""), json!({ "owner": owner, "department": department }))
    };
    events.extend([
        to(51, "wu", "quality"),
        event("v-moved", (day, 55), ("noted", ""), json!({ "note": "ours" })),
        to(61, "li", "shop"),
        event("v-moved", (day, 71), ("closed", "closed"), json!({})),
        event("v-moved", (day, 91), ("reopened", "open"), json!({})),
        to(101, "wu", "quality"),
    ]);
    database.insert("cases", &cases);
    database.insert("case_events", &events);
    let spent = |as_of: &str| {
        format!(
            "SELECT department, elapsed_seconds, stays, has_it_now FROM hearken.v_case_departments(as_of = '{as_of}') WHERE rule = 'moved' ORDER BY department"
        )
    };
    check(&database, &spent("2009-03-13 11:01:00"), &["quality 1800 2 true", "shop 2400 2 false"]);
    check(&database, &spent("2009-03-13 10:21:00"), &["quality 600 1 false", "shop 1800 2 false"]);
    check(&database, &spent("2009-03-13 09:41:00"), &["shop 600 1 true"]);
    check(&database, &spent("2009-03-13 09:30:00"), &[]);
}
