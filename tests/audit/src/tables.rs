//! What ClickHouse holds, row by row and cell by cell.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::http::query;
use crate::ledger::At;

/// One row of `feedback`, as far as the audit looks.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct Row {
    pub feedback_id: String,
    pub version: u64,
    pub sign: i64,
    pub arrival: i64,
    pub source_id: String,
    pub channel: String,
    pub brand: String,
    pub journey_stage: String,
    pub occurred_at_ms: i64,
    pub time_precision: String,
    pub origin: String,
    pub sentiment: Option<String>,
    pub sentiment_score: Option<f32>,
    pub rating_value: Option<f32>,
    pub rating_scale_max: Option<f32>,
    pub terms: Vec<String>,
    pub intents: Vec<String>,
    pub answers: Vec<String>,
    pub src: At,
    pub crc: u32,
}

/// One row of `dead_letters`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct DeadLetter {
    pub stage: String,
    pub at: At,
    pub src: At,
    pub crc: u32,
}

/// One row of `outcomes`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table's column comments say what each field is")]
pub struct Outcome {
    pub kind: String,
    pub src: At,
    pub crc: u32,
}

/// One row of `orders`, `visits` or `customers`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "the tables' column comments say what each field is")]
pub struct State {
    pub table: &'static str,
    pub record_id: String,
    pub src: At,
    pub crc: u32,
}

/// The tables of the business's own records.
const STATES: [&str; 3] = ["orders", "visits", "customers"];

/// The cells of a rollup: its keys, in the table's order, and the sums of its measures, in the table's order.
pub type Cells = BTreeMap<Vec<String>, Vec<i64>>;

/// Everything that is judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tables {
    /// Table `feedback`.
    pub rows: Vec<Row>,
    /// Tables `orders`, `visits` and `customers`.
    pub states: Vec<State>,
    /// Table `survey_answers`: how often each (feedback id, version, sign, question) stands there.
    pub survey_answers: BTreeMap<(String, u64, i64, String), i64>,
    /// Table `superseded`: feedback id and version.
    pub superseded: Vec<(String, u64)>,
    /// Table `dead_letters`.
    pub dead_letters: Vec<DeadLetter>,
    /// Table `outcomes`.
    pub outcomes: Vec<Outcome>,
    /// Table `feedback_minute`; a minute is written in seconds since the epoch.
    pub feedback_minute: Cells,
    /// Table `keyword_hour`; an hour is written in seconds since the epoch.
    pub keyword_hour: Cells,
}

const ROWS: &str = "toString(feedback_id), version, sign, arrival, source_id, channel, brand, journey_stage, \
    toUnixTimestamp64Milli(occurred_at), time_precision, origin, sentiment, toString(sentiment_score), toString(rating_value), \
    toString(rating_scale_max), keywords.term, intents.kind, answers.question_id, src_topic, src_partition, src_offset, crc";
const MINUTES: &str = "toString(toUnixTimestamp(minute)), brand, channel, journey_stage, \
    arrivals, feedback, organic, judged, negative, positive, mixed, score_sum, churn, rated, rating_sum";
const HOURS: &str = "toString(toUnixTimestamp(hour)), brand, channel, term, feedback, negative, positive";

/// Both rollups have four keys.
const KEYS: usize = 4;

impl Tables {
    /// Fetches every table as it is now; meant for a pipeline at rest.
    ///
    /// # Errors
    /// Where ClickHouse does not answer, or a field is not what its column promises.
    pub fn fetch(url: &str) -> Result<Self, String> {
        let superseded = "toString(feedback_id), version";
        let letters = "stage, at_topic, at_partition, at_offset, src_topic, src_partition, src_offset, crc";
        let answers = "toString(feedback_id), version, sign, question_id";
        let mut survey_answers = BTreeMap::new();
        for answer in fetch(url, answers, "survey_answers", answer)? {
            *survey_answers.entry(answer).or_default() += 1;
        }
        let mut states = Vec::new();
        for table in STATES {
            let columns = "toString(record_id), src_topic, src_partition, src_offset, crc";
            let rows = fetch(url, columns, table, |fields| Some((fields.text()?, fields.at()?, fields.unsigned()?)))?;
            states.extend(rows.into_iter().map(|(record_id, src, crc)| State { table, record_id, src, crc }));
        }
        Ok(Self {
            states,
            survey_answers,
            rows: fetch(url, ROWS, "feedback", row)?,
            superseded: fetch(url, superseded, "superseded", |fields| Some((fields.text()?, fields.unsigned()?)))?,
            dead_letters: fetch(url, letters, "dead_letters", dead_letter)?,
            outcomes: fetch(url, "kind, src_topic, src_partition, src_offset, crc", "outcomes", outcome)?,
            feedback_minute: summed(fetch(url, MINUTES, "feedback_minute", cell)?),
            keyword_hour: summed(fetch(url, HOURS, "keyword_hour", cell)?),
        })
    }
}

fn fetch<T>(url: &str, columns: &str, table: &str, read: fn(&mut Fields) -> Option<T>) -> Result<Vec<T>, String> {
    let answer = query(url, &format!("SELECT {columns} FROM hearken.{table} FORMAT JSONCompactEachRow"))?;
    let row = |line: &str| {
        let fields: Option<Vec<Value>> = serde_json::from_str(line).ok();
        let read = fields.and_then(|fields| read(&mut Fields(fields.into_iter())));
        read.ok_or_else(|| format!("{table}: not the row that was asked for: {line}"))
    };
    answer.lines().map(row).collect()
}

/// The fields of one row, taken in order.
struct Fields(std::vec::IntoIter<Value>);

impl Fields {
    fn text(&mut self) -> Option<String> {
        self.0.next()?.as_str().map(str::to_owned)
    }

    /// A whole number; ClickHouse may be told to quote the wide ones.
    fn number(&mut self) -> Option<i64> {
        let value = self.0.next()?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    fn unsigned<T: TryFrom<u64>>(&mut self) -> Option<T> {
        let value = self.0.next()?;
        T::try_from(value.as_u64().or_else(|| value.as_str()?.parse().ok())?).ok()
    }

    fn optional_text(&mut self) -> Option<Option<String>> {
        match self.0.next()? {
            Value::Null => Some(None),
            Value::String(text) => Some(Some(text)),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A Float32 in its shortest decimal form: exactly the one that was stored.
    fn optional_float(&mut self) -> Option<Option<f32>> {
        match self.optional_text()? {
            None => Some(None),
            Some(text) => text.parse().ok().map(Some),
        }
    }

    fn texts(&mut self) -> Option<Vec<String>> {
        self.0.next()?.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
    }

    fn at(&mut self) -> Option<At> {
        Some(At { topic: self.text()?, partition: self.number()?, offset: self.number()? })
    }
}

fn row(fields: &mut Fields) -> Option<Row> {
    Some(Row {
        feedback_id: fields.text()?,
        version: fields.unsigned()?,
        sign: fields.number()?,
        arrival: fields.number()?,
        source_id: fields.text()?,
        channel: fields.text()?,
        brand: fields.text()?,
        journey_stage: fields.text()?,
        occurred_at_ms: fields.number()?,
        time_precision: fields.text()?,
        origin: fields.text()?,
        sentiment: fields.optional_text()?,
        sentiment_score: fields.optional_float()?,
        rating_value: fields.optional_float()?,
        rating_scale_max: fields.optional_float()?,
        terms: fields.texts()?,
        intents: fields.texts()?,
        answers: fields.texts()?,
        src: fields.at()?,
        crc: fields.unsigned()?,
    })
}

fn answer(fields: &mut Fields) -> Option<(String, u64, i64, String)> {
    Some((fields.text()?, fields.unsigned()?, fields.number()?, fields.text()?))
}

fn dead_letter(fields: &mut Fields) -> Option<DeadLetter> {
    Some(DeadLetter { stage: fields.text()?, at: fields.at()?, src: fields.at()?, crc: fields.unsigned()? })
}

fn outcome(fields: &mut Fields) -> Option<Outcome> {
    Some(Outcome { kind: fields.text()?, src: fields.at()?, crc: fields.unsigned()? })
}

fn cell(fields: &mut Fields) -> Option<(Vec<String>, Vec<i64>)> {
    let keys = (0..KEYS).map(|_| fields.text()).collect::<Option<_>>()?;
    let measures = fields.0.len();
    Some((keys, (0..measures).map(|_| fields.number()).collect::<Option<_>>()?))
}

/// Adds up the parts of each cell: ClickHouse merges them whenever it likes.
pub(crate) fn summed(parts: impl IntoIterator<Item = (Vec<String>, Vec<i64>)>) -> Cells {
    let mut cells = Cells::new();
    for (keys, measures) in parts {
        match cells.entry(keys) {
            std::collections::btree_map::Entry::Vacant(place) => _ = place.insert(measures),
            std::collections::btree_map::Entry::Occupied(mut sums) => {
                sums.get_mut().iter_mut().zip(measures).for_each(|(sum, measure)| *sum += measure);
            }
        }
    }
    cells
}
