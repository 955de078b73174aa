//! What people wrote, without personal data.
//!
//! Beside what `redact` finds by its form, names go that the record itself carries: the customer's, the agent's, the author's
//! handle. They are found as they are written: inside a longer word a name is no name, except in scripts that write no blanks.
//! Neither is looked for what is too short to be told from other words (one letter; fewer than three signs where not all are
//! letters, or where the script writes no blanks and is not Chinese, Japanese or Korean), nor a word that stands for nobody: a
//! placeholder such as `anonymous`, a brand, a touchpoint such as `customer service`.

use std::collections::BTreeMap;
use std::fmt;

use hearken_schemas::catalog::Lookup;
use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::journey::JourneyStage;
use hearken_schemas::redact::{NAME, TOKENS, redact};
use unicode_normalization::char::is_combining_mark;

use super::{ATTRIBUTE_BYTES_MAX, ATTRIBUTES_MAX, cleaned, invalid, name, required};
use crate::pseudonym::plain_handle;
use crate::touchpoint;

/// How often a text is looked through. A name may show a number that stood behind it, and the other way round; the bound is
/// for names made to go on for ever.
const ROUNDS_MAX: usize = 4;

/// Cleans and redacts the texts of one record, and counts what it replaced.
#[derive(Debug, Default)]
pub(crate) struct Redactor {
    /// The longest first, so that a whole name goes before a part of it.
    names: Vec<String>,
    /// Pieces of personal data replaced so far.
    pub(crate) redactions: u32,
}

impl Redactor {
    /// Takes the names the record carries.
    pub(crate) fn new(catalog: &Lookup, names: impl IntoIterator<Item = Option<String>>) -> Self {
        let names = names.into_iter().flatten().map(|raw| {
            let clean = cleaned(raw).replace('\n', " ");
            plain_handle(&clean).trim_matches(['[', ']', ' ']).to_owned()
        });
        let mut names: Vec<String> = names.filter(|name| is_name(catalog, name)).collect();
        names.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        names.dedup();
        Self { names, redactions: 0 }
    }

    /// Cleans and redacts what somebody wrote; the string itself goes on where nothing is to be done.
    pub(crate) fn words(&mut self, raw: Option<String>) -> String {
        let Some(raw) = raw else { return String::new() };
        let mut text = cleaned(raw);
        self.forms(&mut text);
        for _ in 0..ROUNDS_MAX {
            if !self.carried(&mut text) {
                break;
            }
            self.forms(&mut text);
        }
        text
    }

    /// Accepts a name that people read, such as a brand's: cleaned and redacted, on one line; a blank one is absent.
    ///
    /// # Errors
    /// `invalid_value` where it is too long.
    pub(crate) fn name(&mut self, field: impl fmt::Display, raw: Option<String>) -> Result<Option<String>, Rejection> {
        let Some(raw) = raw else { return Ok(None) };
        // One line first: what a break hides from the redaction would show in the line.
        name(field, Some(self.words(Some(cleaned(raw).replace('\n', " ")))))
    }

    /// Cleans and redacts attributes, names and values.
    ///
    /// # Errors
    /// `invalid_value` where there are too many or one is too long, `missing_field` where a key is blank.
    pub(crate) fn attributes(&mut self, raw: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Rejection> {
        if raw.len() > ATTRIBUTES_MAX {
            return Err(invalid("attributes", format_args!("has more than {ATTRIBUTES_MAX} entries")));
        }
        let mut attributes = BTreeMap::new();
        for (nth, (key, value)) in raw.into_iter().enumerate() {
            // A key may be anything the sender wrote, so the detail counts instead of naming it.
            let key_of = format_args!("the key of attribute {nth}");
            let at = |rejection: Rejection| rejection.at("attributes");
            let key = self.name(key_of, Some(key)).and_then(|key| required(key_of, key)).map_err(at)?;
            let value = self.words(Some(value));
            if value.len() > ATTRIBUTE_BYTES_MAX {
                let problem = format_args!("holds a value longer than {ATTRIBUTE_BYTES_MAX} bytes");
                return Err(invalid("attributes", problem));
            }
            attributes.insert(unused(&attributes, key), value);
        }
        Ok(attributes)
    }

    /// Replaces what shows by its form that it is personal.
    fn forms(&mut self, text: &mut String) {
        let redacted = redact(text);
        if redacted.count > 0 {
            self.redactions = self.redactions.saturating_add(redacted.count);
            *text = redacted.text.into_owned();
        }
    }

    /// Replaces the names; tells whether there were any.
    fn carried(&mut self, text: &mut String) -> bool {
        let before = self.redactions;
        for name in &self.names {
            let (mut out, mut kept, mut from) = (String::new(), 0, 0);
            while let Some(start) = text[from..].find(name.as_str()).map(|at| from + at) {
                let end = start + name.len();
                if stands_alone(text, start, end) {
                    out.push_str(&text[kept..start]);
                    out.push_str(NAME);
                    self.redactions = self.redactions.saturating_add(1);
                    (kept, from) = (end, end);
                } else {
                    from = start + text[start..].chars().next().map_or(1, char::len_utf8);
                }
            }
            if kept > 0 {
                out.push_str(&text[kept..]);
                *text = out;
            }
        }
        self.redactions > before
    }
}

/// Returns the key, numbered where another one became the same by clean-up or redaction: no value is lost.
fn unused(attributes: &BTreeMap<String, String>, key: String) -> String {
    if !attributes.contains_key(&key) {
        return key;
    }
    let numbered = (2..).map(|nth: u32| format!("{key} {nth}"));
    numbered.into_iter().find(|numbered| !attributes.contains_key(numbered)).unwrap_or(key)
}

/// Tells whether a name names somebody and is long enough to be looked for.
fn is_name(catalog: &Lookup, name: &str) -> bool {
    // Two letters are a name only as they are carried: "Li" is somebody, "li" and "lime" are not.
    let letters = name.chars().all(|c| c.is_alphabetic() && !is_south_east_asian(c));
    let chars_min = if letters { 2 } else { 3 };
    let stage = || catalog.stage(name).unwrap_or_else(|| touchpoint::stage(Some(name)));
    let is_touchpoint = || stage() != JourneyStage::Unmapped;
    name.chars().count() >= chars_min && !catalog.masked(name) && catalog.brand(name).is_none() && !is_touchpoint()
}

/// Tells whether the part of `text` is neither inside a word nor the word of a token.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let (before, name, after) = (&text[..start], &text[start..end], &text[end..]);
    let is_word = |token: &str| token.trim_matches(['[', ']']) == name;
    let is_token = before.ends_with('[') && after.starts_with(']') && TOKENS.into_iter().any(is_word);
    let glued = |left: &str, right: &str| match (left.chars().next_back(), right.chars().next()) {
        (Some(left), Some(right)) => is_combining_mark(right) || (in_word(left) && in_word(right)),
        (Some(_) | None, None) | (None, Some(_)) => false,
    };
    !is_token && !glued(before, name) && !glued(name, after)
}

/// Tells whether a character beside another such one makes one word of the two.
fn in_word(c: char) -> bool {
    let part = c.is_alphanumeric() || is_combining_mark(c) || matches!(c, '_' | '\u{200c}' | '\u{200d}');
    part && !is_cjk(c) && !is_south_east_asian(c)
}

/// Han, kana and hangul.
fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
        || matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}')
        || matches!(c, '\u{ff66}'..='\u{ff9f}' | '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7a3}')
}

/// Thai, Lao, Burmese and Khmer, which put no blanks between words either.
fn is_south_east_asian(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearken_schemas::catalog::Catalog;

    fn check(name: &str, text: &str, expected: &str) {
        let mut redactor = Redactor::new(&Lookup::new(Catalog::default()), [Some(name.to_owned())]);
        assert_eq!(redactor.words(Some(text.to_owned())), expected, "{name:?} in {text:?}");
        let replaced = expected.matches('[').count() - text.matches('[').count();
        assert_eq!(redactor.redactions as usize, replaced, "{name:?} in {text:?}");
    }

    #[test]
    fn a_carried_name_goes_wherever_it_stands_alone() {
        check("Erika Muster", "Erika Muster, twice: (Erika Muster)", "[NAME], twice: ([NAME])");
        check("Erika Muster", "Not Erika alone, nor Erika Musterfrau", "Not Erika alone, nor Erika Musterfrau");
        check("Kim", "Kim's kimono, Kimono, KIM and Kim", "[NAME]'s kimono, Kimono, KIM and [NAME]");
        check("Kim", "Kim是好人，我叫Kim", "[NAME]是好人，我叫[NAME]");
        check("王小明", "我是王小明，订单", "我是[NAME]，订单");
        check("王小", "王小王小明", "[NAME][NAME]明");
        check("김철수", "김철수는 친절했어요", "[NAME]는 친절했어요");
        check("สมชาย", "คุณสมชายครับ", "คุณ[NAME]ครับ");
        check("Jos", "Jos and José", "[NAME] and José");
        check("आशा", "आशा आशाएँ", "[NAME] आशाएँ");
        check("aa a", "xaa aa a", "xaa [NAME]");
    }

    #[test]
    fn a_name_of_two_letters_goes_as_it_is_carried_and_as_a_word_of_its_own() {
        check("Li", "Li sent it, Li's friend too", "[NAME] sent it, [NAME]'s friend too");
        check("Li", "li, LI, Lime, Lis, Ali, Li2 and Li_Na", "li, LI, Lime, Lis, Ali, Li2 and Li_Na");
        check("Bo", "(Bo) Bo/Bo, Bo是客服", "([NAME]) [NAME]/[NAME], [NAME]是客服");
        check("bo", "Bo and bo", "Bo and [NAME]");
        check(" Bo ", "Ｂｏ said so", "[NAME] said so");
        check("Jo", "Joé, Jo\u{301} and Jo", "Joé, Jó and [NAME]");
        check("Åk", "Ring Åk", "Ring [NAME]");
        check("Ян", "Ян и Яна", "[NAME] и Яна");
        check("ID", "my ID is [ID]", "my [NAME] is [ID]");
    }

    #[test]
    fn handles_are_names_with_or_without_their_sign() {
        check("@ice_fan", "ice_fan again, @ice_fan, ice_fan_2", "[NAME] again, @[NAME], ice_fan_2");
        check("＠ice_fan", "https://x.example/ice_fan/1", "https://x.example/[NAME]/1");
        check("13800138000", "ring 13800138000", "ring [PHONE]");
        check("ice_fan", "ice_fan@example.com", "[EMAIL]");
    }

    #[test]
    fn what_is_too_short_or_nobody_stays() {
        for (name, text) in [
            ("L", "Size L"),
            ("L.", "Size L. sent it"),
            ("a1", "aisle a1"),
            ("李", "李子很甜"),
            ("นก", "นกแก้ว"),
            ("Guest", "Guest room, Guest towels"),
            ("匿名用户", "匿名用户也可以评价"),
            ("a***b", "a***b"),
            ("Customer Service", "Customer Service was slow"),
            ("客服", "客服很慢"),
            (" ", "a b"),
        ] {
            check(name, text, text);
        }
        let catalog = Catalog::parse("[[brands]]\nname = \"Solwyn\"\naliases = [\"索尔温\"]").expect("valid");
        let mut redactor =
            Redactor::new(&Lookup::new(catalog), [Some("索尔温".to_owned()), Some("Sam Sol".to_owned())]);
        assert_eq!(redactor.words(Some("索尔温 and Sam Sol".to_owned())), "索尔温 and [NAME]");
    }

    #[test]
    fn names_numbers_and_tokens_do_not_hide_each_other() {
        check("Kim", "Kim13800138000", "[NAME][PHONE]");
        check("NAME", "my NAME is [NAME]", "my [NAME] is [NAME]");
        check("PHONE", "PHONE 13800138000", "[NAME] [PHONE]");
        check("[NAME]", "call me [NAME]", "call me [NAME]");
        check("&amp;Co Kim", "&Co Kim &amp;amp;Co Kim", "[NAME] [NAME]");
    }

    #[test]
    fn the_longest_name_goes_first() {
        let names = ["Kim", "Kim Muster", "Kim"].map(|name| Some(name.to_owned()));
        let mut redactor = Redactor::new(&Lookup::new(Catalog::default()), names);
        assert_eq!(redactor.words(Some("Kim Muster and Kim".to_owned())), "[NAME] and [NAME]");
        assert_eq!(redactor.redactions, 2);
    }

    #[test]
    fn attributes_have_limits_and_hold_no_personal_data() {
        let attributes = |count: usize, value: &str| {
            let mut redactor = Redactor::new(&Lookup::new(Catalog::default()), [Some("Kim Muster".to_owned())]);
            let kept = redactor.attributes((0..count).map(|nth| (format!("k{nth}"), value.to_owned())).collect());
            kept.map(|kept| (kept, redactor.redactions))
        };
        let (kept, redactions) = attributes(2, "Kim Muster, ring 13800138000").expect("valid");
        assert_eq!((kept["k1"].as_str(), redactions), ("[NAME], ring [PHONE]", 4));
        assert!(attributes(ATTRIBUTES_MAX, &"x".repeat(ATTRIBUTE_BYTES_MAX)).is_ok());
        assert!(attributes(ATTRIBUTES_MAX + 1, "x").is_err());
        assert!(attributes(1, &"x".repeat(ATTRIBUTE_BYTES_MAX + 1)).is_err());
        let people = ["13800138000", "13900139000", "Kim Muster", "size"];
        let people = people.map(|key| (key.to_owned(), key.to_owned())).into();
        let mut redactor = Redactor::new(&Lookup::new(Catalog::default()), [Some("Kim Muster".to_owned())]);
        let kept = redactor.attributes(people).expect("valid");
        let expected = [("[NAME]", "[NAME]"), ("[PHONE]", "[PHONE]"), ("[PHONE] 2", "[PHONE]"), ("size", "size")];
        assert_eq!(kept.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect::<Vec<_>>(), expected);
        assert_eq!(redactor.redactions, 6);
        let blank = BTreeMap::from([(" ".to_owned(), String::new())]);
        let rejection = Redactor::default().attributes(blank).expect_err("no key");
        assert_eq!(rejection.field.as_deref(), Some("attributes"));
    }
}
