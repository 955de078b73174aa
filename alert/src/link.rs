//! Links to a case page: signed, bound to one owner and to one case, and good for a while.
//!
//! A token is base64url of `version, case, expiry, owner` and the HMAC-SHA256 of that. It is no secret from its owner, so nothing about a
//! customer is in it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use uuid::Uuid;

/// The fewest bytes a secret may have: as many as the hash gives.
pub const SECRET_BYTES_MIN: usize = 32;

/// What is signed begins with this, so no other signature under the same secret is one of a link.
const PURPOSE: &[u8] = b"hearken case link\0";
const VERSION: u8 = 1;
const CASE: usize = 16;
const EXPIRY: usize = 8;
const MAC: usize = 32;
/// Version, case and expiry; the owner follows.
const HEAD: usize = 1 + CASE + EXPIRY;
/// No owner's id is this long; a longer token is not looked at.
const TOKEN_BYTES_MAX: usize = 1_024;

/// What links are signed with. It is never printed.
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

/// A secret that is too short to sign with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a secret of at least {SECRET_BYTES_MIN} bytes, found {bytes}; `openssl rand -base64 48` makes one")]
pub struct ShortSecret {
    /// How many it has.
    pub bytes: usize,
}

impl Secret {
    /// Takes the text that configuration calls `alert.link_secret`.
    ///
    /// # Errors
    /// Where it has fewer than [`SECRET_BYTES_MIN`] bytes.
    pub fn new(text: &str) -> Result<Self, ShortSecret> {
        let bytes = text.len();
        let mac = Hmac::new_from_slice(text.as_bytes()).ok().filter(|_| bytes >= SECRET_BYTES_MIN);
        mac.map(Self).ok_or(ShortSecret { bytes })
    }

    fn over(&self, body: &[u8]) -> Hmac<Sha256> {
        self.0.clone().chain_update(PURPOSE).chain_update(body)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What a token says, once its signature was found to be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The case it leads to.
    pub case_id: Uuid,
    /// Who may act by it.
    pub owner: String,
    /// The first moment it is good no more.
    pub expires_at: Timestamp,
}

/// Why a token opens nothing: told apart for the log, not for whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// It is no token: cut off, or made by another release.
    #[error("the link is malformed")]
    Malformed,
    /// It was changed, or signed with another secret.
    #[error("the link's signature is wrong")]
    Forged,
    /// It was good once.
    #[error("the link has expired")]
    Expired(Signed),
}

/// Returns the token that leads this owner to this case until `expires_at`, in whole seconds.
pub fn sign(secret: &Secret, case_id: Uuid, owner: &str, expires_at: Timestamp) -> String {
    let mut bytes = Vec::with_capacity(HEAD + owner.len() + MAC);
    bytes.push(VERSION);
    bytes.extend_from_slice(case_id.as_bytes());
    bytes.extend_from_slice(&expires_at.as_second().to_be_bytes());
    bytes.extend_from_slice(owner.as_bytes());
    let mac = secret.over(&bytes).finalize().into_bytes();
    bytes.extend_from_slice(&mac);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a token and says whether it may be trusted now. Nothing of it is believed before its signature is right, which takes as long
/// however wrong it is.
///
/// # Errors
/// Where it is no token, was not signed with this secret, or has expired; see [`LinkError`].
pub fn verify(secret: &Secret, token: &str, now: Timestamp) -> Result<Signed, LinkError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(LinkError::Malformed);
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| LinkError::Malformed)?;
    let body_bytes = bytes.len().checked_sub(MAC).filter(|length| *length >= HEAD).ok_or(LinkError::Malformed)?;
    let (body, mac) = bytes.split_at(body_bytes);
    if body.first() != Some(&VERSION) {
        return Err(LinkError::Malformed);
    }
    secret.over(body).verify_slice(mac).map_err(|_| LinkError::Forged)?;
    let signed = read(body).ok_or(LinkError::Malformed)?;
    if now < signed.expires_at { Ok(signed) } else { Err(LinkError::Expired(signed)) }
}

/// Returns the address of a token's page below the address that Hearken is reached by.
pub fn address(public_url: &str, token: &str) -> String {
    format!("{}/c/{token}", public_url.trim_end_matches('/'))
}

fn read(body: &[u8]) -> Option<Signed> {
    let case_id = Uuid::from_slice(body.get(1..1 + CASE)?).ok()?;
    let second = i64::from_be_bytes(body.get(1 + CASE..HEAD)?.try_into().ok()?);
    let expires_at = Timestamp::from_second(second).ok()?;
    let owner = String::from_utf8(body.get(HEAD..)?.to_vec()).ok()?;
    Some(Signed { case_id, owner, expires_at })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CASE_ID: Uuid = Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_00ff);

    fn secret() -> Secret {
        Secret::new("a secret that is long enough to be one").expect("a secret")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn signed(owner: &str, second: i64) -> Signed {
        Signed { case_id: CASE_ID, owner: owner.to_owned(), expires_at: at(second) }
    }

    #[test]
    fn a_link_is_good_until_the_second_it_expires() {
        let token = sign(&secret(), CASE_ID, "wang.fang", at(1_000));
        let check = |now: Timestamp, expected: Result<Signed, LinkError>| {
            assert_eq!(verify(&secret(), &token, now), expected, "{now}");
        };
        check(at(-5), Ok(signed("wang.fang", 1_000)));
        check(at(999), Ok(signed("wang.fang", 1_000)));
        check(Timestamp::from_millisecond(999_999).expect("a time"), Ok(signed("wang.fang", 1_000)));
        check(at(1_000), Err(LinkError::Expired(signed("wang.fang", 1_000))));
        check(Timestamp::MAX, Err(LinkError::Expired(signed("wang.fang", 1_000))));
    }

    #[test]
    fn what_is_no_token_is_malformed() {
        let token = sign(&secret(), CASE_ID, "desk", at(1_000));
        let later = URL_SAFE_NO_PAD.encode([2; HEAD + MAC]);
        let long = "A".repeat(TOKEN_BYTES_MAX + 4);
        let padded = format!("{token}=");
        for wrong in ["", "A", "not a token", "../../etc/passwd", "鱼", &token[..40], &later, &long, &padded] {
            assert_eq!(verify(&secret(), wrong, at(0)), Err(LinkError::Malformed), "{wrong}");
        }
    }

    #[test]
    fn a_cut_token_opens_nothing() {
        let token = sign(&secret(), CASE_ID, "desk", at(1_000));
        for end in 0..token.len() {
            assert!(verify(&secret(), &token[..end], at(0)).is_err(), "{end}");
        }
    }

    #[test]
    fn an_expired_link_of_another_secret_is_forged() {
        let other = Secret::new("another secret that is long enough too").expect("a secret");
        let token = sign(&other, CASE_ID, "desk", at(1_000));
        assert_eq!(verify(&secret(), &token, at(2_000)), Err(LinkError::Forged));
    }

    #[test]
    fn a_signature_for_something_else_is_none_of_a_link() {
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&[0; CASE + EXPIRY]);
        let mac = secret().0.chain_update(&bytes).finalize().into_bytes();
        bytes.extend_from_slice(&mac);
        assert_eq!(verify(&secret(), &URL_SAFE_NO_PAD.encode(bytes), at(-1)), Err(LinkError::Forged));
    }

    #[test]
    fn a_secret_has_at_least_32_bytes_and_is_never_printed() {
        assert_eq!(Secret::new("").err(), Some(ShortSecret { bytes: 0 }));
        assert_eq!(Secret::new(&"x".repeat(31)).err(), Some(ShortSecret { bytes: 31 }));
        let secret = Secret::new(&"x".repeat(32)).expect("a secret");
        assert_eq!(format!("{secret:?}"), "[secret]");
    }

    #[test]
    fn an_address_has_one_slash_and_a_token_needs_no_escape() {
        assert_eq!(address("https://care.example", "abc"), "https://care.example/c/abc");
        assert_eq!(address("https://care.example/hearken/", "abc"), "https://care.example/hearken/c/abc");
        let token = sign(&secret(), CASE_ID, "王芳", at(1_000));
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{token}");
    }

    proptest! {
        #[test]
        fn what_was_signed_is_read_again(case in any::<u128>(), owner in "\\PC{0,60}", second in 1_i64..99_999_999_999) {
            let case_id = Uuid::from_u128(case);
            let token = sign(&secret(), case_id, &owner, at(second));
            let expected = Signed { case_id, owner, expires_at: at(second) };
            prop_assert_eq!(verify(&secret(), &token, at(0)), Ok(expected));
        }

        #[test]
        fn any_changed_bit_is_refused(owner in "[a-z.]{0,12}", at_bit in any::<prop::sample::Index>()) {
            let token = sign(&secret(), CASE_ID, &owner, at(1_000));
            let mut bytes = URL_SAFE_NO_PAD.decode(&token).expect("base64");
            let bit = at_bit.index(bytes.len() * 8);
            bytes[bit / 8] ^= 1 << (bit % 8);
            let refused = matches!(verify(&secret(), &URL_SAFE_NO_PAD.encode(bytes), at(0)), Err(LinkError::Forged | LinkError::Malformed));
            prop_assert!(refused);
        }

        // The last character of base64 may carry bits that stand for nothing; they may not be changed either.
        #[test]
        fn any_other_character_is_refused(owner in "[a-z.]{0,12}", place in any::<prop::sample::Index>(), other in "[A-Za-z0-9_-]") {
            let token = sign(&secret(), CASE_ID, &owner, at(1_000));
            let place = place.index(token.len());
            prop_assume!(token[place..=place] != other);
            let changed = format!("{}{other}{}", &token[..place], &token[place + 1..]);
            prop_assert!(verify(&secret(), &changed, at(0)).is_err());
        }

        #[test]
        fn another_secret_opens_nothing(text in "[ -~]{32,64}", owner in "[a-z.]{0,12}") {
            prop_assume!(text != "a secret that is long enough to be one");
            let token = sign(&Secret::new(&text).expect("a secret"), CASE_ID, &owner, at(1_000));
            prop_assert_eq!(verify(&secret(), &token, at(0)), Err(LinkError::Forged));
        }

        #[test]
        fn nothing_makes_it_panic(token in "\\PC{0,200}", second in any::<i32>()) {
            prop_assert!(verify(&secret(), &token, at(i64::from(second))).is_err());
        }
    }
}
