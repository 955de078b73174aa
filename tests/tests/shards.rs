//! The whole pipeline on two shards with real engines: a sink that dies between them, somebody erased from both, terms kept on both.
//!
//! What this machine cannot run are tables that mean all shards over ClickHouse's own protocol, and replicas: `hearken_tests::shards`.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;

use hearken_runtime::kafka::Connection;
use hearken_runtime::outcome::Message;
use hearken_schemas::cluster::shard_key;
use hearken_schemas::topics::{RAW_CUSTOMERS, RAW_ORDERS, RAW_REVIEWS, RAW_SURVEYS, RAW_VISITS};
use hearken_tests::channels::Channels;
use hearken_tests::cluster::{Endpoints, SERVICES};
use hearken_tests::database::{Database, bare};
use hearken_tests::part::Part;
use hearken_tests::program::{Finished, command};
use hearken_tests::recorder::Recorder;
use hearken_tests::shards::{CLUSTER, hearken, inside, make, make_alone, named, plain, two_shards};
use serde_json::{Value, json};
use tempfile::TempDir;

const RECORDS: usize = 300;

/// The sink dies with its seventh block: some range has its rows on one shard and not on the other.
const BETWEEN: &str = "sink.between_shards=6*off->1*return";

/// Who is erased.
const ID: &str = "ada-100001";
const OLD: &str = "ada-old-7";
const WORD: &str = "zirkonia";

/// Cells of the rollups that are not zero, over both shards.
const CELLS: [&str; 2] = [
    "SELECT minute, brand, channel, journey_stage, sum(arrivals) AS a, sum(feedback) AS f, sum(score_sum) AS s, sum(rated) AS r \
     FROM hearken.feedback_minute GROUP BY ALL HAVING (a, f, s, r) != (0, 0, 0, 0) ORDER BY ALL FORMAT TSV",
    "SELECT hour, brand, channel, term, sum(feedback) AS f, sum(negative) AS n, sum(positive) AS p FROM hearken.keyword_hour \
     GROUP BY ALL HAVING (f, n, p) != (0, 0, 0) ORDER BY ALL FORMAT TSV",
];

struct World {
    services: Vec<Part>,
    shards: Vec<Database>,
    channels: Recorder,
    kafka: Part,
    directory: TempDir,
}

impl World {
    /// Starts both shards, Kafka and the services; the sink dies between two shards.
    fn start() -> Self {
        let directory = TempDir::new().unwrap();
        let shards = vec![bare(|_| ()), bare(|_| ())];
        make(&shards);
        let data = directory.path().join("kafka");
        let kafka = Part::start("hearken-kafka", directory.path().join("kafka.log"), move |address| {
            let mut kafka = command("hearken-kafka");
            kafka.arg("--listen").arg(address.unwrap_or("127.0.0.1:0")).arg("--data").arg(&data);
            kafka
        });
        let endpoints = Endpoints { brokers: kafka.address().to_owned(), clickhouse: shards[0].url() };
        assert_eq!(endpoints.hearken(&["topics", "create"]).code, Some(0));
        let urls = named(&shards);
        let service = |name: &'static str| {
            let (endpoints, urls) = (endpoints.clone(), urls.clone());
            Part::start(name, directory.path().join(format!("{name}.log")), move |address| {
                let mut service = endpoints.service(name);
                if name == "hearken-sink" {
                    service.env("HEARKEN_CLICKHOUSE__SHARDS", &urls);
                    if address.is_none() {
                        service.env("FAILPOINTS", BETWEEN);
                    }
                }
                service
            })
        };
        let mut services = SERVICES.map(service);
        services.iter_mut().for_each(Part::wait_ready);
        let channels = Recorder::new(&Connection::plain(kafka.address()), &directory.path().join("ledger.jsonl"));
        Self { services: services.into(), shards, channels, kafka, directory }
    }

    fn hearken(&self, arguments: &[&str]) -> Finished {
        hearken(&self.shards, self.kafka.address(), arguments)
    }

    /// Asks through the tables that mean both shards.
    fn sql(&self, statement: &str) -> String {
        self.shards[0].sql(statement)
    }

    fn send(&self, topic: &'static str, key: &str, value: &Value) {
        let (key, value) = (Some(key.as_bytes().to_vec()), Some(value.to_string().into_bytes()));
        self.channels.put(&Message { topic, partition: None, key, value, headers: Vec::new() }, topic);
    }

    /// Waits until everything has its outcome, and that it has exactly one.
    fn settle(&self) {
        let verified = self.hearken(&["verify", "--wait", "180"]);
        assert_eq!(verified.code, Some(0), "{}\n{}", verified.out, verified.err);
    }

    fn cells(&self) -> Vec<String> {
        CELLS.iter().map(|sql| self.sql(sql)).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The engines are asked to end; a service has nothing to lose.
        let _ = self.kafka.stop();
    }
}

#[test]
fn two_shards_are_one_database() {
    let mut world = World::start();
    for raw in Channels::new(31, "shards").take(RECORDS) {
        world.channels.send(&raw.message, &raw.id);
    }
    world.services[2].wait_ended();
    world.services[2].restart();
    world.services[2].wait_ready();
    world.settle();
    each_row_is_on_its_shard_once(&world);
    let cells = world.cells();
    ada_speaks(&world);
    world.settle();
    let traces = traces(&world);
    let before: Vec<_> = world.shards.iter().map(|shard| tables_with(shard, &traces)).collect();
    assert!(before.iter().all(|tables| tables.len() >= 4), "{before:?}");
    ada_is_erased(&world);
    for shard in &world.shards {
        assert_eq!(tables_with(shard, &traces), Vec::<String>::new());
    }
    assert_eq!(world.cells(), cells, "as if nobody had come");
    each_row_is_on_its_shard_once(&world);
    world.settle();
    nothing_is_to_be_done(&world);
    terms_are_kept_on_both(&world);
    other_shards_are_refused(&world);
    what_commands_ask_is_no_query_that_a_cluster_refuses(&world);
}

fn each_row_is_on_its_shard_once(world: &World) {
    assert_eq!(
        world.sql(
            "SELECT count() FROM (SELECT 1 FROM hearken.feedback GROUP BY feedback_id HAVING sum(sign) != 1) FORMAT TSV"
        ),
        "0"
    );
    for (number, shard) in world.shards.iter().enumerate() {
        for table in [
            "feedback",
            "superseded",
            "survey_answers",
            "orders",
            "visits",
            "customers",
            "outcomes",
            "dead_letters",
            "states",
        ] {
            let key = shard_key(table).unwrap();
            let elsewhere =
                format!("SELECT countIf(CRC32({key}) % 2 != {number}) FROM hearken.{table}_local FORMAT TSV");
            assert_eq!(shard.sql(&elsewhere), "0", "{table} on shard {number}");
        }
        assert_ne!(
            shard.sql("SELECT count() FROM hearken.feedback_local FORMAT TSV"),
            "0",
            "shard {number} has its share"
        );
    }
}

/// A profile that merges an id, reviews whose ids lie on both shards, one of them edited, a survey, orders, visits, and what cannot be read.
fn ada_speaks(world: &World) {
    let profile = json!({
        "source": "crm", "customer_id": ID, "updated_at": "2025-01-01T08:00:00Z", "name": WORD,
        "aliases": [{"type": "customer_id", "value": OLD}],
    });
    world.send(RAW_CUSTOMERS, ID, &profile);
    for n in 0..12 {
        let key = format!("{ID}-{n}");
        for revision in 1..=(1 + n % 2) {
            let review = json!({
                "source": "erased-shop", "source_id": key, "occurred_at": format!("2025-0{}-15T08:00:30Z", 1 + n % 3), "brand": "Alder",
                "customer_id": if n % 3 == 0 { OLD } else { ID }, "revision": revision,
                "text": format!("The {WORD} broke {revision} times, I want a refund!"), "rating": {"value": revision, "scale_max": 5},
            });
            world.send(RAW_REVIEWS, &key, &review);
        }
        let survey = json!({
            "source": "erased-survey", "source_id": key, "occurred_at": "2025-02-18T09:30:00Z", "customer_id": ID,
            "survey_kind": "relationship", "answers": [{"question_id": "why", "kind": "text", "text": format!("Because of the {WORD}.")}],
        });
        world.send(RAW_SURVEYS, &key, &survey);
        let order = json!({
            "source": "erased-shop", "order_id": key, "status": "paid", "occurred_at": "2025-01-02T09:30:00Z", "customer_id": ID,
            "amount": 20, "currency": "EUR",
        });
        world.send(RAW_ORDERS, &key, &order);
        let visit = json!({
            "source": "erased-shop", "visit_id": key, "occurred_at": "2025-01-02T09:00:00Z", "event": "view", "page": "/cup",
            "customer_id": ID,
        });
        world.send(RAW_VISITS, &key, &visit);
        let bad = json!({
            "source": "erased-shop", "source_id": format!("{key}-bad"), "occurred_at": "2025-02-15T09:30:00Z", "customer_id": ID,
            "text": WORD, "rating": {"value": 9, "scale_max": 5},
        });
        world.send(RAW_REVIEWS, &format!("{key}-bad"), &bad);
    }
}

/// Everything that would give her away: names, words, and ids of rows.
fn traces(world: &World) -> Vec<String> {
    let ids = world.sql(&format!(
        "SELECT DISTINCT toString(feedback_id) FROM hearken.feedback WHERE customer_id IN ('{ID}', '{OLD}') \
         UNION DISTINCT SELECT DISTINCT toString(record_id) FROM hearken.orders WHERE customer_id = '{ID}' FORMAT TSV"
    ));
    let traces: Vec<String> = [ID, OLD, WORD].into_iter().chain(ids.lines()).map(str::to_owned).collect();
    assert!(traces.len() > 36, "{traces:?}");
    traces
}

/// Returns the tables of one server with rows that hold one of these.
fn tables_with(shard: &Database, traces: &[String]) -> Vec<String> {
    let tables = shard.sql(
        "SELECT name FROM system.tables WHERE database = 'hearken' AND engine LIKE '%MergeTree' ORDER BY name FORMAT TSV",
    );
    let needles: Vec<String> = traces.iter().map(|trace| format!("'{trace}'")).collect();
    let holds = |table: &&str| {
        let any = format!(
            "SELECT count() FROM hearken.{table} WHERE multiSearchAny(toString(tuple(*)), [{}]) FORMAT TSV",
            needles.join(", ")
        );
        shard.sql(&any) != "0"
    };
    tables.lines().filter(holds).map(str::to_owned).collect()
}

/// Every step is interrupted once, and the next call goes on.
fn ada_is_erased(world: &World) {
    let dry = world.hearken(&["erase", ID, "--dry-run"]);
    assert!(dry.code == Some(0) && dry.out.contains(OLD), "{dry:?}");
    let begun = world.hearken(&["erase", OLD, "--yes", "--stop-after", "requested"]);
    assert_eq!(begun.code, Some(1), "{begun:?}");
    for step in ["published", "collected", "corrected", "deleted"] {
        let stopped = world.hearken(&["erase", "--resume", "--stop-after", step]);
        assert_eq!(stopped.code, Some(1), "{step}: {stopped:?}");
    }
    let done = world.hearken(&["erase", "--resume", "--json"]);
    assert_eq!(done.code, Some(0), "{done:?}");
    let receipt: Value = serde_json::from_str(done.out.trim()).unwrap();
    assert!(receipt["left"].as_object().unwrap().values().all(|left| left == 0), "{receipt}");
    // Eighteen states and twelve responses, and the mirrors of the six that were edited.
    assert!(receipt["removed"]["feedback"].as_i64() >= Some(36), "{receipt}");
    for shard in &world.shards {
        assert_eq!(shard.sql("SELECT count() FROM hearken.erasure_scope FORMAT TSV"), "0");
        let unfinished = "SELECT count() FROM system.mutations WHERE database = 'hearken' AND NOT is_done FORMAT TSV";
        assert_eq!(shard.sql(unfinished), "0");
    }
    let again = world.hearken(&["erase", "--resume"]);
    assert!(again.code == Some(0) && again.out.is_empty(), "{again:?}");
}

fn nothing_is_to_be_done(world: &World) {
    let plan = world.hearken(&["migrate", "--cluster", CLUSTER, "--plan"]);
    assert_eq!((plan.code, plan.out.matches("nothing is to be done").count()), (Some(0), 2), "{plan:?}");
}

fn terms_are_kept_on_both(world: &World) {
    let file = world.directory.path().join("retention.toml");
    let retention = |terms: &str, action: &str| {
        fs::write(&file, terms).unwrap();
        world.hearken(&["retention", "--file", file.to_str().unwrap(), action, "--raw-days", "7"])
    };
    let terms = "[words]\ntext = 30\n'answers.text' = 30\n[rows]\nvisits = 3000\nalerts = 900\n";
    let plan = retention(terms, "--plan");
    assert_eq!((plan.code, plan.out.matches("visits_local ").count()), (Some(3), 2), "{plan:?}");
    assert_eq!(plan.out.matches("alerts ").count(), 1, "{plan:?}");
    let applied = retention(terms, "--apply");
    assert_eq!(applied.code, Some(0), "{applied:?}");
    for shard in &world.shards {
        let kept = "SELECT count() FROM system.tables WHERE database = 'hearken' AND name IN ('feedback_local', 'visits_local', 'survey_answers_local') \
                    AND create_table_query LIKE '%TTL toDateTime(received_at)%' FORMAT TSV";
        assert_eq!(shard.sql(kept), "3");
    }
    let again = retention(terms, "--plan");
    assert!(again.code == Some(0) && again.out.ends_with("every term is in force\n"), "{again:?}");
    nothing_is_to_be_done(world);
    world.settle();
    assert_eq!(retention("", "--apply").code, Some(0));
    assert_eq!(world.hearken(&["retention"]).out.matches("everything stays").count(), 2);
}

/// One server of several is not taken for all, nor one shard for another.
fn other_shards_are_refused(world: &World) {
    let one = Endpoints { brokers: world.kafka.address().to_owned(), clickhouse: world.shards[0].url() };
    for arguments in [&["erase", "somebody", "--yes"][..], &["retention"], &["migrate"], &["migrate", "--plan"]] {
        let refused = one.hearken(arguments);
        assert!(
            refused.code == Some(1) && refused.err.contains("HEARKEN_CLICKHOUSE__SHARDS"),
            "{arguments:?}: {refused:?}"
        );
    }
    let mut swapped = command("hearken");
    let urls = format!("{},{}", world.shards[1].url(), world.shards[0].url());
    swapped.args(["retention"]).env("HEARKEN_CLICKHOUSE__SHARDS", urls);
    let refused = hearken_tests::program::finish(&mut swapped, std::time::Duration::from_secs(60));
    assert!(refused.code == Some(1) && refused.err.contains("is written as shard 2 of 2"), "{refused:?}");
}

/// A node that is both shards refuses what asks all shards from each. It holds no rows, so what is asked finds nothing, or that records
/// are lost; only that it is answered counts.
fn what_commands_ask_is_no_query_that_a_cluster_refuses(world: &World) {
    let node = bare(two_shards);
    node.sql("CREATE DATABASE hearken ENGINE = Atomic");
    make_alone(&node, plain);
    // A term on a table makes `verify` look for what is left of it.
    inside(&node, "ALTER TABLE orders_local MODIFY TTL toDateTime(received_at) + toIntervalDay(3000)").unwrap();
    let endpoints = Endpoints { brokers: world.kafka.address().to_owned(), clickhouse: node.url() };
    let page = world.directory.path().join("report.html");
    for (arguments, words) in [
        (&["verify", "--wait", "0"][..], "states that differ from the tables' rows"),
        (&["trace", "erased-shop", "ada-100001-1"], ""),
        (&["enrich-again", "--dry-run"], ""),
        (&["insights"], "there are none"),
        (&["report", "--out", page.to_str().unwrap()], ""),
    ] {
        let told = endpoints.hearken(arguments);
        let all = format!("{}{}", told.out, told.err);
        assert!(all.contains(words) && !all.contains("Code: ") && !all.contains("Usage: "), "{arguments:?}: {told:?}");
    }
}
