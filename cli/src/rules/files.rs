//! Rule files: those that are named, or those that are part of the program.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use hearken_alert::rule::{Rule, RuleError, shipped};

/// A rule file, read.
#[derive(Debug, Clone)]
pub(super) struct RuleFile {
    /// Its name, as it stands before a line's number.
    pub(super) name: String,
    pub(super) text: String,
    /// What it must find, and must not: the file's name and text; none where nobody wrote it.
    pub(super) fixture: Option<(String, String)>,
    /// Where the fixture is looked for.
    pub(super) fixture_place: String,
}

/// Reads the files, and all rules of the directories; those of the program where nothing is named.
///
/// # Errors
/// What cannot be read, or a directory without a rule.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<RuleFile>> {
    if paths.is_empty() {
        return Ok(shipped_files());
    }
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let within = of_directory(path)?;
            ensure!(!within.is_empty(), "{} has no rule: a rule file ends in .sql", path.display());
            for path in within {
                files.push(read_one(&path)?);
            }
        } else {
            files.push(read_one(path)?);
        }
    }
    Ok(files)
}

/// Reads what the files say: the rules that can be read, each with its file, and what is wrong with the others.
pub(super) fn parse(files: &[RuleFile]) -> (Vec<(Rule, &RuleFile)>, Vec<RuleError>) {
    let (mut rules, mut errors) = (Vec::new(), Vec::new());
    let mut first: BTreeMap<String, &str> = BTreeMap::new();
    for file in files {
        match Rule::parse(&file.name, &file.text) {
            Ok(rule) => match first.insert(rule.id.clone(), &file.name) {
                None => rules.push((rule, file)),
                Some(other) => {
                    let message = format!("id {:?} is the id of {other} too; give one of them another", rule.id);
                    errors.push(RuleError { file: file.name.clone(), line: 2, message });
                }
            },
            Err(wrong) => errors.extend(wrong),
        }
    }
    (rules, errors)
}

fn shipped_files() -> Vec<RuleFile> {
    let pairs = shipped::FILES.iter().zip(shipped::FIXTURES);
    let file = |((name, text), (place, fixture)): (&(&str, &str), &(&str, &str))| RuleFile {
        name: (*name).to_owned(),
        text: (*text).to_owned(),
        fixture: Some(((*place).to_owned(), (*fixture).to_owned())),
        fixture_place: (*place).to_owned(),
    };
    pairs.map(file).collect()
}

fn of_directory(path: &Path) -> Result<Vec<PathBuf>> {
    let reading = || format!("reading {}", path.display());
    let mut within = Vec::new();
    for entry in std::fs::read_dir(path).with_context(reading)? {
        within.push(entry.with_context(reading)?.path());
    }
    within.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    within.sort();
    Ok(within)
}

fn read_one(path: &Path) -> Result<RuleFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name("tests").join(format!("{stem}.yaml"));
    let fixture_place = beside.display().to_string();
    let fixture = match beside.exists() {
        true => {
            let text = std::fs::read_to_string(&beside).with_context(|| format!("reading {fixture_place}"))?;
            Some((fixture_place.clone(), text))
        }
        false => None,
    };
    Ok(RuleFile { name: path.display().to_string(), text, fixture, fixture_place })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "---\nid: mine\ntitle: {en: A, zh: 甲}\nwhy: {en: A, zh: 甲}\nseverity: low\non: feedback\ncooldown: 1d\n---\nSELECT feedback_id FROM news\n";

    #[test]
    fn what_is_named_is_read_with_its_fixture_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        std::fs::create_dir(folder.path().join("tests")).expect("a folder");
        write("b.sql", GOOD);
        write("a.sql", GOOD);
        write("notes.txt", "no rule");
        write("tests/a.yaml", "cases: []");
        let files = read(&[folder.path().to_owned()]).expect("read");
        assert_eq!(files.len(), 2);
        assert!(files[0].name.ends_with("a.sql") && files[0].fixture.is_some() && files[1].fixture.is_none());
        let (rules, errors) = parse(&files);
        assert_eq!((rules.len(), errors.len()), (1, 1));
        assert!(errors[0].to_string().contains("b.sql:2: id \"mine\" is the id of"), "{}", errors[0]);
        assert!(read(&[folder.path().join("tests")]).is_err(), "a directory without a rule");
        assert!(read(&[folder.path().join("none.sql")]).is_err(), "no such file");
    }

    #[test]
    fn where_nothing_is_named_it_is_the_shipped_rules() {
        let files = read(&[]).expect("they are part of the program");
        let (rules, errors) = parse(&files);
        assert_eq!((rules.len(), errors.len()), (shipped::FILES.len(), 0));
        for (rule, file) in rules {
            let (place, _) = file.fixture.as_ref().expect("each has one");
            assert_eq!(*place, format!("tests/{}.yaml", rule.id));
        }
    }
}
