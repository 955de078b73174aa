//! Enrich as a service: the shell around [`crate::enricher`].

use std::sync::Arc;

use anyhow::Result;
use hearken_runtime::config::Reader;
use hearken_runtime::kafka::consumer::Work;
use hearken_runtime::outcome::{Message, Outcome};
use hearken_runtime::record::Record;
use hearken_runtime::service::{Service, Shell};
use hearken_runtime::stage::Transform;
use hearken_schemas::dead_letter::{Rejection, Stage};
use hearken_schemas::enrichment::Enriched;
use hearken_schemas::envelope::{self, Envelope};
use hearken_schemas::feedback::Feedback;
use hearken_schemas::topics;

use crate::enricher::{Enricher, EnricherError, Settings};
use crate::intents::IntentFile;
use crate::taxonomy::TaxonomyFile;

/// The service `hearken-enrich`.
pub struct Enrich(Enricher);

impl Service for Enrich {
    const NAME: &'static str = "enrich";
    const INPUTS: &'static [&'static str] = &[topics::NORMALIZED];
    const OUTPUTS: &'static [&'static str] = &[topics::ENRICHED, topics::DEAD_LETTERS];
    type Settings = Settings;

    fn settings(reader: &mut Reader) -> Settings {
        let default = Settings::default();
        let languages: Vec<&str> = default.languages.iter().map(String::as_str).collect();
        let languages = reader.list("enrich.languages", &languages);
        for code in &languages {
            if !default.languages.contains(code) {
                reader.error("enrich.languages", &EnricherError::UnknownLanguage { code: code.clone() }.to_string());
            }
        }
        if languages.is_empty() {
            reader.error("enrich.languages", &EnricherError::NoLanguage.to_string());
        }
        Settings {
            taxonomy: taxonomy(reader),
            intents: intents(reader),
            languages,
            keywords_max: reader.number("enrich.keywords_max", default.keywords_max as u64, 0..=64) as usize,
            language_confidence_min: reader.fraction(
                "enrich.language_confidence_min",
                default.language_confidence_min,
                0.0..=1.0,
            ),
        }
    }

    async fn start(settings: Settings, shell: Shell) -> Result<Arc<dyn Work>> {
        // Dictionaries and models are read and unpacked: some hundred milliseconds of one core.
        let enricher = tokio::task::spawn_blocking(move || Enricher::new(&settings)).await??;
        Ok(shell.transform(Self(enricher)))
    }
}

/// Reads the user's own taxonomy, where there is one; it is checked here, beside whatever else is wrong.
fn taxonomy(reader: &mut Reader) -> TaxonomyFile {
    let check =
        |name: &str, toml| TaxonomyFile { name: name.to_owned(), toml }.check().map_err(|error| error.to_string());
    own_file(reader, "enrich.taxonomy", check)
        .map_or_else(TaxonomyFile::default, |(name, toml)| TaxonomyFile { name, toml })
}

/// Reads the user's own rules for intents in the same way.
fn intents(reader: &mut Reader) -> IntentFile {
    let check =
        |name: &str, toml| IntentFile { name: name.to_owned(), toml }.check().map_err(|error| error.to_string());
    own_file(reader, "enrich.intents", check).map_or_else(IntentFile::default, |(name, toml)| IntentFile { name, toml })
}

/// Returns the path and the text of a rule file that the settings name, if they do; what is wrong with it is reported.
fn own_file(
    reader: &mut Reader,
    key: &str,
    check: impl Fn(&str, String) -> Result<(), String>,
) -> Option<(String, String)> {
    let path = reader.optional(key)?;
    let read = std::fs::read_to_string(&path)
        .map_err(|error| format!("{path} cannot be read: {error}; give the path of a rule file, or leave the key out"))
        .and_then(|toml| check(&path, toml.clone()).map(|()| toml));
    match read {
        Ok(toml) => Some((path, toml)),
        Err(error) => {
            reader.error(key, &error);
            None
        }
    }
}

impl Transform for Enrich {
    const STAGE: Stage = Stage::Enrich;

    fn apply(&self, record: &Record, now_ms: i64) -> Outcome {
        self.enriched(record, now_ms).map_or_else(Outcome::Reject, Outcome::Emit)
    }
}

impl Enrich {
    fn enriched(&self, record: &Record, now_ms: i64) -> Result<Message, Rejection> {
        envelope::check_type(&record.headers, topics::NORMALIZED)?;
        let origin = envelope::origin(&record.headers)?;
        let feedback: Feedback = envelope::parse(record.value.as_deref())?;
        let enrichment = self.0.enrich(&feedback);
        Ok(Message::of(Envelope {
            id: feedback.feedback_id.to_string(),
            source: "hearken/enrich",
            kind: topics::ENRICHED,
            time_ms: now_ms,
            origin,
            trace: envelope::text(&record.headers, envelope::header::TRACE).map(str::to_owned),
            data: Enriched { feedback, enrichment },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(toml: &str) -> Vec<String> {
        let mut reader = Reader::from_text(toml);
        Enrich::settings(&mut reader);
        reader.finish().map_or_else(|errors| errors.0, |()| Vec::new())
    }

    #[test]
    fn nothing_needs_to_be_given() {
        assert_eq!(errors(""), Vec::<String>::new());
    }

    #[test]
    fn a_bad_rule_file_is_refused_with_its_file_phrase_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.toml");
        let path = path.to_str().unwrap();
        let setting = format!("enrich.taxonomy = '{path}'");
        for (toml, expected) in [
            ("[price.level]\nneutral.en = [\"price\"]\n", None),
            (
                "[price.level]\nneutral.en = [\n\"price\",\n\"**\",\n]\n",
                Some("line 4: [price.level] has the phrase \"**\""),
            ),
            (
                "[price.level]\nneutral.zh = [\"價格\"]\nplain.zh = [\"价格\"]\n",
                Some("line 3: \"价格\" of [price.level] stands under [price.level], neutral,"),
            ),
        ] {
            std::fs::write(path, toml).unwrap();
            let expected: Vec<String> =
                expected.iter().map(|said| format!("enrich.taxonomy: {path}, {said}")).collect();
            let found = errors(&setting);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            assert!(found.iter().zip(&expected).all(|(found, said)| found.starts_with(said)), "{found:?}");
        }
        std::fs::write(path, "[price.level").unwrap();
        let broken = errors(&setting);
        assert!(broken[0].contains(path) && broken[0].contains("line 1"), "{broken:?}");
        std::fs::write(path, "[intent.churn]\nsure.en = [\n\"leave\",\n\"…\",\n]\n").unwrap();
        let intents = errors(&format!("enrich.intents = '{path}'"));
        let said = format!("enrich.intents: {path}, line 4: [intent.churn] has the phrase \"…\"");
        assert!(intents[0].starts_with(&said), "{intents:?}");
        let missing = errors("enrich.taxonomy = '/no/such/taxonomy.toml'");
        assert!(missing[0].contains("/no/such/taxonomy.toml cannot be read"), "{missing:?}");
    }
}
