//! The feedback that the tests of the enricher change.

use hearken_schemas::feedback::Feedback;
use serde_json::{Value, json};

/// Makes a feedback of the fields that matter to a test; the rest is filled in: a review without words.
pub(crate) fn feedback(fields: Value) -> Feedback {
    let mut record = json!({
        "feedback_id": "5f0c4e0e-9d5b-5b6e-8f0a-000000000001",
        "revision": 0,
        "channel": "review",
        "source": "shop",
        "source_id": "1",
        "occurred_at": "2026-01-05T10:00:00Z",
        "received_at": "2026-01-05T10:00:01Z",
        "time_precision": "second",
        "journey_stage": "unmapped",
        "text": "",
        "redactions": 0,
    });
    let (Value::Object(record_fields), Value::Object(fields)) = (&mut record, fields) else {
        panic!("the fields of a test are an object")
    };
    record_fields.extend(fields);
    serde_json::from_value(record).expect("the fields of a test are valid")
}
