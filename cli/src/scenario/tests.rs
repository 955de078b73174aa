//! The streams as a whole.

mod stories;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::LazyLock;

use hearken_schemas::envelope;
use hearken_schemas::redact::redact;
use hearken_schemas::topics;
use jiff::SignedDuration;
use serde_json::Value;

use super::time::days;
use super::*;

const RECORDS: usize = 8_000;

/// One message and when it was sent.
type Sent = (Timestamp, RawMessage);

fn anchor() -> Timestamp {
    "2025-11-22T09:00:00Z".parse().unwrap()
}

static PLOT: LazyLock<Arc<Plot>> = LazyLock::new(|| Arc::new(Plot::new(1, anchor())));

/// The whole history, each good record with its JSON.
static HISTORY: LazyLock<Vec<(RawMessage, Value)>> =
    LazyLock::new(|| History::new(&PLOT).map(|message| (message.clone(), json(&message))).collect());

fn mix(seed: u64) -> Mix {
    Mix { poison_share: 0.02, ..Mix::new(seed, anchor() + SignedDuration::from_secs(90)) }
}

/// Plays live seconds at twenty records a second.
fn play(mix: Mix) -> Vec<Sent> {
    let (start, mut live) = (mix.start, Live::new(Arc::clone(&PLOT), mix));
    let at = |count: usize| start + SignedDuration::from_millis(50) * i32::try_from(count).unwrap();
    (0..RECORDS).map(|count| (at(count), live.next(at(count)))).collect()
}

fn json(message: &RawMessage) -> Value {
    serde_json::from_slice(&message.value).unwrap_or_else(|error| panic!("{error}: {message:?}"))
}

fn good(sent: &[Sent]) -> impl Iterator<Item = (&Timestamp, &RawMessage, Value)> {
    let good = sent.iter().filter(|(_, message)| !matches!(message.kind, Kind::Poison(_)));
    good.map(|(at, message)| (at, message, json(message)))
}

/// Everything anybody says in a record.
fn words(body: &Value) -> String {
    let of = |list: &'static str| body[list].as_array().into_iter().flatten().map(|one| &one["text"]);
    let said = [&body["title"], &body["text"]].into_iter().chain(of("turns")).chain(of("answers"));
    said.filter_map(Value::as_str).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_same_seed_and_anchor_give_the_same_bytes_and_others_give_others() {
    let again: Vec<RawMessage> = History::new(&Plot::new(1, anchor())).take(30_000).collect();
    assert!(again.iter().zip(HISTORY.iter()).all(|(one, (two, _))| one == two));
    assert_eq!(play(mix(1)), play(mix(1)));
    let ids =
        |sent: Vec<Sent>| sent.into_iter().filter_map(|(_, message)| message.feedback_ref).collect::<HashSet<_>>();
    let history: HashSet<_> = HISTORY.iter().filter_map(|(message, _)| message.feedback_ref.clone()).collect();
    let (one, two) = (ids(play(mix(1))), ids(play(mix(2))));
    assert!(one.is_disjoint(&two) && one.is_disjoint(&history) && two.is_disjoint(&history));
}

#[test]
fn the_history_is_nine_weeks_in_order_and_as_large_as_promised() {
    let count = |topics: &[&str]| {
        HISTORY.iter().filter(|(message, _)| message.kind == Kind::New && topics.contains(&message.topic)).count()
    };
    for (name, counted, expected) in [
        ("feedback", count(&topics::RAW_FEEDBACK), 39_000..42_000),
        ("surveys", count(&[topics::RAW_SURVEYS]), 2_000..5_000),
        ("orders", count(&[topics::RAW_ORDERS]), 10_000..15_000),
        ("visits", count(&[topics::RAW_VISITS]), 11_900..12_100),
        ("profiles", count(&[topics::RAW_CUSTOMERS]), 2_900..3_100),
    ] {
        assert!(expected.contains(&counted), "{name}: {counted}");
    }
    let at = |message: &RawMessage| envelope::text(&message.headers, "ce_time").unwrap().parse::<Timestamp>().unwrap();
    let sent: Vec<Timestamp> =
        HISTORY.iter().filter(|(message, _)| message.kind == Kind::New).map(|(message, _)| at(message)).collect();
    assert!(sent.is_sorted() && sent[0] >= anchor() - days(63) && sent[sent.len() - 1] < anchor());
}

fn schema(topic: &str) -> jsonschema::Validator {
    let file = topics::find(topic).and_then(|topic| topic.schema.as_deref()).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/json").join(file);
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

#[test]
fn good_records_keep_to_their_schema_and_records_of_wrong_shape_do_not() {
    let schemas: HashMap<&str, _> = topics::RAW.into_iter().map(|topic| (topic, schema(topic))).collect();
    let check = |message: &RawMessage, body: &Value| {
        let broken: Vec<String> = schemas[message.topic].iter_errors(body).map(|error| error.to_string()).collect();
        assert!(broken.is_empty(), "{broken:?} in {body}");
        let said = words(body);
        assert!(!said.contains(['{', '}']) && !message.key.is_empty(), "{body}");
        assert_eq!(envelope::text(&message.headers, "ce_type"), Some(message.topic));
        let reference = message.feedback_ref.as_ref().map(|(_, source, id)| (source.as_str(), id.as_str()));
        let named = body["source_id"].as_str().map(|id| (body["source"].as_str().unwrap(), id));
        assert_eq!(reference, named, "{body}");
    };
    let sent = play(mix(11));
    good(&sent).for_each(|(_, message, body)| check(message, &body));
    HISTORY.iter().step_by(7).for_each(|(message, body)| check(message, body));
    for (_, message) in &sent {
        let shape = [Poison::WrongType, Poison::MissingField, Poison::EmptyText];
        if shape.iter().any(|poison| message.kind == Kind::Poison(*poison)) {
            assert!(!schemas[message.topic].is_valid(&json(message)), "{:?}: {}", message.kind, json(message));
        }
    }
}

#[test]
fn every_topic_language_and_kind_has_its_part_of_the_live_stream() {
    let sent = play(mix(4));
    let part = |name: &str, of: usize, expected: std::ops::Range<f64>| {
        let part = of as f64 / RECORDS as f64;
        assert!(expected.contains(&part), "{name}: {part}");
    };
    let kind = |is: fn(Kind) -> bool| sent.iter().filter(|(_, message)| is(message.kind)).count();
    part("poison", kind(|kind| matches!(kind, Kind::Poison(_))), 0.013..0.027);
    part("repeats", kind(|kind| kind == Kind::Repeat), 0.008..0.025);
    part("edits", kind(|kind| kind == Kind::Edit), 0.004..0.015);
    for (topic, expected) in [
        ("reviews", 0.28..0.40),
        ("chats", 0.11..0.19),
        ("social", 0.22..0.30),
        ("surveys", 0.04..0.08),
        ("operations", 0.17..0.25),
    ] {
        part(topic, sent.iter().filter(|(_, message)| message.topic.contains(topic)).count(), expected);
    }
    let hinted: Vec<Value> = good(&sent).map(|(_, _, body)| body["language_hint"].clone()).collect();
    for language in world().languages.keys() {
        part(language.tag(), hinted.iter().filter(|hint| **hint == language.tag()).count(), 0.003..0.35);
    }
    let appended = good(&sent).filter(|(_, message, body)| message.kind == Kind::New && !body["parent_id"].is_null());
    part("appends", appended.count(), 0.002..0.01);
}

#[test]
fn repeats_are_the_newest_bytes_and_edits_are_newer_and_different() {
    let mut newest: HashMap<(Channel, String, String), RawMessage> = HashMap::new();
    let live = play(mix(6));
    for message in HISTORY.iter().map(|(message, _)| message).chain(live.iter().map(|(_, message)| message)) {
        let Some(id) = message.feedback_ref.clone() else { continue };
        let earlier = newest.insert(id, message.clone());
        match message.kind {
            Kind::New => assert_eq!(earlier, None),
            Kind::Repeat => assert_eq!(*message, RawMessage { kind: Kind::Repeat, ..earlier.unwrap() }),
            Kind::Edit => {
                let (old, new) = (earlier.unwrap(), json(message));
                assert_eq!((old.topic, &old.key), (message.topic, &message.key));
                let newer = |name: &str| new[name] != json(&old)[name];
                assert!(newer("revision") || newer("updated_at"), "{new}");
                assert_ne!(words(&new), words(&json(&old)));
            }
            Kind::Poison(_) => unreachable!("poison has no reference"),
        }
    }
}

#[test]
fn feedback_about_an_order_is_its_customers_and_later() {
    let mut delivered: HashMap<&str, (&Value, &str)> = HashMap::new();
    let mut spoken = 0;
    for (message, body) in HISTORY.iter().filter(|(message, _)| message.kind == Kind::New) {
        let at = envelope::text(&message.headers, "ce_time").unwrap();
        let Some(order) = body["order_id"].as_str() else { continue };
        if message.topic == topics::RAW_ORDERS {
            if body["status"] == "delivered" {
                delivered.insert(order, (body, at));
            }
            continue;
        }
        let (ordered, had) = delivered.get(order).unwrap_or_else(|| panic!("never delivered: {body}"));
        assert!(at.parse::<Timestamp>().unwrap() > had.parse().unwrap(), "{body}");
        for name in ["customer_id", "region"] {
            assert_eq!(body[name], ordered[name], "{body} {ordered}");
        }
        assert!(ordered["store_id"].is_null() || body["store_id"] == ordered["store_id"], "{body} {ordered}");
        assert_eq!(body["product_id"], ordered["items"][0]["product_id"], "{body}");
        spoken += 1;
    }
    assert!(spoken > 4_000, "{spoken}");
}

#[test]
fn scores_of_surveys_fit_their_kind() {
    let mut kinds: HashMap<String, usize> = HashMap::new();
    for (message, body) in HISTORY.iter().filter(|(message, _)| message.topic == topics::RAW_SURVEYS) {
        let transactional = body["survey_kind"] == "transactional";
        assert_eq!(transactional, !body["order_id"].is_null(), "{body}");
        assert!(message.kind == Kind::New || message.kind == Kind::Repeat, "{message:?}");
        for answer in body["answers"].as_array().unwrap() {
            let value = answer["value"].as_f64();
            assert!(value.is_none_or(|value| value >= 0.0 && Some(value) <= answer["scale_max"].as_f64()), "{body}");
            *kinds.entry(answer["kind"].as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    for kind in ["nps", "csat", "ces", "text", "kano_functional", "kano_dysfunctional"] {
        assert!(kinds.get(kind).is_some_and(|count| *count > 100), "{kind}: {kinds:?}");
    }
    assert_eq!(kinds["kano_functional"], kinds["kano_dysfunctional"]);
}

#[test]
fn some_customers_turn_out_to_be_one_and_some_of_them_two_after_all() {
    let mut newest: HashMap<&str, &Value> = HashMap::new();
    let (mut merged, live) = (HashSet::new(), play(mix(9)));
    let live: Vec<Value> =
        good(&live).filter(|(_, message, _)| message.topic == topics::RAW_CUSTOMERS).map(|(_, _, body)| body).collect();
    let history =
        HISTORY.iter().filter(|(message, _)| message.topic == topics::RAW_CUSTOMERS && message.kind == Kind::New);
    let other =
        |body: &Value| body["aliases"].as_array().unwrap().iter().find(|alias| alias["type"] == "customer_id").cloned();
    for body in history.map(|(_, body)| body).chain(&live) {
        newest.insert(body["customer_id"].as_str().unwrap(), body);
        merged.extend(other(body).map(|alias| alias["value"].as_str().unwrap().to_owned()));
    }
    let still = newest.values().filter(|body| other(body).is_some()).count();
    assert_eq!((merged.len(), still), (12, 10));
    assert!(merged.iter().all(|id| newest.contains_key(id.as_str())));
}

#[test]
fn redaction_takes_the_personal_data_and_leaves_the_order_numbers() {
    let said: Vec<(String, &Value)> =
        HISTORY.iter().map(|(_, body)| (words(body), body)).filter(|(words, _)| !words.is_empty()).collect();
    for marker in ["@example.", "1380013", "110101190", "4000 00", "&amp;", "&#39;", "😡"] {
        assert!(said.iter().any(|(words, _)| words.contains(marker)), "{marker}");
    }
    for (words, body) in said.iter().step_by(3) {
        let kept = redact(words).text;
        for marker in
            ["@example.", "1380013", "110101190", "4000 00", "555 01", "23125", "0900-000", "090-0000", "600 000"]
        {
            assert!(!kept.contains(marker), "{marker} in {kept}");
        }
        let order = body["order_id"].as_str().filter(|order| words.contains(order));
        assert!(order.is_none_or(|order| kept.contains(order)), "{kept} of {words}");
    }
    let orders = said.iter().filter_map(|(words, body)| Some((words, body["order_id"].as_str()?)));
    assert!(orders.filter(|(words, order)| words.contains(order)).count() > 50);
}

#[test]
fn every_hazard_occurs_and_is_what_it_says() {
    let sent = play(mix(8));
    for poison in Poison::ALL {
        let of_kind: Vec<&Sent> = sent.iter().filter(|(_, message)| message.kind == Kind::Poison(poison)).collect();
        assert!(of_kind.len() > 3, "{poison:?}");
        for (at, message) in of_kind {
            assert!(message.feedback_ref.is_none() && message.value.len() < 1 << 20, "{message:?}");
            assert!(is_bad(poison, message, *at), "{poison:?}: {}", String::from_utf8_lossy(&message.value));
        }
    }
}

fn is_bad(poison: Poison, message: &RawMessage, at: Timestamp) -> bool {
    let text = std::str::from_utf8(&message.value);
    let body: Value = serde_json::from_slice(&message.value).unwrap_or_default();
    let dated = if message.topic == topics::RAW_CUSTOMERS { &body["updated_at"] } else { &body["occurred_at"] };
    match poison {
        Poison::NotJson => text.is_ok() && body.is_null(),
        Poison::WrongType => {
            ["rating", "turns", "answers", "amount", "dwell_ms", "aliases"].iter().any(|name| body[name].is_string())
                || body["text"].is_array()
        }
        Poison::MissingField => {
            let required = ["source", "source_id", "order_id", "visit_id", "customer_id", "status", "event"];
            dated.is_null() || required.iter().any(|name| body[name].is_null())
        }
        Poison::EmptyText => words(&body).trim().is_empty() && body["rating"].is_null(),
        Poison::InvalidUtf8 => text.is_err(),
        Poison::TooDeep => {
            text.is_ok_and(|text| text.contains(&"[".repeat(10_000)) && text.contains(&"]".repeat(10_000)))
        }
        Poison::Year1970 => dated == "1970-01-01T00:00:00Z",
        Poison::Year2100 => dated == "2100-01-01T00:00:00Z",
        Poison::NoZone => dated.as_str().map(|time| format!("{time}Z")) == Some(at.to_string()),
        Poison::TextTooLong => words(&body).len() > 256 * 1024,
        Poison::UnknownVersion => {
            envelope::text(&message.headers, "ce_type") == Some(&message.topic.replace("v1", "v2")) && body.is_object()
        }
        Poison::MerchantReply => body["author"] == "merchant",
        Poison::WrongScore => body["answers"][0]["value"] == 11,
        Poison::SilentEdit => !body["source_id"].is_null() && !words(&body).is_empty(),
    }
}
