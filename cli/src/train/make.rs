//! One model: fitted on nine tenths of the rows to calibrate it and to see how well it does, then on all of them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::Result;
use hearken_enrich::language::Language;
use hearken_enrich::model::{CLUES, Grams, Header, HeldOut, LEAN, Line, Model, SIDE, TrainedOn, logistic, logit};
use hearken_schemas::enrichment::{Sentiment, SentimentLabel};

use super::calibrate;
use super::fit::{self, Example, Fitted};
use super::rows::{Label, Row, Voice, weights, with_neutral};
use crate::evaluate::metrics::{Confusion, calibration_error};

/// How often rows are read for one model: two questions, twice.
pub(super) const PASSES: usize = 4 * fit::PASSES;
/// The share of praise among rows that take sides, and of no side among all, that a model is balanced for.
const PRAISE_SHARE: f32 = 0.5;
const NEUTRAL_SHARE: f32 = 1.0 / 3.0;
/// The calibration of a question that no row asks: never.
const NEVER: Line = Line { slope: 0.0, offset: -20.0 };

/// Makes the model of a language and voice; `passed` is called [`PASSES`] times.
///
/// # Errors
/// Where the weights make no model.
pub(super) fn make(
    language: Language,
    voice: Voice,
    grams: Grams,
    rows: &[Row],
    mut passed: impl FnMut(),
) -> Result<Model> {
    let seen: Vec<&Row> = rows.iter().filter(|row| !row.held_out).collect();
    let unseen: Vec<&Row> = rows.iter().filter(|row| row.held_out).collect();
    let all: Vec<&Row> = rows.iter().collect();
    let header = Header {
        language: language.code().to_owned(),
        channels: voice.channels.to_vec(),
        grams,
        scale: [1.0; 2],
        clues: [vec![0.0; CLUES], vec![0.0; CLUES]],
        calibration: [Line::IDENTITY; 2],
        confidence: Line::IDENTITY,
        trained_on: trained_on(&all),
        held_out: Vec::new(),
    };
    let trial = learned(&seen, voice, grams, &mut passed);
    let header = calibrated(&quantized(header, &trial)?, &unseen, voice);
    let held_out = scores(&quantized(header.clone(), &trial)?, &unseen, voice);
    quantized(Header { held_out, ..header }, &learned(&all, voice, grams, &mut passed))
}

/// Returns which way the rows lean that take a side.
fn lean<'r>(rows: &[&'r Row], voice: Voice) -> Vec<Example<'r>> {
    let rows: Vec<&Row> = rows.iter().copied().filter(|row| row.label != Label::Neutral).collect();
    let is = |row: &Row| row.label == Label::Positive;
    let weights = weights(&rows, voice, is, PRAISE_SHARE);
    rows.into_iter().zip(weights).map(|(row, weight)| Example { row, is: is(row), weight }).collect()
}

/// Returns whether rows take no side, of the sources that know such rows.
fn side<'r>(rows: &[&'r Row], voice: Voice) -> Vec<Example<'r>> {
    let known = with_neutral(rows);
    let rows: Vec<&Row> = rows.iter().copied().filter(|row| known.contains(row.source.as_str())).collect();
    let is = |row: &Row| row.label == Label::Neutral;
    let weights = weights(&rows, voice, is, NEUTRAL_SHARE);
    rows.into_iter().zip(weights).map(|(row, weight)| Example { row, is: is(row), weight }).collect()
}

fn learned(rows: &[&Row], voice: Voice, grams: Grams, passed: &mut impl FnMut()) -> [Fitted; 2] {
    [lean(rows, voice), side(rows, voice)].map(|examples| fit::fit(&examples, grams.bits, &mut *passed))
}

/// Rounds weights to one byte each.
fn quantized(header: Header, fitted: &[Fitted; 2]) -> Result<Model> {
    let scale = [LEAN, SIDE].map(|question| {
        let greatest = fitted[question].weights.iter().fold(0f32, |greatest, weight| greatest.max(weight.abs()));
        f64::from(greatest.max(f32::MIN_POSITIVE)) / 127.0
    });
    let byte = |question: usize, at: usize| (f64::from(fitted[question].weights[at]) / scale[question]).round() as i8;
    let weights = (0..1 << header.grams.bits).flat_map(|at| [byte(LEAN, at) as u8, byte(SIDE, at) as u8]).collect();
    let clues = [LEAN, SIDE].map(|question| fitted[question].clues.map(f64::from).to_vec());
    Ok(Model::new(Header { scale, clues, ..header }, Cow::Owned(weights))?)
}

/// Fits the lines that turn values into probabilities, on rows the model has not seen.
fn calibrated(model: &Model, unseen: &[&Row], voice: Voice) -> Header {
    let line = |question: usize, examples: Vec<Example<'_>>| {
        let point = |Example { row, is, weight }| (z(model, row)[question], is, f64::from(weight));
        calibrate::line(&examples.into_iter().map(point).collect::<Vec<_>>()).unwrap_or(NEVER)
    };
    let calibration = [line(LEAN, lean(unseen, voice)), line(SIDE, side(unseen, voice))];
    let header = Header { calibration, ..model.header().clone() };
    let probabilities =
        |row: &Row| [LEAN, SIDE].map(|question| logistic(calibration[question].at(z(model, row)[question])));
    let known = with_neutral(unseen);
    let sure: Vec<_> = unseen
        .iter()
        .filter(|row| voice.reads(row))
        .map(|row| {
            let [positive, neutral] = probabilities(row);
            let (answer, probability) = most_likely(positive, neutral);
            let answer = if known.contains(row.source.as_str()) { answer } else { by_sign(positive - 0.5) };
            (logit(probability), answer == row.label, 1.0)
        })
        .collect();
    Header { confidence: calibrate::line(&sure).unwrap_or(Line::IDENTITY), ..header }
}

fn z(model: &Model, row: &Row) -> [f64; 2] {
    model.ask(&row.letters, row.clue).z
}

fn most_likely(positive: f64, neutral: f64) -> (Label, f64) {
    let (side, probability) =
        if positive >= 0.5 { (Label::Positive, positive) } else { (Label::Negative, 1.0 - positive) };
    let taken = (1.0 - neutral) * probability;
    if neutral > taken { (Label::Neutral, neutral) } else { (side, taken) }
}

fn by_sign(score: f64) -> Label {
    if score > 0.0 { Label::Positive } else { Label::Negative }
}

/// Judges the rows of each source of the voice.
fn scores(model: &Model, unseen: &[&Row], voice: Voice) -> Vec<HeldOut> {
    let known = with_neutral(unseen);
    let mut by_source: BTreeMap<&str, Vec<(Label, Label, f64)>> = BTreeMap::new();
    for row in unseen.iter().filter(|row| voice.reads(row)) {
        let Sentiment { label, score, confidence } = model.sentiment(model.ask(&row.letters, row.clue));
        let answer = match label {
            _ if !known.contains(row.source.as_str()) => by_sign(score),
            SentimentLabel::Negative => Label::Negative,
            SentimentLabel::Positive => Label::Positive,
            SentimentLabel::Neutral | SentimentLabel::Mixed => Label::Neutral,
        };
        by_source.entry(&row.source).or_default().push((row.label, answer, confidence));
    }
    let score = |(source, answers): (&str, Vec<(Label, Label, f64)>)| {
        let confusion: Confusion<'_> =
            answers.iter().map(|(label, answer, _)| (label.as_str(), answer.as_str())).collect();
        // A source that is named here has rows, so it has a share.
        let round = |share: Option<f64>| (share.unwrap_or_default() * 1e4).round() / 1e4;
        HeldOut {
            source: source.to_owned(),
            rows: answers.len() as u64,
            accuracy: round(confusion.accuracy()),
            macro_f1: round(confusion.macro_f1()),
            calibration_error: round(calibration_error(answers.iter().map(|(a, b, sure)| (*sure, a == b)))),
        }
    };
    by_source.into_iter().map(score).collect()
}

fn trained_on(rows: &[&Row]) -> Vec<TrainedOn> {
    let mut counts: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for row in rows {
        *counts.entry((&row.source, &row.licence)).or_default() += 1;
    }
    let named = |((source, licence), rows): ((&str, &str), u64)| TrainedOn {
        source: source.to_owned(),
        licence: licence.to_owned(),
        rows,
    };
    counts.into_iter().map(named).collect()
}
