//! The cases of a target: files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Target;

/// A case and where it is.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its file.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Returns the repository's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the folders a target's cases are in: its own folder first.
pub fn places(target: &Target) -> Vec<PathBuf> {
    let own = format!("fuzz/corpus/{}", target.name);
    [own.as_str()].iter().chain(target.seeds).map(|place| root().join(place)).collect()
}

/// Reads all cases of a target, in order.
///
/// # Errors
/// Where a folder is not there, or something in it cannot be read.
pub fn cases(target: &Target) -> std::io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for place in places(target) {
        collect(&place, &mut cases)?;
    }
    Ok(cases)
}

fn collect(place: &Path, cases: &mut Vec<Case>) -> std::io::Result<()> {
    if !place.is_dir() {
        cases.push(Case { path: place.to_owned(), bytes: fs::read(place)? });
        return Ok(());
    }
    let mut entries = fs::read_dir(place)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    entries.sort();
    entries.iter().try_for_each(|entry| collect(entry, cases))
}
