//! What a company measures itself by: its tree of indicators, the days that are unlike others, and what foreign money is worth.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;

use super::{Brand, folded};

/// What an indicator without parts is measured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Metric {
    Nps,
    Csat,
    Ces,
    NetSentiment,
    AspectNet,
    Conversion,
    BounceRate,
}

impl Metric {
    /// Returns the name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nps => "nps",
            Self::Csat => "csat",
            Self::Ces => "ces",
            Self::NetSentiment => "net_sentiment",
            Self::AspectNet => "aspect_net",
            Self::Conversion => "conversion",
            Self::BounceRate => "bounce_rate",
        }
    }

    /// Returns the lowest and the highest it can be.
    fn range(self) -> (f64, f64) {
        match self {
            Self::Nps => (-100.0, 100.0),
            Self::NetSentiment | Self::AspectNet => (-1.0, 1.0),
            Self::Csat | Self::Ces | Self::Conversion | Self::BounceRate => (0.0, 1.0),
        }
    }

    /// Returns what its scope may be narrowed by.
    fn scope(self) -> &'static [&'static str] {
        const ANSWERS: &[&str] = &[
            "survey_kind",
            "survey_id",
            "question_id",
            "scale",
            "product_id",
            "store_id",
            "region",
            "campaign",
            "touchpoint",
            "journey_stage",
            "language",
        ];
        const WORDS: &[&str] = &[
            "channel",
            "product_id",
            "store_id",
            "region",
            "campaign",
            "touchpoint",
            "journey_stage",
            "language",
            "category",
            "topic",
        ];
        match self {
            Self::Nps | Self::Csat | Self::Ces => ANSWERS,
            Self::NetSentiment => &WORDS[..8],
            Self::AspectNet => WORDS,
            Self::Conversion | Self::BounceRate => &["touchpoint", "journey_stage"],
        }
    }
}

/// An indicator: a metric of its own, or the mean of its parts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Its id.
    pub id: String,
    /// The one it is part of.
    pub parent: Option<String>,
    /// Its name.
    pub name: String,
    /// The brand it measures; absent where it measures all own brands.
    pub brand: Option<String>,
    /// What it is measured by; absent where it has parts.
    pub metric: Option<Metric>,
    /// What it measures of the brand, such as `touchpoint = "delivery"`.
    #[serde(default)]
    pub scope: BTreeMap<String, String>,
    /// Its weight among the parts of its parent, which sum to 1.
    #[serde(default = "whole")]
    pub weight: f64,
    /// What it shall reach, in its own unit.
    pub target: Option<f64>,
}

/// A day, or several in a row, unlike others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Occasion {
    /// The day, or the first of them, in the brand's own time zone.
    #[serde(deserialize_with = "date")]
    pub day: Date,
    /// The last of them.
    #[serde(default, deserialize_with = "maybe_date")]
    pub until: Option<Date>,
    /// Whose day it is; absent where it is every brand's.
    pub brand: Option<String>,
    /// What it is like: sale, holiday, or a word of the company's own.
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl Occasion {
    /// Returns its days, in order.
    pub fn days(&self) -> impl Iterator<Item = Date> + use<> {
        let last = self.until.unwrap_or(self.day);
        self.day.series(1.day()).take_while(move |day| *day <= last)
    }
}

/// What one unit of a currency is worth in the currency of reports, from a day on.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FxRate {
    /// The first day it holds.
    #[serde(deserialize_with = "date")]
    pub day: Date,
    /// The currency, ISO 4217.
    pub currency: String,
    /// What one unit of it is worth.
    pub rate: f64,
}

/// The longest occasion, days: a year in which every day is special has none that is.
const OCCASION_DAYS: usize = 92;

/// How far weights may miss 1 by being rounded.
const ROUNDED: f64 = 0.001;

/// Names everything wrong with a tree of indicators, but for its parents.
pub(super) fn indicator_errors(indicators: &[Indicator], brands: &[Brand], errors: &mut Vec<String>) {
    let parents: BTreeSet<&str> = indicators.iter().filter_map(|part| part.parent.as_deref()).collect();
    for one in indicators {
        let mut wrong = |what: String| errors.push(format!("indicator {:?}: {what}", one.id));
        match one.metric {
            None if !parents.contains(one.id.as_str()) => wrong("it has neither a metric nor parts".to_owned()),
            None if !one.scope.is_empty() => wrong("its parts have scopes, it has none of its own".to_owned()),
            None => {}
            Some(_) if parents.contains(one.id.as_str()) => {
                wrong("it has parts, so it has no metric of its own".to_owned())
            }
            Some(metric) => {
                for key in one.scope.keys().filter(|key| !metric.scope().contains(&key.as_str())) {
                    let known = metric.scope().join(", ");
                    wrong(format!("{} cannot be narrowed by {key:?}, only by {known}", metric.as_str()));
                }
                let (low, high) = metric.range();
                if one.target.is_some_and(|target| !(low..=high).contains(&target)) {
                    wrong(format!("its target must lie from {low} to {high}, as {} does", metric.as_str()));
                }
            }
        }
        if !(one.weight > 0.0 && one.weight <= 1.0) {
            wrong(format!("its weight {} is not above 0 and at most 1", one.weight));
        }
        let written = one.brand.as_deref().unwrap_or_default();
        if brands.iter().any(|brand| folded(&brand.name) == folded(written) && !brand.own) {
            wrong(format!("brand {written:?} is a competitor's; indicators measure own brands"));
        }
    }
    for parent in parents {
        let parts = indicators.iter().filter(|part| part.parent.as_deref() == Some(parent));
        let sum: f64 = parts.map(|part| part.weight).sum();
        if (sum - 1.0).abs() > ROUNDED {
            errors.push(format!("indicator {parent:?}: the weights of its parts sum to {}, not to 1", short(sum)));
        }
    }
}

/// Names everything wrong with a calendar.
pub(super) fn calendar_errors(calendar: &[Occasion], errors: &mut Vec<String>) {
    let mut taken = BTreeSet::new();
    for one in calendar {
        let mut wrong = |what: String| errors.push(format!("calendar {:?}: {what}", one.name));
        if one.kind.trim().is_empty() {
            wrong("it has no kind, such as sale or holiday".to_owned());
        }
        outside(one.day).into_iter().chain(one.until.and_then(outside)).for_each(&mut wrong);
        if one.until.is_some_and(|until| until < one.day) {
            wrong("until lies before day".to_owned());
        }
        if one.days().nth(OCCASION_DAYS).is_some() {
            wrong(format!("it is longer than {OCCASION_DAYS} days"));
            continue;
        }
        let brand = folded(one.brand.as_deref().unwrap_or_default());
        let twice = one.days().find(|day| !taken.insert((*day, brand.clone())));
        if let Some(day) = twice {
            wrong(format!("{day} is in the calendar already"));
        }
    }
}

/// Names everything wrong with rates and with the currency they lead to.
pub(super) fn fx_errors(rates: &[FxRate], reporting: &str, errors: &mut Vec<String>) {
    if !is_currency(reporting) {
        errors.push(format!("customers: reporting_currency {reporting:?} is no currency such as CNY or EUR"));
    }
    let mut taken = BTreeSet::new();
    for one in rates {
        let mut wrong = |what: String| errors.push(format!("fx_rate of {:?} on {}: {what}", one.currency, one.day));
        if !is_currency(&one.currency) {
            wrong("that is no currency such as CNY or EUR".to_owned());
        }
        if one.currency == reporting {
            wrong("that is the currency of reports itself, which needs no rate".to_owned());
        }
        if !(one.rate > 0.0 && one.rate.is_finite()) {
            wrong(format!("its rate {} is no number above 0", one.rate));
        }
        outside(one.day).into_iter().for_each(&mut wrong);
        if !taken.insert((one.day, &one.currency)) {
            wrong("that stands twice".to_owned());
        }
    }
}

/// Says so where a table has no room for a day.
fn outside(day: Date) -> Option<String> {
    (!(1970..=2148).contains(&day.year())).then(|| format!("{day} is outside the years 1970 to 2148"))
}

fn is_currency(code: &str) -> bool {
    code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn short(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

fn whole() -> f64 {
    1.0
}

/// Reads a date, in quotation marks or without.
fn date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let value = toml::Value::deserialize(deserializer)?;
    let written = match (value.as_str(), value.as_datetime()) {
        (Some(text), _) => text.to_owned(),
        (None, Some(day)) => day.to_string(),
        (None, None) => value.type_str().to_owned(),
    };
    written.parse().map_err(|_| serde::de::Error::custom(format!("{written} is no day such as 2026-11-11")))
}

fn maybe_date<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    date(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use crate::catalog::Catalog;

    fn check(toml: &str, expected: &[&str]) {
        let errors = Catalog::parse(toml).err().map(|errors| errors.0).unwrap_or_default();
        assert_eq!(errors, expected, "{toml}");
    }

    const PARTS: &str = r#"
        [[indicators]]
        id = "journey"
        name = "Journey"
        [[indicators]]
        id = "delivery"
        parent = "journey"
        name = "Delivery"
        metric = "aspect_net"
        scope = { category = "delivery" }
        weight = 0.6
        target = 0.2
    "#;

    #[test]
    fn weights_under_one_parent_sum_to_one() {
        let part = |weight: &str| {
            format!(
                "{PARTS}\n[[indicators]]\nid = \"nps\"\nparent = \"journey\"\nname = \"NPS\"\nmetric = \"nps\"\nweight = {weight}"
            )
        };
        check(&part("0.4"), &[]);
        check(&part("0.3999"), &[]);
        check(&part("0.3"), &["indicator \"journey\": the weights of its parts sum to 0.9, not to 1"]);
        check(PARTS, &["indicator \"journey\": the weights of its parts sum to 0.6, not to 1"]);
        for weight in ["0", "-0.4", "nan"] {
            let errors = Catalog::parse(&part(weight)).expect_err("no weight").to_string();
            assert!(errors.contains("is not above 0 and at most 1"), "{errors}");
        }
    }

    #[test]
    fn an_indicator_measures_what_there_is_to_measure() {
        let one = |fields: &str| {
            format!(
                "brands = [{{ name = \"Rival\", own = false }}]\n[[indicators]]\nid = \"i\"\nname = \"I\"\n{fields}"
            )
        };
        check(&one("metric = \"nps\"\ntarget = 40\nscope = { survey_kind = \"relationship\" }"), &[]);
        check(&one(""), &["indicator \"i\": it has neither a metric nor parts"]);
        check(
            &one("metric = \"csat\"\ntarget = 80"),
            &["indicator \"i\": its target must lie from 0 to 1, as csat does"],
        );
        check(
            &one("metric = \"bounce_rate\"\nscope = { topic = \"speed\" }"),
            &["indicator \"i\": bounce_rate cannot be narrowed by \"topic\", only by touchpoint, journey_stage"],
        );
        check(
            &one("metric = \"nps\"\nbrand = \"Rival\""),
            &["indicator \"i\": brand \"Rival\" is a competitor's; indicators measure own brands"],
        );
        check(
            &one("metric = \"nps\"\nbrand = \"Nobody\""),
            &["indicator \"i\": brand \"Nobody\" is not listed under [[brands]]"],
        );
        check(&one("metric = \"nps\"\nparent = \"up\""), &["indicator \"i\": its parent \"up\" is not listed"]);
        let error = Catalog::parse(&one("metric = \"happiness\"")).expect_err("unknown").to_string();
        assert!(error.contains("line") && error.contains("happiness"), "{error}");
    }

    #[test]
    fn a_calendar_has_each_day_once() {
        let day = |fields: &str| {
            format!("brands = [{{ name = \"A\" }}]\n[[calendar]]\nname = \"Sale\"\nkind = \"sale\"\n{fields}")
        };
        check(&day("day = 2026-11-11"), &[]);
        check(&day("day = \"2026-11-11\"\nuntil = 2026-11-12\nbrand = \"A\""), &[]);
        let again = "\n[[calendar]]\nname = \"Again\"\nkind = \"sale\"\nday = 2026-11-12";
        check(
            &format!("{}{again}", day("day = 2026-11-11\nuntil = 2026-11-13")),
            &["calendar \"Again\": 2026-11-12 is in the calendar already"],
        );
        check(&format!("{}{again}", day("day = 2026-11-12\nbrand = \"A\"")), &[]);
        check(&day("day = 2026-11-11\nuntil = 2026-11-10"), &["calendar \"Sale\": until lies before day"]);
        check(&day("day = 2026-01-01\nuntil = 2026-12-31"), &["calendar \"Sale\": it is longer than 92 days"]);
        check(&day("day = 1969-01-01"), &["calendar \"Sale\": 1969-01-01 is outside the years 1970 to 2148"]);
        check(
            &day("day = 2026-11-11\nbrand = \"B\""),
            &["calendar \"Sale\": brand \"B\" is not listed under [[brands]]"],
        );
        for wrong in ["day = \"11.11.2026\"", "day = \"2026-02-30\"", "day = 20261111"] {
            let error = Catalog::parse(&day(wrong)).expect_err("no day").to_string();
            assert!(error.contains("line") && error.contains("is no day such as 2026-11-11"), "{error}");
        }
    }

    #[test]
    fn a_rate_leads_to_the_currency_of_reports() {
        let rate = |reporting: &str, fields: &str| {
            format!("[customers]\n{reporting}\n[[fx_rates]]\nday = 2026-10-01\n{fields}")
        };
        check(&rate("", "currency = \"EUR\"\nrate = 7.8"), &[]);
        check(&rate("reporting_currency = \"EUR\"", "currency = \"CNY\"\nrate = 0.13"), &[]);
        check(
            &rate("", "currency = \"CNY\"\nrate = 1"),
            &["fx_rate of \"CNY\" on 2026-10-01: that is the currency of reports itself, which needs no rate"],
        );
        check(
            &rate("", "currency = \"eur\"\nrate = 0"),
            &[
                "fx_rate of \"eur\" on 2026-10-01: that is no currency such as CNY or EUR",
                "fx_rate of \"eur\" on 2026-10-01: its rate 0 is no number above 0",
            ],
        );
        check(
            &rate("reporting_currency = \"euro\"", "currency = \"CNY\"\nrate = 2"),
            &["customers: reporting_currency \"euro\" is no currency such as CNY or EUR"],
        );
        let twice = "[[fx_rates]]\nday = 2026-10-01\ncurrency = \"EUR\"\nrate = 7.8\n";
        check(&twice.repeat(2), &["fx_rate of \"EUR\" on 2026-10-01: that stands twice"]);
    }
}
