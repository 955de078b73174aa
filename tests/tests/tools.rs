//! The tools that people reach for when something is odd: `check`, `replay` of every kind, `trace`, `doctor`; on real engines.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;
use std::path::{Path, PathBuf};

use hearken_tests::cluster::{Cluster, Endpoints};
use hearken_tests::program::{Finished, command, finish, free_address};
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use std::time::Duration;
use tempfile::TempDir;

const PATIENT: Duration = Duration::from_secs(120);

/// Every kind with a mapping of its own; `good` lines become rows, the others what `outcome` says.
struct Case {
    kind: &'static str,
    mapping: &'static str,
    lines: &'static str,
    /// What `check` says of the file: how many records, and how many would not become rows.
    checked: (u64, u64),
    /// A query and its answer once all is written.
    rows: (&'static str, &'static str),
}

const CASES: [Case; 7] = [
    Case {
        kind: "reviews",
        mapping: r#"
            constants = { source = "t-shop", touchpoint = "checkout" }
            fields = { source_id = "id", text = "said", occurred_at = "day", customer_id = "who" }
            rating = { value = "stars", scale_max = 5 }
            time = { zone = "Asia/Seoul", formats = ["%Y.%m.%d"], missing = "unknown" }
        "#,
        lines: r#"{"id": 1, "said": "따뜻하고 가벼워요", "day": "2025.11.02", "stars": "5", "who": "abcd****"}
{"id": 2, "said": "조금 작아요", "stars": 2, "who": "c-1"}
{"id": 3, "said": "괜찮아요", "day": "작년", "stars": 3}
{"said": "nobody knows this one"}
"#,
        checked: (4, 2),
        rows: (
            "SELECT arrayStringConcat(arraySort(groupArray(concat(source_id, ' ', time_precision, ' ', toString(customer_masked), \
             if(time_precision = 'day', concat(' ', toString(occurred_at)), '')))), '; ') FROM hearken.v_feedback WHERE source = 't-shop'",
            "1 day true 2025-11-01 15:00:00.000; 2 unknown false",
        ),
    },
    Case {
        kind: "chats",
        mapping: r#"
            constants = { source = "t-desk" }
            turns = { session = "talk", role = "by", text = "says", at = "t", roles = { user = "customer" } }
            time = { zone = "+08:00" }
        "#,
        lines: r#"{"talk": "a", "by": "user", "says": "包裹在哪里？", "t": "2025-11-02 09:30"}
{"talk": "b", "by": "agent", "says": "您好", "t": "2025-11-02 09:31"}
{"talk": "a", "by": "agent", "says": "在路上", "t": "2025-11-02 09:32"}
"#,
        checked: (2, 1),
        rows: (
            "SELECT concat(source_id, ' ', time_precision, ' ', toString(length(turns.role)), ' ', text) FROM hearken.v_feedback WHERE source = 't-desk'",
            "a minute 2 包裹在哪里？",
        ),
    },
    Case {
        kind: "social",
        mapping: r#"
            fields = { source = "from", source_id = "id", text = "body", occurred_at = "at", author_handle = "by" }
            values.source = { x = "t-post" }
        "#,
        lines: r#"{"from": "x", "id": "p-1", "body": "Arrived in two days, lovely.", "at": "2025-11-02T09:30:00Z", "by": "@ann"}
"#,
        checked: (1, 0),
        rows: (
            "SELECT concat(source_id, ' ', toString(length(assumeNotNull(author_key)))) FROM hearken.v_feedback WHERE source = 't-post'",
            "p-1 32",
        ),
    },
    Case {
        kind: "surveys",
        mapping: r##"
            constants = { source = "t-poll", survey_id = "s", survey_kind = "relationship" }
            fields = { source_id = "#line", occurred_at = "at" }
            answers = [{ question_id = "recommend", kind = "nps", value = "q1", scale_max = 10 },
                       { question_id = "why", kind = "text", text = "q2" }]
        "##,
        lines: r#"{"at": "2025-11-02T09:30:00Z", "q1": "9", "q2": "Good service."}
{"at": "2025-11-02T09:31:00Z", "q1": 11}
"#,
        checked: (2, 1),
        rows: (
            "SELECT arrayStringConcat(arraySort(groupArray(concat(question_id, ' ', toString(ifNull(value, -1))))), '; ') FROM hearken.survey_answers \
             WHERE survey_id = 's'",
            "recommend 9; why -1",
        ),
    },
    Case {
        kind: "orders",
        mapping: r#"
            constants = { source = "t-till", currency = "EUR" }
            fields = { order_id = "no", status = "state", occurred_at = "day", updated_at = "changed", amount = "sum" }
            values.status = { "1" = "paid", "2" = "shipped" }
            items = { list = "lines", product_id = "sku", quantity = "n" }
            time = { zone = "Europe/Berlin", formats = ["%d.%m.%Y"], missing = "unknown" }
        "#,
        lines: r#"{"no": 7, "state": 1, "day": "02.11.2025", "sum": "12.50", "lines": [{"sku": "A", "n": 2}]}
{"no": 7, "state": 2, "day": "02.11.2025", "changed": "2025-11-03 10:00", "sum": "12.50", "lines": [{"sku": "A", "n": 2}]}
{"no": 8, "state": 2, "changed": "2025-11-04 10:00", "sum": 3}
"#,
        checked: (3, 0),
        rows: (
            "SELECT arrayStringConcat(arraySort(groupArray(concat(toString(updated_at), ' ', status, ' ', toString(amount), ' ', time_precision))), '; ') \
             FROM hearken.orders WHERE source = 't-till'",
            "2025-11-01 23:00:00.000 paid 12.5 day; 2025-11-03 09:00:00.000 shipped 12.5 day; 2025-11-04 09:00:00.000 shipped 3 unknown",
        ),
    },
    Case {
        kind: "visits",
        mapping: r#"
            constants = { source = "t-web" }
            fields = { visit_id = "v", visitor_id = "cookie", event = "what", occurred_at = "ms", dwell_ms = "stay" }
            values.event = { pageview = "view" }
        "#,
        lines: r#"{"v": "v-1", "cookie": "k", "what": "pageview", "ms": "1762075800000", "stay": "1500"}
{"v": "v-1", "cookie": "k", "what": "teleport", "ms": 1762075801000}
"#,
        checked: (2, 1),
        rows: (
            "SELECT concat(visit_id, ' ', event, ' ', toString(dwell_ms)) FROM hearken.visits WHERE source = 't-web'",
            "v-1 view 1500",
        ),
    },
    Case {
        kind: "customers",
        mapping: r#"
            constants = { source = "t-crm", id_namespace = "t" }
            fields = { customer_id = "id", updated_at = "at", segment = "class", deleted = "gone", "consent.contact" = "mail" }
            aliases = [{ type = "phone", value = "tel" }]
        "#,
        lines: r#"{"id": "c-1", "at": "2025-11-01T00:00:00Z", "class": "gold", "mail": "yes", "tel": "+49 30 5550100"}
{"id": "c-2", "at": "2025-11-02T00:00:00Z", "gone": "true"}
"#,
        checked: (2, 0),
        rows: (
            "SELECT arrayStringConcat(arraySort(groupArray(concat(customer_id, ' ', segment, ' ', toString(deleted), ' ', \
             toString(ifNull(consent_contact, false)), ' ', toString(length(aliases.type))))), '; ') FROM hearken.customers WHERE id_namespace = 't'",
            "c-1 gold false true 1; c-2  true false 0",
        ),
    },
];

#[test]
fn every_kind_is_checked_sent_and_traced() {
    let directory = TempDir::new().unwrap();
    let mut cluster = Cluster::start();
    for case in &CASES {
        let [file, mapping] = files(directory.path(), case);
        let arguments = [file.to_str().unwrap(), "--as", case.kind, "--mapping", mapping.to_str().unwrap()];
        check(case, &cluster.hearken(&[&["check"], &arguments[..], &["--json"]].concat()));
        let sent = cluster.hearken(&[&["replay"], &arguments[..]].concat());
        let unreadable = case.lines.lines().filter(|line| line.contains("nobody knows")).count() as u64;
        let records = format!("{} records sent in ", case.checked.0 - unreadable);
        assert!(sent.out.starts_with(&records), "{}: {sent:?}", case.kind);
        assert_eq!(sent.code, Some(i32::from(unreadable > 0)), "{}: {sent:?}", case.kind);
        let (query, rows) = case.rows;
        cluster.wait_for(query, rows);
    }
    for (reason, of) in [
        ("invalid_time", "t-shop 3"),
        ("empty_text", "t-desk b"),
        ("invalid_value", "t-poll 2"),
        ("invalid_value", "t-web v-1"),
    ] {
        let (source, id) = of.split_once(' ').unwrap();
        cluster.wait_for(&format!("SELECT count() > 0 FROM hearken.dead_letters WHERE reason = '{reason}'"), "1");
        traced(&cluster, &[source, id], &[&format!("dead letter of ingest, {reason}: ")]);
    }
    traced(
        &cluster,
        &["t-till", "7", "--as", "orders"],
        &["row of orders, paid at ", ", superseded", "shipped at ", ", live"],
    );
    traced(
        &cluster,
        &["t-crm", "c-2", "--since", "1h"],
        &["row of customers, deleted at ", "operations.raw.customers.v1["],
    );
    traced(&cluster, &["t-shop", "2"], &["feedback.raw.reviews.v1[", "row of feedback, version ", ", live"]);
    // The same again makes no row, and that is told as well.
    let [file, mapping] = files(directory.path(), &CASES[2]);
    cluster.hearken(&["replay", file.to_str().unwrap(), "--as", "social", "--mapping", mapping.to_str().unwrap()]);
    cluster.wait_for("SELECT count() FROM hearken.outcomes WHERE src_topic = 'feedback.raw.social.v1'", "1");
    traced(&cluster, &["t-post", "p-1"], &["row of feedback, version ", "no row of its own: a repeat"]);
    let nobody = cluster.hearken(&["trace", "t-shop", "none-such"]);
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    assert!(nobody.out.contains("no record of source \"t-shop\" with the id \"none-such\""), "{nobody:?}");
    imported(&mut cluster, directory.path());
    in_flight(&mut cluster, directory.path());
    healthy(&cluster);
}

/// A spreadsheet that nobody described becomes rows, and the same file again changes nothing.
fn imported(cluster: &mut Cluster, directory: &Path) {
    let (file, mapping) = (directory.join("t-sheet 2025.xlsx"), directory.join("t-sheet 2025.xlsx.mapping.toml"));
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (row, cells) in [
        ["订单号", "用户ID", "评分", "评价内容", "评价时间", "门店"],
        ["1234567890123456789", "10086", "5", "物流很快，\n包装也好", "2025/11/2 9:30", "静安店"],
        ["1234567890123456790", "10087", "2", "有一点味道", "2025/11/3", "静安店"],
        ["1.23457E+18", "10088", "3", "一般", "2025/11/4 10:00", "静安店"],
    ]
    .iter()
    .enumerate()
    {
        for (column, cell) in cells.iter().enumerate() {
            sheet.write(row as u32, column as u16, *cell).unwrap();
        }
    }
    book.save(&file).unwrap();
    let import = |arguments: &[&str]| cluster.hearken(&[&["import", file.to_str().unwrap()], arguments].concat());
    let looked = import(&["--dry-run"]);
    for words in [
        "评价内容  →  text",
        "Asia/Shanghai is assumed",
        "row 4: column \"订单号\": 1.23457E+18",
        "2 reviews can be sent, 1 rows cannot",
    ] {
        assert!(looked.out.contains(words), "{words}: {looked:?}");
    }
    let unasked = import(&[]);
    assert!(unasked.code == Some(1) && unasked.err.contains("nobody is there to be asked"), "{unasked:?}");
    assert!(!mapping.exists(), "nobody agreed, so nothing is left behind");
    let sent = import(&["--yes"]);
    assert!(sent.code == Some(1) && sent.out.contains("2 reviews sent in ") && mapping.exists(), "{sent:?}");
    assert!(
        sent.out.contains("hearken sql \"SELECT ") && sent.out.contains("hearken report --out report.html"),
        "{sent:?}"
    );
    let rows = "SELECT arrayStringConcat(arraySort(groupArray(concat(order_id, ' ', customer_id, ' ', store_id, ' ', toString(occurred_at), ' ', \
                time_precision, ' ', toString(rating_value), ' ', replaceAll(text, '\\n', '/')))), '; ') FROM hearken.v_feedback WHERE source = 't-sheet'";
    let expected = "1234567890123456789 10086 静安店 2025-11-02 01:30:00.000 minute 5 物流很快，/包装也好; \
                    1234567890123456790 10087 静安店 2025-11-02 16:00:00.000 day 2 有一点味道";
    cluster.wait_for(rows, expected);
    // The mapping is read now, and both rows are known.
    let again = cluster.hearken(&["import", file.to_str().unwrap(), "--yes"]);
    assert!(again.out.contains("the mapping was read from ") && again.out.contains("2 reviews sent in "), "{again:?}");
    let repeats = "SELECT count() FROM hearken.outcomes WHERE kind = 'repeat' AND record_id IN \
                   (SELECT feedback_id FROM hearken.feedback WHERE source = 't-sheet')";
    cluster.wait_for(repeats, "2");
    assert_eq!(cluster.sql(rows), expected);
}

fn files(directory: &Path, case: &Case) -> [PathBuf; 2] {
    let file = |extension: &str, text: &str| {
        let path = directory.join(format!("{}.{extension}", case.kind));
        fs::write(&path, text).unwrap();
        path
    };
    [file("jsonl", case.lines), file("toml", case.mapping)]
}

fn check(case: &Case, finished: &Finished) {
    let report: Value = serde_json::from_str(&finished.out).unwrap_or_else(|error| panic!("{error}: {finished:?}"));
    let found = (report["records"].as_u64().unwrap(), report["problems"].as_u64().unwrap());
    assert_eq!(found, case.checked, "{}: {report}", case.kind);
    assert_eq!(finished.code, Some(i32::from(case.checked.1 > 0)), "{}: {finished:?}", case.kind);
}

fn traced(cluster: &Cluster, arguments: &[&str], words: &[&str]) {
    let traced = cluster.hearken(&[&["trace"], arguments].concat());
    assert_eq!(traced.code, Some(0), "{arguments:?}: {traced:?}");
    for word in words {
        assert!(traced.out.contains(word), "{arguments:?}: no {word:?} in {traced:?}");
    }
}

/// With a service stopped, a record waits before it, and `trace` says before whom.
fn in_flight(cluster: &mut Cluster, directory: &Path) {
    let file = directory.join("late.jsonl");
    let send = |cluster: &Cluster, id: &str| {
        let line = r#"{"source": "t-late", "source_id": "ID", "occurred_at": "2025-11-02T09:30:00Z", "text": "Late."}"#;
        fs::write(&file, line.replace("ID", id)).unwrap();
        let sent = cluster.hearken(&["replay", file.to_str().unwrap(), "--as", "reviews"]);
        assert_eq!(sent.code, Some(0), "{sent:?}");
    };
    let waits = |cluster: &mut Cluster, id: &str, words: &str| {
        let mut said = String::new();
        for _ in 0..20 {
            said = cluster.hearken(&["trace", "t-late", id, "--as", "reviews"]).out;
            if said.contains(words) {
                return;
            }
        }
        panic!("no {words:?} in {said:?}");
    };
    assert!(cluster.enrich.stop().success());
    send(cluster, "1");
    waits(cluster, "1", "in flight between ingest and enrich: hearken-enrich reads it next");
    assert!(cluster.ingest.stop().success());
    send(cluster, "2");
    waits(cluster, "2", "in flight before ingest: hearken-ingest reads it next");
    cluster.ingest.restart();
    cluster.enrich.restart();
    cluster.wait_ready();
    cluster.wait_for("SELECT count() FROM hearken.v_feedback WHERE source = 't-late'", "2");
}

/// Nothing is wrong with engines and services that run.
fn healthy(cluster: &Cluster) {
    let doctor = cluster.hearken(&["doctor", "--json", "--data", cluster.directory().to_str().unwrap()]);
    assert_eq!(doctor.code, Some(0), "{doctor:?}");
    let told: Value = serde_json::from_str(&doctor.out).unwrap();
    for words in
        ["Kafka has all ", "1 of hearken-ingest running", "ClickHouse has all ", "tables know a block", "programs are "]
    {
        let found = told["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|finding| finding["level"] == "ok" && finding["what"].as_str().unwrap().contains(words));
        assert!(found, "{words:?}: {doctor:?}");
    }
}

#[test]
fn engines_that_nobody_started_are_no_fault() {
    let nobody = Endpoints { brokers: free_address(), clickhouse: format!("http://{}", free_address()) };
    let doctor = nobody.hearken(&["doctor"]);
    for words in ["warn  no Kafka answers at ", "warn  no ClickHouse answers at ", "hearken up", "AVX2"] {
        assert!(doctor.out.contains(words), "{words:?}: {doctor:?}");
    }
    assert!(doctor.code == Some(0) && !doctor.out.contains("FAIL"), "{doctor:?}");
}

#[test]
fn an_incomplete_installation_fails_with_what_to_do() {
    let empty = TempDir::new().unwrap();
    let mut doctor = command("hearken");
    doctor.args(["doctor", "--brokers", "127.0.0.1:1", "--clickhouse", "http://127.0.0.1:1"]);
    let doctor = finish(doctor.env("HEARKEN_ENGINES", empty.path()).env("JAVA_HOME", empty.path()), PATIENT);
    assert_eq!(doctor.code, Some(1), "{doctor:?}");
    for words in [
        "FAIL  Kafka is not in ",
        "FAIL  the ClickHouse engine is not in ",
        "make setup",
        "cannot be run, and Kafka needs it",
    ] {
        assert!(doctor.out.contains(words), "{words:?}: {doctor:?}");
    }
}

/// The real files, where they are on this machine.
#[test]
fn nine_in_ten_thousand_at_most_of_the_real_files_are_refused() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/replay");
    for kind in ["reviews", "chats", "social"] {
        let file = data.join(format!("replay_{kind}.jsonl.gz"));
        if !file.exists() {
            eprintln!("skipped: replay_{kind}.jsonl.gz is not on this machine");
            continue;
        }
        let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/replay/{kind}.toml"));
        let mut check = command("hearken");
        check.arg("check").arg(&file).args(["--as", kind, "--json", "--mapping"]).arg(mapping);
        let checked = finish(&mut check, PATIENT);
        let report: Value = serde_json::from_str(&checked.out).unwrap_or_else(|error| panic!("{error}: {checked:?}"));
        let (records, problems) = (report["records"].as_u64().unwrap(), report["problems"].as_u64().unwrap());
        assert!(records > 0 && problems * 10_000 <= records * 9, "{kind}: {report}");
    }
}
