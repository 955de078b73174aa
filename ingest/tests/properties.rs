//! What holds for any record, whatever a channel sends.

use hearken_ingest::CHANNELS;
use hearken_ingest::normalize::text::clean;
use hearken_schemas::feedback::Feedback;
use hearken_schemas::redact::redact;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

/// 2026-01-15T00:00:00Z.
const RECEIVED_MS: i64 = 1_768_435_200_000;

/// Text with all that clean-up and redaction look for, whole and in pieces.
fn likely_text() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        prop::sample::select(vec![
            "&amp;",
            "&",
            "amp;",
            "&#9",
            "&#55;",
            "#59;",
            ";",
            "&lt",
            "&nbsp;",
            "&#x200d;",
            "&zwj;",
            "＆",
            "\u{37e}",
            "\u{200b}",
            "\u{200c}",
            "\u{200d}",
            "\u{feff}",
            "\u{202e}",
            "\u{ad}",
            " ",
            "\u{a0}",
            "\u{3000}",
            "\t",
            "\n",
            "\r\n",
            "\u{2028}",
            "\0",
            "\u{1b}",
            "\u{85}",
            "👩",
            "💻",
            "❤",
            "\u{fe0f}",
            "🏽",
            "می",
            "ක්",
            "e",
            "\u{301}",
            "\u{327}",
            "か",
            "\u{3099}",
            "\u{1112}",
            "\u{1161}",
            "\u{11ab}",
            "\u{212b}",
            "Ａ",
            "１",
            "，",
            "好",
            "13800138000",
            "4111111111111111",
            "@",
            "a@b.io",
            "order",
            "tel",
            "１３８",
            "0013",
            "8000",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
        any::<char>().prop_map(String::from),
    ];
    vec(pieces, 0..16).prop_map(|pieces| pieces.concat())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        likely_text().prop_map(Value::from),
        Just(json!("2025-11-02T09:30:00Z")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("[a-z]{1,4}", inner, 0..4).prop_map(|map| json!(map))
        ]
    })
}

/// A record that is mostly right: some of its fields hold anything.
fn likely_record() -> impl Strategy<Value = Value> {
    let fields = vec![
        "source",
        "source_id",
        "occurred_at",
        "revision",
        "updated_at",
        "customer_id",
        "brand",
        "order_id",
        "touchpoint",
        "parent_id",
        "attributes",
        "title",
        "text",
        "rating",
        "likes",
        "turns",
        "resolved",
        "reply_to",
    ];
    let wrong = btree_map(prop::sample::select(fields), any_json(), 0..3);
    (likely_text(), likely_text(), likely_text(), wrong).prop_map(|(text, title, note, wrong)| {
        let turns = json!([{"role": "customer", "text": text}, {"role": "agent", "text": note}, {"role": "customer", "text": title}]);
        let mut record = json!({
            "source": "jd", "source_id": "1", "occurred_at": 1_762_047_000, "rating": {"value": 4, "scale_max": 5},
            "text": text, "title": title, "attributes": {"note": note}, "brand": note, "turns": turns,
        });
        for (field, value) in wrong {
            record[field] = value;
        }
        record
    })
}

fn texts(feedback: &Feedback) -> impl Iterator<Item = &str> {
    let turns = feedback.turns.iter().map(|turn| turn.text.as_str());
    let attributes = feedback.attributes.values().map(String::as_str);
    std::iter::once(feedback.text.as_str()).chain(feedback.title.as_deref()).chain(turns).chain(attributes)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_an_answer(bytes in vec(any::<u8>(), 0..300), timestamp_ms in any::<i64>()) {
        for (_, normalize) in CHANNELS {
            prop_assert!(normalize(timestamp_ms, Some(&bytes)).is_err());
        }
    }

    #[test]
    fn any_json_gets_an_answer(value in any_json(), timestamp_ms in any::<i64>()) {
        for (_, normalize) in CHANNELS {
            let _ = normalize(timestamp_ms, Some(value.to_string().as_bytes()));
        }
    }

    #[test]
    fn what_comes_out_is_clean_and_redacted(record in likely_record()) {
        let bytes = record.to_string().into_bytes();
        for (_, normalize) in CHANNELS {
            let Ok(feedback) = normalize(RECEIVED_MS, Some(&bytes)) else { continue };
            for text in texts(&feedback) {
                prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
                prop_assert_eq!(clean(text), text);
                prop_assert_eq!(redact(text).count, 0, "{:?}", text);
            }
            prop_assert_eq!(normalize(RECEIVED_MS, Some(&bytes)), Ok(feedback.clone()));
            let json = serde_json::to_vec(&feedback).expect("a feedback is JSON");
            prop_assert_eq!(serde_json::from_slice::<Feedback>(&json).expect("reads back"), feedback);
        }
    }

    #[test]
    fn the_id_rests_on_channel_source_and_source_id_alone(record in likely_record(), id in "[a-z0-9]{1,9}") {
        for (_, normalize) in CHANNELS {
            let with = |field: &str, value: &str| {
                let mut record = record.clone();
                record["source"] = json!("jd");
                record["source_id"] = json!("1");
                record[field] = json!(value);
                normalize(RECEIVED_MS, Some(record.to_string().as_bytes())).map(|feedback| feedback.feedback_id)
            };
            let Ok(same) = with("source", "jd") else { continue };
            prop_assert_eq!(with("text", "another text"), Ok(same));
            prop_assert_ne!(with("source_id", &format!("{id}-")), Ok(same));
            prop_assert_ne!(with("source", &format!("{id}-")), Ok(same));
        }
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(text in likely_text()) {
        let once = clean(&text);
        prop_assert_eq!(clean(&once), once.as_ref());
    }
}
