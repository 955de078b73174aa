//! Records in their newest state, and the headline views over them.

use std::fs;
use std::sync::PoisonError;

use hearken_schemas::tables::OBJECTS;
use serde_json::{Value, json};

use crate::fixture::{CATALOG, check, edit, feedback, id, load, order, profile, shared, whole, with};

#[test]
fn every_state_is_found_by_its_id_and_one_token_serves_all_tables() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let reviewed = feedback(90, json!({ "src_offset": 7, "in_epoch": 3, "content_crc": 5 }));
    let [back, edited] = edit(&reviewed, json!({ "src_offset": 8, "content_crc": 6 }));
    let visit = json!({ "record_id": id(91), "visit_id": "v", "src_offset": 9 });
    let blocks = [
        ("feedback", vec![reviewed, back, edited]),
        ("orders", vec![with(order("states", "c", 1, "paid", 1), json!({ "record_id": id(92) }))]),
        ("visits", vec![visit]),
        ("customers", vec![with(profile("states", 1, &[]), json!({ "record_id": id(93) }))]),
    ];
    // As after an answer that was lost.
    for (table, rows) in blocks.iter().chain(&blocks) {
        let settings =
            "SETTINGS insert_deduplication_token = 'a range', deduplicate_blocks_in_dependent_materialized_views = 1";
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        database.sql(&format!("INSERT INTO hearken.{table} {settings} FORMAT JSONEachRow\n{}", lines.join("\n")));
    }
    check(
        &database,
        &format!(
            "SELECT right(toString(id), 2) AS number, of_table, version, src_offset, in_epoch, content_crc FROM hearken.states \
             WHERE id IN ('{}', '{}', '{}', '{}') ORDER BY id, version",
            id(90),
            id(91),
            id(92),
            id(93)
        ),
        &[
            "90 feedback 65537 7 3 5",
            "90 feedback 131073 8 3 6",
            "91 visits 0 9 0 0",
            "92 orders 0 0 0 0",
            "93 customers 0 0 0 0",
        ],
    );
}

#[test]
fn an_edit_changes_quotes_aspects_and_ratings_exactly() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let old = feedback(
        100,
        json!({
            "product_id": "edited", "text": "快递太慢了,包装也破了", "touchpoint": "Treasure-Box", "journey_stage": "advocacy",
            "rating_value": 2, "rating_scale_max": 5,
            "aspects.category": ["delivery", "delivery"], "aspects.topic": ["edited speed", "edited packaging"],
            "aspects.touchpoint": ["Delivery", null], "aspects.polarity": ["negative", "negative"], "aspects.score": [-0.5, -1],
            "aspects.start": [0, 6], "aspects.end": [5, 11],
        }),
    );
    database.insert("feedback", std::slice::from_ref(&old));
    let quotes = "SELECT quote, topic, polarity, touchpoint, journey_stage FROM hearken.v_quotes WHERE product_id = 'edited' ORDER BY quote";
    let aspects = "SELECT minute, topic, mentions, negative, positive, net FROM hearken.v_aspect_minute WHERE topic LIKE 'edited%' ORDER BY topic, minute";
    let ratings =
        "SELECT rating_value, rating_share, n, of_all, share FROM hearken.v_ratings WHERE product_id = 'edited'";
    check(
        &database,
        quotes,
        &[
            "包装也破了 edited packaging negative Treasure-Box advocacy",
            "快递太慢了 edited speed negative Delivery action",
        ],
    );
    check(
        &database,
        aspects,
        &["2026-11-01 10:00:00 edited packaging 1 1 0 -1", "2026-11-01 10:00:00 edited speed 1 1 0 -1"],
    );
    check(&database, ratings, &["2 0.4 1 1 1"]);
    let new = json!({
        "occurred_at": "2026-11-01 10:01:00.000", "text": "现在快了", "rating_value": 5,
        "aspects.category": ["delivery"], "aspects.topic": ["edited speed"], "aspects.touchpoint": ["delivery"],
        "aspects.polarity": ["positive"], "aspects.score": [1], "aspects.start": [2], "aspects.end": [4],
    });
    database.insert("feedback", &edit(&old, new));
    check(&database, quotes, &["快了 edited speed positive delivery action"]);
    check(&database, aspects, &["2026-11-01 10:01:00 edited speed 1 0 1 1"]);
    check(&database, ratings, &["5 1 1 1 1"]);
}

#[test]
fn competitors_and_vague_times_stay_out_of_headlines() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let aspect = json!({
        "aspects.category": ["price"], "aspects.topic": ["headline"], "aspects.touchpoint": [null], "aspects.polarity": ["neutral"],
        "aspects.score": [0], "aspects.start": [0], "aspects.end": [1], "rating_value": 4, "rating_scale_max": 5, "text": "x",
        "product_id": "headline", "occurred_at": "2026-11-02 08:00:00.000",
    });
    let brands = [
        ("Alba", "second"),
        ("Alba", "minute"),
        ("Alba", "day"),
        ("Alba", "unknown"),
        ("Rival", "second"),
        ("Nobody", "second"),
    ];
    let rows = brands.iter().zip(200..).map(|((brand, precision), number)| {
        with(feedback(number, aspect.clone()), json!({ "brand": brand, "time_precision": precision }))
    });
    database.insert("feedback", &rows.collect::<Vec<_>>());
    check(
        &database,
        "SELECT brand, mentions FROM hearken.v_aspect_minute WHERE topic = 'headline' ORDER BY brand",
        &["Alba 2", "Nobody 1"],
    );
    check(
        &database,
        "SELECT brand, n FROM hearken.v_feedback_minute WHERE minute = '2026-11-02 08:00:00' ORDER BY brand",
        &["Alba 2", "Nobody 1"],
    );
    check(
        &database,
        "SELECT brand, n FROM hearken.v_ratings WHERE product_id = 'headline' ORDER BY brand",
        &["Alba 4", "Nobody 1"],
    );
    check(
        &database,
        "SELECT brand, own, count() FROM hearken.v_feedback WHERE product_id = 'headline' GROUP BY ALL ORDER BY brand",
        &["Alba true 4", "Nobody true 1", "Rival false 1"],
    );
    check(
        &database,
        "SELECT brand, own, count() FROM hearken.v_quotes WHERE topic = 'headline' GROUP BY ALL ORDER BY brand",
        &["Alba true 4", "Nobody true 1", "Rival false 1"],
    );
}

#[test]
fn shares_have_the_intervals_of_the_textbooks() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // Sentiment 6 positive, 2 neutral, 2 negative; ratings 8 of 10 are fives; late on 3 November in Shanghai.
    let said = |number: u64| {
        let sentiment = if number < 6 {
            "positive"
        } else if number < 8 {
            "neutral"
        } else {
            "negative"
        };
        let rating = if number < 8 { 5 } else { 1 };
        let fields = json!({
            "brand": "Golden", "product_id": "golden", "text": "words", "sentiment": sentiment, "rating_value": rating, "rating_scale_max": 5,
            "occurred_at": "2026-11-03 17:00:00.000", "aspects.category": ["price"], "aspects.topic": ["golden"],
            "aspects.touchpoint": [null], "aspects.polarity": [sentiment], "aspects.score": [0], "aspects.start": [0], "aspects.end": [0],
        });
        feedback(300 + number, fields)
    };
    let mut rows: Vec<Value> = (0..10).map(said).collect();
    let praise = json!({ "origin": "default_praise", "rating_value": 5 });
    rows.extend((10..13).map(|number| with(said(number), praise.clone())));
    rows.push(with(said(13), json!({ "brand": "Alba" })));
    // Stars without words: counted and rated, but not judged.
    let silent = json!({ "text": "", "sentiment": null, "aspects.category": [], "aspects.topic": [], "aspects.touchpoint": [],
                         "aspects.polarity": [], "aspects.score": [], "aspects.start": [], "aspects.end": [], "product_id": "other" });
    rows.push(with(said(15), silent));
    rows.push(with(said(14), json!({ "brand": "Rival", "rating_value": null, "rating_scale_max": null })));
    database.insert("feedback", &rows);
    check(
        &database,
        "SELECT mentions, neutral, round(net, 5), round(net_low, 5), round(net_high, 5), excluded FROM hearken.v_aspect_minute \
         WHERE topic = 'golden' AND brand = 'Golden'",
        &["10 2 0.4 -0.12586 0.74125 3"],
    );
    check(
        &database,
        "SELECT rating_value, n, of_all, share, round(share_low, 4), round(share_high, 4), default_praise FROM hearken.v_ratings \
         WHERE product_id = 'golden' AND brand = 'Golden' ORDER BY rating_value",
        &["1 2 10 0.2 0.0567 0.5098 0", "5 8 10 0.8 0.4902 0.9433 3"],
    );
    check(
        &database,
        "SELECT day, brand, own, business_time_zone, n, round(net_sentiment, 5), round(net_sentiment_low, 5), rated, round(rating_share_mean, 5), excluded \
         FROM hearken.v_brand_comparison WHERE day >= '2026-11-03' AND day <= '2026-11-04' ORDER BY brand",
        &[
            "2026-11-04 Alba true Asia/Shanghai 1 -1 -0.985 1 0.2 0",
            "2026-11-03 Golden true UTC 11 0.4 -0.12586 11 0.78182 3",
            "2026-11-03 Rival false UTC 1 -1 -0.985 0 \\N 0",
        ],
    );
    check(
        &database,
        "SELECT n, excluded, judged, negative, positive, neutral, round(net_sentiment, 5), round(net_sentiment_low, 5), \
         round(net_sentiment_high, 5), rated FROM hearken.v_feedback_minute WHERE brand = 'Golden'",
        &["11 3 10 2 6 2 0.4 -0.12586 0.74125 11"],
    );
}

#[test]
fn what_has_no_words_is_counted_and_in_no_share() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let said = |number, fields| {
        let plain = json!({
            "brand": "Wordless", "occurred_at": "2026-11-06 09:00:00.000", "sentiment": null, "sentiment_score": null,
        });
        with(feedback(number, plain), fields)
    };
    let words = json!({ "text": "bad", "sentiment": "negative", "sentiment_score": -0.5 });
    let advert = json!({ "text": "buy", "sentiment": "positive", "sentiment_score": 1, "origin": "promotional" });
    database.insert("feedback", &[said(410, words), said(411, advert)]);
    // A block of its own: what its views sum is NULL and nothing else.
    let stars = json!({ "rating_value": 5, "rating_scale_max": 5, "keywords.term": ["wordless"], "keywords.stem": [""], "keywords.score": [1] });
    let later = json!({ "occurred_at": "2026-11-06 09:01:00.000" });
    database.insert("feedback", &[said(412, stars), said(413, later)]);
    check(
        &database,
        "SELECT toMinute(minute), n, excluded, judged, negative, positive, mixed, neutral, net_sentiment, score_mean, rated \
         FROM hearken.v_feedback_minute WHERE brand = 'Wordless' ORDER BY minute",
        &[r"0 2 1 1 1 0 0 0 -1 -0.5 1", r"1 1 0 0 0 0 0 0 \N \N 0"],
    );
    check(
        &database,
        "SELECT n, judged, negative, positive, net_sentiment, rated, excluded FROM hearken.v_brand_comparison WHERE brand = 'Wordless'",
        &["3 1 1 0 -1 1 1"],
    );
    check(
        &database,
        "SELECT sum(feedback), sum(negative), sum(positive) FROM hearken.keyword_hour WHERE term = 'wordless'",
        &["1 0 0"],
    );
    // The share as an analyst writes it down: NULL is in neither part of it.
    check(
        &database,
        "SELECT count(), count(sentiment), avg(sentiment = 'negative') FROM hearken.v_feedback \
         WHERE brand = 'Wordless' AND origin = 'genuine'",
        &["3 1 1"],
    );
}

#[test]
fn an_intent_is_quoted_counted_and_taken_back() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let leaving = json!({
        "brand": "Left", "source": "intents", "text": "等了三天没人管,再也不会买了", "sentiment": "negative", "effort": "high",
        "intents.kind": ["complaint", "churn"], "intents.confidence": [0.5, 1], "intents.start": [4, 8], "intents.end": [7, 14],
    });
    let old = feedback(420, leaving.clone());
    let others = [
        feedback(421, with(leaving.clone(), json!({ "origin": "promotional" }))),
        feedback(422, with(leaving.clone(), json!({ "brand": "Rival" }))),
        feedback(423, with(leaving, json!({ "time_precision": "day", "intents.kind": ["complaint", "praise"] }))),
    ];
    database.insert("feedback", &[std::slice::from_ref(&old), &others[..]].concat());
    let intents = "SELECT source_id, kind, confidence, quote, own, origin FROM hearken.v_intents WHERE source = 'intents' \
                   ORDER BY source_id, kind";
    let minutes = "SELECT brand, n, churn FROM hearken.v_feedback_minute WHERE brand IN ('Left', 'Rival') AND n > 0";
    let others = [
        "f421 churn 1 再也不会买了 true promotional",
        "f421 complaint 0.5 没人管 true promotional",
        "f422 churn 1 再也不会买了 false genuine",
        "f422 complaint 0.5 没人管 false genuine",
        "f423 complaint 0.5 没人管 true genuine",
        "f423 praise 1 再也不会买了 true genuine",
    ];
    let before = ["f420 churn 1 再也不会买了 true genuine", "f420 complaint 0.5 没人管 true genuine"];
    check(&database, intents, &[&before[..], &others].concat());
    check(&database, minutes, &["Left 1 1"]);
    // Somebody answered, and the customer edits the words.
    let answered = json!({
        "text": "谢谢", "sentiment": "positive", "effort": null, "intents.kind": ["praise"], "intents.confidence": [1],
        "intents.start": [0], "intents.end": [2],
    });
    database.insert("feedback", &edit(&old, answered));
    check(&database, intents, &[&["f420 praise 1 谢谢 true genuine"], &others[..]].concat());
    check(&database, minutes, &["Left 1 0"]);
}

#[test]
fn no_genuine_feedback_is_no_score() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let fields = json!({
        "brand": "Praised", "product_id": "praised", "origin": "default_praise", "rating_value": 5, "rating_scale_max": 5,
        "aspects.category": ["price"], "aspects.topic": ["praised"], "aspects.touchpoint": [null], "aspects.polarity": ["positive"],
        "aspects.score": [1], "aspects.start": [0], "aspects.end": [0],
    });
    database.insert("feedback", &[feedback(400, fields)]);
    check(
        &database,
        "SELECT n, share, share_low, share_high, default_praise FROM hearken.v_ratings WHERE product_id = 'praised'",
        &["0 \\N \\N \\N 1"],
    );
    check(
        &database,
        "SELECT mentions, net, net_low, net_high, excluded FROM hearken.v_aspect_minute WHERE topic = 'praised'",
        &["0 \\N \\N \\N 1"],
    );
    check(
        &database,
        "SELECT n, net_sentiment, net_sentiment_high, rating_share_mean, excluded FROM hearken.v_brand_comparison WHERE brand = 'Praised'",
        &["0 \\N \\N \\N 1"],
    );
}

#[test]
fn what_is_new_in_a_window_ranks_above_what_is_always_said() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let said = |number: u64, at: &str, sentiment: Option<&str>, terms: &[&str]| {
        let scores = vec![1; terms.len()];
        let fields = json!({
            "brand": "Wordy", "text": "words", "occurred_at": format!("{at}:30.000"), "sentiment": sentiment,
            "keywords.term": terms, "keywords.stem": terms, "keywords.score": scores,
        });
        feedback(number, fields)
    };
    let mut rows: Vec<Value> =
        (0..5).map(|number| said(600 + number, "2026-10-02 08:00", Some("neutral"), &["delivery", "price"])).collect();
    rows.push(said(605, "2026-11-05 12:00", Some("neutral"), &["price"]));
    rows.push(said(606, "2026-11-05 10:00", Some("negative"), &["leak", "delivery"]));
    rows.push(said(607, "2026-11-05 11:59", Some("positive"), &["leak"]));
    // Of nothing, and of another brand.
    rows.push(said(608, "2026-11-05 10:00", None, &[]));
    rows.push(with(said(609, "2026-11-05 10:00", None, &["leak"]), json!({ "brand": "Rival" })));
    database.insert("feedback", &rows);
    let window = "SELECT rank, term, n, negative, positive, round(idf, 4), round(tf_idf, 4) \
                  FROM hearken.v_keywords(from = '2026-11-05 10:00:00', until = '2026-11-05 12:00:00') \
                  WHERE brand IN ('Wordy', 'Rival') ORDER BY brand, rank";
    // Of 8 feedback with terms 2 speak of a leak and 6 of delivery: ln(1 + 8 / 2), ln(1 + 8 / 6).
    check(&database, window, &["1 leak 2 1 1 1.6094 3.2189", "2 delivery 1 1 0 0.8473 0.8473"]);
    database.insert(
        "feedback",
        &edit(&rows[6], json!({ "keywords.term": ["delivery"], "keywords.stem": ["delivery"], "keywords.score": [1] })),
    );
    check(&database, window, &["1 leak 1 0 1 2.1972 2.1972", "2 delivery 1 1 0 0.8473 0.8473"]);
    check(
        &database,
        "SELECT count() FROM hearken.v_keywords(from = '2026-11-05 12:00:00', until = '2026-11-05 12:00:00')",
        &["0"],
    );
}

#[test]
fn a_merge_takes_history_along_and_an_unmerge_gives_it_back() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let by = |number, customer: &str| feedback(number, json!({ "customer_id": customer, "source": "merges" }));
    database.insert(
        "feedback",
        &[
            by(500, "m-old"),
            with(by(501, "m-old"), json!({ "id_namespace": "app" })),
            by(502, "m-new"),
            feedback(503, json!({ "author_key": "m-handle", "source": "merges" })),
            feedback(504, json!({ "author_key": "m-stranger", "source": "merges" })),
        ],
    );
    let who = "SELECT source_id, resolved_customer_key, resolved_customer_id, resolved_id_namespace, resolved_by \
               FROM hearken.v_feedback_customers WHERE source = 'merges' ORDER BY source_id";
    let alone = [
        "f500 m-old m-old  customer_id",
        "f501 app/m-old m-old app customer_id",
        "f502 m-new m-new  customer_id",
        "f503 \\N \\N  \\N",
        "f504 \\N \\N  \\N",
    ];
    check(&database, who, &alone);
    // The new id claims the old one and a handle; of the same id in another namespace it says nothing.
    let claims = [("customer_id", "m-old"), ("handle", "m-handle")];
    database.insert("customers", &[profile("m-new", 1, &claims)]);
    let mut merged = alone;
    merged[0] = "f500 m-new m-new  merge";
    merged[3] = "f503 m-new m-new  handle";
    check(&database, who, &merged);
    // A third id, in a namespace, claims the second: a chain, and the handle's bearer goes along.
    database.insert("customers", &[profile("crm/m-last", 2, &[("customer_id", "m-new")])]);
    let chained = [
        "f500 crm/m-last m-last crm merge",
        alone[1],
        "f502 crm/m-last m-last crm merge",
        "f503 crm/m-last m-last crm merge",
        alone[4],
    ];
    check(&database, who, &chained);
    check(
        &database,
        "SELECT customer_key, path, in_circle FROM hearken.v_customer_merges WHERE customer_key = 'm-old'",
        &["m-old ['m-old','m-new','crm/m-last'] false"],
    );
    // Both undone: the one by a profile without the claim, the other by a deletion.
    database.insert(
        "customers",
        &[
            profile("m-new", 3, &[]),
            with(profile("crm/m-last", 4, &[("customer_id", "m-new")]), json!({ "deleted": true })),
        ],
    );
    check(&database, who, &alone);
    // Said again, it holds again.
    database.insert("customers", &[profile("m-new", 5, &claims)]);
    check(&database, who, &merged);
}

#[test]
fn ids_that_claim_each_other_are_one_and_nothing_runs_for_ever() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let claim = |customer: &str, other: &str| profile(customer, 1, &[("customer_id", other)]);
    // c1 → c2 → c3 → c2 …, and one that claims itself.
    database.insert(
        "customers",
        &[
            claim("c-2", "c-1"),
            claim("c-3", "c-2"),
            profile("c-2", 2, &[("customer_id", "c-1"), ("customer_id", "c-3")]),
            claim("c-me", "c-me"),
        ],
    );
    check(
        &database,
        "SELECT customer_key, merged_into, in_circle FROM hearken.v_customer_merges WHERE customer_key LIKE 'c-%' ORDER BY customer_key",
        &["c-1 c-2 true", "c-2 c-2 true", "c-3 c-2 true"],
    );
    // A chain beyond the bound ends on the way.
    let links: Vec<Value> = (1..30).map(|n| claim(&format!("k-{:02}", n + 1), &format!("k-{n:02}"))).collect();
    database.insert("customers", &links);
    check(
        &database,
        "SELECT customer_key, merged_into FROM hearken.v_customer_merges WHERE customer_key IN ('k-01', 'k-14', 'k-15') ORDER BY customer_key",
        &["k-01 k-17", "k-14 k-30", "k-15 k-30"],
    );
}

#[test]
fn of_two_claims_the_one_that_began_last_holds() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let phone = [("phone", "claimed-phone")];
    let holder = "SELECT customer_key, toDate(claimed_since), claims FROM hearken.v_identities WHERE alias_key = 'claimed-phone'";
    database.insert("customers", &[profile("first", 1, &phone), profile("second", 3, &phone)]);
    check(&database, holder, &["second 2026-10-03 2"]);
    // Said again, the older claim is no newer for it.
    database.insert("customers", &[profile("first", 4, &phone)]);
    check(&database, holder, &["second 2026-10-03 2"]);
    // Given up and taken again, it is. A profile that comes late, from between, changes nothing.
    database.insert("customers", &[profile("first", 5, &[]), profile("first", 6, &phone), profile("second", 2, &[])]);
    check(&database, holder, &["first 2026-10-06 2"]);
    database.insert("customers", &[with(profile("first", 7, &[]), json!({ "deleted": true }))]);
    check(&database, holder, &["second 2026-10-03 1"]);
    check(
        &database,
        "SELECT customer_key, segment, updated_at FROM hearken.v_customers WHERE customer_id IN ('first', 'second')",
        &["second gold 2026-10-03 00:00:00.000"],
    );
}

#[test]
fn feedback_meets_the_order_before_it_whenever_that_arrives() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let of = |number, day: u32| {
        feedback(
            number,
            json!({ "customer_id": "buyer", "source": "orders", "occurred_at": format!("2026-10-{day:02} 00:00:00.000") }),
        )
    };
    let named = json!({ "order_id": "O-9", "customer_id": null });
    database.insert(
        "feedback",
        &[
            of(600, 4),
            of(601, 10),
            of(602, 20),
            with(of(603, 20), named),
            with(of(604, 20), json!({ "customer_id": "x" })),
        ],
    );
    database.insert(
        "orders",
        &[
            order("O-1", "buyer", 5, "paid", 5),
            order("O-1", "buyer", 5, "delivered", 12),
            order("O-9", "other", 6, "paid", 6),
            order("O-9", "other", 6, "refunded", 21),
        ],
    );
    let joined = "SELECT source_id, latest_order_id, toDate(latest_ordered_at), latest_status, latest_amount, named_status, named_currency \
                  FROM hearken.v_feedback_orders WHERE source = 'orders' ORDER BY source_id";
    let none = r"\N \N \N \N \N \N";
    let before = [
        format!("f600 {none}"),
        r"f601 O-1 2026-10-05 paid 12.5 \N \N".to_owned(),
        r"f602 O-1 2026-10-05 delivered 12.5 \N \N".to_owned(),
        r"f603 \N \N \N \N refunded CNY".to_owned(),
        format!("f604 {none}"),
    ];
    check(&database, joined, &before.each_ref().map(String::as_str));
    // Two orders arrive late: one between the others, of which only a later status is known, one of an id that is then merged.
    database.insert("orders", &[order("O-2", "buyer", 8, "shipped", 15), order("O-3", "buyer-old", 2, "paid", 2)]);
    database.insert("customers", &[profile("buyer", 1, &[("customer_id", "buyer-old")])]);
    let after = [
        r"f600 O-3 2026-10-02 paid 12.5 \N \N",
        r"f601 O-2 2026-10-08 \N \N \N \N",
        r"f602 O-2 2026-10-08 shipped 12.5 \N \N",
        &before[3],
        &before[4],
    ];
    check(&database, joined, &after);
    check(
        &database,
        "SELECT order_id, status, own FROM hearken.v_orders WHERE customer_id LIKE 'buyer%' ORDER BY order_id",
        &["O-1 delivered true", "O-2 shipped true", "O-3 paid true"],
    );
}

#[test]
fn of_two_states_of_one_moment_the_one_sent_last_holds() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // A shop without `updated_at` dates every status like the order itself; the ids stand in the other order.
    let state = |status: &str, offset: u64| {
        let fields = json!({ "record_id": id(1_000 - offset), "src_offset": offset });
        with(order("O-tie", "tied", 5, status, 5), fields)
    };
    database.insert("orders", &[state("refunded", 3), state("paid", 2), state("created", 1)]);
    check(&database, "SELECT status FROM hearken.v_orders WHERE order_id = 'O-tie'", &["refunded"]);
    database.insert("feedback", &[feedback(650, json!({ "customer_id": "tied", "source": "tie" }))]);
    check(&database, "SELECT latest_status FROM hearken.v_feedback_orders WHERE source = 'tie'", &["refunded"]);
}

#[test]
fn a_profile_dated_ahead_claims_nobody_after_its_deletion() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let came = |profile, day: u32| with(profile, json!({ "received_at": format!("2026-10-{day:02} 00:00:00.000") }));
    let claimed = "SELECT customer_key, merged_into FROM hearken.v_customer_merges WHERE customer_key = 'h-old'";
    let ahead = came(profile("h-new", 7, &[("customer_id", "h-old")]), 5);
    database.insert("customers", &[ahead]);
    check(&database, claimed, &["h-old h-new"]);
    database.insert("customers", &[came(with(profile("h-new", 6, &[]), json!({ "deleted": true })), 6)]);
    check(&database, claimed, &[]);
    check(&database, "SELECT count() FROM hearken.v_customers WHERE customer_id = 'h-new'", &["0"]);
    // Known again after that, it claims again.
    database.insert("customers", &[came(profile("h-new", 8, &[("customer_id", "h-old")]), 8)]);
    check(&database, claimed, &["h-old h-new"]);
}

#[test]
fn a_date_is_the_day_it_was_written_down_as() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // 20 November in Shanghai, where the shop is; the brand's day is UTC's. Of a source nobody knows the brand's day counts.
    let said = |number, precision: &str, source: &str| {
        let fields = json!({ "brand": "Dated", "source": source, "time_precision": precision, "occurred_at": "2026-11-19 16:00:00.000" });
        feedback(number, fields)
    };
    let rows = [said(350, "day", "shop"), said(351, "second", "shop"), said(352, "day", "stranger")];
    database.insert("feedback", &rows);
    check(
        &database,
        "SELECT day, n FROM hearken.v_brand_comparison WHERE brand = 'Dated' ORDER BY day",
        &["2026-11-19 2", "2026-11-20 1"],
    );
}

#[test]
fn trees_answer_in_sql_what_lies_in_what() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    check(
        &database,
        "SELECT place_id, store, city, region, country, brand, owner, path FROM hearken.v_places ORDER BY place_id",
        &[
            r"cn \N \N \N China \N Li ['cn']",
            r"de \N \N \N Germany \N \N ['de']",
            r"s1 First Shenzhen South China \N Wu ['s1','sz','south','cn']",
            r"s2 Erster \N \N Germany \N \N ['s2','de']",
            r"south \N \N South China \N Wu ['south','cn']",
            r"sz \N Shenzhen South China \N Wu ['sz','south','cn']",
        ],
    );
    check(
        &database,
        "SELECT product_id, name, brand, category, path FROM hearken.v_products ORDER BY product_id",
        &[
            r"drinks \N Alba \N ['drinks']",
            r"oolong Oolong Alba tea ['oolong','tea','drinks']",
            r"tea \N Alba tea ['tea','drinks']",
        ],
    );
    let stores = ["s1", "s2", "nowhere"]
        .map(|store| with(feedback(store.len() as u64, json!({})), json!({ "store_id": store })));
    let stores = stores
        .into_iter()
        .zip(700..)
        .map(|(row, number)| with(row, json!({ "feedback_id": id(number), "source": "trees" })));
    let homeless = feedback(703, json!({ "source": "trees" }));
    database.insert("feedback", &stores.chain([homeless]).collect::<Vec<_>>());
    check(
        &database,
        "SELECT store_id FROM hearken.v_feedback WHERE source = 'trees' \
         AND dictIsIn('hearken.place_by_id', sipHash64(ifNull(store_id, '')), sipHash64('cn'))",
        &["s1"],
    );
}

#[test]
fn surveys_visits_and_outcomes_show_the_newest_state() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = |value: u8| {
        json!({
            "answers.question_id": ["q"], "answers.kind": ["nps"], "answers.feature": [null], "answers.value": [value],
            "answers.scale_max": [10], "answers.direction": [null], "answers.text": [null],
        })
    };
    let old = with(
        feedback(800, json!({ "channel": "survey", "survey_id": "answered", "src_topic": "outcome", "src_offset": 1 })),
        answer(3),
    );
    database.insert("feedback", std::slice::from_ref(&old));
    database.insert("feedback", &edit(&old, with(answer(9), json!({ "src_offset": 2 }))));
    check(
        &database,
        "SELECT kind, value, own FROM hearken.v_survey_answers WHERE survey_id = 'answered'",
        &["nps 9 true"],
    );
    let visit = |touchpoint: Value| json!({ "visit_id": "v", "source": "visited", "event": "view", "touchpoint": touchpoint, "src_topic": "outcome", "src_offset": 3 });
    database.insert(
        "visits",
        &[visit(json!("treasure box")), visit(json!("Check_Out")), visit(json!("teleport")), visit(json!(null))],
    );
    check(
        &database,
        "SELECT touchpoint, journey_stage FROM hearken.v_visits WHERE source = 'visited' ORDER BY touchpoint NULLS LAST",
        &["Check_Out action", "teleport unmapped", "treasure box advocacy", "\\N unmapped"],
    );
    check(
        &database,
        "SELECT src_offset, outcome, count() FROM hearken.v_outcome WHERE src_topic = 'outcome' GROUP BY ALL ORDER BY src_offset",
        &["1 row 1", "2 row 1", "3 row 4"],
    );
}

#[test]
fn a_catalog_is_replaced_as_a_whole() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let places = "SELECT groupArray(id) FROM (SELECT id FROM hearken.places ORDER BY id)";
    let said =
        load(&database, "places = [{ id = 'moon', kind = 'country', name = 'Moon' }]\nbrands = [{ name = 'Rival' }]");
    assert!(said.starts_with("0 sources, 1 brands, 0 products, 1 places, 0 touchpoints beside the "), "{said}");
    check(&database, places, &["['moon']"]);
    check(
        &database,
        "SELECT dictGet('hearken.brand_by_name', 'own', 'Rival'), dictHas('hearken.place_by_id', sipHash64('cn')), \
         dictGet('hearken.touchpoint_by_name', 'stage', 'treasurebox'), dictGet('hearken.touchpoint_by_name', 'stage', '售后')",
        &["true 0 unmapped use"],
    );
    let file = database.directory().join("wrong.toml");
    fs::write(
        &file,
        "places = [{ id = 'a', parent = 'b', kind = 'city', name = 'A' }]\nproducts = [{ id = 'p' }, { id = 'p' }]",
    )
    .unwrap();
    for action in ["check", "load"] {
        let wrong = database.hearken(&["catalog", action, file.to_str().unwrap()]);
        assert_eq!(wrong.code, Some(1), "{wrong:?}");
        assert!(
            wrong.err.contains("product \"p\" stands twice\nplace \"a\": its parent \"b\" is not listed"),
            "{wrong:?}"
        );
    }
    check(&database, places, &["['moon']"]);
    load(&database, CATALOG);
    assert_eq!(
        database.hearken(&["migrate"]).out,
        "every table and view is there\n",
        "a second migration keeps the catalog"
    );
    check(&database, places, &["['cn','de','s1','s2','south','sz']"]);
    check(&database, "SELECT name FROM system.tables WHERE database = 'hearken' AND name LIKE '%loading'", &[]);
}

#[test]
fn no_row_makes_a_view_fail() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let extreme = |number, spans: (u64, u64), rating: (f64, f64), at: &str| {
        feedback(
            number,
            json!({
                "occurred_at": at, "text": "é😀", "rating_value": rating.0, "rating_scale_max": rating.1, "likes": u64::MAX, "version": u64::MAX - 65_536,
                "customer_id": "", "author_key": "", "order_id": "", "store_id": "", "product_id": "", "brand": "", "time_precision": "minute",
                "aspects.category": [""], "aspects.topic": [""], "aspects.touchpoint": [""], "aspects.polarity": [""],
                "aspects.score": [-1], "aspects.start": [spans.0], "aspects.end": [spans.1], "source": "extreme",
                "sentiment": Value::Null, "sentiment_score": 3e38, "keywords.term": [""], "keywords.stem": [""], "keywords.score": [0], "simhash": u64::MAX, "effort": "",
                "intents.kind": [""], "intents.confidence": [-1], "intents.start": [spans.0], "intents.end": [spans.1],
            }),
        )
    };
    let most = u64::from(u32::MAX);
    database.insert("feedback", &[extreme(900, (0, most), (0.0, 0.0), "1971-01-01 00:00:00.000")]);
    database.insert("feedback", &[extreme(901, (most, 0), (3e38, 1e-38), "2099-12-31 23:59:59.999")]);
    database.insert("feedback", &[extreme(902, (most, most), (-3e38, 5.0), "2026-11-05 23:59:59.999")]);
    database.insert("orders", &[json!({ "order_id": "", "customer_id": "", "amount": -99_999_999_999_999i64 })]);
    database.insert(
        "customers",
        &[json!({ "customer_id": "", "aliases.type": ["customer_id", "handle"], "aliases.key": ["", ""] })],
    );
    for view in OBJECTS.iter().filter(|object| object.is_view()) {
        database.sql(&format!("SELECT * FROM {} FORMAT Null", whole(view)));
    }
    check(
        &database,
        "SELECT quote, source_id FROM hearken.v_quotes WHERE source = 'extreme' ORDER BY source_id",
        &["é😀 f900", " f901", " f902"],
    );
    check(
        &database,
        "SELECT quote, source_id FROM hearken.v_intents WHERE source = 'extreme' ORDER BY source_id",
        &["é😀 f900", " f901", " f902"],
    );
}
