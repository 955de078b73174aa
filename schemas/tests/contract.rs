//! The contract holds together: every example fits its JSON Schema, the internal ones fit their Rust type both ways, and
//! the schemas describe every field the types write.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hearken_schemas::enrichment::Enriched;
use hearken_schemas::feedback::{Channel, Feedback, Role};
use hearken_schemas::journey::JourneyStage;
use hearken_schemas::topics::{self, ENRICHED, NORMALIZED, RAW};
use jsonschema::{Registry, Validator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

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

fn names(values: &Value) -> Vec<&str> {
    values.as_array().expect("a list").iter().map(|value| value.as_str().expect("a name")).collect()
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
fn enriched_examples_fit_schema_and_type() {
    check_type::<Enriched>(ENRICHED);
}

/// What the schema lets pass is for ingest to refuse: it alone sees the clean text, the clock, and 0 ≤ value ≤ scale_max.
/// `ingest/tests/examples.rs` shows that it does.
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
                passed.push(name(&path).to_owned());
            }
        }
    }
    let only_ingest_can_tell = [
        "empty_text.blank_entities",
        "empty_text.only_control_characters",
        "empty_text.only_zero_width",
        "invalid_value.control_character_in_id",
        "invalid_value.field_given_twice",
        "invalid_value.rating_above_scale",
        "time_out_of_bounds.1970_as_text",
        "time_out_of_bounds.1989",
        "time_out_of_bounds.2100",
        "time_out_of_bounds.two_days_ahead",
        "time_out_of_bounds.updated_in_2090",
        "time_out_of_bounds.year_9999",
        // Social posts.
        "empty_text.blank",
        "time_out_of_bounds.2100",
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
    let normalized =
        examples(NORMALIZED).into_iter().filter(|path| name(path).ends_with(".full")).map(|path| json(&path));
    let normalized: Vec<Value> = normalized.collect();
    let used: BTreeSet<&str> = normalized.iter().flat_map(keys).collect();
    assert_eq!(used, keys(&schema(NORMALIZED)["properties"]));
}

#[test]
fn the_raw_schemas_say_the_same_of_the_fields_they_share() {
    let schemas = RAW.map(schema);
    let [reviews, chats, social] = &schemas;
    let in_all = |field: &&str| schemas.iter().all(|schema| keys(&schema["properties"]).contains(field));
    let shared: Vec<&str> = keys(&reviews["properties"]).into_iter().filter(in_all).collect();
    assert_eq!(shared.len(), 18, "{shared:?}");
    for field in shared {
        assert_eq!(reviews["properties"][field], chats["properties"][field], "{field}");
        assert_eq!(reviews["properties"][field], social["properties"][field], "{field}");
    }
    assert_eq!(reviews["$defs"]["time"], chats["$defs"]["time"]);
    assert_eq!(reviews["$defs"]["time"], social["$defs"]["time"]);
    assert_eq!(reviews["$defs"]["rating"], chats["$defs"]["rating"]);
}

#[test]
fn the_schemas_list_the_names_the_types_know() {
    let normalized = schema(NORMALIZED);
    let chats = schema(topics::RAW_CHATS);
    assert_eq!(names(&normalized["properties"]["channel"]["enum"]), Channel::ALL.map(Channel::as_str));
    assert_eq!(names(&normalized["properties"]["journey_stage"]["enum"]), JourneyStage::ALL.map(JourneyStage::as_str));
    let roles = [Role::Customer, Role::Agent, Role::Bot].map(Role::as_str);
    assert_eq!(names(&normalized["$defs"]["turn"]["properties"]["role"]["enum"]), roles);
    assert_eq!(names(&chats["$defs"]["turn"]["properties"]["role"]["enum"]), roles);
}
