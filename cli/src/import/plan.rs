//! Which field of a record each column fills.

use std::collections::BTreeSet;

use super::columns::{Column, Roles};
use super::draft::{Answer, Draft, Graded};
use super::times::Times;
use crate::replay::{CONTENT, Kind};

const TIMES: [&str; 3] = ["occurred_at", "updated_at", "sent_at"];

/// Roles that are fields of the same name, in the order in which they are written.
const PLAIN: [&str; 43] = [
    "source",
    "updated_at",
    "revision",
    "time_precision",
    "text",
    "title",
    "customer_id",
    "id_namespace",
    "author_handle",
    "brand",
    "product_id",
    "order_id",
    "store_id",
    "region",
    "campaign",
    "touchpoint",
    "language_hint",
    "parent_id",
    "reply_to",
    "url",
    "likes",
    "reposts",
    "media",
    "attributes",
    "survey_id",
    "survey_kind",
    "sent_at",
    "case_id",
    "answers",
    "turns",
    "agent_id",
    "agent_name",
    "resolved",
    "status",
    "amount",
    "currency",
    "items",
    "visitor_id",
    "page",
    "event",
    "dwell_ms",
    "segment",
    "owner",
];

/// A mapping in the making.
pub(super) struct Plan<'p, 'a> {
    roles: &'p Roles<'a>,
    draft: &'p mut Draft,
    used: BTreeSet<&'a str>,
}

impl<'p, 'a> Plan<'p, 'a> {
    pub(super) fn new(roles: &'p Roles<'a>, draft: &'p mut Draft) -> Self {
        Self { roles, draft, used: BTreeSet::new() }
    }

    /// Returns the columns that fill something.
    pub(super) fn used(self) -> BTreeSet<&'a str> {
        self.used
    }

    /// Takes a role's column for something.
    fn take(&mut self, role: &str) -> Option<&'a Column> {
        let column = self.roles.get(role)?;
        self.used.insert(&column.name).then_some(column)
    }

    fn field(&mut self, field: &'static str, role: &str) -> bool {
        let Some(column) = self.take(role) else { return false };
        if let Some(times) = column.profile.times.as_ref().filter(|_| TIMES.contains(&field)) {
            self.times(times, &column.name);
        }
        self.draft.fields.push((field, column.name.clone()));
        true
    }

    fn times(&mut self, times: &Times, column: &str) {
        let all = &mut self.draft.times;
        all.formats
            .extend(times.formats.iter().filter(|format| !all.formats.contains(format)).copied().collect::<Vec<_>>());
        all.serial |= times.serial;
        all.zoned &= times.zoned;
        if times.serial {
            self.draft.notes.push(format!(
                "{column:?} holds days as numbers; they are counted from 1900, as Excel does (`serial` in the mapping)"
            ));
        }
        if times.undecided {
            all.undecided = true;
            let note =
                "nothing says whether 03/04 is in March or in April: write `formats` under [time] in the mapping";
            self.draft.notes.push(format!("{column:?}: {note}"));
        }
    }

    /// Fills what every kind has, and what bears the field's own name.
    pub(super) fn fields(&mut self) {
        let kind = self.draft.kind;
        let known = kind.fields();
        let time = if kind == Kind::Customers { "updated_at" } else { "occurred_at" };
        let moments: &[&str] = match kind {
            Kind::Orders => &["order_time", "occurred_at"],
            Kind::Customers => &["updated_at", "occurred_at"],
            Kind::Reviews | Kind::Chats | Kind::Social | Kind::Surveys | Kind::Visits => &["occurred_at", "order_time"],
        };
        if let Some(moment) = moments.iter().find(|role| self.roles.has(role)) {
            if *moment == "order_time" && kind != Kind::Orders {
                let note = "the time of the order stands for the time of the words: no other is there".to_owned();
                self.draft.notes.push(note);
            }
            self.field(time, moment);
        }
        let id = kind.id_field();
        if !self.field(id, id) && id == "source_id" && kind != Kind::Chats {
            self.draft.fields.push((id, CONTENT.to_owned()));
            let note = "no column names a row: its id is made of all that it says; the same file again changes nothing, and \
                        an edited row is a new one";
            self.draft.notes.push(note.to_owned());
        }
        for role in PLAIN.into_iter().filter(|role| known.contains(*role)) {
            self.field(role, role);
        }
        let name = match kind {
            Kind::Social if !self.roles.has("author_handle") => "author_handle",
            Kind::Customers => "name",
            Kind::Reviews | Kind::Chats | Kind::Social | Kind::Surveys | Kind::Orders | Kind::Visits => "customer_name",
        };
        if known.contains(name) {
            self.field(name, "customer_name");
        }
        for (field, named, attribute) in
            [("product_id", "product_name", "product"), ("store_id", "store_name", "store")]
        {
            if !known.contains(field) {
                continue;
            }
            // A name groups as well as an id, where there is no id.
            if !self.roles.has(field) {
                self.field(field, named);
            } else if known.contains("attributes")
                && let Some(column) = self.take(named)
            {
                self.draft.attributes.push((attribute, column.name.clone()));
            }
        }
    }

    fn graded(&mut self, column: &Column) -> Graded {
        // Seven boxes are a survey's, never a shop's.
        let usual: &[u32] = if self.draft.kind == Kind::Surveys { &[5, 7, 10] } else { &[5, 10] };
        let scale_max = match self.take("scale_max") {
            Some(path) => Err(path.name.clone()),
            None => Ok(column.profile.scale_max(usual)),
        };
        Graded { scale_max, words: column.profile.scale, seen: column.profile.words.clone() }
    }

    pub(super) fn rating(&mut self) {
        let Some(column) = self.take("rating") else { return };
        let graded = self.graded(column);
        if let Ok(scale_max) = graded.scale_max {
            self.draft.notes.push(format!("{:?} is taken for a rating of {scale_max}, by its values", column.name));
        }
        self.draft.rating = Some((column.name.clone(), graded));
    }

    pub(super) fn turns(&mut self) {
        for (part, role) in [("session", "session"), ("role", "role"), ("text", "text"), ("at", "occurred_at")] {
            let former =
                self.draft.fields.iter().position(|(field, _)| *field == "occurred_at").filter(|_| part == "at");
            let path = match former {
                Some(index) => Some(self.draft.fields.remove(index).1),
                None => self.take(role).map(|column| column.name.clone()),
            };
            if let Some(path) = path {
                self.draft.turns.push((part, path));
            }
        }
        if self.draft.turns.len() < 3 {
            self.draft.turns.clear();
        }
    }

    /// Makes an answer of every column that asks for a score or for words, several of a kind included.
    pub(super) fn answers(&mut self) {
        if self.roles.has("answers") {
            return;
        }
        let mut asked: Vec<(&'a Column, &'static str)> = Vec::new();
        for (role, kind) in
            [("nps", "nps"), ("csat", "csat"), ("ces", "ces"), ("rating", "csat"), ("text", "text"), ("title", "text")]
        {
            let first = self.roles.get(role).filter(|column| !self.used.contains(column.name.as_str()));
            let others = self.roles.left.iter().filter(|(_, best)| *best == Some(role)).map(|(column, _)| *column);
            asked.extend(first.into_iter().chain(others).map(|column| (column, kind)));
        }
        let mut ids = BTreeSet::new();
        for (column, kind) in asked {
            let Some(_) = self.used.insert(&column.name).then_some(()) else { continue };
            let scale = (kind != "text").then(|| match kind {
                "nps" => Graded { scale_max: Ok(10), words: None, seen: BTreeSet::new() },
                _ => self.graded(column),
            });
            let question_id = if ids.insert(kind) { kind.to_owned() } else { column.name.chars().take(128).collect() };
            let hard = ["费力", "effort"].iter().any(|word| column.name.to_lowercase().contains(word));
            let direction = (kind == "ces").then_some(if hard { "effort" } else { "ease" });
            self.draft.answers.push(Answer { question_id, kind, path: column.name.clone(), scale, direction });
        }
        if ids.contains("nps") && !self.roles.has("survey_kind") {
            let about = if ["order_id", "store_id", "store_name", "session"].iter().any(|role| self.roles.has(role)) {
                "transactional"
            } else {
                "relationship"
            };
            self.draft.constants.push(("survey_kind", about.to_owned()));
            self.draft.notes.push(format!(
                "the survey is taken for a {about} one (`survey_kind` in the mapping: relationship or transactional)"
            ));
        }
    }

    pub(super) fn items(&mut self) {
        if self.roles.has("items") {
            return;
        }
        let Some(product) = self.take("product_id").or_else(|| self.take("product_name")) else { return };
        self.draft.items.push(("product_id", product.name.clone()));
        if let Some(quantity) = self.take("quantity") {
            self.draft.items.push(("quantity", quantity.name.clone()));
        }
    }

    pub(super) fn aliases(&mut self) {
        for kind in ["phone", "email"] {
            if let Some(column) = self.take(kind) {
                self.draft.aliases.push((kind, column.name.clone()));
            }
        }
    }
}
