//! From the values of a linear question to probabilities that mean what they say.

use hearken_enrich::model::{Line, logistic};

/// Newton's method on two numbers needs few steps; this is more than enough.
const STEPS: usize = 100;
/// Keeps a line finite where the answers are cleanly apart.
const RIDGE: f64 = 1e-3;

/// Fits a line from `x` to the logit of `y` (Platt 1999), of triples of x, y and weight; nothing where they do not answer both ways.
pub(super) fn line(points: &[(f64, bool, f64)]) -> Option<Line> {
    if !(points.iter().any(|(_, y, _)| *y) && points.iter().any(|(_, y, _)| !y)) {
        return None;
    }
    let Line { mut slope, mut offset } = Line::IDENTITY;
    for _ in 0..STEPS {
        let (mut gs, mut go, mut ss, mut so, mut oo) = (RIDGE * (slope - 1.0), RIDGE * offset, RIDGE, 0.0, RIDGE);
        for &(x, y, weight) in points {
            let p = logistic(slope * x + offset);
            let error = weight * (p - f64::from(u8::from(y)));
            let bend = weight * p * (1.0 - p);
            gs += error * x;
            go += error;
            ss += bend * x * x;
            so += bend * x;
            oo += bend;
        }
        let determinant = ss * oo - so * so;
        let (by_slope, by_offset) = ((gs * oo - go * so) / determinant, (go * ss - gs * so) / determinant);
        // Damped: a full step may overshoot where most answers are certain.
        slope -= by_slope.clamp(-1.0, 1.0);
        offset -= by_offset.clamp(-1.0, 1.0);
        if by_slope.abs() + by_offset.abs() < 1e-9 {
            break;
        }
    }
    Some(Line { slope, offset })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overconfidence_is_taken_back() {
        // z says e^2 : 1, and 3 of 4 come true: logit(3/4) = ln 3, so the slope is ln 3 / 2.
        let points: Vec<_> =
            (0..4000).map(|n| (if n < 2000 { 2.0 } else { -2.0 }, (n % 4 != 0) == (n < 2000), 1.0)).collect();
        let line = line(&points).unwrap();
        assert!((line.slope - 3f64.ln() / 2.0).abs() < 1e-3 && line.offset.abs() < 1e-3, "{line:?}");
    }

    #[test]
    fn what_is_cleanly_apart_stays_finite() {
        let line = line(&[(1.0, true, 1.0), (-1.0, false, 1.0)]).unwrap();
        assert!(line.slope.is_finite() && line.slope > 1.0, "{line:?}");
        assert_eq!(super::line(&[(1.0, true, 1.0)]), None);
    }
}
