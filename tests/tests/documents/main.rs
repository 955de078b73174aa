//! Every command of every document, run as it is written, on the real engines.
//!
//! A document's `sh` blocks are one session of a shell, as its reader has it, in a folder that looks like the repository with a built program.
//! `make up` and `make demo` are understood as the pipeline that runs already, and the ports it listens on by itself as those it has here.
//! A block that cannot run says so in the line above it: `<!-- not run: reason -->`.
#![allow(clippy::unwrap_used, reason = "a step that fails is the test failing")]

mod blocks;
mod fixtures;
mod session;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use blocks::{Block, Kind, blocks};
use session::Stack;

/// What is written for who develops the project; its commands are those that run this test.
const FOR_DEVELOPERS: [&str; 3] = ["CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md"];
/// Documents whose commands another one has word for word, which is a test of its own.
const TRANSLATED: &str = "docs/quickstart/zh/";
/// Pages whose SQL a test of their own runs, with the answers it must have: `views` and `command_line`.
const SQL_RUN_ELSEWHERE: [&str; 2] = ["docs/metrics.md", "README.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Returns every document for users, by its path in the repository.
fn documents() -> Vec<String> {
    let mut found = Vec::new();
    for place in ["", "docs", "deploy"] {
        collect(&root().join(place), place.is_empty(), &mut found);
    }
    let root = root();
    let mut names: Vec<String> =
        found.iter().map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned()).collect();
    names.retain(|name| !FOR_DEVELOPERS.contains(&name.as_str()));
    names.sort();
    names
}

fn collect(folder: &Path, flat: bool, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() && !flat && !entry.ends_with("node_modules") {
            collect(&entry, flat, found);
        } else if entry.extension().is_some_and(|extension| extension == "md") {
            found.push(entry);
        }
    }
}

fn read(document: &str) -> String {
    fs::read_to_string(root().join(document)).unwrap()
}

#[test]
fn every_command_of_every_document_runs_as_written() {
    let stack = Stack::start(&root());
    let (mut run, mut skipped, mut failed) = (0, 0, Vec::new());
    for document in documents().into_iter().filter(|name| !name.starts_with(TRANSLATED)) {
        let text = read(&document);
        let blocks = blocks(&text);
        let (out, shell): (Vec<&Block>, Vec<&Block>) =
            blocks.iter().filter(|block| block.kind == Kind::Shell).partition(|block| block.not_run.is_some());
        for block in &out {
            println!("{document}:{}: not run: {}", block.line, block.not_run.unwrap_or_default());
        }
        (run, skipped) = (run + shell.len(), skipped + out.len());
        let began = Instant::now();
        failed.extend(stack.session(&document, &text, &shell).err());
        println!("{document}: {} blocks in {:.1} s", shell.len(), began.elapsed().as_secs_f64());
        let asked = blocks.iter().filter(|block| block.kind == Kind::Sql && block.not_run.is_none());
        for block in asked.filter(|_| !SQL_RUN_ELSEWHERE.contains(&document.as_str())) {
            run += 1;
            failed.extend(stack.asked(&document, block).err());
        }
    }
    println!("{run} blocks were run, {skipped} were not");
    assert!(failed.is_empty(), "{} documents do not run as written\n\n{}", failed.len(), failed.join("\n\n"));
    assert!(run >= 25, "the documents were not found: {run} blocks");
}

#[test]
fn the_quick_starts_have_the_same_commands_in_both_languages() {
    let commands = |document: &str| {
        let text = read(document);
        let shell = |block: &Block| (block.kind == Kind::Shell).then(|| without_comments(block.text));
        blocks(&text).iter().filter_map(shell).collect::<Vec<_>>()
    };
    let mut compared = 0;
    for document in documents().iter().filter(|name| name.starts_with(TRANSLATED)) {
        let english = document.replace("/zh/", "/");
        assert_eq!(commands(document), commands(&english), "{document} and {english}");
        compared += 1;
    }
    assert_eq!(compared, 5, "a quick start for each kind of user");
}

/// Takes the words behind `#` off: they are in the document's language.
fn without_comments(block: &str) -> String {
    let bare = |line: &str| line.split(" # ").next().unwrap_or_default().trim_end().to_owned();
    block.lines().filter(|line| !line.starts_with("# ")).map(bare).collect::<Vec<_>>().join("\n")
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut broken = Vec::new();
    for document in documents() {
        let text = read(&document);
        let folder = root().join(&document).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or_default();
            let outside = link.contains("://") || path.is_empty() || link.contains(' ');
            if !outside && !folder.join(path).exists() {
                broken.push(format!("{document}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
