//! What an audit finds.

use std::fmt;

/// The kinds of damage, as Jepsen names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A record was acknowledged and has no outcome.
    LostWrite,
    /// Something stands twice that must stand once.
    Duplicate,
    /// Something came of a record that nobody sent.
    Unseen,
    /// What is stored is not what was sent.
    WrongContent,
    /// One record is, say, a row and a dead letter.
    TwoOutcomes,
    /// An older state is live although a newer one is known.
    NonMonotonic,
    /// Two things differ that follow from each other.
    Inconsistent,
}

/// One piece of damage.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Its kind.
    pub kind: Kind,
    /// What and where.
    pub what: String,
}

impl Finding {
    pub(crate) fn new(kind: Kind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::LostWrite => "lost write",
            Kind::Duplicate => "duplicate",
            Kind::Unseen => "unseen",
            Kind::WrongContent => "wrong content",
            Kind::TwoOutcomes => "two outcomes",
            Kind::NonMonotonic => "non-monotonic",
            Kind::Inconsistent => "inconsistent",
        };
        write!(f, "{kind}: {}", self.what)
    }
}
