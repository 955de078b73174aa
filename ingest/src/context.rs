//! What the fields of a record are read with: the catalog, the pseudonyms, the record's Kafka timestamp.

use std::fmt;

use hearken_schemas::catalog::{self, Lookup};
use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::feedback::TimePrecision;
use hearken_schemas::journey::JourneyStage;
use hearken_schemas::redact::{TOKENS, redact};
use jiff::Timestamp;

use crate::field::time::{self, When};
use crate::field::words::Redactor;
use crate::field::{self, ID_BYTES_MAX, SOURCE_BYTES_MAX, cleaned, required};
use crate::pseudonym::Pseudonyms;
use crate::touchpoint;
use crate::wire::RawTime;

/// What one record is read with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) catalog: &'a Lookup,
    pub(crate) pseudonyms: &'a Pseudonyms,
    /// The record's Kafka timestamp.
    pub(crate) received_ms: i64,
}

/// The customer a record names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct CustomerId {
    /// The company's id; absent where the source sent none or a placeholder.
    pub(crate) id: Option<String>,
    /// Whether the source sent a placeholder.
    pub(crate) masked: bool,
}

impl<'a> Context<'a> {
    /// Returns when the record reached Kafka.
    ///
    /// # Errors
    /// `time_out_of_bounds` where the timestamp is no time.
    pub(crate) fn received_at(&self) -> Result<Timestamp, Rejection> {
        Timestamp::from_millisecond(self.received_ms)
            .map_err(|_| Rejection::new(Reason::TimeOutOfBounds, "the record's Kafka timestamp is no time"))
    }

    /// Reads `customer_id`: a masked one or a placeholder is none.
    ///
    /// # Errors
    /// `invalid_value` where it is too long or holds a control character.
    pub(crate) fn customer(&self, raw: Option<impl Into<String>>) -> Result<CustomerId, Rejection> {
        let id = field::id("customer_id", raw, ID_BYTES_MAX)?;
        let masked = id.as_deref().is_some_and(|id| self.catalog.masked(id));
        Ok(CustomerId { id: id.filter(|_| !masked).map(|id| self.person(id)), masked })
    }

    /// Returns a person's id as it may be stored: one that is itself a phone number, an e-mail address or the like becomes a
    /// pseudonym, the same wherever it stands, so that joins hold.
    pub(crate) fn person(&self, id: String) -> String {
        let clean = cleaned(id.clone());
        if TOKENS.contains(&&*redact(&clean).text) { self.pseudonyms.person(&id) } else { id }
    }

    /// Reads `source` and looks it up.
    ///
    /// # Errors
    /// `missing_field`, or `invalid_value` where it is too long or holds a control character.
    pub(crate) fn source(self, raw: Option<String>) -> Result<Source<'a>, Rejection> {
        let name = required("source", field::id("source", raw, SOURCE_BYTES_MAX)?)?;
        Ok(Source { known: self.catalog.source(&name), context: self, name })
    }
}

fn undated() -> Rejection {
    let detail = "occurred_at is missing or empty; where nobody knows it, time_precision has to be unknown";
    Rejection::new(Reason::MissingField, detail).at("occurred_at")
}

/// The source of a record, and what the catalog says of it where the record is silent.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(crate) name: String,
    known: Option<&'a catalog::Source>,
    context: Context<'a>,
}

impl Source<'_> {
    /// Reads a time; a blank one is absent. A time without a zone is in the source's own.
    ///
    /// # Errors
    /// `invalid_time`, `time_out_of_bounds`.
    pub(crate) fn time(&self, field: impl fmt::Display, raw: Option<RawTime>) -> Result<Option<When>, Rejection> {
        let zone = self.known.and_then(|source| source.time_zone.as_ref());
        raw.map_or(Ok(None), |raw| time::read(field, &raw, zone, self.context.received_ms))
    }

    /// Reads `occurred_at` with what the sender says of its precision; only where that is `unknown` the time may be absent,
    /// and the Kafka timestamp stands in.
    ///
    /// # Errors
    /// `missing_field`, `invalid_time`, `time_out_of_bounds`.
    pub(crate) fn occurred(&self, raw: Option<RawTime>, said: Option<TimePrecision>) -> Result<When, Rejection> {
        let When { at, precision } = match self.time("occurred_at", raw)? {
            None if said == Some(TimePrecision::Unknown) => {
                When { at: self.context.received_at()?, precision: TimePrecision::Unknown }
            }
            Some(when) => when,
            None => return Err(undated()),
        };
        // A date that is said to be exact to the second is still a date.
        Ok(When { at, precision: said.map_or(precision, |said| said.max(precision)) })
    }

    /// Reads `brand`: the catalog's name of it where it knows one, the source's brand where the record has none.
    ///
    /// # Errors
    /// `invalid_value` where it is too long.
    pub(crate) fn brand(&self, raw: Option<String>, redactor: &mut Redactor) -> Result<Option<String>, Rejection> {
        let brand = self.or_own(redactor.name("brand", raw)?, |source| &source.brand);
        Ok(brand.map(|brand| self.context.catalog.brand(&brand).map_or(brand, str::to_owned)))
    }

    /// Reads `touchpoint`, or takes the source's, with its stage of the journey.
    ///
    /// # Errors
    /// `invalid_value` where it is too long.
    pub(crate) fn touchpoint(
        &self,
        raw: Option<String>,
        redactor: &mut Redactor,
    ) -> Result<(Option<String>, JourneyStage), Rejection> {
        let touchpoint = self.or_own(redactor.name("touchpoint", raw)?, |source| &source.touchpoint);
        let own = touchpoint.as_deref().and_then(|name| self.context.catalog.stage(name));
        let stage = own.unwrap_or_else(|| touchpoint::stage(touchpoint.as_deref()));
        Ok((touchpoint, stage))
    }

    /// Reads `region`, or takes the source's.
    ///
    /// # Errors
    /// `invalid_value` where it is too long.
    pub(crate) fn region(&self, raw: Option<String>, redactor: &mut Redactor) -> Result<Option<String>, Rejection> {
        Ok(self.or_own(redactor.name("region", raw)?, |source| &source.region))
    }

    /// Reads `language_hint`, or takes the source's language.
    ///
    /// # Errors
    /// `invalid_value` where it is too long.
    pub(crate) fn language_hint(&self, raw: Option<String>) -> Result<Option<String>, Rejection> {
        Ok(self.or_own(field::id("language_hint", raw, ID_BYTES_MAX)?, |source| &source.language))
    }

    fn or_own(&self, said: Option<String>, own: fn(&catalog::Source) -> &Option<String>) -> Option<String> {
        said.or_else(|| self.known.and_then(|source| own(source).clone()))
    }
}
