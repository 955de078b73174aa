//! `hearken evaluate` as a program: what it prints where, and how it ends.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;
use std::time::Duration;

use hearken_tests::program::{Finished, command, finish};
use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENT: Duration = Duration::from_secs(120);

fn evaluate(arguments: &[&str], files: &[(&str, &str)]) -> Finished {
    let directory = TempDir::new().unwrap();
    for (name, content) in files {
        fs::write(directory.path().join(name), content).unwrap();
    }
    let mut hearken = command("hearken");
    finish(hearken.current_dir(directory.path()).arg("evaluate").args(arguments), PATIENT)
}

const ROWS: &str = r#"{"source": "shop", "lang": "en", "label": "pos", "text": "Great phone, fast delivery"}
{"source": "shop", "lang": "en", "label": "neg", "text": "Terrible. Waste of money!"}
"#;

#[test]
fn the_last_line_is_for_programs_and_the_table_for_people() {
    let finished = evaluate(&["sentiment", "rows.jsonl"], &[("rows.jsonl", ROWS)]);
    assert_eq!((finished.code, finished.err.as_str()), (Some(0), ""), "{finished:?}");
    assert!(
        finished.out.starts_with("source  language        n  accuracy  macro_f1  calibration_error  binary_accuracy\n"),
        "{finished:?}"
    );
    let last: Value = serde_json::from_str(finished.out.lines().last().unwrap()).unwrap();
    for part in [&last["overall"], &last["by_source"]["shop"], &last["by_language"]["en"]] {
        assert_eq!((&part["n"], &part["accuracy"], &part["macro_f1"]), (&json!(2), &json!(1.0), &json!(1.0)), "{last}");
        assert!(part["calibration_error"].is_f64(), "{last}");
    }
    assert!(last["overall"]["texts_per_s"].is_f64(), "{last}");
}

const SPOKEN_OF: &str = r#"{"id": "en-1", "set": "dev", "lang": "en", "text": "12:30", "aspects": [], "intents": [], "effort": null}
{"id": "en-2", "set": "test", "lang": "en", "text": "12:30", "aspects": [{"topic": "delivery.speed", "polarity": "negative", "quote": "12"}], "intents": [{"kind": "churn", "quote": "12"}], "effort": "high"}
"#;

#[test]
fn labels_of_which_a_text_has_any_number_are_told_by_name() {
    for (what, by, name) in [("aspects", "by_topic", "delivery.speed"), ("intents", "by_kind", "churn")] {
        let finished = evaluate(&[what, "rows.jsonl"], &[("rows.jsonl", SPOKEN_OF)]);
        assert_eq!((finished.code, finished.err.as_str()), (Some(0), ""), "{finished:?}");
        assert!(finished.out.contains(&format!("commonest mistakes: {name} missed 1\n")), "{finished:?}");
        let last: Value = serde_json::from_str(finished.out.lines().last().unwrap()).unwrap();
        let missed = json!({ "n": 1, "precision": null, "recall": 0.0, "f1": 0.0 });
        for (figure, value) in missed.as_object().unwrap() {
            assert_eq!(&last[by][name][figure], value, "{last}");
        }
        assert_eq!((&last["overall"]["n"], &last["overall"]["accuracy"]), (&json!(2), &json!(0.5)), "{last}");
        let dev = evaluate(&[what, "--set", "dev", "rows.jsonl"], &[("rows.jsonl", SPOKEN_OF)]);
        let last: Value = serde_json::from_str(dev.out.lines().last().unwrap()).unwrap();
        assert_eq!((&last["overall"]["n"], &last["overall"]["accuracy"]), (&json!(1), &json!(1.0)), "{last}");
        assert_eq!((&last["left_out"], &last["by_source"]["rows"]["n"]), (&json!(1), &json!(1)), "{last}");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_counted() {
    let rows = format!("{ROWS}{{\"label\": \"great\", \"text\": \"Great\"}}\n{{\"label\": \"pos\"}}\n");
    let finished = evaluate(&["sentiment", "rows.jsonl"], &[("rows.jsonl", &rows)]);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    let named = "rows.jsonl:3: label \"great\" is none of neg, neu, pos\nrows.jsonl:4: missing field `text`\n";
    assert_eq!(finished.err, named);
    let last: Value = serde_json::from_str(finished.out.lines().last().unwrap()).unwrap();
    assert_eq!((&last["overall"]["n"], &last["unreadable"]), (&json!(2), &json!(2)), "{last}");
}

#[test]
fn a_file_that_cannot_be_measured_is_a_sentence() {
    for (arguments, words) in [
        (["sentiment", "none.jsonl"], "hearken: opening none.jsonl: No such file"),
        (["keywords", "rows.txt"], "hearken: rows.txt: this measure is not read from such a file; see --help"),
        (
            ["language", "rows.txt"],
            "rows.txt:1: no `lang`, and --lang gives none\nhearken: no row to judge: 1 could not",
        ),
    ] {
        let finished = evaluate(&arguments, &[("rows.txt", "a text")]);
        assert_eq!((finished.code, finished.out.as_str()), (Some(1), ""), "{finished:?}");
        assert!(finished.err.starts_with(words), "{finished:?}");
    }
}

#[test]
fn the_rules_stand_in_the_help() {
    let help = evaluate(&["--help"], &[]).out;
    for words in [
        "docsutf8/NAME.txt",
        "a score of 0 is wrong",
        "und is wrong",
        "mean over texts",
        "--languages",
        "--set",
        "Topic and polarity",
    ] {
        assert!(help.contains(words), "{words}: {help}");
    }
}
