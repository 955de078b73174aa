//! HTML's character references, the ones that exports of feedback hold.

/// The longest reference without its `;` that is looked for.
const BYTES_MAX: usize = 12;

/// Decodes the reference that `text` would end in if a `;` followed: where it starts, and what it stands for.
pub(super) fn ending(text: &str) -> Option<(usize, char)> {
    let window = text.len().saturating_sub(BYTES_MAX);
    let start = window + text.as_bytes()[window..].iter().rposition(|byte| *byte == b'&')?;
    let name = &text[start + 1..];
    let decoded = match name.strip_prefix('#') {
        Some(number) => numeric(number),
        None => named(name),
    };
    decoded.map(|c| (start, c))
}

fn numeric(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16),
        None => (number, 10),
    };
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    char::from_u32(code).map(windows_1252)
}

/// Old exports number their quotation marks and dashes after Windows-1252, and HTML reads them so.
fn windows_1252(c: char) -> char {
    match c {
        '\u{80}' => '€',
        '\u{85}' => '…',
        '\u{91}' => '‘',
        '\u{92}' => '’',
        '\u{93}' => '“',
        '\u{94}' => '”',
        '\u{95}' => '•',
        '\u{96}' => '–',
        '\u{97}' => '—',
        '\u{99}' => '™',
        c => c,
    }
}

#[rustfmt::skip]
fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" | "AMP" => '&', "lt" | "LT" => '<', "gt" | "GT" => '>', "quot" | "QUOT" => '"', "apos" => '\'',
        "nbsp" | "ensp" | "emsp" | "thinsp" | "Tab" => ' ', "NewLine" => '\n', "shy" => '\u{ad}',
        "zwj" => '\u{200d}', "zwnj" => '\u{200c}', "lrm" => '\u{200e}', "rlm" => '\u{200f}',
        "copy" => '©', "reg" => '®', "trade" => '™', "deg" => '°', "sect" => '§', "para" => '¶', "middot" => '·',
        "bull" => '•', "hellip" => '…', "ndash" => '–', "mdash" => '—', "times" => '×', "divide" => '÷',
        "plusmn" => '±', "frac12" => '½', "frac14" => '¼', "frac34" => '¾', "sup2" => '²', "sup3" => '³',
        "lsquo" => '‘', "rsquo" => '’', "sbquo" => '‚', "ldquo" => '“', "rdquo" => '”', "bdquo" => '„',
        "laquo" => '«', "raquo" => '»', "lsaquo" => '‹', "rsaquo" => '›', "iexcl" => '¡', "iquest" => '¿',
        "euro" => '€', "pound" => '£', "yen" => '¥', "cent" => '¢', "hearts" => '♥', "larr" => '←', "rarr" => '→',
        "semi" => ';', "colon" => ':', "comma" => ',', "period" => '.', "excl" => '!', "quest" => '?', "num" => '#',
        "lpar" => '(', "rpar" => ')', "commat" => '@', "percnt" => '%', "plus" => '+', "equals" => '=', "sol" => '/',
        "agrave" => 'à', "aacute" => 'á', "acirc" => 'â', "atilde" => 'ã', "auml" => 'ä', "aring" => 'å',
        "aelig" => 'æ', "ccedil" => 'ç', "egrave" => 'è', "eacute" => 'é', "ecirc" => 'ê', "euml" => 'ë',
        "igrave" => 'ì', "iacute" => 'í', "icirc" => 'î', "iuml" => 'ï', "ntilde" => 'ñ', "ograve" => 'ò',
        "oacute" => 'ó', "ocirc" => 'ô', "otilde" => 'õ', "ouml" => 'ö', "oslash" => 'ø', "oelig" => 'œ',
        "ugrave" => 'ù', "uacute" => 'ú', "ucirc" => 'û', "uuml" => 'ü', "yacute" => 'ý', "yuml" => 'ÿ',
        "szlig" => 'ß', "Agrave" => 'À', "Aacute" => 'Á', "Acirc" => 'Â', "Atilde" => 'Ã', "Auml" => 'Ä',
        "Aring" => 'Å', "AElig" => 'Æ', "Ccedil" => 'Ç', "Egrave" => 'È', "Eacute" => 'É', "Ecirc" => 'Ê',
        "Ntilde" => 'Ñ', "Oacute" => 'Ó', "Ocirc" => 'Ô', "Ouml" => 'Ö', "Oslash" => 'Ø', "Uacute" => 'Ú',
        "Uuml" => 'Ü', "ordf" => 'ª', "ordm" => 'º',
        _ => return None,
    })
}
