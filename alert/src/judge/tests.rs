//! The judgement, by example and by property.

use proptest::prelude::*;

use super::*;
use crate::facts::NoticeKind;
use crate::rule::Rule;

const HOUR: i64 = 3_600_000;
const NOW: i64 = 1_763_769_600_000;
const AGES: Ages = Ages { page_max_ms: 72 * HOUR, case_max_ms: 336 * HOUR };

fn at(ms: i64) -> At {
    At(jiff::Timestamp::from_millisecond(ms).expect("a time"))
}

fn rule(id: &str, severity: &str, more: &str) -> Rule {
    let text = format!(
        "---\nid: {id}\ntitle: {{en: A, zh: 甲}}\nwhy: {{en: A, zh: 甲}}\nseverity: {severity}\n{more}\non: feedback\n\
         cooldown: 7d\n---\nSELECT feedback_id FROM news"
    );
    Rule::parse(id, &text).expect("a rule")
}

/// What one feedback of this subject knows.
fn facts(number: u128, subject: &str, occurred_ms: i64, received_ms: i64) -> Facts {
    serde_json::from_value(serde_json::json!({
        "feedback_id": Uuid::from_u128(number), "subject_kind": "customer", "subject": subject,
        "occurred_at": at(occurred_ms), "time_precision": "second", "received_at": at(received_ms), "seen_at": at(received_ms),
        "brand": "b", "channel": "chat", "product_id": "", "products": [], "store_id": "", "places": [], "place_owner": "",
        "touchpoint": "", "department": "", "category": "delivery", "topic": "courier", "language": "en", "quote": "q",
        "span_start": 3, "span_end": 7, "customer_key": subject, "customer_owner": "", "tier": "loyal", "risk": 60.0
    }))
    .expect("facts")
}

/// One owner with one channel.
struct Desk;

impl Duty for Desk {
    fn turn(&self, facts: &Facts) -> Turn {
        let due_at = at(millis(facts.received_at) + 2 * HOUR);
        let words = |text: &str| text.to_owned();
        Turn {
            owner: words("desk"),
            department: words("care"),
            routed_by: words("default"),
            customer_due_at: None,
            due_at,
        }
    }

    fn told(&self, notice: &Notice, owner: &str, at: At) -> Vec<MessageRow> {
        let alert_id = notice.alert_id.expect("of an alert");
        vec![MessageRow {
            message_id: id::message_id("alert", alert_id, "", "email", owner),
            kind: "alert".to_owned(),
            channel: "email".to_owned(),
            owner: owner.to_owned(),
            case_id: notice.case_id,
            alert_id: notice.alert_id,
            urgent: notice.urgent,
            created_at: at,
            notice: String::new(),
        }]
    }
}

fn found<'a>(rule: &'a Rule, feedback: &[u128]) -> Found<'a> {
    let hit = |number: &u128| Hit { feedback_id: Some(Uuid::from_u128(*number)), ..Hit::default() };
    Found { rule, hits: feedback.iter().map(hit).collect(), as_of: at(NOW) }
}

fn by_id(facts: &[Facts]) -> HashMap<Uuid, Facts> {
    facts.iter().map(|facts| (facts.feedback_id, facts.clone())).collect()
}

fn judged(found: Vec<Found<'_>>, facts: &[Facts], known: Known) -> Rows {
    judge(&candidates(found, &by_id(facts)), known, &Desk, AGES, at(NOW))
}

#[test]
fn one_hit_is_an_alert_a_case_an_event_and_a_message() {
    let rule = rule("churn", "high", "urgent: true");
    let rows = judged(vec![found(&rule, &[1])], &[facts(1, "c-1", NOW - HOUR, NOW - HOUR)], Known::default());
    let [alert] = &rows.alerts[..] else { panic!("{:?}", rows.alerts) };
    assert_eq!((alert.paged, alert.unpaged_because.as_str(), alert.urgent), (true, "", true));
    assert_eq!((alert.span_start, alert.span_end, alert.severity.as_str()), (3, 7, "high"));
    assert_eq!(millis(alert.window_start).rem_euclid(7 * 24 * HOUR), 0);
    assert_eq!(alert.case_id, Some(id::case_id(alert.alert_id)));
    assert_eq!((rows.cases.len(), rows.cases[0].paged, rows.cases[0].owner.as_str()), (1, true, "desk"));
    assert_eq!((rows.events[0].kind.as_str(), rows.events[0].state.as_str()), ("opened", "open"));
    assert_eq!((rows.events[0].detail["rule"].as_str(), rows.events[0].detail["paged"].as_str()), ("churn", "true"));
    assert_eq!((rows.messages.len(), rows.messages[0].alert_id), (1, Some(alert.alert_id)));
    assert_eq!(
        rows::notice(&candidates(vec![found(&rule, &[1])], &by_id(&[facts(1, "c-1", NOW, NOW)]))[0], &known(alert))
            .kind,
        NoticeKind::Alert
    );
}

/// The case of an alert, as the tables have it.
fn known(alert: &AlertRow) -> KnownCase {
    KnownCase {
        case_id: alert.case_id.expect("a case"),
        subject_kind: alert.subject_kind.clone(),
        subject: alert.subject.clone(),
        is_open: true,
        severity: Severity::named(&alert.severity).expect("a severity"),
        urgent: alert.urgent,
        owner: "anna".to_owned(),
        department: "care".to_owned(),
        opened_at: at(NOW - 1),
        customer_due_at: None,
        due_at: at(NOW),
    }
}

#[test]
fn ages_decide_who_is_told() {
    let rule = rule("churn", "high", "");
    let check = |occurred_h: i64, received_h: i64, unpaged: &str, case: bool| {
        let facts = facts(1, "c", NOW - occurred_h * HOUR, NOW - received_h * HOUR);
        let rows = judged(vec![found(&rule, &[1])], &[facts], Known::default());
        let alert = &rows.alerts[0];
        assert_eq!(
            (alert.unpaged_because.as_str(), alert.case_id.is_some()),
            (unpaged, case),
            "{occurred_h} {received_h}"
        );
        assert_eq!((rows.cases.len(), rows.messages.len()), (usize::from(case), usize::from(unpaged.is_empty())));
        assert_eq!(alert.paged, unpaged.is_empty());
    };
    check(1, 1, "", true);
    check(72, 0, "", true);
    check(73, 0, "old", true);
    check(72, 72, "", true);
    check(73, 73, "old", true);
    check(336, 0, "old", true);
    check(337, 0, "old", false);
    check(337, 337, "old", false);
}

#[test]
fn a_rule_that_never_pages_opens_a_case_in_silence() {
    let rule = rule("quiet", "low", "page: false");
    let rows = judged(vec![found(&rule, &[1])], &[facts(1, "c", NOW, NOW)], Known::default());
    assert_eq!((rows.alerts[0].unpaged_because.as_str(), rows.cases.len(), rows.messages.len()), ("rule", 1, 0));
    assert!(!rows.cases[0].paged);
}

#[test]
fn alerts_of_one_subject_join_its_case_and_only_worse_ones_are_told() {
    let (low, high, urgent) = (rule("low", "low", ""), rule("high", "high", ""), rule("law", "low", "urgent: true"));
    let all = [facts(1, "c", NOW, NOW), facts(2, "c", NOW, NOW), facts(3, "d", NOW, NOW)];
    let rows = judged(vec![found(&low, &[1, 3]), found(&high, &[2])], &all, Known::default());
    let of_c: Vec<_> = rows.alerts.iter().filter(|alert| alert.subject == "c").collect();
    assert_eq!(rows.cases.len(), 2, "one of c, one of d");
    assert_eq!(
        (of_c[0].rule.as_str(), of_c[1].rule.as_str()),
        ("high", "low"),
        "the worst opens it, so one message is enough"
    );
    assert_eq!((of_c[0].case_id, of_c[1].unpaged_because.as_str()), (of_c[1].case_id, "joined"));
    assert_eq!(rows.events.iter().filter(|event| event.kind == "alerted").count(), 1);
    // In the next round, the case of c is known.
    let before = || Known { alerts: HashSet::new(), cases: vec![known(of_c[0])] };
    let later = judged(vec![found(&low, &[1])], &all, before());
    assert_eq!((later.cases.len(), later.messages.len(), later.alerts[0].case_id), (0, 0, of_c[0].case_id));
    assert_eq!(later.events[0].detail["paged"], "false");
    let later = judged(vec![found(&urgent, &[1])], &all, before());
    assert_eq!((later.cases.len(), later.messages[0].owner.as_str()), (0, "anna"), "who has it now is told");
    assert_eq!(later.events[0].detail["paged"], "true", "so the case is escalated, whatever opened it");
    assert_eq!((later.events[0].state.as_str(), later.events[0].owner.as_str()), ("", ""), "joining changes neither");
    let closed = Known { cases: vec![KnownCase { is_open: false, ..known(of_c[0]) }], ..Known::default() };
    assert_eq!(judged(vec![found(&low, &[1])], &all, closed).cases.len(), 1, "a closed case is not joined");
}

#[test]
fn after_a_crash_between_two_inserts_the_ids_are_the_same() {
    let (high, low) = (rule("high", "high", ""), rule("low", "low", ""));
    let all = [facts(1, "c", NOW, NOW), facts(2, "c", NOW, NOW)];
    let found = || vec![found(&low, &[1]), found(&high, &[2])];
    let first = judged(found(), &all, Known::default());
    for is_open in [true, false] {
        // The case was written, the alerts were not; somebody may even have closed it meanwhile.
        let cases = vec![KnownCase { is_open, owner: "desk".to_owned(), ..known(&first.alerts[0]) }];
        let again = judged(found(), &all, Known { alerts: HashSet::new(), cases });
        assert_eq!(again.cases.len(), usize::from(!is_open), "the closed one is joined by nobody else");
        let opened = |rows: &Rows| rows.events[0].event_id;
        assert_eq!(opened(&again), opened(&first));
        assert_eq!(again.alerts[0].case_id, first.alerts[0].case_id);
        assert!(first.messages.iter().all(|message| again.messages.iter().any(|m| m.message_id == message.message_id)));
    }
    let alerts = first.alerts.iter().map(|alert| alert.alert_id).collect();
    assert_eq!(judged(found(), &all, Known { alerts, cases: Vec::new() }), Rows::default(), "what is known is done");
}

#[test]
fn an_incident_is_about_what_the_rule_says() {
    let rule = Rule::parse(
        "burst.sql",
        "---\nid: burst\ntitle: {en: A, zh: 甲}\nwhy: {en: A, zh: 甲}\nseverity: high\nevery: 10m\ncooldown: 7d\n---\nSELECT 1",
    )
    .expect("a rule");
    let hit = Hit {
        subject_kind: Some("topic".to_owned()),
        subject: Some("b/courier".to_owned()),
        occurred_at: Some(at(NOW - 5 * HOUR)),
        brand: Some("b2".to_owned()),
        ..Hit::default()
    };
    assert_eq!(hit.lacks(), None);
    assert!(Hit { occurred_at: None, ..hit.clone() }.lacks().is_some());
    assert!(Hit::default().lacks().is_some());
    let sample = Hit { feedback_id: Some(Uuid::from_u128(1)), ..hit.clone() };
    for (hit, channel) in [(hit, ""), (sample, "chat")] {
        let found = Found { rule: &rule, hits: vec![hit], as_of: at(NOW) };
        let rows = judged(vec![found], &[facts(1, "c", NOW, NOW)], Known::default());
        let alert = &rows.alerts[0];
        assert_eq!((alert.subject_kind.as_str(), alert.subject.as_str()), ("topic", "b/courier"));
        assert_eq!((alert.occurred_at, alert.received_at), (at(NOW - 5 * HOUR), at(NOW)));
        assert_eq!((alert.customer_key.as_deref(), alert.tier.as_str(), alert.brand.as_str()), (None, "unknown", "b2"));
        assert_eq!(alert.channel, channel);
    }
    // A silence begins long after the complaint that it follows.
    let silence = Hit { feedback_id: Some(Uuid::from_u128(1)), occurred_at: Some(at(NOW - HOUR)), ..Hit::default() };
    let found = Found { rule: &rule, hits: vec![silence], as_of: at(NOW) };
    let rows = judged(vec![found], &[facts(1, "c", NOW - 1_000 * HOUR, NOW - 1_000 * HOUR)], Known::default());
    let alert = &rows.alerts[0];
    assert_eq!((alert.occurred_at, alert.received_at, alert.paged), (at(NOW - HOUR), at(NOW), true));
    assert_eq!(alert.customer_key.as_deref(), Some("c"));
    let unknown = Found {
        rule: &rule,
        hits: vec![Hit { feedback_id: Some(Uuid::from_u128(9)), ..Hit::default() }],
        as_of: at(NOW),
    };
    assert_eq!(judged(vec![unknown], &[], Known::default()), Rows::default(), "erased meanwhile");
}

proptest! {
    /// Whatever order the hits come in, and however they are spread over rounds, the same alerts are raised, each once.
    #[test]
    fn order_and_rounds_change_no_alert(
        hits in prop::collection::vec((0usize..3, 0u8..4, 0i64..60), 1..30),
        cuts in prop::collection::vec(0usize..30, 0..4),
        seed in any::<u64>(),
    ) {
        let rules = [rule("a", "low", ""), rule("b", "high", ""), rule("c", "critical", "urgent: true")];
        let all: Vec<Facts> = hits.iter().enumerate().map(|(number, (_, subject, days))| {
            facts(number as u128, &format!("c-{subject}"), NOW - days * 24 * HOUR, NOW)
        }).collect();
        let numbered: Vec<(usize, u128)> = hits.iter().enumerate().map(|(number, hit)| (hit.0, number as u128)).collect();
        let whole = in_rounds(&rules, &all, std::slice::from_ref(&numbered));
        let mut shuffled = numbered;
        shuffled.sort_by_key(|(_, number)| (*number as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(shuffled.len())).collect();
        cuts.extend([0, shuffled.len()]);
        cuts.sort_unstable();
        let rounds: Vec<Vec<(usize, u128)>> = cuts.windows(2).map(|cut| shuffled[cut[0]..cut[1]].to_vec()).collect();
        prop_assert_eq!(in_rounds(&rules, &all, &rounds), whole);
    }
}

/// Judges the rounds one after the other and returns the ids of the alerts, in order; each subject has one case open at most.
fn in_rounds(rules: &[Rule], facts: &[Facts], rounds: &[Vec<(usize, u128)>]) -> Vec<Uuid> {
    let mut alerts: Vec<AlertRow> = Vec::new();
    let mut cases: Vec<KnownCase> = Vec::new();
    for round in rounds {
        let found = round.iter().map(|(rule, number)| found(&rules[*rule], &[*number])).collect();
        let raised = alerts.iter().map(|alert| alert.alert_id).collect();
        let rows = judged(found, facts, Known { alerts: raised, cases: cases.clone() });
        let opens = |alert: &&AlertRow| alert.case_id == Some(id::case_id(alert.alert_id));
        cases.extend(rows.alerts.iter().filter(opens).map(known));
        alerts.extend(rows.alerts);
    }
    let subjects: HashSet<&str> = cases.iter().map(|case| case.subject.as_str()).collect();
    assert_eq!(subjects.len(), cases.len(), "one case a subject");
    let mut ids: Vec<Uuid> = alerts.iter().map(|alert| alert.alert_id).collect();
    ids.sort_unstable();
    let mut distinct = ids.clone();
    distinct.dedup();
    assert_eq!(ids, distinct, "each alert once");
    ids
}
