//! What the leader does beside the evaluation: it delivers messages and sweeps through open cases.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use hearken_runtime::kafka::producer::Producer;
use hearken_runtime::outcome::Message;
use hearken_runtime::tls::Trust;
use hearken_schemas::alert::SurveyRequest;
use hearken_schemas::topics;
use jiff::{SignedDuration, Timestamp};
use prometheus::Registry;
use tokio::sync::Notify;

use crate::deliverer::{Deliverer, DeliveryMetrics, Links as Sign, Way};
use crate::evaluator::Attendant;
use crate::facts::Words;
use crate::link;
use crate::responders::Directory;
use crate::rule::Rules;
use crate::store::Store;
use crate::sweeper::{RuleWords, Surveys, Sweeper};

/// How links to cases are made.
#[derive(Debug, Clone)]
pub struct Links {
    /// What they begin with.
    pub public_url: String,
    /// What they are signed with; without it there are none.
    pub secret: Option<link::Secret>,
    /// How long one is good.
    pub hours: u32,
}

/// What the attendants work with.
#[allow(missing_docs, reason = "the names say it")]
pub struct Means<'a> {
    pub store: &'a Store,
    pub directory: &'a Arc<Directory>,
    pub wake: &'a Arc<Notify>,
    pub rules: &'a Rules,
    pub links: &'a Links,
    pub trust: &'a Trust,
    pub producer: &'a Producer,
    pub registry: &'a Registry,
}

/// Returns the deliverer and the sweeper, each begun anew with every leadership.
///
/// # Errors
/// Where a metric's name is taken.
pub fn attendants(means: &Means<'_>) -> Result<Vec<Attendant>> {
    let (sign, words, surveys) = (signer(means.links), words(means.rules), surveys(means.producer.clone()));
    let metrics = Arc::new(DeliveryMetrics::new(means.registry)?);
    let way = Way { links: sign, trust: means.trust.clone() };
    let ground = (means.store.clone(), Arc::clone(means.directory), Arc::clone(means.wake));
    let (store, directory, wake) = ground.clone();
    let deliver: Attendant = Arc::new(move |stop| {
        let (directory, wake) = (Arc::clone(&directory), Arc::clone(&wake));
        let deliverer = Deliverer::new(store.clone(), directory, wake, way.clone(), Arc::clone(&metrics));
        Box::pin(deliverer.run(stop))
    });
    let (store, directory, wake) = ground;
    let sweep: Attendant = Arc::new(move |stop| {
        let (directory, wake) = (Arc::clone(&directory), Arc::clone(&wake));
        let sweeper = Sweeper::new(store.clone(), directory, wake, Arc::clone(&words), Arc::clone(&surveys));
        Box::pin(sweeper.run(stop))
    });
    Ok(vec![deliver, sweep])
}

/// Signs links where there is a secret; messages carry none otherwise.
fn signer(links: &Links) -> Sign {
    let Links { public_url, secret: Some(secret), hours } = links.clone() else { return Arc::new(|_, _, _| None) };
    let good = SignedDuration::from_hours(i64::from(hours));
    Arc::new(move |case, owner, now: Timestamp| {
        // A survey request is for a program: no owner, no link.
        let until = now.checked_add(good).ok().filter(|_| !owner.is_empty())?;
        Some(link::address(&public_url, &link::sign(&secret, case, owner, until)))
    })
}

fn words(rules: &Rules) -> RuleWords {
    let words: BTreeMap<String, (Words, Words)> =
        rules.active.iter().map(|rule| (rule.id.clone(), (rule.title.clone(), rule.why.clone()))).collect();
    Arc::new(move |rule| words.get(rule).cloned())
}

fn surveys(producer: Producer) -> Surveys {
    Arc::new(move |request: SurveyRequest| {
        let producer = producer.clone();
        Box::pin(async move {
            let message = Message {
                topic: topics::SURVEY_REQUESTS,
                partition: None,
                key: Some(request.case_id.to_string().into_bytes()),
                value: Some(serde_json::to_vec(&request).context("writing a survey request")?),
                headers: request.headers(Timestamp::now().as_millisecond()),
            };
            producer.deliver(&[message]).await
        })
    })
}
