//! Producing with acknowledgement, in order, without duplicates of its own.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use hearken_schemas::topics;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};
use tokio::sync::mpsc::UnboundedSender;

use super::KafkaSettings;
use crate::outcome::Message;
use crate::record::Record;

/// The end of one message's way to the broker: which input record it answers, or why it failed.
pub type Delivery = Result<i64, String>;

/// What travels with a message until the broker has answered.
pub struct Ticket {
    /// The input record that the message answers; memory budget that it still has is held until then.
    pub record: Record,
    /// Where the answer goes.
    pub answer: UnboundedSender<Delivery>,
}

struct Deliveries;

impl ClientContext for Deliveries {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::warn!(%error, reason, "kafka producer");
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Box<Ticket>;

    fn delivery(&self, result: &DeliveryResult<'_>, ticket: Box<Ticket>) {
        let answer = match result {
            Ok(_) => Ok(ticket.record.offset),
            Err((error, message)) => Err(format!("{}: {error}", message.topic())),
        };
        // A receiver that is gone belongs to a revoked partition; its next owner reads the record again.
        let _ = ticket.answer.send(answer);
    }
}

/// The service's producer; cheap to clone.
#[derive(Clone)]
pub struct Producer {
    inner: Arc<ThreadedProducer<Deliveries>>,
}

impl Producer {
    /// Connects lazily.
    ///
    /// # Errors
    /// Where librdkafka refuses the configuration.
    pub fn new(settings: &KafkaSettings, client_id: &str) -> Result<Self> {
        let message_bytes_max = topics::all().iter().map(|topic| topic.message_bytes_max).max().unwrap_or(1 << 20);
        let inner = settings
            .client(client_id)
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "5")
            .set("compression.type", "lz4")
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", message_bytes_max.to_string())
            .set("delivery.timeout.ms", settings.delivery_timeout_ms.to_string())
            .set("queue.buffering.max.kbytes", (settings.inflight_bytes_max / 1024).to_string())
            .create_with_context(Deliveries)
            .context("kafka producer configuration")?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Hands a message to the producer, waiting while its queue is full. The answer comes through the ticket.
    ///
    /// # Errors
    /// Where the message cannot be sent at all; a full queue ends by itself, because every message in it times out.
    pub async fn send(&self, message: &Message, ticket: Ticket) -> Result<()> {
        let mut record = Self::encode(message, Box::new(ticket));
        loop {
            match self.inner.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    record = again;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                Err((error, _)) => bail!("cannot produce to {}: {error}", message.topic),
            }
        }
    }

    /// Sends messages and waits until the broker has acknowledged every one.
    ///
    /// # Errors
    /// Where one cannot be sent, or is not acknowledged in time; others may be on the topic then.
    pub async fn deliver(&self, messages: &[Message]) -> Result<()> {
        let (answer, mut answers) = tokio::sync::mpsc::unbounded_channel();
        for (number, message) in messages.iter().enumerate() {
            let record = Record::new(message.topic, 0, number as i64);
            self.send(message, Ticket { record, answer: answer.clone() }).await?;
        }
        drop(answer);
        for _ in messages {
            let answer = answers.recv().await.context("the producer ended before it answered")?;
            answer.map_err(|error| anyhow::anyhow!("a message was not acknowledged: {error}"))?;
        }
        Ok(())
    }

    fn encode(message: &Message, ticket: Box<Ticket>) -> BaseRecord<'_, [u8], [u8], Box<Ticket>> {
        let headers =
            message.headers.iter().fold(OwnedHeaders::new_with_capacity(message.headers.len()), |all, (key, value)| {
                all.insert(Header { key, value: Some(value) })
            });
        let mut record = BaseRecord::with_opaque_to(message.topic, ticket).headers(headers);
        record.key = message.key.as_deref();
        record.payload = message.value.as_deref();
        record.partition = message.partition;
        record
    }

    /// Waits until everything sent has its answer.
    pub fn flush(&self, timeout: Duration) {
        if let Err(error) = self.inner.flush(timeout) {
            tracing::warn!(%error, "messages were still on their way at the end");
        }
    }
}
