//! The stream as a whole.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use hearken_schemas::envelope;
use hearken_schemas::redact::redact;
use hearken_schemas::topics;
use serde_json::Value;

use super::*;

const RECORDS: usize = 6_000;

/// One message and when it was sent.
type Sent = (Timestamp, RawMessage);

fn settings(seed: u64) -> Settings {
    let poison_share = 0.02;
    Settings { poison_share, ..Settings::new(seed, "2025-11-22T09:00:00.25Z".parse().unwrap()) }
}

/// Plays a stream at twenty records a second.
fn play(settings: Settings) -> Vec<Sent> {
    let (start, mut scenario) = (settings.start, Scenario::new(settings));
    let at = |count: usize| start + SignedDuration::from_millis(50) * i32::try_from(count).unwrap();
    (0..RECORDS).map(|count| (at(count), scenario.next(at(count)))).collect()
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
    let turns = body["turns"].as_array().into_iter().flatten().map(|turn| &turn["text"]);
    let said = [&body["title"], &body["text"]].into_iter().chain(turns).filter_map(Value::as_str);
    said.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_gives_others() {
    assert_eq!(play(settings(1)), play(settings(1)));
    let ids = |seed| play(settings(seed)).into_iter().filter_map(|(_, message)| message.feedback_ref).collect();
    let (one, two): (HashSet<_>, HashSet<_>) = (ids(1), ids(2));
    assert!(one.is_disjoint(&two));
}

#[test]
fn good_records_have_their_fields_and_no_open_slot() {
    for (at, message, body) in good(&play(settings(3))) {
        let (channel, source, source_id) = message.feedback_ref.as_ref().unwrap();
        assert_eq!((body["source"].as_str(), body["source_id"].as_str()), (Some(&**source), Some(&**source_id)));
        let said = words(&body);
        let shape = match channel {
            Channel::Review => body["rating"]["value"].as_u64() <= body["rating"]["scale_max"].as_u64(),
            Channel::Chat => body["turns"].as_array().is_some_and(|turns| turns.len() > 1),
            Channel::Social => !said.is_empty() && body["author_handle"] == message.key.as_str(),
        };
        assert!(shape && !message.key.is_empty(), "{body}");
        assert!(!said.contains(['{', '}']), "{said}");
        for name in ["brand", "region", "touchpoint"] {
            assert!(body[name].as_str().is_some_and(|value| !value.is_empty()), "{name} in {body}");
        }
        let occurred = &body["occurred_at"];
        let occurred: Timestamp = match occurred.as_str() {
            Some(text) => text.parse().unwrap(),
            None => Timestamp::from_millisecond(occurred.as_i64().unwrap()).unwrap(),
        };
        assert!(message.kind != Kind::New || occurred == *at, "{body}");
        assert_eq!(envelope::text(&message.headers, "ce_type"), Some(message.topic));
    }
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
    let sent = play(settings(11));
    for (_, message, body) in good(&sent) {
        let broken: Vec<String> = schemas[message.topic].iter_errors(&body).map(|error| error.to_string()).collect();
        assert!(broken.is_empty(), "{broken:?} in {body}");
    }
    for (_, message) in &sent {
        let shape = [Poison::WrongType, Poison::MissingField, Poison::EmptyText, Poison::NoZone];
        if shape.iter().any(|poison| message.kind == Kind::Poison(*poison)) {
            assert!(!schemas[message.topic].is_valid(&json(message)), "{:?}: {}", message.kind, json(message));
        }
    }
}

#[test]
fn every_channel_language_and_kind_has_its_part() {
    let sent = play(settings(4));
    let part = |name: &str, of: usize, expected: std::ops::Range<f64>| {
        let part = of as f64 / RECORDS as f64;
        assert!(expected.contains(&part), "{name}: {part}");
    };
    let kind = |is: fn(Kind) -> bool| sent.iter().filter(|(_, message)| is(message.kind)).count();
    part("poison", kind(|kind| matches!(kind, Kind::Poison(_))), 0.013..0.027);
    part("repeats", kind(|kind| kind == Kind::Repeat), 0.005..0.015);
    part("edits", kind(|kind| kind == Kind::Edit), 0.005..0.015);
    for (topic, expected) in [("reviews", 0.38..0.52), ("chats", 0.14..0.26), ("social", 0.28..0.42)] {
        part(topic, sent.iter().filter(|(_, message)| message.topic.contains(topic)).count(), expected);
    }
    let hinted: Vec<Value> = good(&sent).map(|(_, _, body)| body["language_hint"].clone()).collect();
    for language in world().languages.keys() {
        part(language.tag(), hinted.iter().filter(|hint| **hint == language.tag()).count(), 0.02..0.35);
    }
    let stars_alone = good(&sent).filter(|(_, _, body)| words(body).is_empty()).count();
    part("stars alone", stars_alone, 0.01..0.06);
}

#[test]
fn the_story_is_told_after_the_release_and_never_before() {
    const CRASH: [&str; 11] =
        ["闪退", "崩溃", "閃退", "當機", "rash", "クラッシュ", "落ちる", "Absturz", "stürzt", "cierra", "bloquea"];
    let settings = settings(5);
    let (release, before, broken) = (settings.start + settings.story_after, "6.1.4", "6.2.0");
    let (mut told, mut new) = (0, 0);
    for (at, message, body) in good(&play(settings)) {
        let version = body["attributes"]["app_version"].as_str();
        if CRASH.iter().any(|word| words(&body).contains(word)) {
            assert!(*at >= release, "{body}");
            let facts = (&body["product_id"], &body["touchpoint"], &body["attributes"]["os"], version);
            assert_eq!(facts, (&"orvantle-app".into(), &"app".into(), &"android".into(), Some(broken)));
            assert!(body["rating"].is_null() || stars(&body) <= 0.4, "{body}");
            told += usize::from(message.kind == Kind::New);
        }
        assert!(*at >= release || version.is_none_or(|version| version == before), "{body}");
        new += usize::from(message.kind == Kind::New && *at >= release);
    }
    let part = f64::from(told as u32) / f64::from(new as u32);
    assert!((0.06..0.10).contains(&part), "{told} of {new}");
}

fn stars(body: &Value) -> f64 {
    body["rating"]["value"].as_f64().unwrap() / body["rating"]["scale_max"].as_f64().unwrap()
}

#[test]
fn repeats_are_the_newest_bytes_and_edits_are_newer_and_different() {
    let sent = play(settings(6));
    let mut newest: HashMap<(Channel, String, String), RawMessage> = HashMap::new();
    for (_, message) in &sent {
        let Some(id) = message.feedback_ref.clone() else { continue };
        let earlier = newest.insert(id, message.clone());
        match message.kind {
            Kind::New => assert_eq!(earlier, None),
            Kind::Repeat => {
                let repeated = RawMessage { kind: Kind::Repeat, ..earlier.unwrap() };
                assert_eq!(*message, repeated);
            }
            Kind::Edit => {
                let (old, new) = (earlier.unwrap(), json(message));
                assert_eq!((old.topic, &old.key), (message.topic, &message.key));
                assert!(new["revision"].as_u64() > json(&old)["revision"].as_u64());
                assert_ne!(words(&new), words(&json(&old)));
            }
            Kind::Poison(_) => unreachable!("poison has no reference"),
        }
    }
}

#[test]
fn redaction_takes_the_personal_data_and_leaves_the_order_numbers() {
    let sent = play(settings(7));
    let said: Vec<(String, Value)> = good(&sent).map(|(_, _, body)| (words(&body), body)).collect();
    for marker in ["@example.", "1380013", "110101190", "4000 00", "&amp;", "&#39;", "😡"] {
        assert!(said.iter().any(|(words, _)| words.contains(marker)), "{marker}");
    }
    for (words, body) in &said {
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
    assert!(orders.filter(|(words, order)| words.contains(order)).count() > 100);
}

#[test]
fn every_hazard_occurs_and_is_what_it_says() {
    let sent = play(settings(8));
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
    match poison {
        Poison::NotJson => text.is_ok() && body.is_null(),
        Poison::WrongType => body["rating"].is_string() || body["turns"].is_string() || body["text"].is_array(),
        Poison::MissingField => ["source", "source_id", "occurred_at"].iter().any(|name| body[name].is_null()),
        Poison::EmptyText => words(&body).trim().is_empty() && body["rating"].is_null(),
        Poison::InvalidUtf8 => text.is_err(),
        Poison::TooDeep => {
            text.is_ok_and(|text| text.contains(&"[".repeat(10_000)) && text.contains(&"]".repeat(10_000)))
        }
        Poison::Year1970 => body["occurred_at"] == "1970-01-01T00:00:00Z",
        Poison::Year2100 => body["occurred_at"] == "2100-01-01T00:00:00Z",
        Poison::NoZone => body["occurred_at"].as_str().map(|time| format!("{time}Z")) == Some(at.to_string()),
        Poison::TextTooLong => words(&body).len() > 256 * 1024,
        Poison::UnknownVersion => {
            envelope::text(&message.headers, "ce_type") == Some(&message.topic.replace("v1", "v2")) && body.is_object()
        }
    }
}
