//! The tree of indicators: weights, gaps, and what is missing.

use std::sync::PoisonError;

use hearken_tests::database::Database;
use serde_json::{Value, json};

use crate::fixture::{check, edit, feedback, id_of, order, response, shared, with};

const JUNE: &str = "from = '2025-06-01 00:00:00', until = '2025-07-01 00:00:00'";

/// An indicator of the brand Tree: id, parent, metric, weight; what it narrows itself to.
fn indicator(of: (&str, &str, &str, f64), scope: Value) -> Value {
    json!({ "id": of.0, "parent": of.1, "name": of.0, "brand": "Tree", "metric": of.2, "scope": scope, "weight": of.3 })
}

/// Puts these indicators in the place of all others.
fn plant(database: &Database, brand: &str, indicators: &[Value]) {
    database.sql("TRUNCATE TABLE hearken.indicators");
    insert(database, brand, "indicators", indicators);
}

/// Inserts rows; what is of Tree is of this brand, which is one test's own.
fn insert(database: &Database, brand: &str, table: &str, rows: &[Value]) {
    let own =
        |row: &Value| if row["brand"] == "Tree" { with(row.clone(), json!({ "brand": brand })) } else { row.clone() };
    database.insert(table, &rows.iter().map(own).collect::<Vec<_>>());
}

/// The values of June.
fn check_june(database: &Database, columns: &str, expected: &[&str]) {
    check(database, &format!("SELECT {columns} FROM hearken.v_indicators({JUNE}) ORDER BY id"), expected);
}

/// A response of June to a question for a score.
fn scored(number: u64, kind: &str, value: f64, best: f64, fields: Value) -> Value {
    let plain = json!({ "brand": "Tree", "occurred_at": "2025-06-10 10:00:00.000", "sentiment": null, "survey_kind": "relationship" });
    response(number, &[("q", kind, Some(value), Some(best), None)], with(plain, fields))
}

/// A feeling of June.
fn felt(number: u64, sentiment: &str, fields: Value) -> Value {
    let plain = json!({ "brand": "Tree", "occurred_at": "2025-06-10 10:00:00.000", "sentiment": sentiment });
    feedback(number, with(plain, fields))
}

/// Loyalty, voices of two kinds, and stores that nobody asks.
fn experience() -> [Value; 6] {
    let target = |indicator: Value, target: f64| with(indicator, json!({ "target": target }));
    [
        target(indicator(("cx", "", "", 1.0), json!({})), 70.0),
        target(indicator(("loyal", "cx", "nps", 0.4), json!({ "survey_kind": "relationship" })), 40.0),
        target(indicator(("voice", "cx", "", 0.4), json!({})), 0.2),
        indicator(("voice delivery", "voice", "net_sentiment", 0.5), json!({ "touchpoint": "Delivery" })),
        indicator(("voice service", "voice", "net_sentiment", 0.5), json!({ "channel": "chat" })),
        target(indicator(("stores", "cx", "csat", 0.2), json!({ "store_id": "nowhere" })), 0.9),
    ]
}

/// Four visits of June to a product's page, of which one bounces.
fn visits() -> [Value; 4] {
    [("v1", "view"), ("v2", "bounce"), ("v3", "view"), ("v4", "view")].map(|(id, event)| {
        json!({
            "record_id": id_of(&format!("tree {id}{event}")), "visit_id": id, "event": event, "source": "tree", "touchpoint": "product page",
            "occurred_at": "2025-06-10 10:00:00.000", "time_precision": "second", "brand": "Tree", "customer_id": format!("tree {id}"),
        })
    })
}

#[test]
fn a_missing_part_raises_the_others_and_lowers_the_coverage() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    plant(&database, "Weighed", &experience());
    let columns = "id, level, metric, unit, round(actual, 3), round(score, 3), round(gap, 3), coverage, n";
    // Nothing is measured yet: nothing is 0.
    let none = |id: &str, level: u8, metric: &str, unit: &str| format!(r"{id} {level} {metric} {unit} \N \N \N 0 0");
    let empty = [
        none("cx", 0, "", ""),
        none("loyal", 1, "nps", "points"),
        none("stores", 1, "csat", "share"),
        none("voice", 1, "net_sentiment", "net"),
        none("voice delivery", 2, "net_sentiment", "net"),
        none("voice service", 2, "net_sentiment", "net"),
    ];
    check_june(&database, columns, &empty.each_ref().map(String::as_str));
    // 5 promoters, 3 passives, 2 detractors; at the delivery 3 are glad and 1 is not, in chats 1 and 1.
    let answers = [9, 9, 10, 10, 9, 8, 8, 7, 0, 6];
    let mut rows: Vec<Value> = answers
        .iter()
        .zip(40_000..)
        .map(|(value, number)| scored(number, "nps", f64::from(*value), 10.0, json!({})))
        .collect();
    let glad = felt(40_020, "positive", json!({ "touchpoint": "delivery" }));
    rows.extend([
        glad.clone(),
        felt(40_021, "positive", json!({ "touchpoint": "DELIVERY" })),
        felt(40_022, "positive", json!({ "touchpoint": "delivery" })),
        felt(40_023, "negative", json!({ "touchpoint": "delivery" })),
        felt(40_024, "positive", json!({ "channel": "chat" })),
        felt(40_025, "negative", json!({ "channel": "chat" })),
        // Another kind, another brand, not genuine, after the window.
        scored(40_030, "nps", 0.0, 10.0, json!({ "survey_kind": "transactional" })),
        scored(40_031, "nps", 0.0, 10.0, json!({ "brand": "Alba" })),
        scored(40_032, "nps", 0.0, 10.0, json!({ "origin": "garbled" })),
        felt(40_033, "negative", json!({ "channel": "chat", "occurred_at": "2025-07-01 00:00:00.000" })),
    ]);
    insert(&database, "Weighed", "feedback", &rows);
    let loyal = "loyal 1 nps points 30 65 -10 1 10";
    let stores = r"stores 1 csat share \N \N \N 0 0";
    let service = r"voice service 2 net_sentiment net 0 50 \N 1 2";
    check_june(
        &database,
        columns,
        &[
            // (0.4 * 65 + 0.4 * 62.5) / 0.8
            "cx 0  score 63.75 63.75 -6.25 0.8 16",
            loyal,
            stores,
            "voice 1 net_sentiment net 0.25 62.5 0.05 1 6",
            r"voice delivery 2 net_sentiment net 0.5 75 \N 1 4",
            service,
        ],
    );
    insert(&database, "Weighed", "feedback", &edit(&glad, json!({ "sentiment": "negative" })));
    check_june(
        &database,
        columns,
        &[
            "cx 0  score 57.5 57.5 -12.5 0.8 16",
            loyal,
            stores,
            "voice 1 net_sentiment net 0 50 -0.2 1 6",
            r"voice delivery 2 net_sentiment net 0 50 \N 1 4",
            service,
        ],
    );
}

#[test]
fn every_metric_is_narrowed_by_its_scope_and_nothing_is_pooled() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let wide = |indicator: Value| with(indicator, json!({ "brand": "" }));
    plant(
        &database,
        "Narrowed",
        &[
            indicator(("aspect", "", "aspect_net", 1.0), json!({ "category": "delivery", "journey_stage": "action" })),
            indicator(("bounce", "", "bounce_rate", 1.0), json!({ "touchpoint": "product page" })),
            indicator(("conversion", "", "conversion", 1.0), json!({ "journey_stage": "interest" })),
            indicator(("ease", "", "ces", 1.0), json!({})),
            indicator(("kinds", "", "nps", 1.0), json!({ "product_id": "kinds" })),
            indicator(
                ("kinds told apart", "", "nps", 1.0),
                json!({ "product_id": "kinds", "survey_kind": "transactional" }),
            ),
            indicator(("no key", "", "csat", 1.0), json!({ "colour": "red" })),
            indicator(("no metric", "", "happiness", 1.0), json!({})),
            indicator(("place", "", "csat", 1.0), json!({ "store_id": "cn" })),
            indicator(("products", "", "csat", 1.0), json!({ "product_id": "drinks" })),
            indicator(("scale", "", "csat", 1.0), json!({ "scale": "7" })),
            indicator(("scales", "", "csat", 1.0), json!({})),
            wide(indicator(("wide", "", "csat", 1.0), json!({ "campaign": "wide" }))),
        ],
    );
    let told = json!({
        "aspects.category": ["delivery", "price"], "aspects.topic": ["speed", "price"], "aspects.touchpoint": ["delivery", null],
        "aspects.polarity": ["positive", "negative"], "aspects.score": [1, -1], "aspects.start": [0, 0], "aspects.end": [0, 0],
    });
    let agreed = json!({ "answers.direction": ["agree"] });
    insert(
        &database,
        "Narrowed",
        "feedback",
        &[
            felt(40_100, "positive", told),
            scored(40_101, "ces", 6.0, 7.0, agreed.clone()),
            scored(40_102, "ces", 2.0, 7.0, agreed),
            scored(40_103, "ces", 5.0, 5.0, json!({})),
            scored(40_104, "nps", 9.0, 10.0, json!({ "product_id": "kinds" })),
            scored(40_105, "nps", 0.0, 10.0, json!({ "product_id": "kinds", "survey_kind": "transactional" })),
            scored(40_106, "csat", 5.0, 5.0, json!({ "store_id": "s1" })),
            scored(40_107, "csat", 1.0, 5.0, json!({ "store_id": "s2", "product_id": "oolong" })),
            scored(40_108, "csat", 7.0, 7.0, json!({})),
            scored(40_109, "csat", 5.0, 5.0, json!({ "brand": "Spree", "campaign": "wide" })),
            scored(40_110, "csat", 1.0, 5.0, json!({ "brand": "Rival", "campaign": "wide" })),
        ],
    );
    insert(&database, "Narrowed", "visits", &visits());
    let at = json!({ "occurred_at": "2025-06-10 10:05:00.000", "brand": "Tree" });
    insert(&database, "Narrowed", "orders", &[with(order("T-1", "tree v1", 1, "paid", 1), at)]);
    check_june(
        &database,
        "id, unit, actual, score, coverage, n",
        &[
            "aspect net 1 100 1 1",
            "bounce share lost 0.25 75 1 4",
            "conversion share 0.25 25 1 4",
            "ease share 0.5 50 1 2",
            r"kinds points \N \N 0 2",
            "kinds told apart points -100 0 1 1",
            r"no key share \N \N 0 0",
            r"no metric  \N \N 0 0",
            "place share 1 100 1 1",
            "products share 0 0 1 1",
            "scale share 1 100 1 1",
            r"scales share \N \N 0 3",
            "wide share 1 100 1 1",
        ],
    );
}

#[test]
fn no_tree_makes_the_view_fail() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    plant(&database, "Odd", &[]);
    check_june(&database, "id", &[]);
    let csat =
        |id: &str, parent: &str, weight: f64| indicator((id, parent, "csat", weight), json!({ "campaign": "odd" }));
    plant(
        &database,
        "Odd",
        &[
            // Its own parent, two in a circle, one that hangs on them.
            csat("me", "me", 1.0),
            csat("round", "trip", 1.0),
            csat("trip", "round", 1.0),
            csat("trip leaf", "trip", 1.0),
            csat("orphan", "nobody", 1.0),
            // Weights that are none: below zero, and nothing to go by.
            indicator(("odd", "", "", 1.0), json!({})),
            csat("odd heavy", "odd", 3.0),
            csat("odd light", "odd", -2.0),
            indicator(("zero", "", "", 1.0), json!({})),
            csat("zero part", "zero", 0.0),
        ],
    );
    database.sql(
        "INSERT INTO hearken.indicators (id, parent, metric, scope, weight) VALUES \
         ('odd nan', 'odd', 'csat', map('campaign', 'nothing'), nan), ('', '', '', map(), inf)",
    );
    insert(&database, "Odd", "feedback", &[scored(40_200, "csat", 5.0, 5.0, json!({ "campaign": "odd" }))]);
    check_june(
        &database,
        "id, level, actual, coverage, n",
        &[
            r" 0 \N 0 0",
            r"me 0 \N 0 0",
            "odd 0 1 1 2",
            "odd heavy 1 1 1 1",
            "odd light 1 1 1 1",
            r"odd nan 1 \N 0 0",
            "orphan 0 1 1 1",
            "round 1 1 0.5 1",
            "trip 1 1 0.5 1",
            "trip leaf 2 1 1 1",
            r"zero 0 \N 0 1",
            "zero part 1 1 1 1",
        ],
    );
    plant(&database, "Odd", &[]);
}
