//! The fenced blocks of a page of markdown.

/// What a block is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `sh`: commands of a reader's shell.
    Shell,
    /// `sql`: a statement for ClickHouse.
    Sql,
    /// Anything else.
    Other,
}

/// One block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block<'text> {
    pub(crate) kind: Kind,
    /// The number of its first line, from 1.
    pub(crate) line: usize,
    /// What stands between the fences.
    pub(crate) text: &'text str,
    /// Why it is not run, where the line above it says so.
    pub(crate) not_run: Option<&'text str>,
}

/// Returns a page's blocks, in order.
pub(crate) fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(Kind, usize, usize, Option<&str>)> = None;
    let (mut at, mut before) = (0, "");
    for (index, line) in page.split_inclusive('\n').enumerate() {
        let start = at;
        at += line.len();
        let fence = line.trim().strip_prefix("```");
        match (open, fence) {
            (None, Some(language)) => open = Some((kind(language), index + 2, at, reason(before))),
            (Some((kind, line, from, not_run)), Some("")) => {
                blocks.push(Block { kind, line, text: &page[from..start], not_run });
                open = None;
            }
            (Some(_) | None, Some(_) | None) => {}
        }
        before = line;
    }
    blocks
}

fn kind(language: &str) -> Kind {
    match language {
        "sh" => Kind::Shell,
        "sql" => Kind::Sql,
        _ => Kind::Other,
    }
}

fn reason(line: &str) -> Option<&str> {
    line.trim().strip_prefix("<!-- not run:")?.strip_suffix("-->").map(str::trim)
}

#[test]
fn blocks_are_found_with_their_lines_and_reasons() {
    let page = "# A\n\n```sh\nls\n```\n<!-- not run: needs a cluster -->\n```sh\nkubectl get pods\n```\n```sql\nSELECT 1\n```\n```text\n```\n";
    let block = |kind, line, text, not_run| Block { kind, line, text, not_run };
    let expected = [
        block(Kind::Shell, 4, "ls\n", None),
        block(Kind::Shell, 8, "kubectl get pods\n", Some("needs a cluster")),
        block(Kind::Sql, 11, "SELECT 1\n", None),
        block(Kind::Other, 14, "", None),
    ];
    assert_eq!(blocks(page), expected);
}
