//! Kafka, where it answers: topics as the contract has them, clocks that agree, services that read.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use hearken_runtime::kafka::Connection;
use hearken_runtime::kafka::admin::{Offsets, offsets, wait};
use hearken_runtime::kafka::inspect::{members, offsets_since, topic_configs};
use hearken_schemas::topics::{self, Topic};
use jiff::Timestamp;

use super::{Finding, keeping};
use crate::hops::{ALERT, HOPS};

/// How long a broker may take to answer.
const ANSWER: Duration = Duration::from_secs(2);

/// How far a channel's clock and this one may be apart.
const APART_MS: i64 = 60_000;

/// What the broker says of a topic: its partition count and its configuration.
type There = BTreeMap<String, (i32, BTreeMap<String, String>)>;

/// Looks at the cluster.
pub(super) async fn look(kafka: &Connection) -> Result<Vec<Finding>> {
    let connection = kafka.clone();
    let partitions = match tokio::task::spawn_blocking(move || wait(&connection, ANSWER)).await? {
        Ok(partitions) => partitions,
        Err(_) => {
            let fix = "nothing to mend if you have not started it: hearken up, or name another one with --brokers";
            return Ok(vec![Finding::warn(format!("no Kafka answers at {}", kafka.brokers), fix)]);
        }
    };
    let names: Vec<&str> = topics::all().iter().map(|topic| topic.name.as_str()).collect();
    let known: Vec<&str> = names.into_iter().filter(|name| partitions.contains_key(*name)).collect();
    let configs = topic_configs(kafka, &known).await?;
    let there: There = partitions
        .into_iter()
        .map(|(name, count)| {
            let config = configs.get(&name).cloned().unwrap_or_default();
            (name, (count, config))
        })
        .collect();
    let mut findings = judge_topics(topics::all(), &there);
    if topics::all().iter().all(|topic| there.contains_key(&topic.name)) {
        let connection = kafka.clone();
        let kept = keeping::kept(configs.iter());
        let closer = move || -> Result<Vec<Finding>> {
            let mut findings = look_closer(&connection)?;
            findings.extend(keeping::look(&connection, &kept)?);
            Ok(findings)
        };
        findings.extend(tokio::task::spawn_blocking(closer).await??);
    }
    Ok(findings)
}

/// Looks at what only stands on topics that are there.
fn look_closer(kafka: &Connection) -> Result<Vec<Finding>> {
    let mut ahead = 0;
    let later_ms = Timestamp::now().as_millisecond() + APART_MS;
    for topic in topics::all() {
        ahead += records(&offsets_since(kafka, &topic.name, later_ms)?);
    }
    let mut findings = vec![clock(ahead)];
    for (group, read) in HOPS {
        let mut lag = 0;
        for topic in read {
            lag += offsets(kafka, Some(group), topic)?.iter().map(Offsets::lag).sum::<i64>();
        }
        findings.push(service(group, members(kafka, group)?, lag));
    }
    findings.push(service(ALERT, members(kafka, ALERT)?, 0));
    Ok(findings)
}

fn records(parts: &[Offsets]) -> i64 {
    parts.iter().map(|part| part.end - part.start).sum()
}

fn judge_topics(contract: &[Topic], there: &There) -> Vec<Finding> {
    let missing: Vec<&str> =
        contract.iter().map(|topic| topic.name.as_str()).filter(|name| !there.contains_key(*name)).collect();
    let mut findings = Vec::new();
    if !missing.is_empty() {
        let what = format!("Kafka lacks {} of {} topics: {}", missing.len(), contract.len(), missing.join(", "));
        findings.push(Finding::fail(what, "make them: hearken topics create"));
    }
    for topic in contract {
        if let Some((count, config)) = there.get(&topic.name) {
            findings.extend(judge_topic(topic, *count, config));
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(format!("Kafka has all {} topics as the contract says", contract.len())));
    }
    findings
}

fn judge_topic(topic: &Topic, count: i32, config: &BTreeMap<String, String>) -> Vec<Finding> {
    let Topic { name, partitions, message_bytes_max, compacted, .. } = topic;
    let mut wrong = Vec::new();
    if count != *partitions {
        wrong.push(Finding::fail(
            format!("topic {name} has {count} partitions, the contract says {partitions}"),
            "a key must stay in its partition: delete the topic (and what is on it) and run hearken topics create",
        ));
    }
    let alter = |setting: &str| {
        format!("kafka-configs.sh --alter --entity-type topics --entity-name {name} --add-config {setting}")
    };
    let bytes = config.get("max.message.bytes").and_then(|bytes| bytes.parse::<u32>().ok());
    if let Some(bytes) = bytes.filter(|bytes| bytes < message_bytes_max) {
        wrong.push(Finding::fail(
            format!("topic {name} takes messages of {bytes} bytes, the contract says {message_bytes_max}"),
            alter(&format!("max.message.bytes={message_bytes_max}")),
        ));
    }
    let policy = config.get("cleanup.policy").map_or("", String::as_str);
    if !policy.is_empty() && policy.contains("compact") != *compacted {
        let wanted = if *compacted { "compact" } else { "delete" };
        wrong.push(Finding::fail(
            format!("topic {name} has the clean-up policy {policy}, the contract says {wanted}"),
            alter(&format!("cleanup.policy={wanted}")),
        ));
    }
    wrong
}

fn clock(ahead: i64) -> Finding {
    if ahead == 0 {
        return Finding::ok("this clock and Kafka's newest records agree");
    }
    Finding::warn(
        format!("{ahead} records on Kafka's topics are stamped more than a minute after this clock"),
        "set the clock that is wrong, this machine's or the channel's (timedatectl shows whether this one is kept in step)",
    )
}

fn service(group: &str, members: usize, lag: i64) -> Finding {
    match (members, lag) {
        (0, 0) => Finding::warn(
            format!("no {group} is running"),
            format!("start it: {group} --config {group}.toml, or hearken up"),
        ),
        (0, lag) => Finding::warn(
            format!("no {group} is running, and {lag} records wait for it"),
            format!("start it: {group} --config {group}.toml, or hearken up"),
        ),
        (members, lag) => Finding::ok(format!("{members} of {group} running, {lag} records to read")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn as_the_contract_says() -> There {
        let config = |topic: &Topic| topic.config().into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        topics::all().iter().map(|topic| (topic.name.clone(), (topic.partitions, config(topic)))).collect()
    }

    fn told(there: &There) -> Vec<String> {
        let findings = judge_topics(topics::all(), there).into_iter();
        findings.filter(|finding| finding.level == Level::Fail).map(|finding| finding.what).collect()
    }

    #[test]
    fn topics_are_as_the_contract_says_or_it_is_said_how_not() {
        let mut there = as_the_contract_says();
        assert_eq!(told(&there), [""; 0]);
        there.remove(topics::OPERATIONS);
        there.get_mut(topics::ENRICHED).expect("a topic").0 = 1;
        there
            .get_mut(topics::NORMALIZED)
            .expect("a topic")
            .1
            .insert("max.message.bytes".to_owned(), "1048588".to_owned());
        there
            .get_mut(topics::RAW_CUSTOMERS)
            .expect("a topic")
            .1
            .insert("cleanup.policy".to_owned(), "delete".to_owned());
        assert_eq!(
            told(&there),
            [
                &format!("Kafka lacks 1 of {} topics: operations.normalized.v1", topics::all().len()),
                "topic operations.raw.customers.v1 has the clean-up policy delete, the contract says compact",
                "topic feedback.normalized.v1 takes messages of 1048588 bytes, the contract says 4194304",
                "topic feedback.enriched.v1 has 1 partitions, the contract says 6",
            ]
        );
    }

    #[test]
    fn services_that_read_and_clocks_that_agree() {
        for (members, lag, level) in [(1, 0, Level::Ok), (2, 900, Level::Ok), (0, 0, Level::Warn), (0, 7, Level::Warn)]
        {
            assert_eq!(service("hearken-sink", members, lag).level, level, "{members} {lag}");
        }
        assert_eq!((clock(0).level, clock(1).level), (Level::Ok, Level::Warn));
    }
}
