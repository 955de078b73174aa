//! When a batch is full.

/// Bounds of a batch; whichever is reached first closes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Records.
    pub rows_max: usize,
    /// Bytes of rows in memory.
    pub bytes_max: usize,
    /// Age of the first record, milliseconds.
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
    /// Tells whether a batch of this size and age is closed; an empty one never is.
    pub fn close(&self, size: Size, age_ms: u64) -> bool {
        size.rows > 0 && (size.rows >= self.rows_max || size.bytes >= self.bytes_max || age_ms >= self.age_ms_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whichever_bound_is_reached_first_closes_the_batch() {
        let bounds = Bounds { rows_max: 3, bytes_max: 100, age_ms_max: 50 };
        let check = |rows, bytes, age_ms, expected| {
            assert_eq!(bounds.close(Size { rows, bytes }, age_ms), expected, "{rows} rows, {bytes} bytes, {age_ms} ms");
        };
        check(0, 0, 1_000, false);
        check(1, 10, 49, false);
        check(1, 10, 50, true);
        check(3, 10, 0, true);
        check(2, 100, 0, true);
    }
}
