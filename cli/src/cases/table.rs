//! Answers as text, a hundred columns wide at most.

use std::fmt::Write;

use jiff::Timestamp;
use serde_json::Value;

/// How wide a line may be.
const COLUMNS: usize = 100;

/// Returns the cases of a list, a line each.
pub(super) fn list(answer: &Value, now: Timestamp) -> String {
    let cases = answer["cases"].as_array().map(Vec::as_slice).unwrap_or_default();
    if cases.is_empty() {
        return "no case is like that\n".to_owned();
    }
    let mut out = row(&["case", "state", "severity", "due (UTC)", "risk", "owner", "rule"]);
    for case in cases {
        let due = format!("{}{}", when(&case["due_at"]), if is_late(case, now) { " late" } else { "" });
        let risk = case["risk"].as_f64().map_or("-".to_owned(), |risk| format!("{risk:.0}"));
        let [id, state, severity, owner, rule] =
            ["case_id", "state", "severity", "owner", "rule"].map(|name| text(&case[name]));
        out.push_str(&row(&[&id, &state, &severity, &due, &risk, &owner, &rule]));
    }
    if !answer["next"].is_null() {
        out.push_str("there are more; narrow it down, or raise --limit\n");
    }
    out
}

/// Returns a case with all that is known of it.
pub(super) fn one(answer: &Value) -> String {
    let case = &answer["case"];
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            // Writing to a text does not fail.
            let _ = writeln!(out, "{:<12} {}", name, short(&value, COLUMNS - 13));
        }
    };
    line("case", text(&case["case_id"]));
    line("state", text(&case["state"]));
    line("owner", format!("{} ({})", text(&case["owner"]), text(&case["department"])));
    line("severity", format!("{}{}", text(&case["severity"]), if case["urgent"] == true { ", urgent" } else { "" }));
    line("about", format!("{} {}", text(&case["subject_kind"]), text(&case["subject"])));
    let risk = case["risk"].as_f64().map_or(String::new(), |risk| format!(", risk {risk:.0}"));
    line("customer", format!("{}{risk}", text(&case["tier"])));
    for name in ["rule", "brand", "product_id", "store_id", "touchpoint", "topic"] {
        line(name, text(&case[name]));
    }
    line("said", when(&case["occurred_at"]));
    line("promised", when(&case["customer_due_at"]));
    line("due", when(&case["due_at"]));
    line("answered", when(&case["first_response_at"]));
    line("cost", format!("{} {}", text(&case["cost"]), text(&case["cost_currency"])).trim().to_owned());
    line("words", text(&answer["words"]["quote"]));
    for event in answer["events"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let _ = writeln!(out, "{}", short(&happened(event), COLUMNS));
    }
    out
}

/// Returns what an act led to.
pub(super) fn acted(answer: &Value) -> String {
    let (case, event) = (&answer["case"], &answer["event"]);
    let again = if answer["is_repeat"] == true { " (it was written down already)" } else { "" };
    let [kind, id, state, owner] = [&event["kind"], &case["case_id"], &case["state"], &case["owner"]].map(text);
    format!("{kind}{again}: case {id} is {state}, owner {owner}\n")
}

fn happened(event: &Value) -> String {
    let mut line = format!("{}  {} by {}", when(&event["at"]), text(&event["kind"]), text(&event["actor"]));
    let money = format!("{} {}", text(&event["amount"]), text(&event["currency"]));
    for part in [text(&event["owner"]), money.trim().to_owned(), text(&event["note"])] {
        if !part.is_empty() {
            let _ = write!(line, ", {part}");
        }
    }
    line
}

fn is_late(case: &Value, now: Timestamp) -> bool {
    let due = case["due_at"].as_str().and_then(|due| due.parse::<Timestamp>().ok());
    case["is_open"] == true && case["first_response_at"].is_null() && due.is_some_and(|due| due < now)
}

/// An id has 36 characters; what is left is for the rest.
fn row(cells: &[&str; 7]) -> String {
    let widths = [36, 12, 8, 16, 4, 10, 8];
    let cells = cells.iter().zip(widths).map(|(cell, width)| padded(&short(cell, width), width));
    let line = cells.collect::<Vec<_>>().join(" ");
    format!("{}\n", line.trim_end())
}

/// Chinese characters take two columns.
fn width(text: &str) -> usize {
    text.chars().map(|character| if u32::from(character) >= 0x1100 { 2 } else { 1 }).sum()
}

fn padded(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// Cuts what is too wide, in one line and without what a terminal would obey.
fn short(text: &str, columns: usize) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if width(&plain) <= columns {
        return plain;
    }
    let mut kept = String::new();
    for character in plain.chars() {
        if width(&kept) + width(&character.to_string()) >= columns {
            break;
        }
        kept.push(character);
    }
    format!("{kept}…")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn when(value: &Value) -> String {
    let at = value.as_str().and_then(|at| at.parse::<Timestamp>().ok());
    at.map(|at| at.strftime("%m-%d %H:%M").to_string()).unwrap_or_default()
}
