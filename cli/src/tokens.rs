//! `hearken tokens`: tokens of the API. A token is printed once; the file keeps its hash.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand, ValueEnum};
use hearken_alert::case::Role;
use hearken_alert::token::{Fresh, Tokens};
use jiff::{SignedDuration, Timestamp};

/// Arguments of `hearken tokens`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Subcommand)]
enum Asked {
    /// Make a token: prints it, and its entry for the file that `alert.tokens` names
    New(New),
}

#[derive(Args)]
struct New {
    /// What the audit log calls it, such as li-laptop
    #[arg(long)]
    name: String,
    /// What it is for
    #[arg(long, value_enum)]
    role: Wanted,
    /// Whose it is, as the directory of responders has it; a responder needs one
    #[arg(long, default_value = "", hide_default_value = true)]
    owner: String,
    /// A lead's department
    #[arg(long, default_value = "", hide_default_value = true)]
    department: String,
    /// For how long it is good: days, such as 90d, or never
    #[arg(long, default_value = "90d", value_parser = days)]
    expires: Expiry,
    /// Add the entry to this file, the one that `alert.tokens` names; without it the entry is printed
    #[arg(long, value_name = "FILE")]
    add: Option<PathBuf>,
}

/// A role as it is asked for.
#[derive(Clone, Copy, ValueEnum)]
enum Wanted {
    /// Sees every case and changes none
    Reader,
    /// Sees and changes the owner's cases
    Responder,
    /// Sees and changes a department's cases
    Lead,
    /// Sees and changes every case
    Admin,
}

impl Wanted {
    fn role(self) -> Role {
        match self {
            Self::Reader => Role::Reader,
            Self::Responder => Role::Responder,
            Self::Lead => Role::Lead,
            Self::Admin => Role::Admin,
        }
    }
}

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expiry {
    Days(u16),
    Never,
}

/// Reads `90d` or `never`.
fn days(text: &str) -> Result<Expiry, String> {
    if text == "never" {
        return Ok(Expiry::Never);
    }
    let days = text.strip_suffix('d').and_then(|days| days.parse().ok()).filter(|days| (1..=3_650).contains(days));
    days.map(Expiry::Days).ok_or_else(|| "expected days from 1d to 3650d, or never".to_owned())
}

/// Runs `hearken tokens`.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let Asked::New(new) = &arguments.asked;
    let mut random = [0; 32];
    getrandom::fill(&mut random).context("reading the system's randomness")?;
    let expires_at = match new.expires {
        Expiry::Never => None,
        Expiry::Days(days) => Some(Timestamp::now() + SignedDuration::from_hours(24 * i64::from(days))),
    };
    let (name, owner, department) = (new.name.trim(), new.owner.trim(), new.department.trim());
    let fresh = Fresh { name, role: new.role.role(), owner, department, expires_at };
    let (token, entry) = fresh.make(random).map_err(|wrong| anyhow!(wrong))?;
    // The token alone on standard output, so that it can go straight to where it is kept; what to do with it beside it.
    match &new.add {
        Some(file) => {
            add(file, &entry)?;
            eprintln!("This is shown once. Give it to its owner; the service knows it within ten seconds.");
        }
        None => eprintln!(
            "This is shown once. Give it to its owner, and add this to the file that alert.tokens names:\n\n{entry}"
        ),
    }
    println!("{token}");
    Ok(ExitCode::SUCCESS)
}

/// Adds an entry to a file of tokens. The new file takes the old one's place at once, so that nobody reads half of it.
fn add(file: &Path, entry: &str) -> Result<()> {
    let before = match fs::read_to_string(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("reading {}", file.display()))?,
    };
    let blank = if before.is_empty() { "" } else { "\n" };
    let after = format!("{before}{blank}{entry}");
    Tokens::parse(&after).map_err(|wrong| anyhow!("{}: {}", file.display(), wrong.join("; ")))?;
    let beside = file.with_extension("toml.new");
    fs::write(&beside, after).with_context(|| format!("writing {}", beside.display()))?;
    fs::rename(&beside, file).with_context(|| format!("replacing {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_added_to_a_sound_file_alone() {
        let folder = tempfile::TempDir::new().expect("a directory");
        let file = folder.path().join("tokens.toml");
        let entry = |name: &str, random: u8| {
            let fresh = Fresh { name, role: Role::Reader, owner: "", department: "", expires_at: None };
            fresh.make([random; 32]).expect("a token").1
        };
        add(&file, &entry("first", 1)).expect("a file that is not there is made");
        add(&file, &entry("second", 2)).expect("an entry is added");
        let sound = fs::read_to_string(&file).expect("a file");
        assert_eq!(Tokens::parse(&sound).map(|tokens| tokens.len()), Ok(2), "{sound}");
        let error = add(&file, &entry("second", 3)).expect_err("a name that is there").to_string();
        assert!(error.contains("second") && error.contains("tokens.toml"), "{error}");
        assert_eq!(fs::read_to_string(&file).expect("a file"), sound, "nothing has changed");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left behind");
    }

    #[test]
    fn how_long_a_token_is_good() {
        for (text, expected) in [
            ("90d", Some(Expiry::Days(90))),
            ("3650d", Some(Expiry::Days(3_650))),
            ("never", Some(Expiry::Never)),
            ("0d", None),
            ("3651d", None),
            ("90", None),
            ("-1d", None),
            ("", None),
        ] {
            assert_eq!(days(text).ok(), expected, "{text}");
        }
    }
}
