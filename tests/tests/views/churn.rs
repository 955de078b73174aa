//! The churn risk: golden numbers, and what must not enter it.

use std::sync::PoisonError;

use hearken_tests::database::Database;
use serde_json::{Value, json};

use crate::fixture::{check, edit, feedback, id_of, order, shared, with};

const AS_OF: &str = "2024-03-31 00:00:00";

/// Feedback of this customer at this moment.
fn said(number: u64, customer: &str, at: &str, fields: Value) -> Value {
    let fields = with(json!({ "occurred_at": format!("{at}.000"), "customer_id": customer }), fields);
    feedback(number, fields)
}

fn wants(kind: &str) -> Value {
    json!({ "intents.kind": [kind], "intents.confidence": [0.9], "intents.start": [2], "intents.end": [8], "sentiment": "negative" })
}

fn blames(category: &str) -> Value {
    json!({
        "sentiment": "negative", "aspects.category": [category], "aspects.topic": ["t"], "aspects.touchpoint": [null],
        "aspects.polarity": ["negative"], "aspects.score": [-0.6], "aspects.start": [3], "aspects.end": [7],
    })
}

/// Compares a customer's score, and each reason's category, points, signal and last digit of its feedback.
fn score(database: &Database, customer: &str, expected: &[&str]) {
    let statement = format!(
        "SELECT score, top_reason, arrayMap(r -> concat(r.1, ' ', toString(r.2), ' ', r.3, ' ', right(toString(r.4), 3)), reasons), \
         toInt64(round(100 * score)) = arraySum(arrayMap(r -> toInt64(round(100 * r.2)), reasons)), rules_version \
         FROM hearken.v_churn_risk(as_of = '{AS_OF}', customers = ['{customer}'])"
    );
    check(database, &statement, expected);
}

#[test]
fn reasons_sum_to_the_score_and_fade_with_time() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // 30 days are half of the 40 points of the will to leave; 8 of what is said now: 100 * (1 - exp(-28 / 60)), shared 20 : 8.
    let rows = [
        said(720_001, "risk-1", "2024-03-01 00:00:00", wants("churn")),
        said(720_002, "risk-2", "2024-03-01 00:00:00", with(blames("staff_attitude"), wants("churn"))),
        said(720_003, "risk-2", AS_OF, blames("price")),
        // What came before is relieved by what is positive later: 20 becomes 10; what came after is not.
        said(720_004, "risk-3", "2024-03-01 00:00:00", wants("churn")),
        said(720_005, "risk-3", "2024-03-15 00:00:00", json!({ "sentiment": "positive" })),
        said(720_006, "risk-3", AS_OF, blames("digital")),
        // One text is one voice; a chat left alone and its effort come on top.
        said(
            720_007,
            "risk-4",
            AS_OF,
            with(wants("churn"), json!({ "channel": "chat", "resolved": false, "effort": "high" })),
        ),
    ];
    database.insert("feedback", &rows);
    score(&database, "risk-1", &["28.34 unnamed ['unnamed 28.34 churn 001'] 1 1"]);
    score(
        &database,
        "risk-2",
        &["37.28 staff_attitude ['staff_attitude 26.63 churn 002','price 10.65 negative 003'] 1 1"],
    );
    score(&database, "risk-3", &["25.9 unnamed ['unnamed 14.39 churn 004','product 11.51 negative 006'] 1 1"]);
    let all =
        "60.66 unnamed ['unnamed 43.33 churn 007','unnamed 10.83 unresolved 007','unnamed 6.5 high_effort 007'] 1 1";
    score(&database, "risk-4", &[all]);
    score(&database, "risk-nobody", &[]);
}

#[test]
fn nothing_that_came_later_enters_nor_what_is_no_customers_word_of_an_own_brand() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let edited = said(721_006, "risk-5", "2024-03-01 00:00:00", wants("churn"));
    let mut rows = vec![
        said(721_001, "risk-5", "2024-03-31 00:00:01", wants("churn")),
        said(721_002, "risk-5", "2023-10-01 00:00:00", wants("churn")),
        said(721_003, "risk-5", AS_OF, with(wants("churn"), json!({ "brand": "Rival" }))),
        said(721_004, "risk-5", AS_OF, with(wants("churn"), json!({ "origin": "promotional" }))),
        said(721_005, "risk-6", "2024-03-01 00:00:00", wants("churn")),
        // Relief that came later than the question is none yet.
        said(721_007, "risk-6", "2024-04-01 00:00:00", json!({ "sentiment": "positive" })),
        edited.clone(),
    ];
    rows.extend(edit(&edited, json!({ "intents.kind": [], "intents.confidence": [], "intents.start": [], "intents.end": [], "sentiment": "neutral" })));
    database.insert("feedback", &rows);
    score(&database, "risk-5", &[]);
    score(&database, "risk-6", &["28.34 unnamed ['unnamed 28.34 churn 005'] 1 1"]);
}

#[test]
fn silence_counts_by_the_customers_own_interval() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let on = |name: &str, customer: &str, at: &str, status: &str, updated: &str| {
        let fields = json!({ "occurred_at": format!("{at} 00:00:00.000"), "updated_at": format!("{updated} 00:00:00.000"), "received_at": format!("{updated} 00:00:00.000") });
        with(
            order(name, customer, 1, status, 1),
            with(fields, json!({ "record_id": id_of(&format!("{name}{status}")) })),
        )
    };
    // Every ten days, the last 25 days ago: two thirds of the way from one and a half to three intervals, two thirds of 40 points.
    let mut rows: Vec<Value> = [("a", "2024-02-15"), ("b", "2024-02-25"), ("c", "2024-03-06")]
        .iter()
        .map(|(name, day)| on(&format!("still-{name}"), "risk-7", day, "paid", day))
        .collect();
    // A cancellation that came after the question was not known then.
    rows.push(on("still-c", "risk-7", "2024-03-06", "cancelled", "2024-04-02"));
    rows.push(on("still-d", "risk-7", "2024-04-03", "paid", "2024-04-03"));
    // Two purchases say nothing of what is usual.
    rows.push(on("twice-a", "risk-8", "2023-02-25", "paid", "2023-02-25"));
    rows.push(on("twice-b", "risk-8", "2023-03-05", "paid", "2023-03-05"));
    database.insert("orders", &rows);
    score(&database, "risk-7", &["35.88 unnamed ['unnamed 35.88 silence 000'] 1 1"]);
    score(&database, "risk-8", &[]);
}

#[test]
fn a_merge_takes_what_was_said_along_and_each_asks_of_a_moment_of_its_own() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let rows = [
        said(722_001, "risk-part", "2024-03-01 00:00:00", wants("churn")),
        said(722_002, "risk-9", AS_OF, with(json!({ "text": "I go to Rival" }), wants("churn"))),
    ];
    database.insert("feedback", &rows);
    database.insert(
        "customer_names",
        &[json!({ "customer_key": "risk-whole", "kind": "customer_id", "name": "risk-part" })],
    );
    score(&database, "risk-whole", &["28.34 unnamed ['unnamed 28.34 churn 001'] 1 1"]);
    score(&database, "risk-9", &["48.65 competitor ['competitor 48.65 churn 002'] 1 1"]);
    check(
        &database,
        "SELECT customer_key, at, score FROM hearken.v_risk_at(customers = ['risk-9', 'risk-whole', 'risk-whole'], \
         at = ['2024-03-30 00:00:00.000', '2024-03-01 00:00:00.000', '2024-03-31 00:00:00.000']) ORDER BY at",
        &["risk-whole 2024-03-01 00:00:00.000 48.65", "risk-whole 2024-03-31 00:00:00.000 28.34"],
    );
    // Everybody is who has a standing.
    database.insert("customer_standing", &[json!({ "customer_key": "risk-9", "tier": "loyal" })]);
    check(
        &database,
        &format!(
            "SELECT customer_key, score FROM hearken.v_churn_risk(as_of = '{AS_OF}', customers = []) WHERE customer_key LIKE 'risk-%'"
        ),
        &["risk-9 48.65"],
    );
}
