//! What operators do to systems that run: keep a copy, lose everything, restore; and ask the doctor what is wrong. On real engines.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use hearken_runtime::kafka::client;
use hearken_runtime::rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use hearken_runtime::rdkafka::client::DefaultClientContext;
use hearken_schemas::topics::{RAW_REVIEWS, SURVEY_REQUESTS};
use hearken_tests::channels::{Channels, Draft, Fate, Raw, now_ms};
use hearken_tests::cluster::ALERT;
use hearken_tests::program::{Finished, POLL};
use hearken_tests::receiver::Receiver;
use hearken_tests::rig::{Rig, Setup};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How long something may take that takes a second on an idle machine.
const PATIENT: Duration = Duration::from_secs(90);

/// Every state, whoever wrote it when.
const STATES: &str = "SELECT count(), sum(sign), sum(arrival), sum(cityHash64(feedback_id, version, sign, text, src_topic, src_partition, \
                      src_offset, crc, content_crc)) FROM hearken.feedback FORMAT TSV";

/// They are erased between the backup and the loss: the one came before the backup, the other after it.
const FORGOTTEN: [&str; 2] = ["c-1", "c-5"];

/// What is there of them.
const OF_FORGOTTEN: &str = "SELECT (SELECT count() FROM hearken.feedback WHERE customer_id IN ('c-1', 'c-5')), \
    (SELECT count() FROM hearken.alerts WHERE customer_key IN ('c-1', 'c-5')), \
    (SELECT count() FROM hearken.cases WHERE customer_key IN ('c-1', 'c-5')) FORMAT TSV";
const NOTHING: &str = "0\t0\t0";

#[test]
fn what_is_lost_comes_back_once_and_nobody_is_told_twice() {
    let (receiver, directory) = (Receiver::open(), TempDir::new().unwrap());
    let rig = open(&receiver, &directory);
    let mut channels = Channels::new(31, "kept");
    rig.feed(&mut channels, 500, 500.0);
    (0..3).for_each(|nth| rig.send(&leaving(nth)));
    settle(&rig);

    let kept = directory.path().join("kept");
    let to = kept.to_str().unwrap();
    let backup = thread::scope(|scope| {
        let feeding = scope.spawn(|| rig.feed(&mut channels, 400, 100.0));
        thread::sleep(Duration::from_millis(500));
        let backup = rig.hearken(&["backup", "--to", to]);
        feeding.join().unwrap();
        backup
    });
    assert_eq!(backup.code, Some(0), "{backup:?}");
    refused(&rig.hearken(&["backup", "--to", to]), "is not empty");
    (3..6).for_each(|nth| rig.send(&leaving(nth)));
    settle(&rig);
    let told = receiver.taken();
    assert!(told.len() >= 6 && told.values().all(|times| *times == 1), "{told:?}");

    let restore = ["restore", "--from", to];
    let running = rig.hearken(&restore);
    refused(&running, "hearken-sink has 1 member: stop the service first");
    refused(&running, "there are rows in ");
    assert_eq!(rig.member(ALERT).stop(), Some(0));
    forgotten(&rig);
    let states = rig.sql(STATES);
    let raised: u64 = rig.sql("SELECT count() FROM hearken.alerts").parse().unwrap();
    assert_eq!(rig.sink().stop(), Some(0));
    what_is_broken_is_found(&rig);
    all_is_lost(&rig);

    let dry = rig.hearken(&[&restore[..], &["--dry-run"]].concat());
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert!(dry.out.contains(" alerts were raised since: they count as told"), "{dry:?}");
    assert!(dry.out.contains("what people did on cases since are lost"), "{dry:?}");
    assert!(dry.out.contains(" tombstones came since: whom they name is erased"), "{dry:?}");
    restored(&rig, &restore);
    assert_eq!(rig.sql(STATES), states, "each state is there once");
    assert_eq!(rig.sql(OF_FORGOTTEN), NOTHING, "who was erased since the backup is erased again");
    let doctor = rig.hearken(&["doctor"]);
    assert!(doctor.out.contains("hearken migrate has nothing to do"), "{doctor:?}");
    assert_eq!(
        rig.sql("SELECT count(), uniqExact(alert_id) FROM hearken.alerts FORMAT TSV"),
        format!("{raised}\t{raised}")
    );
    // The same customer in the same window, and somebody new.
    rig.send(&leaving_again(4));
    rig.send(&leaving(6));
    settle(&rig);
    wait(|| receiver.taken().len() > told.len(), "nobody is told of a new customer");
    let after = receiver.taken();
    let new: Vec<_> =
        receiver.calls().into_iter().filter(|call| !told.contains_key(&call.id)).map(|call| call.body).collect();
    assert_eq!(new.len(), 1, "one more message: {new:#?}");
    assert!(after.values().all(|times| *times == 1), "{after:?}");
    raised_once_more(&rig, &receiver, to);
    // An erasure sends its own records, which delete profiles: no channel did.
    let proof = rig.prove();
    let is_own = |finding: &&String| finding.starts_with("unseen: a erased of operations.raw.customers.v1");
    let (own, wrong): (Vec<&String>, Vec<&String>) = proof.findings.iter().partition(is_own);
    assert!(wrong.is_empty() && own.len() == FORGOTTEN.len(), "{:?}", proof.findings);
}

/// Who came before the backup and who came after it are erased while both are known.
fn forgotten(rig: &Rig) {
    for customer in FORGOTTEN {
        let erased = rig.hearken(&["erase", customer, "--yes"]);
        assert_eq!(erased.code, Some(0), "{erased:?}");
    }
    assert_eq!(rig.sql(OF_FORGOTTEN), NOTHING);
}

/// The disk of ClickHouse is gone.
fn all_is_lost(rig: &Rig) {
    rig.clickhouse.stop();
    fs::remove_dir_all(rig.directory().join("hearken-clickhouse")).unwrap();
    // Alerts that are raised again are written under their tokens, at another moment.
    rig.http.forget_inserts();
    rig.clickhouse.revive();
}

/// Restores into an empty ClickHouse, and waits until what came since is there.
fn restored(rig: &Rig, arguments: &[&str]) {
    // Services with names of their own are members until their sessions time out.
    let may = || rig.hearken(&[arguments, &["--dry-run"]].concat()).code == Some(0);
    wait(may, "nothing may be restored");
    let restored = rig.hearken(arguments);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    [rig.sink(), rig.member(ALERT)].iter().for_each(|member| member.restart());
    rig.wait_ready();
    settle(rig);
}

/// The same backup, and alerts since are raised again: their cases are there, and receivers hear of them a second time.
fn raised_once_more(rig: &Rig, receiver: &Receiver, from: &str) {
    const OF_SINCE: &str =
        "SELECT uniqExact(customer_key) FROM hearken.cases WHERE customer_key IN ('c-3', 'c-4', 'c-6')";
    const ALERTS_OF: &str = "SELECT groupUniqArray(alert_id) FROM (SELECT alert_id FROM hearken.alerts \
                             WHERE rule = 'churn_intent' ORDER BY alert_id)";
    let (states, alerts, before) = (rig.sql(STATES), rig.sql(ALERTS_OF), receiver.taken());
    assert_eq!(
        rig.sql(OF_SINCE),
        "1",
        "cases that were opened since the backup are lost, but of who came after the restore"
    );
    [rig.sink(), rig.member(ALERT)].iter().for_each(|member| assert_eq!(member.stop(), Some(0)));
    all_is_lost(rig);
    restored(rig, &["restore", "--from", from, "--alerts", "again"]);
    assert_eq!(rig.sql(STATES), states, "each state is there once");
    assert_eq!(rig.sql(OF_FORGOTTEN), NOTHING);
    assert_eq!(rig.sql(ALERTS_OF), alerts, "under the same ids");
    assert_eq!(rig.sql(OF_SINCE), "3", "each with its case");
    let after = receiver.taken();
    let (again, once): (Vec<&String>, Vec<&String>) = after.keys().partition(|id| after[*id] > 1);
    assert!(again.len() >= 3 && again.iter().all(|id| after[*id] == 2), "{after:?}");
    assert!(once.len() >= 3, "what had arrived before the backup does not come again: {after:?}");
    assert!(before.keys().all(|id| after.contains_key(id)), "{before:?} {after:?}");
}

/// The doctor names services that are stopped and a topic that somebody made otherwise, with what to do.
fn what_is_broken_is_found(rig: &Rig) {
    remade(rig, SURVEY_REQUESTS, 1);
    rig.sql("ALTER TABLE hearken.outcomes MODIFY COMMENT 'somebody was here'");
    let services = [rig.sink().address(), rig.member("hearken-enrich").address()].join(",");
    let doctor = rig.hearken(&["doctor", "--json", "--services", &services]);
    let told: Value = serde_json::from_str(&doctor.out).unwrap_or_else(|error| panic!("{error}: {doctor:?}"));
    let findings = told["findings"].as_array().unwrap();
    for (level, words) in [
        ("fail", format!("no service answers at {}", rig.sink().address())),
        ("ok", format!("enrich at {} is ready, no sentinel is raised", rig.member("hearken-enrich").address())),
        ("fail", format!("topic {SURVEY_REQUESTS} has 1 partitions, the contract says 3")),
        ("ok", "no partition has many parts".to_owned()),
        ("warn", "hearken migrate has something to do, steps: 1".to_owned()),
        ("ok", "this clock and ClickHouse's agree".to_owned()),
        ("warn", "dead letters of the last hour: ".to_owned()),
    ] {
        let is_there =
            |finding: &Value| finding["level"] == level && finding["what"].as_str().unwrap().starts_with(&words);
        assert!(findings.iter().any(is_there), "{level} {words}: {doctor:?}");
    }
    assert!(!doctor.out.contains("cannot be looked at"), "{doctor:?}");
    assert_eq!((doctor.code, &told["ok"]), (Some(1), &json!(false)));
    remade(rig, SURVEY_REQUESTS, 3);
}

/// Deletes a topic and makes it again with so many partitions.
fn remade(rig: &Rig, topic: &str, partitions: i32) {
    let admin: AdminClient<DefaultClientContext> = client(&rig.kafka()).create().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let options = AdminOptions::new().operation_timeout(Some(PATIENT));
    assert!(runtime.block_on(admin.delete_topics(&[topic], &options)).unwrap()[0].is_ok());
    let new = [NewTopic::new(topic, partitions, TopicReplication::Fixed(1))];
    let made = || runtime.block_on(admin.create_topics(&new, &options)).unwrap()[0].is_ok();
    wait(made, "the topic is not made again");
}

/// Starts the pipeline and the alert service, whose one owner answers at the receiver, and hears of no morning: that would depend on the
/// hour at which the test is run.
fn open(receiver: &Receiver, directory: &TempDir) -> Rig {
    let responders = directory.path().join("responders.toml");
    let text = format!(
        "default_owner = \"desk\"\n[[channels]]\nname = \"desk-hook\"\nkind = \"generic\"\nurl = \"{}\"\n\
         secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\nper_minute = 6000\nburst = 100\n[[owners]]\nid = \"desk\"\n\
         name = \"Service desk\"\ndepartment = \"service\"\nlanguage = \"en\"\nchannels = [\"desk-hook\"]\ndaily = false\n",
        receiver.url()
    );
    fs::write(&responders, text).unwrap();
    let rig = Setup::new()
        .members(ALERT, 1)
        .set(ALERT, "HEARKEN_ALERT__RESPONDERS", responders.to_str().unwrap())
        .set(ALERT, "HEARKEN_ALERT__INTERVAL_MS", "300")
        .start();
    let catalog = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/catalog.toml");
    assert_eq!(rig.hearken(&["catalog", "load", catalog]).code, Some(0));
    rig
}

/// Waits until everything has its outcome, every rule has seen it, and every message has arrived.
fn settle(rig: &Rig) {
    let verified = rig.hearken(&["verify", "--wait", "90"]);
    assert_eq!(verified.code, Some(0), "{}\n{}", verified.out, verified.err);
    // The leader's next look at the sink's offsets is not far.
    thread::sleep(Duration::from_secs(1));
    let open = "SELECT count() FROM hearken.v_deliveries WHERE outcome NOT IN ('delivered', 'given_up', 'folded')";
    let is_done = || rig.member(ALERT).metric("hearken_frontier_lag_records") == Some(0.0) && rig.sql(open) == "0";
    wait(is_done, "rules or messages do not catch up");
}

fn wait(mut is_done: impl FnMut() -> bool, otherwise: &str) {
    let deadline = Instant::now() + PATIENT;
    while !is_done() {
        assert!(Instant::now() < deadline, "{otherwise}");
        thread::sleep(POLL);
    }
}

fn refused(finished: &Finished, words: &str) {
    assert!(finished.code == Some(1) && finished.err.contains(words), "{words:?}: {finished:?}");
}

fn leaving(nth: usize) -> Raw {
    const WHY: [&str; 7] = [
        "The kettle leaks on the table.",
        "Your courier threw the parcel over the fence.",
        "三个星期了还没有发货。",
        "Nobody answers the telephone on weekdays.",
        "杯子碎了一半，客服不理我。",
        "The colour is nothing like the picture.",
        "尺寸写错了，退货还要自己出钱。",
    ];
    said(nth, "first", &format!("{} I am cancelling my subscription and switching to another brand.", WHY[nth]))
}

fn leaving_again(nth: usize) -> Raw {
    said(nth, "again", "Still nothing. 我要退订，再也不会来了。")
}

fn said(nth: usize, which: &str, text: &str) -> Raw {
    let id = format!("leaves-{nth}-{which}");
    let fields = json!({
        "source": "webshop-east", "source_id": id, "customer_id": format!("c-{nth}"), "brand": "orvantle", "revision": 1,
        "text": text, "occurred_at": now_ms() - 1_000,
    });
    let Value::Object(fields) = fields else { unreachable!("an object") };
    Draft { topic: RAW_REVIEWS, id, fields }.raw(Fate::Row)
}
