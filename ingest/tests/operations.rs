//! Orders, visits and customer profiles through the core: every example, what the catalog adds, and what holds for any record.

mod contract;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use contract::{RECEIVED_MS, examples, folder};
use hearken_ingest::pseudonym::Pseudonyms;
use hearken_ingest::{Normalized, Normalizer, Settings};
use hearken_schemas::catalog::{Catalog, Lookup};
use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::feedback::TimePrecision;
use hearken_schemas::operation::{Customer, Operation, Order, Visit};
use hearken_schemas::redact::redact;
use hearken_schemas::topics::{self, RAW_CUSTOMERS, RAW_OPERATIONS, RAW_ORDERS, RAW_REVIEWS, RAW_SOCIAL, RAW_VISITS};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Value, json};

fn operation(core: &Normalizer, topic: &str, key: Option<&[u8]>, value: Option<&[u8]>) -> Result<Operation, Rejection> {
    match core.normalize(topic, RECEIVED_MS, key, value)? {
        Normalized::Operation(operation) => Ok(*operation),
        Normalized::Feedback(feedback) => panic!("{topic} gave a feedback: {feedback:?}"),
    }
}

fn read(topic: &str, value: &[u8]) -> Result<Operation, Rejection> {
    operation(&Normalizer::plain(), topic, None, Some(value))
}

fn order(core: &Normalizer, record: &Value) -> Order {
    match operation(core, RAW_ORDERS, None, Some(record.to_string().as_bytes())) {
        Ok(Operation::Order(order)) => order,
        other => panic!("no order: {other:?}"),
    }
}

fn visit(core: &Normalizer, record: &Value) -> Visit {
    match operation(core, RAW_VISITS, None, Some(record.to_string().as_bytes())) {
        Ok(Operation::Visit(visit)) => visit,
        other => panic!("no visit: {other:?}"),
    }
}

fn customer(core: &Normalizer, key: Option<&[u8]>, record: Option<&Value>) -> Customer {
    match operation(core, RAW_CUSTOMERS, key, record.map(|record| record.to_string().into_bytes()).as_deref()) {
        Ok(Operation::Customer(customer)) => *customer,
        other => panic!("no customer: {other:?}"),
    }
}

fn short(topic: &str) -> &str {
    topic.split('.').nth(2).expect("operations.raw.<kind>.v1")
}

#[test]
fn every_valid_example_becomes_the_operation_of_its_snapshot() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("operations");
    let mut expected = BTreeSet::new();
    for topic in RAW_OPERATIONS {
        for (hazard, bytes) in examples(topic) {
            let operation = read(topic, &bytes).unwrap_or_else(|error| panic!("{topic}/{hazard}: {error}"));
            let name = format!("{}.{hazard}", short(topic));
            settings.bind(|| insta::assert_json_snapshot!(name.clone(), operation));
            expected.insert(format!("{name}.snap"));
        }
    }
    let snapshots = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/operations");
    let kept: BTreeSet<String> = fs::read_dir(snapshots)
        .expect("snapshots")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(kept, expected, "a snapshot without its example, or the other way round");
}

#[test]
fn every_invalid_example_has_the_reason_in_its_name() {
    for topic in RAW_OPERATIONS {
        for (name, bytes) in examples(&format!("invalid/{topic}")) {
            let expected = name.split('.').next().expect("a reason");
            match read(topic, &bytes) {
                Ok(_) => panic!("{topic}/{name} was accepted"),
                Err(rejection) => assert_eq!(rejection.reason.as_str(), expected, "{topic}/{name}: {rejection}"),
            }
        }
    }
}

/// The examples that the sink builds on are what this stage writes.
#[test]
fn the_examples_of_normalized_operations_are_this_stages_output() {
    for (name, bytes) in examples(topics::OPERATIONS) {
        let (kind, hazard) = name.split_once('.').expect("<kind>.<hazard>.json");
        let topic = format!("operations.raw.{kind}.v1");
        let raw = fs::read(folder(&topic).join(format!("{hazard}.json"))).expect("the raw example of that name");
        let expected: Operation = serde_json::from_slice(&bytes).expect("an operation");
        assert_eq!(read(&topic, &raw), Ok(expected), "{name}");
    }
}

const SHOP: &str = r#"
    [[brands]]
    name = "Nordwick"
    aliases = ["诺德维克"]
    [[sources]]
    name = "tmall"
    brand = "Nordwick"
    time_zone = "Asia/Shanghai"
    touchpoint = "marketplace"
    region = "CN"
    [customers]
    placeholders = ["walk-in"]
"#;

fn shop() -> Normalizer {
    let catalog = Lookup::new(Catalog::parse(SHOP).expect("a catalog"));
    Normalizer::new(Settings { catalog, pseudonyms: Pseudonyms::new(b"a secret of this test") })
}

#[test]
fn the_catalog_says_what_the_record_does_not() {
    let core = shop();
    let sent = order(
        &core,
        &json!({"source": "tmall", "order_id": "1", "status": "paid", "occurred_at": "2025-11-28", "customer_id": "Walk In",
            "updated_at": "2025-11-29 08:00"}),
    );
    assert_eq!(sent.occurred_at.to_string(), "2025-11-27T16:00:00Z");
    assert_eq!(sent.time_precision, TimePrecision::Day);
    assert_eq!(sent.updated_at.to_string(), "2025-11-29T00:00:00Z");
    assert_eq!(sent.brand.as_deref(), Some("Nordwick"));
    assert_eq!(sent.region.as_deref(), Some("CN"));
    assert_eq!(sent.customer_id, None);

    let seen = visit(
        &core,
        &json!({"source": "tmall", "visit_id": "1", "event": "view", "occurred_at": "2025-11-28 08:30", "brand": "诺德 维克"}),
    );
    assert_eq!(seen.occurred_at.to_string(), "2025-11-28T00:30:00Z");
    assert_eq!(seen.time_precision, TimePrecision::Minute);
    assert_eq!((seen.brand.as_deref(), seen.touchpoint.as_deref()), (Some("Nordwick"), Some("marketplace")));

    let known = customer(
        &core,
        None,
        Some(&json!({"source": "tmall", "customer_id": "1", "updated_at": "2025-11-28 08:00:00", "status": "Active"})),
    );
    assert_eq!(known.updated_at.to_string(), "2025-11-28T00:00:00Z");
    assert_eq!((known.region.as_deref(), known.status.as_deref()), (Some("CN"), Some("active")));
}

#[test]
fn orders_and_visits_are_dated_as_exactly_as_form_and_sender_say() {
    for (more, expected) in [
        (json!({"occurred_at": "2025-11-28"}), "2025-11-27T16:00:00Z day"),
        (json!({"occurred_at": "2025-11-28T00:00:00+08:00", "time_precision": "day"}), "2025-11-27T16:00:00Z day"),
        (json!({"occurred_at": "2025-11-28", "time_precision": "second"}), "2025-11-27T16:00:00Z day"),
        (json!({"occurred_at": "2025-11-28 08:30", "time_precision": null}), "2025-11-28T00:30:00Z minute"),
        (json!({"occurred_at": 1_764_318_615, "time_precision": "minute"}), "2025-11-28T08:30:15Z minute"),
        (json!({"occurred_at": "2025-11-28", "time_precision": "unknown"}), "2025-11-27T16:00:00Z unknown"),
        (json!({"time_precision": "unknown"}), "2026-01-15T00:00:00Z unknown"),
        (json!({"occurred_at": " ", "time_precision": "unknown"}), "2026-01-15T00:00:00Z unknown"),
        (json!({"occurred_at": null, "time_precision": "day"}), "missing_field occurred_at"),
        (json!({}), "missing_field occurred_at"),
        (json!({"occurred_at": "soon", "time_precision": "unknown"}), "invalid_time occurred_at"),
        (json!({"occurred_at": "2025-11-28", "time_precision": "hour"}), "invalid_value time_precision"),
    ] {
        let mut record =
            json!({"source": "tmall", "order_id": "1", "status": "paid", "visit_id": "1", "event": "view"});
        record.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        for topic in [RAW_ORDERS, RAW_VISITS] {
            let got = match operation(&shop(), topic, None, Some(record.to_string().as_bytes())) {
                Ok(Operation::Order(Order { occurred_at, time_precision, .. })) => {
                    format!("{occurred_at} {}", time_precision.as_str())
                }
                Ok(Operation::Visit(Visit { occurred_at, time_precision, .. })) => {
                    format!("{occurred_at} {}", time_precision.as_str())
                }
                Ok(other) => panic!("{other:?}"),
                Err(rejection) => format!("{} {}", rejection.reason.as_str(), rejection.field.unwrap_or_default()),
            };
            assert_eq!(got, expected, "{topic}: {more}");
        }
    }
}

#[test]
fn a_record_without_a_value_deletes_whom_its_key_names() {
    let core = Normalizer::plain();
    for (key, namespace, id) in
        [("c-1", None, "c-1"), ("crm/c-1", Some("crm"), "c-1"), ("crm/c/1", Some("crm"), "c/1"), ("/c-1", None, "c-1")]
    {
        let gone = customer(&core, Some(key.as_bytes()), None);
        assert!(gone.deleted, "{key}");
        assert_eq!((gone.id_namespace.as_deref(), gone.customer_id.as_str()), (namespace, id), "{key}");
        assert_eq!(gone.updated_at.as_millisecond(), RECEIVED_MS, "{key}");
    }
    for key in [None, Some(&b""[..]), Some(b" "), Some(b"crm/"), Some(b"a***b"), Some(b"crm/unknown"), Some(b"\xff")] {
        let refused = operation(&core, RAW_CUSTOMERS, key, None).expect_err("nobody is named");
        assert_eq!(refused.reason, Reason::NoValue, "{key:?}");
    }
    for topic in [RAW_ORDERS, RAW_VISITS] {
        assert_eq!(operation(&core, topic, Some(b"c-1"), None).expect_err("no value").reason, Reason::NoValue);
    }
}

#[test]
fn a_deletion_and_the_profile_before_it_are_states_of_one_customer() {
    let core = Normalizer::plain();
    let profile =
        json!({"source": "crm", "customer_id": "c-1", "id_namespace": "web", "updated_at": "2025-12-01T00:00:00Z"});
    let known = Operation::Customer(Box::new(customer(&core, None, Some(&profile))));
    let gone = Operation::Customer(Box::new(customer(&core, Some(b"web/c-1"), None)));
    assert_eq!(known.entity_id(), gone.entity_id());
    assert_ne!(known.record_id(), gone.record_id());
}

#[test]
fn a_merge_names_the_other_customer_as_its_own_profile_does() {
    let core = shop();
    let profile = |id: &str, namespace: Value, aliases: Value| {
        let record = json!({"source": "crm", "customer_id": id, "id_namespace": namespace, "aliases": aliases,
            "updated_at": "2025-12-01T00:00:00Z"});
        customer(&core, None, Some(&record)).aliases
    };
    let keys = |aliases: &[hearken_schemas::operation::Alias]| -> Vec<String> {
        aliases.iter().map(|alias| format!("{} {}", alias.kind, alias.key)).collect()
    };
    let merged = profile(
        "c-1",
        json!("web"),
        json!([
            {"type": "customer_id", "value": "8812", "source": "loyalty"},
            {"type": "customer_id", "value": "c-2"},
            {"type": "Customer ID", "value": " c-2 "},
            {"type": "customer_id", "value": "c-1", "source": "web"},
            {"type": "customer_id", "value": "c-1"},
        ]),
    );
    assert_eq!(
        keys(&merged),
        ["customer_id loyalty/8812", "customer_id web/c-2"],
        "each once, and not the customer itself"
    );
    assert_eq!(profile("c-1", json!("web"), json!([])), [], "the merge is undone");
    let phone = |written: &str| keys(&profile("c-1", Value::Null, json!([{"type": "phone", "value": written}])));
    assert_eq!(phone("+86 138-0013-8000"), phone("13800138000"));
    assert_ne!(phone("13800138001"), phone("13800138000"));
    assert!(!phone("13800138000")[0].contains("1380013"), "a keyed hash");
}

#[test]
fn an_id_that_is_personal_itself_is_one_pseudonym_on_every_topic() {
    let core = shop();
    let review = |id: &Value| {
        let record =
            json!({"source": "jd", "source_id": 7, "occurred_at": 1_762_047_000, "text": "Fine.", "customer_id": id});
        match core.normalize(RAW_REVIEWS, RECEIVED_MS, None, Some(record.to_string().as_bytes())) {
            Ok(Normalized::Feedback(feedback)) => feedback.customer_id,
            other => panic!("no feedback: {other:?}"),
        }
    };
    for personal in
        [json!("13800138000"), json!("kim@example.com"), json!("+86 138-0013-8000"), json!(13_800_138_000_u64)]
    {
        let at = "2025-12-01T00:00:00Z";
        let bought =
            json!({"source": "shop", "order_id": 1, "status": "paid", "occurred_at": at, "customer_id": personal});
        let seen = json!({"source": "shop", "visit_id": 1, "event": "view", "occurred_at": at, "customer_id": personal,
            "visitor_id": personal});
        let known = json!({"source": "crm", "customer_id": personal, "updated_at": at});
        let merged = json!({"source": "crm", "customer_id": "c-1", "updated_at": at,
            "aliases": [{"type": "customer_id", "value": personal}]});
        let id = order(&core, &bought).customer_id.expect("a customer");
        assert!(id.len() == 34 && id.starts_with("p-"), "{id}");
        assert_eq!(id, Pseudonyms::new(b"a secret of this test").person(personal.as_str().unwrap_or("13800138000")));
        let seen = visit(&core, &seen);
        assert_eq!((seen.customer_id.as_ref(), seen.visitor_id.as_ref()), (Some(&id), Some(&id)));
        assert_eq!(customer(&core, None, Some(&known)).customer_id, id);
        assert_eq!(customer(&core, None, Some(&merged)).aliases[0].key, id);
        let key = personal.as_str().unwrap_or("13800138000");
        assert_eq!(customer(&core, Some(key.as_bytes()), None).customer_id, id);
        assert_eq!(customer(&core, Some(format!("crm/{key}").as_bytes()), None).customer_id, id);
        assert_eq!(review(&personal), Some(id));
    }
    for own in [json!("c-13800138000"), json!("11224"), json!("kim")] {
        assert_eq!(review(&own).as_deref(), own.as_str());
    }
    assert_eq!(review(&json!(12345)).as_deref(), Some("12345"));
    assert_eq!(review(&json!(0)), None, "a placeholder");
}

#[test]
fn a_handle_in_a_profile_is_the_author_of_the_posts() {
    let core = shop();
    let record = json!({"source": "crm", "customer_id": "c-1", "updated_at": "2025-12-01T00:00:00Z",
        "aliases": [{"type": "handle", "value": "@冰淇淋", "source": "weibo"}]});
    let profile = customer(&core, None, Some(&record));
    let post = json!({"source": "weibo", "source_id": "p-1", "occurred_at": "2025-12-01T00:00:00Z", "text": "好吃",
        "author_handle": "冰淇淋"});
    let Ok(Normalized::Feedback(post)) =
        core.normalize(RAW_SOCIAL, RECEIVED_MS, None, Some(post.to_string().as_bytes()))
    else {
        panic!("no feedback")
    };
    assert_eq!(Some(&profile.aliases[0].key), post.author_key.as_ref());
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        likely_text().prop_map(Value::from),
        Just(json!("2025-11-02T09:30:00Z")),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("(type|value|contact|product_id|quantity|[a-z]{1,3})", inner, 0..4).prop_map(|map| json!(map))
        ]
    })
}

/// Text with what clean-up, redaction and keys look for.
fn likely_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "13800138000",
        "+86 138-0013-8000",
        "kim@example.com",
        "%40",
        "@",
        "/",
        "?",
        "#",
        "&amp;",
        "&#63;",
        "１",
        "＠",
        " ",
        "\n",
        "\0",
        "\u{200b}",
        "*",
        "ß",
        "İ",
        "好",
        "customer_id",
        "phone",
        "EUR",
        "€",
        "unknown",
        "a",
    ]);
    let pieces = prop_oneof![piece.prop_map(str::to_owned), any::<char>().prop_map(String::from)];
    vec(pieces, 0..8).prop_map(|pieces| pieces.concat())
}

/// A record for all three topics that is mostly right: some of its fields hold anything.
fn likely_record() -> impl Strategy<Value = Value> {
    let fields = vec![
        "source",
        "order_id",
        "visit_id",
        "customer_id",
        "id_namespace",
        "visitor_id",
        "status",
        "occurred_at",
        "time_precision",
        "updated_at",
        "amount",
        "currency",
        "items",
        "page",
        "event",
        "dwell_ms",
        "touchpoint",
        "name",
        "aliases",
        "consent",
        "deleted",
        "attributes",
        "brand",
        "region",
    ];
    let wrong = btree_map(prop::sample::select(fields), any_json(), 0..3);
    let amount = prop_oneof![any::<f64>(), -1e6..1e6f64];
    (likely_text(), likely_text(), likely_text(), amount, wrong).prop_map(|(text, note, kind, amount, wrong)| {
        let mut record = json!({
            "source": "shop", "order_id": "7741-1", "visit_id": "w-1", "customer_id": "c-1", "status": "paid", "event": "view",
            "occurred_at": 1_762_047_000, "updated_at": "2025-11-03T09:30:00Z", "page": text, "name": note,
            "attributes": {"note": note, "more": text}, "aliases": [{"type": kind, "value": text, "source": note}],
            "items": [{"product_id": "a-1", "quantity": 1, "amount": amount}], "amount": amount, "currency": "EUR",
        });
        for (field, value) in wrong {
            record[field] = value;
        }
        record
    })
}

fn free_texts(operation: &Operation) -> Vec<&str> {
    let (attributes, texts) = match operation {
        Operation::Order(Order { attributes, brand, region, .. }) => (attributes, [brand, region, &None, &None]),
        Operation::Visit(Visit { attributes, page, touchpoint, campaign, brand, .. }) => {
            (attributes, [page, touchpoint, campaign, brand])
        }
        Operation::Customer(customer) => {
            let Customer { attributes, segment, region, owner, status, .. } = &**customer;
            (attributes, [segment, region, owner, status])
        }
    };
    let attributes = attributes.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
    attributes.chain(texts.into_iter().filter_map(Option::as_deref)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_an_answer(bytes in vec(any::<u8>(), 0..200), key in vec(any::<u8>(), 0..20), timestamp_ms in any::<i64>()) {
        let core = Normalizer::plain();
        for topic in RAW_OPERATIONS {
            prop_assert!(core.normalize(topic, timestamp_ms, Some(&key), Some(&bytes)).is_err());
            let _ = core.normalize(topic, timestamp_ms, Some(&key), None);
        }
    }

    #[test]
    fn any_json_gets_an_answer(value in any_json(), timestamp_ms in any::<i64>()) {
        for topic in RAW_OPERATIONS {
            let _ = Normalizer::plain().normalize(topic, timestamp_ms, None, Some(value.to_string().as_bytes()));
        }
    }

    #[test]
    fn a_quantity_stays_itself_in_half_the_bits(quantity in any::<f64>()) {
        let record = json!({"source": "shop", "order_id": "1", "status": "paid", "occurred_at": 1_762_047_000,
            "items": [{"product_id": "a", "quantity": quantity}]});
        match read(RAW_ORDERS, record.to_string().as_bytes()) {
            Ok(Operation::Order(order)) => prop_assert!((order.items[0].quantity as f32).is_normal()),
            Ok(other) => prop_assert!(false, "{:?}", other),
            Err(rejection) => prop_assert!(rejection.field.as_deref() == Some("items[0].quantity")),
        }
    }

    #[test]
    fn what_comes_out_is_clean_and_comes_out_again(record in likely_record()) {
        let bytes = record.to_string().into_bytes();
        for topic in RAW_OPERATIONS {
            let Ok(operation) = read(topic, &bytes) else { continue };
            for text in free_texts(&operation) {
                prop_assert_eq!(redact(text).count, 0, "{:?}", text);
            }
            prop_assert_eq!(read(topic, &bytes), Ok(operation.clone()));
            let json = serde_json::to_vec(&operation).expect("an operation is JSON");
            prop_assert_eq!(serde_json::from_slice::<Operation>(&json).expect("reads back"), operation);
        }
    }

    #[test]
    fn identity_rests_on_the_state_alone(record in likely_record(), id in "[a-z0-9]{1,9}") {
        let with = |topic: &str, field: &str, value: Value| {
            let mut record = record.clone();
            record["attributes"] = Value::Null;
            record[field] = value;
            read(topic, record.to_string().as_bytes())
        };
        for (topic, name, state) in [
            (RAW_ORDERS, "order_id", json!({"status": "shipped", "updated_at": "2025-11-04T00:00:00Z"})),
            (RAW_VISITS, "visit_id", json!({"event": "form", "occurred_at": 1_762_047_001, "page": "/elsewhere", "product_id": "pot"})),
            (RAW_CUSTOMERS, "customer_id", json!({"updated_at": "2025-11-04T00:00:00Z"})),
        ] {
            let Ok(same) = with(topic, "other", json!(id)) else { continue };
            let resent = with(topic, "attributes", json!({"note": "other words"})).expect("attributes change nothing");
            prop_assert_eq!((resent.entity_id(), resent.record_id()), (same.entity_id(), same.record_id()));
            if let Ok(other) = with(topic, name, json!(format!("{id}-"))) {
                prop_assert_ne!(other.entity_id(), same.entity_id());
            }
            for (field, value) in state.as_object().expect("fields") {
                let Ok(later) = with(topic, field, value.clone()) else { continue };
                prop_assert_eq!(later.entity_id(), same.entity_id());
                if record[field] != *value {
                    prop_assert_ne!(later.record_id(), same.record_id(), "{}", field);
                }
            }
        }
    }
}
