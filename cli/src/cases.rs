//! `hearken cases`: what there is to do about customers, and doing it, over the API of the alert service.
//!
//! [`table`] makes text of answers and is pure; [`client`] speaks HTTP; this file says what is asked.

mod client;
mod link;
mod table;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use self::client::{Api, Client};

/// Arguments of `hearken cases`.
#[derive(Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    asked: Asked,
}

#[derive(Subcommand)]
enum Asked {
    /// Print a link to a case's page, for whoever lost his
    Link(link::Arguments),
    /// List cases that are open, those worth looking at first before others
    List {
        #[command(flatten)]
        wanted: Box<Wanted>,
        #[command(flatten)]
        api: Api,
    },
    /// Show a case, what happened to it, and the words that decided
    Show {
        /// The case's id
        case: Uuid,
        #[command(flatten)]
        api: Api,
    },
    /// Take a case on
    Ack(Doing),
    /// Say that the customer was spoken to
    Contact(Doing),
    /// Say that what was wrong is put right
    Resolve(Doing),
    /// End a case; one that is not resolved needs a note
    Close(Doing),
    /// Begin a case again
    Reopen(Doing),
    /// End a case, because whoever spoke is no customer
    NotACustomer(Doing),
    /// Say that the rule should not have fired
    WrongReason(Doing),
    /// Give a case to somebody else
    HandOver {
        /// To whom, as the directory of responders has it
        #[arg(long)]
        to: String,
        #[command(flatten)]
        doing: Doing,
    },
    /// Write something down
    Note {
        /// The case's id
        case: Uuid,
        /// What is to be remembered
        words: String,
        #[command(flatten)]
        api: Api,
    },
    /// Write down what making it good costs
    Compensate {
        /// How much, such as 12.50
        #[arg(long)]
        amount: String,
        /// In which currency, ISO 4217, such as EUR
        #[arg(long)]
        currency: String,
        #[command(flatten)]
        doing: Doing,
    },
}

/// Which cases.
#[derive(Args)]
struct Wanted {
    /// Closed ones too
    #[arg(long, conflicts_with = "state")]
    all: bool,
    /// In this state: open, acknowledged, contacted, resolved or closed
    #[arg(long)]
    state: Option<String>,
    /// Of this owner
    #[arg(long)]
    owner: Option<String>,
    /// Of this department
    #[arg(long)]
    department: Option<String>,
    /// About this brand
    #[arg(long)]
    brand: Option<String>,
    /// That this rule opened or joined
    #[arg(long)]
    rule: Option<String>,
    /// As severe as this: low, medium, high or critical
    #[arg(long)]
    severity: Option<String>,
    /// Of customers in this value tier
    #[arg(long)]
    tier: Option<String>,
    /// Unanswered and past due
    #[arg(long)]
    overdue: bool,
    /// Opened then or later, such as 2026-11-22T09:00:00Z
    #[arg(long)]
    since: Option<Timestamp>,
    /// How many at most, up to 500
    #[arg(long, default_value_t = 50)]
    limit: u16,
}

impl Wanted {
    fn parameters(&self) -> Vec<(&'static str, String)> {
        let texts = [
            ("state", &self.state),
            ("owner", &self.owner),
            ("department", &self.department),
            ("brand", &self.brand),
            ("rule", &self.rule),
            ("severity", &self.severity),
            ("tier", &self.tier),
        ];
        let mut all: Vec<_> = texts.into_iter().filter_map(|(name, text)| Some((name, text.clone()?))).collect();
        all.extend(self.since.map(|since| ("since", since.to_string())));
        let flags = [("overdue", self.overdue), ("is_open", !self.all && self.state.is_none())];
        all.extend(flags.into_iter().filter(|(_, is_set)| *is_set).map(|(name, _)| (name, "true".to_owned())));
        all.push(("limit", self.limit.to_string()));
        all
    }
}

/// An act that needs no more than the case.
#[derive(Args)]
struct Doing {
    /// The case's id
    case: Uuid,
    /// What to write down beside it
    #[arg(long, default_value = "", hide_default_value = true)]
    note: String,
    #[command(flatten)]
    api: Api,
}

impl Doing {
    async fn act(self, action: &str, more: &[(&str, String)]) -> Result<()> {
        let mut body = Map::from_iter([("action".to_owned(), json!(action))]);
        if !self.note.is_empty() {
            body.insert("note".to_owned(), json!(self.note));
        }
        body.extend(more.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
        let answer = Client::new(&self.api)?.act(self.case, &Value::Object(body)).await?;
        print(&self.api, &answer, table::acted)
    }
}

/// Runs `hearken cases`.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode> {
    match arguments.asked {
        Asked::Link(arguments) => return link::run(&arguments),
        Asked::List { wanted, api } => {
            let answer = Client::new(&api)?.get("/api/v1/cases", &wanted.parameters()).await?;
            print(&api, &answer, |answer| table::list(answer, Timestamp::now()))?;
        }
        Asked::Show { case, api } => {
            let answer = Client::new(&api)?.get(&format!("/api/v1/cases/{case}"), &[]).await?;
            print(&api, &answer, table::one)?;
        }
        Asked::Ack(doing) => doing.act("acknowledge", &[]).await?,
        Asked::Contact(doing) => doing.act("contact", &[]).await?,
        Asked::Resolve(doing) => doing.act("resolve", &[]).await?,
        Asked::Close(doing) => doing.act("close", &[]).await?,
        Asked::Reopen(doing) => doing.act("reopen", &[]).await?,
        Asked::NotACustomer(doing) => doing.act("not_a_customer", &[]).await?,
        Asked::WrongReason(doing) => doing.act("wrong_reason", &[]).await?,
        Asked::HandOver { to, doing } => doing.act("hand_over", &[("to", to)]).await?,
        Asked::Note { case, words, api } => Doing { case, note: words, api }.act("note", &[]).await?,
        Asked::Compensate { amount, currency, doing } => {
            doing.act("compensate", &[("amount", amount), ("currency", currency.to_uppercase())]).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints an answer as it came, or for people.
fn print(api: &Api, answer: &Value, text: impl Fn(&Value) -> String) -> Result<()> {
    if api.json {
        println!("{}", serde_json::to_string_pretty(answer)?);
    } else {
        print!("{}", text(answer));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
