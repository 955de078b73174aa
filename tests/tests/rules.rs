//! `hearken rules`: what is wrong with a rule is said by line, every shipped rule finds what its fixture says and no more, and who asks
//! why a feedback was found is told; on the real engine.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;
use std::path::Path;

use hearken_tests::database::Database;
use hearken_tests::program::{Finished, command, finish};
use serde_json::json;
use std::time::Duration;
use tempfile::TempDir;

/// How long the command may take: `rules test` makes a database of its own.
const PATIENT: Duration = Duration::from_secs(240);

const LEAVES: &str = "5a0f8f0e-0000-5000-8000-000000000001";
const STAYS: &str = "5a0f8f0e-0000-5000-8000-000000000002";
const RIVAL: &str = "5a0f8f0e-0000-5000-8000-000000000003";

/// A rule file of this id with this body.
fn rule(id: &str, body: &str) -> String {
    format!(
        "---\nid: {id}\ntitle: {{en: A, zh: 甲}}\nwhy: {{en: Because., zh: 因为。}}\nseverity: low\non: feedback\ncooldown: 1d\n---\n{body}\n"
    )
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
    fs::write(folder.join(name), text).unwrap();
}

fn hearken(arguments: &[&str]) -> Finished {
    finish(command("hearken").args(arguments), PATIENT)
}

#[test]
fn what_is_wrong_with_a_rule_is_said_by_line() {
    let folder = TempDir::new().unwrap();
    let of = |name: &str, text: String| write(folder.path(), name, &text);
    of("good.sql", rule("good", "SELECT feedback_id, map('brand', toString(brand)) AS detail FROM news"));
    of("yaml.sql", rule("yaml", "SELECT feedback_id FROM news").replace("severity: low", "severity: dire"));
    of("column.sql", rule("column", "-- a comment\nSELECT\n    feedback_id,\n    nothere\nFROM news"));
    of("syntax.sql", rule("syntax", "SELECT feedback_id\nFORM news WHERE news.brand = ''"));
    of("nameless.sql", rule("nameless", "SELECT brand FROM news"));
    of("typed.sql", rule("typed", "SELECT feedback_id, 'a' AS span_start, 1 AS span_end, 0.5 AS share FROM news"));
    of("twice.sql", rule("twice", "SELECT feedback_id FROM news;\nDROP TABLE feedback"));
    let path = folder.path().to_str().unwrap();
    let database = Database::start();
    let checked = database.hearken(&["rules", "check", path]);
    assert_eq!(checked.code, Some(1), "{checked:?}");
    for (file, line, words) in [
        ("yaml.sql", 5, "dire"),
        ("column.sql", 12, "nothere"),
        ("syntax.sql", 10, "Syntax error"),
        ("nameless.sql", 9, "feedback_id is missing"),
        ("typed.sql", 9, "column span_start is String: expected UInt32"),
        ("typed.sql", 9, "map('share', toString(share))"),
        ("twice.sql", 9, "several statements"),
    ] {
        let place = format!("{file}:{line}: ");
        let said = checked.out.lines().any(|said| said.contains(&place) && said.contains(words));
        assert!(said, "{place}{words}\n{}", checked.out);
    }
    assert!(!checked.out.contains("good.sql"), "{}", checked.out);
    assert!(checked.out.ends_with("6 of 7 files are wrong\n"), "{}", checked.out);
    assert_eq!(database.sql("SELECT count() FROM hearken.feedback"), "0", "nothing was dropped");

    let offline = hearken(&["rules", "check", path, "--offline"]);
    assert_eq!(offline.code, Some(1), "{offline:?}");
    assert!(offline.out.ends_with("2 of 7 files are wrong\n"), "{}", offline.out);
    let shipped = database.hearken(&["rules", "check"]);
    assert_eq!(shipped.code, Some(0), "{shipped:?}");
    assert!(shipped.out.contains("churn_intent") && shipped.out.ends_with("rules, nothing wrong\n"), "{}", shipped.out);
    let nobody = hearken(&["rules", "check", "--clickhouse", "http://127.0.0.1:1"]);
    assert!(nobody.code == Some(1) && nobody.err.contains("--offline"), "{nobody:?}");
}

#[test]
fn every_shipped_rule_finds_what_its_fixture_says_and_no_more() {
    let tested = hearken(&["rules", "test"]);
    assert_eq!(tested.code, Some(0), "{tested:?}");
    assert!(tested.out.contains("ok   churn_intent: ") && tested.out.ends_with("all as expected\n"), "{}", tested.out);
}

#[test]
fn a_rule_of_ones_own_is_tested_by_the_fixture_beside_it() {
    let folder = TempDir::new().unwrap();
    write(
        folder.path(),
        "tea.sql",
        &rule("tea", "SELECT feedback_id FROM news WHERE product_id = 'tea' AND position(text, 'cold') > 0"),
    );
    let fixture = "tables:\n  brands: [{name: Lumina, own: true}]\ncases:\n  - name: cold tea\n    tables:\n      feedback:\n        \
                   - {source_id: a, brand: Lumina, product_id: tea, text: It was cold.}\n        \
                   - {source_id: b, brand: Lumina, product_id: cake, text: It was cold.}\n    expect: [a]\n  \
                   - name: hot tea\n    tables: {feedback: [{source_id: c, brand: Lumina, product_id: tea, text: It was hot.}]}\n    expect: [c]\n";
    write(folder.path(), "tests/tea.yaml", fixture);
    write(folder.path(), "bare.sql", &rule("bare", "SELECT feedback_id FROM news"));
    let tested = hearken(&["rules", "test", folder.path().to_str().unwrap()]);
    assert_eq!(tested.code, Some(1), "{tested:?}");
    for line in [
        "ok   tea: cold tea",
        "FAIL tea: hot tea",
        "expected c",
        "found    nothing",
        "bare: has no fixture",
        "1 of 2 scenarios of 1 rules failed",
    ] {
        assert!(tested.out.contains(line), "{line}\n{}", tested.out);
    }
}

#[test]
fn who_asks_why_is_told() {
    let database = Database::start();
    database.insert("brands", &[json!({"name": "Lumina", "own": true}), json!({"name": "Rival", "own": false})]);
    database.sql("SYSTEM RELOAD DICTIONARIES");
    let said = |id: &str, offset: i64, brand: &str, intents: &[&str]| {
        let spans: Vec<u32> = intents.iter().map(|_| 0).collect();
        json!({
            "feedback_id": id, "version": 65_537, "sign": 1, "arrival": 1, "channel": "chat", "source": "desk", "source_id": id,
            "occurred_at": "2026-11-01 10:00:30.000", "time_precision": "second", "brand": brand, "text": "I am leaving.",
            "origin": "genuine", "customer_id": "c1", "in_topic": "feedback.enriched.v1", "in_partition": 0, "in_offset": offset,
            "intents.kind": intents, "intents.confidence": intents.iter().map(|_| 0.9).collect::<Vec<_>>(),
            "intents.start": spans, "intents.end": intents.iter().map(|_| 12).collect::<Vec<_>>(),
        })
    };
    database.insert(
        "feedback",
        &[said(LEAVES, 0, "Lumina", &["churn"]), said(STAYS, 1, "Lumina", &[]), said(RIVAL, 2, "Rival", &["churn"])],
    );
    let found = database.hearken(&["rules", "explain", "churn_intent", "--feedback", LEAVES]);
    assert_eq!(found.code, Some(0), "{found:?}");
    for words in ["the rule finds it", "about customer c1", "confidence: 0.9", "it is not raised"] {
        assert!(found.out.contains(words), "{words}\n{}", found.out);
    }
    let alert_id = found.out.lines().find_map(|line| line.strip_prefix("alert ")).unwrap().split(' ').next().unwrap();
    database.insert(
        "alerts",
        &[json!({
            "alert_id": alert_id, "rule": "churn_intent", "subject_kind": "customer", "subject": "c1", "severity": "high",
            "occurred_at": "2026-11-01 10:00:30.000", "alert_at": "2026-11-01 10:00:33.000", "paged": false, "unpaged_because": "old",
            "feedback_id": LEAVES,
        })],
    );
    let known = database.hearken(&["rules", "explain", "churn_intent", "--feedback", LEAVES]);
    assert!(
        known.out.contains("raised at 2026-11-01 10:00:33.000; nobody was told at once: old; no case"),
        "{}",
        known.out
    );
    for (feedback, words) in
        [(STAYS, "the rule does not find it"), (RIVAL, "no rule on feedback sees it"), (RIVAL, "a competitor's")]
    {
        let not = database.hearken(&["rules", "explain", "churn_intent", "--feedback", feedback]);
        assert!(not.code == Some(1) && not.out.contains(words), "{words}: {not:?}");
    }
    let explained = database.hearken(&["rules", "explain", "churn_intent", "--days", "3000"]);
    assert_eq!(explained.code, Some(0), "{explained:?}");
    for words in [
        "A customer says they are leaving",
        "CREATE TEMPORARY TABLE news",
        "2 feedback of the last 15 minutes",
        "1 found in ",
        "│ no   │ old ",
    ] {
        assert!(explained.out.contains(words), "{words}\n{}", explained.out);
    }
    let unknown = database.hearken(&["rules", "explain", "churn"]);
    assert!(unknown.code == Some(1) && unknown.err.contains("there are churn_intent, "), "{unknown:?}");
    let nothing =
        database.hearken(&["rules", "explain", "churn_intent", "--feedback", "5a0f8f0e-0000-5000-8000-00000000ffff"]);
    assert!(nothing.code == Some(1) && nothing.err.contains("no feedback has the id"), "{nothing:?}");
}
