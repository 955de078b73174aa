//! The loop closed: what a responder is told, the page behind the link, what he does on it, and what the business sees of that.

use hearken_runtime::kafka::admin::offsets;
use hearken_schemas::topics::{RAW_CUSTOMERS, SURVEY_REQUESTS};
use hearken_tests::channels::now_ms;
use hearken_tests::part::{get, post};
use serde_json::json;

use crate::office::{Office, customer};
use crate::turn;

const WORDS: &str = "快递盒子压扁了，客服一直不理我，我要退订，再也不会来了。";

const RISK: &str = "SELECT count() FROM hearken.v_revenue_at_risk(as_of = now() + INTERVAL 1 MINUTE)";

#[test]
fn a_customer_who_leaves_is_answered_and_the_business_sees_it() {
    let _turn = turn();
    let office = Office::open(1);
    let profile = json!({
        "source": "crm", "customer_id": customer(0), "segment": "valued", "consent": { "contact": true },
        "updated_at": now_ms() - 3_600_000,
    });
    office.send_to(RAW_CUSTOMERS, &profile, "profile");
    office.rig.wait_until("SELECT count() FROM hearken.v_customers", |count| count == "1");
    office.review(0, WORDS, "orvantle", 0);
    office.rig.wait_until("SELECT count() FROM hearken.v_open_cases", |count| count == "1");
    office.rig.wait_until("SELECT countIf(isNotNull(delivered_at)) FROM hearken.v_deliveries", |count| count == "1");

    let told = office.receiver.calls().pop().unwrap().body;
    let link = told["data"]["link"].as_str().unwrap_or_else(|| panic!("no link in {told}")).to_owned();
    let (address, path) = link.trim_start_matches("http://").split_once('/').unwrap();
    let path = format!("/{path}");
    let page = get(address, &path).unwrap();
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("再也不会来了") && page.contains(&customer(0)), "{page}");

    assert_eq!(office.rig.sql(RISK), "1");

    // Whoever follows the link changes nothing, however often.
    let events = "SELECT count() FROM hearken.case_events";
    let before = office.rig.sql(events);
    (0..3).for_each(|_| assert!(get(address, &path).unwrap().starts_with("HTTP/1.1 200")));
    assert_eq!(office.rig.sql(events), before);

    for (button, more, state) in [
        ("acknowledge", "", "acknowledged"),
        ("contact", "", "contacted"),
        ("compensate", "&amount=20.00&currency=CNY", "contacted"),
        ("resolve", "", "resolved"),
        ("close", "", "closed"),
    ] {
        let nonce = nonce(&get(address, &path).unwrap());
        let answer = post(address, &path, &format!("do={button}&nonce={nonce}{more}")).unwrap();
        assert!(answer.starts_with("HTTP/1.1 303"), "{button}: {answer}");
        // A second tap on the same button of the same page is the same event.
        post(address, &path, &format!("do={button}&nonce={nonce}{more}"));
        assert_eq!(office.rig.sql("SELECT state FROM hearken.v_cases"), state, "after {button}");
    }
    let seen = "SELECT customer_met, owner_met, cost, first_owner, alerts >= 1 FROM hearken.v_cases FORMAT TSV";
    assert_eq!(office.rig.sql(seen), "true\ttrue\t20\tdesk\t1");
    let human = "SELECT count() FROM hearken.v_case_events WHERE by_human";
    assert_eq!(office.rig.sql(human), "5", "five things were done, each tapped twice");

    // He said that he may be asked how it was: the one who sends surveys is told, once.
    let asked = "SELECT countIf(kind = 'survey_requested') FROM hearken.v_case_events";
    office.rig.wait_until(asked, |count| count == "1");
    let requests = offsets(&office.rig.kafka(), None, SURVEY_REQUESTS).unwrap();
    assert_eq!(requests.iter().map(|part| part.end).sum::<i64>(), 1);
    assert_eq!(office.rig.sql(RISK), "0", "what is closed is no risk any more");
}

/// Returns the nonce of a page's forms.
fn nonce(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"nonce\" value=\"").unwrap_or_else(|| panic!("no form in {page}"));
    rest.split('"').next().unwrap().to_owned()
}
