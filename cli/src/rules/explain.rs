//! `hearken rules explain`: what a rule looks for, how it is asked, and what it found.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use hearken_alert::evaluator::question::{news, period_ms, query, tick};
use hearken_alert::facts::Facts;
use hearken_alert::frontier::Range;
use hearken_alert::judge::{Found, candidates};
use hearken_alert::row::At;
use hearken_alert::rule::{Rule, When};
use hearken_schemas::topics;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use super::files;
use super::question::{Answer, Session};
use super::words::{head, length};
use crate::Endpoints;
use crate::sql::pretty;
use crate::store::{Store, quoted};

/// Arguments of `hearken rules explain`.
#[derive(Args)]
pub(super) struct Arguments {
    /// The rule's id
    id: String,
    /// A rule file of yours, or a directory of them; it goes before the shipped rule of the same id
    #[arg(long = "rules")]
    files: Vec<PathBuf>,
    /// Say whether the rule finds this feedback
    #[arg(long)]
    feedback: Option<Uuid>,
    /// Show the alerts of so many days
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3_660))]
    days: u32,
    /// Ask the rule of what became visible in so many minutes
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..=1_440))]
    minutes: u32,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Runs `hearken rules explain`: with `--feedback`, exit code 1 where the rule does not find it.
///
/// # Errors
/// Where there is no such rule or feedback, ClickHouse refuses the rule, or does not answer.
pub(super) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let rule = named(&arguments)?;
    let store = Store::new(&arguments.endpoints)?;
    let now = At(Timestamp::from_millisecond(Timestamp::now().as_millisecond())?);
    print!("{}\n{}", head(&rule), as_asked(&rule, now));
    if let Some(feedback_id) = arguments.feedback {
        println!();
        let is_found = one(&store, &rule, feedback_id, now).await?;
        return Ok(if is_found { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    println!("\nalerts of the last {} days:", arguments.days);
    print!("{}", alerts(&store, &rule.id, arguments.days).await?);
    println!();
    evaluate(&store, &rule, arguments.minutes, now).await?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the rule: of the files that are named, else of the shipped ones.
fn named(arguments: &Arguments) -> Result<Rule> {
    let mut files = if arguments.files.is_empty() { Vec::new() } else { files::read(&arguments.files)? };
    files.extend(files::read(&[])?);
    let (mut found, mut known) = (None, Vec::new());
    for file in &files {
        match Rule::parse(&file.name, &file.text) {
            Ok(rule) if rule.id == arguments.id && found.is_none() => found = Some(rule),
            Ok(rule) => known.push(rule.id),
            Err(errors) => errors.iter().for_each(|error| eprintln!("{error}")),
        }
    }
    known.sort();
    found.with_context(|| {
        format!("no rule is called {:?}; there are {}. --rules DIR reads yours", arguments.id, known.join(", "))
    })
}

/// Returns the SQL as it is run, with what fills its parameters.
fn as_asked(rule: &Rule, now: At) -> String {
    let mut out = match rule.when {
        // The numbers of a round stand here as 0.
        When::Feedback => format!(
            "CREATE TEMPORARY TABLE news AS SELECT * FROM {};\n",
            news(&[Range { partition: 0, from: 0, until: 0 }])
        ),
        When::Every(_) => String::new(),
    };
    let (sql, parameters) = query(rule, moment(rule, now));
    parameters.iter().for_each(|(name, value)| out.push_str(&format!("SET param_{name} = {};\n", quoted(value))));
    format!("asked as:\n{out}{sql};\n")
}

/// The moment that a rule is asked about: its latest tick, or now.
fn moment(rule: &Rule, now: At) -> At {
    period_ms(rule).map_or(now, |period_ms| tick(period_ms, now))
}

async fn alerts(store: &Store, rule: &str, days: u32) -> Result<String> {
    let rows = format!("FROM v_alerts WHERE rule = {} AND alert_at >= now64(3) - toIntervalDay({days})", quoted(rule));
    if store.number(&format!("SELECT count() {rows}")).await? == 0 {
        return Ok("none\n".to_owned());
    }
    let sql = format!(
        "SELECT if(paged, 'yes', 'no') AS told, toString(unpaged_because) AS because, count() AS alerts, \
         uniqExact(subject_kind, subject) AS subjects, max(alert_at) AS latest, quantileExact(0.5)(seen_ms) AS seen_ms, \
         countIf(case_outcome = 'mistaken') AS mistaken {rows} GROUP BY told, because ORDER BY told DESC, alerts DESC"
    );
    pretty(store, &sql).await
}

/// Asks the rule once, of what became visible lately.
async fn evaluate(store: &Store, rule: &Rule, minutes: u32, now: At) -> Result<()> {
    let session = Session::open(store);
    let what = match rule.when {
        When::Feedback => {
            let ranges = lately(store, minutes).await?;
            let (news, took) = session.look_up(&ranges).await?;
            format!("{news} feedback of the last {minutes} minutes, looked up for all rules in {} ms", took.as_millis())
        }
        When::Every(period_ms) => format!("its tick {}, the latest of every {}", moment(rule, now), length(period_ms)),
    };
    let Answer { hits, took, rows_read } = session.answer(rule, moment(rule, now)).await?;
    println!("asked now of {what}:\n{} found in {} ms, {rows_read} rows read", hits.len(), took.as_millis());
    Ok(())
}

#[derive(Deserialize)]
struct Offsets {
    partition: i32,
    from: i64,
    until: i64,
}

impl From<Offsets> for Range {
    fn from(Offsets { partition, from, until }: Offsets) -> Self {
        Self { partition, from, until }
    }
}

/// Returns the sink's input offsets of what was written in the last minutes.
async fn lately(store: &Store, minutes: u32) -> Result<Vec<Range>> {
    let sql = format!(
        "SELECT in_partition AS partition, min(in_offset) AS from, max(in_offset) + 1 AS until FROM feedback \
         WHERE in_topic = '{}' AND written_at >= now64(3) - toIntervalMinute({minutes}) GROUP BY partition ORDER BY partition",
        topics::ENRICHED
    );
    Ok(store.rows::<Offsets>(&sql).await?.into_iter().map(Range::from).collect())
}

/// What a feedback is, for who asks why it was found or not.
#[derive(Deserialize)]
struct Feedback {
    occurred_at: At,
    channel: String,
    brand: String,
    own: bool,
    origin: String,
    in_topic: String,
    partition: i32,
    from: i64,
    until: i64,
}

/// Says whether the rule finds a feedback, and what follows.
async fn one(store: &Store, rule: &Rule, feedback_id: Uuid, now: At) -> Result<bool> {
    let sql = format!(
        "SELECT occurred_at, channel, brand, own, origin, in_topic, in_partition AS partition, in_offset AS from, in_offset + 1 AS until \
         FROM v_feedback WHERE feedback_id = '{feedback_id}'"
    );
    let found: Vec<Feedback> = store.rows(&sql).await?;
    let feedback = found.into_iter().next().with_context(|| {
        format!("no feedback has the id {feedback_id}; `hearken trace SOURCE ID` says what became of a record")
    })?;
    println!("{}", described(feedback_id, &feedback));
    if !feedback.own || feedback.origin != "genuine" {
        println!("no rule on feedback sees it: news is what is genuine, about own brands");
        return Ok(false);
    }
    let session = Session::open(store);
    if rule.when == When::Feedback {
        session.look_up(&[Range { partition: feedback.partition, from: feedback.from, until: feedback.until }]).await?;
    }
    let as_of = moment(rule, now);
    let Answer { mut hits, took, rows_read } = session.answer(rule, as_of).await?;
    hits.retain(|hit| hit.feedback_id == Some(feedback_id));
    if hits.is_empty() {
        println!("the rule does not find it ({} ms, {rows_read} rows read)", took.as_millis());
        return Ok(false);
    }
    println!("the rule finds it ({} ms, {rows_read} rows read)", took.as_millis());
    let facts: Vec<Facts> = store.rows(&format!("SELECT * FROM v_alert_facts(feedback = ['{feedback_id}'])")).await?;
    let facts: HashMap<Uuid, Facts> = facts.into_iter().map(|facts| (facts.feedback_id, facts)).collect();
    for candidate in candidates(vec![Found { rule, hits, as_of }], &facts) {
        let (kind, subject) = (&candidate.facts.subject_kind, &candidate.facts.subject);
        println!("alert {} about {kind} {subject}, of the time from {}", candidate.alert_id, candidate.window_start);
        candidate.detail.iter().for_each(|(name, value)| println!("  {name}: {value}"));
        println!("{}", raised(store, candidate.alert_id, feedback_id).await?);
    }
    Ok(true)
}

fn described(feedback_id: Uuid, feedback: &Feedback) -> String {
    let Feedback { occurred_at, channel, brand, own, origin, in_topic, partition, from, .. } = feedback;
    let brand = if brand.is_empty() { "an unknown brand" } else { brand };
    let own = if *own { "own" } else { "a competitor's" };
    format!(
        "feedback {feedback_id}: {channel} of {occurred_at}, about {brand} ({own}), {origin}; {in_topic} {partition}/{from}"
    )
}

#[derive(Deserialize)]
struct Raised {
    alert_at: At,
    paged: bool,
    unpaged_because: String,
    feedback_id: Option<Uuid>,
    case_id: Option<Uuid>,
}

/// Says what became of an alert.
async fn raised(store: &Store, alert_id: Uuid, feedback_id: Uuid) -> Result<String> {
    let sql = format!(
        "SELECT alert_at, paged, unpaged_because, feedback_id, case_id FROM alerts WHERE alert_id = '{alert_id}' LIMIT 1"
    );
    let known: Vec<Raised> = store.rows(&sql).await?;
    let Some(raised) = known.into_iter().next() else {
        return Ok("it is not raised: the alert service has not seen it, or the rule was another then".to_owned());
    };
    let Raised { alert_at, paged, unpaged_because, feedback_id: decided, case_id } = raised;
    let by = match decided {
        Some(other) if other != feedback_id => format!(" by feedback {other}, whose cooldown this falls into"),
        Some(_) | None => String::new(),
    };
    let told = if paged {
        "somebody was told at once".to_owned()
    } else {
        format!("nobody was told at once: {unpaged_because}")
    };
    let case = case_id.map_or("no case".to_owned(), |case_id| format!("case {case_id}"));
    Ok(format!("raised at {alert_at}{by}; {told}; {case}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(when: &str, body: &str) -> Rule {
        let text = format!(
            "---\nid: r\ntitle: {{en: A, zh: 甲}}\nwhy: {{en: A, zh: 甲}}\nseverity: low\n{when}\ncooldown: 1d\nparameters: {{kind: \"it's\"}}\n---\n{body}"
        );
        Rule::parse("r.sql", &text).expect("a rule")
    }

    #[test]
    fn what_is_shown_can_be_run() {
        let now = At("2026-11-22T17:19:59Z".parse().expect("a time"));
        let asked = as_asked(&rule("on: feedback", "SELECT feedback_id FROM news WHERE text = {kind:String}"), now);
        assert!(asked.contains("CREATE TEMPORARY TABLE news AS SELECT"), "{asked}");
        assert!(asked.contains("SET param_kind = 'it\\'s';\nSELECT *\nFROM\n(\nSELECT feedback_id"), "{asked}");
        let asked = as_asked(&rule("every: 10m", "SELECT {kind:String}, {as_of:DateTime('UTC')}"), now);
        assert!(asked.contains("SET param_as_of = '2026-11-22 17:10:00';"), "{asked}");
        assert!(!asked.contains("news"), "{asked}");
    }
}
