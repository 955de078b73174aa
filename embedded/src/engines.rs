//! Where the local engines are installed on this machine.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Returns the directory that `make setup` installs the engines into: `$HEARKEN_ENGINES`, else `hearken/engines` in the
/// user's cache directory.
pub fn dir() -> PathBuf {
    dir_of(|name| env::var_os(name).filter(|value| !value.is_empty()))
}

/// Returns the directory with Kafka's jars.
pub fn kafka_libs() -> PathBuf {
    dir().join("kafka-4.1.1/libs")
}

fn dir_of(variable: impl Fn(&str) -> Option<OsString>) -> PathBuf {
    let home = || PathBuf::from(variable("HOME").unwrap_or_else(|| OsString::from("/")));
    let cache = || variable("XDG_CACHE_HOME").map_or_else(|| home().join(".cache"), PathBuf::from);
    variable("HEARKEN_ENGINES").map_or_else(|| cache().join("hearken/engines"), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_variable_decides() {
        let all = [("HEARKEN_ENGINES", "/engines"), ("XDG_CACHE_HOME", "/cache"), ("HOME", "/home/mei")];
        for (skip, expected) in [
            (0, "/engines"),
            (1, "/cache/hearken/engines"),
            (2, "/home/mei/.cache/hearken/engines"),
            (3, "/.cache/hearken/engines"),
        ] {
            let variable =
                |name: &str| all[skip..].iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).into());
            assert_eq!(dir_of(variable), PathBuf::from(expected));
        }
    }
}
