//! Asking ClickHouse what a rule finds; what is wrong with one rule hurts that rule alone.

use std::time::Duration;

use anyhow::{Context, Result};
use hearken_runtime::backoff::Backoff;
use hearken_runtime::clickhouse::{Verdict, classify, code, named};

use super::question::query;
use crate::judge::Hit;
use crate::row::At;
use crate::rule::{Rule, When};
use crate::store::{Store, Unread};

/// How a question is asked again that passes by itself: about half a minute in all.
pub(super) const BACKOFF: Backoff = Backoff { base_ms: 200, wait_ms_max: 5_000, tries_max: 10 };

/// How often a rule may be too slow, or take too much memory, for one range.
const HEAVY_MAX: u32 = 2;

/// Codes of what a query's own weight causes: time-outs, and the bound of its memory.
const HEAVY: &[u32] = &[159, 160, 241];

/// Codes that say nothing of the rule: no such user, wrong password, no access, no database.
const OF_THE_SERVICE: &[u32] = &[81, 192, 193, 194, 492, 497, 516];

/// The most bytes of ClickHouse's words that are logged.
const WORDS_MAX: usize = 600;

/// What became of a question.
#[derive(Debug)]
pub(super) enum Answer {
    /// What the rule found.
    Hits(Vec<Hit>),
    /// The rule cannot be asked as it is written, or is too heavy: ClickHouse's words, without any value of a row.
    Broken(String),
}

/// Asks a rule.
///
/// # Errors
/// What is wrong with ClickHouse or the way there and did not pass within the bounded tries; the same range is to be asked again.
pub(super) async fn ask(store: &Store, rule: &Rule, as_of: At) -> Result<Answer> {
    let (sql, parameters) = query(rule, as_of);
    let parameters: Vec<(&str, &str)> =
        parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let (mut failed, mut heavy) = (0, 0);
    loop {
        let error = match store.rows_at_once::<Hit>(&sql, &parameters).await {
            Ok(hits) => {
                let lacking = hits.iter().find_map(Hit::lacks);
                return Ok(lacking.map_or(Answer::Hits(hits), |lacks| Answer::Broken(lacks.to_owned())));
            }
            Err(error) => error,
        };
        if let Some(unread) = error.downcast_ref::<Unread>() {
            return Ok(Answer::Broken(format!("a column has another type than expected: {unread}")));
        }
        let message = format!("{error:#}");
        failed += 1;
        if rule.when == When::Feedback && is_lost(&message) {
            return Err(error.context(SessionLost));
        }
        match judged(&message) {
            Trouble::Rule => return Ok(Answer::Broken(words(&message))),
            Trouble::Heavy if heavy >= HEAVY_MAX => return Ok(Answer::Broken(words(&message))),
            Trouble::Heavy => heavy += 1,
            Trouble::Service => return Err(error).with_context(|| format!("asking rule {}", rule.id)),
            Trouble::Passes => {}
        }
        let Some(wait_ms) = BACKOFF.wait_ms(failed, 0.5) else {
            return Err(error).with_context(|| format!("asking rule {}, tried {failed} times", rule.id));
        };
        tracing::warn!(rule = rule.id, failed, wait_ms, error = words(&message), "ask again");
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
    }
}

/// The session, and the table of news with it, is gone: ClickHouse was restarted, or another server answers now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the session with the table of news is gone")]
pub(super) struct SessionLost;

fn is_lost(message: &str) -> bool {
    match code(message) {
        // SESSION_NOT_FOUND; SESSION_IS_LOCKED: a request that timed out here still runs there.
        Some(372 | 373) => true,
        // UNKNOWN_TABLE
        Some(60) => {
            message.contains("`news`")
                || message.contains("'news'")
                || message.contains("identifier news")
                || message.contains(".news ")
        }
        Some(_) | None => false,
    }
}

/// Whose trouble an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Rule,
    Heavy,
    Service,
    Passes,
}

fn judged(message: &str) -> Trouble {
    match (code(message), classify(message)) {
        (Some(code), _) if HEAVY.contains(&code) => Trouble::Heavy,
        (Some(code), _) if OF_THE_SERVICE.contains(&code) => Trouble::Service,
        (_, Verdict::Again) => Trouble::Passes,
        (_, Verdict::Undecodable | Verdict::Stop) => Trouble::Rule,
    }
}

/// Returns ClickHouse's words, or the code alone where they would quote a row.
fn words(message: &str) -> String {
    match classify(message) {
        Verdict::Undecodable => named(message),
        Verdict::Again | Verdict::Stop => {
            let end = (0..=WORDS_MAX.min(message.len())).rev().find(|end| message.is_char_boundary(*end));
            message[..end.unwrap_or(0)].trim().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_trouble_it_is() {
        for (message, expected) in [
            ("Code: 62. DB::Exception: Syntax error", Trouble::Rule),
            ("Code: 47. DB::Exception: Unknown expression identifier `x`", Trouble::Rule),
            ("Code: 6. DB::Exception: Cannot parse string 'I said' as Float", Trouble::Rule),
            ("Code: 159. DB::Exception: Timeout exceeded", Trouble::Heavy),
            ("Code: 241. DB::Exception: Memory limit", Trouble::Heavy),
            ("Code: 516. DB::Exception: Authentication failed", Trouble::Service),
            ("Code: 202. DB::Exception: Too many simultaneous queries", Trouble::Passes),
            ("connection refused", Trouble::Passes),
        ] {
            assert_eq!(judged(message), expected, "{message}");
        }
    }

    #[test]
    fn no_row_is_quoted_in_a_log() {
        assert_eq!(
            words("Code: 6. DB::Exception: Cannot parse string 'I said'. (CANNOT_PARSE_TEXT)"),
            "6 CANNOT_PARSE_TEXT"
        );
        assert_eq!(words(&"甲".repeat(1_000)).len(), 600);
    }
}
