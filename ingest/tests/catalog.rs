//! What the catalog and the untidy fields of real exports make of feedback.

use hearken_ingest::pseudonym::Pseudonyms;
use hearken_ingest::{Normalized, Normalizer, Settings};
use hearken_schemas::catalog::{Catalog, Lookup};
use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::feedback::Feedback;
use hearken_schemas::journey::JourneyStage;
use hearken_schemas::topics::{RAW_CHATS, RAW_FEEDBACK, RAW_REVIEWS, RAW_SOCIAL, RAW_SURVEYS};
use serde_json::{Value, json};

/// 2026-01-15T00:00:00Z.
const RECEIVED_MS: i64 = 1_768_435_200_000;

const SHOP: &str = r#"
    [[sources]]
    name = "tmall"
    brand = "Solwyn"
    time_zone = "Asia/Shanghai"
    touchpoint = "treasure box"
    region = "east"
    language = "zh-Hans"
    [[sources]]
    name = "helpdesk"
    [[brands]]
    name = "Solwyn"
    aliases = ["索尔温", "Sol-Wyn GmbH"]
    accounts = ["@solwyn_care", "索尔温官方微博"]
    [[touchpoints]]
    touchpoint = "treasure box"
    stage = "advocacy"
    [[touchpoints]]
    touchpoint = "checkout"
    stage = "use"
    [customers]
    placeholders = ["walk-in"]
"#;

/// Turns a record into feedback: `more` over the least that every channel sends; a null takes a field away.
fn read(topic: &str, source: &str, more: &Value) -> Result<Feedback, Rejection> {
    let catalog = Lookup::new(Catalog::parse(SHOP).expect("a catalog"));
    let normalizer = Normalizer::new(Settings { catalog, pseudonyms: Pseudonyms::new(b"a secret of this test") });
    let mut record = json!({
        "source": source, "source_id": "1", "occurred_at": "2025-11-28T08:30:15Z", "text": "Fine.",
        "turns": [{"role": "customer", "text": "Fine."}], "answers": [{"question_id": "q", "kind": "text", "text": "Fine."}],
    });
    for (field, value) in more.as_object().expect("fields") {
        record[field] = value.clone();
    }
    match normalizer.normalize(topic, RECEIVED_MS, None, Some(record.to_string().as_bytes()))? {
        Normalized::Feedback(feedback) => Ok(*feedback),
        Normalized::Operation(operation) => panic!("{topic} gave an operation: {operation:?}"),
    }
}

fn valid(topic: &str, source: &str, more: &Value) -> Feedback {
    read(topic, source, more).unwrap_or_else(|rejection| panic!("{topic} of {source} with {more}: {rejection}"))
}

#[test]
fn a_source_fills_in_what_its_records_leave_out() {
    for topic in RAW_FEEDBACK {
        let silent = valid(topic, "tmall", &json!({"brand": " ", "region": null}));
        assert_eq!(silent.brand.as_deref(), Some("Solwyn"));
        assert_eq!(silent.touchpoint.as_deref(), Some("treasure box"));
        assert_eq!(silent.journey_stage, JourneyStage::Advocacy);
        assert_eq!(silent.region.as_deref(), Some("east"));
        assert_eq!(silent.language_hint.as_deref(), Some("zh-Hans"));
        let own = json!({"brand": "Other", "touchpoint": "app", "region": "west", "language_hint": "en"});
        let spoken = valid(topic, "tmall", &own);
        assert_eq!(spoken.brand.as_deref(), Some("Other"), "a brand nobody declared stays as it is");
        assert_eq!((spoken.touchpoint.as_deref(), spoken.journey_stage), (Some("app"), JourneyStage::Use));
        assert_eq!((spoken.region.as_deref(), spoken.language_hint.as_deref()), (Some("west"), Some("en")));
        for source in ["helpdesk", "nobody knows it"] {
            let bare = valid(topic, source, &json!({}));
            assert_eq!((bare.brand, bare.touchpoint, bare.region, bare.language_hint), (None, None, None, None));
            assert_eq!(bare.journey_stage, JourneyStage::Unmapped);
        }
    }
}

#[test]
fn a_brand_has_one_name_and_the_companys_touchpoints_come_first() {
    let brand = |written: &str| valid(RAW_REVIEWS, "helpdesk", &json!({"brand": written})).brand.expect("a brand");
    for written in ["Solwyn", "SOLWYN", " sol wyn ", "索尔温", "Ｓｏｌｗｙｎ", "sol-wyn gmbh"] {
        assert_eq!(brand(written), "Solwyn", "{written:?}");
    }
    assert_eq!(brand("Solwynne"), "Solwynne");
    let stage = |touchpoint: &str| valid(RAW_REVIEWS, "helpdesk", &json!({"touchpoint": touchpoint})).journey_stage;
    assert_eq!(stage("Treasure_Box"), JourneyStage::Advocacy);
    assert_eq!(stage("Check-out"), JourneyStage::Use, "the catalog overrides the table that ships");
    assert_eq!(stage("payment"), JourneyStage::Action);
}

#[test]
fn times_are_as_exact_as_their_form_and_the_sender_say() {
    let check = |more: Value, expected: &str| {
        let got = match read(RAW_REVIEWS, "tmall", &more) {
            Ok(feedback) => format!("{} {}", feedback.occurred_at, feedback.time_precision.as_str()),
            Err(rejection) => format!("{} {}", rejection.reason.as_str(), rejection.field.unwrap_or_default()),
        };
        assert_eq!(got, expected, "{more}");
    };
    check(json!({"occurred_at": "2025-11-28"}), "2025-11-27T16:00:00Z day");
    check(json!({"occurred_at": "2025/11/28 8:30"}), "2025-11-28T00:30:00Z minute");
    check(json!({"occurred_at": "2025-11-28T08:30:15"}), "2025-11-28T00:30:15Z second");
    check(json!({"occurred_at": "2025-11-28T08:30:15", "time_precision": "day"}), "2025-11-28T00:30:15Z day");
    check(json!({"occurred_at": "2025-11-28", "time_precision": "second"}), "2025-11-27T16:00:00Z day");
    check(json!({"occurred_at": 1_764_318_615, "time_precision": "minute"}), "2025-11-28T08:30:15Z minute");
    for absent in [json!(null), json!(" ")] {
        check(json!({"occurred_at": absent, "time_precision": "unknown"}), "2026-01-15T00:00:00Z unknown");
        check(json!({"occurred_at": absent, "time_precision": "day"}), "missing_field occurred_at");
        check(json!({"occurred_at": absent}), "missing_field occurred_at");
    }
    check(json!({"occurred_at": "2025-11-28", "time_precision": "unknown"}), "2025-11-27T16:00:00Z unknown");
    check(json!({"occurred_at": "soon", "time_precision": "unknown"}), "invalid_time occurred_at");
    check(json!({"occurred_at": "2025-11-28T08:30:15", "updated_at": "soon"}), "invalid_time updated_at");
    check(json!({"time_precision": "hour"}), "invalid_value time_precision");
    let naive = read(RAW_REVIEWS, "helpdesk", &json!({"occurred_at": "2025-11-28"})).expect_err("no zone");
    assert_eq!(naive.reason, Reason::InvalidTime);
    assert!(naive.detail.contains("time_zone in the catalog"), "{naive}");
}

#[test]
fn every_time_of_a_record_is_in_the_zone_of_its_source() {
    let edited = valid(RAW_REVIEWS, "tmall", &json!({"updated_at": "2025-11-29 08:00"}));
    assert_eq!(edited.revision, 1_764_374_400_000);
    let chat =
        valid(RAW_CHATS, "tmall", &json!({"turns": [{"role": "customer", "text": "?", "at": "2025-11-28 08:00:01"}]}));
    assert_eq!(chat.turns[0].at.map(|at| at.to_string()).as_deref(), Some("2025-11-28T00:00:01Z"));
    let survey = valid(RAW_SURVEYS, "tmall", &json!({"sent_at": "2025-11-27"}));
    assert_eq!(survey.sent_at.map(|at| at.to_string()).as_deref(), Some("2025-11-26T16:00:00Z"));
    let wrong = read(RAW_CHATS, "helpdesk", &json!({"turns": [{"role": "bot"}, {"role": "bot", "at": "8:00"}]}));
    assert_eq!(wrong.expect_err("no date").field.as_deref(), Some("turns[1].at"));
}

#[test]
fn a_customer_nobody_knows_is_none_and_counted() {
    for topic in RAW_FEEDBACK {
        let check = |sent: Value, id: Option<&str>, masked: bool| {
            let feedback = valid(topic, "tmall", &json!({"customer_id": sent, "id_namespace": "crm"}));
            assert_eq!((feedback.customer_id.as_deref(), feedback.customer_masked), (id, masked), "{sent}");
            assert_eq!(feedback.id_namespace.as_deref(), Some("crm"));
        };
        check(json!("c-1"), Some("c-1"), false);
        check(json!(null), None, false);
        check(json!("  "), None, false);
        for nobody in ["a***b", "*", "匿名用户", "ANONYMOUS", "0", "N/A", "Walk In"] {
            check(json!(nobody), None, true);
        }
    }
}

#[test]
fn a_merchants_words_are_no_feedback() {
    for topic in RAW_FEEDBACK {
        let rejection = read(topic, "tmall", &json!({"author": "merchant"})).expect_err("a merchant");
        assert_eq!((rejection.reason, rejection.field.as_deref()), (Reason::NotFromCustomer, Some("author")));
        valid(topic, "tmall", &json!({"author": "customer"}));
    }
}

#[test]
fn authors_and_agents_have_keys_unless_many_share_the_name() {
    let author = |source: &str, handle: &str| valid(RAW_SOCIAL, source, &json!({"author_handle": handle})).author_key;
    let agent = |source: &str, id: &str| valid(RAW_CHATS, source, &json!({"agent_id": id})).agent_key;
    let known = author("tmall", "ice_fan").expect("a key");
    assert!(known.len() == 32 && known.bytes().all(|byte| byte.is_ascii_hexdigit()), "{known}");
    assert_eq!(author("tmall", " @ice_fan ").as_deref(), Some(known.as_str()));
    assert_ne!(author("helpdesk", "ice_fan").as_deref(), Some(known.as_str()));
    assert_ne!(agent("tmall", "ice_fan").as_deref(), Some(known.as_str()));
    assert!(agent("tmall", "a-1").is_some());
    for shared in ["", "@", "ice***n", "匿名用户", "walk-in"] {
        assert_eq!((author("tmall", shared), agent("tmall", shared.trim_matches('@'))), (None, None), "{shared:?}");
    }
}

#[test]
fn a_brands_own_posts_are_marked_and_kept() {
    let post = |handle: &str| valid(RAW_SOCIAL, "tmall", &json!({"author_handle": handle}));
    for own in ["solwyn_care", "@SOLWYN_CARE", " ＠Ｓｏｌｗｙｎ＿ｃａｒｅ", "sol\u{200b}wyn_care", "索尔温官方微博"]
    {
        let json = serde_json::to_value(post(own)).expect("JSON");
        assert_eq!((&json["own_account"], &json["text"]), (&json!(true), &json!("Fine.")), "{own:?}");
    }
    for other in ["solwyncare", "solwyn_care_2", "Solwyn", "索尔温", "@", ""] {
        let json = serde_json::to_value(post(other)).expect("JSON");
        assert_eq!(json.get("own_account"), None, "{other:?}");
    }
    assert!(!valid(RAW_SOCIAL, "tmall", &json!({})).own_account);
}

#[test]
fn nothing_that_names_a_person_is_carried() {
    let record = json!({"customer_name": "Kim Muster", "agent_name": "Robin Beispiel", "author_handle": "@kim_m", "agent_id": "a-77"});
    for topic in [RAW_REVIEWS, RAW_CHATS, RAW_SOCIAL, RAW_SURVEYS] {
        let json = serde_json::to_string(&valid(topic, "tmall", &record)).expect("JSON");
        for personal in ["Kim", "Robin", "kim_m", "a-77"] {
            assert!(!json.contains(personal), "{topic}: {json}");
        }
    }
}

#[test]
fn limits_are_named_with_their_field() {
    let long = |bytes: usize| "x".repeat(bytes);
    let check = |topic: &str, more: Value, field: &str| {
        let rejection = read(topic, "tmall", &more).expect_err(field);
        assert_eq!((rejection.reason, rejection.field.as_deref()), (Reason::InvalidValue, Some(field)), "{rejection}");
    };
    check(RAW_SOCIAL, json!({"url": long(2049)}), "url");
    check(RAW_SOCIAL, json!({"author_handle": long(257)}), "author_handle");
    check(RAW_CHATS, json!({"agent_id": long(257)}), "agent_id");
    check(RAW_SURVEYS, json!({"case_id": long(257)}), "case_id");
    check(RAW_SURVEYS, json!({"survey_id": "a\u{0}b"}), "survey_id");
    check(RAW_REVIEWS, json!({"id_namespace": long(257)}), "id_namespace");
    check(RAW_REVIEWS, json!({"rating": {"value": 6, "scale_max": 5}}), "rating.value");
    valid(RAW_SOCIAL, "tmall", &json!({"url": long(2048)}));
}
