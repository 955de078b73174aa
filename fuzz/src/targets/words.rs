//! The enricher's files that a user may put in the place of ours: taxonomy, intents, origin, terms, lexicon, models.

use std::borrow::Cow;

use hearken_enrich::intents::IntentFile;
use hearken_enrich::lexicon::Lexicon;
use hearken_enrich::model::Model;
use hearken_enrich::origin::OriginFile;
use hearken_enrich::taxonomy::TaxonomyFile;
use hearken_enrich::terms::TermsFile;

use super::text;

/// Promises: a file is taken, or refused in words that name it; a model that is taken is written again as it was.
pub fn run(bytes: &[u8]) {
    let toml = text(bytes).into_owned();
    let name = "own.toml".to_owned();
    let refused = [
        TaxonomyFile { name: name.clone(), toml: toml.clone() }.check().err().map(|error| error.to_string()),
        IntentFile { name: name.clone(), toml: toml.clone() }.check().err().map(|error| error.to_string()),
        OriginFile { name: name.clone(), toml: toml.clone() }.check().err().map(|error| error.to_string()),
        TermsFile { name, toml: toml.clone() }.check().err().map(|error| error.to_string()),
        Lexicon::parse("own.toml", &toml).err().map(|error| error.to_string()),
    ];
    for words in refused.into_iter().flatten() {
        assert!(words.contains("own.toml"), "a refusal names the file: {words}");
    }
    if let Ok(model) = Model::parse(Cow::Owned(bytes.to_vec())) {
        let written = model.to_bytes().expect("a model that was read is written");
        let read = Model::parse(Cow::Owned(written)).expect("and read again");
        assert_eq!(read, model, "a model reads back as it was");
    }
}
