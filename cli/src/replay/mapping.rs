//! A mapping as it is written: where the fields of a raw record come from.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Number, Value};

use super::content::CONTENT;
use super::kind::Kind;
use super::time::{Clock, Missing, TimeMapping};

/// Where the fields of a raw record come from.
///
/// A rule is a mapping of its own for the lines it names: what it says is laid over what stands outside.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mapping {
    /// Of a rule: path in the line → the value, or one of the values, it must have; `""` where it must be missing.
    #[serde(rename = "where")]
    condition: BTreeMap<String, OneOf>,
    /// The kind of record it makes; `hearken import` reads it from here.
    #[serde(rename = "as")]
    pub(crate) kind: Option<Kind>,
    /// The sheet of a spreadsheet that it speaks of.
    pub(crate) sheet: Option<String>,
    /// Raw field → path in the line, such as `"author.id"`; `"#line"` is the line's number, `"#content"` a name made of all
    /// that the line says.
    pub(super) fields: BTreeMap<String, String>,
    /// Raw field → value for every record.
    pub(super) constants: BTreeMap<String, Value>,
    /// Attribute → path in the line.
    pub(super) attributes: BTreeMap<String, String>,
    /// Raw field → what is put before its value, so that ids of several files stay apart.
    pub(super) prefix: BTreeMap<String, String>,
    /// Raw field → value in the file → value to send; `""` leaves the field out. Values that are not listed stay as they are.
    pub(super) values: BTreeMap<String, BTreeMap<String, Value>>,
    /// Where the rating comes from.
    pub(super) rating: Option<RatingMapping>,
    /// How turns make a conversation.
    pub(super) turns: Option<TurnMapping>,
    /// Where a survey's answers come from.
    pub(super) answers: Vec<AnswerMapping>,
    /// Where an order's items come from.
    pub(super) items: Option<ItemMapping>,
    /// Where a customer's other names come from.
    pub(super) aliases: Vec<AliasMapping>,
    /// How times are read.
    pub(super) time: TimeMapping,
    /// What holds for some lines only; a later rule wins.
    rules: Vec<Mapping>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum OneOf {
    One(String),
    Any(Vec<String>),
}

/// A number that is the same for every line, or the path to it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum Given {
    Fixed(Number),
    Path(String),
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RatingMapping {
    pub(super) value: String,
    pub(super) scale_max: Given,
    /// The file's rating → the number it counts.
    #[serde(default)]
    pub(super) values: BTreeMap<String, Number>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TurnMapping {
    pub(super) session: String,
    pub(super) role: String,
    pub(super) text: String,
    pub(super) at: Option<String>,
    /// The file's role → `customer`, `agent` or `bot`.
    #[serde(default)]
    pub(super) roles: BTreeMap<String, String>,
}

/// One question of a survey; without `value` and `text` in the line it was left empty.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerMapping {
    pub(super) question_id: String,
    pub(super) kind: String,
    pub(super) value: Option<String>,
    pub(super) text: Option<String>,
    pub(super) scale_max: Option<Given>,
    pub(super) feature: Option<String>,
    pub(super) direction: Option<String>,
    /// The file's answer → the number it counts.
    #[serde(default)]
    pub(super) values: BTreeMap<String, Number>,
}

/// The items of an order: elements of a list in the line, or the line itself.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ItemMapping {
    pub(super) list: Option<String>,
    pub(super) product_id: String,
    /// One where it is missing.
    pub(super) quantity: Option<String>,
    pub(super) amount: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AliasMapping {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) value: String,
    pub(super) source: Option<String>,
}

impl Given {
    /// Returns the path, where it is one.
    fn path(&self) -> Option<&String> {
        match self {
            Self::Fixed(_) => None,
            Self::Path(path) => Some(path),
        }
    }
}

impl Mapping {
    /// Reads a mapping file.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("opening {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("mapping {}", path.display()))
    }

    /// Reads a mapping.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mapping: Self = toml::from_str(text)?;
        ensure!(mapping.condition.is_empty(), "`where` belongs into one of the [[rules]]");
        let unconditional = mapping.rules.iter().position(|rule| rule.condition.is_empty());
        ensure!(unconditional.is_none(), "rule {} has no `where`", unconditional.unwrap_or_default() + 1);
        Ok(mapping)
    }

    /// Replaces the source and the zone of times, where others are given.
    pub(crate) fn with(mut self, source: Option<&str>, zone: Option<TimeZone>) -> Self {
        if let Some(source) = source {
            self.fields.remove("source");
            self.constants.insert("source".to_owned(), source.into());
        }
        self.time.zone = zone.or(self.time.zone);
        self
    }

    /// Returns the source that all records have.
    pub(crate) fn source(&self) -> Option<&str> {
        self.constants.get("source")?.as_str()
    }

    /// Tells whether records are named by what they say.
    pub(super) fn names_by_content(&self) -> bool {
        self.fields.values().any(|path| path == CONTENT) || self.rules.iter().any(Self::names_by_content)
    }

    /// Returns the paths that it reads, with the field or the list that each fills.
    pub(crate) fn reads(&self) -> Vec<(&str, &str)> {
        let plain = self.fields.iter().map(|(field, path)| (field.as_str(), path.as_str()));
        let rating = self.rating.iter().flat_map(|rating| [Some(&rating.value), rating.scale_max.path()]);
        let rating = rating.flatten().map(|path| ("rating", path.as_str()));
        let turns = self.turns.iter().flat_map(|turns| {
            let TurnMapping { session, role, text, at, roles: _ } = turns;
            let said = [Some(role), Some(text), at.as_ref()].into_iter().flatten().map(|path| ("turns", path.as_str()));
            said.chain([("source_id", session.as_str())])
        });
        let answers = self.answers.iter().flat_map(|answer| {
            let scale = answer.scale_max.as_ref().and_then(Given::path);
            [answer.value.as_ref(), answer.text.as_ref(), scale].into_iter().flatten()
        });
        let items = self.items.iter().filter(|items| items.list.is_none()).flat_map(|items| {
            [Some(&items.product_id), items.quantity.as_ref(), items.amount.as_ref()].into_iter().flatten()
        });
        let aliases = self.aliases.iter().map(|alias| ("aliases", alias.value.as_str()));
        let attributes = self.attributes.values().map(|path| ("attributes", path.as_str()));
        plain
            .chain(rating)
            .chain(turns)
            .chain(answers.map(|path| ("answers", path.as_str())))
            .chain(items.map(|path| ("items", path.as_str())))
            .chain(aliases)
            .chain(attributes)
            .chain(self.rules.iter().flat_map(Self::reads))
            .collect()
    }

    /// Returns what a record of this kind cannot do without and the mapping does not fill: one of each list.
    pub(crate) fn lacks(&self, kind: Kind) -> Vec<&'static [&'static str]> {
        let filled = self.filled();
        let undated = self.time.missing == Some(Missing::Unknown) && kind.may_be_undated();
        let fills = |field: &&str| {
            filled.contains(field)
                || (*field == "occurred_at" && (undated || filled.contains(&"turns")))
                || (*field == "source_id" && filled.contains(&"turns"))
        };
        kind.required().iter().filter(|fields| !fields.iter().any(fills)).copied().collect()
    }

    /// Checks that it fills fields which records of this kind have: of a misspelt one nothing else would tell.
    pub(crate) fn fits(self, kind: Kind) -> Result<Self> {
        let known = kind.fields();
        if let Some(own) = self.kind.filter(|own| *own != kind) {
            bail!("it says `as = \"{}\"`, not {}", own.name(), kind.name());
        }
        if let Some(wrong) = self.filled().into_iter().find(|field| !known.contains(*field)) {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            bail!("{} has no field `{wrong}`; it has: {known}", kind.topic());
        }
        Ok(self)
    }

    /// Returns the fields of the record that it speaks of.
    fn filled(&self) -> Vec<&str> {
        let Self { fields, constants, prefix, values, rules, .. } = self;
        let tables = fields.keys().chain(constants.keys()).chain(prefix.keys()).chain(values.keys());
        let outer = tables.map(|field| field.split('.').next().unwrap_or_default());
        let lists = [
            ("rating", self.rating.is_some()),
            ("turns", self.turns.is_some()),
            ("answers", !self.answers.is_empty()),
            ("items", self.items.is_some()),
            ("aliases", !self.aliases.is_empty()),
        ];
        let lists = lists.into_iter().filter(|(_, given)| *given).map(|(field, _)| field);
        outer.chain(lists).chain(rules.iter().flat_map(Self::filled)).collect()
    }

    /// Returns what holds for a line.
    pub(super) fn layers(&self, line: &Value) -> Layers<'_> {
        let mut layers = vec![self];
        self.collect(line, &mut layers);
        Layers(layers)
    }

    fn collect<'a>(&'a self, line: &Value, layers: &mut Vec<&'a Self>) {
        for rule in self.rules.iter().filter(|rule| rule.holds(line)) {
            layers.push(rule);
            rule.collect(line, layers);
        }
    }

    fn holds(&self, line: &Value) -> bool {
        self.condition.iter().all(|(path, wanted)| {
            let found = find(line, path).map(text).unwrap_or_default();
            match wanted {
                OneOf::One(wanted) => *wanted == found,
                OneOf::Any(wanted) => wanted.contains(&found),
            }
        })
    }
}

/// The mapping and the rules that hold for one line, the strongest last.
pub(super) struct Layers<'a>(Vec<&'a Mapping>);

impl<'a> Layers<'a> {
    /// Returns one of the tables, each key as the strongest layer has it.
    pub(super) fn table<V>(&self, of: impl Fn(&'a Mapping) -> &'a BTreeMap<String, V>) -> BTreeMap<&'a str, &'a V> {
        self.0.iter().flat_map(|layer| of(layer)).map(|(key, value)| (key.as_str(), value)).collect()
    }

    /// Returns what the strongest layer says that says anything.
    pub(super) fn last<V: ?Sized>(&self, of: impl Fn(&'a Mapping) -> Option<&'a V>) -> Option<&'a V> {
        self.0.iter().rev().find_map(|layer| of(layer))
    }

    /// Returns the strongest list that is not empty.
    pub(super) fn list<V>(&self, of: impl Fn(&'a Mapping) -> &'a Vec<V>) -> &'a [V] {
        self.last(|layer| Some(of(layer).as_slice()).filter(|list| !list.is_empty())).unwrap_or_default()
    }

    /// Returns how to read the line's times.
    pub(super) fn clock(&self) -> Clock<'a> {
        Clock {
            zone: self.last(|layer| layer.time.zone.as_ref()),
            formats: self.last(|layer| layer.time.formats.as_deref()).unwrap_or_default(),
            serial: self.last(|layer| layer.time.serial.as_ref()).copied(),
        }
    }

    /// Returns what to make of a missing time.
    pub(super) fn missing(&self) -> Missing {
        self.last(|layer| layer.time.missing.as_ref()).copied().unwrap_or_default()
    }
}

/// Follows a path of names; `null` and a blank text count as missing. A name that is the whole path wins over its parts.
pub(crate) fn find<'a>(line: &'a Value, path: &str) -> Option<&'a Value> {
    let whole = line.get(path).or_else(|| path.split('.').try_fold(line, |value, name| value.get(name)));
    whole.filter(|value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()))
}

/// Returns a value as text.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
