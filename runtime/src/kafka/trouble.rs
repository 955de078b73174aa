//! What an error of the consumer means for the service.

use rdkafka::error::{KafkaError, RDKafkaErrorCode};

/// What to do about an error that polling returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// librdkafka mends it by itself.
    Passes,
    /// A topic is not there: it is being made, its leader does not know it yet, or it was deleted.
    TopicMissing,
    /// The next offset is not on the broker: records are gone, or the topic was made again.
    OutOfRange,
    /// The group ended for this consumer; the reason is the client's fatal error.
    Fatal,
    /// The members of the group divide partitions by different rules.
    OtherProtocol,
    /// The user may not do what it asks for: who asks again hears the same.
    Forbidden,
    /// Anything else stops the service.
    Stops,
}

pub(super) fn judge(error: &KafkaError) -> Trouble {
    use RDKafkaErrorCode as Code;
    let Some(code) = error.rdkafka_error_code() else { return Trouble::Stops };
    // The codes are librdkafka's and grow with it: what is not named here stops.
    #[allow(clippy::wildcard_enum_match_arm, reason = "a foreign enum of two hundred codes")]
    match code {
        // A connection broke or a broker is slow: it connects again.
        Code::BrokerTransportFailure
        | Code::AllBrokersDown
        | Code::Resolve
        | Code::OperationTimedOut
        | Code::RequestTimedOut
        | Code::NetworkException => Trouble::Passes,
        // One broker is let in by a certificate or a list of users that is being changed: a start looks first, so whoever runs
        // was let in, and what he cannot do meanwhile has bounds of its own.
        Code::SSL | Code::Authentication | Code::SaslAuthenticationFailed => Trouble::Passes,
        // The coordinator moves or loads: it is looked up again.
        Code::NotCoordinator
        | Code::CoordinatorLoadInProgress
        | Code::CoordinatorNotAvailable
        | Code::WaitingForCoordinator => Trouble::Passes,
        // The group goes on without us: librdkafka revokes what we had and joins again.
        Code::RebalanceInProgress | Code::IllegalGeneration | Code::UnknownMemberId | Code::PollExceeded => {
            Trouble::Passes
        }
        // A partition's leader moves, or a replica lags: metadata is asked for and the fetch made again.
        Code::NotLeaderForPartition
        | Code::LeaderNotAvailable
        | Code::PreferredLeaderNotAvailable
        | Code::ReplicaNotAvailable
        | Code::BrokerNotAvailable
        | Code::FencedLeaderEpoch
        | Code::UnknownLeaderEpoch
        | Code::OffsetNotAvailable
        | Code::KafkaStorageError => Trouble::Passes,
        // A broker that was restarted has forgotten the fetch session: a new one is begun.
        Code::FetchSessionIdNotFound | Code::InvalidFetchSessionEpoch => Trouble::Passes,
        Code::UnknownTopicOrPartition | Code::UnknownTopic | Code::UnknownPartition | Code::UnknownTopicId => {
            Trouble::TopicMissing
        }
        Code::OffsetOutOfRange | Code::AutoOffsetReset => Trouble::OutOfRange,
        Code::Fatal | Code::FencedInstanceId => Trouble::Fatal,
        Code::InconsistentGroupProtocol => Trouble::OtherProtocol,
        Code::TopicAuthorizationFailed | Code::GroupAuthorizationFailed | Code::ClusterAuthorizationFailed => {
            Trouble::Forbidden
        }
        _ => Trouble::Stops,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for (code, expected) in [
            (RDKafkaErrorCode::AllBrokersDown, Trouble::Passes),
            (RDKafkaErrorCode::NotLeaderForPartition, Trouble::Passes),
            (RDKafkaErrorCode::PollExceeded, Trouble::Passes),
            (RDKafkaErrorCode::Authentication, Trouble::Passes),
            (RDKafkaErrorCode::UnknownTopicOrPartition, Trouble::TopicMissing),
            (RDKafkaErrorCode::AutoOffsetReset, Trouble::OutOfRange),
            (RDKafkaErrorCode::Fatal, Trouble::Fatal),
            (RDKafkaErrorCode::InconsistentGroupProtocol, Trouble::OtherProtocol),
            (RDKafkaErrorCode::TopicAuthorizationFailed, Trouble::Forbidden),
            (RDKafkaErrorCode::MessageSizeTooLarge, Trouble::Stops),
        ] {
            assert_eq!(judge(&KafkaError::MessageConsumption(code)), expected, "{code}");
        }
        assert_eq!(judge(&KafkaError::PartitionEOF(1)), Trouble::Stops);
    }
}
