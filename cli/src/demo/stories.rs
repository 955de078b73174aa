//! The questions that find the planted stories, each with the sentence that answers it.
//!
//! Every question is one SQL query over the documented views, as an analyst would ask it; the answer shows the story in its first
//! line and, below it, what it must be told from.

use serde_json::Value;

use super::words::{count, most, number, percent, percent_at_most, text};
use crate::scenario::Story;

/// A question an analyst would ask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question {
    /// In words.
    pub(crate) text: &'static str,
    /// In SQL.
    pub(crate) sql: &'static str,
    /// Says what the answer shows where the story is found: its first row, and those the story must be told from.
    pub(crate) say: fn(&Value, &[Value]) -> String,
    /// What the answer should have shown.
    pub(crate) expected: &'static str,
}

/// Returns the question that finds a story.
pub(crate) fn question(story: Story) -> Question {
    match story {
        Story::AppCrash => APP_CRASH,
        Story::Courier => COURIER,
        Story::RudeStore => RUDE_STORE,
        Story::Leaving => LEAVING,
        Story::Burst => BURST,
        Story::Packaging => PACKAGING,
    }
}

const APP_CRASH: Question = Question {
    text: "Which release of the app crashes, on which system, and in which words do customers say so?",
    sql: "SELECT f.attributes['app_version'] AS release, f.attributes['os'] AS os, count() AS feedback,
    countIf(q.quote != '') AS crashes, round(crashes / feedback, 2) AS crash_share,
    arrayStringConcat(groupUniqArrayIf(4)(q.quote, q.quote != ''), ', ') AS wordings
  FROM v_feedback AS f
  ANY LEFT JOIN (
    SELECT feedback_id, quote FROM v_quotes WHERE topic = 'crash') AS q
    ON q.feedback_id = f.feedback_id
  WHERE release != '' GROUP BY release, os ORDER BY crash_share DESC",
    say: |first, others| {
        format!(
            "{} on {}: {} of what its users say tells of a crash ({} of {}); every other release and system: {}.",
            text(&first["release"]),
            if first["os"] == "android" { "Android" } else { text(&first["os"]) },
            percent(number(&first["crash_share"])),
            count(number(&first["crashes"])),
            count(number(&first["feedback"])),
            percent_at_most(most(others, "crash_share")),
        )
    },
    expected: "one release crashes on one system, and the others do not",
};

const COURIER: Question = Question {
    text: "Which courier disappoints, and where: by what customers say, and by how long their orders took?",
    sql: "SELECT f.region AS region, o.courier AS courier, count(f.sentiment) AS feedback,
    round(avg(f.sentiment = 'negative'), 2) AS negative_share,
    round(median(o.hours) / 24, 1) AS days_to_deliver
  FROM v_feedback AS f
  INNER JOIN (
    SELECT order_id, attributes['courier'] AS courier,
      dateDiff('hour', occurred_at, updated_at) AS hours
    FROM orders WHERE status = 'delivered' AND courier != '') AS o ON o.order_id = f.order_id
  WHERE f.occurred_at > now() - INTERVAL 14 DAY
  GROUP BY region, courier HAVING feedback >= 10 ORDER BY negative_share DESC",
    say: |first, others| {
        format!(
            "{} in region {}: {} of {} comments are negative and an order takes {} days; elsewhere and with others: {}, and {} days.",
            text(&first["courier"]),
            text(&first["region"]),
            percent(number(&first["negative_share"])),
            count(number(&first["feedback"])),
            number(&first["days_to_deliver"]),
            percent_at_most(most(others, "negative_share")),
            most(others, "days_to_deliver"),
        )
    },
    expected: "one courier is late and disliked in one region, and nowhere else",
};

const RUDE_STORE: Question = Question {
    text: "In which store of the region are visitors treated badly?",
    sql: "SELECT store_id, count() AS feedback, countIf(has(aspects.topic, 'rudeness')) AS rude,
    round(rude / feedback, 2) AS rude_share,
    substringUTF8(
      anyIf(text, has(aspects.topic, 'rudeness') AND channel = 'review'), 1, 22) AS example
  FROM v_feedback
  WHERE touchpoint = 'store' AND region = 'east' AND occurred_at > now() - INTERVAL 14 DAY
  GROUP BY store_id HAVING feedback >= 10 ORDER BY rude_share DESC",
    say: |first, others| {
        format!(
            "{}: {} of what its visitors say tells of rude staff ({} of {}); the {} other stores of the region: {}.",
            text(&first["store_id"]),
            percent(number(&first["rude_share"])),
            count(number(&first["rude"])),
            count(number(&first["feedback"])),
            others.len(),
            percent_at_most(most(others, "rude_share")),
        )
    },
    expected: "visitors of one store tell of rude staff, and those of its neighbours do not",
};

const LEAVING: Question = Question {
    text: "Which of the customers who buy most say that they leave, and do they mean it?",
    sql: "SELECT says_so, last_order < now() - INTERVAL 14 DAY AS stopped, count() AS customers,
    round(avg(orders), 1) AS orders_each, round(avg(spent)) AS spent_each,
    round(sum(spent)) AS spent_in_all,
    arrayStringConcat(groupArray(3)(customer_id), ', ') AS examples
  FROM (
    SELECT customer_id, count() AS orders, max(occurred_at) AS last_order,
      sumIf(amount, status NOT IN ('cancelled', 'refunded')) AS spent,
      customer_id IN (
        SELECT customer_id FROM v_quotes
        WHERE topic = 'leaving' AND polarity = 'negative'
          AND occurred_at > now() - INTERVAL 14 DAY) AS says_so
    FROM v_orders
    WHERE currency = 'CNY'
      AND customer_id IN (SELECT customer_id FROM v_customers WHERE segment IN ('valued', 'vip'))
    GROUP BY customer_id HAVING orders >= 5)
  GROUP BY says_so, stopped ORDER BY says_so DESC, stopped DESC",
    say: |first, others| {
        let silent: Vec<&Value> = others.iter().filter(|row| number(&row["says_so"]) == 0.0).collect();
        let sum = |rows: &[&Value]| rows.iter().map(|row| number(&row["customers"])).sum::<f64>();
        let stopped: Vec<&Value> = silent.iter().copied().filter(|row| number(&row["stopped"]) > 0.0).collect();
        format!(
            "{} valued customers say that they leave, and have ordered nothing for two weeks; in the nine weeks they spent \
             CNY {} ({} each), for example {}. Of {} who say nothing of the kind, {} have stopped.",
            count(number(&first["customers"])),
            count(number(&first["spent_in_all"])),
            count(number(&first["spent_each"])),
            text(&first["examples"]),
            count(sum(&silent)),
            count(sum(&stopped)),
        )
    },
    expected: "valued customers say that they leave and order no more, and most of those who say nothing go on",
};

const BURST: Question = Question {
    text: "In which hours did new accounts post, and in how many wordings?",
    sql: "SELECT toStartOfHour(occurred_at) AS hour_utc, count() AS posts,
    countIf(fresh) AS new_accounts, uniqExactIf(text, fresh) AS their_wordings,
    substringUTF8(anyIf(text, fresh), 1, 15) AS example
  FROM (
    SELECT occurred_at, text, toUInt32OrZero(attributes['account_age_days']) < 7 AS fresh
    FROM v_feedback WHERE channel = 'social' AND attributes['account_age_days'] != '')
  GROUP BY hour_utc HAVING posts >= 100 ORDER BY new_accounts DESC, hour_utc LIMIT 3",
    say: |first, others| {
        format!(
            "In the hour from {} UTC {} posts came from accounts younger than a week, in {} wordings; in the other busiest hours: {}.",
            text(&first["hour_utc"]).get(..16).unwrap_or("–"),
            count(number(&first["new_accounts"])),
            count(number(&first["their_wordings"])),
            count(most(others, "new_accounts")),
        )
    },
    expected: "in one hour new accounts post nearly the same, and in other busy hours none do",
};

const PACKAGING: Question = Question {
    text: "Whose boxes arrived damaged, and did the fix three weeks ago work?",
    sql: "SELECT product_id, countIf(damaged AND NOT fixed) AS damaged_before,
    round(damaged_before / countIf(NOT fixed), 3) AS share_before,
    countIf(damaged AND fixed) AS damaged_since,
    round(damaged_since / countIf(fixed), 3) AS share_since
  FROM (
    SELECT product_id, occurred_at > now() - INTERVAL 21 DAY AS fixed,
      arrayExists((topic, polarity) -> topic = 'packaging' AND polarity = 'negative',
        aspects.topic, aspects.polarity) AS damaged
    FROM v_feedback WHERE order_id IS NOT NULL AND store_id IS NULL)
  GROUP BY product_id ORDER BY share_before DESC",
    say: |first, others| {
        format!(
            "{}: {} of what was said before the fix tells of damage ({} comments), {} of what was said since ({}); other products before: {}.",
            text(&first["product_id"]),
            percent(number(&first["share_before"])),
            count(number(&first["damaged_before"])),
            percent(number(&first["share_since"])),
            count(number(&first["damaged_since"])),
            percent_at_most(most(others, "share_before")),
        )
    },
    expected: "one product arrives damaged far more often than any other until the fix, and hardly since",
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_story_is_asked_for_in_lines_a_terminal_shows() {
        for story in Story::ALL {
            let question = question(story);
            assert!(question.sql.starts_with("SELECT ") && question.text.len() > 20, "{story:?}");
            assert!(question.sql.lines().all(|line| line.len() <= 100), "{story:?}");
        }
    }

    #[test]
    fn an_answer_is_told_in_its_own_numbers() {
        let check = |story: Story, rows: Value, expected: &str| {
            let rows: Vec<Value> = serde_json::from_value(rows).unwrap();
            assert_eq!((question(story).say)(&rows[0], &rows[1..]), expected);
        };
        check(
            Story::AppCrash,
            json!([
                {"release": "6.2.0", "os": "android", "feedback": "1483", "crashes": "989", "crash_share": 0.67},
                {"release": "6.1.4", "os": "ios", "crash_share": 0},
            ]),
            "6.2.0 on Android: 67 % of what its users say tells of a crash (989 of 1,483); every other release and system: 0 %.",
        );
        check(
            Story::Leaving,
            json!([
                {"says_so": 1, "stopped": 1, "customers": "14", "spent_each": 9300, "spent_in_all": 130200, "examples": "C1, C2"},
                {"says_so": 1, "stopped": 0, "customers": "3"},
                {"says_so": 0, "stopped": 1, "customers": "16"},
                {"says_so": 0, "stopped": 0, "customers": "1172"},
            ]),
            "14 valued customers say that they leave, and have ordered nothing for two weeks; in the nine weeks they spent \
             CNY 130,200 (9,300 each), for example C1, C2. Of 1,188 who say nothing of the kind, 16 have stopped.",
        );
        check(
            Story::Burst,
            json!([
                {"hour_utc": "2026-11-20 05:00:00", "new_accounts": 120, "their_wordings": 4},
                {"hour_utc": "2026-11-22 05:00:00", "new_accounts": 0},
            ]),
            "In the hour from 2026-11-20 05:00 UTC 120 posts came from accounts younger than a week, in 4 wordings; \
             in the other busiest hours: 0.",
        );
    }
}
