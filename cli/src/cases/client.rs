//! The API over HTTP.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode, Uri, header};
use clap::Args;
use hearken_runtime::tls::{Https, Trust, advice, causes};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client as Http, Error};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use uuid::Uuid;

/// The variable that holds the token, where no file is named.
const TOKEN: &str = "HEARKEN_TOKEN";
/// The service answers within a quarter of a minute.
const REQUEST: Duration = Duration::from_secs(30);
/// No answer is larger: 500 cases have two kilobytes each.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// How often a request is sent at most; its key makes repeats of an act one event.
const TRIES: u32 = 3;

/// Where the API is, and who asks.
#[derive(Args, Clone, Debug)]
pub(crate) struct Api {
    /// The alert service's address
    #[arg(long, env = "HEARKEN_API", default_value = "http://127.0.0.1:8090")]
    pub(crate) api: String,
    /// File with the token; without it, the variable HEARKEN_TOKEN
    #[arg(long)]
    pub(crate) token_file: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl Api {
    fn token(&self) -> Result<String> {
        let told = match &self.token_file {
            Some(path) => {
                std::fs::read_to_string(path).with_context(|| format!("reading the token from {}", path.display()))?
            }
            None => std::env::var(TOKEN).unwrap_or_default(),
        };
        let token = told.trim();
        if token.is_empty() || token.contains(|character: char| !character.is_ascii_graphic()) {
            bail!("there is no token; set {TOKEN} or give --token-file (hearken tokens new makes one)");
        }
        Ok(token.to_owned())
    }
}

/// A client with its token.
pub(crate) struct Client {
    way: Way,
    base: String,
    token: String,
}

impl Client {
    pub(crate) fn new(api: &Api) -> Result<Self> {
        let base = api.api.trim_end_matches('/');
        Ok(Self { way: Way::to(base)?, base: base.to_owned(), token: api.token()? })
    }

    /// Asks for something.
    pub(crate) async fn get(&self, path: &str, parameters: &[(&str, String)]) -> Result<Value> {
        let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let path = if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) };
        self.answer(|| Request::get(self.address(&path)).body(Body::empty())).await
    }

    /// Does something to a case, once however often it has to be sent.
    pub(crate) async fn act(&self, case: Uuid, body: &Value) -> Result<Value> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).context("reading the system's randomness")?;
        let key = Uuid::from_bytes(random).to_string();
        let address = self.address(&format!("/api/v1/cases/{case}/events"));
        let request = || {
            let request = Request::post(&address).header("Idempotency-Key", &key);
            request.header(header::CONTENT_TYPE, "application/json").body(Body::from(body.to_string()))
        };
        self.answer(request).await
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn answer(&self, request: impl Fn() -> axum::http::Result<Request<Body>>) -> Result<Value> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut request = request().with_context(|| format!("--api is {:?}; give http://host:port", self.base))?;
            request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {}", self.token).parse()?);
            match tokio::time::timeout(REQUEST, self.way.request(request)).await {
                Ok(Ok(response)) => return read(response).await,
                Ok(Err(error)) if error.is_connect() || tries == TRIES => bail!("{}", self.unreachable(&error)),
                Err(_) if tries == TRIES => bail!("{} did not answer within {} s", self.base, REQUEST.as_secs()),
                // The connection broke: whether the act happened is not known, but its key is.
                Ok(Err(_)) | Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        }
    }

    fn unreachable(&self, error: &Error) -> String {
        let host = self.base.parse::<Uri>().ok().and_then(|uri| uri.authority().map(ToString::to_string));
        let host = host.unwrap_or_else(|| self.base.clone());
        match advice(&causes(error), "SSL_CERT_FILE", "--api") {
            Some(advice) => format!("no connection to {host}: {advice}"),
            None => {
                format!(
                    "nobody answers at {host} ({error}); is hearken-alert running, and is --api right (alert.listen)?"
                )
            }
        }
    }
}

/// How the service is reached: itself, or behind TLS.
enum Way {
    Plain(Http<HttpConnector, Body>),
    Tls(Http<Https, Body>),
}

impl Way {
    fn to(base: &str) -> Result<Self> {
        let mut tcp = HttpConnector::new();
        tcp.set_connect_timeout(Some(Duration::from_secs(5)));
        let pool = Http::builder(TokioExecutor::new());
        if base.starts_with("https://") {
            let connector = Trust::default().connector(tcp).map_err(anyhow::Error::msg).context("--api")?;
            return Ok(Self::Tls(pool.build(connector)));
        }
        ensure!(base.starts_with("http://"), "--api is {base:?}; give http://host:port or https://host");
        Ok(Self::Plain(pool.build(tcp)))
    }

    async fn request(&self, request: Request<Body>) -> Result<Response<Body>, Error> {
        match self {
            Self::Plain(http) => http.request(request).await.map(|response| response.map(Body::new)),
            Self::Tls(http) => http.request(request).await.map(|response| response.map(Body::new)),
        }
    }
}

async fn read(response: Response<Body>) -> Result<Value> {
    let status = response.status();
    let bytes = to_bytes(response.into_body(), ANSWER_BYTES_MAX).await.context("the answer broke off")?;
    let body: Value = serde_json::from_slice(&bytes)
        .with_context(|| format!("the answer (HTTP {status}) is no JSON; is --api the address of hearken-alert?"))?;
    if status.is_success() { Ok(body) } else { bail!("{}", refusal(status, &body)) }
}

/// Says what a refusal says, and how a case stands that is the reason.
pub(super) fn refusal(status: StatusCode, body: &Value) -> String {
    let detail = body["detail"].as_str().unwrap_or("no reason was given");
    let what = match status {
        StatusCode::UNAUTHORIZED => {
            return format!(
                "the token is not accepted: it is wrong or has expired; {TOKEN} or --token-file gives it, hearken tokens new makes another"
            );
        }
        StatusCode::CONFLICT => "not as things stand",
        StatusCode::FORBIDDEN => "not allowed",
        StatusCode::NOT_FOUND => "not found",
        StatusCode::TOO_MANY_REQUESTS => "too fast",
        status if status.is_server_error() => "not available",
        _ => "the request is wrong",
    };
    let case = body.get("case").map(|case| {
        let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
        format!(" (the case is {}, owner {})", text("state"), text("owner"))
    });
    format!("{what}: {detail}{}", case.unwrap_or_default())
}

/// Percent-encodes what a query's value may not hold.
fn encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let one = |byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    value.bytes().map(one).collect()
}
