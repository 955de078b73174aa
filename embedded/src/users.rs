//! The users of the local ClickHouse, from a file: who they are, what they may read, and within what bounds.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use hearken_schemas::access::{self, Role, Scope};
use hearken_schemas::tables::DATABASE;
use hearken_schemas::unquoted::unquoted;
use serde::Deserialize;
use thiserror::Error;

use crate::http::auth::{Access, Bounds, Password, Reader, User};
use crate::sql::quote;

const SECONDS_MAX: u32 = 60;
const ROWS_MAX: u64 = 1_000_000;

/// Why a file of users cannot be used.
#[derive(Debug, Error)]
#[error("{file}: {reason}")]
pub struct UsersError {
    file: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    users: Vec<Entry>,
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Named {
    Analyst,
    Board,
    Responder,
    Full,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    password: Option<String>,
    password_sha256: Option<String>,
    role: Named,
    #[serde(default)]
    brands: Vec<String>,
    #[serde(default)]
    regions: Vec<String>,
    #[serde(default)]
    stores: Vec<String>,
    seconds_max: Option<u32>,
    rows_max: Option<u64>,
}

/// A role of the engine, with what it is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineRole {
    /// Its name.
    pub name: String,
    /// Statements `GRANT …` and `REVOKE …` without the name of the role.
    pub grants: Vec<String>,
}

/// The users of a file, and the roles that the engine must know for them.
#[derive(Default)]
pub struct Users {
    /// Who may ask.
    pub users: Vec<User>,
    /// One role for each of them who has bounds.
    pub roles: Vec<EngineRole>,
}

impl Users {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it cannot be read or does not say what it must.
    pub fn read(path: &Path) -> Result<Self, UsersError> {
        let failed = |reason: String| UsersError { file: path.display().to_string(), reason };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        Self::parse(&text).map_err(failed)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| unquoted(text, &error))?;
        let mut names = BTreeSet::new();
        let mut all = Self::default();
        for (number, entry) in file.users.into_iter().enumerate() {
            if entry.name.is_empty() || !names.insert(entry.name.clone()) {
                return Err(format!("user {} has no name of its own: \"{}\"", number + 1, entry.name));
            }
            let name = entry.name.clone();
            all.add(entry, number).map_err(|reason| format!("user \"{name}\": {reason}"))?;
        }
        Ok(all)
    }

    fn add(&mut self, entry: Entry, number: usize) -> Result<(), String> {
        let password = entry.secret()?;
        let scope = Scope { brands: entry.brands, regions: entry.regions, stores: entry.stores };
        if entry.role != Named::Board && scope != Scope::default() {
            return Err("brands, regions and stores bound a board; give role = \"board\"".to_owned());
        }
        let role = match entry.role {
            Named::Full => {
                self.users.push(User { name: entry.name, password, access: Access::Full });
                return Ok(());
            }
            Named::Analyst => Role::Analyst,
            Named::Board => Role::Board,
            Named::Responder => Role::Responder,
        };
        let filters: Vec<String> = access::filters(&scope)
            .into_iter()
            .map(|(table, condition)| format!("{}: {}", quote(&format!("{DATABASE}.{table}")), quote(&condition)))
            .collect();
        let settings = vec![
            format!("max_execution_time = {}", entry.seconds_max.unwrap_or(SECONDS_MAX)),
            format!("max_result_rows = {}", entry.rows_max.unwrap_or(ROWS_MAX)),
            "result_overflow_mode = 'throw'".to_owned(),
            format!("additional_table_filters = {{{}}}", filters.join(", ")),
        ];
        let name = format!("local_user_{number}");
        let reader = Reader { role: name.clone(), bounds: Some(Bounds { settings }) };
        self.roles.push(EngineRole { name, grants: access::grants(role, &scope) });
        self.users.push(User { name: entry.name, password, access: Access::Reader(Arc::new(reader)) });
        Ok(())
    }
}

impl Entry {
    fn secret(&self) -> Result<Password, String> {
        match (&self.password, &self.password_sha256) {
            (Some(plain), None) if !plain.is_empty() => Ok(Password::Plain(plain.clone())),
            (None, Some(hex)) if hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                Ok(Password::Sha256(hex.to_ascii_lowercase()))
            }
            (None, Some(_)) => Err("password_sha256 is 64 hexadecimal digits".to_owned()),
            (Some(_), None | Some(_)) | (None, None) => {
                Err("give either a password or password_sha256, not empty".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_a_role_and_its_bounds() {
        let users = Users::parse(
            r#"
            [[users]]
            name = "ana"
            password = "secret"
            role = "analyst"
            [[users]]
            name = "wall"
            password_sha256 = "2BB80D537B1DA3E38BD30361AA855686BDE0EACD7162FEF6A25FE97BF527A25B"
            role = "board"
            brands = ["it's"]
            rows_max = 10
            [[users]]
            name = "root"
            password = "r"
            role = "full"
            "#,
        )
        .unwrap_or_else(|reason| panic!("{reason}"));
        assert_eq!(users.roles.len(), 2);
        let Access::Reader(wall) = &users.users[1].access else { panic!("a board reads") };
        let settings = &wall.bounds.as_ref().expect("a board has bounds").settings;
        assert!(settings.contains(&"max_result_rows = 10".to_owned()), "{settings:?}");
        let filter = r"'hearken.feedback': 'ifNull(brand, \'\') IN (\'it\\\'s\')'";
        assert!(settings[3].contains(filter), "{settings:?}");
        assert_eq!(users.users[2].access, Access::Full);
    }

    #[test]
    fn a_file_that_leaves_a_doubt_is_refused() {
        for (text, reason) in [
            ("", "missing field `users`"),
            ("[[users]]\nname = 'a'\nrole = 'analyst'", "user \"a\": give either a password"),
            ("[[users]]\nname = 'a'\npassword = ''\nrole = 'analyst'", "user \"a\": give either a password"),
            ("[[users]]\nname = 'a'\npassword_sha256 = 'abc'\nrole = 'analyst'", "64 hexadecimal digits"),
            ("[[users]]\nname = 'a'\npassword = 'p'\nrole = 'boss'", "unknown variant `boss`"),
            ("[[users]]\nname = 'a'\npassword = 'p'\nrole = 'analyst'\nbrands = ['A']", "give role = \"board\""),
            ("[[users]]\nname = 'a'\npassword = 'p'\nrole = 'board'\nbrand = ['A']", "unknown field `brand`"),
            ("[[users]]\nname = ''\npassword = 'p'\nrole = 'board'", "user 1 has no name of its own"),
        ] {
            let found = Users::parse(text).err().unwrap_or_default();
            assert!(found.contains(reason), "{text}: {found}");
        }
    }
}
