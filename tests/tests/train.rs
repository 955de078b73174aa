//! `hearken train` as a program: what it writes, what it prints, and what it refuses.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;
use std::time::Duration;

use hearken_tests::program::{Finished, command, finish};
use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENT: Duration = Duration::from_secs(120);
const SUBJECTS: [&str; 13] = [
    "De levering",
    "Het scherm",
    "De batterij",
    "De winkel",
    "Mijn bestelling",
    "De verpakking",
    "Het geluid",
    "De klantenservice",
    "Deze jas",
    "De app",
    "Het ontbijt",
    "De kamer",
    "De monteur",
];
const PRAISE: [&str; 5] = ["was uitstekend", "is top", "viel erg mee", "maakt me blij", "is prachtig"];
const BLAME: [&str; 5] = ["was waardeloos", "is kapot", "viel zwaar tegen", "maakt me boos", "is lelijk"];
const NEITHER: [&str; 5] = ["kwam dinsdag", "staat in de gang", "heeft een nummer", "is van hout", "kost tien euro"];

/// Rows of a shop that sells everything, and as many that must not be used for money.
fn rows() -> String {
    let labelled = [("pos", PRAISE), ("neg", BLAME), ("neu", NEITHER)];
    let mut rows = String::new();
    for (source, licence) in [("shop", None), ("borrowed", Some("nc"))] {
        for (label, ends) in labelled {
            for text in SUBJECTS.iter().flat_map(|subject| ends.map(|end| format!("{subject} {end} bij {source}"))) {
                let row = json!({ "source": source, "lang": "nl", "label": label, "licence": licence, "text": text });
                rows.push_str(&format!("{row}\n"));
            }
        }
    }
    rows
}

/// Trains in a folder that holds `rows.jsonl`.
fn train(folder: &TempDir, rows: &str, arguments: &[&str]) -> Finished {
    fs::write(folder.path().join("rows.jsonl"), rows).unwrap();
    let mut hearken = command("hearken");
    finish(hearken.current_dir(folder.path()).args(["train", "sentiment", "rows.jsonl"]).args(arguments), PATIENT)
}

/// Reads the header of a model, the second line of its file.
fn header(model: &[u8]) -> Value {
    serde_json::from_slice(model.split(|byte| *byte == b'\n').nth(1).unwrap()).unwrap()
}

#[test]
fn the_same_rows_give_the_same_model_and_its_scores_are_printed() {
    let folder = TempDir::new().unwrap();
    let [once, again] = ["once", "again"].map(|out| train(&folder, &rows(), &["--out", out]));
    assert_eq!((once.code, once.err.as_str()), (Some(0), ""), "{once:?}");
    let lines: Vec<&str> = once.out.lines().collect();
    assert_eq!((lines[0], lines[3]), ("nl.model: 390 rows; on those held out", "1 models in once"), "{once:?}");
    for (line, source) in lines[1..3].iter().zip(["borrowed", "shop"]) {
        let scores = ["rows  accuracy ", "macro-F1 ", "calibration error "];
        assert!(line.trim_start().starts_with(source) && scores.iter().all(|said| line.contains(said)), "{line}");
    }
    assert_eq!(again.out, once.out.replace("once", "again"));

    let model = fs::read(folder.path().join("once/nl.model")).unwrap();
    assert!(model.starts_with(b"hearken sentiment 1\n"));
    assert!(model == fs::read(folder.path().join("again/nl.model")).unwrap(), "two runs wrote different models");
    let header = header(&model);
    assert_eq!((&header["language"], &header["channels"][0]), (&json!("nl"), &json!("review")));
    let held_out = header["held_out"].as_array().unwrap();
    assert!(
        held_out.iter().all(|part| part["rows"].as_u64() > Some(9) && part["accuracy"].as_f64() > Some(0.9)),
        "{header}"
    );
}

#[test]
fn rows_of_a_licence_class_can_be_left_out() {
    let folder = TempDir::new().unwrap();
    let finished = train(&folder, &rows(), &["--without", "nc"]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert!(finished.out.starts_with("nl.model: 195 rows; on those held out\n"), "{finished:?}");
    let header = header(&fs::read(folder.path().join("models/nl.model")).unwrap());
    assert_eq!(header["trained_on"], json!([{ "source": "shop", "licence": "own", "rows": 195 }]));

    let finished = train(&folder, &rows(), &["--without", "nc,own"]);
    assert_eq!((finished.code, finished.out.as_str()), (Some(1), ""), "{finished:?}");
    assert!(finished.err.starts_with("hearken: no row to learn from"), "{finished:?}");
}

#[test]
fn a_row_that_cannot_be_read_is_named_and_the_rest_is_learned() {
    let folder = TempDir::new().unwrap();
    let bad = concat!(
        "{\"lang\": \"nl\", \"text\": \"Mooi\"}\n",
        "{\"lang\": \"nl\", \"text\": \"Mooi\", \"label\": \"great\"}\n",
        "{\"text\": \"Mooi\", \"label\": \"pos\"}\n",
        "{\"lang\": \"nl\", \"label\": \"pos\"}\n",
        "{\"lang\": \"nl\", \"text\": \"Mooi\", \"label\": \"pos\", \"channel\": \"letter\"}\n",
        "Mooi\n",
        "{\"lang\": \"nl\", \"text\": \"Mooi\"}\n",
    );
    let finished = train(&folder, &format!("{bad}{}", rows()), &[]);
    assert_eq!(finished.code, Some(1), "{finished:?}");
    assert!(finished.out.starts_with("nl.model: 390 rows"), "{finished:?}");
    let named: Vec<&str> = finished.err.lines().collect();
    for (line, said) in named.iter().zip([
        "rows.jsonl:1: no `label`",
        "rows.jsonl:2: label \"great\" is none of neg, neu, pos",
        "rows.jsonl:3: no `lang`",
        "rows.jsonl:4: missing field `text`",
        "rows.jsonl:5: channel \"letter\"",
        "… and 2 more rows that cannot be read",
    ]) {
        assert!(line.starts_with(said), "{said}: {finished:?}");
    }
    assert_eq!(named.len(), 6, "{finished:?}");
}

#[test]
fn what_makes_no_model_is_a_sentence() {
    let folder = TempDir::new().unwrap();
    let few: String = rows().lines().take(60).map(|row| format!("{row}\n")).collect();
    let finished = train(&folder, &few, &[]);
    assert_eq!(finished.code, Some(0), "{finished:?}");
    assert_eq!(finished.out, "nl: too few rows for a model (0 neg, 60 pos)\n0 models in models\n");
    for (rows, arguments, said) in [
        ("", &[][..], "hearken: no row to learn from: 0 could not be read; --help says what a row must have"),
        ("{}\n", &[], "rows.jsonl:1: missing field `text`\nhearken: no row to learn from: 1 could not be read"),
        ("", &["none.jsonl"], "hearken: opening none.jsonl: No such file"),
        (&few, &["--languages", "de"], "hearken: no row to learn from"),
        (&few, &["--out", "rows.jsonl"], "hearken: making the folder rows.jsonl"),
    ] {
        let finished = train(&folder, rows, arguments);
        assert_eq!((finished.code, finished.out.as_str()), (Some(1), ""), "{finished:?}");
        assert!(finished.err.starts_with(said), "{said}: {finished:?}");
    }
}
