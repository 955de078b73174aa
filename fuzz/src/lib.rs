//! Every parser of what comes from outside, as a function of bytes that must never panic and keeps what it promises.
//!
//! Purpose: three callers share one list. `libfuzzer/` has a program for each [`Target`], `tests/corpus.rs` runs every kept case and a bounded
//! number of mutations of them in the ordinary suite, and the program of this crate replays single files. Layout: [`targets`], a module
//! a target; [`mutation`] changes bytes as a damaged sender would; [`corpus`] finds the cases. Invariants: a target reads nothing but its
//! bytes; what it promises is asserted in it, in words.

pub mod corpus;
pub mod mutation;
pub mod targets;

/// A parser, or several that read the same kind of thing.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name: of its module, of its folder below `corpus/` and of its libFuzzer program.
    pub name: &'static str,
    /// Reads the bytes; panics where a promise is broken.
    pub run: fn(&[u8]),
    /// Folders of the repository whose files are cases beside `corpus/NAME`.
    pub seeds: &'static [&'static str],
    /// How many changed cases the ordinary suite runs; what is slow has fewer.
    pub mutations: usize,
}

const fn target(name: &'static str, run: fn(&[u8]), seeds: &'static [&'static str], mutations: usize) -> Target {
    Target { name, run, seeds, mutations }
}

/// Every target.
pub const TARGETS: [Target; 12] = [
    target(
        "normalize",
        targets::normalize::run,
        &[
            "schemas/examples/feedback.raw.chats.v1",
            "schemas/examples/feedback.raw.reviews.v1",
            "schemas/examples/feedback.raw.social.v1",
            "schemas/examples/feedback.raw.surveys.v1",
            "schemas/examples/operations.raw.customers.v1",
            "schemas/examples/operations.raw.orders.v1",
            "schemas/examples/operations.raw.visits.v1",
            "schemas/examples/invalid",
        ],
        1_500,
    ),
    target("redact", targets::redact::run, &["schemas/examples/feedback.raw.reviews.v1"], 4_000),
    target("headers", targets::headers::run, &[], 4_000),
    target(
        "rows",
        targets::rows::run,
        &[
            "schemas/examples/feedback.enriched.v1",
            "schemas/examples/feedback.erasures.v1",
            "schemas/examples/operations.normalized.v1",
        ],
        1_500,
    ),
    target("enrich", targets::enrich::run, &["schemas/examples/feedback.normalized.v1"], 400),
    target("rule", targets::rule::run, &["alert/rules"], 1_000),
    target("settings", targets::settings::run, &["deploy/local", "alert/src/responders/examples"], 500),
    target("words", targets::words::run, &["deploy/local", "enrich/lexicon"], 150),
    target("import", targets::import::run, &["alert/rules/tests"], 1_500),
    target("caller", targets::caller::run, &[], 3_000),
    target("statement", targets::statement::run, &["alert/rules"], 3_000),
    target("packed", targets::packed::run, &[], 3_000),
];

/// Returns the target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}
