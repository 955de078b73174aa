#![allow(clippy::unwrap_used, reason = "tests")]
use proptest::prelude::*;

use super::super::hours;
use super::*;

fn calendar(zone: &str, hours: [&[&str]; 7], holidays: &[&str], made_up: &[(&str, &str)]) -> Calendar {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    Calendar {
        zone: TimeZone::get(zone).unwrap(),
        hours: hours.map(|day| hours::shifts(&texts(day)).unwrap()),
        holidays: holidays.iter().flat_map(|text| hours::days(text).unwrap()).collect(),
        made_up: made_up
            .iter()
            .map(|(day, shift)| (day.parse().unwrap(), vec![Shift::parse(shift).unwrap()]))
            .collect(),
    }
}

fn office() -> Calendar {
    let day: &[&str] = &["09:00-12:00", "13:30-18:00"];
    calendar(
        "Asia/Shanghai",
        [day, day, day, day, day, &[], &[]],
        &["2026-10-01..2026-10-07"],
        &[("2026-10-10", "09:00-18:00")],
    )
}

fn night() -> Calendar {
    let day: &[&str] = &["22:00-06:00"];
    calendar("Europe/Berlin", [day; 7], &["2026-12-25"], &[])
}

fn check(calendar: &Calendar, at: &str, minutes: u32, expected: &str) {
    let zone = |text: &str| text.parse::<DateTime>().unwrap().to_zoned(calendar.zone.clone()).unwrap().timestamp();
    let due = calendar.add(zone(at), minutes);
    assert_eq!(calendar.zone.to_datetime(due).to_string(), expected, "{at} and {minutes} minutes");
}

#[test]
fn time_passes_at_work_alone() {
    let office = office();
    for (at, minutes, expected) in [
        ("2026-11-20T16:00:00", 120, "2026-11-20T18:00:00"),
        ("2026-11-20T16:00:00.5", 120, "2026-11-23T09:00:00.5"),
        ("2026-11-20T11:30:00", 60, "2026-11-20T14:00:00"),
        ("2026-11-20T12:30:00", 60, "2026-11-20T14:30:00"),
        ("2026-11-20T20:00:00", 120, "2026-11-23T11:00:00"),
        ("2026-11-20T03:00:00", 1, "2026-11-20T09:01:00"),
        ("2026-11-21T12:00:00", 0, "2026-11-23T09:00:00"),
        // A week of holidays, the evening before and in its middle.
        ("2026-09-30T17:00:00", 120, "2026-10-08T10:00:00"),
        ("2026-10-04T12:00:00", 120, "2026-10-08T11:00:00"),
        // Saturday the 10th makes up for it.
        ("2026-10-09T17:30:00", 60, "2026-10-10T09:30:00"),
        ("2026-10-10T17:30:00", 60, "2026-10-12T09:30:00"),
    ] {
        check(&office, at, minutes, expected);
    }
}

#[test]
fn a_night_shift_belongs_to_the_day_it_begins_on() {
    let night = night();
    for (at, minutes, expected) in [
        ("2026-11-20T23:00:00", 120, "2026-11-21T01:00:00"),
        ("2026-11-21T05:00:00", 120, "2026-11-21T23:00:00"),
        // The shift of Christmas Eve goes on into Christmas, that of Christmas Day falls away.
        ("2026-12-25T05:00:00", 120, "2026-12-26T23:00:00"),
    ] {
        check(&night, at, minutes, expected);
    }
}

#[test]
fn summer_time_takes_an_hour_and_winter_time_gives_one() {
    let night = night();
    check(&night, "2026-03-28T23:00:00", 180, "2026-03-29T03:00:00");
    check(&night, "2026-10-24T23:00:00", 300, "2026-10-25T03:00:00");
    let all: &[&str] = &["00:00-24:00"];
    check(&calendar("Europe/Berlin", [all; 7], &[], &[]), "2026-03-28T12:00:00", 1_440, "2026-03-29T13:00:00");
    // Opening in the hour that is left out is opening when the clock jumps.
    let early: &[&str] = &["02:30-04:00"];
    check(&calendar("Europe/Berlin", [early; 7], &[], &[]), "2026-03-29T00:00:00", 10, "2026-03-29T03:10:00");
}

#[test]
fn who_works_round_the_clock_has_no_evening() {
    let at: Timestamp = "2026-11-20T23:59:59.999Z".parse().unwrap();
    assert_eq!(Calendar::default().add(at, 120), at + SignedDuration::from_mins(120));
    assert!(Calendar::default().at_work(at));
}

#[test]
fn the_day_begins_with_its_first_opening() {
    let office = office();
    let began = |at: &str| office.day_began(at.parse().unwrap()).map(|(day, at)| (day.to_string(), at.to_string()));
    assert_eq!(began("2026-11-20T00:59:00Z"), None);
    let friday = Some(("2026-11-20".to_owned(), "2026-11-20T01:00:00Z".to_owned()));
    assert_eq!(began("2026-11-20T01:00:00Z"), friday);
    assert_eq!(began("2026-11-20T15:00:00Z"), friday);
    assert_eq!(began("2026-11-21T15:00:00Z"), None, "a Saturday");
}

/// One kind of day: when it is off, and when it is worked.
fn days() -> impl Strategy<Value = Vec<Shift>> {
    let shift = |text: &str| Shift::parse(text).unwrap();
    prop_oneof![
        Just(vec![]),
        Just(vec![shift("09:00-12:00"), shift("13:30-18:00")]),
        Just(vec![shift("22:00-06:00")]),
        Just(vec![shift("00:15-02:30"), shift("02:45-03:20"), shift("20:00-04:00")]),
        Just(vec![shift("01:30-02:15"), shift("02:15-24:00")]),
        Just(vec![Shift::WHOLE]),
    ]
}

fn calendars() -> impl Strategy<Value = Calendar> {
    let zone = prop_oneof![
        Just("Asia/Shanghai"),
        Just("Europe/Berlin"),
        Just("America/St_Johns"),
        Just("Australia/Lord_Howe"),
        Just("Africa/Cairo"),
    ];
    let week = prop::array::uniform7(days()).prop_filter("some work", |week| week.iter().any(|day| !day.is_empty()));
    let date = |day: i64| "2026-03-01".parse::<Date>().unwrap().checked_add(day.days()).unwrap();
    let off = prop::collection::btree_set((0_i64..280).prop_map(date), 0..40);
    let made_up = prop::collection::btree_map((0_i64..280).prop_map(date), days(), 0..10);
    (zone, week, off, made_up).prop_map(|(zone, hours, holidays, made_up)| {
        let zone = TimeZone::get(zone).unwrap();
        Calendar { zone, hours, holidays, made_up }
    })
}

/// Tells for every minute from `from` on whether somebody is at work, by watching a clock on the wall.
fn by_the_wall(calendar: &Calendar, from: Timestamp, minutes: usize) -> Vec<bool> {
    let mut open: Vec<(DateTime, DateTime, bool, bool)> = Vec::new();
    let mut known = BTreeSet::new();
    let lead = 3 * 24 * 60;
    let mut working = Vec::new();
    for minute in 0..lead + minutes {
        let now = from + SignedDuration::from_mins(minute as i64 - lead as i64);
        let wall = calendar.zone.to_datetime(now);
        if known.insert(wall.date()) {
            let weekday = wall.date().weekday().to_monday_zero_offset() as usize;
            let usual = if calendar.holidays.contains(&wall.date()) { vec![] } else { calendar.hours[weekday].clone() };
            for shift in calendar.made_up.get(&wall.date()).cloned().unwrap_or(usual) {
                let (opens, closes) = shift.on(wall.date()).unwrap();
                open.push((opens, closes, false, false));
            }
        }
        for (opens, closes, opened, closed) in &mut open {
            *opened |= wall >= *opens;
            *closed |= wall >= *closes;
        }
        open.retain(|shift| !shift.3);
        if minute >= lead {
            working.push(open.iter().any(|shift| shift.2));
        }
    }
    working
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn due_is_what_a_clock_on_the_wall_says(
        calendar in calendars(),
        // Minutes of the months in which all these zones change their clocks.
        at in prop_oneof![(0_i64..60 * 24 * 60), (180 * 24 * 60_i64..270 * 24 * 60)],
        minutes in 1_u32..700,
    ) {
        let from = "2026-03-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(at);
        let working = by_the_wall(&calendar, from, 12 * 24 * 60);
        let mut left = minutes;
        let slow = working.iter().position(|at_work| {
            left -= u32::from(*at_work);
            left == 0
        });
        let due = calendar.add(from, minutes);
        let worked = calendar.worked(from, due);
        prop_assert_eq!(worked, SignedDuration::from_mins(i64::from(minutes)));
        if let Some(slow) = slow {
            prop_assert_eq!(due, from + SignedDuration::from_mins(slow as i64 + 1));
        }
        prop_assert_eq!(calendar.at_work(from), working[0]);
        let day: usize = working[..1_440].iter().filter(|at_work| **at_work).count();
        let until = from + SignedDuration::from_hours(24);
        prop_assert_eq!(calendar.worked(from, until), SignedDuration::from_mins(day as i64));
    }

    #[test]
    fn what_is_added_in_pieces_is_added(calendar in calendars(), first in 0_u32..500, second in 1_u32..500) {
        let from: Timestamp = "2026-03-27T12:34:56.789Z".parse().unwrap();
        prop_assert_eq!(calendar.add(calendar.add(from, first), second), calendar.add(from, first + second));
    }
}
