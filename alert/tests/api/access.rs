//! Who may do what: every route with every kind of token.

use hearken_alert::audit::Witness;
use hearken_alert::token_file::TokenFile;
use hearken_runtime::closing::Closing;

use super::*;

#[tokio::test]
async fn every_route_with_every_kind_of_token() {
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await;
    let (one, events) = (format!("/api/v1/cases/{case}"), format!("/api/v1/cases/{case}/events"));
    let nobody = format!("/api/v1/cases/{}", Uuid::nil());
    let table: [(&str, &str, [u16; 10]); 9] = [
        //                              none wrong expired reader li  chen wang lead other admin
        ("GET", "/api/v1/openapi.json", [200, 200, 200, 200, 200, 200, 200, 200, 200, 200]),
        ("GET", "/api/v1/cases", [401, 401, 401, 200, 200, 200, 200, 200, 200, 200]),
        ("GET", &one, [401, 401, 401, 200, 200, 404, 404, 200, 404, 200]),
        ("GET", &nobody, [401, 401, 401, 404, 404, 404, 404, 404, 404, 404]),
        ("POST", &events, [401, 401, 401, 403, 201, 404, 404, 201, 404, 201]),
        ("GET", "/api/v1/alerts", [401, 401, 401, 200, 200, 200, 200, 200, 200, 200]),
        ("GET", "/api/v1/owners", [401, 401, 401, 200, 200, 200, 200, 200, 200, 200]),
        ("DELETE", &one, [401, 401, 401, 405, 405, 405, 405, 405, 405, 405]),
        ("GET", "/api/v1/nothing", [401, 401, 401, 404, 404, 404, 404, 404, 404, 404]),
    ];
    let people = ["", "hearken_wrong", "expired", "reader", "li", "chen", "wang", "lead", "other-lead", "admin"];
    for (method, path, expected) in &table {
        for (who, expected) in people.iter().zip(expected) {
            let json = [("Content-Type", "application/json")];
            let body = if *method == "POST" { r#"{"action": "note", "note": "seen"}"# } else { "" };
            let answer = world.ask(who, (method, path), &json, body).await;
            assert_eq!(answer.status, *expected, "{method} {path} by {who:?}: {}", answer.body);
            let kind = if *expected < 400 { "application/json" } else { "application/problem+json" };
            assert_eq!(answer.header("content-type"), kind, "{method} {path} by {who:?}");
            for (name, value) in
                [("cache-control", "no-store"), ("x-content-type-options", "nosniff"), ("x-frame-options", "DENY")]
            {
                assert_eq!(answer.header(name), value, "{method} {path} by {who:?}");
            }
            if *expected >= 400 {
                assert_eq!(answer.body["status"], *expected, "{}", answer.body);
                assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.len() > 20), "{}", answer.body);
            }
        }
    }
}

#[tokio::test]
async fn why_a_token_is_not_accepted_is_for_the_audit_log_alone() {
    let world = World::start().await;
    let mut bodies = Vec::new();
    for who in ["", "hearken_wrong", "expired"] {
        let answer = world.get(who, "/api/v1/cases").await;
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        bodies.push(answer.body);
    }
    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:?}");
    let expected = json!([
        {"who": "", "action": "list", "status": 401, "reason": "no_token"},
        {"who": "", "action": "list", "status": 401, "reason": "unknown_token"},
        {"who": "expired", "action": "list", "status": 401, "reason": "expired_token"},
    ]);
    world.wait_for("SELECT who, action, status, reason FROM audit_log ORDER BY at", expected).await;
    let basic = [("Authorization", "Basic bGk6bGk=")];
    assert_eq!(world.ask("", ("GET", "/api/v1/cases"), &basic, "").await.status, 401);
    let lower = format!("bearer {}", world.token("li"));
    assert_eq!(world.ask("", ("GET", "/api/v1/cases"), &[("Authorization", &lower)], "").await.status, 200);
}

#[tokio::test]
async fn a_list_holds_what_one_may_see_and_asks_for_and_goes_on_where_it_ended() {
    let world = World::start().await;
    let service = ("li", "service");
    let small = world.open_as("c1", service, "hibernating", 90.0).await;
    let large = world.open_as("c2", service, "champion", 40.0).await;
    let chens = world.open_as("c3", ("chen", "service"), "champion", 10.0).await;
    let wangs = world.open_as("c4", ("wang", "logistics"), "unknown", 10.0).await;
    let ids = |answer: &Answer, list: &str, id: &str| -> Vec<Value> {
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body[list].as_array().unwrap().iter().map(|row| row[id].clone()).collect()
    };
    for (who, query, expected) in [
        ("reader", "", vec![large, small, chens, wangs]),
        ("admin", "?is_open=true", vec![large, small, chens, wangs]),
        ("li", "", vec![large, small]),
        ("lead", "", vec![large, small, chens]),
        ("other-lead", "", vec![wangs]),
        ("lead", "?owner=wang", vec![]),
        ("admin", "?owner=wang", vec![wangs]),
        ("admin", "?department=service&tier=champion", vec![large, chens]),
        ("admin", "?brand=B", vec![]),
        ("admin", "?rule=churn_said&severity=high", vec![large, small, chens, wangs]),
        ("admin", "?state=closed", vec![]),
        ("admin", "?overdue=true", vec![large, small, chens, wangs]),
        ("admin", "?overdue=false", vec![]),
        ("admin", "?since=2026-11-22T09:00:04Z", vec![]),
        ("admin", "?since=2026-11-22T17:00:03%2B08:00", vec![large, small, chens, wangs]),
        ("admin", "?owner=x'%20OR%201=1%20--", vec![]),
        ("admin", "?brand=%5C'%20OR%201=1%20--", vec![]),
    ] {
        let answer = world.get(who, &format!("/api/v1/cases{query}")).await;
        assert_eq!(json!(ids(&answer, "cases", "case_id")), json!(expected), "{who} {query}");
        let count = if query.is_empty() { expected.len() } else { continue };
        assert_eq!(ids(&world.get(who, "/api/v1/alerts").await, "alerts", "alert_id").len(), count, "{who}");
    }
    for (list, id) in [("cases", "case_id"), ("alerts", "alert_id")] {
        let all = ids(&world.get("admin", &format!("/api/v1/{list}")).await, list, id);
        let (mut found, mut query) = (Vec::new(), "?limit=1".to_owned());
        loop {
            let answer = world.get("admin", &format!("/api/v1/{list}{query}")).await;
            found.extend(ids(&answer, list, id));
            let Some(next) = answer.body["next"].as_str() else { break };
            query = format!("?limit=1&cursor={next}");
        }
        assert_eq!(found, all, "{list}, one by one");
    }
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_by_name() {
    let world = World::start().await;
    for (query, said) in [
        ("?state=done", "\"state\" is not open, acknowledged"),
        ("?is_open=yes", "\"is_open\" is not true or false"),
        ("?severity=huge", "\"severity\" is none of low, medium"),
        ("?since=yesterday", "\"since\" is not a time with its zone"),
        ("?limit=0", "\"limit\" is not a whole number from 1 to 500"),
        ("?limit=501", "\"limit\" is not a whole number from 1 to 500"),
        ("?cursor=abc", "\"cursor\" is none that an answer gave"),
        ("?ownr=li", "\"ownr\" is no parameter here"),
        ("?owner=li&owner=wang", "\"owner\" is given twice"),
        ("?owner=", "\"owner\" is empty"),
    ] {
        let answer = world.get("admin", &format!("/api/v1/cases{query}")).await;
        assert_eq!(answer.status, 422, "{query}");
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.contains(said)), "{query}: {}", answer.body);
    }
}

#[tokio::test]
async fn who_is_struck_from_the_file_is_refused_while_the_service_runs() {
    let world = World::start().await;
    let path = world._data.path().join("tokens.toml");
    let (_, entries) = tokens();
    std::fs::write(&path, &entries).unwrap();
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let file = TokenFile::new(path.clone(), entries.clone());
    let following = tokio::spawn(file.follow(world.api.clone(), Duration::from_millis(20), stopping));
    let becomes = async |who: &str, status: u16| {
        for _ in 0..500 {
            if world.get(who, "/api/v1/cases").await.status == status {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{who} never got {status}");
    };
    let without = |name: &str| {
        let others = entries.split("[[token]]").skip(1).filter(|entry| !entry.contains(&format!("name = {name:?}")));
        others.map(|entry| format!("[[token]]{entry}")).collect::<String>()
    };
    becomes("li", 200).await;
    std::fs::write(&path, without("li")).unwrap();
    becomes("li", 401).await;
    assert_eq!(world.get("admin", "/api/v1/cases").await.status, 200);
    std::fs::write(&path, "[[token]]\nname = 7").unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(world.get("admin", "/api/v1/cases").await.status, 200, "what is wrong changes nothing");
    std::fs::write(&path, &entries).unwrap();
    becomes("li", 200).await;
    stop.send_replace(true);
    following.await.unwrap();
}

#[tokio::test]
async fn a_stop_waits_for_the_refusals_of_the_last_moment() {
    let world = World::start().await;
    let (audit, writer) = Audit::new(world.store.clone(), &Registry::new()).unwrap();
    let closing = Closing::default();
    closing.spawn(writer.run());
    audit.note(Witness::default().row("list", None, 401, "at the last moment"));
    drop(audit);
    assert_eq!(closing.wait(Duration::from_secs(5)).await, 0);
    let rows: Vec<Value> =
        world.store.rows("SELECT status FROM audit_log WHERE reason = 'at the last moment'", &[]).await.unwrap();
    assert_eq!(rows, [json!({"status": 401})]);
}
