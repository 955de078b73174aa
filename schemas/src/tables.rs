//! The ClickHouse objects, in the order they are created: `clickhouse/*.sql`, one statement a file.

/// The database all objects live in.
pub const DATABASE: &str = "hearken";

/// One object: its file name without `.sql`, and the statement that creates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// The file's name, such as `010_feedback`; the number is the order.
    pub file: &'static str,
    /// `CREATE … IF NOT EXISTS` for what holds data, `CREATE OR REPLACE` for views.
    pub statement: &'static str,
}

macro_rules! objects {
    ($($file:literal),* $(,)?) => {
        &[$(Object { file: $file, statement: include_str!(concat!("../clickhouse/", $file, ".sql")) }),*]
    };
}

/// Every object, in order.
pub const OBJECTS: &[Object] = objects![
    "010_feedback",
    "011_superseded",
    "012_superseded_from_feedback",
    "013_survey_answers",
    "014_survey_answers_from_feedback",
    "015_orders",
    "016_visits",
    "017_customers",
    "018_identities",
    "019_identities_from_customers",
    "020_outcomes",
    "021_dead_letters",
    "030_feedback_minute",
    "031_feedback_minute_from_feedback",
    "032_keyword_hour",
    "033_keyword_hour_from_feedback",
    "050_v_feedback",
    "051_v_feedback_minute",
    "052_v_pipeline_latency",
    "053_v_outcome",
];

impl Object {
    /// Returns the object's own name, such as `feedback`.
    pub fn name(&self) -> &'static str {
        self.file.split_once('_').map_or(self.file, |(_, name)| name)
    }
}
