//! The zones that `hearken_day` knows by name answer as the long way through text does, at the ends of time too.

use std::sync::PoisonError;

use crate::fixture::{check, shared};

#[test]
fn a_zone_that_stands_in_the_function_gives_the_day_that_its_text_gives() {
    let shared = shared();
    let database = shared.lock().unwrap_or_else(PoisonError::into_inner);
    // Alba's zone is Asia/Shanghai, with daylight saving in 1986; a brand that nobody listed has UTC. The moments are of four centuries,
    // and the ones around the first and the last day that a Date can be.
    let moments = "arrayJoin(arrayConcat(\
         arrayMap(nth -> toDateTime64('1900-01-01 00:00:00', 3, 'UTC') + toIntervalMinute(nth * 100003), range(2100)), \
         arrayMap(nth -> toDateTime64('1969-12-30 00:00:00', 3, 'UTC') + toIntervalMinute(nth * 17), range(300)), \
         arrayMap(nth -> toDateTime64('1986-05-03 00:00:00', 3, 'UTC') + toIntervalMinute(nth * 17), range(300)), \
         arrayMap(nth -> toDateTime64('2149-06-04 00:00:00', 3, 'UTC') + toIntervalMinute(nth * 17), range(400))))";
    let differing = format!(
        "SELECT brand, count() > 3000 AS asked, countIf(hearken_day(at, 'second', '', brand) != toDate(toString(at, zone))) AS differing \
         FROM (SELECT {moments} AS at, tupleElement(arrayJoin([('Alba', 'Asia/Shanghai'), ('', 'UTC')]) AS pair, 1) AS brand, pair.2 AS zone) \
         GROUP BY brand ORDER BY brand"
    );
    check(&database, &differing, &[" 1 0", "Alba 1 0"]);
}
