//! What is asked: the example of every view in `docs/metrics.md`, and what a board asks minute by minute.

use hearken_schemas::tables::OBJECTS;

use super::fill::END;

const METRICS: &str = include_str!("../../../docs/metrics.md");

/// One question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The view it asks, with what tells it from others of the view.
    pub name: String,
    /// The statement.
    pub sql: String,
}

/// Returns one question a view: its documented example, with the end of the rows for now.
pub fn documented() -> Vec<Question> {
    let now = |example: &str| {
        let moment = format!("toDateTime('{END}', 'UTC')");
        example.replace("now()", &moment).replace("today()", &format!("toDate({moment})"))
    };
    let question = |view: &str| {
        let section = METRICS
            .split("\n### ")
            .find(|section| section.lines().next().is_some_and(|line| line.contains(&format!("`{view}`"))))?;
        let examples = section.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next());
        let example = examples.into_iter().find(|example| words(example).any(|word| word == view))?;
        Some(Question { name: view.to_owned(), sql: now(example.trim()) })
    };
    OBJECTS.iter().filter(|object| object.is_view()).filter_map(|object| question(object.name())).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// Returns what boards ask of the last 30 days: all brands and one, by the hour and by the minute, feedback and aspects.
pub fn minutes() -> Vec<Question> {
    let feedback = "sum(m.n) AS n, hearken_net(sum(m.positive), sum(m.negative), sum(m.judged)) AS net FROM v_feedback_minute AS m";
    let aspects = "sum(m.mentions) AS n, hearken_net(sum(m.positive), sum(m.negative), sum(m.mentions)) AS net FROM v_aspect_minute AS m";
    let days =
        format!("m.minute >= toDateTime('{END}', 'UTC') - INTERVAL 30 DAY AND m.minute < toDateTime('{END}', 'UTC')");
    let question = |name: &str, key: &str, from: &str, condition: &str| Question {
        name: format!("30 days: {name}"),
        sql: format!("SELECT {key} AS key, {from} WHERE {days}{condition} GROUP BY key ORDER BY key"),
    };
    let (hour, minute) = ("toStartOfHour(m.minute)", "m.minute");
    vec![
        question("feedback by hour", hour, feedback, ""),
        question("feedback by hour, one brand", hour, feedback, " AND m.brand = 'Alba'"),
        question("feedback by minute", minute, feedback, ""),
        question("feedback by minute, one brand", minute, feedback, " AND m.brand = 'Alba'"),
        question("feedback by stage", "m.journey_stage", feedback, ""),
        question("aspects by hour", hour, aspects, ""),
        question("aspects by hour, one topic", hour, aspects, " AND m.topic = 'topic 3'"),
        question("aspects by minute, one topic", minute, aspects, " AND m.topic = 'topic 3'"),
        question("topics, one brand", "m.topic", aspects, " AND m.brand = 'Alba'"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_view_has_a_question_that_does_not_depend_on_the_clock() {
        let asked: Vec<String> = documented().into_iter().map(|question| question.name).collect();
        let views: Vec<&str> = OBJECTS.iter().filter(|object| object.is_view()).map(|object| object.name()).collect();
        assert_eq!(asked, views);
        let clocked: Vec<Question> = documented()
            .into_iter()
            .filter(|question| question.sql.contains("now(") || question.sql.contains("today("))
            .collect();
        assert_eq!(clocked, []);
    }
}
