//! The ClickHouse objects, in the order they are created: `clickhouse/*.sql`, one statement a file.

/// The database all objects live in.
pub const DATABASE: &str = "hearken";

/// The ordinal of the statements: a release that changes a table's raises it, so that an older program does not touch a newer
/// database. `hearken migrate` notes it.
pub const REVISION: u32 = 1;

/// One object: its file name without `.sql`, and the statement that creates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// The file's name, such as `010_feedback`; the number is the order.
    pub file: &'static str,
    /// `CREATE … IF NOT EXISTS` for what holds data, `CREATE OR REPLACE` for functions, views and dictionaries.
    pub statement: &'static str,
}

macro_rules! objects {
    ($($file:literal),* $(,)?) => {
        &[$(Object { file: $file, statement: include_str!(concat!("../clickhouse/", $file, ".sql")) }),*]
    };
}

/// Every object, in order.
pub const OBJECTS: &[Object] = objects![
    "001_hearken_net",
    "002_hearken_net_se",
    "003_hearken_net_low",
    "004_hearken_net_high",
    "005_hearken_share_low",
    "006_hearken_share_high",
    "007_hearken_customer_key",
    "007_hearken_newest",
    "007_hearken_share_error",
    "008_hearken_net_error",
    "008_hearken_order_counts",
    "009_hearken_chosen",
    "009_hearken_has_ended",
    "009_hearken_margin",
    "009_hearken_quintile",
    "009_hearken_severe",
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
    "022_states",
    "023_states_from_feedback",
    "024_states_from_orders",
    "025_states_from_visits",
    "026_states_from_customers",
    "030_feedback_minute",
    "031_feedback_minute_from_feedback",
    "032_keyword_hour",
    "033_keyword_hour_from_feedback",
    "040_sources",
    "041_brands",
    "042_products",
    "043_places",
    "044_touchpoints",
    "045_source_by_name",
    "046_brand_by_name",
    "047_product_by_id",
    "048_place_by_id",
    "049_hearken_aspect_stage",
    "049_hearken_day",
    "049_hearken_stage",
    "049_hearken_touchpoint",
    "049_hearken_zone",
    "049_touchpoint_by_name",
    "050_v_feedback",
    "051_v_feedback_minute",
    "052_v_pipeline_latency",
    "053_v_outcome",
    "054_v_quotes",
    "055_v_aspect_minute",
    "056_v_ratings",
    "057_v_survey_answers",
    "058_v_orders",
    "059_v_visits",
    "060_v_customers",
    "061_v_identities",
    "062_v_customer_merges",
    "063_v_feedback_customers",
    "064_v_feedback_orders",
    "065_v_brand_comparison",
    "066_v_places",
    "067_v_products",
    "068_v_keywords",
    "069_v_intents",
    "070_v_score_answers",
    "071_v_nps",
    "072_v_csat",
    "073_v_ces",
    "074_v_net_sentiment",
    "075_v_survey_responses",
    "076_v_score_changes",
    "080_v_journey_voices",
    "081_v_visit_steps",
    "082_v_journey_touchpoints",
    "083_v_journey",
    "090_v_coverage",
    "091_v_channel_gap",
    "092_indicators",
    "093_v_indicator_cells",
    "094_v_indicators",
    "100_calendar",
    "101_calendar_by_day",
    "102_hearken_calendar",
    "103_hearken_kano",
    "104_hearken_tail",
    "105_driver_importance",
    "106_text_kano",
    "110_v_drivers",
    "111_v_driver_matrix",
    "112_v_impact",
    "113_v_kano",
    "114_v_keyword_trends",
    "115_v_word_cloud",
    "120_v_anomalies",
    "121_v_incidents",
    "122_v_bursts",
    "130_fx_rates",
    "131_actions",
    "132_v_order_values",
    "133_v_customer_orders",
    "134_v_customer_value",
    "137_v_last_words",
    "138_v_retention",
    "140_v_feedback_visits",
    "141_v_action_effect",
    "142_v_share_of_voice",
    "150_alerts",
    "151_cases",
    "152_case_events",
    "153_messages",
    "154_deliveries",
    "155_audit_log",
    "156_customer_standing",
    "157_customer_standing_hourly",
    "158_v_news",
    "159_v_alert_facts",
    "160_hearken_quarters",
    "161_v_crowds",
    "162_customer_names",
    "163_customer_names_hourly",
    "164_hearken_churn",
    "165_hearken_churn_reason",
    "166_v_risk_at",
    "167_v_churn_risk",
    "180_hearken_is_response",
    "181_v_case_events",
    "182_v_cases",
    "183_v_open_cases",
    "184_v_deliveries",
    "185_v_alerts",
    "186_v_survey_due",
    "187_v_sla",
    "188_v_first_response",
    "189_v_case_departments",
    "190_v_alert_precision",
    "191_v_alert_outcomes",
    "192_v_save_rate",
    "193_v_recovery",
    "194_v_case_scores",
    "195_v_revenue_at_risk",
    "196_v_customer_timeline",
    "197_erasures",
    "198_erasure_scope",
    "199_placement",
];

impl Object {
    /// Tells whether it is a function: views have its text in them from the moment they are made, and it has no COMMENT.
    pub fn is_function(&self) -> bool {
        self.statement.starts_with("CREATE OR REPLACE FUNCTION")
    }

    /// Tells whether it is a dictionary.
    pub fn is_dictionary(&self) -> bool {
        self.statement.starts_with("CREATE OR REPLACE DICTIONARY")
    }

    /// Tells whether it is a view that analysts read.
    pub fn is_view(&self) -> bool {
        self.statement.starts_with("CREATE OR REPLACE VIEW")
    }

    /// Returns the object's own name, such as `feedback`.
    pub fn name(&self) -> &'static str {
        self.file.split_once('_').map_or(self.file, |(_, name)| name)
    }
}
