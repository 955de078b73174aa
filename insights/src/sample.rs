//! Columns of numbers, and how they move together.

use crate::Unfit;
use crate::matrix::Symmetric;

/// What is left of a column's variance in a draw where it is constant: rounding.
const NO_VARIANCE: f64 = 1e-9;

/// The drivers and the score of every answer, column by column.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Each column less its mean, the score's last.
    columns: Vec<Vec<f64>>,
    variances: Vec<f64>,
}

impl Sample {
    /// Takes the columns.
    ///
    /// # Errors
    /// Where there is no driver, a column has another length than the score or a number that is not finite, there are fewer than 30 answers or
    /// ten for each column, or everybody gave the same score.
    pub fn new(drivers: Vec<Vec<f64>>, score: Vec<f64>) -> Result<Self, Unfit> {
        let (rows, needed) = (score.len(), 30.max(10 * drivers.len()));
        if drivers.is_empty() {
            return Err(Unfit::NoDrivers);
        }
        if rows < needed {
            return Err(Unfit::TooFew { rows, needed });
        }
        let mut columns = drivers;
        columns.push(score);
        if columns.iter().any(|column| column.len() != rows || column.iter().any(|value| !value.is_finite())) {
            return Err(Unfit::Ragged);
        }
        for column in &mut columns {
            let mean = column.iter().sum::<f64>() / rows as f64;
            column.iter_mut().for_each(|value| *value -= mean);
        }
        let variance = |column: &Vec<f64>| column.iter().map(|value| value * value).sum::<f64>() / rows as f64;
        let mut sample = Self { variances: columns.iter().map(variance).collect(), columns };
        for (column, variance) in sample.columns.iter().zip(&mut sample.variances) {
            // A constant less its mean may leave rounding behind.
            if !variance.is_finite() || column.iter().all(|value| *value == column[0]) {
                *variance = 0.0;
            }
        }
        if sample.variances.last().is_none_or(|variance| *variance <= 0.0) {
            return Err(Unfit::Constant);
        }
        Ok(sample)
    }

    /// Returns how many answers there are.
    pub fn rows(&self) -> usize {
        self.columns.last().map_or(0, Vec::len)
    }

    /// Returns how many drivers there are.
    pub fn drivers(&self) -> usize {
        self.columns.len() - 1
    }

    /// Puts another driver behind the others, as long as they are.
    pub fn with_driver(&self, driver: Vec<f64>) -> Result<Self, Unfit> {
        let mut drivers = self.columns.clone();
        let score = drivers.pop().unwrap_or_default();
        drivers.push(driver);
        Self::new(drivers, score)
    }

    /// Returns every answer once.
    pub fn once(&self) -> Vec<f64> {
        vec![1.0; self.rows()]
    }

    /// Returns the covariances of all columns, the score last, each answer as often as `times` says.
    pub fn covariances(&self, times: &[f64]) -> Symmetric {
        let all: f64 = times.iter().sum::<f64>().max(1.0);
        let weighted: Vec<Vec<f64>> = self
            .columns
            .iter()
            .map(|column| column.iter().zip(times).map(|(value, times)| value * times).collect())
            .collect();
        let means: Vec<f64> = weighted.iter().map(|column| column.iter().sum::<f64>() / all).collect();
        Symmetric::new(self.columns.len(), |row, column| {
            let product: f64 = weighted[row].iter().zip(&self.columns[column]).map(|(a, b)| a * b).sum();
            let covariance = product / all - means[row] * means[column];
            let constant = row == column && covariance <= NO_VARIANCE * self.variances[row];
            if constant { 0.0 } else { covariance }
        })
    }

    /// Returns the correlations in such a draw.
    pub fn correlations(&self, times: &[f64]) -> Correlations {
        Correlations::of(&self.covariances(times))
    }
}

/// How drivers correlate with each other and with the score. A driver that is constant correlates with nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlations {
    /// Of the drivers; 1 on the diagonal.
    pub between: Symmetric,
    /// Of each driver with the score.
    pub with_score: Vec<f64>,
}

impl Correlations {
    fn of(covariances: &Symmetric) -> Self {
        let score = covariances.size() - 1;
        let correlation = |row: usize, column: usize| {
            let spread = (covariances.get(row, row) * covariances.get(column, column)).sqrt();
            if spread > 0.0 { (covariances.get(row, column) / spread).clamp(-1.0, 1.0) } else { 0.0 }
        };
        let between = Symmetric::new(score, |row, column| if row == column { 1.0 } else { correlation(row, column) });
        Self { between, with_score: (0..score).map(|driver| correlation(driver, score)).collect() }
    }

    /// Returns them without the last driver.
    pub fn without_last(&self) -> Self {
        let count = self.with_score.len().saturating_sub(1);
        let between = Symmetric::new(count, |row, column| self.between.get(row, column));
        Self { between, with_score: self.with_score[..count].to_vec() }
    }
}
