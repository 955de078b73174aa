//! What an act becomes.

use super::*;

async fn events(world: &World, case: Uuid) -> Value {
    let sql =
        format!("SELECT kind, state, actor FROM case_events WHERE case_id = '{case}' AND kind != 'opened' ORDER BY at");
    json!(world.rows(&sql).await)
}

#[tokio::test]
async fn a_case_from_open_to_closed_and_back() {
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await;
    let long = "x".repeat(2_001);
    for (body, status, state) in [
        (json!({"action": "acknowledge"}), 201, "acknowledged"),
        (json!({"action": "acknowledge"}), 409, "acknowledged"),
        (json!({"action": "contact", "note": "called 13800138000"}), 201, "contacted"),
        (json!({"action": "compensate", "amount": "12.5", "currency": "EUR"}), 201, "contacted"),
        (json!({"action": "compensate", "amount": "7", "currency": "EUR", "note": "and a voucher"}), 201, "contacted"),
        (json!({"action": "compensate", "amount": "-1", "currency": "EUR"}), 422, ""),
        (json!({"action": "compensate", "amount": "1", "currency": "XYZ"}), 422, ""),
        (json!({"action": "compensate", "amount": "1"}), 422, ""),
        (json!({"action": "note", "note": "  "}), 422, ""),
        (json!({"action": "note", "note": long}), 422, ""),
        (json!({"action": "dance"}), 422, ""),
        (json!({"action": "note", "note": "x", "to": "wang"}), 422, ""),
        (json!({"action": "note", "note": "x", "colour": "red"}), 422, ""),
        (json!({"action": "close"}), 409, "contacted"),
        (json!({"action": "resolve", "expected_state": "open"}), 409, "contacted"),
        (json!({"action": "resolve", "expected_state": "contacted"}), 201, "resolved"),
        (json!({"action": "close"}), 201, "closed"),
        (json!({"action": "contact"}), 409, "closed"),
        (json!({"action": "note", "note": "thanked us"}), 201, "closed"),
        (json!({"action": "reopen"}), 201, "open"),
        (json!({"action": "hand_over", "to": "nobody"}), 409, ""),
        (json!({"action": "hand_over", "to": "li"}), 409, ""),
        (json!({"action": "wrong_reason"}), 201, "open"),
    ] {
        let answer = world.act("li", case, &[], body.clone()).await;
        assert_eq!(answer.status, status, "{body}: {}", answer.body);
        assert_eq!(answer.body["case"]["state"].as_str().unwrap_or_default(), state, "{body}: {}", answer.body);
    }
    let shown = world.get("li", &format!("/api/v1/cases/{case}")).await.body;
    let told = &shown["case"];
    assert_eq!((&told["cost"], &told["cost_currency"], &told["reopened"]), (&json!("19.5"), &json!("EUR"), &json!(1)));
    assert_eq!(told["wrong_reason"], true);
    let of =
        |kind: &str| shown["events"].as_array().unwrap().iter().find(|event| event["kind"] == kind).unwrap().clone();
    assert_eq!(of("contacted")["note"], "called [PHONE]");
    assert_eq!((&of("compensated")["amount"], &of("compensated")["actor"]), (&json!("12.5"), &json!("li")));
    assert_eq!(shown["words"], Value::Null, "the case has no feedback");
    let audited = "SELECT action, status, count() AS n FROM audit_log WHERE action IN ('closed', 'resolved') GROUP BY ALL ORDER BY ALL";
    let expected = json!([
        {"action": "closed", "status": 201, "n": 1}, {"action": "closed", "status": 409, "n": 1},
        {"action": "resolved", "status": 201, "n": 1}, {"action": "resolved", "status": 409, "n": 1},
    ]);
    world.wait_for(audited, expected).await;
}

#[tokio::test]
async fn a_repeated_request_is_one_event_and_gets_the_same_answer() {
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await;
    let (key, body) = ([("Idempotency-Key", "k-1")], json!({"action": "contact", "note": "called"}));
    let both = tokio::join!(world.act("li", case, &key, body.clone()), world.act("li", case, &key, body.clone()));
    let third = world.act("li", case, &key, body).await;
    for answer in [&both.0, &both.1, &third] {
        assert_eq!(answer.status, 201, "{}", answer.body);
        assert_eq!(answer.body["event"], both.0.body["event"]);
        assert_eq!(answer.body["case"], both.0.body["case"]);
    }
    assert_eq!(third.body["is_repeat"], true);
    assert_eq!(events(&world, case).await, json!([{"kind": "contacted", "state": "contacted", "actor": "li"}]));
    let other = world.act("li", case, &key, json!({"action": "contact", "note": "called twice"})).await;
    assert_eq!((other.status, other.body["type"].as_str()), (409, Some("urn:hearken:problem:key_reused")));
    let lead = world.act("lead", case, &key, json!({"action": "contact", "note": "called"})).await;
    assert_eq!((lead.status, &lead.body["is_repeat"]), (201, &json!(false)), "another one's key is another key");
}

#[tokio::test]
async fn who_hands_a_case_over_sees_it_no_more_and_his_repeat_is_answered_still() {
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await;
    let (key, body) = ([("Idempotency-Key", "k-1")], json!({"action": "hand_over", "to": "wang", "note": "a parcel"}));
    let first = world.act("li", case, &key, body.clone()).await;
    assert_eq!((first.status, &first.body["case"]["owner"]), (201, &json!("wang")), "{}", first.body);
    assert_eq!(
        (&first.body["case"]["department"], &first.body["case"]["state"]),
        (&json!("logistics"), &json!("open"))
    );
    let again = world.act("li", case, &key, body).await;
    assert_eq!((again.status, &again.body["event"]), (201, &first.body["event"]));
    assert_eq!(world.get("li", &format!("/api/v1/cases/{case}")).await.status, 404);
    assert_eq!(world.act("li", case, &[], json!({"action": "contact"})).await.status, 404);
    assert_eq!(world.act("lead", case, &[], json!({"action": "contact"})).await.status, 404);
    assert_eq!(world.act("wang", case, &[], json!({"action": "contact"})).await.status, 201);
    assert_eq!(world.act("other-lead", case, &[], json!({"action": "resolve"})).await.status, 201);
}

#[tokio::test]
async fn of_many_at_once_one_takes_the_case_on_and_a_version_decides() {
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await;
    let many = (0..20).map(|_| world.act("li", case, &[], json!({"action": "acknowledge"})));
    let answers = futures_util::future::join_all(many).await;
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![201], vec![409; 19]].concat());
    let shown = world.get("li", &format!("/api/v1/cases/{case}")).await;
    let tag = shown.header("etag").to_owned();
    let noted = world.act("admin", case, &[], json!({"action": "note", "note": "looked"})).await;
    let late = world.act("li", case, &[("If-Match", &tag)], json!({"action": "contact"})).await;
    assert_eq!((late.status, late.body["type"].as_str()), (409, Some("urn:hearken:problem:changed")), "{}", late.body);
    assert_eq!(late.body["case"], noted.body["case"], "the present state comes with the refusal");
    let fresh = world.act("li", case, &[("If-Match", noted.header("etag"))], json!({"action": "contact"})).await;
    assert_eq!(fresh.status, 201, "{}", fresh.body);
    assert_eq!(world.act("li", case, &[("If-Match", "*")], json!({"action": "resolve"})).await.status, 201);
    assert_eq!(world.act("li", case, &[("If-Match", "x")], json!({"action": "close"})).await.status, 422);
}
