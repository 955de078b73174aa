//! Which cases somebody asks for, as SQL with parameters; no value is ever written into the text.

use jiff::Timestamp;
use uuid::Uuid;

use super::Case;
use crate::case::{Actor, Role, State};
use crate::row::At;

/// How many cases one answer has at most.
pub const LIMIT_MAX: u16 = 500;

/// What a case is worth looking at first for: the weight of its value tier times its risk. Where nothing is known of the
/// customer the weight is the lowest and the risk the middle.
pub(super) const PRIORITY: &str = "toInt32(round(transform(toString(tier), \
     ['champion', 'loyal', 'promising', 'needs_attention', 'hibernating', 'no_orders'], [6, 5, 4, 3, 2, 1], 1) \
     * ifNull(risk, 50)))";

/// Which cases; nothing set is every case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// In this state.
    pub state: Option<State>,
    /// Still open, or over.
    pub is_open: Option<bool>,
    /// Of this owner.
    pub owner: Option<String>,
    /// Of this department.
    pub department: Option<String>,
    /// About this brand.
    pub brand: Option<String>,
    /// That this rule opened or joined.
    pub rule: Option<String>,
    /// As severe as this.
    pub severity: Option<String>,
    /// Of customers in this value tier.
    pub tier: Option<String>,
    /// Open, unanswered, and due before this moment; with `false` all others.
    pub overdue: Option<(bool, Timestamp)>,
    /// Opened then or later.
    pub since: Option<Timestamp>,
    /// Those that one may see.
    pub scope: Scope,
    /// Those behind the last one of another answer.
    pub after: Option<Cursor>,
    /// How many at most; 0 is [`LIMIT_MAX`].
    pub limit: u16,
}

/// Which cases somebody may see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// Every case.
    #[default]
    All,
    /// An owner's.
    Owner(String),
    /// A department's, and an owner's.
    Department {
        /// The department.
        department: String,
        /// The owner.
        owner: String,
    },
}

impl Scope {
    /// Returns what an actor may see, as [`Actor::sees`] judges each case.
    pub fn of(actor: &Actor) -> Self {
        match actor.role {
            Role::Reader | Role::Admin => Self::All,
            Role::Responder => Self::Owner(actor.id.clone()),
            Role::Lead => Self::Department { department: actor.department.clone(), owner: actor.id.clone() },
        }
    }
}

/// Where a list goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last one's priority.
    pub priority: i32,
    /// When it is due.
    pub due_at: At,
    /// Its identity.
    pub case_id: Uuid,
}

impl At {
    /// Reads milliseconds that a table can hold.
    pub(super) fn tabled(ms: &str) -> Option<Self> {
        let ms = ms.parse().ok().filter(|ms| (0..10_000_000_000_000).contains(ms))?;
        Timestamp::from_millisecond(ms).ok().map(Self)
    }
}

impl Cursor {
    /// Returns the cursor behind a case.
    pub fn of(case: &Case) -> Self {
        Self { priority: case.priority, due_at: case.due_at, case_id: case.case_id }
    }

    /// Writes it so that it passes through a URL.
    pub fn to_text(&self) -> String {
        format!("{}.{}.{}", self.priority, self.due_at.0.as_millisecond(), self.case_id)
    }

    /// Reads what [`Cursor::to_text`] wrote; anything else is none.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (priority, due_ms, case_id) = (parts.next()?, parts.next()?, parts.next()?);
        let due_at = At::tabled(due_ms)?;
        let cursor = Self { priority: priority.parse().ok()?, due_at, case_id: case_id.parse().ok()? };
        (cursor.to_text() == text).then_some(cursor)
    }
}

/// Conditions of a statement and the parameters they name.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    texts: Vec<String>,
    parameters: Vec<(&'static str, String)>,
}

impl Conditions {
    pub(super) fn add(&mut self, condition: &str, name: &'static str, value: impl Into<String>) {
        self.texts.push(condition.to_owned());
        self.parameters.push((name, value.into()));
    }

    pub(super) fn equal(&mut self, column: &'static str, value: Option<&String>) {
        if let Some(value) = value {
            self.add(&format!("{column} = {{{column}:String}}"), column, value);
        }
    }

    /// Returns the condition, true where there is none.
    pub(super) fn text(&self) -> String {
        if self.texts.is_empty() { "true".to_owned() } else { self.texts.join(" AND ") }
    }

    pub(super) fn parameters(&self) -> Vec<(&str, &str)> {
        self.parameters.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    /// Leaves what a scope holds; `owned` makes a condition on what is asked for of one on owner and department.
    pub(super) fn scope(&mut self, scope: &Scope, owned: impl Fn(&str) -> String) {
        match scope {
            Scope::All => {}
            Scope::Owner(owner) => {
                self.add(&owned("owner != '' AND owner = {seen_owner:String}"), "seen_owner", owner);
            }
            Scope::Department { department, owner } => {
                let both = "((owner != '' AND owner = {seen_owner:String}) \
                            OR (department != '' AND department = {seen_department:String}))";
                self.add(&owned(both), "seen_owner", owner);
                self.add("true", "seen_department", department);
            }
        }
    }
}

impl Filter {
    pub(super) fn conditions(&self) -> Conditions {
        let mut all = Conditions::default();
        if let Some(state) = self.state {
            all.add("state = {state:String}", "state", state.as_str());
        }
        if let Some(is_open) = self.is_open {
            all.add("is_open = {is_open:Bool}", "is_open", is_open.to_string());
        }
        all.equal("owner", self.owner.as_ref());
        all.equal("department", self.department.as_ref());
        all.equal("brand", self.brand.as_ref());
        all.equal("severity", self.severity.as_ref());
        all.equal("tier", self.tier.as_ref());
        if let Some(rule) = &self.rule {
            all.add("has(rules, {rule:String})", "rule", rule);
        }
        if let Some((overdue, now)) = self.overdue {
            let late = "(is_open AND isNull(first_response_at) AND due_at < {now:DateTime64(3, 'UTC')})";
            let condition = if overdue { late.to_owned() } else { format!("NOT {late}") };
            all.add(&condition, "now", At(now).to_string());
        }
        if let Some(since) = self.since {
            all.add("opened_at >= {since:DateTime64(3, 'UTC')}", "since", At(since).to_string());
        }
        all.scope(&self.scope, str::to_owned);
        if let Some(Cursor { priority, due_at, case_id }) = &self.after {
            let behind =
                "(-priority, due_at, case_id) > (-{priority:Int32}, {due_at:DateTime64(3, 'UTC')}, {case_id:UUID})";
            all.add(behind, "priority", priority.to_string());
            all.add("true", "due_at", due_at.to_string());
            all.add("true", "case_id", case_id.to_string());
        }
        all
    }

    /// How many cases one answer has.
    pub fn rows(&self) -> u16 {
        if self.limit == 0 { LIMIT_MAX } else { self.limit.min(LIMIT_MAX) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written_and_nothing_else_is_one() {
        let due_at = At("2026-11-22T16:50:30.007Z".parse().unwrap());
        let cursor = Cursor { priority: -3, due_at, case_id: Uuid::from_u128(7) };
        assert_eq!(Cursor::read(&cursor.to_text()), Some(cursor));
        let id = "00000000-0000-0000-0000-000000000007";
        let forms = [
            "1.2.{}",
            "01.2.{}",
            "1.-2.{}",
            "1.20000000000000.{}",
            "9999999999.2.{}",
            "+1.2.{}",
            "1.2",
            "",
            "\u{1F600}",
        ];
        for (form, expected) in forms.into_iter().zip([true].into_iter().chain([false; 8])) {
            let text = form.replace("{}", id);
            assert_eq!(Cursor::read(&text).is_some(), expected, "{text}");
        }
    }

    #[test]
    fn no_value_is_written_into_the_text() {
        let attack = "x' OR 1 = 1 --".to_owned();
        let scope = Scope::Department { department: attack.clone(), owner: attack.clone() };
        let some = Some(attack.clone());
        let filter = Filter {
            owner: some.clone(),
            brand: some.clone(),
            rule: some.clone(),
            tier: some,
            scope,
            ..Filter::default()
        };
        let conditions = filter.conditions();
        assert!(!conditions.text().contains(&attack), "{}", conditions.text());
        assert!(conditions.parameters().iter().filter(|(_, value)| *value == attack).count() == 6);
        assert_eq!(Filter::default().conditions().text(), "true");
    }
}
