//! Answers: a case, a page without one, or the way back to the page.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::Response;
use hearken_report::language::Language;
use uuid::Uuid;

use super::reads::{Beside, Other};
use super::{PageState, Visitor};
use crate::desk;
use crate::facts::Words;
use crate::link::sign;
use crate::page::form::{Button, Entered, Problem, offered};
use crate::page::notice::{self, Notice};
use crate::page::sight::{Access, Case, Event, Happening, OtherCase, Person, Reader, RuleWords, Sight};
use crate::page::{headers, write};
use crate::responders::Owner;
use crate::row::CaseEventRow;

/// How a case is to be shown.
pub(super) struct Lookup {
    /// The event that was just made.
    pub(super) done: Option<Uuid>,
    /// What was wrong with the form.
    pub(super) problem: Option<(Problem, Entered)>,
    /// The status, where there is a case.
    pub(super) status: StatusCode,
}

/// Answers with the case, or with why there is none.
pub(super) async fn show(state: &PageState, visitor: &Visitor<'_>, lookup: Lookup) -> Response {
    let language = visitor.language;
    match state.read(visitor.signed.case_id, visitor.now).await {
        Ok(Some(found)) => {
            let status = lookup.status;
            page(write(&state.sight(visitor, found, lookup)), status)
        }
        Ok(None) => notice(&Notice::Unknown, language, StatusCode::NOT_FOUND),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "the case page could not be read");
            notice(&Notice::Unavailable { form: Vec::new() }, language, StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// Answers with a page that shows no case.
pub(super) fn notice(said: &Notice, language: Language, status: StatusCode) -> Response {
    let mut response = page(notice::write(said, language), status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("10"));
    }
    response
}

/// Sends a browser back to the page, so that loading it again does nothing. The address is relative: a proxy may have put a path before it.
pub(super) fn redirect(event_id: Uuid, language: Option<&str>) -> Response {
    let language = match language {
        Some("zh") => "&lang=zh",
        Some("en") => "&lang=en",
        Some(_) | None => "",
    };
    let mut response = page(String::new(), StatusCode::SEE_OTHER);
    let location = format!("?done={event_id}{language}");
    let location = header::HeaderValue::from_str(&location).expect("an id is plain ASCII");
    response.headers_mut().insert(header::LOCATION, location);
    response
}

fn page(html: String, status: StatusCode) -> Response {
    let response = headers()
        .into_iter()
        .fold(Response::builder().status(status), |response, (name, value)| response.header(name, value));
    response.body(Body::from(html)).expect("the headers are plain ASCII")
}

/// What was read of a case.
pub(super) struct Found {
    pub(super) case: desk::Case,
    pub(super) history: Vec<CaseEventRow>,
    pub(super) beside: Beside,
}

impl PageState {
    fn sight(&self, visitor: &Visitor<'_>, found: Found, lookup: Lookup) -> Sight {
        let Found { case, history, beside } = found;
        let access =
            if self.may_act(visitor.owner, &case.owner) { self.act_on(&case, &history) } else { Access::ReadOnly };
        let others = beside.others.map(|others| others.iter().map(|other| self.other(visitor, other)).collect());
        Sight {
            rule: self.rule(&case.rule),
            reader: Reader {
                person: self.person(&visitor.owner.id),
                language: visitor.language,
                zone: self.directory.zone(visitor.owner),
            },
            now: visitor.now,
            expires_at: visitor.signed.expires_at,
            answers: self.person(&case.owner),
            standing: beside.standing,
            said: beside.said,
            risk: beside.risk,
            timeline: beside
                .timeline
                .map(|timeline| timeline.into_iter().map(|one| self.named(one, visitor.language)).collect()),
            history: history.iter().map(|event| self.event(event)).collect(),
            others,
            access,
            done: lookup.done,
            problem: lookup.problem,
            case: shown(case),
        }
    }

    /// Offers what the state permits. The nonce is the newest event: two taps on one page carry the same, a tap after something happened
    /// another.
    fn act_on(&self, case: &desk::Case, history: &[CaseEventRow]) -> Access {
        let is_news = |button: &Button| *button != Button::WrongReason || !case.wrong_reason;
        let nonce = history.last().map_or(case.case_id, |event| event.event_id).to_string();
        let owners = self.directory.owners().filter(|owner| owner.id != case.owner);
        let departments = self.directory.departments().into_iter();
        let departments =
            departments.filter(|name| self.directory.lead(name).is_some_and(|lead| lead.id != case.owner));
        Access::Act {
            offered: offered(case.state).into_iter().filter(is_news).collect(),
            nonce,
            owners: owners.map(as_person).collect(),
            departments: departments.map(str::to_owned).collect(),
        }
    }

    fn other(&self, visitor: &Visitor<'_>, other: &Other) -> OtherCase {
        let is_own = other.owner == visitor.owner.id;
        OtherCase {
            case_id: other.case_id,
            title: self.rule(&other.rule).title,
            state: other.state.clone(),
            due_at: other.due_at.0,
            owner: self.person(&other.owner).name,
            // It opens no longer than the link that led here.
            token: is_own.then(|| sign(&self.secret, other.case_id, &visitor.owner.id, visitor.signed.expires_at)),
        }
    }

    fn event(&self, event: &CaseEventRow) -> Event {
        let name = |id: &str| if id.is_empty() { String::new() } else { self.person(id).name };
        Event {
            event_id: event.event_id,
            at: event.at.0,
            kind: event.kind.clone(),
            actor: name(&event.actor),
            owner: name(&event.owner),
            note: event.note.clone(),
            amount: event.amount.clone(),
            currency: event.currency.clone(),
        }
    }

    /// Calls an alert by its rule's title; the table has the id.
    fn named(&self, happening: Happening, language: Language) -> Happening {
        if happening.kind != "alert" {
            return happening;
        }
        let title = self.rule(&happening.title).title;
        let title = match language {
            Language::Chinese => title.zh,
            Language::English => title.en,
        };
        Happening { title, ..happening }
    }

    /// Returns what a rule is called; one that is not loaded is called by its id.
    fn rule(&self, id: &str) -> RuleWords {
        let named = || RuleWords { title: Words { en: id.to_owned(), zh: id.to_owned() }, why: Words::default() };
        self.rules.get(id).cloned().unwrap_or_else(named)
    }

    fn person(&self, id: &str) -> Person {
        let unknown = || Person { id: id.to_owned(), name: id.to_owned(), department: String::new() };
        self.directory.owner(id).map_or_else(unknown, as_person)
    }
}

fn as_person(owner: &Owner) -> Person {
    let name = if owner.name.is_empty() { &owner.id } else { &owner.name };
    Person { id: owner.id.clone(), name: name.clone(), department: owner.department.clone() }
}

fn shown(case: desk::Case) -> Case {
    Case {
        case_id: case.case_id,
        rule: case.rule,
        subject_kind: case.subject_kind,
        subject: case.subject,
        customer_key: case.customer_key,
        brand: case.brand,
        channel: case.channel,
        product_id: case.product_id,
        store_id: case.store_id,
        touchpoint: case.touchpoint,
        category: case.category,
        topic: case.topic,
        severity: case.severity,
        urgent: case.urgent,
        tier: case.tier,
        state: case.state.as_str().to_owned(),
        occurred_at: case.occurred_at.0,
        time_precision: case.time_precision,
        opened_at: case.opened_at.0,
        customer_due_at: case.customer_due_at.map(|at| at.0),
        due_at: case.due_at.0,
        first_response_at: case.first_response_at.map(|at| at.0),
        closed_at: case.closed_at.map(|at| at.0),
        not_a_customer: case.not_a_customer,
        wrong_reason: case.wrong_reason,
    }
}
