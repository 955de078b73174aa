//! The one HTTP server of every program that listens, with bounds on what a client may cost.
//!
//! A client that says nothing, says it slowly, says too much, or comes in crowds costs itself: its connection ends, and nobody
//! else's. Layout: [`serve`] accepts, [`Bounds`] says how much, `tls` opens connections that are encrypted. It imports no crate of
//! ours.

mod tls;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

pub use self::tls::Tls;

/// How long a client may take to agree on TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the server rests where the system has no more sockets.
const REST: Duration = Duration::from_millis(100);
/// How long a refusal may take to be sent.
const REFUSAL: Duration = Duration::from_secs(1);

/// How much clients may cost.
#[derive(Debug, Clone)]
pub struct Bounds {
    /// Connections at once; one more is told so and ends.
    pub connections_max: usize,
    /// The head of a request: its line and all its headers.
    pub head_bytes_max: usize,
    /// From the end of one answer, or the beginning of a connection, to the end of the next request's head.
    pub silence_max: Duration,
    /// From the end of a request's head to the beginning of its answer, its body included; `None` where the routes bound it
    /// themselves.
    pub request_max: Option<Duration>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections_max: 256,
            head_bytes_max: 32 << 10,
            silence_max: Duration::from_secs(30),
            request_max: Some(Duration::from_secs(30)),
        }
    }
}

/// Serves until `shutdown`, then ends connections as their answers do.
pub async fn serve(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    bounds: Bounds,
    shutdown: impl Future<Output = ()> + Send,
) {
    let router = match bounds.request_max {
        Some(longest) => router.layer(from_fn(move |request, next| in_time(longest, request, next))),
        None => router,
    };
    let server = Arc::new(Server { tls, router, bounds: bounds.clone() });
    let (places, graceful) = (Arc::new(Semaphore::new(bounds.connections_max)), GracefulShutdown::new());
    tokio::pin!(shutdown);
    loop {
        let stream = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    rest(&error).await;
                    continue;
                }
            },
        };
        let (server, watcher) = (Arc::clone(&server), graceful.watcher());
        match Arc::clone(&places).try_acquire_owned() {
            Ok(place) => drop(tokio::spawn(async move {
                server.connection(stream, watcher).await;
                drop(place);
            })),
            Err(_) => drop(tokio::spawn(async move { server.refuse(stream).await })),
        }
    }
    drop(listener);
    graceful.shutdown().await;
}

/// Lets a moment pass where the system has nothing to give; a client that is gone again costs none.
async fn rest(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::warn!(%error, "cannot take a connection");
        sleep(REST).await;
    }
}

async fn in_time(longest: Duration, request: Request, next: Next) -> Result<Response, Infallible> {
    let answer = timeout(longest, next.run(request)).await;
    Ok(answer.unwrap_or_else(|_| (StatusCode::REQUEST_TIMEOUT, "the request took too long\n").into_response()))
}

struct Server {
    tls: Option<Tls>,
    router: Router,
    bounds: Bounds,
}

impl Server {
    async fn connection(&self, stream: TcpStream, watcher: Watcher) {
        // An answer is one piece; waiting for more of it gains nothing.
        let _ = stream.set_nodelay(true);
        match &self.tls {
            None => self.answer(stream, watcher).await,
            Some(tls) => match timeout(HANDSHAKE, tls.accept(stream)).await {
                Ok(Ok(stream)) => self.answer(stream, watcher).await,
                Ok(Err(error)) => tracing::debug!(%error, "a client does not agree on TLS"),
                Err(_) => tracing::debug!("a client takes too long to agree on TLS"),
            },
        }
    }

    async fn answer(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, watcher: Watcher) {
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.bounds.silence_max)
            .max_buf_size(self.bounds.head_bytes_max)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(self.router.clone()));
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }

    /// Says that there is no place. Behind TLS that would cost what a place costs.
    async fn refuse(&self, mut stream: TcpStream) {
        let said: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        if self.tls.is_none() {
            let _ = timeout(REFUSAL, stream.write_all(said)).await;
        }
    }
}
