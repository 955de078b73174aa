//! What Han characters tell: Simplified or Traditional, Mandarin or Cantonese, Chinese or Japanese.
//!
//! One table of flags by character is read in one pass. A verdict wants a majority, never one character: names hold any
//! character, and every list here knows exceptions.

use crate::fold::{self, FIRST, LAST};

/// Simplified characters that Traditional Chinese writes too, as another word or as a common variant.
const IN_BOTH: &str = "\
    丑丰了于云交仆仿伙余佛佣借克具内冢冬准几凶出划刮制剩升卜占却卷只台吁吃吊\
    后向周咸咽哄唇喂噪回困堤夸奸姐姜娘家尸局岩峰布帘席干并幸床弦彩彷征御志念\
    恒恤悦愈戚戮才扎托扣折挂挽捆捻搜携斗昆晒朴杆杠杯杰松板栗梁榨横檐欲殷污沈\
    沾泄泛注浚涌温游炮焊焰狸球琅症痴着磷秘税筑系群肴胡脚脱腌致舍范荐薯藤虫虱\
    蜷表谷辟郁酸采里雇霉静面黄";
/// Traditional characters that Simplified Chinese keeps in some words.
const TRADITIONAL_IN_BOTH: &str = "\
    乾俱吒夥姊徵摺箝著藉阪";
/// Simplified characters that Japanese writes as well.
const SHINJITAI: &str = "\
    万与乱争亘会体侠党写凄剥励区医厘厨厩参双叙叶号嘘嘱国坂堕壮声奥学宝寝寿将\
    尽届属屡峡庄弥当彦径怜恋惨担挟据掴数断旧昼晋机条来枢栖桧楼欧残殴没浅涛淀\
    湾湿滞潜灯炉点状独狭猪猫献画盗砺碍礼祷禄禅称窃箪胆芦茎莱葱蒋薮虚蚕蛎蛮蝉\
    装触誉践踊躯辞迩遥随麦";
/// Characters that Japanese alone writes.
const ONLY_JAPANESE: &str = "\
    両乗亀亜仏仮価侭値倶倹働兎児円冨冴処凧凪剣剤剰労効勅勧勲匁匂単厳収呉呑咲\
    唖啓喰営噛噺嚢団囲図圏圧堺塀塁塩増壊壌壱売壷変奨妬姉姫娯嬢宍実寛対専尭峠\
    嶋巌巣巻帯帰庁広廃廻廼弐弾従徳徴応恵悩悪惣懐戦戯戸戻払抜択拝拠拡挙挿捜掲\
    掻揺摂撃撹斉斎晩暁暦曽杢枠査柾栂栃栄桜桝桟梶梼椀椙椛検楕楳楽榊様樋権樫欝\
    歓歩歯歳歴殻毎気氷汚沢浄涙涜渇済渉渋渓満溌滝潅瀞瀬焔焼犠狛猟獣産畑畠畳疎\
    痩発県砕砿硲稲穂穏穐穣窓竃竜笹箆篭籾粂粋粛経絵絶継続総縁縄縦繊繋繍聡聴脳\
    臓舎舗舘艶苅荘菓蔵薗薫薬蛍蝋蝿袴覇覚覧観訳読謡譲讐賎賛贋転軽辺辻込逓遅郷\
    酔醗醤醸釈鈎鉄鉱銭鋲鋳錬鑓関闘陥険隠隣隷雑雫霊靭韮頚頬頴頼顕駄駅駆駈騒験\
    騨髄髪鮎鯵鰐鰯鴎鴫鴬鶏鹸麹麺麿黒黙齢";
/// Characters of spoken Cantonese; written Mandarin has hardly any of them.
const ONLY_CANTONESE: &str = "嘅咗唔冇佢哋喺嚟啲嗰嘢攞睇諗谂咁啱揸瞓孭嘥搵揾嗌噉喎冚攰掟惗嬲畀俾哂嚿噃撚";
/// Words of Cantonese whose characters are not of Cantonese alone.
const CANTONESE_PAIRS: [&str; 56] = [
    "鍾意", "钟意", "鐘意", "邊個", "边个", "邊度", "边度", "邊條", "邊套", "邊隻", "點解", "点解", "點樣", "點知",
    "點算", "點先", "而家", "依家", "宜家", "尋日", "琴日", "聽日", "同埋", "跟住", "返工", "返學", "返屋", "返嚟",
    "係咪", "都係", "就係", "真係", "即係", "定係", "淨係", "仲係", "仲有", "仲要", "仲未", "仲唔", "呢個", "呢套",
    "呢首", "呢隻", "呢次", "呢度", "呢種", "呢兩", "呢部", "果個", "果度", "果陣", "果首", "邊有", "入面", "好正",
];
/// Characters that Cantonese uses far more often than Mandarin; one alone says little.
const OFTEN_CANTONESE: &str = "係仲返靚喇咩嘞乜掂囉吖嗮";
/// Words of Mandarin that hold one of them.
const NOT_CANTONESE: [&str; 13] =
    ["係數", "係指", "仲裁", "仲介", "仲夏", "返回", "返還", "返还", "返利", "返修", "返现", "返現", "掂量"];
/// Characters of written Mandarin that Cantonese says otherwise.
const MANDARIN: &str = "的是了這这們们他她沒没很吧嗎吗那麼么什";
/// Chinese characters so common that a sentence without kana and with one of them is not Japanese.
const NOT_JAPANESE: &str = "们們這这嗎吗吧啊呢你您她很沒没还還给給吃喝哪么麼";

const SIMPLIFIED: u8 = 1;
const TRADITIONAL: u8 = 2;
const KANJI: u8 = 4;
const JAPANESE: u8 = 8;
const CANTONESE: u8 = 16;
const SPOKEN_MANDARIN: u8 = 32;
const CHINESE: u8 = 64;
/// Begins a pair of Cantonese, or is one of its frequent characters: the text decides.
const LOOK: u8 = 128;

/// From how many points a text is Cantonese, and from how many where it has few characters.
const POINTS_MIN: i32 = 3;
const POINTS_MIN_SHORT: i32 = 2;
const SHORT_CHARS: u32 = 14;
/// Above this many characters Japanese has kana.
const WITHOUT_KANA_CHARS_MAX: u32 = 12;

/// The set of characters Chinese is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Characters {
    /// Those of mainland China and Singapore.
    Simplified,
    /// Those of Taiwan, Hong Kong and Macau.
    Traditional,
}

/// What the Han characters of one text say, each a count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    pub(super) chars: u32,
    simplified: u32,
    traditional: u32,
    /// Of the Simplified ones, those Japanese writes too.
    kanji: u32,
    japanese: u32,
    chinese: u32,
    cantonese: u32,
    often_cantonese: u32,
    mandarin: u32,
}

impl Evidence {
    /// Returns the characters the text is written in, where a majority shows them.
    pub(super) fn characters(&self) -> Option<Characters> {
        match self.simplified.cmp(&self.traditional) {
            std::cmp::Ordering::Greater => Some(Characters::Simplified),
            std::cmp::Ordering::Less => Some(Characters::Traditional),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Returns for how many points the text is Cantonese rather than written Mandarin, of which `is_claimed` takes fewer.
    pub(super) fn cantonese_points(&self, is_claimed: bool) -> Option<i32> {
        let points = 2 * self.cantonese as i32 + self.often_cantonese as i32 - self.mandarin as i32;
        if self.cantonese == 0 && self.often_cantonese < 2 {
            return None;
        }
        let points_min = match self.chars <= SHORT_CHARS || is_claimed {
            true => POINTS_MIN_SHORT,
            false => POINTS_MIN,
        };
        (points >= points_min).then_some(points)
    }

    /// Tells whether a text without kana is Japanese all the same. It holds nothing that Japanese does not write, and either
    /// characters that only Japanese writes, or Simplified beside Traditional ones as only Japanese mixes them, or the
    /// source claims it; the last two where it is short, because longer Japanese has kana.
    pub(super) fn is_japanese(&self, is_claimed: bool) -> bool {
        let is_possible = self.chinese == 0 && self.cantonese == 0 && self.simplified == self.kanji;
        let mixes = self.kanji > 0 && self.traditional > 0;
        is_possible && (self.japanese > 0 || (self.chars <= WITHOUT_KANA_CHARS_MAX && (mixes || is_claimed)))
    }
}

/// The table of what each character tells.
pub(super) struct Hanzi {
    /// By distance from [`FIRST`].
    flags: Vec<u8>,
}

impl Hanzi {
    /// Makes the table of the pairs that are part of the binary.
    pub(super) fn embedded() -> Self {
        let mut flags = vec![0; LAST as usize - FIRST as usize + 1];
        for (simplified, traditional) in fold::pairs() {
            set(&mut flags, simplified, SIMPLIFIED);
            traditional.chars().for_each(|c| set(&mut flags, c, TRADITIONAL));
        }
        IN_BOTH.chars().chain(TRADITIONAL_IN_BOTH.chars()).for_each(|c| clear(&mut flags, c));
        for (characters, flag) in [
            (SHINJITAI, KANJI),
            (ONLY_JAPANESE, JAPANESE),
            (ONLY_CANTONESE, CANTONESE),
            (MANDARIN, SPOKEN_MANDARIN),
            (NOT_JAPANESE, CHINESE),
        ] {
            characters.chars().for_each(|c| set(&mut flags, c, flag));
        }
        let first_of_pairs = CANTONESE_PAIRS.iter().filter_map(|pair| pair.chars().next());
        first_of_pairs.chain(OFTEN_CANTONESE.chars()).for_each(|c| set(&mut flags, c, LOOK));
        Self { flags }
    }

    /// Reads the first characters of a text.
    pub(super) fn read(&self, text: &str, chars_max: usize) -> Evidence {
        let mut found = Evidence::default();
        let mut rest = text.chars();
        let mut before = ' ';
        for _ in 0..chars_max {
            let here = rest.as_str();
            let Some(c) = rest.next() else { break };
            if !(FIRST..=LAST).contains(&c) {
                continue;
            }
            found.chars += 1;
            let flags = self.flags(c);
            if flags == 0 {
                continue;
            }
            let has = |flag| u32::from(flags & flag != 0);
            found.simplified += has(SIMPLIFIED);
            found.traditional += has(TRADITIONAL);
            found.kanji += has(SIMPLIFIED) & has(KANJI);
            found.japanese += has(JAPANESE);
            found.chinese += has(CHINESE);
            found.mandarin += has(SPOKEN_MANDARIN);
            // A lone `唔…` is what a Mandarin speaker hums.
            let is_hum = c == '唔' && !rest.as_str().starts_with(|next| (FIRST..=LAST).contains(&next));
            if flags & CANTONESE != 0 && !is_hum {
                found.cantonese += 1;
            } else if flags & LOOK != 0 {
                let begins_one_of = |pairs: &[&str]| pairs.iter().any(|pair| here.starts_with(pair));
                let is_pair = begins_one_of(&CANTONESE_PAIRS);
                let is_often = OFTEN_CANTONESE.contains(c) && before != '關' && !begins_one_of(&NOT_CANTONESE);
                found.cantonese += u32::from(is_pair);
                found.often_cantonese += u32::from(is_often && !is_pair);
            }
            before = c;
        }
        found
    }

    fn flags(&self, c: char) -> u8 {
        self.flags.get((c as usize).wrapping_sub(FIRST as usize)).copied().unwrap_or(0)
    }
}

fn set(flags: &mut [u8], c: char, flag: u8) {
    if let Some(slot) = flags.get_mut((c as usize).wrapping_sub(FIRST as usize)) {
        *slot |= flag;
    }
}

fn clear(flags: &mut [u8], c: char) {
    if let Some(slot) = flags.get_mut((c as usize).wrapping_sub(FIRST as usize)) {
        *slot = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Characters::{Simplified, Traditional};

    fn read(text: &str) -> Evidence {
        Hanzi::embedded().read(text, 512)
    }

    #[test]
    fn the_characters_show_where_a_majority_has_one_form() {
        for (text, expected) in [
            ("物流速度太慢了，等了一个星期", Some(Simplified)),
            ("物流速度太慢了，等了一個星期", Some(Traditional)),
            ("不好", None),
            ("公里台后只干面", None),
            ("皇后的台灣只有一面", Some(Traditional)),
            ("张先生点了東坡肉，还说不错", Some(Simplified)),
            ("技術(shù)服務(wù)質(zhì)量", Some(Traditional)),
            ("著名的大阪姊妹", None),
        ] {
            assert_eq!(read(text).characters(), expected, "{text}");
        }
    }

    #[test]
    fn cantonese_wants_more_than_one_character_in_a_name() {
        for (text, expected) in [
            ("呢間嘢食唔好食，貴到死", true),
            ("唔該", true),
            ("好鍾意佢哋嘅服務", true),
            ("呢个软件真系唔得，成日死机", true),
            ("今天在冇記茶餐廳吃了飯，味道很好", false),
            ("唔，这个味道还不错", false),
            ("物流太慢了，等了一個星期", false),
            ("他們的服務很好，佢", false),
        ] {
            assert_eq!(read(text).cantonese_points(false).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn japanese_without_kana_is_seen() {
        for (text, expected) in [
            ("対応最悪", true),
            ("駅前徒歩五分", true),
            ("会話不可", true),
            ("中国語対応", true),
            ("最高", false),
            ("非常好吃", false),
            ("這個体驗很好", false),
            ("质量一般，価格便宜", false),
        ] {
            assert_eq!(read(text).is_japanese(false), expected, "{text}");
        }
    }
}
