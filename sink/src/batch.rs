//! When a batch is full.

/// Bounds of a batch; whichever is reached first closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Records.
    pub rows_max: usize,
    /// Bytes of rows in memory.
    pub bytes_max: usize,
    /// Age of the first record, milliseconds; the worker's timer watches it, for a batch grows old without a record.
    pub age_ms_max: u64,
}

/// What a batch holds so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Records.
    pub rows: usize,
    /// Bytes of rows in memory.
    pub bytes: usize,
}

impl Bounds {
    /// Tells whether a batch of this size takes no more.
    pub fn full(&self, size: Size) -> bool {
        size.rows >= self.rows_max || size.bytes >= self.bytes_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_bound_is_reached_first_fills_the_batch() {
        let bounds = Bounds { rows_max: 3, bytes_max: 100, age_ms_max: 50 };
        for (rows, bytes, full) in [(0, 0, false), (2, 99, false), (3, 10, true), (2, 100, true), (1, 200, true)] {
            assert_eq!(bounds.full(Size { rows, bytes }), full, "{rows} rows, {bytes} bytes");
        }
    }
}
