//! The trained models: which ones ship, what they say of themselves, which files are refused, and that a user's own go first.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod sample;

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use hearken_enrich::language::Language;
use hearken_enrich::model::{CLUES, Grams, Header, HeldOut, Line, Model, ModelFile, Models, TrainedOn};
use hearken_enrich::{Enricher, Settings};
use hearken_schemas::enrichment::SentimentLabel::{self, Negative, Positive};
use hearken_schemas::feedback::Channel;
use serde_json::json;

const FILE_BYTES_MAX: u64 = 1 << 20;

fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn parse(bytes: Vec<u8>) -> Result<Model, String> {
    Model::parse(Cow::Owned(bytes)).map_err(|error| error.to_string())
}

#[test]
fn the_files_that_ship_are_those_in_the_binary() {
    let embedded = Models::new(&[]).unwrap();
    let paths = shipped();
    assert!(!paths.is_empty());
    for path in &paths {
        let model = parse(fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{} {error}", path.display()));
        assert!(embedded.iter().any(|within| *within == model), "{} is not embedded", path.display());
    }
    assert_eq!(embedded.iter().count(), paths.len(), "a model is embedded that is no file");
}

#[test]
fn a_model_that_ships_says_where_it_comes_from_and_how_well_it_does() {
    for path in shipped() {
        let name = path.file_name().unwrap().to_str().unwrap();
        let Header { language, channels, trained_on, held_out, .. } =
            parse(fs::read(&path).unwrap()).unwrap().header().clone();
        let suffix = if channels == [Channel::Social] { "-social" } else { "" };
        assert_eq!(name, format!("{language}{suffix}.model"));
        assert!(Language::from_code(&language).is_some(), "{name}");
        assert!(fs::metadata(&path).unwrap().len() <= FILE_BYTES_MAX, "{name}");

        assert!(!trained_on.is_empty(), "{name}");
        for TrainedOn { source, licence, rows } in &trained_on {
            assert!(licence != "nc" && !licence.is_empty(), "{name}: {source} is {licence:?}");
            assert!(!source.is_empty() && *rows > 0, "{name}");
        }
        assert!(!held_out.is_empty(), "{name}");
        for HeldOut { source, rows, accuracy, macro_f1, calibration_error } in &held_out {
            assert!(trained_on.iter().any(|known| known.source == *source && known.rows > *rows), "{name}: {source}");
            assert!((0.4..=1.0).contains(accuracy) && (0.4..=1.0).contains(macro_f1), "{name}: {source}");
            assert!((0.0..0.2).contains(calibration_error), "{name}: {source}");
        }
    }
}

/// Makes a model that never saw a text: it finds praise or blame everywhere.
fn opinionated(language: &str, channels: &[Channel], feels: SentimentLabel) -> Model {
    let offset = if feels == Positive { 4.0 } else { -4.0 };
    let header = Header {
        language: language.to_owned(),
        channels: channels.to_vec(),
        grams: Grams { bits: 1, characters: 1, words: false },
        scale: [1.0; 2],
        clues: [vec![0.0; CLUES], vec![0.0; CLUES]],
        calibration: [Line { slope: 0.0, offset }, Line { slope: 0.0, offset: -20.0 }],
        confidence: Line::IDENTITY,
        trained_on: vec![],
        held_out: vec![],
    };
    Model::new(header, Cow::Owned(vec![0; 4])).unwrap()
}

fn file(model: &Model) -> ModelFile {
    ModelFile { name: "own/own.model".to_owned(), bytes: model.to_bytes().unwrap() }
}

#[test]
fn a_model_is_read_as_it_was_written() {
    let model = opinionated("nl", &Channel::ALL, Negative);
    assert_eq!(parse(model.to_bytes().unwrap()).as_ref(), Ok(&model));
}

#[test]
fn what_is_no_model_is_refused_with_what_to_do() {
    let whole = opinionated("nl", &Channel::ALL, Negative).to_bytes().unwrap();
    let changed = |from: &str, to: &str| {
        let (text, weights) = whole.split_at(whole.len() - 4);
        let text = String::from_utf8(text.to_vec()).unwrap();
        assert!(text.contains(from), "{from}");
        [text.replace(from, to).as_bytes(), weights].concat()
    };
    for (bytes, said) in [
        (vec![], "is no sentiment model"),
        (b"\n".to_vec(), "is no sentiment model"),
        (b"{\"text\": \"good\", \"label\": \"pos\"}\n".to_vec(), "train one with `hearken train sentiment`"),
        (changed("hearken sentiment 1", "hearken sentiment 9"), "it does not begin with \"hearken sentiment 1\""),
        (whole[..40].to_vec(), "is no sentiment model"),
        (whole[..whole.len() - 1].to_vec(), "3 bytes of weights where the header says 4; copy it again"),
        ([whole.as_slice(), b"\n"].concat(), "5 bytes of weights where the header says 4"),
        (changed("\"bits\":1", "\"bits\":2"), "4 bytes of weights where the header says 8"),
        (changed("\"bits\":1", "\"bits\":0"), "0 bits, not 1 to 24"),
        (changed("\"bits\":1", "\"bits\":25"), "25 bits, not 1 to 24"),
        (changed("\"language\":\"nl\"", "\"language\":7"), "train it again with `hearken train sentiment`"),
        (changed("\"held_out\":[]", "\"held_out\":[],\"more\":1"), "unknown field `more`"),
        (changed(",\"held_out\":[]", ""), "missing field `held_out`"),
        (changed("[[0.0,", "[["), "not 24 clues"),
        (changed("{\"language\"", "\"language\""), "has a header that cannot be read"),
    ] {
        let error = parse(bytes).unwrap_err();
        assert!(error.contains(said), "{said}: {error}");
    }
    let klingon = Models::new(&[file(&opinionated("tlh", &Channel::ALL, Positive))]).unwrap_err();
    assert_eq!(klingon.0, "own/own.model");
    assert!(klingon.1.to_string().contains("language \"tlh\" is not known"), "{}", klingon.1);
}

fn feels(own: &[ModelFile], channel: &str, text: &str) -> Option<SentimentLabel> {
    let settings = Settings { models: own.to_vec(), ..Settings::default() };
    let feedback = sample::feedback(json!({ "channel": channel, "text": text }));
    Enricher::new(&settings).unwrap().enrich(&feedback).sentiment.map(|felt| felt.label)
}

#[test]
fn a_users_own_model_goes_before_the_one_that_ships() {
    const PRAISE: &str = "Great phone, fast delivery, I love it";
    const DUTCH: &str = "Geweldige telefoon, snelle levering, ik ben er heel blij mee";
    let everywhere = file(&opinionated("en", &Channel::ALL, Negative));
    let in_chats = file(&opinionated("en", &[Channel::Chat], Negative));
    let dutch = file(&opinionated("nl", &Channel::ALL, Negative));
    for (own, channel, text, expected) in [
        (vec![], "review", PRAISE, Some(Positive)),
        (vec![everywhere.clone()], "review", PRAISE, Some(Negative)),
        (vec![everywhere.clone()], "social", PRAISE, Some(Negative)),
        // A channel of which it says nothing is left to the model that ships, other languages are too.
        (vec![in_chats.clone()], "review", PRAISE, Some(Positive)),
        (vec![in_chats], "chat", PRAISE, Some(Negative)),
        (vec![everywhere.clone()], "review", "物流很快，包装也好，非常满意", Some(Positive)),
        // A language for which none ships is read by its cues until it has one.
        (vec![], "review", DUTCH, Some(Positive)),
        (vec![dutch], "review", DUTCH, Some(Negative)),
        // Without words there is nothing to read.
        (vec![everywhere.clone()], "review", "👍", Some(Positive)),
        (vec![everywhere], "review", "", None),
    ] {
        let named: Vec<_> = own.iter().map(|file| file.bytes.len()).collect();
        assert_eq!(feels(&own, channel, text), expected, "{named:?} {channel} {text}");
    }
}
