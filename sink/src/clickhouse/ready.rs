//! Looking at the server before the first record is read.

use std::time::Duration;

use anyhow::Result;
use hearken_runtime::clickhouse::code;

use super::ClickHouse;

/// `NO_SUCH_COLUMN_IN_TABLE`, `UNKNOWN_IDENTIFIER`, `UNKNOWN_TABLE` and `UNKNOWN_DATABASE`.
const MISSING: [u32; 4] = [16, 47, 60, 81];

impl ClickHouse {
    /// Waits until the server answers and the tables are there.
    ///
    /// # Errors
    /// Where it does not within `wait`, refuses the user, is too old, or lacks a table or a column.
    pub async fn ready(&self, wait: Duration) -> Result<()> {
        self.server.ready(wait, || self.tables_are_there()).await
    }

    /// Looks whether every table is there and takes its block.
    async fn tables_are_there(&self) -> Result<()> {
        for (table, columns) in crate::block::tables() {
            let name = table.as_str();
            let names: Vec<String> = columns.iter().map(|column| format!("`{column}`")).collect();
            let Err(error) =
                self.server.try_lines(&format!("SELECT {} FROM {name} WHERE 0", names.join(", ")), &[]).await
            else {
                continue;
            };
            let missing = code(&format!("{error:#}")).is_some_and(|code| MISSING.contains(&code));
            let hint =
                || format!("table {name} is missing or lacks a column; `hearken migrate` makes it or says what to do");
            return Err(if missing { error.context(hint()) } else { error });
        }
        Ok(())
    }
}
