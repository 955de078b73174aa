//! What an answer of ClickHouse means for the insert that got it.

/// What to do about a failed request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same block under the same token again, after a wait: it passes, or it is a view's failure, which left the
    /// insert half done, and only the same block under the same token completes it.
    Again,
    /// The block could not be read, before any part of it was written: a row in it is to blame.
    Undecodable,
    /// Nothing was written and nothing will be: stop, and say why.
    Stop,
}

/// Codes of ClickHouse that pass by themselves: time-outs, too many queries, memory, network, keeper, too many parts.
const TRANSIENT: &[u32] =
    &[3, 159, 160, 164, 198, 202, 203, 209, 210, 236, 241, 242, 243, 285, 286, 319, 394, 415, 425, 999];

/// Codes that a value in a block causes while the block is read or checked: text, date, number, UUID or decimal that
/// cannot be taken, arrays of unequal lengths, a NULL where none may be, a constraint of the operator's that is violated.
const OF_A_VALUE: &[u32] = &[6, 26, 27, 33, 38, 41, 53, 69, 72, 117, 131, 190, 321, 349, 376, 407, 469, 691];

/// `BAD_QUERY_PARAMETER`: a parameter's value is not of its type.
const BAD_PARAMETER: u32 = 457;

/// `TOO_MANY_PARTS`: also the code of too many partitions in one block, which does not pass.
const TOO_MANY_PARTS: u32 = 252;

/// How ClickHouse says that a materialized view failed and not the table itself.
const IN_A_VIEW: &str = "while pushing to view";

/// Judges an error's text; one without a code did not come from ClickHouse, and the network may mend.
pub fn classify(message: &str) -> Verdict {
    match code(message) {
        None => Verdict::Again,
        Some(_) if message.contains(IN_A_VIEW) => Verdict::Again,
        Some(TOO_MANY_PARTS) if message.contains("Too many partitions") => Verdict::Stop,
        Some(TOO_MANY_PARTS) => Verdict::Again,
        Some(code) if TRANSIENT.contains(&code) => Verdict::Again,
        Some(code) if OF_A_VALUE.contains(&code) => Verdict::Undecodable,
        Some(_) => Verdict::Stop,
    }
}

/// Returns the number in `Code: N.`, the one place where an exception names itself.
pub fn code(message: &str) -> Option<u32> {
    let (_, rest) = message.split_once("Code: ")?;
    rest.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// Returns the code with its name, such as `469 VIOLATED_CONSTRAINT`, and none of the values that the text may quote.
pub fn named(message: &str) -> String {
    let name = message.rsplit('(').find_map(|part| {
        let (name, _) = part.split_once(')')?;
        let upper = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
        (!name.is_empty() && name.bytes().all(upper)).then_some(name)
    });
    let code = code(message).map_or_else(|| "no code".to_owned(), |code| code.to_string());
    name.map_or(code.clone(), |name| format!("{code} {name}"))
}

/// Returns ClickHouse's words, and where they are about a value the code with its name alone: they quote the value.
pub fn told(message: &str) -> String {
    let of_a_value = |code| OF_A_VALUE.contains(&code) || code == BAD_PARAMETER;
    let view = message.split_once(IN_A_VIEW).map(|(_, rest)| rest);
    if view.is_none() && !code(message).is_some_and(of_a_value) {
        return message.to_owned();
    }
    let view = view.and_then(|rest| rest.split_whitespace().next()).map(|view| format!(" {IN_A_VIEW} {view}"));
    format!("Code: {}{}", named(message), view.unwrap_or_default())
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
    fn a_view_that_fails_is_completed_and_never_bisected() {
        let of_view = |code| format!("Code: {code}. DB::Exception: boom: while pushing to view hearken.x (5c0f). (X)");
        for code in [53, 117, 395, 4_711] {
            check(&of_view(code), Verdict::Again);
        }
    }

    #[test]
    fn a_block_that_cannot_be_read_has_a_row_to_blame() {
        check("Code: 117. DB::Exception: Incorrect data", Verdict::Undecodable);
        check("Code: 53. DB::Exception: Type mismatch", Verdict::Undecodable);
        check("Code: 469. DB::Exception: Constraint `c` is violated at row 3", Verdict::Undecodable);
    }

    #[test]
    fn a_refusal_is_named_without_what_the_customer_said() {
        let message = "Code: 469. DB::Exception: Constraint `c` for table t (5c0f) is violated at row 1. Expression: \
                       (x > 0). Column values: text = 'I (ME) said'. (VIOLATED_CONSTRAINT) (version 26.7.1)";
        assert_eq!(named(message), "469 VIOLATED_CONSTRAINT");
        assert_eq!(named("Code: 6. DB::Exception: x"), "6");
    }

    #[test]
    fn words_about_a_value_are_not_passed_on() {
        for (message, expected) in [
            ("Code: 27. DB::Exception: expected 'x' before: 'I said'. (CANNOT_PARSE)", "Code: 27 CANNOT_PARSE"),
            (
                "Code: 457. DB::Exception: Value I said cannot be parsed (BAD_QUERY_PARAMETER)",
                "Code: 457 BAD_QUERY_PARAMETER",
            ),
            (
                "Code: 395. DB::Exception: 'I said': while pushing to view hearken.x (5c0f). (FUNCTION_THROW)",
                "Code: 395 FUNCTION_THROW while pushing to view hearken.x",
            ),
            (
                "Code: 60. DB::Exception: no table 'x'. (UNKNOWN_TABLE)",
                "Code: 60. DB::Exception: no table 'x'. (UNKNOWN_TABLE)",
            ),
            ("connection refused", "connection refused"),
        ] {
            assert_eq!(told(message), expected);
            assert_eq!(classify(&told(message)), classify(message), "{message}");
        }
    }

    #[test]
    fn what_does_not_pass_stops() {
        check("Code: 252. DB::Exception: Too many partitions for single INSERT block", Verdict::Stop);
        check("Code: 60. DB::Exception: Unknown table expression identifier", Verdict::Stop);
        check("Code: 516. DB::Exception: Authentication failed", Verdict::Stop);
        check("Code: 497. DB::Exception: Not enough privileges", Verdict::Stop);
        check("Code: 4711. DB::Exception: something new", Verdict::Stop);
    }
}
