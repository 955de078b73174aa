//! Chat sessions.

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope;
use hearken_schemas::feedback::{Channel, Feedback, Role, Turn};

use super::{rating, silent, spoken, time, words};
use crate::wire::{Object, RawChatSession, RawTurn};

/// Turns a raw chat session into one feedback: every turn is kept, the text is what the customer said.
///
/// # Errors
/// The reason of the record's dead letter.
pub fn normalize(timestamp_ms: i64, value: Option<&[u8]>) -> Result<Feedback, Rejection> {
    let mut raw: RawChatSession = envelope::parse(value)?;
    let base = silent(Channel::Chat, raw.take_common(), timestamp_ms)?;
    let mut redactions = base.redactions;
    let mut turns = Vec::new();
    for (nth, Object(RawTurn { at, role, text })) in raw.turns.unwrap_or_default().into_iter().enumerate() {
        let at = at.map(|at| time::parse(format_args!("turns[{nth}].at"), &at, timestamp_ms)).transpose()?;
        let said = words(text);
        redactions += said.redactions;
        turns.push(Turn { at, role, text: said.text });
    }
    spoken(Feedback {
        text: said_by_customer(&turns),
        turns,
        rating: rating(raw.rating)?,
        resolved: raw.resolved,
        redactions,
        ..base
    })
}

fn said_by_customer(turns: &[Turn]) -> String {
    let said = turns.iter().filter(|turn| match turn.role {
        Role::Customer => !turn.text.is_empty(),
        Role::Agent | Role::Bot => false,
    });
    said.map(|turn| turn.text.as_str()).collect::<Vec<_>>().join("\n")
}
