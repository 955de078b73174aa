//! Pages that show no case, and say what to do instead.

use hearken_report::html::{Element, element};
use hearken_report::language::Language;
use uuid::Uuid;

use super::document;
use super::phrases::{Phrases, of};
use super::top::other_language;

/// Why no case is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The link was good once.
    Expired {
        /// The case it led to.
        case_id: Uuid,
        /// Whom it was made for.
        owner: String,
    },
    /// The link is malformed or forged; which of them is nobody's business.
    Broken,
    /// There is no such case.
    Unknown,
    /// The directory does not know the link's owner any more.
    Stranger,
    /// The database does not answer.
    Unavailable {
        /// The form that was sent, to be sent again; empty where the page was only looked at.
        form: Vec<(String, String)>,
    },
}

/// The fields of a form that are kept for another try.
const KEPT: [&str; 6] = ["do", "nonce", "note", "amount", "currency", "to"];

/// Returns the page.
pub fn write(notice: &Notice, language: Language) -> String {
    let phrases = of(language);
    let (title, said) = match notice {
        Notice::Expired { .. } => (phrases.expired, phrases.expired_said),
        Notice::Broken => (phrases.broken, phrases.broken_said),
        Notice::Unknown => (phrases.unknown, phrases.unknown_said),
        Notice::Stranger => (phrases.stranger, phrases.stranger_said),
        Notice::Unavailable { .. } => (phrases.unavailable, phrases.unavailable_said),
    };
    let main = element("main")
        .class("notice")
        .child(element("h1").text(title))
        .child(element("p").text(said))
        .children(next_step(notice, phrases));
    let bar = element("header").class("bar").child(element("span").text("Hearken")).child(other_language(language));
    document(title, language, element("body").child(bar).child(main))
}

fn next_step(notice: &Notice, phrases: &Phrases) -> Vec<Element> {
    match notice {
        Notice::Expired { case_id, owner } => {
            let command = element("code").text(format!("hearken cases link {case_id} --owner {owner}"));
            vec![element("p").text(phrases.expired_do), element("p").child(command)]
        }
        Notice::Broken | Notice::Unknown | Notice::Stranger => vec![element("p").text(phrases.broken_do)],
        Notice::Unavailable { form } if form.is_empty() => {
            vec![element("form").with("method", "get").child(again(phrases))]
        }
        Notice::Unavailable { form } => {
            let kept = form.iter().filter_map(|(name, value)| {
                let name = KEPT.iter().find(|kept| *kept == name)?;
                Some(element("input").with("type", "hidden").with("name", name).with("value", value))
            });
            let form = element("form").with("method", "post").with("accept-charset", "utf-8").children(kept);
            vec![element("p").text(phrases.unavailable_form), form.child(again(phrases))]
        }
    }
}

fn again(phrases: &Phrases) -> Element {
    element("button").class("button main").with("type", "submit").text(phrases.try_again)
}
