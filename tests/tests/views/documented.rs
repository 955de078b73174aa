//! Every object says what it is, in the database and in docs/metrics.md.

use std::sync::PoisonError;

use hearken_schemas::tables::OBJECTS;
use hearken_tests::database::Database;

use crate::fixture::{check, shared};

#[test]
fn every_object_and_every_column_says_what_it_is() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let objects = database.sql("SELECT count() FROM system.tables WHERE database = 'hearken' AND name != 'migrations'");
    assert_eq!(objects, OBJECTS.iter().filter(|object| !object.is_function()).count().to_string());
    check(&database, "SELECT name FROM system.tables WHERE database = 'hearken' AND comment = ''", &[]);
    // A view's column takes its meaning from the view's comment; a dictionary's attributes can have none.
    let columns = "SELECT table, name FROM system.columns WHERE database = 'hearken' AND comment = '' AND table IN \
                   (SELECT name FROM system.tables WHERE database = 'hearken' AND engine LIKE '%MergeTree')";
    check(&database, columns, &[]);
}

/// The page that says what each number means.
const METRICS: &str = include_str!("../../../docs/metrics.md");

/// Returns the statements of the page's examples: what stands in its `sql` blocks.
fn examples() -> Vec<&'static str> {
    METRICS.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).map(str::trim).collect()
}

#[test]
fn every_view_has_its_place_in_the_metrics_page() {
    let documented =
        |name: &str| METRICS.lines().any(|line| line.starts_with("### ") && line.contains(&format!("`{name}`")));
    let asked = |name: &str| {
        examples()
            .iter()
            .any(|example| example.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name))
    };
    let names = || OBJECTS.iter().filter(|object| object.is_view()).map(|object| object.name());
    let missing: Vec<&str> = names().filter(|name| !documented(name)).collect();
    assert!(missing.is_empty(), "docs/metrics.md has no heading of {missing:?}");
    let unasked: Vec<&str> = names().filter(|name| !asked(name)).collect();
    assert!(unasked.is_empty(), "docs/metrics.md has no example of {unasked:?}");
}

#[test]
fn no_example_fails_where_there_is_no_data() {
    let database = Database::start();
    for example in examples() {
        let answer = database.hearken(&["sql", example]);
        assert_eq!(answer.code, Some(0), "{example}: {answer:?}");
    }
}
