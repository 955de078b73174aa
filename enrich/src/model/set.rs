//! The models of a service: those of the binary, and the user's own before them.

use std::borrow::Cow;

use hearken_schemas::feedback::Channel;

use super::{Model, ModelError};
use crate::language::Language;

macro_rules! embedded {
    ($($name:literal),* $(,)?) => { [$(($name, include_bytes!(concat!("../../models/", $name)) as &'static [u8])),*] };
}

/// The models that are part of the binary.
const EMBEDDED: [(&str, &[u8]); 13] = embedded![
    "ar.model",
    "de.model",
    "en-social.model",
    "en.model",
    "es.model",
    "fr.model",
    "id.model",
    "it.model",
    "ko.model",
    "pt.model",
    "th.model",
    "zh-social.model",
    "zh.model",
];

/// A model's file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFile {
    /// Its path, for messages.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// Models by language and channel.
#[derive(Debug, Clone, Default)]
pub struct Models {
    models: Vec<(Language, Model)>,
}

impl Models {
    /// Reads the user's models and those of the binary; where both read a language and channel, the user's is taken.
    ///
    /// # Errors
    /// The name of a file and what is wrong with it.
    pub fn new(own: &[ModelFile]) -> Result<Self, (String, ModelError)> {
        let own = own.iter().map(|file| (file.name.as_str(), Cow::Owned(file.bytes.clone())));
        let embedded = EMBEDDED.into_iter().map(|(name, bytes)| (name, Cow::Borrowed(bytes)));
        let read = |(name, bytes): (&str, Cow<'static, [u8]>)| {
            let named = |error| (name.to_owned(), error);
            let model = Model::parse(bytes).map_err(named)?;
            let code = &model.header().language;
            let unknown = || ModelError::Header(format!("language {code:?} is not known"));
            let language = Language::from_code(code).ok_or_else(unknown).map_err(named)?;
            Ok((language, model))
        };
        Ok(Self { models: own.chain(embedded).map(read).collect::<Result<_, _>>()? })
    }

    /// Finds the model of a language for a channel; one of the language for other channels is better than none.
    pub fn find(&self, language: Language, channel: Channel) -> Option<&Model> {
        let language = if language.is_chinese() { Language::Chinese } else { language };
        let of_language = || self.models.iter().filter(|(reads, _)| *reads == language).map(|(_, model)| model);
        of_language().find(|model| model.header().channels.contains(&channel)).or_else(|| of_language().next())
    }

    /// Returns all models.
    pub fn iter(&self) -> impl Iterator<Item = &Model> {
        self.models.iter().map(|(_, model)| model)
    }
}
