//! Labelled files as rows: JSONL, plain or gzipped, and the formats in which public test sets come.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use indicatif::ProgressBar;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zip::ZipArchive;

use crate::replay::plain;

/// Where a set of documents keeps texts and terms, and how the files' names end.
const SIDES: [(&str, &str); 2] = [("docsutf8", ".txt"), ("keys", ".key")];
/// Where it says its language.
const LANGUAGE: &str = "lan.txt";
/// The largest file of an archive that is unpacked.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

/// One labelled text; what a row must have is what is asked of it.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Row {
    /// Whose data it is; of a row that does not say, the file's name.
    #[serde(default)]
    pub(crate) source: String,
    pub(crate) lang: Option<String>,
    pub(crate) channel: Option<String>,
    pub(crate) label: Option<String>,
    pub(crate) licence: Option<String>,
    pub(crate) keywords: Option<Vec<String>>,
    /// Whether it is there to work on or to report on, such as `dev` or `test`.
    pub(crate) set: Option<String>,
    pub(crate) text: String,
    /// What else it says.
    #[serde(flatten)]
    pub(crate) labels: serde_json::Map<String, Value>,
}

impl Row {
    /// Reads what the row says under a name, or says why that cannot be.
    pub(crate) fn labels<T: DeserializeOwned>(&self, name: &str) -> Result<T, String> {
        let value = self.labels.get(name).ok_or_else(|| format!("no `{name}`"))?;
        T::deserialize(value).map_err(|error| format!("{name}: {error}"))
    }

    /// Tells whether the row says anything under a name, and be it null.
    pub(crate) fn says(&self, name: &str) -> bool {
        self.labels.contains_key(name)
    }

    #[cfg(test)]
    pub(crate) fn labelled(name: &str, value: Value) -> Self {
        Self { labels: [(name.to_owned(), value)].into_iter().collect(), ..Self::default() }
    }
}

/// How a file holds its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON object a line.
    Jsonl,
    /// One text a line, as lingua has its test data: `LANGUAGE/testdata/KIND.txt`.
    Lines,
    /// Task, text and terms joined by `_`, between tabs, as CSL has them.
    Tsv,
    /// `docsutf8/NAME.txt` and `keys/NAME.key`, one term a line, and the language in `lan.txt`, in a folder or a zip archive.
    Documents,
}

impl Format {
    /// Tells the format by the file's name.
    pub(crate) fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("txt") => Self::Lines,
            Some("tsv") => Self::Tsv,
            Some("zip") => Self::Documents,
            _ if path.is_dir() => Self::Documents,
            _ => Self::Jsonl,
        }
    }
}

/// Calls `each` for every row of a file with its place, or for what keeps a line from being one.
///
/// # Errors
/// Where the file cannot be read, or what `each` answered.
pub(crate) fn read(
    path: &Path,
    progress: &ProgressBar,
    mut each: impl FnMut(String, Result<Row, String>) -> Result<()>,
) -> Result<()> {
    let source = name(path);
    let lang = path.parent().filter(|folder| folder.ends_with("testdata")).and_then(Path::parent).map(name);
    let mut each = |place: String, row: Result<Row, String>| {
        let named = row.map(|row| if row.source.is_empty() { Row { source: source.clone(), ..row } } else { row });
        each(place, named)
    };
    match Format::of(path) {
        Format::Jsonl => lines(path, progress, |place, line| each(place, line.and_then(|line| from_json(&line)))),
        Format::Tsv => lines(path, progress, |place, line| each(place, line.and_then(|line| from_tsv(&line)))),
        Format::Lines => lines(path, progress, |place, line| {
            each(place, line.map(|text| Row { lang: lang.clone(), text, ..Row::default() }))
        }),
        Format::Documents => documents(path, progress, each),
    }
}

/// Returns a file's name without its extension, and without `.gz` before that.
fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    Path::new(name).file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn from_json(line: &str) -> Result<Row, String> {
    serde_json::from_str(line).map_err(|error| {
        let said = error.to_string();
        // The line that serde counts is a line of the line.
        let what = said.split(" at line ").next().unwrap_or_default();
        if error.is_data() { what.to_owned() } else { format!("not JSON: {what} in column {}", error.column()) }
    })
}

fn from_tsv(line: &str) -> Result<Row, String> {
    let [_, text, terms] = line.split('\t').collect::<Vec<_>>()[..] else {
        return Err("not three columns (task, text, terms joined by `_`) between tabs".to_owned());
    };
    let keywords = Some(terms.split('_').map(str::to_owned).collect());
    Ok(Row { keywords, text: text.to_owned(), ..Row::default() })
}

/// Reads lines that are not blank, each with its place.
fn lines(
    path: &Path,
    progress: &ProgressBar,
    mut each: impl FnMut(String, Result<String, String>) -> Result<()>,
) -> Result<()> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let reader = BufReader::new(plain(progress.wrap_read(file), path)?);
    for (index, line) in reader.split(b'\n').enumerate() {
        let place = format!("{}:{}", path.display(), index + 1);
        let line = line.with_context(|| place.clone())?;
        let text = String::from_utf8(line).map_err(|_| "not UTF-8".to_owned());
        let text = text.map(|text| text.trim_start_matches('\u{feff}').trim_end_matches('\r').to_owned());
        if !text.as_ref().is_ok_and(|text| text.trim().is_empty()) {
            each(place, text)?;
        }
    }
    Ok(())
}

/// A text and its terms meet by name; what has no counterpart is a row that cannot be read.
fn documents(
    path: &Path,
    progress: &ProgressBar,
    mut each: impl FnMut(String, Result<Row, String>) -> Result<()>,
) -> Result<()> {
    let (mut lang, mut pairs) = (None, BTreeMap::<String, [Option<Vec<u8>>; 2]>::new());
    for (file, content) in if path.is_dir() { folder(path)? } else { archived(path, progress)? } {
        let document = Path::new(&file);
        let file_name = document.file_name().unwrap_or_default().to_string_lossy();
        let within = document.parent().and_then(Path::file_name).and_then(|folder| folder.to_str());
        if let Some(side) = SIDES.iter().position(|(folder, _)| within == Some(folder)) {
            let stem = file_name.strip_suffix(SIDES[side].1).unwrap_or(&file_name);
            pairs.entry(stem.to_owned()).or_default()[side] = Some(content);
        } else if file_name == LANGUAGE {
            lang = Some(String::from_utf8_lossy(&content).trim().to_owned());
        }
    }
    if pairs.is_empty() {
        bail!("{}: no keyword set: it has no docsutf8/NAME.txt and keys/NAME.key", path.display());
    }
    for (stem, [text, keys]) in pairs {
        let row = match (text, keys) {
            (Some(text), Some(keys)) => document(&text, &keys),
            (Some(_), None) => Err(format!("no keys/{stem}.key for it")),
            (None, _) => Err(format!("no docsutf8/{stem}.txt for its keys")),
        };
        each(format!("{}:{stem}", path.display()), row.map(|row| Row { lang: lang.clone(), ..row }))?;
    }
    Ok(())
}

fn document(text: &[u8], keys: &[u8]) -> Result<Row, String> {
    let read = |bytes| std::str::from_utf8(bytes).map(|text| text.trim_start_matches('\u{feff}'));
    let (Ok(text), Ok(keys)) = (read(text), read(keys)) else { return Err("not UTF-8".to_owned()) };
    let terms = keys.lines().map(str::trim).filter(|term| !term.is_empty());
    Ok(Row { keywords: Some(terms.map(str::to_owned).collect()), text: text.to_owned(), ..Row::default() })
}

fn archived(path: &Path, progress: &ProgressBar) -> Result<Vec<(String, Vec<u8>)>> {
    let bytes = fs::read(path).with_context(|| format!("opening {}", path.display()))?;
    progress.inc(bytes.len() as u64);
    unpack(&bytes).with_context(|| path.display().to_string())
}

/// Unpacks an archive: name and content of each file, in the archive's order.
fn unpack(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>> {
    let mut archive = ZipArchive::new(Cursor::new(bytes))?;
    let mut files = Vec::with_capacity(archive.len());
    for at in 0..archive.len() {
        let file = archive.by_index(at)?;
        let (name, mut content) = (file.name()?.into_owned(), Vec::new());
        // One byte more than is read is enough to see that there is more.
        file.take(UNPACKED_BYTES_MAX + 1).read_to_end(&mut content).with_context(|| name.clone())?;
        ensure!(content.len() as u64 <= UNPACKED_BYTES_MAX, "{name}: more than {UNPACKED_BYTES_MAX} bytes");
        files.push((name, content));
    }
    Ok(files)
}

fn folder(path: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for (side, _) in SIDES {
        let folder = path.join(side);
        for entry in fs::read_dir(&folder).with_context(|| format!("opening {}", folder.display()))? {
            files.push(entry?.path());
        }
    }
    files.extend(Some(path.join(LANGUAGE)).filter(|file| file.exists()));
    let content = |file: PathBuf| {
        let content = fs::read(&file).with_context(|| format!("opening {}", file.display()))?;
        Ok((file.to_string_lossy().into_owned(), content))
    };
    files.into_iter().map(content).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn pack(files: &[(&str, &str)]) -> Vec<u8> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in files {
            archive.start_file(*name, SimpleFileOptions::default()).expect("a name");
            archive.write_all(content.as_bytes()).expect("memory takes everything");
        }
        archive.finish().expect("memory takes everything").into_inner()
    }

    /// Reads one file; rows as `source|lang|label|keywords|text`, problems as `place: problem`.
    fn check(name: &str, content: &[u8], expected: &[&str]) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
        fs::write(&path, content).expect("the file");
        assert_eq!(found(&path, directory.path()), expected, "{name}");
    }

    fn found(path: &Path, directory: &Path) -> Vec<String> {
        let mut found = Vec::new();
        read(path, &ProgressBar::hidden(), |place, row| {
            found.push(match row {
                Ok(Row { source, lang, label, keywords, text, .. }) => {
                    let keywords = keywords.map(|terms| terms.join(","));
                    let [lang, label, keywords] = [lang, label, keywords].map(|field| field.unwrap_or("-".to_owned()));
                    format!("{source}|{lang}|{label}|{keywords}|{text}")
                }
                Err(problem) => {
                    let place = place.strip_prefix(&format!("{}/", directory.display())).unwrap_or(&place);
                    format!("{place}: {problem}")
                }
            });
            Ok(())
        })
        .expect("a file that can be read");
        found
    }

    const JSONL: &str = r#"{"source": "shop", "lang": "zh-Hans", "label": "pos", "text": "好用"}

{"label": "pos", "text": "nice", "licence": "mine"}
{"label": "pos"}
{"label": 5, "text": "five"}
{"label": "pos",
{"text": "half a letter \ud83d"}
"#;

    #[test]
    fn jsonl_plain_and_gzipped() {
        let expected = |name: &str| {
            [
                "shop|zh-Hans|pos|-|好用".to_owned(),
                "mine|-|pos|-|nice".to_owned(),
                format!("{name}:4: missing field `text`"),
                format!("{name}:5: invalid type: integer `5`, expected a string"),
                format!("{name}:6: not JSON: EOF while parsing a value in column 16"),
                format!("{name}:7: not JSON: unexpected end of hex escape in column 31"),
            ]
        };
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(JSONL.as_bytes()).expect("memory takes everything");
        let packed = packed.finish().expect("memory takes everything");
        for (name, content) in [("mine.jsonl", JSONL.as_bytes()), ("mine.jsonl.gz", &packed)] {
            check(name, content, &expected(name).each_ref().map(String::as_str));
        }
        check("latin1.jsonl", b"{\"text\": \"\xe9\"}", &["latin1.jsonl:1: not UTF-8"]);
    }

    #[test]
    fn a_text_a_line_in_the_folder_of_its_language() {
        check(
            "de/testdata/word-pairs.txt",
            b"gut so\r\nwie neu\n",
            &["word-pairs|de|-|-|gut so", "word-pairs|de|-|-|wie neu"],
        );
        check("elsewhere/v1.1.txt", b"gut so", &["v1.1|-|-|-|gut so"]);
    }

    #[test]
    fn a_table_of_texts_and_terms() {
        let table = "to keywords\t染色的方法\t染色_活性染料\nto keywords\t染色的方法\n";
        let problem = "kg.tsv:2: not three columns (task, text, terms joined by `_`) between tabs";
        check("kg.tsv", table.as_bytes(), &["kg|-|-|染色,活性染料|染色的方法", problem]);
    }

    const DOCUMENTS: [(&str, &str); 6] = [
        ("Set/readme.txt", "not a document"),
        ("Set/docsutf8/1.txt", "\u{feff}Station and capsule\n"),
        ("Set/docsutf8/2.txt", "No keys"),
        ("Set/keys/1.key", "station\r\n\tdragon  capsule\n\n"),
        ("Set/keys/3.key", "alone"),
        ("Set/lan.txt", "en-US\n"),
    ];

    const EXPECTED: [&str; 3] = [
        "Set|en-US|-|station,dragon  capsule|Station and capsule\n",
        "Set:2: no keys/2.key for it",
        "Set:3: no docsutf8/3.txt for its keys",
    ];

    #[test]
    fn documents_meet_their_keys_in_a_folder() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        for (name, content) in DOCUMENTS {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("the folder");
            fs::write(path, content).expect("the file");
        }
        assert_eq!(found(&directory.path().join("Set"), directory.path()), EXPECTED);
    }

    #[test]
    fn documents_meet_their_keys_in_an_archive() {
        let expected = EXPECTED.map(|line| line.replace("Set:", "Set.zip:"));
        check("Set.zip", &pack(&DOCUMENTS), &expected.each_ref().map(String::as_str));
    }

    #[test]
    fn what_is_no_file_of_rows_is_an_error() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let path = |name: &str| directory.path().join(name);
        fs::write(path("plain.zip"), "text").expect("the file");
        let whole = pack(&[("docsutf8/a.txt", "Station and capsule")]);
        fs::write(path("half.zip"), &whole[..whole.len() / 2]).expect("the file");
        let mut flipped = whole;
        // Behind a header of 30 bytes and the name.
        flipped[30 + 14 + 5] ^= 0x55;
        fs::write(path("flipped.zip"), flipped).expect("the file");
        fs::write(path("other.zip"), pack(&[("a.txt", "a")])).expect("the file");
        for (name, words) in [
            ("none.jsonl", "No such file"),
            ("plain.zip", "plain.zip: invalid Zip archive"),
            ("half.zip", "half.zip: invalid Zip archive"),
            ("flipped.zip", "flipped.zip: docsutf8/a.txt: "),
            ("other.zip", "no docsutf8/NAME.txt"),
        ] {
            let error = read(&path(name), &ProgressBar::hidden(), |_, _| Ok(())).expect_err(name);
            assert!(format!("{error:#}").contains(words), "{name}: {error:#}");
        }
    }
}
