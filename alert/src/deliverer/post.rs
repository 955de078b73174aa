//! One request and its answer, within bounds: a receiver that hangs, breaks off or answers without an end costs its own time alone.

use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt;
use hearken_runtime::tls::{Https, Trust, advice, causes};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use jiff::Timestamp;

use crate::receiver::{Answer, Reply, Request, read};
use crate::responders::ChannelKind;

const CONNECT: Duration = Duration::from_secs(5);
/// The whole of a request, to the head of its answer.
const ANSWER: Duration = Duration::from_secs(10);
/// The body of an answer.
const BODY: Duration = Duration::from_secs(2);
/// How much of it is read: a robot says less.
const BODY_BYTES_MAX: usize = 64 * 1_024;

/// Sends requests over HTTP and HTTPS; follows no redirect.
#[derive(Clone)]
pub(super) struct Post {
    plain: Client<HttpConnector, Body>,
    /// Without certificates of the machine there is none.
    tls: Result<Client<Https, Body>, String>,
}

/// What came of a request.
pub(super) struct Posted {
    pub(super) answer: Answer,
    /// 0 where no answer came.
    pub(super) status: u16,
    pub(super) took: Duration,
}

impl Post {
    pub(super) fn new(trust: &Trust) -> Self {
        let connector = || {
            let mut connector = HttpConnector::new();
            connector.set_connect_timeout(Some(CONNECT));
            connector.set_nodelay(true);
            connector
        };
        let tls = trust.connector(connector());
        if let Err(error) = &tls {
            tracing::error!(error, "nothing can be sent to https addresses; alert.ca_file names authorities");
        }
        Self {
            plain: Client::builder(TokioExecutor::new()).build(connector()),
            tls: tls.map(|connector| Client::builder(TokioExecutor::new()).build(connector)),
        }
    }

    /// Sends a request and says what its answer means.
    pub(super) async fn send(&self, kind: ChannelKind, request: Request) -> Posted {
        let since = Instant::now();
        let url = request.url.clone();
        let posted = match tokio::time::timeout(ANSWER, self.head(request)).await {
            Err(_) => Err(format!("no answer within {} s", ANSWER.as_secs())),
            Ok(Err(error)) => Err(error),
            Ok(Ok(response)) => Ok(response),
        };
        let (status, answer) = match posted {
            // What the network says may name the address, which may hold a token.
            Err(why) => {
                let why = match advice(&why, "alert.ca_file", "the channel's url") {
                    Some(advice) => format!("{advice} ({why})"),
                    None => why,
                };
                (0, Answer::Again { after_ms: None, why: why.replace(&url, "[the address]") })
            }
            Ok(response) => {
                let (head, body) = response.into_parts();
                let body = tokio::time::timeout(BODY, first_bytes(body)).await.ok().flatten();
                let retry_after = head.headers.get("retry-after").and_then(|value| value.to_str().ok());
                let status = head.status.as_u16();
                (status, read(kind, &Reply { status, retry_after, body: body.as_deref(), now: Timestamp::now() }))
            }
        };
        Posted { answer, status, took: since.elapsed() }
    }

    async fn head(&self, request: Request) -> Result<axum::http::Response<Body>, String> {
        let is_tls = request.url.starts_with("https://");
        let builder = request
            .headers
            .iter()
            .fold(axum::http::Request::post(&request.url), |builder, (name, value)| builder.header(*name, value));
        let built = builder.header("user-agent", "hearken").body(Body::from(Bytes::from(request.body)));
        let built = built.map_err(|_| "the address cannot be read".to_owned())?;
        let answer = if is_tls { self.tls.as_ref()?.request(built).await } else { self.plain.request(built).await };
        answer.map(|response| response.map(Body::new)).map_err(|error| causes(&error))
    }
}

/// Returns the beginning of a body; nothing where it breaks off.
async fn first_bytes(body: Body) -> Option<Vec<u8>> {
    let mut pieces = body.into_data_stream();
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.next().await {
        let piece = piece.ok()?;
        let room = BODY_BYTES_MAX - bytes.len();
        bytes.extend_from_slice(&piece[..piece.len().min(room)]);
        if bytes.len() >= BODY_BYTES_MAX {
            break;
        }
    }
    Some(bytes)
}
