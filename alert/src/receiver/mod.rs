//! What a message looks like to whoever listens at a channel, and what their answer means.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Returns the key of a Standard Webhooks secret, `whsec_` and base64; nothing where it is not of that form, or empty.
pub fn generic_key(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix("whsec_")?).ok().filter(|key| !key.is_empty())
}
