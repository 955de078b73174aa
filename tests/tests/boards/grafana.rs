//! Boards as they are written, and what Grafana makes of a panel's SQL before ClickHouse sees it.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// A board's file.
pub(crate) struct Board {
    /// The file's name without `.json`.
    pub(crate) name: String,
    /// Grafana's own model of it.
    pub(crate) model: Value,
}

/// A question of a board: a panel's, or a variable's.
pub(crate) struct Question<'a> {
    /// Where it stands, for whoever reads a failure.
    pub(crate) at: String,
    pub(crate) sql: &'a str,
    /// The panel; of a variable none.
    pub(crate) panel: Option<&'a Value>,
}

/// What the reader looks at.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    /// The end of the window, in seconds since 1970.
    pub(crate) until_s: i64,
    /// The values chosen in every variable; none is "All".
    pub(crate) chosen: &'a [&'a str],
}

impl Board {
    /// Reads every board.
    pub(crate) fn all() -> Vec<Self> {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/grafana/dashboards");
        let mut files: Vec<_> = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let read = |path: &Path| Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            model: serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap(),
        };
        files.iter().map(|path| read(path)).collect()
    }

    pub(crate) fn panels(&self) -> impl Iterator<Item = &Value> {
        self.model["panels"].as_array().unwrap().iter()
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Value> {
        self.model["templating"]["list"].as_array().unwrap().iter()
    }

    /// Returns everything the board asks.
    pub(crate) fn questions(&self) -> Vec<Question<'_>> {
        let variables = self.variables().map(|variable| Question {
            at: format!("{}: variable {}", self.name, text(&variable["name"])),
            sql: text(&variable["query"]),
            panel: None,
        });
        let asking = self.panels().filter(|panel| panel["type"] != "text");
        let panels = asking.map(|panel| Question {
            at: format!("{}: {}", self.name, text(&panel["title"])),
            sql: text(&panel["targets"][0]["rawSql"]),
            panel: Some(panel),
        });
        variables.chain(panels).collect()
    }

    /// Returns how long the window is when the board is opened.
    fn window_s(&self) -> i64 {
        let since = text(&self.model["time"]["from"]).strip_prefix("now-").unwrap();
        let (count, unit) = since.split_at(since.len() - 1);
        count.parse::<i64>().unwrap()
            * match unit {
                "d" => 86_400,
                "h" => 3_600,
                _ => panic!("{}: {since}", self.name),
            }
    }

    /// Expands a question as Grafana does, variables first, then what the ClickHouse data source calls macros.
    pub(crate) fn expanded(&self, sql: &str, reader: Reader<'_>) -> String {
        let (from_s, until_s) = (reader.until_s - self.window_s(), reader.until_s);
        let filled = replaced(sql, "${", "}", |inside| match inside.split_once(':') {
            Some(("__from", "date:seconds")) => from_s.to_string(),
            Some(("__to", "date:seconds")) => until_s.to_string(),
            Some((name, "percentencode")) if self.variables().any(|variable| variable["name"] == name) => {
                percent_encoded(reader.chosen)
            }
            _ => panic!("{}: ${{{inside}}} is no variable in a form that no value can break out of", self.name),
        });
        let filled = replaced(&filled, "$__timeFilter(", ")", |column| {
            format!("{column} >= toDateTime({from_s}) AND {column} <= toDateTime({until_s})")
        });
        let filled = replaced(&filled, "$__timeInterval(", ")", |column| {
            format!("toStartOfInterval(toDateTime({column}), INTERVAL 600 second)")
        });
        // A $ of our own stands in quotes by itself.
        assert!(!filled.replace("'$'", "").contains('$'), "{}: a macro nobody expands: {filled}", self.name);
        filled
    }
}

/// Grafana's `percentencode`: what a URL may not hold is %XX; several values, or one of several, are {in,braces}.
pub(crate) fn percent_encoded(chosen: &[&str]) -> String {
    if chosen.is_empty() {
        return "all".to_owned();
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let joined = format!("{{{}}}", chosen.join(","));
    joined.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Replaces what stands between `begin` and the next `end`, both included.
fn replaced(text: &str, begin: &str, end: &str, with: impl Fn(&str) -> String) -> String {
    let mut parts = text.split(begin);
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let (inside, rest) = part.split_once(end).unwrap_or_else(|| panic!("{begin} without {end}: {text}"));
        whole.push_str(&with(inside));
        whole.push_str(rest);
    }
    whole
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}
