//! The layout of columns by their types, as far as to find where each ends.

use super::NativeError;

/// How the values of a type lie in a column.
#[derive(Debug)]
pub(super) enum Kind {
    /// Each value has this many bytes.
    Fixed(u64),
    /// Length and bytes.
    Text,
    /// A byte a row, then the values.
    Nullable(Box<Kind>),
    /// The ends of the rows, then the values.
    Array(Box<Kind>),
    /// One column after another.
    Tuple(Vec<Kind>),
    /// A dictionary of keys, then an index a row.
    LowCardinality(Box<Kind>),
}

impl Kind {
    /// Reads a type's name.
    pub(super) fn parse(text: &str) -> Result<Self, NativeError> {
        let text = text.trim();
        let (name, arguments) = match text.split_once('(') {
            Some((name, rest)) => (name, split(rest.strip_suffix(')').unwrap_or(rest))),
            None => (text, Vec::new()),
        };
        let unknown = || NativeError::Unknown(text.to_owned());
        let first = || arguments.first().copied().ok_or_else(unknown);
        let number = || first()?.trim().parse::<u64>().map_err(|_| unknown());
        Ok(match name {
            "UInt8" | "Int8" | "Bool" | "Enum8" | "Nothing" => Self::Fixed(1),
            "UInt16" | "Int16" | "Date" | "Enum16" | "BFloat16" => Self::Fixed(2),
            "UInt32" | "Int32" | "Float32" | "Date32" | "DateTime" | "IPv4" | "Decimal32" | "Time" => Self::Fixed(4),
            "UInt64" | "Int64" | "Float64" | "DateTime64" | "Decimal64" | "Time64" => Self::Fixed(8),
            "UUID" | "IPv6" | "UInt128" | "Int128" | "Decimal128" => Self::Fixed(16),
            "UInt256" | "Int256" | "Decimal256" => Self::Fixed(32),
            "Decimal" => Self::Fixed(match number()? {
                0..=9 => 4,
                10..=18 => 8,
                19..=38 => 16,
                _ => 32,
            }),
            "FixedString" => Self::Fixed(number()?),
            "String" => Self::Text,
            "Nullable" => Self::Nullable(Box::new(Self::parse(first()?)?)),
            "Array" => Self::Array(Box::new(Self::parse(first()?)?)),
            "Map" => Self::Array(Box::new(Self::tuple(&arguments)?)),
            "Tuple" => Self::tuple(&arguments)?,
            "Nested" => Self::Array(Box::new(Self::tuple(&arguments)?)),
            "LowCardinality" => {
                let inner = first()?;
                // Keys are stored without their NULL, which is the first of them.
                let inner = inner.strip_prefix("Nullable(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(inner);
                Self::LowCardinality(Box::new(Self::parse(inner)?))
            }
            _ if name.starts_with("Interval") => Self::Fixed(8),
            _ => return Err(unknown()),
        })
    }

    fn tuple(arguments: &[&str]) -> Result<Self, NativeError> {
        arguments.iter().map(|argument| Self::parse(without_name(argument))).collect::<Result<_, _>>().map(Self::Tuple)
    }
}

/// Takes the name off an element such as `a UInt8` or `` `b c` Array(String)``.
fn without_name(argument: &str) -> &str {
    let argument = argument.trim();
    if let Some(quoted) = argument.strip_prefix('`') {
        return quoted.rsplit_once("` ").map_or(argument, |(_, kind)| kind);
    }
    let name = argument.split([' ', '(']).next().unwrap_or_default();
    argument[name.len()..].strip_prefix(' ').unwrap_or(argument)
}

/// Splits arguments at the commas that stand in no brackets and no quotes.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut start) = (0_usize, None, 0);
    let mut parts = Vec::new();
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            _ if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'`') => quote = Some(byte),
            (None, b'(') => depth += 1,
            (None, b')') => depth = depth.saturating_sub(1),
            (None, b',') if depth == 0 => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

/// A place in a result.
pub(super) struct Walk<'bytes> {
    bytes: &'bytes [u8],
    at: usize,
}

impl<'bytes> Walk<'bytes> {
    pub(super) fn new(bytes: &'bytes [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    /// Reads a number of seven bits a byte.
    pub(super) fn number(&mut self) -> Result<u64, NativeError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.skip(1)?[0];
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(NativeError::Malformed(self.at))
    }

    /// Reads a length and that many bytes.
    pub(super) fn text(&mut self) -> Result<&'bytes [u8], NativeError> {
        let length = self.number()?;
        self.skip(length)
    }

    /// Walks over a column of that many rows.
    pub(super) fn column(&mut self, kind: &Kind, rows: u64) -> Result<&'bytes [u8], NativeError> {
        let start = self.at;
        // A block without rows ends each column behind its type.
        if rows > 0 {
            self.prefix(kind)?;
            self.values(kind, rows)?;
        }
        Ok(&self.bytes[start..self.at])
    }

    /// What stands before the values: the version of each dictionary's keys.
    fn prefix(&mut self, kind: &Kind) -> Result<(), NativeError> {
        match kind {
            Kind::Fixed(_) | Kind::Text => Ok(()),
            Kind::Nullable(inner) | Kind::Array(inner) => self.prefix(inner),
            Kind::Tuple(elements) => elements.iter().try_for_each(|element| self.prefix(element)),
            Kind::LowCardinality(_) => self.skip(8).map(drop),
        }
    }

    fn values(&mut self, kind: &Kind, rows: u64) -> Result<(), NativeError> {
        match kind {
            Kind::Fixed(bytes) => self.skip(self.times(rows, *bytes)?).map(drop),
            Kind::Text => (0..rows).try_for_each(|_| self.text().map(drop)),
            Kind::Nullable(inner) => {
                self.skip(rows)?;
                self.values(inner, rows)
            }
            Kind::Array(inner) => {
                let ends = self.skip(self.times(rows, 8)?)?;
                let total = ends.last_chunk::<8>().map_or(0, |last| u64::from_le_bytes(*last));
                self.values(inner, total)
            }
            Kind::Tuple(elements) => elements.iter().try_for_each(|element| self.values(element, rows)),
            // Of no values nothing is written, not even the flags.
            Kind::LowCardinality(_) if rows == 0 => Ok(()),
            Kind::LowCardinality(keys) => {
                let flags = self.word()?;
                let count = self.word()?;
                self.values(keys, count)?;
                let indexes = self.word()?;
                // The lowest byte says how wide an index is.
                let width = 1 << (flags & 0x3);
                self.skip(self.times(indexes, width)?).map(drop)
            }
        }
    }

    fn word(&mut self) -> Result<u64, NativeError> {
        let at = self.at;
        let bytes = self.skip(8)?.first_chunk::<8>().ok_or(NativeError::Malformed(at))?;
        Ok(u64::from_le_bytes(*bytes))
    }

    fn times(&self, rows: u64, bytes: u64) -> Result<u64, NativeError> {
        rows.checked_mul(bytes).ok_or(NativeError::Malformed(self.at))
    }

    fn skip(&mut self, length: u64) -> Result<&'bytes [u8], NativeError> {
        let rest = &self.bytes[self.at..];
        let length = usize::try_from(length).ok().filter(|length| *length <= rest.len());
        let length = length.ok_or(NativeError::Malformed(self.at))?;
        self.at += length;
        Ok(&rest[..length])
    }
}
