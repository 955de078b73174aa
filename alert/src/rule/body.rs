//! A rule's body: one SELECT.

use std::collections::BTreeMap;

use super::head::Head;
use super::{When, Wrong};

/// What the service gives a body of `every:` by itself.
const AS_OF: &str = "as_of";

/// The table that a body of `on: feedback` reads.
const NEWS: &str = "news";

/// The body, read.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) line: usize,
    /// The names in its `{name:Type}`, each with the file's line.
    placeholders: BTreeMap<String, usize>,
    /// The file's line that names `news`.
    news: Option<usize>,
}

/// Reads the text after the head, which begins in the file's line `first_line`.
pub(super) fn read(text: &str, first_line: usize) -> Result<Body, Vec<Wrong>> {
    let code = blanked(text);
    let line = |at: usize| first_line + code[..at].matches('\n').count();
    let Some(start) = code.find(|character: char| !character.is_whitespace()) else {
        return Err(vec![(first_line, "the body is empty: expected one SELECT".to_owned())]);
    };
    if let Some(at) = code.find(';') {
        let message = if code[at + 1..].trim().is_empty() {
            "leave the semicolon out: the body becomes part of a larger query"
        } else {
            "several statements: a rule is one SELECT"
        };
        return Err(vec![(line(at), message.to_owned())]);
    }
    let first = words(&code).next().map(|(_, word)| word.to_ascii_uppercase());
    if !matches!(first.as_deref(), Some("SELECT" | "WITH")) {
        return Err(vec![(line(start), "expected a SELECT, or WITH … SELECT".to_owned())]);
    }
    let mut placeholders = BTreeMap::new();
    for (at, name) in named(&code) {
        placeholders.entry(name.to_owned()).or_insert_with(|| line(at));
    }
    let news = words(&code).find(|(_, word)| *word == NEWS).map(|(at, _)| line(at));
    Ok(Body { text: text.trim().to_owned(), line: line(start), placeholders, news })
}

/// Says where head and body do not fit together.
pub(super) fn agree(head: &Head, body: &Body) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let given = |name: &str| head.parameters.contains_key(name);
    for (name, &line) in &body.placeholders {
        match (name == AS_OF, head.when) {
            (true, When::Feedback) => {
                wrong.push((
                    line,
                    "{as_of:…} is given to rules with every: only; rules on feedback read occurred_at of news"
                        .to_owned(),
                ));
            }
            (true, When::Every(_)) => {}
            (false, _) if !given(name) => {
                wrong.push((line, format!("{{{name}:…}} is used and not given: add it to parameters")))
            }
            (false, _) => {}
        }
    }
    for (name, (_, line)) in &head.parameters {
        if name == AS_OF {
            wrong.push((*line, "parameter as_of is given by the service; leave it out".to_owned()));
        } else if !body.placeholders.contains_key(name) {
            wrong.push((*line, format!("parameter {name} is given and not used: the body has no {{{name}:…}}")));
        }
    }
    match (head.when, body.news) {
        (When::Feedback, None) => {
            wrong.push((body.line, "a rule on feedback reads news: the feedback it has not seen yet".to_owned()));
        }
        (When::Every(_), Some(line)) => {
            wrong.push((
                line,
                "news is there in rules with on: feedback only; read a view with as_of instead".to_owned(),
            ));
        }
        (When::Feedback, Some(_)) | (When::Every(_), None) => {}
    }
    wrong
}

/// Returns the text with everything in quotes and comments blank, of the same length and in the same lines.
fn blanked(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let end = at + quoted(&bytes[at..]);
        if end == at {
            out.push(if bytes[at].is_ascii() { bytes[at] } else { b'x' });
            at += 1;
        } else {
            out.extend(bytes[at..end].iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }));
            at = end;
        }
    }
    String::from_utf8(out).unwrap_or_default()
}

/// Returns how many bytes the quotes or the comment take that the text begins with; 0 where it begins with neither.
fn quoted(bytes: &[u8]) -> usize {
    let until = |end: &[u8], from: usize| {
        let found = bytes[from..].windows(end.len()).position(|window| window == end);
        found.map_or(bytes.len(), |found| from + found + end.len())
    };
    match bytes {
        [b'-', b'-', ..] | [b'#', b' ' | b'!', ..] => until(b"\n", 2),
        [b'/', b'*', ..] => until(b"*/", 2),
        [quote @ (b'\'' | b'"' | b'`'), ..] => {
            let mut at = 1;
            while at < bytes.len() && bytes[at] != *quote {
                at += if bytes[at] == b'\\' { 2 } else { 1 };
            }
            (at + 1).min(bytes.len())
        }
        _ => 0,
    }
}

/// Returns the words of the text, each with where it begins.
fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let of_word = |character: char| character.is_ascii_alphanumeric() || character == '_' || character == '.';
    let mut at = 0;
    code.split(move |character: char| !of_word(character)).filter_map(move |word| {
        let start = at;
        at += word.len() + 1;
        (!word.is_empty()).then_some((start, word))
    })
}

/// Returns the names in `{name:Type}`, each with where it stands.
fn named(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.match_indices('{').filter_map(|(at, _)| {
        let (name, _) = code[at + 1..].split_once('}')?.0.split_once(':')?;
        Some((at, name.trim()))
    })
}
