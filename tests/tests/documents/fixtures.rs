//! The files that documents take for granted: those every reader has of his own.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use rust_xlsxwriter::Workbook;

/// The least that a review must have, as the README says it.
pub(crate) const LEAST_REVIEW: &str = r#"{"source": "my-shop", "source_id": "1001", "occurred_at": "2026-01-15T09:30:00+08:00", "text": "物流很快，音质一般。"}
"#;

/// Writes those a page speaks of.
pub(crate) fn bring(folder: &Path, page: &str) {
    let named = |name: &str| page.contains(name);
    if named("reviews.xlsx") {
        spreadsheet(&folder.join("reviews.xlsx"));
    }
    if named("reviews.jsonl.gz") {
        let mut file = GzEncoder::new(File::create(folder.join("reviews.jsonl.gz")).unwrap(), Compression::fast());
        file.write_all(REVIEWS.as_bytes()).unwrap();
        file.finish().unwrap();
    }
    if named("mapping.toml") {
        let mapping =
            page.split("```toml\n").find(|block| block.starts_with("constants")).expect("a page shows its mapping");
        fs::write(folder.join("mapping.toml"), mapping.split("```").next().unwrap()).unwrap();
    }
    if named("my-labels.jsonl") {
        fs::write(folder.join("my-labels.jsonl"), labels()).unwrap();
    }
    if named("my-rules") {
        rule(&folder.join("my-rules"));
    }
}

/// What the README's mapping reads.
const REVIEWS: &str = r#"{"id": "1001", "body": {"text": "物流很快，音质一般。"}, "created": "2026-01-15 09:30", "user": {"id": "c-1"}, "stars": 4}
{"id": "1002", "body": {"text": "The left earbud died after a week."}, "created": "2026-01-16 18:05", "user": {"id": "c-2"}, "stars": 1}
"#;

fn spreadsheet(path: &Path) {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [
        ["评价编号", "评价内容", "评分", "评价时间"],
        ["1001", "物流很快，音质一般。", "4", "2026-01-15 09:30"],
        ["1002", "用了一周左耳就没声音了，要求退款", "1", "2026-01-16 18:05"],
        ["1003", "客服很耐心，问题当天就解决了", "5", "2026-01-17 11:20"],
    ];
    for (row, cells) in (0..).zip(rows) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write(row, column, cell).unwrap();
        }
    }
    book.save(path).unwrap();
}

/// Rows enough to train on.
fn labels() -> String {
    let (good, bad) = (
        ["love it", "works well", "very happy", "great sound"],
        ["broke at once", "want my money back", "never again", "so slow"],
    );
    let neutral = ["arrived on monday", "it is blue", "ordered two of them", "used it in the kitchen"];
    let mut lines = String::new();
    for number in 0..60 {
        let thing = ["kettle", "lamp", "phone case", "headset", "charger"][number % 5];
        for (label, words) in [("pos", good), ("neg", bad), ("neu", neutral)] {
            let text = format!("{} number {number}: {}", thing, words[number % 4]);
            lines += &format!("{{\"text\": \"{text}\", \"label\": \"{label}\", \"lang\": \"en\"}}\n");
        }
    }
    lines
}

/// A rule and what it must find.
fn rule(folder: &Path) {
    fs::create_dir_all(folder.join("tests")).unwrap();
    fs::write(folder.join("praise.sql"), PRAISE).unwrap();
    fs::write(folder.join("tests/praise.yaml"), FIXTURE).unwrap();
}

const PRAISE: &str = "---
id: praise
title: {en: Praise, zh: 表扬}
why: {en: Pass it on., zh: 请转告。}
severity: low
page: false
on: feedback
cooldown: 1d
---
SELECT feedback_id FROM news WHERE sentiment = 'positive'
";

const FIXTURE: &str = "now: 2026-11-20T12:00:00Z
cases:
  - name: somebody is happy
    tables:
      feedback: [{source_id: glad, sentiment: positive, sentiment_score: 0.8}]
    expect: [glad]
  - name: somebody is not
    tables:
      feedback: [{source_id: sad, sentiment: negative, sentiment_score: -0.8}]
    expect: []
";
