//! 64 bits that are nearly the same for texts that are nearly the same.
//!
//! Simhash (Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002; for near duplicates: Manku, Jain and
//! Das Sarma, "Detecting near-duplicates for web crawling", WWW 2007). With `h(f)` a 64-bit hash of a feature:
//!
//! > bit `i` of the result is 1 where more than half of the text's features have bit `i` of `h(f)` set.
//!
//! Two texts differ in about 64·θ/π bits, θ being the angle between their feature counts: 0 for the same letters, about 32 for texts that
//! share nothing. Where a share `p` of the features is another, cos θ ≈ 1 − p: a twentieth moves 6 or 7 bits.
//!
//! - The features are runs of letters: a letter with the two before it; in scripts whose letters are syllables or words, or that write no
//!   spaces, a letter with the one before it. Nothing stands before the first letter. Whatever is no letter is skipped, so blanks, punctuation,
//!   emoji and numbers make no difference; the caller folds case, width and Traditional characters and takes mentions and links out.
//! - The hash of the letters a, b, c (code points, 0 for none) is the finalizer of SplitMix64 over `a·2^42 + b·2^21 + c`.

use hearken_schemas::enrichment::Simhash;

/// Further letters are not read: what begins with so many of the same letters is the same text.
const LETTERS_MAX: u32 = 4096;
/// How many bits a count of features takes.
const PLANES: usize = LETTERS_MAX.ilog2() as usize + 1;

/// Returns the simhash of a folded text; nothing where it has no letter.
pub fn simhash(folded: &str) -> Option<Simhash> {
    let mut votes = Votes::default();
    let (mut before, mut last) = (0, 0);
    for letter in folded.chars().filter(|c| c.is_alphabetic()).take(LETTERS_MAX as usize) {
        let code = u64::from(u32::from(letter));
        let far = if is_dense(letter) { 0 } else { before };
        votes.add(mix(far << 42 | last << 21 | code));
        (before, last) = (last, code);
    }
    (votes.cast > 0).then(|| Simhash(votes.majority()))
}

/// Tells whether two letters already say much: Han, kana, Hangul, and the scripts from Thai to Khmer that write no spaces.
fn is_dense(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{a63f}' | '\u{ac00}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
        || matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// 64 counters side by side: bit `i` of plane `p` is bit `p` of the counter of bit `i`, so that one addition counts them all.
#[derive(Default)]
struct Votes {
    planes: [u64; PLANES],
    cast: u32,
}

impl Votes {
    fn add(&mut self, hash: u64) {
        let mut carry = hash;
        for plane in &mut self.planes {
            let sum = *plane ^ carry;
            carry &= *plane;
            *plane = sum;
            if carry == 0 {
                break;
            }
        }
        self.cast += 1;
    }

    /// Returns the bits that more than half of the hashes had: all counters are compared at once, from their highest bit on.
    fn majority(&self) -> u64 {
        let half = self.cast / 2;
        let (mut more, mut same) = (0, u64::MAX);
        for (bit, &plane) in self.planes.iter().enumerate().rev() {
            if half >> bit & 1 == 0 {
                more |= same & plane;
                same &= !plane;
            } else {
                same &= plane;
            }
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::{self, Simplifier};
    use proptest::prelude::*;

    /// As the enricher folds.
    fn of(text: &str) -> Option<u64> {
        let text = crate::noise::strip(text).text.into_owned();
        simhash(&Simplifier::embedded().fold(&fold::lower(&text))).map(|Simhash(bits)| bits)
    }

    fn distance(a: &str, b: &str) -> u32 {
        (of(a).unwrap() ^ of(b).unwrap()).count_ones()
    }

    /// The definition, counter by counter.
    fn slow(hashes: &[u64]) -> u64 {
        let count = |bit: u64| hashes.iter().filter(|&hash| hash >> bit & 1 == 1).count();
        (0..64).filter(|&bit| 2 * count(bit) > hashes.len()).fold(0, |bits, bit| bits | 1 << bit)
    }

    #[test]
    fn the_same_words_are_the_same_bits() {
        for (a, b) in [
            ("Great phone, fast delivery", "GREAT PHONE; fast delivery!!!"),
            ("Great phone", "Ｇｒｅａｔ　ｐｈｏｎｅ"),
            ("物流太慢，客服不理人", "物流太慢客服不理人😡😡"),
            ("態度惡劣，沒禮貌", "态度恶劣 没礼貌"),
            ("物流太慢", "@旗舰店 物流太慢 http://t.cn/abc [怒]"),
            ("waited 3 days", "waited 12 days"),
            ("배송이 빨라요", "배송이  빨라요~"),
        ] {
            assert_eq!(distance(a, b), 0, "{a:?} {b:?}");
        }
    }

    #[test]
    fn nearly_the_same_words_are_nearly_the_same_bits() {
        for (a, b, bits_max) in [
            (
                "the battery of this phone lasts two days and the screen is bright but the camera is not worth the money",
                "the battery of this phone lasts two days and the screen is sharp but the camera is not worth the money",
                6,
            ),
            (
                "昨天晚上在你们店里买的蛋糕今天早上打开一看已经发霉了，打电话给客服一直没有人接，太让人失望了",
                "昨天晚上在你们店里买的面包今天早上打开一看已经发霉了，打电话给客服一直没有人接，太让人失望了",
                12,
            ),
            (
                "배송은 빨랐는데 포장이 찢어져 있었고 고객센터는 전화를 받지 않아서 정말 실망했습니다",
                "배송은 빨랐는데 상자가 찢어져 있었고 고객센터는 전화를 받지 않아서 정말 실망했습니다",
                12,
            ),
        ] {
            let bits = distance(a, b);
            assert!((1..=bits_max).contains(&bits), "{bits} bits: {a:?}");
        }
    }

    #[test]
    fn other_words_are_other_bits() {
        let texts = [
            "the battery of this phone lasts two days and the screen is bright",
            "my parcel was left in the rain and nobody answered the telephone",
            "昨天晚上在你们店里买的蛋糕今天早上打开一看已经发霉了",
            "服务员态度很好，环境也不错，就是价格有点贵",
            "배송은 빨랐는데 포장이 찢어져 있었고 고객센터는 전화를 받지 않아요",
            "スタッフの対応が丁寧で、また利用したいと思います",
        ];
        for (at, a) in texts.iter().enumerate() {
            for b in &texts[at + 1..] {
                let bits = distance(a, b);
                assert!((18..=46).contains(&bits), "{bits} bits: {a:?} {b:?}");
            }
        }
    }

    #[test]
    fn no_words_no_bits() {
        for text in ["", " ", "👍👍", "!!! 10/10", "http://t.cn/abc", "@somebody [PHONE]", "\u{fffd}\u{fffd}"] {
            assert_eq!(of(text), None, "{text:?}");
        }
        assert!(of("a").is_some() && of("好").is_some());
    }

    #[test]
    fn the_bits_are_stored_and_compared_for_years() {
        for (text, bits) in
            [("a", 0xaeff_7d4b_5b72_ec99), ("great phone", 0x8580_a011_a044_0561), ("物流太慢", 0x110f_9161_5547_a488)]
        {
            assert_eq!(of(text), Some(bits), "{text:?} {:#018x}", of(text).unwrap());
        }
    }

    #[test]
    fn a_long_text_is_read_to_a_bound() {
        let long = "物流太慢客服不理".repeat(LETTERS_MAX as usize / 8);
        assert_eq!(of(&long), of(&format!("{long}something else")));
        assert_ne!(of(&long[3..]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn all_counters_are_counted(hashes in prop::collection::vec(any::<u64>(), 0..200)) {
            let mut votes = Votes::default();
            hashes.iter().for_each(|&hash| votes.add(hash));
            prop_assert_eq!(votes.majority(), slow(&hashes));
        }

        #[test]
        fn case_and_width_make_no_difference(text in "[a-zA-Z ,.]{0,60}", wide in any::<u64>()) {
            let widened = |(at, c): (usize, char)| match c {
                'a'..='z' if wide >> at & 1 == 1 => char::from_u32(u32::from(c) + 0xfee0).unwrap(),
                _ => c.to_ascii_uppercase(),
            };
            let other: String = text.chars().enumerate().map(widened).collect();
            prop_assert_eq!(of(&text), of(&other));
        }
    }
}
