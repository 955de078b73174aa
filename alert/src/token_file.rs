//! The file of tokens, read again when it changes: a token that is taken back is none within seconds, in every replica.

use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::watch;

use crate::api::ApiState;
use crate::token::Tokens;

/// How long after a change it is read at the latest.
pub const LOOK: Duration = Duration::from_secs(10);

/// A file and what it said when it was read last.
#[derive(Debug, Clone)]
pub struct TokenFile {
    path: PathBuf,
    /// Its text, or why there was none.
    seen: Result<String, String>,
}

impl TokenFile {
    /// Remembers the text that was read from the file when the service started.
    pub fn new(path: PathBuf, text: String) -> Self {
        Self { path, seen: Ok(text) }
    }

    /// Reads the file; `None` where it says what it said before. The text itself is compared: it is short, and a mounted file may change
    /// without a later time.
    ///
    /// # Errors
    /// Everything that is wrong with it, once for each change.
    pub fn changed(&mut self) -> Option<Result<Tokens, Vec<String>>> {
        let text = std::fs::read_to_string(&self.path).map_err(|error| error.to_string());
        if text == self.seen {
            return None;
        }
        self.seen = text;
        Some(match &self.seen {
            Ok(text) => Tokens::parse(text),
            Err(error) => Err(vec![error.clone()]),
        })
    }

    /// Looks every so often and has the API accept what the file says, until the service stops. Where it says nothing sound, the tokens
    /// of before stay.
    pub async fn follow(mut self, api: ApiState, every: Duration, mut stop: watch::Receiver<bool>) {
        let file = self.path.display().to_string();
        while !*stop.borrow() {
            tokio::select! {
                _ = stop.changed() => continue,
                () = tokio::time::sleep(every) => {}
            }
            match self.changed() {
                None => {}
                Some(Ok(tokens)) => {
                    tracing::info!(file, tokens = tokens.len(), "the tokens have changed");
                    api.accept(tokens);
                }
                Some(Err(errors)) => {
                    tracing::error!(
                        file,
                        errors = errors.join("; "),
                        "the tokens stay as they were: the file is wrong"
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn entry(name: &str, digit: &str) -> String {
        format!("[[token]]\nname = {name:?}\nrole = \"reader\"\nsha256 = \"{}\"\n", digit.repeat(64))
    }

    #[test]
    fn each_change_is_told_once_and_a_wrong_file_says_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tokens.toml");
        let two = format!("{}{}", entry("li", "1"), entry("chen", "2"));
        std::fs::write(&path, &two).unwrap();
        let mut file = TokenFile::new(path.clone(), two.clone());
        let mut check = |text: Option<&str>, expected: Option<Result<usize, &str>>| {
            match text {
                Some(text) => std::fs::write(&path, text).unwrap(),
                None => std::fs::remove_file(&path).unwrap(),
            }
            let found = file.changed();
            match (&found, expected) {
                (None, None) => {}
                (Some(Ok(tokens)), Some(Ok(count))) => assert_eq!(tokens.len(), count),
                (Some(Err(errors)), Some(Err(words))) => assert!(errors[0].contains(words), "{errors:?}"),
                (found, expected) => panic!("{found:?} is not {expected:?}"),
            }
            assert!(file.changed().is_none(), "once");
        };
        check(Some(&two), None);
        check(Some(&entry("li", "1")), Some(Ok(1)));
        check(Some("[[token]]\nname = \"li\"\nrole = \"king\""), Some(Err("king")));
        check(Some(&two), Some(Ok(2)));
        check(None, Some(Err("No such file")));
        check(Some(""), Some(Ok(0)));
    }
}
