//! `hearken erase`: a customer is forgotten, everywhere, and stays so whatever is read again.
//!
//! [`closure`] finds under which names somebody is known, [`terms`] says in SQL which rows name them, [`places`] lists every table
//! that may hold such rows; these are pure. [`tombstones`] speaks to Kafka, [`work`] and [`mirrors`] to ClickHouse, [`request`] keeps how far
//! an erasure is, and this file is the order of things: tombstones first, so that nothing comes back; then the rollups are corrected by the
//! mirror of every row; then the rows go. A request that is interrupted anywhere is completed by the next call.

mod again;
mod closure;
mod mirrors;
mod places;
mod receipt;
mod request;
mod terms;
mod tombstones;
mod work;

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::{Args, ValueEnum};
use hearken_runtime::kafka::Connection;
use hearken_schemas::erasure::FOR_GOOD;
use jiff::Timestamp;
use uuid::Uuid;

use crate::Endpoints;
use crate::servers::Servers;
use closure::Names;
use receipt::Receipt;
use request::{Request, Step};
use terms::Terms;

/// How often what is left is looked for and deleted again before the erasure gives up.
const ROUNDS_MAX: u32 = 4;

/// How long the alert service may still write of a case that it had read before the case was deleted.
const ALERT_ROUND: Duration = Duration::from_secs(15);

/// Arguments of `hearken erase`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Who: the customer's id, or NAMESPACE/ID
    #[arg(required_unless_present_any = ["author_key", "resume"])]
    customer: Option<String>,
    /// An author whom no profile claims, by the key of the handle
    #[arg(long, conflicts_with = "customer")]
    author_key: Option<String>,
    /// Complete what was begun before, and begin nothing
    #[arg(long, conflicts_with_all = ["customer", "author_key"])]
    resume: bool,
    /// Whatever comes later under these names is not kept either; without it, who comes back is a new customer
    #[arg(long)]
    for_good: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Only show what would go
    #[arg(long)]
    dry_run: bool,
    /// Print the receipt as one JSON object
    #[arg(long)]
    json: bool,
    /// Wait at most this many seconds for ingest, enrich and the sink
    #[arg(long, default_value_t = 120)]
    wait_s: u64,
    /// Stop after this step, as an interruption would
    #[arg(long, value_enum, hide = true)]
    stop_after: Option<Stop>,
    #[command(flatten)]
    endpoints: Endpoints,
}

/// Where an erasure can be interrupted on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stop {
    Requested,
    Published,
    Collected,
    Corrected,
    Deleted,
}

/// What an erasure speaks to.
struct World {
    kafka: Connection,
    servers: Servers,
    wait: Duration,
    stop_after: Option<Stop>,
    quiet: bool,
}

/// Runs `hearken erase`: exit code 0 where nothing is left, 1 otherwise.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let world = World {
        kafka: arguments.endpoints.kafka()?,
        servers: Servers::connect(&arguments.endpoints).await?,
        wait: Duration::from_secs(arguments.wait_s),
        stop_after: arguments.stop_after,
        quiet: arguments.json,
    };
    if !arguments.dry_run {
        for unfinished in request::unfinished(world.servers.entry()).await? {
            world.say(&format!("completing the request {} of {}", unfinished.id, unfinished.at));
            match complete(&world, unfinished).await? {
                Some(receipt) => receipt.print(arguments.json),
                None => return Ok(ExitCode::FAILURE),
            }
        }
    }
    if arguments.resume {
        return Ok(ExitCode::SUCCESS);
    }
    let names =
        closure::find(world.servers.entry(), arguments.customer.as_deref(), arguments.author_key.as_deref()).await?;
    let until = if arguments.for_good { FOR_GOOD.parse()? } else { now()? };
    let terms = Terms::new(&names, until);
    show(&world, &names, &terms).await?;
    if arguments.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.yes && !agreed()? {
        println!("nothing was erased");
        return Ok(ExitCode::FAILURE);
    }
    let request = Request::begin(&world.servers, names, until).await?;
    Ok(match complete(&world, request).await? {
        Some(receipt) => {
            receipt.print(arguments.json);
            ExitCode::SUCCESS
        }
        None => ExitCode::FAILURE,
    })
}

/// Erases again, from the tables alone, whom the tombstones from this offset of their topic on name: a backup may have brought them back.
/// Returns how many requests had something to do.
///
/// # Errors
/// Where Kafka or ClickHouse does not answer; `hearken erase --resume` goes on then.
pub(crate) async fn again(servers: Servers, kafka: &Connection, since: i64) -> Result<u64> {
    let world = World { kafka: kafka.clone(), servers, wait: Duration::ZERO, stop_after: None, quiet: true };
    let stored = again::stored(world.servers.entry(), kafka, since).await?;
    let count = stored.len() as u64;
    for (until, names) in stored {
        let mut request = Request::begin(&world.servers, names, until).await?;
        // Their tombstones stand on the topic, and whatever is read is judged by them.
        request.advance(world.servers.entry(), Step::Published, 0, "").await?;
        complete(&world, request).await?;
    }
    Ok(count)
}

/// Now, to the millisecond that tables and tombstones keep.
fn now() -> Result<Timestamp> {
    Ok(Timestamp::from_millisecond(Timestamp::now().as_millisecond())?)
}

/// Shows under which names somebody is known and what of them is there.
async fn show(world: &World, names: &Names, terms: &Terms) -> Result<()> {
    let counts = work::preview(&world.servers, terms).await?;
    if world.quiet {
        return Ok(());
    }
    print!("{names}");
    for (what, count) in counts {
        println!("{count:>10}  {what}");
    }
    println!("and whatever follows from these: answers, sums, dead letters, events and messages of cases");
    Ok(())
}

fn agreed() -> Result<bool> {
    ensure!(
        std::io::stdin().is_terminal(),
        "nobody is there to be asked: --yes erases without asking, --dry-run only looks"
    );
    print!("erase all of this, for which there is no way back? yes/no ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Carries a request out from wherever it stands; `None` where it was stopped on purpose.
async fn complete(world: &World, mut request: Request) -> Result<Option<Receipt>> {
    let resumable = "run `hearken erase --resume` to go on from here";
    if world.stops(Stop::Requested) {
        return Ok(None);
    }
    if request.step < Step::Published {
        tombstones::publish(&world.kafka, &request).await.context(resumable)?;
        world.say("published the tombstones; waiting until every service has read everything before them");
        tombstones::wait(&world.kafka, world.wait).await.context(resumable)?;
        request.advance(world.servers.entry(), Step::Published, 0, "").await?;
    }
    if world.stops(Stop::Published) {
        return Ok(None);
    }
    let terms = Terms::new(&request.names, request.until);
    for _ in 0..ROUNDS_MAX {
        if round(world, &mut request, &terms).await.context(resumable)? {
            return Ok(None);
        }
        if tombstones::has_members(&world.kafka, "hearken-alert").await? {
            world.say("waiting for a round of the alert service, which may have read a case before it was deleted");
            tokio::time::sleep(ALERT_ROUND).await;
        }
        let left = work::left(&world.servers, &terms, &request).await?;
        if left.values().all(|count| *count == 0) {
            let receipt = Receipt::new(&request, work::removed(world.servers.entry(), &request).await?, left);
            let receipt = receipt.with_topics(&world.kafka).await?;
            work::forget_scope(&world.servers, &request).await.context(resumable)?;
            request.advance(world.servers.entry(), Step::Finished, 0, &receipt.json()).await?;
            return Ok(Some(receipt));
        }
        let left: Vec<String> =
            left.iter().filter(|(_, count)| **count > 0).map(|(table, count)| format!("{count} of {table}")).collect();
        world.say(&format!("came meanwhile: {}", left.join(", ")));
        request.step = Step::Published;
    }
    anyhow::bail!(
        "something of the customer comes again and again: is a service running that does not read the tombstones? {resumable}"
    )
}

/// Collects, corrects and deletes once; tells whether it was stopped on purpose.
async fn round(world: &World, request: &mut Request, terms: &Terms) -> Result<bool> {
    if request.step < Step::Collected {
        let letters = tombstones::letters(&world.kafka, request).await?;
        let chunks = work::collect(&world.servers, terms, request, &letters).await?;
        request.round += 1;
        request.advance(world.servers.entry(), Step::Collected, chunks, "").await?;
    }
    if world.stops(Stop::Collected) {
        return Ok(true);
    }
    if request.step < Step::Corrected {
        mirrors::correct(&world.servers, request).await?;
        let removed = work::counts(&world.servers, terms, request).await?;
        request
            .advance(world.servers.entry(), Step::Corrected, request.chunks, &serde_json::to_string(&removed)?)
            .await?;
    }
    if world.stops(Stop::Corrected) {
        return Ok(true);
    }
    if request.step < Step::Deleted {
        work::delete(&world.servers, terms, request).await?;
        request.advance(world.servers.entry(), Step::Deleted, request.chunks, "").await?;
    }
    Ok(world.stops(Stop::Deleted))
}

impl World {
    fn stops(&self, here: Stop) -> bool {
        self.stop_after == Some(here)
    }

    /// Tells people what happens; whoever asked for JSON reads the receipt alone.
    fn say(&self, what: &str) {
        if !self.quiet {
            println!("{what}");
        }
    }
}

/// The id of a new request.
fn new_id() -> Uuid {
    // It names nothing but the request itself, so the clock and the process are enough to tell it from all others.
    let name = format!("{}:{}", Timestamp::now().as_nanosecond(), std::process::id());
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
}
