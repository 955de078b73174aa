//! What of a statement reaches beyond the tables and views that grants and row filters watch over.

use super::tokens::{Token, TokenKind, tokens};

/// What a statement of a user with a role may begin with.
const READING: [&str; 7] = ["SELECT", "WITH", "EXPLAIN", "DESCRIBE", "EXISTS", "SHOW", "("];

/// Table functions that read nothing of anybody's. The others read tables past the row filters, or the world outside.
const HARMLESS: [&str; 10] = [
    "numbers",
    "numbers_mt",
    "zeros",
    "zeros_mt",
    "values",
    "generateseries",
    "generate_series",
    "null",
    "format",
    "view",
];

/// Tables of the database `system` that speak of no other user's statements.
const SYSTEM_TABLES: [&str; 14] = [
    "one",
    "numbers",
    "databases",
    "tables",
    "columns",
    "functions",
    "settings",
    "formats",
    "data_type_families",
    "time_zones",
    "keywords",
    "build_options",
    "dictionaries",
    "table_engines",
];

/// The first thing in a statement that a user with a role may not do. The text is as the engine's own `formatQuery`
/// writes it, so there are no comments, no odd quotes and no escapes in names; `table_functions` are the names that the
/// engine knows, in lower case.
pub fn beyond_reach(text: &[u8], table_functions: &[String]) -> Option<String> {
    let all: Vec<Token> = tokens(text).collect();
    let word = |at: usize| all.get(at).map_or("", |token| text_of(text, token));
    if !READING.iter().any(|first| word(0).eq_ignore_ascii_case(first)) {
        return Some(format!("the statement {}", word(0)));
    }
    let symbol = |at: usize, byte: u8| all.get(at).is_some_and(|token| token.kind == TokenKind::Symbol(byte));
    let is_string = |at: usize| all.get(at).is_some_and(|token| text[token.start] == b'\'');
    (0..all.len()).filter(|at| !is_string(*at)).find_map(|at| {
        let name = word(at).trim_matches(['`', '"']);
        let lower = name.to_ascii_lowercase();
        if all[at].is_word(text, "SETTINGS") && symbol(at + 2, b'=') {
            return Some("the clause SETTINGS; send settings with the request".to_owned());
        }
        if lower == "identifier" && at > 0 && symbol(at - 1, b':') {
            return Some("a parameter of the type Identifier".to_owned());
        }
        if lower == "system" && symbol(at + 1, b'.') {
            let table = word(at + 2).trim_matches(['`', '"']).to_ascii_lowercase();
            let is_open = SYSTEM_TABLES.contains(&table.as_str());
            return (!is_open).then(|| format!("the table system.{table}"));
        }
        let is_call = symbol(at + 1, b'(') && all[at].kind != TokenKind::Symbol(b'(');
        let is_closed = table_functions.contains(&lower) && !HARMLESS.contains(&lower.as_str());
        (is_call && is_closed).then(|| format!("the table function {name}"))
    })
}

fn text_of<'text>(text: &'text [u8], token: &Token) -> &'text str {
    std::str::from_utf8(&text[token.start..token.end]).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grants_and_filters_do_not_watch_over_is_refused() {
        let functions = ["merge", "file", "numbers", "view", "format", "loop"].map(str::to_owned);
        for (text, refused) in [
            ("SELECT brand FROM hearken.v_feedback", None),
            ("WITH a AS (SELECT 1) SELECT * FROM a", None),
            ("(SELECT 1) UNION ALL (SELECT 2)", None),
            ("SELECT settings, merge, 'SETTINGS a = 1', 'system.processes' FROM t WHERE settings = 1", None),
            ("SELECT count() FROM numbers(10), view(SELECT 1)", None),
            ("SELECT format('{}', merge) FROM system.tables", None),
            ("SHOW TABLES FROM hearken", None),
            ("DESCRIBE TABLE hearken.v_feedback", None),
            ("SET readonly = 0", Some("the statement SET")),
            ("KILL QUERY WHERE 1", Some("the statement KILL")),
            ("SELECT * FROM (SELECT 1 SETTINGS a = 1)", Some("the clause SETTINGS; send settings with the request")),
            ("SELECT 1 FROM merge('hearken', '.*')", Some("the table function merge")),
            ("SELECT 1 FROM `merge`('hearken', '.*')", Some("the table function merge")),
            ("SELECT 1 FROM LOOP(hearken.feedback)", Some("the table function LOOP")),
            ("SELECT query FROM system.processes", Some("the table system.processes")),
            ("SELECT query FROM `system`.`parts`", Some("the table system.parts")),
            ("SELECT 1 FROM {t:Identifier}", Some("a parameter of the type Identifier")),
            ("", Some("the statement ")),
        ] {
            assert_eq!(beyond_reach(text.as_bytes(), &functions).as_deref(), refused, "{text}");
        }
    }
}
