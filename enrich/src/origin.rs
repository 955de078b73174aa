//! Whether a customer's own experience speaks, by the phrases in `origin.toml`.

use serde::Deserialize;

use hearken_schemas::enrichment::Authenticity;
use hearken_schemas::feedback::{Channel, Feedback};

use crate::fold::{self, Simplifier};
use crate::noise;

const PHRASES: &str = include_str!("../origin.toml");

/// The phrases cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("origin.toml cannot be read: {0}")]
pub struct OriginError(String);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    default_praise: Vec<String>,
    repost: Vec<String>,
}

/// Tells texts nobody wrote from those of customers.
pub(crate) struct OriginRules {
    default_praise: Vec<Phrase>,
    repost: Vec<Phrase>,
    /// More letters than any phrase has: further than this no text is read.
    letters_max: usize,
}

struct Phrase {
    letters: String,
    goes_on: bool,
}

impl OriginRules {
    /// Reads the phrases that are part of the binary.
    pub(crate) fn embedded(simplifier: &Simplifier) -> Result<Self, OriginError> {
        let file: File = toml::from_str(PHRASES).map_err(|error| OriginError(error.to_string()))?;
        let phrases = |list: Vec<String>| -> Vec<Phrase> {
            let phrase =
                |text: String| Phrase { letters: letters(&text, simplifier, usize::MAX), goes_on: text.ends_with('*') };
            list.into_iter().map(phrase).collect()
        };
        let (default_praise, repost) = (phrases(file.default_praise), phrases(file.repost));
        let longest = default_praise.iter().chain(&repost).map(|phrase| phrase.letters.chars().count()).max();
        Ok(Self { default_praise, repost, letters_max: longest.unwrap_or(0) + 1 })
    }

    /// Judges a feedback by its text; one without any, such as a rating, is genuine.
    pub(crate) fn judge(&self, feedback: &Feedback, simplifier: &Simplifier) -> Authenticity {
        let matches = |text, phrases: &[Phrase]| {
            let letters = letters(text, simplifier, self.letters_max);
            phrases.iter().any(|phrase| phrase.matches(&letters))
        };
        let own = noise::own_words(&feedback.text);
        let is_repost = feedback.channel == Channel::Social
            && (own.len() < feedback.text.len() && own.trim().is_empty() || matches(own, &self.repost));
        match is_repost {
            true => Authenticity::RepostOnly,
            false if matches(&feedback.text, &self.default_praise) => Authenticity::DefaultPraise,
            false => Authenticity::Genuine,
        }
    }
}

impl Phrase {
    fn matches(&self, letters: &str) -> bool {
        letters.strip_prefix(self.letters.as_str()).is_some_and(|rest| self.goes_on || rest.is_empty())
    }
}

/// Returns the first letters and digits of a text, folded.
fn letters(text: &str, simplifier: &Simplifier, max: usize) -> String {
    let first: String = text.chars().filter(|c| c.is_alphanumeric()).take(max).collect();
    simplifier.fold(&fold::lower(&first)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(channel: &str, text: &str, expected: Authenticity) {
        let feedback = serde_json::json!({
            "feedback_id": "5f0c4e0e-9d5b-5b6e-8f0a-000000000001", "revision": 0, "channel": channel, "source": "s",
            "source_id": "1", "occurred_at": "2026-01-05T10:00:00Z", "received_at": "2026-01-05T10:00:01Z",
            "time_precision": "second",
        "journey_stage": "unmapped", "text": text, "redactions": 0,
        });
        let feedback: Feedback = serde_json::from_value(feedback).unwrap();
        let simplifier = Simplifier::embedded();
        let rules = OriginRules::embedded(&simplifier).unwrap();
        assert_eq!(rules.judge(&feedback, &simplifier), expected, "{text}");
    }

    #[test]
    fn the_platforms_words_are_not_the_customers() {
        for text in [
            "此用户没有填写评价。",
            "此用戶沒有填寫評價",
            "【系统默认好评！】",
            "该用户觉得商品非常好，给出5星好评",
            "评价方未及时做出评价,系统默认好评!",
            "THIS CUSTOMER LEFT NO COMMENT.",
            "コメントなし",
        ] {
            check("review", text, Authenticity::DefaultPraise);
        }
        for text in ["默认好评是什么意思？", "好评", "", "👍", "I left no comment last time, but now: great"]
        {
            check("review", text, Authenticity::Genuine);
        }
    }

    #[test]
    fn a_repost_needs_words_of_its_own() {
        for text in ["//@小王:太差了", "转发微博 //@小王:太差了", "轉發", "Repost"] {
            check("social", text, Authenticity::RepostOnly);
        }
        for text in ["同感//@小王:太差了", "👍//@小王:太差了", "转发给需要的人", ""] {
            check("social", text, Authenticity::Genuine);
        }
        check("review", "转发", Authenticity::Genuine);
    }
}
