//! From values to pixels.

/// A straight mapping of values to pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    low: f64,
    high: f64,
    start: f64,
    end: f64,
}

impl Scale {
    /// Maps `low` to the pixel `start` and `high` to `end`.
    pub(crate) fn new((low, high): (f64, f64), (start, end): (f64, f64)) -> Self {
        Self { low, high, start, end }
    }

    /// Returns the pixel of a value, which stays between the ends.
    pub(crate) fn at(&self, value: f64) -> f64 {
        let extent = self.high - self.low;
        let part = if extent > 0.0 { ((value - self.low) / extent).clamp(0.0, 1.0) } else { 0.5 };
        self.start + if part.is_finite() { part } else { 0.5 } * (self.end - self.start)
    }
}

/// Returns the distance of round marks, such as 1, 2 or 5 times a power of ten, about `marks` of them over the extent.
pub(crate) fn step(extent: f64, marks: f64) -> f64 {
    let raw = extent / marks.max(1.0);
    if !raw.is_finite() || raw <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(raw.log10().floor());
    let lead = raw / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| lead <= *round).unwrap_or(10.0);
    round * power
}

/// Returns round marks within the ends, both ends included where they are round; never more than a hundred.
pub(crate) fn marks((low, high): (f64, f64), about: f64) -> Vec<f64> {
    let step = step(high - low, about);
    let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
    let count = (last - first).clamp(0.0, 100.0) as i64;
    if !(first.is_finite() && last >= first) {
        return Vec::new();
    }
    (0..=count).map(|index| (first + index as f64) * step).collect()
}

/// Returns the extent of the values, wider by a part of itself, within the ends.
pub(crate) fn extent(values: impl Iterator<Item = f64>, within: (f64, f64)) -> (f64, f64) {
    let finite = values.filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return within;
    }
    let margin = ((high - low) * 0.12).max((within.1 - within.0) * 0.03);
    ((low - margin).max(within.0), (high + margin).min(within.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_pixels_and_marks_are_round() {
        let scale = Scale::new((0.0, 10.0), (100.0, 0.0));
        assert_eq!(
            [0.0, 5.0, 10.0, 99.0, -1.0, f64::NAN].map(|value| scale.at(value)),
            [100.0, 50.0, 0.0, 0.0, 100.0, 50.0]
        );
        assert_eq!(Scale::new((1.0, 1.0), (0.0, 10.0)).at(1.0), 5.0);
        assert_eq!(marks((0.0, 430.0), 4.0), [0.0, 200.0, 400.0]);
        assert_eq!(marks((-1.0, 1.0), 4.0), [-1.0, -0.5, 0.0, 0.5, 1.0]);
        assert_eq!(marks((0.0, 0.0), 4.0), [0.0]);
        assert_eq!(marks((f64::NAN, 1.0), 4.0), Vec::<f64>::new());
        assert_eq!(extent([0.2, 0.4].into_iter(), (-1.0, 1.0)).1, 0.46);
        assert_eq!(extent([].into_iter(), (0.0, 1.0)), (0.0, 1.0));
    }
}
