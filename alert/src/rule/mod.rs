//! Rule files: what is looked for, said once for the service and the command line.
//!
//! A file is a head in YAML between two lines `---`, and a body: one SELECT, whose rows are what the rule found.

mod body;
pub mod columns;
pub mod fixture;
mod head;
pub mod shipped;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::facts::Words;

/// How bad it is; the order is from harmless to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words of a rule's head")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// Every severity, the harmless first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// Returns the word used in rule files and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Returns the severity of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == name)
    }
}

/// When a rule is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Of all feedback that became visible since it was asked last, as the table `news`.
    Feedback,
    /// Once in so many milliseconds, counted from 1970, with the tick as `{as_of:DateTime('UTC')}`.
    Every(i64),
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name in tables and settings: small letters, digits and `_`.
    pub id: String,
    /// What people read.
    pub title: Words,
    /// One sentence for whoever has to answer: why it matters and what to do.
    pub why: Words,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is about safety or law.
    pub urgent: bool,
    /// Whether somebody is told at once.
    pub page: bool,
    /// When it is asked.
    pub when: When,
    /// One alert a subject in this time, milliseconds.
    pub cooldown_ms: i64,
    /// What fills the body's `{name:Type}`, as ClickHouse reads a parameter.
    pub parameters: BTreeMap<String, String>,
    /// The SELECT.
    pub body: String,
    /// The file's line that the body begins in.
    pub body_line: usize,
    /// The file's name, for who looks for it.
    pub file: String,
    /// Checksum of the file.
    pub version: String,
}

/// What is wrong with a rule file, where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct RuleError {
    /// The file's name.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What is wrong, and what is expected.
    pub message: String,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// A line and what is wrong in it.
type Wrong = (usize, String);

impl Rule {
    /// Reads a rule file.
    ///
    /// # Errors
    /// Everything that is wrong with it, by line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<RuleError>> {
        let located = |wrong: Vec<Wrong>| {
            let located = |(line, message)| RuleError { file: file.to_owned(), line, message };
            wrong.into_iter().map(located).collect::<Vec<_>>()
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let parts = split(text).map_err(|wrong| located(vec![wrong]))?;
        let head = head::read(parts.head);
        let body = body::read(parts.body, parts.body_line);
        let (head, body) = match (head, body) {
            (Ok(head), Ok(body)) => (head, body),
            (head, body) => return Err(located([head.err(), body.err()].into_iter().flatten().flatten().collect())),
        };
        let wrong = body::agree(&head, &body);
        if !wrong.is_empty() {
            return Err(located(wrong));
        }
        Ok(Self {
            id: head.id,
            title: head.title,
            why: head.why,
            severity: head.severity,
            urgent: head.urgent,
            page: head.page,
            when: head.when,
            cooldown_ms: head.cooldown_ms,
            parameters: head.parameters.into_iter().map(|(name, (value, _))| (name, value)).collect(),
            body: body.text,
            body_line: body.line,
            file: file.to_owned(),
            version: version(text),
        })
    }
}

/// Which rules run, and which were refused.
#[derive(Debug, Default)]
pub struct Rules {
    /// Those that run, by id.
    pub active: Vec<Rule>,
    /// What is wrong with the others, a line an error.
    pub refused: Vec<RuleError>,
}

impl Rules {
    /// Takes the shipped rules and a user's files, each by its name and text: a file of the id of a shipped rule replaces it, and what
    /// `disabled` names is left out. A bad file is refused alone; where it replaces a shipped rule, that one is not put back in silence.
    pub fn assemble(own: &[(String, String)], disabled: &[String]) -> Self {
        let mut rules = Self::default();
        let mut by_id: BTreeMap<String, Rule> = BTreeMap::new();
        for (file, text) in shipped::FILES {
            match Rule::parse(file, text) {
                Ok(rule) => drop(by_id.insert(rule.id.clone(), rule)),
                Err(errors) => rules.refused.extend(errors),
            }
        }
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        for (file, text) in own {
            match Rule::parse(file, text) {
                Ok(rule) => rules.take(rule, &mut by_id, &mut first),
                Err(errors) => {
                    drop(by_id.remove(stem(file)));
                    rules.refused.extend(errors);
                }
            }
        }
        for id in disabled {
            if by_id.remove(id).is_none() && !rules.refused.iter().any(|error| stem(&error.file) == id) {
                let message = format!("there is no rule {id:?} to disable");
                rules.refused.push(RuleError { file: "alert.disabled".to_owned(), line: 1, message });
            }
        }
        rules.active = by_id.into_values().collect();
        rules
    }

    fn take(&mut self, rule: Rule, by_id: &mut BTreeMap<String, Rule>, first: &mut BTreeMap<String, String>) {
        if let Some(other) = first.insert(rule.id.clone(), rule.file.clone()) {
            let message = format!("id {:?} is the id of {other} too; give one of them another", rule.id);
            self.refused.push(RuleError { file: rule.file, line: 1, message });
            return;
        }
        by_id.insert(rule.id.clone(), rule);
    }
}

/// Returns the id that a file's name promises.
fn stem(file: &str) -> &str {
    let name = file.rsplit('/').next().unwrap_or(file);
    name.strip_suffix(".sql").unwrap_or(name)
}

/// The two parts of a file.
struct Parts<'a> {
    head: &'a str,
    body: &'a str,
    body_line: usize,
}

fn split(text: &str) -> Result<Parts<'_>, Wrong> {
    let mut at = 0;
    let mut head_start = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        at += line.len();
        let is_fence = line.trim_end() == "---";
        match head_start {
            None if is_fence => head_start = Some(at),
            None => {
                return Err((
                    index + 1,
                    "a rule file begins with a line ---, its head, and another line ---".to_owned(),
                ));
            }
            Some(start) if is_fence => {
                return Ok(Parts { head: &text[start..at - line.len()], body: &text[at..], body_line: index + 2 });
            }
            Some(_) => {}
        }
    }
    Err((text.lines().count().max(1), "the head does not end: a line --- is missing".to_owned()))
}

fn version(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
