//! What stands in a text but is nobody's words: links, addresses, mentions, bracketed tokens, reposted posts.

use std::borrow::Cow;
use std::ops::Range;

/// The longest `[…]` taken for a token or an emote, in characters; the longest redaction token is `[PASSPORT]`.
const BRACKETED_CHARS_MAX: usize = 8;

/// Cuts a post before the post it repeats (`//@somebody: …`), which is somebody else's words.
pub(crate) fn own_words(post: &str) -> &str {
    post.split("//@").next().unwrap_or(post)
}

/// A text without its noise that knows where everything stood.
#[derive(Debug)]
pub(crate) struct Stripped<'t> {
    /// The text, with one space for each piece of noise.
    pub(crate) text: Cow<'t, str>,
    cuts: Vec<Cut>,
}

/// A piece of noise.
#[derive(Debug)]
struct Cut {
    /// Characters of the stripped text up to the space that stands for it, that space included.
    chars_before: usize,
    /// By how many characters it is longer than a space.
    chars_removed: usize,
}

impl Stripped<'_> {
    /// Returns where a character of the stripped text stands in the original, both counted in characters.
    pub(crate) fn original(&self, char_at: usize) -> usize {
        let before = self.cuts.iter().take_while(|cut| cut.chars_before <= char_at);
        char_at + before.map(|cut| cut.chars_removed).sum::<usize>()
    }
}

/// Puts one space where a link, an e-mail address, a mention, a redaction token (`[PHONE]`) or an emote (`[心]`) stood.
pub(crate) fn strip(text: &str) -> Stripped<'_> {
    if !text.contains(['@', '[', '/', '.']) {
        return Stripped { text: Cow::Borrowed(text), cuts: Vec::new() };
    }
    let mut kept = String::with_capacity(text.len());
    let mut cuts = Vec::new();
    let mut kept_chars = 0;
    let mut at = 0;
    // Each run of link characters is judged once, so the cost stays linear.
    let mut judged = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let noise = match first {
            '[' => bracketed_bytes(rest).map(|bytes| 0..bytes),
            _ if at >= judged && is_link_char(first) => {
                let run = &rest[..rest.find(|c| !is_link_char(c)).unwrap_or(rest.len())];
                judged = at + run.len();
                link_span(run).or_else(|| mention(rest))
            }
            _ => mention(rest),
        };
        if let Some(noise) = noise {
            kept.push_str(&rest[..noise.start]);
            kept.push(' ');
            kept_chars += rest[..noise.start].chars().count() + 1;
            cuts.push(Cut { chars_before: kept_chars, chars_removed: rest[noise.clone()].chars().count() - 1 });
            at += noise.end;
        } else {
            kept.push(first);
            kept_chars += 1;
            at += first.len_utf8();
        }
    }
    Stripped { text: Cow::Owned(kept), cuts }
}

/// Measures `[…]` at the start; where it is long or holds spaces, somebody wrote prose in brackets.
fn bracketed_bytes(rest: &str) -> Option<usize> {
    for (chars, (at, c)) in rest.char_indices().skip(1).enumerate() {
        match c {
            ']' if chars > 0 => return Some(at + 1),
            _ if chars == BRACKETED_CHARS_MAX || c == ']' || c == '[' || c.is_whitespace() => return None,
            _ => {}
        }
    }
    None
}

/// Finds `@name` at the start; a name ends at the first character no network allows in one.
fn mention(rest: &str) -> Option<Range<usize>> {
    let name = rest.strip_prefix('@')?;
    let name_bytes = name.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.')).unwrap_or(name.len());
    (name_bytes > 0).then_some(0..1 + name_bytes)
}

/// Finds a link or an e-mail address in a run of link characters.
fn link_span(run: &str) -> Option<Range<usize>> {
    let end = run.trim_end_matches(['.', ',', '!', '?', ')', ';', ':', '\'']).len();
    let run = &run[..end];
    if let Some(colon) = run.find("://") {
        let scheme_bytes = run[..colon].bytes().rev().take_while(u8::is_ascii_alphabetic).count();
        return Some(colon - scheme_bytes..end);
    }
    (run.starts_with("www.") || is_email(run) || is_bare_link(run)).then_some(0..end)
}

fn is_link_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#@!$&'()*+,;=%".contains(c)
}

fn is_email(run: &str) -> bool {
    run.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

/// Recognizes `host.tld/path`; without a path it could as well be two sentences with no space between.
fn is_bare_link(run: &str) -> bool {
    run.split_once('/').is_some_and(|(host, path)| {
        let tld = host.rsplit('.').next().unwrap_or_default();
        host.contains('.') && !path.is_empty() && tld.len() >= 2 && tld.bytes().all(|b| b.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(strip(text).text.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{text:?}");
    }

    #[test]
    fn takes_out_what_is_not_language() {
        check("no noise at all", "no noise at all");
        check("see https://example.com/a?b=c now", "see now");
        check("看这里http://t.cn/abc太慢了", "看这里 太慢了");
        check("www.example.org is down", "is down");
        check("example.com/app crashes.", "crashes.");
        check("mail me at jo@example.com, please", "mail me at , please");
        check("@shop_help 怎么退货", "怎么退货");
        check("@客服-小王 在吗", "在吗");
        check("thanks@shop_help", "thanks");
        check("look:http://example.com", "look:");
        check("call [PHONE] or [EMAIL]", "call or");
        check("好吃[心][心]", "好吃");
    }

    #[test]
    fn takes_out_whatever_redaction_puts_in() {
        for token in hearken_schemas::redact::TOKENS {
            check(&format!("加我{token}谢谢"), "加我 谢谢");
        }
    }

    #[test]
    fn keeps_what_somebody_wrote() {
        check("Good.Bad and/or ugly", "Good.Bad and/or ugly");
        check("12/24 or 3.5/5", "12/24 or 3.5/5");
        check("[sic: it was like this]", "[sic: it was like this]");
        check("a lone @ and [ stay, [] too", "a lone @ and [ stay, [] too");
    }

    #[test]
    fn every_word_is_found_again_where_it_stood() {
        let text = "看http://t.cn/ab @小王 太慢[怒][PHONE]了 a@b.cc 差";
        let stripped = strip(text);
        let place = |text: &str, word| text.chars().position(|c| c == word).unwrap();
        for word in ['看', '太', '慢', '了', '差'] {
            assert_eq!(stripped.original(place(&stripped.text, word)), place(text, word), "{word}");
        }
    }

    #[test]
    fn a_repost_is_not_the_author() {
        assert_eq!(own_words("转发//@别人:太差了"), "转发");
        assert_eq!(own_words("//@别人:太差了"), "");
        assert_eq!(own_words("https://example.com"), "https://example.com");
    }
}
