//! The running engine: one data directory, one root connection that keeps it open, and a fresh connection for each
//! statement or session.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::chdb::{Connection, EngineError, Library, LibraryError};
use crate::data_directory::{Configured, DataDirectory, DataDirectoryError};
use crate::sql::quote;

/// What the engine needs to start.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// The file `libchdb.so`.
    pub library: PathBuf,
    /// The data directory.
    pub data: PathBuf,
    /// Its bounds and its users.
    pub configured: Configured,
}

/// Why the engine did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The library is not usable.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The data directory is not usable.
    #[error(transparent)]
    Data(#[from] DataDirectoryError),
    /// The engine refused the directory.
    #[error("the ClickHouse engine did not start on {data}: {source}")]
    Engine {
        /// The data directory.
        data: PathBuf,
        /// What the engine said.
        source: EngineError,
    },
}

/// The engine did not let go of its connections in time.
#[derive(Debug, Error)]
#[error("{open} statements were still running when the time to stop was over")]
pub struct StopError {
    open: usize,
}

/// The engine while it runs.
pub struct Engine {
    library: &'static Library,
    directory: DataDirectory,
    version: String,
    table_functions: Vec<String>,
    open: Arc<AtomicUsize>,
    /// Keeps the engine alive between statements; taken on [`stop`](Self::stop).
    root: Mutex<Option<Connection>>,
}

/// A connection that the engine counts until it is closed.
pub struct EngineConnection {
    // Declared first, so it is closed before it is counted as closed.
    connection: Connection,
    _open: OpenCount,
}

struct OpenCount(Arc<AtomicUsize>);

impl Drop for OpenCount {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl std::ops::Deref for EngineConnection {
    type Target = Connection;
    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl std::ops::DerefMut for EngineConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

impl Engine {
    /// Loads the library, takes the data directory and opens the root connection.
    pub fn start(options: &EngineOptions) -> Result<Self, StartError> {
        let library = Library::open(&options.library)?;
        let directory = DataDirectory::open(&options.data, &options.configured)?;
        let refused = |source| StartError::Engine { data: directory.path().to_owned(), source };
        let mut root = Connection::open(library, &directory.engine_arguments()).map_err(refused)?;
        let mut ask = |statement: &[u8]| {
            let answer = root.query(statement, "TSVRaw", &[]).map_err(refused)?;
            Ok::<_, StartError>(String::from_utf8_lossy(answer.as_ref()).trim_end().to_owned())
        };
        let version = ask(b"SELECT version()")?;
        let table_functions =
            ask(b"SELECT lower(name) FROM system.table_functions")?.lines().map(str::to_owned).collect();
        Ok(Self { library, directory, version, table_functions, open: Arc::default(), root: Mutex::new(Some(root)) })
    }

    /// The engine's version, such as `26.7.2.1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The engine's table functions, in lower case.
    pub fn table_functions(&self) -> &[String] {
        &self.table_functions
    }

    /// Opens a connection for one statement, or for the statements of a session.
    pub fn connect(&self) -> Result<EngineConnection, EngineError> {
        self.open.fetch_add(1, Ordering::AcqRel);
        let counted = OpenCount(self.open.clone());
        let connection = Connection::open(self.library, &[self.directory.path_argument()])?;
        Ok(EngineConnection { connection, _open: counted })
    }

    /// Asks the statement whose `log_comment` ends with `tag` to stop; it does not wait for it.
    pub fn cancel(&self, tag: &str) -> Result<(), EngineError> {
        self.kill(&format!("endsWith(Settings['log_comment'], {})", quote(tag)))
    }

    /// Asks every statement whose `log_comment` holds `tag_prefix` to stop; it does not wait for them.
    pub fn cancel_all(&self, tag_prefix: &str) -> Result<(), EngineError> {
        self.kill(&format!("position(Settings['log_comment'], {}) > 0", quote(tag_prefix)))
    }

    fn kill(&self, condition: &str) -> Result<(), EngineError> {
        // SYNC would wait for the statement, and was seen to wait for ever.
        self.connect()?.query(format!("KILL QUERY WHERE {condition}").as_bytes(), "Null", &[]).map(drop)
    }

    /// Waits for the statements to end, up to `patience`, and closes the engine.
    pub fn stop(&self, patience: Duration) -> Result<(), StopError> {
        let deadline = Instant::now() + patience;
        while self.open.load(Ordering::Acquire) > 0 {
            if Instant::now() >= deadline {
                return Err(StopError { open: self.open.load(Ordering::Acquire) });
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let root = self.root.lock().unwrap_or_else(std::sync::PoisonError::into_inner).take();
        // Closing the last connection shuts the engine down. Its `chdb_shutdown` is of no use: in this release it
        // refuses even with every connection closed, and the threads it means end with the program.
        drop(root);
        Ok(())
    }
}
