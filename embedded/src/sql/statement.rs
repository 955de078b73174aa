//! Questions about a whole statement, and quoting.

use super::tokens::{Token, TokenKind, tokens};

/// The statements in a text, by its semicolons; a trailing one ends the last statement.
pub fn count_statements(text: &[u8]) -> usize {
    let is_semicolon = |token: &Token| token.kind == TokenKind::Symbol(b';');
    let all: Vec<bool> = tokens(text).map(|token| is_semicolon(&token)).collect();
    all.split(|semicolon| *semicolon).filter(|statement| !statement.is_empty()).count()
}

/// The output format that the statement itself asks for, as its last clause or before its settings.
pub fn output_format(text: &[u8]) -> Option<&str> {
    let (_, name) = format_clause(text)?;
    std::str::from_utf8(&text[name.start..name.end]).ok()
}

/// The statement up to its output format; whole where it names none.
pub fn without_format(text: &[u8]) -> &[u8] {
    format_clause(text).map_or(text, |(keyword, _)| &text[..keyword.start])
}

/// The keyword and the name of the statement's output format.
fn format_clause(text: &[u8]) -> Option<(Token, Token)> {
    let all: Vec<Token> = tokens(text).collect();
    let mut depth = 0_usize;
    let mut found = None;
    for (at, token) in all.iter().enumerate() {
        match token.kind {
            TokenKind::Symbol(b'(' | b'[' | b'{') => depth += 1,
            TokenKind::Symbol(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 && token.is_word(text, "FORMAT") => {
                let ends = match all.get(at + 2) {
                    None => true,
                    Some(after) => after.kind == TokenKind::Symbol(b';') || after.is_word(text, "SETTINGS"),
                };
                let name = all.get(at + 1).filter(|name| ends && name.kind == TokenKind::Word);
                found = name.map(|name| (*token, *name)).or(found);
            }
            TokenKind::Word | TokenKind::Quoted | TokenKind::Symbol(_) => {}
        }
    }
    found
}

/// Whether the words `INTO OUTFILE` or `FROM INFILE` stand anywhere outside quotes.
pub fn names_a_file(text: &[u8]) -> bool {
    let all: Vec<Token> = tokens(text).collect();
    all.windows(2).any(|pair| {
        (pair[0].is_word(text, "INTO") && pair[1].is_word(text, "OUTFILE"))
            || (pair[0].is_word(text, "FROM") && pair[1].is_word(text, "INFILE"))
    })
}

/// Whether a statement leaves something for the next one of its session: a setting, a database or a temporary table.
pub fn changes_session(text: &[u8]) -> bool {
    let words: Vec<Token> = tokens(text).take(4).collect();
    let Some(first) = words.first() else { return false };
    first.is_word(text, "SET")
        || first.is_word(text, "USE")
        || (first.is_word(text, "CREATE") && words.iter().any(|word| word.is_word(text, "TEMPORARY")))
}

/// The id in `KILL QUERY WHERE query_id = '…'`, the way clients stop a statement of theirs. `SYNC` and `ASYNC` behind it are
/// left out: nothing here waits for a statement to end.
pub fn killed_query(text: &[u8]) -> Option<String> {
    let all: Vec<Token> = tokens(text).collect();
    let (head, rest) = all.split_at_checked(6)?;
    let is_word = |at: usize, word: &str| head[at].is_word(text, word);
    let kills = is_word(0, "KILL") && is_word(1, "QUERY") && is_word(2, "WHERE") && is_word(3, "query_id");
    let ends = rest.iter().all(|token| token.is_word(text, "SYNC") || token.is_word(text, "ASYNC"));
    if !(kills && ends && head[4].kind == TokenKind::Symbol(b'=')) {
        return None;
    }
    let quoted = std::str::from_utf8(&text[head[5].start..head[5].end]).ok()?;
    let id = quoted.strip_prefix('\'')?.strip_suffix('\'')?;
    Some(id.to_owned()).filter(|id| !id.contains(['\'', '\\']))
}

/// Functions that reach beyond the tables; each also has forms such as `fileCluster` and `urlCluster`.
const REACHING_BEYOND: [&str; 24] = [
    "file",
    "url",
    "s3",
    "s3queue",
    "gcs",
    "oss",
    "cosn",
    "hdfs",
    "azureblobstorage",
    "azurequeue",
    "remote",
    "remotesecure",
    "cluster",
    "clusterallreplicas",
    "mysql",
    "postgresql",
    "sqlite",
    "mongodb",
    "redis",
    "jdbc",
    "odbc",
    "executable",
    "iceberg",
    "deltalake",
];

/// The first function in the text that a read-only user may not call, since it reads files or other machines. The
/// reader's role refuses most of them; some ordinary functions, `file('…')` among them, ask for no grant.
pub fn forbidden_for_readers(text: &[u8]) -> Option<String> {
    let all: Vec<Token> = tokens(text).collect();
    all.windows(2).filter(|pair| pair[1].kind == TokenKind::Symbol(b'(')).find_map(|pair| {
        let name = String::from_utf8_lossy(&text[pair[0].start..pair[0].end]).into_owned();
        let lower = name.trim_matches(['`', '"']).to_ascii_lowercase();
        let plain = lower.strip_suffix("cluster").filter(|plain| !plain.is_empty()).unwrap_or(&lower);
        let beyond = REACHING_BEYOND.iter().any(|function| *function == plain || *function == lower);
        let beyond = beyond || lower.starts_with("iceberg") || lower.starts_with("deltalake");
        (beyond && !matches!(pair[0].kind, TokenKind::Symbol(_))).then_some(name)
    })
}

/// Quotes a text as a string literal.
pub fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Quotes a name.
pub fn quote_name(name: &str) -> String {
    format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_counted_by_semicolons_outside_quotes() {
        for (text, count) in [
            ("", 0),
            (" ; ;; -- nothing", 0),
            ("SELECT 1", 1),
            ("SELECT 1;  ", 1),
            ("SELECT ';' /* ; */;", 1),
            ("SELECT 1; SELECT 2", 2),
            ("DROP TABLE t; garbage (", 2),
        ] {
            assert_eq!(count_statements(text.as_bytes()), count, "{text}");
        }
    }

    #[test]
    fn the_output_format_is_the_last_clause() {
        for (text, format) in [
            ("SELECT 1", None),
            ("SELECT 1 FORMAT JSON", Some("JSON")),
            ("SELECT 1 format CSV;", Some("CSV")),
            ("SELECT 1 FORMAT Native SETTINGS max_threads = 1", Some("Native")),
            ("SELECT format FROM t", None),
            ("SELECT (SELECT 1 FORMAT JSON)", None),
            ("SELECT 'x FORMAT JSON'", None),
        ] {
            assert_eq!(output_format(text.as_bytes()), format, "{text}");
        }
    }

    #[test]
    fn a_statement_is_cut_before_its_format() {
        for (text, cut) in
            [("SELECT 1 FORMAT Native", "SELECT 1 "), ("SELECT format FROM t", "SELECT format FROM t"), ("", "")]
        {
            assert_eq!(without_format(text.as_bytes()), cut.as_bytes());
        }
    }

    #[test]
    fn a_statement_that_names_a_file_is_noticed() {
        for (text, names) in [
            ("SELECT 1 INTO OUTFILE 'x'", true),
            ("SELECT 1 INTO/**/outfile 'x' TRUNCATE FORMAT CSV", true),
            ("(SELECT 1 INTO\nOUTFILE 'x')", true),
            ("INSERT INTO t FROM INFILE 'x'", true),
            ("SELECT 'INTO OUTFILE'", false),
            ("SELECT 1 AS outfile", false),
        ] {
            assert_eq!(names_a_file(text.as_bytes()), names, "{text}");
        }
    }

    #[test]
    fn what_a_session_keeps_is_noticed() {
        for (text, changes) in [
            ("SET max_threads = 1", true),
            ("/* c */ use hearken", true),
            ("CREATE TEMPORARY TABLE t (a Int8)", true),
            ("CREATE OR REPLACE TEMPORARY TABLE t (a Int8)", true),
            ("CREATE TABLE temporary (a Int8)", true),
            ("CREATE TABLE t (temporary Int8) ENGINE = Memory", false),
            ("SELECT 1", false),
            ("", false),
        ] {
            assert_eq!(changes_session(text.as_bytes()), changes, "{text}");
        }
    }

    #[test]
    fn the_id_of_a_statement_to_stop_is_found() {
        for (text, id) in [
            ("KILL QUERY WHERE query_id = 'a-1'", Some("a-1")),
            ("kill query where query_id='a-1' SYNC", Some("a-1")),
            ("KILL QUERY WHERE query_id = 'it''s'", None),
            ("KILL QUERY WHERE query_id = 'a' OR 1", None),
            ("KILL QUERY WHERE user = 'a'", None),
            ("KILL QUERY", None),
        ] {
            assert_eq!(killed_query(text.as_bytes()).as_deref(), id, "{text}");
        }
    }

    #[test]
    fn readers_may_not_reach_beyond_the_tables() {
        for (text, forbidden) in [
            ("SELECT * FROM file('/etc/passwd')", Some("file")),
            ("SELECT FILE ('/etc/passwd')", Some("FILE")),
            ("SELECT `file`('/etc/passwd')", Some("`file`")),
            ("SELECT * FROM urlCluster('c', 'http://x')", Some("urlCluster")),
            ("SELECT * FROM icebergS3('x')", Some("icebergS3")),
            ("SELECT file, url FROM t WHERE 'file(' = x", None),
            ("SELECT count() FROM numbers(10)", None),
        ] {
            assert_eq!(forbidden_for_readers(text.as_bytes()).as_deref(), forbidden, "{text}");
        }
    }

    #[test]
    fn quotes_cannot_be_closed_from_inside() {
        assert_eq!(quote(r"it's \"), r"'it\'s \\'");
        assert_eq!(quote_name("a`b"), r"`a\`b`");
    }
}
