//! What customers are worth, where they stand, and what they said.
//!
//! Fifths are of everybody who ordered, so each test has years of its own.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::fixture::{check, edit, feedback, id, id_of, order, profile, shared, with};

/// A paid order of 100 CNY at this moment.
fn bought(name: &str, customer: &str, at: &str, fields: Value) -> Value {
    let plain = json!({ "occurred_at": at, "updated_at": at, "amount": 100, "brand": "Valued" });
    with(with(order(name, customer, 1, "paid", 1), plain), fields)
}

/// A profile of this moment.
fn known(customer: &str, at: &str, aliases: &[(&str, &str)]) -> Value {
    let fields =
        json!({ "record_id": id_of(&format!("{customer}{at}")), "updated_at": at, "received_at": at, "owner": "Zhou" });
    with(profile(customer, 1, aliases), fields)
}

#[test]
fn each_customer_is_in_one_tier_by_fifths_of_those_who_ordered() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let at = |day: u64| format!("2022-05-{day:02} 00:00:00.000");
    // The later the last order, the more money; one order each.
    let mut orders: Vec<Value> = (0..10)
        .map(|n| bought(&format!("tier-{n}"), &format!("tier-{n}"), &at(10 + n), json!({ "amount": 10 * (n + 1) })))
        .collect();
    orders.push(bought("tier-old", "tier-old", "2018-05-01 00:00:00.000", json!({})));
    orders.push(bought("tier-not", "tier-not", &at(20), json!({ "status": "cancelled" })));
    orders.push(bought("tier-rival", "tier-rival", &at(20), json!({ "brand": "Rival" })));
    orders.push(bought("tier-nobody", "", &at(20), json!({ "customer_id": null })));
    database.insert("orders", &orders);
    database
        .insert("customers", &["tier-not", "tier-9"].map(|customer| known(customer, "2018-01-01 00:00:00.000", &[])));
    check(
        &database,
        "SELECT customer_key, orders, revenue, recency_days, recency, frequency, monetary, tier, segment, owner \
         FROM hearken.v_customer_value(as_of = '2022-06-01 00:00:00') WHERE customer_key LIKE 'tier-%' ORDER BY customer_key",
        &[
            r"tier-0 1 10 22 1 3 1 hibernating \N \N",
            r"tier-1 1 20 21 1 3 1 hibernating \N \N",
            r"tier-2 1 30 20 2 3 2 hibernating \N \N",
            r"tier-3 1 40 19 2 3 2 hibernating \N \N",
            r"tier-4 1 50 18 3 3 3 loyal \N \N",
            r"tier-5 1 60 17 3 3 3 loyal \N \N",
            r"tier-6 1 70 16 4 3 4 loyal \N \N",
            r"tier-7 1 80 15 4 3 4 loyal \N \N",
            r"tier-8 1 90 14 5 3 5 champion \N \N",
            "tier-9 1 100 13 5 3 5 champion gold Zhou",
            r"tier-not 0 \N \N \N \N \N no_orders gold Zhou",
            r"tier-old 0 \N 1492 \N \N \N hibernating \N \N",
        ],
    );
    // The later the last order, the less money.
    let orders = (1..6u64).map(|n| {
        bought(
            &format!("turned-{n}"),
            &format!("turned-{n}"),
            &format!("2016-05-{n:02} 00:00:00.000"),
            json!({ "amount": 60 - n }),
        )
    });
    database.insert("orders", &orders.collect::<Vec<_>>());
    check(
        &database,
        "SELECT customer_key, recency, monetary, tier FROM hearken.v_customer_value(as_of = '2016-06-01 00:00:00') \
         WHERE recency > 0 ORDER BY customer_key",
        &[
            "turned-1 1 5 needs_attention",
            "turned-2 2 4 needs_attention",
            "turned-3 3 3 loyal",
            "turned-4 4 2 promising",
            "turned-5 5 1 promising",
        ],
    );
    check(
        &database,
        "SELECT uniqExact(customer_key) = count(), countIf(tier NOT IN ('champion', 'loyal', 'promising', 'needs_attention', 'hibernating', 'no_orders')) \
         FROM hearken.v_customer_value(as_of = '2026-11-01 00:00:00')",
        &["1 0"],
    );
}

#[test]
fn money_is_what_was_earned_and_can_be_converted() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let at = |day: u32| format!("2020-01-{day:02} 08:00:00.000");
    let euros = |amount: u32| json!({ "currency": "EUR", "amount": amount });
    database.insert(
        "orders",
        &[
            bought("pay-1", "payer", &at(1), json!({})),
            bought("pay-2", "payer", &at(2), json!({ "status": "Cancelled" })),
            bought("pay-3", "payer", &at(3), json!({})),
            bought(
                "pay-3",
                "payer",
                &at(3),
                json!({ "status": "refunded", "updated_at": at(9), "record_id": id_of("refund") }),
            ),
            bought("pay-4", "payer", &at(4), euros(10)),
            bought("pay-5", "payer", &at(5), json!({ "currency": "USD" })),
            bought("pay-6", "payer", &at(6), json!({ "amount": null })),
            bought("pay-7", "payer", &at(7), json!({ "currency": "" })),
            // Of a year ago, and of tomorrow.
            bought("pay-8", "payer", "2018-12-31 23:00:00.000", json!({})),
            bought("pay-9", "payer", "2020-03-01 00:00:01.000", json!({})),
            bought("pay-a", "dollars", &at(5), json!({ "currency": "USD" })),
        ],
    );
    let value = "SELECT customer_key, orders, revenue, currency, unconverted_orders, monetary IS NULL, toDate(last_order_at) \
                 FROM hearken.v_customer_value(as_of = '2020-03-01 00:00:00') WHERE customer_key IN ('payer', 'dollars') ORDER BY customer_key";
    check(&database, value, &[r"dollars 1 \N CNY 1 1 2020-01-05", "payer 5 180 CNY 3 0 2020-01-07"]);
    // An order of between arrives late, at the rate of its own day; another turns out to be refunded.
    database.insert(
        "orders",
        &[
            bought("pay-b", "payer", "2020-02-10 00:00:00.000", euros(2)),
            bought(
                "pay-1",
                "payer",
                &at(1),
                json!({ "status": "refunded", "updated_at": at(30), "record_id": id_of("late refund") }),
            ),
        ],
    );
    check(&database, value, &[r"dollars 1 \N CNY 1 1 2020-01-05", "payer 5 95 CNY 3 0 2020-02-10"]);
    check(
        &database,
        "SELECT order_id, counts, rate, revenue, day FROM hearken.v_order_values WHERE customer_key = 'payer' \
         AND order_id IN ('pay-1', 'pay-4', 'pay-5', 'pay-b') ORDER BY order_id",
        &[
            "pay-1 false 1 100 2020-01-01",
            "pay-4 true 8 80 2020-01-04",
            r"pay-5 true \N \N 2020-01-05",
            "pay-b true 7.5 15 2020-02-10",
        ],
    );
}

#[test]
fn who_has_left_is_known_from_three_purchases_on() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let buys = |customer: &str, days: &[u32]| {
        let one = |(n, day): (usize, &u32)| {
            bought(
                &format!("{customer}-{n}"),
                customer,
                &format!("2014-03-{day:02} 0{}:00:00.000", n % 10),
                json!({ "brand": "Stayed" }),
            )
        };
        days.iter().enumerate().map(one).collect::<Vec<_>>()
    };
    database.insert(
        "orders",
        &[
            buys("goes", &[1, 3, 7]),
            buys("stays", &[1, 11, 15]),
            buys("twice", &[1, 9]),
            // Three orders of one day are one purchase.
            buys("once", &[9, 9, 9]),
        ]
        .concat(),
    );
    database
        .insert("customers", &[with(known("ended", "2014-03-01 00:00:00.000", &[]), json!({ "status": "Cancelled" }))]);
    check(
        &database,
        "SELECT customer_key, orders, interval_days, has_left FROM hearken.v_customer_orders(as_of = '2014-03-26 12:00:00') WHERE orders > 0 ORDER BY customer_key",
        &["goes 3 3 true", r"once 3 \N \N", "stays 3 7 false", r"twice 2 \N \N"],
    );
    let said = |number, customer: &str, day: u32, fields: Value| {
        let plain = json!({ "customer_id": customer, "brand": "Stayed", "sentiment": "negative", "text": "words",
                            "occurred_at": format!("2014-03-{day:02} 12:00:00.000") });
        feedback(number, with(plain, fields))
    };
    database.insert(
        "feedback",
        &[
            said(1000, "goes", 5, json!({ "sentiment": "positive" })),
            said(1001, "goes", 8, json!({})),
            said(1002, "stays", 9, json!({})),
            said(1003, "twice", 5, json!({})),
            said(1004, "once", 20, json!({ "sentiment": "positive" })),
            said(1005, "ended", 20, json!({ "sentiment": null, "text": "" })),
            said(1006, "a***b", 20, json!({ "customer_id": null })),
            // After the window, not genuine, of a competitor.
            said(1007, "goes", 27, json!({ "sentiment": "mixed" })),
            said(1008, "stays", 10, json!({ "sentiment": "mixed", "origin": "default_praise" })),
            said(1009, "stays", 10, json!({ "sentiment": "mixed", "brand": "Rival" })),
        ],
    );
    database.insert("orders", &[buys("silent", &[2, 4, 6]), buys("quiet", &[2, 12, 22])].concat());
    check(
        &database,
        "SELECT brand, sentiment_group, customers, round(known_share, 3), retained, left_, unknown_, retention, round(retention_low, 4), round(retention_high, 4), bought_again \
         FROM hearken.v_retention(from = '2014-03-01 00:00:00', until = '2014-03-26 12:00:00') ORDER BY sentiment_group",
        &[
            // goes left, stays and twice (who bought after their words) are still there.
            "Stayed negative 3 0.857 2 1 0 0.6666666666666666 0.2077 0.9385 2",
            r"Stayed none 3 0.857 1 2 0 0.3333333333333333 0.0615 0.7923 0",
            r"Stayed positive 1 0.857 0 0 1 \N \N \N 0",
        ],
    );
    check(
        &database,
        "SELECT customer_key, state, right(toString(feedback_id), 4), days_since, sentiment, toDate(last_negative_at), toDate(last_order_at), tier \
         FROM hearken.v_last_words(as_of = '2014-03-26 12:00:00') ORDER BY customer_key",
        &[r"ended ended 1005 6 \N \N \N no_orders", "goes left 1001 18 negative 2014-03-08 2014-03-07 needs_attention"],
    );
}

/// Severe words of a brand that no other test has.
fn severe(number: u64, customer: &str, at: &str, fields: Value) -> Value {
    let plain = json!({
        "customer_id": customer, "brand": "Risky", "occurred_at": at, "sentiment": "negative", "sentiment_score": -0.9,
        "text": "店员态度差,快递太慢,再也不来了", "store_id": "s1",
        "aspects.category": ["delivery", "relationship", "staff_attitude"], "aspects.topic": ["speed", "leaving", "rudeness"],
        "aspects.touchpoint": [null, null, null], "aspects.polarity": ["negative", "negative", "negative"],
        "aspects.score": [-0.5, -1, -0.8], "aspects.start": [6, 11, 0], "aspects.end": [10, 16, 5],
    });
    feedback(number, with(plain, fields))
}

#[test]
fn revenue_is_at_risk_until_the_complaint_is_resolved() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let at = |day: u32| format!("2012-05-{day:02} 10:00:00.000");
    let churn =
        json!({ "intents.kind": ["churn"], "intents.confidence": [1], "intents.start": [11], "intents.end": [16] });
    let pleased = json!({ "sentiment": "positive", "sentiment_score": 0.5 });
    let chat = |resolved: bool| json!({ "channel": "chat", "resolved": resolved });
    let open = severe(1100, "r-open", &at(10), json!({}));
    database.insert("feedback", &[
        open.clone(),
        severe(1101, "r-leaving", &at(3), churn.clone()),
        // Politely said, it is meant all the same, and a chat that ended well does not undo it.
        with(with(severe(1102, "r-polite", &at(3), churn.clone()), chat(true)), pleased.clone()),
        // Resolved: by later praise, by a later chat, by the chat itself; earlier praise resolves nothing.
        severe(1103, "r-praised", &at(3), json!({})),
        severe(1104, "r-praised", &at(4), pleased.clone()),
        severe(1105, "r-helped", &at(3), churn.clone()),
        with(severe(1106, "r-helped", &at(4), chat(true)), json!({ "sentiment": "neutral" })),
        severe(1107, "r-answered", &at(3), chat(true)),
        severe(1108, "r-again", &at(3), pleased.clone()),
        with(severe(1109, "r-again", &at(4), json!({})), json!({ "store_id": null, "aspects.category": ["relationship", "price", "delivery"], "aspects.score": [-1, 0, 0], "aspects.polarity": ["negative", "positive", "neutral"] })),
        // Not severe, nobody's, a competitor's, not genuine, too long ago, later.
        severe(1110, "r-mild", &at(3), json!({ "sentiment_score": -0.3 })),
        severe(1111, "r-masked", &at(3), json!({ "customer_id": null })),
        severe(1112, "r-rival", &at(3), json!({ "brand": "Rival" })),
        severe(1113, "r-advert", &at(3), json!({ "origin": "promotional" })),
        severe(1114, "r-old", "2012-01-03 10:00:00.000", json!({})),
        severe(1115, "r-later", "2012-06-01 00:00:00.001", json!({})),
        // Of a handle that a profile claims, with no words to quote.
        with(severe(1116, "r-handle", &at(3), json!({ "customer_id": null, "author_key": "r-author" })), json!({ "aspects.category": [], "aspects.topic": [], "aspects.touchpoint": [], "aspects.polarity": [], "aspects.score": [], "aspects.start": [], "aspects.end": [] })),
    ]);
    database.insert(
        "customers",
        &[
            known("r-handle", &at(1), &[("handle", "r-author")]),
            with(known("r-leaving", &at(1), &[]), json!({ "region": "south" })),
        ],
    );
    database.insert(
        "orders",
        &[
            bought("risk-1", "r-open", "2012-04-01 00:00:00.000", json!({ "brand": "Risky" })),
            bought("risk-2", "r-open", "2011-04-01 00:00:00.000", json!({ "brand": "Risky" })),
            bought("risk-3", "r-open", "2012-04-02 00:00:00.000", json!({ "brand": "Risky", "currency": "USD" })),
            bought("risk-4", "r-again", "2012-04-02 00:00:00.000", json!({ "brand": "Risky", "store_id": "s2" })),
        ],
    );
    let risk = "SELECT customer_key, owner, store_id, region, reason, says_leaving, right(toString(feedback_id), 4) AS number, \
                quote, revenue, orders, unconverted_orders FROM hearken.v_revenue_at_risk(as_of = '2012-06-01 00:00:00') ORDER BY customer_key";
    let after = [
        r"r-again \N s2 \N relationship false 1109 快递太慢 100 1 0",
        r"r-handle Zhou s1 \N \N false 1116 店员态度差,快递太慢,再也不来了 \N 0 0",
        r"r-leaving Zhou s1 south staff_attitude true 1101 再也不来了 \N 0 0",
    ];
    let (open_row, polite) = (
        r"r-open Wu s1 \N staff_attitude false 1100 店员态度差 100 2 1",
        r"r-polite Wu s1 \N staff_attitude true 1102 再也不来了 \N 0 0",
    );
    check(&database, risk, &[&after[..], &[open_row, polite]].concat());
    // The customer edits the words, and they are no longer severe.
    database.insert("feedback", &edit(&open, json!({ "sentiment": "neutral", "sentiment_score": 0 })));
    check(&database, risk, &[&after[..], &[polite]].concat());
}

#[test]
fn a_merge_takes_value_and_timeline_along_and_an_unmerge_gives_them_back() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let at = |day: u32| format!("2010-05-{day:02} 10:00:00.000");
    database.insert("orders", &[
        bought("one-1", "one-old", &at(1), json!({ "brand": "Merged" })),
        bought("one-2", "one-new", &at(3), json!({ "brand": "Merged" })),
        bought("one-2", "one-new", &at(3), json!({ "brand": "Merged", "status": "delivered", "updated_at": at(5), "store_id": "s1", "record_id": id_of("delivered") })),
    ]);
    database.insert("customers", &[known("one-old", &at(1), &[]), known("one-new", &at(1), &[])]);
    let said = json!({ "brand": "Merged", "source": "one", "occurred_at": at(2), "text": "ok", "channel": "chat" });
    database.insert(
        "feedback",
        &[
            feedback(1200, with(said.clone(), json!({ "customer_id": "one-old" }))),
            feedback(
                1201,
                with(said.clone(), json!({ "author_key": "one-author", "channel": "social", "occurred_at": at(4) })),
            ),
            feedback(1202, with(said, json!({ "author_key": "another", "channel": "social" }))),
        ],
    );
    let visit = json!({ "record_id": id(1203), "visit_id": "one-visit", "source": "site", "customer_id": "one-old", "occurred_at": at(2), "page": "/p", "event": "view", "product_id": "tea", "brand": "Merged" });
    database.insert("visits", &[visit]);
    let value = "SELECT customer_key, orders, revenue FROM hearken.v_customer_value(as_of = '2010-06-01 00:00:00') WHERE customer_key LIKE 'one-%' ORDER BY customer_key";
    let life = |customer: &str| {
        format!(
            "SELECT customer_key, toDayOfMonth(at) AS day, kind, title, detail FROM hearken.v_customer_timeline(customer = '{customer}') ORDER BY at, kind, source_id"
        )
    };
    let alone = ["one-new 1 100", "one-old 1 100"];
    let old = [
        "one-old 1 order paid one-1 · 100 CNY",
        "one-old 1 profile changed gold · Zhou",
        "one-old 2 feedback chat ok",
        "one-old 2 visit view /p · tea",
    ];
    check(&database, value, &alone);
    check(&database, &life("one-old"), &old);
    database.insert("customers", &[known("one-new", &at(6), &[("customer_id", "one-old"), ("handle", "one-author")])]);
    check(&database, value, &["one-new 2 200"]);
    let whole = [
        "one-new 1 order paid one-1 · 100 CNY",
        "one-new 1 profile changed gold · Zhou",
        "one-new 1 profile changed gold · Zhou",
        "one-new 2 feedback chat ok",
        "one-new 2 visit view /p · tea",
        "one-new 3 order paid one-2 · 100 CNY",
        "one-new 4 feedback social ok",
        "one-new 5 order delivered one-2 · 100 CNY · s1",
        "one-new 6 profile changed gold · Zhou",
    ];
    check(&database, &life("one-new"), &whole);
    check(&database, &life("one-old"), &whole);
    database.insert("customers", &[known("one-new", &at(7), &[])]);
    check(&database, value, &alone);
    check(&database, &life("one-old"), &old);
    check(&database, &life("nobody"), &[]);
}

#[test]
fn feedback_meets_the_visit_before_it_whenever_that_arrives() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let at = |day: u32, hour: u32| format!("2009-05-{day:02} {hour:02}:00:00.000");
    let seen = |visit: &str, at: String, fields: Value| {
        let plain = json!({ "record_id": id_of(&format!("{visit}{at}")), "visit_id": visit, "source": "site", "customer_id": "looker",
                            "occurred_at": at, "page": "/cart", "event": "view", "touchpoint": "Check_Out", "brand": "Seen" });
        with(plain, fields)
    };
    let said = |number, day, fields: Value| {
        feedback(
            number,
            with(
                json!({ "customer_id": "looker", "brand": "Seen", "source": "seen", "occurred_at": at(day, 12) }),
                fields,
            ),
        )
    };
    database.insert(
        "feedback",
        &[
            said(1300, 2, json!({})),
            said(1301, 4, json!({})),
            said(1302, 4, json!({ "customer_id": null })),
            said(1303, 4, json!({ "customer_id": "other" })),
            said(1304, 9, json!({})),
        ],
    );
    database.insert(
        "visits",
        &[
            seen("second", at(3, 11), json!({})),
            seen("later", at(4, 13), json!({})),
            seen("ghost", at(4, 11), json!({ "customer_id": null })),
        ],
    );
    let joined = "SELECT source_id, resolved_customer_key, visit_id, seconds_since, page, visit_stage FROM \
                  hearken.v_feedback_visits(from = '2009-05-01 00:00:00', until = '2009-05-09 00:00:00') WHERE source = 'seen' ORDER BY source_id";
    let rest = [r"f1302 \N \N \N \N \N", r"f1303 other \N \N \N \N"];
    check(
        &database,
        joined,
        &[r"f1300 looker \N \N \N \N", "f1301 looker second 90000 /cart action", rest[0], rest[1]],
    );
    // Late: one before all, one of the same moment as the feedback, one so long ago that it led nowhere.
    database.insert(
        "visits",
        &[
            seen("first", at(1, 12), json!({ "touchpoint": null })),
            seen("with", at(4, 12), json!({})),
            seen("ancient", "2009-03-01 00:00:00.000".to_owned(), json!({})),
        ],
    );
    check(
        &database,
        joined,
        &["f1300 looker first 86400 /cart unmapped", "f1301 looker with 0 /cart action", rest[0], rest[1]],
    );
}

#[test]
fn a_days_voices_are_shared_by_all_its_brands() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let said = |number, brand: &str, at: &str, fields: Value| {
        feedback(number, with(json!({ "brand": brand, "occurred_at": at, "source": "voices" }), fields))
    };
    let noon = "2008-05-01 12:00:00.000";
    let first = said(1400, "Alba", noon, json!({}));
    database.insert(
        "feedback",
        &[
            first.clone(),
            said(1401, "Alba", noon, json!({})),
            said(1402, "Alba", noon, json!({})),
            said(1403, "Rival", noon, json!({})),
            said(1404, "Rival", noon, json!({ "origin": "promotional" })),
            said(1405, "", noon, json!({})),
            said(1406, "Alba", noon, json!({ "time_precision": "unknown" })),
            // In Shanghai it is the next day, and nobody speaks but an advertisement.
            said(1407, "Alba", "2008-05-01 16:00:00.000", json!({ "origin": "promotional" })),
        ],
    );
    let voices = "SELECT day, brand, own, mentions, of_all, share, round(share_low, 4), round(share_high, 4), excluded \
                  FROM hearken.v_share_of_voice WHERE day >= '2008-05-01' AND day < '2008-06-01' ORDER BY day, brand";
    let next = r"2008-05-02 Alba true 0 0 \N \N \N 1";
    check(
        &database,
        voices,
        &["2008-05-01 Alba true 3 4 0.75 0.3006 0.9544 0", "2008-05-01 Rival false 1 4 0.25 0.0456 0.6994 1", next],
    );
    database.insert("feedback", &edit(&first, json!({ "brand": "Rival" })));
    check(
        &database,
        voices,
        &["2008-05-01 Alba true 2 4 0.5 0.15 0.85 0", "2008-05-01 Rival false 2 4 0.5 0.15 0.85 1", next],
    );
}
