//! The planted stories: when and where each one plays, and what is true of it.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::time::days;
use super::world::world;

/// Something that happens to the retailer and that the feedback tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Story {
    /// A release of the app crashes.
    AppCrash,
    /// One courier fails in one region.
    Courier,
    /// The staff of one store is rude.
    RudeStore,
    /// Valued customers leave.
    Leaving,
    /// New accounts post nearly the same within minutes.
    Burst,
    /// Boxes of one product arrive damaged, until the fix.
    Packaging,
}

impl Story {
    /// All stories.
    pub(crate) const ALL: [Self; 6] =
        [Self::AppCrash, Self::Courier, Self::RudeStore, Self::Leaving, Self::Burst, Self::Packaging];

    /// Returns the name used in files.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AppCrash => "app-crash",
            Self::Courier => "courier",
            Self::RudeStore => "rude-store",
            Self::Leaving => "leaving",
            Self::Burst => "burst",
            Self::Packaging => "packaging",
        }
    }

    /// Returns when it begins; `Packaging` is over then, because its day is that of the fix.
    pub(super) fn begins(self, anchor: Timestamp) -> Timestamp {
        let begins = anchor - days(world().scene(self).days);
        match self {
            // Within one hour of the clock, as analysts cut it.
            Self::Burst => begins - SignedDuration::from_secs(begins.as_second().rem_euclid(3_600)),
            Self::AppCrash | Self::Courier | Self::RudeStore | Self::Leaving | Self::Packaging => begins,
        }
    }

    /// Tells whether it has begun.
    pub(super) fn begun(self, anchor: Timestamp, at: Timestamp) -> bool {
        at >= self.begins(anchor)
    }
}

/// What a text tells: a story, or the praise after the fix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Tale {
    AppCrash,
    Courier,
    RudeStore,
    Leaving,
    Burst,
    Packaging,
    PackagingPraise,
}

impl Tale {
    /// All tales.
    #[cfg(test)]
    pub(super) const ALL: [Self; 7] = [
        Self::AppCrash,
        Self::Courier,
        Self::RudeStore,
        Self::Leaving,
        Self::Burst,
        Self::Packaging,
        Self::PackagingPraise,
    ];
}

/// Where a story plays.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scene {
    /// How many days before the anchor it begins.
    pub(super) days: i64,
    pub(super) region: Option<String>,
    pub(super) store: Option<String>,
    pub(super) courier: Option<String>,
    pub(super) product: Option<String>,
}
