//! A JSONL file, plain or gzipped, as raw records.

use std::collections::HashMap;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, Result};
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::kind::Kind;
use super::mapping::Mapping;
use super::record::{RawRecord, already_raw};

/// Where in the file a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// The line, or a conversation's first one.
    pub(crate) line: usize,
    /// The conversation, where turns were grouped.
    pub(crate) conversation: Option<String>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.conversation {
            None => write!(f, "line {}", self.line),
            Some(conversation) => write!(f, "line {} (conversation {conversation})", self.line),
        }
    }
}

/// Calls `each` for every record of the file, or for what keeps a line from being one.
///
/// # Errors
/// Where the file cannot be read, or what `each` answered.
pub(crate) fn read(
    path: &Path,
    kind: Kind,
    mapping: Option<&Mapping>,
    mut each: impl FnMut(Place, Result<RawRecord, String>) -> Result<()>,
) -> Result<()> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let progress = progress(file.metadata()?.len());
    let reader = BufReader::new(plain(progress.wrap_read(file), path)?);
    let mut sessions = Sessions::default();
    for (index, line) in reader.split(b'\n').enumerate() {
        let number = index + 1;
        let line = line.with_context(|| format!("{}, line {number}", path.display()))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        let place = Place { line: number, conversation: None };
        let value = match serde_json::from_slice::<Value>(&line) {
            Ok(value) => value,
            Err(error) => {
                each(place, Err(format!("not JSON: {error}")))?;
                continue;
            }
        };
        let record = match mapping {
            None => already_raw(kind, value),
            Some(mapping) => match mapping.session(&value).filter(|_| kind == Kind::Chats) {
                Some(Ok(session)) => {
                    sessions.add(session, number, value);
                    continue;
                }
                Some(Err(problem)) => Err(problem),
                None => mapping.record(kind, &value, number),
            },
        };
        each(place, record)?;
    }
    if let Some(mapping) = mapping {
        for ((_, id), line, turns) in sessions.in_order() {
            let record = mapping.chat(&id, &turns);
            each(Place { line, conversation: Some(id) }, record)?;
        }
    }
    progress.finish_and_clear();
    Ok(())
}

/// Source and id of a conversation.
type Session = (String, String);

/// Turns by conversation, in the order in which the conversations began. They may be interleaved, so all are held.
#[derive(Default)]
struct Sessions {
    order: Vec<(Session, usize)>,
    turns: HashMap<Session, Vec<Value>>,
}

impl Sessions {
    fn add(&mut self, session: Session, line: usize, turn: Value) {
        if !self.turns.contains_key(&session) {
            self.order.push((session.clone(), line));
        }
        self.turns.entry(session).or_default().push(turn);
    }

    fn in_order(mut self) -> impl Iterator<Item = (Session, usize, Vec<Value>)> {
        self.order.into_iter().filter_map(move |(session, line)| {
            let turns = self.turns.remove(&session)?;
            Some((session, line, turns))
        })
    }
}

fn plain<'a>(file: impl Read + 'a, path: &Path) -> Result<Box<dyn Read + 'a>> {
    let mut reader = BufReader::new(file);
    let start = reader.fill_buf().with_context(|| format!("reading {}", path.display()))?;
    let gzipped = start.starts_with(&[0x1f, 0x8b]);
    Ok(if gzipped { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) })
}

fn progress(bytes: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:30} {percent}%  {elapsed}").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(bytes).with_style(style)
}
