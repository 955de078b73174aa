//! One review, its edits and repeats, and every kind of bad record.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::PoisonError;

use hearken_audit::{At, crc32};
use hearken_runtime::kafka::scan::scan;
use hearken_runtime::outcome::Message;
use hearken_runtime::record::Record;
use hearken_schemas::dead_letter::{DeadLetter, Stage};
use hearken_schemas::topics::{DEAD_LETTERS, RAW, RAW_REVIEWS};
use hearken_tests::channels::poison::Poison;
use hearken_tests::channels::{Channels, Draft, Fate, Raw};
use hearken_tests::cluster::{Cluster, shared};
use serde_json::{Value, json};

use crate::{put, src};

#[test]
fn one_review_travels_to_a_row() {
    let shared = shared();
    let mut cluster = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let first = review(3, "手机138 0013 8000打不通，订单号2748392018374651023还没有发货。差评！", 1);
    let at = put(&cluster, &first);
    // The id is a UUIDv5 of channel, source and source_id: whoever knows those three knows the id.
    let id = "94396113-91d4-5631-a18b-ff09970f03b6";
    let row = "SELECT substring(language, 1, 2), sentiment, text, redactions, journey_stage, src_topic, src_partition, src_offset, \
               rating_value, arrival, in_topic, crc FROM hearken.feedback WHERE sign = 1 AND version > 3 * 65536 \
               AND feedback_id = '94396113-91d4-5631-a18b-ff09970f03b6' FORMAT TSV";
    let crc = crc32(first.message.value.as_deref().unwrap());
    let expected = format!(
        "zh\tnegative\t手机[PHONE]打不通，订单号2748392018374651023还没有发货。差评！\t1\tinterest\t{RAW_REVIEWS}\t{}\t{}\t1\t1\t\
         feedback.enriched.v1\t{crc}",
        at.partition, at.offset
    );
    cluster.wait_for(row, &expected);
    let live = format!("SELECT count(), any(text) FROM hearken.v_feedback WHERE feedback_id = '{id}' FORMAT TSV");
    let minute = "SELECT sum(arrivals), sum(feedback), sum(negative), sum(positive), sum(rating_sum) \
                  FROM hearken.feedback_minute WHERE brand = 'Solwyn' FORMAT TSV";
    // ClickHouse fills a rollup a moment after the table it follows.
    cluster.wait_for(minute, "1\t1\t1\t0\t2000");

    // An edit takes the place of what it replaces, everywhere.
    put(&cluster, &review(4, "Problem solved, great service!", 5));
    cluster.wait_for(&live, "1\tProblem solved, great service!");
    cluster.wait_for(minute, "1\t1\t0\t1\t10000");
    assert_eq!(
        cluster.sql(&format!("SELECT sum(sign), count() FROM hearken.feedback WHERE feedback_id = '{id}' FORMAT TSV")),
        "1\t3"
    );

    // The same once more, and what comes too late, are noted and change nothing.
    for (raw, kind) in [(first, "repeat"), (review(2, "Too late.", 2), "stale")] {
        let at = put(&cluster, &raw);
        cluster.wait_for(&format!("SELECT kind FROM hearken.outcomes WHERE {} FORMAT TSV", src(&at)), kind);
    }
    // Other words under a known revision are kept, as a dead letter that says what the source must send.
    let at = put(&cluster, &review(4, "Other words.", 4));
    let letter = format!("SELECT stage, reason FROM hearken.dead_letters WHERE {} FORMAT TSV", src(&at));
    cluster.wait_for(&letter, "sink\trevision_conflict");
    assert_eq!(cluster.sql(&live), "1\tProblem solved, great service!");
    assert_eq!(cluster.sql(minute), "1\t1\t0\t1\t10000");
    an_intent_is_quoted(&mut cluster);
    bad_records_become_dead_letters(&mut cluster);
}

/// What a customer means to do is a row of its own, in his words.
fn an_intent_is_quoted(cluster: &mut Cluster) {
    let fields = json!({
        "source": "corner-shop", "source_id": "1002", "occurred_at": "2025-06-01T08:00:30Z", "text": "包装全破了，再也不会买了",
    });
    let Value::Object(fields) = fields else { unreachable!("an object") };
    put(cluster, &Draft { topic: RAW_REVIEWS, id: "1002".to_owned(), fields }.raw(Fate::Row));
    let kinds = "SELECT has(intents.kind, 'churn') FROM hearken.feedback WHERE source = 'corner-shop' FORMAT TSV";
    cluster.wait_for(kinds, "1");
    let quote = "SELECT quote FROM hearken.v_intents WHERE source = 'corner-shop' AND kind = 'churn' FORMAT TSV";
    assert_eq!(cluster.sql(quote), "再也不会买");
}

/// A review of one shop; `revision` tells its edits apart.
fn review(revision: u64, text: &str, stars: u8) -> Raw {
    let fields = json!({
        "source": "tmall-flagship", "source_id": "1001", "occurred_at": "2025-06-01T08:00:30+08:00", "revision": revision,
        "brand": "Solwyn", "touchpoint": "Product-Page", "text": text, "rating": { "value": stars, "scale_max": 5 },
    });
    let Value::Object(fields) = fields else { unreachable!("an object") };
    Draft { topic: RAW_REVIEWS, id: "1001".to_owned(), fields }.raw(Fate::Row)
}

/// Every hazard on every channel, with a good record behind all of them.
fn bad_records_become_dead_letters(cluster: &mut Cluster) {
    let mut good = Channels::new(1, "beside-bad-ones");
    let mut bad = invalid_examples();
    for topic in RAW {
        for poison in Poison::ALL.into_iter().filter(|poison| poison.applies_to(topic)) {
            let draft = std::iter::repeat_with(|| good.draft()).find(|draft| draft.topic == topic).unwrap();
            bad.push(poison.spoil(draft));
        }
    }
    bad.iter().for_each(|raw| cluster.channels.send(&raw.message, &raw.id));
    let ledger = cluster.channels.ledger();
    let at = |id: &str| ledger.entries.iter().rfind(|entry| entry.id == id).map(|entry| entry.at.clone()).unwrap();
    let sent: Vec<(At, Raw)> = bad.into_iter().map(|raw| (at(&raw.id), raw)).collect();
    for topic in RAW {
        let draft = std::iter::repeat_with(|| good.draft()).find(|draft| draft.topic == topic).unwrap();
        let at = put(cluster, &draft.raw(Fate::Row));
        let row = format!("SELECT count() FROM hearken.v_outcome WHERE outcome = 'row' AND {} FORMAT TSV", src(&at));
        cluster.wait_for(&row, "1");
    }
    let letters = |cluster: &Cluster| {
        let mut letters = BTreeMap::new();
        let read = |record: Record| {
            let facts = DeadLetter::from_headers(&record.headers).expect("the headers of a dead letter");
            letters.insert((facts.at.topic.clone(), facts.at.partition, facts.at.offset), (facts, record));
            Ok(())
        };
        scan(&cluster.kafka(), DEAD_LETTERS, read).unwrap();
        letters
    };
    for (at, raw) in &sent {
        cluster.wait_for(&format!("SELECT count() FROM hearken.dead_letters WHERE {} FORMAT TSV", src(at)), "1");
        let Fate::DeadLetter(reason) = raw.fate else { unreachable!("all of them are bad") };
        let columns = "reason, stage, at_topic = src_topic, at_partition = src_partition, at_offset = src_offset, size_bytes, crc";
        let row = cluster.sql(&format!("SELECT {columns} FROM hearken.dead_letters WHERE {} FORMAT TSV", src(at)));
        let value = raw.message.value.as_deref().unwrap_or_default();
        let expected = format!("{reason}\tingest\t1\t1\t1\t{}\t{}", value.len(), crc32(value));
        assert_eq!(row, expected, "{at}, {}", raw.id);
    }
    let letters = letters(cluster);
    for (at, raw) in &sent {
        let (facts, record) = &letters[&(at.topic.clone(), at.partition as i32, at.offset)];
        assert_eq!(
            (&record.value, &record.key),
            (&raw.message.value, &raw.message.key),
            "{at}: not the original bytes"
        );
        assert_eq!(Fate::DeadLetter(facts.rejection.reason.as_str()), raw.fate, "{at}");
        assert_eq!((facts.stage, facts.src.as_ref()), (Stage::Ingest, Some(&facts.at)), "{at}");
    }
}

/// The invalid examples of the contract; the reason is the first word of the file's name.
fn invalid_examples() -> Vec<Raw> {
    let mut raws = Vec::new();
    for topic in RAW {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/examples/invalid").join(topic);
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            // Two days ahead of the examples' own clock, which lies in the past.
            if name == "time_out_of_bounds.two_days_ahead" {
                continue;
            }
            let reason = name.split('.').next().unwrap();
            let reason = Poison::ALL.iter().map(|poison| poison.reason()).find(|known| *known == reason);
            let fate = Fate::DeadLetter(reason.unwrap_or_else(|| panic!("{name}: a reason that no hazard here has")));
            let (key, value) = (Some(name.clone().into_bytes()), Some(fs::read(&path).unwrap()));
            let message = Message { topic, partition: None, key, value, headers: Vec::new() };
            raws.push(Raw { message, id: format!("{topic}/{name}"), fate });
        }
    }
    raws
}
