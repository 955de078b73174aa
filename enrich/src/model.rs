//! A trained model of feelings: two linear questions over hashed n-grams, asked in one pass.
//!
//! The first is which way a text leans, `z₁ > 0` for praise; the second whether it takes a side at all, `z₂ > 0` for none. Each is
//!
//! `z = scale · Σ weights / √n + clues[clue]`
//!
//! over the n features of the text, with one byte a weight and the clue that the lexicon's reading gives, so that a negation
//! which spans more than an n-gram counts. Probabilities are logistic functions of `z`; the sums are of integers and the
//! exponential is software, so every machine finds the same.
//!
//! A file is the line [`MAGIC`], one line of JSON (the [`Header`]: what it was trained on and how well it does), and the weights: two
//! bytes, lean and side, for each of 2^bits features.

mod features;
mod set;

use std::borrow::Cow;

use hearken_schemas::enrichment::{Sentiment, SentimentLabel};
use hearken_schemas::feedback::Channel;
use serde::{Deserialize, Serialize};

pub use features::{Grams, Letters};
pub use set::{ModelFile, Models};

/// The first line of a model.
pub const MAGIC: &str = "hearken sentiment 1\n";
/// How many different clues a reading gives.
pub const CLUES: usize = 24;

/// The two questions, in the order of weights.
pub const LEAN: usize = 0;
/// Whether a text takes no side.
pub const SIDE: usize = 1;

/// A straight line, such as the one of Platt (1999) from a score to the logit of a probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What one more gives.
    pub slope: f64,
    /// What 0 gives.
    pub offset: f64,
}

impl Line {
    /// The line that changes nothing.
    pub const IDENTITY: Self = Self { slope: 1.0, offset: 0.0 };

    /// Returns the line's value at `x`.
    pub fn at(self, x: f64) -> f64 {
        self.slope * x + self.offset
    }
}

/// One source of the rows that a model was trained on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrainedOn {
    /// Its name.
    pub source: String,
    /// Its licence class; `own` where the rows did not say.
    pub licence: String,
    /// How many rows.
    pub rows: u64,
}

/// How well a model does on rows of a source that it was not trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// The source.
    pub source: String,
    /// How many rows.
    pub rows: u64,
    /// The share of right answers, from 0 to 1; by the sign of the score where no row of the source is neutral.
    pub accuracy: f64,
    /// The mean F1 of the classes, from 0 to 1.
    pub macro_f1: f64,
    /// The expected calibration error, from 0 to 1.
    pub calibration_error: f64,
}

/// What a model says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// ISO 639-1 code of the language it reads.
    pub language: String,
    /// The channels it reads.
    pub channels: Vec<Channel>,
    /// What it reads of a text.
    pub grams: Grams,
    /// What one step of a weight stands for, for each question.
    pub scale: [f64; 2],
    /// What each clue adds, for each question.
    pub clues: [Vec<f64>; 2],
    /// From `z` to the logit of a probability, for each question.
    pub calibration: [Line; 2],
    /// From the logit of the greatest probability to that of being right.
    pub confidence: Line,
    /// The rows.
    pub trained_on: Vec<TrainedOn>,
    /// Scores on rows left out.
    pub held_out: Vec<HeldOut>,
}

/// Why a file is no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Something else.
    #[error("is no sentiment model: it does not begin with {:?}; train one with `hearken train sentiment`", MAGIC.trim_end())]
    Magic,
    /// The header cannot be read.
    #[error("has a header that cannot be read: {0}; train it again with `hearken train sentiment`")]
    Header(String),
    /// The weights are not as many as the header says.
    #[error("is cut short or too long: {found} bytes of weights where the header says {expected}; copy it again")]
    Length {
        /// What the header says.
        expected: usize,
        /// What there is.
        found: usize,
    },
}

/// A trained model; weights may lie in the binary.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    header: Header,
    weights: Cow<'static, [u8]>,
}

/// The values of the two questions for one text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answers {
    /// For each question.
    pub z: [f64; 2],
}

impl Model {
    /// Puts a model together.
    ///
    /// # Errors
    /// Where weights or clues are not as many as the header says.
    pub fn new(header: Header, weights: Cow<'static, [u8]>) -> Result<Self, ModelError> {
        if !(1..=24).contains(&header.grams.bits) {
            return Err(ModelError::Header(format!("{} bits, not 1 to 24", header.grams.bits)));
        }
        if header.clues.iter().any(|clues| clues.len() != CLUES) {
            return Err(ModelError::Header(format!("not {CLUES} clues")));
        }
        let expected = 2 << header.grams.bits;
        let found = weights.len();
        if found == expected { Ok(Self { header, weights }) } else { Err(ModelError::Length { expected, found }) }
    }

    /// Reads a model's file.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(bytes: Cow<'static, [u8]>) -> Result<Self, ModelError> {
        let rest = bytes.strip_prefix(MAGIC.as_bytes()).ok_or(ModelError::Magic)?;
        let end = rest.iter().position(|byte| *byte == b'\n').ok_or(ModelError::Magic)?;
        let header = serde_json::from_slice(&rest[..end]).map_err(|error| ModelError::Header(error.to_string()))?;
        let at = MAGIC.len() + end + 1;
        let weights = match bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(&bytes[at..]),
            Cow::Owned(bytes) => Cow::Owned(bytes[at..].to_vec()),
        };
        Self::new(header, weights)
    }

    /// Returns the model's file.
    ///
    /// # Errors
    /// Where the header holds a number that JSON has not, such as infinity.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelError> {
        let header = serde_json::to_string(&self.header).map_err(|error| ModelError::Header(error.to_string()))?;
        Ok([MAGIC.as_bytes(), header.as_bytes(), b"\n", &self.weights].concat())
    }

    /// Returns what the model says of itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Asks both questions of a text.
    pub fn ask(&self, letters: &Letters, clue: usize) -> Answers {
        let mut sums = [0i64; 2];
        let mut n = 0u32;
        letters.features(self.header.grams, |feature| {
            let at = 2 * feature as usize;
            sums[LEAN] += i64::from(self.weights[at] as i8);
            sums[SIDE] += i64::from(self.weights[at + 1] as i8);
            n += 1;
        });
        let norm = f64::from(n.max(1)).sqrt();
        let z = |question: usize| {
            let Header { scale, clues, .. } = &self.header;
            scale[question] * sums[question] as f64 / norm + clues[question].get(clue).copied().unwrap_or(0.0)
        };
        Answers { z: [z(LEAN), z(SIDE)] }
    }

    /// Turns answers into a feeling, never mixed: that is for the clauses to say.
    pub fn sentiment(&self, answers: Answers) -> Sentiment {
        let [lean, side] = &self.header.calibration;
        let positive = logistic(lean.at(answers.z[LEAN]));
        let neutral = logistic(side.at(answers.z[SIDE]));
        let taken = 1.0 - neutral;
        let (label, probability) = [
            (SentimentLabel::Negative, taken * (1.0 - positive)),
            (SentimentLabel::Neutral, neutral),
            (SentimentLabel::Positive, taken * positive),
        ]
        .into_iter()
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((SentimentLabel::Neutral, neutral));
        let confidence = logistic(self.header.confidence.at(logit(probability)));
        Sentiment { label, score: taken * (2.0 * positive - 1.0), confidence }
    }
}

/// Returns `1 / (1 + e^−x)`.
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x.clamp(-40.0, 40.0)))
}

/// Returns `ln(p / (1 − p))`, of 0 and 1 what is nearly so.
pub fn logit(p: f64) -> f64 {
    let p = p.clamp(1e-6, 1.0 - 1e-6);
    libm::log(p / (1.0 - p))
}
