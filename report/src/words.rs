//! Every sentence of the page, once in each language: one table a language, of one type, so that neither can lack a word.

mod chinese;
mod english;

use serde::Serialize;

pub(crate) use chinese::CHINESE;
pub(crate) use english::ENGLISH;

/// A section's title, and what it says in a sentence.
type Heading = [&'static str; 2];

/// The page's sentences; `{name}` is a blank that a value is laid over.
#[derive(Debug, Serialize)]
pub(crate) struct Words {
    // The page.
    pub(crate) title: &'static str,
    pub(crate) contents: &'static str,
    pub(crate) window_line: &'static str,
    pub(crate) generated: &'static str,
    pub(crate) nobody_yet: &'static str,
    pub(crate) no_brands: &'static str,
    pub(crate) feedback: &'static str,
    pub(crate) excluded: &'static str,
    pub(crate) excluded_hint: &'static str,
    pub(crate) before_hint: &'static str,
    pub(crate) judged_hint: &'static str,
    pub(crate) net_sentiment: &'static str,
    pub(crate) known: &'static str,
    pub(crate) known_hint: &'static str,
    pub(crate) source: &'static str,
    pub(crate) what_it_means: &'static str,
    pub(crate) notes_title: &'static str,
    // Words of several sections.
    pub(crate) not_measured: &'static str,
    pub(crate) nothing_before: &'static str,
    pub(crate) not_clear: &'static str,
    pub(crate) percentage_points: &'static str,
    pub(crate) interval: &'static str,
    pub(crate) change: &'static str,
    pub(crate) mentions: &'static str,
    pub(crate) net: &'static str,
    pub(crate) positive: &'static str,
    pub(crate) negative: &'static str,
    pub(crate) neutral_or_mixed: &'static str,
    pub(crate) sample: &'static str,
    pub(crate) what: &'static str,
    pub(crate) when: &'static str,
    pub(crate) only_some: &'static str,
    pub(crate) customers: &'static str,
    // In brief.
    pub(crate) brief: &'static str,
    pub(crate) brief_empty: &'static str,
    pub(crate) brief_rose: &'static str,
    pub(crate) brief_fell: &'static str,
    pub(crate) metric_of_kind: &'static str,
    pub(crate) brief_blamed: &'static str,
    pub(crate) brief_driver: &'static str,
    pub(crate) brief_incidents: &'static str,
    pub(crate) brief_risk: &'static str,
    pub(crate) brief_actions: &'static str,
    // Scores.
    pub(crate) scores: Heading,
    pub(crate) scores_empty: &'static str,
    pub(crate) score: &'static str,
    pub(crate) value: &'static str,
    pub(crate) answers: &'static str,
    pub(crate) on_scale: &'static str,
    pub(crate) responses: &'static str,
    pub(crate) response_line: &'static str,
    // Sentiment by day.
    pub(crate) sentiment: Heading,
    pub(crate) sentiment_empty: &'static str,
    pub(crate) net_with_band: &'static str,
    pub(crate) model_begins: &'static str,
    // Journey.
    pub(crate) journey: Heading,
    pub(crate) journey_empty: &'static str,
    pub(crate) stage: &'static str,
    pub(crate) visits: &'static str,
    pub(crate) bounce: &'static str,
    pub(crate) conversion: &'static str,
    pub(crate) all_measured: &'static str,
    pub(crate) some_unmeasured: &'static str,
    // Indicators.
    pub(crate) indicators: Heading,
    pub(crate) indicators_empty: &'static str,
    pub(crate) indicator: &'static str,
    pub(crate) weight: &'static str,
    pub(crate) actual: &'static str,
    pub(crate) target: &'static str,
    pub(crate) gap: &'static str,
    pub(crate) score_of_hundred: &'static str,
    pub(crate) coverage: &'static str,
    // Topics.
    pub(crate) topics: Heading,
    pub(crate) topics_empty: &'static str,
    pub(crate) topic: &'static str,
    pub(crate) negative_neutral_positive: &'static str,
    pub(crate) before: &'static str,
    pub(crate) in_their_words: &'static str,
    pub(crate) blame_line: &'static str,
    pub(crate) impact_title: &'static str,
    pub(crate) impact_hint: &'static str,
    pub(crate) impact: &'static str,
    pub(crate) nps_with_and_without: &'static str,
    // Channels.
    pub(crate) channels: Heading,
    pub(crate) channels_empty: &'static str,
    pub(crate) against_the_others: &'static str,
    // Drivers.
    pub(crate) drivers: Heading,
    pub(crate) drivers_empty: &'static str,
    pub(crate) run_line: &'static str,
    pub(crate) performance_scale: &'static str,
    pub(crate) performance_text: &'static str,
    pub(crate) performance: &'static str,
    pub(crate) importance: &'static str,
    pub(crate) driver: &'static str,
    pub(crate) share_of_explained: &'static str,
    pub(crate) direction: &'static str,
    pub(crate) advice: &'static str,
    pub(crate) not_significant: &'static str,
    // Kano.
    pub(crate) kano: Heading,
    pub(crate) kano_empty: &'static str,
    pub(crate) better: &'static str,
    pub(crate) worse: &'static str,
    pub(crate) better_short: &'static str,
    pub(crate) worse_short: &'static str,
    pub(crate) feature: &'static str,
    pub(crate) from_survey: &'static str,
    pub(crate) from_text: &'static str,
    pub(crate) counts: &'static str,
    pub(crate) not_asked: &'static str,
    // Keywords.
    pub(crate) keywords: Heading,
    pub(crate) keywords_empty: &'static str,
    pub(crate) cloud_legend: &'static str,
    pub(crate) trend_line: &'static str,
    // Incidents.
    pub(crate) incidents: Heading,
    pub(crate) incidents_empty: &'static str,
    pub(crate) in_the_window: &'static str,
    pub(crate) peak: &'static str,
    pub(crate) until: &'static str,
    pub(crate) still_open: &'static str,
    pub(crate) bursts: &'static str,
    pub(crate) bursts_hint: &'static str,
    pub(crate) posts: &'static str,
    pub(crate) accounts: &'static str,
    pub(crate) judgement: &'static str,
    pub(crate) coordinated: &'static str,
    pub(crate) not_coordinated: &'static str,
    // Brands.
    pub(crate) brands: Heading,
    pub(crate) brands_empty: &'static str,
    pub(crate) brand: &'static str,
    pub(crate) share_of_voice: &'static str,
    pub(crate) rating: &'static str,
    pub(crate) own: &'static str,
    pub(crate) competitor: &'static str,
    // Revenue at risk.
    pub(crate) risk: Heading,
    pub(crate) risk_empty: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) exposed: &'static str,
    pub(crate) without_rate: &'static str,
    pub(crate) no_rate: &'static str,
    pub(crate) who_first: &'static str,
    pub(crate) customer: &'static str,
    pub(crate) revenue: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) nobody: &'static str,
    pub(crate) said: &'static str,
    // What became of customers.
    pub(crate) after: Heading,
    pub(crate) after_empty: &'static str,
    pub(crate) they_sounded: &'static str,
    pub(crate) stayed: &'static str,
    pub(crate) stayed_left_unknown: &'static str,
    pub(crate) known_share: &'static str,
    pub(crate) last_words: &'static str,
    pub(crate) last_words_hint: &'static str,
    pub(crate) last_order: &'static str,
    // Actions.
    pub(crate) actions: Heading,
    pub(crate) actions_empty: &'static str,
    pub(crate) before_after: &'static str,
    pub(crate) others_before_after: &'static str,
    pub(crate) effect: &'static str,
    pub(crate) verdict: &'static str,
    pub(crate) since: &'static str,
    // The notes.
    pub(crate) docs: &'static str,
    /// What holds for all numbers.
    pub(crate) rules: [&'static str; 5],
    /// Of each section its id, its title, and what its numbers mean.
    pub(crate) notes: [(&'static str, &'static str, &'static str); 14],
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// Words that are the same in both languages.
    const SAME: [&str; 5] = ["metric_of_kind", "score_of_hundred", "better_short", "worse_short", "trend_line"];

    /// Returns every sentence with its name.
    fn sentences(words: &Words) -> Vec<(String, String)> {
        fn collect(name: &str, value: &Value, into: &mut Vec<(String, String)>) {
            match value {
                Value::String(sentence) => into.push((name.to_owned(), sentence.clone())),
                Value::Array(list) => {
                    list.iter().enumerate().for_each(|(index, value)| collect(&format!("{name}.{index}"), value, into))
                }
                Value::Object(fields) => fields.iter().for_each(|(field, value)| collect(field, value, into)),
                Value::Null | Value::Bool(_) | Value::Number(_) => panic!("{name} is no sentence"),
            }
        }
        let mut all = Vec::new();
        collect("", &serde_json::to_value(words).unwrap(), &mut all);
        all
    }

    fn blanks(sentence: &str) -> BTreeSet<&str> {
        sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn both_languages_have_every_sentence_with_the_same_blanks() {
        let (chinese, english) = (sentences(&CHINESE), sentences(&ENGLISH));
        assert_eq!(chinese.len(), english.len());
        let han = |sentence: &str| sentence.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
        for ((name, chinese), (same, english)) in chinese.iter().zip(&english) {
            assert_eq!(name, same);
            assert!(!chinese.trim().is_empty() && !english.trim().is_empty(), "{name} is empty");
            assert_eq!(blanks(chinese), blanks(english), "{name}");
            // The ids of sections are no words.
            let is_id = name.starts_with("notes.") && name.ends_with(".0");
            if !is_id && !SAME.contains(&name.as_str()) {
                assert!(han(chinese), "{name} is not Chinese: {chinese}");
                assert!(!han(english), "{name} is not English: {english}");
            }
        }
    }
}
