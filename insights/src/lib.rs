//! What drives a score, and how: arithmetic on columns of numbers, nothing else.
//!
//! Layout: `sample` holds the columns and their correlations, `matrix` the linear algebra; `weights` (Johnson's relative weights),
//! `shapley` (Lindeman, Merenda and Gold) and `regression` (least squares) are the methods, `draws` the bootstrap; `drivers` and `kano` are the
//! two questions asked.
//!
//! Invariants: no clock, no I/O, no randomness but the seed that is an argument; the same input gives the same answer; whatever the columns
//! are (constant, equal, one a sum of others) no answer is NaN or infinite. What a driver is called is the caller's business.

pub mod draws;
pub mod drivers;
pub mod kano;
pub mod matrix;
pub mod regression;
pub mod sample;
pub mod shapley;
pub mod weights;

use thiserror::Error;

/// Why nothing can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unfit {
    /// Too few rows for so many columns.
    #[error("{rows} answers; at least {needed} are needed")]
    TooFew {
        /// How many there are.
        rows: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Everybody gave the same score.
    #[error("everybody gave the same score")]
    Constant,
    /// There is no column to explain the score by.
    #[error("nothing to explain the score by")]
    NoDrivers,
    /// Columns of unequal length, or a number that is not finite.
    #[error("columns differ in length, or hold a number that is not finite")]
    Ragged,
}
