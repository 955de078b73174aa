//! From a line of somebody's file to a raw record: pure.

use std::fmt;

use hearken_schemas::feedback::TimePrecision;
use serde_json::{Map, Value, json};

use super::kind::{Kind, text_of};
use super::mapping::{AnswerMapping, Given, ItemMapping, Layers, Mapping, TurnMapping, find, text};
use super::time::{Clock, Missing};

/// A record ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawRecord {
    /// Its key.
    pub(crate) key: String,
    /// Its JSON.
    pub(crate) value: Vec<u8>,
}

/// Why a line is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unsent {
    /// The raw field that is missing; none where the line itself cannot be read.
    pub(crate) field: Option<&'static str>,
    /// What is wrong.
    pub(crate) problem: String,
}

impl Unsent {
    /// Refuses the line as a whole.
    pub(super) fn whole(problem: impl Into<String>) -> Self {
        Self { field: None, problem: problem.into() }
    }
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

/// The fields of raw records that are no text. Exports often quote them, so what can be read is put right; what cannot stays
/// as it is, for the pipeline to judge.
const NUMBERS: [&str; 5] = ["revision", "likes", "reposts", "amount", "dwell_ms"];
const FLAGS: [&str; 3] = ["resolved", "deleted", "consent.contact"];
const TIMES: [&str; 3] = ["occurred_at", "updated_at", "sent_at"];
const STRUCTURES: [&str; 7] = ["rating", "turns", "answers", "items", "aliases", "media", "attributes"];

/// Takes a line that is a raw record already: it is sent byte by byte as it stands there.
pub(crate) fn already_raw(kind: Kind, value: &Value, line: &[u8]) -> Result<RawRecord, Unsent> {
    match value {
        Value::Object(record) => Ok(RawRecord { key: key(kind, record)?, value: line.to_vec() }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Unsent::whole("expected one JSON object a line"))
        }
    }
}

impl Mapping {
    /// Returns source and id of the conversation a line belongs to, where the mapping groups turns.
    pub(crate) fn session(&self, line: &Value) -> Option<Result<(String, String), Unsent>> {
        let layers = self.layers(line);
        let turns = layers.last(|layer| layer.turns.as_ref())?;
        let Some(id) = find(line, &turns.session) else {
            let problem = format!("no {}, so nothing to know the conversation by", turns.session);
            return Some(Err(Unsent { field: Some("source_id"), problem }));
        };
        let prefix = layers.table(|layer| &layer.prefix).get("source_id").map_or("", |prefix| prefix.as_str());
        let source = text_of(&plain(&layers, line, 0), "source").unwrap_or_default();
        Some(Ok((source, format!("{prefix}{}", text(id)))))
    }

    /// Maps a line that is a whole record.
    pub(crate) fn record(&self, kind: Kind, line: &Value, number: usize) -> Result<RawRecord, Unsent> {
        let layers = self.layers(line);
        let mut record = plain(&layers, line, number);
        timed(kind, &layers, &mut record);
        finish(kind, &record)
    }

    /// Maps the turns of one conversation, in order; what concerns the whole is taken from the first turn that has it.
    pub(crate) fn chat(&self, id: &str, lines: &[Value]) -> Result<RawRecord, Unsent> {
        let first = self.layers(lines.first().unwrap_or(&Value::Null));
        let mut record = Map::new();
        for line in lines.iter().rev() {
            record.extend(plain(&self.layers(line), line, 0));
        }
        let mut said = Vec::new();
        let mut began = None;
        for line in lines {
            let layers = self.layers(line);
            let turns =
                layers.last(|layer| layer.turns.as_ref()).ok_or_else(|| Unsent::whole("the mapping has no [turns]"))?;
            let at = turns.at.as_ref().and_then(|path| find(line, path));
            began = began.or(at);
            said.push(turn(turns, layers.clock(), line));
        }
        if let Some(at) = began {
            record.insert("occurred_at".to_owned(), at.clone());
        }
        record.insert("source_id".to_owned(), id.into());
        record.insert("turns".to_owned(), said.into());
        timed(Kind::Chats, &first, &mut record);
        finish(Kind::Chats, &record)
    }
}

/// Everything but times.
fn plain(layers: &Layers<'_>, line: &Value, number: usize) -> Map<String, Value> {
    let mut record = Map::new();
    for (field, value) in layers.table(|layer| &layer.constants) {
        put(&mut record, field, value.clone());
    }
    let (values, prefixes) = (layers.table(|layer| &layer.values), layers.table(|layer| &layer.prefix));
    for (field, path) in layers.table(|layer| &layer.fields) {
        let found = if path == "#line" { Some(Value::from(number.to_string())) } else { find(line, path).cloned() };
        let Some(found) = found else { continue };
        let value = values.get(field).and_then(|listed| listed.get(&text(&found))).cloned().unwrap_or(found);
        if value.as_str().is_some_and(str::is_empty) {
            continue;
        }
        let value = match prefixes.get(field) {
            Some(prefix) => format!("{prefix}{}", text(&value)).into(),
            None => typed(field, value),
        };
        put(&mut record, field, value);
    }
    if let Some(rating) = layers.last(|layer| layer.rating.as_ref())
        && let (Some(value), Some(scale_max)) = (find(line, &rating.value), given(&rating.scale_max, line))
    {
        let value =
            rating.values.get(&text(value)).map_or_else(|| number_of(value.clone()), |counts| counts.clone().into());
        record.insert("rating".to_owned(), json!({ "value": value, "scale_max": scale_max }));
    }
    let mut lists = |field: &str, list: Vec<Value>| {
        if !list.is_empty() {
            record.insert(field.to_owned(), list.into());
        }
    };
    lists("answers", layers.list(|layer| &layer.answers).iter().filter_map(|map| answer(map, line)).collect());
    lists("items", layers.last(|layer| layer.items.as_ref()).map(|map| items(map, line)).unwrap_or_default());
    let aliases = layers.list(|layer| &layer.aliases).iter().filter_map(|alias| {
        let value = text(find(line, &alias.value)?);
        Some(without_nulls(json!({ "type": alias.kind, "value": value, "source": alias.source })))
    });
    lists("aliases", aliases.collect());
    for (name, path) in layers.table(|layer| &layer.attributes) {
        if let Some(value) = find(line, path) {
            let attributes = record.entry("attributes").or_insert_with(|| json!({}));
            attributes[name] = text(value).into();
        }
    }
    record
}

/// Reads the record's times, and says how exact `occurred_at` is where its text no longer shows it.
fn timed(kind: Kind, layers: &Layers<'_>, record: &mut Map<String, Value>) {
    let clock = layers.clock();
    let mut precision = None;
    for field in TIMES {
        let Some(time) = record.get_mut(field) else { continue };
        let (read, exactness) = clock.read(time);
        *time = read;
        if field == "occurred_at" {
            precision = exactness;
        }
    }
    let undated = !record.contains_key("occurred_at") && kind.may_be_undated();
    if undated && layers.missing() == Missing::Unknown {
        record.insert("time_precision".to_owned(), TimePrecision::Unknown.as_str().into());
    } else if let Some(precision) = precision {
        record.entry("time_precision").or_insert_with(|| precision.as_str().into());
    }
}

fn turn(turns: &TurnMapping, clock: Clock<'_>, line: &Value) -> Value {
    let role = find(line, &turns.role).map(text).unwrap_or_default();
    let role = turns.roles.get(&role).cloned().unwrap_or(role);
    let at = turns.at.as_ref().and_then(|path| find(line, path)).map(|at| clock.read(at).0);
    let said = find(line, &turns.text).map(text).unwrap_or_default();
    without_nulls(json!({ "role": role, "text": said, "at": at }))
}

fn answer(map: &AnswerMapping, line: &Value) -> Option<Value> {
    let find = |path: &Option<String>| path.as_ref().and_then(|path| find(line, path));
    let value = find(&map.value).map(|value| match map.values.get(&text(value)) {
        Some(counts) => counts.clone().into(),
        None => number_of(value.clone()),
    });
    let said = find(&map.text).map(text);
    if value.is_none() && said.is_none() {
        return None;
    }
    let scale_max = map.scale_max.as_ref().and_then(|scale| given(scale, line));
    let AnswerMapping { question_id, kind, feature, direction, .. } = map;
    Some(without_nulls(json!({
        "question_id": question_id, "kind": kind, "feature": feature, "direction": direction,
        "value": value, "scale_max": scale_max, "text": said,
    })))
}

fn items(map: &ItemMapping, line: &Value) -> Vec<Value> {
    let list = match &map.list {
        Some(path) => find(line, path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default(),
        None => std::slice::from_ref(line),
    };
    let number = |item: &Value, path: &Option<String>| {
        path.as_ref().and_then(|path| find(item, path)).map(|value| number_of(value.clone()))
    };
    let item = |item: &Value| {
        let product = text(find(item, &map.product_id)?);
        let quantity = number(item, &map.quantity).unwrap_or_else(|| 1.into());
        Some(without_nulls(json!({ "product_id": product, "quantity": quantity, "amount": number(item, &map.amount) })))
    };
    list.iter().filter_map(item).collect()
}

fn given(given: &Given, line: &Value) -> Option<Value> {
    match given {
        Given::Fixed(number) => Some(number.clone().into()),
        Given::Path(path) => find(line, path).cloned().map(number_of),
    }
}

/// Puts a value where a name such as `consent.contact` points.
fn put(record: &mut Map<String, Value>, field: &str, value: Value) {
    match field.split_once('.') {
        None => {
            record.insert(field.to_owned(), value);
        }
        Some((outer, inner)) => {
            let outer = record.entry(outer).or_insert_with(|| json!({}));
            if let Value::Object(outer) = outer {
                put(outer, inner, value);
            }
        }
    }
}

fn typed(field: &str, value: Value) -> Value {
    if NUMBERS.contains(&field) {
        number_of(value)
    } else if FLAGS.contains(&field) {
        match value.as_str().map(|text| text.trim().to_lowercase()).as_deref() {
            Some("true" | "yes" | "1") => true.into(),
            Some("false" | "no" | "0") => false.into(),
            Some(_) | None => value,
        }
    } else if TIMES.contains(&field) || STRUCTURES.contains(&field) || value.is_array() || value.is_object() {
        value
    } else {
        text(&value).into()
    }
}

/// Reads a quoted number; anything else stays as it is.
fn number_of(value: Value) -> Value {
    let read = value.as_str().and_then(|text| text.trim().parse::<serde_json::Number>().ok());
    read.map_or(value, Value::from)
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_null());
    }
    value
}

fn finish(kind: Kind, record: &Map<String, Value>) -> Result<RawRecord, Unsent> {
    let value = serde_json::to_vec(record).map_err(|error| Unsent::whole(error.to_string()))?;
    Ok(RawRecord { key: key(kind, record)?, value })
}

/// Returns the key of a record that names itself.
fn key(kind: Kind, record: &Map<String, Value>) -> Result<String, Unsent> {
    let id = kind.id_field();
    let nameless = || Unsent { field: Some(id), problem: format!("no {id}, so nothing to know it by") };
    text_of(record, id).ok_or_else(nameless)?;
    Ok(kind.key(record).unwrap_or_default())
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
