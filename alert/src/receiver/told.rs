//! What a notice says to people, in their language and zone, before any channel's form.

use jiff::tz::TimeZone;
use uuid::Uuid;

use crate::facts::{Notice, NoticeKind};
use crate::responders::Language;
use crate::row::At;

/// How many items a digest names; the rest are counted.
const ITEMS_MAX: usize = 20;

/// Returns the address of a case's page, signed for whoever is told; nothing where there are no pages.
pub type Link<'a> = &'a dyn Fn(Uuid) -> Option<String>;

/// One line of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) text: String,
    pub(super) link: Option<String>,
}

/// A message as people read it: lines without any markup of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) title: String,
    pub(super) lines: Vec<String>,
    pub(super) quote: Option<String>,
    pub(super) items: Vec<Item>,
    pub(super) link: Option<String>,
    /// What the link is called.
    pub(super) open: &'static str,
}

/// Says a notice; `clean` makes a text that somebody else wrote harmless in the channel's form.
pub(super) fn tell(
    notice: &Notice,
    (language, zone): (Language, &TimeZone),
    link: Link<'_>,
    clean: fn(&str) -> String,
) -> Told {
    let voice = Voice { language, zone, clean };
    let link_of = |notice: &Notice| notice.case_id.and_then(link);
    let mut items: Vec<Item> =
        notice.items.iter().take(ITEMS_MAX).map(|item| Item { text: voice.item(item), link: link_of(item) }).collect();
    if notice.items.len() > ITEMS_MAX {
        let more = notice.items.len() - ITEMS_MAX;
        items.push(Item { text: voice.say(&format!("and {more} more"), &format!("另有 {more} 条")), link: None });
    }
    Told {
        title: voice.title(notice),
        lines: voice.lines(notice),
        quote: Some(clean(&notice.quote)).filter(|quote| !quote.is_empty()),
        items,
        link: link_of(notice),
        open: voice.pick("Open the case", "打开个案"),
    }
}

struct Voice<'a> {
    language: Language,
    zone: &'a TimeZone,
    clean: fn(&str) -> String,
}

impl Voice<'_> {
    fn pick(&self, en: &'static str, zh: &'static str) -> &'static str {
        match self.language {
            Language::En => en,
            Language::Zh => zh,
        }
    }

    fn say(&self, en: &str, zh: &str) -> String {
        match self.language {
            Language::En => en.to_owned(),
            Language::Zh => zh.to_owned(),
        }
    }

    fn title(&self, notice: &Notice) -> String {
        let title = (self.clean)(self.language.of(&notice.title));
        let before = match notice.kind {
            NoticeKind::Alert | NoticeKind::Daily | NoticeKind::Digest => "",
            NoticeKind::Reminder => self.pick("Due soon: ", "即将到期\u{FF1A}"),
            NoticeKind::Escalation => self.pick("Not answered: ", "未及时响应\u{FF1A}"),
            NoticeKind::HandOver => self.pick("Yours now: ", "已转交给您\u{FF1A}"),
            NoticeKind::SurveyRequest => self.pick("Survey please: ", "请发送回访问卷\u{FF1A}"),
        };
        let urgent = if notice.urgent { self.pick("[URGENT] ", "【紧急】") } else { "" };
        format!("{urgent}{before}{title}")
    }

    fn lines(&self, notice: &Notice) -> Vec<String> {
        let mut lines = Vec::new();
        let why = (self.clean)(self.language.of(&notice.why));
        if !why.is_empty() {
            lines.push(why);
        }
        let risk = notice.risk.map(|risk| format!("{risk:.0}"));
        lines.extend(self.joined(&[
            (self.pick("severity", "严重程度"), Some(self.word(&notice.severity))),
            (self.pick("customer", "客户层级"), Some(self.word(&notice.tier))),
            (self.pick("churn risk", "流失风险"), risk),
        ]));
        lines.extend(self.joined(&[
            (self.pick("brand", "品牌"), Some((self.clean)(&notice.brand))),
            (self.pick("about", "关于"), Some((self.clean)(&notice.about))),
            (self.pick("said in", "渠道"), Some(self.word(&notice.channel))),
        ]));
        for (en, zh, at) in [
            ("said at", "客户发声", notice.occurred_at),
            ("promised to the customer until", "对客户承诺", notice.customer_due_at),
            ("yours to answer until", "您的响应截止", notice.due_at),
        ] {
            lines.extend(at.map(|at| format!("{}{}{}", self.pick(en, zh), self.colon(), self.time(at))));
        }
        lines.extend(notice.figures.iter().map(|(name, value)| {
            format!("{}{}{}", (self.clean)(self.figure(name)), self.colon(), (self.clean)(value))
        }));
        lines
    }

    fn item(&self, item: &Notice) -> String {
        let due = item.due_at.map(|at| format!("{}{}", self.pick("until ", "截止 "), self.time(at)));
        let parts = [
            self.title(item),
            self.word(&item.severity),
            self.word(&item.tier),
            (self.clean)(&item.about),
            (self.clean)(&item.quote).chars().take(60).collect(),
            due.unwrap_or_default(),
        ];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }

    /// One line of what is known, or none.
    fn joined(&self, parts: &[(&str, Option<String>)]) -> Option<String> {
        let known = parts.iter().filter_map(|(name, value)| {
            let value = value.as_ref().filter(|value| !value.is_empty())?;
            Some(format!("{name}{}{value}", self.colon()))
        });
        Some(known.collect::<Vec<_>>().join(" · ")).filter(|line| !line.is_empty())
    }

    fn colon(&self) -> &'static str {
        self.pick(": ", "\u{FF1A}")
    }

    fn time(&self, at: At) -> String {
        at.0.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M %:z").to_string()
    }

    /// A word of the tables in the reader's language; what is unknown here is shown as it is.
    fn word(&self, word: &str) -> String {
        let zh = match word {
            "low" => "低",
            "medium" => "中",
            "high" => "高",
            "critical" => "危急",
            "champion" => "核心客户",
            "loyal" => "忠诚客户",
            "promising" => "潜力客户",
            "needs_attention" => "需关注客户",
            "hibernating" => "沉睡客户",
            "no_orders" => "无订单",
            "unknown" => "未知",
            "review" => "评价",
            "chat" => "客服对话",
            "social" => "社交媒体",
            "survey" => "问卷",
            other => other,
        };
        (self.clean)(match self.language {
            Language::En => word,
            Language::Zh => zh,
        })
        .replace(['_', '\u{FF3F}'], " ")
    }

    /// The name of a figure of the daily digest or of a hand-over.
    fn figure<'a>(&self, name: &'a str) -> &'a str {
        let (en, zh) = match name {
            "open" => ("open cases", "未关闭个案"),
            "overdue" => ("overdue", "已超时"),
            "due_today" => ("due today", "今日到期"),
            "opened_yesterday" => ("opened since yesterday", "昨日以来新开"),
            "closed_yesterday" => ("closed since yesterday", "昨日以来关闭"),
            "handed_over_by" => ("handed over by", "转交人"),
            "note" => ("note", "备注"),
            other => (other, other),
        };
        match self.language {
            Language::En => en,
            Language::Zh => zh,
        }
    }
}
