//! How objects are written for where they are made.

use anyhow::Result;
use hearken_schemas::tables::Object;

/// One server, or several that hold the tables together.
pub(crate) trait Target: Sync {
    /// Returns the statements that make an object.
    ///
    /// # Errors
    /// Where the object cannot be made there.
    fn statements(&self, object: &Object) -> Result<Vec<String>>;

    /// Returns the statements that alter a table or a view by one clause, such as `ADD COLUMN x UInt8`.
    fn alterations(&self, table: &str, clause: &str) -> Vec<String>;
}

/// One server: every object by its own statement.
pub(crate) struct OneServer;

impl Target for OneServer {
    fn statements(&self, object: &Object) -> Result<Vec<String>> {
        Ok(vec![object.statement.to_owned()])
    }

    fn alterations(&self, table: &str, clause: &str) -> Vec<String> {
        vec![format!("ALTER TABLE {table} {clause}")]
    }
}
