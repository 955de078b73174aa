//! Why brokers let nobody in: what librdkafka heard while it tried, and what there is to do about it.
//!
//! librdkafka tries for ever and tells the caller of a request nothing but that it took too long. The reason comes as an event, or,
//! where a broker only breaks the connection off, as a line of its log.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::{ClientConfig, ClientContext};

use super::Connection;

/// How long one try may take; what was heard is looked at between two.
const TRY: Duration = Duration::from_secs(2);

/// How long events are listened to after each.
const PAUSE: Duration = Duration::from_millis(300);
/// How many events are looked at in that time.
const EVENTS_MAX: u32 = 200;

/// A client that remembers why it was not let in.
pub(super) type Asking = BaseConsumer<Ears>;

/// Returns a client configuration under which broken connections are told too: a broker that expects TLS or a login breaks off.
pub(super) fn listening(connection: &Connection) -> ClientConfig {
    let mut config = super::client(connection);
    config.set("log.connection.close", "true").set_log_level(RDKafkaLogLevel::Info);
    config
}

/// Hears what librdkafka says of its connections.
#[derive(Default)]
pub(super) struct Ears {
    heard: Mutex<Option<(Refusal, String)>>,
}

impl ClientContext for Ears {
    fn log(&self, _: RDKafkaLogLevel, _: &str, line: &str) {
        tracing::debug!(line, "kafka");
        self.hear(RDKafkaErrorCode::BrokerTransportFailure, line);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        tracing::debug!(%error, reason, "kafka");
        if let Some(code) = error.rdkafka_error_code() {
            self.hear(code, reason);
        }
    }
}

impl Ears {
    fn hear(&self, code: RDKafkaErrorCode, reason: &str) {
        let Some(refusal) = read(code, reason) else { return };
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        // What is certain is not forgotten over what follows from it.
        if heard.as_ref().is_none_or(|(known, _)| !known.is_final()) {
            *heard = Some((refusal, reason.to_owned()));
        }
    }
}

impl ConsumerContext for Ears {}

/// Asks for metadata until a broker answers, refuses, or `patience` is used up.
///
/// # Errors
/// Where none answers; with what was heard and what to do.
pub(super) fn metadata(
    client: &Asking,
    connection: &Connection,
    topic: Option<&str>,
    patience: Duration,
) -> Result<Metadata> {
    let since = Instant::now();
    // What was heard long ago may have been mended.
    listen(client, Duration::ZERO);
    *client.context().heard.lock().unwrap_or_else(PoisonError::into_inner) = None;
    loop {
        let error = match client.fetch_metadata(topic, TRY.min(patience.max(Duration::from_millis(500)))) {
            Ok(metadata) => return Ok(metadata),
            Err(error) => error,
        };
        listen(client, PAUSE);
        let heard = client.context().heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let is_over = since.elapsed() >= patience;
        match heard {
            Some((refusal, reason)) if refusal.is_final() || is_over => {
                bail!("Kafka at {} {}; {} ({reason})", connection.brokers, refusal.what(), refusal.remedy());
            }
            Some(_) | None if is_over => bail!(
                "no Kafka broker answered at {} within {} s ({error}); is it running, is kafka.brokers right, and does it expect \
                 what kafka.security says?",
                connection.brokers,
                patience.as_secs()
            ),
            Some(_) | None => {}
        }
    }
}

/// Polls, because events wait until somebody does; a poll that finds one may say that it found nothing.
fn listen(client: &Asking, length: Duration) {
    let since = Instant::now();
    for _ in 0..EVENTS_MAX {
        client.poll(length / 10);
        if !length.is_zero() && since.elapsed() >= length {
            return;
        }
    }
}

/// Why a broker lets nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    /// User or password is wrong.
    Login,
    /// The way the login is proven is not one of the broker's.
    Mechanism,
    /// The broker's certificate is signed by nobody that is believed, or is another host's: OpenSSL says the same of both.
    Authority,
    /// The broker wants to see a certificate, or another one.
    Certificate,
    /// The broker speaks TLS and the client does not; or it was only going down.
    Encrypted,
    /// The client speaks TLS and the broker does not; or it was only going down.
    Plain,
    /// The broker wants a login; or it was only going down.
    Anonymous,
    /// The client logs in and the broker asks nobody to.
    Open,
    /// Something else about TLS.
    Tls,
}

impl Refusal {
    /// Tells whether trying again is of no use. A broker that is going down breaks a connection off as one does that expects
    /// something else.
    fn is_final(self) -> bool {
        !matches!(self, Self::Encrypted | Self::Plain | Self::Anonymous)
    }

    fn what(self) -> &'static str {
        match self {
            Self::Login => "refuses the login",
            Self::Mechanism => "does not know this kind of login",
            Self::Authority => "shows a certificate that nobody vouches for who is believed here, or another host's",
            Self::Certificate => "refuses this client's certificate, or its having none",
            Self::Encrypted => "breaks connections off as if it expected TLS",
            Self::Plain => "does not speak TLS",
            Self::Anonymous => "breaks connections off as if it expected a login",
            Self::Open => "asks nobody for a login",
            Self::Tls => "and this client do not agree on TLS",
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Login => "are kafka.user and kafka.password the ones it has, and is kafka.sasl_mechanism?",
            Self::Mechanism => "set kafka.sasl_mechanism to one that it supports",
            Self::Authority => {
                "name the authority that signed it with kafka.ca_file, and the brokers in kafka.brokers as their certificates do"
            }
            Self::Certificate => "set kafka.certificate_file and kafka.key_file to what its authority signed",
            Self::Encrypted => "set kafka.security to tls or sasl_tls if it does",
            Self::Plain => "set kafka.security to plaintext or sasl_plaintext, or name the port that does",
            Self::Anonymous => "set kafka.security to sasl_tls or sasl_plaintext, with kafka.user and kafka.password",
            Self::Open => "set kafka.security to tls or plaintext, or name the port that does",
            Self::Tls => "look at kafka.security, kafka.ca_file and the broker's log",
        }
    }
}

/// Reads an event; nothing where it is about no refusal.
fn read(code: RDKafkaErrorCode, reason: &str) -> Option<Refusal> {
    let says = |words: &[&str]| words.iter().any(|words| reason.contains(words));
    if code == RDKafkaErrorCode::Authentication {
        return Some(match () {
            () if says(&["not valid in current SASL state"]) => Refusal::Open,
            () if says(&["mechanism handshake failed"]) => Refusal::Mechanism,
            () => Refusal::Login,
        });
    }
    if says(&[
        "certificate required",
        "bad certificate",
        "certificate unknown",
        "alert unknown ca",
        "client SSL authentication",
    ]) {
        return Some(Refusal::Certificate);
    }
    if says(&["certificate verify failed"]) {
        return Some(Refusal::Authority);
    }
    if says(&["connecting to a PLAINTEXT broker listener", "wrong version number"]) {
        return Some(Refusal::Plain);
    }
    // A record of TLS, read as the size of an answer.
    if says(&["Invalid response size"]) {
        return Some(Refusal::Encrypted);
    }
    // The line begins with how the client came; it ends with how far it had got when the broker closed the connection.
    let (is_tls, logs_in) = (says(&["ssl://"]), says(&["sasl_"]));
    if says(&["closed by peer"]) && says(&["in state APIVERSION_QUERY"]) && !is_tls {
        return Some(Refusal::Encrypted);
    }
    if says(&["closed by peer"]) && says(&["in state UP"]) && !logs_in {
        return Some(Refusal::Anonymous);
    }
    (code == RDKafkaErrorCode::SSL).then_some(Refusal::Tls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_heard_is_told_from_what_only_passes() {
        use RDKafkaErrorCode::{AllBrokersDown, Authentication, BrokerTransportFailure, SSL};
        for (code, reason, expected) in [
            (Authentication, "SASL authentication error: Authentication failed", Some(Refusal::Login)),
            (
                Authentication,
                "SASL PLAIN mechanism handshake failed: …: broker's supported mechanisms: x",
                Some(Refusal::Mechanism),
            ),
            (
                Authentication,
                "SASL PLAIN mechanism handshake failed: Broker: Request not valid in current SASL state: …",
                Some(Refusal::Open),
            ),
            (
                SSL,
                "SSL handshake failed: error:0A000086:SSL routines::certificate verify failed",
                Some(Refusal::Authority),
            ),
            (SSL, "error:0A000412:SSL routines::ssl/tls alert bad certificate", Some(Refusal::Certificate)),
            (BrokerTransportFailure, "tlsv13 alert certificate required", Some(Refusal::Certificate)),
            (SSL, "SSL handshake failed: error:0A00010B:SSL routines::wrong version number", Some(Refusal::Plain)),
            (BrokerTransportFailure, "Receive failed: Invalid response size 352518912", Some(Refusal::Encrypted)),
            (
                BrokerTransportFailure,
                "h:1/bootstrap: Disconnected: connection closed by peer: … (after 3ms in state APIVERSION_QUERY)",
                Some(Refusal::Encrypted),
            ),
            (
                BrokerTransportFailure,
                "ssl://h:1/bootstrap: Disconnected: connection closed by peer: … (after 3ms in state APIVERSION_QUERY)",
                None,
            ),
            (
                BrokerTransportFailure,
                "ssl://h:1/bootstrap: Disconnected: connection closed by peer: … (after 102ms in state UP)",
                Some(Refusal::Anonymous),
            ),
            (
                BrokerTransportFailure,
                "sasl_ssl://h:1/bootstrap: Disconnected: connection closed by peer: … (after 102ms in state UP)",
                None,
            ),
            (SSL, "something new", Some(Refusal::Tls)),
            (BrokerTransportFailure, "Connect to ipv4#127.0.0.1:1 failed: Connection refused", None),
            (AllBrokersDown, "1/1 brokers are down", None),
        ] {
            assert_eq!(read(code, reason), expected, "{reason}");
        }
    }

    #[test]
    fn what_a_broker_that_goes_down_looks_like_too_is_waited_for() {
        for refusal in [Refusal::Encrypted, Refusal::Plain, Refusal::Anonymous] {
            assert!(!refusal.is_final(), "{refusal:?}");
        }
        for refusal in [Refusal::Login, Refusal::Mechanism, Refusal::Authority, Refusal::Certificate, Refusal::Tls] {
            assert!(refusal.is_final(), "{refusal:?}");
        }
    }
}
