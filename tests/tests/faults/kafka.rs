//! Kafka dies, stands still, or the wire to it does.

use std::thread;
use std::time::Duration;

use hearken_schemas::topics::{DEAD_LETTERS, ENRICHED, OPERATIONS};
use hearken_tests::channels::Channels;
use hearken_tests::cluster::SERVICES;
use hearken_tests::proxy::http::{Act, On};
use hearken_tests::rig::{Rig, Setup};

use crate::topics::committed;
use crate::{begin, is_long, prove};

/// Sends records while a fault is injected and ended.
fn feed_during(rig: &Rig, seed: u64, records: usize, fault: impl FnOnce(&Rig)) {
    let mut source = Channels::new(seed, "kafka");
    thread::scope(|scope| {
        let feed = scope.spawn(|| rig.feed(&mut source, records, 500.0));
        thread::sleep(Duration::from_millis(1_000));
        fault(rig);
        feed.join().unwrap();
    });
}

fn sleep_ms(ms: u64) {
    thread::sleep(Duration::from_millis(ms));
}

#[test]
fn the_broker_is_killed_and_comes_back() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    feed_during(&rig, seed, 2_000, |rig| {
        rig.kafka[0].kill9();
        sleep_ms(1_500);
        rig.kafka[0].revive();
    });
    prove(&rig);
}

#[test]
fn the_wire_is_cut_again_and_again_and_goes_black() {
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    feed_during(&rig, seed, 3_000, |rig| {
        for _ in 0..10 {
            rig.wire.cut();
            sleep_ms(200);
        }
        rig.wire.go_black();
        sleep_ms(4_000);
        rig.wire.heal();
    });
    let (swallowed, cut) = rig.wire.struck();
    assert!(swallowed > 0 && cut > 0);
    prove(&rig);
}

#[test]
fn the_broker_stands_still_longer_than_a_session() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    feed_during(&rig, seed, 3_000, |rig| {
        rig.kafka[0].freeze();
        sleep_ms(3_000);
        rig.kafka[0].revive();
        sleep_ms(500);
        rig.kafka[0].stop();
        rig.kafka[0].revive();
    });
    prove(&rig);
}

#[test]
fn a_produce_that_timed_out_arrives_late() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let timeout = "HEARKEN_KAFKA__DELIVERY_TIMEOUT_MS";
    let rig = SERVICES.into_iter().fold(Setup::new(), |setup, program| setup.set(program, timeout, "1000")).start();
    feed_during(&rig, seed, 3_000, |rig| {
        for _ in 0..2 {
            // What is under way lies in the broker's sockets; the services give it up, and then it arrives all the same.
            rig.kafka[0].freeze();
            sleep_ms(2_500);
            rig.kafka[0].revive();
            sleep_ms(500);
        }
    });
    let gave_up: usize =
        ["hearken-ingest", "hearken-enrich"].map(|program| rig.member(program).ended().len()).iter().sum();
    assert!(gave_up > 0, "no produce timed out");
    prove(&rig);
}

#[test]
fn no_insert_without_a_committed_intent() {
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "intents");
    rig.feed(&mut source, 300, 1_000.0);
    rig.http.always(On::Insert, Act::Black);
    rig.feed(&mut source, 600, 1_000.0);
    sleep_ms(1_500);
    let stuck: Vec<String> = rig.http.struck().into_iter().filter_map(|seen| seen.token).collect();
    assert!(stuck.len() > 5, "{stuck:?}");
    let intents: Vec<(String, i32, String)> = [ENRICHED, OPERATIONS, DEAD_LETTERS]
        .into_iter()
        .flat_map(|topic| {
            committed(&rig, "hearken-sink", topic).into_iter().map(move |(at, _, text)| (topic.to_owned(), at, text))
        })
        .collect();
    for token in stuck {
        // EPOCH:GROUP:TOPIC:PARTITION:FIRST-LAST:CRC
        let fields: Vec<&str> = token.split(':').collect();
        let [epoch, _, topic, partition, range, _] = fields[..] else { panic!("not a token: {token}") };
        let named = |(of, at, text): &(String, i32, String)| {
            of == topic
                && at.to_string() == partition
                && text.starts_with(&format!("v1;{epoch};"))
                && text.contains(range)
        };
        assert!(intents.iter().any(named), "{token} is being inserted, and no commit says so: {intents:?}");
    }
    prove(&rig);
}

#[test]
fn one_of_three_brokers_is_killed_frozen_and_restarted_in_turn() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().brokers(3).start();
    feed_during(&rig, seed, 15_000, |rig| {
        for broker in &rig.kafka {
            broker.kill9();
            sleep_ms(3_000);
            broker.revive();
            sleep_ms(2_000);
        }
        for broker in &rig.kafka {
            broker.freeze();
            sleep_ms(5_000);
            broker.revive();
            sleep_ms(1_000);
        }
    });
    prove(&rig);
}
