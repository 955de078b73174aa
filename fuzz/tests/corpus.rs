//! Every kept case of every target, and a bounded number of changed ones: what `make fuzz` looks for is held here, for seconds.

use std::fs;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use hearken_fuzz::corpus::{self, Case};
use hearken_fuzz::mutation::{BYTES_MAX, mutated};
use hearken_fuzz::{TARGETS, Target, find};

/// Cases longer than this are not changed: what they show, they show as they are.
const CHANGED_BYTES_MAX: usize = 4 * 1024;
/// What all kept cases may take.
const CORPUS_BYTES_MAX: u64 = 1 << 20;

/// Runs a case; where a promise breaks, says which, and leaves the bytes where they can be run again.
fn run(target: &Target, bytes: &[u8], what: &str) {
    if panic::catch_unwind(AssertUnwindSafe(|| (target.run)(bytes))).is_ok() {
        return;
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}.case", target.name));
    fs::write(&path, bytes).expect("the case is kept");
    panic!(
        "{what} breaks a promise of {}, see above; run it again: cargo run -p hearken-fuzz -- {} {}",
        target.name,
        target.name,
        path.display()
    );
}

fn check(name: &str) {
    let target = find(name).expect("a target");
    let cases = corpus::cases(target).expect("its cases can be read");
    for Case { path, bytes } in &cases {
        run(target, bytes, &path.display().to_string());
    }
    let short: Vec<&Case> = cases.iter().filter(|case| case.bytes.len() <= CHANGED_BYTES_MAX).collect();
    let mut random = fastrand::Rng::with_seed(1);
    for number in 0..target.mutations {
        let case = short[random.usize(0..short.len())];
        let other = short[random.usize(0..short.len())];
        let changed = mutated(&case.bytes, &other.bytes, &mut random);
        run(target, &changed, &format!("change {number} of {}", case.path.display()));
    }
}

/// A test a target, so that the suite runs them side by side and names the one that fails.
macro_rules! targets_hold {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            check(stringify!($name));
        })*

        #[test]
        fn every_target_is_run_here() {
            assert_eq!(TARGETS.map(|target| target.name), [$(stringify!($name)),*]);
        }
    };
}

targets_hold! { normalize redact headers rows enrich rule settings words import caller statement packed }

#[test]
fn every_target_has_its_program_and_cases_of_its_own() {
    let root = corpus::root();
    let manifest = fs::read_to_string(root.join("fuzz/libfuzzer/Cargo.toml")).expect("a manifest");
    let mut bytes = 0;
    for target in TARGETS {
        let name = target.name;
        assert!(manifest.contains(&format!("name = \"{name}\"\npath = \"fuzz_targets/{name}.rs\"")), "{name}");
        let program = root.join(format!("fuzz/libfuzzer/fuzz_targets/{name}.rs"));
        let program = fs::read_to_string(&program).expect("a program");
        assert!(program.contains(&format!("hearken_fuzz::targets::{name}::run(data)")), "{name}");
        let own: PathBuf = root.join("fuzz/corpus").join(name);
        let cases = fs::read_dir(&own).expect("a folder of cases").map(|entry| entry.expect("a file"));
        let sizes: Vec<u64> = cases.map(|case| case.metadata().expect("a file").len()).collect();
        assert!(!sizes.is_empty(), "{name} has no case of its own");
        bytes += sizes.iter().sum::<u64>();
    }
    assert!(bytes < CORPUS_BYTES_MAX, "the cases take {bytes} bytes");
}

#[test]
fn a_broken_promise_is_noticed() {
    let broken = Target { name: "broken", run: |bytes| assert!(bytes.len() < 3, "too long"), seeds: &[], mutations: 0 };
    let caught = panic::catch_unwind(|| run(&broken, b"abc", "a case"));
    let words = *caught.expect_err("the promise is broken").downcast::<String>().expect("words");
    assert!(words.contains("a case breaks a promise of broken"), "{words}");
    run(&broken, b"ab", "a shorter one");
}

#[test]
fn the_same_seed_gives_the_same_changes() {
    let changes = |seed| {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..200).map(|_| mutated(b"{\"text\": \"a\"}", b"[1, 2]", &mut random)).collect::<Vec<_>>()
    };
    assert_eq!(changes(1), changes(1));
    assert_ne!(changes(1), changes(2));
    assert!(changes(1).iter().all(|bytes| bytes.len() <= BYTES_MAX));
    assert!(mutated(b"", b"", &mut fastrand::Rng::with_seed(3)).len() <= BYTES_MAX, "nothing can be changed too");
}
