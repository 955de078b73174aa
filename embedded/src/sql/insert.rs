//! Where an INSERT ends and its rows begin.

use super::tokens::{Token, TokenKind, tokens};

/// What an INSERT looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertShape<'text> {
    /// Rows follow the statement, in the text or after it.
    Rows {
        /// The statement up to, and without, `FORMAT …` or `VALUES`.
        statement: &'text [u8],
        /// The format of the rows.
        format: &'text str,
        /// What of the rows is in the text already.
        rows: &'text [u8],
    },
    /// A semicolon stands between the format and the rows.
    Semicolon,
    /// Rows come from a file of the machine.
    FromFile,
    /// No INSERT, or one that selects its rows.
    Other,
}

/// Finds where the rows of an INSERT begin. A text that is cut off before `FORMAT` or `VALUES` counts as `Other`.
pub fn insert_shape(text: &[u8]) -> InsertShape<'_> {
    let mut rest = tokens(text).peekable();
    if !rest.next().is_some_and(|token| token.is_word(text, "INSERT")) {
        return InsertShape::Other;
    }
    rest.next_if(|token| token.is_word(text, "INTO"));
    rest.next_if(|token| token.is_word(text, "TABLE"));
    if rest.next_if(|token| token.is_word(text, "FUNCTION")).is_none() {
        // The table's name may be a keyword.
        rest.next();
        while rest.next_if(|token| token.kind == TokenKind::Symbol(b'.')).is_some() {
            rest.next();
        }
    }
    let mut depth = 0_usize;
    while let Some(token) = rest.next() {
        match token.kind {
            TokenKind::Symbol(b'(') => depth += 1,
            TokenKind::Symbol(b')') => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 => {
                if let Some(shape) = decide(text, token, rest.peek().copied()) {
                    return shape;
                }
            }
            TokenKind::Word | TokenKind::Quoted | TokenKind::Symbol(_) => {}
        }
    }
    InsertShape::Other
}

fn decide<'text>(text: &'text [u8], word: Token, next: Option<Token>) -> Option<InsertShape<'text>> {
    if word.is_word(text, "VALUES") {
        let rows = &text[word.end..];
        return Some(InsertShape::Rows { statement: &text[..word.start], format: "Values", rows });
    }
    if word.is_word(text, "FORMAT") {
        let name = next.filter(|next| next.kind == TokenKind::Word)?;
        let format = std::str::from_utf8(&text[name.start..name.end]).ok()?;
        if text.get(name.end) == Some(&b';') {
            return Some(InsertShape::Semicolon);
        }
        return Some(InsertShape::Rows {
            statement: &text[..word.start],
            format,
            rows: after_blank(&text[name.end..]),
        });
    }
    if word.is_word(text, "FROM") && next.is_some_and(|next| next.is_word(text, "INFILE")) {
        return Some(InsertShape::FromFile);
    }
    (word.is_word(text, "SELECT") || word.is_word(text, "WITH")).then_some(InsertShape::Other)
}

/// Rows begin after blanks and at most one line break, so that a first row may be empty.
fn after_blank(text: &[u8]) -> &[u8] {
    let blanks = text.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | 0x0c)).count();
    let text = &text[blanks..];
    let text = text.strip_prefix(b"\r").unwrap_or(text);
    text.strip_prefix(b"\n").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows<'text>(statement: &'text str, format: &'text str, rows: &'text str) -> InsertShape<'text> {
        InsertShape::Rows { statement: statement.as_bytes(), format, rows: rows.as_bytes() }
    }

    #[test]
    fn the_rows_are_found_behind_every_way_to_write_an_insert() {
        let check =
            |text: &str, expected: InsertShape<'_>| assert_eq!(insert_shape(text.as_bytes()), expected, "{text}");
        check("INSERT INTO t FORMAT CSV\n1,2\n", rows("INSERT INTO t ", "CSV", "1,2\n"));
        check("insert into t(a, b) format ArrowStream", rows("insert into t(a, b) ", "ArrowStream", ""));
        check("INSERT INTO t FORMAT TSV \r\n\n1\t2", rows("INSERT INTO t ", "TSV", "\n1\t2"));
        check("INSERT INTO db.t VALUES (1), (2);", rows("INSERT INTO db.t ", "Values", " (1), (2);"));
        check(
            "INSERT INTO `format`.values FORMAT JSONEachRow {}",
            rows("INSERT INTO `format`.values ", "JSONEachRow", "{}"),
        );
        check("/* c */ INSERT t SETTINGS a = 1 FORMAT CSV 1", rows("/* c */ INSERT t SETTINGS a = 1 ", "CSV", "1"));
        check("INSERT INTO TABLE t FORMAT CSV 1", rows("INSERT INTO TABLE t ", "CSV", "1"));
        check(
            "INSERT INTO TABLE FUNCTION remote('x', 'format') FORMAT CSV 1",
            rows("INSERT INTO TABLE FUNCTION remote('x', 'format') ", "CSV", "1"),
        );
        check("INSERT INTO t FORMAT CSV;\n1", InsertShape::Semicolon);
        check("INSERT INTO t FROM INFILE 'x' FORMAT CSV", InsertShape::FromFile);
        check("INSERT INTO t SELECT 1 FORMAT CSV", InsertShape::Other);
        check("INSERT INTO t WITH 1 AS x SELECT x", InsertShape::Other);
        check("INSERT INTO t (a, b)", InsertShape::Other);
        check("SELECT 1 FORMAT CSV", InsertShape::Other);
        check("", InsertShape::Other);
    }
}
