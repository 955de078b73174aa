use serde_json::{Value, json};

use super::*;

fn mapping(text: &str) -> Mapping {
    Mapping::parse(text).expect("a mapping")
}

fn json_of(record: &RawRecord) -> Value {
    serde_json::from_slice(&record.value).expect("JSON")
}

/// Maps one line and compares key and record.
fn check(kind: Kind, toml: &str, line: Value, key: &str, expected: Value) {
    let record = mapping(toml).record(kind, &line, 3).expect("a record");
    assert_eq!((record.key.as_str(), json_of(&record)), (key, expected));
}

#[test]
fn fields_constants_attributes_and_ratings_find_their_places() {
    check(
        Kind::Reviews,
        r##"
        constants = { source = "shop" }
        fields = { source_id = "#line", text = "body.text", occurred_at = "day", customer_id = "who", likes = "up", title = "no" }
        attributes = { star_note = "note", empty = "no" }
        prefix = { source_id = "a-" }
        rating = { value = "stars", scale_max = "of" }
        time = { zone = "+08:00" }
        "##,
        json!({ "body": { "text": "好" }, "day": "2024-02-29", "who": 17, "note": 7, "stars": "4.5", "of": 5, "up": "12", "no": " " }),
        "17",
        json!({ "source": "shop", "source_id": "a-3", "text": "好", "occurred_at": "2024-02-29T00:00:00+08:00",
                "time_precision": "day", "customer_id": "17", "likes": 12, "attributes": { "star_note": "7" },
                "rating": { "value": 4.5, "scale_max": 5 } }),
    );
}

#[test]
fn rules_say_what_holds_for_some_lines_only() {
    let toml = r#"
        fields = { source = "from", source_id = "id", occurred_at = "t", language_hint = "lang" }
        values.language_hint = { und = "", cn = "zh-Hans" }
        time = { missing = "unknown" }
        [[rules]]
        where = { from = ["air", "rail"] }
        constants = { touchpoint = "travel" }
        time.zone = "America/New_York"
        [[rules]]
        where = { from = "rail", t = "" }
        time.missing = "refuse"
        prefix.source_id = "late-"
    "#;
    let common = |from: &str, id: &str| json!({ "source": from, "source_id": id });
    let with = |mut record: Value, more: Value| {
        record.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        record
    };
    for (line, expected) in [
        (
            json!({ "from": "x", "id": 1, "t": "2024-01-02", "lang": "cn" }),
            with(common("x", "1"), json!({ "occurred_at": "2024-01-02", "language_hint": "zh-Hans" })),
        ),
        (
            json!({ "from": "x", "id": 2, "t": null, "lang": "und" }),
            with(common("x", "2"), json!({ "time_precision": "unknown" })),
        ),
        (
            json!({ "from": "air", "id": 3, "t": "2024-01-02 10:00", "lang": "fr" }),
            with(
                common("air", "3"),
                json!({ "occurred_at": "2024-01-02T10:00:00-05:00", "time_precision": "minute",
                                           "touchpoint": "travel", "language_hint": "fr" }),
            ),
        ),
        (json!({ "from": "rail", "id": 4 }), with(common("rail", "late-4"), json!({ "touchpoint": "travel" }))),
    ] {
        let record = mapping(toml).record(Kind::Social, &line, 1).expect("a record");
        assert_eq!(json_of(&record), expected);
    }
}

#[test]
fn a_survey_s_columns_become_answers() {
    let toml = r#"
        constants = { source = "poll", survey_kind = "relationship" }
        fields = { source_id = "id", occurred_at = "at", sent_at = "sent" }
        time.zone = "Z"
        [[answers]]
        question_id = "recommend"
        kind = "nps"
        value = "q1"
        scale_max = 10
        [[answers]]
        question_id = "ease"
        kind = "ces"
        value = "q2"
        scale_max = "q2_of"
        direction = "ease"
        values = { "very easy" = 5 }
        [[answers]]
        question_id = "why"
        kind = "text"
        text = "q3"
    "#;
    check(
        Kind::Surveys,
        toml,
        json!({ "id": 5, "at": "2024-01-02T03:04:05", "sent": "2024-01-01", "q1": "9", "q2": "very easy", "q2_of": 5, "q3": "" }),
        "5",
        json!({ "source": "poll", "source_id": "5", "survey_kind": "relationship",
                "occurred_at": "2024-01-02T03:04:05+00:00", "sent_at": "2024-01-01T00:00:00+00:00",
                "answers": [{ "question_id": "recommend", "kind": "nps", "value": 9, "scale_max": 10 },
                            { "question_id": "ease", "kind": "ces", "direction": "ease", "value": 5, "scale_max": 5 }] }),
    );
}

#[test]
fn orders_visits_and_customers_are_records_too() {
    check(
        Kind::Orders,
        r#"
        constants = { source = "till", currency = "EUR" }
        fields = { order_id = "no", status = "state", occurred_at = "day", amount = "sum", customer_id = "who" }
        values.status = { "1" = "paid" }
        items = { list = "lines", product_id = "sku", quantity = "qty", amount = "sum" }
        time = { zone = "Europe/Berlin", formats = ["%d.%m.%Y"], missing = "unknown" }
        "#,
        json!({ "no": 9, "state": 1, "day": "31.07.2024", "sum": "12.50",
                "lines": [{ "sku": "A", "qty": "2", "sum": 10 }, { "sku": "B" }, { "qty": 1 }] }),
        "9",
        json!({ "source": "till", "currency": "EUR", "order_id": "9", "status": "paid", "amount": 12.5,
                "occurred_at": "2024-07-31T00:00:00+02:00", "time_precision": "day",
                "items": [{ "product_id": "A", "quantity": 2, "amount": 10 }, { "product_id": "B", "quantity": 1 }] }),
    );
    check(
        Kind::Visits,
        "constants = { source = \"web\", event = \"view\" }\nfields = { visit_id = \"v\", visitor_id = \"cookie\", dwell_ms = \"ms\" }\n\
         time.missing = \"unknown\"",
        json!({ "v": "v1", "cookie": "k", "ms": "1500" }),
        "k",
        json!({ "source": "web", "event": "view", "visit_id": "v1", "visitor_id": "k", "dwell_ms": 1500,
                "time_precision": "unknown" }),
    );
    check(
        Kind::Customers,
        r#"
        constants = { source = "crm", id_namespace = "shop" }
        fields = { customer_id = "id", updated_at = "at", deleted = "gone", "consent.contact" = "mail" }
        [[aliases]]
        type = "phone"
        value = "tel"
        [[aliases]]
        type = "handle"
        value = "nick"
        source = "chirrup"
        "#,
        json!({ "id": "c1", "at": 1704164645, "gone": "true", "mail": "no", "nick": "@a", "tel": null }),
        "shop/c1",
        json!({ "source": "crm", "id_namespace": "shop", "customer_id": "c1", "updated_at": 1704164645, "deleted": true,
                "consent": { "contact": false }, "aliases": [{ "type": "handle", "value": "@a", "source": "chirrup" }] }),
    );
}

#[test]
fn turns_become_one_conversation() {
    let mapping = mapping(
        r#"
        fields = { source = "from", customer_id = "who" }
        prefix = { source_id = "t-" }
        time = { zone = "Z", missing = "unknown" }
        [turns]
        session = "talk"
        role = "by"
        text = "says"
        at = "t"
        roles = { user = "customer" }
        "#,
    );
    let lines = [
        json!({ "from": "desk", "talk": 9, "by": "user", "says": "hello", "t": null, "who": null }),
        json!({ "from": "desk", "talk": 9, "by": "agent", "says": "hi", "t": "2024-01-02 03:04", "who": "c1" }),
    ];
    assert_eq!(mapping.session(&lines[0]), Some(Ok(("desk".to_owned(), "t-9".to_owned()))));
    assert!(mapping.session(&json!({ "from": "desk" })).is_some_and(|session| session.is_err()));
    let record = mapping.chat("t-9", &lines).expect("a chat");
    assert_eq!(
        (record.key.as_str(), json_of(&record)),
        (
            "t-9",
            json!({ "source": "desk", "source_id": "t-9", "customer_id": "c1",
                    "occurred_at": "2024-01-02T03:04:00+00:00", "time_precision": "minute",
                    "turns": [{ "role": "customer", "text": "hello" },
                              { "role": "agent", "text": "hi", "at": "2024-01-02T03:04:00+00:00" }] })
        )
    );
    let undated = mapping.chat("t-9", &lines[..1]).expect("a chat");
    assert_eq!(json_of(&undated)["time_precision"], "unknown");
}

#[test]
fn what_nothing_can_know_again_is_refused_and_everything_else_is_sent() {
    for wrong in [json!({ "text": "x" }), json!({ "source_id": " " }), json!([1]), json!("x")] {
        assert!(already_raw(Kind::Reviews, &wrong, b"").is_err(), "{wrong}");
    }
    for odd in [json!({ "source_id": 7 }), json!({ "source_id": "7", "occurred_at": "soon", "text": 5 })] {
        assert!(already_raw(Kind::Reviews, &odd, b"").is_ok(), "{odd}");
    }
}

#[test]
fn a_raw_record_is_sent_as_it_stands() {
    let line = br#"{"text": "a",  "source_id": "r", "text": "b", "likes": 3.0, "extra": 12345678901234567890123}"#;
    let value = serde_json::from_slice(line).expect("JSON");
    let record = already_raw(Kind::Reviews, &value, line).expect("a record");
    assert_eq!((record.key.as_str(), record.value.as_slice()), ("r", line.as_slice()));
}

#[test]
fn a_mapping_fills_fields_that_its_records_have() {
    for (kind, toml, wrong) in [
        (Kind::Reviews, "fields = { source_id = \"a\", texxt = \"b\" }", "texxt"),
        (Kind::Reviews, "constants = { event = \"view\" }", "event"),
        (Kind::Orders, "values.state = { a = \"b\" }", "state"),
        (Kind::Orders, "[[rules]]\nwhere = { a = \"b\" }\nprefix = { id = \"x\" }", "id"),
        (Kind::Social, "rating = { value = \"a\", scale_max = 5 }", "rating"),
        (Kind::Customers, "fields = { time_precision = \"a\" }", "time_precision"),
        (Kind::Customers, "fields = { \"consents.contact\" = \"a\" }", "consents"),
        (Kind::Reviews, "[[aliases]]\ntype = \"phone\"\nvalue = \"a\"", "aliases"),
    ] {
        let error = mapping(toml).fits(kind).expect_err("wrong").to_string();
        let words = format!("{} has no field `{wrong}`; it has: ", kind.topic());
        assert!(error.starts_with(&words), "{error}");
        assert!(error.contains(kind.id_field()), "{error}");
    }
    let all = "fields = { \"consent.contact\" = \"mail\", customer_id = \"id\" }\nattributes = { anything = \"x\" }";
    assert!(mapping(all).fits(Kind::Customers).is_ok());
}

#[test]
fn what_a_mapping_cannot_mean_is_refused() {
    for (wrong, words) in [
        ("feilds = { text = \"t\" }", "unknown field `feilds`"),
        ("where = { a = \"b\" }", "`where` belongs into one of the [[rules]]"),
        ("[[rules]]\nconstants = { source = \"x\" }", "rule 1 has no `where`"),
        ("time = { missing = \"now\" }", "unknown variant `now`"),
    ] {
        let error = format!("{:#}", Mapping::parse(wrong).expect_err("wrong"));
        assert!(error.contains(words), "{error}");
    }
}
