//! A link to a case page, for whoever lost his.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use hearken_alert::link::{Secret, address, sign};
use hearken_alert::responders::Directory;
use hearken_runtime::config::Reader;
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Arguments of `hearken cases link`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The case's id
    case: Uuid,
    /// Who may open it: an id of the directory of responders
    #[arg(long)]
    owner: String,
    /// How many hours it is good
    #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u16).range(1..=720))]
    hours: u16,
    /// The alert service's configuration, with alert.public_url and alert.link_secret; HEARKEN_ALERT__PUBLIC_URL and
    /// HEARKEN_ALERT__LINK_SECRET (or …LINK_SECRET_FILE) come before it
    #[arg(long)]
    config: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let reader = Reader::load(arguments.config.as_deref(), std::env::vars());
    println!("{}", link(arguments, reader, Timestamp::now())?);
    Ok(ExitCode::SUCCESS)
}

fn link(arguments: &Arguments, mut reader: Reader, now: Timestamp) -> Result<String> {
    let public_url = reader.optional("alert.public_url");
    let listen = reader.optional("alert.listen");
    let responders = reader.optional("alert.responders");
    let secret = reader.secret("alert.link_secret");
    reader.finish_part().context("the alert service's configuration is wrong")?;
    let missing = |name: &str| {
        format!(
            "alert.{name} is missing: name the alert service's configuration with --config, or set HEARKEN_ALERT__{}",
            name.to_uppercase()
        )
    };
    // As the service does: where nothing is set, links begin with where it listens.
    let listening = || listen.filter(|listen| !listen.ends_with(":0")).map(|listen| format!("http://{listen}"));
    let public_url = public_url.or_else(listening).with_context(|| missing("public_url"))?;
    ensure!(!secret.expose().is_empty(), missing("link_secret"));
    let secret = Secret::new(secret.expose()).context("alert.link_secret")?;
    if let Some(path) = responders {
        is_known(&arguments.owner, Path::new(&path))?;
    }
    ensure!(!arguments.owner.trim().is_empty(), "--owner is empty; name somebody of the directory of responders");
    let until = now.checked_add(SignedDuration::from_hours(i64::from(arguments.hours))).context("--hours")?;
    Ok(address(&public_url, &sign(&secret, arguments.case, &arguments.owner, until)))
}

/// A link for somebody the service does not know would open nothing.
fn is_known(owner: &str, path: &Path) -> Result<()> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("reading {} (alert.responders)", path.display()))?;
    let directory =
        Directory::parse(&text).map_err(|errors| anyhow::anyhow!("{}: {}", path.display(), errors.join("; ")))?;
    if directory.owner(owner).is_none() {
        let known: Vec<&str> = directory.owners().map(|owner| owner.id.as_str()).take(20).collect();
        bail!("{owner:?} is nobody in {}; there are {}", path.display(), known.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use hearken_alert::link::{Signed, verify};

    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn made(config: Option<PathBuf>, owner: &str, variables: &[(&str, &str)]) -> Result<String> {
        let arguments = Arguments { case: Uuid::from_u128(7), owner: owner.to_owned(), hours: 2, config };
        let variables = variables.iter().map(|(name, value)| (format!("HEARKEN_ALERT__{name}"), (*value).to_owned()));
        let reader = Reader::load(arguments.config.as_deref(), variables);
        link(&arguments, reader, Timestamp::from_second(1_000).unwrap())
    }

    #[test]
    fn a_link_leads_to_the_case_until_its_hours_are_over() {
        let link =
            made(None, "wang.fang", &[("PUBLIC_URL", "https://care.example/"), ("LINK_SECRET", SECRET)]).unwrap();
        let token = link.strip_prefix("https://care.example/c/").unwrap();
        let expires_at = Timestamp::from_second(1_000 + 7_200).unwrap();
        let expected = Signed { case_id: Uuid::from_u128(7), owner: "wang.fang".to_owned(), expires_at };
        assert_eq!(verify(&Secret::new(SECRET).unwrap(), token, Timestamp::from_second(8_199).unwrap()), Ok(expected));
    }

    #[test]
    fn the_secret_may_stand_in_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        std::fs::write(&file, format!("{SECRET}\n")).unwrap();
        let file = file.display().to_string();
        let link = made(None, "wang.fang", &[("PUBLIC_URL", "http://x"), ("LINK_SECRET_FILE", &file)]).unwrap();
        assert_eq!(link, made(None, "wang.fang", &[("PUBLIC_URL", "http://x"), ("LINK_SECRET", SECRET)]).unwrap());
    }

    #[test]
    fn the_file_says_it_and_the_environment_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        let people = folder.path().join("people.toml");
        std::fs::write(
            &people,
            "default_owner = \"desk\"\n[[owners]]\nid = \"desk\"\nname = \"Desk\"\ndepartment = \"Care\"\n",
        )
        .unwrap();
        let config = folder.path().join("alert.toml");
        let text = format!(
            "[kafka]\nbrokers = \"x\"\n[alert]\npublic_url = \"http://file\"\nlink_secret = \"{SECRET}\"\nresponders = \"{}\"\n",
            people.display()
        );
        std::fs::write(&config, text).unwrap();
        assert!(made(Some(config.clone()), "desk", &[]).unwrap().starts_with("http://file/c/"));
        assert!(
            made(Some(config.clone()), "desk", &[("PUBLIC_URL", "http://env")]).unwrap().starts_with("http://env/c/")
        );
        let error = format!("{:#}", made(Some(config), "nobody", &[]).unwrap_err());
        assert!(error.contains("\"nobody\" is nobody in") && error.ends_with("there are desk"), "{error}");
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_and_the_secret_is_not() {
        let check = |variables: &[(&str, &str)], expected: &str| {
            let error = format!("{:#}", made(None, "desk", variables).unwrap_err());
            assert!(error.contains(expected) && !error.contains("s3cret"), "{error}");
        };
        check(&[], "alert.public_url is missing");
        check(&[("PUBLIC_URL", "http://x")], "alert.link_secret is missing");
        check(&[("PUBLIC_URL", "http://x"), ("LINK_SECRET", "s3cret")], "at least 32 bytes, found 6");
        check(
            &[("PUBLIC_URL", "http://x"), ("LINK_SECRET", SECRET), ("RESPONDERS", "/no/such/file")],
            "reading /no/such/file",
        );
    }
}
