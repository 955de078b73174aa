//! Numbers and addresses that look personal and belong to nobody: from ranges kept for examples, or long out of use, and
//! valid by their check digits so that they must be redacted; and order numbers, which must not be.

use fastrand::Rng;

use super::world::Language;

/// Returns a phone number as people write it in that language.
pub(super) fn phone(rng: &mut Rng, language: Language) -> String {
    match language {
        // The service line every Chinese example uses, and its neighbours.
        Language::SimplifiedChinese => format!("138001380{:02}", rng.u32(..100)),
        Language::TraditionalChinese => format!("0900-000-{:03}", rng.u32(..1000)),
        // The North American numbers kept for fiction.
        Language::English => format!("+1 202 555 01{:02}", rng.u32(..100)),
        Language::Japanese => format!("090-0000-{:04}", rng.u32(..10_000)),
        Language::Korean => format!("010-0000-{:04}", rng.u32(..10_000)),
        // The Berlin numbers kept for fiction.
        Language::German => format!("+49 30 23125 {:03}", rng.u32(..1000)),
        // A French block kept for fiction.
        Language::French => format!("+33 6 39 98 {:02} {:02}", rng.u32(..100), rng.u32(..100)),
        Language::Spanish => format!("+34 600 000 {:03}", rng.u32(..1000)),
    }
}

/// Returns an e-mail address under a domain kept for examples.
pub(super) fn email(rng: &mut Rng) -> String {
    let domain = ["example.com", "example.net", "example.org"][rng.usize(..3)];
    format!("customer.{}@{domain}", rng.u32(1000..10_000))
}

/// Returns a Chinese ID number, valid by GB 11643, of somebody born 1901–1909.
pub(super) fn id_number(rng: &mut Rng) -> String {
    let (year, month, day, serial) = (rng.u32(1901..1910), rng.u32(1..13), rng.u32(1..29), rng.u32(1..1000));
    let body = format!("110101{year}{month:02}{day:02}{serial:03}");
    let check = id_check_digit(&body);
    body + check
}

/// Returns a bank card number of a test range, valid by Luhn, as it is printed on a card.
pub(super) fn card(rng: &mut Rng) -> String {
    let body = format!("40000000{:07}", rng.u32(..10_000_000));
    let check = luhn_check_digit(&body);
    let digits = body + &check;
    [&digits[..4], &digits[4..8], &digits[8..12], &digits[12..]].join(" ")
}

/// Returns an order number in one of the shop's two forms; the long one is never a valid card or ID number.
pub(super) fn order(rng: &mut Rng) -> String {
    if rng.bool() {
        return format!("OV{}", rng.u64(1_000_000_000..10_000_000_000));
    }
    let body = format!("77{:015}", rng.u64(..1_000_000_000_000_000));
    let (card, id) = (luhn_check_digit(&body), id_check_digit(&body));
    let others: Vec<String> =
        (0..10).map(|digit| digit.to_string()).filter(|digit| *digit != card && digit != id).collect();
    let last = &others[rng.usize(..others.len())];
    body + last
}

/// Returns the eighteenth character of a Chinese ID number by ISO 7064, MOD 11-2.
fn id_check_digit(body: &str) -> &'static str {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [&str; 11] = ["1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2"];
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

/// Returns the digit that makes a number valid by Luhn.
fn luhn_check_digit(body: &str) -> String {
    ((10 - luhn_sum(&format!("{body}0")) % 10) % 10).to_string()
}

/// Returns the Luhn sum of a whole number; it ends in 0 where the number is valid.
fn luhn_sum(number: &str) -> u32 {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let digits = number.bytes().rev().map(|byte| u32::from(byte - b'0'));
    digits.enumerate().map(|(at, digit)| if at % 2 == 1 { doubled(digit) } else { digit }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_known_numbers() {
        for (body, expected) in [("11010519491231002", "X"), ("44052418800101001", "4")] {
            assert_eq!(id_check_digit(body), expected, "{body}");
        }
        for (number, valid) in [("4111111111111111", true), ("79927398713", true), ("4111111111111112", false)] {
            assert_eq!(luhn_sum(number).is_multiple_of(10), valid, "{number}");
        }
    }

    #[test]
    fn every_id_and_card_is_valid_and_no_order_number_is() {
        let mut rng = Rng::with_seed(1);
        for _ in 0..2_000 {
            let id = id_number(&mut rng);
            assert_eq!((id.len(), &id[17..]), (18, id_check_digit(&id[..17])), "{id}");
            let card = card(&mut rng).replace(' ', "");
            assert!(card.len() == 16 && luhn_sum(&card).is_multiple_of(10), "{card}");
            let order = order(&mut rng);
            if order.starts_with("OV") {
                assert_eq!(order.len(), 12, "{order}");
            } else {
                assert!(
                    !luhn_sum(&order).is_multiple_of(10) && order[17..] != *id_check_digit(&order[..17]),
                    "{order}"
                );
            }
        }
    }
}
