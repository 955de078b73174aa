//! From what ClickHouse holds to what this version's statements make: the steps forward, or why there are none. Pure.

use hearken_schemas::tables::Object;

use super::made::{Column, Table};
use super::step::Step;
use super::target::Target;
use super::widen::widens;

/// Settings that ClickHouse takes when a table is made and never again.
const FIXED: [&str; 2] = ["index_granularity", "index_granularity_bytes"];

/// Returns the steps that bring a table forward, and everything that cannot be brought.
pub(super) fn steps(object: &Object, old: &Table, new: &Table, target: &dyn Target) -> (Vec<Step>, Vec<String>) {
    let mut found = Found { object, target, steps: Vec::new(), refusals: Vec::new() };
    found.shape(old, new);
    found.columns(old, new);
    found.parts(old, new);
    found.words(old, new);
    (found.steps, found.refusals)
}

struct Found<'a> {
    object: &'a Object,
    target: &'a dyn Target,
    steps: Vec<Step>,
    refusals: Vec<String>,
}

impl Found<'_> {
    fn step(&mut self, what: String, clauses: &[String], rewrites_bytes: Option<u64>) {
        let name = self.object.name();
        let statements = clauses.iter().flat_map(|clause| self.target.alterations(name, clause)).collect();
        let (file, object) = (self.object.file.to_owned(), name.to_owned());
        self.steps.push(Step { file, object, what, statements, rewrites_bytes, stops_sink: false });
    }

    fn refuse(&mut self, why: &str) {
        self.refusals.push(format!("{}: {why}", self.object.name()));
    }

    /// Engine and keys: ClickHouse cuts and sorts rows by them when it writes them.
    fn shape(&mut self, old: &Table, new: &Table) {
        let anew = "ClickHouse cannot change that in place: rename the table, run hearken migrate, and insert its rows into the new one \
                    while the sink is stopped";
        if old.engine != new.engine {
            self.refuse(&format!("the engine is {} and would have to be {}; {anew}", old.engine, new.engine));
        }
        for ((clause, is), (_, wanted)) in old.keys.iter().zip(&new.keys) {
            if is != wanted {
                self.refuse(&format!("{clause} is ({is}) and would have to be ({wanted}); {anew}"));
            }
        }
    }

    fn columns(&mut self, old: &Table, new: &Table) {
        for gone in old.columns.iter().filter(|column| column_of(new, &column.name).is_none()) {
            self.refuse(&format!(
                "the column {} is in the database and not in this version: run the version that made it, or, if it is your own or no \
                 longer wanted, ALTER TABLE {} DROP COLUMN `{}`",
                gone.name,
                self.object.name(),
                gone.name
            ));
        }
        let mut before: Option<&Column> = None;
        for wanted in &new.columns {
            match column_of(old, &wanted.name) {
                None => self.add(wanted, before),
                Some(is) => self.modify(is, wanted, new),
            }
            before = Some(wanted);
        }
    }

    fn add(&mut self, column: &Column, before: Option<&Column>) {
        let place = before.map_or("FIRST".to_owned(), |before| format!("AFTER `{}`", before.name));
        let clause = format!("ADD COLUMN IF NOT EXISTS {} {place}", described(column));
        self.step(format!("add the column {}", column.name), &[clause], None);
    }

    fn modify(&mut self, is: &Column, wanted: &Column, table: &Table) {
        let name = &wanted.name;
        if is.kind != wanted.kind {
            let is_key = table.keys.iter().any(|(_, key)| key.contains(name.as_str()));
            match widens(&is.kind, &wanted.kind).filter(|_| !is_key) {
                Some(widening) => {
                    let bytes = widening.rewrites.then_some(is.bytes);
                    let clause = format!("MODIFY COLUMN `{name}` {}", wanted.kind);
                    self.step(format!("widen the column {name} to {}", wanted.kind), &[clause], bytes);
                }
                None => self.refuse(&format!(
                    "the column {name} is {} and would have to be {}, which does not hold every value that may be there{}: add a column \
                     under another name, or convert it yourself after you looked at its values",
                    is.kind,
                    wanted.kind,
                    if is_key { ", or is part of a key" } else { "" }
                )),
            }
        } else if (&is.default, &is.codec) != (&wanted.default, &wanted.codec) {
            let clause = if wanted.default.is_empty() && !is.default.is_empty() {
                let word = is.default.split(' ').next().unwrap_or("DEFAULT");
                format!("MODIFY COLUMN `{name}` REMOVE {word}")
            } else {
                format!("MODIFY COLUMN {}", described(wanted))
            };
            self.step(format!("change the default or codec of {name}"), &[clause], None);
        }
        if is.comment != wanted.comment {
            let clause = format!("COMMENT COLUMN `{name}` {}", text(&wanted.comment));
            self.step(format!("say anew what {name} is"), &[clause], None);
        }
    }

    /// Indices and projections. What the database has beyond them is the operator's own and hurts nobody.
    fn parts(&mut self, old: &Table, new: &Table) {
        for (word, is, wanted) in
            [("INDEX", &old.indices, &new.indices), ("PROJECTION", &old.projections, &new.projections)]
        {
            for (name, said) in wanted.iter().filter(|(name, said)| is.get(*name) != Some(*said)) {
                let mut clauses = vec![
                    format!("DROP {word} IF EXISTS {name}"),
                    format!("ADD {word} IF NOT EXISTS {name} {said}"),
                    format!("MATERIALIZE {word} {name} SETTINGS mutations_sync = 2"),
                ];
                if !is.contains_key(name) {
                    clauses.remove(0);
                }
                self.step(format!("build the {} {name}", word.to_lowercase()), &clauses, Some(old.bytes));
            }
        }
    }

    /// Settings, a TTL of the statement's own, and the comment. What an operator set beside them stays.
    fn words(&mut self, old: &Table, new: &Table) {
        for (name, value) in new.settings.iter().filter(|(name, value)| old.settings.get(*name) != Some(*value)) {
            if FIXED.contains(&name.as_str()) {
                self.refuse(&format!(
                    "the setting {name} would have to be {value}, and ClickHouse takes it only when a table is made"
                ));
            } else {
                self.step(format!("set {name} to {value}"), &[format!("MODIFY SETTING {name} = {value}")], None);
            }
        }
        if !new.ttl.is_empty() && old.ttl != new.ttl {
            let clause = format!("MODIFY TTL {} SETTINGS materialize_ttl_after_modify = 0", new.ttl);
            self.step("set how long rows stay".to_owned(), &[clause], None);
        }
        if old.comment != new.comment {
            self.step("say anew what it is".to_owned(), &[format!("MODIFY COMMENT {}", text(&new.comment))], None);
        }
    }
}

fn column_of<'a>(table: &'a Table, name: &str) -> Option<&'a Column> {
    table.columns.iter().find(|column| column.name == name)
}

/// A column as a statement describes it; ClickHouse wants the comment before the codec.
fn described(column: &Column) -> String {
    let comment = format!("COMMENT {}", text(&column.comment));
    let name = format!("`{}`", column.name);
    let parts = [name, column.kind.clone(), column.default.clone(), comment, column.codec.clone()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn text(words: &str) -> String {
    crate::store::quoted(words)
}
