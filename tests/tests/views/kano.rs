//! Kano classes of survey pairs, and beside them of text.

use std::sync::PoisonError;

use serde_json::{Value, json};

use crate::fixture::{check, edit, feedback, shared, with};

/// A response to these questions on features: with the feature, without it.
fn response(number: u64, brand: &str, pairs: &[(&str, Option<u8>, Option<u8>)]) -> Value {
    let answers = || {
        pairs.iter().flat_map(|(feature, with, without)| {
            [(*feature, "kano_functional", with), (*feature, "kano_dysfunctional", without)]
        })
    };
    let given = || answers().filter(|(.., value)| value.is_some());
    feedback(
        number,
        json!({
            "brand": brand, "channel": "survey", "survey_id": "kano", "survey_kind": "relationship",
            "answers.question_id": given().map(|(feature, kind, _)| format!("{feature} {kind}")).collect::<Vec<_>>(),
            "answers.kind": given().map(|(_, kind, _)| kind).collect::<Vec<_>>(),
            "answers.feature": given().map(|(feature, ..)| feature).collect::<Vec<_>>(),
            "answers.value": given().map(|(.., value)| value).collect::<Vec<_>>(),
            "answers.scale_max": given().map(|_| 5).collect::<Vec<_>>(),
            "answers.direction": given().map(|_| Value::Null).collect::<Vec<_>>(),
            "answers.text": given().map(|_| Value::Null).collect::<Vec<_>>(),
        }),
    )
}

/// One pair of each class.
const A: (u8, u8) = (1, 3);
const O: (u8, u8) = (1, 5);
const M: (u8, u8) = (3, 5);
const I: (u8, u8) = (3, 3);
const R: (u8, u8) = (5, 1);

/// Responses about one feature: so many of each pair.
fn responses(first: u64, feature: &str, counts: &[((u8, u8), usize)]) -> Vec<Value> {
    let pairs = counts.iter().flat_map(|(pair, count)| std::iter::repeat_n(*pair, *count));
    let one = |(number, (with, without))| response(number, "Kano", &[(feature, Some(with), Some(without))]);
    (first..).zip(pairs).map(one).collect()
}

#[test]
fn every_pair_of_answers_has_its_class() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // The five answers are like, must-be, neutral, live with, dislike: with the feature down, without it across.
    let table = "SELECT arrayStringConcat(arrayMap(without -> hearken_kano(with, without), range(1, 6))) FROM \
                 (SELECT arrayJoin(range(1, 6)) AS with)";
    check(&database, table, &["QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"]);
    let no_answers = "SELECT arrayMap(pair -> hearken_kano(pair.1, pair.2), \
                      [(NULL, 5), (1, NULL), (nan, 5), (0, 5), (6, 5), (1, 1.5), (-1, inf)])";
    check(&database, no_answers, &["['','','','','','','']"]);
}

#[test]
fn classes_are_counted_and_of_equals_the_one_whose_lack_hurts_stands() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    for rows in [
        responses(20_000, "golden", &[(A, 20), (O, 30), (M, 25), (I, 25), (R, 7)]),
        responses(20_200, "all four", &[(A, 2), (O, 2), (M, 2), (I, 2)]),
        responses(20_210, "no must", &[(A, 2), (O, 2), (I, 2)]),
        responses(20_220, "no performance", &[(A, 2), (I, 2)]),
        responses(20_230, "nobody wants it", &[(I, 1), (R, 2)]),
        responses(20_240, "only reversed", &[(R, 2)]),
        vec![response(
            20_250,
            "Kano",
            &[("half a pair", Some(1), None), ("no number", Some(9), Some(5)), ("", Some(1), Some(5))],
        )],
    ] {
        database.insert("feedback", &rows);
    }
    check(
        &database,
        "SELECT feature, n, attractive, one_dimensional, must_be, indifferent, reverse, questionable, category, better, worse \
         FROM hearken.v_kano WHERE brand = 'Kano' AND survey_id = 'kano' ORDER BY feature",
        &[
            "all four 8 2 2 2 2 0 0 M 0.5 -0.5",
            "golden 107 20 30 25 25 7 0 O 0.5 -0.55",
            r"half a pair 0 0 0 0 0 0 0 \N \N \N",
            "no must 6 2 2 0 2 0 0 O 0.6666666666666666 -0.3333333333333333",
            r"no number 0 0 0 0 0 0 0 \N \N \N",
            "no performance 4 2 0 0 2 0 0 A 0.5 0",
            "nobody wants it 3 0 0 0 1 2 0 R 0 0",
            r"only reversed 2 0 0 0 0 2 0 R \N \N",
        ],
    );
}

#[test]
fn an_edit_takes_its_class_along_and_others_than_customers_are_counted_apart() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let liked = response(20_300, "Kano edited", &[("wrap", Some(1), Some(3))]);
    let disliked = response(20_300, "Kano edited", &[("wrap", Some(5), Some(1))]);
    let advert =
        with(response(20_301, "Kano edited", &[("wrap", Some(1), Some(5))]), json!({ "origin": "promotional" }));
    let rival = response(20_302, "Rival", &[("wrap", Some(1), Some(5))]);
    database.insert("feedback", &[liked.clone(), advert, rival]);
    let asked = "SELECT brand, n, attractive, reverse, category, excluded FROM hearken.v_kano WHERE feature = 'wrap' ORDER BY brand";
    check(&database, asked, &["Kano edited 1 1 0 A 1"]);
    let answers = disliked.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("answers."));
    database.insert("feedback", &edit(&liked, answers.map(|(name, value)| (name.clone(), value.clone())).collect()));
    check(&database, asked, &["Kano edited 1 0 1 R 1"]);
}

/// A row as `hearken insights` writes it.
fn told(brand: &str, metric: &str, feature: &str, run: u32, fields: Value) -> Value {
    let row = json!({
        "brand": brand, "metric": metric, "feature": feature, "computed_at": format!("2026-11-{run:02} 00:00:00.000"),
        "n": 100, "positive": 40, "negative": 50, "penalty": -0.25, "reward": 0.125,
    });
    with(row, fields)
}

#[test]
fn text_stands_beside_the_survey_and_alone_where_no_survey_asks() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    database.insert("feedback", &[response(20_400, "Kano told", &[("delivery", Some(1), Some(5))])]);
    let rows = [
        told("Kano told", "rating", "delivery", 1, json!({ "class": "O", "n": 999 })),
        told("Kano told", "rating", "forgotten", 1, json!({ "class": "O" })),
        // The newest run alone is read.
        told("Kano told", "rating", "delivery", 2, json!({ "class": "M", "agreement": 0.75 })),
        told("Kano told", "rating", "price", 2, json!({ "class": null, "n": 100 })),
        // Of two scores the one that decides, then the one with more answers.
        told("Kano told", "nps", "price", 2, json!({ "class": "ceiling: undecided", "n": 10 })),
        told("Kano told", "nps", "delivery", 2, json!({ "class": "A", "n": 10 })),
        told("Rival", "nps", "delivery", 2, json!({ "class": "A", "n": 10 })),
    ];
    database.insert("text_kano", &rows);
    check(
        &database,
        "SELECT survey_id, feature, n, category, text_metric, text_class, text_positive, text_negative, penalty, reward, text_agreement \
         FROM hearken.v_kano WHERE brand IN ('Kano told', 'Rival') ORDER BY feature",
        &[
            "kano delivery 1 O rating M 40 50 -0.25 0.125 0.75",
            r" price 0 \N nps ceiling: undecided 40 50 -0.25 0.125 \N",
        ],
    );
}
