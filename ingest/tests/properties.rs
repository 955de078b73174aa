//! What holds for any record, whatever a channel sends.

use std::sync::LazyLock;

use hearken_ingest::field::text::clean;
use hearken_ingest::pseudonym::Pseudonyms;
use hearken_ingest::{Normalized, Normalizer, Settings};
use hearken_schemas::catalog::{Catalog, Lookup};
use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::feedback::Feedback;
use hearken_schemas::redact::redact;
use hearken_schemas::topics::RAW_FEEDBACK;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

/// 2026-01-15T00:00:00Z.
const RECEIVED_MS: i64 = 1_768_435_200_000;

const SHOP: &str = r#"
    [[sources]]
    name = "jd"
    brand = "Nordwick"
    time_zone = "America/Sao_Paulo"
    touchpoint = "app"
    [[brands]]
    name = "Nordwick"
"#;

static NORMALIZER: LazyLock<Normalizer> = LazyLock::new(|| {
    let catalog = Lookup::new(Catalog::parse(SHOP).expect("a catalog"));
    Normalizer::new(Settings { catalog, pseudonyms: Pseudonyms::new(b"a secret of this test") })
});

fn normalize(topic: &str, timestamp_ms: i64, value: &[u8]) -> Result<Feedback, Rejection> {
    match NORMALIZER.normalize(topic, timestamp_ms, None, Some(value))? {
        Normalized::Feedback(feedback) => Ok(*feedback),
        Normalized::Operation(operation) => panic!("{topic} gave an operation: {operation:?}"),
    }
}

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
        Just(json!("2018-11-04")),
        "[0-9TZ:/. +-]{0,20}".prop_map(Value::from),
        prop::sample::select(vec!["second", "day", "unknown", "merchant", "nps", "kano_functional"])
            .prop_map(Value::from),
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
        "time_precision",
        "author",
        "author_handle",
        "agent_id",
        "url",
        "survey_kind",
        "sent_at",
        "answers",
    ];
    let wrong = btree_map(prop::sample::select(fields), any_json(), 0..3);
    (likely_text(), likely_text(), likely_text(), wrong).prop_map(|(text, title, note, wrong)| {
        let turns = json!([{"role": "customer", "text": text}, {"role": "agent", "text": note}, {"role": "customer", "text": title}]);
        let answers = json!([
            {"question_id": "a", "kind": "nps", "value": 9, "text": note}, {"question_id": "b", "kind": "text", "text": text},
            {"question_id": "c", "kind": "choice", "text": title},
        ]);
        let mut record = json!({
            "source": "jd", "source_id": "1", "occurred_at": 1_762_047_000, "rating": {"value": 4, "scale_max": 5},
            "text": text, "title": title, "attributes": {"note": note, title.as_str(): text}, "brand": note, "touchpoint": title, "region": text, "campaign": title, "turns": turns, "answers": answers,
            "survey_kind": "relationship",
        });
        for (field, value) in wrong {
            record[field] = value;
        }
        record
    })
}

fn texts(feedback: &Feedback) -> impl Iterator<Item = &str> {
    let turns = feedback.turns.iter().map(|turn| turn.text.as_str());
    let answers = feedback.answers.iter().filter_map(|answer| answer.text.as_deref());
    let attributes = feedback.attributes.values().map(String::as_str);
    std::iter::once(feedback.text.as_str())
        .chain(feedback.title.as_deref())
        .chain(turns)
        .chain(answers)
        .chain(attributes)
}

/// What is named in few words.
fn labels(feedback: &Feedback) -> impl Iterator<Item = &str> {
    let named = [&feedback.brand, &feedback.touchpoint, &feedback.campaign, &feedback.region];
    named.into_iter().filter_map(Option::as_deref).chain(feedback.attributes.keys().map(String::as_str))
}

/// Numbers at the ends of what a narrower one holds, and anything else.
fn extreme() -> impl Strategy<Value = f64> {
    let ends = [
        0.0, -0.0, 1.0, 5.0, 10.0, 1e-3, 1e6, 1e7, 1e38, 3.5e38, 1e39, 1e300, 1e-38, 1e-40, 1e-46, 1e-300, -1.0, -1e39,
    ];
    prop_oneof![prop::sample::select(ends.to_vec()), any::<f64>(), 0.0..2e6]
}

fn any_kind() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["nps", "csat", "ces", "scale", "choice", "text", "kano_functional", "kano_dysfunctional"])
}

/// A name, and words that do not hold it, whatever stands before or behind it.
fn names() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "Erika Muster",
        "王小明",
        "김철수",
        "@ice_fan",
        "Zoë",
        "สมชาย",
        "Li",
        "O’Neill",
        "x-Æ a12",
    ])
}

/// What may stand around a name without making it another word.
fn around() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        " ",
        "\n",
        ", ",
        "（",
        "…",
        "&amp;",
        " １３８００１３８０００ ",
        " a@b.io ",
        "😀",
        "[NAME]",
        "'s ",
        " über ",
        "。",
        "\"",
    ]);
    vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_an_answer(bytes in vec(any::<u8>(), 0..300), timestamp_ms in any::<i64>()) {
        for topic in RAW_FEEDBACK {
            prop_assert!(normalize(topic, timestamp_ms, &bytes).is_err());
        }
    }

    #[test]
    fn any_json_gets_an_answer(value in any_json(), timestamp_ms in any::<i64>()) {
        for topic in RAW_FEEDBACK {
            let _ = normalize(topic, timestamp_ms, value.to_string().as_bytes());
        }
    }

    #[test]
    fn a_score_is_a_score_in_half_the_bits_too(value in extreme(), scale_max in extreme(), kind in any_kind()) {
        let number = |number: f64| (number as f32).is_finite();
        let sensible = |value: f64, scale_max: f64| {
            let score = value as f32 / scale_max as f32;
            (scale_max as f32).is_normal() && (0.0..=1.0).contains(&score)
        };
        let record = json!({
            "source": "jd", "source_id": "1", "occurred_at": 1_762_047_000, "text": "Fine.", "survey_kind": "relationship",
            "turns": [{"role": "customer", "text": "Fine."}], "rating": {"value": value, "scale_max": scale_max},
            "answers": [{"question_id": "q", "kind": kind, "value": value, "scale_max": scale_max, "text": "like"}],
        });
        for topic in RAW_FEEDBACK {
            let Ok(feedback) = normalize(topic, RECEIVED_MS, record.to_string().as_bytes()) else { continue };
            if let Some(rating) = feedback.rating {
                prop_assert!(sensible(rating.value, rating.scale_max), "{:?}", rating);
            }
            for answer in feedback.answers {
                prop_assert!(answer.value.is_none_or(number), "{:?}", answer);
                prop_assert!(answer.scale_max.is_none_or(|max| (max as f32).is_normal()), "{:?}", answer);
                if ["nps", "csat", "ces", "scale"].contains(&kind) {
                    let scale_max = answer.scale_max.unwrap_or(10.0);
                    prop_assert!(sensible(answer.value.unwrap_or(f64::NAN), scale_max), "{:?}", answer);
                }
            }
        }
    }

    #[test]
    fn what_comes_out_is_clean_and_redacted(record in likely_record()) {
        let bytes = record.to_string().into_bytes();
        for topic in RAW_FEEDBACK {
            let Ok(feedback) = normalize(topic, RECEIVED_MS, &bytes) else { continue };
            for text in texts(&feedback).chain(labels(&feedback)) {
                prop_assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
                prop_assert_eq!(clean(text), text);
                prop_assert_eq!(redact(text).count, 0, "{:?}", text);
            }
            prop_assert_eq!(normalize(topic, RECEIVED_MS, &bytes), Ok(feedback.clone()));
            let json = serde_json::to_vec(&feedback).expect("a feedback is JSON");
            prop_assert_eq!(serde_json::from_slice::<Feedback>(&json).expect("reads back"), feedback);
        }
    }

    #[test]
    fn the_id_rests_on_channel_source_and_source_id_alone(record in likely_record(), id in "[a-z0-9]{1,9}") {
        for topic in RAW_FEEDBACK {
            let with = |field: &str, value: &str| {
                let mut record = record.clone();
                record["source"] = json!("jd");
                record["source_id"] = json!("1");
                record[field] = json!(value);
                normalize(topic, RECEIVED_MS, record.to_string().as_bytes()).map(|feedback| feedback.feedback_id)
            };
            let Ok(same) = with("source", "jd") else { continue };
            prop_assert_eq!(with("text", "another text"), Ok(same));
            prop_assert_ne!(with("source_id", &format!("{id}-")), Ok(same));
            prop_assert_ne!(with("source", &format!("{id}-")), Ok(same));
        }
    }

    #[test]
    fn a_carried_name_is_nowhere(name in names(), before in around(), after in around(), field in 0..3_usize) {
        let words = format!("{before}{name}{after}{name}");
        let record = json!({
            "source": "jd", "source_id": "1", "occurred_at": 1_762_047_000, "rating": {"value": 4, "scale_max": 5},
            "text": words, "title": words, "attributes": {"note": words}, "survey_kind": "relationship",
            "turns": [{"role": "customer", "text": words}, {"role": "agent", "text": words}, {"role": "bot", "text": words}],
            "answers": [{"question_id": "a", "kind": "text", "text": words}, {"question_id": "b", "kind": "choice", "text": words}],
        });
        let named = ["customer_name", "agent_name", "author_handle"];
        for topic in RAW_FEEDBACK {
            let mut record = record.clone();
            record[named[field]] = json!(format!(" {name} "));
            let feedback = normalize(topic, RECEIVED_MS, record.to_string().as_bytes()).expect("valid");
            let carried = field == 0 || (field == 1 && topic.contains("chats")) || (field == 2 && topic.contains("social"));
            for text in texts(&feedback).filter(|text| !text.is_empty()) {
                prop_assert_eq!(!text.contains(name.trim_start_matches('@')), carried, "{:?} in {:?}", name, text);
            }
            if carried {
                prop_assert!(feedback.redactions >= 4, "{:?}", feedback);
            }
        }
    }

    #[test]
    fn an_author_has_one_key_and_shares_it_with_nobody(handle in "@?x[a-z*@ ]{0,3}", other in "x[a-z]{0,3}", text in likely_text()) {
        let key = |handle: &str, text: &str| {
            let record = json!({"source": "jd", "source_id": "1", "occurred_at": 1_762_047_000, "author_handle": handle,
                "text": format!("x{text}")});
            normalize(RAW_FEEDBACK[2], RECEIVED_MS, record.to_string().as_bytes()).expect("valid").author_key
        };
        let plain = handle.trim().trim_start_matches('@');
        let known = key(&handle, &text);
        prop_assert_eq!(&known, &key(&format!(" {handle} "), "other words"));
        prop_assert_eq!(known.is_none(), handle.contains('*'), "{:?}", handle);
        if let (Some(known), Some(others)) = (known, key(&other, &text)) {
            prop_assert_eq!(known == others, plain == other);
        }
    }

    #[test]
    fn cleaning_twice_is_cleaning_once(text in likely_text()) {
        let once = clean(&text);
        prop_assert_eq!(clean(&once), once.as_ref());
    }
}
