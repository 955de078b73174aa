#![allow(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::*;

const START: u64 = 1_795_000_000_000;

fn entry(id: u128) -> Entry {
    Entry {
        id: Uuid::from_u128(id),
        owner: "anna".to_owned(),
        urgent: false,
        foldable: true,
        digest: false,
        severity: 1,
        worth: 0.0,
        since_ms: START,
        failures: 0,
        not_before_ms: 0,
    }
}

fn outbox(per_minute: u32, burst: u32, entries: impl IntoIterator<Item = Entry>) -> Outbox {
    let mut outbox = Outbox::new(Limit::new(per_minute, burst), 60_000);
    entries.into_iter().for_each(|entry| assert!(outbox.put(entry)));
    outbox
}

fn number(next: &Next) -> Option<u128> {
    match next {
        Next::Send(id) => Some(id.as_u128()),
        Next::Fold(_) | Next::Wait(_) => None,
    }
}

#[test]
fn the_most_urgent_goes_first() {
    let entries = [
        Entry { since_ms: START - 9, ..entry(1) },
        Entry { severity: 3, ..entry(2) },
        Entry { urgent: true, severity: 0, ..entry(3) },
        Entry { worth: 5.0, ..entry(4) },
        entry(5),
    ];
    let mut outbox = outbox(600, 100, entries);
    let mut sent = Vec::new();
    while let Some(id) = number(&outbox.next(START)) {
        sent.push(id);
        outbox.delivered(Uuid::from_u128(id));
    }
    assert_eq!(sent, [3, 2, 4, 1, 5]);
    assert!(outbox.is_empty());
}

#[test]
fn a_flood_becomes_one_digest_and_what_is_urgent_stays_itself() {
    let urgent = Entry { urgent: true, since_ms: START + 1, ..entry(999) };
    let mut outbox = outbox(10, 2, (1..=100).map(entry).chain([urgent]));
    let mut sent = 0;
    let mut now = START;
    let folded = loop {
        match outbox.next(now) {
            Next::Send(id) => {
                outbox.delivered(id);
                sent += 1;
            }
            Next::Fold(ids) => break ids,
            Next::Wait(until) => now = until.unwrap(),
        }
    };
    assert_eq!((sent, folded.len(), now), (12, 89, START + 60_000));
    assert!(!folded.contains(&Uuid::from_u128(999)));
    let digest = Entry { foldable: false, digest: true, ..entry(5_000) };
    outbox.fold(&folded, digest);
    assert_eq!(outbox.len(), 1);
    assert_eq!(outbox.next(now + 6_000), Next::Send(Uuid::from_u128(5_000)));
}

#[test]
fn a_flood_that_lasts_is_no_flood_of_digests() {
    let mut outbox = outbox(60, 1, []);
    let (mut digests, mut folded, mut sent, mut waited) = (0, 0, 0, 0);
    for number in 1..=6_000 {
        let now = START + number * 100;
        outbox.put(Entry { since_ms: now, severity: (number % 4) as u8, ..entry(u128::from(number)) });
        loop {
            match outbox.next(now) {
                Next::Send(id) => {
                    outbox.delivered(id);
                    sent += 1;
                }
                Next::Fold(ids) => {
                    digests += 1;
                    folded += ids.len();
                    let id = Uuid::from_u128(1_000_000 + digests);
                    outbox.fold(&ids, Entry { id, foldable: false, digest: true, since_ms: now, ..entry(0) });
                }
                Next::Wait(_) => break,
            }
        }
        waited = waited.max(outbox.len());
    }
    // Ten a second come, one a second goes: a digest a minute tells of all that did not fit.
    assert!((9..=10).contains(&digests), "{digests}");
    assert!(sent + folded > 5_400 && waited < 620, "{sent} sent, {folded} folded, {waited} waited");
}

#[test]
fn a_digest_s_id_follows_from_what_it_folds() {
    let ids: Vec<Uuid> = (1..5).map(Uuid::from_u128).collect();
    let turned: Vec<Uuid> = ids.iter().rev().copied().collect();
    assert_eq!(digest_id("c", "o", &ids), digest_id("c", "o", &turned));
    assert_ne!(digest_id("c", "o", &ids), digest_id("c", "o", &ids[1..]));
    assert_ne!(digest_id("c", "o", &ids), digest_id("c", "p", &ids));
}

#[test]
fn who_does_not_answer_is_asked_by_one_at_a_time_and_folded_when_he_does() {
    let mut outbox = outbox(60, 40, (1..=30).map(entry));
    let first: Vec<u128> = (0..ON_THEIR_WAY_MAX).map(|_| number(&outbox.next(START)).unwrap()).collect();
    assert_eq!(outbox.next(START), Next::Wait(None), "as many as may be on their way");
    for id in first {
        assert!(
            matches!(outbox.failed(Uuid::from_u128(id), START, None, 1.0), After::Again { at_ms } if at_ms == START + 1_000)
        );
    }
    assert!(number(&outbox.next(START)).is_some());
    assert_eq!(outbox.next(START), Next::Wait(None), "one at a time");
}

#[test]
fn a_receiver_that_asks_for_a_pause_gets_it_for_all_messages() {
    let mut outbox = outbox(600, 10, [entry(1), entry(2)]);
    let id = number(&outbox.next(START)).unwrap();
    outbox.failed(Uuid::from_u128(id), START, Some(30_000), 0.0);
    assert_eq!(outbox.next(START + 29_999), Next::Wait(Some(START + 30_000)));
    assert!(number(&outbox.next(START + 30_000)).is_some());
}

#[test]
fn a_day_of_failures_ends_in_giving_up() {
    let mut outbox = outbox(600, 10, [entry(1)]);
    let (mut now, mut tries) = (START, 0);
    let ended = loop {
        match outbox.next(now) {
            Next::Send(id) => {
                tries += 1;
                if outbox.failed(id, now, None, 0.5) == After::GivenUp {
                    break now;
                }
            }
            Next::Wait(Some(until)) => now = until,
            Next::Fold(_) | Next::Wait(None) => panic!("it was lost"),
        }
    };
    assert!((START + TRY_MS..START + TRY_MS + WAIT_MS_MAX).contains(&ended), "{ended}");
    assert!((100..=150).contains(&tries), "{tries}");
    assert!(outbox.is_empty());
}

/// How a receiver answers: arrived, failed, asks for a pause, refuses.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Arrives,
    Fails,
    Pauses(u64),
    Refuses,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        6 => Just(Fate::Arrives),
        2 => Just(Fate::Fails),
        1 => (1_u64..120_000).prop_map(Fate::Pauses),
        1 => Just(Fate::Refuses),
    ];
    prop::collection::vec(fate, 1..50)
}

proptest! {
    #[test]
    fn nothing_is_lost_nothing_is_sent_twice_and_no_limit_is_broken(
        arrivals in prop::collection::vec((0_u64..200_000, any::<bool>(), 0_u8..4, 0_usize..3), 1..120),
        fates in fates(),
        per_minute in 1_u32..200,
        burst in 1_u32..10,
        took_ms in 0_u64..3_000,
    ) {
        let mut coming: Vec<Entry> = arrivals.iter().enumerate().map(|(number, (after, urgent, severity, owner))| Entry {
            since_ms: START + after,
            urgent: *urgent && number % 5 == 0,
            severity: *severity,
            owner: ["anna", "ben", "cleo"][*owner].to_owned(),
            ..entry(number as u128 + 1)
        }).collect();
        coming.sort_by_key(|entry| std::cmp::Reverse(entry.since_ms));
        let all = coming.len();
        let urgent: BTreeSet<Uuid> = coming.iter().filter(|entry| entry.urgent).map(|entry| entry.id).collect();
        let owners: BTreeMap<Uuid, String> = coming.iter().map(|entry| (entry.id, entry.owner.clone())).collect();
        let mut outbox = outbox(per_minute, burst, []);
        let mut now = START;
        let mut sent: Vec<u64> = Vec::new();
        let mut under_way: Vec<(u64, Uuid)> = Vec::new();
        let (mut failed, mut done, mut digests) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        let mut seen = BTreeSet::new();
        let mut turn = 0;
        for _ in 0..400_000 {
            while coming.last().is_some_and(|entry| entry.since_ms <= now) {
                outbox.put(coming.pop().unwrap());
            }
            while let Some(at) = under_way.iter().position(|(until, _)| *until <= now) {
                let (_, id) = under_way.remove(at);
                turn += 1;
                let fate = fates[turn % fates.len()];
                match fate {
                    Fate::Arrives => { outbox.delivered(id); done.insert(id); }
                    Fate::Refuses => { outbox.refused(id); done.insert(id); }
                    Fate::Fails | Fate::Pauses(_) => {
                        let after = if let Fate::Pauses(ms) = fate { Some(ms) } else { None };
                        failed.insert(id);
                        if outbox.failed(id, now, after, 0.3) == After::GivenUp { done.insert(id); }
                    }
                }
            }
            match outbox.next(now) {
                Next::Send(id) => {
                    prop_assert!(seen.insert(id) || failed.remove(&id), "sent twice without a failure between");
                    sent.push(now);
                    under_way.push((now + took_ms, id));
                }
                Next::Fold(ids) => {
                    prop_assert!(ids.len() >= 2 && ids.iter().all(|id| !urgent.contains(id) && !done.contains(id)));
                    let owner = owners[&ids[0]].clone();
                    prop_assert!(ids.iter().all(|id| owners[id] == owner), "a digest is for one owner");
                    let id = digest_id("c", "o", &ids);
                    prop_assert!(digests.insert(id, ids.clone()).is_none());
                    outbox.fold(&ids, Entry { id, owner, foldable: false, digest: true, since_ms: now, ..entry(0) });
                    done.extend(ids);
                }
                Next::Wait(until) => {
                    let others = under_way.iter().map(|(until, _)| *until).chain(coming.last().map(|entry| entry.since_ms));
                    let Some(next) = until.into_iter().chain(others).min() else { break };
                    prop_assert!(next > now || under_way.iter().any(|(until, _)| *until <= now) || coming.last().is_some_and(|entry| entry.since_ms <= now));
                    now = next.max(now);
                }
            }
        }
        prop_assert!(outbox.is_empty(), "{} are left", outbox.len());
        prop_assert_eq!(done.len(), all + digests.len());
        for (number, begin) in sent.iter().enumerate() {
            for (until, end) in sent.iter().enumerate().skip(number) {
                let most = u64::from(burst) + (end - begin) * u64::from(per_minute) / 60_000;
                prop_assert!((until - number + 1) as u64 <= most.max(u64::from(burst)), "{} in {} ms", until - number + 1, end - begin);
            }
        }
    }
}
