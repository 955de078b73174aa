//! What to do next, by what it is about: one line a reason, in both languages.

use hearken_report::html::{Element, element};
use hearken_report::language::Language;

use super::section;
use super::sight::Sight;

/// A topic, a category or a reason to leave, and what has shown to help; the first that a case is about decides.
const ADVICE: &[(&str, &str, &str)] = &[
    // What cannot wait.
    (
        "safety",
        "Call at once. Ask whether anybody was hurt, and to stop using it. Take it back at our cost, and tell the quality lead today.",
        "立即致电：先问是否有人受伤，请对方停止使用；由我们承担费用取回，并在今天内告知质量负责人。",
    ),
    (
        "legal_threat",
        "Answer in person today and admit nothing in writing before the legal department has read it. Keep every message.",
        "今天内由专人答复；书面承诺前先请法务过目，并保留全部往来记录。",
    ),
    // Topics.
    (
        "rudeness",
        "Apologise without defending anybody. Say who will take care of it from now on, and let the team lead call.",
        "不作辩解，先致歉；说明今后由谁负责，并由组长亲自回电。",
    ),
    (
        "returns",
        "Confirm the refund or the return label now, with the day the money arrives, and check why the first request got stuck.",
        "现在就确认退款或退货单，告知到账日期，并查明之前的申请卡在哪里。",
    ),
    (
        "defect",
        "Offer the choice of repair, replacement or money back. Ask for a photo, and log the batch with the product owner.",
        "让客户自选维修、换货或退款；请对方发照片，并把批次记给产品负责人。",
    ),
    (
        "price_drop",
        "Refund the difference if the price guarantee covers it; otherwise explain the dates, and offer a voucher of that size.",
        "符合保价的直接退差价；不符合的说明时间规则，并提供同等金额的优惠券。",
    ),
    (
        "crash",
        "Ask for device and version, give a way around it, and promise word when the fix is out. Then keep the promise.",
        "询问机型和版本，先给出替代办法，并承诺修复后通知；修好后务必通知。",
    ),
    // Reasons to leave.
    (
        "slow_resolution",
        "Take it over until it is done: one person, one number to call. Name the next step and its day, and call before that day.",
        "由一人负责到底，并给出直接联系方式；说清下一步和日期，在日期之前主动回电。",
    ),
    (
        "competitor",
        "Ask what the other one does better before offering anything. Match what matters to the customer, not the price of everything.",
        "先问清对方哪里更好，再谈方案；针对客户在意的那一点来满足，而不是全面降价。",
    ),
    (
        "ties_elsewhere",
        "The customer is bound elsewhere. Ask until when, offer to take over the move, and note the day to call again.",
        "客户在别处已有约定：问清到期时间，主动代办转移，并记下再次联系的日期。",
    ),
    (
        "moved",
        "Find the nearest store or delivery to the new address, and move the membership with it.",
        "查找新地址附近的门店或配送，并把会员权益一并迁移。",
    ),
    // Categories.
    (
        "staff_attitude",
        "Apologise in person, name what will change, and tell the store or team lead; do not ask the customer to prove it.",
        "亲自致歉，说明会有什么改变，并告知门店或团队负责人；不要让客户举证。",
    ),
    (
        "product",
        "Replace it or refund it without a form, ask what it was used for, and pass the words on to the product owner.",
        "免填表换货或退款，了解使用场景，并把原话转给产品负责人。",
    ),
    (
        "delivery",
        "Find the parcel before calling. Say where it is and when it arrives; refund the delivery fee if the promise was missed.",
        "先查到包裹再致电：说明位置和送达时间；若已超时，退还运费。",
    ),
    (
        "price",
        "Explain what the price includes, check for a plan or a voucher that fits, and offer it once.",
        "说明价格包含的内容，查找合适的方案或优惠券，只提供一次。",
    ),
    (
        "service",
        "Read the whole conversation first, so that the customer need not tell it again. Solve it in this call or name the day.",
        "先读完整段对话，别让客户重复；在这次通话中解决，或给出明确日期。",
    ),
    (
        "convenience",
        "Do the step for the customer now, and note where it got stuck for the owner of that touchpoint.",
        "现在就代客户办好这一步，并把卡住的环节记给该触点的负责人。",
    ),
    (
        "digital",
        "Give a way around it, check the account, and report the error with its time so that it can be found.",
        "先给出替代办法，检查账户，并附上时间上报故障以便查找。",
    ),
    (
        "environment",
        "Thank for the hint, have the store look at it today, and tell the customer what was done.",
        "感谢提醒，请门店今天检查，并告诉客户处理结果。",
    ),
    (
        "brand",
        "Answer the doubt with facts, publicly where it was raised publicly, and offer a talk in private.",
        "用事实回应疑虑：公开提出的公开回应，并邀请私下沟通。",
    ),
    (
        "relationship",
        "Ask what would make the customer stay, listen to the end, and offer one thing you may decide yourself.",
        "问客户怎样才愿意留下，听完再说，并提供一项自己有权决定的补偿。",
    ),
    (
        "",
        "Thank for the words, ask what happened in one question, and say what happens next and when.",
        "感谢反馈，用一个问题问清经过，并说明接下来做什么、何时完成。",
    ),
];

/// Returns what has shown to help with the first of these that is known; the last line where none is.
fn advised<'a>(about: impl IntoIterator<Item = &'a str>, language: Language) -> &'static str {
    let known = |id: &str| ADVICE.iter().find(|(known, ..)| !known.is_empty() && *known == id);
    let line = about.into_iter().find_map(known).or(ADVICE.last());
    line.map_or("", |(_, english, chinese)| match language {
        Language::Chinese => chinese,
        Language::English => english,
    })
}

impl Sight {
    /// Suggests the next step, while there is one.
    pub(super) fn advice(&self) -> Option<Element> {
        if self.case.state == "closed" {
            return None;
        }
        let top = self.risk.iter().flatten().flat_map(|risk| &risk.reasons).map(|reason| reason.reason.as_str()).next();
        let rule = self.case.rule.as_str();
        let urgent = ["safety", "legal_threat"].into_iter().filter(|word| self.case.urgent && rule.contains(word));
        let about = urgent.chain([self.case.topic.as_str()]).chain(top).chain([self.case.category.as_str()]);
        let said = advised(about, self.reader.language);
        Some(section("advice", self.phrases().advice).child(element("p").class("advice").text(said)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_nearest_that_is_known_decides() {
        let check = |about: &[&str], begins: &str| {
            let said = advised(about.iter().copied(), Language::English);
            assert!(said.starts_with(begins), "{about:?}: {said}");
        };
        check(&["safety", "defect", "product"], "Call at once");
        check(&["defect", "product"], "Offer the choice");
        check(&["noise", "product"], "Replace it");
        check(&["", "competitor"], "Ask what the other");
        check(&["weather"], "Thank for the words");
        check(&[], "Thank for the words");
    }

    #[test]
    fn every_category_has_its_line_and_none_two() {
        let ids: BTreeSet<&str> = ADVICE.iter().map(|(id, ..)| *id).collect();
        assert_eq!(ids.len(), ADVICE.len());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../enrich/taxonomy.toml");
        let taxonomy: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let categories: Vec<&String> =
            taxonomy.iter().filter(|(_, inside)| inside.is_table()).map(|(name, _)| name).collect();
        assert!(categories.len() >= 10);
        for category in categories {
            assert!(ids.contains(category.as_str()), "{category}");
        }
    }

    #[test]
    fn every_line_is_in_both_languages() {
        let han = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
        for (id, english, chinese) in ADVICE {
            assert!(han(chinese) && !han(english) && !english.is_empty(), "{id}");
        }
    }
}
