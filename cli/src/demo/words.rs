//! Numbers of an answer in words for people.

use serde_json::Value;

/// Returns a number of ClickHouse's JSON, which quotes some.
pub(super) fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).unwrap_or_default()
}

/// Returns a text of an answer.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("–")
}

/// Returns the greatest number of a column; 0 where there is no row.
pub(super) fn most(rows: &[Value], column: &str) -> f64 {
    rows.iter().map(|row| number(&row[column])).fold(0.0, f64::max)
}

/// Writes a share: `67 %`.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", share * 100.0)
}

/// Writes the greatest of several shares: `0 %` or `at most 4 %`.
pub(super) fn percent_at_most(share: f64) -> String {
    let written = percent(share);
    if written == "0 %" { written } else { format!("at most {written}") }
}

/// Writes a whole number that is not negative: `130,284`.
pub(super) fn count(number: f64) -> String {
    // The sum of nothing is −0.
    let digits = format!("{:.0}", number.abs());
    let places = digits.len();
    let comma = |index: usize| index > 0 && (places - index).is_multiple_of(3);
    digits.char_indices().flat_map(|(index, digit)| comma(index).then_some(',').into_iter().chain([digit])).collect()
}

/// Writes a number with its sign and that many decimals: `+0.21`, `−12`, `0`.
pub(super) fn signed(number: f64, decimals: usize) -> String {
    let size = format!("{:.decimals$}", number.abs());
    let is_zero = size.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if is_zero {
        ""
    } else if number < 0.0 {
        "−"
    } else {
        "+"
    };
    format!("{sign}{size}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!([count(0.0), count(999.0), count(1_000.0), count(1_234_567.4)], ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(count(-0.0), "0");
        assert_eq!([signed(12.4, 0), signed(-0.214, 2), signed(-0.001, 2)], ["+12", "−0.21", "0.00"]);
        assert_eq!([percent(0.674), percent_at_most(0.004), percent_at_most(0.04)], ["67 %", "0 %", "at most 4 %"]);
        assert_eq!([number(&json!("17")), number(&json!(0.5)), number(&json!(null))], [17.0, 0.5, 0.0]);
        assert_eq!(most(&[json!({"a": 1}), json!({"a": "3"})], "a"), 3.0);
    }
}
