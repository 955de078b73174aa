//! What a local run is made of: Java, the engines' files, the programs beside this one.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use hearken_embedded::chdb::library::ENGINE_RELEASE;
use hearken_embedded::engines;

use super::Finding;

/// The oldest Java that Kafka 4 runs on.
const JAVA_MIN: u32 = 17;

const SETUP: &str = "install what is missing: make setup";

/// Kafka's jars with their sums, as `make setup` checks them.
const JARS: &str = include_str!("../../../deploy/local/kafka/SHA256SUMS");

/// Where the engine library's own sum stands.
const SETUP_SCRIPT: &str = include_str!("../../../deploy/local/setup.sh");

/// The programs that a local run starts.
const PROGRAMS: [&str; 6] =
    ["hearken-ingest", "hearken-enrich", "hearken-sink", "hearken-alert", "hearken-kafka", "hearken-clickhouse"];

/// Looks at Java and at the engines' files.
pub(super) fn look() -> Vec<Finding> {
    let home = std::env::var_os("JAVA_HOME").filter(|home| !home.is_empty());
    let program = home.map_or_else(|| "java".into(), |home| Path::new(&home).join("bin/java"));
    let answer = Command::new(&program).arg("-version").output().ok();
    let said = answer.map(|answer| String::from_utf8_lossy(&answer.stderr).into_owned());
    let libs = engines::kafka_libs();
    let names = fs::read_dir(&libs)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned());
    let stamp = |directory: &Path| fs::read_to_string(directory.join("checked")).unwrap_or_default();
    let jars_stamp = libs.parent().map(stamp).unwrap_or_default();
    let clickhouse = engines::dir().join(ENGINE_RELEASE);
    let size = fs::metadata(clickhouse.join("libchdb.so")).map_or(0, |file| file.len());
    vec![
        java(&program.to_string_lossy(), said.as_deref()),
        jars(&names.collect(), &jars_stamp, &libs),
        library(size, &stamp(&clickhouse), &clickhouse),
    ]
}

fn java(program: &str, said: Option<&str>) -> Finding {
    let fix = format!("install Java {JAVA_MIN} or newer (make setup does), or point JAVA_HOME to one");
    match said.map(|said| (major(said), said)) {
        None => Finding::fail(format!("{program} cannot be run, and Kafka needs it"), fix),
        Some((Some(major), _)) if major >= JAVA_MIN => Finding::ok(format!("Java is {major}")),
        Some((_, said)) => {
            let version = said.lines().find(|line| line.contains("version")).unwrap_or("of no known version");
            Finding::fail(format!("Kafka needs Java {JAVA_MIN}, and {program} is {version}"), fix)
        }
    }
}

/// Reads 17 from `openjdk version "17.0.9" 2023-10-17`, and 8 from `java version "1.8.0_392"`.
fn major(said: &str) -> Option<u32> {
    let version = said.split('"').nth(1)?;
    let mut parts = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u32>().ok());
    match parts.next()?? {
        1 => parts.next()?,
        major => Some(major),
    }
}

fn jars(there: &BTreeSet<String>, stamp: &str, libs: &Path) -> Finding {
    let wanted: BTreeSet<String> = JARS.lines().filter_map(|line| Some(line.split_once("  ")?.1.to_owned())).collect();
    let missing = wanted.difference(there).count();
    let fix = SETUP;
    if there.is_empty() {
        Finding::fail(format!("Kafka is not in {}", libs.display()), fix)
    } else if missing > 0 {
        Finding::fail(format!("{missing} of Kafka's {} jars are missing in {}", wanted.len(), libs.display()), fix)
    } else if let Some(strange) = there.difference(&wanted).next() {
        Finding::fail(format!("{} has a file that is not Kafka's: {strange}", libs.display()), fix)
    } else if stamp.trim() != JARS.trim() {
        Finding::fail(format!("Kafka's jars in {} were not checked against this version's sums", libs.display()), fix)
    } else {
        Finding::ok(format!("Kafka's {} jars are complete", wanted.len()))
    }
}

fn library(size: u64, stamp: &str, directory: &Path) -> Finding {
    let sum = SETUP_SCRIPT.lines().find_map(|line| line.strip_prefix("clickhouse_library_sum=")).unwrap_or_default();
    if size == 0 {
        Finding::fail(format!("the ClickHouse engine is not in {}", directory.display()), SETUP)
    } else if stamp.trim() != sum {
        Finding::fail(
            format!("the ClickHouse engine in {} was not checked against this version's sum", directory.display()),
            SETUP,
        )
    } else {
        Finding::ok(format!("the ClickHouse engine is complete ({} MB)", size / 1_000_000))
    }
}

/// Looks for the programs beside this one and asks each for its version.
pub(super) fn programs() -> Vec<Finding> {
    let own = std::env::current_exe().unwrap_or_default();
    let versions = PROGRAMS.map(|name| {
        let answer = Command::new(own.with_file_name(name)).arg("--version").output();
        (name, answer.ok().map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()))
    });
    judge(&versions, env!("CARGO_PKG_VERSION"))
}

fn judge(versions: &[(&str, Option<String>)], own: &str) -> Vec<Finding> {
    let wrong: Vec<Finding> = versions
        .iter()
        .filter_map(|(name, said)| {
            let said = said.as_deref().map(|said| said.strip_prefix(name).unwrap_or(said).trim());
            match said {
                None => {
                    Some(Finding::fail(format!("{name} is not beside this program"), "build every program: make build"))
                }
                Some(version) if version == own => None,
                Some(version) => {
                    let version = if version.is_empty() { "of an older release" } else { version };
                    Some(Finding::fail(
                        format!("{name} is {version}, this program is {own}"),
                        "build them together: make build",
                    ))
                }
            }
        })
        .collect();
    if wrong.is_empty() { vec![Finding::ok(format!("all {} programs are {own}", versions.len()))] } else { wrong }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn javas() {
        for (said, level) in [
            (Some("openjdk version \"17.0.9\" 2023-10-17\nOpenJDK Runtime"), Level::Ok),
            (Some("openjdk version \"21\" 2023-09-19"), Level::Ok),
            (Some("java version \"1.8.0_392\""), Level::Fail),
            (Some("openjdk version \"11.0.2\""), Level::Fail),
            (Some("nonsense"), Level::Fail),
            (None, Level::Fail),
        ] {
            assert_eq!(java("java", said).level, level, "{said:?}");
        }
    }

    #[test]
    fn jars_are_all_there_and_no_others() {
        let all: BTreeSet<String> = JARS.lines().map(|line| line[66..].to_owned()).collect();
        let libs = Path::new("libs");
        assert_eq!(jars(&all, JARS, libs).level, Level::Ok);
        let (mut fewer, mut more) = (all.clone(), all.clone());
        fewer.pop_first();
        more.insert("evil.jar".to_owned());
        for (there, stamp, words) in [
            (BTreeSet::new(), JARS, "is not in libs"),
            (fewer, JARS, "1 of Kafka's"),
            (more, JARS, "evil.jar"),
            (all, "other sums", "not checked"),
        ] {
            let finding = jars(&there, stamp, libs);
            assert!(finding.level == Level::Fail && finding.what.contains(words), "{finding:?}");
        }
    }

    #[test]
    fn the_library_is_the_pinned_one() {
        let sum = "36ad4e999882821ef13cf2d0f52c93f48e6ee1b4498b35a201c23ce4b8d15bf5";
        for (size, stamp, level) in [(1, sum, Level::Ok), (0, sum, Level::Fail), (1, "", Level::Fail)] {
            assert_eq!(library(size, stamp, Path::new("engines")).level, level, "{size} {stamp}");
        }
    }

    #[test]
    fn programs_have_one_version() {
        let said = |text: &str| Some(text.to_owned());
        assert_eq!(
            judge(&[("a", said("a 1.2.0")), ("b", said("b 1.2.0"))], "1.2.0"),
            [Finding::ok("all 2 programs are 1.2.0")]
        );
        let wrong = judge(&[("a", None), ("b", said("b 1.1.0")), ("c", said("")), ("d", said("d 1.2.0"))], "1.2.0");
        let told: Vec<&str> = wrong.iter().map(|finding| finding.what.as_str()).collect();
        assert_eq!(
            told,
            [
                "a is not beside this program",
                "b is 1.1.0, this program is 1.2.0",
                "c is of an older release, this program is 1.2.0"
            ]
        );
    }
}
