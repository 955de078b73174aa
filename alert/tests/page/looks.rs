//! The page as HTML: what is on it, what is not, and what no text may do to it.

use hearken_alert::page::form::{Button, Entered, Problem};
use hearken_alert::page::notice::{self, Notice};
use hearken_alert::page::sight::{Access, Sight};
use hearken_alert::page::{headers, write};
use hearken_report::language::Language;
use proptest::prelude::*;
use uuid::Uuid;

use crate::sample::{self, ACKNOWLEDGED, ago, chat, sight};

/// Returns the text a reader sees, without the style sheet and the tags.
fn text(page: &str) -> String {
    let (_, body) = page.split_once("<body>").expect("a body");
    let mut text = String::new();
    let mut in_tag = false;
    for letter in body.chars() {
        match letter {
            '<' => in_tag = true,
            '>' => in_tag = false,
            _ if !in_tag => text.push(letter),
            _ => {}
        }
    }
    text.replace("&#39;", "'").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn with(change: impl FnOnce(&mut Sight)) -> String {
    let mut sight = sight();
    change(&mut sight);
    write(&sight)
}

fn check(page: &str, shown: &[&str], not_shown: &[&str]) {
    let text = text(page);
    for words in shown {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
    for words in not_shown {
        assert!(!text.contains(words), "{words} is in {text}");
    }
}

#[test]
fn everything_a_responder_asks_is_on_the_page() {
    let page = write(&sight());
    check(
        &page,
        &[
            "Means to leave",
            "The customer says in so many words",
            "Customer crm/C-20417 · Champion",
            "1 h 5 min left",
            "1 h left",
            "due today 15:35",
            "Times in Asia/Shanghai",
            "Third time the kettle leaks",
            "rated 1 of 5",
            "Leaks again",
            "Confirm the refund or the return label",
            "CNY 18,241",
            "family",
            "78 of 100",
            "Slow resolution",
            "Waited 40 minutes",
            "Three complaints in thirty days",
            "SO-99120 · 459.00 CNY",
            "Show 8 more",
            "Reminded",
            "This link is for Wang Fang 王芳 · Customer care alone",
        ],
        &["could not be read"],
    );
    assert!(page.contains("<mark>I am done with Lumina</mark>"));
}

#[test]
fn it_is_all_there_in_chinese_too() {
    let page = with(|sight| {
        sight.reader.language = Language::Chinese;
        sight.said = Some(Some(chat(5)));
    });
    assert!(page.contains("<html lang=\"zh-Hans\">"));
    check(
        &page,
        &[
            "有流失意向",
            "客户明确表示要离开。",
            "冠军客户",
            "还剩 1 小时 5 分钟",
            "今天 15:35",
            "18,241 元",
            "处理太慢",
        ],
        &["Suggested", "left"],
    );
    assert!(page.contains("<mark>再也不买你们家的东西了</mark>"));
}

#[test]
fn the_clocks_say_how_it_stands() {
    let clocks = |due: i64, answered: Option<i64>| {
        with(|sight| {
            sight.case.due_at = ago(due);
            sight.case.customer_due_at = None;
            sight.case.first_response_at = answered.map(ago);
        })
    };
    check(&clocks(-1, None), &["1 min left"], &[]);
    check(&clocks(0, None), &["less than a minute left"], &["Overdue"]);
    check(&clocks(1, None), &["Overdue by 1 min", "was due today 14:29"], &[]);
    check(&clocks(60 * 24 * 2 + 61, None), &["Overdue by 2 days 1 h"], &[]);
    check(&clocks(10, Some(10)), &["In time", "answered today 14:20"], &["Overdue", "Late"]);
    check(&clocks(40, Some(10)), &["Late by 30 min"], &["Overdue"]);
    check(&clocks(-1, None), &["None: when it was said is not known"], &[]);
    let day = with(|sight| {
        sight.case.customer_due_at = None;
        sight.case.time_precision = "day".to_owned();
    });
    check(&day, &["None: only the day it was said is known"], &[]);
}

#[test]
fn only_what_is_offered_is_there_to_be_pressed() {
    for button in Button::ALL {
        let page = with(|sight| sight.access = sample::act(&[button]));
        for other in Button::ALL {
            let there = page.contains(&format!("value=\"{}\"", other.as_str()));
            assert_eq!(there, other == button, "{} where {} is offered", other.as_str(), button.as_str());
        }
    }
}

#[test]
fn who_may_not_act_sees_who_does_and_no_form() {
    let page = with(|sight| {
        sight.access = Access::ReadOnly;
        sight.answers = sample::person("li.lei", "Li Lei", "Stores");
    });
    check(&page, &["Li Lei · Stores answers this case now"], &["What happened?"]);
    for part in ["<form", "<button", "<textarea", "<input", "nonce"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn a_line_confirms_what_the_history_has_and_nothing_else() {
    let confirmed = |done: Uuid| {
        with(|sight| {
            sight.history.push(sample::event(12, 0, "acknowledged", "Wang Fang"));
            sight.done = Some(done);
        })
    };
    check(&confirmed(ACKNOWLEDGED), &["Saved: Acknowledged, today 14:30."], &[]);
    check(&confirmed(Uuid::from_u128(404)), &[], &["Saved"]);
}

#[test]
fn what_is_wrong_is_said_and_what_was_typed_is_kept() {
    let page = with(|sight| {
        let entered = Entered {
            note: "two lines\n<b>".to_owned(),
            amount: "viel".to_owned(),
            currency: "EUR".to_owned(),
            ..Entered::default()
        };
        sight.problem = Some((Problem::Amount, entered));
    });
    check(&page, &["Nothing was saved: the amount must be a number", "two lines\n<b>"], &[]);
    assert!(page.contains("value=\"viel\"") && page.contains("value=\"EUR\"") && page.contains("role=\"alert\""));
    for problem in [
        Problem::NoForm,
        Problem::EmptyNote,
        Problem::LongNote,
        Problem::Currency,
        Problem::NeedsReason,
        Problem::NobodyChosen,
        Problem::NotPermitted,
        Problem::NotYours,
    ] {
        check(&with(|sight| sight.problem = Some((problem, Entered::default()))), &["Nothing was saved"], &[]);
    }
}

#[test]
fn a_missing_part_is_said_to_be_missing_and_the_rest_is_there() {
    let page = with(|sight| {
        sight.said = None;
        sight.risk = None;
        sight.timeline = None;
        sight.others = None;
        sight.standing = None;
    });
    assert_eq!(text(&page).matches("could not be read just now").count(), 4);
    check(&page, &["Means to leave", "1 h 5 min left", "I take care of it"], &[]);
}

#[test]
fn a_closed_case_asks_for_nothing_but_to_be_opened_again() {
    let page = with(|sight| {
        sight.case.state = "closed".to_owned();
        sight.access = sample::act(&[Button::Reopen, Button::Note]);
    });
    check(&page, &["Closed", "Open it again"], &["Suggested next step", "I take care of it"]);
}

#[test]
fn an_unknown_customer_has_no_risk_and_no_key() {
    let page = with(|sight| {
        sight.case.customer_key = None;
        sight.case.subject_kind = "author".to_owned();
        sight.case.subject = "0123456789abcdef".to_owned();
        sight.case.tier = "unknown".to_owned();
        sight.standing = None;
        sight.risk = Some(None);
    });
    check(&page, &["Unknown customer, author 0123456789ab"], &["0123456789abc", "Churn risk", "crm/C"]);
}

#[test]
fn a_long_chat_is_cut_around_what_decided_and_can_be_unfolded() {
    let page = with(|sight| sight.said = Some(Some(chat(60))));
    check(&page, &["27 turns left out", "Show all 60 turns"], &[]);
    assert_eq!(page.matches("<mark>").count(), 2 + 1, "in the chat, in the whole chat, in the other feedback");
}

#[test]
fn hostile_words_stay_words() {
    let zalgo: String = "h".chars().chain(std::iter::repeat_n('\u{0317}', 200)).collect();
    let long = "字".repeat(65_536);
    let unbroken = "x".repeat(65_536);
    for hostile in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "</textarea></title></style><script>",
        "javascript:alert(1)",
        "\u{202e}evas ton od\u{202c}",
        "\u{2067}\u{2067}\u{2067}",
        "\u{0}\u{1b}[31m",
        "{who} {{by}} {",
        "👨‍👩‍👧‍👦🏳️‍🌈😡",
        "",
        &zalgo,
        &long,
        &unbroken,
    ] {
        let hostile = hostile.to_owned();
        let plain = write(&sight());
        let page = with(|sight| {
            let said = sight.said.as_mut().unwrap().as_mut().unwrap();
            said.text = hostile.clone();
            said.title = hostile.clone();
            said.source = hostile.clone();
            said.language = hostile.chars().take(20).collect();
            sight.case.brand = hostile.clone();
            sight.case.customer_key = Some(hostile.clone());
            sight.case.state = hostile.clone();
            sight.answers.name = hostile.clone();
            sight.rule.title = sample::words(&hostile, &hostile);
            sight.history[0].note = hostile.clone();
            sight.timeline.as_mut().unwrap()[0].detail = hostile.clone();
            sight.problem = Some((
                Problem::Amount,
                Entered { note: hostile.clone(), amount: hostile.clone(), ..Entered::default() },
            ));
        });
        for part in ["<script", "<img", "</textarea></title", "\u{202e}", "\u{0}", "\u{1b}"] {
            assert!(!page.contains(part), "{part} in the page of {hostile:.40}");
        }
        for tag in ["<script", "<style", "<form", "<h1", "<title"] {
            assert_eq!(page.matches(tag).count(), plain.matches(tag).count(), "{tag} in the page of {hostile:.40}");
        }
        assert!(page.len() < 3 * 1024 * 1024, "{} bytes", page.len());
    }
}

#[test]
fn links_that_open_nothing_say_what_to_do() {
    let case_id = sample::CASE;
    let expired = Notice::Expired { case_id, owner: "wang.fang".to_owned() };
    let form = [("do", "close"), ("nonce", "n"), ("note", "<b>"), ("evil", "x")];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    let check = |notice: &Notice, shown: &[&str]| {
        for language in Language::ALL {
            check(&notice::write(notice, language), if language == Language::English { shown } else { &[] }, &["evil"]);
        }
    };
    check(&expired, &["This link has expired", &format!("hearken cases link {case_id} --owner wang.fang")]);
    check(&Notice::Broken, &["This link opens nothing", "Copy the whole link"]);
    check(&Notice::Unknown, &["This case is not here"]);
    check(&Notice::Stranger, &["no responder any more"]);
    check(&Notice::Unavailable { form: Vec::new() }, &["Please try again in a moment", "Nothing is lost"]);
    let again = notice::write(&Notice::Unavailable { form }, Language::English);
    assert!(
        again.contains("name=\"do\" value=\"close\"")
            && again.contains("value=\"&lt;b&gt;\"")
            && !again.contains("evil")
    );
}

#[test]
fn the_headers_let_nothing_in_and_nothing_out() {
    let headers = headers();
    let header =
        |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()).unwrap();
    let policy = header("content-security-policy");
    for part in
        ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'sha256-"]
    {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert!(!policy.contains("unsafe"));
    assert_eq!([header("cache-control"), header("referrer-policy")], ["no-store", "no-referrer"]);
    let page = write(&sight());
    for outside in ["http://", "https://", "src=", "@import", "url(", " style=", "<script", "onclick"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_anybody_wrote_becomes_markup(text in "[<>&\"'/a-z=\\PC\n]{0,120}", start in 0_u32..150, end in 0_u32..150) {
        // A word that no page has: whatever tag it would be in is one that the text made.
        let evil = format!("<zz{text}");
        let page = with(|sight| {
            let said = sight.said.as_mut().unwrap().as_mut().unwrap();
            said.text = evil.clone();
            said.spans = vec![(start, end)];
            sight.case.customer_key = Some(evil.clone());
            sight.case.product_id = evil.clone();
            sight.timeline.as_mut().unwrap()[2].detail = evil.clone();
            sight.history[0].note = evil.clone();
            sight.history[0].actor = evil.clone();
            sight.reader.person.name = evil.clone();
        });
        prop_assert!(!page.contains("<zz"));
        let tags = |page: &str| page.matches("<form").count() + page.matches("<a ").count() + page.matches("<bdi").count();
        prop_assert_eq!(tags(&page), tags(&write(&sight())));
    }
}
