//! The seven stages of a customer's journey.

use serde::{Deserialize, Serialize};

/// Where in the journey a feedback belongs; a touchpoint that the table does not know is `Unmapped`, never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the stages are the field's own terms; docs/glossary.md explains them")]
pub enum JourneyStage {
    Awareness,
    Discovery,
    Interest,
    Consideration,
    Action,
    Use,
    Advocacy,
    Unmapped,
}

impl JourneyStage {
    /// All stages in journey order, `Unmapped` last.
    pub const ALL: [Self; 8] = [
        Self::Awareness,
        Self::Discovery,
        Self::Interest,
        Self::Consideration,
        Self::Action,
        Self::Use,
        Self::Advocacy,
        Self::Unmapped,
    ];

    /// Returns the name used in JSON and in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Awareness => "awareness",
            Self::Discovery => "discovery",
            Self::Interest => "interest",
            Self::Consideration => "consideration",
            Self::Action => "action",
            Self::Use => "use",
            Self::Advocacy => "advocacy",
            Self::Unmapped => "unmapped",
        }
    }
}
