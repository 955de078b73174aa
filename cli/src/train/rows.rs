//! Labelled rows of one language as the enricher reads them, and which of them weigh how much.

use std::collections::{BTreeMap, BTreeSet};

use hearken_enrich::language::Language;
use hearken_enrich::model::{Grams, Letters};
use hearken_schemas::feedback::Channel;

/// How a customer feels, as rows say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Negative,
    Neutral,
    Positive,
}

impl Label {
    /// Reads `neg`, `neu` or `pos`.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        [Self::Negative, Self::Neutral, Self::Positive].into_iter().find(|label| label.as_str() == name)
    }

    /// Returns the name in rows.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "neg",
            Self::Neutral => "neu",
            Self::Positive => "pos",
        }
    }
}

/// A row.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) source: String,
    pub(super) licence: String,
    pub(super) channel: Channel,
    pub(super) label: Label,
    pub(super) features: Vec<u32>,
    pub(super) letters: Letters,
    pub(super) clue: usize,
    /// Whether it is left out of training to see how well the model does.
    pub(super) held_out: bool,
}

/// What is read of a text in a language: short runs where a character is a syllable or a word, longer ones elsewhere, and half the
/// features where few rows could fill them.
pub(super) fn grams(language: Language, rows: usize) -> Grams {
    let characters = if matches!(language, Language::Chinese | Language::Japanese) { 3 } else { 4 };
    let words = !matches!(language, Language::Chinese | Language::Japanese | Language::Thai);
    Grams { bits: if rows < FEW_ROWS { 17 } else { 18 }, characters, words }
}

const FEW_ROWS: usize = 5_000;

/// Tells whether a row belongs to the tenth that is held out: by its words, so that the same text is never on both sides.
pub(super) fn is_held_out(text: &str) -> bool {
    let words: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    crc32fast::hash(words.as_bytes()) % 10 == 0
}

/// Which rows a model is made of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice {
    /// The channels that it reads.
    pub(super) channels: &'static [Channel],
    /// What is added to the language's code in the file's name.
    pub(super) suffix: &'static str,
}

/// Posts are written in another tone than the rest.
const POSTS: Voice = Voice { channels: &[Channel::Social], suffix: "-social" };
const REST: Voice = Voice { channels: &[Channel::Review, Channel::Chat, Channel::Survey], suffix: "" };
const ALL: Voice = Voice { channels: &Channel::ALL, suffix: "" };

/// Rows that take sides from which a voice gets a model of its own.
const OWN_MODEL_ROWS: usize = 1_000;
/// What a row of the other voice counts.
const OTHER_VOICE: f32 = 0.3;

impl Voice {
    /// Returns the models that a language's rows make: one for posts and one for the rest where there are enough of both, else one.
    pub(super) fn of(rows: &[Row]) -> Vec<Self> {
        let sided = |voice: Self| rows.iter().filter(|row| voice.reads(row) && row.label != Label::Neutral).count();
        let both = sided(POSTS) >= OWN_MODEL_ROWS && sided(REST) >= OWN_MODEL_ROWS;
        if both { vec![REST, POSTS] } else { vec![ALL] }
    }

    /// Tells whether a row is of this voice.
    pub(super) fn reads(self, row: &Row) -> bool {
        self.channels.contains(&row.channel)
    }

    fn weight(self, row: &Row) -> f32 {
        if self.reads(row) { 1.0 } else { OTHER_VOICE }
    }
}

/// Returns the sources that have neutral rows: what others call a side may be none.
pub(super) fn with_neutral<'r>(rows: &[&'r Row]) -> BTreeSet<&'r str> {
    rows.iter().filter(|row| row.label == Label::Neutral).map(|row| row.source.as_str()).collect()
}

/// Weighs rows for a question so that each source gives yes the same share, however it was collected.
///
/// A source that only ever answers one thing counts with the largest other source of its channel.
pub(super) fn weights(rows: &[&Row], voice: Voice, is: impl Fn(&Row) -> bool, share: f32) -> Vec<f32> {
    let mut counts: BTreeMap<&str, [f32; 2]> = BTreeMap::new();
    for row in rows {
        counts.entry(&row.source).or_default()[usize::from(is(row))] += 1.0;
    }
    let is_whole = |source: &str| counts.get(source).is_some_and(|[no, yes]| *no > 0.0 && *yes > 0.0);
    let size = |source: &str| counts.get(source).map_or(0.0, |[no, yes]| no + yes);
    let stands_with = |row: &Row| -> Option<&str> {
        let others = rows.iter().filter(|other| other.channel == row.channel && is_whole(&other.source));
        others.map(|other| other.source.as_str()).max_by(|a, b| size(a).total_cmp(&size(b)).then(b.cmp(a)))
    };
    let mut pools: BTreeMap<&str, &str> = BTreeMap::new();
    for row in rows {
        pools.entry(&row.source).or_insert_with(|| match is_whole(&row.source) {
            true => &row.source,
            false => stands_with(row).unwrap_or(&row.source),
        });
    }
    let mut pooled: BTreeMap<&str, [f32; 2]> = BTreeMap::new();
    for (source, [no, yes]) in &counts {
        let pool = pooled.entry(pools[source]).or_default();
        pool[0] += no;
        pool[1] += yes;
    }
    let weight = |row: &&Row| {
        let [no, yes] = pooled[pools[row.source.as_str()]];
        let (mine, wanted) = if is(row) { (yes, share) } else { (no, 1.0 - share) };
        let balance = if no > 0.0 && yes > 0.0 { wanted * (no + yes) / mine } else { 1.0 };
        balance * voice.weight(row)
    };
    rows.iter().map(weight).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A row to be changed.
    pub(crate) fn row() -> Row {
        Row {
            source: "s".to_owned(),
            licence: "own".to_owned(),
            channel: Channel::Review,
            label: Label::Positive,
            features: Vec::new(),
            letters: Letters::default(),
            clue: 0,
            held_out: false,
        }
    }

    fn rows(described: &[(&str, Channel, Label, usize)]) -> Vec<Row> {
        let one = |&(source, channel, label, n): &(&str, Channel, Label, usize)| {
            std::iter::repeat_n(Row { source: source.to_owned(), channel, label, ..row() }, n)
        };
        described.iter().flat_map(one).collect()
    }

    #[test]
    fn every_source_gives_yes_the_same_share() {
        let rows = rows(&[
            ("even", Channel::Review, Label::Positive, 10),
            ("even", Channel::Review, Label::Negative, 10),
            ("angry", Channel::Review, Label::Positive, 2),
            ("angry", Channel::Review, Label::Negative, 18),
            ("post", Channel::Social, Label::Negative, 5),
        ]);
        let rows: Vec<&Row> = rows.iter().collect();
        let weights = weights(&rows, REST, |row| row.label == Label::Positive, 0.5);
        let sum = |source: &str, label: Label| -> f32 {
            let of = rows.iter().zip(&weights).filter(|(row, _)| row.source == source && row.label == label);
            of.map(|(_, weight)| weight).sum()
        };
        for (source, label, expected) in [
            ("even", Label::Positive, 10.0),
            ("even", Label::Negative, 10.0),
            ("angry", Label::Positive, 10.0),
            ("angry", Label::Negative, 10.0),
            ("post", Label::Negative, 5.0 * OTHER_VOICE),
        ] {
            assert!((sum(source, label) - expected).abs() < 1e-4, "{source} {label:?}: {}", sum(source, label));
        }
    }

    #[test]
    fn a_source_of_one_side_stands_with_the_largest_other_of_its_channel() {
        let rows = rows(&[
            ("whole", Channel::Social, Label::Positive, 10),
            ("whole", Channel::Social, Label::Negative, 2),
            ("rest", Channel::Social, Label::Negative, 8),
        ]);
        let rows: Vec<&Row> = rows.iter().collect();
        let weights = weights(&rows, ALL, |row| row.label == Label::Positive, 0.5);
        assert!(weights.iter().all(|weight| (weight - 1.0).abs() < 1e-6), "{weights:?}");
    }

    #[test]
    fn posts_have_a_model_of_their_own_where_there_are_enough() {
        let of = |posts, reviews| {
            let rows = rows(&[
                ("a", Channel::Social, Label::Positive, posts),
                ("b", Channel::Review, Label::Negative, reviews),
                ("c", Channel::Social, Label::Neutral, 5_000),
            ]);
            Voice::of(&rows).iter().map(|voice| voice.suffix).collect::<Vec<_>>()
        };
        assert_eq!(of(1_000, 1_000), ["", "-social"]);
        assert_eq!(of(999, 1_000), [""]);
        assert_eq!(of(1_000, 0), [""]);
    }

    #[test]
    fn a_text_is_held_out_by_its_words() {
        let held_out = (0..1_000).filter(|n| is_held_out(&format!("text {n}"))).count();
        assert!((60..140).contains(&held_out), "{held_out}");
        assert_eq!(is_held_out("Very good!"), is_held_out("Very  good"));
    }
}
