//! Tokens of the API: who each belongs to, what he may do, until when. The file keeps their hashes alone.

use std::collections::BTreeSet;
use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ctutils::CtEq;
use hearken_schemas::unquoted::unquoted;
use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::case::{Actor, Role};

/// What a token begins with, so that whoever finds one knows what it is.
const PREFIX: &str = "hearken_";
/// Longer texts are no token and are not hashed.
const CHARS_MAX: usize = 200;

/// A token that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What the audit log calls it.
    pub name: String,
    /// Who acts with it.
    pub actor: Actor,
    sha256: [u8; 32],
    expires_at: Option<Timestamp>,
}

/// Why a token is not accepted; for the audit log, never for the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unaccepted<'a> {
    /// There is none.
    Missing,
    /// Nobody has it.
    Unknown,
    /// It was this one's.
    Expired(&'a Token),
}

/// All tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tokens(Vec<Token>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    token: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    role: Role,
    #[serde(default)]
    owner: String,
    #[serde(default)]
    department: String,
    sha256: String,
    expires_at: Option<toml::value::Datetime>,
}

impl Tokens {
    /// Reads the file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the token's name.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let file: File = toml::from_str(text).map_err(|error| vec![unquoted(text, &error)])?;
        let (mut tokens, mut errors) = (Vec::new(), Vec::new());
        let (mut names, mut hashes) = (BTreeSet::new(), BTreeSet::new());
        for entry in file.token {
            let name = entry.name.clone();
            match entry.read() {
                Ok(token) if !names.insert(name.clone()) => {
                    errors.push(format!("token {:?}: two tokens have this name; give one another", token.name));
                }
                Ok(token) if !hashes.insert(token.sha256) => {
                    errors.push(format!("token {name:?}: another one has this sha256; make a new token"));
                }
                Ok(token) => tokens.push(token),
                Err(wrong) => errors.push(format!("token {name:?}: {wrong}")),
            }
        }
        if errors.is_empty() { Ok(Self(tokens)) } else { Err(errors) }
    }

    /// Returns whose token this is. Every known one is compared, each in constant time.
    ///
    /// # Errors
    /// Why it is not accepted.
    pub fn find(&self, presented: Option<&str>, now: Timestamp) -> Result<&Token, Unaccepted<'_>> {
        let presented = presented.ok_or(Unaccepted::Missing)?;
        if presented.len() > CHARS_MAX {
            return Err(Unaccepted::Unknown);
        }
        let hash = hash(presented);
        let mut found = None;
        // No early end: how long it takes says nothing of where a token stands.
        for token in &self.0 {
            if token.sha256.ct_eq(&hash).to_bool() {
                found = Some(token);
            }
        }
        let found = found.ok_or(Unaccepted::Unknown)?;
        match found.expires_at {
            Some(expires_at) if expires_at <= now => Err(Unaccepted::Expired(found)),
            Some(_) | None => Ok(found),
        }
    }

    /// Returns how many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether nobody has one.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Entry {
    fn read(self) -> Result<Token, String> {
        if self.name.trim().is_empty() || self.name.chars().any(char::is_control) {
            return Err("the name is empty or has control characters".to_owned());
        }
        if self.role == Role::Responder && self.owner.is_empty() {
            return Err(
                "a responder acts on his own cases; say owner, as the directory of responders has it".to_owned()
            );
        }
        if self.role == Role::Lead && self.department.is_empty() {
            return Err("a lead acts on a department's cases; say department".to_owned());
        }
        let sha256 =
            unhex(&self.sha256).ok_or("sha256 is not 64 hexadecimal digits; `hearken tokens new` prints an entry")?;
        let expires_at = self.expires_at.map(|at| moment(&at.to_string())).transpose()?;
        let id = if self.owner.is_empty() { self.name.clone() } else { self.owner };
        Ok(Token {
            name: self.name,
            actor: Actor { id, role: self.role, department: self.department },
            sha256,
            expires_at,
        })
    }
}

fn moment(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| "expires_at has no zone; write it as 2027-01-31T00:00:00Z".to_owned())
}

/// A token that is being made.
#[derive(Debug, Clone, Copy)]
pub struct Fresh<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is for.
    pub role: Role,
    /// Whose it is; empty where nobody's.
    pub owner: &'a str,
    /// A lead's department; empty where none.
    pub department: &'a str,
    /// Until when; `None` for ever.
    pub expires_at: Option<Timestamp>,
}

impl Fresh<'_> {
    /// Makes a token of 32 random bytes and returns it with its entry for the file.
    ///
    /// # Errors
    /// Where an entry like this would be refused; the words say what is missing.
    pub fn make(&self, random: [u8; 32]) -> Result<(String, String), String> {
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
        // Without control characters, which are refused, a text of JSON is one of TOML.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        let mut entry = format!("[[token]]\nname = {}\nrole = {}\n", quoted(self.name), quoted(self.role.as_str()));
        for (key, value) in [("owner", self.owner), ("department", self.department)] {
            if !value.is_empty() {
                // Writing to a text does not fail.
                let _ = writeln!(entry, "{key} = {}", quoted(value));
            }
        }
        let _ = writeln!(entry, "sha256 = \"{}\"", hex(&hash(&token)));
        if let Some(at) = self.expires_at {
            let _ = writeln!(entry, "expires_at = {}", at.strftime("%Y-%m-%dT%H:%M:%SZ"));
        }
        Tokens::parse(&entry).map_err(|errors| errors.join("; "))?;
        Ok((token, entry))
    }
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let pairs: Option<Vec<u8>> = text.as_bytes().chunks(2).map(pair).collect();
    pairs?.try_into().ok()
}

fn pair(digits: &[u8]) -> Option<u8> {
    let both = digits.len() == 2 && digits.iter().all(u8::is_ascii_hexdigit);
    both.then(|| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn fresh(role: Role) -> Fresh<'static> {
        let expires_at = Some(at("2026-12-01T00:00:00Z"));
        Fresh { name: "li's \"phone\"", role, owner: "li", department: "service", expires_at }
    }

    #[test]
    fn what_is_made_is_found_until_it_expires() {
        let (token, entry) = fresh(Role::Responder).make([7; 32]).unwrap();
        let (other, more) = Fresh { name: "boss", expires_at: None, ..fresh(Role::Admin) }.make([8; 32]).unwrap();
        let tokens = Tokens::parse(&format!("{entry}\n{more}")).unwrap();
        assert_eq!(tokens.len(), 2);
        assert!(!entry.contains(&token) && token.len() == 51, "{token}\n{entry}");
        let find = |presented: Option<&str>, now: &str| match tokens.find(presented, at(now)) {
            Ok(token) => format!("{} {} {}", token.name, token.actor.role, token.actor.id),
            Err(Unaccepted::Missing) => "missing".into(),
            Err(Unaccepted::Unknown) => "unknown".into(),
            Err(Unaccepted::Expired(token)) => format!("expired {}", token.name),
        };
        let long = "x".repeat(1_000_000);
        for (presented, now, expected) in [
            (Some(token.as_str()), "2026-11-30T23:59:59Z", "li's \"phone\" responder li"),
            (Some(token.as_str()), "2026-12-01T00:00:00Z", "expired li's \"phone\""),
            (Some(other.as_str()), "2036-12-01T00:00:00Z", "boss admin li"),
            (Some(&token[..50]), "2026-11-30T00:00:00Z", "unknown"),
            (Some(""), "2026-11-30T00:00:00Z", "unknown"),
            (Some(&long), "2026-11-30T00:00:00Z", "unknown"),
            (None, "2026-11-30T00:00:00Z", "missing"),
        ] {
            assert_eq!(find(presented, now), expected);
        }
    }

    #[test]
    fn a_wrong_file_is_told_by_name() {
        let entry = |name: &str, rest: &str| format!("[[token]]\nname = {name:?}\n{rest}\n");
        let sha = |digit: &str| format!("sha256 = \"{}\"", digit.repeat(64));
        for (text, said) in [
            (String::new(), ""),
            (entry("a", &format!("role = \"reader\"\n{}", sha("0"))), ""),
            (
                entry("a", &format!("role = \"responder\"\n{}", sha("0"))),
                "token \"a\": a responder acts on his own cases",
            ),
            (entry("a", &format!("role = \"lead\"\nowner = \"li\"\n{}", sha("0"))), "token \"a\": a lead acts on a"),
            (entry("a", "role = \"reader\"\nsha256 = \"00\""), "token \"a\": sha256 is not 64"),
            (entry("a", &format!("role = \"reader\"\n{}", sha("é"))), "token \"a\": sha256 is not 64"),
            (entry(" ", &format!("role = \"reader\"\n{}", sha("0"))), "token \" \": the name is empty"),
            (entry("a", &format!("role = \"king\"\n{}", sha("0"))), "unknown variant `king`"),
            (entry("a", &format!("role = \"reader\"\ntoken = \"x\"\n{}", sha("0"))), "unknown field `token`"),
            (
                entry("a", &format!("role = \"reader\"\nexpires_at = 2027-01-01\n{}", sha("0"))),
                "token \"a\": expires_at has no zone",
            ),
            (
                ["a", "b"].map(|name| entry(name, &format!("role = \"reader\"\n{}", sha("0")))).concat(),
                "token \"b\": another one has this sha256",
            ),
            (
                ["0", "1"].map(|digit| entry("a", &format!("role = \"reader\"\n{}", sha(digit)))).concat(),
                "token \"a\": two tokens have this name",
            ),
        ] {
            let errors = Tokens::parse(&text).err().unwrap_or_default().join("\n");
            assert!(errors.contains(said) && errors.is_empty() == said.is_empty(), "{text}: {errors}");
        }
    }

    #[test]
    fn a_token_that_could_do_nothing_is_not_made() {
        let lead = Fresh { department: "", ..fresh(Role::Lead) };
        assert!(lead.make([0; 32]).unwrap_err().contains("say department"));
    }
}
