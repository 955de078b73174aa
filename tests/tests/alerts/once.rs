//! Exactly one alert: whoever dies, whoever takes over, whatever is sent again.

use std::thread;
use std::time::Duration;

use hearken_tests::channels::now_ms;
use serde_json::json;

use crate::office::{ALERT, Office, customer};
use crate::{PATIENT, turn};

/// Where the service is killed: after each of its writes, and between sending and writing down that it sent.
const POINTS: [&str; 7] = [
    "alert.after_cases",
    "alert.after_events",
    "alert.after_messages",
    "alert.after_alerts",
    "alert.after_topic",
    "alert.after_commit",
    "alert.after_send",
];

#[test]
fn killed_at_each_step_it_tells_of_each_customer_once() {
    let _turn = turn();
    let office = Office::open(1);
    office.leave(0..3);
    let mut to = 3;
    for point in POINTS {
        let member = office.rig.member(ALERT);
        let before = member.ended().len();
        member.restart_with(&format!("{point}=1*return"));
        office.leave(to..to + 3);
        to += 3;
        assert!(member.wait_ended(before + 1, PATIENT), "it is not killed at {point}");
        assert_eq!(member.ended().pop().unwrap().code, None, "{point}");
    }
    office.rig.wait_ready();
    office.assert_each_once(0..to);
    assert_eq!(office.rig.member(ALERT).ended().len(), POINTS.len(), "nothing else ended by itself");
}

#[test]
fn two_replicas_that_die_in_turn_tell_what_one_would() {
    let _turn = turn();
    let office = Office::open(2);
    for round in 0..4 {
        office.leave(round * 5..round * 5 + 5);
        thread::sleep(Duration::from_millis(700));
        if let Some(leader) = office.leader() {
            leader.kill9();
            thread::sleep(Duration::from_millis(300));
            leader.restart();
        }
    }
    office.rig.wait_ready();
    office.assert_each_once(0..20);
}

#[test]
fn what_is_sent_again_is_no_news() {
    let _turn = turn();
    let office = Office::open(1);
    office.leave(0..6);
    office.assert_each_once(0..6);
    let (ids, told) = (office.ids(), office.receiver.ids());
    // The channel sends its day again, a customer edits his review and means the same, and the service reads everything anew.
    office.leave(0..6);
    let edited = json!({
        "source": "webshop-east", "source_id": "r-0-0", "customer_id": customer(0), "brand": "orvantle", "revision": 2,
        "occurred_at": now_ms(), "text": "I am cancelling my subscription, you have lost me for good.",
    });
    office.send(&edited, "r-0-0");
    office.rig.wait_until("SELECT count() FROM hearken.feedback WHERE sign = -1", |count| count == "1");
    office.rig.member(ALERT).kill9();
    office.rig.member(ALERT).set("HEARKEN_KAFKA__GROUP", Some("hearken-alert-anew"));
    office.rig.member(ALERT).restart();
    office.rig.wait_ready();
    office.settle();
    assert_eq!(office.ids(), ids, "the same alerts");
    assert_eq!(office.receiver.ids(), told, "nobody is told anything new");
}

#[test]
fn what_was_said_long_ago_pages_nobody() {
    let _turn = turn();
    let office = Office::open(1);
    for (nth, hours_ago) in [(0, 100), (1, 24 * 30)] {
        office.review(nth, "再也不会来了，我要退订。", "orvantle", hours_ago);
    }
    office.review(2, "再也不会来了，我要退订。", "orvantle", 1);
    office.settle();
    let rows = office.rig.sql(
        "SELECT subject, paged, unpaged_because, isNotNull(case_id) FROM hearken.alerts WHERE rule = 'churn_intent' \
         ORDER BY subject FORMAT TSV",
    );
    let expected = [
        format!("{}\tfalse\told\t1", customer(0)),
        format!("{}\tfalse\told\t0", customer(1)),
        format!("{}\ttrue\t\t1", customer(2)),
    ];
    assert_eq!(rows.lines().collect::<Vec<_>>(), expected);
    assert_eq!(office.receiver.ids().len(), 1, "only who left today is told of");
}
