//! Runs one statement, on a fresh engine connection or on the one of its session. Everything here blocks.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::auth::{Bounds, Reader};
use super::body::BodyError;
use super::errors::code;
use super::request::StatementRequest;
use super::session::OpenSession;
use crate::chdb::{Connection, EngineError, Parameter, QueryResult, StatementClass};
use crate::engine::Engine;
use crate::native::{self, NativeError};
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Nothing may be changed: the user only reads, or the method is GET.
    pub read_only: bool,
    /// The user only reads, and nothing beyond the tables.
    pub reader: Option<Arc<Reader>>,
}

impl Rights {
    /// Whose sessions are used: who only reads can leave nothing in one, and has none.
    pub fn owner(&self, user: &str) -> Option<String> {
        self.reader.is_none().then(|| user.to_owned())
    }

    fn bounds(&self) -> Option<&Bounds> {
        self.reader.as_ref().and_then(|reader| reader.bounds.as_ref())
    }
}

/// The beginning of the tag of every statement that a client gave this id.
fn tag_of(query_id: &str) -> String {
    format!("query:{query_id} {TAG_PREFIX}")
}

/// The place in which a statement runs.
pub struct Place<'request> {
    /// Who may do what.
    pub rights: Rights,
    /// The statement as seen from outside.
    pub running: &'request Running,
    /// Its session.
    pub session: Option<&'request mut OpenSession>,
}

/// A statement that runs, as seen from outside.
pub struct Running {
    /// Ends its `log_comment`: the client's id for the statement, then the number that nobody else has.
    tag: String,
    /// Set once the statement can be stopped without leaving half of a change.
    stoppable: AtomicBool,
    given_up: AtomicBool,
    ended: AtomicBool,
}

impl Running {
    /// Names a statement; `number` is unique in this program.
    pub fn new(query_id: &str, number: u64) -> Arc<Self> {
        let [stoppable, given_up, ended] = [const { AtomicBool::new(false) }; 3];
        Arc::new(Self { tag: format!("{}{number}", tag_of(query_id)), stoppable, given_up, ended })
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
    /// What is sent in place of the engine's output.
    pub rewritten: Option<Vec<u8>>,
    /// The format of the output.
    pub format: String,
    /// How long it took, connection included.
    pub elapsed: Duration,
}

/// Runs the statement of `request`, whose unpacked body is `body`.
pub fn run(
    engine: &Engine,
    request: &StatementRequest,
    body: &mut dyn Read,
    place: Place<'_>,
) -> Result<Outcome, EngineError> {
    let started = Instant::now();
    let text = Text::read_head(&request.query, body)?;
    let Place { rights, running, session } = place;
    let held = session.filter(|session| session.connection.is_some() || sql::changes_session(&text.bytes));
    let Answer { result, rewritten, format } = match held {
        None => {
            let mut connection = engine.connect()?;
            allowed_settings(request, &rights)?;
            prepare(&mut connection, &session_statements(request, &rights, &running.tag))?;
            execute(
                &mut connection,
                request,
                &rights,
                Input { text, body, table_functions: engine.table_functions() },
                running,
            )?
        }
        Some(session) => {
            let mut connection = session.connection.take().map_or_else(|| engine.connect(), Ok)?;
            let before = Before::remember(&mut connection, request, text.begins_with("USE"))?;
            // Read-only could not be taken back; what reads is told by its class.
            let statements = session_statements(request, &Rights::default(), &running.tag);
            let executed = prepare(&mut connection, &statements).and_then(|()| {
                execute(&mut connection, request, &rights, Input { text, body, table_functions: &[] }, running)
            });
            // Where this fails, the connection is closed, and the session has lost what it kept.
            before.restore(&mut connection)?;
            session.connection = Some(connection);
            executed?
        }
    };
    Ok(Outcome { result, rewritten, format, elapsed: started.elapsed() })
}

/// Settings that a user with bounds may send; how an answer is written, and lower limits of the kind that are set anyway.
const OPEN_SETTINGS: [&str; 5] = ["output_format_", "format_", "date_time_", "http_", "max_"];
const OPEN_SETTING_NAMES: [&str; 8] = [
    "cancel_http_readonly_queries_on_client_close",
    "extremes",
    "join_use_nulls",
    "log_comment",
    "low_cardinality_allow_in_native_format",
    "result_overflow_mode",
    "send_progress_in_http_headers",
    "session_timezone",
];

/// Refuses what a user with bounds may not send with a statement.
fn allowed_settings(request: &StatementRequest, rights: &Rights) -> Result<(), EngineError> {
    if rights.bounds().is_none() {
        return Ok(());
    }
    let is_open =
        |name: &str| OPEN_SETTINGS.iter().any(|prefix| name.starts_with(prefix)) || OPEN_SETTING_NAMES.contains(&name);
    if let Some((name, _)) = request.settings.iter().find(|(name, _)| !is_open(name)) {
        let text = format!("Cannot modify '{name}' setting in readonly mode");
        return Err(EngineError::new(code::READONLY, "READONLY", &text));
    }
    if request.database.as_deref() == Some("system") {
        return Err(denied("the database system"));
    }
    Ok(())
}

/// The statement of a user with bounds, as the engine itself writes it down: what is looked at here is what is run.
fn bounded(connection: &mut Connection, text: Vec<u8>, table_functions: &[String]) -> Result<Vec<u8>, EngineError> {
    let text = String::from_utf8(text).map_err(|_| denied("a statement that is not UTF-8"))?;
    // Parameters come in the escaped form of TSV.
    let value = text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
    let parameter = Parameter { name: "statement".to_owned(), value };
    let written = connection.query(b"SELECT formatQuery({statement:String})", "TSVRaw", &[parameter])?;
    let written = written.as_ref().strip_suffix(b"\n").unwrap_or(written.as_ref()).to_vec();
    match sql::beyond_reach(&written, table_functions) {
        Some(what) => Err(denied(&what)),
        None => Ok(written),
    }
}

fn denied(what: &str) -> EngineError {
    let text = format!("Not enough privileges: {what} is not open to this user");
    EngineError::new(code::ACCESS_DENIED, "ACCESS_DENIED", &text)
}

/// What a request sets holds for its own statement alone, so a session's connection gets its settings back.
struct Before(Vec<String>);

/// The statement that brings the settings of these names back.
const SETTINGS_NOW: &str = r"SELECT 'SET ' || arrayStringConcat(groupArray(
    name || ' = \'' || replaceAll(replaceAll(value, '\\', '\\\\'), '\'', '\\\'') || '\''), ', ')
FROM system.settings WHERE name IN ";

impl Before {
    /// Asks for the settings of `request` as they are, and for the database unless the statement `moves` to another.
    fn remember(connection: &mut Connection, request: &StatementRequest, moves: bool) -> Result<Self, EngineError> {
        let names = request.settings.iter().map(|(name, _)| name.as_str()).chain(["log_comment"]);
        let names: Vec<String> = names.map(sql::quote).collect();
        let mut statements = vec![one_text(connection, &format!("{SETTINGS_NOW}({})", names.join(", ")))?];
        if request.database.is_some() && !moves {
            let database = one_text(connection, "SELECT currentDatabase()")?;
            statements.push(format!("USE {}", sql::quote_name(&database)));
        }
        Ok(Self(statements))
    }

    /// The answers take with them what a failed statement may have left for the next one.
    fn restore(self, connection: &mut Connection) -> Result<(), EngineError> {
        prepare(connection, &self.0)
    }
}

fn one_text(connection: &mut Connection, statement: &str) -> Result<String, EngineError> {
    let result = connection.query(statement.as_bytes(), "TSVRaw", &[])?;
    Ok(String::from_utf8_lossy(result.as_ref()).trim_end_matches('\n').to_owned())
}

/// What the engine answered, and how it goes on to the client.
struct Answer {
    result: QueryResult,
    rewritten: Option<Vec<u8>>,
    format: String,
}

/// The statement as far as it was read, and the rest of the body.
struct Input<'body> {
    text: Text,
    body: &'body mut dyn Read,
    /// Those of the engine, in lower case.
    table_functions: &'body [String],
}

fn execute(
    connection: &mut Connection,
    request: &StatementRequest,
    rights: &Rights,
    input: Input<'_>,
    running: &Running,
) -> Result<Answer, EngineError> {
    let Input { text, body, table_functions } = input;
    Ok(match sql::insert_shape(&text.bytes) {
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
            let result = insert.run(connection, request, body)?;
            Answer { result, rewritten: None, format: request.output_format().to_owned() }
        }
        InsertShape::Other => {
            let text = text.read_rest(body)?;
            let text = if rights.bounds().is_some() { bounded(connection, text, table_functions)? } else { text };
            let format = sql::output_format(&text).unwrap_or_else(|| request.output_format()).to_owned();
            let result = run_whole(connection, request, rights, &text, running)?;
            let is_empty = format == "Native" && result.as_ref().is_empty();
            let rewritten = if is_empty { header(connection, request, &text) } else { None };
            let rewritten = if format == "Native" && request.revision > 0 {
                let blocks = rewritten.as_deref().unwrap_or_else(|| result.as_ref());
                Some(native::framed(blocks, request.revision).map_err(not_framed)?)
            } else {
                rewritten
            };
            Answer { result, rewritten, format }
        }
    })
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

    fn begins_with(&self, keyword: &str) -> bool {
        sql::tokens(&self.bytes).next().is_some_and(|token| token.is_word(&self.bytes, keyword))
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
fn prepare(connection: &mut Connection, statements: &[String]) -> Result<(), EngineError> {
    for statement in statements {
        connection.query(statement.as_bytes(), "Null", &[])?;
    }
    Ok(())
}

fn session_statements(request: &StatementRequest, rights: &Rights, tag: &str) -> Vec<String> {
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
    if let Some(reader) = &rights.reader {
        statements.push(format!("SET ROLE {}", reader.role));
    } else if !request.roles.is_empty() {
        let roles: Vec<String> = request.roles.iter().map(|role| sql::quote_name(role)).collect();
        statements.push(format!("SET ROLE {}", roles.join(", ")));
    }
    if let Some(bounds) = rights.bounds() {
        // After the client's own, so that these hold; 1 forbids to change any from here on.
        statements.push(format!("SET {}", bounds.settings.join(", ")));
        statements.push("SET readonly = 1".to_owned());
    } else if rights.read_only {
        // 2 leaves the other settings to the statement.
        statements.push("SET readonly = 2".to_owned());
    }
    statements
}

/// The names and types of a result that is empty. What cannot be described has none.
fn header(connection: &mut Connection, request: &StatementRequest, text: &[u8]) -> Option<Vec<u8>> {
    let describe = [b"DESCRIBE TABLE (", sql::without_format(text), b"\n)"].concat();
    let described = connection.query(&describe, "JSONCompactEachRow", &request.parameters).ok()?;
    let lines = described.as_ref().split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let columns: Result<Vec<(String, String)>, _> = lines
        .map(|line| {
            let mut row = serde_json::from_slice::<Vec<String>>(line)?.into_iter();
            Ok::<_, serde_json::Error>((row.next().unwrap_or_default(), row.next().unwrap_or_default()))
        })
        .collect();
    columns.ok().map(|columns| native::empty_block(&columns))
}

fn not_framed(error: NativeError) -> EngineError {
    EngineError::new(code::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", &error.to_string())
}

/// Runs a statement that brings no rows.
fn run_whole(
    connection: &mut Connection,
    request: &StatementRequest,
    rights: &Rights,
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
    if rights.reader.is_some()
        && let Some(function) = sql::forbidden_for_readers(text)
    {
        let text = format!("Not enough privileges: a read-only user cannot call {function}");
        return Err(EngineError::new(code::ACCESS_DENIED, "ACCESS_DENIED", &text));
    }
    if let Some(query_id) = sql::killed_query(text) {
        // The engine gives statements ids of its own.
        let kill =
            format!("KILL QUERY WHERE position(Settings['log_comment'], {}) > 0", sql::quote(&tag_of(&query_id)));
        return connection.query(kill.as_bytes(), request.output_format(), &[]);
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
        let check = |rights: Rights, rest: &[&str]| {
            assert_eq!(session_statements(&request, &rights, "tag"), [&[set], rest].concat());
        };
        let reader =
            |bounds| Rights { read_only: true, reader: Some(Arc::new(Reader { role: "reads".into(), bounds })) };
        let bounds = Bounds { settings: vec!["a = 1".into(), "b = 2".into()] };
        let used = r"USE `a\`b`";
        check(Rights::default(), &[used, "SET ROLE `r`"]);
        check(Rights { read_only: true, ..Rights::default() }, &[used, "SET ROLE `r`", "SET readonly = 2"]);
        check(reader(None), &[used, "SET ROLE reads", "SET readonly = 2"]);
        check(reader(Some(bounds)), &[used, "SET ROLE reads", "SET a = 1, b = 2", "SET readonly = 1"]);
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
