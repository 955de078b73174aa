//! The program `hearken-clickhouse`: command line, start, signals, end.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use hearken_listener::Tls;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::chdb::library::default_path;
use crate::data_directory::{Account, Configured, READER_ROLE, StatementLimits};
use crate::engine::{Engine, EngineOptions};
use crate::http::auth::{Access, Password, Reader, User};
use crate::http::server::{self, ServerOptions};
use crate::users::{EngineRole, Users};

const PASSWORD_VARIABLE: &str = "HEARKEN_CLICKHOUSE_PASSWORD";
const READ_ONLY_PASSWORD_VARIABLE: &str = "HEARKEN_CLICKHOUSE_READ_ONLY_PASSWORD";
/// The engine's parser recurses deeper than tokio's default stack allows.
const STACK_BYTES: usize = 8 << 20;
/// How long the engine may take to let go of its last connections.
const STOP_TIME_MAX: Duration = Duration::from_secs(5);

/// A local ClickHouse: the engine as a library, behind ClickHouse's HTTP interface on the loopback address.
#[derive(Debug, Parser)]
#[command(name = "hearken-clickhouse", version)]
pub struct CommandLine {
    /// Address to listen on; port 0 takes any free one. Only loopback addresses are allowed.
    #[arg(long, default_value = "127.0.0.1:8123", value_parser = loopback)]
    listen: SocketAddr,
    /// Directory of the data; it is created where needed.
    #[arg(long)]
    data: PathBuf,
    /// The engine's library; by default where `make setup` puts it.
    #[arg(long)]
    library: Option<PathBuf>,
    /// Name of the user who may do everything.
    #[arg(long, default_value = "default")]
    user: String,
    /// Password of that user; better in the environment variable HEARKEN_CLICKHOUSE_PASSWORD.
    #[arg(long)]
    password: Option<String>,
    /// Name of a second user, who may only read tables; the password is in the environment variable
    /// HEARKEN_CLICKHOUSE_READ_ONLY_PASSWORD.
    #[arg(long)]
    read_only_user: Option<String>,
    /// File of further users: analysts, boards and responders with what each may read (docs/operations.md).
    #[arg(long)]
    users: Option<PathBuf>,
    /// The server's certificate, with those between it and its authority, as PEM: clients must speak https.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its private key, as PEM.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Largest request body in bytes, as sent and unpacked.
    #[arg(long, default_value_t = 1 << 30)]
    body_bytes_max: u64,
    /// Longest run of a statement in seconds.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    statement_seconds_max: u32,
    /// Memory in bytes that a statement, and the engine as a whole, may use.
    #[arg(long, default_value_t = 4 << 30, value_parser = clap::value_parser!(u64).range(256 << 20..))]
    memory_bytes_max: u64,
    /// Statements that run at a time; more wait up to ten seconds for their turn.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    connections_max: u16,
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "give an address and a port, such as 127.0.0.1:8123")?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("only loopback addresses are allowed, such as 127.0.0.1: use a ClickHouse server to serve others"
            .to_owned())
    }
}

/// Runs the program to its end. Exit code 0 after SIGTERM or SIGINT, 2 where it could not start.
pub fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("HEARKEN_LOG");
    let filter = filter.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).init();
    // SAFETY: no other thread exists yet. The engine reads its time zone from here.
    unsafe { std::env::set_var("TZ", "UTC") };
    match run(command_line) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("hearken-clickhouse: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(STACK_BYTES)
        .enable_all()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind(command_line.listen)).map_err(|error| {
        let address = command_line.listen;
        anyhow::anyhow!("cannot listen on {address}: {error}; stop what uses that port, or choose another --listen")
    })?;
    let Users { users, roles } = command_line.users()?;
    let tls = command_line.tls()?;
    let options = command_line.server_options(users, tls);
    let engine = Arc::new(Engine::start(&command_line.engine_options(&options.users, roles))?);
    let address = listener.local_addr()?;
    let scheme = if options.tls.is_some() { "https" } else { "http" };
    tracing::info!(version = engine.version(), %address, data = %command_line.data.display(), "clickhouse is ready");
    // Others read this line to learn the port.
    println!("listening {scheme}://{address}");
    std::io::stdout().flush()?;
    let serving = {
        let _inside = runtime.enter();
        let stop = stop_signal()?;
        server::serve(listener, engine.clone(), options, stop)
    };
    runtime.block_on(serving);
    runtime.shutdown_timeout(STOP_TIME_MAX);
    match engine.stop(STOP_TIME_MAX) {
        Ok(()) => {
            tracing::info!("clickhouse has stopped");
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            tracing::error!(%error, "clickhouse did not stop cleanly; acknowledged rows are safe");
            // The engine's exit routines would wait for the statement or abort.
            // SAFETY: ends the program at once; what was acknowledged is on disk.
            unsafe { libc::_exit(1) }
        }
    }
}

/// Completes at the first SIGTERM or SIGINT.
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM: stopping"),
            _ = interrupt.recv() => tracing::info!("SIGINT: stopping"),
        }
    })
}

impl CommandLine {
    fn engine_options(&self, users: &[User], roles: Vec<EngineRole>) -> EngineOptions {
        let limits =
            StatementLimits { seconds_max: self.statement_seconds_max, memory_bytes_max: self.memory_bytes_max };
        // Who may do everything may make dictionaries, and they read in his name.
        let account = |user: &User| Account { name: user.name.clone(), password_sha256: user.password.sha256() };
        let accounts = users.iter().filter(|user| user.access == Access::Full).map(account);
        EngineOptions {
            library: self.library.clone().unwrap_or_else(default_path),
            data: self.data.clone(),
            configured: Configured { limits, roles, accounts: accounts.collect() },
        }
    }

    /// The users of the file, who may not bear the names of the others.
    fn users(&self) -> anyhow::Result<Users> {
        let Some(path) = &self.users else { return Ok(Users::default()) };
        let users = Users::read(path)?;
        let taken = |user: &&User| user.name == self.user || Some(&user.name) == self.read_only_user.as_ref();
        match users.users.iter().find(taken) {
            Some(user) => {
                anyhow::bail!("{}: \"{}\" is the name of --user or --read-only-user", path.display(), user.name)
            }
            None => Ok(users),
        }
    }

    fn tls(&self) -> anyhow::Result<Option<Tls>> {
        let files = self.tls_certificate.as_ref().zip(self.tls_key.as_ref());
        files.map(|(certificate, key)| Tls::read(certificate, key).map_err(anyhow::Error::msg)).transpose()
    }

    fn server_options(&self, users: Vec<User>, tls: Option<Tls>) -> ServerOptions {
        let password = |variable| std::env::var(variable).unwrap_or_default();
        let full = User {
            name: self.user.clone(),
            password: Password::Plain(self.password.clone().unwrap_or_else(|| password(PASSWORD_VARIABLE))),
            access: Access::Full,
        };
        let reader = self.read_only_user.iter().map(|name| User {
            name: name.clone(),
            password: Password::Plain(password(READ_ONLY_PASSWORD_VARIABLE)),
            access: Access::Reader(Arc::new(Reader { role: READER_ROLE.to_owned(), bounds: None })),
        });
        ServerOptions {
            users: std::iter::once(full).chain(reader).chain(users).collect(),
            body_bytes_max: self.body_bytes_max,
            connections_max: usize::from(self.connections_max),
            tls,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_listened_on() {
        for (text, allowed) in [
            ("127.0.0.1:0", true),
            ("[::1]:8123", true),
            ("0.0.0.0:8123", false),
            ("192.168.0.1:8123", false),
            ("localhost", false),
        ] {
            let parsed = CommandLine::try_parse_from(["hearken-clickhouse", "--data", "d", "--listen", text]);
            assert_eq!(parsed.is_ok(), allowed, "{text}");
        }
    }
}
