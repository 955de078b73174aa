//! What is bounded, and what happens without a database.

use super::*;

#[tokio::test]
async fn a_token_that_asks_too_fast_waits_and_others_do_not() {
    let rate = Limit::new(60, 3);
    let world = World::bounded(Limits { token: rate, unknown: rate, ..Limits::default() }).await;
    for (who, status) in [("li", 429), ("wang", 429), ("", 429)] {
        for _ in 0..3 {
            assert_ne!(world.get(who, "/api/v1/owners").await.status, 429, "{who:?}");
        }
        let answer = world.get(who, "/api/v1/owners").await;
        assert_eq!((answer.status, answer.header("retry-after")), (status, "1"), "{who:?}");
    }
    // Whoever floods the door without a token keeps nobody else out.
    assert_eq!(world.get("admin", "/api/v1/owners").await.status, 200);
    assert_eq!(world.get("hearken_guess", "/api/v1/owners").await.status, 429);
    let sql =
        "SELECT who, reason, count() AS n FROM audit_log WHERE status = 429 AND who != '' GROUP BY ALL ORDER BY ALL";
    let row = |who: &str| json!({"who": who, "reason": "too_many_requests", "n": 1});
    world.wait_for(sql, json!([row("li"), row("wang")])).await;
    let text = prometheus::TextEncoder::new().encode_to_string(&world.registry.gather()).unwrap();
    let line = "api_requests_total{route=\"/api/v1/owners\",status=\"429\"} 4";
    assert!(text.contains(line), "{text}");
}

#[tokio::test]
async fn bodies_are_bounded_and_are_json() {
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await;
    let path = format!("/api/v1/cases/{case}/events");
    let json = [("Content-Type", "application/json; charset=utf-8")];
    let large = format!("{{\"action\": \"note\", \"note\": \"{}\"}}", "x".repeat(70_000));
    for (headers, body, expected) in [
        (&json[..], large.as_str(), 413),
        (&json[..], "{\"action\": ", 400),
        (&json[..], "\u{0}", 400),
        (&json[..], "[]", 422),
        (&json[..], "{}", 422),
        (&json[..], "{\"action\": \"note\", \"note\": null}", 422),
        (&json[..], "{\"action\": \"resolve\", \"expected_state\": null}", 422),
        (&[("Content-Type", "text/plain")][..], "{\"action\": \"contact\"}", 415),
        (&[][..], "{\"action\": \"contact\"}", 415),
        (&[json[0], ("Idempotency-Key", "")][..], "{\"action\": \"contact\"}", 422),
        (&json[..], "{\"action\": \"contact\"}", 201),
    ] {
        let answer = world.ask("li", ("POST", &path), headers, body).await;
        assert_eq!(answer.status, expected, "{headers:?} {}: {}", &body[..body.len().min(40)], answer.body);
    }
}

#[tokio::test]
async fn without_a_database_nothing_is_done_and_that_is_said() {
    let brief = Duration::from_secs(2);
    let mut world = World::bounded(Limits { request: brief, ..Limits::default() }).await;
    let case = world.open("c1", "li", "service").await;
    world.engine.kill().unwrap();
    for (method, path) in [("GET", "/api/v1/cases"), ("GET", "/api/v1/alerts")] {
        let answer = world.ask("li", (method, path), &[], "").await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, "5"), "{path}: {}", answer.body);
    }
    let act = world.act("li", case, &[], json!({"action": "contact"})).await;
    assert_eq!(act.status, 503, "{}", act.body);
    assert!(act.body["detail"].as_str().unwrap().contains("same Idempotency-Key"), "{}", act.body);
    assert_eq!(world.get("li", "/api/v1/owners").await.status, 200, "the directory needs no database");
}

#[tokio::test]
async fn what_cannot_be_audited_is_not_done() {
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await;
    world.rows("ALTER TABLE audit_log ADD CONSTRAINT full CHECK status != 201").await;
    let answer = world.act("li", case, &[], json!({"action": "contact"})).await;
    assert_eq!(
        (answer.status, answer.body["type"].as_str()),
        (503, Some("urn:hearken:problem:unaudited")),
        "{}",
        answer.body
    );
    assert_eq!(world.rows("SELECT 1 FROM case_events WHERE kind = 'contacted'").await, Vec::<Value>::new());
    world.wait_for("SELECT reason FROM audit_log", json!([{"reason": "unaudited"}])).await;
}
