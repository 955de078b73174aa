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
                found = name.and_then(|name| std::str::from_utf8(&text[name.start..name.end]).ok()).or(found);
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
