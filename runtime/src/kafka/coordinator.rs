//! Asking the group coordinator, which may move, load or be restarted at any moment.

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
        let again = passes(&error) && since.elapsed() < patience;
        let Some(wait_ms) = BACKOFF.wait_ms(failed, 0.5).filter(|_| again) else { return Err(error) };
        tracing::warn!(%error, failed, wait_ms, "asking the group coordinator again");
        std::thread::sleep(Duration::from_millis(wait_ms));
    }
}

fn passes(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
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
    fn patience_ends() {
        let mut codes = vec![RDKafkaErrorCode::NotCoordinator; 2];
        assert!(coordinated(Duration::ZERO, || answer(&mut codes)).is_err());
        assert_eq!(codes.len(), 1, "it was asked once");
    }
}
