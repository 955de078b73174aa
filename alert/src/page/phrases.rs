//! Every sentence of the page, once in each language: one table, so that neither can lack a word. `{name}` is a blank.

use hearken_report::language::Language;

/// Writes the type, and one value of it a language.
macro_rules! phrases {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        /// The page's sentences.
        pub(super) struct Phrases {
            $(pub(super) $name: &'static str,)*
        }

        const ENGLISH: Phrases = Phrases { $($name: $english,)* };
        const CHINESE: Phrases = Phrases { $($name: $chinese,)* };

        #[cfg(test)]
        const ALL: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $chinese),)*];
    };
}

/// Returns the sentences in a language.
pub(super) fn of(language: Language) -> &'static Phrases {
    match language {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

phrases! {
    // What became of the last tap.
    case_number: "Case {case}", "个案 {case}";
    done: "Saved: {what}, {when}.", "已保存：{what}，{when}。";
    read_only: "{who} answers this case now. You can read it, but not change it.", "此个案现由 {who} 负责。您可以查看，但不能修改。";
    trouble_form: "Nothing was saved: the form was incomplete. Please try again.", "未保存：表单不完整，请重试。";
    trouble_note: "Nothing was saved: write a note first.", "未保存：请先填写备注。";
    trouble_long: "Nothing was saved: a note has at most {most} characters.", "未保存：备注最多 {most} 个字。";
    trouble_closing: "Nothing was saved: before closing what is not resolved, write down why.", "未保存：关闭未解决的个案前，请写明原因。";
    trouble_amount: "Nothing was saved: the amount must be a number such as 50 or 12.50.", "未保存：金额须为数字，例如 50 或 12.50。";
    trouble_currency: "Nothing was saved: the currency must be three letters, such as CNY.", "未保存：币种须为三个字母，例如 CNY。";
    trouble_nobody: "Nothing was saved: choose who takes over.", "未保存：请选择由谁接手。";
    trouble_state: "Nothing was saved: the case is “{state}” by now, so this cannot be done any more. Here is how it stands.", "未保存：个案现为“{state}”，无法再进行此操作。以下是最新状态。";
    trouble_yours: "Nothing was saved: {who} answers this case now.", "未保存：此个案现由 {who} 负责。";
    unread: "This part could not be read just now. Reload the page to try again.", "这一部分暂时无法读取，请刷新页面重试。";

    // What it is about.
    urgent: "Urgent", "紧急";
    severity_low: "Low", "低";
    severity_medium: "Medium", "中";
    severity_high: "High", "高";
    severity_critical: "Critical", "严重";
    state_open: "Open", "待处理";
    state_acknowledged: "Acknowledged", "已受理";
    state_contacted: "Contacted", "已联系";
    state_resolved: "Resolved", "已解决";
    state_closed: "Closed", "已关闭";
    not_a_customer: "Not a customer", "不是客户";
    wrong_reason: "Wrong reason", "原因有误";
    customer_is: "Customer ", "客户 ";
    author_is: "Unknown customer, author ", "未知客户，作者 ";
    nobody_known: "Unknown customer", "未知客户";

    // The clocks.
    clocks: "Deadlines", "时限";
    clock_own: "Your answer", "您的答复";
    clock_customer: "Promise to the customer", "对客户的承诺";
    no_promise: "None: when it was said is not known", "无：发言时间未知";
    no_promise_day: "None: only the day it was said is known", "无：只知道发言日期";
    kept: "In time", "按时";
    late: "Late by {by}", "迟了 {by}";
    left: "{by} left", "还剩 {by}";
    overdue: "Overdue by {by}", "已超时 {by}";
    due_at: "due ", "截止 ";
    was_due_at: "was due ", "原截止 ";
    answered_at: "answered ", "答复于 ";
    clocks_about: "{who} answers. Times in {zone}.", "负责人：{who}。时区：{zone}。";
    time_unknown: "time unknown", "时间未知";

    // The words.
    words: "What the customer said", "客户原话";
    no_words: "No single feedback decided here, or it is kept no longer.", "并非由单条反馈触发，或原文已不再保留。";
    no_text: "No words, only a rating.", "没有文字，只有评分。";
    rating: "rated {value} of {best}", "评分 {value}/{best}";
    whole_text: "Show all {letters} characters", "显示全部 {letters} 个字";
    whole_chat: "Show all {turns} turns", "显示全部 {turns} 条消息";
    turns_left_out: "{turns} turns left out", "略去 {turns} 条消息";
    role_customer: "Customer", "客户";
    role_agent: "Agent", "客服";
    role_bot: "Bot", "机器人";

    // What to do.
    advice: "Suggested next step", "建议的下一步";
    deeds: "What happened?", "处理情况";
    note_label: "Note (optional)", "备注（可选）";
    close_needs: "To close what is not resolved, write down why.", "关闭未解决的个案需要填写备注。";
    do_acknowledge: "I take care of it", "我来处理";
    do_contact: "Customer contacted", "已联系客户";
    do_resolve: "Resolved", "已解决";
    do_close: "Close the case", "关闭个案";
    do_reopen: "Open it again", "重新打开";
    do_note: "Save the note only", "仅保存备注";
    do_compensate: "Write down compensation", "记录补偿";
    do_hand_over: "Hand over", "转交";
    more_deeds: "More", "更多";
    compensation: "Compensation", "补偿";
    amount: "Amount", "金额";
    currency: "Currency", "币种";
    money_note: "What for (optional)", "用途（可选）";
    hand_over: "Hand over to somebody else", "转交他人";
    hand_over_to: "Who takes over?", "由谁接手？";
    choose: "Choose…", "请选择…";
    people: "People", "人员";
    departments: "Departments", "部门";
    over_note: "What they should know (optional)", "需要告知的内容（可选）";

    // The customer.
    customer: "The customer", "客户信息";
    customer_key: "Customer", "客户";
    tier: "Value tier", "价值等级";
    revenue: "Revenue, 12 months", "12 个月消费";
    orders: "Orders, 12 months", "12 个月订单";
    last_order: "Last order", "最近订单";
    segment: "Segment", "客群";
    region: "Region", "地区";
    brand: "Brand", "品牌";
    store: "Store", "门店";
    product: "Product", "产品";
    touchpoint: "Touchpoint", "触点";
    topic: "About", "主题";
    others: "Also open for this customer", "该客户的其他未结个案";
    other_line: "{state} · {who} · due {due}", "{state} · {who} · 截止 {due}";
    timeline: "The customer's story", "客户历程";
    no_timeline: "Nothing else is known of this customer.", "没有该客户的其他记录。";
    more: "Show {number} more", "再显示 {number} 条";
    kind_feedback: "Feedback", "反馈";
    kind_survey: "Survey", "问卷";
    kind_order: "Order", "订单";
    kind_visit: "Visit", "访问";
    kind_profile: "Profile", "资料";
    kind_alert: "Alert", "预警";
    kind_case: "Case", "个案";

    // The risk.
    risk: "Churn risk", "流失风险";
    of_hundred: " of 100", " / 100";
    risk_about: "A score, not a probability. Tap a reason to see the words behind it.", "这是评分，不是概率。点按原因查看对应原话。";
    no_reasons: "Nothing speaks for leaving.", "没有流失迹象。";
    words_beside: "The words behind it", "对应原话";

    // The history.
    history: "What happened to the case", "个案记录";
    arrow: " → ", " → ";
    event_opened: "Opened", "已创建";
    event_alerted: "Another alert joined", "新的预警并入";
    event_acknowledged: "Acknowledged", "已受理";
    event_contacted: "Customer contacted", "已联系客户";
    event_resolved: "Resolved", "已解决";
    event_closed: "Closed", "已关闭";
    event_reopened: "Opened again", "已重新打开";
    event_handed_over: "Handed over", "已转交";
    event_noted: "Note", "备注";
    event_compensated: "Compensation", "补偿";
    event_reminded: "Reminded", "已提醒";
    event_escalated: "Escalated", "已升级";
    event_survey: "Survey asked for", "已请求发送问卷";
    event_no_survey: "No survey sent", "未发送问卷";
    foot: "This link is for {who} alone and good until {until}. Please do not pass it on: hand the case over instead.", "此链接仅供 {who} 使用，有效期至 {until}。请勿转发链接；如需他人处理，请使用“转交”。";

    // Pages without a case.
    expired: "This link has expired", "此链接已过期";
    expired_said: "For safety, links to a case are good for a few days only. The case itself is not lost.", "为安全起见，个案链接仅在数日内有效。个案本身并未丢失。";
    expired_do: "Open the newest message about this case, or ask whoever runs Hearken for a new link. They make one with:", "请打开关于此个案的最新消息，或向 Hearken 管理员索取新链接。生成命令：";
    broken: "This link opens nothing", "此链接无法打开";
    broken_said: "It is incomplete, or it was changed on its way. Some mail programs cut long links.", "链接不完整，或在传送中被改动。有些邮件程序会截断长链接。";
    broken_do: "Copy the whole link from the message, or ask whoever runs Hearken for a new one.", "请从消息中复制完整链接，或向 Hearken 管理员索取新链接。";
    unknown: "This case is not here", "没有找到此个案";
    unknown_said: "It may have been erased at the customer's wish, or belong to another Hearken.", "可能已应客户要求删除，或属于另一套 Hearken。";
    stranger: "This link opens nothing any more", "此链接已失效";
    stranger_said: "Whom it was made for is no responder any more.", "该链接的所有者已不再是处理人。";
    unavailable: "Please try again in a moment", "请稍后再试";
    unavailable_said: "The database does not answer just now. Nothing is lost.", "数据库暂时没有响应，数据不会丢失。";
    unavailable_form: "What you wrote may not have been saved. Sending it again is safe: it counts once.", "您填写的内容可能尚未保存。可以放心重新发送，只会记录一次。";
    try_again: "Try again", "重试";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the blanks of a sentence.
    fn blanks(sentence: &str) -> Vec<&str> {
        let mut names: Vec<&str> =
            sentence.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn both_languages_say_it_with_the_same_blanks() {
        let han = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
        for (name, english, chinese) in ALL {
            assert_eq!(blanks(english), blanks(chinese), "{name}");
            let has_words = english.chars().any(char::is_alphabetic) && !matches!(*name, "of_hundred");
            assert!(!has_words || (han(chinese) && !han(english)), "{name}: {english}, {chinese}");
        }
    }
}
