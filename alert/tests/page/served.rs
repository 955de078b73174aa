//! The page before the real engine: what a GET leaves alone, what a POST does once, and who is refused.

use hearken_alert::case::State;
use hearken_alert::page::form::{Button, offered};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::browser::Browser;
use crate::engine::{Answer, Engine, nonce};

/// One engine for all of it: starting one takes longer than any of these.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_on_the_real_engine() {
    let mut engine = Engine::start().await;
    a_page_shows_the_case_and_changes_nothing(&engine).await;
    a_form_is_done_once_and_leads_back(&engine).await;
    every_button_does_what_it_says_where_it_is_offered(&engine).await;
    what_is_wrong_changes_nothing(&engine).await;
    links_that_do_not_hold_open_nothing(&engine).await;
    after_a_hand_over_the_former_owner_reads_only(&engine).await;
    who_stands_above_may_act(&engine).await;
    the_forms_work_without_a_script(&engine).await;
    engine.stop();
    an_outage_is_told_and_nothing_typed_is_lost(&engine).await;
}

fn check(answer: &Answer, status: u16, shown: &[&str], not_shown: &[&str]) {
    let body = answer.body.split_once("<body>").map_or("", |(_, body)| body);
    assert_eq!(answer.status, status, "{body}");
    for words in shown {
        assert!(body.contains(words), "{words} is missing in {body}");
    }
    for words in not_shown {
        assert!(!body.contains(words), "{words} is in {body}");
    }
    assert!(answer.headers["content-security-policy"].starts_with("default-src 'none'"));
    assert_eq!([&answer.headers["cache-control"], &answer.headers["referrer-policy"]], ["no-store", "no-referrer"]);
}

async fn a_page_shows_the_case_and_changes_nothing(engine: &Engine) {
    let case_id = engine.case(1).await;
    let path = engine.path(case_id, "wang.fang");
    let before = engine.tables().await;
    let shown = [
        "Means to leave",
        "They say so.",
        "crm/C1",
        "<mark>I am done with Lumina</mark> &amp; switching",
        "Overdue by 1 h",
    ];
    for _ in 0..3 {
        check(&engine.get(&path).await, 200, &shown, &["<b>Third"]);
    }
    check(&engine.get(&format!("{path}?lang=zh")).await, 200, &["有流失意向", "客户原话"], &["Means to leave"]);
    check(&engine.get(&format!("{path}?done={}", Uuid::from_u128(5))).await, 200, &[], &["Saved:"]);
    // What scanners, previews and curious people send.
    assert_eq!(engine.ask("HEAD", &path, "").await.status, 200);
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        assert_eq!(engine.ask(method, &path, "do=close&note=x&nonce=n").await.status, 405, "{method}");
    }
    let tempting = format!("{path}?do=close&note=x&nonce=n");
    assert_eq!(engine.get(&tempting).await.status, 200);
    assert_eq!(engine.tables().await, before);
}

async fn a_form_is_done_once_and_leads_back(engine: &Engine) {
    let case_id = engine.case(2).await;
    let path = engine.path(case_id, "wang.fang");
    let page = engine.get(&path).await.body;
    let form = [("do", "acknowledge"), ("nonce", &nonce(&page)), ("note", "calling at 3")];
    let (first, second) = tokio::join!(engine.post(&path, &form), engine.post(&path, &form));
    let third = engine.post(&path, &form).await;
    for answer in [&first, &second, &third] {
        assert_eq!(answer.status, 303, "{}", answer.body);
        assert_eq!(answer.headers["location"], first.headers["location"]);
    }
    assert_eq!(engine.kinds(case_id).await, ["opened", "acknowledged"]);
    let back = engine.get(&format!("{path}{}", first.headers["location"])).await;
    check(&back, 200, &["Saved: Acknowledged", "calling at 3", "Wang Fang"], &["value=\"acknowledge\""]);
    // "Back" gives a browser the old form again: other words are another note, the same are not.
    let note = |words: &'static str| [("do", "note"), ("nonce", form[1].1), ("note", words)];
    for words in ["first", "second", "second"] {
        assert_eq!(engine.post(&path, &note(words)).await.status, 303);
    }
    assert_eq!(engine.kinds(case_id).await, ["opened", "acknowledged", "noted", "noted"]);
    // The same words again, written on the page as it is now, are meant.
    let page = engine.get(&path).await.body;
    let again = [("do", "note"), ("nonce", &nonce(&page)), ("note", "second")];
    assert_eq!(engine.post(&path, &again).await.status, 303);
    assert_eq!(engine.kinds(case_id).await.len(), 5);
}

async fn every_button_does_what_it_says_where_it_is_offered(engine: &Engine) {
    let mut number = 100;
    for state in State::ALL {
        let untouched = engine.bare_case(number, state).await;
        let path = engine.path(untouched, "wang.fang");
        let page = engine.get(&path).await.body;
        for button in Button::ALL {
            let (name, is_offered) = (button.as_str(), offered(state).contains(&button));
            assert_eq!(page.contains(&format!("value=\"{name}\"")), is_offered, "{name} in {state}");
            if !is_offered {
                assert_eq!(engine.post(&path, &filled(name, "n1")).await.status, 409, "{name} in {state}");
                continue;
            }
            number += 1;
            let case_id = engine.bare_case(number, state).await;
            assert_eq!(
                engine.post(&engine.path(case_id, "wang.fang"), &filled(name, "n1")).await.status,
                303,
                "{name} in {state}"
            );
            let events = if state == State::Open { 2 } else { 3 };
            assert_eq!(engine.kinds(case_id).await.len(), events, "{name} in {state}");
        }
        assert_eq!(engine.kinds(untouched).await.len(), if state == State::Open { 1 } else { 2 }, "{state}");
        number += 1;
    }
}

/// The fields of a form.
type Form<'a> = &'a [(&'a str, &'a str)];

/// Returns a form with every field filled.
fn filled<'a>(button: &'a str, nonce: &'a str) -> [(&'a str, &'a str); 6] {
    [("do", button), ("nonce", nonce), ("note", "why"), ("amount", "12.5"), ("currency", "cny"), ("to", "li.lei")]
}

async fn what_is_wrong_changes_nothing(engine: &Engine) {
    let case_id = engine.case(3).await;
    let path = engine.path(case_id, "wang.fang");
    let before = engine.tables().await;
    let wrong: [(Form<'_>, u16, &str); 7] = [
        (&[("do", "note"), ("note", " ")], 422, "write a note first"),
        (&[("do", "close"), ("note", "")], 409, "before closing what is not resolved"),
        (&[("do", "compensate"), ("amount", "viel"), ("currency", "CNY")], 422, "value=\"viel\""),
        (&[("do", "hand_over"), ("to", "nobody")], 409, "choose who takes over"),
        (&[("do", "hand_over"), ("to", "department:Nowhere")], 409, "choose who takes over"),
        (&[("do", "reopen")], 409, "so this cannot be done any more"),
        (&[("do", "explode")], 422, "the form was incomplete"),
    ];
    for (form, status, said) in wrong {
        let form: Vec<_> = form.iter().copied().chain([("nonce", "n1")]).collect();
        check(&engine.post(&path, &form).await, status, &["Nothing was saved", said], &[]);
    }
    check(&engine.ask("POST", &path, &"x".repeat(100_000)).await, 422, &["the form was incomplete"], &[]);
    check(&engine.ask("POST", &path, "%ff%fe&&==").await, 422, &["the form was incomplete"], &[]);
    assert_eq!(engine.tables().await, before);
}

async fn links_that_do_not_hold_open_nothing(engine: &Engine) {
    let case_id = engine.case(4).await;
    let good = engine.path(case_id, "wang.fang");
    let expired = engine.path_until(case_id, "wang.fang", Timestamp::now() - SignedDuration::from_secs(1));
    let mut forged = good.clone();
    let last = if forged.ends_with('A') { 'B' } else { 'A' };
    forged.replace_range(40..41, &last.to_string());
    let gone = engine.path(case_id, "nobody");
    let unknown = engine.path(Uuid::from_u128(404), "wang.fang");
    let before = engine.tables().await;
    let form = [("do", "close"), ("nonce", "n"), ("note", "x")];
    for (path, status, said) in [
        (expired.as_str(), 410, "This link has expired"),
        (&forged, 403, "This link opens nothing"),
        ("/c/not-a-token", 404, "This link opens nothing"),
        (&gone, 403, "no responder any more"),
        (&unknown, 404, "This case is not here"),
    ] {
        check(&engine.get(path).await, status, &[said], &["leaks", "crm/C4"]);
        let posted = engine.post(path, &form).await;
        assert!(posted.status == status || path == unknown, "{}", posted.status);
        assert!((400..500).contains(&posted.status) && !posted.body.contains("leaks"), "{}", posted.body);
    }
    // Somebody else of the directory, with a link that is really his.
    let other = engine.path(case_id, "li.lei");
    check(&engine.get(&other).await, 200, &["现由 Wang Fang"], &["<form", "nonce"]);
    check(&engine.post(&other, &form).await, 403, &["未保存：此个案现由 Wang Fang"], &["<form"]);
    assert_eq!(engine.tables().await, before);
}

async fn after_a_hand_over_the_former_owner_reads_only(engine: &Engine) {
    let case_id = engine.case(5).await;
    let (former, new) = (engine.path(case_id, "wang.fang"), engine.path(case_id, "li.lei"));
    let page = engine.get(&former).await.body;
    assert!(page.contains("value=\"department:Customer care\""));
    let form = [("do", "hand_over"), ("nonce", &nonce(&page)), ("to", "li.lei"), ("note", "speaks Cantonese")];
    let (first, second) = (engine.post(&former, &form).await, engine.post(&former, &form).await);
    assert_eq!([first.status, second.status], [303, 303], "{}", second.body);
    let back = engine.get(&format!("{former}{}", first.headers["location"])).await;
    check(&back, 200, &["Saved: Handed over", "Li Lei · Customer care answers this case now"], &["<form", "nonce"]);
    let late = [("do", "close"), ("nonce", "n"), ("note", "x")];
    check(&engine.post(&former, &late).await, 403, &["Nothing was saved: Li Lei"], &["<form"]);
    check(&engine.get(&new).await, 200, &["<form", "我来处理", "speaks Cantonese"], &[]);
    assert_eq!(engine.kinds(case_id).await, ["opened", "handed_over"]);
    // A department is whoever leads it.
    let nonce = nonce(&engine.get(&new).await.body);
    let form = [("do", "hand_over"), ("nonce", &nonce), ("to", "department:Customer care")];
    assert_eq!(engine.post(&new, &form).await.status, 303);
    check(&engine.get(&new).await, 200, &["Zhao Lin"], &["<form"]);
}

async fn who_stands_above_may_act(engine: &Engine) {
    let case_id = engine.case(6).await;
    let path = engine.path(case_id, "lead");
    assert_eq!(engine.post(&path, &filled("contact", "n1")).await.status, 303);
    check(&engine.get(&path).await, 200, &["Zhao Lin", "Customer contacted"], &[]);
    assert_eq!(engine.kinds(case_id).await, ["opened", "contacted"]);
}

/// A phone that runs no script: taps, types, and gets back to the page.
async fn the_forms_work_without_a_script(engine: &Engine) {
    let case_id = engine.case(7).await;
    let address = engine.url(&engine.path(case_id, "wang.fang"));
    let tried = tokio::task::spawn_blocking(move || {
        let Some(mut browser) = Browser::start() else {
            eprintln!("skipped: no Chromium is installed");
            return false;
        };
        browser.become_wide(360, false);
        browser.open(&address);
        browser.tap(".thumb button");
        browser.loaded();
        let said = browser.value("document.querySelector('[role=status]').textContent");
        assert!(said.as_str().unwrap().starts_with("Saved: Acknowledged"), "{said}");
        browser.write("#note", "called, 13800138000");
        browser.tap("#deed button[value=note]");
        browser.loaded();
        let history = browser.value("document.querySelector('#history').textContent");
        assert!(history.as_str().unwrap().contains("called, [PHONE]"), "{history}");
        browser.value("document.querySelectorAll('details').forEach(d => d.open = true)");
        browser.write("#amount", "50");
        browser.tap("button[value=compensate]");
        browser.loaded();
        let history = browser.value("document.querySelector('#history').textContent");
        assert!(history.as_str().unwrap().contains("50.00 CNY"), "{history}");
        let wide = browser.value("document.documentElement.scrollWidth - innerWidth");
        assert_eq!(wide, 0);
        true
    });
    if tried.await.unwrap() {
        assert_eq!(engine.kinds(case_id).await, ["opened", "acknowledged", "noted", "compensated"]);
    }
}

async fn an_outage_is_told_and_nothing_typed_is_lost(engine: &Engine) {
    let path = engine.path(Uuid::from_u128(1), "wang.fang");
    let (shown, sent) = tokio::join!(
        engine.get(&path),
        engine.post(&path, &[("do", "note"), ("nonce", "n1"), ("note", "typed <once>")])
    );
    check(&shown, 503, &["Please try again in a moment", "Nothing is lost"], &[]);
    assert_eq!(shown.headers["retry-after"], "10");
    check(&sent, 503, &["value=\"typed &lt;once&gt;\"", "value=\"n1\"", "Sending it again is safe"], &[]);
}
