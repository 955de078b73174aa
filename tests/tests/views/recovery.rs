//! What came of alerts: who stayed, what it cost, whether the rules were right, and whose revenue is still at risk.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::cases::{at, case, event, opened};
use crate::fixture::{check, feedback, id_of, order, profile, response, shared, with};

/// An alert about a customer on a day of March 2009, with the case of that name.
fn alert(name: &str, day: u32, fields: Value) -> Value {
    let row = json!({
        "alert_id": id_of(&format!("alert {name}")), "rule": "saved", "subject_kind": "customer", "subject": name, "customer_key": name, "brand": "Alba",
        "tier": "loyal", "severity": "high", "occurred_at": at(day, 0), "alert_at": at(day, 31), "paged": true, "case_id": id_of(name),
    });
    with(row, fields)
}

/// An order of a customer on a day of 2009, month and day.
fn bought(customer: &str, (month, day): (u32, u32), fields: Value) -> Value {
    let name = format!("{customer}-{month}-{day}");
    let when = format!("2009-{month:02}-{day:02} 12:00:00.000");
    with(
        order(&name, customer, 1, "paid", 1),
        with(json!({ "occurred_at": when, "updated_at": when, "amount": 100 }), fields),
    )
}

/// What the customers of one test ordered before their alert and after it.
fn orders_around_the_alert() -> Vec<Value> {
    let plain = || json!({});
    let often = |customer: &str| [(1, 1), (1, 11), (1, 21)].map(|day| bought(customer, day, plain()));
    let mut orders = Vec::new();
    for customer in ["h-bought", "h-left", "h-ended", "h-missed"] {
        orders.extend(often(customer));
    }
    orders.extend([
        bought("h-bought", (4, 10), plain()),
        // Too late, cancelled, of a competitor: not bought again.
        bought("h-late", (5, 1), plain()),
        bought("h-once", (3, 20), json!({ "status": "cancelled" })),
        bought("h-once", (3, 21), json!({ "brand": "Rival" })),
        bought("h-once", (2, 1), json!({ "currency": "USD" })),
        bought("h-whole", (2, 1), plain()),
        bought("h-merged", (3, 20), plain()),
        bought("h-ended", (3, 20), plain()),
    ]);
    orders
}

#[test]
fn who_stayed_after_an_alert_is_told_beside_who_was_not_spoken_to() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 16;
    let plain = || json!({});
    let of_brand = || json!({ "brand": "Repaid" });
    let names = ["h-bought", "h-left", "h-ended", "h-once", "h-late", "h-missed", "h-merged", "h-soon"];
    let mut alerts: Vec<Value> = names.iter().map(|name| alert(name, day, of_brand())).collect();
    alerts.extend([
        // A second alert in the window counts no second time, nobody's is not counted, one too late has no days yet.
        alert("h-bought again", 20, json!({ "brand": "Repaid", "customer_key": "h-bought", "case_id": null })),
        alert("h-nobody", day, json!({ "customer_key": null })),
    ]);
    alerts[7] = alert("h-soon", 28, of_brand());
    database.insert("alerts", &alerts);
    let ended = with(profile("h-ended", 1, &[]), json!({ "updated_at": at(25, 0), "status": "churned" }));
    let whole = with(profile("h-whole", 1, &[("customer_id", "h-merged")]), json!({ "updated_at": at(1, 0) }));
    database.insert("customers", &[ended, whole]);
    database.insert("orders", &orders_around_the_alert());
    let spoken = ["h-bought", "h-left", "h-ended", "h-merged", "h-once", "h-soon"];
    database.insert("cases", &spoken.map(|name| case(name, day, of_brand())));
    let mut events: Vec<Value> = spoken.iter().map(|name| opened(name, day)).collect();
    events.extend(spoken.iter().map(|name| event(name, (day, 60), ("contacted", "contacted"), plain())));
    events.extend([
        event("h-bought", (day, 70), ("compensated", ""), json!({ "amount": "20", "currency": "CNY" })),
        // Five days from a rate of exchange: before the first there is none.
        event("h-left", (day, 70), ("compensated", ""), json!({ "amount": "3", "currency": "EUR" })),
        event("h-soon", (29, 0), ("contacted", "contacted"), plain()),
        event("h-late", (day, 70), ("contacted", "contacted"), json!({ "by_human": false })),
    ]);
    database.insert("case_events", &events);
    let window =
        "from = '2009-03-01 00:00:00', until = '2009-04-01 00:00:00', as_of = '2009-04-20 00:00:00', days = 30";
    check(
        &database,
        &format!(
            "SELECT customer_key, contacted, outcome, formatDateTime(bought_at, '%m-%d'), revenue, currency FROM hearken.v_alert_outcomes({window}) WHERE rule = 'saved' ORDER BY customer_key"
        ),
        &[
            "h-bought true bought 04-10 300 CNY",
            r"h-ended true left 03-20 300 CNY",
            r"h-late false unknown \N \N CNY",
            r"h-left true left \N 300 CNY",
            r"h-missed false left \N 300 CNY",
            r"h-once true unknown \N \N CNY",
            r"h-soon true too early \N \N \N",
            "h-whole true bought 03-20 100 CNY",
        ],
    );
    check(
        &database,
        &format!(
            "SELECT contacted, alerted, too_early, bought, left_, unknown_, n, save_rate, round(save_rate_low, 4), round(save_rate_high, 4), bought_share, \
             round(bought_share_low, 4) FROM hearken.v_save_rate({window}) WHERE rule = 'saved' ORDER BY contacted"
        ),
        &["false 2 0 0 1 1 2 0 0 0.7935 0 0", "true 6 1 2 2 1 5 0.5 0.15 0.85 0.4 0.1176"],
    );
    let recovery = |window: &str| {
        format!(
            "SELECT compensated_cases, cost, unconverted_costs, customers, saved, saved_with_revenue, revenue_kept, currency FROM hearken.v_recovery({window}) \
             WHERE brand = 'Repaid'"
        )
    };
    check(&database, &recovery(window), &["2 20 1 5 2 2 400 CNY"]);
    // Nothing to add up is not zero.
    check(
        &database,
        &recovery(
            "from = '2009-03-16 10:05:00', until = '2009-03-16 10:11:00', as_of = '2009-04-20 00:00:00', days = 30",
        ),
        &[r"2 20 1 0 0 0 \N CNY"],
    );
}

#[test]
fn a_rule_is_as_right_as_people_say() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 2;
    let names: Vec<String> = (0..6).map(|n| format!("p-{n}")).collect();
    let of = json!({ "rule": "judged", "brand": "Judged" });
    database.insert("alerts", &names.iter().map(|name| alert(name, day, of.clone())).collect::<Vec<_>>());
    database.insert(
        "alerts",
        &[
            alert("p-0", day, of.clone()),
            alert("p-told", day, with(of.clone(), json!({ "paged": false, "case_id": null }))),
        ],
    );
    database.insert("cases", &names.iter().map(|name| case(name, day, of.clone())).collect::<Vec<_>>());
    let mut events: Vec<Value> = names.iter().map(|name| opened(name, day)).collect();
    let happened = |name: &str, kind: &str, state: &str| event(name, (day, 60), (kind, state), json!({}));
    events.extend([
        happened("p-0", "resolved", "resolved"),
        happened("p-1", "closed", "closed"),
        happened("p-2", "wrong_reason", ""),
        happened("p-3", "not_a_customer", "closed"),
        // Only taken on so far, and closed by nobody: not judged.
        happened("p-4", "acknowledged", "acknowledged"),
        with(happened("p-5", "closed", "closed"), json!({ "by_human": false })),
    ]);
    database.insert("case_events", &events);
    let precision = |from: &str| {
        format!(
            "SELECT alerts, paged, cases, judged, wrong_reason, not_a_customer, right_, precision, round(precision_low, 4), round(precision_high, 4) \
             FROM hearken.v_alert_precision(from = '{from}', until = '2009-04-01 00:00:00') WHERE rule = 'judged'"
        )
    };
    check(&database, &precision("2009-03-01 00:00:00"), &["7 6 6 4 1 1 2 0.5 0.15 0.85"]);
    check(&database, &precision("2009-03-03 00:00:00"), &[]);
}

#[test]
fn scores_before_and_after_a_case_are_compared_in_pairs() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 17;
    let answers = |value: f64| [("q", "nps", Some(value), Some(10.0), None)];
    let said = |number: u64, customer: Option<&str>, day: u32, value: f64, fields: Value| {
        let row = json!({ "customer_id": customer, "occurred_at": at(day, 0), "source": "paired", "store_id": null });
        response(number, &answers(value), with(row, fields))
    };
    let names: Vec<String> = (0..6).map(|n| format!("q-{n}")).collect();
    database.insert("cases", &names.iter().map(|name| case(name, day, json!({}))).collect::<Vec<_>>());
    let mut rows = Vec::new();
    for (n, (before, after)) in [(2.0, 6.0), (3.0, 8.0), (5.0, 5.0), (4.0, 9.0), (6.0, 5.0)].into_iter().enumerate() {
        let (number, name) = (93_000 + n as u64 * 10, names[n].as_str());
        rows.push(said(number, Some(name), 10, before, json!({})));
        // The answer names the case; who gave it may not say so.
        rows.push(said(number + 1, (n > 0).then_some(name), 20, after, json!({ "case_id": id_of(name) })));
    }
    rows.extend([
        // An earlier one, one between, one of the other kind of survey, a second answer, one that names no case of ours.
        said(93_100, Some("q-0"), 5, 10.0, json!({})),
        said(93_101, Some("q-0"), 18, 10.0, json!({})),
        said(93_102, Some("q-0"), 12, 10.0, json!({ "survey_kind": "relationship" })),
        said(93_103, Some("q-0"), 25, 0.0, json!({ "case_id": id_of("q-0") })),
        said(93_104, Some("q-5"), 25, 0.0, json!({ "case_id": id_of("q-5") })),
        said(93_105, Some("q-5"), 25, 0.0, json!({ "case_id": "CRM-1" })),
    ]);
    database.insert("feedback", &rows);
    let scores = |until: &str| {
        format!(
            "SELECT metric, survey_kind, scale, n, before_mean, after_mean, round(difference, 4), round(difference_low, 3), round(difference_high, 3), higher, lower_ \
             FROM hearken.v_case_scores(from = '2009-03-01 00:00:00', until = '{until}')"
        )
    };
    // Differences 4, 5, 0, 5, -1: mean 2.6, deviation 2.881, t 2.730.
    check(&database, &scores("2009-04-01 00:00:00"), &["nps transactional 0-10 5 4 6.6 2.6 -0.917 6.117 3 1"]);
    check(&database, &scores("2009-03-20 00:00:00"), &[]);
    let one = scores("2009-04-01 00:00:00").replace("2009-03-01", "2009-03-25");
    check(&database, &one, &[r"nps transactional 0-10 1 2 0 -2 \N \N 0 1"]);
}

/// Strong words of the morning of a day, but for these fields.
fn severe(number: u64, fields: Value) -> Value {
    let row = json!({ "customer_id": null, "source": "risky", "occurred_at": at(23, 0), "sentiment": "negative", "sentiment_score": -0.9, "text": "never again" });
    feedback(number, with(row, fields))
}

#[test]
fn what_a_case_resolved_is_no_risk_and_stands_in_the_customers_life() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 23;
    let names = ["k-closed", "k-open", "k-resolved", "k-again", "k-since", "k-mistake", "k-merged"];
    let mut rows: Vec<Value> =
        names.iter().zip(94_000..).map(|(name, number)| severe(number, json!({ "customer_id": name }))).collect();
    rows.extend([
        severe(94_010, json!({ "customer_id": "k-since", "occurred_at": at(day, 90) })),
        severe(94_011, json!({ "author_key": "k-author" })),
        severe(94_012, json!({ "customer_id": "k-later", "occurred_at": at(day, 0) })),
    ]);
    database.insert("feedback", &rows);
    database.insert(
        "customers",
        &[
            with(profile("k-whole", 1, &[("customer_id", "k-merged")]), json!({ "updated_at": at(1, 0) })),
            with(profile("k-bearer", 1, &[("handle", "k-author")]), json!({ "updated_at": at(1, 0) })),
        ],
    );
    let mut cases: Vec<Value> = names.iter().map(|name| case(name, day, json!({}))).collect();
    cases.extend([
        case("k-author", day, json!({ "subject_kind": "author", "customer_key": null })),
        case("k-later", day, json!({})),
    ]);
    let mut events: Vec<Value> = cases.iter().map(|case| opened(case["subject"].as_str().unwrap(), day)).collect();
    let happened =
        |name: &str, minutes: u32, kind: &str, state: &str| event(name, (day, minutes), (kind, state), json!({}));
    events.extend([
        happened("k-closed", 60, "closed", "closed"),
        happened("k-open", 60, "contacted", "contacted"),
        happened("k-resolved", 60, "resolved", "resolved"),
        happened("k-again", 60, "closed", "closed"),
        happened("k-again", 70, "reopened", "open"),
        happened("k-since", 60, "resolved", "resolved"),
        happened("k-mistake", 60, "wrong_reason", ""),
        happened("k-merged", 60, "resolved", "resolved"),
        happened("k-author", 60, "resolved", "resolved"),
        // Closed after the day that is asked of.
        event("k-later", (25, 0), ("closed", "closed"), json!({})),
    ]);
    database.insert("cases", &cases);
    database.insert("case_events", &events);
    check(
        &database,
        "SELECT customer_key FROM hearken.v_revenue_at_risk(as_of = '2009-03-24 00:00:00') WHERE customer_key LIKE 'k-%' ORDER BY customer_key",
        &["k-again", "k-later", "k-open", "k-since"],
    );
    check(
        &database,
        "SELECT customer_key FROM hearken.v_revenue_at_risk(as_of = '2009-03-26 00:00:00') WHERE customer_key = 'k-later'",
        &[],
    );
    let told = json!({ "note": "sorry", "amount": "9.90", "currency": "CNY" });
    database.insert("case_events", &[event("k-merged", (day, 61), ("compensated", ""), told)]);
    database.insert(
        "alerts",
        &[alert("k-merged", day, json!({ "rule": "risky", "paged": false, "unpaged_because": "old" }))],
    );
    check(
        &database,
        "SELECT formatDateTime(at, '%H:%i'), kind, title, detail FROM hearken.v_customer_timeline(customer = 'k-whole') WHERE kind != 'profile' ORDER BY at, kind",
        &[
            "09:00 feedback review never again",
            "09:31 alert risky high · old",
            "09:31 case opened shop",
            "10:00 case resolved ",
            "10:01 case compensated 9.90 CNY · sorry",
        ],
    );
}
