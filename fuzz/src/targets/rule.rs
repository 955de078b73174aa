//! Alert rules: a YAML head and one SELECT, and the fixtures they are tested with.

use hearken_alert::rule::Rule;
use hearken_alert::rule::fixture::Fixture;

use super::text;

/// Promises: a rule is read, or refused with lines that the file has and words for each.
pub fn run(bytes: &[u8]) {
    let text = text(bytes);
    // A fault at the end of the file is told of the line behind it.
    let lines = text.lines().count() + 1;
    if let Err(errors) = Rule::parse("rule.sql", &text) {
        assert!(!errors.is_empty(), "a refused rule says why");
        for error in errors {
            assert!((1..=lines).contains(&error.line), "line {} of {lines}: {error}", error.line);
            assert!(!error.message.trim().is_empty(), "line {} has no words", error.line);
        }
    }
    match Fixture::parse("rule.yaml", &text) {
        Ok(fixture) => {
            for scenario in &fixture.scenarios {
                let _ = fixture.prepare(scenario);
            }
        }
        Err(error) => assert!((1..=lines).contains(&error.line), "line {} of {lines}: {error}", error.line),
    }
}
