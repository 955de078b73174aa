//! Configuration: a TOML file, the environment over it, every error at once.
//!
//! A key such as `kafka.brokers` is read from the variable `HEARKEN_KAFKA__BROKERS` first (two underscores for the dot),
//! then from the file. Keys that nothing asks for are errors; in the environment, which services may share, only in sections
//! that the service reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;
use std::path::Path;
use std::str::FromStr;

use hearken_schemas::unquoted::unquoted;
use toml::Value;

/// The environment's prefix; only names with a `__` belong to a configuration.
const PREFIX: &str = "HEARKEN_";

/// Reads keys one by one and remembers everything that is wrong.
#[derive(Debug, Default)]
pub struct Reader {
    file: BTreeMap<String, Value>,
    environment: BTreeMap<String, String>,
    asked: BTreeSet<String>,
    errors: Vec<String>,
}

/// Everything that is wrong with a configuration, a line an error.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigErrors(pub Vec<String>);

/// A value that is never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Returns the value, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl Reader {
    /// Takes the file, where there is one, and the environment.
    pub fn load(path: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Self {
        let mut reader = Self {
            environment: environment.filter(|(name, _)| name.starts_with(PREFIX) && name.contains("__")).collect(),
            ..Self::default()
        };
        let Some(path) = path else { return reader };
        match std::fs::read_to_string(path).map_err(|error| error.to_string()).and_then(|text| parse(&text)) {
            Ok(file) => reader.file = file,
            Err(error) => reader.errors.push(format!("{}: {error}", path.display())),
        }
        reader
    }

    /// Takes the file's text alone.
    pub fn from_text(text: &str) -> Self {
        match parse(text) {
            Ok(file) => Self { file, ..Self::default() },
            Err(error) => Self { errors: vec![error], ..Self::default() },
        }
    }

    /// Returns a required text.
    pub fn text(&mut self, key: &str) -> String {
        self.optional(key).unwrap_or_else(|| {
            self.errors.push(format!("{key}: is required (or set {})", variable(key)));
            String::new()
        })
    }

    /// Returns a text with a default.
    pub fn text_or(&mut self, key: &str, default: &str) -> String {
        self.optional(key).unwrap_or_else(|| default.to_owned())
    }

    /// Returns a text where one is given; an empty one is none.
    pub fn optional(&mut self, key: &str) -> Option<String> {
        let text = match self.take(key)? {
            Given::Variable(text) => text,
            Given::File(Value::String(text)) => text,
            Given::File(other) => {
                self.errors.push(format!("{key}: expected a text, found {}", other.type_str()));
                return None;
            }
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// Returns a text that is never printed: itself, or what stands in the file that `KEY_file` names, without its last line
    /// break.
    pub fn secret(&mut self, key: &str) -> Secret {
        let file = format!("{key}_file");
        let (text, path) = (self.optional(key), self.optional(&file));
        let Some(path) = path else { return Secret(text.unwrap_or_default()) };
        if text.is_some() {
            self.error(&file, &format!("{key} is given too: take one of them away"));
        }
        match std::fs::read_to_string(&path) {
            Err(error) => self.error(&file, &format!("{path}: {error}")),
            Ok(content) => match content.strip_suffix('\n').map_or(&*content, |line| line.trim_end_matches('\r')) {
                "" => self.error(&file, &format!("{path}: is empty")),
                secret => return Secret(secret.to_owned()),
            },
        }
        Secret::default()
    }

    /// Returns a whole number within bounds.
    pub fn number(&mut self, key: &str, default: u64, bounds: RangeInclusive<u64>) -> u64 {
        let number = match self.take(key) {
            None => return default,
            Some(Given::Variable(text)) => u64::from_str(&text).ok(),
            Some(Given::File(value)) => value.as_integer().and_then(|number| u64::try_from(number).ok()),
        };
        let within = number.filter(|number| bounds.contains(number));
        within.unwrap_or_else(|| {
            let (low, high) = bounds.into_inner();
            self.errors.push(format!("{key}: expected a whole number from {low} to {high}"));
            default
        })
    }

    /// Returns a fraction within bounds.
    pub fn fraction(&mut self, key: &str, default: f64, bounds: RangeInclusive<f64>) -> f64 {
        let number = match self.take(key) {
            None => return default,
            Some(Given::Variable(text)) => f64::from_str(&text).ok(),
            Some(Given::File(value)) => value.as_float().or_else(|| value.as_integer().map(|number| number as f64)),
        };
        number.filter(|number| bounds.contains(number)).unwrap_or_else(|| {
            self.errors.push(format!("{key}: expected a number from {} to {}", bounds.start(), bounds.end()));
            default
        })
    }

    /// Returns a list of texts; in the environment it is separated by commas.
    pub fn list(&mut self, key: &str, default: &[&str]) -> Vec<String> {
        let texts = match self.take(key) {
            None => return default.iter().map(|&text| text.to_owned()).collect(),
            Some(Given::Variable(text)) => Some(text.split(',').map(|text| text.trim().to_owned()).collect()),
            Some(Given::File(value)) => value.as_array().and_then(|array| {
                array.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
            }),
        };
        texts.unwrap_or_else(|| {
            self.errors.push(format!("{key}: expected a list of texts"));
            Vec::new()
        })
    }

    /// Adds an error that a settings type found itself.
    pub fn error(&mut self, key: &str, message: &str) {
        self.errors.push(format!("{key}: {message}"));
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// Everything that was wrong, keys nobody asked for included, each named.
    pub fn finish(mut self) -> Result<(), ConfigErrors> {
        self.name_unknown();
        self.finish_part()
    }

    /// Ends the reading of a few keys of a configuration that is not this program's alone.
    ///
    /// # Errors
    /// What was wrong with those that were read.
    pub fn finish_part(self) -> Result<(), ConfigErrors> {
        if self.errors.is_empty() { Ok(()) } else { Err(ConfigErrors(self.errors)) }
    }

    fn name_unknown(&mut self) {
        let variables: BTreeSet<String> = self.asked.iter().map(|key| variable(key)).collect();
        let keys = self.file.keys().filter(|key| !self.asked.contains(*key)).map(|key| format!("{key}: unknown key"));
        let sections: BTreeSet<&str> = variables.iter().filter_map(|name| section(name)).collect();
        let own = |name: &&String| section(name).is_some_and(|section| sections.contains(section));
        let names = self.environment.keys().filter(|name| !variables.contains(*name)).filter(own);
        let unknown: Vec<String> = keys.chain(names.map(|name| format!("{name}: unknown variable"))).collect();
        self.errors.extend(unknown);
    }

    fn take(&mut self, key: &str) -> Option<Given> {
        self.asked.insert(key.to_owned());
        if let Some(text) = self.environment.get(&variable(key)) {
            return Some(Given::Variable(text.clone()));
        }
        self.file.get(key).cloned().map(Given::File)
    }
}

enum Given {
    Variable(String),
    File(Value),
}

fn section(variable: &str) -> Option<&str> {
    variable.split_once("__").map(|(section, _)| section)
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// Flattens the tables of a TOML file into dotted keys.
fn parse(text: &str) -> Result<BTreeMap<String, Value>, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| unquoted(text, &error))?;
    let mut flat = BTreeMap::new();
    let mut open: Vec<(String, Value)> = table.into_iter().collect();
    while let Some((key, value)) = open.pop() {
        if let Value::Table(table) = value {
            open.extend(table.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)));
        } else {
            flat.insert(key, value);
        }
    }
    Ok(flat)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect::<Vec<_>>().into_iter()
    }

    #[test]
    fn the_environment_goes_over_the_file_and_defaults_fill_the_rest() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sink.toml");
        std::fs::write(&path, "[kafka]\nbrokers = \"a:1\"\n[sink]\nrows_max = 10\nshare = 1\n").unwrap();
        let mut reader = Reader::load(Some(&path), env(&[("HEARKEN_KAFKA__BROKERS", "b:2"), ("HEARKEN_DATA", "x")]));
        assert_eq!(reader.text("kafka.brokers"), "b:2");
        assert_eq!(reader.number("sink.rows_max", 5, 1..=100), 10);
        assert_eq!(reader.number("sink.bytes_max", 5, 1..=100), 5);
        assert_eq!(reader.fraction("sink.share", 0.5, 0.0..=1.0), 1.0);
        assert_eq!(reader.list("sink.names", &["a"]), ["a"]);
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn every_error_is_reported_at_once_and_named_by_key() {
        let text = "typo = 1\n[kafka]\ngroup = 7\n[sink]\nrows_max = 0\nage_ms = \"fast\"\n";
        let mut reader =
            Reader { environment: env(&[("HEARKEN_SINK__TYPO", "1")]).collect(), ..Reader::from_text(text) };
        reader.text("kafka.brokers");
        reader.text_or("kafka.group", "g");
        reader.number("sink.rows_max", 5, 1..=100);
        reader.number("sink.age_ms", 5, 1..=100);
        let errors = reader.finish().unwrap_err().0;
        assert_eq!(
            errors,
            [
                "kafka.brokers: is required (or set HEARKEN_KAFKA__BROKERS)",
                "kafka.group: expected a text, found integer",
                "sink.rows_max: expected a whole number from 1 to 100",
                "sink.age_ms: expected a whole number from 1 to 100",
                "typo: unknown key",
                "HEARKEN_SINK__TYPO: unknown variable",
            ]
        );
    }

    #[test]
    fn services_may_share_an_environment() {
        let mut reader =
            Reader::load(None, env(&[("HEARKEN_KAFKA__BROKERS", "a:1"), ("HEARKEN_CLICKHOUSE__URL", "http://c")]));
        reader.text("kafka.brokers");
        assert_eq!(reader.finish(), Ok(()), "another service's section is not this one's concern");
    }

    #[test]
    fn a_file_that_is_no_toml_or_not_there_is_one_of_the_errors() {
        assert!(Reader::from_text("= 1").finish().is_err());
        assert!(Reader::load(Some(Path::new("/nowhere/x.toml")), env(&[])).finish().is_err());
    }

    #[test]
    fn secrets_are_never_printed() {
        let mut reader = Reader::from_text("[clickhouse]\npassword = \"hunter2\"\n");
        let secret = reader.secret("clickhouse.password");
        assert_eq!(secret.expose(), "hunter2");
        assert_eq!(format!("{secret:?}"), "[secret]");
    }

    #[test]
    fn a_line_that_cannot_be_read_is_not_quoted() {
        for text in [
            "[clickhouse]\npassword = \"hunter2\n",
            "[clickhouse]\npassword = hunter2\n",
            "a = 1\npassword = hunter2 5",
        ] {
            let errors = Reader::from_text(text).finish().unwrap_err().to_string();
            assert!(errors.starts_with("line 2: ") && !errors.contains("hunter2"), "{text}: {errors}");
        }
    }

    #[test]
    fn a_secret_may_stand_in_a_file_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str, content: &str| {
            let path = directory.path().join(name);
            std::fs::write(&path, content).unwrap();
            path.display().to_string()
        };
        for (content, expected) in
            [("s", Ok("s")), ("s\n", Ok("s")), ("s\r\n", Ok("s")), (" s \n\n", Ok(" s \n")), ("\n", Err("is empty"))]
        {
            let mut reader = Reader::load(None, env(&[("HEARKEN_KAFKA__PASSWORD_FILE", &file("secret", content))]));
            let secret = reader.secret("kafka.password");
            let read = reader.finish().map(|()| secret.expose().to_owned()).map_err(|errors| errors.to_string());
            match expected {
                Ok(expected) => assert_eq!(read.as_deref(), Ok(expected), "{content:?}"),
                Err(expected) => {
                    assert!(read.clone().is_err_and(|error| error.ends_with(expected)), "{content:?}: {read:?}")
                }
            }
        }
        let twice = [("HEARKEN_KAFKA__PASSWORD_FILE", &*file("secret", "s")), ("HEARKEN_KAFKA__PASSWORD", "t")];
        for (variables, expected) in [
            (&twice[..], "kafka.password_file: kafka.password is given too: take one of them away"),
            (&[("HEARKEN_KAFKA__PASSWORD_FILE", "/nowhere/x")], "kafka.password_file: /nowhere/x: No such file"),
            (&[("HEARKEN_KAFKA__GROUP_FILE", "/nowhere/x")], "HEARKEN_KAFKA__GROUP_FILE: unknown variable"),
        ] {
            let mut reader = Reader::load(None, env(variables));
            reader.secret("kafka.password");
            let errors = reader.finish().unwrap_err().to_string();
            assert!(errors.starts_with(expected) && !errors.contains('\n'), "{errors}");
        }
    }
}
