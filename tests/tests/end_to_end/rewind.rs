//! A service that is stopped and moved back reads its records again, and no number changes.

use std::sync::PoisonError;
use std::thread;
use std::time::{Duration, Instant};

use hearken_audit::At;
use hearken_runtime::kafka::inspect::members;
use hearken_runtime::kafka::rewind::{place, positions};
use hearken_schemas::topics::{ENRICHED, NORMALIZED, RAW_REVIEWS};
use hearken_tests::channels::{Channels, Draft, Fate, Raw};
use hearken_tests::cluster::{Cluster, shared};
use hearken_tests::part::Part;
use hearken_tests::program::POLL;
use serde_json::{Value, json};

use crate::{first_findings, put, src};

/// Records before the first rewind, of every kind.
const RECORDS: usize = 400;
/// How long a coordinator may take to notice that a member is gone.
const NOTICED: Duration = Duration::from_secs(30);

#[test]
fn what_is_read_again_changes_no_number() {
    let shared = shared();
    let mut cluster = shared.lock().unwrap_or_else(PoisonError::into_inner);
    for raw in Channels::new(17, "rewind").take(RECORDS) {
        cluster.channels.send(&raw.message, &raw.id);
    }
    let before = put(&cluster, &review(1));
    settle(&cluster);
    let numbers = numbers(&cluster);
    let epoch = |cluster: &Cluster, at| {
        cluster.sql(&format!("SELECT in_epoch FROM hearken.feedback WHERE sign = 1 AND {} FORMAT TSV", src(at)))
    };
    let first_life: u32 = epoch(&cluster, &before).parse().unwrap();

    for service in ["sink", "enrich", "ingest"] {
        read_everything_again(&mut cluster, service);
        settle(&cluster);
        assert_eq!(self::numbers(&cluster), numbers, "after a rewind of {service}");
    }
    // An edit has the key of what it replaces, so it is written from the same partition: in the next life of its offsets.
    let after = put(&cluster, &review(2));
    settle(&cluster);
    assert_eq!(epoch(&cluster, &after), (first_life + 1).to_string());
    assert_eq!(first_findings(&cluster.channels.ledger(), &cluster), Vec::<String>::new());
    a_dead_letter_may_be_mended(&cluster, &after);
}

/// A dead letter whose record was read again later and has its row now is well; one that came after the row is not.
fn a_dead_letter_may_be_mended(cluster: &Cluster, at: &At) {
    for (since, code) in [("2020-01-01", 0), ("2100-01-01", 1)] {
        let place = "src_topic, src_partition, src_offset";
        cluster.sql(&format!(
            "INSERT INTO hearken.dead_letters (stage, detail, at_topic, at_partition, at_offset, {place}, received_at, written_at) \
             SELECT 'ingest', 'by hand', {place}, {place}, received_at, '{since} 00:00:00' FROM hearken.feedback WHERE sign = 1 AND {}",
            src(at)
        ));
        let verified = cluster.hearken(&["verify", "--wait", "10"]);
        assert_eq!(verified.code, Some(code), "{since}: {}", verified.out);
        cluster.sql("DELETE FROM hearken.dead_letters WHERE detail = 'by hand'");
    }
}

/// Waits until everything has its outcome, and that it has one.
fn settle(cluster: &Cluster) {
    let verified = cluster.hearken(&["verify", "--wait", "180"]);
    assert_eq!(verified.code, Some(0), "{}\n{}", verified.out, verified.err);
}

/// What must stay: every row, and how many raw records have which outcome.
fn numbers(cluster: &Cluster) -> Vec<String> {
    let rows = |table: &str, columns: &str| {
        format!(
            "SELECT count(), sum(cityHash64({columns}, in_topic, in_partition, in_offset, crc)) FROM hearken.{table}"
        )
    };
    let outcomes = "SELECT outcome, uniqExact(src_topic, src_partition, src_offset) FROM hearken.v_outcome GROUP BY ALL ORDER BY ALL";
    let rollup = "SELECT sum(arrivals), sum(feedback), sum(negative), sum(rating_sum) FROM hearken.feedback_minute";
    let mut statements = vec![outcomes.to_owned(), rollup.to_owned(), rows("feedback", "feedback_id, version, sign")];
    statements.extend(["orders", "visits", "customers"].map(|table| rows(table, "record_id")));
    statements.iter().map(|statement| cluster.sql(&format!("{statement} FORMAT TSV"))).collect()
}

/// Moves a service's group to the first record of every partition.
fn read_everything_again(cluster: &mut Cluster, service: &str) {
    let earliest = ["rewind", "--group", service, "--to", "earliest"];
    refused(cluster, &earliest, "has 1 member: stop the service first");
    assert!(part(cluster, service).stop().success());
    nobody_reads(cluster, service);
    if service == "sink" {
        an_unfinished_range_is_not_left_behind(cluster);
    }
    let dry = cluster.hearken(&[&earliest[..], &["--dry-run"]].concat());
    assert!(dry.code == Some(0) && dry.out.contains(" would be read again"), "{dry:?}");
    let moved = cluster.hearken(&earliest);
    assert!(moved.code == Some(0), "{moved:?}");
    assert_eq!(moved.out, dry.out.replace("would be read again", "are read again as soon as the service starts"));
    let again = cluster.hearken(&earliest);
    assert!(again.out.contains("is there already"), "{again:?}");
    if service == "enrich" {
        nothing_is_left_out_by_mistake(cluster);
    }
    part(cluster, service).restart();
    cluster.wait_ready();
}

/// Waits until the coordinator has noticed that the service is gone.
fn nobody_reads(cluster: &Cluster, service: &str) {
    let deadline = Instant::now() + NOTICED;
    while members(&cluster.kafka(), &format!("hearken-{service}")).unwrap() > 0 {
        assert!(Instant::now() < deadline, "{service} has left its group and is still a member");
        thread::sleep(POLL);
    }
}

fn part<'a>(cluster: &'a mut Cluster, service: &str) -> &'a mut Part {
    match service {
        "ingest" => &mut cluster.ingest,
        "enrich" => &mut cluster.enrich,
        _ => &mut cluster.sink,
    }
}

/// Runs a command that must refuse in these words.
fn refused(cluster: &Cluster, arguments: &[&str], words: &str) {
    let finished = cluster.hearken(arguments);
    assert!(finished.code == Some(1) && finished.err.contains(words), "{arguments:?}: {words:?}: {finished:?}");
}

/// The group is put where a sink stands that was killed in the middle.
fn an_unfinished_range_is_not_left_behind(cluster: &Cluster) {
    let (kafka, group) = (&cluster.kafka(), "hearken-sink");
    let all: Vec<(String, i32)> = (0..6).map(|partition| (ENRICHED.to_owned(), partition)).collect();
    let stood = positions(kafka, group, &all).unwrap();
    let (key, (offset, _)) = stood.iter().find(|(_, (offset, _))| *offset > 0).unwrap();
    let unfinished = [(key.clone(), (offset - 1, format!("v1;0;{0}-{0}", offset - 1)))];
    place(kafka, group, &unfinished.into()).unwrap();
    refused(cluster, &["rewind", "--group", "sink", "--to", "earliest"], "start it once so that it completes that");
    place(kafka, group, &stood).unwrap();
}

/// The group stands at the beginning: whatever leads away from there leaves records out.
fn nothing_is_left_out_by_mistake(cluster: &Cluster) {
    let enrich = ["rewind", "--group", "enrich"];
    let with = |arguments: &[&'static str]| [&enrich[..], arguments].concat();
    refused(cluster, &with(&["--to", "2100-01-01T00:00:00Z"]), "this moves forward and leaves ");
    refused(cluster, &with(&["--to", "2100-01-01T00:00:00Z", "--skip", "1"]), "if that is meant, say --skip ");
    refused(
        cluster,
        &with(&["--topic", ENRICHED, "--to", "earliest"]),
        "hearken-enrich does not read the topic feedback.enriched.v1; it reads feedback.normalized.v1",
    );
    let far = with(&["--topic", NORMALIZED, "--partition", "0", "--offset", "999999999"]);
    refused(cluster, &far, "999999999 is outside");
    let nowhere = with(&["--topic", NORMALIZED, "--partition", "77", "--to", "earliest"]);
    refused(cluster, &nowhere, "there is no such partition");
}

fn review(revision: u64) -> Raw {
    let fields = json!({
        "source": "rewound-shop", "source_id": "1", "occurred_at": "2025-06-01T08:00:30Z", "revision": revision,
        "text": format!("Read again {revision} times."),
    });
    let Value::Object(fields) = fields else { unreachable!("an object") };
    Draft { topic: RAW_REVIEWS, id: "1".to_owned(), fields }.raw(Fate::Row)
}
