//! One connection to the engine: it runs one statement at a time.

use std::ffi::{CString, c_char};
use std::ptr;

use super::insert::InsertStream;
use super::library::{Library, RawAnalysis, RawConnection, RawSession};
use super::result::{EngineError, QueryResult};

/// A value for a `{name:Type}` placeholder, in ClickHouse's escaped text form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// The placeholder's name.
    pub name: String,
    /// Its value; the engine reads it as the placeholder's type.
    pub value: String,
}

/// What a statement does to state that outlives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementClass {
    /// Leaves no trace.
    ReadOnly,
    /// Changes tables or databases, or what lies beside them.
    Mutating,
    /// SET, USE, SYSTEM, KILL, BACKUP, and statements that write outside the engine, such as `INTO OUTFILE`.
    Control,
    /// Did not parse, or the engine does not say.
    Unknown,
}

/// What the engine's parser found in a text, without running it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// Executable statements; 0 where the text does not parse.
    pub statements: u32,
    /// The most restricted class among them.
    pub class: StatementClass,
}

/// An open connection. Dropping it closes it.
pub struct Connection {
    library: &'static Library,
    raw: RawConnection,
}

// SAFETY: the engine allows a connection on any thread as long as calls do not overlap, which `&mut self` ensures.
unsafe impl Send for Connection {}

impl Connection {
    /// Opens a connection. The first one starts the engine and its `--` arguments decide the data path; later ones
    /// must name the same path.
    pub fn open(library: &'static Library, arguments: &[String]) -> Result<Self, EngineError> {
        let nul = |_| EngineError::new(36, "BAD_ARGUMENTS", "an engine argument has a NUL byte");
        let owned: Vec<CString> = std::iter::once("hearken-clickhouse")
            .chain(arguments.iter().map(String::as_str))
            .map(CString::new)
            .collect::<Result<_, _>>()
            .map_err(nul)?;
        let mut pointers: Vec<*mut c_char> = owned.iter().map(|argument| argument.as_ptr().cast_mut()).collect();
        let count = i32::try_from(pointers.len()).unwrap_or(i32::MAX);
        // SAFETY: `count` NUL-terminated strings that outlive the call; the engine copies what it keeps.
        let raw = unsafe { (library.connect)(count, pointers.as_mut_ptr()) };
        if raw.is_null() {
            return Err(EngineError::new(210, "NETWORK_ERROR", "the engine refused the connection"));
        }
        Ok(Self { library, raw })
    }

    /// Runs a statement and keeps its whole output, in `format` unless the statement names another.
    pub fn query(
        &mut self,
        statement: &[u8],
        format: &str,
        parameters: &[Parameter],
    ) -> Result<QueryResult, EngineError> {
        let columns = ParameterColumns::new(parameters);
        // SAFETY: pointers and lengths describe live memory; the result is taken over at once.
        unsafe {
            let raw = (self.library.query)(
                self.session(),
                statement.as_ptr().cast(),
                statement.len(),
                format.as_ptr().cast(),
                format.len(),
                columns.names.as_ptr(),
                columns.name_lengths.as_ptr(),
                columns.values.as_ptr(),
                columns.value_lengths.as_ptr(),
                parameters.len(),
            );
            QueryResult::take(self.library, raw)
        }
    }

    /// Begins an insert whose rows follow as bytes in `format`. `statement` has neither `FORMAT` nor rows.
    pub fn insert(
        &mut self,
        statement: &[u8],
        format: &str,
        parameters: &[Parameter],
    ) -> Result<InsertStream<'_>, EngineError> {
        let columns = ParameterColumns::new(parameters);
        // SAFETY: as in `query`; the stream borrows the connection, so nothing else runs on it meanwhile.
        unsafe {
            let raw = (self.library.insert)(
                self.session(),
                statement.as_ptr().cast(),
                statement.len(),
                format.as_ptr().cast(),
                format.len(),
                columns.names.as_ptr(),
                columns.name_lengths.as_ptr(),
                columns.values.as_ptr(),
                columns.value_lengths.as_ptr(),
                parameters.len(),
            );
            InsertStream::take(self.library, raw)
        }
    }

    /// Says what a text would do, by the parser that would run it.
    pub fn classify(&mut self, text: &[u8]) -> Analysis {
        let struct_size = u32::try_from(size_of::<RawAnalysis>()).unwrap_or(u32::MAX);
        let mut analysis = RawAnalysis { struct_size, statement_count: 0, flags: 0, query_class: u32::MAX };
        // SAFETY: the text is live, the struct is ours and states its size.
        let state = unsafe {
            let text_start = text.as_ptr().cast();
            (self.library.classify)(self.session(), text_start, text.len(), ptr::null(), 0, &mut analysis)
        };
        let class = match (state, analysis.query_class) {
            (0, 0) => StatementClass::ReadOnly,
            (0, 1 | 2) => StatementClass::Mutating,
            (0, 3) => StatementClass::Control,
            _ => StatementClass::Unknown,
        };
        Analysis { statements: analysis.statement_count, class }
    }

    fn session(&self) -> RawSession {
        // SAFETY: `raw` is what `chdb_connect` gave: a pointer to the session that lives until `close`.
        unsafe { *self.raw }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: owned, and closed once; no stream can still borrow it.
        unsafe { (self.library.close)(self.raw) }
    }
}

/// Parameters as the four parallel arrays the engine takes.
struct ParameterColumns {
    names: Vec<*const c_char>,
    name_lengths: Vec<usize>,
    values: Vec<*const c_char>,
    value_lengths: Vec<usize>,
}

impl ParameterColumns {
    fn new(parameters: &[Parameter]) -> Self {
        Self {
            names: parameters.iter().map(|parameter| parameter.name.as_ptr().cast()).collect(),
            name_lengths: parameters.iter().map(|parameter| parameter.name.len()).collect(),
            values: parameters.iter().map(|parameter| parameter.value.as_ptr().cast()).collect(),
            value_lengths: parameters.iter().map(|parameter| parameter.value.len()).collect(),
        }
    }
}
