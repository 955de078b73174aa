//! Social posts.

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope;
use hearken_schemas::feedback::{Channel, Feedback};

use super::{SOURCE_ID_BYTES_MAX, id, silent, spoken, words};
use crate::wire::RawSocialPost;

/// Turns a raw social post into feedback; `reply_to` is its parent where `parent_id` is absent.
///
/// # Errors
/// The reason of the record's dead letter.
pub fn normalize(timestamp_ms: i64, value: Option<&[u8]>) -> Result<Feedback, Rejection> {
    let mut raw: RawSocialPost = envelope::parse(value)?;
    let base = silent(Channel::Social, raw.take_common(), timestamp_ms)?;
    let reply_to = id("reply_to", raw.reply_to, SOURCE_ID_BYTES_MAX)?;
    let body = words(raw.text);
    spoken(Feedback {
        parent_id: base.parent_id.or(reply_to),
        text: body.text,
        likes: raw.likes,
        reposts: raw.reposts,
        redactions: base.redactions + body.redactions,
        ..base
    })
}
