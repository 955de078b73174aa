//! `hearken retention` on the real engines: what is past its term is gone from the files, scores and rollups stay, and an edit of an
//! emptied row takes back exactly what was counted.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use hearken_schemas::topics::RAW_REVIEWS;
use hearken_tests::channels::{Channels, Draft, Fate, Raw};
use hearken_tests::cluster::Cluster;
use hearken_tests::program::{Finished, POLL};
use serde_json::json;

const RECORDS: usize = 300;
const WORDS: &str =
    "[words]\ntext = 30\ntitle = 30\nturns = 30\n'answers.text' = 30\nurl = 30\nattributes = 30\ncustomer_id = 30\n";
const OLD: &str = "received_at < now() - INTERVAL 100 DAY";

#[test]
fn words_go_and_numbers_stay() {
    let cluster = Cluster::start();
    for raw in Channels::new(23, "retention").take(RECORDS) {
        cluster.channels.send(&raw.message, &raw.id);
    }
    cluster.channels.put(&review(1).message, "mine");
    settle(&cluster);
    half_becomes_old(&cluster);
    what_must_stay_is_refused(&cluster);
    words_are_emptied(&cluster);
    an_edit_takes_back_exactly(&cluster);
    rows_go(&cluster);
    terms_are_taken_back(&cluster);
}

fn review(revision: u64) -> Raw {
    let fields = json!({
        "source": "shop", "source_id": "mine", "revision": revision, "occurred_at": "2026-11-01T10:00:00Z", "brand": "Lumina",
        "customer_id": "c-77", "text": format!("The parcel was {revision} days late and nobody answered"), "rating": {"value": revision, "scale_max": 5},
    });
    let fields = fields.as_object().unwrap().clone();
    Draft { topic: RAW_REVIEWS, id: "mine".to_owned(), fields }.raw(Fate::Row)
}

fn settle(cluster: &Cluster) {
    let verified = cluster.hearken(&["verify", "--wait", "180"]);
    assert_eq!(verified.code, Some(0), "{}\n{}", verified.out, verified.err);
}

/// Time does not pass in a test, so half of what arrived is said to have arrived long ago.
fn half_becomes_old(cluster: &Cluster) {
    // Small parts keep all columns in one file, whose columns have no size of their own.
    cluster.sql("ALTER TABLE hearken.feedback MODIFY SETTING min_bytes_for_wide_part = 0, min_rows_for_wide_part = 0");
    let old = "UPDATE received_at = received_at - INTERVAL 400 DAY WHERE";
    let halves = [
        ("feedback", "source_id = 'mine' OR cityHash64(source_id) % 2 = 0"),
        ("survey_answers", &format!("feedback_id IN (SELECT feedback_id FROM hearken.feedback WHERE {OLD})")),
        ("visits", "cityHash64(visit_id) % 2 = 0"),
    ];
    for (table, condition) in halves {
        cluster.sql(&format!("ALTER TABLE hearken.{table} {old} {condition} SETTINGS mutations_sync = 2"));
        cluster.sql(&format!("OPTIMIZE TABLE hearken.{table} FINAL"));
        assert_ne!(count(cluster, table, OLD), "0", "{table}");
        assert_ne!(count(cluster, table, &format!("NOT {OLD}")), "0", "{table}");
    }
}

fn count(cluster: &Cluster, table: &str, condition: &str) -> String {
    cluster.sql(&format!("SELECT count() FROM hearken.{table} WHERE {condition} FORMAT TSV"))
}

fn retention(cluster: &Cluster, terms: &str, action: &str) -> Finished {
    let file = cluster.directory().join("retention.toml");
    fs::write(&file, terms).unwrap();
    cluster.hearken(&["retention", "--file", file.to_str().unwrap(), action])
}

fn what_must_stay_is_refused(cluster: &Cluster) {
    // Kafka itself is asked how long it keeps raw records: seven days.
    for (terms, words) in [
        ("[rows]\nvisits = 7", "Kafka keeps raw records 7 days"),
        ("[rows]\nfeedback = 4000", "erase a customer (hearken erase)"),
        ("[words]\n'keywords.term' = 400", "feeds a rollup"),
        ("[words]\n'answers.value' = 400", "feeds a rollup"),
        ("[word]\ntext = 1", "unknown field `word`"),
    ] {
        let refused = retention(cluster, terms, "--apply");
        assert!(refused.code == Some(1) && refused.err.contains(words), "{terms}: {refused:?}");
    }
    assert!(cluster.hearken(&["retention"]).out.contains("everything stays"));
}

/// Rollups, scores, and everything else that must not change.
fn numbers(cluster: &Cluster) -> Vec<String> {
    [
        "SELECT count(), sum(sign), sum(arrival), sum(sentiment_score), sum(length(keywords.term)), sum(length(aspects.topic)) FROM hearken.feedback",
        "SELECT sum(feedback), sum(judged), sum(negative), sum(score_sum), sum(rating_sum) FROM hearken.feedback_minute",
        "SELECT sum(feedback), uniqExact(term) FROM hearken.keyword_hour",
        "SELECT count(), sum(sign), sum(value) FROM hearken.survey_answers",
        "SELECT count() FROM hearken.states",
    ]
    .map(|statement| cluster.sql(&format!("{statement} FORMAT TSV")))
    .to_vec()
}

/// What a column takes on the disk, by ClickHouse's own account of its parts.
fn bytes(cluster: &Cluster, column: &str) -> u64 {
    let sql =
        "SELECT data_compressed_bytes FROM system.columns WHERE database = 'hearken' AND table = 'feedback' AND name";
    cluster.sql(&format!("{sql} = '{column}' FORMAT TSV")).parse().unwrap()
}

fn merged(cluster: &Cluster, tables: &[&str]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while cluster.sql("SELECT count() FROM system.mutations WHERE database = 'hearken' AND NOT is_done FORMAT TSV")
        != "0"
    {
        assert!(Instant::now() < deadline, "a term is not materialized");
        thread::sleep(POLL);
    }
    tables.iter().for_each(|table| _ = cluster.sql(&format!("OPTIMIZE TABLE hearken.{table} FINAL")));
}

fn words_are_emptied(cluster: &Cluster) {
    let numbers = numbers(cluster);
    let (before, kept) = (bytes(cluster, "text"), count(cluster, "feedback", &format!("NOT {OLD} AND text != ''")));
    let plan = retention(cluster, WORDS, "--plan");
    assert!(plan.code == Some(3) && plan.out.contains("rows are past it now"), "{plan:?}");
    assert!(cluster.hearken(&["retention"]).out.contains("everything stays"), "a plan changes nothing");
    let applied = retention(cluster, WORDS, "--apply");
    assert_eq!(applied.code, Some(0), "{applied:?}");
    merged(cluster, &["feedback", "survey_answers"]);
    let words = "text != '' OR isNotNull(title) OR isNotNull(url) OR notEmpty(attributes) OR isNotNull(customer_id) \
                 OR notEmpty(turns.at) OR notEmpty(turns.role) OR notEmpty(turns.text) OR arrayExists(word -> isNotNull(word), answers.text)";
    assert_eq!(count(cluster, "feedback", &format!("{OLD} AND ({words})")), "0");
    assert_eq!(count(cluster, "survey_answers", &format!("{OLD} AND isNotNull(text)")), "0");
    assert_eq!(
        count(cluster, "feedback", "length(answers.text) != length(answers.value)"),
        "0",
        "lists stay side by side"
    );
    assert_eq!(count(cluster, "feedback", &format!("NOT {OLD} AND text != ''")), kept, "what is younger stays");
    assert!(bytes(cluster, "text") < before, "{before} bytes before");
    assert_eq!(self::numbers(cluster), numbers, "scores and rollups stay");
    let again = retention(cluster, WORDS, "--plan");
    assert!(again.code == Some(0) && again.out == "every term is in force\n", "{again:?}");
    let plan = cluster.hearken(&["migrate", "--plan"]);
    assert!(plan.code == Some(0), "a term is no difference: {plan:?}");
    settle(cluster);
}

fn an_edit_takes_back_exactly(cluster: &Cluster) {
    let live = "SELECT sum(feedback), sum(arrivals) FROM hearken.feedback_minute FORMAT TSV";
    let before = cluster.sql(live);
    cluster.channels.put(&review(2).message, "mine");
    settle(cluster);
    assert_eq!(cluster.sql(live), before);
    let states = "SELECT sign, text = '', rating_value FROM hearken.feedback WHERE source_id = 'mine' ORDER BY version, sign DESC FORMAT TSV";
    assert_eq!(cluster.sql(states), "1\t1\t1\n-1\t1\t1\n1\t0\t2");
}

fn rows_go(cluster: &Cluster) {
    let (old, young) = (count(cluster, "visits", OLD), count(cluster, "visits", &format!("NOT {OLD}")));
    let terms = format!("{WORDS}[rows]\nvisits = 30\n");
    let applied = retention(cluster, &terms, "--apply");
    assert!(applied.code == Some(0) && applied.out.contains(&format!("{old} rows are past it now")), "{applied:?}");
    merged(cluster, &["visits"]);
    let parts =
        "SELECT sum(rows) FROM system.parts WHERE database = 'hearken' AND table = 'visits' AND active FORMAT TSV";
    assert_eq!(cluster.sql(parts), young);
    // Kafka has the records still, since their age was made up: that alone is missed, and nothing else differs.
    let verified = cluster.hearken(&["verify", "--wait", "60"]);
    let failed: Vec<&str> = verified.out.lines().filter(|line| line.starts_with("FAIL")).collect();
    assert!(failed.len() == 1 && failed[0].contains(&format!("  {old} of ")), "{}", verified.out);
    assert_eq!(cluster.hearken(&["migrate", "--plan"]).code, Some(0));
}

fn terms_are_taken_back(cluster: &Cluster) {
    assert_eq!(retention(cluster, "", "--apply").code, Some(0));
    assert!(cluster.hearken(&["retention"]).out.contains("everything stays"));
    let left = "SELECT count() FROM system.tables WHERE database = 'hearken' AND engine LIKE '%MergeTree' AND create_table_query LIKE '%toIntervalDay(30)%' FORMAT TSV";
    assert_eq!(cluster.sql(left), "0");
}
