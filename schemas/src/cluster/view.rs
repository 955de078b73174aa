//! Views: which joins and lookups of a statement must see every shard.
//!
//! The rule: the right side of every join and of every `IN (SELECT …)` is asked of all shards once (`GLOBAL`), except where
//! both sides lie together: `(key, …) IN (SELECT key, … FROM a)` in a query on `b`, where `a` and `b` are sharded by that very
//! `key`. There each shard asks its own piece. What is forgotten is no silent error: `distributed_product_mode` stays at
//! ClickHouse's `deny`, which refuses a query that would ask all shards from every shard.
//!
//! And what a view cuts finer only where somebody asks for it stays a column where nobody does ([`cuts`]).

use super::words::{Edit, Word, closing, edited, words};
use super::{LOCAL, Place, Unknown};

/// Words that may stand before JOIN; GLOBAL stands before them all.
const KINDS: [&str; 11] = ["LEFT", "RIGHT", "INNER", "FULL", "CROSS", "OUTER", "ANY", "ALL", "ASOF", "SEMI", "ANTI"];

/// How a column begins that is there only where some indicator asks for it.
const CUT: [&str; 5] = ["if", "(", "has", "(", "keys"];

/// Returns a view, dictionary or function on every node. A view's text is the same on each.
pub(super) fn everywhere(statement: &str) -> String {
    edited(statement, global(statement).into_iter().chain(cuts(statement)).collect())
}

/// Returns what keeps `if(has(keys, …), …, NULL)` a column: where it is one value for all rows, a shard leaves it out of the groups
/// that it sends, and the node that asked looks for it.
fn cuts(statement: &str) -> Vec<Edit> {
    let words = words(statement);
    let is_cut = |at: usize| words[at..].iter().zip(CUT).filter(|(word, cut)| word.is(cut)).count() == CUT.len();
    let cut = |at: usize| {
        let closed = words[closing(&words, at + 1)?];
        Some([Edit::insert(words[at].start, "materialize("), Edit::insert(closed.end(), ")")])
    };
    (0..words.len()).filter(|at| is_cut(*at)).filter_map(cut).flatten().collect()
}

/// Returns a materialized view from one piece to another of the same node.
pub(super) fn local(statement: &str, name: Word<'_>) -> Result<String, Unknown> {
    let words = words(statement);
    if !global(statement).is_empty() {
        return Err(Unknown::new(name.text, "a materialized view that joins"));
    }
    let tables = words.windows(2).filter(|pair| pair[0].is("TO") || pair[0].is("FROM")).map(|pair| pair[1]);
    let tables: Vec<Word<'_>> = tables.collect();
    if tables.len() != 2 || !tables.iter().all(|table| Place::of(table.text).is_some_and(Place::is_in_pieces)) {
        return Err(Unknown::new(name.text, "a materialized view that is not from one sharded table to another"));
    }
    Ok(edited(statement, tables.iter().map(|table| Edit::insert(table.end(), LOCAL)).collect()))
}

/// Returns what makes every join and look-up of a query right on shards.
fn global(statement: &str) -> Vec<Edit> {
    let words = words(statement);
    let edit = |(at, word): (usize, &Word<'_>)| match word.text {
        "JOIN" => joined(&words, at),
        "IN" if words.get(at + 1).is_some_and(|next| next.is("(")) => looked_up(&words, at),
        _ => None,
    };
    words.iter().enumerate().filter_map(edit).collect()
}

fn joined(words: &[Word<'_>], join: usize) -> Option<Edit> {
    let kinds = words[..join].iter().rev().take_while(|word| KINDS.contains(&word.text)).count();
    let is_of_arrays = words[join - kinds - 1].is("ARRAY");
    (!is_of_arrays).then(|| Edit::insert(words[join - kinds].start, "GLOBAL "))
}

fn looked_up(words: &[Word<'_>], at: usize) -> Option<Edit> {
    let query = &words[at + 2..closing(words, at + 1)?];
    if !query.first()?.is("SELECT") && !query.first()?.is("WITH") {
        return None;
    }
    let begins = if words[at - 1].is("NOT") { at - 1 } else { at };
    match beside(&words[..begins], query) {
        Some(table) => Some(Edit::insert(table.end(), LOCAL)),
        None => Some(Edit::insert(words[begins].start, "GLOBAL ")),
    }
}

/// Returns the table on the right where each shard's piece of it is all that the piece on the left can find.
fn beside<'a>(before: &[Word<'_>], query: &[Word<'a>]) -> Option<Word<'a>> {
    let from = query.iter().position(|word| word.is("FROM"))?;
    let selected = &query[1..from];
    let table = *query.get(from + 1)?;
    let is_one_table = query[from + 2..].first().is_none_or(|next| next.is("WHERE"));
    let mut depth = 0_usize;
    let is_plain = query[from + 2..].iter().all(|word| {
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > 0 || !["JOIN", "UNION", "GROUP", "LIMIT"].contains(&word.text)
    });
    let left: Vec<&str> = sought(before)?;
    let same = left == selected.iter().map(|word| word.text).collect::<Vec<_>>();
    let together = key(table.text)? == *left.first()? && key(asked(before)?.text) == key(table.text);
    (is_one_table && is_plain && same && together).then_some(table)
}

/// Returns what is looked up, as words: a name, or names in brackets.
fn sought<'a>(before: &[Word<'a>]) -> Option<Vec<&'a str>> {
    let last = before.last()?;
    if !last.is(")") {
        return Some(vec![last.text]);
    }
    let open = before.iter().rposition(|word| word.is("("))?;
    let inner = &before[open + 1..before.len() - 1];
    // A bracket after a name is a call.
    let is_call = open.checked_sub(1).is_some_and(|at| !["AND", "OR", "WHERE", "NOT"].contains(&before[at].text));
    (!is_call && inner.iter().all(|word| !word.is(")"))).then(|| inner.iter().map(|word| word.text).collect())
}

/// Returns the one table that the query reads whose condition ends here.
fn asked<'a>(before: &[Word<'a>]) -> Option<Word<'a>> {
    let mut closed = 0_usize;
    for (at, word) in before.iter().enumerate().rev() {
        match word.text {
            ")" => closed += 1,
            "(" => closed = closed.saturating_sub(1),
            // A bracket that is still open only leads further out; a query within one that is closed is none of ours.
            "SELECT" | "JOIN" if closed == 0 => return None,
            "FROM" if closed == 0 => {
                let next = *before.get(at + 1)?;
                let is_table = before.get(at + 2).is_some_and(|after| after.is("WHERE"));
                return is_table.then_some(next);
            }
            _ => {}
        }
    }
    None
}

/// Returns the column that a table is sharded by.
fn key(table: &str) -> Option<&'static str> {
    match Place::of(table)? {
        Place::Sharded(what) => what.strip_prefix("toString(")?.strip_suffix(')').filter(|key| !key.contains('(')),
        Place::Derived | Place::Whole | Place::Node | Place::Shard => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, expected: &str) {
        assert_eq!(edited(query, global(query)), expected);
    }

    #[test]
    fn what_lies_together_is_asked_of_each_shard_alone() {
        check(
            "SELECT 1 FROM feedback WHERE sign = 1 AND (feedback_id, version) NOT IN (SELECT feedback_id, version FROM superseded)",
            "SELECT 1 FROM feedback WHERE sign = 1 AND (feedback_id, version) NOT IN (SELECT feedback_id, version FROM superseded_local)",
        );
        check(
            "SELECT 1 FROM feedback WHERE f(a) AND (feedback_id IN (SELECT feedback_id FROM survey_answers WHERE x IN (1, 2)))",
            "SELECT 1 FROM feedback WHERE f(a) AND (feedback_id IN (SELECT feedback_id FROM survey_answers_local WHERE x IN (1, 2)))",
        );
    }

    #[test]
    fn everything_else_is_asked_of_all_shards_once() {
        for (query, expected) in [
            // Another key on the left, on the right, in the table that is asked, or none there.
            ("SELECT 1 FROM feedback WHERE id IN (SELECT id FROM states)", "id GLOBAL IN (SELECT id FROM states)"),
            ("SELECT 1 FROM orders WHERE feedback_id IN (SELECT feedback_id FROM feedback)", "GLOBAL IN"),
            ("SELECT 1 FROM feedback WHERE version IN (SELECT feedback_id FROM feedback)", "version GLOBAL IN"),
            (
                "SELECT 1 FROM (SELECT * FROM feedback) WHERE feedback_id IN (SELECT feedback_id FROM feedback)",
                "feedback_id GLOBAL IN",
            ),
            (
                "SELECT 1 FROM v_feedback WHERE feedback_id NOT IN (SELECT feedback_id FROM superseded)",
                "feedback_id GLOBAL NOT IN",
            ),
            ("SELECT feedback_id IN (SELECT feedback_id FROM superseded) FROM feedback", "feedback_id GLOBAL IN"),
            (
                "SELECT 1 FROM feedback WHERE f(feedback_id) IN (SELECT feedback_id FROM superseded)",
                "f(feedback_id) GLOBAL IN",
            ),
            (
                "SELECT 1 FROM feedback WHERE feedback_id IN (SELECT feedback_id FROM superseded LIMIT 1)",
                "feedback_id GLOBAL IN",
            ),
            (
                "SELECT 1 FROM feedback WHERE feedback_id IN (SELECT feedback_id FROM a, superseded)",
                "feedback_id GLOBAL IN",
            ),
            ("SELECT 1 FROM a ASOF LEFT JOIN b USING (x)", "a GLOBAL ASOF LEFT JOIN b"),
            ("SELECT 1 FROM a JOIN b USING (x)", "a GLOBAL JOIN b"),
        ] {
            let found = edited(query, global(query));
            assert!(found.contains(expected) && !found.contains(LOCAL), "{query}\n{found}");
        }
    }

    #[test]
    fn what_is_cut_no_finer_stays_a_column() {
        let query = "SELECT if(has(keys, 'a'), f(a), NULL) AS b, if(has(other, 'a'), a, NULL) FROM feedback";
        let expected =
            "SELECT materialize(if(has(keys, 'a'), f(a), NULL)) AS b, if(has(other, 'a'), a, NULL) FROM feedback";
        assert_eq!(everywhere(query), expected);
    }

    #[test]
    fn arrays_and_lists_join_nothing() {
        for query in
            ["SELECT 1 FROM a LEFT ARRAY JOIN b", "SELECT 1 FROM a ARRAY JOIN b WHERE x IN (1)", "SELECT x IN b"]
        {
            check(query, query);
        }
    }
}
