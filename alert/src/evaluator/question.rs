//! A rule's SQL as it is run.

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
pub fn make_news(ranges: &[Range]) -> String {
    format!("CREATE TEMPORARY TABLE news AS SELECT * FROM {}", news(ranges))
}

/// Returns the statement that drops it.
pub const DROP_NEWS: &str = "DROP TEMPORARY TABLE IF EXISTS news";

/// Returns the view over what became visible.
pub fn news(ranges: &[Range]) -> String {
    let list = |of: fn(&Range) -> i64| ranges.iter().map(|range| of(range).to_string()).collect::<Vec<_>>().join(", ");
    format!(
        "v_news(topic = '{}', partitions = [{}], from = [{}], until = [{}])",
        topics::ENRICHED,
        list(|range| i64::from(range.partition)),
        list(|range| range.from),
        list(|range| range.until)
    )
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
            make_news(&ranges),
            "CREATE TEMPORARY TABLE news AS SELECT * FROM v_news(topic = 'feedback.enriched.v1', partitions = [0, 3], from = \
             [120, 0], until = [125, 9])"
        );
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
