//! Kano classes from text: what speaking well of a thing adds to the score, and what speaking ill of it takes away.

use crate::Unfit;
use crate::draws::Draws;
use crate::regression::{Coefficient, fit};
use crate::sample::Sample;

/// A class needs so many mentions of either kind.
pub const MENTIONS_MIN: usize = 30;
/// With a larger part of best ratings there is no room upwards.
pub const BEST_SHARE_MAX: f64 = 0.7;
/// The least part of draws that must agree with a class.
pub const AGREEMENT_MIN: f64 = 0.7;

/// A class of Kano's, as far as text can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Its lack hurts, its presence goes unnoticed.
    MustBe,
    /// Its presence delights, its lack goes unnoticed.
    Attractive,
    /// Both.
    OneDimensional,
    /// Neither.
    Indifferent,
    /// Nearly everybody gave the best rating, so that nothing can add to it.
    Ceiling,
}

impl Class {
    /// Returns how it is written in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MustBe => "M",
            Self::Attractive => "A",
            Self::OneDimensional => "O",
            Self::Indifferent => "I",
            Self::Ceiling => "ceiling: undecided",
        }
    }

    /// Only the penalty counts: must-be; only the reward: attractive.
    fn of(reward: Coefficient, penalty: Coefficient) -> Self {
        match (penalty.is_below(), reward.is_above()) {
            (true, false) => Self::MustBe,
            (false, true) => Self::Attractive,
            (true, true) => Self::OneDimensional,
            (false, false) => Self::Indifferent,
        }
    }
}

/// Where a feature is spoken of, answer by answer.
#[derive(Debug, Clone)]
pub struct Mentions {
    /// Answers that speak well of it.
    pub positive: Vec<bool>,
    /// Answers that speak ill of it; one may do both.
    pub negative: Vec<bool>,
}

/// What text says of a feature.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextKano {
    /// Answers that speak well of it.
    pub positive: usize,
    /// Answers that speak ill of it.
    pub negative: usize,
    /// What speaking well of it adds to the score.
    pub reward: f64,
    /// What speaking ill of it adds to the score: below 0 where it takes away.
    pub penalty: f64,
    /// Its class; nothing with too few mentions, or where the draws do not agree.
    pub class: Option<Class>,
    /// The part of the draws with the class that all answers have; nothing where none was asked for.
    pub agreement: Option<f64>,
}

/// Finds the class of every feature: one regression of the score on all mentions, good and bad apart.
///
/// Returns R² and the features in their order. `best_share` is the part of the answers with the best rating.
///
/// # Errors
/// Where there is too little to fit.
pub fn text_kano(
    score: Vec<f64>,
    features: &[Mentions],
    best_share: f64,
    draws: Draws,
) -> Result<(f64, Vec<TextKano>), Unfit> {
    let column = |told: &Vec<bool>| told.iter().map(|told| f64::from(u8::from(*told))).collect();
    let columns = features.iter().flat_map(|feature| [column(&feature.positive), column(&feature.negative)]).collect();
    let sample = Sample::new(columns, score)?;
    let whole = fit(&sample, &sample.once());
    let classes = |coefficients: &[Coefficient]| -> Vec<Class> {
        coefficients.chunks_exact(2).map(|pair| Class::of(pair[0], pair[1])).collect()
    };
    let first = classes(&whole.coefficients);
    let at_ceiling = best_share > BEST_SHARE_MAX;
    let mut agreeing = vec![0_usize; features.len()];
    if !at_ceiling {
        for times in draws.times(sample.rows()) {
            for (index, class) in classes(&fit(&sample, &times).coefficients).into_iter().enumerate() {
                agreeing[index] += usize::from(class == first[index]);
            }
        }
    }
    let told = |(index, feature): (usize, &Mentions)| {
        let count = |told: &[bool]| told.iter().filter(|told| **told).count();
        let (positive, negative) = (count(&feature.positive), count(&feature.negative));
        let enough = positive.min(negative) >= MENTIONS_MIN;
        let agreement = (enough && !at_ceiling && draws.count > 0).then(|| agreeing[index] as f64 / draws.count as f64);
        let class = match agreement {
            _ if enough && at_ceiling => Some(Class::Ceiling),
            Some(agreement) if agreement >= AGREEMENT_MIN => Some(first[index]),
            Some(_) | None => None,
        };
        let (reward, penalty) = (whole.coefficients[2 * index].value, whole.coefficients[2 * index + 1].value);
        TextKano { positive, negative, reward, penalty, class, agreement }
    };
    Ok((whole.r2, features.iter().enumerate().map(told).collect()))
}

#[cfg(test)]
mod tests {
    use fastrand::Rng;

    use super::*;

    /// A thousand answers about features that each change the score by (reward, penalty); a share of them speaks of each, well or ill.
    fn answers(effects: &[(f64, f64)], share: f64, base: f64) -> (Vec<f64>, Vec<Mentions>) {
        let mut rng = Rng::with_seed(5);
        let mut score = vec![base; 1_000];
        let mut features = Vec::new();
        for (reward, penalty) in effects {
            let mut mentions = Mentions { positive: vec![false; 1_000], negative: vec![false; 1_000] };
            for (row, score) in score.iter_mut().enumerate() {
                if rng.f64() < share {
                    let good = rng.bool();
                    *(if good { &mut mentions.positive[row] } else { &mut mentions.negative[row] }) = true;
                    *score += if good { reward } else { penalty };
                }
            }
            features.push(mentions);
        }
        score.iter_mut().for_each(|score| *score += 0.1 * rng.f64());
        (score, features)
    }

    fn classes(best_share: f64, mention_share: f64) -> Vec<Option<Class>> {
        let (score, features) = answers(&[(0.0, -0.3), (0.3, 0.0), (0.2, -0.2), (0.0, 0.0)], mention_share, 0.5);
        let (_, told) = text_kano(score, &features, best_share, Draws { seed: 1, count: 50 })
            .unwrap_or_else(|error| panic!("{error}"));
        told.iter().map(|told| told.class).collect()
    }

    #[test]
    fn penalty_and_reward_make_the_class() {
        use Class::{Attractive, Ceiling, Indifferent, MustBe, OneDimensional};
        let all = [MustBe, Attractive, OneDimensional, Indifferent].map(Some);
        assert_eq!(classes(0.5, 0.2), all);
        assert_eq!(classes(0.7, 0.2), all, "70 % is not above 70 %");
        assert_eq!(classes(0.71, 0.2), [Some(Ceiling); 4]);
        assert_eq!(classes(0.5, 0.04), [None; 4], "20 mentions of either kind are too few");
        assert_eq!(classes(0.9, 0.04), [None; 4]);
    }

    #[test]
    fn effects_are_the_ones_that_were_put_in() {
        let (score, features) = answers(&[(0.2, -0.4)], 0.3, 0.5);
        let (r2, told) =
            text_kano(score, &features, 0.0, Draws { seed: 1, count: 20 }).unwrap_or_else(|error| panic!("{error}"));
        let TextKano { reward, penalty, agreement, .. } = told[0];
        assert!((reward - 0.2).abs() < 0.01 && (penalty + 0.4).abs() < 0.01 && r2 > 0.9, "{told:?} {r2}");
        assert_eq!(agreement, Some(1.0));
    }

    #[test]
    fn draws_that_disagree_leave_the_class_open() {
        // A reward so small that half of the draws miss it.
        let (mut score, features) = answers(&[(0.0, -0.3)], 0.2, 0.5);
        for (row, score) in score.iter_mut().enumerate() {
            *score += if features[0].positive[row] { 0.011 } else { 0.0 };
        }
        let (_, told) =
            text_kano(score, &features, 0.0, Draws { seed: 1, count: 200 }).unwrap_or_else(|error| panic!("{error}"));
        let agreement = told[0].agreement.unwrap_or_default();
        assert!((0.3..AGREEMENT_MIN).contains(&agreement) && told[0].class.is_none(), "{told:?}");
    }
}
