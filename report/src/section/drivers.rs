//! What drives the scores: importance against performance.

use super::table::{Column, badge, plain, table, value};
use super::{Page, Section, fill, interval, or_dash};
use crate::chart::responsive;
use crate::chart::scale::extent;
use crate::chart::scatter::{Axis, Plane, Point, scatter};
use crate::chart::strip;
use crate::html::{Element, element};
use crate::language::{count, percent, signed};
use crate::rows::Driver;

/// How many runs are shown; the one with the most answers first.
const RUNS: usize = 4;

/// How many drivers of a run are listed; the picture has them all.
const LISTED: usize = 10;

/// Returns the section.
pub(crate) fn drivers(page: &Page) -> Section {
    let words = page.words;
    let mut runs: Vec<Vec<&Driver>> = Vec::new();
    for driver in &page.report.drivers {
        match runs.iter_mut().find(|run| scope(run[0]) == scope(driver)) {
            Some(run) => run.push(driver),
            None => runs.push(vec![driver]),
        }
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run[0].n));
    runs.truncate(RUNS);
    Section::new("drivers", words.drivers, "v_driver_matrix v_drivers")
        .with(runs.iter().flat_map(|run| of_run(page, run)))
        .or_empty(words.drivers_empty)
}

fn scope(driver: &Driver) -> [&str; 4] {
    [&driver.brand, &driver.metric, &driver.survey_kind, &driver.basis]
}

fn of_run(page: &Page, run: &[&Driver]) -> [Element; 4] {
    let words = page.words;
    let first = run[0];
    let metric = page.language.name(&first.metric);
    let kind = page.survey_kind(&first.survey_kind);
    let parts: Vec<&str> = [first.brand.as_str(), metric, kind].into_iter().filter(|part| !part.is_empty()).collect();
    let facts = fill(
        words.run_line,
        &[
            ("n", &count(first.n)),
            ("r2", &or_dash(first.r2, percent)),
            ("basis", page.language.name(&first.basis)),
            ("from", &page.language.day(first.from)),
            ("until", &page.language.day(first.until)),
        ],
    );
    let picture = element("figure").child(responsive(words.drivers[0], |width| matrix(page, run, width)));
    [element("h3").text(parts.join(" · ")), element("p").class("hint").text(facts), picture, listed(page, run)]
}

fn matrix(page: &Page, run: &[&Driver], width: f64) -> Element {
    let words = page.words;
    let points: Vec<Point> = run
        .iter()
        .filter_map(|driver| {
            Some(Point {
                label: page.language.name(&driver.driver).to_owned(),
                x: driver.performance?,
                y: driver.importance?,
                y_interval: driver.low.zip(driver.high).filter(|_| driver.significant == Some(true)),
                class: match (driver.significant, driver.quadrant.as_str()) {
                    (Some(true), "improve") => "negative",
                    (Some(true), "strength") => "positive",
                    (Some(true), _) => "accent",
                    (Some(false) | None, _) => "hollow",
                },
            })
        })
        .collect();
    let of_scale = run[0].basis == "scale";
    let within = if of_scale { (-0.05, 1.05) } else { (-1.1, 1.1) };
    let tops = points.iter().flat_map(|point| [point.y, point.y_interval.map_or(point.y, |(_, high)| high)]);
    let top = extent(tops, (0.0, 1.0)).1;
    let plane = Plane {
        x: Axis {
            name: if of_scale { words.performance_scale } else { words.performance_text },
            ends: extent(points.iter().map(|point| point.x), within),
            cut: run[0].performance_cut,
            write: if of_scale { percent } else { |value| signed(value, 1) },
        },
        y: Axis { name: words.importance, ends: (-0.04 * top, top), cut: run[0].importance_cut, write: percent },
        corners: ["improve", "strength", "monitor", "maintain"].map(|corner| page.language.name(corner)),
    };
    scatter(&plane, &points, width)
}

fn listed(page: &Page, run: &[&Driver]) -> Element {
    let words = page.words;
    let mut run: Vec<&&Driver> = run.iter().collect();
    let weight = |driver: &Driver| driver.importance.unwrap_or(-1.0);
    run.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    run.truncate(LISTED);
    let most = run.iter().filter_map(|driver| driver.high.or(driver.importance)).fold(0.001, f64::max);
    let columns = [
        Column::Words(words.driver),
        Column::Number(words.importance),
        Column::Strip(words.interval),
        Column::Number(words.share_of_explained),
        Column::Number(words.direction),
        Column::Number(words.performance),
        Column::Words(words.advice),
    ];
    table(
        &columns,
        run.into_iter().map(|driver| {
            let shown = strip::Interval {
                axis: (0.0, most),
                value: driver.importance,
                low: driver.low,
                high: driver.high,
                mark: None,
            };
            let sure = driver.significant == Some(true);
            let advice = match driver.quadrant.as_str() {
                _ if !sure => badge("quiet", words.not_significant),
                "improve" => badge("negative", page.language.name("improve")),
                "strength" => badge("positive", page.language.name("strength")),
                other => badge("quiet", page.language.name(other)),
            };
            let performance =
                or_dash(
                    driver.performance,
                    |value| if driver.basis == "scale" { percent(value) } else { signed(value, 2) },
                );
            vec![
                plain(page.language.name(&driver.driver)),
                value(or_dash(driver.importance, percent), interval(driver.low, driver.high, percent)),
                strip::interval(&shown, if sure { "accent" } else { "hollow" }),
                plain(or_dash(driver.share, percent)),
                plain(if driver.direction == "-" { "−" } else { &driver.direction }),
                plain(performance),
                advice,
            ]
        }),
    )
}
