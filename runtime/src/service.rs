//! The `main` that every service shares.

use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::breaker::RejectBounds;
use crate::closing::Closing;
use crate::config::{ConfigErrors, Reader};
use crate::health::{self, Health};
use crate::healthcheck;
use crate::kafka::consumer::{Work, consume};
use crate::kafka::producer::Producer;
use crate::kafka::{KafkaSettings, admin};
use crate::metrics::Metrics;
use crate::stage::{Transform, TransformWork};
use crate::{failpoint, telemetry};

/// The exit code of a wrong command line or configuration.
const EXIT_CONFIG: u8 = 2;

/// How long a stop waits for what the service does beside its records.
const CLOSING: Duration = Duration::from_secs(5);

/// One service: what it reads, its settings, and its work.
pub trait Service: Sized + Send + 'static {
    /// Its name, as in `hearken-ingest` and `http.listen`'s default.
    const NAME: &'static str;
    /// The topics it consumes.
    const INPUTS: &'static [&'static str];
    /// The topics it produces.
    const OUTPUTS: &'static [&'static str];
    /// Whether a replica without a partition is of use too.
    const STANDS_BY: bool = false;
    /// Its own part of the configuration.
    type Settings: Send;

    /// Reads its own keys; errors stay in the reader.
    fn settings(reader: &mut Reader) -> Self::Settings;

    /// Says what is wrong and does not keep the service from running; asked for by `--check-config` alone.
    fn check(_settings: &Self::Settings) -> Vec<String> {
        Vec::new()
    }

    /// Prepares its work, waiting (bounded) for what it depends on.
    fn start(settings: Self::Settings, shell: Shell) -> impl Future<Output = Result<Arc<dyn Work>>> + Send;
}

/// What the shell gives a service.
#[derive(Clone)]
pub struct Shell {
    /// The producer for outputs and dead letters.
    pub producer: Producer,
    /// The metrics to count in.
    pub metrics: Arc<Metrics>,
    /// The Kafka settings.
    pub kafka: KafkaSettings,
    /// When a partition counts as poisoned.
    pub reject: RejectBounds,
    /// Turns true when the service is to stop.
    pub shutdown: watch::Receiver<bool>,
    /// What the service finishes after its last record.
    pub closing: Closing,
}

impl Shell {
    /// Returns the work of a service whose core turns one record into one outcome.
    pub fn transform<T: Transform>(self, core: T) -> Arc<dyn Work> {
        Arc::new(TransformWork {
            transform: Arc::new(core),
            producer: self.producer,
            metrics: self.metrics,
            commit_interval: Duration::from_millis(self.kafka.commit_interval_ms),
            reject: self.reject,
        })
    }
}

struct Settings<T> {
    kafka: KafkaSettings,
    listen: String,
    threads: usize,
    reject: RejectBounds,
    own: T,
}

/// What a command line may hold.
const USAGE: &str = "[--config FILE] [--check-config | --healthcheck] [--version]";

/// Runs a service until SIGTERM or SIGINT: `[--config FILE] [--check-config | --healthcheck] [--version]`.
///
/// Exit codes: 0 after a clean stop, 1 after a failure (of a health check: not ready), 2 where the command line or the configuration is wrong.
pub fn run<S: Service>() -> ExitCode {
    let (path, check_only) = match arguments(std::env::args().skip(1)) {
        Ok(Asked::Run { path, check_only }) => (path, check_only),
        Ok(Asked::Health { path }) => return ended::<S>(healthcheck::ask(&healthcheck::listen(path.as_deref()))),
        Ok(Asked::Version) => {
            println!("hearken-{} {}", S::NAME, env!("CARGO_PKG_VERSION"));
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("hearken-{}: {message}\nusage: hearken-{} {USAGE}", S::NAME, S::NAME);
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    let settings = match configure::<S>(path) {
        Ok(settings) => settings,
        Err(errors) => {
            eprintln!("hearken-{}: the configuration is wrong:\n{errors}", S::NAME);
            return ExitCode::from(EXIT_CONFIG);
        }
    };
    let wrong = if check_only { S::check(&settings.own) } else { Vec::new() };
    if !wrong.is_empty() {
        eprintln!("hearken-{}: the configuration is wrong:\n{}", S::NAME, wrong.join("\n"));
        return ExitCode::from(EXIT_CONFIG);
    }
    if check_only {
        println!("the configuration is valid");
        return ExitCode::SUCCESS;
    }
    telemetry::start();
    let _points = failpoint::arm();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(settings.threads).enable_all().build();
    let answer = runtime.context("starting the runtime").and_then(|runtime| {
        let answer = runtime.block_on(serve::<S>(settings));
        runtime.shutdown_timeout(Duration::from_secs(5));
        answer
    });
    ended::<S>(answer.inspect_err(|error| tracing::error!("{error:#}")))
}

/// Says why a program ended badly, and returns its exit code.
fn ended<S: Service>(answer: Result<()>) -> ExitCode {
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hearken-{}: {error:#}", S::NAME);
            ExitCode::FAILURE
        }
    }
}

/// What the command line asks for.
enum Asked {
    Run { path: Option<PathBuf>, check_only: bool },
    Health { path: Option<PathBuf> },
    Version,
}

fn arguments(mut arguments: impl Iterator<Item = String>) -> Result<Asked, String> {
    let (mut path, mut check_only, mut health) = (None, false, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--config" => path = Some(arguments.next().ok_or("--config needs a file")?.into()),
            "--check-config" => check_only = true,
            "--healthcheck" => health = true,
            "--version" => return Ok(Asked::Version),
            other => return Err(format!("unknown argument {other:?}")),
        }
    }
    match (check_only, health) {
        (true, true) => Err("--check-config and --healthcheck are two questions; ask one".to_owned()),
        (false, true) => Ok(Asked::Health { path }),
        (_, false) => Ok(Asked::Run { path, check_only }),
    }
}

fn configure<S: Service>(path: Option<PathBuf>) -> Result<Settings<S::Settings>, ConfigErrors> {
    let mut reader = Reader::load(path.as_deref(), std::env::vars());
    let settings = Settings {
        kafka: KafkaSettings::read(&mut reader, S::NAME),
        listen: reader.text_or("http.listen", "127.0.0.1:0"),
        threads: reader.number("runtime.threads", 2, 1..=256) as usize,
        reject: RejectBounds {
            window: reader.number("reject.window", 1_000, 1..=1_000_000) as usize,
            share_max: reader.fraction("reject.share_max", 0.5, 0.0..=1.0),
        },
        own: S::settings(&mut reader),
    };
    reader.finish()?;
    Ok(settings)
}

async fn serve<S: Service>(settings: Settings<S::Settings>) -> Result<()> {
    let Settings { kafka, listen, reject, own, .. } = settings;
    let (stop, shutdown) = watch::channel(false);
    let metrics = Arc::new(Metrics::new(S::NAME)?);
    let health = Arc::new(Health::new(Arc::clone(&metrics)).standing_by(S::STANDS_BY));
    let mut server_stop = shutdown.clone();
    let server = health::serve(&listen, Arc::clone(&health), async move {
        let _ = server_stop.wait_for(|stop| *stop).await;
    })
    .await?;
    tokio::spawn(server);
    tokio::spawn(stop_on_signal(stop.clone(), Arc::clone(&health))?);

    let (connection, wait) = (kafka.connection.clone(), Duration::from_secs(kafka.wait_s));
    let there = tokio::task::spawn_blocking(move || admin::wait(&connection, wait)).await??;
    for topic in S::INPUTS.iter().chain(S::OUTPUTS) {
        anyhow::ensure!(
            there.contains_key(*topic),
            "topic {topic} does not exist; `hearken topics create` makes it. Or this user may not see it: give it Describe (docs/security.md)"
        );
    }
    let producer = Producer::new(&kafka, &format!("hearken-{}", S::NAME))?;
    let closing = Closing::default();
    let shell = Shell {
        producer: producer.clone(),
        metrics,
        kafka: kafka.clone(),
        reject,
        shutdown: shutdown.clone(),
        closing: closing.clone(),
    };
    let work = S::start(own, shell).await?;
    tracing::info!(service = S::NAME, version = env!("CARGO_PKG_VERSION"), "running");
    let answer = consume(&kafka, S::INPUTS, work, health, shutdown).await;
    // Whoever failed stops no less.
    stop.send_replace(true);
    let left = closing.wait(CLOSING).await;
    if left > 0 {
        tracing::warn!(left, "what was under way did not end in time");
    }
    tokio::task::spawn_blocking(move || producer.flush(Duration::from_secs(5))).await?;
    tracing::info!(service = S::NAME, "stopped");
    answer
}

fn stop_on_signal(stop: watch::Sender<bool>, health: Arc<Health>) -> Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("SIGINT")?;
    Ok(async move {
        tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
        health.stop();
        let _ = stop.send(true);
    })
}
