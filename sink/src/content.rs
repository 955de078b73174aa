//! What a record says, as one checksum: a known state that comes again with the same one is a repeat, with another a
//! conflict.
//!
//! Of a feedback it covers what the customer said and nothing that a platform counts on by itself, such as likes. The
//! checksum is stored (`content_crc`) and compared for years: its definition changes only together with a new name of
//! the column.

use crc32fast::Hasher;
use hearken_schemas::feedback::{Answer, Feedback, TimePrecision, Turn};
use hearken_schemas::operation::Operation;
use jiff::Timestamp;

/// The length that stands for an absent field.
const ABSENT: u64 = u64::MAX;

/// Returns the CRC-32 (IEEE) over text, title, rating (value, scale), turns (role, text) and answers (all fields), in
/// this order.
///
/// A field is its length in bytes (64 bits, little endian) and its bytes, an absent one the length `u64::MAX` alone; a
/// number is its 8 bytes of IEEE 754, little endian; a list is preceded by how many it holds. So no two contents read
/// as the same bytes.
pub fn of_feedback(feedback: &Feedback) -> u32 {
    let mut said = Said::default();
    said.text(Some(&feedback.text));
    said.text(feedback.title.as_deref());
    said.number(feedback.rating.map(|rating| rating.value));
    said.number(feedback.rating.map(|rating| rating.scale_max));
    said.length(feedback.turns.len() as u64);
    for Turn { at: _, role, text } in &feedback.turns {
        said.text(Some(role.as_str()));
        said.text(Some(text));
    }
    said.length(feedback.answers.len() as u64);
    for Answer { question_id, kind, feature, value, scale_max, direction, text } in &feedback.answers {
        said.text(Some(question_id));
        said.text(Some(kind.as_str()));
        said.text(feature.as_deref());
        said.number(*value);
        said.number(*scale_max);
        said.text(direction.map(|direction| direction.as_str()));
        said.text(text.as_deref());
    }
    said.0.finalize()
}

/// Returns the CRC-32 (IEEE) over an operation's JSON as `operations.normalized.v1` carries it, with the times that
/// come from Kafka and not from the record (`received_at`; `occurred_at` where its precision is unknown) set to the
/// epoch.
///
/// Absent fields are left out of that JSON, so a field that a later release adds changes no checksum of records without
/// it.
pub fn of_operation(operation: &Operation) -> u32 {
    let mut said = operation.clone();
    match &mut said {
        Operation::Order(order) => {
            order.received_at = Timestamp::UNIX_EPOCH;
            forget_unknown(&mut order.occurred_at, order.time_precision);
        }
        Operation::Visit(visit) => {
            visit.received_at = Timestamp::UNIX_EPOCH;
            forget_unknown(&mut visit.occurred_at, visit.time_precision);
        }
        Operation::Customer(customer) => customer.received_at = Timestamp::UNIX_EPOCH,
    }
    crc32fast::hash(&serde_json::to_vec(&said).unwrap_or_default())
}

fn forget_unknown(at: &mut Timestamp, precision: TimePrecision) {
    match precision {
        TimePrecision::Second | TimePrecision::Minute | TimePrecision::Day => {}
        TimePrecision::Unknown => *at = Timestamp::UNIX_EPOCH,
    }
}

#[derive(Default)]
struct Said(Hasher);

impl Said {
    fn length(&mut self, length: u64) {
        self.0.update(&length.to_le_bytes());
    }

    fn field(&mut self, bytes: Option<&[u8]>) {
        let Some(bytes) = bytes else { return self.length(ABSENT) };
        self.length(bytes.len() as u64);
        self.0.update(bytes);
    }

    fn text(&mut self, text: Option<&str>) {
        self.field(text.map(str::as_bytes));
    }

    fn number(&mut self, number: Option<f64>) {
        self.field(number.map(f64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feedback(more: &str) -> Feedback {
        let json = format!(
            r#"{{"feedback_id": "94396113-91d4-5631-a18b-ff09970f03b6", "revision": 0, "channel": "survey",
                "source": "s", "source_id": "1", "occurred_at": "2026-01-01T00:00:00Z", "time_precision": "second",
                "received_at": "2026-01-01T00:00:00Z", "journey_stage": "unmapped", "redactions": 0, {more}}}"#
        );
        serde_json::from_str(&json).expect("a feedback")
    }

    #[test]
    fn whatever_the_customer_said_counts() {
        let said = [
            r#""text": "good""#,
            r#""text": "good ""#,
            r#""text": "go", "title": "od""#,
            r#""text": "good", "title": """#,
            r#""text": "good", "rating": {"value": 1, "scale_max": 5}"#,
            r#""text": "good", "rating": {"value": 5, "scale_max": 5}"#,
            r#""text": "good", "turns": [{"role": "agent", "text": "a"}]"#,
            r#""text": "good", "turns": [{"role": "customer", "text": "a"}]"#,
            r#""text": "good", "turns": [{"role": "customer", "text": "a"}, {"role": "customer", "text": ""}]"#,
            r#""text": "good", "answers": [{"question_id": "q", "kind": "nps", "value": 9}]"#,
            r#""text": "good", "answers": [{"question_id": "q", "kind": "nps", "value": 8}]"#,
            r#""text": "good", "answers": [{"question_id": "q", "kind": "ces", "scale_max": 9}]"#,
            r#""text": "good", "answers": [{"question_id": "q", "kind": "ces", "direction": "ease"}]"#,
            r#""text": "good", "answers": [{"question_id": "q", "kind": "ces", "direction": "effort"}]"#,
            r#""text": "good", "answers": [{"question_id": "q", "kind": "text", "text": "x"}]"#,
            r#""text": "good", "answers": [{"question_id": "q", "kind": "text", "feature": "x"}]"#,
        ];
        let crcs: std::collections::BTreeSet<u32> = said.iter().map(|said| of_feedback(&feedback(said))).collect();
        assert_eq!(crcs.len(), said.len());
    }

    #[test]
    fn what_a_platform_counts_does_not() {
        let plain = of_feedback(&feedback(r#""text": "good""#));
        for more in [r#""likes": 7"#, r#""brand": "Velmora""#, r#""attributes": {"a": "b"}"#, r#""url": "x""#] {
            assert_eq!(of_feedback(&feedback(&format!(r#""text": "good", {more}"#))), plain, "{more}");
        }
    }

    #[test]
    fn the_stored_checksum_never_changes_between_releases() {
        let everything = r#""text": "好", "title": "t", "rating": {"value": 4, "scale_max": 5},
            "turns": [{"role": "bot", "text": "hi"}], "answers": [{"question_id": "q", "kind": "nps", "value": 9}]"#;
        assert_eq!(of_feedback(&feedback(everything)), 1_906_831_408);
    }

    fn order(more: &str) -> u32 {
        let json = format!(
            r#"{{"kind": "order", "source": "s", "order_id": "1", "status": "paid", "time_precision": "unknown",
                "updated_at": "2026-01-01T00:00:00Z", {more}}}"#
        );
        of_operation(&serde_json::from_str(&json).expect("an order"))
    }

    #[test]
    fn an_operation_is_all_it_says_but_not_when_kafka_got_it() {
        let early = r#""occurred_at": "2026-01-02T00:00:00Z", "received_at": "2026-01-02T00:00:00Z""#;
        let late = r#""occurred_at": "2026-01-03T00:00:00Z", "received_at": "2026-01-03T00:00:00Z""#;
        assert_eq!(order(early), order(late));
        assert_ne!(order(early), order(&format!(r#"{early}, "amount": 1"#)));
    }
}
