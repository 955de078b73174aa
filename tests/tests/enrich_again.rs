//! History that an older enricher read is read again by this one, on real engines: no number counts twice, whoever dies meanwhile.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use hearken_runtime::kafka::admin::offsets;
use hearken_schemas::topics::{ALERTS, RAW_REVIEWS};
use hearken_tests::channels::{Channels, Draft, Fate, Raw, now_ms};
use hearken_tests::cluster::ALERT;
use hearken_tests::program::{POLL, command};
use hearken_tests::rig::{Rig, Setup};
use serde_json::{Value, json};

/// Records of every kind before history is read again.
const RECORDS: usize = 1_200;
/// How long something may take that takes a second on an idle machine.
const PATIENT: Duration = Duration::from_secs(60);

const ENRICH: &str = "hearken-enrich";
/// Feedback whose newest state an older enricher read.
const BEHIND: &str = "SELECT sum(sign) FROM hearken.feedback WHERE enricher_version < \
                      (SELECT max(enricher_version) FROM hearken.feedback)";

#[test]
fn history_is_read_again_and_no_number_counts_twice() {
    let rig = Setup::new().members(ALERT, 1).set(ALERT, "HEARKEN_ALERT__INTERVAL_MS", "300");
    let rig = rig.set(ENRICH, "FAILPOINTS", "enrich.older=return").start();
    let catalog = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/catalog.toml");
    assert_eq!(rig.hearken(&["catalog", "load", catalog]).code, Some(0));
    rig.feed(&mut Channels::new(23, "history"), RECORDS, 600.0);
    for nth in 0..3 {
        rig.send(&review(
            &format!("leaves-{nth}"),
            1,
            "I am cancelling my subscription and switching to another brand.",
        ));
    }
    rig.send(&review("emptied", 1, "The zip broke on the first morning."));
    settle(&rig);
    let told = churn(&rig);
    assert!(told.lines().count() >= 3, "customers who leave raise alerts: {told}");

    the_older_service_is_found_out(&rig);
    rig.sql("ALTER TABLE hearken.feedback UPDATE text = '' WHERE source_id = 'emptied' SETTINGS mutations_sync = 2");
    let live: u64 = rig.sql("SELECT sum(sign) FROM hearken.feedback").parse().unwrap();
    rig.member(ENRICH).set("FAILPOINTS", None);
    rig.member(ENRICH).stop();
    rig.member(ENRICH).restart();
    rig.wait_ready();
    killed_halfway(&rig);

    // Customers write on meanwhile: an edit of what is read again, and the channel's own repeat.
    rig.send(&review("leaves-0", 2, "They called me back, I stay for now."));
    let began = Instant::now();
    let whole = rig.hearken(&["enrich-again", "--yes", "--rate", "100000"]);
    assert_eq!(whole.code, Some(0), "{whole:?}");
    assert!(whole.out.contains("1 left as they are because retention has emptied their words"), "{whole:?}");
    println!("{} in {:.1} s", whole.out.lines().next_back().unwrap(), began.elapsed().as_secs_f64());
    rig.send(&review("leaves-1", 1, "I am cancelling my subscription and switching to another brand."));
    settle(&rig);

    assert_eq!(rig.sql(BEHIND), "1", "only what was emptied stays behind");
    assert_eq!(rig.sql("SELECT sum(sign) FROM hearken.feedback").parse(), Ok(live));
    assert_eq!(rig.sql(DIFFERING), "0", "what the customer said is what it was");
    assert_eq!(
        rig.sql("SELECT count() FROM hearken.v_feedback WHERE source_id = 'leaves-1' AND isNotNull(sentiment)"),
        "1"
    );
    let repeat = "SELECT kind FROM hearken.outcomes WHERE src_topic = 'feedback.raw.reviews.v1' ORDER BY src_offset DESC LIMIT 1 \
                  BY src_partition";
    assert!(rig.sql(&format!("{repeat} FORMAT TSV")).contains("repeat"), "the sum of what was said is what it was");
    assert_eq!(churn(&rig), told, "what was told is not told again");
    each_alert_is_raised_once(&rig);

    let rows = rig.sql("SELECT count() FROM hearken.feedback");
    let again = rig.hearken(&["enrich-again", "--yes"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.out.contains("0 feedback read again, 1 left"), "{again:?}");
    assert_eq!(rig.sql("SELECT count() FROM hearken.feedback"), rows);
    rig.assert_sound();
}

/// Rows of one revision of one feedback that differ in anything but what the enricher found and where it was written from.
const DIFFERING: &str = "SELECT count() FROM (SELECT feedback_id, revision FROM hearken.feedback WHERE source_id != 'emptied' \
    GROUP BY feedback_id, revision HAVING uniqExact(cityHash64(channel, source, source_id, occurred_at, time_precision, received_at, \
    customer_id, id_namespace, customer_masked, author_key, agent_key, brand, product_id, order_id, store_id, campaign, touchpoint, \
    journey_stage, region, parent_id, language_hint, title, text, rating_value, rating_scale_max, likes, reposts, url, `turns.at`, \
    `turns.role`, `turns.text`, resolved, survey_id, survey_kind, sent_at, case_id, `answers.question_id`, `answers.kind`, \
    `answers.feature`, `answers.value`, `answers.scale_max`, `answers.direction`, `answers.text`, redactions, attributes, \
    src_topic, src_partition, src_offset, crc, content_crc)) > 1)";

/// An enrich service of the older release changes nothing, and it is said.
fn the_older_service_is_found_out(rig: &Rig) {
    let rows = rig.sql("SELECT count() FROM hearken.feedback");
    let dry = rig.hearken(&["enrich-again", "--dry-run"]);
    assert!(dry.code == Some(0) && dry.out.contains(" feedback below enricher version "), "{dry:?}");
    let refused = rig.hearken(&["enrich-again", "--yes", "--rate", "100"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("the enrich service that runs is of an older release"), "{refused:?}");
    assert_eq!(rig.sql("SELECT count() FROM hearken.feedback"), rows);
}

/// Both the command and the sink are killed while history goes through.
fn killed_halfway(rig: &Rig) {
    let mut hearken = command("hearken");
    hearken.args(["enrich-again", "--yes", "--rate", "200"]).stdout(Stdio::null()).stderr(Stdio::null());
    hearken.env("HEARKEN_KAFKA__BROKERS", rig.brokers()).env("HEARKEN_CLICKHOUSE__URL", rig.url());
    let mut child = hearken.spawn().unwrap();
    let deadline = Instant::now() + PATIENT;
    while rig.sql("SELECT uniqExact(enricher_version) FROM hearken.feedback") == "1" {
        assert!(Instant::now() < deadline, "nothing is read again");
        assert_eq!(child.try_wait().unwrap(), None, "it ended by itself");
        thread::sleep(POLL);
    }
    rig.sink().kill9();
    child.kill().unwrap();
    child.wait().unwrap();
    rig.sink().restart();
    rig.wait_ready();
}

/// Waits until everything has its outcome and every rule has seen it.
fn settle(rig: &Rig) {
    let verified = rig.hearken(&["verify", "--wait", "90"]);
    assert_eq!(verified.code, Some(0), "{}\n{}", verified.out, verified.err);
    let deadline = Instant::now() + PATIENT;
    // The leader's next look at the sink's offsets is not far.
    thread::sleep(Duration::from_secs(1));
    while rig.member(ALERT).metric("hearken_frontier_lag_records") != Some(0.0) {
        assert!(Instant::now() < deadline, "the rules do not catch up");
        thread::sleep(POLL);
    }
}

/// Alerts whose reason the older enricher knew too, with their cases.
fn churn(rig: &Rig) -> String {
    rig.sql("SELECT alert_id, case_id, alert_at FROM hearken.alerts WHERE rule = 'churn_intent' ORDER BY alert_id FORMAT TSV")
}

/// One alert a rule, subject and window, one message on the topic for each: also of those for which only this enricher finds a reason.
fn each_alert_is_raised_once(rig: &Rig) {
    let counts =
        "SELECT count(), uniqExact(alert_id), uniqExact(rule, subject_kind, subject, window_start) FROM hearken.alerts";
    let on_topic: i64 = offsets(&rig.kafka(), None, ALERTS).unwrap().iter().map(|part| part.end).sum();
    assert_eq!(rig.sql(&format!("{counts} FORMAT TSV")), format!("{on_topic}\t{on_topic}\t{on_topic}"));
    assert_eq!(rig.sql("SELECT count() - uniqExact(case_id) FROM hearken.cases"), "0");
}

fn review(id: &str, revision: u64, text: &str) -> Raw {
    let fields = json!({
        "source": "webshop-east", "source_id": id, "customer_id": format!("c-{id}"), "brand": "orvantle", "revision": revision,
        "text": text, "occurred_at": now_ms() - 60_000, "rating": { "value": 14.0 / 3.0, "scale_max": 5 },
    });
    let Value::Object(fields) = fields else { unreachable!("an object") };
    Draft { topic: RAW_REVIEWS, id: id.to_owned(), fields }.raw(Fate::Row)
}
