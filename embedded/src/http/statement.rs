//! Runs one statement on a fresh engine connection. Everything here blocks.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::body::BodyError;
use super::errors::code;
use super::request::StatementRequest;
use crate::chdb::{Connection, EngineError, QueryResult, StatementClass};
use crate::data_directory::READER_ROLE;
use crate::engine::Engine;
use crate::sql::{self, InsertShape};

/// How much of a body is looked at for the statement that may begin it; ClickHouse's default `max_query_size`.
const HEAD_BYTES: u64 = 256 << 10;
/// The longest statement, rows apart.
const STATEMENT_BYTES_MAX: u64 = 16 << 20;
/// Rows go to the engine in pieces of this size.
const APPEND_BYTES: usize = 1 << 20;
/// Begins the tag by which a running statement is found again.
pub const TAG_PREFIX: &str = "hearken-statement:";

/// Who may do what, for one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights {
    /// Nothing may be changed: the user is read-only, or the method is GET.
    pub read_only: bool,
    /// Nothing beyond the tables may be read: the user is read-only.
    pub tables_only: bool,
}

/// A statement that runs, as seen from outside.
pub struct Running {
    tag: String,
    /// Set once the statement can be stopped without leaving half of a change.
    stoppable: AtomicBool,
    given_up: AtomicBool,
    ended: AtomicBool,
}

impl Running {
    /// Names a statement; `number` is unique in this program.
    pub fn new(number: u64) -> Arc<Self> {
        let [stoppable, given_up, ended] = [const { AtomicBool::new(false) }; 3];
        Arc::new(Self { tag: format!("{TAG_PREFIX}{number}"), stoppable, given_up, ended })
    }

    /// Marks that nobody waits for the statement any more.
    pub fn give_up(&self) {
        self.given_up.store(true, Ordering::Release);
    }

    /// Marks that the statement is over.
    pub fn end(&self) {
        self.ended.store(true, Ordering::Release);
    }

    /// Whether the statement is over.
    pub fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// Asks the engine to stop the statement until it has ended, for a bounded time.
    pub fn stop(&self, engine: &Engine) {
        for _ in 0..50 {
            if self.has_ended() {
                return;
            }
            if self.stoppable.load(Ordering::Acquire)
                && let Err(error) = engine.cancel(&self.tag)
            {
                tracing::warn!(%error, "a statement whose client is gone could not be stopped");
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// What came of a statement.
pub struct Outcome {
    /// Output and counters.
    pub result: QueryResult,
    /// The format of the output.
    pub format: String,
    /// How long it took, connection included.
    pub elapsed: Duration,
}

/// Runs the statement of `request`, whose unpacked body is `body`.
pub fn run(
    engine: &Engine,
    request: &StatementRequest,
    rights: Rights,
    body: &mut dyn Read,
    running: &Running,
) -> Result<Outcome, EngineError> {
    let started = Instant::now();
    let text = Text::read_head(&request.query, body)?;
    let mut connection = engine.connect()?;
    prepare(&mut connection, request, rights, &running.tag)?;
    let (result, format) = match sql::insert_shape(&text.bytes) {
        InsertShape::Rows { .. } | InsertShape::FromFile | InsertShape::Semicolon if rights.read_only => {
            return Err(read_only());
        }
        InsertShape::Semicolon => {
            let text = "Syntax error: excessive ';' between the format and the rows of an INSERT";
            return Err(EngineError::new(code::SYNTAX_ERROR, "SYNTAX_ERROR", text));
        }
        InsertShape::FromFile => return Err(file_refused()),
        InsertShape::Rows { statement, format, rows } => {
            let insert = Insert { statement, format, rows };
            (insert.run(&mut connection, request, body)?, request.output_format().to_owned())
        }
        InsertShape::Other => {
            let text = text.read_rest(body)?;
            let format = sql::output_format(&text).unwrap_or_else(|| request.output_format()).to_owned();
            (run_whole(&mut connection, request, rights, &text, running)?, format)
        }
    };
    Ok(Outcome { result, format, elapsed: started.elapsed() })
}

impl StatementRequest {
    fn output_format(&self) -> &str {
        self.default_format.as_deref().unwrap_or("TabSeparated")
    }
}

/// The text of a request: the URL's query, then what has been read of the body.
struct Text {
    bytes: Vec<u8>,
    body_ended: bool,
}

impl Text {
    fn read_head(query: &str, body: &mut dyn Read) -> Result<Self, EngineError> {
        let mut bytes = query.as_bytes().to_vec();
        if !bytes.is_empty() {
            bytes.push(b'\n');
        }
        let wanted = HEAD_BYTES as usize;
        let read = body.take(HEAD_BYTES).read_to_end(&mut bytes).map_err(body_error)?;
        Ok(Self { bytes, body_ended: read < wanted })
    }

    fn read_rest(self, body: &mut dyn Read) -> Result<Vec<u8>, EngineError> {
        let Self { mut bytes, body_ended } = self;
        if !body_ended {
            body.take(STATEMENT_BYTES_MAX).read_to_end(&mut bytes).map_err(body_error)?;
        }
        if bytes.len() as u64 > STATEMENT_BYTES_MAX {
            return Err(body_error(BodyError::TooLarge { bytes_max: STATEMENT_BYTES_MAX }.into()));
        }
        Ok(bytes)
    }
}

/// Applies what the request sets. Each is a statement of its own, so the engine judges names and values; the engine's
/// arguments would drop what they do not know.
fn prepare(
    connection: &mut Connection,
    request: &StatementRequest,
    rights: Rights,
    tag: &str,
) -> Result<(), EngineError> {
    for statement in session_statements(request, rights, tag) {
        connection.query(statement.as_bytes(), "Null", &[])?;
    }
    Ok(())
}

fn session_statements(request: &StatementRequest, rights: Rights, tag: &str) -> Vec<String> {
    let is_comment = |(name, _): &&(String, String)| name == "log_comment";
    let comment = request.settings.iter().rfind(is_comment).map_or("", |(_, value)| value);
    let mut settings = String::from("SET ");
    for (name, value) in request.settings.iter().filter(|setting| !is_comment(setting)) {
        settings.push_str(&format!("{name} = {}, ", sql::quote(value)));
    }
    // The tag comes last, so that a client's own comment stays readable and cannot pass for another's tag.
    settings.push_str(&format!("log_comment = {}", sql::quote(&format!("{comment} {tag}"))));
    let mut statements = vec![settings];
    statements.extend(request.database.iter().map(|database| format!("USE {}", sql::quote_name(database))));
    if rights.tables_only {
        statements.push(format!("SET ROLE {READER_ROLE}"));
    } else if !request.roles.is_empty() {
        let roles: Vec<String> = request.roles.iter().map(|role| sql::quote_name(role)).collect();
        statements.push(format!("SET ROLE {}", roles.join(", ")));
    }
    if rights.read_only {
        // 2 leaves the other settings to the statement.
        statements.push("SET readonly = 2".to_owned());
    }
    statements
}

/// Runs a statement that brings no rows.
fn run_whole(
    connection: &mut Connection,
    request: &StatementRequest,
    rights: Rights,
    text: &[u8],
    running: &Running,
) -> Result<QueryResult, EngineError> {
    let analysis = connection.classify(text);
    let statements = sql::count_statements(text).max(analysis.statements as usize);
    if statements == 0 {
        let text = "Syntax error: failed at position 1 (end of query): Empty query";
        return Err(EngineError::new(code::SYNTAX_ERROR, "SYNTAX_ERROR", text));
    }
    if statements > 1 {
        let text = "Syntax error (Multi-statements are not allowed): send one statement a request";
        return Err(EngineError::new(code::SYNTAX_ERROR, "SYNTAX_ERROR", text));
    }
    // A table may be called `outfile`, so an INSERT … SELECT into one is no file; nothing else that changes tables
    // has a clause for files.
    if analysis.class != StatementClass::Mutating && sql::names_a_file(text) {
        return Err(file_refused());
    }
    if rights.read_only && matches!(analysis.class, StatementClass::Mutating | StatementClass::Control) {
        return Err(read_only());
    }
    if rights.tables_only
        && let Some(function) = sql::forbidden_for_readers(text)
    {
        let text = format!("Not enough privileges: a read-only user cannot call {function}");
        return Err(EngineError::new(code::ACCESS_DENIED, "ACCESS_DENIED", &text));
    }
    running.stoppable.store(analysis.class == StatementClass::ReadOnly, Ordering::Release);
    if running.given_up.load(Ordering::Acquire) {
        return Err(EngineError::new(code::QUERY_WAS_CANCELLED, "QUERY_WAS_CANCELLED", "The client is gone"));
    }
    connection.query(text, request.output_format(), &request.parameters)
}

/// An INSERT whose rows come as bytes.
struct Insert<'text> {
    statement: &'text [u8],
    format: &'text str,
    rows: &'text [u8],
}

impl Insert<'_> {
    fn run(
        &self,
        connection: &mut Connection,
        request: &StatementRequest,
        body: &mut dyn Read,
    ) -> Result<QueryResult, EngineError> {
        let mut stream = connection.insert(self.statement, self.format, &request.parameters)?;
        let mut piece = Vec::with_capacity(APPEND_BYTES);
        piece.extend_from_slice(self.rows);
        loop {
            let room = (APPEND_BYTES.saturating_sub(piece.len())) as u64;
            // An error drops the stream, which cancels the insert.
            body.take(room).read_to_end(&mut piece).map_err(body_error)?;
            if piece.is_empty() || !stream.append(&piece) {
                return stream.finish();
            }
            piece.clear();
        }
    }
}

fn read_only() -> EngineError {
    let text = "Cannot execute query in readonly mode. A read-only user may not change anything; for others, GET \
                implies readonly and POST does not";
    EngineError::new(code::READONLY, "READONLY", text)
}

fn file_refused() -> EngineError {
    let text = "INTO OUTFILE and FROM INFILE are not allowed: send rows in the body, read them from the answer";
    EngineError::new(code::INTO_OUTFILE_NOT_ALLOWED, "INTO_OUTFILE_NOT_ALLOWED", text)
}

/// Words an error of the body as ClickHouse would.
pub fn body_error(error: io::Error) -> EngineError {
    let text = error.to_string();
    let (code, kind) = match error.downcast::<BodyError>() {
        Ok(BodyError::Truncated) => (code::ATTEMPT_TO_READ_AFTER_EOF, "ATTEMPT_TO_READ_AFTER_EOF"),
        Ok(BodyError::Stalled) => (code::SOCKET_TIMEOUT, "SOCKET_TIMEOUT"),
        Ok(BodyError::TooLarge { .. }) => (code::QUERY_IS_TOO_LARGE, "QUERY_IS_TOO_LARGE"),
        Ok(BodyError::Checksum { .. }) => (code::CHECKSUM_DOESNT_MATCH, "CHECKSUM_DOESNT_MATCH"),
        Ok(BodyError::Form(_)) => (code::BAD_ARGUMENTS, "BAD_ARGUMENTS"),
        // The rest comes from a decoder.
        Ok(BodyError::Frame { .. }) | Err(_) => (code::CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS"),
    };
    EngineError::new(code, kind, &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_prepared_by_statements_that_cannot_be_broken_out_of() {
        let settings = [("max_threads", "2"), ("insert_deduplication_token", "a'b\\"), ("log_comment", "mine")];
        let request = StatementRequest {
            database: Some("a`b".into()),
            roles: vec!["r".into()],
            settings: settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
            ..StatementRequest::default()
        };
        let set = r"SET max_threads = '2', insert_deduplication_token = 'a\'b\\', log_comment = 'mine tag'";
        let check = |read_only, tables_only, rest: &[&str]| {
            let statements = session_statements(&request, Rights { read_only, tables_only }, "tag");
            assert_eq!(statements, [&[set], rest].concat());
        };
        check(false, false, &[r"USE `a\`b`", "SET ROLE `r`"]);
        check(true, true, &[r"USE `a\`b`", "SET ROLE local_reader", "SET readonly = 2"]);
    }

    #[test]
    fn a_text_is_the_query_then_the_body() {
        let read = |query: &str, body: &str| {
            let mut body = body.as_bytes();
            let text = Text::read_head(query, &mut body).expect("memory can be read");
            text.read_rest(&mut body).expect("memory can be read")
        };
        assert_eq!(read("", "SELECT 1"), b"SELECT 1");
        assert_eq!(read("SELECT", "1"), b"SELECT\n1");
        assert_eq!(read("SELECT 1", ""), b"SELECT 1\n");
        let long = "x".repeat(HEAD_BYTES as usize + 10);
        assert_eq!(read("", &long), long.as_bytes());
    }
}
