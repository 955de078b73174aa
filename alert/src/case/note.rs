//! What people write down beside an action.

use hearken_schemas::redact::redact;

use super::Refused;

/// How long a note may be, in characters.
pub const NOTE_CHARS_MAX: usize = 2_000;

/// Words without personal data, within their bound; empty where nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Note(String);

impl Note {
    /// Trims the words, replaces personal data, and drops control characters but line breaks and tabs.
    ///
    /// # Errors
    /// Where they are longer than [`NOTE_CHARS_MAX`] characters: cutting them would lose what somebody meant to keep.
    pub fn read(words: &str) -> Result<Self, Refused> {
        let length = words.chars().count();
        if length > NOTE_CHARS_MAX {
            return Err(Refused::NoteTooLong(length));
        }
        let kept = |character: &char| !character.is_control() || matches!(character, '\n' | '\t');
        let plain: String = words.chars().map(narrow).filter(kept).collect();
        Ok(Self(redact(plain.trim()).text.into_owned()))
    }

    /// Tells whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Full-width digits and signs become plain ones, or a number typed with a Chinese keyboard would stay.
fn narrow(character: char) -> char {
    match character {
        '０'..='９' | '＠' | '．' | '＋' | '－' => {
            char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_trimmed_redacted_and_bounded() {
        let long = "好".repeat(NOTE_CHARS_MAX);
        for (words, expected) in [
            ("", Ok("")),
            (" \n\t ", Ok("")),
            (" called back ", Ok("called back")),
            ("call 13800138000", Ok("call [PHONE]")),
            ("call １３８００１３８０００", Ok("call [PHONE]")),
            ("ana＠example．com asked", Ok("[EMAIL] asked")),
            ("加微信lily_88，车牌沪A12345", Ok("加微信[WECHAT]，车牌[PLATE]")),
            ("order 20261122-7 sent again", Ok("order 20261122-7 sent again")),
            ("a\u{0}\u{1b}[2Jb\nc", Ok("a[2Jb\nc")),
            (&long, Ok(long.as_str())),
            (&format!("{long}好"), Err(Refused::NoteTooLong(NOTE_CHARS_MAX + 1))),
        ] {
            assert_eq!(Note::read(words).as_ref().map(Note::as_str).map_err(Clone::clone), expected);
        }
    }
}
