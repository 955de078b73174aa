//! What an answer of ClickHouse means for the insert that got it.

/// What to do about a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same block under the same token again, after a wait.
    Again,
    /// Nothing was written and nothing will be: stop, and say why.
    Stop,
}

/// Codes of ClickHouse that pass by themselves: time-outs, too many queries, memory, network, keeper, too many parts.
const TRANSIENT: &[u32] =
    &[3, 159, 160, 164, 198, 202, 203, 209, 210, 236, 241, 242, 243, 285, 286, 319, 394, 415, 425, 999];

/// `TOO_MANY_PARTS`: also the code of too many partitions in one block, which does not pass.
const TOO_MANY_PARTS: u32 = 252;

/// Judges an error's text; one without a code did not come from ClickHouse, and the network may mend.
pub fn classify(message: &str) -> Verdict {
    match code(message) {
        None => Verdict::Again,
        Some(TOO_MANY_PARTS) if message.contains("Too many partitions") => Verdict::Stop,
        Some(TOO_MANY_PARTS) => Verdict::Again,
        Some(code) if TRANSIENT.contains(&code) => Verdict::Again,
        Some(_) => Verdict::Stop,
    }
}

/// Returns the number in `Code: N.`, the one place where an exception names itself.
pub fn code(message: &str) -> Option<u32> {
    let (_, rest) = message.split_once("Code: ")?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(message: &str, expected: Verdict) {
        assert_eq!(classify(message), expected, "{message}");
    }

    #[test]
    fn what_passes_is_tried_again() {
        check("Code: 241. DB::Exception: Memory limit exceeded", Verdict::Again);
        check("bad response: Code: 252. DB::Exception: Too many parts (600)", Verdict::Again);
        check("Code: 319. DB::Exception: Unknown status, client must retry", Verdict::Again);
        check("network error: connection refused", Verdict::Again);
        check("timeout expired", Verdict::Again);
    }

    #[test]
    fn what_does_not_pass_stops() {
        check("Code: 252. DB::Exception: Too many partitions for single INSERT block", Verdict::Stop);
        check("Code: 60. DB::Exception: Unknown table expression identifier", Verdict::Stop);
        check("Code: 516. DB::Exception: Authentication failed", Verdict::Stop);
        check("Code: 117. DB::Exception: Incorrect data", Verdict::Stop);
        check("Code: 53. DB::Exception: Type mismatch", Verdict::Stop);
        check("Code: 4711. DB::Exception: something new", Verdict::Stop);
    }
}
