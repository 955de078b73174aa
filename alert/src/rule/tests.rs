//! Rule files, good and bad.

use super::*;

const GOOD: &str = "---\nid: a_rule\ntitle: {en: A, zh: 甲}\nwhy: {en: Because, zh: 因为}\nseverity: high\non: feedback\n\
                    cooldown: 7d\nparameters:\n  least: 0.5\n  kinds: [churn, \"it's\"]\n---\n-- why; it is so\nSELECT feedback_id FROM \
                    news\nWHERE x > {least:Float32} AND has({kinds:Array(String)}, y) AND t != ';'\n";

/// Changes the good file and looks for the error it must cause, in its line.
fn check(change: (&str, &str), line: usize, message: &str) {
    assert!(GOOD.contains(change.0), "{change:?} changes nothing");
    let errors = Rule::parse("a_rule.sql", &GOOD.replace(change.0, change.1)).expect_err(change.1);
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert!(
        said.iter().any(|said| said.starts_with(&format!("a_rule.sql:{line}: ")) && said.contains(message)),
        "{change:?}: {said:#?}"
    );
}

#[test]
fn a_good_file_is_read_whole() {
    let rule = Rule::parse("a_rule.sql", GOOD).expect("a rule");
    assert_eq!((rule.id.as_str(), rule.severity, rule.when), ("a_rule", Severity::High, When::Feedback));
    assert_eq!((rule.page, rule.urgent, rule.cooldown_ms), (true, false, 7 * 86_400_000));
    assert_eq!(rule.parameters["least"], "0.5");
    assert_eq!(rule.parameters["kinds"], "['churn','it\\'s']");
    assert!(rule.body.starts_with("-- why") && rule.body.ends_with("t != ';'"), "{}", rule.body);
    assert_eq!((rule.body_line, rule.version.len()), (13, 12));
    let other = Rule::parse("a_rule.sql", &GOOD.replace("0.5", "0.6")).expect("a rule");
    assert_ne!(other.version, rule.version);
}

#[test]
fn what_is_wrong_is_named_by_line() {
    check(("---\nid", "id"), 1, "begins with a line ---");
    check(("\n---\n-- why", "\n-- why"), 13, "does not end");
    check(("severity: high", "severity: dire"), 5, "dire");
    check(("severity: high", "severity: high\nowner: me"), 6, "unknown field `owner`");
    check(("why: {en: Because, zh: 因为}\n", ""), 2, "missing field `why`");
    check(("title: {en: A, zh: 甲}", "title: {en: A}"), 3, "missing field `zh`");
    check(("title: {en: A, zh: 甲}", "title: {en: A, zh: ' '}"), 3, "words in en and in zh");
    check(("title: {en: A", "title: [en: A"), 3, "");
    check(("id: a_rule", "id: A rule"), 2, "small letters");
    check(("cooldown: 7d", "cooldown: a week"), 7, "such as 7d");
    check(("cooldown: 7d", "cooldown: 0d"), 7, "more than nothing");
    check(("cooldown: 7d", "cooldown: 99999999999999999999d"), 7, "such as 7d");
    check(("on: feedback", "on: orders"), 6, "expected feedback");
    check(("on: feedback\n", ""), 2, "expected on: feedback");
    check(("on: feedback", "on: feedback\nevery: 10m"), 7, "exclude each other");
    check(("on: feedback", "every: 1s"), 6, "10s or longer");
    check(("on: feedback", "every: 10m"), 13, "news is there in rules with on: feedback only");
    check(("FROM news", "FROM v_feedback"), 13, "reads news");
    check(("FROM news", "FROM 'news' -- news"), 13, "reads news");
    check(("least: 0.5", "least: {a: 1}"), 9, "expected a number");
    check(("least: 0.5", "least: 0.5\n  more: 1"), 10, "more is given and not used");
    check(("{least:Float32}", "{most:Float32}"), 14, "{most:…} is used and not given");
    check(("{least:Float32}", "{most:Float32}"), 9, "least is given and not used");
    check(("{least:Float32}", "{least:Float32} AND z < {as_of:DateTime('UTC')}"), 14, "every: only");
    check(("least: 0.5", "least: 0.5\n  as_of: 1"), 10, "given by the service");
    check(("SELECT feedback_id", "DROP TABLE feedback_id"), 13, "expected a SELECT");
    check(("';'\n", "';'; DROP TABLE x"), 14, "several statements");
    check(("';'\n", "';';\n"), 14, "leave the semicolon out");
    let head = GOOD.split("-- why").next().expect("a head");
    let errors = Rule::parse("a_rule.sql", head).expect_err("no body");
    assert!(errors[0].message.contains("the body is empty"), "{errors:?}");
}

#[test]
fn a_rule_of_its_own_time_gets_as_of() {
    let text =
        GOOD.replace("on: feedback", "every: 10m").replace("FROM news", "FROM v_x(as_of = {as_of:DateTime('UTC')})");
    assert_eq!(Rule::parse("a_rule.sql", &text).expect("a rule").when, When::Every(600_000));
}

#[test]
fn a_users_file_replaces_and_a_bad_one_is_refused_alone() {
    let all = Rules::assemble(&[], &[]).active.len();
    assert_eq!(all, shipped::FILES.len());
    let own = |name: &str, text: String| (name.to_owned(), text);
    let replaced = GOOD.replace("id: a_rule", "id: churn_intent");
    let files = [own("rules/churn_intent.sql", replaced.clone()), own("rules/b.sql", GOOD.replace("7d", "soon"))];
    let rules = Rules::assemble(&files, &[]);
    assert_eq!((rules.active.len(), rules.refused.len()), (all, 1));
    let churn = rules.active.iter().find(|rule| rule.id == "churn_intent").expect("it runs");
    assert_eq!(churn.file, "rules/churn_intent.sql");
    let twice = [files[0].clone(), own("rules/other.sql", replaced)];
    assert!(Rules::assemble(&twice, &[]).refused[0].message.contains("the id of rules/churn_intent.sql too"));
    let bad = [own("rules/churn_intent.sql", String::new())];
    assert_eq!(Rules::assemble(&bad, &[]).active.len(), all - 1, "the shipped one does not come back in silence");
    let without = Rules::assemble(&[], &["churn_intent".to_owned(), "no_such".to_owned()]);
    assert_eq!((without.active.len(), without.refused.len()), (all - 1, 1));
}

#[test]
fn every_shipped_rule_is_sound_and_every_file_is_shipped() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("rules");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("rules/")
        .map(|entry| entry.expect("readable").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".sql"))
        .collect();
    files.sort();
    let listed: Vec<&str> = shipped::FILES.iter().map(|(file, _)| *file).collect();
    assert_eq!(files, listed);
    for (file, text) in shipped::FILES {
        let rule = Rule::parse(file, text).unwrap_or_else(|errors| panic!("{errors:#?}"));
        assert_eq!(format!("{}.sql", rule.id), *file, "a shipped rule's file has its id");
    }
}

#[test]
fn every_shipped_rule_has_a_fixture_that_finds_and_one_that_does_not() {
    assert_eq!(shipped::FIXTURES.len(), shipped::FILES.len());
    for (file, text) in shipped::FIXTURES {
        let fixture = fixture::Fixture::parse(file, text).unwrap_or_else(|error| panic!("{error}"));
        assert!(fixture.scenarios.iter().any(|scenario| scenario.expect.is_empty()), "{file} must not find something");
        assert!(fixture.scenarios.iter().any(|scenario| !scenario.expect.is_empty()), "{file} must find something");
        for scenario in &fixture.scenarios {
            fixture.prepare(scenario).unwrap_or_else(|error| panic!("{file}: {}: {error}", scenario.name));
        }
    }
}
