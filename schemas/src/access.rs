//! Who may read what: the roles of a server, as grants and row filters computed from the objects themselves, so that a new
//! table, view or column cannot be forgotten. Pure: the statements are run by others.
//!
//! Views run with the rights of who asks (`SQL SECURITY INVOKER`, ClickHouse's default): only then do row policies of a board
//! hold inside a view. So whoever reads a view needs the columns of its tables too, and gets all but the personal ones.

use crate::cluster::local;
use crate::tables::{DATABASE, OBJECTS, Object};

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, without quotes.
    pub name: &'static str,
    /// Whether its COMMENT calls it a personal column.
    pub is_personal: bool,
}

/// What people and programs do with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Writes rows: the services.
    Writer,
    /// Reads everything but personal columns.
    Analyst,
    /// Reads what a board shows: as an analyst, but only rows of its scope.
    Board,
    /// Answers customers: reads personal columns too.
    Responder,
}

/// The rows that a board may show; an empty list sets no bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names of brands.
    pub brands: Vec<String>,
    /// Regions as records give them.
    pub regions: Vec<String>,
    /// Ids of stores.
    pub stores: Vec<String>,
}

/// What of a table is in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Visible {
    /// Every row.
    All,
    /// The rows that meet this condition.
    Rows(String),
    /// Nothing: the table cannot tell what its rows belong to.
    Nothing,
}

/// Tables that say nothing of any customer, product or place: ids of older states, and what is the same for all.
const NEUTRAL: [&str; 5] = ["superseded", "touchpoints", "fx_rates", "calendar", "placement"];

/// Tables whose rows belong to a row of another: what happened to a case is in a scope where the case is.
const PARTS: [Part; 3] = [
    Part { table: "case_events", key: "case_id", whole: "cases" },
    Part { table: "messages", key: "alert_id", whole: "alerts" },
    Part { table: "deliveries", key: "message_id", whole: "messages" },
];

/// A table whose rows belong to the row of another table that has the same key.
struct Part {
    table: &'static str,
    key: &'static str,
    whole: &'static str,
}

impl Object {
    /// Tells whether it is a table.
    pub fn is_table(&self) -> bool {
        self.statement.starts_with("CREATE TABLE")
    }

    /// Returns the columns of a table in their order; of other objects none.
    pub fn columns(&self) -> Vec<Column> {
        let lines = self.statement.lines().skip_while(|line| *line != "(").skip(1).take_while(|line| *line != ")");
        let lines = lines.filter(|line| self.is_table() && !line.trim_start().starts_with("INDEX "));
        lines.filter_map(column).collect()
    }
}

/// Reads a line such as `    name Type COMMENT '…',`.
fn column(line: &'static str) -> Option<Column> {
    let line = line.trim_start();
    let (name, rest) = match line.strip_prefix('`') {
        Some(quoted) => quoted.split_once('`')?,
        None => line.split_once(' ')?,
    };
    let is_name = !name.starts_with("--") && !name.starts_with("PROJECTION") && !name.starts_with("CONSTRAINT");
    is_name.then(|| Column { name, is_personal: rest.contains("personal column") })
}

impl Scope {
    /// Returns what of a table is in this scope.
    pub fn of(&self, table: &Object) -> Visible {
        let bounds = [("brand", &self.brands), ("region", &self.regions), ("store_id", &self.stores)];
        let bounds: Vec<_> = bounds.into_iter().filter(|(_, values)| !values.is_empty()).collect();
        if bounds.is_empty() || NEUTRAL.contains(&table.name()) {
            return Visible::All;
        }
        if let Some(part) = PARTS.iter().find(|part| part.table == table.name()) {
            return self.of_part(part);
        }
        let columns = table.columns();
        let condition = |(dimension, values): (&str, &Vec<String>)| {
            let dimension = if table.name() == "brands" && dimension == "brand" { "name" } else { dimension };
            let known = columns.iter().any(|column| column.name == dimension);
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            known.then(|| format!("ifNull({dimension}, '') IN ({})", values.join(", ")))
        };
        let conditions: Option<Vec<String>> = bounds.into_iter().map(condition).collect();
        conditions.map_or(Visible::Nothing, |conditions| Visible::Rows(conditions.join(" AND ")))
    }

    /// Returns what is visible of rows that belong to others: those of visible ones.
    fn of_part(&self, part: &Part) -> Visible {
        let Some(whole) = OBJECTS.iter().find(|object| object.is_table() && object.name() == part.whole) else {
            return Visible::Nothing;
        };
        match self.of(whole) {
            Visible::Rows(condition) => {
                let Part { key, whole, .. } = part;
                Visible::Rows(format!("{key} IN (SELECT {key} FROM {DATABASE}.{whole} WHERE {condition})"))
            }
            visible @ (Visible::All | Visible::Nothing) => visible,
        }
    }
}

/// Returns what a role is granted, and what of it is taken back: `GRANT …` and `REVOKE …` without the name of the role.
pub fn grants(role: Role, scope: &Scope) -> Vec<String> {
    match role {
        Role::Writer => vec![
            format!("GRANT INSERT, SELECT, dictGet ON {DATABASE}.*"),
            "GRANT SELECT ON system.tables".to_owned(),
            // A round of rules keeps its news in a temporary table, and after a backlog customers' standing is made anew.
            "GRANT CREATE TEMPORARY TABLE ON *.*".to_owned(),
            format!("GRANT SYSTEM VIEWS ON {DATABASE}.*"),
            "GRANT SELECT ON system.columns".to_owned(),
            // Before it looks up what is known, the sink lets the replica that it asks catch up with the others.
            format!("GRANT SYSTEM SYNC REPLICA ON {DATABASE}.*"),
        ],
        Role::Analyst | Role::Board | Role::Responder => {
            OBJECTS.iter().flat_map(|object| grant(object, role, scope)).collect()
        }
    }
}

/// A table is granted as a whole, and its personal columns are taken back: a list of the others would lack their subcolumns,
/// such as the sizes that ClickHouse reads in place of arrays.
fn grant(object: &Object, role: Role, scope: &Scope) -> Vec<String> {
    let name = object.name();
    if object.is_dictionary() {
        return vec![format!("GRANT dictGet ON {DATABASE}.{name}")];
    }
    let is_open = object.is_table() && scope.of(object) != Visible::Nothing;
    if !is_open && !object.is_view() {
        return Vec::new();
    }
    let mut grants = vec![format!("GRANT SELECT ON {DATABASE}.{name}")];
    let personal: Vec<String> = object
        .columns()
        .iter()
        .filter(|column| column.is_personal && role != Role::Responder)
        .flat_map(|column| ["", ".null", ".size", ".size0"].map(|part| format!("`{}{part}`", column.name)))
        .collect();
    if !personal.is_empty() {
        grants.push(format!("REVOKE SELECT({}) ON {DATABASE}.{name}", personal.join(", ")));
    }
    grants
}

/// Returns the conditions that a scope sets on tables, each with the table's name.
pub fn filters(scope: &Scope) -> Vec<(&'static str, String)> {
    let tables = OBJECTS.iter().filter(|object| object.is_table());
    let rows = tables.filter_map(|table| match scope.of(table) {
        Visible::Rows(condition) => Some((table.name(), condition)),
        Visible::All | Visible::Nothing => None,
    });
    rows.collect()
}

/// Returns the statements that make a role on a server, or bring it up to date.
pub fn statements(name: &str, role: Role, scope: &Scope) -> Vec<String> {
    let mut statements = vec![format!("CREATE ROLE IF NOT EXISTS {name}"), format!("REVOKE ALL ON *.* FROM {name}")];
    statements.extend(grants(role, scope).into_iter().map(|grant| {
        let preposition = if grant.starts_with("REVOKE") { "FROM" } else { "TO" };
        format!("{grant} {preposition} {name}")
    }));
    if role != Role::Writer {
        statements.push(format!("ALTER ROLE {name} SETTINGS readonly = 2, max_execution_time = 60"));
    }
    for (table, condition) in filters(scope) {
        let policy = format!("ON {DATABASE}.{table}");
        // Where a table has any policy, a server may show nothing to those who have none.
        statements.push(format!("CREATE ROW POLICY OR REPLACE hearken_everyone {policy} FOR SELECT USING 1 TO ALL"));
        statements.push(format!(
            "CREATE ROW POLICY OR REPLACE {name} {policy} AS RESTRICTIVE FOR SELECT USING {condition} TO {name}"
        ));
    }
    statements
}

/// Returns the same statements for a node of a cluster: what is said of a table in pieces is said of the shard's own piece too,
/// which views read where both sides of a look-up lie on one shard.
pub fn statements_of_a_node(name: &str, role: Role, scope: &Scope) -> Vec<String> {
    let of_piece = |statement: &String| {
        let (before, rest) = statement.split_once(&format!(" ON {DATABASE}."))?;
        let (table, rest) = rest.split_once(' ')?;
        let piece = local(table);
        (piece != table).then(|| format!("{before} ON {DATABASE}.{piece} {rest}"))
    };
    let all = statements(name, role, scope);
    all.iter().flat_map(|statement| [Some(statement.clone()), of_piece(statement)]).flatten().collect()
}

/// Quotes a text for SQL.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str) -> &'static Object {
        OBJECTS.iter().find(|object| object.name() == name).unwrap_or_else(|| panic!("there is no {name}"))
    }

    fn brand(name: &str) -> Scope {
        Scope { brands: vec![name.to_owned()], ..Scope::default() }
    }

    #[test]
    fn personal_columns_are_what_their_comments_call_so() {
        let of = |name| object(name).columns();
        let personal = |name| of(name).into_iter().filter(|column| column.is_personal).map(|column| column.name);
        assert_eq!(personal("feedback").collect::<Vec<_>>(), ["url"]);
        assert_eq!(personal("customers").collect::<Vec<_>>(), ["name"]);
        assert_eq!(of("superseded").len(), 2);
        assert!(of("feedback").iter().any(|column| column.name == "aspects.start"));
        assert!(OBJECTS.iter().all(|object| object.columns().is_empty() != object.is_table()));
    }

    #[test]
    fn every_view_is_granted_and_no_personal_column_but_to_responders() {
        for role in [Role::Analyst, Role::Board, Role::Responder] {
            let grants = grants(role, &Scope::default());
            for object in OBJECTS.iter().filter(|object| object.is_view() || object.is_table()) {
                let on = format!(" ON hearken.{}", object.name());
                assert!(grants.iter().any(|grant| grant.ends_with(&on)), "{role:?}: {on}");
            }
            let taken_back = "REVOKE SELECT(`url`, `url.null`, `url.size`, `url.size0`) ON hearken.feedback".to_owned();
            assert_eq!(grants.contains(&taken_back), role != Role::Responder, "{role:?}");
        }
    }

    #[test]
    fn a_table_shows_the_rows_of_a_scope_or_nothing() {
        let rows = |condition: &str| Visible::Rows(condition.to_owned());
        let south = Scope { regions: vec!["south".into()], ..brand("A") };
        let store = Scope { stores: vec!["s1".into(), "it's".into()], ..Scope::default() };
        for (scope, table, visible) in [
            (&Scope::default(), "customers", Visible::All),
            (&brand("A"), "feedback", rows("ifNull(brand, '') IN ('A')")),
            (&brand("A"), "brands", rows("ifNull(name, '') IN ('A')")),
            (&brand("A"), "customers", Visible::Nothing),
            (&brand("A"), "superseded", Visible::All),
            (&south, "feedback", rows("ifNull(brand, '') IN ('A') AND ifNull(region, '') IN ('south')")),
            (&south, "feedback_minute", Visible::Nothing),
            (&brand("A"), "cases", rows("ifNull(brand, '') IN ('A')")),
            (
                &brand("A"),
                "case_events",
                rows("case_id IN (SELECT case_id FROM hearken.cases WHERE ifNull(brand, '') IN ('A'))"),
            ),
            (
                &brand("A"),
                "deliveries",
                rows(
                    "message_id IN (SELECT message_id FROM hearken.messages WHERE alert_id IN (SELECT alert_id FROM hearken.alerts \
                     WHERE ifNull(brand, '') IN ('A')))",
                ),
            ),
            (&south, "cases", Visible::Nothing),
            (&south, "case_events", Visible::Nothing),
            (&brand("A"), "audit_log", Visible::Nothing),
            (&store, "alerts", rows(r"ifNull(store_id, '') IN ('s1', 'it\'s')")),
            (&store, "orders", rows(r"ifNull(store_id, '') IN ('s1', 'it\'s')")),
        ] {
            assert_eq!(scope.of(object(table)), visible, "{scope:?} {table}");
        }
    }

    #[test]
    fn a_node_says_of_each_piece_what_it_says_of_its_table() {
        let made = statements_of_a_node("b", Role::Board, &brand("A"));
        let without = statements("b", Role::Board, &brand("A"));
        let pieces: Vec<&String> = made.iter().filter(|statement| statement.contains("_local ")).collect();
        assert_eq!(made.len(), without.len() + pieces.len());
        for words in [
            "GRANT SELECT ON hearken.superseded_local TO b",
            "REVOKE SELECT(`url`, `url.null`, `url.size`, `url.size0`) ON hearken.feedback_local FROM b",
            "CREATE ROW POLICY OR REPLACE hearken_everyone ON hearken.feedback_local FOR SELECT USING 1 TO ALL",
            "CREATE ROW POLICY OR REPLACE b ON hearken.feedback_local AS RESTRICTIVE FOR SELECT USING ifNull(brand, '') IN ('A') TO b",
        ] {
            assert!(pieces.iter().any(|statement| *statement == words), "{words}: {pieces:?}");
        }
        assert!(
            !made.iter().any(|statement| statement.contains("alerts_local") || statement.contains("v_feedback_local"))
        );
    }

    #[test]
    fn a_board_is_bound_by_restrictive_policies() {
        let made = statements("hearken_board_a", Role::Board, &brand("A"));
        let policies = made.iter().filter(|statement| statement.contains("POLICY"));
        let on_feedback: Vec<_> = policies.filter(|statement| statement.contains("ON hearken.feedback ")).collect();
        assert_eq!(
            on_feedback[0],
            "CREATE ROW POLICY OR REPLACE hearken_everyone ON hearken.feedback FOR SELECT USING 1 TO ALL"
        );
        assert!(
            on_feedback[1].contains("AS RESTRICTIVE FOR SELECT USING ifNull(brand, '') IN ('A') TO hearken_board_a")
        );
        assert!(!made.iter().any(|statement| statement.contains("hearken.customers")));
    }
}
