//! How wide words are. The reader's fonts are not known, so this errs on the wide side.

/// Returns the width of a text in letters of that size.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(letter).sum::<f64>() * size
}

/// Returns the text, or as much of it as has room before an ellipsis.
pub(crate) fn clip(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut left = room - width("…", size);
    let fits = |character: &char| {
        left -= letter(*character) * size;
        left >= 0.0
    };
    let mut clipped: String = text.chars().take_while(fits).collect();
    clipped.truncate(clipped.trim_end().len());
    clipped.push('…');
    clipped
}

/// Returns a letter's width as a part of its size.
fn letter(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | 't' | 'f' | 'r' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.38,
        ' ' => 0.32,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '&' => 0.95,
        'A'..='Z' => 0.72,
        '\u{0300}'..='\u{036f}'
        | '\u{0e31}'
        | '\u{0e34}'..='\u{0e3a}'
        | '\u{0e47}'..='\u{0e4e}'
        | '\u{200b}'..='\u{200f}' => 0.0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'.. => 1.05,
        _ => 0.6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_clipped_to_their_room() {
        assert_eq!(clip("packaging", 10.0, 100.0), "packaging");
        assert_eq!(clip("暖手宝的包装", 10.0, 45.0), "暖手宝…");
        assert_eq!(clip("out of stock", 10.0, 42.0), "out of…");
        assert_eq!(clip("long", 10.0, 0.0), "…");
        assert!(width("包装", 10.0) > width("ab", 10.0));
    }
}
