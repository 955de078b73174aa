//! The whole command on tiny files, and on the real ones where they are.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hearken_schemas::redact::Kind;
use serde_json::{Value, json};

use super::*;

const READING: Reading = Reading { lang: None, languages: Vec::new(), set: None, hint: false, models: None };

/// Writes files and evaluates them.
fn report(what: Task, files: &[(&str, &str)], reading: Reading) -> Result<Report> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut paths = Vec::new();
    for (name, content) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(&path, content).expect("the file");
        paths.push(path);
    }
    evaluate(&Arguments { what, files: paths, reading })
}

fn measured(what: Task, files: &[(&str, &str)], reading: Reading) -> Value {
    report(what, files, reading).expect("a report").json()
}

const FEELINGS: &str = r#"{"source": "two", "lang": "en", "channel": "review", "label": "pos", "text": "Great phone, fast delivery"}
{"source": "two", "lang": "en", "channel": "review", "label": "neg", "text": "Terrible. Waste of money!"}
{"source": "two", "lang": "zh-Hans", "channel": "chat", "label": "neg", "text": "1234567"}
{"source": "three", "lang": "zh-Hans", "channel": "social", "label": "neu", "text": "12:30"}
{"source": "three", "lang": "zh-Hans", "channel": "social", "label": "pos", "text": "质量很好，物流也快"}
{"source": "three", "lang": "zh-Hans", "channel": "social", "label": "neg", "text": "质量很好，物流也快"}
{"source": "three", "lang": "zh-Hans", "channel": "pigeon", "label": "neg", "text": "服务态度极差"}
{"source": "three", "lang": "zh-Hans", "channel": "chat", "label": "bad", "text": "服务态度极差"}
"#;

#[test]
fn feelings_are_measured() {
    let report = measured(Task::Sentiment, &[("mine.jsonl", FEELINGS)], READING);
    // Two classes: pos and one neg right, the text without a feeling takes no side. Three: neu and pos right, neg called pos.
    assert_eq!((&report["overall"]["n"], &report["unreadable"]), (&json!(6), &json!(2)), "{report}");
    assert_eq!(report["overall"]["accuracy"], json!(0.6667), "{report}");
    // two: pos 1, neg 2/3; three: neg 0, neu 1, pos 2/3.
    assert_eq!(report["by_source"]["two"]["macro_f1"], json!(0.8333), "{report}");
    assert_eq!(report["by_source"]["three"]["macro_f1"], json!(0.5556), "{report}");
    assert_eq!(report["by_language"]["zh-Hans"]["accuracy"], json!(0.5), "{report}");
    // By the sign both sources: three: pos right, neg called pos.
    assert_eq!(report["by_source"]["three"]["binary_accuracy"], json!(0.5), "{report}");
    assert_eq!(report["overall"]["binary_accuracy"], json!(0.6), "{report}");
    assert!(report["overall"]["texts_per_s"].as_f64().is_some_and(|speed| speed > 0.0), "{report}");
}

#[test]
fn the_same_file_gives_the_same_report() {
    let again = || {
        let mut report = measured(Task::Sentiment, &[("mine.jsonl", FEELINGS)], READING);
        report["overall"]["texts_per_s"].take();
        report
    };
    assert_eq!(again(), again());
}

const DUTCH: &str = "De bezorging was weer veel te laat\nThe delivery was late again and nobody told me\n";
const TAGGED: &str = r#"{"lang": "ja", "text": "アプリがすぐ落ちます"}
{"lang": "ko", "text": "1234"}
{"text": "nobody knows"}
"#;

#[test]
fn languages_are_measured() {
    let files = [("nl/testdata/sentences.txt", DUTCH), ("tagged.jsonl", TAGGED)];
    let report = measured(Task::Language, &files, READING);
    assert_eq!((&report["overall"]["n"], &report["unreadable"]), (&json!(4), &json!(1)), "{report}");
    assert_eq!(report["by_source"]["sentences"]["accuracy"], json!(0.5), "{report}");
    assert_eq!(report["by_language"]["ja"]["accuracy"], json!(1.0), "{report}");
    assert_eq!(report["by_language"]["ko"]["accuracy"], json!(0.0), "und is wrong: {report}");
    assert_eq!(report["by_source"]["tagged"]["mean_over_languages"]["accuracy"], json!(0.5), "{report}");

    let languages = vec!["nl".to_owned(), "ja".to_owned()];
    let some = measured(Task::Language, &files, Reading { languages, ..READING });
    assert_eq!((&some["overall"]["n"], &some["left_out"]), (&json!(3), &json!(2)), "{some}");
    let all = measured(Task::Language, &files, Reading { lang: Some("en".to_owned()), ..READING });
    assert_eq!((&all["overall"]["n"], &all["unreadable"]), (&json!(5), &json!(0)), "{all}");
}

#[test]
fn a_hint_reaches_the_enricher() {
    let row = r#"{"lang": "ja", "text": "感謝"}"#;
    for (hint, accuracy) in [(false, 0.0), (true, 1.0)] {
        let report = measured(Task::Language, &[("short.jsonl", row)], Reading { hint, ..READING });
        assert_eq!(report["overall"]["accuracy"], json!(accuracy), "{report}");
    }
}

#[test]
fn keywords_are_measured() {
    let row = r#"{"lang": "en", "keywords": ["Deliveries", "nothing of the sort"], "text": "delivery delivery"}"#;
    let report = measured(Task::Keywords, &[("terms.jsonl", row)], READING);
    // One of one given, one of two expected.
    assert_eq!(report["overall"]["f1_at_5"], json!(0.6667), "{report}");
    assert_eq!(report["by_language"]["en"]["f1_at_10"], json!(0.6667), "{report}");
}

const JUDGEMENTS: &str = r#"{"id": "en-1", "set": "dev", "lang": "en", "text": "12:30", "aspects": []}
{"id": "en-2", "set": "test", "lang": "en", "text": "12:30", "aspects": [{"topic": "delivery.none", "polarity": "negative"}]}
{"id": "de-1", "lang": "de", "text": "12:30", "aspects": [{"topic": "none", "polarity": "negative"}]}
{"id": "de-2", "lang": "de", "text": "12:30", "aspects": [{"topic": "delivery.none", "polarity": "neutral"}], "why": "a time"}
"#;

#[test]
fn judgements_are_measured() {
    let report = measured(Task::Aspects, &[("mine.jsonl", JUDGEMENTS)], READING);
    assert_eq!((&report["overall"]["n"], &report["unreadable"]), (&json!(3), &json!(1)), "{report}");
    let overall = &report["overall"];
    assert_eq!((&overall["precision"], &overall["recall"]), (&json!(null), &json!(0.0)), "nothing found: {report}");
    assert_eq!((&overall["topic_recall"], &overall["accuracy"]), (&json!(0.0), &json!(0.3333)), "{report}");
    assert_eq!(report["by_topic"]["delivery.none"]["n"], json!(2), "{report}");
    assert_eq!(report["by_language"]["en"]["accuracy"], json!(0.5), "{report}");
}

#[test]
fn rows_of_another_set_are_left_out_and_rows_of_none_never() {
    for (set, n, left_out, accuracy) in [("dev", 2, 1, 0.5), ("test", 2, 1, 0.0), ("other", 1, 2, 0.0)] {
        let reading = Reading { set: Some(set.to_owned()), ..READING };
        let report = measured(Task::Aspects, &[("mine.jsonl", JUDGEMENTS)], reading);
        assert_eq!((&report["overall"]["n"], &report["left_out"]), (&json!(n), &json!(left_out)), "{set}: {report}");
        assert_eq!(report["overall"]["accuracy"], json!(accuracy), "{set}: {report}");
    }
}

const MEANT: &str = r#"{"lang": "en", "text": "12:30", "intents": [], "effort": null}
{"lang": "en", "text": "12:30", "intents": [{"kind": "churn", "quote": "12"}], "effort": "high"}
{"lang": "en", "text": "12:30", "intents": [{"kind": "leave"}], "effort": "high"}
"#;

#[test]
fn intents_are_measured() {
    let report = measured(Task::Intents, &[("mine.jsonl", MEANT)], READING);
    assert_eq!((&report["overall"]["n"], &report["unreadable"]), (&json!(2), &json!(1)), "{report}");
    let overall = &report["overall"];
    assert_eq!((&overall["recall"], &overall["effort_recall"]), (&json!(0.0), &json!(0.0)), "{report}");
    assert_eq!((&overall["accuracy"], &overall["calibration_error"]), (&json!(0.5), &json!(null)), "{report}");
    assert_eq!(report["by_kind"]["churn"]["recall"], json!(0.0), "{report}");
}

#[test]
fn what_is_found_is_held_against_the_row() {
    let text = "音响故障，服务费高";
    let row = |topic: &str, polarity: &str| {
        let aspects = json!([{ "topic": topic, "polarity": polarity }]);
        json!({ "lang": "zh", "text": text, "aspects": aspects }).to_string()
    };
    let found = measured(Task::Aspects, &[("mine.jsonl", &row("delivery.none", "neutral"))], READING);
    let topics = found["by_topic"].as_object().expect("an object");
    let (topic, _) = topics.iter().find(|(_, scores)| scores["n"] == json!(0)).expect("an aspect is found");
    let right = measured(Task::Aspects, &[("mine.jsonl", &row(topic, "negative"))], READING);
    assert_eq!(right["overall"]["recall"], json!(1.0), "{right}");
    let wrong = measured(Task::Aspects, &[("mine.jsonl", &row(topic, "positive"))], READING);
    assert_eq!((&wrong["overall"]["recall"], &wrong["overall"]["topic_recall"]), (&json!(0.0), &json!(1.0)), "{wrong}");
}

#[test]
fn what_cannot_be_measured_is_told() {
    let told = |what, name, content| {
        let error = report(what, &[(name, content)], READING).expect_err(name);
        format!("{error:#}")
    };
    for (what, name, content, words) in [
        (Task::Sentiment, "a.txt", "text", "a.txt: this measure is not read from such a file"),
        (Task::Keywords, "a.txt", "text", "a.txt: this measure is not read from such a file"),
        (Task::Language, "a.tsv", "text", "a.tsv: this measure is not read from such a file"),
        (Task::Aspects, "a.txt", "text", "a.txt: this measure is not read from such a file"),
        (Task::Intents, "a.zip", "text", "a.zip: this measure is not read from such a file"),
        (Task::Sentiment, "a.jsonl", "{}", "no row to judge: 1 could not be read"),
        (Task::Keywords, "a.jsonl", "", "no row to judge: 0 could not be read"),
        (Task::Keywords, "a.zip", "text", "a.zip: invalid Zip archive"),
    ] {
        let told = told(what, name, content);
        assert!(told.contains(words), "{told}");
    }
    let missing = Arguments { what: Task::Sentiment, files: vec!["none.jsonl".into()], reading: READING };
    let error = evaluate(&missing).expect_err("no file");
    assert!(format!("{error:#}").starts_with("opening none.jsonl: No such file"), "{error:#}");
}

/// A real set, where it is on this machine: how many rows, and a floor that chance does not reach.
fn real(what: Task, file: &str, n: u64, figure: &str, floor: f64) {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(file);
    if !path.exists() {
        eprintln!("skipped: {file} is not on this machine");
        return;
    }
    let report = evaluate(&Arguments { what, files: vec![path], reading: READING }).expect("a report").json();
    assert_eq!((&report["overall"]["n"], &report["unreadable"]), (&json!(n), &json!(0)), "{file}: {report}");
    assert!(report["overall"][figure].as_f64().is_some_and(|found| found > floor), "{file}: {report}");
}

#[test]
fn real_sets_are_read_to_the_last_row() {
    real(Task::Sentiment, "sentiment/sentiment_dev.jsonl.gz", 24_277, "accuracy", 0.4);
    real(Task::Language, "language/language-models/ja/testdata/sentences.txt", 412, "accuracy", 0.8);
    real(Task::Keywords, "keywords/datasets/SemEval2017.zip", 493, "f1_at_10", 0.05);
    real(Task::Keywords, "keywords/csl/benchmark/kg/dev.tsv", 1_000, "f1_at_5", 0.05);
}

/// The sentences that the enricher's rules are measured with.
#[test]
fn labelled_sentences_are_read_to_the_last_row() {
    for (what, file, part) in
        [(Task::Aspects, "aspects.jsonl", "by_topic"), (Task::Intents, "intents.jsonl", "by_kind")]
    {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../enrich/tests/data").join(file);
        if !path.exists() {
            eprintln!("skipped: {file} is not there");
            continue;
        }
        let report = evaluate(&Arguments { what, files: vec![path], reading: READING }).expect("a report").json();
        assert!(report["overall"]["n"].as_u64().is_some_and(|n| n >= 400), "{file}: {report}");
        assert_eq!((&report["unreadable"], &report["left_out"]), (&json!(0), &json!(0)), "{file}: {report}");
        assert!(report[part].as_object().is_some_and(|parts| parts.len() >= 10), "{file}: {report}");
    }
}

/// A change of the rules may make redaction better; then the published figures are brought up to date, here and in
/// docs/privacy.md.
#[test]
fn redaction_is_no_worse_than_what_is_published() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/tests/data");
    let reading = Reading { set: Some("test".to_owned()), ..READING };
    let arguments = Arguments { what: Task::Redaction, files: vec![data.join("redaction.jsonl")], reading };
    let report = evaluate(&arguments).expect("a report").json();
    assert_eq!(report["unreadable"], json!(0), "{report}");
    let published = fs::read_to_string(data.join("published.json")).expect("the published figures");
    let published: BTreeMap<String, BTreeMap<String, f64>> = serde_json::from_str(&published).expect("figures by kind");
    for kind in Kind::ALL {
        assert!(published.contains_key(kind.name()), "{kind:?} has no published figure");
    }
    for (kind, figures) in &published {
        assert_eq!(figures.keys().collect::<Vec<_>>(), ["hidden", "n", "precision", "recall"], "{kind}");
        for (figure, floor) in figures {
            let reached = report["by_kind"][kind][figure].as_f64().is_some_and(|value| value >= *floor);
            assert!(reached, "{kind}: {figure} fell below the published {floor}: {report}");
        }
    }
}
