//! Reviews.

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope;
use hearken_schemas::feedback::{Channel, Feedback};

use super::{rating, silent, spoken, words};
use crate::wire::RawReview;

/// Turns a raw review into feedback; the title stands in where there is no text, and a rating may stand alone.
///
/// # Errors
/// The reason of the record's dead letter.
pub fn normalize(timestamp_ms: i64, value: Option<&[u8]>) -> Result<Feedback, Rejection> {
    let mut raw: RawReview = envelope::parse(value)?;
    let base = silent(Channel::Review, raw.take_common(), timestamp_ms)?;
    let (title, body) = (words(raw.title), words(raw.text));
    spoken(Feedback {
        text: if body.text.is_empty() { title.text.clone() } else { body.text },
        title: Some(title.text).filter(|title| !title.is_empty()),
        rating: rating(raw.rating)?,
        likes: raw.likes,
        redactions: base.redactions + title.redactions + body.redactions,
        ..base
    })
}
