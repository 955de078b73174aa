//! Keyed pseudonyms: one person keeps one key, and nobody without the secret learns who it is.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The shortest secret that is taken. Phone numbers and handles have few values: a secret that can be guessed hides nothing.
pub const SECRET_BYTES_MIN: usize = 16;

/// How many bytes of the HMAC a key shows, two hexadecimal digits each.
const KEY_BYTES: usize = 16;

/// Makes pseudonyms with one secret; another secret makes other ones.
#[derive(Clone)]
pub struct Pseudonyms(Hmac<Sha256>);

impl Pseudonyms {
    /// Takes the secret.
    pub fn new(secret: &[u8]) -> Self {
        #[allow(clippy::expect_used, reason = "HMAC takes a key of any length")]
        Self(Hmac::new_from_slice(secret).expect("a key of any length"))
    }

    /// Returns the key of the author who is called `handle` on `source`; an `@` before the handle makes no difference.
    pub fn author(&self, source: &str, handle: &str) -> String {
        self.keyed(&["handle", source, plain_handle(handle)])
    }

    /// Returns the key of the agent that `source` calls `agent_id`.
    pub fn agent(&self, source: &str, agent_id: &str) -> String {
        self.keyed(&["agent", source, agent_id])
    }

    /// Returns what stands for the id of a person that must not be stored itself.
    pub fn person(&self, id: &str) -> String {
        format!("p-{}", self.keyed(&["id", id]))
    }

    /// Returns the key of what `parts` name together: the first 32 hexadecimal digits of HMAC-SHA256 over the parts with a
    /// NUL between them, which no id holds.
    pub(crate) fn keyed(&self, parts: &[&str]) -> String {
        let digest = self.0.clone().chain_update(parts.join("\0")).finalize().into_bytes();
        digest.iter().take(KEY_BYTES).map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[pseudonyms]")
    }
}

/// Returns a handle without blanks around it and the `@` that some sources put before it.
pub(crate) fn plain_handle(handle: &str) -> &str {
    handle.trim().trim_start_matches(['@', '＠']).trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_the_start_of_an_hmac() {
        // Test case 2 of RFC 4231.
        let pseudonyms = Pseudonyms::new(b"Jefe");
        assert_eq!(pseudonyms.keyed(&["what do ya want for nothing?"]), "5bdcc146bf60754e6a042426089575c7");
    }

    #[test]
    fn one_author_of_one_source_keeps_the_key_and_everybody_else_has_another() {
        let pseudonyms = Pseudonyms::new(b"0123456789abcdef");
        let key = pseudonyms.author("weibo", "ice_fan");
        assert_eq!(key, pseudonyms.author("weibo", "ice_fan"));
        assert_eq!(key, pseudonyms.author("weibo", " @ice_fan"));
        assert_eq!(key, pseudonyms.keyed(&["handle", "weibo", "ice_fan"]));
        let others = [
            pseudonyms.author("x-com", "ice_fan"),
            pseudonyms.author("weibo", "Ice_fan"),
            pseudonyms.agent("weibo", "ice_fan"),
            Pseudonyms::new(b"0123456789abcdeg").author("weibo", "ice_fan"),
        ];
        assert!(!others.contains(&key), "{others:?}");
    }

    #[test]
    fn a_secret_is_never_printed() {
        assert_eq!(format!("{:?}", Pseudonyms::new(b"0123456789abcdef")), "[pseudonyms]");
    }
}
