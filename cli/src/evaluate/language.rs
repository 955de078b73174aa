//! Whether languages are told right.

use hearken_schemas::enrichment::Enrichment;

use super::files::{Format, Row};
use super::question::{Question, Verdict};

/// Which language is it?
pub(super) struct Languages;

impl Question for Languages {
    type Label = String;
    type Answer = Verdict<String>;

    fn reads(format: Format) -> bool {
        matches!(format, Format::Jsonl | Format::Lines)
    }

    fn label(&self, row: &Row) -> Result<String, String> {
        let tag = row.lang.as_deref().ok_or("no `lang`, and --lang gives none")?;
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        let is_tag = (2..=3).contains(&primary.len()) && primary.bytes().all(|byte| byte.is_ascii_alphabetic());
        if is_tag { Ok(class(tag)) } else { Err(format!("language {tag:?} is no BCP 47 tag such as en or zh-Hans")) }
    }

    fn answer(&self, label: String, _: &str, enrichment: &Enrichment) -> Verdict<String> {
        let answer = class(&enrichment.language);
        // A label that leaves the script open is met by either.
        let is_open = label == "zh" && answer.starts_with("zh-");
        let answer = if is_open { label.clone() } else { answer };
        Verdict { label, answer, confidence: enrichment.language_confidence }
    }
}

/// Returns what is told apart of a BCP 47 tag: the language, and of Chinese the script, where tag or region say it.
fn class(tag: &str) -> String {
    let tag = tag.to_lowercase();
    let mut subtags = tag.split(['-', '_']);
    let primary = subtags.next().unwrap_or_default();
    let script = subtags.find_map(|subtag| match subtag {
        "hans" | "cn" | "sg" => Some("Hans"),
        "hant" | "tw" | "hk" | "mo" => Some("Hant"),
        _ => None,
    });
    match script.filter(|_| primary == "zh") {
        Some(script) => format!("zh-{script}"),
        None => primary.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearken_schemas::enrichment::{Authenticity, Sentiment, SentimentLabel};

    fn label(lang: Option<&str>) -> Result<String, String> {
        Languages.label(&Row { lang: lang.map(str::to_owned), ..Row::default() })
    }

    fn is_right(lang: &str, language: &str) -> bool {
        let enrichment: Enrichment = serde_json::from_value(serde_json::json!({
            "enricher_version": 1, "language": language, "language_confidence": 0.5, "keywords": [], "aspects": [],
            "sentiment": Sentiment { label: SentimentLabel::Neutral, score: 0.0, confidence: 0.0 },
            "origin": Authenticity::Genuine,
        }))
        .expect("an enrichment");
        let verdict = Languages.answer(label(Some(lang)).expect("a tag"), lang, &enrichment);
        verdict.label == verdict.answer
    }

    #[test]
    fn languages_are_told_apart_as_far_as_the_label_does() {
        for (lang, language, right) in [
            ("en", "en", true),
            ("en-GB", "en", true),
            ("pt_BR", "pt", true),
            ("en", "nl", false),
            ("en", "und", false),
            ("und", "und", true),
            ("zh", "zh", true),
            ("zh", "zh-Hant", true),
            ("zh", "yue-Hant", false),
            ("zh-Hans", "zh-Hans", true),
            ("zh-CN", "zh-Hans", true),
            ("zh-Hans", "zh-Hant", false),
            ("zh-Hans", "zh", false),
            ("zh-TW", "zh-Hant-HK", true),
            ("yue", "yue-Hant", true),
            ("yue-Hant", "zh-Hant", false),
        ] {
            assert_eq!(is_right(lang, language), right, "{lang}, answered {language}");
        }
    }

    #[test]
    fn a_label_is_a_tag() {
        assert!(label(None).is_err_and(|problem| problem.contains("--lang")));
        assert!(label(Some("English")).is_err_and(|problem| problem.contains("\"English\"")));
        assert!(label(Some("")).is_err());
    }
}
