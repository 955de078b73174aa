use axum::http::StatusCode;
use clap::Parser;

use super::*;

#[derive(Parser)]
struct Told {
    #[command(flatten)]
    wanted: Wanted,
}

fn parameters(arguments: &[&str]) -> String {
    let told = Told::try_parse_from(["x"].iter().chain(arguments)).unwrap();
    let pairs = told.wanted.parameters().into_iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

#[test]
fn a_list_is_of_open_cases_unless_told_otherwise() {
    for (arguments, expected) in [
        (&[][..], "is_open=true&limit=50"),
        (&["--all"], "limit=50"),
        (&["--state", "closed"], "state=closed&limit=50"),
        (&["--owner", "li", "--overdue", "--limit", "5"], "owner=li&overdue=true&is_open=true&limit=5"),
        (&["--all", "--since", "2026-11-22T17:00:00+08:00"], "since=2026-11-22T09:00:00Z&limit=50"),
    ] {
        assert_eq!(parameters(arguments), expected);
    }
}

fn case() -> Value {
    json!({
        "case_id": "94396113-91d4-5631-a18b-ff09970f03b6", "state": "acknowledged", "is_open": true, "severity": "critical",
        "due_at": "2026-11-22T11:00:01.000Z", "first_response_at": null, "risk": 86.4, "owner": "a-very-long-owner-名字",
        "rule": "churn_said", "department": "service", "subject_kind": "customer", "subject": "c1", "tier": "champion",
        "urgent": true, "occurred_at": "2026-11-22T09:00:00.000Z", "cost": "12.5", "cost_currency": "EUR",
    })
}

#[test]
fn a_list_is_a_table_of_a_hundred_columns() {
    let now = "2026-11-22T12:00:00Z".parse().unwrap();
    let text = table::list(&json!({"cases": [case()], "next": "1.2.x"}), now);
    let expected = "\
case                                 state        severity due (UTC)        risk owner      rule
94396113-91d4-5631-a18b-ff09970f03b6 acknowledged critical 11-22 11:00 late 86   a-very-lo… churn_s…
there are more; narrow it down, or raise --limit
";
    assert_eq!(text, expected);
    assert!(text.lines().all(|line| line.chars().count() <= 100));
    assert_eq!(table::list(&json!({"cases": [], "next": null}), now), "no case is like that\n");
}

#[test]
fn a_case_is_told_in_lines_that_a_terminal_does_not_obey() {
    let event = json!({"at": "2026-11-22T09:05:00.000Z", "kind": "noted", "actor": "li", "amount": null, "note": "a\u{1b}[2Jb\nc"});
    let long = "很".repeat(200);
    let text = table::one(&json!({"case": case(), "events": [event], "words": {"quote": long}}));
    assert!(text.contains("11-22 09:05  noted by li, a [2Jb c\n"), "{text}");
    assert!(text.contains("severity     critical, urgent\n"), "{text}");
    assert!(text.contains("cost         12.5 EUR\n"), "{text}");
    let words = text.lines().find(|line| line.starts_with("words")).unwrap();
    assert!(words.ends_with('…') && words.chars().count() < 60, "{words}");
}

#[test]
fn a_refusal_says_what_to_do() {
    let body = json!({"detail": "the case has changed meanwhile; look at it again", "case": {"state": "closed", "owner": "li"}});
    for (status, expected) in [
        (StatusCode::UNAUTHORIZED, "the token is not accepted: it is wrong or has expired"),
        (
            StatusCode::CONFLICT,
            "not as things stand: the case has changed meanwhile; look at it again (the case is closed, owner li)",
        ),
        (StatusCode::SERVICE_UNAVAILABLE, "not available: the case"),
        (StatusCode::UNPROCESSABLE_ENTITY, "the request is wrong: the case"),
    ] {
        let said = client::refusal(status, &body);
        assert!(said.starts_with(expected), "{said}");
    }
}
