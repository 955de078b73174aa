//! From what rules found to the alerts that may be raised.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use hearken_schemas::id;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::facts::Facts;
use crate::row::At;
use crate::rule::{Rule, When};

/// One row of a rule's answer.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Hit {
    /// The feedback that decided; of an incident one that shows it.
    pub feedback_id: Option<Uuid>,
    /// Where the deciding words begin in its text, in characters; the worst aspect's where the rule does not say.
    pub span_start: Option<u32>,
    /// Where they end.
    pub span_end: Option<u32>,
    /// What the rule says of itself.
    pub detail: BTreeMap<String, String>,
    /// What it is about where that is no customer, such as topic or product.
    pub subject_kind: Option<String>,
    /// Its key.
    pub subject: Option<String>,
    /// When it began, where no feedback says.
    pub occurred_at: Option<At>,
    /// The brand, where no feedback says.
    pub brand: Option<String>,
    /// The topic, where no feedback says.
    pub topic: Option<String>,
    /// The product, where no feedback says.
    pub product_id: Option<String>,
}

impl Hit {
    /// Tells what a rule's answer lacks to be about anything.
    pub fn lacks(&self) -> Option<&'static str> {
        let named = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        match (self.feedback_id, named(&self.subject_kind) && named(&self.subject)) {
            (Some(_), _) => None,
            (None, true) if self.occurred_at.is_some() => None,
            (None, true) => Some("a row has neither feedback_id nor occurred_at"),
            (None, false) => Some("a row has neither feedback_id nor subject_kind and subject"),
        }
    }
}

/// What one rule found at one moment.
#[derive(Debug, Clone)]
pub struct Found<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// Its answer.
    pub hits: Vec<Hit>,
    /// The tick that it was asked about, or now.
    pub as_of: At,
}

/// An alert that may be raised: known ones are not raised again.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    /// Its id.
    pub alert_id: Uuid,
    /// The rule.
    pub rule: &'a Rule,
    /// What is known of what decided.
    pub facts: Facts,
    /// The deciding feedback; none of an incident without a sample.
    pub feedback_id: Option<Uuid>,
    /// Where its cooldown's window begins.
    pub window_start: At,
    /// What the rule says of itself.
    pub detail: BTreeMap<String, String>,
}

/// Returns the alerts that may be raised, one an id, the worst and then the earliest first. A hit whose feedback nobody knows
/// anything of any more is left out.
pub fn candidates<'a>(found: Vec<Found<'a>>, facts: &HashMap<Uuid, Facts>) -> Vec<Candidate<'a>> {
    let mut all: Vec<Candidate<'a>> = Vec::new();
    for Found { rule, hits, as_of } in found {
        all.extend(hits.into_iter().filter_map(|hit| candidate(rule, hit, facts, as_of)));
    }
    all.sort_by_key(order);
    let mut seen = BTreeSet::new();
    all.retain(|candidate| seen.insert(candidate.alert_id));
    all
}

type Order = (std::cmp::Reverse<(bool, crate::rule::Severity)>, At, Uuid, Option<Uuid>);

fn order(candidate: &Candidate<'_>) -> Order {
    let worst = std::cmp::Reverse((candidate.rule.urgent, candidate.rule.severity));
    (worst, candidate.facts.occurred_at, candidate.alert_id, candidate.feedback_id)
}

fn candidate<'a>(rule: &'a Rule, hit: Hit, facts: &HashMap<Uuid, Facts>, as_of: At) -> Option<Candidate<'a>> {
    let known = match hit.feedback_id {
        Some(feedback_id) => Some(facts.get(&feedback_id)?.clone()),
        None => None,
    };
    let (feedback_id, detail) = (hit.feedback_id, hit.detail.clone());
    let said_at = hit.occurred_at.filter(|_| rule.when != When::Feedback);
    let mut facts = described(hit, known, as_of)?;
    if let Some(said_at) = said_at {
        // What a rule of its own time finds began when the rule says, and came to be known at its tick.
        let known_at = as_of.max(said_at);
        facts = Facts { occurred_at: said_at, received_at: known_at, seen_at: known_at, ..facts };
    }
    let window = facts.occurred_at.0.as_millisecond().div_euclid(rule.cooldown_ms);
    let start = Timestamp::from_millisecond(window.saturating_mul(rule.cooldown_ms)).unwrap_or_default();
    let alert_id = id::alert_id(&rule.id, &facts.subject_kind, &facts.subject, window);
    Some(Candidate { alert_id, rule, facts, feedback_id, window_start: At(start), detail })
}

/// Puts what the rule says over what is known of the feedback.
fn described(hit: Hit, known: Option<Facts>, as_of: At) -> Option<Facts> {
    let Hit { span_start, span_end, subject_kind, subject, occurred_at, brand, topic, product_id, .. } = hit;
    let own_subject = subject_kind.zip(subject).filter(|(kind, subject)| !kind.is_empty() && !subject.is_empty());
    let mut facts = match known {
        Some(facts) => facts,
        None => incident(occurred_at?, as_of),
    };
    if let Some((kind, subject)) = own_subject {
        let is_of_somebody = kind == "customer" && facts.customer_key.as_deref() == Some(subject.as_str());
        (facts.subject_kind, facts.subject) = (kind, subject);
        if !is_of_somebody {
            // The feedback only shows what the incident is like: its customer is not whom it is about.
            facts = Facts {
                customer_key: None,
                customer_owner: String::new(),
                tier: UNKNOWN.to_owned(),
                risk: None,
                ..facts
            };
        }
    }
    let set = |field: &mut String, said: Option<String>| {
        if let Some(said) = said.filter(|said| !said.is_empty()) {
            *field = said;
        }
    };
    set(&mut facts.brand, brand);
    set(&mut facts.topic, topic);
    set(&mut facts.product_id, product_id);
    if let Some((start, end)) = span_start.zip(span_end).filter(|(start, end)| start < end) {
        (facts.span_start, facts.span_end) = (start, end);
    }
    Some(facts)
}

/// The tier of whom nobody knows.
const UNKNOWN: &str = "unknown";

/// What is known of an incident without a sample: it came to be known at its tick.
fn incident(occurred_at: At, as_of: At) -> Facts {
    Facts {
        feedback_id: Uuid::nil(),
        subject_kind: String::new(),
        subject: String::new(),
        occurred_at,
        time_precision: "minute".to_owned(),
        received_at: as_of.max(occurred_at),
        seen_at: as_of.max(occurred_at),
        brand: String::new(),
        channel: String::new(),
        product_id: String::new(),
        products: Vec::new(),
        store_id: String::new(),
        places: Vec::new(),
        place_owner: String::new(),
        touchpoint: String::new(),
        department: String::new(),
        category: String::new(),
        topic: String::new(),
        language: String::new(),
        quote: String::new(),
        span_start: 0,
        span_end: 0,
        customer_key: None,
        customer_owner: String::new(),
        tier: UNKNOWN.to_owned(),
        risk: None,
    }
}
