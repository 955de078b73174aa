//! How much of a text was damaged on its way: characters lost, or read in another encoding than they were written in.
//!
//! Counted as lost characters, letters or not:
//! - two replacement characters (U+FFFD) in a row, because decoders write one for each byte and half of what is lost has two or more;
//! - a control character, a private-use character;
//! - UTF-8 read as Windows-1252 or, for two bytes, Windows-1251: the beginning of a sequence with its continuation (`Ã©`, `å¥½`, `Рџ`);
//! - four or more signs of Windows-1252 in a row, not all the same, as two bytes of another encoding each (`ÎïÁ÷`, `æœåŠ¡`);
//! - what UTF-8 becomes in the double-byte encodings of China and Japan (`锛屾垜`, `繧ｹ繝`), or a replacement character
//!   (`锟斤拷`).

/// Returns the share of a text's letters that were lost, from 0 to 1; 0 where it has none.
pub(crate) fn share(text: &str) -> f64 {
    let is_sound = match text.is_ascii() {
        true => text.bytes().all(|byte| !byte.is_ascii_control() || byte.is_ascii_whitespace()),
        false => !text.chars().any(is_suspect),
    };
    if is_sound {
        return 0.0;
    }
    let (mut lost, mut sound) = (0, text.bytes().filter(u8::is_ascii_alphabetic).count());
    lost += text.bytes().filter(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace()).count();
    let mut run = Vec::new();
    for word in text.split(|c: char| c.is_ascii()).filter(|word| !word.is_empty()) {
        run.clear();
        run.extend(word.chars());
        let (run_lost, run_sound) = judge(&run);
        lost += run_lost;
        sound += run_sound;
    }
    if lost == 0 { 0.0 } else { lost as f64 / (lost + sound) as f64 }
}

/// Tells whether a character can be a part of damage.
fn is_suspect(c: char) -> bool {
    match c {
        ' '..='~' | '\n' | '\t' | '\r' => false,
        '\u{4e00}'..='\u{9fff}' => is_ghost(c),
        '\u{3000}'..='\u{4dff}' | '\u{a000}'..='\u{d7ff}' => false,
        _ => is_lost(c) || is_windows_1252(c) || matches!(c, 'Р' | 'С'),
    }
}

/// Counts the lost characters and the sound letters of a run without ASCII.
fn judge(run: &[char]) -> (usize, usize) {
    let ghosts = || run.iter().filter(|&&c| is_ghost(c));
    let is_foreign = run.len() >= 4
        && run.iter().all(|&c| is_windows_1252(c))
        && run.iter().any(|c| c.is_alphabetic())
        && run.iter().any(|c| Some(c) != run.first());
    if is_foreign {
        return (run.len().div_ceil(2), 0);
    }
    // Each of them is a word somewhere; two of them are not.
    if ghosts().any(|c| Some(c) != ghosts().next()) && ghosts().count() * 5 >= run.len() {
        return (run.len(), 0);
    }
    let (mut lost, mut sound, mut at) = (0, 0, 0);
    while let Some(&c) = run.get(at) {
        let rest = &run[at..];
        let replaced = rest.iter().take_while(|&&c| c == '\u{fffd}').count();
        at += match sequence(rest) {
            _ if replaced > 0 => {
                lost += replaced.div_ceil(2);
                replaced
            }
            Some(length) => {
                lost += 1;
                length
            }
            None => {
                lost += usize::from(is_lost(c));
                sound += usize::from(c.is_alphabetic() && !is_lost(c));
                1
            }
        };
    }
    (lost, sound)
}

/// Measures a sequence of UTF-8 that was read as single bytes. Beginnings that end words of German, French or Icelandic are no
/// evidence before a quotation mark, and left out.
fn sequence(run: &[char]) -> Option<usize> {
    let continues =
        |from: usize, to: usize| run.get(from..to).is_some_and(|part| part.iter().all(|&c| is_continuation(c)));
    match run.first()? {
        'Â'..='Æ' | 'Î'..='Ñ' | '×'..='Û' if continues(1, 2) => Some(2),
        'à'..='ï' if continues(1, 3) => Some(3),
        '锟' if run.starts_with(&['锟', '斤', '拷']) => Some(3),
        'Р' | 'С' if run.get(1).is_some_and(|&c| is_continuation_1251(c)) => Some(2),
        _ => None,
    }
}

/// What stands for a character that is gone.
fn is_lost(c: char) -> bool {
    let is_private = matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}');
    c == '\u{fffd}' || is_private || c.is_control() && !c.is_whitespace()
}

/// The signs of Windows-1252 beyond ASCII; bytes it leaves open are read as control characters.
fn is_windows_1252(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{ff}') || is_windows_sign(c)
}

/// A byte from 80 to BF in Windows-1252.
fn is_continuation(c: char) -> bool {
    matches!(c, '\u{80}'..='\u{bf}') || is_windows_sign(c)
}

/// What Windows-1252 has where Latin-1 has control characters.
fn is_windows_sign(c: char) -> bool {
    matches!(
        c,
        '€' | '‚'
            | 'ƒ'
            | '„'
            | '…'
            | '†'
            | '‡'
            | 'ˆ'
            | '‰'
            | 'Š'
            | '‹'
            | 'Œ'
            | 'Ž'
            | '‘'
            | '’'
            | '“'
            | '”'
    ) || matches!(c, '•' | '–' | '—' | '˜' | '™' | 'š' | '›' | 'œ' | 'ž' | 'Ÿ')
}

/// A byte from 80 to BF in Windows-1251, but for what stands behind a capital letter in sound texts.
fn is_continuation_1251(c: char) -> bool {
    matches!(
        c,
        'Ђ' | 'Ѓ'
            | 'ѓ'
            | 'Љ'
            | 'Њ'
            | 'Ќ'
            | 'Ћ'
            | 'Џ'
            | 'ђ'
            | 'љ'
            | 'њ'
            | 'ќ'
            | 'ћ'
            | 'џ'
            | 'Ў'
            | 'ў'
            | 'Ј'
            | 'Ґ'
    ) || matches!(
        c,
        'є' | 'ј'
            | 'ѕ'
            | 'Ѕ'
            | 'ї'
            | 'Ї'
            | 'і'
            | 'І'
            | 'ґ'
            | 'ё'
            | '‚'
            | '‹'
            | 'µ'
            | '¶'
            | '·'
            | '°'
            | '±'
            | '†'
            | '‡'
            | '€'
            | '‰'
    )
}

/// Characters that texts have mostly where their bytes were read as GBK or Shift-JIS.
fn is_ghost(c: char) -> bool {
    matches!(c, '锟' | '锛' | '銆' | '鐨' | '鏄' | '鎴' | '涓' | '鍙' | '鏈' | '鍜' | '杩' | '绗' | '鐢' | '鍚' | '鏃')
        || matches!(
            c,
            '涔' | '鍒' | '鏉' | '浣' | '娌' | '鎵' | '鐪' | '鍦' | '鎬' | '濂' | '瀹' | '鍥' | '鍔' | '鎶' | '閫'
        )
        || matches!(c, '縺' | '繧' | '繝')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damage_is_told_from_what_people_write() {
        for (text, lost_percent) in [
            ("物流很快，包装也好！", 0),
            ("術(shù)后恢复很好", 0),
            ("Größe passt, Spaß „Spaß“ – très déçue… «été»", 0),
            ("ÉÈÀ? ¡¡¡¡¡ °°°°° ----", 0),
            ("СССР, РОССИЯ, Спасибо, Ромашка", 0),
            ("横浜のお寮は斤量が瑕疵", 0),
            ("一斤两斤，涓涓细流，王璇璇", 0),
            ("👍👍", 0),
            ("", 0),
            ("caf\u{fffd}", 25),
            ("ok \u{fffd}\u{fffd}\u{fffd}\u{fffd}", 50),
            ("\u{fffd}\u{fffd}\u{fffd}\u{fffd} 12!", 100),
            ("\0\u{1}\u{2}", 100),
            ("\u{e001}\u{e002}ab", 50),
            ("trÃ¨s bon cafÃ©", 18),
            ("æœåŠ¡å¾ˆå¥½", 100),
            ("ÎïÁ÷ºÜ¿ì", 100),
            ("РџСЂРёРІРµС‚ РґСЂСѓРі", 100),
            ("锛屾垜鐨勬墜鏈哄緢濂", 100),
            ("锟斤拷锟斤拷锟斤拷", 100),
            ("繧ｹ繝繝輔°繧峨", 100),
        ] {
            let percent = (share(text) * 100.0).round();
            assert_eq!(percent, f64::from(lost_percent), "{text:?}");
        }
    }
}
