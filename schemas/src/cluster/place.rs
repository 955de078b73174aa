//! Where the rows of each table lie.

/// Where a table's rows lie on a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// On the shard that follows from what names the row; the text is what names it, in SQL.
    Sharded(&'static str),
    /// On the shard of the row that a view made it of. Nothing in the row tells which, so nobody but a view writes it.
    Derived,
    /// All of them on every node: small, and what everything is joined with.
    Whole,
    /// All of them on every node, and each node makes its own: a view fills it anew as a whole, and what a node exchanges
    /// as a whole cannot be replicated beside it.
    Node,
    /// On each node of a shard, and of this shard alone; nobody asks the others.
    Shard,
}

/// What names a dead letter: where the record is that was given up.
const COORDINATES: &str = "concat(at_topic, ':', toString(at_partition), ':', toString(at_offset))";

const PLACES: &[(&str, Place)] = &[
    ("feedback", Place::Sharded("toString(feedback_id)")),
    ("superseded", Place::Sharded("toString(feedback_id)")),
    ("survey_answers", Place::Sharded("toString(feedback_id)")),
    ("orders", Place::Sharded("toString(record_id)")),
    ("visits", Place::Sharded("toString(record_id)")),
    ("customers", Place::Sharded("toString(record_id)")),
    ("outcomes", Place::Sharded("toString(record_id)")),
    ("dead_letters", Place::Sharded(COORDINATES)),
    ("states", Place::Sharded("toString(id)")),
    ("identities", Place::Derived),
    ("feedback_minute", Place::Derived),
    ("keyword_hour", Place::Derived),
    ("sources", Place::Whole),
    ("brands", Place::Whole),
    ("products", Place::Whole),
    ("places", Place::Whole),
    ("touchpoints", Place::Whole),
    ("indicators", Place::Whole),
    ("calendar", Place::Whole),
    ("driver_importance", Place::Whole),
    ("text_kano", Place::Whole),
    ("fx_rates", Place::Whole),
    ("actions", Place::Whole),
    ("alerts", Place::Whole),
    ("cases", Place::Whole),
    ("case_events", Place::Whole),
    ("messages", Place::Whole),
    ("deliveries", Place::Whole),
    ("audit_log", Place::Whole),
    ("erasures", Place::Whole),
    ("erasure_scope", Place::Shard),
    ("migrations", Place::Node),
    ("customer_standing", Place::Node),
    ("customer_names", Place::Node),
    ("placement", Place::Shard),
];

impl Place {
    /// Returns where a table's rows lie; `None` where nobody has said so.
    pub fn of(table: &str) -> Option<Self> {
        PLACES.iter().find(|(name, _)| *name == table).map(|(_, place)| *place)
    }

    /// Tells whether the table lies in pieces on the shards, so that its name means all of them.
    pub fn is_in_pieces(self) -> bool {
        match self {
            Self::Sharded(_) | Self::Derived => true,
            Self::Whole | Self::Node | Self::Shard => false,
        }
    }
}
