//! A mapping as `hearken import` proposes it: written as a file that people can read and change.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::profile::Scale;
use super::times::Times;
use crate::replay::Kind;

/// What exports call those who speak in a chat.
const ROLES: &str = r#"{ user = "customer", buyer = "customer", "买家" = "customer", "客户" = "customer", "客服" = "agent", "机器人" = "bot" }"#;

/// A question of a survey.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) question_id: String,
    pub(super) kind: &'static str,
    pub(super) path: String,
    /// The end of its scale, with its words where it has some; none where the answer is words.
    pub(super) scale: Option<Graded>,
    pub(super) direction: Option<&'static str>,
}

/// A scale.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Graded {
    /// A number, or the path to it.
    pub(super) scale_max: Result<u32, String>,
    pub(super) words: Option<&'static Scale>,
    /// Its words as they stand in the file.
    pub(super) seen: BTreeSet<String>,
}

/// The parts of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) sheet: Option<String>,
    pub(super) constants: Vec<(&'static str, String)>,
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) rating: Option<(String, Graded)>,
    pub(super) answers: Vec<Answer>,
    /// What makes a conversation: `session`, `role`, `text`, `at`.
    pub(super) turns: Vec<(&'static str, String)>,
    /// The one item of an order in a row: `product_id`, `quantity`.
    pub(super) items: Vec<(&'static str, String)>,
    pub(super) aliases: Vec<(&'static str, String)>,
    pub(super) times: Times,
    pub(super) zone: Option<String>,
    /// Columns that go nowhere.
    pub(super) unused: Vec<String>,
    /// What was assumed and ought to be looked at.
    pub(super) notes: Vec<String>,
}

impl Draft {
    /// Writes the mapping file.
    pub(super) fn toml(&self, file: &str) -> String {
        let mut text = format!(
            "# How `hearken import {}` reads its columns. Change what is wrong and run it again: this file is read then.\n\
             # Every table is described in docs/sources.md.\n",
            file.replace(char::is_control, " ")
        );
        line(&mut text, "as", &quoted(self.kind.name()));
        if let Some(sheet) = &self.sheet {
            line(&mut text, "sheet", &quoted(sheet));
        }
        table(&mut text, "constants", &self.constants);
        table(&mut text, "fields", &self.fields);
        table(&mut text, "attributes", &self.attributes);
        if let Some((path, graded)) = &self.rating {
            let _ = writeln!(text, "\n[rating]");
            line(&mut text, "value", &quoted(path));
            graded.write(&mut text);
        }
        table(&mut text, "turns", &self.turns);
        if !self.turns.is_empty() {
            line(&mut text, "roles", ROLES);
        }
        table(&mut text, "items", &self.items);
        self.times(&mut text);
        for answer in &self.answers {
            answer.write(&mut text);
        }
        for (kind, path) in &self.aliases {
            let _ = writeln!(text, "\n[[aliases]]\ntype = {}\nvalue = {}", quoted(kind), quoted(path));
        }
        self.unused(&mut text);
        text
    }

    fn times(&self, text: &mut String) {
        let Times { formats, serial, undecided, .. } = &self.times;
        if self.zone.is_none() && formats.is_empty() && !serial && !undecided {
            return;
        }
        let _ = writeln!(text, "\n[time]");
        if let Some(zone) = &self.zone {
            line(text, "zone", &quoted(zone));
        }
        if !formats.is_empty() {
            let formats: Vec<String> = formats.iter().map(|format| quoted(format)).collect();
            line(text, "formats", &format!("[{}]", formats.join(", ")));
        }
        if *undecided {
            let _ = writeln!(text, "# formats = [\"%d/%m/%Y\"]  # the day first; or \"%m/%d/%Y\", the month first");
        }
        if *serial {
            line(text, "serial", "\"1900\"");
        }
    }

    fn unused(&self, text: &mut String) {
        if self.unused.is_empty() {
            return;
        }
        let _ = writeln!(
            text,
            "\n# Columns that go nowhere. To keep one, give it a field above, or a name among attributes:"
        );
        if self.attributes.is_empty() {
            let _ = writeln!(text, "# [attributes]");
        }
        for column in &self.unused {
            let _ = writeln!(text, "# {} = {}", quoted(column), quoted(column));
        }
    }
}

impl Answer {
    fn write(&self, text: &mut String) {
        let Self { question_id, kind, path, scale, direction } = self;
        let _ = writeln!(text, "\n[[answers]]");
        line(text, "question_id", &quoted(question_id));
        line(text, "kind", &quoted(kind));
        line(text, if scale.is_some() { "value" } else { "text" }, &quoted(path));
        if let Some(direction) = direction {
            line(text, "direction", &quoted(direction));
        }
        if let Some(scale) = scale {
            scale.write(text);
        }
    }
}

impl Graded {
    fn write(&self, text: &mut String) {
        match &self.scale_max {
            Ok(number) => line(text, "scale_max", &number.to_string()),
            Err(path) => line(text, "scale_max", &quoted(path)),
        }
        let Some(scale) = self.words else { return };
        let known: BTreeSet<&String> = self.seen.iter().chain(scale.words.keys()).collect();
        let count = |word: &String| scale.count(word).map(|counts| format!("{} = {counts}", quoted(word)));
        let words: Vec<String> = known.into_iter().filter_map(count).collect();
        line(text, "values", &format!("{{ {} }}", words.join(", ")));
    }
}

fn table(text: &mut String, name: &str, entries: &[(&str, String)]) {
    if entries.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n[{name}]");
    for (key, value) in entries {
        // A dotted name is one key here, not a table in a table.
        let key = if key.contains('.') { quoted(key) } else { (*key).to_owned() };
        line(text, &key, &quoted(value));
    }
}

fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {value}");
}

/// Returns a text as TOML writes it; JSON's escapes are TOML's as well, but for one.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}
