//! What making it good costs.

use std::fmt;

use iso_currency::Currency;

use super::Refused;

/// Digits before the point that the table's `Decimal(18, 2)` holds.
const WHOLE_DIGITS_MAX: usize = 16;

/// Money, at least 0, with two decimal places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Amount {
    text: String,
    currency: Currency,
}

impl Amount {
    /// Reads digits with at most two decimal places, and a code of ISO 4217 in either case.
    ///
    /// # Errors
    /// Where either is not that; nothing is rounded.
    pub fn read(amount: &str, currency: &str) -> Result<Self, Refused> {
        let text = decimal(amount.trim()).ok_or_else(|| Refused::NoAmount(short(amount)))?;
        let code = currency.trim().to_ascii_uppercase();
        let currency = Currency::from_code(&code).ok_or_else(|| Refused::NoCurrency(short(currency)))?;
        Ok(Self { text, currency })
    }

    /// Returns the currency's code.
    pub fn currency(&self) -> &'static str {
        self.currency.code()
    }
}

impl fmt::Display for Amount {
    /// Writes the digits alone, such as `12.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn decimal(text: &str) -> Option<String> {
    let (whole, cents) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(cents) || cents.len() > 2 {
        return None;
    }
    let significant = whole.trim_start_matches('0');
    let whole = if significant.is_empty() { "0" } else { significant };
    (whole.len() <= WHOLE_DIGITS_MAX).then(|| format!("{whole}.{cents:0<2}"))
}

/// Whoever reads the refusal needs the beginning alone.
fn short(text: &str) -> String {
    text.chars().take(30).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(amount: &str, currency: &str, expected: Option<(&str, &str)>) {
        let read = Amount::read(amount, currency).ok().map(|read| (read.to_string(), read.currency()));
        let expected = expected.map(|(amount, currency)| (amount.to_owned(), currency));
        assert_eq!(read.as_ref().map(|(a, c)| (a.as_str(), *c)), expected.as_ref().map(|(a, c)| (a.as_str(), *c)));
    }

    #[test]
    fn amounts_have_two_places_and_a_known_currency() {
        for (amount, currency, expected) in [
            ("12.50", "EUR", Some(("12.50", "EUR"))),
            (" 12.5 ", "cny", Some(("12.50", "CNY"))),
            ("0", "USD", Some(("0.00", "USD"))),
            ("007", "USD", Some(("7.00", "USD"))),
            ("9999999999999999.99", "JPY", Some(("9999999999999999.99", "JPY"))),
            ("10000000000000000", "JPY", None),
            ("12.505", "EUR", None),
            ("-1", "EUR", None),
            ("+1", "EUR", None),
            ("1e3", "EUR", None),
            ("1,50", "EUR", None),
            ("1.", "EUR", None),
            (".5", "EUR", None),
            ("", "EUR", None),
            ("NaN", "EUR", None),
            ("١٢", "EUR", None),
            ("12", "ABC", None),
            ("12", "EURO", None),
            ("12", "", None),
        ] {
            check(amount, currency, expected);
        }
    }

    #[test]
    fn a_refusal_quotes_the_beginning_alone() {
        let refused = Amount::read(&"x".repeat(10_000), "EUR").unwrap_err();
        assert!(refused.to_string().len() < 200, "{refused}");
    }
}
