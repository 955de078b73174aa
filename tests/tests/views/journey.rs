//! The journey: what is said and done in each stage, and what nobody measures.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::fixture::{answered, check, edit, feedback, id_of, load, order, response, shared, with};

/// The columns of these aspects: touchpoint and polarity.
fn aspects(of: &[(Option<&str>, &str)]) -> Value {
    json!({
        "aspects.category": vec!["c"; of.len()], "aspects.topic": vec!["t"; of.len()], "aspects.score": vec![0; of.len()],
        "aspects.start": vec![0; of.len()], "aspects.end": vec![0; of.len()],
        "aspects.touchpoint": of.iter().map(|aspect| aspect.0).collect::<Vec<_>>(),
        "aspects.polarity": of.iter().map(|aspect| aspect.1).collect::<Vec<_>>(),
    })
}

/// An event of a visit to Wander's site in October 2026.
fn event(visit: &str, event: &str, touchpoint: &str, at: &str, fields: Value) -> Value {
    let row = json!({
        "record_id": id_of(&format!("{visit}{event}{touchpoint}{at}")), "source": "site", "visit_id": visit, "event": event,
        "touchpoint": touchpoint, "occurred_at": format!("2026-10-{at}:00.000"), "received_at": format!("2026-10-{at}:00.000"),
        "time_precision": "second", "brand": "Wander",
    });
    with(row, fields)
}

#[test]
fn an_aspect_is_heard_in_the_stage_of_its_own_touchpoint() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let said = |number, fields: Value| {
        feedback(
            number,
            with(json!({ "brand": "Voices", "touchpoint": "marketplace", "journey_stage": "discovery" }), fields),
        )
    };
    let old = said(
        30_000,
        aspects(&[
            (Some("Delivery"), "negative"),
            (Some("delivery"), "negative"),
            (None, "positive"),
            (Some("Tele Port"), "neutral"),
        ]),
    );
    database.insert(
        "feedback",
        &[
            old.clone(),
            // Without aspects the record speaks, with words or without.
            said(30_001, json!({ "sentiment": "positive" })),
            said(30_002, json!({ "sentiment": null })),
            said(30_003, json!({ "sentiment": "mixed", "touchpoint": "Tele Port", "journey_stage": "unmapped" })),
            said(30_004, json!({ "sentiment": "negative", "touchpoint": null, "journey_stage": "unmapped" })),
            said(30_005, with(aspects(&[(Some("delivery"), "negative")]), json!({ "origin": "promotional" }))),
            said(
                30_006,
                with(aspects(&[(Some("delivery"), "negative")]), json!({ "brand": "Rival", "region": "voices" })),
            ),
        ],
    );
    let touchpoints = "SELECT journey_stage, touchpoint, n, excluded, judged, negative, positive FROM hearken.v_journey_touchpoints \
                       WHERE brand = 'Voices' ORDER BY journey_stage, touchpoint";
    let rest = ["unmapped  1 0 1 1 0", "unmapped Tele Port 1 0 1 0 0"];
    let before = ["action delivery 2 1 2 2 0", "discovery Tele Port 1 0 1 0 0", "discovery marketplace 3 0 2 0 2"];
    check(&database, touchpoints, &[&before[..], &rest].concat());
    let stages = "SELECT day, journey_stage, n, excluded, judged, negative, positive, net_sentiment, round(net_sentiment_low, 4) \
                  FROM hearken.v_journey WHERE brand = 'Voices' ORDER BY journey_stage";
    check(
        &database,
        stages,
        &[
            "2026-11-01 action 2 1 2 2 0 -1 -1",
            "2026-11-01 discovery 4 0 3 0 2 0.6666666666666666 -0.2165",
            "2026-11-01 unmapped 2 0 2 1 0 -0.5 -0.7945",
        ],
    );
    // What was wrong with the delivery is edited away.
    database.insert("feedback", &edit(&old, with(aspects(&[]), json!({ "sentiment": null }))));
    let after = ["action delivery 0 1 0 0 0", "discovery marketplace 3 0 1 0 1"];
    check(&database, touchpoints, &[&after[..], &rest].concat());
    check(
        &database,
        "SELECT net_sentiment, net_sentiment_high, visits, bounce_rate, conversion, conversion_high FROM hearken.v_journey \
         WHERE brand = 'Voices' AND journey_stage = 'action'",
        &[r"\N \N 0 \N \N \N"],
    );
}

#[test]
fn a_visit_bounces_or_leads_to_an_order() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let by = |customer: &str| json!({ "customer_id": customer, "id_namespace": "w" });
    let device = |visitor: &str| json!({ "visitor_id": visitor });
    database.insert(
        "visits",
        &[
            event("v1", "view", "product page", "01 10:00", by("ann")),
            event("v1", "view", "Product-Page", "01 10:01", by("ann")),
            event("v1", "add_to_cart", "cart", "01 10:02", by("ann")),
            event("v2", "bounce", "product page", "01 11:00", by("ann")),
            event("v3", "bounce", "product page", "01 12:00", device("tablet")),
            event("v4", "view", "product page", "01 13:00", json!({})),
            event("v5", "view", "product page", "01 14:00", by("bob")),
            event("v6", "view", "product page", "01 15:00", by("cis")),
            // Over midnight: there on both days.
            event("v7", "view", "product page", "01 23:59", device("phone")),
            event("v7", "view", "product page", "02 00:01", device("phone")),
            event("v8", "form", "nowhere", "01 10:00", with(by("ann"), json!({ "brand": "" }))),
            event("v9", "view", "product page", "01 10:00", json!({ "brand": "Rival" })),
        ],
    );
    let bought = |number: &str, customer: &str, at: &str, fields: Value| {
        let at = format!("2026-10-{at}:00.000");
        let plain = json!({ "occurred_at": at, "updated_at": at, "brand": "Wander", "id_namespace": "w" });
        with(with(order(number, customer, 1, "paid", 1), plain), fields)
    };
    let cancelled =
        json!({ "record_id": id_of("W-2 gone"), "status": "cancelled", "updated_at": "2026-10-03 00:00:00.000" });
    let paid = bought("W-2", "ann", "01 11:30", json!({}));
    database.insert(
        "orders",
        &[
            bought("W-0", "ann", "01 09:59", json!({})),
            bought("W-1", "ann", "01 10:30", json!({})),
            paid.clone(),
            // A day after, of another brand, of the same id in another namespace.
            bought("W-3", "bob", "02 14:00", json!({})),
            bought("W-4", "cis", "01 15:01", json!({ "brand": "Alba" })),
            bought("W-5", "cis", "01 15:01", json!({ "id_namespace": "" })),
        ],
    );
    let stages = "SELECT day, journey_stage, visits, visitors, bounces, bounce_rate, known_visits, orders, converted, conversion, \
                  round(conversion_low, 4), round(conversion_high, 4), n, net_sentiment FROM hearken.v_journey \
                  WHERE brand = 'Wander' ORDER BY day, journey_stage";
    let cart = r"2026-10-01 consideration 1 1 0 0 1 1 1 1 0.2065 1 0 \N";
    let next = r"2026-10-02 interest 1 1 0 0 0 0 0 \N \N \N 0 \N";
    let first = r"2026-10-01 interest 7 5 2 0.2857142857142857 4 2 2 0.5 0.15 0.85 0 \N";
    check(&database, stages, &[cart, first, next]);
    // Cancelled, it was no order; the visit before it led to none.
    database.insert("orders", &[with(paid, cancelled)]);
    let first = r"2026-10-01 interest 7 5 2 0.2857142857142857 4 1 1 0.25 0.0456 0.6994 0 \N";
    check(&database, stages, &[cart, first, next]);
    check(
        &database,
        "SELECT touchpoint, visits, bounces FROM hearken.v_journey_touchpoints WHERE brand = 'Wander' AND day = '2026-10-01' \
         ORDER BY touchpoint",
        &["cart 1 0", "product page 7 2"],
    );
    // A page of no brand leads to an order of any.
    check(
        &database,
        "SELECT brand, journey_stage, touchpoint, visitor, known, bounced, converted, order_id FROM hearken.v_visit_steps \
         WHERE source = 'site' AND visit_id IN ('v3', 'v4', 'v5', 'v8', 'v9') ORDER BY visit_id",
        &[
            r"Wander interest product page site tablet false true false \N",
            r"Wander interest product page \N false false false \N",
            r"Wander interest product page customer w/bob true false false \N",
            " unmapped nowhere customer w/ann true false true W-1",
        ],
    );
}

#[test]
fn a_stage_that_nobody_measures_shows() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    load(
        &database,
        "brands = [{ name = 'Blind' }, { name = 'Rival', own = false }]\n\
         touchpoints = [{ touchpoint = 'Kiosk', stage = 'action', phase = 'in', department = 'Stores' }]",
    );
    let said = |number, fields: Value| {
        let plain =
            json!({ "brand": "Blind", "touchpoint": "Customer_Service", "received_at": "2026-11-02 00:00:00.000" });
        feedback(number, with(plain, fields))
    };
    let survey =
        json!({ "brand": "Blind", "touchpoint": "customer service", "received_at": "2026-11-01 00:00:00.000" });
    database.insert(
        "feedback",
        &[
            said(30_100, aspects(&[(Some("delivery"), "negative"), (None, "neutral")])),
            // Dated ahead: it was said when it came, at the latest.
            said(30_101, json!({ "touchpoint": "Tele Port", "occurred_at": "2099-01-01 00:00:00.000" })),
            said(30_102, json!({ "touchpoint": "blog", "origin": "promotional" })),
            said(30_103, json!({ "brand": "Rival", "touchpoint": "blog" })),
            response(30_104, &[("q", "nps", Some(9.0), None, None), ("r", "text", None, None, None)], survey),
        ],
    );
    database.insert("visits", &[event("b1", "view", "cart", "20 10:00", json!({ "brand": "Blind" }))]);
    let covered = "SELECT journey_stage, touchpoint, department, feedback, mentions, survey_answers, visits, toDate(last_at), measured \
                   FROM hearken.v_coverage WHERE brand IN ('Blind', 'Rival') ORDER BY journey_stage, touchpoint";
    let blind = |stage: &str| format!(r"{stage}   0 0 0 0 \N false");
    let expected = [
        r"action Kiosk Stores 0 0 0 0 \N false".to_owned(),
        "action delivery  0 1 0 0 2026-11-01 true".to_owned(),
        blind("advocacy"),
        blind("awareness"),
        "consideration cart  0 0 0 1 2026-10-20 true".to_owned(),
        blind("discovery"),
        blind("interest"),
        "unmapped Tele Port  1 0 0 0 2026-11-02 true".to_owned(),
        "use customer service  2 0 2 0 2026-11-01 true".to_owned(),
    ];
    check(&database, covered, &expected.each_ref().map(String::as_str));
    // The survey is taken back: its answers no longer count.
    let fields =
        json!({ "brand": "Blind", "touchpoint": "customer service", "received_at": "2026-11-01 00:00:00.000" });
    let asked = response(30_104, &[("q", "nps", Some(9.0), None, None), ("r", "text", None, None, None)], fields);
    database.insert("feedback", &edit(&asked, answered(&[])));
    check(
        &database,
        "SELECT feedback, survey_answers FROM hearken.v_coverage WHERE brand = 'Blind' AND touchpoint = 'customer service'",
        &["2 0"],
    );
    load(&database, crate::fixture::CATALOG);
}
