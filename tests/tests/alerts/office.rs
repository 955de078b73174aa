//! A company with one owner, one receiver, and customers who leave.

use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::thread;
use std::time::{Duration, Instant};

use hearken_runtime::kafka::admin::offsets;
use hearken_runtime::outcome::Message;
use hearken_schemas::topics::{ENRICHED, RAW_REVIEWS};
use hearken_tests::channels::now_ms;
use hearken_tests::program::POLL;
use hearken_tests::receiver::Receiver;
use hearken_tests::rig::{Member, Rig, Setup};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::PATIENT;

/// The service under test.
pub(crate) const ALERT: &str = "hearken-alert";

/// What customers say who leave: how it begins, what went wrong, and what they will do. Put together they are as different as those of
/// different people: many nearly alike would be a crowd, which is no customer's word.
const BEGUN: [&str; 5] = [
    "等了整整两个星期，",
    "After three calls to your hotline, ",
    "第二次买你们家的东西，",
    "My parents bought this as a present, ",
    "双十一抢的优惠，",
];
const WRONG: [&str; 7] = [
    "快递盒子压扁了，杯子碎了一半",
    "the zip broke on the first morning",
    "客服只会复制粘贴，问题一个没解决",
    "the colour is nothing like the picture and it smells of paint",
    "充电器烫手，电池半天就没电",
    "nobody answered my e-mail about the missing lid",
    "尺寸写错了，退货还要自己出运费",
];
const GONE: [&str; 3] = [
    "，我要退订，再也不会来了。",
    ". I am cancelling my subscription and switching to another brand.",
    "，下次不会再买了，准备换别家。",
];

/// What concerns nobody.
const CONTENT: [&str; 3] = ["很好用，物流很快。", "Works as described, happy with it.", "一般般，没什么特别的。"];

/// Everything that runs.
pub(crate) struct Office {
    pub(crate) rig: Rig,
    pub(crate) receiver: Receiver,
    _responders: TempDir,
}

impl Office {
    /// Starts the pipeline with `replicas` of the alert service.
    pub(crate) fn open(replicas: usize) -> Self {
        let receiver = Receiver::open();
        let directory = TempDir::new().unwrap();
        let responders = directory.path().join("responders.toml");
        fs::write(&responders, responders_of(&receiver)).unwrap();
        let setup = Setup::new()
            .members(ALERT, replicas)
            .set(ALERT, "HEARKEN_ALERT__RESPONDERS", responders.to_str().unwrap())
            .set(ALERT, "HEARKEN_ALERT__INTERVAL_MS", "300");
        let rig = setup.start();
        let catalog = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/local/catalog.toml");
        assert_eq!(rig.hearken(&["catalog", "load", catalog]).code, Some(0), "the catalog says whose brands they are");
        Self { rig, receiver, _responders: directory }
    }

    /// Lets these customers say that they leave, each once, just now; between them some who are content, and a competitor's.
    pub(crate) fn leave(&self, customers: Range<usize>) {
        for nth in customers {
            self.review(nth, &leaving(nth), "orvantle", 0);
            self.review(nth + 1_000_000, CONTENT[nth % CONTENT.len()], "orvantle", 0);
            self.review(nth + 2_000_000, &leaving(nth), "quendrisa", 0);
        }
    }

    /// Sends a review of the customer `nth`, said so many hours ago.
    pub(crate) fn review(&self, nth: usize, text: &str, brand: &str, hours_ago: u64) {
        let id = format!("r-{nth}-{hours_ago}");
        let fields = json!({
            "source": "webshop-east", "source_id": id, "customer_id": customer(nth), "brand": brand, "text": text,
            "occurred_at": now_ms() - hours_ago * 3_600_000, "revision": 1,
        });
        self.send(&fields, &id);
    }

    /// Sends a review's fields as they are.
    pub(crate) fn send(&self, fields: &Value, id: &str) {
        self.send_to(RAW_REVIEWS, fields, id);
    }

    /// Sends a record's fields as they are.
    pub(crate) fn send_to(&self, topic: &'static str, fields: &Value, id: &str) {
        let value = Some(serde_json::to_vec(fields).unwrap());
        let key = Some(id.as_bytes().to_vec());
        self.rig.channels.send(&Message { topic, partition: None, key, value, headers: Vec::new() }, id);
    }

    /// Waits until everything sent is evaluated and every message is delivered.
    pub(crate) fn settle(&self) {
        let sent =
            self.rig.channels.ledger().entries.iter().map(|entry| entry.id.clone()).collect::<BTreeSet<_>>().len();
        self.rig.wait_until("SELECT uniqExact(source_id) FROM hearken.feedback", |count| count == sent.to_string());
        let deadline = Instant::now() + PATIENT;
        while !self.is_committed() {
            assert!(Instant::now() < deadline, "the sink does not commit what it wrote");
            thread::sleep(POLL);
        }
        // The leader's next look at the sink's offsets is not far.
        thread::sleep(Duration::from_secs(1));
        while self.behind() != Some(0.0) || self.undelivered() != "0" {
            assert!(Instant::now() < deadline, "behind {:?}, undelivered {}", self.behind(), self.undelivered());
            thread::sleep(POLL);
        }
    }

    fn is_committed(&self) -> bool {
        let parts = offsets(&self.rig.kafka(), Some("hearken-sink"), ENRICHED).unwrap();
        parts.iter().all(|part| part.end == 0 || part.committed == Some(part.end))
    }

    /// Returns how many records the leader has not evaluated yet.
    fn behind(&self) -> Option<f64> {
        let leader = self.leader()?;
        leader.metric("hearken_frontier_lag_records")
    }

    /// Returns the replica that evaluates.
    pub(crate) fn leader(&self) -> Option<Member> {
        self.rig
            .members(ALERT)
            .into_iter()
            .find(|member| member.is_up() && member.metric("hearken_is_leader") == Some(1.0))
    }

    fn undelivered(&self) -> String {
        self.rig.sql(
            "SELECT uniqExact(message_id) FROM hearken.messages WHERE message_id NOT IN \
             (SELECT message_id FROM hearken.deliveries WHERE outcome IN ('delivered', 'folded'))",
        )
    }

    /// Returns the customers whom a rule has an alert of.
    pub(crate) fn alerted(&self, rule: &str) -> BTreeSet<String> {
        let told = self.rig.sql(&format!("SELECT subject FROM hearken.alerts WHERE rule = '{rule}' FORMAT TSV"));
        let all: Vec<&str> = told.lines().collect();
        let once: BTreeSet<String> = all.iter().map(|subject| (*subject).to_owned()).collect();
        assert_eq!(once.len(), all.len(), "an alert of {rule} is there twice: {told}");
        once
    }

    /// Returns every alert's id, in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.rig
            .sql("SELECT alert_id FROM hearken.alerts ORDER BY alert_id FORMAT TSV")
            .lines()
            .map(str::to_owned)
            .collect()
    }

    /// Looks whether each of these customers has one alert, one case, and one message that arrived.
    pub(crate) fn assert_each_once(&self, customers: Range<usize>) {
        self.settle();
        let expected: BTreeSet<String> = customers.map(customer).collect();
        assert_eq!(self.alerted("churn_intent"), expected);
        let cases =
            self.rig.sql("SELECT count(), uniqExact(case_id), uniqExact(subject) FROM hearken.v_cases FORMAT TSV");
        let count = expected.len();
        assert_eq!(cases, format!("{count}\t{count}\t{count}"), "one case a customer");
        let ids: BTreeSet<String> = self
            .rig
            .sql("SELECT DISTINCT message_id FROM hearken.messages FORMAT TSV")
            .lines()
            .map(str::to_owned)
            .collect();
        assert_eq!(self.receiver.ids(), ids, "what arrives is what was decided to send");
        assert_eq!(self.receiver.taken().keys().cloned().collect::<BTreeSet<_>>(), ids);
    }
}

/// Returns what the customer `nth` says who leaves.
fn leaving(nth: usize) -> String {
    [BEGUN[nth % BEGUN.len()], WRONG[nth % WRONG.len()], GONE[nth % GONE.len()]].concat()
}

/// Returns the id of the customer `nth`.
pub(crate) fn customer(nth: usize) -> String {
    format!("c-{nth:07}")
}

fn responders_of(receiver: &Receiver) -> String {
    format!(
        r#"
        default_owner = "desk"
        [[channels]]
        name = "desk-hook"
        kind = "generic"
        url = "{}"
        secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        per_minute = 6000
        burst = 100
        [[owners]]
        id = "desk"
        name = "Service desk"
        department = "service"
        language = "en"
        channels = ["desk-hook"]
        daily = false # or whoever runs this in the morning is greeted
        "#,
        receiver.url()
    )
}
