//! What the evaluator counts.

use std::collections::BTreeSet;

use prometheus::{Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry};

use crate::rule::Rules;

/// The evaluator's metrics; only the leader's mean something.
pub struct EvaluatorMetrics {
    /// 1 where this replica evaluates, delivers and sweeps.
    pub is_leader: IntGauge,
    /// Records that the sink committed and no rule has seen.
    pub frontier_lag: IntGauge,
    /// Rounds that came to their end.
    pub rounds: IntCounter,
    /// How long a round took.
    pub round_seconds: Histogram,
    /// How long a rule took.
    pub rule_seconds: HistogramVec,
    /// Rules that could not be asked, by rule.
    pub rule_errors: IntCounterVec,
    /// Alerts that were raised, by rule.
    pub alerts: IntCounterVec,
    /// Rule files that were not taken.
    pub rules_refused: IntGauge,
}

impl EvaluatorMetrics {
    /// Registers them; a rule's begin at 0, so that the first event shows in a rate.
    ///
    /// # Errors
    /// Where a name is registered twice.
    pub fn new(registry: &Registry, rules: &Rules) -> Result<Self, prometheus::Error> {
        let buckets = vec![0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0];
        let round = HistogramOpts::new("round_seconds", "How long a round of all rules took, its writing included");
        let rule = HistogramOpts::new("rule_seconds", "How long a rule took in a round, by rule");
        let errors =
            Opts::new("rule_errors_total", "Times a rule could not be asked as it is written, or was refused, by rule");
        let alerts = Opts::new("alerts_total", "Alerts that were raised, by rule");
        let metrics = Self {
            is_leader: IntGauge::new("is_leader", "1 where this replica evaluates, delivers and sweeps")?,
            frontier_lag: IntGauge::new(
                "frontier_lag_records",
                "Records that are written and not evaluated, on the leader",
            )?,
            rounds: IntCounter::new("rounds_total", "Rounds of rules that came to their end")?,
            round_seconds: Histogram::with_opts(round.buckets(buckets.clone()))?,
            rule_seconds: HistogramVec::new(rule.buckets(buckets), &["rule"])?,
            rule_errors: IntCounterVec::new(errors, &["rule"])?,
            alerts: IntCounterVec::new(alerts, &["rule"])?,
            rules_refused: IntGauge::new(
                "rules_refused",
                "Rule files that do not run: `hearken rules check` says why",
            )?,
        };
        let refused: BTreeSet<&str> = rules.refused.iter().map(|error| error.file.as_str()).collect();
        metrics.rules_refused.set(i64::try_from(refused.len()).unwrap_or(i64::MAX));
        for rule in &rules.active {
            metrics.rule_errors.with_label_values(&[&rule.id]);
            metrics.alerts.with_label_values(&[&rule.id]);
        }
        registry.register(Box::new(metrics.is_leader.clone()))?;
        registry.register(Box::new(metrics.frontier_lag.clone()))?;
        registry.register(Box::new(metrics.rounds.clone()))?;
        registry.register(Box::new(metrics.round_seconds.clone()))?;
        registry.register(Box::new(metrics.rule_seconds.clone()))?;
        registry.register(Box::new(metrics.rule_errors.clone()))?;
        registry.register(Box::new(metrics.alerts.clone()))?;
        registry.register(Box::new(metrics.rules_refused.clone()))?;
        Ok(metrics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_refused_shows_once_whatever_is_wrong_with_it() {
        let bad = "---\nid: Bad\ntitle: {en: '', zh: ''}\nwhy: {en: A, zh: 甲}\nseverity: low\non: feedback\ncooldown: 1d\n---\nSELECT 1";
        let rules = Rules::assemble(&[("bad.sql".to_owned(), bad.to_owned())], &[]);
        assert!(rules.refused.len() > 1, "{:?}", rules.refused);
        let metrics = EvaluatorMetrics::new(&Registry::new(), &rules).expect("registered once");
        assert_eq!(metrics.rules_refused.get(), 1);
    }
}
