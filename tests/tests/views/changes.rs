//! How scores change between windows, how they differ between channels, and how soon surveys are answered.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::fixture::{Answer, check, edit, feedback, response, shared, with};

/// A week and the one before it.
const NOW: &str = "2025-03-12 10:00:00.000";
const BEFORE: &str = "2025-03-05 10:00:00.000";
const WEEK: &str = "from = '2025-03-10 00:00:00', until = '2025-03-17 00:00:00'";

/// Responses at one time, so many of each answer; their numbers begin with `first`.
fn asked(first: u64, brand: &str, at: &str, given: &[(u32, Answer<'_>)]) -> Vec<Value> {
    let answers = given.iter().flat_map(|(times, answer)| (0..*times).map(move |_| *answer));
    let fields = json!({ "brand": brand, "occurred_at": at, "sentiment": null });
    answers.zip(first..).map(|(answer, number)| response(number, &[answer], fields.clone())).collect()
}

#[test]
fn a_change_is_flagged_where_chance_does_not_make_it() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let nps = |given: [u32; 3]| {
        let answer = |value: f64| ("q", "nps", Some(value), Some(10.0), None);
        [(given[0], answer(9.0)), (given[1], answer(7.0)), (given[2], answer(3.0))]
    };
    let csat = |value: f64| ("q", "csat", Some(value), Some(5.0), None);
    let ces = |value: f64, way: &'static str| ("q", "ces", Some(value), Some(7.0), Some(way));
    let weeks = [
        asked(20_000, "Change much", BEFORE, &nps([20, 30, 50])),
        asked(20_100, "Change much", NOW, &nps([50, 30, 20])),
        asked(20_200, "Change little", BEFORE, &nps([5, 0, 0])),
        asked(20_210, "Change little", NOW, &nps([6, 2, 2])),
        asked(20_230, "Change new", NOW, &nps([1, 0, 0])),
        asked(20_231, "Change none", BEFORE, &nps([1, 0, 0])),
        asked(20_240, "Change share", BEFORE, &[(2, csat(4.0)), (8, csat(3.0))]),
        asked(20_250, "Change share", NOW, &[(8, csat(4.0)), (2, csat(3.0))]),
        asked(
            20_260,
            "Change ease",
            BEFORE,
            &[(2, ces(5.0, "agree")), (2, ces(4.0, "agree")), (3, ces(5.0, "effort"))],
        ),
        asked(20_270, "Change ease", NOW, &[(3, ces(5.0, "agree")), (1, ces(4.0, "agree"))]),
        // All and none of four is a change, of one it is not.
        asked(20_282, "Change four", BEFORE, &[(4, csat(1.0))]),
        asked(20_286, "Change four", NOW, &[(4, csat(5.0))]),
        asked(20_280, "Change one", BEFORE, &[(1, csat(1.0))]),
        asked(20_281, "Change one", NOW, &[(1, csat(5.0))]),
        // Neither week: too early, the end of the window, dated ahead.
        asked(20_290, "Change one", "2025-03-02 23:59:59.999", &[(1, csat(5.0))]),
        asked(20_291, "Change one", "2025-03-17 00:00:00.000", &[(1, csat(5.0))]),
        asked(20_292, "Change one", "2099-01-01 00:00:00.000", &[(1, csat(5.0))]),
        asked(20_293, "Rival", NOW, &[(1, csat(5.0))]),
    ];
    database.insert("feedback", &weeks.concat());
    let changes = format!(
        "SELECT brand, metric, scale, n, value, previous_n, previous, round(change, 4), round(change_low, 4), round(change_high, 4), \
         significant FROM hearken.v_score_changes({WEEK}) WHERE brand LIKE 'Change %' OR brand = 'Rival' ORDER BY brand"
    );
    let expected = [
        "Change ease ces 7 agree 4 0.75 4 0.5 0.25 -0.7043 1.2043 false",
        "Change four csat 5 4 1 4 0 1 0.1655 1.8345 true",
        "Change little nps 0-10 10 40 5 100 -60 -151.4487 31.4487 false",
        "Change much nps 0-10 100 30 100 -30 60 38.0406 81.9594 true",
        r"Change new nps 0-10 1 100 0 \N \N \N \N false",
        r"Change none nps 0-10 0 \N 1 100 \N \N \N false",
        "Change one csat 5 1 1 1 0 1 -1.9838 3.9838 false",
        "Change share csat 5 10 0.8 10 0.2 0.6 0.1353 1.0647 true",
    ];
    check(&database, &changes, &expected);
    // What comes late counts in the week it belongs to.
    database.insert("feedback", &asked(20_294, "Change new", BEFORE, &nps([0, 0, 1])));
    check(
        &database,
        &changes.replace("LIKE 'Change %'", "= 'Change new'"),
        &["Change new nps 0-10 1 100 1 -100 200 -215.7788 615.7788 false"],
    );
    check(&database, &changes.replace(WEEK, "from = '2025-03-10 00:00:00', until = '2025-03-10 00:00:00'"), &[]);
}

#[test]
fn feelings_change_and_channels_differ() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let said = |number: u64, channel: &str, topic: &str, polarity: &str, at: &str| {
        let fields = json!({
            "brand": "Channels", "channel": channel, "sentiment": polarity, "occurred_at": at, "text": "words",
            "aspects.category": ["delivery"], "aspects.topic": [topic], "aspects.touchpoint": [null],
            "aspects.polarity": [polarity], "aspects.score": [0], "aspects.start": [0], "aspects.end": [1],
        });
        feedback(number, fields)
    };
    let old = said(20_300, "social", "speed", "positive", NOW);
    let mut rows = vec![old.clone(), said(20_301, "chat", "manners", "negative", NOW)];
    rows.extend((20_302..20_309).map(|number| said(number, "social", "speed", "negative", NOW)));
    rows.extend((20_310..20_318).map(|number| said(number, "review", "speed", "positive", NOW)));
    rows.extend((20_320..20_322).map(|number| said(number, "chat", "speed", "neutral", NOW)));
    rows.push(said(20_330, "review", "speed", "negative", BEFORE));
    rows.push(with(said(20_331, "review", "speed", "negative", NOW), json!({ "origin": "promotional" })));
    rows.push(with(said(20_332, "review", "speed", "negative", NOW), json!({ "brand": "Rival" })));
    database.insert("feedback", &rows);
    database.insert("feedback", &edit(&old, json!({ "aspects.polarity": ["negative"], "sentiment": "negative" })));
    check(
        &database,
        &format!(
            "SELECT topic, channel, mentions, negative, positive, net, elsewhere_mentions, elsewhere_net, round(gap, 3), significant \
             FROM hearken.v_channel_gap({WEEK}) WHERE brand IN ('Channels', 'Rival') ORDER BY topic, channel"
        ),
        &[
            r"manners chat 1 1 0 -1 0 \N \N false",
            "speed chat 2 0 0 0 16 0 0 false",
            "speed review 8 0 8 1 10 -0.8 1.8 true",
            "speed social 8 8 0 -1 10 0.8 -1.8 true",
        ],
    );
    check(
        &database,
        &format!(
            "SELECT metric, scale, survey_kind, n, round(value, 4), previous_n, previous, significant \
             FROM hearken.v_score_changes({WEEK}) WHERE brand = 'Channels'"
        ),
        &["net_sentiment   19 -0.0526 1 -1 false"],
    );
}

#[test]
fn a_survey_is_answered_so_soon_and_nobody_knows_how_often() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let sent = |number: u64, sent_at: Value, fields: Value| {
        let plain = json!({ "brand": "Asked", "occurred_at": "2026-10-10 12:00:00.000", "sent_at": sent_at });
        response(number, &[], with(plain, fields))
    };
    let old = sent(20_400, json!("2026-10-10 11:30:00.000"), json!({}));
    let coarse = json!({ "time_precision": "day" });
    database.insert(
        "feedback",
        &[
            old.clone(),
            sent(20_401, json!("2026-10-10 10:00:00.000"), json!({})),
            sent(20_402, json!("2026-10-09 12:00:00.000"), json!({})),
            // Not said, known to the day, sent after it was answered, and not genuine.
            sent(20_403, Value::Null, json!({})),
            sent(20_404, json!("2026-10-10 00:00:00.000"), coarse),
            sent(20_405, json!("2026-10-10 12:00:01.000"), json!({})),
            sent(20_406, json!("2026-10-10 11:59:00.000"), json!({ "origin": "garbled" })),
            sent(20_407, Value::Null, json!({ "survey_id": "silent", "survey_kind": null })),
            sent(20_408, Value::Null, json!({ "brand": "Rival" })),
        ],
    );
    let answered = "SELECT survey_id, survey_kind, answered, excluded, sent_known, median_hours, response_rate \
                    FROM hearken.v_survey_responses WHERE brand = 'Asked' ORDER BY survey_id";
    let silent = r"silent \N 1 0 0 \N \N";
    check(&database, answered, &[r"asked transactional 6 1 3 2 \N", silent]);
    // An edit takes the old wait back; of two waits the lower is the middle one.
    database.insert("feedback", &edit(&old, json!({ "sent_at": null })));
    check(&database, answered, &[r"asked transactional 6 1 2 2 \N", silent]);
}
