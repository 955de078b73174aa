//! Names of topics, stages, channels and other ids, in both languages. An id that is not here stands for itself.

use crate::language::Language;

/// Every known id with its English and its Chinese name.
const NAMES: &[(&str, &str, &str)] = &[
    // Stages of the journey.
    ("awareness", "Awareness", "认知"),
    ("discovery", "Discovery", "了解"),
    ("interest", "Interest", "兴趣"),
    ("consideration", "Consideration", "考虑"),
    ("action", "Action", "购买"),
    ("use", "Use", "使用"),
    ("advocacy", "Advocacy", "推荐传播"),
    ("unmapped", "Unmapped", "未归类"),
    // Channels.
    ("review", "Reviews", "评价"),
    ("chat", "Chats", "客服会话"),
    ("social", "Social posts", "社交媒体"),
    ("survey", "Surveys", "问卷"),
    // Categories of aspects.
    ("product", "Product", "产品"),
    ("service", "Service", "服务"),
    ("staff_attitude", "Staff", "员工态度"),
    ("delivery", "Delivery", "物流"),
    ("convenience", "Convenience", "便利"),
    ("price", "Price", "价格"),
    ("brand", "Brand", "品牌"),
    ("relationship", "Relationship", "客户关系"),
    ("environment", "Environment", "环境"),
    ("digital", "Digital", "数字体验"),
    // Topics.
    ("quality", "Quality", "质量"),
    ("defect", "Defects", "故障瑕疵"),
    ("fit", "Fit", "尺码合身"),
    ("taste", "Taste", "口味"),
    ("appearance", "Appearance", "外观"),
    ("battery", "Battery", "电池续航"),
    ("noise", "Noise", "噪音"),
    ("support", "Customer service", "客户服务"),
    ("response", "Response time", "响应速度"),
    ("resolution", "Problem solving", "问题解决"),
    ("returns", "Returns and refunds", "退换货"),
    ("attitude", "Staff attitude", "服务态度"),
    ("rudeness", "Rudeness", "态度恶劣"),
    ("helpfulness", "Helpfulness", "热心周到"),
    ("speed", "Delivery speed", "配送速度"),
    ("courier", "Courier", "快递员"),
    ("packaging", "Packaging", "包装"),
    ("tracking", "Parcel tracking", "物流跟踪"),
    ("ordering", "Ordering", "下单"),
    ("availability", "Availability", "有货情况"),
    ("expensive", "Expensive", "价格偏高"),
    ("value", "Value for money", "性价比"),
    ("promotion", "Promotions", "促销活动"),
    ("price_drop", "Price drops", "降价"),
    ("trust", "Trust", "信任"),
    ("advertising", "Advertising", "广告宣传"),
    ("leaving", "Leaving", "流失意向"),
    ("loyalty", "Loyalty", "忠诚复购"),
    ("recommendation", "Recommendation", "推荐意愿"),
    ("atmosphere", "Atmosphere", "环境氛围"),
    ("cleanliness", "Cleanliness", "清洁卫生"),
    ("queue", "Queues", "排队"),
    ("crash", "App crashes", "应用闪退"),
    ("login", "Login", "登录"),
    ("payment", "Payment", "支付"),
    ("performance", "App speed", "应用流畅度"),
    ("update", "App updates", "应用更新"),
    ("usability", "Ease of use", "易用性"),
    // Reasons to leave that are no topics.
    ("competitor", "Competitor", "竞争对手"),
    ("moved", "Moved away", "搬迁"),
    ("slow_resolution", "Slow resolution", "处理太慢"),
    ("ties_elsewhere", "Ties elsewhere", "已有其他选择"),
    ("churn", "Means to leave", "有流失意向"),
    ("complaint", "Complaint", "投诉"),
    ("other", "Other", "其他"),
    // Scores.
    ("nps", "NPS", "净推荐值 NPS"),
    ("csat", "CSAT", "满意度 CSAT"),
    ("ces", "CES, found it easy", "轻松度 CES"),
    ("net_sentiment", "Net sentiment", "净情感值"),
    ("rating", "Rating", "评分"),
    ("relationship survey", "relationship", "关系型"),
    ("transactional survey", "transactional", "交易型"),
    // Where drivers are read from.
    ("scale", "survey scales", "问卷量表"),
    ("text", "text", "文本"),
    // Quadrants of drivers.
    ("strength", "Keep it up", "保持优势"),
    ("improve", "Improve first", "优先改进"),
    ("maintain", "Good, matters less", "表现好，影响小"),
    ("monitor", "Watch", "持续观察"),
    // Kano's classes.
    ("A", "Attractive", "魅力型"),
    ("O", "One-dimensional", "期望型"),
    ("M", "Must-be", "必备型"),
    ("I", "Indifferent", "无差异型"),
    ("R", "Reverse", "反向型"),
    ("Q", "Questionable", "可疑"),
    ("ceiling: undecided", "Undecided: nearly all ratings are top", "天花板效应，无法判定"),
    // Features the demo asks about.
    ("gift-wrap", "Gift wrapping", "礼品包装"),
    ("late-pickup", "Late pick-up", "延时自提"),
    // Trends of keywords.
    ("new", "New", "新出现"),
    ("rising", "Rising", "上升"),
    ("falling", "Falling", "下降"),
    ("gone", "Gone", "消失"),
    // Kinds of incidents; a topic's is its topic.
    ("topic", "Topic", "话题"),
    ("volume", "Volume", "反馈量"),
    ("negative", "Negative", "负面"),
    ("positive", "Positive", "正面"),
    ("neutral", "Neutral", "中性"),
    ("mixed", "Mixed", "褒贬皆有"),
    ("none", "Said nothing", "未发声"),
    ("silence", "Silence", "反馈中断"),
    // Tiers of customers.
    ("champion", "Champion", "冠军客户"),
    ("loyal", "Loyal", "忠诚客户"),
    ("promising", "Promising", "潜力客户"),
    ("needs_attention", "Needs attention", "需关注"),
    ("hibernating", "Hibernating", "沉睡客户"),
    ("no_orders", "No orders", "无订单"),
    ("unknown", "Unknown", "未知"),
    // Verdicts on actions.
    ("better", "Better", "改善"),
    ("worse", "Worse", "变差"),
    ("no difference seen", "No difference seen", "未见差异"),
    ("too early", "Too early to tell", "为时尚早"),
];

impl Language {
    /// Returns the name of an id.
    pub fn name(self, id: &str) -> &str {
        let known = NAMES.iter().find(|(known, ..)| *known == id);
        known.map_or(id, |(_, english, chinese)| match self {
            Self::Chinese => chinese,
            Self::English => english,
        })
    }

    /// Returns a brand as a heading; feedback that names none has one too.
    pub(crate) fn brand(self, brand: &str) -> &str {
        if !brand.is_empty() {
            return brand;
        }
        match self {
            Self::Chinese => "未注明品牌",
            Self::English => "No brand named",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_topic_of_the_taxonomy_has_its_name_in_both_languages() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../enrich/taxonomy.toml");
        let taxonomy: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let known: BTreeSet<&str> = NAMES.iter().map(|(id, ..)| *id).collect();
        let mut topics = 0;
        for (category, inside) in taxonomy.iter().filter_map(|(name, inside)| Some((name, inside.as_table()?))) {
            let inside: Vec<&String> =
                inside.iter().filter(|(_, topic)| topic.is_table()).map(|(name, _)| name).collect();
            topics += inside.len();
            for id in inside.into_iter().chain([category]) {
                assert!(known.contains(id.as_str()), "{id} has no name");
            }
        }
        assert!(topics > 30, "the taxonomy was not read: {topics} topics");
    }

    #[test]
    fn no_id_has_two_names_and_an_unknown_one_stands_for_itself() {
        let ids: BTreeSet<&str> = NAMES.iter().map(|(id, ..)| *id).collect();
        assert_eq!(ids.len(), NAMES.len());
        let han = |name: &str| name.chars().any(|character| ('\u{4e00}'..='\u{9fff}').contains(&character));
        for (id, english, chinese) in NAMES {
            assert!(han(chinese) && !han(english), "{id}: {english}, {chinese}");
        }
        assert_eq!(Language::Chinese.name("packaging"), "包装");
        assert_eq!(Language::English.name("shoe laces"), "shoe laces");
    }
}
