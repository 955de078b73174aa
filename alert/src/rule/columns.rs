//! What a rule's answer may be made of: the columns of a hit.

/// A column that ClickHouse says an answer has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in ClickHouse's words.
    pub kind: String,
}

/// The kinds of value that a hit's columns have.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Id,
    Place,
    Text,
    Moment,
    Detail,
}

/// Every column that a hit may have.
const KNOWN: [(&str, Kind); 10] = [
    ("feedback_id", Kind::Id),
    ("span_start", Kind::Place),
    ("span_end", Kind::Place),
    ("detail", Kind::Detail),
    ("subject_kind", Kind::Text),
    ("subject", Kind::Text),
    ("occurred_at", Kind::Moment),
    ("brand", Kind::Text),
    ("topic", Kind::Text),
    ("product_id", Kind::Text),
];

/// Columns that mean something together alone.
const PAIRS: [(&str, &str); 2] = [("span_start", "span_end"), ("subject_kind", "subject")];

/// Returns what is wrong with an answer's columns, and what to do: nothing where each is one that a hit has, of its type.
pub fn wrong(columns: &[Column]) -> Vec<String> {
    let has = |name: &str| columns.iter().any(|column| column.name == name);
    let mut wrong = Vec::new();
    if !has("feedback_id") {
        wrong.push(
            "feedback_id is missing: return the feedback that decided, or CAST(NULL, 'Nullable(UUID)') where none did"
                .to_owned(),
        );
    }
    for Column { name, kind } in columns {
        match KNOWN.iter().find(|(known, _)| known == name) {
            Some((_, expected)) if expected.takes(kind) => {}
            Some((_, expected)) => wrong.push(format!("column {name} is {kind}: expected {}", expected.words())),
            None => wrong.push(format!(
                "column {name} is no column of a hit: leave it out, or put it into detail, such as map('{name}', toString({name}))"
            )),
        }
    }
    for (one, other) in PAIRS {
        for (one, other) in [(one, other), (other, one)] {
            if has(one) && !has(other) {
                wrong.push(format!("column {one} means nothing without {other}: return both or none"));
            }
        }
    }
    wrong
}

impl Kind {
    fn takes(self, kind: &str) -> bool {
        let bare = bare(kind);
        match self {
            Self::Id => bare == "UUID",
            Self::Place => matches!(bare.as_str(), "UInt8" | "UInt16" | "UInt32"),
            Self::Text => is_text(&bare),
            // Without a zone it would be written in the server's.
            Self::Moment => bare.starts_with("DateTime") && bare.ends_with("'UTC')"),
            Self::Detail => {
                let inner = bare.strip_prefix("Map(").and_then(|rest| rest.strip_suffix(')'));
                inner
                    .and_then(|inner| inner.split_once(", "))
                    .is_some_and(|(key, value)| is_text(key) && is_text(value))
            }
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Id => "UUID or Nullable(UUID)",
            Self::Place => "UInt32, as in toUInt32(…)",
            Self::Text => "String, as in toString(…)",
            Self::Moment => "DateTime64(3, 'UTC'), as in toDateTime64(…, 3, 'UTC')",
            Self::Detail => "Map(String, String), as in map('count', toString(…))",
        }
    }
}

fn is_text(kind: &str) -> bool {
    kind == "String" || kind.starts_with("FixedString(") || kind.starts_with("Enum8(") || kind.starts_with("Enum16(")
}

/// Returns a type without what changes its storage, and not what is written: `LowCardinality`, and `Nullable` of the whole.
fn bare(kind: &str) -> String {
    let mut bare = kind
        .replace("LowCardinality(String)", "String")
        .replace("LowCardinality(Nullable(String))", "Nullable(String)");
    for wrapper in ["LowCardinality(", "Nullable("] {
        if let Some(inner) = bare.strip_prefix(wrapper).and_then(|rest| rest.strip_suffix(')')) {
            bare = inner.to_owned();
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares what is wrong with columns written as `name type; name type`.
    fn check(columns: &str, expected: &[&str]) {
        let columns: Vec<Column> = columns
            .split("; ")
            .filter_map(|column| column.split_once(' '))
            .map(|(name, kind)| Column { name: name.to_owned(), kind: kind.to_owned() })
            .collect();
        let found = wrong(&columns);
        assert_eq!(found.len(), expected.len(), "{columns:?}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{columns:?}: {found:?}");
        }
    }

    #[test]
    fn a_hit_has_these_columns_and_no_others() {
        check("feedback_id UUID", &[]);
        check("feedback_id Nullable(UUID); span_start UInt32; span_end UInt8", &[]);
        check("feedback_id UUID; detail Map(String, LowCardinality(String))", &[]);
        check("feedback_id UUID; detail Map(LowCardinality(String), String)", &[]);
        check("feedback_id UUID; brand LowCardinality(Nullable(String)); topic FixedString(3)", &[]);
        check("feedback_id UUID; occurred_at DateTime('UTC')", &[]);
        check("feedback_id UUID; occurred_at Nullable(DateTime64(3, 'UTC'))", &[]);
        check("feedback_id UUID; occurred_at DateTime64(3)", &["expected DateTime64(3, 'UTC')"]);
        check("feedback_id String", &["expected UUID or Nullable(UUID)"]);
        check("span_start UInt32; span_end UInt32", &["feedback_id is missing"]);
        check("feedback_id UUID; span_start Int64; span_end Float32", &["expected UInt32", "expected UInt32"]);
        check("feedback_id UUID; span_start UInt32", &["span_start means nothing without span_end"]);
        check("feedback_id UUID; subject String", &["subject means nothing without subject_kind"]);
        check("feedback_id UUID; detail Map(String, Nullable(String))", &["expected Map(String, String)"]);
        check("feedback_id UUID; detail Map(String, UInt64)", &["expected Map(String, String)"]);
        check("feedback_id UUID; score Float32", &["map('score', toString(score))"]);
    }
}
