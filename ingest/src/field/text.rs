//! Text clean-up: what customers typed, in one shape.
//!
//! HTML entities are decoded, wherever they come from and however often they were encoded. Control characters, zero-width
//! characters and direction marks go; joiners stay where they matter, inside emoji and inside words of the scripts from
//! Arabic to Khmer. Full-width letters, digits and signs become ASCII; `！，：；？（）～` stay, because they are Chinese and
//! Japanese punctuation. A run of white space with a line break in it becomes one `\n`, any other run one blank; both ends
//! are trimmed. The result is in Unicode's normal form C. Cleaning twice is cleaning once.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::entity;

const ZWNJ: char = '\u{200c}';
const ZWJ: char = '\u{200d}';

/// Returns the clean text; borrowed where nothing was to be done.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_clean(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push(&mut out, c));
    out.truncate(out.trim_end().len());
    if out.contains([ZWNJ, ZWJ]) {
        out = without_stray_joiners(&out);
    }
    if is_nfc_quick(out.chars()) != IsNormalized::Yes {
        out = out.nfc().collect();
    }
    Cow::Owned(out)
}

/// Tells at a glance that a text is clean; `false` only means that it takes a closer look.
fn is_clean(text: &str) -> bool {
    let mut last = '\n';
    for c in text.chars() {
        let clean = match c {
            ' ' => !matches!(last, ' ' | '\n'),
            '\n' => !matches!(last, ' ' | '\n'),
            c => is_plain(c),
        };
        if !clean {
            return false;
        }
        last = c;
    }
    text.is_empty() || !matches!(last, ' ' | '\n')
}

/// Tells whether clean-up never touches this character, whatever stands beside it: the bulk of what people type.
fn is_plain(c: char) -> bool {
    matches!(c, '!'..='%' | '\''..='~')
        || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{3001}'..='\u{3020}')
        || matches!(c, '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fe}' | '\u{ac00}'..='\u{d7a3}')
        || is_kept_full_width(c)
        || matches!(c, '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{388}'..='\u{482}' | '\u{621}'..='\u{64a}')
        || matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{20a0}'..='\u{20bf}')
        || matches!(c, '\u{2600}'..='\u{27bf}' | '\u{1f300}'..='\u{1faff}' | '\u{fe0f}')
}

/// Adds one character to a text that stays clean but for joiners, normal form and its end.
///
/// All decisions rest on the end of `out`, so that a decoded entity can be taken back from it and pushed again: there is
/// no order of wrapping in which something slips through, and no second pass.
fn push(out: &mut String, c: char) {
    let Some(mut c) = fold(c) else { return };
    while c == ';' {
        let Some((start, decoded)) = entity::ending(out) else { break };
        out.truncate(start);
        let Some(folded) = fold(decoded) else { return };
        c = folded;
    }
    match c {
        ' ' if out.is_empty() || out.ends_with([' ', '\n']) => {}
        '\n' => {
            out.truncate(out.trim_end_matches(' ').len());
            if !out.is_empty() && !out.ends_with('\n') {
                out.push('\n');
            }
        }
        // Nothing in ASCII needs a joiner.
        ZWNJ | ZWJ if out.chars().next_back().is_none_or(|last| last.is_ascii()) => {}
        c => out.push(c),
    }
}

/// Maps a character by itself; `None` for one that is dropped.
fn fold(c: char) -> Option<char> {
    match c {
        ' '..='~' | '\n' | ZWNJ | ZWJ => Some(c),
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        c if c.is_whitespace() => Some(' '),
        c if c.is_control() || is_invisible(c) => None,
        c if is_kept_full_width(c) => Some(c),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0),
        // The Greek question mark is a semicolon in normal form C, and may end an entity.
        '\u{37e}' => Some(';'),
        c => Some(c),
    }
}

fn is_kept_full_width(c: char) -> bool {
    matches!(c, '！' | '，' | '：' | '；' | '？' | '（' | '）' | '～')
}

/// Zero-width characters, direction marks and other format controls, joiners apart.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
}

/// Drops the joiners that join neither two emoji nor two characters of a script that needs them.
fn without_stray_joiners(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let (mut last, mut word) = ('\n', false);
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or('\n');
        let stays = match c {
            ZWJ if is_emoji(last) || last == '\u{fe0f}' => is_emoji(next),
            ZWJ | ZWNJ => word && needs_joiners(next),
            _ => true,
        };
        if stays {
            out.push(c);
            (last, word) = (c, needs_joiners(c));
        }
    }
    out
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{2bff}')
}

/// Arabic to Sinhala, Burmese, Khmer and Mongolian.
fn needs_joiners(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(clean(text), expected, "{text:?}");
    }

    #[test]
    fn clean_text_is_not_even_copied() {
        for text in [
            "",
            "Great phone, 5 stars!",
            "物流很快，包装也好！",
            "まあまあです。",
            "好評\n👍🏽 ❤️",
            "Größe passt",
            "Отлично",
        ] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }

    #[test]
    fn entities_are_decoded_however_often_they_were_encoded() {
        check("Tom &amp; Jerry&#39;s &lt;3&nbsp;!", "Tom & Jerry's <3 !");
        check("&amp;amp;lt;b&gt;", "<b>");
        check("&#x4f60;&#22909; caf&eacute; &euro;5 &hellip;", "你好 café €5 …");
        check("don&#146;t", "don’t");
        check("R&D; AT&T &bogus; &#xzz; &#1114112; &#xd800;", "R&D; AT&T &bogus; &#xzz; &#1114112; &#xd800;");
        check("a&#0;b&#8203;c&#10;d", "abc\nd");
        check("&#9&#55;;", "a");
        check("&am\u{200b}p;lt\u{37e}", "<");
    }

    #[test]
    fn white_space_is_one_blank_or_one_line_break() {
        check("  a \t b\u{3000}c\u{a0}\u{a0}d ", "a b c d");
        check("a \r\n\r\n  b\rc\u{2028}d\n", "a\nb\nc\nd");
        check(" \n\t ", "");
        check("a\u{200b} \u{200b} b", "a b");
    }

    #[test]
    fn controls_zero_width_and_direction_marks_go() {
        check("a\0b\u{7}c\u{7f}d\u{9b}e", "abcde");
        check("\u{feff}138\u{200b}0013\u{2060}8000", "13800138000");
        check("\u{202e}abc\u{202c}\u{200f} soft\u{ad}hyphen", "abc softhyphen");
    }

    #[test]
    fn joiners_stay_where_they_matter() {
        check("👩\u{200d}💻 👩🏽\u{200d}🚒 ❤\u{fe0f}\u{200d}🔥", "👩\u{200d}💻 👩🏽\u{200d}🚒 ❤\u{fe0f}\u{200d}🔥");
        check("&#128105;&zwj;&#128187;", "👩\u{200d}💻");
        check("می\u{200c}خواهم", "می\u{200c}خواهم");
        check("ක්\u{200d}රම", "ක්\u{200d}රම");
        check("a\u{200d}b 中\u{200c}文 👩\u{200d} ok", "ab 中文 👩 ok");
        check("👩\u{200d}\u{200d}💻 \u{200d}x", "👩\u{200d}💻 x");
    }

    #[test]
    fn full_width_letters_digits_and_signs_fold_and_punctuation_stays() {
        check("Ｇｒｅａｔ　１２３％＋＠", "Great 123%+@");
        check("好，很好！（真的？）～：；。、", "好，很好！（真的？）～：；。、");
        check("ﾊﾝｶｸ", "ﾊﾝｶｸ");
        check("＆ｌｔ;", "<");
    }

    #[test]
    fn normal_form_c_comes_last() {
        check("cafe\u{301}", "café");
        check("e\u{200b}\u{301} ｅ\u{301}", "é é");
        check("\u{212b} か\u{3099}", "Å が");
    }

    #[test]
    fn deep_wrapping_takes_no_stack_and_no_time() {
        check(&format!("&{}lt;", "amp;".repeat(100_000)), "<");
        check(&format!("{};", "&#59".repeat(100_000)), ";");
    }
}
