//! Carries a request body from the async side, which receives it, to the blocking side, which reads it.
//!
//! A body that ends early, stalls or is too large is an error on the reading side, never an end of input: the insert
//! that reads it must not take what came so far for the whole.

use std::io::{self, Read};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Pieces in flight between the two sides; with hyper's read buffer this bounds a request's memory to a few MiB.
const PIECES_IN_FLIGHT: usize = 8;
/// How long a client may send nothing.
const STALL_MAX: Duration = Duration::from_secs(60);
/// After the statement has ended, this much of the body is still received, so that the client reads the answer instead
/// of a reset connection.
const DRAIN_BYTES_MAX: usize = 256 << 20;
const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);

/// Why a body is not whole.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BodyError {
    /// The client went away, or said that it gave up.
    #[error("the request body ended before its end")]
    Truncated,
    /// The client sent nothing for too long.
    #[error("the client sent nothing for {} seconds", STALL_MAX.as_secs())]
    Stalled,
    /// The body, as sent or unpacked, is larger than allowed.
    #[error("the request body is larger than {bytes_max} bytes (--body-bytes-max)")]
    TooLarge {
        /// The bound.
        bytes_max: u64,
    },
    /// A compressed frame's checksum does not match.
    #[error("the checksum of compressed frame {frame} of the request body does not match")]
    Checksum {
        /// The frame, counted from 1.
        frame: u64,
    },
    /// A compressed frame is malformed.
    #[error("compressed frame {frame} of the request body is malformed: {reason}")]
    Frame {
        /// The frame, counted from 1.
        frame: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// Two places for rows, or a part of a form that is not understood.
    #[error("the form in the request body cannot be read: {0}")]
    Form(String),
}

impl From<BodyError> for io::Error {
    fn from(error: BodyError) -> Self {
        Self::other(error)
    }
}

enum Piece {
    Bytes(Bytes),
    End,
    Broken(BodyError),
}

/// The sending end.
pub struct BodySender(mpsc::Sender<Piece>);

/// The reading end; a reader whose sender is gone without an end reports a truncated body.
pub struct BodyReader {
    pieces: mpsc::Receiver<Piece>,
    current: Bytes,
    ended: bool,
}

/// Makes the two ends.
pub fn channel() -> (BodySender, BodyReader) {
    let (sender, pieces) = mpsc::channel(PIECES_IN_FLIGHT);
    (BodySender(sender), BodyReader { pieces, current: Bytes::new(), ended: false })
}

impl BodySender {
    /// Sends the whole body, at most `bytes_max` of it. Where the reader stops early, the rest is thrown away.
    pub async fn pump(self, body: Body, bytes_max: u64) {
        let mut stream = body.into_data_stream();
        let mut received = 0_u64;
        loop {
            let next = tokio::select! {
                next = timeout(STALL_MAX, stream.next()) => next,
                () = self.0.closed() => break,
            };
            let piece = match next {
                Err(_) => Piece::Broken(BodyError::Stalled),
                Ok(None) => Piece::End,
                Ok(Some(Err(_))) => Piece::Broken(BodyError::Truncated),
                Ok(Some(Ok(bytes))) => {
                    received = received.saturating_add(bytes.len() as u64);
                    if received > bytes_max {
                        Piece::Broken(BodyError::TooLarge { bytes_max })
                    } else {
                        Piece::Bytes(bytes)
                    }
                }
            };
            let more = matches!(piece, Piece::Bytes(_));
            if self.0.send(piece).await.is_err() || !more {
                break;
            }
        }
        drop(self);
        let drained = async {
            let mut left = DRAIN_BYTES_MAX;
            while let Some(Ok(bytes)) = stream.next().await {
                let Some(rest) = left.checked_sub(bytes.len()) else { break };
                left = rest;
            }
        };
        // What is left after that is the client's loss.
        let _ = timeout(DRAIN_TIME_MAX, drained).await;
    }
}

/// Receives a body that nobody wants, so that the client comes to read the answer.
pub async fn discard(body: Body) {
    let (sender, reader) = channel();
    drop(reader);
    sender.pump(body, 0).await;
}

impl Read for BodyReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() && !self.ended {
            match self.pieces.blocking_recv() {
                Some(Piece::Bytes(bytes)) => self.current = bytes,
                Some(Piece::End) => self.ended = true,
                Some(Piece::Broken(error)) => return Err(error.into()),
                None => return Err(BodyError::Truncated.into()),
            }
        }
        let length = buffer.len().min(self.current.len());
        buffer[..length].copy_from_slice(&self.current.split_to(length));
        Ok(length)
    }
}

/// Refuses to read more than a number of bytes; unlike [`Read::take`] it does not pretend that the input ended.
pub struct Bounded<R> {
    inner: R,
    left: u64,
    bytes_max: u64,
}

impl<R> Bounded<R> {
    /// Bounds `inner` to `bytes_max`.
    pub fn new(inner: R, bytes_max: u64) -> Self {
        Self { inner, left: bytes_max, bytes_max }
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.left = self.left.checked_sub(length as u64).ok_or(BodyError::TooLarge { bytes_max: self.bytes_max })?;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(body: Body, bytes_max: u64) -> Result<Vec<u8>, BodyError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let (sender, mut reader) = channel();
        let reading = std::thread::spawn(move || {
            let mut all = Vec::new();
            match reader.read_to_end(&mut all) {
                Ok(_) => Ok(all),
                Err(error) => Err(error.downcast::<BodyError>().expect("an error of ours")),
            }
        });
        runtime.block_on(sender.pump(body, bytes_max));
        reading.join().expect("the reader does not panic")
    }

    fn pieces(parts: Vec<Result<&'static [u8], io::Error>>) -> Body {
        Body::from_stream(futures_util::stream::iter(parts))
    }

    #[test]
    fn only_a_body_with_an_end_is_whole() {
        assert_eq!(read_all(pieces(vec![Ok(b"abc"), Ok(b""), Ok(b"de")]), 5), Ok(b"abcde".to_vec()));
        assert_eq!(read_all(Body::empty(), 0), Ok(Vec::new()));
        let broken = || Err(io::Error::other("the socket broke"));
        assert_eq!(read_all(pieces(vec![Ok(b"abc"), broken()]), 5), Err(BodyError::Truncated));
        assert_eq!(read_all(pieces(vec![Ok(b"abc"), Ok(b"def")]), 5), Err(BodyError::TooLarge { bytes_max: 5 }));
    }

    #[test]
    fn a_reader_without_a_sender_reports_a_truncated_body() {
        let (sender, mut reader) = channel();
        drop(sender);
        let error = reader.read(&mut [0; 8]).expect_err("there was no end");
        assert_eq!(error.downcast::<BodyError>().expect("an error of ours"), BodyError::Truncated);
    }

    #[test]
    fn a_bounded_reader_fails_where_the_bound_is_passed() {
        let read = |bytes_max| Bounded::new(&b"12345"[..], bytes_max).read_to_end(&mut Vec::new()).is_ok();
        assert!(read(5));
        assert!(!read(4));
    }
}
