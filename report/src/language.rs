//! How numbers, days and money are written, in either language.

use jiff::civil::{Date, DateTime};

use crate::words::{CHINESE, ENGLISH, Words};

/// A language the page can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese.
    Chinese,
    /// English.
    English,
}

/// What stands where there is no number.
pub const NOTHING: &str = "–";

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// Returns the tag of the language, BCP 47.
    pub fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-Hans",
            Self::English => "en",
        }
    }

    pub(crate) fn words(self) -> &'static Words {
        match self {
            Self::Chinese => &CHINESE,
            Self::English => &ENGLISH,
        }
    }

    /// Writes a day without its year: `22 Nov`, `11月22日`.
    pub fn day(self, day: Date) -> String {
        match self {
            Self::Chinese => format!("{}月{}日", day.month(), day.day()),
            Self::English => format!("{} {}", day.day(), month(day)),
        }
    }

    /// Writes a day with its year: `22 Nov 2026`, `2026年11月22日`.
    pub fn date(self, day: Date) -> String {
        match self {
            Self::Chinese => format!("{}年{}", day.year(), self.day(day)),
            Self::English => format!("{} {}", self.day(day), day.year()),
        }
    }

    /// Writes a moment to the minute.
    pub fn moment(self, at: DateTime) -> String {
        format!("{} {}", self.day(at.date()), at.strftime("%H:%M"))
    }

    /// Writes an amount of money in whole units: `CNY 8,555`, `8,555 元`.
    pub fn money(self, amount: f64, currency: &str) -> String {
        let amount = count(amount.round() as i64);
        match (self, currency) {
            (_, "") => amount,
            (Self::Chinese, "CNY") => format!("{amount} 元"),
            (Self::Chinese, _) => format!("{amount} {currency}"),
            (Self::English, _) => format!("{currency} {amount}"),
        }
    }

    /// Joins words of a list.
    pub fn list<T: AsRef<str>>(self, words: &[T]) -> String {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        words.join(match self {
            Self::Chinese => "、",
            Self::English => ", ",
        })
    }
}

fn month(day: Date) -> &'static str {
    MONTHS.get(usize::from(day.month().unsigned_abs()).wrapping_sub(1)).copied().unwrap_or(NOTHING)
}

/// Writes a whole number: `1,234`, `−5`.
pub fn count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let places = digits.len();
    let mut written = if number < 0 { "−".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (places - index).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

/// Writes a share of one: `67%`, `4.2%`.
pub(crate) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let whole = percent.abs() >= 9.95 || percent == 0.0;
    format!("{}%", plain(percent, if whole { 0 } else { 1 }))
}

/// Writes a number with its sign and that many decimals: `+0.21`, `−12`, `0.00`.
pub(crate) fn signed(number: f64, decimals: usize) -> String {
    let written = plain(number, decimals);
    let is_positive = written.bytes().any(|byte| matches!(byte, b'1'..=b'9')) && !written.starts_with('−');
    if is_positive { format!("+{written}") } else { written }
}

/// Writes a number with that many decimals and a sign only where it is below 0.
pub fn plain(number: f64, decimals: usize) -> String {
    if !number.is_finite() {
        return NOTHING.to_owned();
    }
    let size = format!("{:.decimals$}", number.abs());
    let is_zero = size.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if number < 0.0 && !is_zero { format!("−{size}") } else { size }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!([0, 999, 1_000, -1_234_567].map(count), ["0", "999", "1,000", "−1,234,567"]);
        assert_eq!([0.0, 0.042, 0.0999, 0.674, 1.0, -0.5].map(percent), ["0%", "4.2%", "10%", "67%", "100%", "−50%"]);
        assert_eq!(
            [(12.44, 1), (-0.214, 2), (-0.001, 2), (f64::NAN, 1)].map(|(n, d)| signed(n, d)),
            ["+12.4", "−0.21", "0.00", "–"]
        );
        assert_eq!(count(i64::MIN), "−9,223,372,036,854,775,808");
    }

    #[test]
    fn days_and_money_follow_the_language() {
        let check = |language: Language, day: &str, full: &str, money: &str| {
            let at = date(2026, 11, 2).at(9, 5, 0, 0);
            assert_eq!(language.moment(at), format!("{day} 09:05"));
            assert_eq!(language.date(at.date()), full);
            assert_eq!(language.money(8_555.4, "CNY"), money);
        };
        check(Language::English, "2 Nov", "2 Nov 2026", "CNY 8,555");
        check(Language::Chinese, "11月2日", "2026年11月2日", "8,555 元");
        assert_eq!(Language::Chinese.money(10.0, "JPY"), "10 JPY");
        assert_eq!(Language::Chinese.list(&["甲", "乙"]), "甲、乙");
    }
}
