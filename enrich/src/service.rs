//! Enrich as a service: the shell around [`crate::enricher`].

use std::fmt::Display;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use hearken_runtime::config::Reader;
use hearken_runtime::failpoint;
use hearken_runtime::kafka::consumer::Work;
use hearken_runtime::outcome::{Message, Outcome};
use hearken_runtime::record::Record;
use hearken_runtime::service::{Service, Shell};
use hearken_runtime::stage::Transform;
use hearken_schemas::dead_letter::{Rejection, Stage};
use hearken_schemas::enrichment::{Enriched, Enrichment};
use hearken_schemas::envelope::{self, Envelope};
use hearken_schemas::feedback::Feedback;
use hearken_schemas::topics;

use crate::enricher::{Enricher, EnricherError, Settings};
use crate::intents::IntentFile;
use crate::model::{ModelFile, Models};
use crate::origin::OriginFile;
use crate::taxonomy::TaxonomyFile;
use crate::terms::TermsFile;

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
            taxonomy: own_file(
                reader,
                "enrich.taxonomy",
                |name, toml| TaxonomyFile { name, toml },
                TaxonomyFile::check,
            ),
            intents: own_file(reader, "enrich.intents", |name, toml| IntentFile { name, toml }, IntentFile::check),
            origin: own_file(reader, "enrich.origin", |name, toml| OriginFile { name, toml }, OriginFile::check),
            terms: own_file(reader, "enrich.terms", |name, toml| TermsFile { name, toml }, TermsFile::check),
            models: models(reader),
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

/// Makes what the enricher is given of the file that a setting names, or what ships where it names none; what is wrong with the file
/// is said here, beside whatever else is wrong.
fn own_file<F: Default, E: Display>(
    reader: &mut Reader,
    key: &str,
    file: impl Fn(String, String) -> F,
    check: impl Fn(&F) -> Result<(), E>,
) -> F {
    let Some(path) = reader.optional(key) else { return F::default() };
    match std::fs::read_to_string(&path) {
        Ok(toml) => {
            let file = file(path, toml);
            if let Err(error) = check(&file) {
                reader.error(key, &error.to_string());
            }
            file
        }
        Err(error) => {
            let what_to_do = "give the path of a file of rules, or leave the key out";
            reader.error(key, &format!("{path} cannot be read: {error}; {what_to_do}"));
            F::default()
        }
    }
}

/// Reads the user's own models of feelings.
fn models(reader: &mut Reader) -> Vec<ModelFile> {
    const KEY: &str = "enrich.models";
    let Some(folder) = reader.optional(KEY) else { return Vec::new() };
    let files = match read_models(Path::new(&folder)) {
        Ok(files) if !files.is_empty() => files,
        Ok(_) => {
            reader.error(KEY, &format!("{folder} holds no .model file; train one with `hearken train sentiment`"));
            return Vec::new();
        }
        Err(error) => {
            reader.error(
                KEY,
                &format!("{folder} cannot be read: {error}; give a folder of models, or leave the key out"),
            );
            return Vec::new();
        }
    };
    if let Err((name, error)) = Models::new(&files) {
        reader.error(KEY, &format!("{name} {error}"));
    }
    files
}

/// Reads every `.model` of a folder, in the order of their names.
pub fn read_models(folder: &Path) -> std::io::Result<Vec<ModelFile>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "model") {
            files.push(ModelFile { name: path.display().to_string(), bytes: std::fs::read(&path)? });
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(files)
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
        let enrichment = if failpoint::armed("enrich.older") { older(enrichment) } else { enrichment };
        let mut message = Message::of(Envelope {
            id: feedback.feedback_id.to_string(),
            source: "hearken/enrich",
            kind: topics::ENRICHED,
            time_ms: now_ms,
            origin,
            trace: envelope::text(&record.headers, envelope::header::TRACE).map(str::to_owned),
            data: Enriched { feedback, enrichment },
        });
        if let Some(sum) = envelope::text(&record.headers, envelope::header::CONTENT) {
            envelope::put(&mut message.headers, envelope::header::CONTENT, sum);
        }
        Ok(message)
    }
}

/// What an earlier release could have found, which knew less: for tests that enrich history again.
fn older(enrichment: Enrichment) -> Enrichment {
    let enricher_version = enrichment.enricher_version - 1;
    Enrichment { enricher_version, sentiment: None, keywords: Vec::new(), ..enrichment }
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
        std::fs::write(path, "[automated]\nstrong.en = [\n\"!\"]").unwrap();
        let origin = errors(&format!("enrich.origin = '{path}'"));
        assert!(
            origin[0].starts_with(&format!("enrich.origin: {path}, line 3: [automated] has the phrase")),
            "{origin:?}"
        );
        let missing = errors("enrich.origin = '/no/such/origin.toml'");
        assert!(missing[0].starts_with("enrich.origin: /no/such/origin.toml cannot be read"), "{missing:?}");
        std::fs::write(path, "[intent.churn]\nsure.en = [\n\"leave\",\n\"…\",\n]\n").unwrap();
        let intents = errors(&format!("enrich.intents = '{path}'"));
        let said = format!("enrich.intents: {path}, line 4: [intent.churn] has the phrase \"…\"");
        assert!(intents[0].starts_with(&said), "{intents:?}");
        let missing = errors("enrich.taxonomy = '/no/such/taxonomy.toml'");
        assert!(missing[0].contains("/no/such/taxonomy.toml cannot be read"), "{missing:?}");
    }

    #[test]
    fn bad_terms_are_refused_with_their_file_line_and_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terms.toml");
        let path = path.to_str().unwrap();
        let setting = format!("enrich.terms = '{path}'");
        for (toml, expected) in [
            ("[[term]]\nname = \"Galaxy Club\"\nsynonyms = [\"银河会员\"]\n", None),
            ("[[term]]\nname = \"!\"\n", Some("line 2: \"!\" cannot be a term; it needs a letter")),
            (
                "[[term]]\nname = \"Club\"\n[[term]]\nname = \"Card\"\nsynonyms = [\n\"club\"]\n",
                Some("line 6: \"club\" belongs to \"Club\" already; leave it with one"),
            ),
            ("[[term]]\nname = \"Club\"\nalias = [\"x\"]\n", Some("line 3: unknown field `alias`")),
        ] {
            std::fs::write(path, toml).unwrap();
            let expected: Vec<String> = expected.iter().map(|said| format!("enrich.terms: {path}, {said}")).collect();
            let found = errors(&setting);
            assert_eq!(found.len(), expected.len(), "{found:?}");
            assert!(found.iter().zip(&expected).all(|(found, said)| found.starts_with(said)), "{found:?}");
        }
        let missing = errors("enrich.terms = '/no/such/terms.toml'");
        assert!(missing[0].contains("/no/such/terms.toml cannot be read"), "{missing:?}");
    }

    #[test]
    fn a_folder_without_good_models_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap();
        let setting = format!("enrich.models = '{path}'");
        let missing = errors("enrich.models = '/no/such/models'");
        assert!(missing[0].starts_with("enrich.models: /no/such/models cannot be read"), "{missing:?}");
        assert!(missing[0].ends_with("give a folder of models, or leave the key out"), "{missing:?}");

        std::fs::write(folder.path().join("README.md"), "no model").unwrap();
        let none = format!("enrich.models: {path} holds no .model file; train one with `hearken train sentiment`");
        assert_eq!(errors(&setting), [none]);

        std::fs::write(folder.path().join("de.model"), "{}").unwrap();
        let bad = errors(&setting);
        assert!(bad[0].starts_with(&format!("enrich.models: {path}/de.model is no sentiment model")), "{bad:?}");

        let shipped = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models/de.model");
        std::fs::copy(shipped, folder.path().join("de.model")).unwrap();
        assert_eq!(errors(&setting), Vec::<String>::new());
    }
}
