//! Chat sessions.

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope;
use hearken_schemas::feedback::{Channel, Feedback, Role, Turn};

use super::{Silent, key_of, rating, spoken};
use crate::context::{Context, Source};
use crate::field::words::Redactor;
use crate::wire::{Object, RawChatSession, RawTurn};

/// Turns a raw chat session into one feedback: every turn is kept and redacted, the text is what the customer said.
///
/// # Errors
/// The reason of the record's dead letter.
pub(crate) fn normalize(context: &Context<'_>, value: Option<&[u8]>) -> Result<Feedback, Rejection> {
    let mut raw: RawChatSession = envelope::parse(value)?;
    let silent = Silent::new(Channel::Chat, raw.take_common(), [raw.agent_name], context)?;
    let Silent { feedback, source, mut redactor } = silent;
    let turns = turns(raw.turns.unwrap_or_default(), &source, &mut redactor)?;
    spoken(Feedback {
        text: said_by_customer(&turns),
        turns,
        rating: rating(raw.rating)?,
        resolved: raw.resolved,
        agent_key: key_of("agent_id", raw.agent_id, context, |id| context.pseudonyms.agent(&source.name, id))?,
        redactions: redactor.redactions,
        ..feedback
    })
}

fn turns(raw: Vec<Object<RawTurn>>, source: &Source<'_>, redactor: &mut Redactor) -> Result<Vec<Turn>, Rejection> {
    let turn = |(nth, Object(RawTurn { at, role, text })): (usize, Object<RawTurn>)| {
        let at = source.time(format_args!("turns[{nth}].at"), at)?;
        Ok(Turn { at: at.map(|at| at.at), role, text: redactor.words(text) })
    };
    raw.into_iter().enumerate().map(turn).collect()
}

fn said_by_customer(turns: &[Turn]) -> String {
    let said = turns.iter().filter(|turn| match turn.role {
        Role::Customer => !turn.text.is_empty(),
        Role::Agent | Role::Bot => false,
    });
    said.map(|turn| turn.text.as_str()).collect::<Vec<_>>().join("\n")
}
