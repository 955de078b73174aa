//! Tells the languages that share the Latin letters.
//!
//! Two cheap witnesses who agree need no judge: the words that are known, and whichlang's linear model over short runs of
//! letters; each costs about a microsecond. Where they do not agree, lingua's n-gram models judge, which cost a hundred times as
//! much, between the languages that the witnesses named, or all where no word is known.

use lingua::LanguageDetectorBuilder;

use crate::language::Language;
use crate::language::words::{Votes, Words};
use crate::script::Script;
use crate::stopwords::StopWords;

/// Bytes that whichlang reads.
const WITNESS_BYTES: usize = 200;
/// Characters that lingua reads: of whole posts, 80 are as often right as 24.
const JUDGE_CHARS: usize = 24;
/// From how many votes, and which lead over the second, the words need nobody else.
const VOTES_MIN: u32 = 3;
const LEAD_MIN: u32 = 3;
/// From how many words a tie among the votes may be broken by whichlang.
const TIED_WORDS_MIN: u32 = 3;
/// How much likelier the source's own claim, the voice of whichlang and each vote of lead make a language: factors on its odds.
/// The last two were fitted, on words and pairs of posts that are reported nowhere.
const HINT_ODDS: f64 = 20.0;
const WITNESS_ODDS: f64 = 1.5;
const LEAD_ODDS: f64 = 8.0;
/// How sure many votes are, and two witnesses who agree on few or on more words.
const ELECTED: f64 = 0.995;
const AGREED: f64 = 0.98;
const AGREED_ON_FEW: f64 = 0.95;
/// How sure, before [`STRANGE_FACTOR`], whichlang is of a long text whose words are strange to it, and from how many words.
const STRANGE: f64 = 0.9;
const STRANGE_WORDS_MIN: u32 = 8;
/// What is left of the certainty in a language of whose words hardly any occur.
const STRANGE_FACTOR: f64 = 0.5;

/// The languages that whichlang does not know.
const UNHEARD: [Language; 2] = [Language::Indonesian, Language::Polish];

/// A language and how likely it is.
pub(super) type Verdict = (Option<Language>, f64);

/// Knows the Latin-script languages it may answer with.
pub(super) struct Latin {
    languages: Vec<Language>,
    words: Words,
    lingua: Option<lingua::LanguageDetector>,
}

impl Latin {
    /// Loads the models of those of the languages that are in Latin script.
    pub(super) fn new(languages: &[Language], stop_words: &StopWords) -> Self {
        let languages: Vec<Language> = languages.iter().copied().filter(|language| language.is_latin()).collect();
        let names: Vec<lingua::Language> = languages.iter().filter_map(|language| in_lingua(*language)).collect();
        let lingua = (names.len() > 1)
            .then(|| LanguageDetectorBuilder::from_languages(&names).with_preloaded_language_models().build());
        Self { words: Words::new(&languages, stop_words), languages, lingua }
    }

    /// Reads the words of a text.
    pub(super) fn votes(&self, text: &str) -> Votes {
        self.words.read(text)
    }

    /// Judges a text with its votes; `hint` is what the source claims.
    pub(super) fn judge(&self, text: &str, votes: &Votes, hint: Option<Language>) -> Verdict {
        if votes.words == 0 {
            return (None, 0.0);
        }
        let (language, certainty) = elected(votes).unwrap_or_else(|| {
            let witness = whichlang(text).filter(|witness| self.languages.contains(witness));
            let case = Case { text, votes, witness, hint };
            self.agreed(&case).or_else(|| strange(&case)).unwrap_or_else(|| self.judged(&case))
        });
        let is_strange = language.is_some_and(|language| votes.make_strange(language));
        let strangeness = if is_strange { STRANGE_FACTOR } else { 1.0 };
        let at_home = f64::from(votes.words - votes.foreign) / f64::from(votes.words);
        (language, certainty * strangeness * at_home.powi(3))
    }

    /// Decides where known words and whichlang agree.
    fn agreed(&self, case: &Case<'_>) -> Option<Verdict> {
        if let [only] = self.languages[..] {
            return Some((Some(only), 0.7));
        }
        let leader = case.votes.leader()?;
        let witness = case.witness.filter(|witness| case.votes.of(*witness) == leader.votes)?;
        let is_hinted_otherwise = case.hint.is_some_and(|hint| hint != witness);
        match case.votes.words {
            TIED_WORDS_MIN.. => Some((Some(witness), AGREED)),
            _ if leader.lead > 0 && !is_hinted_otherwise => Some((Some(witness), AGREED_ON_FEW)),
            _ => None,
        }
    }

    /// Lets lingua decide, whose shares are squared because they are too modest, and hears the witnesses.
    fn judged(&self, case: &Case<'_>) -> Verdict {
        let Some(all) = &self.lingua else { return (None, 0.0) };
        let leader = case.votes.leader();
        let named: Vec<Language> = self.languages.iter().copied().filter(|language| case.names(*language)).collect();
        // A detector is a list of names; its models are loaded already.
        let few = (leader.is_some() && named.len() > 1).then(|| {
            let names: Vec<lingua::Language> = named.iter().filter_map(|language| in_lingua(*language)).collect();
            LanguageDetectorBuilder::from_languages(&names).build()
        });
        let lingua = few.as_ref().unwrap_or(all);
        let weight = |language: Language| {
            let hinted = if case.hint == Some(language) { HINT_ODDS } else { 1.0 };
            let seen = if case.witness == Some(language) { WITNESS_ODDS } else { 1.0 };
            let led = leader.as_ref().filter(|leader| leader.language == language).map_or(0, |leader| leader.lead);
            hinted * seen * LEAD_ODDS.powi(led.min(LEAD_MIN) as i32)
        };
        let shares = lingua.compute_language_confidence_values(beginning(case.text)).into_iter();
        let odds = shares.filter_map(|(name, share)| {
            let language = self.languages.iter().copied().find(|language| in_lingua(*language) == Some(name))?;
            // Rounded, because lingua sums in the order of a randomly seeded map.
            let share = (share * 1e6).round();
            Some((language, share * share * weight(language)))
        });
        let mut odds: Vec<(Language, f64)> = odds.collect();
        odds.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let total: f64 = odds.iter().map(|(_, weight)| weight).sum();
        match odds.first() {
            // lingua says 1 wherever one of its rules fires, on a single letter too.
            Some(&(language, weight)) if total > 0.0 => (Some(language), (weight / total).min(0.99)),
            _ => (None, 0.0),
        }
    }
}

/// A text and what is known of it.
struct Case<'t> {
    text: &'t str,
    votes: &'t Votes,
    witness: Option<Language>,
    hint: Option<Language>,
}

impl Case<'_> {
    /// Tells whether somebody named the language: the source, whichlang, or about as many words as the leader has.
    fn names(&self, language: Language) -> bool {
        let votes = self.votes.of(language);
        let most = self.votes.leader().map_or(0, |leader| leader.votes);
        self.hint == Some(language) || self.witness == Some(language) || (votes > 0 && votes + 1 >= most)
    }
}

/// Decides where known words are many.
fn elected(votes: &Votes) -> Option<Verdict> {
    let leader = votes.leader().filter(|leader| leader.votes >= VOTES_MIN && leader.lead >= LEAD_MIN)?;
    Some((Some(leader.language), ELECTED))
}

/// Names the language of a text that has some length and hardly a known word, so that nobody would believe a judge either.
fn strange(case: &Case<'_>) -> Option<Verdict> {
    let guess = case.witness.or(case.votes.leader().map(|leader| leader.language))?;
    let is_heard = UNHEARD.iter().all(|language| case.votes.of(*language) == 0);
    let is_strange = is_heard && case.votes.words >= STRANGE_WORDS_MIN && case.votes.make_strange(guess);
    is_strange.then_some((Some(guess), STRANGE))
}

/// Asks whichlang, which always answers; nothing where it names a language in another script or one not known here.
fn whichlang(text: &str) -> Option<Language> {
    match whichlang::detect_language(&text[..text.floor_char_boundary(WITNESS_BYTES)]) {
        whichlang::Lang::Deu => Some(Language::German),
        whichlang::Lang::Eng => Some(Language::English),
        whichlang::Lang::Fra => Some(Language::French),
        whichlang::Lang::Ita => Some(Language::Italian),
        whichlang::Lang::Nld => Some(Language::Dutch),
        whichlang::Lang::Por => Some(Language::Portuguese),
        whichlang::Lang::Spa => Some(Language::Spanish),
        whichlang::Lang::Tur => Some(Language::Turkish),
        whichlang::Lang::Vie => Some(Language::Vietnamese),
        whichlang::Lang::Ara
        | whichlang::Lang::Cmn
        | whichlang::Lang::Hin
        | whichlang::Lang::Jpn
        | whichlang::Lang::Kor
        | whichlang::Lang::Rus
        | whichlang::Lang::Swe => None,
    }
}

/// Cuts after the last whole word within lingua's share.
fn beginning(text: &str) -> &str {
    let text = text.trim_start_matches(|c| Script::of(c) != Some(Script::Latin));
    let Some((end, _)) = text.char_indices().nth(JUDGE_CHARS) else { return text };
    let whole_words = text[..end].rfind(char::is_whitespace).unwrap_or(end);
    &text[..whole_words]
}

/// Returns lingua's name of a language that shares the Latin script; the others are told by their script.
pub(super) fn in_lingua(language: Language) -> Option<lingua::Language> {
    match language {
        Language::Dutch => Some(lingua::Language::Dutch),
        Language::English => Some(lingua::Language::English),
        Language::French => Some(lingua::Language::French),
        Language::German => Some(lingua::Language::German),
        Language::Indonesian => Some(lingua::Language::Indonesian),
        Language::Italian => Some(lingua::Language::Italian),
        Language::Polish => Some(lingua::Language::Polish),
        Language::Portuguese => Some(lingua::Language::Portuguese),
        Language::Spanish => Some(lingua::Language::Spanish),
        Language::Turkish => Some(lingua::Language::Turkish),
        Language::Vietnamese => Some(lingua::Language::Vietnamese),
        Language::Arabic
        | Language::Cantonese
        | Language::Chinese
        | Language::Hindi
        | Language::Japanese
        | Language::Korean
        | Language::Russian
        | Language::Thai => None,
    }
}
