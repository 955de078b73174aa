//! The formulas themselves, with the golden numbers of docs/metrics.md.

use std::sync::PoisonError;

use crate::fixture::{check, shared};

#[test]
fn formulas_give_the_golden_numbers() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // Promoters and detractors of all; times 100: NPS and its interval.
    let net = [
        ("50, 20, 100", "30 14.051 44.202"),
        ("5, 0, 5", "100 17.491 100"),
        ("6, 2, 10", "40 -12.586 74.125"),
        ("0, 5, 5", "-100 -100 -17.491"),
        ("0, 0, 4", "0 -34.293 34.293"),
        ("0, 0, 0", r"\N \N \N"),
        ("NULL, 0, 5", r"\N \N \N"),
    ];
    for (counts, expected) in net {
        let of = |name: &str| format!("round(100 * hearken_{name}({counts}), 3)");
        check(&database, &format!("SELECT {}, {}, {}", of("net"), of("net_low"), of("net_high")), &[expected]);
    }
    let shares = [
        ("8, 10", "0.4902 0.9433"),
        ("0, 10", "0 0.2775"),
        ("10, 10", "0.7225 1"),
        ("170, 200", "0.7939 0.8929"),
        ("0, 0", r"\N \N"),
        ("NULL, 10", r"\N \N"),
    ];
    for (counts, expected) in shares {
        let of = |name: &str| format!("round(hearken_share_{name}({counts}), 4)");
        check(&database, &format!("SELECT {}, {}", of("low"), of("high")), &[expected]);
    }
}

#[test]
fn a_difference_is_measured_against_both_errors() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let cases = [
        // Half of 44.202 - 14.051 is 1.96 times this.
        ("hearken_net_se(50, 20, 100)", "0.07692"),
        ("hearken_net_se(0, 0, 0)", r"\N"),
        // The same scaled back from the middle of the interval to the value: of one answer it leaves nothing to say.
        ("hearken_net_error(50, 20, 100)", "0.07922"),
        ("hearken_net_error(1, 0, 1)", "1.5"),
        ("hearken_net_error(0, 0, 0)", r"\N"),
        // A share's error is that of what is left of it, and no share is without.
        ("hearken_share_error(8, 10)", "0.16764"),
        ("hearken_share_error(2, 10)", "0.16764"),
        ("hearken_share_error(1, 1)", "1.07646"),
        ("hearken_share_error(0, 0)", r"\N"),
        ("hearken_share_error(NULL, 10)", r"\N"),
        ("hearken_net_error(0, NULL, 10)", r"\N"),
        ("hearken_margin(0.3, 0.4)", "0.98"),
        ("hearken_margin(0, 0)", "0"),
        ("hearken_margin(0.3, NULL)", r"\N"),
    ];
    for (formula, expected) in cases {
        check(&database, &format!("SELECT round({formula}, 5)"), &[expected]);
    }
}

#[test]
fn a_touchpoint_is_one_however_it_is_written() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let cases = [
        ("'Customer_Service'", "customer service use use"),
        ("'customer-service'", "customer service use use"),
        ("'TREASURE BOX'", "Treasure-Box advocacy advocacy"),
        ("'Tele Port'", "Tele Port unmapped action"),
        ("''", " unmapped action"),
        ("NULL", " unmapped action"),
        ("toLowCardinality(toNullable('Lieferung'))", "Lieferung action action"),
    ];
    for (touchpoint, expected) in cases {
        let asked = format!("hearken_touchpoint({touchpoint}), hearken_stage({touchpoint})");
        check(&database, &format!("SELECT {asked}, hearken_aspect_stage({touchpoint}, 'action')"), &[expected]);
    }
}

#[test]
fn a_day_is_the_brands_own() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    let cases = [
        // Summer time ends in Berlin on 25 October: that day has 25 hours; it begins on 29 March: 23.
        ("Spree", "2026-10-24 21:59:59.999", "2026-10-24"),
        ("Spree", "2026-10-24 22:00:00.000", "2026-10-25"),
        ("Spree", "2026-10-25 22:59:59.999", "2026-10-25"),
        ("Spree", "2026-10-25 23:00:00.000", "2026-10-26"),
        ("Spree", "2026-03-28 22:59:59.999", "2026-03-28"),
        ("Spree", "2026-03-28 23:00:00.000", "2026-03-29"),
        ("Spree", "2026-03-29 22:00:00.000", "2026-03-30"),
        ("Alba", "2026-10-25 15:59:59.999", "2026-10-25"),
        ("Alba", "2026-10-25 16:00:00.000", "2026-10-26"),
        ("Nobody", "2026-10-25 23:59:59.999", "2026-10-25"),
    ];
    for (brand, at, expected) in cases {
        let day = format!("SELECT hearken_day(toDateTime64('{at}', 3, 'UTC'), 'second', 'nowhere', '{brand}')");
        check(&database, &day, &[expected]);
    }
}
