//! Drivers as runs left them, and the impact of themes.

use std::sync::PoisonError;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::fixture::{check, feedback, shared, with};

/// A driver as `hearken insights` writes it, of a run on that day.
fn driver(brand: &str, name: &str, run: u32, fields: Value) -> Value {
    let row = json!({
        "brand": brand, "metric": "nps", "survey_kind": "relationship", "basis": "scale", "driver": name,
        "computed_at": format!("2026-11-{run:02} 00:00:00.000"), "n": 200, "mentions": 150, "r2": 0.5, "significant": true, "direction": "+",
    });
    with(row, fields)
}

#[test]
fn the_newest_run_of_a_scope_stands_and_the_matrix_cuts_at_the_means() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    database.insert(
        "driver_importance",
        &[
            driver("Drives", "gone since", 1, json!({ "importance": 0.5, "performance": 0.5 })),
            driver(
                "Drives",
                "speed",
                2,
                json!({ "importance": 0.25, "performance": 0.2, "low": 0.2, "high": 0.3, "lmg": 0.26 }),
            ),
            driver("Drives", "staff", 2, json!({ "importance": 0.2, "performance": 0.8 })),
            driver("Drives", "price", 2, json!({ "importance": 0.05, "performance": 0.2 })),
            driver(
                "Drives",
                "shop",
                2,
                json!({ "importance": 0, "performance": 0.8, "significant": false, "direction": "-" }),
            ),
            driver("Drives", "never judged", 2, json!({ "importance": 0, "performance": null })),
            driver("Drives", "topic", 1, json!({ "basis": "text", "r2": 0, "importance": 0, "performance": -1 })),
            driver("Rival", "speed", 2, json!({ "importance": 0.5 })),
        ],
    );
    check(
        &database,
        "SELECT basis, driver, n, r2, importance, share, low, high, significant, lmg, direction FROM hearken.v_drivers \
         WHERE brand IN ('Drives', 'Rival') ORDER BY basis, importance DESC, driver",
        &[
            r"scale speed 200 0.5 0.25 0.5 0.2 0.3 true 0.26 +",
            r"scale staff 200 0.5 0.2 0.4 0 0 true \N +",
            r"scale price 200 0.5 0.05 0.1 0 0 true \N +",
            r"scale never judged 200 0.5 0 0 0 0 true \N +",
            r"scale shop 200 0.5 0 0 0 0 false \N -",
            r"text topic 200 0 0 \N 0 0 true \N +",
        ],
    );
    check(
        &database,
        "SELECT driver, performance, performance_cut, importance_cut, quadrant FROM hearken.v_driver_matrix \
         WHERE brand = 'Drives' AND basis = 'scale' ORDER BY importance DESC, driver",
        &[
            "speed 0.2 0.5 0.1 improve",
            "staff 0.8 0.5 0.1 strength",
            "price 0.2 0.5 0.1 monitor",
            r"never judged \N 0.5 0.1 \N",
            "shop 0.8 0.5 0.1 maintain",
        ],
    );
}

/// An answer to the NPS question, with words about these topics.
fn answer(number: u64, score: f64, topics: &[&str]) -> Value {
    feedback(
        number,
        json!({
            "brand": "Impact", "channel": "survey", "survey_kind": "relationship",
            "answers.question_id": ["recommend"], "answers.kind": ["nps"], "answers.feature": [null], "answers.value": [score],
            "answers.scale_max": [10], "answers.direction": [null], "answers.text": [null],
            "aspects.category": topics.iter().map(|_| "delivery").collect::<Vec<_>>(), "aspects.topic": topics,
            "aspects.touchpoint": topics.iter().map(|_| Value::Null).collect::<Vec<_>>(),
            "aspects.polarity": topics.iter().map(|_| "negative").collect::<Vec<_>>(),
            "aspects.score": topics.iter().map(|_| -0.5).collect::<Vec<_>>(),
            "aspects.start": topics.iter().map(|_| 0).collect::<Vec<_>>(), "aspects.end": topics.iter().map(|_| 0).collect::<Vec<_>>(),
        }),
    )
}

#[test]
fn impact_is_the_score_of_all_less_the_score_without_the_theme() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // 100 answers, 50 promoters and 20 detractors; the theme is 20 of them, 2 and 12. It is spoken of twice in each.
    let scores = [(2, 10., true), (12, 0., true), (6, 8., true), (48, 9., false), (8, 6., false), (24, 7., false)];
    let answers = scores.iter().flat_map(|(count, score, theme)| std::iter::repeat_n((*score, *theme), *count));
    let mut rows: Vec<Value> = (21_000..)
        .zip(answers)
        .map(|(number, (score, theme))| answer(number, score, if theme { &["late", "late", "all"] } else { &["all"] }))
        .collect();
    // Neither of these counts.
    rows.push(answer(21_200, 9.5, &["late"]));
    rows.push(answer(21_201, 11., &["late"]));
    rows.push(with(answer(21_202, 10., &["late"]), json!({ "answers.scale_max": [7] })));
    rows.push(with(answer(21_203, 10., &["late"]), json!({ "answers.kind": ["scale"] })));
    rows.push(with(answer(21_204, 10., &["late"]), json!({ "brand": "Rival" })));
    rows.push(with(answer(21_205, 10., &["late"]), json!({ "origin": "automated" })));
    rows.push(with(answer(21_206, 10., &["late"]), json!({ "occurred_at": "2026-12-01 00:00:00.000" })));
    // Relationship and transactional are never pooled.
    rows.push(with(answer(21_207, 10., &["late"]), json!({ "survey_kind": "transactional" })));
    database.insert("feedback", &rows);
    check(
        &database,
        "SELECT survey_kind, topic, answers, theme_answers, nps, nps_without, impact, excluded \
         FROM hearken.v_impact(from = '2026-11-01 00:00:00', until = '2026-12-01 00:00:00') WHERE brand IN ('Impact', 'Rival') \
         ORDER BY survey_kind, topic",
        &[
            r"relationship all 100 100 30 \N \N 1",
            "relationship late 100 20 30 50 -20 1",
            r"transactional late 1 1 100 \N \N 0",
        ],
    );
}

/// A response of a survey with three items: the score hangs on the speed, a little on the price, not on the shop; and the words say so.
fn rated(number: u64, rng: &mut Rng) -> Value {
    let [speed, price, shop] = [0; 3].map(|_| rng.u8(1..=5));
    let score = (f64::from(speed) * 1.6 + f64::from(price) * 0.4 + rng.f64() * 2.0 - 1.5).clamp(0.0, 10.0).round();
    let polarity = |given: u8| if given > 3 { "positive" } else { "negative" };
    let topics: Vec<(&str, u8)> =
        [("late", speed), ("decor", shop)].into_iter().filter(|(_, given)| *given != 3).collect();
    with(
        answer(number, score, &topics.iter().map(|(topic, _)| *topic).collect::<Vec<_>>()),
        json!({
            "brand": "Computed", "occurred_at": format!("2025-07-{:02} 10:00:00.000", 1 + number % 28),
            "answers.question_id": ["recommend", "speed", "price", "shop"], "answers.kind": ["nps", "scale", "csat", "ces"],
            "answers.feature": [null, null, null, null], "answers.value": [score, f64::from(speed), f64::from(price), f64::from(shop)],
            "answers.scale_max": [10, 5, 5, 5], "answers.direction": [null, null, null, "effort"], "answers.text": [null, null, null, null],
            "aspects.polarity": topics.iter().map(|(_, given)| polarity(*given)).collect::<Vec<_>>(),
        }),
    )
}

#[test]
fn a_run_finds_what_the_score_hangs_on_and_says_where_answers_are_too_few() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let rng = &mut Rng::with_seed(7);
    let mut rows: Vec<Value> = (25_000..25_300).map(|number| rated(number, rng)).collect();
    rows.extend((25_300..25_312).map(|number| with(rated(number, rng), json!({ "survey_kind": "transactional" }))));
    rows.extend((25_320..25_400).map(|number| with(rated(number, rng), json!({ "brand": "Rival" }))));
    database.insert("feedback", &rows);
    let window = ["insights", "--from", "2025-07-01T00:00:00Z", "--until", "2025-08-01T00:00:00Z"];
    let said = database.hearken(&window);
    assert_eq!(said.code, Some(0), "{said:?}");
    for (what, needed) in [("by scale items", 30), ("by topics", 30), ("Kano by text", 30)] {
        let short = match what {
            "by scale items" => format!(
                "Computed nps transactional, {what}: 12 answers; at least {needed} are needed; nothing is written"
            ),
            _ => format!("Computed nps transactional, {what}: nothing to explain the score by; nothing is written"),
        };
        assert!(said.out.contains(&short), "{short}: {}", said.out);
    }
    let drivers = "SELECT metric, survey_kind, basis, driver, n, direction, significant, importance > 0.02, round(performance, 1) FROM hearken.v_drivers \
                   WHERE brand IN ('Computed', 'Rival') AND metric = 'nps' ORDER BY basis, importance DESC";
    let found = [
        "nps relationship scale speed 300 + true 1 0.6",
        "nps relationship scale price 300 + true 1 0.6",
        "nps relationship scale shop 300 - false 0 0.6",
        "nps relationship text late 300 + true 1 0.1",
        "nps relationship text decor 300 + false 0 0.1",
    ];
    check(&database, drivers, &found);
    let sums = "SELECT basis, abs(sum(importance) - any(r2)) < 1e-9, abs(sum(lmg) - any(r2)) < 1e-6, any(r2) > 0.5 FROM hearken.v_drivers \
                WHERE brand = 'Computed' AND metric = 'nps' GROUP BY basis ORDER BY basis";
    check(&database, sums, &["scale 1 1 1", "text 1 1 1"]);
    let kano = "SELECT feature, text_metric, text_class, penalty < -0.1, reward > 0.1, n, category FROM hearken.v_kano WHERE brand = 'Computed' ORDER BY feature";
    check(&database, kano, &[r"decor nps I 0 0 0 \N", r"late nps O 1 1 0 \N"]);
    // Once more: the same numbers again.
    let numbers = "SELECT * EXCEPT computed_at FROM hearken.v_drivers WHERE brand = 'Computed' ORDER BY ALL";
    let first = database.sql(numbers);
    assert_eq!(database.hearken(&window).code, Some(0));
    assert_eq!(database.sql(numbers), first);
    check(&database, "SELECT uniqExact(computed_at) FROM hearken.driver_importance WHERE brand = 'Computed'", &["2"]);
}

#[test]
fn a_window_without_answers_writes_nothing_and_a_wrong_one_is_refused() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let said = database.hearken(&["insights", "--from", "1999-07-01T00:00:00Z", "--until", "1999-08-01T00:00:00Z"]);
    assert!(said.code == Some(0) && said.out.contains("there are none"), "{said:?}");
    let said = database.hearken(&["insights", "--from", "1999-09-01T00:00:00Z", "--until", "1999-08-01T00:00:00Z"]);
    assert!(said.code == Some(1) && said.err.contains("is not before the end"), "{said:?}");
    let said = database.hearken(&["insights", "--every", "1s"]);
    assert!(said.code == Some(1) && said.err.contains("--every is at least"), "{said:?}");
}
