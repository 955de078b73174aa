//! Ingest as a service: the shell around [`crate::normalize`].

use std::sync::Arc;

use anyhow::Result;
use hearken_runtime::config::Reader;
use hearken_runtime::kafka::consumer::Work;
use hearken_runtime::outcome::{Message, Outcome};
use hearken_runtime::record::Record;
use hearken_runtime::service::{Service, Shell};
use hearken_runtime::stage::Transform;
use hearken_schemas::dead_letter::{Rejection, Stage};
use hearken_schemas::envelope::{self, Envelope};
use hearken_schemas::topics;

/// The service `hearken-ingest`.
pub struct Ingest;

impl Service for Ingest {
    const NAME: &'static str = "ingest";
    const INPUTS: &'static [&'static str] = &topics::RAW;
    const OUTPUTS: &'static [&'static str] = &[topics::NORMALIZED, topics::DEAD_LETTERS];
    type Settings = ();

    fn settings(_: &mut Reader) {}

    async fn start((): (), shell: Shell) -> Result<Arc<dyn Work>> {
        Ok(shell.transform(Self))
    }
}

impl Transform for Ingest {
    const STAGE: Stage = Stage::Ingest;

    fn apply(&self, record: &Record, now_ms: i64) -> Outcome {
        normalized(record, now_ms).map_or_else(Outcome::Reject, Outcome::Emit)
    }
}

fn normalized(record: &Record, now_ms: i64) -> Result<Message, Rejection> {
    envelope::check_type(&record.headers, &record.topic)?;
    let feedback = crate::normalize(&record.topic, record.timestamp_ms, record.value.as_deref())?;
    Ok(Message::of(Envelope {
        id: feedback.feedback_id.to_string(),
        source: "hearken/ingest",
        kind: topics::NORMALIZED,
        time_ms: now_ms,
        origin: record.origin(),
        trace: envelope::text(&record.headers, envelope::header::TRACE).map(str::to_owned),
        data: feedback,
    }))
}
