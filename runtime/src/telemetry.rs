//! Structured logs on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Nothing of what the ClickHouse client says by itself.
const CLIENT: &str = "clickhouse=off";

/// Starts logging: text on a terminal, JSON otherwise, filtered by `HEARKEN_LOG` (default `info`).
pub fn start() {
    let filter = EnvFilter::try_from_env("HEARKEN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    // The ClickHouse client logs errors as they came, with the values that they quote; who asked tells of them without.
    let filter = filter.add_directive(CLIENT.parse().expect("it is a directive"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first subscriber.
    let _ = if std::io::stderr().is_terminal() { logs.try_init() } else { logs.json().try_init() };
}
