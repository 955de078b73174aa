//! Tables: the engine and the settings of a statement, as replicas need them.

use super::words::{Edit, Word, closing, edited, words};
use super::{Cluster, LOCAL, Place, Unknown, quoted};
use crate::tables::DATABASE;

/// For how long a token is remembered: as long as Kafka keeps what a pending range would be read from again, and the group
/// its offsets (`topics.yaml`, `offsets.retention.minutes`: 7 days each), and one day more.
const WINDOW_S: u32 = 8 * 86_400;

/// The window of a table on one server; its number is kept, and means as many blocks of all nodes together.
const WINDOW: &str = "non_replicated_deduplication_window";

/// Settings that mean the same on one server and on replicas.
const SETTINGS: [&str; 3] = ["index_granularity", "min_compress_block_size", "max_compress_block_size"];

/// Engines that have a replicated form.
const ENGINES: [&str; 2] = ["MergeTree", "SummingMergeTree"];

/// Clauses that replicas do not change.
const CLAUSES: [&str; 5] = ["PARTITION", "PRIMARY", "ORDER", "TTL", "COMMENT"];

/// Returns the table that each node keeps.
pub(super) fn kept(statement: &str, name: Word<'_>, place: Place) -> Result<String, Unknown> {
    let kept = if place.is_in_pieces() { format!("{}{LOCAL}", name.text) } else { name.text.to_owned() };
    let mut edits = vec![Edit::replace(name.range(), kept)];
    if place != Place::Node {
        edits.extend(replicated(statement, name, place)?);
    }
    Ok(edited(statement, edits))
}

/// Returns the table that means all pieces.
pub(super) fn distributed(cluster: &Cluster, statement: &str, name: &str, place: Place) -> Result<String, Unknown> {
    let comment = storage(statement)?.into_iter().find(|clause| clause.word.is("COMMENT"));
    let comment = comment.ok_or_else(|| Unknown::new(name, "a table without a COMMENT"))?.text;
    let key = match place {
        Place::Sharded(what) => format!(", CRC32({what})"),
        // Without a key ClickHouse refuses an insert.
        Place::Derived => String::new(),
        Place::Whole | Place::Node | Place::Shard => return Err(Unknown::new(name, "in pieces, though it is whole")),
    };
    let cluster = quoted(&cluster.name);
    Ok(format!(
        "CREATE TABLE IF NOT EXISTS {name} AS {name}{LOCAL}\n\
         ENGINE = Distributed({cluster}, '{DATABASE}', '{name}{LOCAL}'{key})\n{comment}"
    ))
}

/// One clause after the columns.
struct Clause<'a> {
    word: Word<'a>,
    /// All of it, from its first word.
    text: &'a str,
    words: Vec<Word<'a>>,
}

/// Reads what stands after the columns.
fn storage(statement: &str) -> Result<Vec<Clause<'_>>, Unknown> {
    let all = words(statement);
    let unknown = |what: &str| Unknown::new(statement.lines().next().unwrap_or_default(), what);
    let open = all.iter().position(|word| word.is("(")).ok_or_else(|| unknown("no columns"))?;
    let close = closing(&all, open).ok_or_else(|| unknown("columns without an end"))?;
    let (mut clauses, mut depth, mut begins): (Vec<Clause<'_>>, usize, Vec<usize>) = (Vec::new(), 0, Vec::new());
    for (at, word) in all.iter().enumerate().skip(close + 1) {
        match word.text {
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            text if depth == 0 && (["ENGINE", "SETTINGS"].contains(&text) || CLAUSES.contains(&text)) => {
                begins.push(at)
            }
            _ => {}
        }
    }
    if begins.first() != Some(&(close + 1)) {
        return Err(unknown("something between the columns and ENGINE"));
    }
    for (nth, begin) in begins.iter().enumerate() {
        let end = begins.get(nth + 1).copied().unwrap_or(all.len());
        let words = all[*begin..end].to_vec();
        let text = &statement[all[*begin].start..all[end - 1].end()];
        clauses.push(Clause { word: all[*begin], text, words });
    }
    Ok(clauses)
}

/// Returns the edits that make a table one of several replicas.
fn replicated(statement: &str, name: Word<'_>, place: Place) -> Result<Vec<Edit>, Unknown> {
    let clauses = storage(statement)?;
    let unknown = |what: String| Unknown::new(name.text, &what);
    let Some(engine) = clauses.iter().find(|clause| clause.word.is("ENGINE")) else {
        return Err(unknown("no ENGINE".to_owned()));
    };
    let [_, equals, kind, arguments @ ..] = engine.words.as_slice() else {
        return Err(unknown("an ENGINE without a name".to_owned()));
    };
    if !equals.is("=") || !ENGINES.contains(&kind.text) {
        return Err(unknown(format!("the engine {}", kind.text)));
    }
    if !arguments.is_empty() {
        return Err(unknown("arguments of an engine".to_owned()));
    }
    let (path, replica) = match place {
        Place::Sharded(_) | Place::Derived | Place::Shard => (format!("{{shard}}/{DATABASE}"), "{replica}"),
        // One path for all, so that every node is a replica of every other; its name must differ from shard to shard.
        Place::Whole | Place::Node => (DATABASE.to_owned(), "{shard}-{replica}"),
    };
    let engine = format!("Replicated{}('/clickhouse/tables/{path}/{}', '{replica}')", kind.text, name.text);
    let settings = settings(name.text, clauses.iter().find(|clause| clause.word.is("SETTINGS")))?;
    let mut edits = vec![Edit::replace(kind.range(), engine)];
    match (clauses.iter().find(|clause| clause.word.is("SETTINGS")), clauses.last()) {
        (Some(clause), _) => {
            let start = clause.word.start;
            edits.push(Edit::replace(start..start + clause.text.len(), settings));
        }
        (None, Some(last)) if last.word.is("COMMENT") => {
            edits.push(Edit::insert(last.word.start, format!("{settings}\n")));
        }
        (None, _) => return Err(unknown("no COMMENT at its end".to_owned())),
    }
    Ok(edits)
}

/// Returns the settings as replicas have them: both bounds of the window, whatever else is the same. A table that remembers
/// no token on one server remembers none here: a replica would drop rows that merely look the same.
fn settings(table: &str, clause: Option<&Clause<'_>>) -> Result<String, Unknown> {
    let words = clause.map(|clause| &clause.words[1..]).unwrap_or_default();
    let (mut window, mut kept) = ("0", Vec::new());
    for pair in words.split(|word| word.is(",")).filter(|pair| !pair.is_empty()) {
        let [setting, equals, value] = pair else {
            return Err(Unknown::new(table, "a setting that is not `name = value`"));
        };
        match setting.text {
            WINDOW if equals.is("=") => window = value.text,
            name if equals.is("=") && SETTINGS.contains(&name) => kept.push(format!("{name} = {}", value.text)),
            name => return Err(Unknown::new(table, &format!("the setting {name}"))),
        }
    }
    let seconds = if window == "0" { 0 } else { WINDOW_S };
    let windows = [
        format!("replicated_deduplication_window = {window}"),
        format!("replicated_deduplication_window_seconds = {seconds}"),
    ];
    Ok(format!("SETTINGS {}", windows.into_iter().chain(kept).collect::<Vec<_>>().join(", ")))
}
