//! What arrived, whose it is, and what an alert has to know of it.

use std::sync::PoisonError;

use hearken_tests::database::Database;
use serde_json::{Value, json};

use crate::fixture::{check, edit, feedback, id, id_of, profile, shared, with};

/// Feedback of this number that came in partition 0 at this offset of a topic of its own.
fn came(topic: &str, number: u64, offset: u64, fields: Value) -> Value {
    with(feedback(number, json!({ "in_topic": topic, "in_partition": 0, "in_offset": offset })), fields)
}

/// A profile of this day of October, deleted or not.
fn gone(customer: &str, day: u32, deleted: bool, aliases: &[(&str, &str)]) -> Value {
    let at = format!("2026-10-{day:02} 00:00:00.000");
    let fields =
        json!({ "record_id": id_of(&format!("{customer}-{day}-{deleted}")), "received_at": at, "deleted": deleted });
    with(profile(customer, day, aliases), fields)
}

/// Lays hands on every way in which a name leads, or no longer leads, to a customer.
fn names(database: &Database) {
    let rows = [
        gone("crm/n-whole", 1, false, &[("customer_id", "crm/n-part"), ("handle", "n-h1")]),
        gone("crm/n-part", 1, false, &[("handle", "n-h2")]),
        // A chain of three.
        gone("crm/n-top", 1, false, &[("customer_id", "crm/n-whole")]),
        // Merged and taken apart again; a handle given up.
        gone("crm/n-apart", 1, false, &[("customer_id", "crm/n-free"), ("handle", "n-h3")]),
        gone("crm/n-apart", 2, false, &[]),
        // Each claims the other.
        gone("crm/n-round-b", 1, false, &[("customer_id", "crm/n-round-a"), ("handle", "n-h4")]),
        gone("crm/n-round-a", 1, false, &[("customer_id", "crm/n-round-b")]),
        // Who was deleted claims nothing.
        gone("crm/n-deleted", 1, false, &[("customer_id", "crm/n-left"), ("handle", "n-h5")]),
        gone("crm/n-deleted", 2, true, &[]),
        // Claimed by two: the claim that began last holds.
        gone("crm/n-first", 1, false, &[("handle", "n-h6"), ("customer_id", "crm/n-two")]),
        gone("crm/n-second", 2, false, &[("handle", "n-h6"), ("customer_id", "crm/n-two")]),
        // Itself, which is no merge; and an id without a namespace.
        gone("crm/n-self", 1, false, &[("customer_id", "crm/n-self")]),
        gone("n-plain", 1, false, &[("customer_id", "n-old")]),
    ];
    database.insert("customers", &rows);
}

#[test]
fn news_are_of_whom_all_feedback_is_by_handles_and_merges() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    names(&database);
    let ids =
        ["whole", "part", "top", "apart", "free", "round-a", "round-b", "deleted", "left", "first", "two", "self"];
    let named = ids.iter().map(|name| json!({ "customer_id": format!("n-{name}"), "id_namespace": "crm" }));
    let plain = [json!({ "customer_id": "n-plain" }), json!({ "customer_id": "n-old" }), json!({})];
    // Who names a customer is not asked for a handle.
    let both = [json!({ "customer_id": "n-free", "id_namespace": "crm", "author_key": "n-h1" })];
    let handles = (1..8).map(|n| json!({ "author_key": format!("n-h{n}") }));
    let fields: Vec<Value> = named.chain(plain).chain(both).chain(handles).collect();
    let rows: Vec<Value> = (0u64..).zip(fields).map(|(n, fields)| came("news-names", 710_000 + n, n, fields)).collect();
    database.insert("feedback", &rows);
    let news = "hearken.v_news(topic = 'news-names', partitions = [0], from = [0], until = [1000])";
    check(
        &database,
        &format!(
            "SELECT coalesce(nullIf(hearken_customer_key(customer_id, id_namespace), ''), author_key, '-') AS said, customer_key, subject_kind, subject \
             FROM {news} WHERE customer_id != 'n-free' OR isNull(customer_id) OR isNull(author_key) ORDER BY in_offset"
        ),
        &[
            "crm/n-whole crm/n-top customer crm/n-top",
            "crm/n-part crm/n-top customer crm/n-top",
            "crm/n-top crm/n-top customer crm/n-top",
            "crm/n-apart crm/n-apart customer crm/n-apart",
            "crm/n-free crm/n-free customer crm/n-free",
            "crm/n-round-a crm/n-round-a customer crm/n-round-a",
            "crm/n-round-b crm/n-round-a customer crm/n-round-a",
            "crm/n-deleted crm/n-deleted customer crm/n-deleted",
            "crm/n-left crm/n-left customer crm/n-left",
            "crm/n-first crm/n-first customer crm/n-first",
            "crm/n-two crm/n-second customer crm/n-second",
            "crm/n-self crm/n-self customer crm/n-self",
            "n-plain n-plain customer n-plain",
            "n-old n-plain customer n-plain",
            &format!(r"- \N feedback {}", id(710_014)),
            "n-h1 crm/n-top customer crm/n-top",
            "n-h2 crm/n-top customer crm/n-top",
            r"n-h3 \N author n-h3",
            "n-h4 crm/n-round-a customer crm/n-round-a",
            r"n-h5 \N author n-h5",
            "n-h6 crm/n-second customer crm/n-second",
            r"n-h7 \N author n-h7",
        ],
    );
    // The view of all feedback, which reads every profile, says the same.
    let pairs = [
        format!("SELECT feedback_id, ifNull(customer_key, '-') FROM {news}"),
        "SELECT feedback_id, ifNull(resolved_customer_key, '-') FROM hearken.v_feedback_customers WHERE in_topic = 'news-names'".to_owned(),
    ];
    for (one, other) in [(0, 1), (1, 0)] {
        check(&database, &format!("SELECT * FROM ({} EXCEPT {})", pairs[one], pairs[other]), &[]);
    }
}

#[test]
fn news_are_what_a_range_wrote_and_what_still_holds() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let old = came("news-range", 711_000, 10, json!({}));
    let mut rows = vec![
        old.clone(),
        came("news-range", 711_001, 11, json!({ "brand": "Rival" })),
        came("news-range", 711_002, 12, json!({ "origin": "promotional" })),
        came("news-range", 711_003, 13, json!({ "in_partition": 1 })),
        came("news-range", 711_004, 14, json!({ "occurred_at": "2001-01-01 00:00:00.000" })),
        came("news-other", 711_005, 14, json!({})),
    ];
    rows.extend(edit(&old, json!({ "in_offset": 20, "text": "Edited." })));
    database.insert("feedback", &rows);
    let asked = |partitions: &str, from: &str, until: &str, expected: &[&str]| {
        let statement = format!(
            "SELECT right(toString(feedback_id), 6), if(text = '', '-', text) FROM hearken.v_news(topic = 'news-range', partitions = {partitions}, from = {from}, \
             until = {until}) ORDER BY in_offset"
        );
        check(&database, &statement, expected);
    };
    // What was edited since came with its edit; a late one comes when it comes.
    asked("[0]", "[0]", "[20]", &["711004 -"]);
    asked("[0]", "[14]", "[21]", &["711004 -", "711000 Edited."]);
    asked("[0]", "[15]", "[20]", &[]);
    // Each partition has bounds of its own.
    asked("[0,1]", "[20,13]", "[21,14]", &["711003 -", "711000 Edited."]);
    asked("[1]", "[0]", "[13]", &[]);
    asked("[]", "[]", "[]", &[]);
}

#[test]
fn facts_say_what_decides_and_who_answers() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let aspects = json!({
        "aspects.category": ["product", "delivery"], "aspects.topic": ["taste", "speed"], "aspects.touchpoint": [null, "treasurebox"],
        "aspects.polarity": ["positive", "negative"], "aspects.score": [0.5, -0.6], "aspects.start": [0, 11], "aspects.end": [9, 21],
    });
    let wants = json!({
        "intents.kind": ["churn"], "intents.confidence": [0.9], "intents.start": [23], "intents.end": [30],
    });
    let text = json!({ "text": "Tasty thé, late again. I leave." });
    let who = json!({ "customer_id": "facts-1", "product_id": "oolong", "store_id": "s1", "touchpoint": "pos" });
    let rows = [
        with(with(with(came("facts", 712_000, 0, who), text.clone()), aspects.clone()), wants),
        with(with(came("facts", 712_001, 1, json!({ "author_key": "facts-h" })), text), aspects),
        came("facts", 712_002, 2, json!({ "text": "x".repeat(300), "brand": "Rival", "origin": "promotional" })),
    ];
    database.insert("feedback", &rows);
    database.insert("customer_standing", &[json!({ "customer_key": "facts-1", "tier": "loyal", "owner": "Zhou" })]);
    let of = |columns: &str| {
        format!(
            "SELECT {columns} FROM hearken.v_alert_facts(feedback = ['{}', '{}', '{}', '{}']) ORDER BY feedback_id",
            id(712_000),
            id(712_001),
            id(712_002),
            id(712_999)
        )
    };
    check(
        &database,
        &of(
            "subject_kind, subject, quote = repeat('x', 200) ? '200 x' : quote, span_start, span_end, category, topic, '.'",
        ),
        &[
            "customer facts-1 I leave 23 30 delivery speed .",
            "author facts-h late again 11 21 delivery speed .",
            &format!("feedback {} 200 x 0 0   .", id(712_002)),
        ],
    );
    check(
        &database,
        &of("product_id, products, store_id, places, place_owner, touchpoint, department, customer_owner, tier, risk"),
        &[
            r"oolong ['oolong','tea','drinks'] s1 ['s1','sz','south','cn'] Wu Treasure-Box Club Zhou loyal \N",
            r" []  []  Treasure-Box Club  unknown \N",
            r" []  []     unknown \N",
        ],
    );
}

#[test]
fn standing_is_what_customers_are_worth_and_what_they_are_called() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    database
        .insert("customers", &[gone("crm/s-whole", 1, false, &[("customer_id", "crm/s-part"), ("handle", "s-h1")])]);
    for view in ["customer_standing_hourly", "customer_names_hourly"] {
        database.sql(&format!("SYSTEM REFRESH VIEW hearken.{view}"));
        database.sql(&format!("SYSTEM WAIT VIEW hearken.{view}"));
    }
    check(
        &database,
        "SELECT customer_key, tier, revenue, orders FROM hearken.customer_standing WHERE customer_key LIKE 'crm/s-%'",
        &[r"crm/s-whole no_orders \N 0"],
    );
    check(
        &database,
        "SELECT customer_key, kind, name FROM hearken.customer_names WHERE customer_key LIKE 'crm/s-%' ORDER BY kind",
        &["crm/s-whole customer_id crm/s-part", "crm/s-whole handle s-h1"],
    );
}
