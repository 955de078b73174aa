//! The deliverer on the real engine, against receivers that fail in every way: nothing is lost, nobody is held up.

mod engine;
mod receiver;
mod sweep;

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::{Engine, until};
use hearken_alert::deliverer::{Deliverer, DeliveryMetrics, Way};
use hearken_alert::facts::{Notice, NoticeKind, Words};
use hearken_alert::responders::Directory;
use hearken_runtime::tls::Trust;
use prometheus::Registry;
use receiver::{Act, Receiver, says};
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;
use uuid::Uuid;

const TABLES: [&str; 3] = ["152_", "153_", "154_"];

fn notice() -> Notice {
    let words = |text: &str| Words { en: text.to_owned(), zh: text.to_owned() };
    Notice {
        kind: NoticeKind::Alert,
        rule: "r".to_owned(),
        title: words("Says they leave"),
        why: words(""),
        severity: "high".to_owned(),
        urgent: false,
        case_id: Some(Uuid::from_u128(77)),
        alert_id: Some(Uuid::from_u128(78)),
        subject_kind: "customer".to_owned(),
        subject: "c".to_owned(),
        tier: "loyal".to_owned(),
        risk: Some(50.0),
        brand: "b".to_owned(),
        channel: "chat".to_owned(),
        about: String::new(),
        quote: "\"never again\"\n@all".to_owned(),
        occurred_at: None,
        customer_due_at: None,
        due_at: None,
        step: String::new(),
        figures: Vec::new(),
        items: Vec::new(),
    }
}

/// A directory of channels: name, kind, receiver, and further lines.
fn directory(channels: &[(&str, &str, &Receiver, &str)]) -> Arc<Directory> {
    let mut text =
        "default_owner = \"desk\"\n[[owners]]\nid = \"desk\"\nname = \"Desk\"\ndepartment = \"d\"\n".to_owned();
    for (name, kind, receiver, more) in channels {
        text.push_str(&format!("[[channels]]\nname = {name:?}\nkind = {kind:?}\nurl = {:?}\n{more}\n", receiver.url));
    }
    Arc::new(Directory::parse(&text).unwrap_or_else(|errors| panic!("{errors:?}")))
}

/// A leader that delivers until it is told to stop, or killed.
struct Leader {
    stop: watch::Sender<bool>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Leader {
    fn start(engine: &Engine, directory: &Arc<Directory>) -> Self {
        let (stop, stopped) = watch::channel(false);
        let metrics = Arc::new(DeliveryMetrics::new(&Registry::new()).expect("metrics"));
        let links =
            Arc::new(|case: Uuid, owner: &str, _| Some(format!("https://h.example/c/{}-{owner}", case.as_u128())));
        let way = Way { links, trust: Trust::default() };
        let deliverer =
            Deliverer::new(engine.store.clone(), Arc::clone(directory), Arc::new(Notify::new()), way, metrics);
        Self { stop, task: tokio::spawn(deliverer.run(stopped)) }
    }

    async fn end(self) {
        let _ = self.stop.send(true);
        self.task.await.expect("no panic").expect("no error");
    }

    /// As a process that is killed: nothing more is written.
    async fn die(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_receiver_has_its_habit_and_none_holds_up_the_others() {
    let engine = Engine::start(&TABLES);
    let good = Receiver::start(|_| says("200 OK", "", "thanks")).await;
    let late = Receiver::start(|number| says(if number < 2 { "500 Oh" } else { "204 OK" }, "", "")).await;
    let busy = Receiver::start(|number| match number {
        0 => says("429 Slow down", "retry-after: 2\r\n", ""),
        _ => says("200 OK", "", ""),
    })
    .await;
    let silent = Receiver::start(|_| Act::Hangs).await;
    let strict = Receiver::start(|_| says("200 OK", "", r#"{"code":19021,"msg":"sign match fail"}"#)).await;
    let torn = Receiver::start(|number| match number {
        0 => Act::Says("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"code\":".to_owned()),
        _ => says("200 OK", "", r#"{"code":0}"#),
    })
    .await;
    let moved = Receiver::start(|_| says("302 Found", "location: http://127.0.0.1:9/\r\n", "")).await;
    let chatty = Receiver::start(|_| Act::Floods).await;
    let directory = directory(&[
        ("good", "generic", &good, ""),
        ("late", "generic", &late, ""),
        ("busy", "generic", &busy, ""),
        ("silent", "generic", &silent, ""),
        ("strict", "feishu", &strict, ""),
        ("torn", "lark", &torn, ""),
        ("moved", "generic", &moved, ""),
        ("chatty", "generic", &chatty, ""),
    ]);
    let channels = ["late", "busy", "silent", "strict", "torn", "moved", "chatty", "gone"];
    for (number, channel) in channels.iter().enumerate() {
        engine.tell(channel, [number as u128 + 1], &notice()).await;
    }
    let leader = Leader::start(&engine, &directory);
    until(10, "the one who hangs", async || !silent.came().is_empty()).await;
    let since = Instant::now();
    engine.tell("good", 101..=130, &notice()).await;
    until(5, "what the good one is told", async || good.ids().len() == 30).await;
    assert!(since.elapsed() < Duration::from_secs(4), "{:?}: somebody held it up", since.elapsed());
    until(20, "the last outcome", async || {
        engine.with("delivered").await.len() == 34 && !engine.with("failed").await.iter().all(|id| *id != 3)
    })
    .await;

    assert_eq!(good.ids(), (101..=130).collect::<Vec<_>>(), "each once");
    assert_eq!(late.ids(), [1, 1, 1]);
    let pause = busy.came();
    assert_eq!(busy.ids(), [2, 2]);
    assert!(pause[1].at - pause[0].at >= Duration::from_secs(2), "it asked for two seconds");
    assert_eq!((torn.came().len(), moved.ids(), chatty.ids()), (2, vec![6], vec![7]));
    assert_eq!(engine.with("given_up").await, [4, 6, 8]);
    let outcomes = engine.outcomes().await;
    let of = |id: u128| outcomes.iter().rev().find(|row| row.message_id.as_u128() == id).expect("an outcome");
    assert_eq!((of(1).attempt, of(1).status), (3, 204));
    assert_eq!(of(4).error, "HTTP 200: 19021 sign match fail");
    assert!(of(6).error.contains("redirect") && of(8).error.contains("not in the directory"), "{outcomes:?}");
    assert!(of(3).error.contains("no answer within"), "{outcomes:?}");
    assert_eq!(good.came()[0].body["data"]["link"], "https://h.example/c/77-desk");

    // The case says that nobody got it, once for each.
    let noted: Vec<serde_json::Value> = engine
        .store
        .rows("SELECT DISTINCT detail['message_id'] AS id FROM case_events WHERE kind = 'noted' AND NOT by_human", &[])
        .await
        .expect("events");
    assert_eq!(noted.len(), 3);
    leader.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_dies_loses_nothing_and_its_successor_repeats_only_what_was_under_way() {
    let engine = Engine::start(&TABLES);
    let receiver = Receiver::start(|_| says("200 OK", "", "")).await;
    let directory = directory(&[("c", "generic", &receiver, "per_minute = 1200\nburst = 3")]);
    engine.tell("c", 1..=60, &notice()).await;
    let mut lives = 0;
    while engine.with("delivered").await.len() < 60 {
        let leader = Leader::start(&engine, &directory);
        tokio::time::sleep(Duration::from_millis(700)).await;
        leader.die().await;
        lives += 1;
        assert!(lives < 40, "it gets nowhere: {:?}", engine.with("delivered").await.len());
    }
    assert!(lives >= 3, "{lives}");
    let mut ids = receiver.ids();
    let all = ids.len();
    ids.dedup();
    assert_eq!(ids, (1..=60).collect::<Vec<_>>());
    assert!(all <= 60 + 4 * lives, "{all} requests for 60 messages in {lives} lives");
    assert_eq!(engine.with("delivered").await, ids);
    // A leader that finds nothing to do does nothing.
    let leader = Leader::start(&engine, &directory);
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    leader.end().await;
    assert_eq!(receiver.ids().len(), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_in_a_digest_and_urgent_messages_by_themselves() {
    let engine = Engine::start(&TABLES);
    let receiver = Receiver::start(|_| says("200 OK", "", "")).await;
    let directory = directory(&[("c", "generic", &receiver, "per_minute = 60\nburst = 3\nfold_after_seconds = 4")]);
    engine.tell("c", 1..=200, &notice()).await;
    let leader = Leader::start(&engine, &directory);
    until(5, "the first", async || !receiver.came().is_empty()).await;
    let urgent = Notice { urgent: true, severity: "low".to_owned(), ..notice() };
    engine.tell("c", [999], &urgent).await;
    until(5, "the urgent one", async || receiver.ids().contains(&999)).await;
    until(20, "the digest", async || receiver.came().iter().any(|came| came.body["type"] == "hearken.digest")).await;
    until(5, "all outcomes", async || engine.with("delivered").await.len() == receiver.came().len()).await;
    leader.end().await;

    let digests: Vec<_> = receiver.came().into_iter().filter(|came| came.body["type"] == "hearken.digest").collect();
    assert_eq!(digests.len(), 1);
    let folded = engine.with("folded").await;
    let mut told = engine.with("delivered").await;
    told.retain(|id| *id != digests[0].id.as_u128());
    let mut all = [told, folded.clone()].concat();
    all.sort_unstable();
    assert_eq!(all, (1..=200).chain([999]).collect::<Vec<_>>(), "each told by itself or folded, never both");
    assert!(folded.len() > 180 && !folded.contains(&999));
    assert_eq!(digests[0].body["data"]["title"], format!("{} messages in one", folded.len()));
    let into: Vec<_> = engine.outcomes().await.into_iter().filter_map(|row| row.folded_into).collect();
    assert!(into.len() == folded.len() && into.iter().all(|id| *id == digests[0].id));
    let came = receiver.came();
    for (number, first) in came.iter().enumerate() {
        let window = came[number..].iter().filter(|came| came.at - first.at < Duration::from_millis(4_900)).count();
        assert!(window <= 8, "{window} within five seconds");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_up_is_sent_again_when_somebody_asks() {
    let engine = Engine::start(&TABLES);
    let receiver = Receiver::start(|number| says(if number == 0 { "404 No" } else { "200 OK" }, "", "")).await;
    let directory = directory(&[("c", "generic", &receiver, "")]);
    let leader = Leader::start(&engine, &directory);
    engine.tell("c", [5], &notice()).await;
    until(5, "giving up", async || engine.with("given_up").await == [5]).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(receiver.ids(), [5], "nothing is tried again by itself");
    engine.requeue(5).await;
    until(4, "the second try", async || engine.with("delivered").await == [5]).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert_eq!(receiver.ids(), [5, 5]);
    leader.end().await;
}
