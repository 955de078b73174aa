//! One step of a migration, and how a plan of them is told.

use std::fmt::Write;

use serde::Serialize;

/// What is done to one object, so that it can be done again from its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Step {
    /// The file of the object's statement.
    #[serde(skip)]
    pub(super) file: String,
    /// The object.
    pub(super) object: String,
    /// What is done to it, in words.
    pub(super) what: String,
    /// What is run, in order. A dictionary's credentials are not among it.
    pub(super) statements: Vec<String>,
    /// How many bytes ClickHouse writes anew; `None` where only what is known of the object changes.
    pub(super) rewrites_bytes: Option<u64>,
    /// Whether the sink must be stopped with nothing pending.
    pub(super) stops_sink: bool,
}

impl Step {
    /// Whether it makes an object that was not there, or puts one in the place of another that holds no rows.
    pub(super) fn is_whole(&self) -> bool {
        self.what == CREATE || self.what == REPLACE
    }
}

/// What is done to an object that is not there.
pub(super) const CREATE: &str = "create";
/// What is done to an object that holds no rows.
pub(super) const REPLACE: &str = "replace";

/// What is to be done, and what speaks against doing any of it.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    pub(crate) refusals: Vec<String>,
}

/// What a plan comes to, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outlook {
    Done,
    ToDo,
    Refused,
}

impl Plan {
    /// Returns what the plan comes to.
    pub(super) fn outlook(&self) -> Outlook {
        match (self.refusals.is_empty(), self.steps.is_empty()) {
            (false, _) => Outlook::Refused,
            (true, false) => Outlook::ToDo,
            (true, true) => Outlook::Done,
        }
    }

    /// Prints the plan for people.
    pub(super) fn print(&self) {
        print!("{}", self.table());
        self.refusals.iter().for_each(|refusal| println!("refused: {refusal}"));
        if self.outlook() == Outlook::Done {
            println!("nothing is to be done");
        }
    }

    /// Returns the plan as a table, each step with its statements beneath it.
    pub(super) fn table(&self) -> String {
        let mut out = String::new();
        for (nth, step) in self.steps.iter().enumerate() {
            let cost = step.rewrites_bytes.map_or("instant".to_owned(), |bytes| format!("rewrites {}", size(bytes)));
            let services = if step.stops_sink { "stop the sink" } else { "run on" };
            // Writing to a text does not fail.
            let _ = writeln!(out, "{:>3}  {:<32} {:<44} {cost:<18} {services}", nth + 1, step.object, step.what);
            for statement in step.statements.iter().filter(|_| !step.is_whole()) {
                let _ = writeln!(out, "       {}", statement.replace('\n', " "));
            }
        }
        out
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} B"),
        1_024..1_048_576 => format!("{} KiB", bytes / 1_024),
        _ => format!("{} MiB", bytes / 1_048_576),
    }
}
