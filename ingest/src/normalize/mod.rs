//! From what channels send to feedback: what all channels have in common.

pub(crate) mod chat;
pub(crate) mod review;
pub(crate) mod social;
pub(crate) mod survey;

use hearken_schemas::dead_letter::{Reason, Rejection};
use hearken_schemas::feedback::{Channel, Feedback, REVISION_MAX, Rating, TEXT_BYTES_MAX};
use hearken_schemas::id::FeedbackId;
use jiff::Timestamp;

use crate::context::{Context, Source};
use crate::field::words::Redactor;
use crate::field::{ID_BYTES_MAX, SOURCE_ID_BYTES_MAX, id, invalid, required};
use crate::wire::{Author, Common, Object, RawRating};

/// The smallest scale.
const SCALE_MAX_MIN: f64 = 1e-3;
/// The largest scale, and the largest number that an answer without a scale may have.
const VALUE_MAX: f64 = 1e6;

/// A feedback that says nothing yet, with what its words are read with.
struct Silent<'a> {
    feedback: Feedback,
    source: Source<'a>,
    redactor: Redactor,
}

impl<'a> Silent<'a> {
    /// Reads what every channel sends. `named` are the names that this channel carries beside the customer's.
    fn new<const N: usize>(
        channel: Channel,
        mut common: Common,
        named: [Option<String>; N],
        context: &Context<'a>,
    ) -> Result<Self, Rejection> {
        match common.author {
            Some(Author::Merchant) => {
                return Err(Rejection::new(Reason::NotFromCustomer, "author is merchant").at("author"));
            }
            Some(Author::Customer) | None => {}
        }
        let source = context.source(common.source.take())?;
        let names = named.into_iter().chain([common.customer_name.take()]);
        let mut redactor = Redactor::new(context.catalog, names);
        let feedback = silent(channel, common, &source, context, &mut redactor)?;
        Ok(Self { feedback, source, redactor })
    }
}

fn silent(
    channel: Channel,
    common: Common,
    source: &Source<'_>,
    context: &Context<'_>,
    redactor: &mut Redactor,
) -> Result<Feedback, Rejection> {
    let source_id = required("source_id", id("source_id", common.source_id, SOURCE_ID_BYTES_MAX)?)?;
    let occurred = source.occurred(common.occurred_at, common.time_precision)?;
    let updated = source.time("updated_at", common.updated_at)?;
    let customer = context.customer(common.customer_id)?;
    let (touchpoint, journey_stage) = source.touchpoint(common.touchpoint, redactor)?;
    Ok(Feedback {
        feedback_id: FeedbackId::new(channel, &source.name, &source_id),
        revision: revision(common.revision, updated.map(|updated| updated.at))?,
        channel,
        source: source.name.clone(),
        source_id,
        occurred_at: occurred.at,
        time_precision: occurred.precision,
        received_at: context.received_at()?,
        customer_id: customer.id,
        id_namespace: id("id_namespace", common.id_namespace, ID_BYTES_MAX)?,
        customer_masked: customer.masked,
        author_key: None,
        own_account: false,
        agent_key: None,
        brand: source.brand(common.brand, redactor)?,
        product_id: id("product_id", common.product_id, ID_BYTES_MAX)?,
        order_id: id("order_id", common.order_id, ID_BYTES_MAX)?,
        store_id: id("store_id", common.store_id, ID_BYTES_MAX)?,
        campaign: redactor.name("campaign", common.campaign)?,
        journey_stage,
        touchpoint,
        region: source.region(common.region, redactor)?,
        parent_id: id("parent_id", common.parent_id, SOURCE_ID_BYTES_MAX)?,
        language_hint: source.language_hint(common.language_hint)?,
        title: None,
        text: String::new(),
        rating: None,
        likes: None,
        reposts: None,
        url: None,
        turns: Vec::new(),
        resolved: None,
        survey_id: None,
        survey_kind: None,
        sent_at: None,
        case_id: None,
        answers: Vec::new(),
        redactions: 0,
        attributes: redactor.attributes(common.attributes)?,
    })
}

/// Accepts a feedback that says something, and not too much.
fn spoken(feedback: Feedback) -> Result<Feedback, Rejection> {
    let (field, nothing) = match feedback.channel {
        Channel::Review => ("text", "neither text nor title nor rating is left after clean-up"),
        Channel::Chat => ("turns", "no turn of the role customer has words after clean-up, and there is no rating"),
        Channel::Social => ("text", "no text is left after clean-up"),
        Channel::Survey => ("answers", "no answer has a value, or words after clean-up"),
    };
    let texts = [(field, Some(&feedback.text)), ("title", feedback.title.as_ref())];
    if let Some((field, _)) = texts.iter().find(|(_, text)| text.is_some_and(|text| text.len() > TEXT_BYTES_MAX)) {
        let detail = format!("{field} has more than {TEXT_BYTES_MAX} bytes of words after clean-up");
        return Err(Rejection::new(Reason::TextTooLong, detail).at(*field));
    }
    if feedback.text.is_empty() && feedback.rating.is_none() && feedback.answers.is_empty() {
        return Err(Rejection::new(Reason::EmptyText, nothing));
    }
    Ok(feedback)
}

/// `revision` as sent, else `updated_at` in milliseconds, else 0.
fn revision(sent: Option<u64>, updated_at: Option<Timestamp>) -> Result<u64, Rejection> {
    let updated_ms = || updated_at.and_then(|time| u64::try_from(time.as_millisecond()).ok());
    match sent.or_else(updated_ms).unwrap_or(0) {
        revision @ 0..=REVISION_MAX => Ok(revision),
        _ => Err(invalid("revision", format_args!("is greater than {REVISION_MAX}"))),
    }
}

fn rating(raw: Option<Object<RawRating>>) -> Result<Option<Rating>, Rejection> {
    let Some(Object(RawRating { value, scale_max })) = raw else { return Ok(None) };
    on_scale("rating", value, scale_max)?;
    Ok(Some(Rating { value, scale_max }))
}

/// Checks that 0 ≤ value ≤ scale_max and that the scale is one; `field` is the object that holds the two.
fn on_scale(field: &str, value: f64, scale_max: f64) -> Result<(), Rejection> {
    is_scale(field, scale_max)?;
    // Not a number fails the comparison too.
    if !(0.0..=scale_max).contains(&value) {
        return Err(invalid(format!("{field}.value"), "is not between 0 and scale_max"));
    }
    Ok(())
}

/// Checks that a scale ends where the tables' narrower numbers still tell it from nothing and from infinity.
fn is_scale(field: &str, scale_max: f64) -> Result<(), Rejection> {
    if (SCALE_MAX_MIN..=VALUE_MAX).contains(&scale_max) {
        Ok(())
    } else {
        let problem = format_args!("is not between {SCALE_MAX_MIN} and {VALUE_MAX}");
        Err(invalid(format!("{field}.scale_max"), problem))
    }
}

/// Returns a pseudonym of what a field names; of a placeholder or a masked name there is none, because many share it.
fn key_of(
    field: &str,
    raw: Option<impl Into<String>>,
    context: &Context<'_>,
    key: impl FnOnce(&str) -> String,
) -> Result<Option<String>, Rejection> {
    let named = id(field, raw, ID_BYTES_MAX)?.filter(|name| !context.catalog.masked(name));
    Ok(named.as_deref().map(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_leaves_room_for_the_enricher() {
        let time = Timestamp::from_millisecond(1_748_779_200_123).unwrap();
        assert_eq!(revision(Some(7), Some(time)), Ok(7));
        assert_eq!(revision(None, Some(time)), Ok(1_748_779_200_123));
        assert_eq!(revision(None, None), Ok(0));
        assert_eq!(revision(Some(REVISION_MAX), None), Ok(REVISION_MAX));
        assert_eq!(revision(Some(REVISION_MAX + 1), None).expect_err("too large").reason, Reason::InvalidValue);
    }

    #[test]
    fn a_rating_lies_on_its_scale() {
        let check = |value, scale_max, wrong: Option<&str>| {
            let got = rating(Some(Object(RawRating { value, scale_max })));
            assert_eq!(got.err().and_then(|error| error.field).as_deref(), wrong, "{value}/{scale_max}");
        };
        check(0.0, 5.0, None);
        check(5.0, 5.0, None);
        check(4.5, 10.0, None);
        check(5.1, 5.0, Some("rating.value"));
        check(-0.1, 5.0, Some("rating.value"));
        check(f64::NAN, 5.0, Some("rating.value"));
        check(0.0, 0.0, Some("rating.scale_max"));
        check(1.0, -5.0, Some("rating.scale_max"));
        check(1.0, f64::INFINITY, Some("rating.scale_max"));
        check(1e39, 1e39, Some("rating.scale_max"));
        check(0.0, 1e-40, Some("rating.scale_max"));
        check(0.0, f64::MIN_POSITIVE, Some("rating.scale_max"));
        check(0.0, 0.000_9, Some("rating.scale_max"));
        check(1_000_000.1, 1_000_000.1, Some("rating.scale_max"));
        check(1e-3, 1e-3, None);
        check(1e6, 1e6, None);
        check(1.0, f64::NAN, Some("rating.scale_max"));
    }
}
