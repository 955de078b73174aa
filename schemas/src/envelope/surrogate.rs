//! Halves of characters in JSON's escapes.
//!
//! JSON allows `"\ud83d"`, half of a character beyond U+FFFF, without its other half (RFC 8259, section 8.2); it comes from senders that cut
//! texts between the halves. No text can hold it.

/// The escape of U+FFFD, as long as the one it replaces, so that lines and columns stay.
const REPLACEMENT: &[u8; ESCAPE_BYTES] = b"\\ufffd";
const ESCAPE_BYTES: usize = 6;

/// Returns JSON with U+FFFD for every half that stands alone; nothing where there is none.
pub(super) fn mended(json: &str) -> Option<String> {
    let mut mended = Vec::new();
    let mut at = 0;
    while let Some(backslash) = json.get(at..).and_then(|rest| rest.find('\\')) {
        let start = at + backslash;
        let rest = &json.as_bytes()[start..];
        at = start
            + match (unit(rest), rest.get(ESCAPE_BYTES..).and_then(unit)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE_BYTES,
                (Some(0xd800..=0xdfff), _) => {
                    mended.push(start);
                    ESCAPE_BYTES
                }
                // The escaped character may be a backslash.
                _ => 2,
            };
    }
    if mended.is_empty() {
        return None;
    }
    let mut bytes = json.as_bytes().to_vec();
    for start in mended {
        bytes[start..start + ESCAPE_BYTES].copy_from_slice(REPLACEMENT);
    }
    String::from_utf8(bytes).ok()
}

/// Reads the escape `\uXXXX` at the start.
fn unit(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)? as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_alone_becomes_a_replacement_character() {
        for (json, expected) in [
            (r#""\ud83d""#, Some(r#""\ufffd""#)),
            (r#""a\uD83Db\uDE00c""#, Some(r#""a\ufffdb\ufffdc""#)),
            (r#""\ud83d\ud83d\ude00""#, Some(r#""\ufffd\ud83d\ude00""#)),
            (r#""\ude00\ud83d""#, Some(r#""\ufffd\ufffd""#)),
            (r#""好\ud83d\n好""#, Some(r#""好\ufffd\n好""#)),
            (r#""\\\ud83d""#, Some(r#""\\\ufffd""#)),
            (r#""\ud83d\ude00 \u4f60 \n""#, None),
            (r#""\\ud83d""#, None),
            (r#""\ud83""#, None),
            (r#""\u+83d" \"#, None),
            ("", None),
        ] {
            assert_eq!(mended(json).as_deref(), expected, "{json}");
        }
    }
}
