//! From a line of somebody's file to a raw record: pure.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Where the fields of a raw record come from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mapping {
    /// Raw field → path in the line, such as `"author.id"`; `"#line"` is the line's number.
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// Raw field → value for every record.
    #[serde(default)]
    constants: BTreeMap<String, Value>,
    /// Attribute → path in the line.
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    /// Where the rating comes from.
    rating: Option<RatingMapping>,
    /// How turns make a conversation.
    turns: Option<TurnMapping>,
    /// What to make of times without a zone, and of missing ones.
    #[serde(default)]
    time: TimeMapping,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct RatingMapping {
    value: String,
    scale_max: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct TurnMapping {
    session: String,
    role: String,
    text: String,
    at: Option<String>,
    /// The file's role → `customer`, `agent` or `bot`.
    #[serde(default)]
    roles: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct TimeMapping {
    /// Added to a time that has none, such as `+08:00`.
    offset: Option<String>,
    /// Whether a record without a time gets the time of the replay.
    #[serde(default)]
    now_if_missing: bool,
}

/// A record ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RawRecord {
    /// Its key.
    pub(crate) key: String,
    /// Its JSON.
    pub(crate) value: Vec<u8>,
}

/// Takes a line that is a raw record already.
pub(crate) fn already_raw(value: Value) -> Result<RawRecord, String> {
    match value {
        Value::Object(record) => finish(record),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err("expected one JSON object a line".to_owned())
        }
    }
}

impl Mapping {
    /// Reads a mapping file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("opening {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("mapping {}", path.display()))
    }

    /// Returns the conversation a line belongs to, where the mapping groups turns.
    pub(crate) fn session(&self, line: &Value) -> Option<String> {
        self.turns.as_ref().and_then(|turns| find(line, &turns.session)).map(text)
    }

    /// Maps a line that is a whole record.
    pub(crate) fn record(&self, line: &Value, number: usize, now: Timestamp) -> Result<RawRecord, String> {
        finish(self.shared(line, number, now))
    }

    /// Maps the turns of one conversation, in order; what concerns the whole is taken from the first turn that has it.
    pub(crate) fn chat(&self, session: &str, lines: &[Value], now: Timestamp) -> Result<RawRecord, String> {
        let turns = self.turns.as_ref().ok_or("the mapping has no [turns]")?;
        let mut record = Map::new();
        for line in lines.iter().rev() {
            record.extend(self.shared(line, 0, now));
        }
        let timed = turns.at.as_ref().and_then(|path| lines.iter().find_map(|line| find(line, path)));
        if let Some(at) = timed {
            record.insert("occurred_at".to_owned(), self.zoned(at));
        }
        record.insert("source_id".to_owned(), session.into());
        record.insert("turns".to_owned(), lines.iter().map(|line| self.turn(turns, line)).collect());
        finish(record)
    }

    fn shared(&self, line: &Value, number: usize, now: Timestamp) -> Map<String, Value> {
        let mut record: Map<String, Value> = self.constants.clone().into_iter().collect();
        for (field, path) in &self.fields {
            let value = if path == "#line" { Some(number.to_string().into()) } else { find(line, path).cloned() };
            if let Some(value) = value {
                record.insert(field.clone(), value);
            }
        }
        match record.get("occurred_at") {
            Some(time) => {
                let time = self.zoned(time);
                record.insert("occurred_at".to_owned(), time);
            }
            None if self.time.now_if_missing => {
                record.insert("occurred_at".to_owned(), now.to_string().into());
            }
            None => {}
        }
        if let Some(RatingMapping { value, scale_max }) = &self.rating
            && let (Some(value), Some(scale_max)) = (find(line, value), find(line, scale_max))
        {
            record.insert("rating".to_owned(), json!({ "value": value, "scale_max": scale_max }));
        }
        let attributes: Map<String, Value> = self
            .attributes
            .iter()
            .filter_map(|(name, path)| Some((name.clone(), text(find(line, path)?).into())))
            .collect();
        if !attributes.is_empty() {
            record.insert("attributes".to_owned(), attributes.into());
        }
        record
    }

    fn turn(&self, turns: &TurnMapping, line: &Value) -> Value {
        let role = find(line, &turns.role).map(text).unwrap_or_default();
        let role = turns.roles.get(&role).cloned().unwrap_or(role);
        let mut turn = json!({ "role": role, "text": find(line, &turns.text).map(text).unwrap_or_default() });
        if let Some(at) = turns.at.as_ref().and_then(|path| find(line, path)) {
            turn["at"] = self.zoned(at);
        }
        turn
    }

    /// Completes a date to midnight and gives a naive time the declared offset; anything else stays as it is.
    fn zoned(&self, time: &Value) -> Value {
        let (Value::String(time), Some(offset)) = (time, &self.time.offset) else { return time.clone() };
        let clock = time.get(10..).unwrap_or_default();
        if time.len() == 10 {
            format!("{time}T00:00:00{offset}").into()
        } else if clock.contains(['+', '-', 'Z', 'z']) {
            time.clone().into()
        } else {
            format!("{}{offset}", time.replacen(' ', "T", 1)).into()
        }
    }
}

fn finish(record: Map<String, Value>) -> Result<RawRecord, String> {
    let field = |name: &str| record.get(name).map(text).filter(|text| !text.is_empty());
    let key =
        field("customer_id").or_else(|| field("source_id")).ok_or("no source_id, so nothing to know it again by")?;
    let value = serde_json::to_vec(&record).map_err(|error| error.to_string())?;
    Ok(RawRecord { key, value })
}

/// Follows a path of names; `null` counts as missing.
fn find<'a>(line: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(line, |value, name| value.get(name)).filter(|value| !value.is_null())
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(text: &str) -> Mapping {
        toml::from_str(text).expect("a mapping")
    }

    fn json(record: &RawRecord) -> Value {
        serde_json::from_slice(&record.value).expect("JSON")
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn fields_constants_attributes_and_ratings_find_their_places() {
        let mapping = mapping(
            r##"
            constants = { source = "shop" }
            fields = { source_id = "#line", text = "body.text", occurred_at = "day", customer_id = "who" }
            attributes = { star_note = "note" }
            rating = { value = "stars", scale_max = "of" }
            time = { offset = "+08:00" }
            "##,
        );
        let line =
            json!({ "body": { "text": "好" }, "day": "2024-02-29", "who": "c1", "note": 7, "stars": 4, "of": 5 });
        let record = mapping.record(&line, 3, NOW).expect("a record");
        assert_eq!(record.key, "c1");
        assert_eq!(
            json(&record),
            json!({ "source": "shop", "source_id": "3", "text": "好", "occurred_at": "2024-02-29T00:00:00+08:00",
                    "customer_id": "c1", "attributes": { "star_note": "7" }, "rating": { "value": 4, "scale_max": 5 } })
        );
    }

    #[test]
    fn times_get_a_zone_only_where_they_have_none() {
        let mapping = mapping("fields = { source_id = \"id\", occurred_at = \"t\" }\ntime = { offset = \"Z\" }");
        for (given, expected) in [
            (json!("2024-01-02"), json!("2024-01-02T00:00:00Z")),
            (json!("2024-01-02 03:04:05"), json!("2024-01-02T03:04:05Z")),
            (json!("2024-01-02T03:04:05+09:00"), json!("2024-01-02T03:04:05+09:00")),
            (json!(1_704_164_645), json!(1_704_164_645)),
        ] {
            let record = mapping.record(&json!({ "id": "1", "t": given }), 1, NOW).expect("a record");
            assert_eq!(json(&record)["occurred_at"], expected);
        }
    }

    #[test]
    fn turns_become_one_conversation() {
        let mapping = mapping(
            r#"
            fields = { source = "from", customer_id = "who" }
            time = { now_if_missing = true }
            [turns]
            session = "talk"
            role = "by"
            text = "says"
            at = "t"
            roles = { user = "customer" }
            "#,
        );
        let lines = [
            json!({ "from": "desk", "talk": 9, "by": "user", "says": "hello", "t": null, "who": "c1" }),
            json!({ "from": "desk", "talk": 9, "by": "agent", "says": "hi", "t": "2024-01-02T03:04:05Z" }),
        ];
        assert_eq!(mapping.session(&lines[0]).as_deref(), Some("9"));
        let record = mapping.chat("9", &lines, NOW).expect("a chat");
        assert_eq!(
            json(&record),
            json!({ "source": "desk", "source_id": "9", "customer_id": "c1", "occurred_at": "2024-01-02T03:04:05Z",
                    "turns": [{ "role": "customer", "text": "hello" },
                              { "role": "agent", "text": "hi", "at": "2024-01-02T03:04:05Z" }] })
        );
    }

    #[test]
    fn a_line_that_nothing_can_know_again_is_refused() {
        assert!(already_raw(json!({ "text": "x" })).is_err());
        assert!(already_raw(json!([1])).is_err());
    }

    #[test]
    fn an_unknown_key_of_the_mapping_is_refused() {
        assert!(toml::from_str::<Mapping>("feilds = { text = \"t\" }").is_err());
    }
}
