//! What a case is by its events, whether it was answered in time, and who is asked about it.

use std::sync::PoisonError;

use hearken_tests::database::Database;
use serde_json::{Value, json};

use crate::fixture::{check, id_of, profile, shared, with};

/// A moment of a day in March 2009 at so many minutes past nine.
pub(crate) fn at(day: u32, minutes: u32) -> String {
    format!("2009-03-{day:02} {:02}:{:02}:00.000", 9 + minutes / 60, minutes % 60)
}

/// A case of Alba that is opened a minute after the words of nine o'clock on a day of March 2009 and due at eleven by the customer's clock
/// and at half past eleven by the owner's, but for these fields.
pub(crate) fn case(name: &str, day: u32, fields: Value) -> Value {
    let row = json!({
        "case_id": id_of(name), "alert_id": id_of(&format!("alert {name}")), "rule": "leaving", "subject_kind": "customer", "subject": name,
        "customer_key": name, "feedback_id": id_of(&format!("words {name}")), "brand": "Alba", "channel": "chat", "store_id": "s1",
        "severity": "high", "tier": "loyal", "owner": "li", "department": "shop", "routed_by": "store", "paged": true,
        "occurred_at": at(day, 0), "time_precision": "second", "received_at": at(day, 30), "opened_at": at(day, 31),
        "customer_due_at": at(day, 120), "due_at": at(day, 150),
    });
    with(row, fields)
}

/// An event of a case so many minutes past nine: what it is, and the state it leads to.
pub(crate) fn event(name: &str, (day, minutes): (u32, u32), (kind, state): (&str, &str), fields: Value) -> Value {
    let row = json!({
        "event_id": id_of(&format!("{name} {kind} {day} {minutes}")), "case_id": id_of(name), "at": at(day, minutes), "kind": kind, "state": state,
        "actor": "li", "by_human": true,
    });
    with(row, fields)
}

/// How a case begins.
pub(crate) fn opened(name: &str, day: u32) -> Value {
    let first = json!({ "by_human": false, "actor": "hearken", "owner": "li", "department": "shop", "alert_id": id_of(&format!("alert {name}")), "detail": { "rule": "leaving" } });
    event(name, (day, 31), ("opened", "open"), first)
}

/// Writes cases, each with its opening and these events.
fn write(database: &Database, cases: &[Value], events: Vec<Value>) {
    database.insert("cases", cases);
    database.insert("case_events", &events);
}

/// Asks for what a case is, by its subject.
fn case_of(columns: &str, subjects: &str) -> String {
    format!("SELECT subject, {columns} FROM hearken.v_cases WHERE subject LIKE '{subjects}' ORDER BY subject")
}

/// What happened to each of five cases.
fn lives(day: u32) -> Vec<Value> {
    let plain = || json!({});
    let hearken = || json!({ "by_human": false, "actor": "hearken" });
    let step = |step: &str| json!({ "by_human": false, "actor": "hearken", "step": step });
    let joined = json!({ "by_human": false, "alert_id": id_of("another"), "detail": { "rule": "two_negatives" } });
    vec![
        opened("c-plain", day),
        event("c-plain", (day, 40), ("contacted", "contacted"), plain()),
        event("c-plain", (day, 50), ("resolved", "resolved"), plain()),
        // Opened again: the response stays, what resolved it does not; reminders begin anew.
        opened("c-again", day),
        event("c-again", (day, 60), ("reminded", ""), step("half")),
        event("c-again", (day, 61), ("escalated", ""), step("first")),
        event("c-again", (day, 62), ("acknowledged", "acknowledged"), plain()),
        event("c-again", (day, 63), ("resolved", "resolved"), plain()),
        event("c-again", (day, 64), ("closed", "closed"), plain()),
        event("c-again", (day, 70), ("reopened", "open"), plain()),
        event("c-again", (day, 71), ("reminded", ""), step("half")),
        event("c-again", (day, 80), ("acknowledged", "acknowledged"), plain()),
        // Handed over, which answers nobody.
        opened("c-handed", day),
        event("c-handed", (day, 45), ("handed_over", ""), json!({ "owner": "wu", "department": "quality" })),
        event("c-handed", (day, 46), ("noted", ""), json!({ "note": "asked the kitchen" })),
        // What Hearken does is no response, whatever it is called.
        opened("c-told", day),
        event("c-told", (day, 33), ("acknowledged", "acknowledged"), hearken()),
        event("c-told", (day, 34), ("alerted", ""), joined),
    ]
}

#[test]
fn a_case_is_what_its_events_leave() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 2;
    let plain = || json!({});
    let names = ["c-again", "c-bare", "c-handed", "c-plain", "c-told"];
    let cases: Vec<Value> = names.iter().map(|name| case(name, day, plain())).collect();
    write(&database, &cases, lives(day));
    check(
        &database,
        &case_of(
            "state, is_open, owner, department, first_owner, first_department, alerts, rules, steps, reopened",
            "c-%",
        ),
        &[
            "c-again acknowledged true li shop li shop 1 ['leaving'] ['half'] 1",
            "c-bare open true li shop li shop 1 ['leaving'] [] 0",
            "c-handed open true wu quality li shop 1 ['leaving'] [] 0",
            "c-plain resolved true li shop li shop 1 ['leaving'] [] 0",
            "c-told acknowledged true li shop li shop 2 ['leaving','two_negatives'] [] 0",
        ],
    );
    let time = |column: &str| format!("formatDateTime({column}, '%H:%i')");
    let times = ["acknowledged_at", "contacted_at", "resolved_at", "closed_at", "first_response_at", "last_event_at"]
        .map(time)
        .join(", ");
    check(
        &database,
        &case_of(&format!("{times}, source_delay_ms"), "c-%"),
        &[
            r"c-again 10:02 \N \N \N 10:02 10:20 1800000",
            r"c-bare \N \N \N \N \N 09:31 1800000",
            r"c-handed \N \N \N \N \N 09:46 1800000",
            // Whoever speaks to the customer has taken the case on.
            r"c-plain 09:40 09:40 09:50 \N 09:40 09:50 1800000",
            r"c-told \N \N \N \N \N 09:34 1800000",
        ],
    );
    check(
        &database,
        "SELECT subject, past_due, past_customer_due, late_seconds > 86400 FROM hearken.v_open_cases WHERE subject LIKE 'c-%' ORDER BY subject",
        &[
            "c-again false false 0",
            "c-bare true true 1",
            "c-handed true true 1",
            "c-plain false false 0",
            "c-told true true 1",
        ],
    );
}

#[test]
fn a_case_has_paged_once_any_of_its_alerts_did() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 21;
    let silent = |name: &str| case(name, day, json!({ "paged": false }));
    let joined = |name: &str, minutes: u32, paged: &str| {
        let fields = json!({ "by_human": false, "actor": "hearken", "alert_id": id_of(&format!("{name} {minutes}")), "detail": { "rule": "safety", "paged": paged } });
        event(name, (day, minutes), ("alerted", ""), fields)
    };
    write(
        &database,
        &[case("u-at-once", day, json!({})), silent("u-later"), silent("u-never"), silent("u-silent")],
        vec![
            opened("u-at-once", day),
            joined("u-at-once", 40, "false"),
            opened("u-later", day),
            joined("u-later", 40, "false"),
            joined("u-later", 41, "true"),
            joined("u-later", 42, "false"),
            opened("u-never", day),
            opened("u-silent", day),
            joined("u-silent", 40, "false"),
        ],
    );
    let expected = ["u-at-once true", "u-later true", "u-never false", "u-silent false"];
    check(&database, &case_of("paged", "u-%"), &expected);
    check(&database, &case_of("paged", "u-%").replace("v_cases", "v_open_cases"), &expected);
}

#[test]
fn what_was_written_twice_counts_once_where_it_came_first() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let day = 3;
    let paid = event("d-twice", (day, 50), ("compensated", ""), json!({ "amount": "12.50", "currency": "CNY" }));
    let later = |row: Value, minutes: u32| with(row, json!({ "at": at(day, minutes) }));
    let twice = case("d-twice", day, json!({}));
    let mixed = case("d-mixed", day, json!({}));
    write(
        &database,
        &[twice.clone(), with(twice, json!({ "opened_at": at(day, 90), "owner": "wu" })), mixed],
        vec![
            opened("d-twice", day),
            event("d-twice", (day, 40), ("acknowledged", "acknowledged"), json!({})),
            paid.clone(),
            event("d-twice", (day, 55), ("compensated", ""), json!({ "amount": "2.50", "currency": "CNY" })),
            event("d-twice", (day, 60), ("closed", "closed"), json!({})),
            // Whoever took over wrote these again, later: they open nothing and pay nothing.
            later(opened("d-twice", day), 70),
            later(paid, 71),
            event("d-mixed", (day, 40), ("compensated", ""), json!({ "amount": "5", "currency": "CNY" })),
            event("d-mixed", (day, 41), ("compensated", ""), json!({ "amount": "5", "currency": "EUR" })),
            event("d-mixed", (day, 42), ("not_a_customer", "closed"), json!({})),
        ],
    );
    check(
        &database,
        &case_of(
            "owner, state, alerts, cost, cost_currency, wrong_reason, not_a_customer, formatDateTime(closed_at, '%H:%i'), formatDateTime(last_event_at, '%H:%i')",
            "d-%",
        ),
        &[r"d-mixed li closed 1 \N  false true 09:42 09:42", "d-twice li closed 1 15 CNY false false 10:00 10:00"],
    );
    check(
        &database,
        &format!(
            "SELECT kind, formatDateTime(at, '%H:%i') FROM hearken.v_case_events WHERE case_id = '{}' ORDER BY at",
            id_of("d-twice")
        ),
        &["opened 09:31", "acknowledged 09:40", "compensated 09:50", "compensated 09:55", "closed 10:00"],
    );
    check(&database, "SELECT count() FROM hearken.v_open_cases WHERE subject LIKE 'd-%'", &["0"]);
}

/// Customers who may be asked, and who may not.
fn customers_to_ask() -> Vec<Value> {
    let consenting =
        |key: &str, fields: Value| with(profile(key, 1, &[]), with(json!({ "consent_contact": true }), fields));
    let merged =
        json!({ "record_id": id_of("e-one merged"), "aliases.type": ["customer_id"], "aliases.key": ["e-other"] });
    vec![
        consenting("e-one", merged),
        consenting("e-other", json!({})),
        consenting("e-asked", json!({})),
        consenting("e-late", json!({})),
        consenting("e-done", json!({})),
        consenting("e-open", json!({})),
        consenting("e-mistake", json!({})),
        with(profile("e-refuses", 1, &[]), json!({ "consent_contact": false })),
        with(profile("e-silent", 1, &[]), json!({ "consent_contact": null })),
    ]
}

#[test]
fn a_closed_case_asks_once_and_only_who_may_be_asked() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // What is due now hangs on now.
    let ago = |days: u32, minutes: u32| {
        database.sql(&format!("SELECT toString(now64(3, 'UTC') - INTERVAL {days} DAY + INTERVAL {minutes} MINUTE)"))
    };
    database.insert("customers", &customers_to_ask());
    let one = |name: &str, customer: Value| case(name, 4, json!({ "customer_key": customer }));
    let ended = |name: &str, days: u32, minutes: u32| {
        event(
            name,
            (4, 50),
            ("closed", "closed"),
            json!({ "at": ago(days, minutes), "event_id": id_of(&format!("end {name}")) }),
        )
    };
    let decided = |name: &str, kind: &str, days: u32| {
        event(name, (4, 51), (kind, ""), json!({ "at": ago(days, 30), "by_human": false }))
    };
    let known = ["e-one", "e-asked", "e-late", "e-done", "e-open", "e-mistake", "e-refuses", "e-silent", "e-stranger"];
    let mut cases: Vec<Value> = known.iter().map(|name| one(name, json!(name))).collect();
    cases.extend([
        one("e-one again", json!("e-other")),
        one("e-nobody", Value::Null),
        one("e-asked before", json!("e-asked")),
    ]);
    let mut events: Vec<Value> = cases.iter().map(|case| opened(case["subject"].as_str().unwrap(), 4)).collect();
    events.extend([
        ended("e-one", 2, 0),
        // The same customer after a merge.
        ended("e-one again", 1, 0),
        ended("e-asked before", 20, 0),
        decided("e-asked before", "survey_requested", 20),
        ended("e-asked", 1, 0),
        ended("e-late", 15, 0),
        ended("e-done", 1, 0),
        decided("e-done", "survey_withheld", 1),
        ended("e-open", 2, 0),
        event("e-open", (4, 60), ("reopened", "open"), json!({ "at": ago(1, 0) })),
        event("e-mistake", (4, 60), ("not_a_customer", "closed"), json!({ "at": ago(1, 0) })),
        ended("e-refuses", 1, 0),
        ended("e-silent", 1, 0),
        ended("e-stranger", 1, 0),
        ended("e-nobody", 1, 0),
    ]);
    write(&database, &cases, events);
    let due = "SELECT c.subject, d.customer_key, d.withheld_because FROM hearken.v_survey_due AS d INNER JOIN (SELECT case_id, subject FROM hearken.cases) AS c \
               ON c.case_id = d.case_id WHERE c.subject LIKE 'e-%' ORDER BY c.subject";
    check(
        &database,
        due,
        &[
            "e-asked e-asked recent",
            "e-late e-late old",
            "e-mistake e-mistake unknown_customer",
            r"e-nobody \N unknown_customer",
            "e-one e-one ",
            "e-one again e-one recent",
            "e-refuses e-refuses no_consent",
            "e-silent e-silent no_consent",
            "e-stranger e-stranger unknown_customer",
        ],
    );
    // Asked for, it is decided; the other case of that customer is told so.
    database.insert("case_events", &[decided("e-one", "survey_requested", 1)]);
    let one = due.replace("'e-%'", "'e-one%'");
    check(&database, &one, &["e-one again e-one recent"]);
    check(
        &database,
        &case_of("isNotNull(survey_requested_at), closed_event_id IS NOT NULL", "e-one%"),
        &["e-one 1 1", "e-one again 0 1"],
    );
}

/// Attempts at four messages, so many minutes after the begin.
fn attempts(at: &dyn Fn(u32) -> String) -> Vec<Value> {
    let tried = |name: &str, minutes: u32, outcome: &str, attempt: u16, fields: Value| {
        with(
            json!({ "message_id": id_of(name), "at": at(minutes), "outcome": outcome, "attempt": attempt, "status": 200 }),
            fields,
        )
    };
    let error = json!({ "status": 503, "error": "busy", "latency_ms": 9 });
    vec![
        tried("m-1", 32, "failed", 1, error.clone()),
        tried("m-1", 33, "delivered", 2, json!({})),
        // Taken twice: the first time counts.
        tried("m-1", 34, "delivered", 3, json!({})),
        tried("m-2", 35, "folded", 0, json!({ "folded_into": id_of("m-4") })),
        tried("m-4", 40, "delivered", 1, json!({})),
        tried("m-3", 32, "failed", 1, error.clone()),
        tried("m-3", 36, "given_up", 2, error),
    ]
}

#[test]
fn an_alert_knows_when_it_was_told_and_what_became_of_its_case() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // Messages are kept for 90 days: these are of the last hours.
    let begin = database.sql("SELECT toString(toDateTime64(toStartOfHour(now('UTC')), 3, 'UTC') - INTERVAL 2 HOUR)");
    let at = |minutes: u32| {
        database.sql(&format!("SELECT toString(toDateTime64('{begin}', 3, 'UTC') + INTERVAL {minutes} MINUTE)"))
    };
    let day = 5;
    let alert = |name: &str, fields: Value| {
        let row = json!({
            "alert_id": id_of(&format!("alert {name}")), "rule": "told", "subject_kind": "customer", "subject": name, "customer_key": name, "brand": "Alba",
            "severity": "high", "occurred_at": at(0), "seen_at": at(30), "alert_at": at(31), "paged": true, "case_id": id_of(name),
        });
        with(row, fields)
    };
    let message = |name: &str, of: &str, kind: &str| json!({ "message_id": id_of(name), "kind": kind, "channel": "chat", "owner": "li", "alert_id": id_of(&format!("alert {of}")), "created_at": at(31), "notice": "{}" });
    database.insert(
        "alerts",
        &[
            alert("g-open", json!({})),
            alert("g-open", json!({ "alert_at": at(60) })),
            alert("g-wrong", json!({})),
            alert("g-alone", json!({ "case_id": null, "paged": false, "unpaged_because": "old" })),
        ],
    );
    write(
        &database,
        &[case("g-open", day, json!({})), case("g-wrong", day, json!({}))],
        vec![
            opened("g-open", day),
            opened("g-wrong", day),
            event("g-wrong", (day, 50), ("wrong_reason", ""), json!({})),
        ],
    );
    database.insert(
        "messages",
        &[
            message("m-1", "g-open", "alert"),
            message("m-1", "g-open", "alert"),
            message("m-2", "g-wrong", "alert"),
            message("m-3", "g-alone", "alert"),
            message("m-4", "g-none", "digest"),
        ],
    );
    database.insert("deliveries", &attempts(&at));
    check(
        &database,
        "SELECT subject, page_ms, seen_ms, dateDiff('minute', alert_at, delivered_at), case_outcome FROM hearken.v_alerts WHERE rule = 'told' ORDER BY subject",
        &[r"g-alone 1860000 60000 \N no case", "g-open 1860000 60000 2 open", "g-wrong 1860000 60000 9 mistaken"],
    );
    let names = ["m-1", "m-2", "m-3", "m-4", "m-5"].map(|name| format!("'{}'", id_of(name))).join(", ");
    database.insert("messages", &[message("m-5", "g-none", "reminder")]);
    check(
        &database,
        &format!(
            "SELECT kind, outcome, attempts, latency_ms, status, error, folded_into = '{}' FROM hearken.v_deliveries WHERE message_id IN ({names}) ORDER BY message_id",
            id_of("m-4")
        ),
        &[
            r"alert delivered 3 120000 200  \N",
            r"alert folded 0 \N 200  1",
            r"alert given_up 2 \N 503 busy \N",
            r"digest delivered 1 540000 200  \N",
            r"reminder waiting 0 \N 0  \N",
        ],
    );
}

#[test]
fn only_what_a_person_does_for_the_customer_is_a_response() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let answers = ["acknowledged", "contacted", "resolved", "closed", "compensated", "not_a_customer", "wrong_reason"];
    let others = ["opened", "alerted", "reopened", "handed_over", "noted", "reminded", "escalated", "survey_requested"];
    for (kinds, human, expected) in
        [(&answers[..], true, "true"), (&answers[..], false, "false"), (&others[..], true, "false")]
    {
        for kind in kinds {
            check(&database, &format!("SELECT hearken_is_response('{kind}', {human})"), &[expected]);
        }
    }
}
