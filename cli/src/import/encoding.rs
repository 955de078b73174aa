//! From a file's bytes to its text: UTF-8 or UTF-16 with a mark, UTF-8 without, GB18030.

use anyhow::{Result, bail};
use encoding_rs::{Encoding, GB18030, UTF_8};

/// A file's text and how it was written.
#[derive(Debug, PartialEq)]
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) encoding: &'static str,
}

/// Decodes a file.
///
/// # Errors
/// Where its bytes are text in none of the encodings.
pub(super) fn decode(bytes: Vec<u8>) -> Result<Decoded> {
    if let Some((encoding, mark)) = Encoding::for_bom(&bytes) {
        let (text, errors) = encoding.decode_without_bom_handling(&bytes[mark..]);
        if errors {
            bail!("it begins as {} and goes on otherwise: it is damaged, export it again", encoding.name());
        }
        return Ok(Decoded { text: text.into_owned(), encoding: encoding.name() });
    }
    let not_utf8 = match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => {
            bail!("it is no table of text: it holds zero bytes; save it as xlsx or as CSV UTF-8")
        }
        Ok(text) => return Ok(Decoded { text, encoding: UTF_8.name() }),
        Err(error) => error,
    };
    // Cut off inside a character is damage, not another encoding.
    let (valid, bytes) = (not_utf8.utf8_error().valid_up_to(), not_utf8.into_bytes());
    match GB18030.decode_without_bom_handling_and_without_replacement(&bytes) {
        Some(text) if !text.contains('\0') => Ok(Decoded { text: text.into_owned(), encoding: GB18030.name() }),
        Some(_) | None => bail!(
            "it is neither UTF-8 (byte {} is not) nor UTF-16 nor GB18030: open it in a spreadsheet program and save it as \
             xlsx or as CSV UTF-8",
            valid + 1
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_words() {
        let words = "评价内容,评分\n“物流很快”，😀𠮷,5\n";
        let utf16 = |to_bytes: fn(u16) -> [u8; 2]| {
            "\u{feff}".encode_utf16().chain(words.encode_utf16()).flat_map(to_bytes).collect::<Vec<u8>>()
        };
        for (bytes, encoding) in [
            (words.as_bytes().to_vec(), "UTF-8"),
            ([b"\xef\xbb\xbf", words.as_bytes()].concat(), "UTF-8"),
            (utf16(u16::to_le_bytes), "UTF-16LE"),
            (utf16(u16::to_be_bytes), "UTF-16BE"),
            (GB18030.encode(words).0.into_owned(), "gb18030"),
        ] {
            assert_eq!(decode(bytes).expect(encoding), Decoded { text: words.to_owned(), encoding });
        }
    }

    #[test]
    fn what_is_no_text_says_so() {
        for (bytes, words) in [
            (&b"a,b\n\x00\x01"[..], "zero bytes"),
            (b"caf\xe9,5\n", "neither UTF-8 (byte 4 is not)"),
            (b"\xef\xbb\xbfa\xff", "begins as UTF-8"),
            (b"\xff\xfea\x00\x00\xd8", "begins as UTF-16LE"),
        ] {
            let error = decode(bytes.to_vec()).expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
