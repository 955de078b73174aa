//! The alert service as a service.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use axum::Router;
use hearken_listener::{Bounds, Tls};
use hearken_runtime::clickhouse::{ClickHouse, ClickHouseSettings};
use hearken_runtime::config::Reader;
use hearken_runtime::kafka::admin::Onlooker;
use hearken_runtime::kafka::consumer::Work;
use hearken_runtime::service::{Service, Shell};
use hearken_runtime::tls::Trust;
use hearken_schemas::topics;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::api::{self, ApiState, Limits};
use crate::attendants::{Links, Means, attendants};
use crate::audit::Audit;
use crate::desk::Desk;
use crate::evaluator::{AlertWork, EvaluatorMetrics, Pace};
use crate::judge::Ages;
use crate::link;
use crate::page::sight::RuleWords;
use crate::page_routes::{self, PageState};
use crate::responders::Directory;
use crate::rule::{Rule, Rules};
use crate::store::Store;
use crate::token::Tokens;
use crate::token_file::{LOOK, TokenFile};

const HOUR_MS: i64 = 3_600_000;

/// What the service reads beside its own tables.
const VIEWS: [&str; 10] = [
    "alerts",
    "cases",
    "case_events",
    "messages",
    "deliveries",
    "audit_log",
    "v_cases",
    "v_open_cases",
    "v_news",
    "v_alert_facts",
];

/// The service `hearken-alert`.
pub struct Alert;

/// Its own settings.
pub struct Settings {
    clickhouse: ClickHouseSettings,
    /// Whom to believe behind the https addresses that messages are sent to.
    trust: Trust,
    /// The rules that run, and what is wrong with others.
    rules: Rules,
    directory: Directory,
    sink_group: String,
    interval: Duration,
    round_records_max: i64,
    ages: Ages,
    http: Http,
}

/// What people and programs answer through.
#[derive(Debug, Clone)]
pub struct Http {
    /// Where API and page listen.
    pub listen: String,
    /// What they prove with who they are; without it everything goes in the clear, and a proxy belongs in front.
    pub tls: Option<Tls>,
    /// Who may ask the API; without a file of tokens nobody.
    pub tokens: Tokens,
    /// Where they stand; read again when it changes.
    pub token_file: Option<TokenFile>,
    /// What links begin with; where nothing is set, the address that it answers on.
    pub public_url: Option<String>,
    /// What links are signed with; without it there is no page, and messages carry no link.
    pub link_secret: Option<link::Secret>,
    /// How long a link is good.
    pub link_hours: u32,
}

impl Service for Alert {
    const NAME: &'static str = "alert";
    const INPUTS: &'static [&'static str] = &[topics::ALERTS];
    const OUTPUTS: &'static [&'static str] = &[topics::ALERTS, topics::SURVEY_REQUESTS];
    const STANDS_BY: bool = true;
    type Settings = Settings;

    fn settings(reader: &mut Reader) -> Settings {
        let own = reader.optional("alert.rules").map(PathBuf::from);
        let disabled = reader.list("alert.disabled", &[]);
        let files = own.map_or_else(Vec::new, |folder| rule_files(&folder, reader));
        let hours =
            |reader: &mut Reader, key: &str, default| reader.number(key, default, 1..=24 * 3_660) as i64 * HOUR_MS;
        let (tokens, token_file) = tokens(reader);
        Settings {
            clickhouse: ClickHouseSettings::read(reader),
            trust: Trust::read(reader, "alert.ca_file"),
            rules: Rules::assemble(&files, &disabled),
            directory: directory(reader),
            sink_group: reader.text_or("alert.sink_group", "hearken-sink"),
            interval: Duration::from_millis(reader.number("alert.interval_ms", 2_000, 100..=600_000)),
            round_records_max: reader.number("alert.round_records_max", 20_000, 1..=1_000_000) as i64,
            ages: Ages {
                page_max_ms: hours(reader, "alert.page_max_age_h", 72),
                case_max_ms: hours(reader, "alert.case_max_age_h", 336),
            },
            http: Http {
                listen: reader.text_or("alert.listen", "127.0.0.1:8090"),
                tls: tls(reader),
                tokens,
                token_file,
                public_url: reader.optional("alert.public_url"),
                link_secret: link_secret(reader),
                link_hours: reader.number("alert.link_hours", 72, 1..=24 * 90) as u32,
            },
        }
    }

    /// A running service goes on without a rule that cannot be read; who asks whether the configuration is right is told.
    fn check(settings: &Settings) -> Vec<String> {
        settings.rules.refused.iter().map(ToString::to_string).collect()
    }

    async fn start(settings: Settings, shell: Shell) -> Result<Arc<dyn Work>> {
        let server = ClickHouse::new(&settings.clickhouse);
        server.show(&shell.metrics.registry)?;
        let store = Store::new(server.clone());
        server.ready(Duration::from_secs(settings.clickhouse.wait_s), || views_are_there(&store)).await?;
        let metrics = Arc::new(EvaluatorMetrics::new(&shell.metrics.registry, &settings.rules)?);
        for refused in &settings.rules.refused {
            tracing::error!(
                at = format!("{}:{}", refused.file, refused.line),
                error = refused.message,
                "the rule does not run"
            );
        }
        let directory = Arc::new(settings.directory);
        let wake = Arc::new(Notify::new());
        let (listener, public_url) = listen(&settings.http).await?;
        let links = Links { public_url, secret: settings.http.link_secret.clone(), hours: settings.http.link_hours };
        let attendants = attendants(&Means {
            store: &store,
            directory: &directory,
            wake: &wake,
            rules: &settings.rules,
            links: &links,
            trust: &settings.trust,
            producer: &shell.producer,
            registry: &shell.metrics.registry,
        })?;
        let tls = settings.http.tls.clone();
        let router = router(&store, &directory, &settings.rules, settings.http, &shell)?;
        serve(listener, tls, router, &shell);
        Ok(Arc::new(AlertWork {
            sink: Arc::new(Onlooker::new(&shell.kafka.connection, &settings.sink_group, topics::ENRICHED)?),
            alerts: Arc::new(Onlooker::new(&shell.kafka.connection, &shell.kafka.group, topics::ALERTS)?),
            store,
            producer: shell.producer,
            rules: Arc::new(settings.rules),
            directory,
            metrics,
            wake,
            attendants,
            pace: Pace {
                interval: settings.interval,
                round_records_max: settings.round_records_max,
                ages: settings.ages,
                patience: Duration::from_millis(shell.kafka.delivery_timeout_ms),
            },
            group: shell.kafka.group,
        }))
    }
}

/// Returns what people and programs answer through: the API, and the case page where links can be signed.
fn router(store: &Store, directory: &Arc<Directory>, rules: &Rules, http: Http, shell: &Shell) -> Result<Router> {
    let registry = &shell.metrics.registry;
    let (audit, writer) = Audit::new(store.clone(), registry)?;
    // It ends after the server, and what was refused last is written then.
    shell.closing.spawn(writer.run());
    let desk = Arc::new(Desk::new(store.clone(), audit.clone(), Arc::clone(directory)));
    let state = ApiState::new(Arc::clone(&desk), http.tokens, Limits::default(), registry)?;
    if let Some(file) = http.token_file {
        shell.closing.spawn(file.follow(state.clone(), LOOK, shell.shutdown.clone()));
    }
    let router = api::router(state);
    let Some(secret) = http.link_secret else { return Ok(router) };
    let words = |rule: &Rule| (rule.id.clone(), RuleWords { title: rule.title.clone(), why: rule.why.clone() });
    let rules = Arc::new(rules.active.iter().map(words).collect());
    let page = PageState { desk, store: store.clone(), audit, directory: Arc::clone(directory), secret, rules };
    Ok(router.merge(page_routes::routes(page)))
}

/// Opens the address and returns it with what links begin with.
async fn listen(http: &Http) -> Result<(TcpListener, String)> {
    let Http { listen, public_url, .. } = http;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen} (alert.listen); is the port taken by another program?"))?;
    let scheme = if http.tls.is_some() { "https" } else { "http" };
    let own = format!("{scheme}://{}", listener.local_addr()?);
    println!("answering {own}");
    let public_url = public_url.clone().unwrap_or(own);
    Ok((listener, public_url))
}

/// Returns a user's rule files by name, in order.
fn rule_files(folder: &Path, reader: &mut Reader) -> Vec<(String, String)> {
    let read = || -> std::io::Result<Vec<(String, String)>> {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
        paths.sort();
        paths.into_iter().map(|path| Ok((path.display().to_string(), std::fs::read_to_string(&path)?))).collect()
    };
    read().unwrap_or_else(|error| {
        reader.error("alert.rules", &format!("{}: {error}", folder.display()));
        Vec::new()
    })
}

/// Returns the directory of responders; without a file there is one owner whom nobody tells anything.
fn directory(reader: &mut Reader) -> Directory {
    let Some((_, text)) = file(reader, "alert.responders") else { return Directory::default() };
    Directory::load(&text, &|name| std::env::var(name).ok()).unwrap_or_else(|errors| {
        errors.iter().for_each(|error| reader.error("alert.responders", error));
        Directory::default()
    })
}

/// Returns who may ask the API, and the file that says so.
fn tokens(reader: &mut Reader) -> (Tokens, Option<TokenFile>) {
    let Some((path, text)) = file(reader, "alert.tokens") else { return Default::default() };
    let tokens = Tokens::parse(&text).unwrap_or_else(|errors| {
        errors.iter().for_each(|error| reader.error("alert.tokens", error));
        Tokens::default()
    });
    (tokens, Some(TokenFile::new(path.into(), text)))
}

/// Returns what links are signed with, where something is set.
fn link_secret(reader: &mut Reader) -> Option<link::Secret> {
    let secret = reader.secret("alert.link_secret");
    let text = Some(secret.expose()).filter(|text| !text.is_empty())?;
    link::Secret::new(text).map_err(|error| reader.error("alert.link_secret", &error.to_string())).ok()
}

/// Returns the certificate that the API and the page show, where one is named.
fn tls(reader: &mut Reader) -> Option<Tls> {
    let (certificate, key) = (reader.optional("alert.certificate_file"), reader.optional("alert.key_file"));
    match (&certificate, &key) {
        (Some(certificate), Some(key)) => {
            let read = Tls::read(Path::new(certificate), Path::new(key));
            read.map_err(|error| reader.error("alert.certificate_file", &error)).ok()
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            reader.error("alert.certificate_file", "a certificate and its alert.key_file belong together");
            None
        }
    }
}

/// Returns the path and the text of the file that a key names.
fn file(reader: &mut Reader, key: &str) -> Option<(String, String)> {
    let path = reader.optional(key)?;
    let text = std::fs::read_to_string(&path).map_err(|error| reader.error(key, &format!("{path}: {error}"))).ok()?;
    Some((path, text))
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

async fn views_are_there(store: &Store) -> Result<()> {
    let names: Vec<String> = VIEWS.iter().map(|name| format!("'{name}'")).collect();
    let sql =
        format!("SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN ({})", names.join(", "));
    let there: Vec<Named> = store.rows_at_once(&sql, &[]).await?;
    let missing: Vec<&str> = VIEWS.into_iter().filter(|name| !there.iter().any(|named| named.name == *name)).collect();
    ensure!(missing.is_empty(), "missing in ClickHouse: {}; `hearken migrate` makes them", missing.join(", "));
    Ok(())
}

/// Answers requests until the service stops.
fn serve(listener: TcpListener, tls: Option<Tls>, router: Router, shell: &Shell) {
    let mut shutdown = shell.shutdown.clone();
    let stop = async move {
        let _ = shutdown.wait_for(|stop| *stop).await;
    };
    shell.closing.spawn(hearken_listener::serve(listener, tls, router, Bounds::default(), stop));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(own: &str) -> (Settings, Result<(), Vec<String>>) {
        let text = format!("[kafka]\nbrokers = \"a:1\"\n[clickhouse]\nurl = \"http://c\"\n[alert]\n{own}");
        let mut reader = Reader::from_text(&text);
        reader.text("kafka.brokers");
        let settings = Alert::settings(&mut reader);
        (settings, reader.finish().map_err(|errors| errors.0))
    }

    #[test]
    fn everything_has_a_default() {
        let (settings, errors) = settings("");
        assert_eq!(errors, Ok(()));
        assert_eq!(settings.rules.active.len(), crate::rule::shipped::FILES.len());
        assert_eq!((settings.interval, settings.round_records_max), (Duration::from_secs(2), 20_000));
        assert_eq!(settings.ages, Ages { page_max_ms: 72 * HOUR_MS, case_max_ms: 336 * HOUR_MS });
        assert!(Alert::check(&settings).is_empty());
    }

    #[test]
    fn a_bad_rule_is_told_to_who_asks_and_stops_nobody() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("mine.sql"), "SELECT 1").expect("written");
        std::fs::write(folder.path().join("notes.txt"), "no rule").expect("written");
        let (settings, errors) = settings(&format!("rules = {:?}\ndisabled = [\"churn_intent\"]", folder.path()));
        assert_eq!(errors, Ok(()));
        assert!(!settings.rules.active.iter().any(|rule| rule.id == "churn_intent"));
        let wrong = Alert::check(&settings);
        assert!(wrong.len() == 1 && wrong[0].contains("mine.sql:1: "), "{wrong:?}");
    }

    #[test]
    fn the_file_of_tokens_is_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("tokens.toml");
        let entry = format!("[[token]]\nname = \"li\"\nrole = \"reader\"\nsha256 = \"{}\"\n", "1".repeat(64));
        std::fs::write(&path, entry).expect("written");
        let (settings, errors) = settings(&format!("tokens = {path:?}"));
        assert_eq!((errors, settings.http.tokens.len()), (Ok(()), 1));
        let mut file = settings.http.token_file.expect("a file to follow");
        assert!(file.changed().is_none(), "it says what was read");
        std::fs::write(&path, "").expect("written");
        assert_eq!(file.changed(), Some(Ok(Tokens::default())));
    }

    #[test]
    fn files_that_are_not_there_are_named_by_their_key() {
        let (_, errors) = settings("rules = \"/nowhere\"\nresponders = \"/no.toml\"\ntokens = \"/none.toml\"");
        let errors = errors.expect_err("three files");
        for key in ["alert.rules: /nowhere", "alert.responders: /no.toml", "alert.tokens: /none.toml"] {
            assert!(errors.iter().any(|error| error.starts_with(key)), "{key}: {errors:?}");
        }
    }
}
