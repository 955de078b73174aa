//! The HTTP server: routes, one statement a request, limits, and an orderly end.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use axum::routing::{any, get};
use hearken_listener::{Bounds, Tls};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::asked::{Asked, form_error};
use super::auth::{self, Access, Credentials, User};
use super::body::{self, BodyError, Bounded};
use super::compression;
use super::errors::code;
use super::request::StatementRequest;
use super::response;
use super::session::{OpenSession, Sessions};
use super::statement::{self, Place, Rights, Running, TAG_PREFIX};
use crate::chdb::EngineError;
use crate::engine::Engine;

/// How long a request waits for its turn.
const TURN_TIME_MAX: Duration = Duration::from_secs(10);
/// How long running statements may go on once the server stops.
const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);
/// How long stopped statements may take to answer.
const STOP_TIME_MAX: Duration = Duration::from_secs(3);

/// What the server allows.
#[derive(Clone)]
pub struct ServerOptions {
    /// Who may ask.
    pub users: Vec<User>,
    /// The largest body, as sent and unpacked.
    pub body_bytes_max: u64,
    /// Statements that run at a time.
    pub connections_max: usize,
    /// What the server proves with who it is; without it everything goes in the clear.
    pub tls: Option<Tls>,
}

struct Server {
    engine: Arc<Engine>,
    options: ServerOptions,
    turns: Arc<Semaphore>,
    sessions: Sessions,
    requests: AtomicU64,
}

/// Serves until `shutdown`, then lets running statements finish for a bounded time and stops the rest.
pub async fn serve(
    listener: TcpListener,
    engine: Arc<Engine>,
    options: ServerOptions,
    shutdown: impl Future<Output = ()> + Send + 'static,
) {
    let turns = Arc::new(Semaphore::new(options.connections_max));
    let (sessions, requests, tls) = (Sessions::default(), AtomicU64::new(0), options.tls.clone());
    let server = Arc::new(Server { engine: engine.clone(), options, turns, sessions, requests });
    let router = Router::new()
        .route("/", any(root))
        .route("/query", any(root))
        .route("/ping", get(async || "Ok.\n"))
        .route("/replicas_status", get(async || "Ok.\n"))
        .fallback(no_such_path)
        .with_state(server);
    let (stopping, mut stopped) = tokio::sync::watch::channel(());
    let stop = async move {
        shutdown.await;
        drop(stopping);
    };
    let serving = hearken_listener::serve(listener, tls, router, bounds(), stop);
    let deadline = async move {
        // An error means that the sender is gone, which is the signal.
        let _ = stopped.changed().await;
        tokio::time::sleep(DRAIN_TIME_MAX).await;
    };
    tokio::pin!(serving);
    tokio::select! {
        () = &mut serving => {}
        () = deadline => {
            tracing::warn!("statements are still running after {} s and are stopped", DRAIN_TIME_MAX.as_secs());
            stop_all(engine).await;
            // The stopped statements answer their clients.
            let _ = timeout(STOP_TIME_MAX, serving).await;
        }
    }
}

/// A statement in the URL is part of the head. A client's pool keeps a connection for 45 s; statements and bodies have bounds of
/// their own.
fn bounds() -> Bounds {
    Bounds { connections_max: 512, head_bytes_max: 1 << 20, silence_max: Duration::from_secs(75), request_max: None }
}

async fn stop_all(engine: Arc<Engine>) {
    let stopping = spawn_blocking(move || engine.cancel_all(TAG_PREFIX));
    if let Ok(Err(error)) = stopping.await {
        tracing::warn!(%error, "running statements could not be stopped");
    }
}

async fn no_such_path(uri: Uri) -> (StatusCode, String) {
    let text = format!("There is no handle {}\n\nUse / or /ping for health checks, and / for queries.\n", uri.path());
    (StatusCode::NOT_FOUND, text)
}

async fn root(State(server): State<Arc<Server>>, request: Request<Body>) -> Response<Body> {
    let query_id = crate::random_uuid();
    match server.answer(request, &query_id).await {
        Ok(response) => response,
        Err(refused) => {
            tracing::debug!(code = refused.error.code, "a statement failed");
            let query_id = refused.query_id.as_deref().unwrap_or(&query_id);
            response::failure(&refused.error, server.engine.version(), query_id)
        }
    }
}

/// An error, and the client's own query id where the request got as far as telling it.
struct Refused {
    error: EngineError,
    query_id: Option<String>,
}

impl From<EngineError> for Refused {
    fn from(error: EngineError) -> Self {
        Self { error, query_id: None }
    }
}

impl Server {
    async fn answer(&self, request: Request<Body>, query_id: &str) -> Result<Response<Body>, Refused> {
        let (parts, body) = request.into_parts();
        let pairs = match Query::<Vec<(String, String)>>::try_from_uri(&parts.uri) {
            Ok(Query(pairs)) => pairs,
            Err(error) => return Err(form_error(error.to_string()).into()),
        };
        let is_get = matches!(parts.method, Method::GET | Method::HEAD);
        if is_get && !pairs.iter().any(|(name, _)| name == "query") {
            return Ok(Response::new(Body::from("Ok.\n")));
        }
        if !is_get && !matches!(parts.method, Method::POST | Method::PUT) {
            return Err(EngineError::new(code::NOT_IMPLEMENTED, "NOT_IMPLEMENTED", "Use GET or POST").into());
        }
        let admitted = auth::check_origin(&parts.headers)
            .and_then(|()| Credentials::from_request(&parts.headers, &pairs))
            .and_then(|credentials| credentials.authenticate(&self.options.users))
            .and_then(|user| self.check_length(&parts.headers).map(|()| user));
        let user = match admitted {
            Ok(user) => user,
            Err(error) => {
                body::discard(body).await;
                return Err(error.into());
            }
        };
        let reader = match &user.access {
            Access::Full => None,
            Access::Reader(reader) => Some(reader.clone()),
        };
        let rights = Rights { read_only: is_get || reader.is_some(), reader };
        let asked = Asked::read(&parts.headers, pairs, body).await?;
        let query_id = asked.request.query_id.clone().unwrap_or_else(|| query_id.to_owned());
        let running = Running::new(&query_id, self.requests.fetch_add(1, Ordering::Relaxed));
        let job = Job { asked, user: user.name.clone(), rights, running, query_id };
        let known_id = Some(job.query_id.clone());
        self.run(job).await.map_err(|error| Refused { error, query_id: known_id })
    }

    /// Refuses a body that says itself that it is too large.
    fn check_length(&self, headers: &HeaderMap) -> Result<(), EngineError> {
        let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let bytes_max = self.options.body_bytes_max;
        if length.is_some_and(|length| length > bytes_max) {
            return Err(statement::body_error(BodyError::TooLarge { bytes_max }.into()));
        }
        Ok(())
    }

    async fn run(&self, job: Job) -> Result<Response<Body>, EngineError> {
        let Job { asked: Asked { request, body, encoding, packing }, user, rights, running, query_id } = job;
        let turn = match self.turn().await {
            Ok(turn) => turn,
            Err(error) => {
                body::discard(body).await;
                return Err(error);
            }
        };
        let (sender, reader) = body::channel();
        let abandoned = StopWhenAbandoned { engine: self.engine.clone(), running: running.clone() };
        let engine = self.engine.clone();
        let (bytes_max, sessions) = (self.options.body_bytes_max, self.sessions.clone());
        let blocking = spawn_blocking(move || {
            // Held until the statement is over, whatever becomes of the client.
            let _turn = turn;
            let unpacked = compression::unpack(reader, encoding, request.decompress).map_err(statement::body_error)?;
            let mut unpacked = Bounded::new(unpacked, bytes_max);
            let outcome = in_session(&sessions, &rights.owner(&user), &request, |session| {
                statement::run(&engine, &request, &mut unpacked, Place { rights, running: &running, session })
            });
            running.end();
            // Lets the sending side know that nobody reads any more, before the answer is packed.
            drop(unpacked);
            response::success(outcome?, packing, &query_id).map_err(statement::body_error)
        });
        let (ended, ()) = tokio::join!(blocking, sender.pump(body, bytes_max));
        drop(abandoned);
        ended.unwrap_or_else(|panic| Err(EngineError::parse(&panic.to_string())))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, EngineError> {
        match timeout(TURN_TIME_MAX, self.turns.clone().acquire_owned()).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(EngineError::new(
                code::TOO_MANY_SIMULTANEOUS_QUERIES,
                "TOO_MANY_SIMULTANEOUS_QUERIES",
                &format!("Too many simultaneous queries. Maximum: {}", self.options.connections_max),
            )),
        }
    }
}

/// Runs a statement in the session that its request names, if it names one.
fn in_session<T>(
    sessions: &Sessions,
    owner: &Option<String>,
    request: &StatementRequest,
    run: impl FnOnce(Option<&mut OpenSession>) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    let (Some(asked), Some(owner)) = (&request.session, owner) else { return run(None) };
    let mut session = sessions.open(owner, asked)?;
    let outcome = run(Some(&mut session));
    if !asked.close {
        session.keep();
    }
    outcome
}

/// A statement on its way to the engine.
struct Job {
    asked: Asked,
    user: String,
    rights: Rights,
    running: Arc<Running>,
    query_id: String,
}

/// Stops a statement whose client is gone: the server drops the request's future, and this with it.
struct StopWhenAbandoned {
    engine: Arc<Engine>,
    running: Arc<Running>,
}

impl Drop for StopWhenAbandoned {
    fn drop(&mut self) {
        if self.running.has_ended() {
            return;
        }
        self.running.give_up();
        let (engine, running) = (self.engine.clone(), self.running.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || running.stop(&engine));
        }
    }
}
