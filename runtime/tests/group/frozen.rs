//! A member that is frozen until the group takes it for dead, then goes on: a zombie.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use hearken_embedded::process::Child;
use hearken_runtime::kafka::consumer::{Assigned, Work};
use tempfile::TempDir;

use super::broker::{Broker, Flow, shared};
use super::member::{Diligent, Log, Member, coordinates, settings, until};

const TOPIC: &str = "frozen";
const BROKERS: &str = "GROUP_TEST_BROKERS";

/// Commits every record and says what it was given and what it read.
struct Talking;

impl Work for Talking {
    fn run(&self, mut assigned: Assigned) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> {
        Box::pin(async move {
            println!("assigned {}", assigned.partition);
            while let Some(record) = assigned.records.recv().await {
                println!("read {} {}", record.partition, record.offset);
                assigned.committer.commit(record.offset + 1, String::new()).await?;
            }
            Ok(())
        })
    }
}

/// The member that the test below starts in a process of its own, since only a process can be frozen.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run by another test, in a process of its own"]
async fn a_member_in_a_process_of_its_own() {
    let brokers = std::env::var(BROKERS).unwrap();
    let member = Member::start(settings(&brokers, TOPIC, ""), TOPIC, Arc::new(Talking));
    let answer = member.ended_whenever().await;
    println!("ended {answer:?}");
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.pid())]).status().unwrap();
    assert!(status.success());
}

/// Committed offsets that must never fall.
#[derive(Default)]
struct Commits(BTreeMap<i32, i64>);

impl Commits {
    fn look(&mut self, broker: &Broker) {
        for (partition, offset) in broker.committed(TOPIC, TOPIC) {
            let before = self.0.insert(partition, offset).unwrap_or_default();
            assert!(before <= offset, "partition {partition} went back from {before} to {offset}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_member_joins_again_by_itself_and_its_old_commits_are_not_taken() {
    let (broker, log, directory) = (shared(), Log::default(), TempDir::new().unwrap());
    broker.create(TOPIC, 4).await;
    let flow = Flow::start(&broker, TOPIC, 4);
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "frozen::a_member_in_a_process_of_its_own", "--ignored", "--nocapture"]);
    command.env(BROKERS, &broker.address);
    let path = directory.path().join("log");
    let mut zombie = Child::spawn(command, &path).unwrap();
    let said = || std::fs::read_to_string(&path).unwrap();
    let times = |word: &str| said().lines().filter(|line| line.starts_with(word)).count();
    until("the member reads", || times("read ") > 100).await;
    let mut commits = Commits::default();
    for round in 1..=2 {
        commits.look(&broker);
        signal(&zombie, "STOP");
        let heir = Member::start(settings(&broker.address, TOPIC, ""), TOPIC, Arc::new(Diligent::new("heir", &log)));
        until("another member has everything", || heir.owns() == 4).await;
        let read = coordinates(&log).len();
        until("it reads", || coordinates(&log).len() > read + 100).await;
        commits.look(&broker);
        let before = times("assigned ");
        signal(&zombie, "CONT");
        until("the zombie has partitions again", || {
            commits.look(&broker);
            assert_eq!(zombie.try_wait().unwrap(), None, "round {round}: it ended:\n{}", zombie.log_tail());
            times("assigned ") > before
        })
        .await;
        assert_eq!(heir.metric("hearken_sentinels_total"), 0.0);
        heir.stop().await.unwrap();
        let read = times("read ");
        until("the zombie goes on", || times("read ") > read + 100).await;
        commits.look(&broker);
    }
    flow.stop();
    until("all is committed", || broker.committed(TOPIC, TOPIC) == broker.ends(TOPIC)).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let lines = said();
    let read = lines.lines().filter_map(|line| line.strip_prefix("read ")?.split_once(' '));
    let mut all = coordinates(&log);
    all.extend(read.map(|(partition, offset)| (partition.parse::<i32>().unwrap(), offset.parse::<i64>().unwrap())));
    assert_eq!(all, super::everything(&broker.ends(TOPIC)));
    zombie.kill().unwrap();
}
