//! Who reads which topics, by the names the services have unless they are configured otherwise.

use hearken_schemas::topics;

/// ingest's consumer group.
pub(crate) const INGEST: &str = "hearken-ingest";
/// enrich's consumer group.
pub(crate) const ENRICH: &str = "hearken-enrich";
/// The sink's consumer group.
pub(crate) const SINK: &str = "hearken-sink";
/// The alert service's consumer group, which reads nothing of the path.
pub(crate) const ALERT: &str = "hearken-alert";

/// Every group with the topics it reads, in the order of the path.
pub(crate) const HOPS: [(&str, &[&str]); 3] = [
    (INGEST, &topics::RAW),
    (ENRICH, &[topics::NORMALIZED]),
    (SINK, &[topics::ENRICHED, topics::OPERATIONS, topics::DEAD_LETTERS]),
];
