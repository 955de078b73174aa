//! What came of an action, and the words it is written down in.

use std::sync::PoisonError;

use hearken_tests::database::Database;
use serde_json::{Value, json};

use crate::fixture::{check, feedback, shared, with};

/// Feedback of a store, so many positive and so many negative, at one moment.
fn said(first: u64, at: &str, store: &str, (positive, negative): (u64, u64), fields: &Value) -> Vec<Value> {
    let one = |n: u64| {
        let sentiment = if n < positive { "positive" } else { "negative" };
        let plain = json!({ "brand": "Acted", "source": "acted", "store_id": store, "occurred_at": at, "sentiment": sentiment, "text": "words" });
        feedback(first + n, with(plain, fields.clone()))
    };
    (0..positive + negative).map(one).collect()
}

/// Writes an action down with the command line and returns what that says, on either stream.
fn add(database: &Database, what: &str, started_at: &str, scope: &[&str]) -> String {
    let told = [&["actions", "add", "--what", what, "--owner", "Li", "--started-at", started_at], scope].concat();
    let finished = database.hearken(&told);
    format!("{}{}{}", finished.code.unwrap_or(-1), finished.out, finished.err)
}

const EFFECT: &str = "SELECT what, scope, days, before_n, before_net, after_n, after_net, other_before_n, other_after_n, \
                      round(effect, 4), round(effect_low, 4), round(effect_high, 4), verdict";

#[test]
fn an_action_is_compared_with_what_it_left_alone() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let plain = json!({});
    let rows = [
        said(20_000, "2006-05-08 12:00:00.000", "s1", (10, 30), &plain),
        said(20_100, "2006-05-12 12:00:00.000", "s1", (30, 10), &plain),
        said(20_200, "2006-05-08 12:00:00.000", "s2", (20, 20), &plain),
        said(20_300, "2006-05-12 12:00:00.000", "s2", (20, 20), &plain),
        // Not genuine, a competitor's, without words, before and after the windows, after as_of.
        said(20_400, "2006-05-12 12:00:00.000", "s1", (0, 9), &json!({ "origin": "promotional" })),
        said(20_500, "2006-05-12 12:00:00.000", "s1", (0, 9), &json!({ "brand": "Rival" })),
        said(20_600, "2006-05-12 12:00:00.000", "s1", (0, 9), &json!({ "sentiment": null })),
        said(20_700, "2006-04-20 12:00:00.000", "s1", (0, 9), &plain),
        said(20_800, "2006-06-20 12:00:00.000", "s1", (0, 9), &plain),
    ];
    database.insert("feedback", &rows.concat());
    // The store lies in the city of Shenzhen, and so does everything below it.
    let added = add(&database, "Trained the staff", "2006-05-10", &["--store", "sz"]);
    assert!(added.starts_with('0') && added.ends_with("\"Trained the staff\", from 2006-05-10 00:00 UTC\n"), "{added}");
    let effect = |as_of: &str| {
        format!("{EFFECT} FROM hearken.v_action_effect(as_of = '{as_of}') WHERE what = 'Trained the staff'")
    };
    check(
        &database,
        &effect("2006-05-20 00:00:00"),
        &["Trained the staff store sz 10 40 -0.5 40 0.5 40 40 1 0.4466 1.5534 better"],
    );
    // Six days are few, and so are 9 of 40 feedback.
    check(
        &database,
        &effect("2006-05-16 23:00:00"),
        &["Trained the staff store sz 6 40 -0.5 40 0.5 40 40 1 0.4466 1.5534 too early"],
    );
    check(
        &database,
        &effect("2006-05-10 12:00:00"),
        &[r"Trained the staff store sz 0 0 \N 0 \N 0 0 \N \N \N too early"],
    );
    check(
        &database,
        &effect("2005-05-10 12:00:00"),
        &[r"Trained the staff store sz 0 0 \N 0 \N 0 0 \N \N \N too early"],
    );
}

#[test]
fn a_topic_not_mentioned_is_neither_praise_nor_blame() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let spoken = |topics: &[(&str, &str)]| {
        let [topic, polarity] =
            [0, 1].map(|part| topics.iter().map(|one| if part == 0 { one.0 } else { one.1 }).collect::<Vec<_>>());
        let (nulls, zeros) = (vec![Value::Null; topics.len()], vec![0; topics.len()]);
        json!({
            "aspects.category": topic, "aspects.topic": topic, "aspects.touchpoint": nulls, "aspects.polarity": polarity,
            "aspects.score": zeros, "aspects.start": zeros, "aspects.end": zeros, "product_id": "oolong",
        })
    };
    let (bad, both) =
        (spoken(&[("box", "negative")]), spoken(&[("box", "negative"), ("box", "positive"), ("price", "positive")]));
    let none = spoken(&[("price", "positive")]);
    let elsewhere = with(none.clone(), json!({ "product_id": "other" }));
    let (before, after) = ("2004-05-08 12:00:00.000", "2004-05-12 12:00:00.000");
    database.insert(
        "feedback",
        &[
            said(21_000, before, "s1", (0, 20), &bad),
            said(21_100, before, "s1", (0, 20), &none),
            said(21_200, after, "s1", (0, 40), &both),
            said(21_300, before, "s1", (0, 30), &elsewhere),
            said(21_400, after, "s1", (0, 30), &elsewhere),
        ]
        .concat(),
    );
    // The product's group is what is named; the same topic everywhere is compared with other topics.
    assert!(add(&database, "Thicker boxes", "2004-05-10", &["--topic", "box", "--product", "drinks"]).starts_with('0'));
    assert!(add(&database, "Boxes everywhere", "2004-05-10T00:00:00Z", &["--topic", "box"]).starts_with('0'));
    check(
        &database,
        &format!(
            "{EFFECT} FROM hearken.v_action_effect(as_of = '2004-05-20 00:00:00') WHERE scope LIKE 'topic box%' ORDER BY what"
        ),
        &[
            "Boxes everywhere topic box 10 70 -0.2857142857142857 70 0 70 70 0 -0.168 0.168 no difference seen",
            "Thicker boxes topic box, product drinks 10 40 -0.5 40 0 30 30 0.5 0.3024 0.6976 better",
        ],
    );
}

#[test]
fn an_action_is_written_down_once_and_says_what_it_does_not_know() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let strange = [
        "--store",
        "moon",
        "--product",
        "o'olong",
        "--topic",
        "weather",
        "--brand",
        "Alba",
        "--touchpoint",
        "Treasure box",
    ];
    let added = add(&database, "It's new", "2003-05-10 09:30", &strange);
    assert!(added.starts_with('0') && added.contains("\"It's new\", from 2003-05-10 09:30 UTC"), "{added}");
    for unknown in [
        "topic \"weather\" is not in feedback so far",
        "store \"moon\" is not in the catalog's places",
        "product \"o'olong\" is not in the catalog's products",
    ] {
        assert!(added.contains(unknown), "{added}");
    }
    assert!(!added.contains("brand") && !added.contains("touchpoint"), "{added}");
    let again = add(&database, "It's new", "2003-05-10 09:30", &strange);
    assert!(again.starts_with('1') && again.contains("is written down already"), "{again}");
    let all = add(&database, "Everything is new", "2003-05-10", &[]);
    assert!(all.starts_with('0') && all.contains("nothing is left to compare it with"), "{all}");
    for (what, at, wrong) in [("x", "soon", "that is no moment such as"), (" ", "2003-05-10", "there is nothing in it")]
    {
        let refused = add(&database, what, at, &[]);
        assert!(refused.starts_with('2') && refused.contains(wrong), "{refused}");
    }
    check(
        &database,
        "SELECT what, scope, days, verdict FROM hearken.v_action_effect(as_of = '2026-11-01 00:00:00') WHERE started_at < '2003-06-01' ORDER BY what",
        &[
            "Everything is new  28 too early",
            r"It\'s new topic weather, store moon, touchpoint Treasure box, product o\'olong, brand Alba 28 too early",
        ],
    );
    let listed = database.hearken(&["actions", "list"]);
    assert!(listed.code == Some(0) && listed.out.contains("It's new") && listed.out.contains("verdict"), "{listed:?}");
}
