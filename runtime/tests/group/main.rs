//! Groups on a real broker: partitions move, members freeze, brokers restart, and nothing is lost or committed twice.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod broker;
mod frozen;
mod member;
mod stops;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use broker::{Broker, Flow, shared};
use member::{Diligent, Log, Member, assert_rising, coordinates, settings, until};
use tokio::sync::watch;

/// Everything that is on a topic, by its coordinates.
fn everything(ends: &BTreeMap<i32, i64>) -> BTreeSet<(i32, i64)> {
    ends.iter().flat_map(|(&partition, &end)| (0..end).map(move |offset| (partition, offset))).collect()
}

fn sound(member: &Member) {
    assert_eq!(member.metric("hearken_sentinels_total"), 0.0);
    assert!(member.metric("hearken_sentinel_checks_total") > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_move_from_one_member_to_two_and_back_and_each_record_is_read_once() {
    const TOPIC: &str = "moves";
    let (broker, log) = (shared(), Log::default());
    broker.create(TOPIC, 6).await;
    let flow = Flow::start(&broker, TOPIC, 6);
    let settings = settings(&broker.address, TOPIC, "");
    let first = Member::start(settings.clone(), TOPIC, Arc::new(Diligent::new("first", &log)));
    until("one member has all", || first.owns() == 6 && coordinates(&log).len() > 300).await;
    let second = Member::start(settings, TOPIC, Arc::new(Diligent::new("second", &log)));
    until("two members share", || (first.owns(), second.owns()) == (3, 3)).await;
    let read = coordinates(&log).len();
    until("both go on", || coordinates(&log).len() > read + 500).await;
    sound(&second);
    second.stop().await.unwrap();
    until("one member has all again", || first.owns() == 6).await;
    flow.stop();
    let all = everything(&broker.ends(TOPIC));
    until("all is read", || coordinates(&log).len() >= all.len()).await;
    sound(&first);
    first.stop().await.unwrap();

    let reads = log.lock().unwrap().clone();
    assert_eq!(coordinates(&log), all);
    assert_eq!(reads.len(), all.len(), "every drain committed what it had read");
    assert_rising(&log);
    let lives =
        |partition| reads.iter().filter(move |read| read.partition == partition).map(|read| (read.member, read.life));
    let counts: Vec<usize> = (0..6).map(|partition| lives(partition).collect::<BTreeSet<_>>().len()).collect();
    let (stayed, moved): (Vec<usize>, Vec<usize>) = counts.iter().partition(|count| **count == 1);
    assert_eq!((stayed, moved), (vec![1; 3], vec![3; 3]), "what need not move keeps its worker");
    assert_eq!(broker.committed(TOPIC, TOPIC), broker.ends(TOPIC));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_away_while_paused_is_read_when_it_comes_back() {
    pause("paused_before", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_all_is_paused_is_read_with_the_rest() {
    pause("paused_still", false).await;
}

/// Two of four partitions move away while all are paused, and come back after the back-pressure has ended, or before.
async fn pause(topic: &'static str, ends_before: bool) {
    let (broker, log) = (shared(), Log::default());
    broker.create(topic, 4).await;
    // More than one partition's channel takes: the rest is held, and everything is paused.
    broker.produce(topic, 0, 6_000);
    let settings = settings(&broker.address, topic, "drain_timeout_ms = 500");
    let (open, gate) = watch::channel(false);
    let work = |name| Arc::new(Diligent::new(name, &log).behind(0, gate.clone()));
    let first = Member::start(settings.clone(), topic, work("first"));
    until("one member has all", || first.owns() == 4).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let second = Member::start(settings, topic, work("second"));
    until("two members share", || (first.owns(), second.owns()) == (2, 2)).await;
    (1..4).for_each(|partition| broker.produce(topic, partition, 200));
    tokio::time::sleep(Duration::from_secs(2)).await;
    if ends_before {
        open.send(true).unwrap();
        until("all is read", || coordinates(&log).len() == 6_600).await;
    }
    second.stop().await.unwrap();
    until("one member has all again", || first.owns() == 4).await;
    (0..4).for_each(|partition| broker.produce(topic, partition, 100));
    tokio::time::sleep(Duration::from_secs(2)).await;
    let _ = open.send(true);
    let all = everything(&broker.ends(topic));
    until("all is read", || coordinates(&log).len() >= all.len()).await;
    sound(&first);
    first.stop().await.unwrap();
    assert_eq!(coordinates(&log), all);
    assert_rising(&log);
    assert_eq!(broker.committed(topic, topic), broker.ends(topic));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_restarts_under_load_stops_nobody() {
    const TOPIC: &str = "restarts";
    let (broker, log) = (Arc::new(Broker::start()), Log::default());
    broker.create(TOPIC, 3).await;
    let flow = Flow::start(&broker, TOPIC, 3);
    let member = Member::start(settings(&broker.address, TOPIC, ""), TOPIC, Arc::new(Diligent::new("one", &log)));
    until("it reads", || coordinates(&log).len() > 200).await;
    let again = Arc::clone(&broker);
    tokio::task::spawn_blocking(move || again.restart()).await.unwrap();
    let read = coordinates(&log).len();
    until("it goes on", || coordinates(&log).len() > read + 200).await;
    flow.stop();
    let all = everything(&broker.ends(TOPIC));
    until("all is read", || coordinates(&log).len() >= all.len()).await;
    sound(&member);
    member.stop().await.unwrap();
    assert_eq!(coordinates(&log), all);
    assert_eq!(broker.committed(TOPIC, TOPIC), broker.ends(TOPIC));
}
