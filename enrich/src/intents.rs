//! What a customer means to do, or wants done, and how hard he says it was: the phrases of `intents.toml`, weighed by the words around.
//!
//! One pass finds all phrases. Each then has to stand against what is near it:
//! - *negated*: a negator reaches a few words (characters where the script has no spaces) of its clause: "I am not asking for a
//!   refund"; some reach the next word only, or back: "解約しません";
//! - *supposed*: "if it breaks I would return it"; reaches to the end of its sentence. What the customer demands or has already met is no
//!   supposition: "if you don't refund me", "one more time and …"; it counts, a little less;
//! - *reported*: "my friend wants to cancel";
//! - *asked*: the sentence asks: "值得推荐吗？".
//!
//! Which of them count is said for each kind in the file. Asking how to leave or how to get money back ("怎么取消自动续费？") is a question, and
//! it is the first step of leaving too, so it says both. A refund that has arrived, and whatever else is over, is listed there as plain.
//!
//! A question is a sentence with an interrogative, or with a question mark alone, unless it is rhetorical. Each kind is said once, where the
//! words are clearest. The confidence is that of the rule: 0.8 for sure, 0.6 for likely, 0.4 for faint words.
//!
//! Only the text gives intents, because they quote it: what a title alone says gives none.

mod rules;
mod scene;

use hearken_schemas::enrichment::{Effort, Intent, IntentKind};

pub use rules::{IntentError, IntentFile};
use rules::{Rules, Says};
use scene::{Found, Said, Scene};

use crate::fold::Simplifier;
use crate::language::Language;

/// Finds intents in texts; built once, shared by threads.
pub(crate) struct IntentRules(Rules);

impl IntentRules {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// What is wrong with the file, with the section, the phrase and the line.
    pub(crate) fn parse(file: &IntentFile, simplifier: &Simplifier) -> Result<Self, IntentError> {
        Rules::parse(file, simplifier).map(Self)
    }

    /// Finds what a folded text says, each kind once, in the order of the text.
    ///
    /// `place` says where a character of the folded text stands in the feedback's text; nothing where it is not of it.
    pub(crate) fn find(
        &self,
        folded: &str,
        language: Option<Language>,
        place: impl Fn(usize) -> Option<u32>,
    ) -> (Vec<Intent>, Option<Effort>) {
        let scene = Scene {
            text: folded,
            language,
            said: self.0.phrases.find(folded).map(|(says, bytes)| Said { says, bytes }).collect(),
        };
        let (mut found, mut efforts) = (Vec::new(), Vec::new());
        for (at, Said { says, bytes }) in scene.said.iter().enumerate() {
            let Says::Means { intents, effort } = says else { continue };
            efforts.extend(effort.and_then(|effort| scene.effort(at, effort)));
            found.extend(intents.iter().filter_map(|&(kind, strength)| match kind == IntentKind::Question {
                true => scene.question(bytes, strength),
                false => scene.intent(at, kind, strength, self.0.unless(kind)),
            }));
        }
        found.extend(scene.bare_question());
        // What was hard is remembered.
        let effort = if efforts.contains(&Effort::High) { Some(Effort::High) } else { efforts.first().copied() };
        (surest(found, folded, place), effort)
    }
}

/// Keeps the clearest words of each kind.
fn surest(mut found: Vec<Found>, folded: &str, place: impl Fn(usize) -> Option<u32>) -> Vec<Intent> {
    found.sort_by_key(|found| found.bytes.start);
    let mut intents: Vec<Intent> = Vec::new();
    // Bytes and characters up to the words before, so that each character is counted once.
    let (mut byte, mut chars) = (0, 0);
    for Found { kind, confidence, bytes } in found {
        chars += folded[byte..bytes.start].chars().count();
        byte = bytes.start;
        let last = (chars + folded[bytes].chars().count()).saturating_sub(1);
        let (Some(start), Some(last)) = (place(chars), place(last)) else { continue };
        let intent = Intent { kind, confidence, start, end: last + 1 };
        match intents.iter_mut().find(|known| known.kind == kind) {
            Some(known) if known.confidence < confidence => *known = intent,
            Some(_) => {}
            None => intents.push(intent),
        }
    }
    intents.sort_by_key(|intent| (intent.start, intent.kind));
    intents
}
