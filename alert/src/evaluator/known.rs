//! What ClickHouse knows of what the rules found.

use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::{Context, Result};
use hearken_schemas::access::quoted;
use hearken_schemas::id;
use serde::Deserialize;
use uuid::Uuid;

use crate::facts::Facts;
use crate::judge::{Candidate, Found, Known, KnownCase};
use crate::row::{AlertRow, At};
use crate::rule::Severity;
use crate::store::Store;

/// How many are asked about at once.
const CHUNK: usize = 1_000;

/// Of how many alerts of a round the risk is asked, the latest first: an older one of a history read in does without.
const RISKS_MAX: usize = 500;

/// How long that may take, seconds.
const RISK_SECONDS_MAX: u32 = 5;

/// Returns what is known of the feedback that the hits name.
///
/// # Errors
/// As [`Store::rows`].
pub(super) async fn facts(store: &Store, found: &[Found<'_>]) -> Result<HashMap<Uuid, Facts>> {
    let ids: BTreeSet<Uuid> = found.iter().flat_map(|found| &found.hits).filter_map(|hit| hit.feedback_id).collect();
    let mut facts = HashMap::with_capacity(ids.len());
    for ids in chunks(ids) {
        let sql = format!("SELECT * FROM v_alert_facts(feedback = [{ids}])");
        let rows: Vec<Facts> = store.rows(&sql, &[]).await.context("looking up what was said")?;
        facts.extend(rows.into_iter().map(|facts| (facts.feedback_id, facts)));
    }
    Ok(facts)
}

/// Returns the alerts among the candidates that were raised already, and the cases that matter to the others.
///
/// # Errors
/// As [`Store::rows`].
pub(super) async fn known(store: &Store, candidates: &[Candidate<'_>]) -> Result<(Vec<AlertRow>, Known)> {
    let mut raised: Vec<AlertRow> = Vec::new();
    for ids in chunks(candidates.iter().map(|candidate| candidate.alert_id)) {
        let sql = format!("SELECT * FROM alerts WHERE alert_id IN ({ids}) LIMIT 1 BY alert_id");
        raised.extend(store.rows::<AlertRow>(&sql, &[]).await.context("looking up alerts")?);
    }
    let alerts: HashSet<Uuid> = raised.iter().map(|alert| alert.alert_id).collect();
    let new: Vec<&Candidate<'_>> =
        candidates.iter().filter(|candidate| !alerts.contains(&candidate.alert_id)).collect();
    let cases = if new.is_empty() { Vec::new() } else { cases(store, &new).await.context("looking up cases")? };
    Ok((raised, Known { alerts, cases }))
}

/// A customer's risk at a moment; who has none has no row.
#[derive(Deserialize)]
struct Risk {
    customer_key: String,
    at: At,
    score: f32,
}

/// Puts the churn risk at their moment into the candidates whose customer is known and that were not raised already. It is asked
/// once: what goes wrong costs the risk, and never the alert.
pub(super) async fn risks(store: &Store, candidates: &mut [Candidate<'_>], raised: &HashSet<Uuid>) {
    let mut asked: Vec<&mut Candidate<'_>> = candidates
        .iter_mut()
        .filter(|candidate| candidate.facts.customer_key.is_some() && !raised.contains(&candidate.alert_id))
        .collect();
    asked.sort_by_key(|candidate| std::cmp::Reverse(candidate.facts.occurred_at));
    asked.truncate(RISKS_MAX);
    if asked.is_empty() {
        return;
    }
    let pair = |candidate: &Candidate<'_>| {
        (candidate.facts.customer_key.clone().unwrap_or_default(), candidate.facts.occurred_at)
    };
    let pairs: BTreeSet<(String, At)> = asked.iter().map(|candidate| pair(candidate)).collect();
    match store.rows_at_once::<Risk>(&risk_query(&pairs), &[]).await {
        Ok(rows) => {
            let scores: HashMap<(String, At), f32> =
                rows.into_iter().map(|risk| ((risk.customer_key, risk.at), risk.score)).collect();
            for candidate in asked {
                candidate.facts.risk = Some(scores.get(&pair(candidate)).copied().unwrap_or(0.0));
            }
        }
        Err(error) => {
            let customers = pairs.len();
            tracing::warn!(customers, error = format!("{error:#}"), "alerts go without the customers' churn risk");
        }
    }
}

fn risk_query(pairs: &BTreeSet<(String, At)>) -> String {
    let customers: Vec<String> = pairs.iter().map(|(customer, _)| quoted(customer)).collect();
    let at: Vec<String> = pairs.iter().map(|(_, at)| format!("'{at}'")).collect();
    format!(
        "SELECT customer_key, at, score FROM v_risk_at(customers = [{}], at = [{}]) SETTINGS max_execution_time = {RISK_SECONDS_MAX}",
        customers.join(", "),
        at.join(", ")
    )
}

/// A case as `v_cases` has it.
#[derive(Deserialize)]
struct Case {
    case_id: Uuid,
    subject_kind: String,
    subject: String,
    is_open: bool,
    severity: String,
    urgent: bool,
    owner: String,
    department: String,
    opened_at: At,
    customer_due_at: Option<At>,
    due_at: At,
}

/// The worst of a case's alerts.
#[derive(Deserialize)]
struct Worst {
    of_case: Uuid,
    severities: Vec<String>,
    is_urgent: bool,
}

#[derive(Deserialize)]
struct CaseId {
    case_id: Uuid,
}

async fn cases(store: &Store, new: &[&Candidate<'_>]) -> Result<Vec<KnownCase>> {
    let subjects: BTreeSet<(&str, &str)> =
        new.iter().map(|candidate| (candidate.facts.subject_kind.as_str(), candidate.facts.subject.as_str())).collect();
    let subjects: Vec<String> =
        subjects.into_iter().map(|(kind, subject)| format!("({}, {})", quoted(kind), quoted(subject))).collect();
    let mut ids: BTreeSet<Uuid> = new.iter().map(|candidate| id::case_id(candidate.alert_id)).collect();
    for subjects in subjects.chunks(CHUNK) {
        let sql = format!("SELECT case_id FROM cases WHERE (subject_kind, subject) IN ({})", subjects.join(", "));
        ids.extend(store.rows::<CaseId>(&sql, &[]).await?.into_iter().map(|row| row.case_id));
    }
    let mut cases = Vec::new();
    for ids in chunks(ids) {
        let sql = format!(
            "SELECT case_id, subject_kind, subject, is_open, severity, urgent, owner, department, opened_at, customer_due_at, \
             due_at FROM v_cases WHERE case_id IN ({ids})"
        );
        let found: Vec<Case> = store.rows(&sql, &[]).await?;
        // Only alerts that were written to the end: of one that was not, nobody may have been told yet.
        let sql = format!(
            "SELECT assumeNotNull(case_id) AS of_case, groupUniqArray(toString(severity)) AS severities, max(urgent)::Bool AS \
             is_urgent FROM alerts WHERE case_id IN ({ids}) GROUP BY case_id"
        );
        let worst: Vec<Worst> = store.rows(&sql, &[]).await?;
        let worst: HashMap<Uuid, Worst> = worst.into_iter().map(|worst| (worst.of_case, worst)).collect();
        cases.extend(found.into_iter().map(|case| known_case(case, &worst)));
    }
    Ok(cases)
}

fn known_case(case: Case, worst: &HashMap<Uuid, Worst>) -> KnownCase {
    let worst = worst.get(&case.case_id);
    let names = worst.into_iter().flat_map(|worst| worst.severities.iter()).chain([&case.severity]);
    KnownCase {
        case_id: case.case_id,
        severity: names.filter_map(|name| Severity::named(name)).max().unwrap_or(Severity::Low),
        urgent: case.urgent || worst.is_some_and(|worst| worst.is_urgent),
        subject_kind: case.subject_kind,
        subject: case.subject,
        is_open: case.is_open,
        owner: case.owner,
        department: case.department,
        opened_at: case.opened_at,
        customer_due_at: case.customer_due_at,
        due_at: case.due_at,
    }
}

/// Returns ids as lists for SQL, each of a length that a query may have.
fn chunks(ids: impl IntoIterator<Item = Uuid>) -> Vec<String> {
    let ids: Vec<String> = ids.into_iter().map(|id| format!("'{id}'")).collect();
    ids.chunks(CHUNK).map(|ids| ids.join(", ")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_customer_is_asked_about_at_a_moment_of_its_own() {
        let at = |text: &str| At(text.parse().expect("a time"));
        let pairs = BTreeSet::from([
            ("crm/O'Neil".to_owned(), at("2026-11-22T10:00:00Z")),
            ("C2".to_owned(), at("2026-11-22T11:00:00.5Z")),
        ]);
        assert_eq!(
            risk_query(&pairs),
            r"SELECT customer_key, at, score FROM v_risk_at(customers = ['C2', 'crm/O\'Neil'], at = ['2026-11-22 11:00:00.500', '2026-11-22 10:00:00.000']) SETTINGS max_execution_time = 5"
        );
    }
}
