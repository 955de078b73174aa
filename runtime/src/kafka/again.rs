//! Asking again: the group coordinator and a partition's leader may move, load or be restarted at any moment.

use std::time::{Duration, Instant};

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::backoff::Backoff;

/// A coordinator that moves is back within two or three seconds, one that is restarted within ten or twenty.
const BACKOFF: Backoff = Backoff { base_ms: 100, wait_ms_max: 2_000, tries_max: u32::MAX };

/// Makes a request to the coordinator, again while its answer says that it may be elsewhere, not ready, or in the middle of a
/// rebalance; blocks meanwhile.
///
/// # Errors
/// Any other answer at once, and these when `patience` is used up.
pub(super) fn coordinated<T>(
    patience: Duration,
    request: impl FnMut() -> Result<T, KafkaError>,
) -> Result<T, KafkaError> {
    again(patience, moves, request)
}

/// Makes a request to a partition's leader, again while its answer says that there is none yet, as of a topic that was made a
/// moment ago; blocks meanwhile.
///
/// # Errors
/// Any other answer at once, and these when `patience` is used up.
pub(super) fn led<T>(patience: Duration, request: impl FnMut() -> Result<T, KafkaError>) -> Result<T, KafkaError> {
    again(patience, is_unled, request)
}

fn again<T>(
    patience: Duration,
    passes: fn(RDKafkaErrorCode) -> bool,
    mut request: impl FnMut() -> Result<T, KafkaError>,
) -> Result<T, KafkaError> {
    let since = Instant::now();
    let mut failed = 0;
    loop {
        let error = match request() {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        failed += 1;
        let again = error.rdkafka_error_code().is_some_and(passes) && since.elapsed() < patience;
        let Some(wait_ms) = BACKOFF.wait_ms(failed, 0.5).filter(|_| again) else { return Err(error) };
        tracing::warn!(%error, failed, wait_ms, "asking kafka again");
        std::thread::sleep(Duration::from_millis(wait_ms));
    }
}

fn moves(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::NotCoordinator
            | RDKafkaErrorCode::CoordinatorLoadInProgress
            | RDKafkaErrorCode::CoordinatorNotAvailable
            | RDKafkaErrorCode::WaitingForCoordinator
            | RDKafkaErrorCode::OperationTimedOut
            | RDKafkaErrorCode::RequestTimedOut
            | RDKafkaErrorCode::BrokerTransportFailure
            // The generation is between two: the next one may still be ours.
            | RDKafkaErrorCode::RebalanceInProgress
            | RDKafkaErrorCode::IllegalGeneration
    )
}

fn is_unled(code: RDKafkaErrorCode) -> bool {
    matches!(
        code,
        RDKafkaErrorCode::UnknownPartition
            | RDKafkaErrorCode::UnknownTopicOrPartition
            | RDKafkaErrorCode::LeaderNotAvailable
            | RDKafkaErrorCode::NotLeaderForPartition
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn answer(codes: &mut Vec<RDKafkaErrorCode>) -> Result<&'static str, KafkaError> {
        codes.pop().map_or(Ok("done"), |code| Err(KafkaError::ConsumerCommit(code)))
    }

    #[test]
    fn a_coordinator_that_moves_is_asked_again() {
        let mut codes = vec![RDKafkaErrorCode::NotCoordinator, RDKafkaErrorCode::RebalanceInProgress];
        assert_eq!(coordinated(PATIENCE, || answer(&mut codes)).ok(), Some("done"));
    }

    #[test]
    fn a_refusal_is_final_at_once() {
        let mut codes = vec![RDKafkaErrorCode::NotCoordinator, RDKafkaErrorCode::UnknownMemberId];
        assert!(coordinated(PATIENCE, || answer(&mut codes)).is_err());
        assert_eq!(codes, [RDKafkaErrorCode::NotCoordinator], "it was asked once");
    }

    #[test]
    fn a_partition_that_was_made_a_moment_ago_is_asked_for_again() {
        for passing in [
            RDKafkaErrorCode::UnknownPartition,
            RDKafkaErrorCode::UnknownTopicOrPartition,
            RDKafkaErrorCode::LeaderNotAvailable,
        ] {
            let mut codes = vec![passing];
            assert_eq!(led(PATIENCE, || answer(&mut codes)).ok(), Some("done"), "{passing}");
        }
        let mut codes = vec![RDKafkaErrorCode::UnknownPartition, RDKafkaErrorCode::TopicAuthorizationFailed];
        assert!(led(PATIENCE, || answer(&mut codes)).is_err());
        assert_eq!(codes, [RDKafkaErrorCode::UnknownPartition], "it was asked once");
    }

    #[test]
    fn patience_ends() {
        let mut codes = vec![RDKafkaErrorCode::NotCoordinator; 2];
        assert!(coordinated(Duration::ZERO, || answer(&mut codes)).is_err());
        assert_eq!(codes.len(), 1, "it was asked once");
    }
}
