//! A rule's SQL as it is run.

use std::sync::LazyLock;

use hearken_schemas::tables::OBJECTS;
use hearken_schemas::topics;

use crate::frontier::Range;
use crate::row::At;
use crate::rule::{Rule, When};

/// How long one rule may take in one round, seconds.
pub const RULE_SECONDS_MAX: u32 = 20;

/// Returns the query of a rule's answer, and what fills its parameters. A rule on feedback reads the temporary table that
/// [`make_news`] made; one of its own time is given the tick.
pub fn query(rule: &Rule, as_of: At) -> (String, Vec<(String, String)>) {
    let mut parameters: Vec<(String, String)> =
        rule.parameters.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    if period_ms(rule).is_some() {
        parameters.push(("as_of".to_owned(), seconds(as_of)));
    }
    // The body may end in a comment, so its bracket stands in a line of its own.
    let sql = format!("SELECT *\nFROM\n(\n{}\n)\nSETTINGS max_execution_time = {RULE_SECONDS_MAX}", rule.body);
    (sql, parameters)
}

/// Returns the statement that makes the table `news` of these offsets: looked up once a round, read by every rule.
///
/// It is the text of the view `v_news`, not a question to it: ClickHouse analyses a view with parameters several times and makes its
/// look-ups each time, which at a million customers takes three times as long.
pub fn make_news(ranges: &[Range]) -> String {
    let [partitions, from, until] = lists(ranges);
    let filled = NEWS
        .replace("{topic:String}", &format!("'{}'", topics::ENRICHED))
        .replace("{partitions:Array(Int32)}", &format!("{partitions}::Array(Int32)"))
        .replace("{from:Array(Int64)}", &format!("{from}::Array(Int64)"))
        .replace("{until:Array(Int64)}", &format!("{until}::Array(Int64)"));
    format!("CREATE TEMPORARY TABLE news AS {filled}")
}

/// What `v_news` asks.
static NEWS: LazyLock<&str> = LazyLock::new(|| {
    let view = OBJECTS.iter().find(|object| object.name() == "v_news");
    let text = view.and_then(|view| view.statement.split_once("\nAS ")).map_or("", |(_, text)| text);
    text.rsplit_once("\nCOMMENT ").map_or(text, |(text, _)| text)
});

/// Returns the statement that drops it.
pub const DROP_NEWS: &str = "DROP TEMPORARY TABLE IF EXISTS news";

/// Returns the same as a question that people can read and ask.
pub fn news(ranges: &[Range]) -> String {
    let [partitions, from, until] = lists(ranges);
    format!("v_news(topic = '{}', partitions = {partitions}, from = {from}, until = {until})", topics::ENRICHED)
}

fn lists(ranges: &[Range]) -> [String; 3] {
    let list = |of: fn(&Range) -> i64| ranges.iter().map(|range| of(range).to_string()).collect::<Vec<_>>().join(", ");
    [list(|range| i64::from(range.partition)), list(|range| range.from), list(|range| range.until)]
        .map(|numbers| format!("[{numbers}]"))
}

/// How a parameter of the type DateTime is written.
fn seconds(at: At) -> String {
    let text = at.to_string();
    text.split('.').next().unwrap_or(&text).to_owned()
}

/// Returns the latest tick of a period that is not after now, counted from 1970.
pub fn tick(period_ms: i64, now: At) -> At {
    let now_ms = now.0.as_millisecond();
    At(jiff::Timestamp::from_millisecond(now_ms - now_ms.rem_euclid(period_ms.max(1))).unwrap_or_default())
}

/// Returns the period of a rule that is asked by the clock.
pub fn period_ms(rule: &Rule) -> Option<i64> {
    match rule.when {
        When::Feedback => None,
        When::Every(period_ms) => Some(period_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(when: &str, body: &str) -> Rule {
        let text = format!(
            "---\nid: r\ntitle: {{en: A, zh: 甲}}\nwhy: {{en: A, zh: 甲}}\nseverity: low\n{when}\ncooldown: 1d\n---\n{body}"
        );
        Rule::parse("r.sql", &text).expect("a rule")
    }

    #[test]
    fn a_rule_on_feedback_reads_the_offsets_it_has_not_seen() {
        let ranges = [Range { partition: 0, from: 120, until: 125 }, Range { partition: 3, from: 0, until: 9 }];
        assert_eq!(
            news(&ranges),
            "v_news(topic = 'feedback.enriched.v1', partitions = [0, 3], from = [120, 0], until = [125, 9])"
        );
        let made = make_news(&ranges);
        assert!(made.starts_with("CREATE TEMPORARY TABLE news AS WITH RECURSIVE\n"), "{made}");
        assert!(made.contains("in_topic = 'feedback.enriched.v1'"), "{made}");
        assert!(made.contains("in_offset >= arrayMin([120, 0]::Array(Int64))"), "{made}");
        assert!(!made.contains('{') && !made.contains("COMMENT"), "no parameter is left: {made}");
        let (sql, parameters) =
            query(&rule("on: feedback", "SELECT feedback_id FROM news -- all"), At(jiff::Timestamp::UNIX_EPOCH));
        assert!(parameters.is_empty());
        assert_eq!(sql, "SELECT *\nFROM\n(\nSELECT feedback_id FROM news -- all\n)\nSETTINGS max_execution_time = 20");
    }

    #[test]
    fn a_rule_of_its_own_time_is_asked_at_aligned_ticks() {
        let at = |text: &str| At(text.parse().expect("a time"));
        let rule = rule("every: 10m", "SELECT 1");
        let tick = tick(period_ms(&rule).expect("a period"), at("2026-11-22T17:19:59.999Z"));
        assert_eq!(tick, at("2026-11-22T17:10:00Z"));
        let (_, parameters) = query(&rule, tick);
        assert_eq!(parameters, [("as_of".to_owned(), "2026-11-22 17:10:00".to_owned())]);
    }
}
