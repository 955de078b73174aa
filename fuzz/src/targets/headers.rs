//! The headers of internal messages, and the metadata of committed offsets.

use hearken_alert::frontier::Position;
use hearken_schemas::dead_letter::DeadLetter;
use hearken_schemas::envelope::{self, Headers, Origin};
use hearken_schemas::topics;
use hearken_sink::block::Rows;
use hearken_sink::intent::Intent;
use hearken_sink::row::{At, DeadLetterRow};

use super::text;

/// Promises: headers are read or refused; a dead letter's headers carry all of it, and it becomes a row; metadata that is understood is written
/// again as it was.
pub fn run(bytes: &[u8]) {
    let headers = headers(bytes);
    let _ = envelope::check_type(&headers, topics::ENRICHED);
    let _ = envelope::written_ms(&headers);
    if let Ok(origin) = envelope::origin(&headers) {
        assert_eq!(origin.to_string().parse(), Ok(origin), "coordinates read back as they were");
    }
    if let Some(letter) = DeadLetter::from_headers(&headers) {
        let again = DeadLetter::from_headers(&letter.headers(&headers));
        assert_eq!(again, Some(letter.clone()), "a dead letter's headers carry all of it");
        let row = DeadLetterRow::new(&letter, bytes, At::from(&letter.at));
        Rows::DeadLetters(vec![row]).block().expect("a dead letter becomes a block");
    }
    metadata(&text(bytes));
}

/// Each line is `name: value`; a line without a colon is a header without a value.
fn headers(bytes: &[u8]) -> Headers {
    let line = |line: &[u8]| {
        let at = line.windows(2).position(|pair| pair == b": ");
        let (name, value) = at.map_or((line, &[][..]), |at| (&line[..at], &line[at + 2..]));
        (text(name).into_owned(), value.to_vec())
    };
    bytes.split(|byte| *byte == b'\n').map(line).collect()
}

fn metadata(text: &str) {
    for line in text.lines() {
        if let Ok(Some(intent)) = Intent::parse(line) {
            let again = Intent::parse(&intent.to_string()).ok().flatten().expect("an intent reads back");
            assert_eq!(
                (again.epoch, &again.pending),
                (intent.epoch, &intent.pending),
                "an intent reads back as it was"
            );
            assert_eq!(again.to_string(), intent.to_string(), "an intent has one form");
        }
        if let Ok(position) = Position::decode(line)
            && let Ok(written) = position.encode()
        {
            assert_eq!(Position::decode(&written).ok(), Some(position), "a position reads back");
        }
        if let Ok(origin) = line.parse::<Origin>() {
            assert_eq!(origin.to_string().parse(), Ok(origin), "coordinates read back as they were");
        }
    }
}
