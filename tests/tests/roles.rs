//! Who may read what, on the real engine: analysts no personal column, a board no row beyond its scope, whatever they try.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

use std::fs;

use hearken_schemas::access::{Role, Scope, statements};
use hearken_schemas::tables::{OBJECTS, Object};
use hearken_tests::database::Database;
use tempfile::TempDir;

/// Stands in every text of the other brand's rows.
const OTHERS: &str = "Ombra";
const USERS: &str = r#"
[[users]]
name = "analyst"
password = "analyst"
role = "analyst"

[[users]]
name = "responder"
password = "responder"
role = "responder"

[[users]]
name = "everything"
password = "everything"
role = "board"

[[users]]
name = "wall"
password = "wall"
role = "board"
brands = ["Aurela"]
rows_max = 50

[[users]]
name = "south"
password = "south"
role = "board"
brands = ["Aurela"]
regions = ["south"]
"#;

fn database() -> (TempDir, Database) {
    let directory = TempDir::new().unwrap();
    let users = directory.path().join("users.toml");
    fs::write(&users, USERS).unwrap();
    let database = Database::start_with(&["--users", users.to_str().unwrap()]);
    fill(&database);
    (directory, database)
}

/// Two brands with the same records, each with its name in every text.
fn fill(database: &Database) {
    for (number, brand) in ["Aurela", OTHERS].into_iter().enumerate() {
        let rows = include_str!("../data/two_brands.txt").replace("BRAND", brand);
        // Ids are the brand's own.
        let rows = (0..8).fold(rows, |rows, group| rows.replace(&format!("0{group}N-"), &format!("0{group}{number}-")));
        for line in rows.lines() {
            let (table, row) = line.split_once(' ').unwrap();
            database.insert(table, &[serde_json::from_str(row).unwrap()]);
        }
    }
}

fn views() -> impl Iterator<Item = &'static Object> {
    OBJECTS.iter().filter(|object| object.is_view())
}

/// How a view is asked: one with parameters needs a value for each, by its type.
fn asked(view: &Object) -> String {
    let mut parameters = Vec::new();
    for piece in view.statement.split('{').skip(1) {
        let Some((name, kind)) = piece.split_once('}').and_then(|(inside, _)| inside.split_once(':')) else { continue };
        let value = match name {
            _ if kind.starts_with("Array") => "[]",
            "from" => "'2026-11-01 00:00:00'",
            _ if kind.contains("Date") => "'2026-11-30 00:00:00'",
            _ => "'24'",
        };
        let given = format!("{name} = {value}");
        if !parameters.contains(&given) {
            parameters.push(given);
        }
    }
    let arguments = if parameters.is_empty() { String::new() } else { format!("({})", parameters.join(", ")) };
    format!("SELECT * FROM hearken.{}{arguments}", view.name())
}

fn denied(database: &Database, user: &str, pairs: &str, statement: &str) {
    let answer = database.sql_as(user, pairs, statement);
    let refused = answer.as_ref().is_err_and(|error| {
        error.contains("Code: 497. DB::Exception: ") || error.contains("Code: 164. DB::Exception: ")
    });
    assert!(refused, "{user}: {statement}: {answer:?}");
}

#[test]
fn readers_get_what_their_role_opens_and_nothing_else() {
    let (_directory, database) = database();
    analysts_read_every_view_and_no_personal_column(&database);
    a_board_never_shows_what_is_not_in_its_scope(&database);
    no_trick_lifts_the_filter(&database);
    limits_hold(&database);
    the_statements_for_a_server_parse(&database);
}

fn analysts_read_every_view_and_no_personal_column(database: &Database) {
    for view in views() {
        for user in ["analyst", "everything", "responder"] {
            let answer = database.sql_as(user, "", &asked(view));
            assert!(answer.is_ok(), "{user} {}: {answer:?}", view.name());
            assert!(!answer.unwrap().contains("example.org"), "{}", view.name());
        }
    }
    for user in ["analyst", "everything", "wall"] {
        for (table, column) in personal_columns(database) {
            denied(database, user, "", &format!("SELECT {column} FROM hearken.{table}"));
            denied(database, user, "", &format!("SELECT count() FROM hearken.{table} WHERE {column} = 'x'"));
            for part in ["null", "size"] {
                let shown = database.sql_as(user, "", &format!("SELECT `{column}.{part}` FROM hearken.{table}"));
                // A text that is never NULL has no such part.
                let hides = |error: &String| {
                    ["Code: 497. ", "Code: 164. ", "Code: 47. "].iter().any(|code| error.contains(code))
                };
                assert!(shown.as_ref().is_err_and(hides), "{user}: {table}.{column}.{part}: {shown:?}");
            }
            denied(database, user, "", &format!("SELECT * FROM (SELECT * FROM hearken.{table} AS a) AS b"));
        }
    }
    assert!(database.sql_as("responder", "", "SELECT url FROM hearken.feedback LIMIT 1").is_ok());
    // Columns are read off the statements; the engine says whether all were found.
    for object in OBJECTS.iter().filter(|object| object.is_table()) {
        let names: Vec<_> = object.columns().into_iter().map(|column| column.name).collect();
        let known = format!(
            "SELECT arrayStringConcat(groupArray(name), ' ') FROM system.columns WHERE database = 'hearken' AND table = '{}'",
            object.name()
        );
        assert_eq!(database.sql(&known), names.join(" "), "{}", object.name());
    }
}

fn personal_columns(database: &Database) -> Vec<(String, String)> {
    let ask = "SELECT table || ' ' || name FROM system.columns WHERE database = 'hearken' AND comment LIKE '%personal column%' FORMAT TSV";
    let found = database.sql(ask);
    let pairs: Vec<_> = found.lines().map(|line| line.split_once(' ').unwrap()).collect();
    assert!(pairs.contains(&("feedback", "url")) && pairs.contains(&("customers", "name")), "{pairs:?}");
    pairs.into_iter().map(|(table, column)| (table.to_owned(), column.to_owned())).collect()
}

fn a_board_never_shows_what_is_not_in_its_scope(database: &Database) {
    let (mut shown, mut open) = (0, 0);
    for view in views() {
        let all = database.sql(&asked(view));
        shown += usize::from(all.contains(OTHERS));
        for user in ["wall", "south"] {
            match database.sql_as(user, "", &asked(view)) {
                Ok(rows) => {
                    assert!(!rows.contains(OTHERS), "{user} sees {}: {rows}", view.name());
                    open += usize::from(rows.contains("Aurela"));
                }
                Err(error) => assert!(error.contains("Code: 497. "), "{user} {}: {error}", view.name()),
            }
        }
    }
    assert!(shown >= 15, "the other brand is in {shown} views where nothing hides it");
    assert!(open >= 8, "a board with a scope is no empty board: {open}");
    let count = |user: &str| database.sql_as(user, "", "SELECT count() FROM hearken.v_feedback").unwrap();
    assert_eq!([count("analyst"), count("wall"), count("south")].map(|text| text.trim().to_owned()), ["6", "3", "2"]);
    // What belongs to a case is in scope where the case is; a case knows no region.
    for (view, both) in [("v_cases", 2), ("v_case_events", 6), ("v_alerts", 2)] {
        let ask = format!("SELECT count() FROM hearken.{view}");
        assert_eq!(database.sql_as("analyst", "", &ask).unwrap().trim(), both.to_string(), "{view}");
        assert_eq!(database.sql_as("wall", "", &ask).unwrap().trim(), (both / 2).to_string(), "{view}");
        denied(database, "south", "", &ask);
    }
    let state = "SELECT subject, state, owner, cost FROM hearken.v_cases";
    assert_eq!(database.sql_as("wall", "", state).unwrap().trim(), "Aurela-c\tclosed\tAurela-owner\t5");
    denied(database, "wall", "", "SELECT count() FROM hearken.audit_log");
}

fn no_trick_lifts_the_filter(database: &Database) {
    let rows = |statement: &str| {
        let answer = database.sql_as("wall", "&database=hearken", statement);
        let answer = answer.unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert!(!answer.contains(OTHERS), "{statement}: {answer}");
    };
    for statement in [
        "SELECT brand, text FROM feedback AS superseded",
        "WITH feedback AS (SELECT * EXCEPT url FROM hearken.feedback) SELECT * FROM feedback",
        "SELECT a.brand, b.text FROM feedback AS a CROSS JOIN feedback AS b",
        "SELECT brand FROM numbers(3) AS n LEFT JOIN feedback AS f ON n.number + 1 = f.version",
        "SELECT groupArray(text) FROM feedback PREWHERE brand != 'Aurela'",
        "SELECT (SELECT max(text) FROM feedback), (SELECT min(brand) FROM feedback), min(brand), max(brand) FROM feedback_minute",
        "SELECT * FROM view(SELECT brand, text FROM feedback)",
        "SELECT 'Aurela' IN (SELECT brand FROM feedback) FORMAT JSON",
        "SELECT brand FROM feedback UNION ALL SELECT brand FROM orders UNION DISTINCT SELECT brand FROM visits",
    ] {
        rows(statement);
    }
    assert_eq!(
        database.sql_as("wall", "", "SELECT 'Ombra' IN (SELECT brand FROM hearken.feedback)").unwrap().trim(),
        "0"
    );
    for (pairs, statement) in [
        ("", "SELECT brand FROM hearken.feedback SETTINGS additional_table_filters = {}"),
        ("", "SELECT brand FROM (SELECT brand FROM hearken.feedback SETTINGS additional_table_filters = {})"),
        ("", "SELECT brand FROM (SELECT brand FROM hearken.feedback SETTINGS `additional\\x5ftable_filters` = {})"),
        ("", "SELECT “'”, brand FROM (SELECT brand FROM hearken.feedback SETTINGS additional_table_filters = {}) -- '"),
        ("&additional_table_filters=%7B%7D", "SELECT 1"),
        ("&use_query_cache=1", "SELECT 1"),
        ("&readonly=0", "SELECT 1"),
        ("", "SET additional_table_filters = {}"),
        ("", "SET ROLE local_writer"),
        ("&session_id=s", "USE system"),
        ("&database=system", "SELECT query FROM processes"),
        ("", "SELECT query FROM system.processes"),
        ("", "SELECT * FROM `sys\\x74em`.parts"),
        ("&param_t=hearken.feedback", "SELECT brand FROM {t:Identifier}"),
        ("", "SELECT brand FROM merge('hearken', '^feedback$')"),
        ("", "SELECT brand FROM `mer\\x67e`('hearken', '^feedback$')"),
        ("", "SELECT brand FROM /* */ merge /* */ ('hearken', '^feedback$')"),
        ("", "SELECT * FROM mergeTreeIndex('hearken', 'feedback')"),
        ("", "SELECT * FROM loop(hearken.feedback) LIMIT 1"),
        ("", "SELECT * FROM remote('127.0.0.1', 'hearken', 'feedback')"),
        ("", "SELECT * FROM file('/etc/hostname', 'LineAsString')"),
        ("", "SELECT file('/etc/hostname')"),
        ("", "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')"),
        ("", "SELECT * FROM hearken.customers"),
        ("", "SELECT name FROM hearken.place_by_id"),
        ("", "INSERT INTO hearken.feedback (text) VALUES ('x')"),
        ("", "DROP TABLE hearken.feedback"),
        ("", "CREATE TEMPORARY TABLE t AS SELECT 1"),
        ("", "KILL QUERY WHERE 1"),
        ("", "BACKUP TABLE hearken.feedback TO File('/tmp/x')"),
        ("", "SHOW PROCESSLIST; SELECT 1"),
    ] {
        let answer = database.sql_as("wall", pairs, statement);
        let codes = ["Code: 497. ", "Code: 164. ", "Code: 62. "];
        assert!(
            answer.as_ref().is_err_and(|error| codes.iter().any(|code| error.contains(code))),
            "{pairs} {statement}: {answer:?}"
        );
    }
}

fn limits_hold(database: &Database) {
    let error = database.sql_as("wall", "&max_result_rows=1000000", "SELECT * FROM numbers(1000)").unwrap_err();
    assert!(error.contains("Code: 396. "), "{error}");
    assert!(database.sql_as("analyst", "&output_format_json_quote_64bit_integers=1", "SELECT 1").is_ok());
    let error = database.sql_as("nobody", "", "SELECT 1").unwrap_err();
    assert!(error.contains("Code: 516. "), "{error}");
    let refused = database.hearken(&["roles", "--apply"]);
    assert!(refused.code == Some(1) && refused.err.contains("--users"), "{refused:?}");
}

fn the_statements_for_a_server_parse(database: &Database) {
    let scope = Scope { brands: vec!["it's".to_owned()], regions: vec!["south".to_owned()], stores: Vec::new() };
    let board = statements("hearken_board_a", Role::Board, &scope);
    for statement in board.iter().chain(&statements("hearken_writer", Role::Writer, &Scope::default())) {
        database.sql(&format!("SELECT formatQuery('{}')", statement.replace('\\', "\\\\").replace('\'', "\\'")));
    }
    let printed = database.hearken(&["roles"]);
    assert!(printed.out.contains("CREATE ROLE IF NOT EXISTS hearken_responder;"), "{printed:?}");
    for line in printed.out.lines() {
        database.sql(&format!("SELECT formatQuery('{}')", line.trim_end_matches(';').replace('\'', "\\'")));
    }
}
