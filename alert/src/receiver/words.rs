//! What somebody else wrote, made harmless: it names nobody, links nowhere, and is markup in no dialect.

/// The wide form of @, which calls nobody.
const AT: char = '\u{FF20}';

/// Makes a text harmless where it is shown as plain text: one line, no mention, no address that a reader could tap.
pub(super) fn plain(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !clean.is_empty() {
            clean.push(' ');
        }
        clean.extend(word.chars().filter(|c| !is_invisible(*c)).map(|c| if c == '@' { AT } else { c }));
    }
    // A letter that takes no room keeps readers from making an address of it.
    clean.replace("://", ":\u{200B}//").replace("www.", "www\u{200B}.")
}

/// Makes a text harmless where it is read as markup: signs that mean something become their wide forms, which look alike and
/// mean nothing in any dialect. Backslashes would not do: not every dialect knows them.
pub(super) fn inert(text: &str) -> String {
    plain(text)
        .chars()
        .map(|c| match c {
            '!' | '#' | '&' | '(' | ')' | '*' | '<' | '>' | '[' | '\\' | ']' | '^' | '_' | '`' | '{' | '|' | '}'
            | '~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap_or(' '),
            other => other,
        })
        .collect()
}

/// Cuts a text to so many bytes, on a character, and says so with an ellipsis.
pub(super) fn cut(text: &str, bytes_max: usize) -> String {
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let mut end = bytes_max.saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

/// Characters that show nothing and turn what stands around them: directions, joiners, marks of order.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{00AD}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_and_nothing_is_linked() {
        for (text, expected) in [
            ("@all look", "\u{FF20}all look"),
            ("<@U123> <!channel>", "\u{FF1C}\u{FF20}U123\u{FF1E} \u{FF1C}\u{FF01}channel\u{FF1E}"),
            ("<at id=all></at>", "\u{FF1C}at id=all\u{FF1E}\u{FF1C}/at\u{FF1E}"),
            ("**bold** `code` # title", "\u{FF0A}\u{FF0A}bold\u{FF0A}\u{FF0A} \u{FF40}code\u{FF40} \u{FF03} title"),
            ("a\\u0022}", "a\u{FF3C}u0022\u{FF5D}"),
            ("[click](https://evil.example)", "\u{FF3B}click\u{FF3D}\u{FF08}https:\u{200B}//evil.example\u{FF09}"),
            ("two\nlines\r\n> quote", "two lines \u{FF1E} quote"),
            ("\u{202E}evil\u{200B}", "evil"),
            ("太差了,再也不买!", "太差了,再也不买\u{FF01}"),
        ] {
            assert_eq!(inert(text), expected, "{text}");
        }
        assert_eq!(plain("see www.evil.example\nnow"), "see www\u{200B}.evil.example now");
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut("奥梵朵", 9), "奥梵朵");
        assert_eq!(cut("奥梵朵!", 9), "奥梵…");
        assert_eq!(cut("奥梵朵!", 8), "奥…");
    }
}
