//! What the channels were promised: every produce that Kafka acknowledged.

use std::fmt;
use std::io::{self, BufRead};

use serde_json::{Value, json};

/// Coordinates of a Kafka record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct At {
    /// Topic name.
    pub topic: String,
    /// Partition number.
    pub partition: i64,
    /// Offset in the partition.
    pub offset: i64,
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]@{}", self.topic, self.partition, self.offset)
    }
}

/// One acknowledged produce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where Kafka says that the record is.
    pub at: At,
    /// What its channel calls it: the `source_id`.
    pub id: String,
    /// CRC-32 of the value's bytes.
    pub crc: u32,
}

/// All acknowledged produces, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Its lines.
    pub entries: Vec<Entry>,
}

impl Entry {
    /// Returns the entry as the line of a ledger file, without its end.
    pub fn line(&self) -> String {
        let At { topic, partition, offset } = &self.at;
        json!([topic, partition, offset, self.id, self.crc]).to_string()
    }

    fn read(line: &str) -> Option<Self> {
        let fields: Vec<Value> = serde_json::from_str(line).ok()?;
        let [topic, partition, offset, id, crc] = fields.as_slice() else { return None };
        let at = At { topic: topic.as_str()?.to_owned(), partition: partition.as_i64()?, offset: offset.as_i64()? };
        Some(Self { at, id: id.as_str()?.to_owned(), crc: u32::try_from(crc.as_u64()?).ok()? })
    }
}

impl Ledger {
    /// Reads a ledger file: a JSON array `[topic, partition, offset, id, crc]` a line.
    ///
    /// # Errors
    /// Where it cannot be read to its end, or a line is none of the above.
    pub fn read(file: impl BufRead) -> io::Result<Self> {
        let entry = |line: io::Result<String>| {
            let line = line?;
            Entry::read(&line).ok_or_else(|| io::Error::other(format!("not a line of a ledger: {line}")))
        };
        Ok(Self { entries: file.lines().map(entry).collect::<io::Result<_>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let at = At { topic: "feedback.raw.reviews.v1".to_owned(), partition: 2, offset: 7 };
        let entry = Entry { at, id: "r-\"1\"\n好".to_owned(), crc: u32::MAX };
        let file = format!("{}\n{}\n", entry.line(), entry.line());
        assert_eq!(Ledger::read(file.as_bytes()).unwrap().entries, [entry.clone(), entry]);
    }

    #[test]
    fn a_line_cut_short_is_refused() {
        let error = Ledger::read(&b"[\"t\",0,1,\"i\"]\n"[..]).unwrap_err();
        assert_eq!(error.to_string(), "not a line of a ledger: [\"t\",0,1,\"i\"]");
    }
}
