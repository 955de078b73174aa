//! Reviews.

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope;
use hearken_schemas::feedback::{Channel, Feedback};

use super::{Silent, rating, spoken};
use crate::context::Context;
use crate::wire::{RawReview, Whole};

/// Turns a raw review into feedback; the title stands in where there is no text, and a rating may stand alone.
///
/// # Errors
/// The reason of the record's dead letter.
pub(crate) fn normalize(context: &Context<'_>, value: Option<&[u8]>) -> Result<Feedback, Rejection> {
    let mut raw: RawReview = envelope::parse(value)?;
    let Silent { feedback, mut redactor, .. } = Silent::new(Channel::Review, raw.take_common(), [], context)?;
    let (title, body) = (redactor.words(raw.title), redactor.words(raw.text));
    spoken(Feedback {
        text: if body.is_empty() { title.clone() } else { body },
        title: Some(title).filter(|title| !title.is_empty()),
        rating: rating(raw.rating)?,
        likes: raw.likes.map(|Whole(likes)| likes),
        redactions: redactor.redactions,
        ..feedback
    })
}
