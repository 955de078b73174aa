//! What is unlike its like: hours and days, incidents, bursts.

use std::sync::PoisonError;

use fastrand::Rng;
use hearken_tests::database::Database;
use serde_json::{Value, json};

use crate::fixture::{check, feedback, shared, with};

/// A moment of 2025: `day` counts from Monday, 6 January.
fn at(day: i64, hour: i64, minute: i64, second: i64) -> String {
    let monday = jiff::civil::date(2025, 1, 6).at(0, 0, 0, 0);
    let at = monday + jiff::Span::new().days(day).hours(hour).minutes(minute).seconds(second);
    at.strftime("%Y-%m-%d %H:%M:%S.000").to_string()
}

/// Genuine feedback of a brand that speaks of these topics.
fn spoken(number: u64, brand: &str, at: &str, topics: &[&str]) -> Value {
    feedback(
        number,
        json!({
            "brand": brand, "channel": "social", "occurred_at": at,
            "aspects.category": topics.iter().map(|_| "digital").collect::<Vec<_>>(), "aspects.topic": topics,
            "aspects.touchpoint": topics.iter().map(|_| Value::Null).collect::<Vec<_>>(),
            "aspects.polarity": topics.iter().map(|_| "negative").collect::<Vec<_>>(),
            "aspects.score": topics.iter().map(|_| -0.5).collect::<Vec<_>>(),
            "aspects.start": topics.iter().map(|_| 0).collect::<Vec<_>>(), "aspects.end": topics.iter().map(|_| 3).collect::<Vec<_>>(),
        }),
    )
}

/// So many of them, in one hour.
fn hour(numbers: &mut u64, brand: &str, (day, hour): (i64, i64), topics: &[&str], count: u64) -> Vec<Value> {
    let first = *numbers;
    *numbers += count;
    (first..*numbers)
        .map(|number| spoken(number, brand, &at(day, hour, (number - first) as i64 % 60, 0), topics))
        .collect()
}

/// Nine weeks in which a brand is spoken of twice in each of the hours from 8 to 13, once of its app.
fn habit(numbers: &mut u64, brand: &str) -> Vec<Value> {
    let hours = (0..63).flat_map(|day| (8..14).map(move |hour| (day, hour)));
    hours
        .flat_map(|moment| [hour(numbers, brand, moment, &["app"], 1), hour(numbers, brand, moment, &[], 1)].concat())
        .collect()
}

fn incidents(database: &Database, brand: &str, expected: &[&str]) {
    let asked = format!(
        "SELECT opened_at, closed_at, kind, channel, topic, peak_x, hours, mentions FROM \
         hearken.v_incidents(from = '2025-03-03 00:00:00', until = '2025-03-10 00:00:00') WHERE brand = '{brand}' ORDER BY opened_at, topic"
    );
    check(database, &asked, expected);
}

#[test]
fn the_tail_is_that_of_the_negative_binomial() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // By adding up the terms below x in another program. Where nothing is known, and below the mean, it is 1.
    check(
        &database,
        "SELECT round(hearken_tail(5, 4, 8), 12), round(hearken_tail(1000, 7000, 8), 9), hearken_tail(0, 0, 0), hearken_tail(3, 24, 8), \
         hearken_tail(20, 8, 8) < 1e-13, hearken_tail(100000, 8, 8) < 1e-300",
        &["0.001031463265 0.000053576 1 1 1 1"],
    );
}

#[test]
fn eight_quiet_weeks_open_at_most_one_incident_a_week() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let rng = &mut Rng::with_seed(1);
    let mut numbers = 30_000_000;
    let topics = ["crash", "price", "courier", "taste", "queue", "staff", "returns", "screen"];
    for week in 0..16 {
        let mut rows = Vec::new();
        for (hour, channel, rate) in (week * 168..week * 168 + 168).flat_map(|hour| {
            [("review", 3.0), ("chat", 1.5), ("social", 0.75), ("survey", 0.2)]
                .map(|(channel, rate)| (hour, channel, rate))
        }) {
            let of_day = 1.0 + 0.8 * (f64::from(hour % 24) / 24.0 * std::f64::consts::TAU).sin();
            for _ in 0..poisson(rng, rate * of_day) {
                numbers += 1;
                // Some topics are common and some are rare.
                let said: Vec<&str> = topics
                    .iter()
                    .enumerate()
                    .filter(|(rank, _)| rng.f64() < 0.4 / (*rank as f64 + 1.0))
                    .map(|(_, topic)| *topic)
                    .collect();
                let moment = at(0, hour.into(), rng.i64(0..60), rng.i64(0..60));
                let sentiment = if rng.f64() < 0.2 { "negative" } else { "neutral" };
                rows.push(with(
                    spoken(numbers, "Quiet", &moment, &said),
                    json!({ "channel": channel, "sentiment": sentiment }),
                ));
            }
        }
        database.insert("feedback", &rows);
    }
    // The first eight weeks are the baseline, the next are judged; week by week, as they would have been.
    for week in 8..16 {
        let (from, until) = (at(week * 7, 0, 0, 0), at(week * 7 + 7, 0, 0, 0));
        let window = format!("(from = '{}', until = '{}')", &from[..19], &until[..19]);
        let cells = database.sql(&format!(
            "SELECT uniqExactIf(channel, kind = 'volume'), uniqExactIf(topic, kind = 'topic') > 3, count() > 500 \
             FROM hearken.v_anomalies{window} WHERE brand = 'Quiet'"
        ));
        assert_eq!(cells, "4\t1\t1", "something is judged in the week from {from}");
        let opened: u32 = database
            .sql(&format!("SELECT count() FROM hearken.v_incidents{window} WHERE brand = 'Quiet'"))
            .parse()
            .unwrap();
        assert!(opened <= 1, "{opened} incidents in the quiet week from {from}");
    }
}

/// A Poisson number (Knuth).
fn poisson(rng: &mut Rng, mean: f64) -> u32 {
    let (floor, mut product, mut count) = ((-mean).exp(), rng.f64(), 0);
    while product > floor {
        product *= rng.f64();
        count += 1;
    }
    count
}

#[test]
fn hundreds_of_near_identical_posts_are_one_incident_and_one_burst() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut numbers = 31_000_000;
    let mut rows = habit(&mut numbers, "Swarm");
    let post = |number: u64| {
        let wording = [0, 0, 1, 2][number as usize % 4];
        let words = [
            "家人们千万别买这个机器,用了三天就冒烟",
            "姐妹们千万别买这个机器,用了三天就冒烟",
            "大家千万别买这个机器,用了三天就冒烟了",
        ];
        let post = spoken(31_500_000 + number, "Swarm", &at(58, 10, 0, number as i64), &["defect", "rudeness"]);
        let fields = json!({
            "text": words[wording], "simhash": 0x5bd1_e995_1234_5678u64 ^ (wording as u64 * 0b1_0001), "author_key": format!("new {number}"),
            "sentiment": "negative", "sentiment_score": -0.9,
        });
        with(post, fields)
    };
    rows.extend((0..300).map(post));
    // A hundred customers are just content, in the same short words.
    let content = |number: u64| {
        with(
            post(number),
            json!({ "brand": "Praised", "text": "很好,下次还来", "author_key": format!("old {number}") }),
        )
    };
    rows.extend(
        (0..100).map(|number| with(content(number), json!({ "feedback_id": crate::fixture::id(31_600_000 + number) }))),
    );
    // One author says the same in many places: alike, but nobody conspires.
    let alone = |number: u64| json!({ "feedback_id": crate::fixture::id(31_700_000 + number), "brand": "Alone", "author_key": "one" });
    rows.extend((0..30).map(|number| with(post(number), alone(number))));
    database.insert("feedback", &rows);
    incidents(&database, "Swarm", &["2025-03-05 10:00:00 2025-03-05 11:00:00 topic  defect 300 1 300"]);
    check(
        &database,
        "SELECT first_at, last_at, brand, channel, posts, authors, sample, suspected_coordinated FROM \
         hearken.v_bursts(from = '2025-03-01 00:00:00', until = '2025-04-01 00:00:00') \
         WHERE brand IN ('Swarm', 'Praised', 'Alone') ORDER BY posts",
        &[
            "2025-03-05 10:00:00 2025-03-05 10:00:29 Alone social 30 1 家人们千万别买这个机器,用了三天就冒烟 false",
            "2025-03-05 10:00:00 2025-03-05 10:04:59 Swarm social 300 300 家人们千万别买这个机器,用了三天就冒烟 true",
        ],
    );
}

#[test]
fn a_burst_across_the_hour_is_one_and_what_is_far_apart_is_none() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let post = |number: u64, brand: &str, minute: i64, second: i64| {
        let fields = json!({
            "text": "I would not buy this robot again, it smoked on day three", "simhash": 77, "author_key": format!("{}", number % 7),
        });
        with(spoken(number, brand, &at(58, 10, minute, second), &[]), fields)
    };
    let across = (0..40).map(|number| post(31_800_000 + number, "Across", 59, number as i64 * 3));
    // Every four minutes one: a phrase people copy, no burst.
    let slowly = (0..40).map(|number| post(31_810_000 + number, "Slowly", number as i64 * 4, 0));
    database.insert("feedback", &across.chain(slowly).collect::<Vec<_>>());
    check(
        &database,
        "SELECT first_at, last_at, brand, posts, authors, suspected_coordinated FROM \
         hearken.v_bursts(from = '2025-03-01 00:00:00', until = '2025-04-01 00:00:00') WHERE brand IN ('Across', 'Slowly')",
        &["2025-03-05 10:59:00 2025-03-05 11:00:57 Across 40 7 true"],
    );
}

#[test]
fn one_incident_a_key_is_open_and_late_data_opens_another() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut numbers = 32_000_000;
    let mut rows = habit(&mut numbers, "Late");
    // Monday: three hours of complaints, with a pause. Wednesday: not enough to say anything.
    for (moment, count) in [((56, 8), 12), ((56, 9), 14), ((56, 12), 12), ((58, 10), 4)] {
        rows.extend(hour(&mut numbers, "Late", moment, &["crash"], count));
    }
    database.insert("feedback", &rows);
    let monday = "2025-03-03 08:00:00 2025-03-03 13:00:00 topic  crash 38 5 38";
    incidents(&database, "Late", &[monday]);
    database.insert("feedback", &hour(&mut numbers, "Late", (58, 10), &["crash"], 10));
    incidents(&database, "Late", &[monday, "2025-03-05 10:00:00 2025-03-05 11:00:00 topic  crash 14 1 14"]);
    // Until six hours after the last of them it is open.
    let open = |until: &str| {
        format!(
            "SELECT opened_at, closed_at, hours FROM hearken.v_incidents(from = '2025-03-03 00:00:00', until = '2025-03-03 {until}') \
             WHERE brand = 'Late'"
        )
    };
    check(&database, &open("13:30:00"), &[r"2025-03-03 08:00:00 \N 5"]);
    check(&database, &open("19:00:00"), &["2025-03-03 08:00:00 2025-03-03 13:00:00 5"]);
}

#[test]
fn a_busy_hour_is_no_incident_of_every_topic_in_it() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut numbers = 33_000_000;
    let mut rows = habit(&mut numbers, "Busy");
    // Twenty times as much of everything; and what the day alone is known of.
    rows.extend(hour(&mut numbers, "Busy", (58, 10), &["app"], 40));
    rows.extend(hour(&mut numbers, "Busy", (58, 10), &[], 40));
    let of_the_day = hour(&mut numbers, "Busy", (59, 10), &["app"], 80);
    rows.extend(of_the_day.into_iter().map(|row| with(row, json!({ "time_precision": "day" }))));
    database.insert("feedback", &rows);
    incidents(&database, "Busy", &["2025-03-05 10:00:00 2025-03-05 11:00:00 volume social  82 1 82"]);
    let topic = "SELECT x, baseline_median, z > 3, tail < 1e-9, share, baseline_share, baselines_n, fired FROM \
                 hearken.v_anomalies(from = '2025-03-05 10:00:00', until = '2025-03-05 11:00:00') \
                 WHERE brand = 'Busy' AND topic = 'app' AND hours = 1 AND channel = 'social'";
    check(&database, topic, &["41 1 1 1 0.5 0.5 8 false"]);
}

#[test]
fn a_channel_that_falls_silent_is_told_of_when_its_hour_is_over() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut numbers = 34_000_000;
    // Every day but the last one, ten in one hour.
    let rows: Vec<Value> = (0..58).flat_map(|day| hour(&mut numbers, "Silent", (day, 10), &[], 10)).collect();
    database.insert("feedback", &rows);
    let silence = |until: &str| {
        format!(
            "SELECT at, x, baseline_median, fired FROM hearken.v_anomalies(from = '2025-03-05 09:00:00', until = '{until}') \
             WHERE brand = 'Silent' AND kind = 'silence' AND hours = 1 ORDER BY at"
        )
    };
    check(&database, &silence("2025-03-05 10:30:00"), &["2025-03-05 10:00:00 0 10 false"]);
    check(&database, &silence("2025-03-05 11:00:00"), &["2025-03-05 10:00:00 0 10 true"]);
    // Days of silence, one after the other, are one incident.
    incidents(&database, "Silent", &["2025-03-05 10:00:00 2025-03-09 11:00:00 silence social  0 97 0"]);
}

#[test]
fn special_days_are_compared_with_their_like_and_new_keys_with_the_day_before() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut numbers = 35_000_000;
    let mut rows = habit(&mut numbers, "Sale");
    // Sales on two Wednesdays, and a Wednesday after them.
    rows.extend(hour(&mut numbers, "Sale", (44, 10), &[], 50));
    rows.extend(hour(&mut numbers, "Sale", (51, 10), &[], 60));
    // A brand that was never heard of until the day before.
    rows.extend((0..30).flat_map(|number| hour(&mut numbers, "New", (49, 8 + number), &[], 2)));
    rows.extend(hour(&mut numbers, "New", (50, 20), &[], 40));
    database.insert("feedback", &rows);
    let volume = |brand: &str, from: &str, until: &str| {
        format!(
            "SELECT at, x, baseline_median, baselines_n, provisional, calendar, fired FROM hearken.v_anomalies(from = '{from}', until = '{until}') \
             WHERE brand = '{brand}' AND kind = 'volume' AND hours = 1 AND x > 20"
        )
    };
    let second_sale = volume("Sale", "2025-02-26 10:00:00", "2025-02-26 11:00:00");
    check(&database, &second_sale, &["2025-02-26 10:00:00 62 2 7 false  true"]);
    database.sql("INSERT INTO hearken.calendar (day, brand, kind) VALUES ('2025-02-19', 'Sale', 'sale'), ('2025-02-26', '', 'sale'), ('2025-02-26', 'Late', 'x')");
    database.sql("SYSTEM RELOAD DICTIONARY hearken.calendar_by_day");
    check(&database, &second_sale, &["2025-02-26 10:00:00 62 52 1 false sale false"]);
    // The first of its kind has nothing to be compared with, and no other day is compared with either.
    check(
        &database,
        &volume("Sale", "2025-02-19 10:00:00", "2025-02-19 11:00:00"),
        &[r"2025-02-19 10:00:00 52 \N 0 false sale false"],
    );
    check(
        &database,
        "SELECT x, baseline_median, mad, baselines_n FROM hearken.v_anomalies(from = '2025-03-05 10:00:00', until = '2025-03-05 11:00:00') \
         WHERE brand = 'Sale' AND kind = 'volume' AND hours = 1",
        &["2 2 0 6"],
    );
    database.sql("TRUNCATE TABLE hearken.calendar");
    database.sql("SYSTEM RELOAD DICTIONARY hearken.calendar_by_day");
    check(
        &database,
        &volume("New", "2025-02-25 20:00:00", "2025-02-25 21:00:00"),
        &["2025-02-25 20:00:00 40 2 24 true  true"],
    );
}

#[test]
fn the_hour_of_the_week_is_the_brands_own_across_daylight_saving() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let mut numbers = 36_000_000;
    // At nine in the morning in Berlin, every Wednesday; summer time begins on 30 March.
    let rows: Vec<Value> = (0..14)
        .flat_map(|week| hour(&mut numbers, "Berlin", (week * 7 + 2, if week < 12 { 8 } else { 7 }), &[], 6))
        .collect();
    database.insert("feedback", &rows);
    check(
        &database,
        "SELECT at, x, baseline_median, baselines_n FROM hearken.v_anomalies(from = '2025-04-09 00:00:00', until = '2025-04-10 00:00:00') \
         WHERE brand = 'Berlin' AND kind IN ('volume', 'silence') AND hours = 1",
        &["2025-04-09 07:00:00 6 6 8"],
    );
}
