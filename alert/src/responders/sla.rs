//! What is promised, by value tier, and what happens when it is not kept.

use serde::Deserialize;

/// Whom a step of escalation tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Whom {
    /// Who has the case.
    Owner,
    /// Whom that owner escalates to, else the lead of the department, else the default owner.
    EscalatesTo,
    /// The lead of the owner's department, else as above.
    Lead,
    /// This one.
    Named(String),
}

impl Whom {
    /// Reads `owner`, `escalates_to`, `lead`, or an owner's id.
    pub fn parse(text: &str) -> Self {
        match text {
            "owner" => Self::Owner,
            "escalates_to" => Self::EscalatesTo,
            "lead" => Self::Lead,
            id => Self::Named(id.to_owned()),
        }
    }

    /// Returns what [`Whom::parse`] reads.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Owner => "owner",
            Self::EscalatesTo => "escalates_to",
            Self::Lead => "lead",
            Self::Named(id) => id,
        }
    }
}

/// One step of escalation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// How long after `due_at`, in minutes of the owner's work.
    pub after_minutes: u32,
    /// Whom it tells.
    pub to: Whom,
    /// Whether the case is theirs from then on.
    pub hand_over: bool,
}

/// What holds for one tier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sla {
    /// The promise to the customer, in minutes after it was said, day or night.
    pub customer_minutes: u32,
    /// What the owner is measured by, in minutes of his work after the record arrived.
    pub responder_minutes: u32,
    /// How long before `due_at` the owner is reminded, in minutes of his work; nothing where it is 0.
    pub remind_before_minutes: u32,
    /// What follows when nobody answers, earliest first.
    pub escalation: Vec<Step>,
}

impl Default for Sla {
    fn default() -> Self {
        let step = |after_minutes, to| Step { after_minutes, to, hand_over: false };
        Self {
            customer_minutes: 120,
            responder_minutes: 120,
            remind_before_minutes: 30,
            escalation: vec![step(0, Whom::Owner), step(60, Whom::EscalatesTo), step(240, Whom::Lead)],
        }
    }
}

/// What the file says of one tier, or of all.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SlaForm {
    customer_minutes: Option<u32>,
    responder_minutes: Option<u32>,
    remind_before_minutes: Option<u32>,
    escalation: Option<Vec<StepForm>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepForm {
    after_minutes: u32,
    to: String,
    #[serde(default)]
    hand_over: bool,
}

/// The longest time that may be promised, minutes: four weeks.
const MINUTES_MAX: u32 = 40_320;

impl SlaForm {
    /// Tells whether it names steps of its own.
    pub(super) fn has_steps(&self) -> bool {
        self.escalation.is_some()
    }

    /// Lays what is said here over `base`.
    pub(super) fn over(self, base: &Sla, wrong: &mut dyn FnMut(String)) -> Sla {
        let mut bounded = |name: &str, given: Option<u32>, low: u32, base: u32| match given {
            Some(minutes) if !(low..=MINUTES_MAX).contains(&minutes) => {
                wrong(format!("{name} = {minutes} is not from {low} to {MINUTES_MAX}"));
                base
            }
            given => given.unwrap_or(base),
        };
        let mut sla = Sla {
            customer_minutes: bounded("customer_minutes", self.customer_minutes, 1, base.customer_minutes),
            responder_minutes: bounded("responder_minutes", self.responder_minutes, 1, base.responder_minutes),
            remind_before_minutes: bounded(
                "remind_before_minutes",
                self.remind_before_minutes,
                0,
                base.remind_before_minutes,
            ),
            escalation: base.escalation.clone(),
        };
        if let Some(steps) = self.escalation {
            sla.escalation = steps
                .into_iter()
                .map(|step| Step {
                    after_minutes: bounded("after_minutes", Some(step.after_minutes), 0, 0),
                    to: Whom::parse(&step.to),
                    hand_over: step.hand_over,
                })
                .collect();
            sla.escalation.sort_by_key(|step| step.after_minutes);
            if sla
                .escalation
                .windows(2)
                .any(|pair| pair[0].after_minutes == pair[1].after_minutes && pair[0].to == pair[1].to)
            {
                wrong("two steps of escalation tell the same one at the same time".to_owned());
            }
        }
        sla
    }
}
