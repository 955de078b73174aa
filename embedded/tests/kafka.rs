//! `hearken-kafka` on the real broker: what the pipeline rests on, shown on the engine itself.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use hearken_embedded::process::Child;
use hearken_runtime::rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use hearken_runtime::rdkafka::client::DefaultClientContext;
use hearken_runtime::rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use hearken_runtime::rdkafka::error::KafkaError;
use hearken_runtime::rdkafka::error::RDKafkaErrorCode::{
    CoordinatorLoadInProgress, NotCoordinator, OffsetMetadataTooLarge,
};
use hearken_runtime::rdkafka::message::Message;
use hearken_runtime::rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use hearken_runtime::rdkafka::{ClientConfig, Offset, TopicPartitionList};
use tempfile::TempDir;

const TOPIC: &str = "feedback.raw.reviews.v1";
/// A directory's name is not always plain letters.
const DATA: &str = "客户 data ${x} %i";
const PATIENT: Duration = Duration::from_secs(90);

/// A broker in a process of its own, and what a test asks of it.
struct Broker {
    launcher: Child,
    address: String,
}

impl Broker {
    fn start(dir: &TempDir) -> Self {
        let log = dir.path().join("launcher.log");
        let command = launcher(&dir.path().join(DATA), "127.0.0.1:0");
        let (launcher, address) = Child::spawn_ready(command, &log, "listening ", PATIENT).unwrap();
        Self { launcher, address }
    }

    fn stop(mut self) {
        assert_eq!(self.launcher.stop(PATIENT).unwrap().to_string(), "exit status: 0");
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.address);
        config
    }

    fn create_topic(&self) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let topic = NewTopic::new(TOPIC, 1, TopicReplication::Fixed(1));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = runtime.block_on(admin.create_topics([&topic], &AdminOptions::new())).unwrap();
        assert_eq!(answer, [Ok(TOPIC.to_owned())]);
    }

    fn produce(&self, texts: &[&str]) {
        let producer: BaseProducer = self.client().set("enable.idempotence", "true").create().unwrap();
        for text in texts {
            producer.send(BaseRecord::to(TOPIC).key("customer-1").payload(*text)).unwrap();
        }
        producer.flush(PATIENT).unwrap();
    }

    /// Reads `count` records from the start of the topic.
    fn read(&self, count: usize) -> Vec<String> {
        let consumer = self.group("reader");
        consumer.assign(&at(Offset::Beginning, None)).unwrap();
        let next = || consumer.poll(PATIENT).expect("a record in time").unwrap();
        (0..count).map(|_| String::from_utf8(next().payload().unwrap().to_vec()).unwrap()).collect()
    }

    fn group(&self, group: &str) -> BaseConsumer {
        self.client().set("group.id", group).set("enable.auto.commit", "false").create().unwrap()
    }

    fn commit(&self, offset: i64, metadata: &str) -> Result<(), KafkaError> {
        self.group("sink").commit(&at(Offset::Offset(offset), Some(metadata)), CommitMode::Sync)
    }

    fn committed(&self) -> (Offset, String) {
        let consumer = self.group("sink");
        let deadline = Instant::now() + PATIENT;
        let answer = loop {
            match consumer.committed_offsets(at(Offset::Invalid, None), PATIENT) {
                // A broker that has just come back serves before it has read who committed what.
                Err(KafkaError::MetadataFetch(NotCoordinator | CoordinatorLoadInProgress))
                    if Instant::now() < deadline =>
                {
                    thread::sleep(Duration::from_millis(50));
                }
                answer => break answer.unwrap(),
            }
        };
        let element = answer.find_partition(TOPIC, 0).unwrap();
        (element.offset(), element.metadata().to_owned())
    }
}

fn at(offset: Offset, metadata: Option<&str>) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(TOPIC, 0, offset).unwrap();
    if let Some(metadata) = metadata {
        list.find_partition(TOPIC, 0).unwrap().set_metadata(metadata);
    }
    list
}

fn launcher(data: &Path, listen: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearken-kafka"));
    command.arg("--data").arg(data).args(["--listen", listen]);
    command
}

/// Counts the running processes that were told of `dir`, which is one test's alone.
fn processes_on(dir: &Path) -> usize {
    let needle = dir.to_string_lossy().into_owned();
    // A process that is gone but not yet buried has an empty command line.
    let command_line = |entry: fs::DirEntry| fs::read(entry.path().join("cmdline")).unwrap_or_default();
    let command_lines = fs::read_dir("/proc").unwrap().flatten().map(command_line);
    command_lines.filter(|line| String::from_utf8_lossy(line).contains(&needle)).count()
}

#[test]
fn records_and_offset_metadata_outlive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let texts = ["the coffee was cold", "咖啡很好喝", "☕ große Klasse"];

    let broker = Broker::start(&dir);
    let first_address = broker.address.clone();
    broker.create_topic();
    broker.produce(&texts);
    assert_eq!(broker.read(3), texts);
    // The sink's intents: the offset stands still while what is pending changes.
    for metadata in ["v1;7;0-2", "v1;7;0-1", "", "v1;8;0-2"] {
        broker.commit(0, metadata).unwrap();
        assert_eq!(broker.committed(), (Offset::Offset(0), metadata.to_owned()));
    }
    broker.stop();

    let broker = Broker::start(&dir);
    assert_eq!(broker.address, first_address);
    assert_eq!(broker.committed(), (Offset::Offset(0), "v1;8;0-2".to_owned()));
    assert_eq!(broker.read(3), texts);
    broker.stop();
    assert_eq!(processes_on(dir.path()), 0);
}

#[test]
fn offset_metadata_may_have_4096_bytes_and_not_one_more() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::start(&dir);
    broker.create_topic();
    let most = "x".repeat(4096);
    broker.commit(5, &most).unwrap();
    assert_eq!(broker.committed(), (Offset::Offset(5), most.clone()));

    let refused = broker.commit(6, &"x".repeat(4097));
    assert_eq!(refused, Err(KafkaError::ConsumerCommit(OffsetMetadataTooLarge)));
    assert_eq!(broker.committed(), (Offset::Offset(5), most));
    broker.stop();
}

#[test]
fn a_killed_launcher_leaves_no_java_and_the_next_one_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let mut broker = Broker::start(&dir);
    broker.create_topic();
    broker.produce(&["written before the kill"]);
    assert_eq!(processes_on(dir.path()), 2, "launcher and java");
    broker.launcher.kill().unwrap();
    let deadline = Instant::now() + PATIENT;
    while processes_on(dir.path()) > 0 && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(processes_on(dir.path()), 0);

    let broker = Broker::start(&dir);
    assert_eq!(broker.read(1), ["written before the kill"]);
    let second = launcher(&dir.path().join(DATA), "127.0.0.1:0").output().unwrap();
    assert_refused(&second, "is in use by another Kafka");
    broker.stop();
}

#[test]
fn what_is_wrong_is_said_in_a_sentence_with_exit_code_2() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    let empty = dir.path().to_string_lossy().into_owned();
    let free = "127.0.0.1:0";

    let with = |listen: &str, flag: [&str; 2]| launcher(&data, listen).args(flag).output().unwrap();
    let heap = ["--heap", "512m"];
    assert_refused(&with(&taken, heap), &format!("cannot listen on {taken}"));
    assert_refused(&with("0.0.0.0:0", heap), "is not a loopback address");
    assert_refused(&with(free, ["--libs", &empty]), "no Kafka jars in");
    assert_refused(&with(free, ["--heap", "plenty"]), "a heap is written like 512m");
    assert_refused(&launcher(&data, free).env("JAVA_HOME", &empty).output().unwrap(), "no Java found");
    assert_refused(&launcher(Path::new("/proc/nowhere"), free).output().unwrap(), "cannot use the data directory");

    // Written by a shell: a script that this process had open for writing could be too busy to run.
    let answer = r#"printf '#!/bin/sh\necho openjdk version \\"11.0.2\\" >&2\n' > old/bin/java"#;
    let script = format!("mkdir -p old/bin && {answer} && chmod +x old/bin/java");
    assert!(Command::new("sh").args(["-c", &script]).current_dir(dir.path()).status().unwrap().success());
    let old = launcher(&data, free).env("JAVA_HOME", dir.path().join("old")).output().unwrap();
    assert_refused(&old, "is openjdk version \"11.0.2\"");
}

fn assert_refused(output: &Output, sentence: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(sentence), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
}
