//! The contract holds together: every example fits its JSON Schema, the internal ones fit their Rust type both ways, and
//! the schemas describe every field the types write.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hearken_schemas::alert::{Alert, SurveyRequest};
use hearken_schemas::enrichment::{Authenticity, Effort, Enriched, Enrichment, IntentKind, Polarity, SentimentLabel};
use hearken_schemas::erasure::Erasure;
use hearken_schemas::feedback::{AnswerKind, Channel, Direction, Feedback, Role, SurveyKind, TimePrecision};
use hearken_schemas::journey::JourneyStage;
use hearken_schemas::operation::{Operation, VisitEvent};
use hearken_schemas::topics::{
    self, ALERTS, ENRICHED, ERASURES, NORMALIZED, OPERATIONS, RAW, RAW_FEEDBACK, RAW_OPERATIONS, SURVEY_REQUESTS,
};
use jsonschema::{Registry, Validator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn json(path: &Path) -> Value {
    let bytes = fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn schema(topic: &str) -> Value {
    let file = topics::find(topic).and_then(|topic| topic.schema.as_ref()).expect("a topic with a schema");
    json(&root().join("json").join(file))
}

fn validator(topic: &str) -> Validator {
    // Resolves "$ref": "feedback.normalized.v1.json" of the enriched record, without a network.
    let base = |topic: &str| format!("json-schema:///{topic}.json");
    let registry = Registry::new().add(base(NORMALIZED), schema(NORMALIZED)).and_then(|registry| registry.prepare());
    let registry = registry.expect("the schema of normalized records is valid");
    let mut schema = schema(topic);
    schema["$id"] = base(topic).into();
    let options = jsonschema::options().should_validate_formats(true).with_registry(&registry);
    options.build(&schema).unwrap_or_else(|error| panic!("{topic}: {error}"))
}

fn examples(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("examples").join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", folder.display());
    paths
}

fn name(path: &Path) -> &str {
    path.file_stem().and_then(|stem| stem.to_str()).expect("a plain file name")
}

fn check_valid(topic: &str) {
    let validator = validator(topic);
    for path in examples(topic) {
        if let Err(error) = validator.validate(&json(&path)) {
            panic!("{}: {error} at {}", path.display(), error.instance_path());
        }
    }
}

/// Every example reads into `T`, and what `T` writes is the example again and fits the schema.
fn check_type<T: Serialize + DeserializeOwned>(topic: &str) {
    check_valid(topic);
    for path in examples(topic) {
        let example = json(&path);
        let read: T =
            serde_json::from_value(example.clone()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(
            numbers_alike(serde_json::to_value(&read).expect("writes")),
            numbers_alike(example),
            "{}",
            path.display()
        );
    }
}

/// JSON knows one kind of number: 4 and 4.0 are the same.
fn numbers_alike(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(numbers_alike).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, numbers_alike(value))).collect(),
        Value::Number(number) if number.is_f64() => {
            let whole = number.as_f64().filter(|value| value.fract() == 0.0).map(|value| Value::from(value as i64));
            whole.unwrap_or(Value::Number(number))
        }
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// The names a schema lists; a null beside them only says that the field may be left empty.
fn names(values: &Value) -> Vec<&str> {
    let values = values.as_array().expect("a list").iter().filter(|value| !value.is_null());
    values.map(|value| value.as_str().expect("a name")).collect()
}

#[test]
fn every_topic_with_a_schema_has_its_file_and_every_file_its_topic() {
    let listed: BTreeSet<&str> = topics::all().iter().filter_map(|topic| topic.schema.as_deref()).collect();
    let files = fs::read_dir(root().join("json")).expect("json/").map(|entry| entry.expect("readable").file_name());
    let files: Vec<String> = files.map(|file| file.to_string_lossy().into_owned()).collect();
    let schemas: BTreeSet<&str> = files.iter().map(String::as_str).filter(|file| file.ends_with(".json")).collect();
    assert_eq!(schemas, listed);
    for topic in topics::all().iter().filter(|topic| topic.schema.is_some()) {
        let schema = schema(&topic.name);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{}", topic.name);
        assert_eq!(schema["$id"], format!("{}.json", topic.name));
        assert_eq!(schema["title"].as_str().map(|title| title.to_owned()), Some(topic.record.clone()));
        jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{}: {error}", topic.name));
    }
}

#[test]
fn valid_raw_examples_fit_their_schema() {
    RAW.into_iter().for_each(check_valid);
}

#[test]
fn normalized_examples_fit_schema_and_type() {
    check_type::<Feedback>(NORMALIZED);
}

#[test]
fn operations_examples_fit_schema_and_type() {
    check_type::<Operation>(OPERATIONS);
}

#[test]
fn enriched_examples_fit_schema_and_type() {
    check_type::<Enriched>(ENRICHED);
    for path in examples(ENRICHED) {
        let Enriched { feedback, enrichment } = serde_json::from_value(json(&path)).expect("an enriched record");
        let chars_max = feedback.text.chars().count() as u32;
        let aspects = enrichment.aspects.iter().map(|aspect| (aspect.start, aspect.end));
        let intents = enrichment.intents.iter().map(|intent| (intent.start, intent.end));
        for (start, end) in aspects.chain(intents) {
            assert!(start < end && end <= chars_max, "{}: {start}-{end}", path.display());
        }
    }
}

#[test]
fn alerts_and_survey_requests_fit_schema_and_type() {
    check_type::<Alert>(ALERTS);
    check_type::<SurveyRequest>(SURVEY_REQUESTS);
    for topic in [ALERTS, SURVEY_REQUESTS] {
        let full = json(&root().join(format!("examples/{topic}/full.json")));
        assert_eq!(keys(&full), keys(&schema(topic)["properties"]), "{topic}");
        let validator = validator(topic);
        for field in schema(topic)["required"].as_array().expect("a list") {
            let mut without = full.clone();
            without.as_object_mut().expect("an object").remove(field.as_str().expect("a name"));
            assert!(!validator.is_valid(&without), "{topic} without {field}");
        }
    }
}

#[test]
fn erasures_fit_schema_and_type() {
    check_type::<Erasure>(ERASURES);
    for path in examples(ERASURES) {
        assert_eq!(keys(&json(&path)), keys(&schema(ERASURES)["properties"]), "{}", path.display());
    }
}

/// The topic keeps its records for a week, so a new release reads what the one before it wrote.
#[test]
fn records_of_before_intents_still_read() {
    let validator = validator(ENRICHED);
    for path in examples(ENRICHED) {
        let mut old = json(&path);
        let enrichment = old["enrichment"].as_object_mut().expect("an object");
        ["intents", "effort", "simhash"].iter().for_each(|later| drop(enrichment.remove(*later)));
        // There was no record without a feeling then.
        enrichment.entry("sentiment").or_insert_with(|| json!({ "label": "neutral", "score": 0, "confidence": 0 }));
        assert!(validator.is_valid(&old), "{}", path.display());
        let read: Enriched = serde_json::from_value(old).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let Enrichment { sentiment, intents, effort, simhash, .. } = read.enrichment;
        assert!(sentiment.is_some() && intents.is_empty(), "{}", path.display());
        assert_eq!((effort, simhash), (None, None), "{}", path.display());
    }
}

/// What a careless enricher could write is refused by the schema, and by the type where types can tell.
#[test]
fn what_no_enricher_may_say_is_refused() {
    let validator = validator(ENRICHED);
    let example = json(&root().join("examples").join(ENRICHED).join("chats.churn_threat.json"));
    assert!(validator.is_valid(&example));
    for (field, wrong, type_tells) in [
        ("language", json!("Chinese"), false),
        ("language", json!("zh_Hans"), false),
        ("sentiment", json!({ "label": "negative" }), true),
        ("intents", json!([{ "kind": "leaving", "confidence": 1, "start": 0, "end": 1 }]), true),
        ("intents", json!([{ "kind": "churn", "confidence": 1.1, "start": 0, "end": 1 }]), false),
        ("intents", json!([{ "kind": "churn", "confidence": 1, "start": 0 }]), true),
        ("effort", json!("medium"), true),
        ("simhash", json!("2A28E1B1B74D12D7"), true),
        ("simhash", json!("2a28e1b1b74d12d"), true),
        ("simhash", json!(3_037_000_499u64), true),
        ("origin", json!("spam"), true),
    ] {
        let mut record = example.clone();
        record["enrichment"][field] = wrong.clone();
        assert!(!validator.is_valid(&record), "{field}: {wrong}");
        assert_eq!(serde_json::from_value::<Enriched>(record).is_err(), type_tells, "{field}: {wrong}");
    }
}

/// What the schema lets pass is for ingest to refuse: it alone sees the clean text, the clock, the catalog's zones, and
/// 0 ≤ value ≤ scale_max. `ingest/tests/examples.rs` and `ingest/tests/operations.rs` show that it does.
#[test]
fn invalid_raw_examples_are_refused_by_the_schema_unless_only_ingest_can_tell() {
    let mut passed = Vec::new();
    for topic in RAW {
        let validator = validator(topic);
        for path in examples(&format!("invalid/{topic}")) {
            let read = serde_json::from_slice::<Value>(&fs::read(&path).expect("readable"));
            let unreadable = ["not_json", "invalid_utf8"].iter().any(|reason| name(&path).starts_with(reason));
            assert_eq!(read.is_err(), unreadable, "{}", path.display());
            if read.is_ok_and(|value| validator.is_valid(&value)) {
                let kind = topic.split('.').nth(2).expect("feedback.raw.<kind>.v1");
                passed.push(format!("{kind}: {}", name(&path)));
            }
        }
    }
    let only_ingest_can_tell = [
        "reviews: empty_text.blank_entities",
        "reviews: empty_text.only_control_characters",
        "reviews: empty_text.only_zero_width",
        "reviews: invalid_time.date_only",
        "reviews: invalid_time.impossible_date",
        "reviews: invalid_time.no_zone",
        "reviews: invalid_time.updated_at_without_zone",
        "reviews: invalid_time.without_seconds_or_zone",
        "reviews: invalid_value.control_character_in_id",
        "reviews: invalid_value.field_given_twice",
        "reviews: invalid_value.likes_beyond_counting",
        "reviews: invalid_value.rating_above_scale",
        "reviews: not_from_customer.merchant_reply",
        "reviews: time_out_of_bounds.1970_as_text",
        "reviews: time_out_of_bounds.1989",
        "reviews: time_out_of_bounds.2100",
        "reviews: time_out_of_bounds.two_days_ahead",
        "reviews: time_out_of_bounds.updated_in_2090",
        "reviews: time_out_of_bounds.year_9999",
        "chats: invalid_time.turn_without_zone",
        "chats: not_from_customer.merchant_session",
        "social: empty_text.blank",
        "social: invalid_time.no_zone",
        "social: not_from_customer.brand_account",
        "social: time_out_of_bounds.2100",
        "surveys: empty_text.only_blank_words",
        "surveys: invalid_time.sent_without_zone",
        "surveys: invalid_value.csat_above_scale",
        "surveys: invalid_value.kano_in_other_words",
        "surveys: missing_field.nps_in_words",
        "surveys: missing_field.nps_without_value",
        "surveys: not_from_customer.filled_in_by_the_shop",
        "surveys: time_out_of_bounds.sent_in_1970",
        "orders: invalid_time.no_zone",
        "orders: invalid_time.updated_without_zone",
        "orders: invalid_value.control_character_in_id",
        "orders: time_out_of_bounds.2100",
        "orders: time_out_of_bounds.updated_in_1970",
        "visits: invalid_time.date_only",
        "visits: invalid_value.page_too_long",
        "visits: time_out_of_bounds.1989",
        "customers: invalid_time.no_zone",
        "customers: invalid_value.alias_with_slash",
        "customers: invalid_value.masked_id",
        "customers: invalid_value.placeholder_id",
        "customers: invalid_value.slash_without_namespace",
        "customers: time_out_of_bounds.two_days_ahead",
    ];
    assert_eq!(passed, only_ingest_can_tell);
}

#[test]
fn every_field_is_described_in_words() {
    fn check(topic: &str, at: &str, schema: &Value) {
        for part in ["properties", "$defs"] {
            for (field, schema) in schema[part].as_object().into_iter().flatten() {
                let words = schema["description"].as_str().unwrap_or_default();
                assert!(words.ends_with('.'), "{topic}: {at}.{field} has no description");
                check(topic, &format!("{at}.{field}"), schema);
                check(topic, &format!("{at}.{field}[]"), &schema["items"]);
            }
        }
    }
    for topic in topics::all().iter().filter(|topic| topic.schema.is_some()) {
        let schema = schema(&topic.name);
        assert!(schema["description"].is_string(), "{}", topic.name);
        check(&topic.name, "", &schema);
    }
}

#[test]
fn the_examples_named_full_use_every_field_of_their_schema() {
    for topic in RAW {
        let full = json(&root().join(format!("examples/{topic}/full.json")));
        assert_eq!(keys(&full), keys(&schema(topic)["properties"]), "{topic}");
    }
    let fulls = |topic| -> Vec<Value> {
        examples(topic).into_iter().filter(|path| name(path).ends_with(".full")).map(|path| json(&path)).collect()
    };
    let normalized = fulls(NORMALIZED);
    assert_eq!(normalized.len(), RAW_FEEDBACK.len());
    // What a brand itself posts is no customer's.
    let used: BTreeSet<&str> = normalized.iter().flat_map(keys).chain(["own_account"]).collect();
    assert_eq!(used, keys(&schema(NORMALIZED)["properties"]));
    let enriched = fulls(ENRICHED);
    let used: BTreeSet<&str> = enriched.iter().flat_map(|full| keys(&full["enrichment"])).collect();
    assert_eq!(used, keys(&schema(ENRICHED)["properties"]["enrichment"]["properties"]));
    let operations = fulls(OPERATIONS);
    assert_eq!(operations.len(), RAW_OPERATIONS.len());
    for full in operations {
        let kind = full["kind"].as_str().expect("a kind");
        let described = schema(OPERATIONS)["$defs"][kind]["properties"].take();
        // A customer who was deleted has nothing but an id.
        let used = keys(&full).into_iter().chain((kind == "customer").then_some("deleted"));
        assert_eq!(used.collect::<BTreeSet<_>>(), keys(&described), "{kind}");
    }
}

#[test]
fn the_raw_schemas_say_the_same_of_the_fields_they_share() {
    let feedback = RAW_FEEDBACK.map(schema);
    let in_all = |field: &&str| feedback.iter().all(|schema| keys(&schema["properties"]).contains(field));
    let shared: Vec<&str> = keys(&feedback[0]["properties"]).into_iter().filter(in_all).collect();
    assert_eq!(shared.len(), 21, "{shared:?}");
    let [reviews, chats, ..] = &feedback;
    for schema in &feedback {
        for field in &shared {
            assert_eq!(schema["properties"][field], reviews["properties"][field], "{field} of {}", schema["$id"]);
        }
        assert_eq!(schema["else"], reviews["else"], "{}", schema["$id"]);
    }
    assert_eq!(reviews["$defs"]["rating"], chats["$defs"]["rating"]);
    for schema in [topics::RAW_ORDERS, topics::RAW_VISITS].map(schema) {
        assert_eq!(
            schema["properties"]["time_precision"], reviews["properties"]["time_precision"],
            "{}",
            schema["$id"]
        );
        assert_eq!((&schema["if"], &schema["else"]), (&reviews["if"], &reviews["else"]), "{}", schema["$id"]);
    }
    for schema in RAW.map(schema) {
        assert_eq!(schema["$defs"]["time"], reviews["$defs"]["time"], "{}", schema["$id"]);
        for field in ["source", "attributes"] {
            assert_eq!(schema["properties"][field], reviews["properties"][field], "{field} of {}", schema["$id"]);
        }
    }
}

#[test]
fn the_schemas_list_the_names_the_types_know() {
    let answers = schema(topics::RAW_SURVEYS)["$defs"]["answer"]["properties"].take();
    let surveys = schema(topics::RAW_SURVEYS)["properties"].take();
    let normalized = schema(NORMALIZED);
    let operations = schema(OPERATIONS)["$defs"].take();
    let enriched = schema(ENRICHED)["properties"]["enrichment"]["properties"].take();
    let said = |given: &Value, known: &[&str]| assert_eq!(names(&given["enum"]), known);

    said(&normalized["properties"]["channel"], &Channel::ALL.map(Channel::as_str));
    said(&normalized["properties"]["journey_stage"], &JourneyStage::ALL.map(JourneyStage::as_str));

    let roles = [Role::Customer, Role::Agent, Role::Bot].map(Role::as_str);
    said(&normalized["$defs"]["turn"]["properties"]["role"], &roles);
    said(&schema(topics::RAW_CHATS)["$defs"]["turn"]["properties"]["role"], &roles);

    let precisions = TimePrecision::ALL.map(TimePrecision::as_str);
    said(&surveys["time_precision"], &precisions);
    said(&normalized["properties"]["time_precision"], &precisions);
    said(&operations["order"]["properties"]["time_precision"], &precisions);
    said(&operations["visit"]["properties"]["time_precision"], &precisions);

    let kinds = [SurveyKind::Relationship, SurveyKind::Transactional].map(SurveyKind::as_str);
    said(&surveys["survey_kind"], &kinds);
    said(&normalized["properties"]["survey_kind"], &kinds);

    let normalized_answers = &normalized["$defs"]["answer"]["properties"];
    for answers in [&answers, normalized_answers] {
        said(&answers["kind"], &AnswerKind::ALL.map(AnswerKind::as_str));
        let directions = [Direction::Agree, Direction::Ease, Direction::Effort].map(Direction::as_str);
        said(&answers["direction"], &directions);
    }

    let events =
        [VisitEvent::View, VisitEvent::Bounce, VisitEvent::AddToCart, VisitEvent::Form].map(VisitEvent::as_str);
    said(&schema(topics::RAW_VISITS)["properties"]["event"], &events);
    said(&operations["visit"]["properties"]["event"], &events);

    use SentimentLabel::{Mixed, Negative, Neutral, Positive};
    let labels = [Negative, Neutral, Positive, Mixed].map(SentimentLabel::as_str);
    said(&enriched["sentiment"]["properties"]["label"], &labels);
    let polarities = [Polarity::Negative, Polarity::Neutral, Polarity::Positive].map(Polarity::as_str);
    said(&enriched["aspects"]["items"]["properties"]["polarity"], &polarities);
    said(&enriched["intents"]["items"]["properties"]["kind"], &IntentKind::ALL.map(IntentKind::as_str));
    said(&enriched["effort"], &[Effort::Low, Effort::High].map(Effort::as_str));
    use Authenticity::{Automated, DefaultPraise, Garbled, Genuine, OwnAccount, Promotional, RepostOnly};
    let origins = [Genuine, DefaultPraise, Promotional, RepostOnly, OwnAccount, Automated, Garbled];
    said(&enriched["origin"], &origins.map(Authenticity::as_str));
}
