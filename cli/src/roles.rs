//! Roles of a ClickHouse server: who may read what.

use std::io::Write;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use hearken_schemas::access::{Role, Scope, statements, statements_of_a_node};

use crate::Endpoints;
use crate::servers::Servers;
use crate::store::Store;

/// What `hearken roles` is told.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    endpoints: Endpoints,
    /// Make the roles on the server; without it the statements are only printed
    #[arg(long)]
    apply: bool,
    /// Make the role hearken_board_NAME instead, which sees only rows of the brands, regions and stores given
    #[arg(long, value_name = "NAME", value_parser = plain_name)]
    board: Option<String>,
    /// A brand whose rows that board shows; may be given several times
    #[arg(long, requires = "board")]
    brand: Vec<String>,
    /// A region, likewise
    #[arg(long, requires = "board")]
    region: Vec<String>,
    /// A store's id, likewise
    #[arg(long, requires = "board")]
    store: Vec<String>,
}

fn plain_name(text: &str) -> Result<String, String> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_plain { Ok(text.to_owned()) } else { Err("a name has letters, digits and _ only".to_owned()) }
}

/// Runs `hearken roles`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    let servers = Servers::new(&arguments.endpoints)?;
    let all = arguments.statements(servers.is_a_cluster())?;
    if !arguments.apply {
        let mut out = std::io::stdout().lock();
        for statement in &all {
            writeln!(out, "{statement};")?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let servers = Servers::connect(&arguments.endpoints).await?;
    for node in servers.nodes() {
        keeps_roles(node).await?;
    }
    for node in servers.nodes() {
        let node = node.outside();
        for statement in &all {
            node.execute(statement).await.with_context(|| statement.clone())?;
        }
        servers.name(&node);
        println!("{} statements run; give the roles to users: GRANT hearken_analyst TO somebody", all.len());
    }
    Ok(ExitCode::SUCCESS)
}

async fn keeps_roles(store: &Store) -> Result<()> {
    let writable = "SELECT count() FROM system.user_directories WHERE type != 'users_xml' AND type != 'users.xml'";
    if store.outside().number(writable).await? == 0 {
        bail!(
            "this server keeps no roles (it has no access storage that can be written, as the local engine has none): \
             give hearken-clickhouse a file of users with --users instead (docs/operations.md)"
        );
    }
    Ok(())
}

impl Arguments {
    fn statements(&self, of_a_node: bool) -> Result<Vec<String>> {
        let statements = if of_a_node { statements_of_a_node } else { statements };
        let scope = Scope { brands: self.brand.clone(), regions: self.region.clone(), stores: self.store.clone() };
        let Some(board) = &self.board else {
            let roles = [
                ("hearken_writer", Role::Writer),
                ("hearken_analyst", Role::Analyst),
                ("hearken_board", Role::Board),
                ("hearken_responder", Role::Responder),
            ];
            return Ok(roles.iter().flat_map(|(name, role)| statements(name, *role, &scope)).collect());
        };
        if scope == Scope::default() {
            bail!("--board {board} needs a --brand, --region or --store; hearken_board is the one that sees every row");
        }
        Ok(statements(&format!("hearken_board_{board}"), Role::Board, &scope))
    }
}
