//! The shared database of these tests, and rows written by hand.

use std::fs;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hearken_schemas::tables::Object;
use hearken_tests::database::Database;
use serde_json::{Value, json};

pub(crate) const CATALOG: &str = r#"
    brands = [
        { name = "Alba", business_time_zone = "Asia/Shanghai" },
        { name = "Rival", own = false },
        { name = "Spree", business_time_zone = "Europe/Berlin" },
        { name = "Berlin", business_time_zone = "Europe/Berlin" },
    ]
    sources = [{ name = "shop", brand = "ALBA", time_zone = "Asia/Shanghai" }]
    places = [
        { id = "cn", kind = "country", name = "China", owner = "Li" },
        { id = "south", parent = "cn", kind = "region", name = "South", owner = "Wu" },
        { id = "sz", parent = "south", kind = "city", name = "Shenzhen" },
        { id = "s1", parent = "sz", kind = "store", name = "First" },
        { id = "de", kind = "country", name = "Germany" },
        { id = "s2", parent = "de", kind = "store", name = "Erster" },
    ]
    products = [
        { id = "drinks", brand = "Alba" },
        { id = "tea", parent = "drinks", category = "tea" },
        { id = "oolong", parent = "tea", name = "Oolong" },
    ]
    touchpoints = [{ touchpoint = "Treasure-Box", stage = "advocacy", phase = "after", department = "Club" }]
    fx_rates = [
        { day = "2019-01-01", currency = "EUR", rate = 8 },
        { day = "2020-02-01", currency = "EUR", rate = 7.5 },
    ]
"#;

/// Returns the database of these tests, with the catalog in it; it ends with the last of them.
pub(crate) fn shared() -> Arc<Mutex<Database>> {
    static SHARED: Mutex<Weak<Mutex<Database>>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let database = Database::start();
        load(&database, CATALOG);
        let database = Arc::new(Mutex::new(database));
        *shared = Arc::downgrade(&database);
        database
    })
}

/// Loads a catalog with the command line and returns what that says.
pub(crate) fn load(database: &Database, catalog: &str) -> String {
    let file = database.directory().join("catalog.toml");
    fs::write(&file, catalog).unwrap();
    let loaded = database.hearken(&["catalog", "load", file.to_str().unwrap()]);
    assert_eq!(loaded.code, Some(0), "{loaded:?}");
    loaded.out
}

/// Compares an answer, a line a row and fields apart by a blank.
pub(crate) fn check(database: &Database, statement: &str, expected: &[&str]) {
    let answer = database.sql(&format!("{statement} SETTINGS join_use_nulls = 0 FORMAT TSV"));
    let rows: Vec<String> = answer.lines().map(|line| line.replace('\t', " ")).collect();
    assert_eq!(rows, expected, "{statement}");
    // Nothing may hang on how a session joins.
    let other = database.sql(&format!("{statement} SETTINGS join_use_nulls = 1 FORMAT TSV"));
    assert_eq!(other, answer, "{statement} with join_use_nulls");
}

/// Lays fields over a row.
pub(crate) fn with(mut row: Value, fields: Value) -> Value {
    row.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    row
}

pub(crate) fn id(number: u64) -> String {
    format!("00000000-0000-0000-0000-{number:012}")
}

/// A neutral review of Alba of 1 November 2026, 10:00:30, but for these fields.
pub(crate) fn feedback(number: u64, fields: Value) -> Value {
    let row = json!({
        "feedback_id": id(number), "version": 65_537, "sign": 1, "arrival": 1, "channel": "review", "source": "shop",
        "source_id": format!("f{number}"), "occurred_at": "2026-11-01 10:00:30.000", "time_precision": "second",
        "brand": "Alba", "journey_stage": "use", "text": "", "sentiment": "neutral", "origin": "genuine",
    });
    with(row, fields)
}

/// An answer to a survey: question, kind, value, the largest there is, direction.
pub(crate) type Answer<'a> = (&'a str, &'a str, Option<f64>, Option<f64>, Option<&'a str>);

/// A response to the survey "asked", transactional, with these answers, but for these fields.
pub(crate) fn response(number: u64, answers: &[Answer<'_>], fields: Value) -> Value {
    let survey = json!({ "channel": "survey", "survey_id": "asked", "survey_kind": "transactional" });
    with(with(feedback(number, survey), answered(answers)), fields)
}

/// The columns of these answers.
pub(crate) fn answered(answers: &[Answer<'_>]) -> Value {
    json!({
        "answers.question_id": answers.iter().map(|answer| answer.0).collect::<Vec<_>>(),
        "answers.kind": answers.iter().map(|answer| answer.1).collect::<Vec<_>>(),
        "answers.value": answers.iter().map(|answer| answer.2).collect::<Vec<_>>(),
        "answers.scale_max": answers.iter().map(|answer| answer.3).collect::<Vec<_>>(),
        "answers.direction": answers.iter().map(|answer| answer.4).collect::<Vec<_>>(),
        "answers.feature": vec![Value::Null; answers.len()],
        "answers.text": vec![Value::Null; answers.len()],
    })
}

/// The rows that replace a state by a newer one.
pub(crate) fn edit(old: &Value, fields: Value) -> [Value; 2] {
    let version = old["version"].as_u64().unwrap() + 65_536;
    let back = with(old.clone(), json!({ "sign": -1, "arrival": 0 }));
    [back, with(with(old.clone(), json!({ "version": version, "arrival": 0 })), fields)]
}

/// A profile with these aliases: type and key.
pub(crate) fn profile(customer: &str, day: u32, aliases: &[(&str, &str)]) -> Value {
    let [types, keys] = [|alias: &(&str, &str)| alias.0.to_owned(), |alias: &(&str, &str)| alias.1.to_owned()]
        .map(|part: fn(&(&str, &str)) -> String| aliases.iter().map(part).collect::<Vec<_>>());
    let (namespace, id) = customer.split_once('/').unwrap_or(("", customer));
    json!({
        "record_id": id_of(&format!("{customer}{day}")), "customer_id": id, "id_namespace": namespace, "source": "crm",
        "updated_at": format!("2026-10-{day:02} 00:00:00.000"), "name": "Somebody", "segment": "gold",
        "aliases.type": types, "aliases.key": keys,
    })
}

/// An order's state on a day of October 2026.
pub(crate) fn order(order: &str, customer: &str, day: u32, status: &str, updated: u32) -> Value {
    json!({
        "record_id": id_of(&format!("{order}{status}{updated}")), "order_id": order, "customer_id": customer, "status": status,
        "occurred_at": format!("2026-10-{day:02} 00:00:00.000"), "updated_at": format!("2026-10-{updated:02} 00:00:00.000"),
        "time_precision": "second", "amount": 12.5, "currency": "CNY", "brand": "Alba",
    })
}

/// A UUID that differs for every name.
pub(crate) fn id_of(name: &str) -> String {
    let number = name.bytes().fold(0u64, |number, byte| number.wrapping_mul(131).wrapping_add(byte.into()));
    format!("00000000-0000-0000-{:04x}-{:012x}", number >> 48, number & 0xffff_ffff_ffff)
}

/// A view as it is asked for everything: its parameters, where it has any, are the widest there are.
pub(crate) fn whole(view: &Object) -> String {
    let widest = |parameter: &str, kind: &str| match (parameter, kind) {
        ("topic", _) => "''",
        (_, kind) if kind.starts_with("Array") => "[]",
        ("from", _) => "'1971-01-01 00:00:00'",
        ("until" | "as_of", _) => "'2099-12-31 23:00:00'",
        ("customer", _) => "''",
        ("days", _) => "30",
        (other, _) => panic!("{} has a parameter {other}: say here what to ask it with", view.name()),
    };
    let parameters = view.statement.split('{').skip(1).filter_map(|rest| rest.split_once('}')?.0.split_once(':'));
    let mut asked: Vec<String> = parameters.map(|(name, kind)| format!("{name} = {}", widest(name, kind))).collect();
    asked.sort();
    asked.dedup();
    let parameters = if asked.is_empty() { String::new() } else { format!("({})", asked.join(", ")) };
    format!("hearken.{}{parameters}", view.name())
}
