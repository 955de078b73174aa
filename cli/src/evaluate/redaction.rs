//! Whether personal data is found: texts in which every piece is marked, against what ingest replaces.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::{Duration, Instant};

use hearken_ingest::field::text::clean;
use hearken_schemas::redact::{self, Kind};

use super::UNSAID;
use super::files::Row;
use super::metrics::{share, wilson};
use super::report::{Figure, Outcome, Parts};
use super::tally::{Counts, Tally};

/// How a marked piece begins, up to its kind, and how it ends.
const MARKS: [char; 2] = ['⟦', '⟧'];

/// A kind and where it stands, in bytes, without signs at its ends.
type Piece = (Kind, usize, usize);

/// What one text holds, and what is replaced in it.
#[derive(Debug)]
pub(super) struct Marked {
    /// The primary subtag of its language.
    language: String,
    expected: BTreeSet<Piece>,
    found: BTreeSet<Piece>,
    /// The expected pieces of which no letter and no digit is left.
    hidden: BTreeSet<Piece>,
}

/// Reads a row's marks and holds them against what is replaced in its text; tells how long clean-up and redaction took.
///
/// # Errors
/// What is wrong with a mark.
pub(super) fn marked(row: &Row) -> Result<(Marked, Duration), String> {
    // Marks are signs like others to the clean-up, so pieces stay where they are.
    let (text, pieces) = unmarked(&clean(&row.text))?;
    let begun = Instant::now();
    let found = redact::find(&clean(&text));
    let spent = begun.elapsed();
    let piece = |kind, span: &Range<usize>| trimmed(&text, span).map(|span| (kind, span.start, span.end));
    let expected: BTreeSet<Piece> = pieces.iter().filter_map(|(kind, span)| piece(*kind, span)).collect();
    let covered = |at: usize| found.iter().any(|found| found.span.contains(&at));
    let is_hidden = |(_, start, end): &&Piece| {
        let mut letters = text[*start..*end].char_indices().filter(|(_, c)| c.is_alphanumeric());
        letters.all(|(at, _)| covered(start + at))
    };
    let hidden = expected.iter().filter(is_hidden).copied().collect();
    let found = found.iter().filter_map(|found| piece(found.kind, &found.span));
    let found = found.map(|found| address(&expected, found)).collect();
    let language = row.lang.as_deref().unwrap_or(UNSAID).split(['-', '_']).next().unwrap_or_default().to_owned();
    Ok((Marked { language, expected, found, hidden }, spent))
}

/// The marked pieces of a text, each with its kind.
type Marks = Vec<(Kind, Range<usize>)>;

/// Returns a text without its marks, and where the marked pieces stand.
fn unmarked(marked: &str) -> Result<(String, Marks), String> {
    let (mut text, mut pieces, mut rest) = (String::new(), Vec::new(), marked);
    while let Some((before, after)) = rest.split_once(MARKS[0]) {
        let (piece, after) = after.split_once(MARKS[1]).ok_or("a mark ⟦ has no end ⟧")?;
        let (name, words) = piece.split_once(':').ok_or_else(|| format!("no kind and colon in ⟦{piece}⟧"))?;
        let kinds = || Kind::ALL.map(Kind::name).join(", ");
        let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        let kind = kind.ok_or_else(|| format!("kind {name:?} is none of {}", kinds()))?;
        text.push_str(before);
        pieces.push((kind, text.len()..text.len() + words.len()));
        text.push_str(words);
        rest = after;
    }
    text.push_str(rest);
    Ok((text, pieces))
}

/// Returns a span without signs at its ends; nothing where there is no letter and no digit.
fn trimmed(text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    let piece = &text[span.clone()];
    let start = piece.find(char::is_alphanumeric)?;
    let end = piece.trim_end_matches(|c: char| !c.is_alphanumeric()).len();
    Some(span.start + start..span.start + end)
}

/// Takes an address for the expected one that it overlaps: where one begins and ends is a matter of taste.
fn address(expected: &BTreeSet<Piece>, found: Piece) -> Piece {
    let (kind, start, end) = found;
    let overlaps = |piece: &&Piece| piece.0 == Kind::Address && piece.1 < end && start < piece.2;
    if kind == Kind::Address { expected.iter().find(overlaps).copied().unwrap_or(found) } else { found }
}

/// Counts of some pieces, and how many of the expected ones are gone.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    counts: Counts,
    hidden: u64,
}

impl Score {
    fn of(marked: &[&Marked], belongs: impl Fn(&Piece) -> bool) -> Self {
        let kept = |pieces: &BTreeSet<Piece>| pieces.iter().filter(|piece| belongs(piece)).copied().collect();
        let (mut tally, mut hidden) = (Tally::default(), 0);
        for one in marked {
            tally.add(&kept(&one.expected), &kept(&one.found), |(kind, ..)| kind.name());
            hidden += one.hidden.iter().filter(|piece| belongs(piece)).count() as u64;
        }
        Self { counts: tally.total(), hidden }
    }

    fn figures(self) -> Vec<Figure> {
        let Self { counts: Counts { expected, found, right }, hidden } = self;
        let [precision, recall] = [found, expected].map(|whole| wilson(right, whole));
        let bound = |interval: Option<[f64; 2]>, at: usize| interval.map(|bounds| bounds[at]);
        vec![
            ("precision", share(right, found)),
            ("precision_low", bound(precision, 0)),
            ("precision_high", bound(precision, 1)),
            ("recall", share(right, expected)),
            ("recall_low", bound(recall, 0)),
            ("recall_high", bound(recall, 1)),
            ("hidden", share(hidden, expected)),
        ]
    }
}

impl Outcome for Marked {
    fn figures(marked: &[&Self]) -> Vec<Figure> {
        Score::of(marked, |(kind, ..)| *kind != Kind::Address).figures()
    }

    fn mistakes(marked: &[&Self]) -> Vec<String> {
        let mut tally = Tally::default();
        marked.iter().for_each(|one| tally.add(&one.expected, &one.found, |(kind, ..)| kind.name()));
        tally.mistakes()
    }

    fn parts(marked: &[&Self]) -> Option<Parts> {
        let languages: BTreeSet<&str> = marked.iter().map(|one| &one.language[..]).collect();
        let of = |kind: Kind, language: Option<&str>| {
            let spoken: Vec<&Self> =
                marked.iter().filter(|one| language.is_none_or(|language| one.language == language)).copied().collect();
            let score = Score::of(&spoken, |(found, ..)| *found == kind);
            let name =
                language.map_or_else(|| kind.name().to_owned(), |language| format!("{} {language}", kind.name()));
            (name, score)
        };
        let parts = Kind::ALL.into_iter().flat_map(|kind| {
            let apart = languages.iter().filter(|_| languages.len() > 1).map(move |language| (kind, Some(*language)));
            std::iter::once((kind, None)).chain(apart)
        });
        let parts = parts.map(|(kind, language)| of(kind, language));
        let met = parts.filter(|(_, score)| score.counts.expected + score.counts.found > 0);
        Some(Parts::new("kind", met.map(|(name, score)| (name, score.counts.expected, score.figures()))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Marked {
        let row = Row { text: text.to_owned(), lang: Some("zh-Hans".to_owned()), ..Row::default() };
        marked(&row).expect("a marked text").0
    }

    /// Tells what was expected, found, right and hidden of all kinds.
    fn check(text: &str, counts: [u64; 4]) {
        let one = one(text);
        let Score { counts: Counts { expected, found, right }, hidden } = Score::of(&[&one], |_| true);
        assert_eq!([expected, found, right, hidden], counts, "{text}: {one:?}");
    }

    #[test]
    fn a_piece_is_found_whole_and_as_what_it_is() {
        check("电话⟦PHONE:13800138000⟧", [1, 1, 1, 1]);
        check("电话⟦PHONE:（０２１）５５５５\u{200b}６７８９⟧。", [1, 1, 1, 1]);
        check("13800138000没有标", [0, 1, 0, 0]);
        check("号⟦QQ:13800138000⟧", [1, 1, 0, 1]);
        check("⟦PHONE:13800138000转801⟧", [1, 1, 0, 0]);
        check("nobody@home", [0, 0, 0, 0]);
    }

    #[test]
    fn an_address_is_found_where_a_token_covers_some_of_it() {
        check("⟦ADDRESS:12 Elm Street⟧", [1, 1, 1, 1]);
        check("⟦ADDRESS:12 Elm Street, behind the church⟧", [1, 1, 1, 0]);
    }

    #[test]
    fn a_mark_that_is_none_is_refused() {
        for (text, words) in
            [("⟦PHONE:1", "no end"), ("⟦PHONE⟧", "no kind"), ("⟦FAX:1⟧", "\"FAX\" is none of PHONE, EMAIL")]
        {
            let row = Row { text: text.to_owned(), ..Row::default() };
            assert!(marked(&row).is_err_and(|told| told.contains(words)), "{text}");
        }
    }
}
