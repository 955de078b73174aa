//! Scores of surveys and of feelings: golden numbers, what counts, and whose day it is.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::fixture::{Answer, answered, check, edit, feedback, response, shared, with};

/// An answer to "would you recommend us".
fn nps(value: u8) -> Answer<'static> {
    ("recommend", "nps", Some(value.into()), Some(10.0), None)
}

/// Responses to one question, so many of each answer; their numbers begin with `first`.
fn responses(first: u64, given: &[(u32, Answer<'_>)], fields: &Value) -> Vec<Value> {
    let answers = given.iter().flat_map(|(times, answer)| (0..*times).map(move |_| *answer));
    answers.zip(first..).map(|(answer, number)| response(number, &[answer], fields.clone())).collect()
}

#[test]
fn scores_are_the_golden_ones() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let csat = |value: f64| ("satisfied", "csat", Some(value), Some(5.0), None);
    // Promoters, passives and detractors give 9, 8 and 6.
    let net: [(&str, [u32; 3], &str); 5] = [
        ("Net A", [50, 30, 20], "100 50 30 20 0 30 14.051 44.202"),
        ("Net B", [5, 0, 0], "5 5 0 0 0 100 17.491 100"),
        ("Net C", [6, 2, 2], "10 6 2 2 0 40 -12.586 74.125"),
        ("Net all passive", [0, 4, 0], "4 0 4 0 0 0 -34.293 34.293"),
        ("Net of one", [0, 1, 0], "1 0 1 0 0 0 -60.012 60.012"),
    ];
    for ((brand, [promoters, passives, detractors], expected), first) in net.into_iter().zip((10_000..).step_by(200)) {
        let given = [(promoters, nps(9)), (passives, nps(8)), (detractors, nps(6))];
        database.insert("feedback", &responses(first, &given, &json!({ "brand": brand })));
        let score =
            "SELECT n, promoters, passives, detractors, excluded, round(nps, 3), round(nps_low, 3), round(nps_high, 3)";
        check(&database, &format!("{score} FROM hearken.v_nps WHERE brand = '{brand}'"), &[expected]);
    }
    let shares = [
        ("Share A", 8, 10, "10 8 0.8 0.4902 0.9433"),
        ("Share B", 0, 10, "10 0 0 0 0.2775"),
        ("Share C", 170, 200, "200 170 0.85 0.7939 0.8929"),
    ];
    for ((brand, top, n, expected), first) in shares.into_iter().zip((12_000..).step_by(200)) {
        let given = [(top, csat(4.0)), (n - top, csat(3.0))];
        database.insert("feedback", &responses(first, &given, &json!({ "brand": brand })));
        let score = "SELECT n, top_two, csat, round(csat_low, 4), round(csat_high, 4)";
        check(&database, &format!("{score} FROM hearken.v_csat WHERE brand = '{brand}'"), &[expected]);
    }
    check(&database, "SELECT count() FROM hearken.v_nps WHERE brand = 'Share A'", &["0"]);
}

#[test]
fn only_what_is_on_the_scale_counts() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let of = |kind: &'static str, value: f64, best: Option<f64>, way| ("q", kind, Some(value), best, way);
    let given = [
        // Whole numbers from 0 to 10, whether or not the scale is said: four count.
        of("nps", 0.0, Some(10.0), None),
        of("nps", 6.0, None, None),
        of("nps", 9.0, Some(10.0), None),
        of("nps", 10.0, None, None),
        of("nps", 8.5, Some(10.0), None),
        of("nps", 11.0, Some(10.0), None),
        of("nps", -1.0, Some(10.0), None),
        of("nps", 4.0, Some(5.0), None),
        ("q", "nps", None, Some(10.0), None),
        // Between two boxes is the lower one.
        of("csat", 4.5, Some(5.0), None),
        of("csat", 3.9, Some(5.0), None),
        of("csat", 6.0, Some(7.0), None),
        of("csat", 5.0, Some(7.0), None),
        of("csat", 5.5, Some(5.0), None),
        of("csat", 1.0, Some(2.0), None),
        of("csat", 1.0, None, None),
        of("csat", 3e38, Some(3.4e38), None),
        of("ces", 5.0, Some(7.0), Some("agree")),
        of("ces", 4.5, Some(7.0), Some("agree")),
        of("ces", 8.0, Some(7.0), Some("agree")),
        of("ces", 2.0, Some(7.0), Some("effort")),
        of("ces", 4.0, Some(5.0), None),
        of("scale", 4.0, Some(5.0), None),
    ];
    database.insert("feedback", &[response(13_000, &given, json!({ "brand": "Scaled" }))]);
    // What no JSON says.
    database.sql(
        "INSERT INTO hearken.feedback (feedback_id, sign, channel, brand, origin, `answers.question_id`, `answers.kind`, \
         `answers.feature`, `answers.value`, `answers.scale_max`, `answers.direction`, `answers.text`) \
         SELECT generateUUIDv4(), 1, 'survey', 'Scaled', 'genuine', ['q', 'q', 'q', 'q', 'q'], ['nps', 'nps', 'csat', 'csat', 'ces'], \
         [NULL, NULL, NULL, NULL, NULL], [nan, inf, nan, inf, 1], [10, 10, 5, inf, nan], [NULL, NULL, NULL, NULL, NULL], \
         [NULL, NULL, NULL, NULL, NULL]",
    );
    check(
        &database,
        "SELECT sum(s.n), sum(s.promoters), sum(s.detractors), sum(s.excluded) FROM hearken.v_nps AS s WHERE brand = 'Scaled'",
        &["4 2 2 7"],
    );
    check(
        &database,
        "SELECT scale_max, sum(s.n), sum(s.top_two), sum(s.excluded) FROM hearken.v_csat AS s WHERE brand = 'Scaled' AND n > 0 \
         GROUP BY scale_max ORDER BY scale_max",
        &["5 2 1 1", "7 2 1 0"],
    );
    check(&database, "SELECT sum(s.excluded) FROM hearken.v_csat AS s WHERE brand = 'Scaled'", &["6"]);
    check(
        &database,
        "SELECT scale_max, direction, n, excluded, mean, agreed, easy_share, round(easy_low, 4) FROM hearken.v_ces \
         WHERE brand = 'Scaled' AND n > 0 ORDER BY scale_max, direction",
        &[r"5 \N 1 0 4 \N \N \N", "7 agree 2 1 4.75 1 0.5 0.0945", r"7 effort 1 0 2 \N \N \N"],
    );
}

#[test]
fn an_edited_answer_changes_the_score_and_kinds_are_never_pooled() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let old = response(13_100, &[nps(2)], json!({ "brand": "Edited" }));
    let rows = [
        old.clone(),
        response(13_101, &[nps(10)], json!({ "brand": "Edited" })),
        response(13_102, &[nps(0)], json!({ "brand": "Edited", "survey_kind": "relationship" })),
        response(13_103, &[nps(9)], json!({ "brand": "Edited", "origin": "garbled" })),
        response(13_104, &[], json!({ "brand": "Edited", "survey_kind": "relationship" })),
        response(13_105, &[nps(0)], json!({ "brand": "Rival", "store_id": "edited" })),
    ];
    database.insert("feedback", &rows);
    let scores = "SELECT survey_kind, n, promoters, detractors, excluded, nps FROM hearken.v_nps \
                  WHERE brand = 'Edited' OR store_id = 'edited' ORDER BY survey_kind";
    check(&database, scores, &["relationship 1 0 1 0 -100", "transactional 2 1 1 1 0"]);
    database.insert("feedback", &edit(&old, answered(&[nps(9)])));
    check(&database, scores, &["relationship 1 0 1 0 -100", "transactional 2 2 0 1 100"]);
    // Taken back altogether, it leaves what is excluded and no wrong 0.
    let alone =
        response(13_106, &[nps(9)], json!({ "brand": "Edited", "survey_kind": "relationship", "region": "gone" }));
    database.insert("feedback", std::slice::from_ref(&alone));
    database.insert("feedback", &edit(&alone, json!({ "origin": "promotional" })));
    check(
        &database,
        "SELECT n, excluded, nps, nps_low, nps_high FROM hearken.v_nps WHERE brand = 'Edited' AND region = 'gone'",
        &[r"0 1 \N \N \N"],
    );
}

#[test]
fn an_answer_counts_on_the_day_of_its_brand() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let at = |number, brand: &str, at: &str| {
        response(
            number,
            &[nps(9)],
            json!({ "brand": brand, "survey_id": "days", "source": "nowhere", "occurred_at": at }),
        )
    };
    let day = |row, source: &str| with(row, json!({ "time_precision": "day", "source": source }));
    database.insert(
        "feedback",
        &[
            // Berlin's 25 October has 25 hours.
            at(13_200, "Spree", "2026-10-24 21:59:59.999"),
            at(13_201, "Spree", "2026-10-24 22:00:00.000"),
            at(13_202, "Spree", "2026-10-25 22:59:59.999"),
            at(13_203, "Spree", "2026-10-25 23:00:00.000"),
            at(13_204, "Alba", "2026-10-25 15:59:59.999"),
            at(13_205, "Alba", "2026-10-25 16:00:00.000"),
            // Known to the day: the day its source wrote down, here Shanghai's 26th.
            day(at(13_206, "Spree", "2026-10-25 16:00:00.000"), "shop"),
            // Late, dated ahead, and of unknown time.
            at(13_207, "Spree", "1999-12-31 23:30:00.000"),
            at(13_208, "Spree", "2099-06-01 12:00:00.000"),
            with(at(13_209, "Spree", "2026-10-27 12:00:00.000"), json!({ "time_precision": "unknown" })),
        ],
    );
    check(
        &database,
        "SELECT brand, day, sum(s.n) FROM hearken.v_nps AS s WHERE survey_id = 'days' GROUP BY brand, day ORDER BY brand, day",
        &[
            "Alba 2026-10-25 1",
            "Alba 2026-10-26 1",
            "Spree 2000-01-01 1",
            "Spree 2026-10-24 1",
            "Spree 2026-10-25 2",
            "Spree 2026-10-26 2",
            "Spree 2026-10-27 1",
            "Spree 2099-06-01 1",
        ],
    );
    check(
        &database,
        "SELECT sum(s.n) FROM hearken.v_nps AS s WHERE survey_id = 'days' AND day = '2026-10-25' AND brand = 'Spree'",
        &["2"],
    );
}

#[test]
fn feelings_have_a_switch_and_show_which_model_felt() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let felt = |number, sentiment: Value, fields: Value| {
        let plain = json!({ "brand": "Feeling", "sentiment": sentiment, "enricher_version": 3, "occurred_at": "2026-09-03 10:00:00.000" });
        with(feedback(number, plain), fields)
    };
    let old = felt(13_300, json!("positive"), json!({}));
    database.insert(
        "feedback",
        &[
            old.clone(),
            felt(13_301, json!("negative"), json!({})),
            felt(13_302, json!("mixed"), json!({})),
            felt(13_303, json!("neutral"), json!({})),
            felt(13_304, Value::Null, json!({})),
            felt(13_305, json!("positive"), json!({ "origin": "promotional" })),
            felt(13_306, json!("positive"), json!({ "origin": "default_praise" })),
            felt(13_307, json!("positive"), json!({ "brand": "Rival" })),
        ],
    );
    let felt = "SELECT enricher_version, n, excluded, judged, negative, neutral, positive, mixed, net_sentiment, n_all, judged_all, \
                negative_all, positive_all, round(net_sentiment_all, 4) FROM hearken.v_net_sentiment WHERE day = '2026-09-03' \
                AND brand IN ('Feeling', 'Rival') ORDER BY enricher_version";
    check(&database, felt, &["3 5 2 4 1 1 1 1 0 7 6 1 3 0.3333"]);
    // A newer model feels otherwise.
    database.insert("feedback", &edit(&old, json!({ "sentiment": "negative", "enricher_version": 4 })));
    check(&database, felt, &["3 4 2 3 1 1 0 1 -0.3333333333333333 6 5 1 2 0.2", "4 1 0 1 1 0 0 0 -1 1 1 1 0 -1"]);
    check(
        &database,
        "SELECT n, excluded, net_sentiment, net_sentiment_low FROM hearken.v_net_sentiment WHERE brand = 'Nobody felt'",
        &[],
    );
}
