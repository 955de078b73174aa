//! Asking the group coordinator, which may move, load or be restarted at any moment.

use std::time::Duration;

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

use crate::backoff::Backoff;

/// About ten seconds in all: a coordinator that moves is back within two or three.
const BACKOFF: Backoff = Backoff { base_ms: 100, wait_ms_max: 2_000, tries_max: 10 };

/// Makes a request to the coordinator, again while its answer says that it may be elsewhere or not ready; blocks meanwhile.
///
/// # Errors
/// Any other answer at once, and these when the tries are used up.
pub(super) fn coordinated<T>(mut request: impl FnMut() -> Result<T, KafkaError>) -> Result<T, KafkaError> {
    let mut failed = 0;
    loop {
        let error = match request() {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        failed += 1;
        let Some(wait_ms) = BACKOFF.wait_ms(failed, 0.5).filter(|_| passes(&error)) else { return Err(error) };
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
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(codes: &mut Vec<RDKafkaErrorCode>) -> Result<&'static str, KafkaError> {
        codes.pop().map_or(Ok("done"), |code| Err(KafkaError::ConsumerCommit(code)))
    }

    #[test]
    fn a_coordinator_that_moves_is_asked_again() {
        let mut codes = vec![RDKafkaErrorCode::NotCoordinator, RDKafkaErrorCode::CoordinatorLoadInProgress];
        assert_eq!(coordinated(|| answer(&mut codes)).ok(), Some("done"));
    }

    #[test]
    fn a_refusal_is_final_at_once() {
        let mut codes = vec![RDKafkaErrorCode::NotCoordinator, RDKafkaErrorCode::UnknownMemberId];
        assert!(coordinated(|| answer(&mut codes)).is_err());
        assert_eq!(codes, [RDKafkaErrorCode::NotCoordinator], "it was asked once");
    }
}
