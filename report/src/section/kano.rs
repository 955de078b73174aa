//! Kano: what must be there, what delights, and what nobody misses.

use super::table::{Column, badge, plain, table, with_note};
use super::{Page, Section, or_dash};
use crate::chart::responsive;
use crate::chart::scatter::{Axis, Plane, Point, scatter};
use crate::html::{Element, element};
use crate::language::{count, plain as number};
use crate::rows::Feature;

/// Returns the section.
pub(crate) fn kano(page: &Page) -> Section {
    let words = page.words;
    let features = &page.report.features;
    let measured = features.iter().any(|feature| feature.better.is_some() && feature.worse.is_some());
    let picture =
        measured.then(|| element("figure").child(responsive(words.kano[0], |width| better_worse(page, width))));
    let listed = (!features.is_empty()).then(|| listed(page));
    Section::new("kano", words.kano, "v_kano").with(picture).with(listed).or_empty(words.kano_empty)
}

fn better_worse(page: &Page, width: f64) -> Element {
    let words = page.words;
    let brands: std::collections::BTreeSet<&str> =
        page.report.features.iter().map(|feature| feature.brand.as_str()).collect();
    let points: Vec<Point> = page
        .report
        .features
        .iter()
        .filter_map(|feature| {
            Some(Point {
                label: {
                    let name = page.language.name(&feature.feature);
                    if brands.len() > 1 { format!("{name} ({})", feature.brand) } else { name.to_owned() }
                },
                x: -feature.worse?,
                y: feature.better?,
                y_interval: None,
                class: "accent",
            })
        })
        .collect();
    let axis = |name| Axis { name, ends: (-0.05, 1.05), cut: Some(0.5), write: |value| number(value, 1) };
    let plane = Plane {
        x: axis(words.worse),
        y: axis(words.better),
        corners: ["A", "O", "I", "M"].map(|class| page.language.name(class)),
    };
    scatter(&plane, &points, width)
}

fn listed(page: &Page) -> Element {
    let words = page.words;
    let columns = [
        Column::Words(words.feature),
        Column::Words(words.from_survey),
        Column::Number(words.counts),
        Column::Number(words.better_short),
        Column::Number(words.worse_short),
        Column::Words(words.from_text),
    ];
    table(
        &columns,
        page.report.features.iter().map(|feature| {
            let survey = match &feature.category {
                Some(class) => badge("accent", page.language.name(class)),
                None => badge("quiet", words.not_asked),
            };
            let text = match &feature.text_class {
                Some(class) => with_note(page.language.name(class), mentions(feature)),
                None => with_note(crate::language::NOTHING, mentions(feature)),
            };
            vec![
                with_note(page.language.name(&feature.feature), &feature.brand),
                survey,
                plain(tally(feature)),
                plain(or_dash(feature.better, |share| number(share, 2))),
                plain(or_dash(feature.worse, |share| number(share, 2))),
                text,
            ]
        }),
    )
}

/// Writes how many answers fell into each class.
fn tally(feature: &Feature) -> String {
    if feature.n == 0 {
        return crate::language::NOTHING.to_owned();
    }
    let classes = [
        ("A", feature.attractive),
        ("O", feature.one_dimensional),
        ("M", feature.must_be),
        ("I", feature.indifferent),
        ("R", feature.reverse),
        ("Q", feature.questionable),
    ];
    let classes = classes.iter().filter(|(_, number)| *number > 0);
    classes.map(|(class, number)| format!("{class} {}", count(*number))).collect::<Vec<_>>().join(" · ")
}

fn mentions(feature: &Feature) -> String {
    match (feature.text_positive, feature.text_negative) {
        (Some(positive), Some(negative)) => format!("+{} / −{}", count(positive), count(negative)),
        (None, _) | (_, None) => String::new(),
    }
}
