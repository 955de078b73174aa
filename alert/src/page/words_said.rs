//! Customers' own words, with what decided marked.

use hearken_report::html::{Element, element};

use super::marked::{Piece, pieces, places, slice, window};
use super::sight::{Said, Sight, Turn};
use super::{bdi, filled, section};

/// How many characters of a text are shown before somebody asks for all of it.
const LETTERS: usize = 900;
/// How many characters of another feedback are shown.
const LETTERS_BESIDE: usize = 280;
/// How many turns of a chat are shown before and after those that are marked, and where none is.
const TURNS_AROUND: usize = 3;
const TURNS: usize = 8;

impl Sight {
    /// Shows the feedback that decided.
    pub(super) fn words_said(&self) -> Element {
        let phrases = self.phrases();
        let section = section("words", phrases.words);
        match &self.said {
            None => section.child(self.unread()),
            Some(None) => section.child(element("p").class("small").text(phrases.no_words)),
            Some(Some(said)) if said.turns.is_empty() => section
                .child(self.whence(said))
                .child(self.text(said, LETTERS))
                .children(self.whole_text(said, LETTERS)),
            Some(Some(said)) => section.child(self.whence(said)).children(self.chat(said)),
        }
    }

    /// Shows another feedback, which a reason leads to.
    pub(super) fn words_beside(&self, said: &Said) -> Element {
        let quote = self.text(said, LETTERS_BESIDE);
        element("div")
            .class("beside")
            .with("id", format!("w-{}", said.feedback_id))
            .child(self.whence(said))
            .child(quote)
    }

    /// Says that a part could not be read.
    pub(super) fn unread(&self) -> Element {
        element("p").class("small missing").text(self.phrases().unread)
    }

    fn whence(&self, said: &Said) -> Element {
        let mut parts = vec![self.reader.language.name(&said.channel).to_owned()];
        parts.extend([&said.source].into_iter().filter(|part| !part.is_empty()).cloned());
        parts.extend(said.rating.map(|(value, best)| {
            filled(self.phrases().rating, &[("value", &value.to_string()), ("best", &best.to_string())])
        }));
        parts.push(self.known(said.at, &said.time_precision));
        element("p").class("small").text(parts.join(" · "))
    }

    fn text(&self, said: &Said, letters_max: usize) -> Element {
        let shown = window(&said.text, &said.spans, letters_max);
        let text = slice(&said.text, shown.clone());
        let mut words = spoken(element("p"), said);
        if shown.start > 0 {
            words = words.text("… ");
        }
        words = written(words, pieces(text, shown.start, &said.spans));
        if shown.end < said.text.chars().count() {
            words = words.text(" …");
        }
        let title = (!said.title.is_empty()).then(|| spoken(element("p").class("headline"), said).text(&said.title));
        let empty = said.text.trim().is_empty().then(|| element("p").class("small").text(self.phrases().no_text));
        element("blockquote").class("words").children(title).child(words).children(empty)
    }

    /// Returns all of a text that is shown in part, folded away.
    fn whole_text(&self, said: &Said, letters_max: usize) -> Option<Element> {
        let letters = said.text.chars().count();
        (letters > letters_max).then(|| {
            let label = filled(self.phrases().whole_text, &[("letters", &letters.to_string())]);
            let words = written(spoken(element("p"), said), pieces(&said.text, 0, &said.spans));
            folded(&label, [element("blockquote").class("words").child(words)])
        })
    }

    fn chat(&self, said: &Said) -> Vec<Element> {
        let places = places(&said.text, &said.turns);
        let turns: Vec<(bool, Element)> =
            said.turns.iter().zip(places).map(|(turn, place)| self.turn(said, turn, place)).collect();
        let shown = shown_turns(&turns.iter().map(|(is_marked, _)| *is_marked).collect::<Vec<_>>());
        let all = turns.len();
        let mut bubbles: Vec<Element> = Vec::new();
        let mut left_out = 0;
        for ((_, bubble), is_shown) in turns.iter().zip(&shown) {
            if *is_shown {
                bubbles.extend(self.gap(left_out));
                left_out = 0;
                bubbles.push(bubble.clone());
            } else {
                left_out += 1;
            }
        }
        bubbles.extend(self.gap(left_out));
        let chat = element("div").class("chat").children(bubbles);
        let rest = shown.contains(&false).then(|| {
            let label = filled(self.phrases().whole_chat, &[("turns", &all.to_string())]);
            folded(&label, [element("div").class("chat").children(turns.into_iter().map(|(_, bubble)| bubble))])
        });
        [chat].into_iter().chain(rest).collect()
    }

    fn gap(&self, turns: usize) -> Option<Element> {
        let said = filled(self.phrases().turns_left_out, &[("turns", &turns.to_string())]);
        (turns > 0).then(|| element("p").class("small gap").text(said))
    }

    /// Writes one turn, and tells whether something in it is marked.
    fn turn(&self, said: &Said, turn: &Turn, place: Option<usize>) -> (bool, Element) {
        let phrases = self.phrases();
        let pieces = pieces(&turn.text, place.unwrap_or(0), if place.is_some() { &said.spans } else { &[] });
        let is_marked = pieces.iter().any(|piece| piece.is_marked);
        let (side, role) = match turn.role.as_str() {
            "customer" => ("turn customer", phrases.role_customer),
            "agent" => ("turn", phrases.role_agent),
            "bot" => ("turn", phrases.role_bot),
            other => ("turn", other),
        };
        let head = element("span")
            .class("small")
            .child(bdi(role))
            .children(turn.at.map(|at| element("span").text(" · ").child(self.time(at))));
        let words = written(spoken(element("p"), said), pieces);
        (is_marked, element("div").class(side).child(head).child(words))
    }
}

/// Tells which turns are shown at once: all of a short chat, else those around the marked ones, else the last.
fn shown_turns(marked: &[bool]) -> Vec<bool> {
    let all = marked.len();
    let is_near = |nth: usize| {
        let near = nth.saturating_sub(TURNS_AROUND)..(nth + TURNS_AROUND + 1).min(all);
        marked.get(near).is_some_and(|near| near.contains(&true))
    };
    let has_marks = marked.contains(&true);
    (0..all).map(|nth| all <= TURNS || if has_marks { is_near(nth) } else { nth + TURNS >= all }).collect()
}

/// Puts something behind a line that unfolds it.
pub(super) fn folded(label: &str, inside: impl IntoIterator<Item = Element>) -> Element {
    element("details").child(element("summary").text(label)).children(inside)
}

fn written(words: Element, pieces: Vec<Piece<'_>>) -> Element {
    pieces.into_iter().fold(words, |words, piece| {
        if piece.is_marked { words.child(element("mark").text(piece.text)) } else { words.text(piece.text) }
    })
}

/// Says which language words are in, and lets them run in their own direction.
fn spoken(words: Element, said: &Said) -> Element {
    let words = words.with("dir", "auto");
    if said.language.is_empty() || said.language == "und" { words } else { words.with("lang", &said.language) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_chat_is_shown_whole_and_a_long_one_around_what_is_marked() {
        let check = |marked: &[usize], turns: usize, expected: &str| {
            let marked: Vec<bool> = (0..turns).map(|nth| marked.contains(&nth)).collect();
            let shown: String = shown_turns(&marked).into_iter().map(|shown| if shown { '+' } else { '.' }).collect();
            assert_eq!(shown, expected);
        };
        check(&[], 0, "");
        check(&[0], 8, "++++++++");
        check(&[], 10, "..++++++++");
        check(&[0], 10, "++++......");
        check(&[5], 12, "..+++++++...");
        check(&[1, 11], 14, "+++++...++++++");
    }
}
