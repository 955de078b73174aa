//! What requests are signed with, as each receiver asks for it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Returns the key of a Standard Webhooks secret, `whsec_` and base64; nothing where it is not of that form, or empty.
pub fn generic_key(secret: &str) -> Option<Vec<u8>> {
    STANDARD.decode(secret.strip_prefix("whsec_")?).ok().filter(|key| !key.is_empty())
}

/// Feishu and Lark: the key is what others sign, and nothing is signed with it. `seconds` since 1970.
pub(super) fn feishu(seconds: &str, secret: &str) -> String {
    hmac(format!("{seconds}\n{secret}").as_bytes(), b"")
}

/// DingTalk: `millis` since 1970 and the secret, signed with the secret.
pub(super) fn dingtalk(millis: &str, secret: &str) -> String {
    hmac(secret.as_bytes(), format!("{millis}\n{secret}").as_bytes())
}

/// Standard Webhooks: id, seconds and body.
pub(super) fn generic(key: &[u8], id: &str, seconds: &str, body: &[u8]) -> String {
    format!("v1,{}", hmac(key, &[id.as_bytes(), b".", seconds.as_bytes(), b".", body].concat()))
}

/// Escapes everything in a query's value that is not a letter, a digit or one of `-_.~`.
pub(super) fn query(value: &str) -> String {
    value.bytes().fold(String::new(), |mut escaped, byte| {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            byte => escaped.push_str(&format!("%{byte:02X}")),
        }
        escaped
    })
}

fn hmac(key: &[u8], over: &[u8]) -> String {
    // A key of any length makes a MAC.
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(over).finalize().into_bytes());
    mac.map(|mac| STANDARD.encode(mac)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_receivers_own_examples() {
        // The example of the specification of Standard Webhooks.
        let key = generic_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("a key");
        let signed = generic(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_without_its_mark_is_none() {
        for secret in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_?"] {
            assert_eq!(generic_key(secret), None, "{secret}");
        }
        assert_eq!(query("a+b/c=~é"), "a%2Bb%2Fc%3D~%C3%A9");
    }
}
