//! Kafka dies, stands still, or the wire to it does.

use std::thread;
use std::time::Duration;

use hearken_tests::channels::Channels;
use hearken_tests::rig::{Rig, Setup};

use crate::{begin, prove};

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
            assert!(rig.wire.cut() > 0);
            sleep_ms(200);
        }
        rig.wire.go_black();
        sleep_ms(4_000);
        rig.wire.heal();
    });
    assert!(rig.wire.struck().0 > 0);
    prove(&rig);
}
