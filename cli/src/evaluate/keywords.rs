//! Whether the terms that people chose for a text are among the first.

use hearken_enrich::language::Language;
use hearken_enrich::tokens::Tokenizer;
use hearken_schemas::enrichment::Enrichment;

use super::files::{Format, Row};
use super::metrics::{f1_at, mean};
use super::question::Question;
use super::report::{Figure, Outcome};

/// As many terms as are judged.
pub(super) const KEYWORDS_MAX: usize = 10;

/// What is it about?
#[derive(Default)]
pub(super) struct Keywords {
    tokenizer: Tokenizer,
}

/// How far the first terms of one text are those that were expected.
#[derive(Debug)]
pub(super) struct Ranking {
    f1_at_5: f64,
    f1_at_10: f64,
}

impl Outcome for Ranking {
    fn figures(rankings: &[&Self]) -> Vec<Figure> {
        vec![
            ("f1_at_5", mean(rankings.iter().map(|ranking| ranking.f1_at_5))),
            ("f1_at_10", mean(rankings.iter().map(|ranking| ranking.f1_at_10))),
        ]
    }

    fn mistakes(_: &[&Self]) -> Vec<String> {
        Vec::new()
    }
}

impl Question for Keywords {
    type Label = Vec<String>;
    type Answer = Ranking;

    fn reads(format: Format) -> bool {
        matches!(format, Format::Jsonl | Format::Tsv | Format::Documents)
    }

    fn label(&self, row: &Row) -> Result<Vec<String>, String> {
        let terms = row.keywords.as_deref().ok_or("no `keywords`")?;
        let terms: Vec<String> = terms.iter().filter(|term| !term.trim().is_empty()).cloned().collect();
        if terms.is_empty() { Err("an empty list of keywords: nothing can be found".to_owned()) } else { Ok(terms) }
    }

    fn answer(&self, label: Vec<String>, language: &str, enrichment: &Enrichment) -> Ranking {
        let language = Language::from_tag(language);
        let expected = self.stems(label.iter().map(String::as_str), language);
        let answers = self.stems(enrichment.keywords.iter().map(|keyword| keyword.term.as_str()), language);
        Ranking { f1_at_5: f1_at(5, &expected, &answers), f1_at_10: f1_at(10, &expected, &answers) }
    }
}

impl Keywords {
    /// Brings terms into the form in which they are compared, each once: lower case, half width, hyphens as spaces, and every
    /// word stemmed as the enricher stems it.
    fn stems<'t>(&self, terms: impl Iterator<Item = &'t str>, language: Option<Language>) -> Vec<String> {
        let mut stems = Vec::new();
        for term in terms {
            let tokens = self.tokenizer.tokenize(term, language);
            let words = tokens.lower().split(|c: char| c.is_whitespace() || "-‐‑–".contains(c));
            let words = words.filter(|word| !word.is_empty()).map(|word| tokens.stem(word));
            let stem = words.collect::<Vec<_>>().join(" ");
            if !stems.contains(&stem) {
                stems.push(stem);
            }
        }
        stems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: &str, terms: &[&str], expected: &[&str]) {
        let stems = Keywords::default().stems(terms.iter().copied(), Language::from_tag(language));
        assert_eq!(stems, expected);
    }

    #[test]
    fn terms_meet_in_their_stems() {
        check(
            "en",
            &["Low-Pass\n\tFilters", "low pass filter", "falcon 9", "Qwest's"],
            &["low pass filter", "falcon 9", "qwest"],
        );
        check("zh", &["Lyapunov函数", "lyapunov函数", "ＣＰＵ"], &["lyapunov函数", "cpu"]);
        check("und", &["Filters"], &["filters"]);
    }

    #[test]
    fn a_text_without_terms_cannot_be_judged() {
        let label = |keywords| Keywords::default().label(&Row { keywords, ..Row::default() });
        assert_eq!(label(None), Err("no `keywords`".to_owned()));
        assert!(label(Some(vec![" ".to_owned()])).is_err());
        assert_eq!(label(Some(vec!["a".to_owned(), String::new()])), Ok(vec!["a".to_owned()]));
    }
}
