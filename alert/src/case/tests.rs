use super::*;

fn actions() -> [Action; 10] {
    [
        Action::Acknowledge,
        Action::Contact,
        Action::Resolve,
        Action::Close,
        Action::Reopen,
        Action::HandOver { to: "wang".into() },
        Action::Note,
        Action::Compensate { amount: "12.50".into(), currency: "EUR".into() },
        Action::NotACustomer,
        Action::WrongReason,
    ]
}

/// What becomes of an action: the state that follows, `=` for the same state, or `-` for a refusal.
fn outcome(state: State, action: &Action, note: &Note) -> &'static str {
    match permitted(state, action, note) {
        Ok(Some(next)) => next.as_str(),
        Ok(None) => "=",
        Err(_) => "-",
    }
}

fn check(note: &str, table: &[(State, [&str; 10])]) {
    let note = Note::read(note).unwrap();
    for (state, expected) in table {
        for (action, expected) in actions().iter().zip(expected) {
            assert_eq!(outcome(*state, action, &note), *expected, "{state} {}, note {note:?}", action.name());
        }
    }
}

#[test]
fn every_action_in_every_state_with_a_note() {
    use State::*;
    check(
        "why",
        &[
            //             ack             contact      resolve     close     reopen  hand  note comp nobody    wrong
            (Open, ["acknowledged", "contacted", "resolved", "closed", "-", "=", "=", "=", "closed", "="]),
            (Acknowledged, ["-", "contacted", "resolved", "closed", "-", "=", "=", "=", "closed", "="]),
            (Contacted, ["-", "=", "resolved", "closed", "-", "=", "=", "=", "closed", "="]),
            (Resolved, ["-", "=", "-", "closed", "open", "=", "=", "=", "closed", "="]),
            (Closed, ["-", "-", "-", "-", "open", "-", "=", "-", "-", "-"]),
        ],
    );
}

#[test]
fn every_action_in_every_state_without_a_word() {
    use State::*;
    check(
        "",
        &[
            (Open, ["acknowledged", "contacted", "resolved", "-", "-", "=", "-", "=", "closed", "="]),
            (Acknowledged, ["-", "contacted", "resolved", "-", "-", "=", "-", "=", "closed", "="]),
            (Contacted, ["-", "=", "resolved", "-", "-", "=", "-", "=", "closed", "="]),
            (Resolved, ["-", "=", "-", "closed", "open", "=", "-", "=", "closed", "="]),
            (Closed, ["-", "-", "-", "-", "open", "-", "-", "-", "-", "-"]),
        ],
    );
}

#[test]
fn a_refusal_says_what_to_do() {
    use State::*;
    let compensate =
        |amount: &str, currency: &str| Action::Compensate { amount: amount.to_owned(), currency: currency.to_owned() };
    for (state, action, said) in [
        (Closed, Action::Contact, "the case is closed; reopen it first, or write a note"),
        (Closed, Action::Close, "the case is closed already; reopen it first, or write a note"),
        (Contacted, Action::Acknowledge, "the case is contacted already; resolve it next"),
        (Resolved, Action::Resolve, "the case is resolved already; close it, or reopen it where it is not right"),
        (
            Open,
            Action::Reopen,
            "the case is open, so there is nothing to reopen; only a resolved or closed case can be reopened",
        ),
        (
            Open,
            Action::Close,
            "the case is open, not resolved; resolve it first, or say in a note why it is closed as it is",
        ),
        (Open, Action::Note, "the note is empty; write what is to be remembered"),
        (
            Open,
            compensate("-1", "EUR"),
            "\"-1\" is no amount; write digits with at most two decimal places, such as 12.50, from 0 to 9999999999999999.99",
        ),
        (
            Open,
            compensate("1", "XYZ"),
            "\"XYZ\" is no currency; write its three letters by ISO 4217, such as EUR or CNY",
        ),
    ] {
        let refused = permitted(state, &action, &Note::default()).unwrap_err();
        assert_eq!(refused.to_string(), said);
        assert_eq!(refused.is_of_state(), said.starts_with("the case is"), "{said}");
    }
}

#[test]
fn names_and_events_are_told_apart() {
    for (action, (name, kind)) in actions().iter().zip(Action::NAMES) {
        assert_eq!((action.name(), action.kind()), (name, kind));
    }
    for state in State::ALL {
        assert_eq!(state.as_str().parse(), Ok(state));
    }
    assert_eq!("done".parse::<State>(), Err(Refused::UnknownState("done".into())));
}
