//! One HTTP/1.1 message as it comes over a socket, kept byte for byte.

use std::io::{self, BufRead, Read};

/// A request or an answer.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// Start line and headers, with the empty line.
    pub head: Vec<u8>,
    /// The body as it was sent, chunk sizes and all.
    pub raw: Vec<u8>,
    /// The body's own bytes.
    pub body: Vec<u8>,
}

impl Message {
    /// Reads the next message; `None` where the connection has ended between two.
    pub(crate) fn read(reader: &mut impl BufRead, is_answer: bool) -> io::Result<Option<Self>> {
        let mut message = Self::default();
        while !message.head.ends_with(b"\r\n\r\n") {
            if reader.read_until(b'\n', &mut message.head)? == 0 {
                return if message.head.is_empty() { Ok(None) } else { Err(io::ErrorKind::UnexpectedEof.into()) };
            }
        }
        if message.header("transfer-encoding").is_some_and(|value| value.contains("chunked")) {
            while message.chunk(reader)? > 0 {}
        } else if let Some(length) = message.header("content-length").and_then(|value| value.parse().ok()) {
            message.exactly(reader, length, true)?;
            message.raw.clone_from(&message.body);
        } else if is_answer {
            reader.read_to_end(&mut message.body)?;
            message.raw.clone_from(&message.body);
        }
        Ok(Some(message))
    }

    /// Returns the start line's second word: a request's target.
    pub(crate) fn target(&self) -> String {
        let line = self.head.split(|byte| *byte == b'\r').next().unwrap_or_default();
        String::from_utf8_lossy(line).split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// Returns a header in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(&self.head);
        let mut fields = head.lines().skip(1).filter_map(|line| line.split_once(':'));
        fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_ascii_lowercase())
    }

    /// Reads one chunk and returns its size; the last is empty.
    fn chunk(&mut self, reader: &mut impl BufRead) -> io::Result<usize> {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line)?;
        self.raw.extend_from_slice(&line);
        let digits = String::from_utf8_lossy(&line);
        let digits = digits.trim().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        let from = self.body.len();
        self.exactly(reader, size, true)?;
        self.raw.extend_from_slice(&self.body[from..]);
        self.exactly(reader, 2, false)?;
        Ok(size)
    }

    fn exactly(&mut self, reader: &mut impl BufRead, count: usize, of_body: bool) -> io::Result<()> {
        let to = if of_body { &mut self.body } else { &mut self.raw };
        let read = reader.take(count as u64).read_to_end(to)?;
        if read == count { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, is_answer: bool, target: &str, body: &str) {
        let mut rest = text.as_bytes();
        let message = Message::read(&mut rest, is_answer).unwrap().unwrap();
        assert_eq!(
            (message.target().as_str(), String::from_utf8_lossy(&message.body).as_ref()),
            (target, body),
            "{text}"
        );
        assert_eq!([message.head, message.raw].concat(), text.as_bytes(), "what was read is what is passed on");
        assert!(rest.is_empty());
    }

    #[test]
    fn a_message_is_read_to_its_end_and_no_further() {
        check("GET /ping HTTP/1.1\r\nHost: x\r\n\r\n", false, "/ping", "");
        check("POST /?query=a HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc", false, "/?query=a", "abc");
        check("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n", false, "/", "abc");
        check("HTTP/1.0 200 OK\r\n\r\nuntil the end", true, "200", "until the end");
        assert_eq!(Message::read(&mut &b""[..], false).unwrap(), None);
        assert!(Message::read(&mut &b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\nab"[..], false).is_err());
    }
}
