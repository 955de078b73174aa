//! A rule's head.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml_ng::Value;

use super::{Severity, When, Wrong};
use crate::facts::Words;

/// The head's first line stands below the fence.
const FIRST_LINE: usize = 2;

/// The shortest time between two ticks, milliseconds: rules are asked in turn.
const EVERY_MS_MIN: i64 = 10_000;

/// The head, read.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) title: Words,
    pub(super) why: Words,
    pub(super) severity: Severity,
    pub(super) urgent: bool,
    pub(super) page: bool,
    pub(super) when: When,
    pub(super) cooldown_ms: i64,
    /// Each with the file's line that it stands in.
    pub(super) parameters: BTreeMap<String, (String, usize)>,
}

/// The head as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    title: Words,
    why: Words,
    severity: Severity,
    #[serde(default)]
    urgent: bool,
    #[serde(default = "yes")]
    page: bool,
    on: Option<String>,
    every: Option<String>,
    cooldown: String,
    #[serde(default)]
    parameters: BTreeMap<String, Value>,
}

fn yes() -> bool {
    true
}

/// Reads the text between the fences.
pub(super) fn read(text: &str) -> Result<Head, Vec<Wrong>> {
    let written: Written = serde_yaml_ng::from_str(text).map_err(|error| {
        let line = error.location().map_or(0, |at| at.line().saturating_sub(1)).min(text.lines().count());
        vec![(line + FIRST_LINE, reworded(&error.to_string()))]
    })?;
    let mut wrong = Vec::new();
    let line = |key: &str| line_of(text, key);
    if !is_name(&written.id) {
        wrong.push((line("id"), format!("id {:?}: expected small letters, digits and _", written.id)));
    }
    for (key, words) in [("title", &written.title), ("why", &written.why)] {
        if words.en.trim().is_empty() || words.zh.trim().is_empty() {
            wrong.push((line(key), format!("{key}: expected words in en and in zh")));
        }
    }
    let cooldown_ms = duration_ms(&written.cooldown).unwrap_or_else(|expected| {
        wrong.push((line("cooldown"), format!("cooldown {:?}: {expected}", written.cooldown)));
        1
    });
    let when = when(&written).unwrap_or_else(|(key, message)| {
        wrong.push((line(key), message));
        When::Feedback
    });
    let mut parameters = BTreeMap::new();
    for (name, value) in written.parameters {
        let at = line_within(text, "parameters", &name);
        match parameter(&value, false) {
            Some(value) if is_name(&name) => drop(parameters.insert(name, (value, at))),
            Some(_) => wrong.push((at, format!("parameter {name:?}: expected a name of small letters, digits and _"))),
            None => wrong
                .push((at, format!("parameter {name}: expected a number, a text, true or false, or a list of them"))),
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let Written { id, title, why, severity, urgent, page, .. } = written;
    Ok(Head { id, title, why, severity, urgent, page, when, cooldown_ms, parameters })
}

/// serde's words end with the place, which stands before the message already.
fn reworded(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

fn when(written: &Written) -> Result<When, (&'static str, String)> {
    match (written.on.as_deref(), written.every.as_deref()) {
        (Some("feedback"), None) => Ok(When::Feedback),
        (Some(other), None) => {
            Err(("on", format!("on {other:?}: expected feedback, or every: with a time such as 10m")))
        }
        (None, Some(every)) => match duration_ms(every) {
            Ok(period_ms) if period_ms >= EVERY_MS_MIN => Ok(When::Every(period_ms)),
            Ok(_) => Err(("every", format!("every {every:?}: expected 10s or longer"))),
            Err(expected) => Err(("every", format!("every {every:?}: {expected}"))),
        },
        (Some(_), Some(_)) => Err(("every", "on and every exclude each other; leave one out".to_owned())),
        (None, None) => Err(("id", "expected on: feedback, or every: with a time such as 10m".to_owned())),
    }
}

/// Reads a duration such as `30s`, `10m`, `12h` or `7d`.
fn duration_ms(text: &str) -> Result<i64, &'static str> {
    const EXPECTED: &str = "expected a whole number and s, m, h or d, such as 7d";
    let unit_at = text.find(|character: char| !character.is_ascii_digit()).ok_or(EXPECTED)?;
    let (number, unit) = text.split_at(unit_at);
    let unit_ms = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(EXPECTED),
    };
    let number: i64 = number.parse().map_err(|_| EXPECTED)?;
    number
        .checked_mul(unit_ms)
        .filter(|ms| (1..=3_660 * 86_400_000).contains(ms))
        .ok_or("expected more than nothing and at most ten years")
}

/// Writes a value as ClickHouse reads a parameter: texts of a list are quoted, one alone is not.
fn parameter(value: &Value, in_list: bool) -> Option<String> {
    match value {
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(value) => Some(value.to_string()),
        Value::String(value) if in_list => Some(format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))),
        Value::String(value) => Some(value.clone()),
        Value::Sequence(values) if !in_list => {
            let values: Option<Vec<String>> = values.iter().map(|value| parameter(value, true)).collect();
            values.map(|values| format!("[{}]", values.join(",")))
        }
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    }
}

/// Tells whether it is a name of small letters, digits and `_`.
fn is_name(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.starts_with(|first: char| first.is_ascii_lowercase()) && name.bytes().all(letter) && name.len() <= 64
}

/// Returns the file's line of a key of the head; the head's first where it is written in some other way.
fn line_of(text: &str, key: &str) -> usize {
    let has = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'));
    text.lines().position(has).unwrap_or(0) + FIRST_LINE
}

/// Returns the file's line of a key below another one; that one's where both stand in one line.
fn line_within(text: &str, outer: &str, key: &str) -> usize {
    let outer = line_of(text, outer);
    let below =
        text.lines().skip(outer + 1 - FIRST_LINE).take_while(|line| line.starts_with([' ', '#']) || line.is_empty());
    let has = |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with(':'));
    below.map(has).position(|found| found).map_or(outer, |at| outer + 1 + at)
}
