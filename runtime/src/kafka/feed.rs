//! Producing from tools: the demo, replays and tests.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use hearken_schemas::topics;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Header, Message as _, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer as _, ProducerContext, ThreadedProducer};

use super::Connection;
use crate::outcome::Message;

/// What the broker said of one message: its partition and offset, or why it failed.
pub type Answer = Result<(i32, i64), String>;

type OnAnswer<T> = Arc<dyn Fn(T, Answer) + Send + Sync>;

struct Answers<T> {
    on_answer: OnAnswer<T>,
}

impl<T: Send + 'static> ClientContext for Answers<T> {}

impl<T: Send + Sync + 'static> ProducerContext for Answers<T> {
    type DeliveryOpaque = Box<T>;

    fn delivery(&self, result: &DeliveryResult<'_>, tag: Box<T>) {
        let answer = match result {
            Ok(message) => Ok((message.partition(), message.offset())),
            Err((error, _)) => Err(error.to_string()),
        };
        (self.on_answer)(*tag, answer);
    }
}

/// An idempotent producer whose answers carry a tag of the caller's.
pub struct Feed<T: Send + Sync + 'static> {
    inner: ThreadedProducer<Answers<T>>,
}

impl<T: Send + Sync + 'static> Feed<T> {
    /// Connects lazily; `on_answer` runs on the producer's thread.
    ///
    /// # Errors
    /// Where librdkafka refuses the configuration.
    pub fn new(connection: &Connection, on_answer: impl Fn(T, Answer) + Send + Sync + 'static) -> Result<Self> {
        let message_bytes_max = topics::all().iter().map(|topic| topic.message_bytes_max).max().unwrap_or(1 << 20);
        let inner = super::client(connection)
            .set("enable.idempotence", "true")
            .set("linger.ms", "5")
            .set("compression.type", "lz4")
            .set("partitioner", "murmur2_random")
            .set("message.max.bytes", message_bytes_max.to_string())
            .set("delivery.timeout.ms", "60000")
            .set("queue.buffering.max.kbytes", "65536")
            .create_with_context(Answers { on_answer: Arc::new(on_answer) })
            .context("kafka producer configuration")?;
        Ok(Self { inner })
    }

    /// Hands a message over, blocking while the queue is full.
    ///
    /// # Errors
    /// Where it cannot be sent at all, for one because it is too large.
    pub fn send(&self, message: &Message, tag: T) -> Result<()> {
        let headers = message
            .headers
            .iter()
            .fold(OwnedHeaders::new(), |all, (key, value)| all.insert(Header { key, value: Some(value) }));
        let mut record: BaseRecord<'_, [u8], [u8], Box<T>> =
            BaseRecord::with_opaque_to(message.topic, Box::new(tag)).headers(headers);
        record.key = message.key.as_deref();
        record.payload = message.value.as_deref();
        record.partition = message.partition;
        loop {
            match self.inner.send(record) {
                Ok(()) => return Ok(()),
                Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                    record = again;
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err((error, _)) => bail!("cannot produce to {}: {error}", message.topic),
            }
        }
    }

    /// Waits until everything sent has its answer.
    ///
    /// # Errors
    /// Where it takes longer than `timeout`.
    pub fn flush(&self, timeout: Duration) -> Result<()> {
        self.inner.flush(timeout).context("waiting for the broker to acknowledge what was produced")
    }
}
