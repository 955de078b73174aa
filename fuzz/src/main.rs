//! `hearken-fuzz TARGET FILE…` runs cases of a target; `hearken-fuzz --seeds TARGET` prints where its cases are, `hearken-fuzz --targets` its
//! names.

use std::process::ExitCode;

use hearken_fuzz::{TARGETS, corpus, find};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let names = TARGETS.map(|target| target.name).join(" ");
    match words.as_slice() {
        ["--targets"] => println!("{names}"),
        ["--seeds", name] if find(name).is_some() => {
            let places = find(name).map(corpus::places).unwrap_or_default();
            places.iter().for_each(|place| println!("{}", place.display()));
        }
        [name, files @ ..] if !files.is_empty() && find(name).is_some() => {
            for file in files {
                match std::fs::read(file) {
                    Ok(bytes) => find(name).into_iter().for_each(|target| (target.run)(&bytes)),
                    Err(error) => {
                        eprintln!("hearken-fuzz: {file}: {error}");
                        return ExitCode::FAILURE;
                    }
                }
                println!("{file}: every promise of {name} holds");
            }
        }
        _ => {
            eprintln!("usage: hearken-fuzz TARGET FILE…; targets: {names}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
