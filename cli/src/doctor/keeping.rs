//! How long Kafka keeps what services have still to read, and on how many brokers.

use std::collections::BTreeMap;

use anyhow::Result;
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::{Offsets, offsets};
use hearken_runtime::kafka::inspect::{copies, offsets_since};
use hearken_schemas::topics::{Topic, all};
use jiff::Timestamp;

use super::Finding;
use crate::hops::HOPS;

/// Copies of each record on a cluster that has brokers enough.
const COPIES: usize = 3;
/// A record that has waited for this share of its topic's retention is as good as gone.
const SOON: f64 = 0.8;

const HOUR_MS: i64 = 3_600_000;

/// How long topics keep records, milliseconds; none where for ever.
pub(super) type Kept = BTreeMap<String, Option<i64>>;

/// Reads `retention.ms` of topics; a compacted topic keeps the newest of each key for ever.
pub(super) fn kept<'a>(configs: impl Iterator<Item = (&'a String, &'a BTreeMap<String, String>)>) -> Kept {
    let retention = |config: &BTreeMap<String, String>| {
        let is_compacted = config.get("cleanup.policy").is_some_and(|policy| policy == "compact");
        let ms = config.get("retention.ms").and_then(|ms| ms.parse::<i64>().ok());
        ms.filter(|ms| *ms >= 0 && !is_compacted)
    };
    configs.map(|(name, config)| (name.clone(), retention(config))).collect()
}

/// Looks at copies, retention and what is close to its end.
///
/// # Errors
/// Where the broker does not answer.
pub(super) fn look(kafka: &Connection, kept: &Kept) -> Result<Vec<Finding>> {
    let (brokers, copies) = copies(kafka)?;
    let mut findings: Vec<Finding> = few_copies(brokers, &copies).into_iter().collect();
    findings.extend(all().iter().filter_map(|topic| retention(topic, *kept.get(&topic.name)?)));
    let now_ms = Timestamp::now().as_millisecond();
    for (group, topics) in HOPS {
        for topic in topics {
            let parts = offsets(kafka, Some(group), topic)?;
            findings.extend(gone(group, topic, &parts));
            let Some(keep_ms) = kept.get(*topic).copied().flatten() else { continue };
            let old_ms = now_ms - (keep_ms as f64 * SOON) as i64;
            let late = if parts.iter().all(|part| part.lag() == 0) {
                Vec::new()
            } else {
                offsets_since(kafka, topic, old_ms)?
            };
            findings.extend(soon_gone(group, topic, &parts, &late));
        }
    }
    Ok(findings)
}

fn few_copies(brokers: usize, copies: &BTreeMap<String, usize>) -> Option<Finding> {
    let wanted = COPIES.min(brokers);
    let few = all().iter().filter(|topic| copies.get(&topic.name).is_some_and(|copies| *copies < wanted));
    let few: Vec<&str> = few.map(|topic| topic.name.as_str()).collect();
    (!few.is_empty()).then(|| {
        Finding::fail(
            format!(
                "fewer than {wanted} copies on {brokers} brokers, one that dies takes records along: {}",
                few.join(", ")
            ),
            "raise them with kafka-reassign-partitions.sh, and make topics with hearken topics create --replication 3",
        )
    })
}

fn retention(topic: &Topic, kept_ms: Option<i64>) -> Option<Finding> {
    let Topic { name, retention_hours, .. } = topic;
    let (kept, wanted) = (kept_ms? / HOUR_MS, i64::try_from((*retention_hours)?).ok()?);
    (kept < wanted).then(|| {
        Finding::warn(
            format!("topic {name} keeps records for {kept} h, the contract says {wanted}: a service that stands for longer loses them"),
            format!("kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config retention.ms={}", wanted * HOUR_MS),
        )
    })
}

/// What was deleted before the group read it: it stops at the next start.
fn gone(group: &str, topic: &str, parts: &[Offsets]) -> Option<Finding> {
    let lost = |part: &Offsets| part.committed.map_or(0, |committed| (part.start - committed).max(0));
    let lost: i64 = parts.iter().map(lost).sum();
    (lost > 0).then(|| {
        Finding::fail(
            format!("{lost} records of {topic} were deleted before {group} read them, and it will not start"),
            "hearken verify names what lacks; read it again from the raw topics (hearken rewind --group ingest), or leave it out (--skip)",
        )
    })
}

/// What waits and is nearly as old as its topic keeps anything.
fn soon_gone(group: &str, topic: &str, parts: &[Offsets], late: &[Offsets]) -> Option<Finding> {
    let old = |part: &Offsets| {
        let until = late.iter().find(|late| late.partition == part.partition).map_or(part.start, |late| late.start);
        (until - part.committed.unwrap_or(part.start).max(part.start)).max(0)
    };
    let old: i64 = parts.iter().map(old).sum();
    (old > 0).then(|| {
        Finding::fail(
            format!("{old} records of {topic} wait for {group} and will be deleted soon: they have waited for {:.0} % of the retention", SOON * 100.0),
            format!(
                "start {group}, or more of it; until it has caught up let the topic keep more: kafka-configs.sh --alter --entity-type \
                 topics --entity-name {topic} --add-config retention.ms=…"
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use hearken_schemas::topics::{ENRICHED, RAW_REVIEWS, find};

    use super::*;

    fn parts(all: &[(i64, i64, Option<i64>)]) -> Vec<Offsets> {
        let part = |(partition, &(start, end, committed)): (i32, &(i64, i64, Option<i64>))| Offsets {
            topic: "t".to_owned(),
            partition,
            start,
            end,
            committed,
        };
        (0..).zip(all).map(part).collect()
    }

    fn said(finding: Option<Finding>) -> String {
        finding.map(|finding| finding.what).unwrap_or_default()
    }

    #[test]
    fn what_is_or_will_be_deleted_unread_is_said() {
        let read = parts(&[(10, 90, Some(90)), (10, 90, Some(40)), (10, 90, None)]);
        for (name, late, expected) in [
            ("nothing is old", parts(&[(10, 90, None), (10, 90, None), (10, 90, None)]), ""),
            ("what is old was read", parts(&[(80, 90, None), (40, 90, None), (10, 90, None)]), ""),
            ("some is old", parts(&[(90, 90, None), (60, 90, None), (15, 90, None)]), "25 records of t wait for g"),
        ] {
            let found = said(soon_gone("g", "t", &read, &late));
            assert!(found.starts_with(expected) && found.is_empty() == expected.is_empty(), "{name}: {found}");
        }
        assert_eq!(gone("g", "t", &read), None);
        let found = said(gone("g", "t", &parts(&[(10, 90, Some(3)), (10, 90, Some(10))])));
        assert!(found.starts_with("7 records of t were deleted before g read them"), "{found}");
    }

    #[test]
    fn copies_and_retention_are_as_a_cluster_needs_them() {
        let copies = |count| BTreeMap::from([(ENRICHED.to_owned(), count)]);
        assert_eq!(few_copies(1, &copies(1)), None, "a laptop has one broker");
        assert_eq!(few_copies(5, &copies(3)), None);
        assert!(said(few_copies(3, &copies(1))).ends_with("takes records along: feedback.enriched.v1"));
        let enriched = find(ENRICHED).expect("a topic");
        for (kept_ms, expected) in
            [(None, ""), (Some(168 * HOUR_MS), ""), (Some(HOUR_MS), "topic feedback.enriched.v1 keeps records for 1 h")]
        {
            let found = said(retention(enriched, kept_ms));
            assert!(found.starts_with(expected) && found.is_empty() == expected.is_empty(), "{kept_ms:?}: {found}");
        }
        assert_eq!(retention(find(RAW_REVIEWS).expect("a topic"), Some(1)), None, "the company decides");
    }

    #[test]
    fn a_compacted_topic_keeps_for_ever() {
        let config = |policy: &str, ms: &str| {
            BTreeMap::from([
                ("cleanup.policy".to_owned(), policy.to_owned()),
                ("retention.ms".to_owned(), ms.to_owned()),
            ])
        };
        let name = "t".to_owned();
        for (config, expected) in
            [(config("delete", "5"), Some(5)), (config("delete", "-1"), None), (config("compact", "5"), None)]
        {
            assert_eq!(kept([(&name, &config)].into_iter())["t"], expected, "{config:?}");
        }
    }
}
