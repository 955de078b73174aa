//! Customers' own words: a part of the text around the words that say it.

use super::Page;
use crate::html::{Element, element};
use crate::rows::Quote;

/// How many letters of a text are shown before and after the words that say it.
const AROUND: usize = 90;

impl Page<'_> {
    /// Writes a quote with where it is from.
    pub(super) fn quote(&self, quote: &Quote) -> Element {
        let (before, said, after) = excerpt(&quote.text, &quote.quote);
        let words =
            element("p").text(before).children((!said.is_empty()).then(|| element("mark").text(said))).text(after);
        let mut from = vec![quote.brand.clone()];
        for part in [&quote.product, &quote.store] {
            if !part.is_empty() {
                from.push(part.clone());
            }
        }
        from.push(self.language.name(&quote.channel).to_owned());
        from.push(self.language.day(quote.day));
        let from = element("footer").text(from.join(" · "));
        let tone = if quote.polarity == "negative" { "quote negative" } else { "quote positive" };
        element("blockquote").class(tone).child(spoken(words, &quote.language)).child(from)
    }

    /// Writes words of a customer in the middle of a table; nothing where there are none.
    pub(super) fn saying(&self, words: &str, language: &str) -> Element {
        let saying = element("q").text(cut(words, AROUND));
        if words.is_empty() { element("span") } else { spoken(saying, language) }
    }
}

/// Says which language words are in, and lets them run in their own direction.
fn spoken(words: Element, language: &str) -> Element {
    let words = words.with("dir", "auto");
    if language.is_empty() || language == "und" { words } else { words.with("lang", language) }
}

/// Returns what stands before the words, the words, and what follows, with ellipses where the text goes on.
fn excerpt<'a>(text: &'a str, said: &'a str) -> (String, &'a str, String) {
    let Some((before, after)) = text.split_once(said).filter(|_| !said.is_empty()) else {
        return (cut(text, 2 * AROUND), "", String::new());
    };
    let skipped = before.chars().count().saturating_sub(AROUND);
    let head: String = before.chars().skip(skipped).collect();
    let head = if skipped > 0 { format!("…{}", from_a_word(&head)) } else { head };
    (head, said, cut(after, AROUND))
}

/// How far the end of a word is looked for; where words are longer, or know no blanks, they are cut.
const WORD: usize = 16;

/// Returns the first letters of a text, up to the end of a word, and an ellipsis where it goes on.
fn cut(text: &str, letters: usize) -> String {
    let Some((end, _)) = text.char_indices().nth(letters) else { return text.to_owned() };
    let start = &text[..end];
    let whole = start.rsplit_once(char::is_whitespace).map(|(whole, rest)| (whole, rest.chars().count()));
    let shown = whole.filter(|(_, rest)| *rest <= WORD).map_or(start, |(whole, _)| whole);
    format!("{}…", shown.trim_end())
}

/// Leaves out the rest of a word that a text begins with.
fn from_a_word(text: &str) -> &str {
    let rest = text.split_once(char::is_whitespace).filter(|(rest, _)| rest.chars().count() <= WORD);
    rest.map_or(text, |(_, words)| words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_stand_in_their_text() {
        let check = |text: &str, said: &str, shown: &str| {
            let (before, said, after) = excerpt(text, said);
            assert_eq!(format!("{before}[{said}]{after}"), shown);
        };
        check("物流很慢，别的还好", "很慢", "物流[很慢]，别的还好");
        check("nothing of it", "slow", "nothing of it[]");
        check("", "", "[]");
        let long = "字".repeat(200);
        check(&format!("{long}慢{long}"), "慢", &format!("…{0}[慢]{0}…", "字".repeat(AROUND)));
        check(&long, "", &format!("{}…[]", "字".repeat(2 * AROUND)));
        let words = "word ".repeat(40);
        check(
            &format!("{words}slow {words}"),
            "slow",
            &format!("…{0}[slow] {1}…", "word ".repeat(17), "word ".repeat(17).trim_end()),
        );
    }
}
