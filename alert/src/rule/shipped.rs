//! The rules that are part of the program.

/// Names the files; each is compiled in.
macro_rules! rules {
    ($($id:literal),* $(,)?) => {
        /// Every shipped rule by its file's name, sorted, with its text.
        pub const FILES: &[(&str, &str)] = &[
            $((concat!($id, ".sql"), include_str!(concat!("../../rules/", $id, ".sql")))),*
        ];
    };
}

rules!["churn_intent"];
