//! Receivers that fail: the message arrives under the same id, and nothing else is told.

use std::thread;
use std::time::{Duration, Instant};

use hearken_tests::program::POLL;
use hearken_tests::receiver::Answer;

use crate::office::{ALERT, Office};
use crate::{PATIENT, turn};

#[test]
fn a_receiver_that_fails_in_every_way_gets_every_message_in_the_end() {
    let _turn = turn();
    let office = Office::open(1);
    let mut to = 0;
    for answer in [Answer::Status(500), Answer::Later(1), Answer::Cut, Answer::Hang] {
        office.receiver.answer(answer);
        let before = office.receiver.calls().len();
        office.leave(to..to + 2);
        to += 2;
        let deadline = Instant::now() + PATIENT;
        while office.receiver.calls()[before..].iter().filter(|call| call.answer == answer).count() < 2 {
            assert!(Instant::now() < deadline, "{answer:?} was never given");
            thread::sleep(POLL);
        }
    }
    // The service is killed while a message is on its way, too.
    office.rig.member(ALERT).kill9();
    office.receiver.answer(Answer::Good);
    office.rig.member(ALERT).restart();
    office.rig.wait_ready();
    office.assert_each_once(0..to);
    let failed =
        office.rig.sql("SELECT uniqExact(message_id) FROM hearken.deliveries WHERE outcome = 'failed' FORMAT TSV");
    assert_ne!(failed, "0", "failures are written down");
    thread::sleep(Duration::from_secs(1));
    let more: Vec<_> = office.receiver.taken().into_iter().filter(|(_, times)| *times > 1).collect();
    assert!(more.len() <= 1, "at most what was on its way at the kill comes twice: {more:?}");
}
