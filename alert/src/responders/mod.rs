//! Who answers for what, when they are at work, where they listen, and what is promised: one TOML file.
//!
//! An owner is a person or a desk. A case goes to the customer's own, else to the store's, the product's or the touchpoint's, else
//! to the default owner. A product's group and a store's parent places count for everything below that says nothing itself.

mod calendar;
mod channel;
mod form;
mod hours;
mod sla;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::calendar::Calendar;
pub use self::channel::{Channel, ChannelKind, Hidden};
pub use self::hours::Shift;
pub use self::sla::{Sla, Step, Whom};
use crate::facts::{Facts, Words};
use crate::row::At;

/// The language somebody is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Language {
    /// Returns the words of this language.
    pub fn of(self, words: &Words) -> &str {
        match self {
            Self::En => &words.en,
            Self::Zh => &words.zh,
        }
    }
}

/// Somebody who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// As cases and places name them.
    pub id: String,
    /// As people do.
    pub name: String,
    /// Where they belong.
    pub department: String,
    /// What they are told in.
    pub language: Language,
    /// When they are at work.
    pub calendar: Arc<Calendar>,
    /// Where they listen: names of channels that are on.
    pub channels: Vec<String>,
    /// Who is told when they do not answer.
    pub escalates_to: Option<String>,
    /// Whether they are told in the morning what is open.
    pub daily: bool,
}

/// Who has to answer, and what decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Routed<'a> {
    /// The owner.
    pub owner: &'a Owner,
    /// customer, store, product, touchpoint or default.
    pub by: &'static str,
}

/// The two clocks of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The promise to the customer; `None` where it is not known to the minute when it was said.
    pub customer_due_at: Option<At>,
    /// What the owner is measured by.
    pub due_at: At,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    channels: BTreeMap<String, Channel>,
    owners: BTreeMap<String, Owner>,
    /// Leads by department.
    leads: BTreeMap<String, String>,
    /// Owners by what is routed and its key.
    routes: BTreeMap<(&'static str, String), String>,
    default_owner: String,
    sla: Sla,
    /// By tier.
    slas: BTreeMap<String, Sla>,
    survey_channel: Option<String>,
}

impl Default for Directory {
    /// One desk that is told nothing and works round the clock.
    fn default() -> Self {
        let mut directory = Self::empty();
        directory.owners.insert(directory.default_owner.clone(), desk());
        directory
    }
}

impl Directory {
    /// Reads the file without an environment: a channel whose address names a variable is off. For looking a file
    /// through; the service reads it with [`Directory::load`].
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the name of what it is wrong of.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        form::read(text, None)
    }

    /// Reads the file; `variable` answers for the `${NAME}` in addresses and secrets.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with the name of what it is wrong of; never a secret.
    pub fn load(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Vec<String>> {
        form::read(text, Some(variable))
    }

    /// Returns who has to answer.
    pub fn route(&self, facts: &Facts) -> Routed<'_> {
        let named = |id: &str| self.owners.get(id);
        let routed = |key, value: &str| self.routes.get(&(key, value.to_owned())).and_then(|id| self.owners.get(id));
        let customer = || {
            let key = facts.customer_key.as_deref()?;
            named(&facts.customer_owner).or_else(|| routed("customer", key))
        };
        let store = || {
            let places = std::iter::once(&facts.store_id).chain(&facts.places);
            places.into_iter().find_map(|place| routed("store", place)).or_else(|| named(&facts.place_owner))
        };
        let product = || {
            let mut products = std::iter::once(&facts.product_id).chain(&facts.products);
            products.find_map(|product| routed("product", product))
        };
        let touchpoint = || {
            let lead = || self.leads.get(&facts.department).and_then(|id| self.owners.get(id));
            routed("touchpoint", &facts.touchpoint).or_else(|| routed("department", &facts.department)).or_else(lead)
        };
        let found = customer()
            .map(|owner| Routed { owner, by: "customer" })
            .or_else(|| store().map(|owner| Routed { owner, by: "store" }))
            .or_else(|| product().map(|owner| Routed { owner, by: "product" }))
            .or_else(|| touchpoint().map(|owner| Routed { owner, by: "touchpoint" }));
        found.unwrap_or_else(|| Routed { owner: self.default_owner(), by: "default" })
    }

    /// Returns the owner of this id.
    pub fn owner(&self, id: &str) -> Option<&Owner> {
        self.owners.get(id)
    }

    /// Returns who answers where nothing else decides.
    pub fn default_owner(&self) -> &Owner {
        // Reading refuses a directory without it.
        &self.owners[&self.default_owner]
    }

    /// Returns all owners, by id.
    pub fn owners(&self) -> impl Iterator<Item = &Owner> {
        self.owners.values()
    }

    /// Returns all departments, by name.
    pub fn departments(&self) -> Vec<&str> {
        let named = self.owners.values().map(|owner| owner.department.as_str());
        named.chain(self.leads.keys().map(String::as_str)).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Returns who leads a department; nothing where nobody is named.
    pub fn lead(&self, department: &str) -> Option<&Owner> {
        self.leads.get(department).and_then(|id| self.owners.get(id))
    }

    /// Returns what is promised to a customer of this tier, or whose tier is not known.
    pub fn sla(&self, tier: &str) -> &Sla {
        self.slas.get(tier).unwrap_or(&self.sla)
    }

    /// Returns both clocks of a case of this owner.
    pub fn due(&self, facts: &Facts, owner: &Owner) -> Due {
        let sla = self.sla(&facts.tier);
        let promised = jiff::SignedDuration::from_mins(i64::from(sla.customer_minutes));
        let exact = matches!(facts.time_precision.as_str(), "second" | "minute");
        Due {
            customer_due_at: exact.then(|| facts.occurred_at.0.checked_add(promised).ok().map(At)).flatten(),
            due_at: At(owner.calendar.add(facts.received_at.0, sla.responder_minutes)),
        }
    }

    /// Returns everybody above an owner, nearest first.
    pub fn above(&self, owner: &Owner) -> impl Iterator<Item = &Owner> {
        let next = |owner: &Owner| owner.escalates_to.as_ref().and_then(|id| self.owners.get(id));
        // Reading refuses circles.
        std::iter::successors(next(owner), move |above| next(above))
    }

    /// Returns the zone that an owner's times are shown in.
    pub fn zone(&self, owner: &Owner) -> TimeZone {
        owner.calendar.zone.clone()
    }

    /// Returns the channel of this name.
    pub fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.get(name)
    }

    /// Returns all channels, by name.
    pub fn channels(&self) -> impl Iterator<Item = &Channel> {
        self.channels.values()
    }

    /// Returns where requests for surveys go, if anywhere.
    pub fn survey_channel(&self) -> Option<&Channel> {
        self.survey_channel.as_deref().and_then(|name| self.channels.get(name)).filter(|channel| channel.is_on())
    }

    /// Returns whom a step tells when this owner has not answered; the owner himself where nobody is above him.
    pub fn whom(&self, step: &Whom, owner: &Owner) -> &Owner {
        let lead = || self.leads.get(&owner.department).and_then(|id| self.owners.get(id));
        let above = || owner.escalates_to.as_ref().and_then(|id| self.owners.get(id));
        let found = match step {
            Whom::Owner => self.owners.get(&owner.id),
            Whom::EscalatesTo => above().or_else(lead),
            Whom::Lead => lead().or_else(above),
            Whom::Named(id) => self.owners.get(id),
        };
        found.unwrap_or_else(|| self.default_owner())
    }

    fn empty() -> Self {
        Self {
            channels: BTreeMap::new(),
            owners: BTreeMap::new(),
            leads: BTreeMap::new(),
            routes: BTreeMap::new(),
            default_owner: "desk".to_owned(),
            sla: Sla::default(),
            slas: BTreeMap::new(),
            survey_channel: None,
        }
    }
}

fn desk() -> Owner {
    Owner {
        id: "desk".to_owned(),
        name: "Desk".to_owned(),
        department: "desk".to_owned(),
        language: Language::En,
        calendar: Arc::new(Calendar::default()),
        channels: Vec::new(),
        escalates_to: None,
        daily: false,
    }
}

#[cfg(test)]
mod tests;
