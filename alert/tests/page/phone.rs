//! The page on a phone: nothing runs off its side, everything that is to be tapped is large enough. Skipped, by name, without a Chromium.

use std::path::Path;

use hearken_alert::page::form::{Button, Entered, Problem};
use hearken_alert::page::notice::{self, Notice};
use hearken_alert::page::sight::{Access, Sight};
use hearken_alert::page::write;
use hearken_report::language::Language;

use crate::browser::Browser;
use crate::sample::{self, ago, chat, sight};

fn changed(change: impl FnOnce(&mut Sight)) -> String {
    let mut sight = sight();
    change(&mut sight);
    write(&sight)
}

/// Returns every page worth looking at, by name.
fn pages(language: Language) -> Vec<(&'static str, String)> {
    let zh = language;
    let expired = Notice::Expired { case_id: sample::CASE, owner: "wang.fang".to_owned() };
    let form = vec![("do".to_owned(), "close".to_owned()), ("nonce".to_owned(), "n".to_owned())];
    vec![
        ("open", changed(|sight| sight.reader.language = zh)),
        (
            "chat",
            changed(|sight| {
                sight.reader.language = zh;
                sight.said = Some(Some(chat(60)));
                sight.case.due_at = ago(3_000);
                sight.case.customer_due_at = Some(ago(3_005));
                sight.case.urgent = true;
                sight.case.severity = "critical".to_owned();
            }),
        ),
        (
            "closed",
            changed(|sight| {
                sight.reader.language = zh;
                sight.case.state = "closed".to_owned();
                sight.case.first_response_at = Some(ago(20));
                sight.history.push(sample::event(14, 5, "closed", "Wang Fang 王芳"));
                sight.done = Some(uuid::Uuid::from_u128(14));
                sight.access = sample::act(&[Button::Reopen, Button::Note]);
            }),
        ),
        (
            "hostile",
            changed(|sight| {
                sight.reader.language = zh;
                let zalgo: String = "h".chars().chain(std::iter::repeat_n('\u{0317}', 60)).collect();
                let long = "x".repeat(5_000);
                let said = sight.said.as_mut().unwrap().as_mut().unwrap();
                said.text = format!("{zalgo} {long} \u{202e}detrevni\u{202c}");
                said.title = long.clone();
                sight.case.customer_key = Some(long.clone());
                sight.case.product_id = long.clone();
                sight.rule.title = sample::words(&long, &long);
                sight.answers.name = long.clone();
                sight.history[0].note = long.clone();
                sight.timeline.as_mut().unwrap()[0].title = long.clone();
                sight.others.as_mut().unwrap()[0].title = sample::words(&long, &long);
                if let Access::Act { owners, departments, .. } = &mut sight.access {
                    owners[0].name = long.clone();
                    departments.push(long.clone());
                }
            }),
        ),
        (
            "read-only",
            changed(|sight| {
                sight.reader.language = zh;
                sight.access = Access::ReadOnly;
                sight.answers = sample::person("li.lei", "Li Lei", "Stores");
            }),
        ),
        (
            "wrong",
            changed(|sight| {
                sight.reader.language = zh;
                let entered = Entered { amount: "viel".to_owned(), currency: "CNY".to_owned(), ..Entered::default() };
                sight.problem = Some((Problem::Amount, entered));
            }),
        ),
        ("expired", notice::write(&expired, zh)),
        ("unavailable", notice::write(&Notice::Unavailable { form }, zh)),
    ]
}

/// What runs off the side of the screen, and what is too small or too near the edge for a thumb.
const TROUBLE: &str = "(() => {
  const wide = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5);
  const taps = [...document.querySelectorAll('button, a.tap, a.button, a.reason, summary, input:not([type=hidden]), select, textarea')];
  const small = taps.filter(e => e.offsetParent && (e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44));
  const name = e => e.tagName + '.' + e.className;
  return {scroll: document.documentElement.scrollWidth - innerWidth, wide: wide.map(name), small: small.map(name), width: innerWidth};
})()";

#[test]
fn nothing_runs_off_a_phone_and_everything_is_large_enough_to_tap() {
    let Some(mut browser) = Browser::start() else {
        eprintln!("skipped: no Chromium is installed");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let pictures = std::env::var_os("HEARKEN_TEST_PICTURES");
    for language in Language::ALL {
        for (name, page) in pages(language) {
            let file = folder.path().join("page.html");
            std::fs::write(&file, page.replace("<head>", "<head><base href=\"about:blank\">")).unwrap();
            for (width, is_dark) in [(320, false), (360, true), (414, false), (1280, false)] {
                browser.become_wide(width, is_dark);
                browser.open(&format!("file://{}", file.display()));
                // Whatever is folded away must fit too.
                browser.value("document.querySelectorAll('details').forEach(d => d.open = true)");
                let trouble = browser.value(TROUBLE);
                let place = format!("{name} {} {width}: {trouble}", language.tag());
                assert_eq!(trouble["width"], width, "{place}");
                assert!(trouble["scroll"].as_f64().unwrap() <= 0.0, "{place}");
                assert!(trouble["wide"].as_array().unwrap().is_empty(), "{place}");
                assert!(trouble["small"].as_array().unwrap().is_empty(), "{place}");
                if let Some(pictures) = &pictures {
                    browser.open(&format!("file://{}", file.display()));
                    let scheme = if is_dark { "dark" } else { "light" };
                    let name = format!("{name}-{}-{width}-{scheme}", language.tag());
                    browser.pictures(Path::new(pictures), &name);
                }
            }
        }
    }
}
