//! What is asked of a text: what its row must say, and what becomes of the answer.

use hearken_schemas::enrichment::Enrichment;

use super::files::{Format, Row};
use super::metrics::{Confusion, calibration_error};
use super::report::{Figure, Outcome};

/// One of the things that the enricher can be asked.
pub(super) trait Question {
    /// What a row says is right.
    type Label;
    /// What is kept of an answer.
    type Answer;

    /// Tells whether a format can hold what is asked.
    fn reads(format: Format) -> bool;

    /// Reads what is right, or says what the row lacks.
    fn label(&self, row: &Row) -> Result<Self::Label, String>;

    /// Holds the enrichment of a text in `language` against its label.
    fn answer(&self, label: Self::Label, language: &str, enrichment: &Enrichment) -> Self::Answer;
}

/// One answer that is right or wrong.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Verdict<C> {
    /// What is right.
    pub(super) label: C,
    /// What the enricher says.
    pub(super) answer: C,
    /// How sure the enricher says it is.
    pub(super) confidence: f64,
}

impl<C: AsRef<str> + PartialEq> Verdict<C> {
    fn confusion<'c>(verdicts: &[&'c Self]) -> Confusion<'c> {
        verdicts.iter().map(|verdict| (verdict.label.as_ref(), verdict.answer.as_ref())).collect()
    }
}

impl<C: AsRef<str> + PartialEq> Outcome for Verdict<C> {
    fn figures(verdicts: &[&Self]) -> Vec<Figure> {
        let confusion = Self::confusion(verdicts);
        let came_true = verdicts.iter().map(|verdict| (verdict.confidence, verdict.label == verdict.answer));
        vec![
            ("accuracy", confusion.accuracy()),
            ("macro_f1", confusion.macro_f1()),
            ("calibration_error", calibration_error(came_true)),
        ]
    }

    fn mistakes(verdicts: &[&Self]) -> Vec<String> {
        let mistakes = Self::confusion(verdicts).mistakes();
        mistakes.into_iter().map(|(label, answer, count)| format!("{label} → {answer} {count}")).collect()
    }
}
