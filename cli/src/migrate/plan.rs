//! The whole plan: every object of this version beside what ClickHouse holds. Pure.

use std::collections::BTreeSet;

use anyhow::Result;
use hearken_schemas::tables::{OBJECTS, Object, REVISION};

use super::difference;
use super::log::Log;
use super::made::{Column, Filler, Made, Table};
use super::step::{CREATE, Plan, REPLACE, Step};
use super::target::Target;

/// The settings of an insert that fills a table anew: the same rows again are no repeat there. A running one is known by them.
pub(super) const FILLING: &str = "insert_deduplicate = 0, max_partitions_per_insert_block = 0";

/// What there is and what there shall be.
pub(super) struct Sides<'a> {
    pub(super) log: &'a Log,
    pub(super) old: &'a Made,
    /// This version's tables and the views that fill them, as the engine reads them.
    pub(super) new: &'a Made,
    pub(super) target: &'a dyn Target,
}

impl Sides<'_> {
    /// Returns the steps from the one to the other.
    ///
    /// # Errors
    /// Where an object cannot be made on this target at all.
    pub(super) fn plan(&self) -> Result<Plan> {
        let mut plan = Plan::default();
        if self.log.revision > REVISION {
            plan.refusals.push(format!(
                "the database was brought to revision {} by hearken {}, and this program knows revision {REVISION}: run that version or a newer one",
                self.log.revision, self.log.program
            ));
            return Ok(plan);
        }
        let mut filled = BTreeSet::new();
        for object in OBJECTS {
            if object.is_table() {
                self.table(object, &mut plan)?;
            } else if is_filler(object) {
                self.filler(object, &mut filled, &mut plan)?;
            } else if !self.old.names.contains(object.name()) {
                plan.steps.push(self.whole(object, CREATE, self.target.statements(object)?));
            } else if self.log.crc(object.file) != Some(self.target.crc(object)?) {
                plan.steps.push(self.whole(object, REPLACE, self.replacement(object)?));
            }
        }
        let known: BTreeSet<_> = plan.steps.iter().map(|step| (step.file.clone(), step.what.clone())).collect();
        let owed = self.log.owed().filter(|step| !known.contains(&(step.file.clone(), step.what.clone())));
        plan.steps.extend(owed);
        Ok(plan)
    }

    fn whole(&self, object: &Object, what: &str, statements: Vec<String>) -> Step {
        Step {
            file: object.file.to_owned(),
            object: object.name().to_owned(),
            what: what.to_owned(),
            statements,
            rewrites_bytes: None,
            stops_sink: false,
        }
    }

    /// A view that is filled by the hour is dropped first: it has no `OR REPLACE`, and its next round fills its table as a whole.
    fn replacement(&self, object: &Object) -> Result<Vec<String>> {
        let mut statements = self.target.statements(object)?;
        if object.statement.starts_with("CREATE MATERIALIZED VIEW") {
            statements.insert(0, format!("DROP VIEW IF EXISTS {}", object.name()));
        }
        Ok(statements)
    }

    fn table(&self, object: &Object, plan: &mut Plan) -> Result<()> {
        match (self.old.tables.get(object.name()), self.new.tables.get(object.name())) {
            (Some(old), Some(new)) => {
                let (steps, refusals) = difference::steps(object, old, new, self.target);
                plan.steps.extend(steps);
                plan.refusals.extend(refusals);
                self.outer(object, new, plan)?;
            }
            (None, _) => plan.steps.push(self.whole(object, CREATE, self.target.statements(object)?)),
            (Some(_), None) => {}
        }
        Ok(())
    }

    /// The table that means all pieces has the columns that each piece has; it holds no rows, so it is made anew.
    fn outer(&self, object: &Object, new: &Table, plan: &mut Plan) -> Result<()> {
        let Some(statement) = self.target.outer(object)? else { return Ok(()) };
        let told = |column: &Column| (column.name.clone(), column.kind.clone(), column.comment.clone());
        let is_so = self.old.outers.get(object.name()).is_some_and(|outer| {
            outer.comment == new.comment && outer.columns.iter().map(told).eq(new.columns.iter().map(told))
        });
        if !is_so {
            plan.steps.push(self.whole(object, REPLACE, vec![statement]));
        }
        Ok(())
    }

    /// A view that fills a table as rows come. What it made of earlier rows follows its old query, so its table is filled anew
    /// from all of them, together with what the table's other views bring.
    fn filler(&self, object: &Object, filled: &mut BTreeSet<String>, plan: &mut Plan) -> Result<()> {
        let Some(new) = self.new.fillers.get(object.name()) else {
            // Nothing was there before, so nothing was compared.
            plan.steps.push(self.whole(object, CREATE, self.target.statements(object)?));
            return Ok(());
        };
        let old = self.old.fillers.get(object.name());
        if let Some(old) = old.filter(|old| old.target != new.target) {
            plan.refusals.push(format!(
                "{}: it fills {} and would have to fill {}: drop the view while the sink is stopped, then run hearken migrate again",
                object.name(),
                old.target,
                new.target
            ));
        } else if old.is_none_or(|old| old.query != new.query) {
            if filled.insert(new.target.clone()) {
                plan.steps.push(self.fill(object, new)?);
            }
        } else if old.is_some_and(|old| old.comment != new.comment) {
            let clause = format!("MODIFY COMMENT {}", crate::store::quoted(&new.comment));
            plan.steps.push(self.whole(object, "say anew what it is", self.target.alterations(object.name(), &clause)));
        }
        Ok(())
    }

    fn fill(&self, first: &Object, new: &Filler) -> Result<Step> {
        let members: Vec<(&Object, &Filler)> = OBJECTS
            .iter()
            .filter_map(|object| Some((object, self.new.fillers.get(object.name())?)))
            .filter(|(_, filler)| filler.target == new.target)
            .collect();
        let has_rows = members.iter().any(|(_, filler)| self.rows(filler) > 0) && self.target.fills();
        let mut statements = Vec::new();
        if has_rows {
            statements.push(format!("TRUNCATE TABLE {}", self.target.rows(&new.target)));
            let columns =
                |filler: &Filler| filler.columns.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let insert = |filler: &Filler| {
                let (target, query) = (self.target.rows(&filler.target), self.target.query(&filler.query));
                format!("INSERT INTO {target} ({}) SETTINGS {FILLING} {query}", columns(filler))
            };
            statements.extend(members.iter().map(|(_, filler)| insert(filler)));
        }
        // Last: until its view is the new one, the table counts as not filled.
        let mut is_made = true;
        for (object, filler) in members {
            match self.old.fillers.get(object.name()) {
                None => statements.extend(self.target.statements(object)?),
                Some(old) if old.query != filler.query => {
                    is_made = false;
                    let clause = format!("MODIFY QUERY {}", self.target.query(&filler.query));
                    statements.extend(self.target.alterations(object.name(), &clause));
                }
                Some(_) => is_made = false,
            }
        }
        if is_made && !has_rows {
            return Ok(self.whole(first, CREATE, statements));
        }
        let mut step = self.whole(first, if has_rows { "fill anew" } else { "change what it takes" }, statements);
        step.object.clone_from(&new.target);
        step.stops_sink = true;
        step.rewrites_bytes = has_rows.then(|| self.old.tables.get(&new.target).map_or(0, |table| table.bytes));
        Ok(step)
    }

    /// Returns how many rows there are that a view would have to see.
    fn rows(&self, filler: &Filler) -> u64 {
        let source = filler.query.split_once("FROM ").and_then(|(_, rest)| rest.split_whitespace().next());
        source.and_then(|source| self.old.tables.get(source)).map_or(0, |table| table.rows)
    }
}

/// Returns whether it is a view that fills a table as rows come, not by the hour.
pub(super) fn is_filler(object: &Object) -> bool {
    object.statement.starts_with("CREATE MATERIALIZED VIEW") && !object.statement.contains("\nREFRESH ")
}
