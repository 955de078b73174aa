use fastrand::Rng;
use proptest::prelude::*;

use super::*;

const FEW: Draws = Draws { seed: 3, count: 40 };

/// So many answers: one driver that matters, one that does less, one that does not.
fn answers(rows: usize, seed: u64) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut rng = Rng::with_seed(seed);
    let drivers: Vec<Vec<f64>> = (0..3).map(|_| (0..rows).map(|_| f64::from(rng.u8(1..=5))).collect()).collect();
    let score = (0..rows).map(|row| 2.0 * drivers[0][row] - drivers[1][row] + 4.0 * rng.f64()).collect();
    (drivers, score)
}

fn found(drivers: Vec<Vec<f64>>, score: Vec<f64>) -> Drivers {
    drivers_of(drivers, score).unwrap_or_else(|error| panic!("{error}"))
}

fn drivers_of(columns: Vec<Vec<f64>>, score: Vec<f64>) -> Result<Drivers, Unfit> {
    drivers(&Sample::new(columns, score)?, FEW)
}

#[test]
fn what_matters_is_told_from_what_does_not() {
    let (columns, score) = answers(400, 1);
    let Drivers { r2, drivers } = found(columns, score);
    let [strong, weak, idle] = drivers[..] else { panic!("{drivers:?}") };
    assert!(
        r2 > 0.8 && strong.importance > 3.0 * weak.importance && weak.importance > 10.0 * idle.importance,
        "{r2} {drivers:?}"
    );
    assert!(strong.significant && weak.significant && !idle.significant, "{drivers:?}");
    assert!(strong.correlation > 0.0 && weak.correlation < 0.0, "{drivers:?}");
    for driver in &drivers {
        assert!(0.0 <= driver.low && driver.low <= driver.high && driver.high <= 1.0, "{driver:?}");
    }
    assert!(strong.low <= strong.importance && strong.importance <= strong.high, "{strong:?}");
}

#[test]
fn columns_that_say_nothing_new_share_and_never_fail() {
    let (columns, score) = answers(200, 2);
    let twin = columns[0].clone();
    let constant = vec![4.0; 200];
    let sum: Vec<f64> = columns[0].iter().zip(&columns[1]).map(|(a, b)| a + b).collect();
    let alone = found(columns.clone(), score.clone());
    for (what, more) in [("a twin", twin), ("a constant", constant), ("a sum", sum)] {
        let all = found([columns.clone(), vec![more]].concat(), score.clone());
        assert!((all.r2 - alone.r2).abs() < 1e-9, "{what} explains nothing more: {} and {}", all.r2, alone.r2);
        let shares: f64 = all.drivers.iter().filter_map(|driver| driver.lmg).sum();
        assert!((shares - alone.r2).abs() < 1e-9, "{what}: {shares}");
        let numbers =
            all.drivers.iter().flat_map(|driver| [driver.importance, driver.low, driver.high, driver.correlation]);
        assert!(numbers.clone().all(f64::is_finite), "{what}: {:?}", numbers.collect::<Vec<_>>());
    }
    let twins = found([columns[0].clone(), columns[0].clone()].to_vec(), score);
    let [first, second] = twins.drivers[..] else { panic!("{twins:?}") };
    assert!((first.importance - second.importance).abs() < 1e-12, "{twins:?}");
}

#[test]
fn what_is_too_little_is_said() {
    let column = |rows: usize| (0..rows).map(|row| (row % 5) as f64).collect::<Vec<_>>();
    for (drivers, score, expected) in [
        (vec![], column(50), Unfit::NoDrivers),
        (vec![column(29)], column(29), Unfit::TooFew { rows: 29, needed: 30 }),
        (vec![column(35); 4], column(35), Unfit::TooFew { rows: 35, needed: 40 }),
        // A column of noise is put beside the drivers.
        (vec![column(45); 4], column(45), Unfit::TooFew { rows: 45, needed: 50 }),
        (vec![column(40)], vec![0.1; 40], Unfit::Constant),
        (vec![column(39)], column(40), Unfit::Ragged),
        (vec![vec![f64::NAN; 40]], column(40), Unfit::Ragged),
    ] {
        assert_eq!(drivers_of(drivers, score).err(), Some(expected));
    }
}

/// Answers of any kind: whole numbers, some columns the same as others.
fn any_answers() -> impl Strategy<Value = (Vec<Vec<f64>>, Vec<f64>)> {
    (1..7_usize, 80..120_usize).prop_flat_map(|(columns, rows)| {
        let column = move || prop::collection::vec((0..6_i32).prop_map(f64::from), rows);
        let repeats = prop::collection::vec(0..columns, 0..2);
        (prop::collection::vec(column(), columns), repeats, column()).prop_map(|(mut columns, repeats, score)| {
            for repeated in repeats {
                columns.push(columns[repeated].clone());
            }
            (columns, score)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn both_kinds_of_importance_sum_to_what_is_explained((columns, score) in any_answers()) {
        let sample = Sample::new(columns, score).unwrap();
        let correlations = sample.correlations(&sample.once());
        let weights: f64 = relative_weights(&correlations).iter().sum();
        let shares: f64 = shapley::shares(&correlations).unwrap().iter().sum();
        prop_assert!((0.0..=1.0 + 1e-9).contains(&weights), "{weights}");
        prop_assert!((weights - shares).abs() < 1e-7, "{weights} and {shares}");
    }

    #[test]
    fn drivers_in_another_order_have_the_same_importance((columns, score) in any_answers()) {
        let one = found(columns.clone(), score.clone());
        let other = found(columns.into_iter().rev().collect(), score);
        for (one, other) in one.drivers.iter().zip(other.drivers.iter().rev()) {
            prop_assert!((one.importance - other.importance).abs() < 1e-9, "{one:?} {other:?}");
            prop_assert!((one.low - other.low).abs() < 1e-9, "{one:?} {other:?}");
            prop_assert!((one.lmg.unwrap() - other.lmg.unwrap()).abs() < 1e-7, "{one:?} {other:?}");
        }
    }
}
