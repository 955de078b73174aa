//! The rules that are part of the program.

/// Names the files; each is compiled in.
macro_rules! rules {
    ($($id:literal),* $(,)?) => {
        /// Every shipped rule by its file's name, sorted, with its text.
        pub const FILES: &[(&str, &str)] = &[
            $((concat!($id, ".sql"), include_str!(concat!("../../rules/", $id, ".sql")))),*
        ];

        /// What each of them must find, and must not: the fixture's name and text, in the same order.
        pub const FIXTURES: &[(&str, &str)] = &[
            $((concat!("tests/", $id, ".yaml"), include_str!(concat!("../../rules/tests/", $id, ".yaml")))),*
        ];
    };
}

rules![
    "churn_intent",
    "product_incident",
    "repeated_negatives",
    "safety_or_legal",
    "score_drop",
    "severe_negative_valued_customer",
    "silence_after_complaint",
    "staff_attitude_complaint",
    "topic_incident",
];
