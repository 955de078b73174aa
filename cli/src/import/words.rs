//! What headers mean, by the table of words in `words.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How well a header says a field; the greater the better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Score {
    fit: Fit,
    /// Letters of the word that was found.
    letters: usize,
    /// How far to the left it stands in the table.
    place: std::cmp::Reverse<usize>,
}

impl Score {
    /// Tells whether the header is one of the field's words and nothing else.
    pub(super) fn is_exact(self) -> bool {
        self.fit == Fit::Equals
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Holds,
    Begins,
    Ends,
    Equals,
}

static WORDS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
    let words: BTreeMap<String, Vec<String>> = toml::from_str(include_str!("words.toml")).expect("read by a test");
    // A field's own name is one of its words.
    let plain = |(role, words): (String, Vec<String>)| {
        let own = role.replace('_', " ");
        let words = words.iter().chain([&own]).map(|word| folded(word)).collect();
        (role, words)
    };
    words.into_iter().map(plain).collect()
});

/// Returns what a header may mean, the likeliest first.
pub(super) fn roles(header: &str) -> Vec<(&'static str, Score)> {
    // What stands in brackets explains; a path's last name says the most.
    let (whole, bare) = (folded(header), folded(&unbracketed(header)));
    let best = |(role, words): (&'static String, &'static Vec<String>)| {
        let found = words.iter().enumerate().flat_map(|(place, word)| {
            let score = |fit| Score { fit, letters: word.chars().count(), place: std::cmp::Reverse(place) };
            [&whole, &bare].map(|header| fit(header, word).map(score))
        });
        found.flatten().max().map(|score| (role.as_str(), score))
    };
    let mut roles: Vec<_> = WORDS.iter().filter_map(best).collect();
    roles.sort_by_key(|(role, score)| (std::cmp::Reverse(*score), *role));
    roles
}

/// Tells whether a cell is one of the words, or ends or begins with one and is short.
pub(super) fn is_header(cell: &str) -> bool {
    cell.chars().count() <= 40 && roles(cell).first().is_some_and(|(_, score)| score.fit > Fit::Holds)
}

fn fit(header: &str, word: &str) -> Option<Fit> {
    if word.is_empty() || header.is_empty() {
        return None;
    }
    if header == word || header.replace(' ', "") == word.replace(' ', "") {
        return Some(Fit::Equals);
    }
    // Short words stand in many others.
    let long = if word.is_ascii() { 4 } else { 2 };
    if word.chars().count() < long {
        return None;
    }
    let places: Vec<usize> =
        header.match_indices(word).map(|(at, _)| at).filter(|at| is_whole(header, word, *at)).collect();
    let last = places.last()?;
    Some(match (*last + word.len() == header.len(), places[0] == 0) {
        (true, _) => Fit::Ends,
        (false, true) => Fit::Begins,
        (false, false) => Fit::Holds,
    })
}

/// Tells whether a Latin word is one there, and no part of a longer one.
fn is_whole(header: &str, word: &str, at: usize) -> bool {
    let letter = |character: Option<char>| character.is_some_and(|character| character.is_ascii_alphanumeric());
    let before = letter(header[..at].chars().next_back()) && letter(word.chars().next());
    let after = letter(header[at + word.len()..].chars().next()) && letter(word.chars().next_back());
    !before && !after
}

/// Lower case, words of Latin letters apart by one space, no punctuation.
fn folded(text: &str) -> String {
    let mut folded = String::new();
    let mut before = ' ';
    for character in text.trim().chars() {
        let latin = character.is_ascii_alphanumeric();
        let breaks = (latin != before.is_ascii_alphanumeric()) || (before.is_lowercase() && character.is_uppercase());
        if (breaks || !character.is_alphanumeric()) && !folded.ends_with(' ') && !folded.is_empty() {
            folded.push(' ');
        }
        if character.is_alphanumeric() || (character == '#' && text.trim() == "#") {
            folded.extend(character.to_lowercase());
        }
        before = character;
    }
    folded.trim_end().to_owned()
}

fn unbracketed(header: &str) -> String {
    let mut depth = 0;
    let keep = |character: &char| {
        depth += i32::from("([（【".contains(*character));
        let inside = depth > 0;
        depth -= i32::from(")]）】".contains(*character) && depth > 0);
        !inside
    };
    header.chars().filter(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_many_programs_are_known() {
        for (header, role) in [
            ("评价内容", "text"),
            ("初评内容", "text"),
            ("用户评论", "text"),
            ("Review Text", "text"),
            ("reviewBody", "text"),
            ("customer_comment", "text"),
            ("Q3. 请说明您打分的原因", "text"),
            ("COMMENTS", "text"),
            ("微博正文", "text"),
            ("评分", "rating"),
            ("评分（5分制）", "rating"),
            ("商品评分", "rating"),
            ("star_rating", "rating"),
            ("Stars", "rating"),
            ("Overall rating*", "rating"),
            ("订单号", "order_id"),
            ("order_id", "order_id"),
            ("OrderNo", "order_id"),
            ("子订单编号", "order_id"),
            ("Order Number", "order_id"),
            ("用户ID", "customer_id"),
            ("用户 id", "customer_id"),
            ("会员号", "customer_id"),
            ("userId", "customer_id"),
            ("USERID", "customer_id"),
            ("评价时间", "occurred_at"),
            ("订单评价时间", "occurred_at"),
            ("created_at", "occurred_at"),
            ("createdAt", "occurred_at"),
            ("Created", "occurred_at"),
            ("时间", "occurred_at"),
            ("Date", "occurred_at"),
            ("Submission Date", "occurred_at"),
            ("下单时间", "order_time"),
            ("更新时间", "updated_at"),
            ("门店", "store_name"),
            ("门店名称", "store_name"),
            ("门店编号", "store_id"),
            ("Store", "store_name"),
            ("商品", "product_name"),
            ("商品ID", "product_id"),
            ("SKU", "product_id"),
            ("Product Name", "product_name"),
            ("昵称", "customer_name"),
            ("买家昵称", "customer_name"),
            ("评价ID", "source_id"),
            ("Review ID", "source_id"),
            ("id", "source_id"),
            ("#", "source_id"),
            ("No.", "source_id"),
            ("NPS", "nps"),
            ("您有多大可能向朋友推荐我们？", "nps"),
            ("How likely are you to recommend us to a friend?", "nps"),
            ("满意度", "csat"),
            ("您对本次服务的满意度", "csat"),
            ("How satisfied were you?", "csat"),
            ("How easy was it?", "ces"),
            ("商家回复", "reply"),
            ("回复时间", "ignored"),
            ("点赞数", "likes"),
            ("实付金额", "amount"),
            ("订单状态", "status"),
            ("手机号", "phone"),
        ] {
            let found = roles(header);
            assert_eq!(found.first().map(|(role, _)| *role), Some(role), "{header}: {found:?}");
        }
    }

    #[test]
    fn words_inside_others_say_nothing() {
        for header in ["paid", "颜色", "update_count", "candidate", "Timeless", "", "()", "尺码"] {
            assert_eq!(roles(header), [], "{header}");
        }
        assert!(
            is_header("评价内容")
                && !is_header(
                    "物流很快，包装也好，就是评价内容之外的东西太多了一点，下次还会再来购买的，谢谢老板和快递小哥，非常好"
                )
        );
    }

    #[test]
    fn no_word_stands_for_two_fields() {
        let mut seen = BTreeMap::new();
        for (role, words) in WORDS.iter() {
            for word in words {
                let before = seen.insert(word.replace(' ', ""), role);
                assert!(before.is_none_or(|before| before == role), "{word} is {before:?} and {role}");
            }
        }
    }
}
