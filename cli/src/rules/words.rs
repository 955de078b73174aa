//! Rules in words.

use std::fmt::Write;

use hearken_alert::rule::{Rule, RuleError, When};

/// The most characters of ClickHouse's words that stand in a line.
const WORDS_MAX: usize = 300;

/// Returns rules as a table.
pub(super) fn table<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> String {
    let mut out = format!("{:<36} {:<9} {:<16} {:<9} {}\n", "rule", "severity", "asked", "cooldown", "tells");
    for rule in rules {
        // Writing to a text does not fail.
        let _ = writeln!(
            out,
            "{:<36} {:<9} {:<16} {:<9} {}",
            rule.id,
            rule.severity.as_str(),
            asked(rule.when),
            length(rule.cooldown_ms),
            tells(rule)
        );
    }
    out
}

/// Returns a rule's head in words.
pub(super) fn head(rule: &Rule) -> String {
    let mut out = format!("{}: {} / {}\n", rule.id, rule.title.en, rule.title.zh);
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(out, "  {name:<10} {value}");
    };
    line("why", &rule.why.en);
    line("", &rule.why.zh);
    line("severity", rule.severity.as_str());
    line("asked", asked(rule.when).as_str());
    line("cooldown", &format!("one alert a subject in {}", length(rule.cooldown_ms)));
    line("tells", tells(rule));
    let parameters: Vec<String> = rule.parameters.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    line("parameters", if parameters.is_empty() { "none".to_owned() } else { parameters.join(", ") }.as_str());
    line("file", &format!("{} (version {})", rule.file, rule.version));
    out
}

fn asked(when: When) -> String {
    match when {
        When::Feedback => "on new feedback".to_owned(),
        When::Every(period_ms) => format!("every {}", length(period_ms)),
    }
}

fn tells(rule: &Rule) -> &'static str {
    match (rule.page, rule.urgent) {
        (true, true) => "at once, before everything else",
        (true, false) => "at once",
        (false, _) => "nobody; it opens a case",
    }
}

/// Returns a length of time in its largest whole unit.
pub(super) fn length(ms: i64) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let whole = units.into_iter().find(|(unit_ms, _)| ms % unit_ms == 0);
    whole.map_or_else(|| format!("{ms}ms"), |(unit_ms, unit)| format!("{}{unit}", ms / unit_ms))
}

/// Says where in a rule's file ClickHouse's refusal belongs, and what to do. `text` is the file's.
pub(super) fn refusal(rule: &Rule, text: &str, message: &str) -> RuleError {
    let first = text.find(&rule.body).map_or(rule.body_line, |at| text[..at].matches('\n').count() + 1);
    let said = said(message);
    let line = match place(message) {
        // The body begins in the fourth line of what is asked.
        Some(line) => first + line.saturating_sub(4).min(rule.body.lines().count().saturating_sub(1)),
        None => quoted(&said)
            .and_then(|name| rule.body.lines().position(|line| names(line, name)))
            .map_or(rule.body_line, |line| first + line),
    };
    let advice = match message.contains("UNKNOWN_") {
        true => "; docs/metrics.md names every view and its columns",
        false => "",
    };
    RuleError { file: rule.file.clone(), line, message: format!("ClickHouse refuses it: {said}{advice}") }
}

/// Returns the heart of ClickHouse's words: without the query that it repeats, and what it says of itself.
fn said(message: &str) -> String {
    let text = message.split_once("DB::Exception: ").map_or(message, |(_, text)| text);
    let text = text.split(" (version ").next().unwrap_or(text);
    let meant = text.find("Maybe you meant").map(|at| text[at..].split(". (").next().unwrap_or_default());
    let heart = [" in scope ", ". In scope ", ": While processing ", ". Expected one of"]
        .into_iter()
        .fold(text, |text, end| text.split(end).next().unwrap_or(text));
    // Its place is that of the query, and the file's line stands before it already.
    let heart = match heart.strip_prefix("Syntax error: failed at position ").and_then(|rest| rest.split_once("): ")) {
        Some((_, rest)) => format!("Syntax error at {rest}"),
        None => heart.to_owned(),
    };
    let heart = heart.split_whitespace().collect::<Vec<_>>().join(" ");
    // Its last word is the code's name.
    let heart = match heart.rsplit_once(" (") {
        Some((words, code))
            if code.ends_with(')') && code.chars().all(|c| c.is_ascii_uppercase() || "_)".contains(c)) =>
        {
            words
        }
        Some(_) | None => &heart,
    };
    let heart = heart.trim_end_matches('.');
    let heart: String = heart.chars().take(WORDS_MAX).collect();
    match meant.filter(|meant| !heart.contains(meant)) {
        Some(meant) => format!("{heart}. {meant}"),
        None => heart,
    }
}

/// Returns the line of the query that a syntax error names.
fn place(message: &str) -> Option<usize> {
    let (_, rest) = message.split_once("(line ")?;
    rest.split(',').next()?.parse().ok()
}

/// Returns the name that an error puts in quotes, or names as a function.
fn quoted(said: &str) -> Option<&str> {
    for quote in ['`', '\''] {
        let mut parts = said.split(quote);
        if let (Some(_), Some(name), Some(_)) = (parts.next(), parts.next(), parts.next()) {
            return Some(name.rsplit('.').next().unwrap_or(name));
        }
    }
    let (_, rest) =
        said.split_once("nknown table function ").or_else(|| said.split_once("nknown table expression identifier "))?;
    rest.split_whitespace().next().map(|name| name.trim_end_matches('.'))
}

/// Tells whether a line has this word.
fn names(line: &str, name: &str) -> bool {
    let of_word = |character: char| character.is_alphanumeric() || character == '_';
    !name.is_empty() && line.split(|character| !of_word(character)).any(|word| word == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "---\nid: r\ntitle: {en: A, zh: 甲}\nwhy: {en: A, zh: 甲}\nseverity: low\non: feedback\ncooldown: 36h\n---\n-- a comment\nSELECT\n    feedback_id,\n    \
                        nothere\nFROM news\n";

    fn rule() -> Rule {
        Rule::parse("r.sql", FILE).expect("a rule")
    }

    #[test]
    fn a_refusal_stands_at_its_line() {
        for (message, expected) in [
            (
                "Code: 47. DB::Exception: Unknown expression identifier `nothere` in scope SELECT feedback_id, nothere FROM news. \
                 Maybe you meant: ['other']. (UNKNOWN_IDENTIFIER) (version 26.7.2.1)",
                "r.sql:12: ClickHouse refuses it: Unknown expression identifier `nothere`. Maybe you meant: ['other']; docs/metrics.md",
            ),
            (
                "Code: 62. DB::Exception: Syntax error: failed at position 50 (news) (line 6, col 24): news x\ny. Expected one of: token. (SYNTAX_ERROR)",
                "r.sql:11: ClickHouse refuses it: Syntax error at news x y",
            ),
            (
                "Code: 241. DB::Exception: Memory limit exceeded",
                "r.sql:10: ClickHouse refuses it: Memory limit exceeded",
            ),
            (
                "Code: 46. DB::Exception: Function with name `nothere` does not exist. In scope SELECT nothere(1). (UNKNOWN_FUNCTION) (version 26.7)",
                "r.sql:12: ClickHouse refuses it: Function with name `nothere` does not exist; docs/metrics.md",
            ),
            (
                "Code: 46. DB::Exception: Unknown table function news. (UNKNOWN_FUNCTION) (version 26.7)",
                "r.sql:13: ClickHouse refuses it: Unknown table function news; docs/metrics.md",
            ),
            ("the network is down", "r.sql:10: ClickHouse refuses it: the network is down"),
        ] {
            let found = refusal(&rule(), FILE, message).to_string();
            assert!(found.starts_with(expected), "{found}");
        }
    }

    #[test]
    fn lengths_are_said_in_their_largest_whole_unit() {
        for (ms, expected) in
            [(604_800_000, "7d"), (129_600_000, "36h"), (600_000, "10m"), (15_000, "15s"), (1_500, "1500ms")]
        {
            assert_eq!(length(ms), expected);
        }
    }

    #[test]
    fn a_rule_is_told_in_words() {
        let rule = rule();
        let head = head(&rule);
        for words in ["r: A / 甲", "on new feedback", "one alert a subject in 36h", "at once", "r.sql (version "] {
            assert!(head.contains(words), "{words}: {head}");
        }
        assert!(table([&rule]).lines().nth(1).is_some_and(|line| line.starts_with("r ") && line.ends_with("at once")));
    }
}
