//! Everything comes twice: from the channel, from a rewind, from an operator's hand.

use hearken_schemas::topics::{DEAD_LETTERS, ENRICHED, NORMALIZED, OPERATIONS, RAW};
use hearken_tests::channels::{Channels, Raw};
use hearken_tests::cluster::SERVICES;
use hearken_tests::rig::{Rig, Setup};

use crate::topics::rewind;
use crate::{begin, is_long, prove};

/// Tables that remember tokens.
const REMEMBERING: [&str; 12] = [
    "feedback",
    "superseded",
    "survey_answers",
    "orders",
    "visits",
    "customers",
    "identities",
    "outcomes",
    "dead_letters",
    "states",
    "feedback_minute",
    "keyword_hour",
];

/// Makes the tables remember so many tokens.
pub(crate) fn remember(rig: &Rig, tokens: u32) {
    for table in REMEMBERING {
        rig.sql(&format!("ALTER TABLE hearken.{table} MODIFY SETTING non_replicated_deduplication_window = {tokens}"));
    }
}

/// Returns what nothing may change that comes again: every row's identity and every cell, as one number each.
fn digest(rig: &Rig) -> String {
    rig.sql(
        "SELECT (SELECT sum(cityHash64(feedback_id, version, sign, text, src_topic, src_partition, src_offset)) FROM hearken.feedback), \
         (SELECT count() FROM hearken.orders), (SELECT count() FROM hearken.visits), (SELECT count() FROM hearken.customers), \
         (SELECT uniqExact(src_topic, src_partition, src_offset) FROM hearken.dead_letters), (SELECT count() FROM hearken.survey_answers), \
         (SELECT sum(cityHash64(minute, brand, channel, journey_stage, a, f, s)) FROM (SELECT minute, brand, channel, journey_stage, \
          sum(arrivals) AS a, sum(feedback) AS f, sum(score_sum) AS s FROM hearken.feedback_minute GROUP BY ALL)), \
         (SELECT sum(cityHash64(hour, term, f)) FROM (SELECT hour, brand, channel, term, sum(feedback) AS f FROM hearken.keyword_hour GROUP BY ALL)) \
         FORMAT TSV",
    )
}

#[test]
fn the_channels_send_everything_twice() {
    if !is_long() {
        return;
    }
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let sent: Vec<Raw> = Channels::new(seed, "twice").take(2_000).collect();
    let good = |raw: &&Raw| !matches!(raw.fate, hearken_tests::channels::Fate::DeadLetter(_));
    sent.iter().for_each(|raw| rig.send(raw));
    prove(&rig);
    let (before, fates) = (digest(&rig), rig.fates());
    // What was bad is bad again, a dead letter each; so only the good ones can leave no trace.
    sent.iter().filter(good).for_each(|raw| rig.send(raw));
    prove(&rig);
    assert_eq!(digest(&rig), before);
    assert_eq!(rig.fates()["row"], fates["row"]);
}

#[test]
fn every_group_is_moved_back_by_hand_after_the_tokens_are_forgotten() {
    let (_turn, seed) = begin();
    let rig = Setup::new().start();
    let mut source = Channels::new(seed, "rewound");
    rig.feed(&mut source, 1_500, 1_000.0);
    prove(&rig);
    // A few inserts later the tables remember two tokens each. A window must be larger than what is in flight, though.
    remember(&rig, 2);
    rig.feed(&mut source, 150, 300.0);
    prove(&rig);
    remember(&rig, 100_000);
    let (before, fates) = (digest(&rig), rig.fates());
    let groups: [(&str, &[&str]); 3] =
        [(SERVICES[0], &RAW), (SERVICES[1], &[NORMALIZED]), (SERVICES[2], &[ENRICHED, OPERATIONS, DEAD_LETTERS])];
    // The last hop alone, then all of them.
    for from in [2, 0] {
        for (group, topics) in &groups[from..] {
            rig.member(group).stop();
            rewind(&rig, group, topics);
        }
        prove(&rig);
        assert_eq!(digest(&rig), before, "moved back from {}", groups[from].0);
        assert_eq!(rig.fates(), fates);
    }
}
