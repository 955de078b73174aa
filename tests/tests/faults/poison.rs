//! Bad records, few and many, and nowhere to put them.

use std::time::Duration;

use hearken_runtime::kafka::scan::scan;
use hearken_runtime::outcome::Message;
use hearken_schemas::dead_letter::DeadLetter;
use hearken_schemas::topics::{DEAD_LETTERS, ENRICHED, NORMALIZED, OPERATIONS, RAW_REVIEWS};
use hearken_tests::channels::poison::Poison;
use hearken_tests::channels::{Channels, Fate, Raw};
use hearken_tests::recorder::Recorder;
use hearken_tests::rig::{Rig, Setup, fate_name};

use crate::topics::delete;
use crate::{begin, is_long, prove};

const PATIENT: Duration = Duration::from_secs(90);

/// Returns a good record of a topic that a hazard can befall.
fn befallen(source: &mut Channels, poison: Poison) -> Raw {
    let draft = std::iter::repeat_with(|| source.draft()).find(|draft| poison.applies_to(draft.topic)).unwrap();
    poison.spoil(draft)
}

/// Bytes that are no record, on any topic; its own coordinates are its origin.
fn garbage(topic: &'static str, id: &str, value: Vec<u8>, reason: &'static str) -> Raw {
    let message = Message { topic, partition: None, key: Some(id.into()), value: Some(value), headers: Vec::new() };
    Raw { message, id: id.to_owned(), fate: Fate::DeadLetter(reason) }
}

#[test]
fn poison_comes_first_in_the_middle_and_last() {
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "poison");
    let mut sent = Vec::new();
    for (nth, poison) in Poison::ALL.into_iter().enumerate() {
        // Alone and first, then surrounded, then the last that comes.
        let good = |source: &mut Channels| source.draft().raw(Fate::Row);
        sent.push(befallen(&mut source, poison));
        sent.extend((0..20).map(|_| good(&mut source)));
        sent.push(befallen(&mut source, poison));
        sent.extend((0..20).map(|_| good(&mut source)));
        sent.push(befallen(&mut source, poison));
        sent.push(garbage(RAW_REVIEWS, &format!("large-{nth}"), vec![b'x'; 1_000_000], "not_json"));
    }
    for raw in &sent {
        rig.send(raw);
    }
    prove(&rig);
    let mut expected = std::collections::BTreeMap::new();
    sent.iter().for_each(|raw| *expected.entry(fate_name(raw.fate)).or_default() += 1);
    assert_eq!(rig.fates(), expected);
    the_bytes_are_the_original_ones(&rig, &sent);
}

/// Every bad record is on the dead-letter topic with its own bytes, key, reason and coordinates.
fn the_bytes_are_the_original_ones(rig: &Rig, sent: &[Raw]) {
    let ledger = rig.channels.ledger();
    let mut bad: std::collections::HashMap<_, _> = std::collections::HashMap::new();
    for (raw, entry) in
        sent.iter().filter_map(|raw| Some((raw, ledger.entries.iter().rfind(|entry| entry.id == raw.id)?)))
    {
        if matches!(raw.fate, Fate::DeadLetter(_)) {
            bad.insert((entry.at.topic.clone(), entry.at.partition as i32, entry.at.offset), raw);
        }
    }
    let mut found = std::collections::HashSet::new();
    scan(&rig.kafka(), DEAD_LETTERS, |record| {
        let facts = DeadLetter::from_headers(&record.headers).expect("the headers of a dead letter");
        // A hop may send one twice.
        let at = (facts.at.topic.clone(), facts.at.partition, facts.at.offset);
        let raw = bad.get(&at).unwrap_or_else(|| panic!("a dead letter of {at:?}, which was good"));
        found.insert(at);
        assert_eq!((&record.value, &record.key), (&raw.message.value, &raw.message.key), "{}", raw.id);
        assert_eq!(Fate::DeadLetter(facts.rejection.reason.as_str()), raw.fate, "{}", raw.id);
        Ok(())
    })
    .unwrap();
    assert_eq!(found.len(), bad.len(), "each has one");
}

#[test]
fn garbage_between_the_services_is_a_dead_letter_too() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "between");
    rig.feed(&mut source, 200, 1_000.0);
    // Somebody else's producer: no channel promised these records to anybody.
    let stranger = Recorder::new(&rig.kafka(), &rig.directory().join("stranger.jsonl"));
    for topic in [NORMALIZED, ENRICHED, OPERATIONS] {
        for (nth, value) in [&b"{"[..], b"\xff\xfe", b"", b"null", b"{\"a\":1}"].into_iter().enumerate() {
            let raw = garbage(topic, &format!("{topic}-{nth}"), value.to_vec(), "missing_lineage");
            stranger.send(&raw.message, &raw.id);
        }
    }
    let sent = stranger.ledger().entries;
    rig.feed(&mut source, 200, 1_000.0);
    let mut findings = rig.prove().findings;
    let letters = rig.sql("SELECT at_topic, at_partition, at_offset, crc FROM hearken.dead_letters WHERE src_offset = -1 ORDER BY ALL FORMAT TSV");
    let mut expected: Vec<String> = sent
        .iter()
        .map(|entry| format!("{}\t{}\t{}\t{}", entry.at.topic, entry.at.partition, entry.at.offset, entry.crc))
        .collect();
    let mut letters: Vec<String> = letters.lines().map(str::to_owned).collect();
    expected.sort();
    letters.sort();
    assert_eq!(letters, expected, "each is a dead letter under its own coordinates");
    // The audit knows the channels' records alone, and says so of each of these.
    findings.retain(|finding| finding != "unseen: a dead letter of [-1]@-1, which nobody sent");
    assert_eq!(findings, Vec::<String>::new());
}

#[test]
fn nothing_but_poison_stops_the_service_and_does_not_drain_the_topic() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().set("hearken-ingest", "HEARKEN_REJECT__WINDOW", "100").start();
    let mut source = Channels::new(seed, "nothing-but");
    rig.feed(&mut source, 300, 1_000.0);
    rig.supervise(false);
    let bad = 3_000;
    for nth in 0..bad {
        rig.send(&garbage(
            RAW_REVIEWS,
            &format!("bad-{nth}"),
            format!("<review nr='{nth}'/>").into_bytes(),
            "not_json",
        ));
    }
    rig.channels.ledger();
    let ingest = rig.member("hearken-ingest");
    assert!(ingest.wait_ended(1, PATIENT), "ingest goes on");
    let ended = ingest.ended().pop().unwrap();
    assert!(ended.code == Some(1) && ended.words.contains(RAW_REVIEWS), "{ended:?}");
    for words in ["were rejected", "reject.share_max"] {
        assert!(ended.words.contains(words), "expected {words:?} in {}", ended.last_line());
    }
    let letters: i64 = hearken_runtime::kafka::admin::offsets(&rig.kafka(), None, DEAD_LETTERS)
        .unwrap()
        .iter()
        .map(|part| part.end)
        .sum();
    assert!(letters < bad, "{letters} of {bad} are dead letters already");
    // Somebody looks at them and gives them up.
    ingest.set("HEARKEN_REJECT__SHARE_MAX", Some("1"));
    rig.supervise(true);
    prove(&rig);
}

#[test]
fn without_the_dead_letter_topic_nothing_is_dropped() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let setup = Setup::new().set("hearken-ingest", "HEARKEN_KAFKA__DELIVERY_TIMEOUT_MS", "2000");
    let rig = setup.start();
    let mut source = Channels::new(seed, "nowhere");
    for _ in 0..300 {
        rig.send(&source.draft().raw(Fate::Row));
    }
    rig.wait_until("SELECT count() FROM hearken.v_outcome", |count| count == "300");
    delete(&rig, DEAD_LETTERS);
    rig.supervise(false);
    rig.send(&befallen(&mut source, Poison::NotJson));
    for _ in 0..300 {
        rig.send(&source.draft().raw(Fate::Row));
    }
    let ingest = rig.member("hearken-ingest");
    assert!(ingest.wait_ended(1, PATIENT), "ingest goes on without a place for a bad record");
    let ended = ingest.ended().pop().unwrap();
    println!("ingest: {}", ended.last_line());
    assert_eq!(ended.code, Some(1));
    let made = rig.hearken(&["topics", "create"]);
    assert_eq!(made.code, Some(0), "{made:?}");
    // Whoever makes the topic again starts the services again.
    for member in rig.all_members() {
        member.kill9();
    }
    rig.supervise(true);
    prove(&rig);
}
