//! `hearken cases` and `hearken tokens` over the real API.

use std::process::Output;

use super::*;

async fn hearken(world: &World, who: &str, arguments: &[&str]) -> (bool, String, String) {
    let mut command = Command::new(program("hearken"));
    command
        .args(arguments)
        .env("HEARKEN_API", format!("http://{}", world.address))
        .env("HEARKEN_TOKEN", world.token(who));
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (status.success(), text(stdout), text(stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_seen_and_answered_from_the_command_line() {
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await.to_string();
    let case = case.as_str();
    for (who, arguments, is_done, said) in [
        ("li", &["cases", "list"][..], true, case),
        ("wang", &["cases", "list"], true, "no case is like that"),
        ("li", &["cases", "ack", case], true, "acknowledged: case"),
        ("li", &["cases", "ack", case], false, "not as things stand: the case is acknowledged already"),
        ("li", &["cases", "contact", case, "--note", "called"], true, "is contacted, owner li"),
        ("li", &["cases", "compensate", case, "--amount", "12.50", "--currency", "eur"], true, "compensated: case"),
        ("li", &["cases", "compensate", case, "--amount", "-1", "--currency", "EUR"], false, "unexpected argument"),
        ("li", &["cases", "note", case, "will call again"], true, "noted: case"),
        ("li", &["cases", "resolve", case], true, "is resolved"),
        ("li", &["cases", "close", case], true, "is closed"),
        ("li", &["cases", "list"], true, "no case is like that"),
        ("li", &["cases", "list", "--all"], true, case),
        ("li", &["cases", "reopen", case], true, "is open"),
        ("li", &["cases", "wrong-reason", case], true, "wrong_reason: case"),
        ("li", &["cases", "show", case], true, "noted by li, will call again"),
        ("li", &["cases", "show", case, "--json"], true, "\"currency\": \"EUR\""),
        ("wang", &["cases", "show", case], false, "not found: there is no such case"),
        ("reader", &["cases", "ack", case], false, "not allowed: a reader changes nothing"),
        ("li", &["cases", "hand-over", case, "--to", "nobody"], false, "is nobody in the directory"),
        ("li", &["cases", "hand-over", case, "--to", "wang"], true, "owner wang"),
        ("wang", &["cases", "not-a-customer", case], true, "is closed"),
        ("expired", &["cases", "list"], false, "the token is not accepted"),
        ("li", &["cases", "list", "--api", "http://127.0.0.1:1"], false, "nobody answers at 127.0.0.1:1"),
        ("li", &["cases", "list", "--api", "127.0.0.1:1"], false, "give http://host:port"),
        ("", &["cases", "list"], false, "there is no token"),
    ] {
        let (done, out, error) = hearken(&world, who, arguments).await;
        assert_eq!(done, is_done, "{arguments:?}: {out}{error}");
        assert!(format!("{out}{error}").contains(said), "{arguments:?}: {out}{error}");
        assert!(out.lines().all(|line| line.chars().count() <= 100) || arguments.contains(&"--json"), "{out}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_made_is_known_by_its_entry() {
    let world = World::start().await;
    let arguments = ["tokens", "new", "--name", "li-laptop", "--role", "responder", "--owner", "li", "--expires", "1d"];
    let (done, token, said) = hearken(&world, "", &arguments).await;
    assert!(done, "{said}");
    let entry = &said[said.find("[[token]]").unwrap()..];
    assert!(!entry.contains(token.trim()), "the file keeps no token");
    let tokens = Tokens::parse(entry).unwrap();
    let found = tokens.find(Some(token.trim()), jiff::Timestamp::now()).unwrap();
    assert_eq!((found.name.as_str(), found.actor.id.as_str()), ("li-laptop", "li"));
    let (done, _, said) = hearken(&world, "", &["tokens", "new", "--name", "x", "--role", "lead"]).await;
    assert!(!done && said.contains("say department"), "{said}");
}
