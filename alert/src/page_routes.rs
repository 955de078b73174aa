//! The case page over HTTP: `GET /c/{token}` shows it, `POST /c/{token}` does what a form asks for.
//!
//! Shell of [`crate::page`]. The token is the whole of the proof, so nothing is asked of the database before it holds. A GET writes a
//! row of the audit log and nothing else, because scanners follow links. Acts go through the [`Desk`], so the page can do nothing that the
//! API cannot.

mod answer;
mod reads;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{DefaultBodyLimit, Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use hearken_report::language::Language;
use jiff::Timestamp;
use uuid::Uuid;

use self::answer::{Lookup, notice, redirect, show};
use crate::audit::{Audit, Witness};
use crate::case::{Actor, Role};
use crate::desk::{Act, Acted, Desk, DeskError};
use crate::link::{LinkError, Secret, Signed, verify};
use crate::page::form::{Asked, DEPARTMENT, Entered, Problem, key, read};
use crate::page::notice::Notice;
use crate::page::sight::RuleWords;
use crate::responders::{self, Directory, Owner};
use crate::store::Store;

/// A form's fields are a note, an amount and a name.
const BODY_BYTES_MAX: usize = 32 * 1024;
/// How long an act may take before the page says that it may not have been saved.
const ACT: Duration = Duration::from_secs(15);

/// What the page answers from.
#[derive(Clone)]
pub struct PageState {
    /// Reads cases and acts on them.
    pub desk: Arc<Desk>,
    /// Reads what else is on the page.
    pub store: Store,
    /// Notes who looked.
    pub audit: Audit,
    /// Who answers.
    pub directory: Arc<Directory>,
    /// What links are signed with.
    pub secret: Secret,
    /// What rules are called, by id.
    pub rules: Arc<BTreeMap<String, RuleWords>>,
}

/// Returns the page's routes.
pub fn routes(state: PageState) -> Router {
    Router::new()
        .route("/c/{token}", get(look).post(act))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::new(state))
}

/// Whose link it is, once it holds.
struct Visitor<'a> {
    signed: Signed,
    owner: &'a Owner,
    language: Language,
    now: Timestamp,
}

impl Visitor<'_> {
    fn witness(&self) -> Witness {
        Witness { who: self.signed.owner.clone(), role: "link".to_owned() }
    }
}

type Shared = State<Arc<PageState>>;
type Asking = Query<BTreeMap<String, String>>;

async fn look(State(state): Shared, Path(token): Path<String>, Query(query): Asking, headers: HeaderMap) -> Response {
    let visitor = match state.visitor(&token, &query, &headers, "show") {
        Ok(visitor) => visitor,
        Err(refused) => return *refused,
    };
    let done = query.get("done").and_then(|id| id.parse().ok());
    let shown = show(&state, &visitor, Lookup { done, problem: None, status: StatusCode::OK }).await;
    let status = shown.status().as_u16();
    state.audit.note(visitor.witness().row("show", Some(visitor.signed.case_id), status, ""));
    shown
}

async fn act(
    State(state): Shared,
    Path(token): Path<String>,
    Query(query): Asking,
    headers: HeaderMap,
    form: Result<Form<Vec<(String, String)>>, FormRejection>,
) -> Response {
    let visitor = match state.visitor(&token, &query, &headers, "act") {
        Ok(visitor) => visitor,
        Err(refused) => return *refused,
    };
    let fields = form.map(|Form(fields)| fields).unwrap_or_default();
    let asked = match read(&fields) {
        Ok(asked) => asked,
        Err(wrong) => return show(&state, &visitor, Lookup::wrong(*wrong, StatusCode::UNPROCESSABLE_ENTITY)).await,
    };
    let entered = asked.entered.clone();
    match state.act(&visitor, asked).await {
        Ok(acted) => redirect(acted.event.event_id, query.get("lang").map(String::as_str)),
        Err(error) => {
            // Who has the link knows of the case: it is there, and not his.
            let is_others = matches!(error, DeskError::Forbidden(_));
            let status = if is_others { Ok(StatusCode::FORBIDDEN) } else { StatusCode::from_u16(error.status()) };
            let status = status.unwrap_or(StatusCode::CONFLICT);
            match problem(error) {
                Some(problem) => show(&state, &visitor, Lookup::wrong((problem, entered), status)).await,
                None => {
                    notice(&Notice::Unavailable { form: fields }, visitor.language, StatusCode::SERVICE_UNAVAILABLE)
                }
            }
        }
    }
}

impl PageState {
    /// Judges a token; whatever it is refused for, the answer is a page and the log says why.
    fn visitor(
        &self,
        token: &str,
        query: &BTreeMap<String, String>,
        headers: &HeaderMap,
        action: &str,
    ) -> Result<Visitor<'_>, Box<Response>> {
        let now = Timestamp::now();
        let refuse =
            |said: &Notice, owner: Option<&Owner>, (status, reason): (StatusCode, &str), signed: Option<&Signed>| {
                let who = signed.map(|signed| signed.owner.clone()).unwrap_or_default();
                let role = if signed.is_some() { "link".to_owned() } else { String::new() };
                let row =
                    Witness { who, role }.row(action, signed.map(|signed| signed.case_id), status.as_u16(), reason);
                self.audit.note(row);
                Box::new(notice(said, language(query, owner, headers), status))
            };
        let signed = verify(&self.secret, token, now).map_err(|error| match &error {
            LinkError::Malformed => refuse(&Notice::Broken, None, (StatusCode::NOT_FOUND, "malformed"), None),
            LinkError::Forged => refuse(&Notice::Broken, None, (StatusCode::FORBIDDEN, "forged"), None),
            LinkError::Expired(signed) => {
                let said = Notice::Expired { case_id: signed.case_id, owner: signed.owner.clone() };
                refuse(&said, self.directory.owner(&signed.owner), (StatusCode::GONE, "expired"), Some(signed))
            }
        })?;
        // Who is no responder any more has no business with customers' words, however long his links would be good.
        let Some(owner) = self.directory.owner(&signed.owner) else {
            return Err(refuse(&Notice::Stranger, None, (StatusCode::FORBIDDEN, "no_responder"), Some(&signed)));
        };
        Ok(Visitor { language: language(query, Some(owner), headers), signed, owner, now })
    }

    async fn act(&self, visitor: &Visitor<'_>, asked: Asked) -> Result<Acted, DeskError> {
        let key = key(&asked);
        let asked = self.with_a_person(asked);
        let acting = async {
            let case_id = visitor.signed.case_id;
            let actor = self.actor(visitor, case_id).await?;
            let (action, note) = (asked.action(), asked.entered.note.clone());
            self.desk.act(&Act { case_id, actor, witness: visitor.witness(), action, note, key, expected: None }).await
        };
        let acted = tokio::time::timeout(ACT, acting).await;
        acted.unwrap_or_else(|_| Err(DeskError::Unavailable(anyhow::anyhow!("no answer within {} s", ACT.as_secs()))))
    }

    /// Says what somebody may do to this case by his link: everything where he answers for it or stands above who does; else nothing.
    async fn actor(&self, visitor: &Visitor<'_>, case_id: Uuid) -> Result<Actor, DeskError> {
        let case = self.desk.case(case_id).await.map_err(DeskError::Unavailable)?;
        let is_above = case.is_some_and(|case| self.may_act(visitor.owner, &case.owner));
        let role = if is_above { Role::Admin } else { Role::Responder };
        Ok(Actor { id: visitor.owner.id.clone(), role, department: visitor.owner.department.clone() })
    }

    /// Tells whether somebody answers for another's cases: it is himself, or he stands above him.
    fn may_act(&self, who: &Owner, owner: &str) -> bool {
        let above = || {
            self.directory.owner(owner).is_some_and(|owner| self.directory.above(owner).any(|above| above.id == who.id))
        };
        who.id == owner || above()
    }

    /// Puts a department's lead in its place.
    fn with_a_person(&self, mut asked: Asked) -> Asked {
        let lead = asked.entered.to.strip_prefix(DEPARTMENT).map(|department| self.directory.lead(department));
        if let Some(lead) = lead {
            asked.entered.to = lead.map_or(String::new(), |lead| lead.id.clone());
        }
        asked
    }
}

/// Returns what to say of a refusal; nothing where it is no matter of the form.
fn problem(error: DeskError) -> Option<Problem> {
    match error {
        DeskError::Forbidden(_) => Some(Problem::NotYours),
        DeskError::NotNow { refused, .. } | DeskError::Invalid(refused) => Some(Problem::of(refused)),
        DeskError::Changed(_) => Some(Problem::NotPermitted),
        DeskError::UnknownOwner(_) | DeskError::SameOwner(_) => Some(Problem::NobodyChosen),
        DeskError::KeyReused => Some(Problem::NoForm),
        DeskError::Unavailable(error) | DeskError::Unaudited(error) => {
            tracing::warn!(error = format!("{error:#}"), "an act on the case page did not happen");
            None
        }
    }
}

/// Returns the language that was asked for, else the owner's, else the browser's.
fn language(query: &BTreeMap<String, String>, owner: Option<&Owner>, headers: &HeaderMap) -> Language {
    match (query.get("lang").map(String::as_str), owner.map(|owner| owner.language)) {
        (Some("zh"), _) => Language::Chinese,
        (Some("en"), _) => Language::English,
        (_, Some(responders::Language::Zh)) => Language::Chinese,
        (_, Some(responders::Language::En)) => Language::English,
        (_, None) => {
            let accepted = headers.get("accept-language").and_then(|value| value.to_str().ok()).unwrap_or("");
            if accepted.to_ascii_lowercase().starts_with("zh") { Language::Chinese } else { Language::English }
        }
    }
}

impl Lookup {
    fn wrong(problem: (Problem, Entered), status: StatusCode) -> Self {
        Self { done: None, problem: Some(problem), status }
    }
}
