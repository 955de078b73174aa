//! One form for letters that differ only in how they are written: case, width, apostrophe, Traditional or Simplified.
//!
//! Every character becomes exactly one, so a place in the folded text is a place in the original. Simplified characters have as
//! many bytes as their Traditional ones, so [`Simplifier::fold`] keeps byte offsets too.

use std::borrow::Cow;

/// The pairs; the file says how they are written.
const PAIRS: &str = include_str!("../simplified.txt");
/// The block that holds both sides of every pair, each character three bytes of UTF-8.
pub(crate) const FIRST: char = '\u{4e00}';
pub(crate) const LAST: char = '\u{9fff}';

/// Returns each Simplified character with its Traditional ones.
pub(crate) fn pairs() -> impl Iterator<Item = (char, &'static str)> {
    let groups = PAIRS.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_whitespace);
    groups.filter_map(|group| Some((group.chars().next()?, &group[group.ceil_char_boundary(1)..])))
}

/// Returns a text in lower case and half width, with `'` for every apostrophe.
pub(crate) fn lower(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(lower_char).collect() }
}

pub(crate) fn lower_char(c: char) -> char {
    match c {
        '\0'..='\u{7f}' => c.to_ascii_lowercase(),
        '’' => '\'',
        // Han, kana and Hangul have no case; to say so here spares most of a Chinese text a search.
        '\u{2e80}'..='\u{a63f}' | '\u{ac00}'..='\u{d7ff}' => c,
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' => {
            char::from_u32(u32::from(c) - 0xfee0).map_or(c, |narrow| narrow.to_ascii_lowercase())
        }
        // Only `İ` has more than one lower-case character; its dot above is dropped.
        _ => c.to_lowercase().next().unwrap_or(c),
    }
}

/// Reads Traditional characters as Simplified ones.
pub(crate) struct Simplifier {
    /// By distance from [`FIRST`].
    simplified: Vec<char>,
}

impl Simplifier {
    /// Reads the table that is part of the binary.
    pub(crate) fn embedded() -> Self {
        let mut simplified: Vec<char> = (FIRST..=LAST).collect();
        for (to, traditional) in pairs() {
            for from in traditional.chars() {
                if let Some(slot) = index(from).and_then(|index| simplified.get_mut(index)) {
                    *slot = to;
                }
            }
        }
        Self { simplified }
    }

    /// Replaces the Traditional characters of a text, which is copied only where it has any; every byte offset stays.
    pub(crate) fn fold<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if text.is_ascii() || text.chars().all(|c| self.simplified(c) == c) {
            return Cow::Borrowed(text);
        }
        Cow::Owned(text.chars().map(|c| self.simplified(c)).collect())
    }

    /// Returns a text as [`lower`] and [`Simplifier::fold`] make it, in one go.
    pub(crate) fn lower(&self, text: &str) -> String {
        if text.is_ascii() {
            return text.to_ascii_lowercase();
        }
        let mut folded = String::with_capacity(text.len());
        folded.extend(text.chars().map(|c| self.simplified(lower_char(c))));
        folded
    }

    pub(crate) fn simplified(&self, c: char) -> char {
        index(c).and_then(|index| self.simplified.get(index)).copied().unwrap_or(c)
    }
}

fn index(c: char) -> Option<usize> {
    u32::from(c).checked_sub(u32::from(FIRST)).map(|distance| distance as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_has_one_form() {
        for (text, expected) in [
            ("ＡＰＰ１ v2", "app1 v2"),
            ("It’s ÄÖ, ЖЯ", "it's äö, жя"),
            ("İstanbul", "istanbul"),
            ("閃退，！", "閃退，！"),
            ("カード ﾊﾞｸﾞ", "カード ﾊﾞｸﾞ"),
        ] {
            assert_eq!(lower(text), expected);
            assert_eq!(lower(text).chars().count(), text.chars().count());
        }
    }

    #[test]
    fn traditional_is_read_as_simplified() {
        let simplifier = Simplifier::embedded();
        for (traditional, simplified) in [
            ("更新後結帳一直閃退", "更新后结帐一直闪退"),
            ("態度惡劣，沒禮貌", "态度恶劣，没礼貌"),
            ("紙箱壓扁、包裝破損", "纸箱压扁、包装破损"),
            ("快遞員弄丟包裹", "快递员弄丢包裹"),
            ("已经是简体", "已经是简体"),
            ("plain", "plain"),
        ] {
            assert_eq!(simplifier.fold(traditional), simplified);
            assert_eq!(simplifier.lower(&format!("{traditional} ＡB")), format!("{simplified} ab"));
        }
    }

    #[test]
    fn every_pair_keeps_the_bytes_and_needs_one_step() {
        let simplifier = Simplifier::embedded();
        let mut changed = 0;
        for from in FIRST..=LAST {
            let to = simplifier.simplified(from);
            assert_eq!(from.len_utf8(), to.len_utf8(), "{from}");
            assert_eq!(simplifier.simplified(to), to, "{from} {to}");
            changed += u32::from(from != to);
        }
        assert!(changed > 1_500, "{changed} pairs");
    }
}
