//! Every kind of damage is found on a small sound history that is damaged in one place.
//!
//! The history: review r-1 is sent, edited, and the edit sent again; review r-2 is sent, known to the day only, with an answer;
//! one message is not JSON; an order is paid; review r-3 is stars without words. r-1 means to leave, before and after.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use hearken_audit::{At, Cells, DeadLetter, Entry, Kind, Ledger, Outcome, Row, State, Tables, judge};

const TOPIC: &str = "feedback.raw.reviews.v1";
/// 2025-11-22 00:30:00 UTC, and the same in seconds: an hour that starts half an hour earlier.
const HALF_PAST_MS: i64 = 1_763_771_400_000;
const MINUTE: &str = "1763771400";
const NEXT_MINUTE: &str = "1763771460";
const HOUR: &str = "1763769600";

fn at(offset: i64) -> At {
    At { topic: TOPIC.to_owned(), partition: 0, offset }
}

fn ledger() -> Ledger {
    let sent =
        [(0, "r-1", 10), (1, "r-1", 11), (2, "r-1", 11), (3, "r-2", 13), (4, "", 14), (6, "o-1", 16), (7, "r-3", 17)];
    let entries = sent.map(|(offset, id, crc)| Entry { at: at(offset), id: id.to_owned(), crc });
    Ledger { entries: entries.into() }
}

fn row(id: &str, version: u64, sign: i64) -> Row {
    Row {
        feedback_id: id.to_owned(),
        version,
        sign,
        arrival: 0,
        source_id: id.to_owned(),
        channel: "review".to_owned(),
        brand: "Orvantle".to_owned(),
        journey_stage: "use".to_owned(),
        occurred_at_ms: HALF_PAST_MS + 59_999,
        time_precision: "second".to_owned(),
        origin: "genuine".to_owned(),
        sentiment: Some("negative".to_owned()),
        sentiment_score: Some(-0.25),
        rating_value: None,
        rating_scale_max: None,
        terms: ["app", "crash", "app"].map(str::to_owned).into(),
        intents: ["complaint", "churn"].map(str::to_owned).into(),
        answers: Vec::new(),
        src: at(version as i64),
        crc: 10 + version as u32,
    }
}

/// Better, rated, and a minute later.
fn edited() -> Row {
    Row {
        occurred_at_ms: HALF_PAST_MS + 60_000,
        sentiment: Some("positive".to_owned()),
        sentiment_score: Some(0.33335),
        rating_value: Some(1.0),
        rating_scale_max: Some(3.0),
        terms: ["app", "t2", "t3", "t4", "t5", "sixth"].map(str::to_owned).into(),
        // Said twice, meant once.
        intents: ["churn", "churn"].map(str::to_owned).into(),
        ..row("r-1", 1, 1)
    }
}

fn cells(list: &[([&str; 4], &[i64])]) -> Cells {
    list.iter().map(|(keys, sums)| (keys.map(str::to_owned).into(), sums.to_vec())).collect()
}

fn tables() -> Tables {
    let first = Row { arrival: 1, ..row("r-1", 0, 1) };
    let other = Row {
        arrival: 1,
        sentiment: Some("neutral".to_owned()),
        time_precision: "day".to_owned(),
        answers: vec!["q-1".to_owned()],
        src: at(3),
        crc: 13,
        ..row("r-2", 7, 1)
    };
    let silent = Row {
        arrival: 1,
        sentiment: None,
        sentiment_score: None,
        terms: Vec::new(),
        intents: Vec::new(),
        src: at(7),
        crc: 17,
        ..Row { version: 0, feedback_id: "r-3".to_owned(), source_id: "r-3".to_owned(), ..edited() }
    };
    let minute = |start| [start, "Orvantle", "review", "use"];
    let hour = |term| [HOUR, "Orvantle", "review", term];
    Tables {
        rows: vec![first, row("r-1", 0, -1), edited(), other, silent],
        states: vec![State { table: "orders", record_id: "o-1.paid".to_owned(), src: at(6), crc: 16 }],
        survey_answers: [(("r-2".to_owned(), 7, 1, "q-1".to_owned()), 1)].into(),
        superseded: vec![("r-1".to_owned(), 0)],
        dead_letters: vec![DeadLetter { stage: "ingest".to_owned(), at: at(4), src: at(4), crc: 14 }],
        outcomes: vec![Outcome { kind: "repeat".to_owned(), src: at(2), crc: 11 }],
        feedback_minute: cells(&[
            // Only r-1, of which both rows cancel out but for the arrival: the day of r-2 is no minute.
            (minute(MINUTE), &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            // 3333.5 as a Float32 lies a little above the half; a third, given twice, is 3333.3. The stars of r-3 are not judged.
            (minute(NEXT_MINUTE), &[1, 2, 2, 1, 0, 1, 0, 3_334, 1, 2, 6_666]),
        ]),
        keyword_hour: cells(&[
            (hour("app"), &[2, 0, 1]),
            (hour("crash"), &[1, 0, 0]),
            (hour("t2"), &[1, 0, 1]),
            (hour("t3"), &[1, 0, 1]),
            (hour("t4"), &[1, 0, 1]),
            (hour("t5"), &[1, 0, 1]),
            (hour("a term whose parts cancel out"), &[0, 0, 0]),
        ]),
    }
}

#[test]
fn a_sound_history_has_no_findings() {
    assert_eq!(judge(&ledger(), &tables()), []);
}

#[test]
fn records_that_a_hop_delivered_twice_are_sound() {
    let mut tables = tables();
    tables.outcomes.push(tables.outcomes[0].clone());
    tables.dead_letters.push(DeadLetter { stage: "enrich".to_owned(), at: at(9), ..tables.dead_letters[0].clone() });
    tables.dead_letters.push(DeadLetter { stage: "enrich".to_owned(), at: at(10), ..tables.dead_letters[0].clone() });
    assert_eq!(judge(&ledger(), &tables), []);
}

/// Damages the history and expects findings of these kinds and no others, each with words that name the place.
fn check(damage: impl Fn(&mut Ledger, &mut Tables), expected: &[(Kind, &str)]) {
    let (mut ledger, mut tables) = (ledger(), tables());
    damage(&mut ledger, &mut tables);
    let findings = judge(&ledger, &tables);
    for (kind, words) in expected {
        let found = findings.iter().any(|finding| finding.kind == *kind && finding.what.contains(words));
        assert!(found, "expected {kind:?} with {words:?} in {findings:#?}");
    }
    let expected_kind = |kind: Kind| expected.iter().any(|(expected, _)| *expected == kind);
    let surprise = findings.iter().find(|finding| !expected_kind(finding.kind));
    assert_eq!(surprise, None, "besides {expected:?}");
}

#[test]
fn what_is_missing_is_a_lost_write() {
    check(|_, tables| _ = tables.outcomes.pop(), &[(Kind::LostWrite, "feedback.raw.reviews.v1[0]@2, \"r-1\"")]);
    check(|_, tables| _ = tables.dead_letters.pop(), &[(Kind::LostWrite, "@4")]);
    check(
        |_, tables| _ = tables.rows.remove(3),
        &[(Kind::LostWrite, "@3"), (Kind::Inconsistent, "survey_answers"), (Kind::Inconsistent, "keyword_hour")],
    );
    check(|_, tables| _ = tables.states.pop(), &[(Kind::LostWrite, "@6, \"o-1\"")]);
    check(
        |ledger, _| ledger.entries.push(Entry { at: at(5), id: "r-3".to_owned(), crc: 0 }),
        &[(Kind::LostWrite, "@5")],
    );
}

#[test]
fn what_stands_twice_is_a_duplicate() {
    check(
        |_, tables| tables.rows.push(tables.rows[3].clone()),
        &[
            (Kind::Duplicate, "2 rows of feedback r-2 version 7"),
            (Kind::Duplicate, "2 rows of feedback.raw.reviews.v1[0]@3 version 7"),
            (Kind::Inconsistent, "feedback r-2: the signs sum to 2"),
            (Kind::Inconsistent, "feedback r-2: 2 arrivals"),
        ],
    );
    check(
        |_, tables| tables.dead_letters.push(tables.dead_letters[0].clone()),
        &[(Kind::Duplicate, "2 dead letters of feedback.raw.reviews.v1[0]@4 of stage ingest")],
    );
    check(
        |_, tables| tables.states.push(tables.states[0].clone()),
        &[(Kind::Duplicate, "2 rows of orders o-1.paid"), (Kind::Duplicate, "2 rows of feedback.raw.reviews.v1[0]@6")],
    );
    check(
        |_, tables| tables.rows.push(tables.rows[1].clone()),
        &[
            (Kind::Duplicate, "2 rows that take back feedback r-1 version 0"),
            (Kind::Inconsistent, "superseded 1 times fewer"),
        ],
    );
}

#[test]
fn what_nobody_sent_is_unseen() {
    let unseen = |what: &'static str| [(Kind::Unseen, what)];
    check(|ledger, _| _ = ledger.entries.pop(), &unseen("a row of feedback.raw.reviews.v1[0]@7"));
    check(|ledger, _| _ = ledger.entries.remove(5), &unseen("a row of feedback.raw.reviews.v1[0]@6"));
    check(|ledger, _| _ = ledger.entries.remove(4), &unseen("a dead letter of feedback.raw.reviews.v1[0]@4"));
    check(|ledger, _| _ = ledger.entries.remove(3), &unseen("a row of feedback.raw.reviews.v1[0]@3"));
    check(|ledger, _| _ = ledger.entries.remove(2), &unseen("a repeat of feedback.raw.reviews.v1[0]@2"));
}

#[test]
fn what_was_not_sent_like_that_is_wrong_content() {
    check(|_, tables| tables.rows[3].crc = 0, &[(Kind::WrongContent, "@3 has CRC 00000000, 0000000d was sent")]);
    check(|_, tables| tables.dead_letters[0].crc = 1, &[(Kind::WrongContent, "the dead letter of")]);
    check(|_, tables| tables.states[0].crc = 1, &[(Kind::WrongContent, "the row of")]);
    check(|_, tables| tables.outcomes[0].crc = 1, &[(Kind::WrongContent, "the repeat of")]);
    check(
        |_, tables| tables.rows[3].source_id = "r-9".to_owned(),
        &[(Kind::WrongContent, "@3 is Some(\"r-9\"), \"r-2\" was sent")],
    );
}

#[test]
fn a_record_that_ended_in_two_ways_has_two_outcomes() {
    let two = |what: &'static str| [(Kind::TwoOutcomes, what)];
    let outcome = |kind: &str, offset, crc| Outcome { kind: kind.to_owned(), src: at(offset), crc };
    check(|_, tables| tables.outcomes.push(outcome("repeat", 3, 13)), &two("@3 is repeat and row"));
    check(|_, tables| tables.outcomes.push(outcome("stale", 4, 14)), &two("@4 is dead letter and stale"));
    check(|_, tables| tables.outcomes.push(outcome("conflict", 2, 11)), &two("@2 is conflict and repeat"));
}

#[test]
fn an_old_state_that_lives_is_non_monotonic() {
    // The edit is taken back instead of what it replaced, and everything that follows from the rows follows.
    let swap = |_: &mut Ledger, tables: &mut Tables| {
        tables.rows[1] = Row { sign: -1, ..edited() };
        tables.superseded[0].1 = 1;
        tables.feedback_minute = Cells::from([(
            [MINUTE, "Orvantle", "review", "use"].map(str::to_owned).into(),
            vec![1, 1, 1, 1, 1, 0, 0, -2_500, 1, 0, 0],
        )]);
        let next = [NEXT_MINUTE, "Orvantle", "review", "use"].map(str::to_owned);
        tables.feedback_minute.insert(next.into(), vec![1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 3_333]);
        let hour = |term: &str| [HOUR, "Orvantle", "review", term].map(str::to_owned).to_vec();
        tables.keyword_hour = Cells::from([(hour("app"), vec![2, 1, 0]), (hour("crash"), vec![2, 1, 0])]);
    };
    check(swap, &[(Kind::NonMonotonic, "feedback r-1: its newest version 1 is taken back")]);
}

#[test]
fn what_does_not_follow_from_the_rows_is_inconsistent() {
    let inconsistent = |what: &'static str| [(Kind::Inconsistent, what)];
    check(
        |_, tables| _ = tables.superseded.pop(),
        &inconsistent("r-1 version 0 is superseded 1 times fewer than taken back"),
    );
    check(
        |_, tables| tables.superseded.push(("r-2".to_owned(), 7)),
        &inconsistent("r-2 version 7 is superseded 1 times more than taken back"),
    );
    check(|_, tables| tables.rows[1].version = 5, &inconsistent("version 5 is taken back and was never there"));
    for damage in [
        |row: &mut Row| row.sentiment_score = Some(0.0),
        |row: &mut Row| row.sentiment = None,
        |row: &mut Row| _ = row.intents.pop(),
    ] {
        check(|_, tables| damage(&mut tables.rows[1]), &inconsistent("version 0 is taken back with other content"));
    }
    check(
        |_, tables| tables.survey_answers.clear(),
        &inconsistent("feedback r-2 version 7 sign 1 has 1 answers to \"q-1\" fewer than its row"),
    );
    check(|_, tables| tables.rows[1].sign = 0, &inconsistent("feedback r-1: the signs sum to 2"));
    check(|_, tables| tables.rows[0].arrival = 0, &inconsistent("feedback r-1: 0 arrivals"));
    check(
        |ledger, _| ledger.entries.push(ledger.entries[0].clone()),
        &inconsistent("acknowledged feedback.raw.reviews.v1[0]@0 twice"),
    );
}

#[test]
fn every_measure_and_key_of_a_rollup_counts() {
    for measure in 0..11 {
        let one_off = |_: &mut Ledger, tables: &mut Tables| {
            tables.feedback_minute.values_mut().next().unwrap()[measure] += 1;
        };
        check(one_off, &[(Kind::Inconsistent, "feedback_minute [\"1763771400\"")]);
    }
    for measure in 0..3 {
        let one_off = |_: &mut Ledger, tables: &mut Tables| {
            tables.keyword_hour.values_mut().next_back().unwrap()[measure] -= 1;
        };
        check(one_off, &[(Kind::Inconsistent, "keyword_hour [\"1763769600\"")]);
    }
    let moved = |_: &mut Ledger, tables: &mut Tables| {
        let (mut keys, sums) = tables.feedback_minute.pop_first().unwrap();
        keys[3] = "unmapped".to_owned();
        tables.feedback_minute.insert(keys, sums);
    };
    check(moved, &[(Kind::Inconsistent, "\"unmapped\"]"), (Kind::Inconsistent, "\"use\"]")]);
}
