//! Somebody is erased, wherever the erasure is interrupted: nothing of him is left in any table, every sum is as if he had never come,
//! nobody else is touched, and reading everything again from the first record brings nothing back.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::thread;
use std::time::{Duration, Instant};

use hearken_runtime::kafka::inspect::members;
use hearken_runtime::outcome::Message;
use hearken_schemas::topics::{RAW_CHATS, RAW_CUSTOMERS, RAW_ORDERS, RAW_REVIEWS, RAW_SOCIAL, RAW_SURVEYS, RAW_VISITS};
use hearken_tests::cluster::{Cluster, SERVICES};
use hearken_tests::program::POLL;
use serde_json::{Value, json};

/// How long a coordinator may take to notice that a member is gone.
const NOTICED: Duration = Duration::from_secs(30);

/// Every cell of the rollups that is not zero.
const CELLS: [&str; 2] = [
    "SELECT minute, brand, channel, journey_stage, sum(arrivals) AS a, sum(feedback) AS f, sum(organic) AS o, sum(judged) AS j, \
     sum(negative) AS n, sum(positive) AS p, sum(mixed) AS m, sum(score_sum) AS s, sum(churn) AS c, sum(rated) AS r, sum(rating_sum) AS t \
     FROM hearken.feedback_minute GROUP BY ALL HAVING (a, f, o, j, n, p, m, s, c, r, t) != (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) ORDER BY ALL FORMAT TSV",
    "SELECT hour, brand, channel, term, sum(feedback) AS f, sum(negative) AS n, sum(positive) AS p FROM hearken.keyword_hour \
     GROUP BY ALL HAVING (f, n, p) != (0, 0, 0) ORDER BY ALL FORMAT TSV",
];

/// Rows of everything that is stored of the one who stays.
const STAYS: &str = "SELECT (SELECT count() FROM hearken.feedback), (SELECT count() FROM hearken.survey_answers), (SELECT count() FROM hearken.states), \
     (SELECT count() FROM hearken.orders), (SELECT count() FROM hearken.visits), (SELECT count() FROM hearken.customers), \
     (SELECT count() FROM hearken.identities), (SELECT count() FROM hearken.dead_letters), (SELECT count() FROM hearken.alerts), \
     (SELECT count() FROM hearken.cases), (SELECT count() FROM hearken.case_events), (SELECT count() FROM hearken.messages), \
     (SELECT count() FROM hearken.superseded) FORMAT TSV";

#[test]
fn who_is_erased_is_nowhere_and_stays_so() {
    let mut cluster = Cluster::start();
    let bob = Person { id: "bob-300001", old: "bob-old-9", handle: "bob_h", word: "quarzit" };
    let ada = Person { id: "ada-100001", old: "ada-old-7", handle: "ada_h", word: "zirkonia" };
    bob.speaks(&cluster);
    settle(&cluster);
    bob.is_answered(&cluster);
    let (cells, stays) = (cells(&cluster), cluster.sql(STAYS));
    ada.speaks(&cluster);
    settle(&cluster);
    ada.is_answered(&cluster);
    cluster.sql("SYSTEM REFRESH VIEW hearken.customer_names_hourly");
    cluster.sql("SYSTEM WAIT VIEW hearken.customer_names_hourly");
    let traces = ada.traces(&cluster);
    assert!(traces.len() >= 12, "{traces:?}");
    let before = tables_with(&cluster, &traces);
    for table in [
        "feedback",
        "survey_answers",
        "states",
        "orders",
        "visits",
        "customers",
        "identities",
        "dead_letters",
        "cases",
        "messages",
    ] {
        assert!(
            before.iter().any(|(name, _)| name == table),
            "{table} holds nothing of who is to be erased: {before:?}"
        );
    }

    let dry = cluster.hearken(&["erase", ada.id, "--dry-run"]);
    assert!(dry.code == Some(0) && dry.out.contains("ada-old-7"), "{dry:?}");
    assert_eq!(tables_with(&cluster, &traces), before, "a look changes nothing");
    interrupted_everywhere(&cluster, &ada);
    nothing_is_left(&cluster, &traces);
    assert_eq!((self::cells(&cluster), cluster.sql(STAYS)), (cells.clone(), stays.clone()), "as if nobody had come");
    bytes_are_gone(&cluster);
    settle(&cluster);

    read_everything_again(&mut cluster);
    settle(&cluster);
    nothing_is_left(&cluster, &traces);
    assert_eq!((self::cells(&cluster), cluster.sql(STAYS)), (cells, stays), "read again from the first record");
    let traced = cluster.hearken(&["trace", "erased-shop", &format!("{}-review", ada.id)]);
    assert!(traced.out.contains("erased: it names a customer who was to be forgotten"), "{traced:?}");
    who_comes_back_is_new(&mut cluster, &ada);
    an_author_goes_whom_no_profile_claims(&cluster, &bob);
    who_is_erased_for_good_stays_away(&cluster, &ada);
}

/// Every step is interrupted once, and the next call goes on.
fn interrupted_everywhere(cluster: &Cluster, ada: &Person) {
    // By another name than the one that survived the merge.
    let begun = cluster.hearken(&["erase", ada.old, "--yes", "--stop-after", "requested"]);
    assert_eq!(begun.code, Some(1), "{begun:?}");
    for step in ["published", "collected", "corrected", "deleted"] {
        let stopped = cluster.hearken(&["erase", "--resume", "--stop-after", step]);
        assert_eq!(stopped.code, Some(1), "{step}: {stopped:?}");
    }
    let done = cluster.hearken(&["erase", "--resume", "--json"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let receipt: Value = serde_json::from_str(done.out.trim()).unwrap();
    assert!(receipt["left"].as_object().unwrap().values().all(|left| left == 0), "{receipt}");
    assert!(receipt["removed"]["feedback"].as_i64() >= Some(6), "{receipt}");
    assert!(receipt["kafka"]["feedback.enriched.v1"].as_str().unwrap().contains("expires by"), "{receipt}");
    assert_eq!(cluster.sql("SELECT count() FROM hearken.erasure_scope FORMAT TSV"), "0");
    let again = cluster.hearken(&["erase", "--resume"]);
    assert!(again.code == Some(0) && again.out.is_empty(), "{again:?}");
}

/// Looks into every column of every table that may hold a text.
fn nothing_is_left(cluster: &Cluster, traces: &[String]) {
    assert_eq!(tables_with(cluster, traces), Vec::<(String, String)>::new());
}

/// Returns the tables with rows that hold one of these, and how many.
fn tables_with(cluster: &Cluster, traces: &[String]) -> Vec<(String, String)> {
    let tables = cluster.sql(
        "SELECT name FROM system.tables WHERE database = 'hearken' AND engine LIKE '%MergeTree' ORDER BY name FORMAT TSV",
    );
    let needles: Vec<String> = traces.iter().map(|trace| format!("'{trace}'")).collect();
    let count = |table: &str| {
        let sql = format!(
            "SELECT count() FROM hearken.{table} WHERE multiSearchAny(toString(tuple(*)), [{}]) FORMAT TSV",
            needles.join(", ")
        );
        (table.to_owned(), cluster.sql(&sql))
    };
    // Whoever was sighted is not in the migrations and not in the catalog either: every table is looked into.
    tables.lines().map(count).filter(|(_, count)| count != "0").collect()
}

/// A mutation has rewritten the parts: no row is only hidden.
fn bytes_are_gone(cluster: &Cluster) {
    let hidden =
        "SELECT count() FROM system.parts WHERE database = 'hearken' AND active AND has_lightweight_delete FORMAT TSV";
    assert_eq!(cluster.sql(hidden), "0");
    let unfinished = "SELECT count() FROM system.mutations WHERE database = 'hearken' AND NOT is_done FORMAT TSV";
    assert_eq!(cluster.sql(unfinished), "0");
    let rows =
        "SELECT sum(rows) FROM system.parts WHERE database = 'hearken' AND active AND table = 'feedback' FORMAT TSV";
    assert_eq!(cluster.sql(rows), cluster.sql("SELECT count() FROM hearken.feedback FORMAT TSV"));
}

fn read_everything_again(cluster: &mut Cluster) {
    for part in [&mut cluster.ingest, &mut cluster.enrich, &mut cluster.sink] {
        assert!(part.stop().success());
    }
    for service in SERVICES {
        let deadline = Instant::now() + NOTICED;
        while members(&cluster.kafka(), service).unwrap() > 0 {
            assert!(Instant::now() < deadline, "{service} has left its group and is still a member");
            thread::sleep(POLL);
        }
        let group = service.trim_start_matches("hearken-");
        let moved = cluster.hearken(&["rewind", "--group", group, "--to", "earliest"]);
        assert_eq!(moved.code, Some(0), "{moved:?}");
    }
    for part in [&mut cluster.ingest, &mut cluster.enrich, &mut cluster.sink] {
        part.restart();
    }
    cluster.wait_ready();
}

/// What is said after the erasure is somebody's own again.
fn who_comes_back_is_new(cluster: &mut Cluster, ada: &Person) {
    let now = cluster.sql("SELECT formatDateTime(now('UTC'), '%Y-%m-%dT%H:%i:%SZ') FORMAT TSV");
    let back = json!({
        "source": "erased-shop", "source_id": "back", "occurred_at": now, "customer_id": ada.id, "text": "Back again.",
    });
    send(cluster, RAW_REVIEWS, "back", &back.to_string());
    cluster.wait_for("SELECT count() FROM hearken.feedback WHERE source_id = 'back' FORMAT TSV", "1");
}

/// An author is erased by his key alone, unless he is somebody.
fn an_author_goes_whom_no_profile_claims(cluster: &Cluster, bob: &Person) {
    let post = json!({
        "source": "weibo", "source_id": "cleo-post", "occurred_at": "2025-02-17T10:30:00Z", "author_handle": "cleo_h", "text": "Obsidian again",
    });
    send(cluster, RAW_SOCIAL, "cleo-post", &post.to_string());
    settle(cluster);
    let key_of = |post: &str| {
        cluster.sql(&format!("SELECT any(author_key) FROM hearken.feedback WHERE source_id = '{post}' FORMAT TSV"))
    };
    let (cleo, before) = (key_of("cleo-post"), cluster.sql("SELECT count() FROM hearken.feedback FORMAT TSV"));
    let borne = cluster.hearken(&["erase", "--author-key", &key_of(&format!("{}-post", bob.id)), "--yes"]);
    assert!(borne.code == Some(1) && borne.err.contains("the customer bob-300001 bears this handle"), "{borne:?}");
    let gone = cluster.hearken(&["erase", "--author-key", &cleo, "--yes"]);
    assert!(gone.code == Some(0) && gone.out.contains(&format!("author:   {cleo}")), "{gone:?}");
    nothing_is_left(cluster, &[cleo, "cleo-post".to_owned(), "bsidian".to_owned()]);
    let after: i64 = cluster.sql("SELECT count() FROM hearken.feedback FORMAT TSV").parse().unwrap();
    assert_eq!(after + 1, before.parse::<i64>().unwrap(), "nobody else goes");
    settle(cluster);
}

/// Whatever is said under a name that was erased for good becomes nothing but an outcome.
fn who_is_erased_for_good_stays_away(cluster: &Cluster, ada: &Person) {
    let done = cluster.hearken(&["erase", ada.id, "--for-good", "--yes"]);
    assert!(done.code == Some(0) && done.out.contains("for good"), "{done:?}");
    let now = cluster.sql("SELECT formatDateTime(now('UTC'), '%Y-%m-%dT%H:%i:%SZ') FORMAT TSV");
    let (rows, outcomes) = (
        "SELECT count() FROM hearken.feedback FORMAT TSV",
        "SELECT count() FROM hearken.outcomes WHERE kind = 'erased' FORMAT TSV",
    );
    let (before, erased) = (cluster.sql(rows), cluster.sql(outcomes));
    let once_more = json!({
        "source": "erased-shop", "source_id": "once-more", "occurred_at": now, "customer_id": ada.id, "text": "Here again.",
    });
    send(cluster, RAW_REVIEWS, "once-more", &once_more.to_string());
    settle(cluster);
    assert_eq!(cluster.sql(rows), before, "nothing is kept under this name");
    assert_eq!(cluster.sql(outcomes).parse::<i64>().unwrap(), erased.parse::<i64>().unwrap() + 1);
    nothing_is_left(cluster, &[ada.id.to_owned(), "once-more".to_owned()]);
}

/// Waits until everything has its outcome, and that it has one.
fn settle(cluster: &Cluster) {
    let verified = cluster.hearken(&["verify", "--wait", "120"]);
    assert_eq!(verified.code, Some(0), "{}\n{}", verified.out, verified.err);
}

fn cells(cluster: &Cluster) -> Vec<String> {
    CELLS.iter().map(|sql| cluster.sql(sql)).collect()
}

fn send(cluster: &Cluster, topic: &'static str, key: &str, value: &str) {
    let message = Message {
        topic,
        partition: None,
        key: Some(key.as_bytes().to_vec()),
        value: Some(value.as_bytes().to_vec()),
        headers: Vec::new(),
    };
    cluster.channels.put(&message, &format!("{topic} {key} {}", value.len()));
}

/// Somebody who speaks everywhere, under two ids and a handle.
struct Person {
    id: &'static str,
    /// An id that was merged into the other.
    old: &'static str,
    handle: &'static str,
    /// A word that nobody else says.
    word: &'static str,
}

impl Person {
    /// Sends a profile that merges an id, a review whose edit moves it to another month and brand, a chat, a post, a survey response, an
    /// order in two states, a visit, and two records that become dead letters.
    fn speaks(&self, cluster: &Cluster) {
        for (topic, key, value) in self.said().into_iter().chain(self.done()) {
            send(cluster, topic, &key, &value.to_string());
        }
        let Self { id, word, .. } = *self;
        let torn = format!("{id}-torn");
        let broken = format!(r#"{{"source":"erased-shop","source_id":"{torn}","customer_id":"{id}","text":"{word}"#);
        send(cluster, RAW_REVIEWS, &torn, &broken);
    }

    fn said(&self) -> Vec<(&'static str, String, Value)> {
        let Self { id, old, handle, word } = *self;
        let named = |what: &str| format!("{id}-{what}");
        vec![
            (
                RAW_CUSTOMERS,
                id.to_owned(),
                json!({
                    "source": "crm", "customer_id": id, "updated_at": "2025-01-01T08:00:00Z", "name": word,
                    "aliases": [{"type": "customer_id", "value": old}, {"type": "handle", "value": handle, "source": "weibo"}],
                }),
            ),
            (
                RAW_REVIEWS,
                named("review"),
                json!({
                    "source": "erased-shop", "source_id": named("review"), "occurred_at": "2025-01-15T08:00:30Z", "revision": 1, "brand": "Alder",
                    "customer_id": id, "text": format!("The {word} broke, I want a refund!"), "rating": {"value": 1, "scale_max": 5},
                }),
            ),
            (
                RAW_REVIEWS,
                named("review"),
                json!({
                    "source": "erased-shop", "source_id": named("review"), "occurred_at": "2025-02-15T09:30:00Z", "revision": 2, "brand": "Birch",
                    "customer_id": id, "text": format!("The {word} was replaced, great service!"), "rating": {"value": 5, "scale_max": 5},
                }),
            ),
            (
                RAW_CHATS,
                named("chat"),
                json!({
                    "source": "erased-chat", "source_id": named("chat"), "occurred_at": "2025-02-16T09:30:00Z", "customer_id": old,
                    "turns": [{"role": "customer", "text": format!("Where is my {word}?")}],
                }),
            ),
            (
                RAW_SOCIAL,
                named("post"),
                json!({
                    "source": "weibo", "source_id": named("post"), "occurred_at": "2025-02-17T09:30:00Z", "author_handle": handle,
                    "text": format!("Never again a {word}"),
                }),
            ),
            (
                RAW_SURVEYS,
                named("survey"),
                json!({
                    "source": "erased-survey", "source_id": named("survey"), "occurred_at": "2025-02-18T09:30:00Z", "customer_id": id, "survey_kind": "relationship",
                    "answers": [{"question_id": "why", "kind": "text", "text": format!("Because of the {word}.")},
                                {"question_id": "nps", "kind": "nps", "value": 3, "scale_max": 10}],
                }),
            ),
        ]
    }

    fn done(&self) -> Vec<(&'static str, String, Value)> {
        let Self { id, word, .. } = *self;
        let named = |what: &str| format!("{id}-{what}");
        vec![
            (
                RAW_ORDERS,
                named("order"),
                json!({
                    "source": "erased-shop", "order_id": named("order"), "status": "paid", "occurred_at": "2025-01-02T09:30:00Z",
                    "customer_id": id, "amount": 20, "currency": "EUR",
                }),
            ),
            (
                RAW_ORDERS,
                named("order"),
                json!({
                    "source": "erased-shop", "order_id": named("order"), "status": "shipped", "occurred_at": "2025-01-02T09:30:00Z",
                    "updated_at": "2025-01-03T09:30:00Z", "customer_id": id, "amount": 20, "currency": "EUR",
                }),
            ),
            (
                RAW_VISITS,
                named("visit"),
                json!({
                    "source": "erased-shop", "visit_id": named("visit"), "occurred_at": "2025-01-02T09:00:00Z", "event": "view", "page": "/cup",
                    "customer_id": id,
                }),
            ),
            (
                RAW_REVIEWS,
                named("bad"),
                json!({
                    "source": "erased-shop", "source_id": named("bad"), "occurred_at": "2025-02-15T09:30:00Z", "customer_id": id,
                    "text": word, "rating": {"value": 9, "scale_max": 5},
                }),
            ),
        ]
    }

    /// Opens a case about the review, with its alert, events and messages, as the alert service writes them.
    fn is_answered(&self, cluster: &Cluster) {
        let Self { id, word, .. } = *self;
        let [alert, case, message] = ["1", "2", "3"].map(|n| uuid(id, n));
        let feedback = cluster.sql(&format!(
            "SELECT toString(any(feedback_id)) FROM hearken.feedback WHERE source_id = '{id}-review' FORMAT TSV"
        ));
        let at = "2025-02-15 10:00:00.000";
        let about = json!({
            "alert_id": alert, "case_id": case, "rule": "churn_intent", "subject_kind": "customer", "subject": id, "customer_key": id,
            "feedback_id": feedback, "occurred_at": at, "received_at": at, "alert_at": at, "opened_at": at, "severity": "high",
        });
        let settings = "SETTINGS input_format_skip_unknown_fields = 1 FORMAT JSONEachRow";
        cluster.sql(&format!("INSERT INTO hearken.alerts {settings}\n{about}"));
        cluster.sql(&format!("INSERT INTO hearken.cases {settings}\n{about}"));
        let event = json!({"event_id": uuid(id, "4"), "case_id": case, "at": at, "kind": "noted", "note": format!("{word} again")});
        cluster.sql(&format!("INSERT INTO hearken.case_events {settings}\n{event}"));
        // Messages are kept for 90 days, so they must be young.
        let now = cluster.sql("SELECT toString(now64(3, 'UTC')) FORMAT TSV");
        let told = json!({"message_id": message, "kind": "alert", "case_id": case, "alert_id": alert, "created_at": now,
            "notice": json!({"subject": id, "quote": word}).to_string()});
        // A digest names the case only in what it says.
        let digest = json!({"message_id": uuid(id, "5"), "kind": "digest", "created_at": now,
            "notice": json!({"items": [{"case_id": case, "quote": word}]}).to_string()});
        cluster.sql(&format!("INSERT INTO hearken.messages {settings}\n{told}\n{digest}"));
        let tried = json!({"message_id": message, "at": now, "outcome": "delivered", "attempt": 1});
        cluster.sql(&format!("INSERT INTO hearken.deliveries {settings}\n{tried}"));
        let asked = json!({"at": at, "who": "anna", "action": "show", "case_id": case, "status": 200});
        cluster.sql(&format!("INSERT INTO hearken.audit_log {settings}\n{asked}"));
    }

    /// Returns everything that would give the person away: ids, words, keys, and the ids of what was said and of what followed.
    fn traces(&self, cluster: &Cluster) -> Vec<String> {
        let Self { id, old, handle, word } = *self;
        let ids = cluster.sql(&format!(
            "SELECT DISTINCT toString(feedback_id) FROM hearken.feedback WHERE customer_id IN ('{id}', '{old}') OR source_id = '{id}-post' \
             UNION DISTINCT SELECT DISTINCT toString(record_id) FROM hearken.orders WHERE customer_id = '{id}' \
             UNION DISTINCT SELECT DISTINCT author_key FROM hearken.feedback WHERE source_id = '{id}-post' \
             UNION DISTINCT SELECT DISTINCT toString(record_id) FROM hearken.customers WHERE customer_id = '{id}' FORMAT TSV"
        ));
        let mut traces: Vec<String> = [id, old, handle, word].map(str::to_owned).into();
        traces.extend(ids.lines().map(str::to_owned));
        traces.extend(["1", "2", "3", "4", "5"].map(|n| uuid(id, n)));
        traces
    }
}

/// An id of something that follows from a person.
fn uuid(of: &str, n: &str) -> String {
    let who = if of.starts_with("ada") { "a" } else { "b" };
    format!("{who}0000000-0000-4000-8000-00000000000{n}")
}
