//! Social posts.

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope;
use hearken_schemas::feedback::{Channel, Feedback};

use super::{Silent, key_of, spoken};
use crate::context::Context;
use crate::field::{SOURCE_ID_BYTES_MAX, URL_BYTES_MAX, cleaned, id};
use crate::pseudonym::plain_handle;
use crate::wire::{RawSocialPost, Whole};

/// Turns a raw social post into feedback; `reply_to` is its parent where `parent_id` is absent.
///
/// # Errors
/// The reason of the record's dead letter.
pub(crate) fn normalize(context: &Context<'_>, value: Option<&[u8]>) -> Result<Feedback, Rejection> {
    let mut raw: RawSocialPost = envelope::parse(value)?;
    let silent = Silent::new(Channel::Social, raw.take_common(), [raw.author_handle.clone()], context)?;
    let Silent { feedback, source, mut redactor } = silent;
    let reply_to = id("reply_to", raw.reply_to, SOURCE_ID_BYTES_MAX)?;
    let handle = raw.author_handle.as_deref().map(|handle| plain_handle(handle).to_owned());
    let author = |handle: &str| context.pseudonyms.author(&source.name, handle);
    spoken(Feedback {
        parent_id: feedback.parent_id.or(reply_to),
        own_account: raw.author_handle.is_some_and(|handle| context.catalog.is_account(&cleaned(handle))),
        author_key: key_of("author_handle", handle, context, author)?,
        text: redactor.words(raw.text),
        url: id("url", raw.url, URL_BYTES_MAX)?,
        likes: raw.likes.map(|Whole(likes)| likes),
        reposts: raw.reposts.map(|Whole(reposts)| reposts),
        redactions: redactor.redactions,
        ..feedback
    })
}
