//! What a data directory remembers of its demo, so that a second run goes on where the first one ended.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The file's name.
const FILE: &str = "demo.json";

/// Which demo it is, and how far it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Decides what the history tells.
    pub(super) seed: u64,
    /// When the history ends.
    pub(super) anchor: Timestamp,
    /// Whether it is there.
    pub(super) history: Progress,
}

/// How far the history came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Progress {
    /// Some of it may be missing; told again it is the same, so that nothing counts twice.
    Begun,
    /// Every record has its outcome.
    Done,
}

impl State {
    /// Begins a demo at the last full minute.
    pub(super) fn new(seed: u64, now: Timestamp) -> Self {
        let minute = now.as_second().div_euclid(60) * 60;
        Self { seed, anchor: Timestamp::from_second(minute).unwrap_or(now), history: Progress::Begun }
    }

    /// Reads what the directory remembers, if it does.
    pub(super) fn read(data: &Path) -> Result<Option<Self>> {
        let path = file(data);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("reading {}", path.display())),
        };
        let state = serde_json::from_str(&text);
        state.map(Some).with_context(|| format!("{} is damaged; `make clean-data` begins anew", path.display()))
    }

    /// Writes it, whole or not at all.
    pub(super) fn write(&self, data: &Path) -> Result<()> {
        let (path, new) = (file(data), data.join("demo.json.new"));
        std::fs::write(&new, serde_json::to_string(self)?).with_context(|| format!("writing {}", new.display()))?;
        std::fs::rename(&new, &path).with_context(|| format!("writing {}", path.display()))
    }
}

fn file(data: &Path) -> PathBuf {
    data.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_damaged_is_said() {
        let data = std::env::temp_dir().join(format!("hearken-demo-state-{}", std::process::id()));
        std::fs::create_dir_all(&data).unwrap();
        assert_eq!(State::read(&data).unwrap(), None);
        let state = State::new(7, "2026-11-22T10:20:59.5Z".parse().unwrap());
        assert_eq!(state.anchor, "2026-11-22T10:20:00Z".parse().unwrap());
        let done = State { history: Progress::Done, ..state };
        done.write(&data).unwrap();
        assert_eq!(State::read(&data).unwrap(), Some(done));
        std::fs::write(file(&data), "{").unwrap();
        assert!(State::read(&data).unwrap_err().to_string().contains("is damaged"));
        std::fs::remove_dir_all(&data).unwrap();
    }
}
