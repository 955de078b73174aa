//! The sweeper on the real engine and the real views: what fires, fires once, whoever sweeps and however often.

use std::sync::{Arc, Mutex};

use hearken_alert::facts::{Notice, Words};
use hearken_alert::responders::Directory;
use hearken_alert::row::{At, CaseEventRow, CaseRow};
use hearken_alert::sweeper::{RuleWords, Surveys, Sweeper};
use hearken_schemas::alert::SurveyRequest;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::engine::Engine;

const DIRECTORY: &str = r#"
default_owner = "anna"
[[channels]]
name = "c"
kind = "generic"
url = "http://127.0.0.1:9/"
[survey]
channel = "c"
[[calendars]]
name = "day"
time_zone = "UTC"
hours = { mon-sun = ["OPENS-24:00"] }
[[owners]]
id = "anna"
name = "Anna"
department = "shops"
channels = ["c"]
escalates_to = "ben"
daily = false
[[owners]]
id = "ben"
name = "Ben"
department = "shops"
channels = ["c"]
calendar = "day"
[sla]
responder_minutes = 60
remind_before_minutes = 30
escalation = [{ after_minutes = 0, to = "owner" }, { after_minutes = 30, to = "escalates_to", hand_over = true }]
"#;

fn case(id: u128, now: Timestamp, due_in_minutes: i64) -> CaseRow {
    let ago = |minutes: i64| At(now - SignedDuration::from_mins(minutes));
    CaseRow {
        case_id: Uuid::from_u128(id),
        alert_id: Uuid::from_u128(id + 1_000),
        rule: "churn_intent".to_owned(),
        subject_kind: "customer".to_owned(),
        subject: format!("c{id}"),
        customer_key: Some(format!("c{id}")),
        feedback_id: None,
        brand: "b".to_owned(),
        channel: "chat".to_owned(),
        product_id: String::new(),
        store_id: "s".to_owned(),
        touchpoint: String::new(),
        category: String::new(),
        topic: String::new(),
        severity: "high".to_owned(),
        urgent: false,
        tier: "loyal".to_owned(),
        risk: Some(1.0),
        owner: "anna".to_owned(),
        department: "shops".to_owned(),
        routed_by: "default".to_owned(),
        paged: true,
        occurred_at: ago(300),
        time_precision: "second".to_owned(),
        received_at: ago(300),
        opened_at: ago(300),
        customer_due_at: None,
        due_at: ago(-due_in_minutes),
    }
}

fn event(case_id: u128, kind: &str, state: &str, at: Timestamp) -> CaseEventRow {
    CaseEventRow {
        event_id: Uuid::new_v5(&Uuid::from_u128(case_id), kind.as_bytes()),
        case_id: Uuid::from_u128(case_id),
        at: At(at),
        kind: kind.to_owned(),
        state: state.to_owned(),
        actor: "anna".to_owned(),
        by_human: true,
        owner: String::new(),
        department: String::new(),
        alert_id: None,
        note: String::new(),
        amount: None,
        currency: String::new(),
        step: String::new(),
        detail: Default::default(),
    }
}

/// Ben's day began less than two hours ago.
fn directory(now: Timestamp) -> Arc<Directory> {
    let hour = now.to_zoned(jiff::tz::TimeZone::UTC).hour();
    let text = DIRECTORY.replace("OPENS", &format!("{hour:02}:00"));
    Arc::new(Directory::parse(&text).unwrap_or_else(|errors| panic!("{errors:?}")))
}

#[derive(Deserialize, Debug, PartialEq)]
struct Line {
    line: String,
}

async fn lines(engine: &Engine, sql: &str) -> Vec<String> {
    let lines: Vec<Line> = engine.store.rows(sql, &[]).await.expect("an answer");
    lines.into_iter().map(|line| line.line).collect()
}

/// Cases that are due, not yet due, taken on, closed and silent, with what happened to them.
fn what_happened(now: Timestamp) -> (Vec<CaseRow>, Vec<CaseEventRow>) {
    // Told nobody when it was opened, and then a worse alert joined that did.
    let told_later = CaseRow { paged: false, ..case(8, now, -10) };
    let paged = |paged: &str| [("paged".to_owned(), paged.to_owned())].into();
    let cases = vec![
        told_later,
        case(1, now, 20),
        case(2, now, 90),
        case(3, now, -10),
        case(4, now, -45),
        case(5, now, -45),
        case(6, now, -45),
        CaseRow { paged: false, ..case(7, now, -45) },
    ];
    let events = vec![
        event(5, "acknowledged", "acknowledged", now),
        event(6, "closed", "closed", now),
        CaseEventRow { by_human: false, detail: paged("true"), ..event(8, "alerted", "", now) },
        CaseEventRow { by_human: false, detail: paged("false"), ..event(7, "alerted", "", now) },
    ];
    (cases, events)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_falls_due_is_told_once_whoever_sweeps() {
    let engine = Engine::start(&[""]);
    let now = Timestamp::now();
    let directory = directory(now);
    let asked: Arc<Mutex<Vec<SurveyRequest>>> = Arc::default();
    let surveys: Surveys = {
        let asked = Arc::clone(&asked);
        Arc::new(move |request| {
            asked.lock().expect("no panic").push(request);
            Box::pin(async { Ok(()) })
        })
    };
    let words = |text: &str| Words { en: text.to_owned(), zh: text.to_owned() };
    let rules: RuleWords = Arc::new(move |rule| Some((words(rule), words("why"))));
    let (cases, events) = what_happened(now);
    engine.store.insert(&cases, "cases").await.expect("written");
    engine.store.insert(&events, "events").await.expect("written");
    engine.execute(
        "/?database=hearken",
        "INSERT INTO customers (customer_id, source, updated_at, received_at, consent_contact) VALUES ('c6', 's', now64(3) - 60, now64(3) - 60, true)",
    );

    let sweeper = || {
        Sweeper::new(
            engine.store.clone(),
            Arc::clone(&directory),
            Arc::new(Notify::new()),
            rules.clone(),
            surveys.clone(),
        )
    };
    let mut first = sweeper();
    first.sweep(now).await.expect("swept");
    first.sweep(now + SignedDuration::from_secs(10)).await.expect("swept");
    sweeper().sweep(now + SignedDuration::from_secs(20)).await.expect("swept");

    let fired = "SELECT concat(substring(toString(case_id), 36), ' ', kind, ' ', step, ' ', owner) AS line
                 FROM case_events WHERE NOT by_human AND step != '' ORDER BY line";
    let fired = lines(&engine, fired).await;
    assert_eq!(
        fired,
        [
            "1 reminded remind-30 ",
            "3 escalated escalate-0-owner ",
            "4 escalated escalate-0-owner ",
            "4 escalated escalate-30-escalates_to ben",
            "8 escalated escalate-0-owner ",
        ]
    );
    let told = lines(&engine, "SELECT concat(kind, ' ', owner) AS line FROM messages ORDER BY line").await;
    let expected = [
        "daily ben",
        "escalation anna",
        "escalation anna",
        "escalation anna",
        "escalation ben",
        "reminder anna",
        "survey_request ",
    ];
    // Case 4 becomes Ben's by the hand-over; his morning tells of it where it has not been told before.
    let without_morning: Vec<&str> = told.iter().map(String::as_str).filter(|line| *line != "daily ben").collect();
    assert_eq!(without_morning, expected[1..]);
    let requests = asked.lock().expect("no panic").clone();
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].case_id.as_u128(), requests[0].customer_id.as_str()), (6, "c6"));
    let surveys = lines(&engine, "SELECT kind AS line FROM case_events WHERE kind LIKE 'survey%'").await;
    assert_eq!(surveys, ["survey_requested"]);
    let owner = lines(&engine, "SELECT owner AS line FROM v_open_cases WHERE toString(case_id) LIKE '%4'").await;
    assert_eq!(owner, ["ben"]);
    let notices =
        lines(&engine, "SELECT notice AS line FROM messages WHERE kind = 'escalation' AND owner = 'ben'").await;
    let notice: Notice = serde_json::from_str(&notices[0]).expect("a notice");
    assert_eq!((notice.title.en.as_str(), notice.why.en.as_str(), notice.about.as_str()), ("churn_intent", "why", "s"));
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_case_is_given_to_learns_of_it_once() {
    let engine = Engine::start(&[""]);
    let now = Timestamp::now();
    let directory = directory(now);
    let rules: RuleWords = Arc::new(|_| None);
    let surveys: Surveys = Arc::new(|_| Box::pin(async { Ok(()) }));
    let cases: Vec<CaseRow> = (1..=5).map(|id| case(id, now, 90)).collect();
    engine.store.insert(&cases, "cases").await.expect("written");
    let seconds = |seconds: i64| now + SignedDuration::from_secs(seconds);
    let given = |id: u128, (from, to): (&str, &str), at: i64| CaseEventRow {
        event_id: Uuid::from_u128(id * 1_000 + at.unsigned_abs() as u128),
        actor: from.to_owned(),
        owner: to.to_owned(),
        department: "shops".to_owned(),
        note: "a *parcel*".to_owned(),
        ..event(id, "handed_over", "", seconds(at))
    };
    let tell = async |sweeper: &mut Sweeper, at: i64| {
        sweeper.sweep(seconds(at)).await.expect("swept");
        lines(
            &engine,
            "SELECT concat(substring(toString(assumeNotNull(case_id)), 36), ' ', owner) AS line
             FROM messages WHERE kind = 'hand_over' ORDER BY created_at, line",
        )
        .await
    };
    let sweeper =
        || Sweeper::new(engine.store.clone(), Arc::clone(&directory), Arc::default(), rules.clone(), surveys.clone());
    let mut first = sweeper();
    assert!(tell(&mut first, 0).await.is_empty());

    let events = [
        given(1, ("anna", "ben"), 1),
        // Closed since, taken by himself, given on at once, given to somebody who is no responder any more.
        given(2, ("anna", "ben"), 1),
        event(2, "closed", "closed", seconds(2)),
        given(3, ("ben", "ben"), 1),
        given(4, ("anna", "ben"), 1),
        given(4, ("ben", "anna"), 2),
        given(5, ("anna", "gone"), 1),
    ];
    engine.store.insert(&events, "given").await.expect("written");
    let expected = ["1 ben", "4 anna"];
    assert_eq!(tell(&mut first, 10).await, expected);
    assert_eq!(tell(&mut first, 20).await, expected);
    assert_eq!(tell(&mut sweeper(), 30).await, expected, "whoever leads next");

    // It comes back, and goes once more to whom it was given before.
    engine.store.insert(&[given(1, ("ben", "anna"), 31)], "back").await.expect("written");
    assert_eq!(tell(&mut first, 40).await, ["1 ben", "4 anna", "1 anna"]);
    engine.store.insert(&[given(1, ("anna", "ben"), 41)], "again").await.expect("written");
    assert_eq!(tell(&mut first, 50).await, ["1 ben", "4 anna", "1 anna", "1 ben"]);
    assert_eq!(tell(&mut first, 60).await.len(), 4);

    let notices = lines(
        &engine,
        "SELECT notice AS line FROM messages WHERE kind = 'hand_over' ORDER BY created_at, case_id LIMIT 1",
    )
    .await;
    let notice: Notice = serde_json::from_str(&notices[0]).expect("a notice");
    let figures = [("handed_over_by", "anna"), ("note", "a *parcel*")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!((notice.case_id, notice.tier.as_str()), (Some(Uuid::from_u128(1)), "loyal"));
    assert_eq!(notice.figures, figures);
}
