//! The boards of `deploy/grafana`, asked as Grafana asks: every panel and every variable on the real engine, over rows and over none, and
//! with choices that are attacks. What Grafana draws is not seen here; `deploy/grafana/README.md` says so.
//!
//! The tests share one ClickHouse with rows and take it in turns.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod grafana;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hearken_tests::database::Database;
use serde_json::Value;

use crate::grafana::{Board, Question, Reader, percent_encoded, text};

const ROWS: &str = include_str!("rows.sql");
/// The page that says what each number means.
const METRICS: &str = include_str!("../../../docs/metrics.md");

/// Values that would be something else than a value, were they let.
const ATTACKS: &[&str] = &[
    "O'Brien\"; DROP TABLE x --",
    "\\",
    "\\' OR 1=1 --",
    "') OR 1=1 OR ('",
    "x' UNION ALL SELECT 1 --",
    "$__timeFilter(x)",
    "${brand:raw}",
    "%27 OR 1=1 --",
    "{a,b}",
    "line\nbreak",
    "奥🙂",
];

/// Returns the database with rows; it ends with the last test.
fn shared() -> Arc<Mutex<Database>> {
    static SHARED: Mutex<Weak<Mutex<Database>>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let database = Database::start();
        let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/local/catalog.toml");
        let loaded = database.hearken(&["catalog", "load", catalog.to_str().unwrap()]);
        assert_eq!(loaded.code, Some(0), "{loaded:?}");
        ROWS.split_terminator(";\n").for_each(|statement| {
            database.sql(statement);
        });
        let database = Arc::new(Mutex::new(database));
        *shared = Arc::downgrade(&database);
        database
    })
}

/// The names of an answer's columns, and its rows.
#[derive(Clone, Debug, PartialEq)]
struct Answer {
    columns: Vec<String>,
    rows: Vec<Value>,
}

/// A database that is asked the same question once: boards share variables and panels.
struct Asked<'a> {
    database: &'a Database,
    answers: RefCell<BTreeMap<String, Answer>>,
}

impl<'a> Asked<'a> {
    fn new(database: &'a Database) -> Self {
        Self { database, answers: RefCell::default() }
    }

    fn answer(&self, board: &Board, question: &Question<'_>, reader: Reader<'_>) -> Answer {
        let sql = board.expanded(question.sql, reader);
        let ask = || {
            let answer = self.database.sql(&format!("{sql}\nFORMAT JSONCompact"));
            let answer: Value = serde_json::from_str(&answer).unwrap();
            let columns = answer["meta"].as_array().unwrap().iter().map(|column| text(&column["name"]).to_owned());
            Answer { columns: columns.collect(), rows: answer["data"].as_array().unwrap().clone() }
        };
        self.answers.borrow_mut().entry(sql.clone()).or_insert_with(ask).clone()
    }

    /// Returns the begin of this hour, in seconds since 1970: where the rows end.
    fn hour(&self) -> i64 {
        self.database.sql("SELECT toUnixTimestamp(toStartOfHour(now('UTC')))").parse().unwrap()
    }
}

#[test]
fn every_panel_says_what_it_shows_and_where_to_read_on() {
    let boards = Board::all();
    let uids: BTreeSet<&str> = boards.iter().map(|board| text(&board.model["uid"])).collect();
    assert_eq!(uids.len(), boards.len(), "two boards have one uid");
    for board in &boards {
        let ids: BTreeSet<i64> = board.panels().map(|panel| panel["id"].as_i64().unwrap()).collect();
        assert_eq!(ids.len(), board.panels().count(), "{}: two panels have one id", board.name);
        for panel in board.panels() {
            let at = format!("{}: {}", board.name, text(&panel["title"]));
            let defaults = &panel["fieldConfig"]["defaults"];
            assert!(!text(&defaults["unit"]).is_empty(), "{at} has no unit");
            let empty = text(&defaults["noValue"]);
            assert!(empty.ends_with('.') && empty.contains(' '), "{at}: {empty:?} is no sentence");
            let description = text(&panel["description"]);
            assert!(description.len() > 80, "{at} says too little: {description}");
            let view = description.rsplit_once("docs/metrics.md#").map(|(_, view)| view).unwrap_or_default();
            assert!(
                METRICS.lines().any(|line| line == format!("### `{view}`")),
                "{at}: docs/metrics.md has no heading of {view:?}"
            );
            let links: Vec<&str> = panel["links"].as_array().unwrap().iter().map(|link| text(&link["url"])).collect();
            assert!(
                links.contains(&format!("/d/hearken-meaning?var-view={view}").as_str()),
                "{at} leads to no meaning: {links:?}"
            );
            let quotes = "/d/hearken-quotes?${__url_time_range}&${__all_variables}";
            assert!(links.contains(&quotes), "{at} leads to no quotes: {links:?}");
            assert!(
                links.iter().all(|link| uids.iter().any(|uid| link.starts_with(&format!("/d/{uid}?")))),
                "{at}: {links:?}"
            );
        }
    }
}

#[test]
fn every_panel_and_every_variable_has_something_to_show() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let asked = Asked::new(&database);
    let reader = Reader { until_s: asked.hour(), chosen: &[] };
    let mut wrong = Vec::new();
    for board in &Board::all() {
        for question in board.questions() {
            let Answer { columns, rows } = asked.answer(board, &question, reader);
            // A number that is NULL is a sentence on the board.
            if rows.first().is_none_or(|row| row.as_array().unwrap().iter().all(Value::is_null) || row[0].is_null()) {
                wrong.push(format!("{} shows nothing: {}", question.at, board.expanded(question.sql, reader)));
            }
            wrong.extend(unknown_columns(&question, &columns));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns what a panel says of columns that its answer does not have.
fn unknown_columns(question: &Question<'_>, columns: &[String]) -> Vec<String> {
    let Some(panel) = question.panel else { return Vec::new() };
    let overrides = panel["fieldConfig"]["overrides"].as_array().unwrap().iter().map(|one| &one["matcher"]);
    let overridden = overrides.filter(|matcher| matcher["id"] == "byName").map(|matcher| &matcher["options"]);
    let drawn = panel["options"]["series"].as_array().into_iter().flatten();
    let drawn = drawn.flat_map(|one| [&one["x"]["matcher"]["options"], &one["y"]["matcher"]["options"]]);
    let parted = panel["transformations"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|one| one["options"]["fields"].as_array().unwrap());
    let named = overridden.chain(drawn).chain(parted).map(text);
    // Every series may have a band; one that has none names its ends all the same.
    let of_band = |name: &str| panel["type"] == "timeseries" && ["low", "high"].contains(&name);
    let unknown = named.filter(|name| !of_band(name) && !columns.iter().any(|column| column == name));
    let mut wrong: Vec<String> =
        unknown.map(|name| format!("{} has no column {name:?} among {columns:?}", question.at)).collect();
    if panel["type"] == "timeseries" && columns.first().is_none_or(|column| column != "time") {
        wrong.push(format!("{} has no time in front: {columns:?}", question.at));
    }
    wrong
}

#[test]
fn nothing_fails_where_there_are_no_rows() {
    let database = Database::start();
    let asked = Asked::new(&database);
    let reader = Reader { until_s: asked.hour(), chosen: &[] };
    for board in &Board::all() {
        for question in board.questions() {
            asked.answer(board, &question, reader);
        }
    }
}

#[test]
fn what_is_chosen_is_a_value_and_nothing_else() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let asked = Asked::new(&database);
    let until_s = asked.hour();
    for board in &Board::all() {
        for question in board.questions().iter().filter(|question| question.sql.contains(":percentencode}")) {
            let [attacked, nobody] = [ATTACKS, &["nobody of this name"]]
                .map(|chosen| asked.answer(board, question, Reader { until_s, chosen }));
            assert_eq!(attacked, nobody, "{}: values that nothing has are answered as nobody is", question.at);
        }
    }
}

#[test]
fn a_choice_is_found_exactly_whatever_it_is_made_of() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let check = |chosen: &[&str], value: &str, expected: &str| {
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        let sql = format!("SELECT hearken_chosen('{}', unhex('{hex}'))", percent_encoded(chosen));
        assert_eq!(database.sql(&sql), expected, "{value:?} among {chosen:?}");
    };
    for &value in ATTACKS {
        check(&[value], value, "1");
        check(&["other", value], value, "1");
        check(&["other", "one more"], value, "0");
        check(&[], value, "1");
    }
    for value in ["", "a", "ab", "b,c"] {
        check(&["a,b", "b c"], value, if value == "a" { "1" } else { "0" });
    }
    check(&["A"], "a", "0");
    assert_eq!(database.sql("SELECT hearken_chosen('all', NULL), hearken_chosen('%7BA%7D', NULL)"), "1\t0");
    // The brand that the rows have under such a name, and nothing else, is what its quotes are read from.
    let name = format!("{}{}", ATTACKS[0], " \\");
    let boards = Board::all();
    let quotes = boards.iter().find(|board| board.name == "quotes").unwrap();
    let whole = Question {
        at: String::new(),
        sql: "SELECT text FROM hearken.v_feedback WHERE hearken_chosen('${brand:percentencode}', brand)",
        panel: None,
    };
    let asked = Asked::new(&database);
    let answer = asked.answer(quotes, &whole, Reader { until_s: asked.hour(), chosen: &[&name] });
    assert_eq!(answer.rows, [serde_json::json!(["said of the attack"])]);
}
