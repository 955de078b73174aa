//! The particles of Korean, which are written together with the noun they mark.

/// Particles after a final consonant, then after a vowel; where the form is one, it stands in both. Longer ones first.
const PARTICLES: [(&str, After); 42] = [
    ("에서부터", After::Any),
    ("으로부터", After::Consonant),
    ("에서는", After::Any),
    ("에서도", After::Any),
    ("에게는", After::Any),
    ("으로는", After::Consonant),
    ("으로도", After::Consonant),
    ("만으로도", After::Any),
    ("만으로", After::Any),
    ("까지는", After::Any),
    ("까지도", After::Any),
    ("이라고", After::Consonant),
    ("이라서", After::Consonant),
    ("이지만", After::Consonant),
    ("에서", After::Any),
    ("에게", After::Any),
    ("한테", After::Any),
    ("까지", After::Any),
    ("부터", After::Any),
    ("처럼", After::Any),
    ("보다", After::Any),
    ("이라", After::Consonant),
    ("으로", After::Consonant),
    ("이나", After::Consonant),
    ("이랑", After::Consonant),
    ("이고", After::Consonant),
    ("에는", After::Any),
    ("에도", After::Any),
    ("만은", After::Any),
    ("은", After::Consonant),
    ("이", After::Consonant),
    ("을", After::Consonant),
    ("과", After::Consonant),
    ("는", After::Vowel),
    ("가", After::Vowel),
    ("를", After::Vowel),
    ("와", After::Vowel),
    ("로", After::Vowel),
    ("도", After::Any),
    ("만", After::Any),
    ("에", After::Any),
    ("의", After::Any),
];

/// Nouns that end as if a particle stood there.
const WHOLE: [&str; 14] = [
    "고양이",
    "떡볶이",
    "목걸이",
    "귀걸이",
    "손잡이",
    "어린이",
    "젊은이",
    "종이",
    "지하철도",
    "난이도",
    "완성도",
    "만족도",
    "선호도",
    "해상도",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    Consonant,
    Vowel,
    Any,
}

/// Measures what ends a word without being part of it, in bytes: single letters, which laugh or cry, and before them a particle.
pub(super) fn ending(word: &str) -> usize {
    let spoken = word.trim_end_matches(|c| matches!(c, '\u{3131}'..='\u{318e}'));
    word.len() - spoken.len() + particle(spoken)
}

/// Measures the particle at the end of a word, in bytes; two syllables at least stay.
fn particle(word: &str) -> usize {
    let is_spoken = word.len() >= 9 && word.chars().all(is_syllable);
    if !is_spoken || WHOLE.contains(&word) {
        return 0;
    }
    let found = PARTICLES.iter().find(|(particle, after)| {
        word.strip_suffix(particle).is_some_and(|noun| noun.len() >= 6 && follows(noun, particle, *after))
    });
    found.map_or(0, |(particle, _)| particle.len())
}

fn follows(noun: &str, particle: &str, after: After) -> bool {
    let coda = noun.chars().next_back().map_or(0, |last| (u32::from(last) - FIRST) % CODAS);
    match after {
        After::Any => true,
        After::Consonant => coda != 0,
        After::Vowel => coda == 0 || (particle == "로" && coda == RIEUL),
    }
}

/// The first syllable of the block; each onset and vowel is followed by its syllables with every final consonant, none first.
const FIRST: u32 = 0xac00;
const CODAS: u32 = 28;
/// The final `ㄹ`, after which `로` stands as after a vowel.
const RIEUL: u32 = 8;

fn is_syllable(c: char) -> bool {
    matches!(c, '가'..='힣')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_are_told_from_the_ends_of_nouns() {
        for (word, noun) in [
            ("배송이", "배송"),
            ("가격은", "가격"),
            ("포장을", "포장"),
            ("서비스가", "서비스"),
            ("사이즈는", "사이즈"),
            ("매장에서는", "매장"),
            ("택배로", "택배"),
            ("지하철로", "지하철"),
            ("색상도", "색상"),
            ("고양이", "고양이"),
            ("고양이를", "고양이"),
            ("만족도", "만족도"),
            ("나는", "나는"),
            ("길이", "길이"),
            ("iphone은", "iphone은"),
            ("배송", "배송"),
            ("휴가", "휴가"),
            ("배송은ㅋㅋ", "배송"),
            ("ㅠㅠ", ""),
        ] {
            assert_eq!(&word[..word.len() - ending(word)], noun, "{word}");
        }
    }
}
