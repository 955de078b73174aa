//! Who may see and change which case.

use serde::{Deserialize, Serialize};

/// What somebody is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads every case and changes none.
    Reader,
    /// Reads and changes the cases that are his.
    Responder,
    /// Reads and changes his department's.
    Lead,
    /// Reads and changes all.
    Admin,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 4] = [Self::Reader, Self::Responder, Self::Lead, Self::Admin];

    /// Returns its name in the tokens' file and in the audit log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Responder => "responder",
            Self::Lead => "lead",
            Self::Admin => "admin",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Somebody who asks for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// An owner's id in the directory of responders, or the token's name where it is nobody's there.
    pub id: String,
    /// What he is here for.
    pub role: Role,
    /// A lead's department; empty of others where nobody said.
    pub department: String,
}

/// Why somebody may not change a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// It is not among those he may see, so it is not there for him: an id follows from customer and rule, and a refusal
    /// would tell that this customer has a case.
    #[error("there is no such case among those you may see; ask whoever leads its department, or look at the id")]
    Unseen,
    /// He may see it.
    #[error("a reader changes nothing; ask for a token of the role responder, lead or admin")]
    ReadsOnly,
}

impl Actor {
    /// Tells whether he may see a case of this owner and department.
    pub fn sees(&self, owner: &str, department: &str) -> bool {
        match self.role {
            Role::Reader | Role::Admin => true,
            Role::Responder => self.owns(owner),
            Role::Lead => self.owns(owner) || (!department.is_empty() && self.department == department),
        }
    }

    /// Judges whether he may change a case of this owner and department.
    ///
    /// # Errors
    /// Where he may not; the words say what to do.
    pub fn may_change(&self, owner: &str, department: &str) -> Result<(), Forbidden> {
        if !self.sees(owner, department) {
            return Err(Forbidden::Unseen);
        }
        if self.role == Role::Reader { Err(Forbidden::ReadsOnly) } else { Ok(()) }
    }

    fn owns(&self, owner: &str) -> bool {
        !owner.is_empty() && self.id == owner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(role: Role) -> Actor {
        Actor { id: "li".into(), role, department: "service".into() }
    }

    #[test]
    fn who_may_see_and_change_what() {
        use Forbidden::{ReadsOnly, Unseen};
        let table = [
            // (owner, department): of his own, of his department, of nobody he knows, of nobody at all
            (Role::Reader, [Err(ReadsOnly), Err(ReadsOnly), Err(ReadsOnly), Err(ReadsOnly)]),
            (Role::Responder, [Ok(()), Err(Unseen), Err(Unseen), Err(Unseen)]),
            (Role::Lead, [Ok(()), Ok(()), Err(Unseen), Err(Unseen)]),
            (Role::Admin, [Ok(()); 4]),
        ];
        let cases = [("li", "logistics"), ("wang", "service"), ("wang", "logistics"), ("", "")];
        for (role, expected) in table {
            for ((owner, department), expected) in cases.into_iter().zip(expected) {
                assert_eq!(actor(role).may_change(owner, department), expected, "{role} {owner}/{department}");
                let sees = expected != Err(Unseen);
                assert_eq!(actor(role).sees(owner, department), sees, "{role} {owner}/{department}");
            }
        }
    }

    #[test]
    fn nobody_without_a_name_or_department_owns_what_has_none() {
        for role in [Role::Responder, Role::Lead] {
            let nobody = Actor { id: String::new(), role, department: String::new() };
            assert!(!nobody.sees("", ""), "{role}");
        }
    }
}
