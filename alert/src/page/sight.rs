//! What a case page shows: rows as the shell read them. Every moment of it is judged against `now`, which is given too.

use std::collections::BTreeMap;

use hearken_report::language::Language;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::form::{Button, Entered, Problem};
use crate::facts::Words;

/// One case as one reader sees it at one moment.
#[derive(Debug, Clone)]
pub struct Sight {
    /// The case.
    pub case: Case,
    /// The rule that opened it.
    pub rule: RuleWords,
    /// Who looks at it.
    pub reader: Reader,
    /// The moment it is rendered.
    pub now: Timestamp,
    /// The first moment the link is good no more.
    pub expires_at: Timestamp,
    /// Who answers for it now.
    pub answers: Person,
    /// What is known of the customer.
    pub standing: Option<Standing>,
    /// The feedback that decided.
    pub said: Read<Option<Said>>,
    /// The churn risk and what it is made of; nothing where the customer is unknown.
    pub risk: Read<Option<Risk>>,
    /// The customer's life, newest first.
    pub timeline: Read<Vec<Happening>>,
    /// What happened to the case, oldest first.
    pub history: Vec<Event>,
    /// What else of the customer is open.
    pub others: Read<Vec<OtherCase>>,
    /// What may be done to it, or why nothing may.
    pub access: Access,
    /// The event that a form just made; said only where the history has it.
    pub done: Option<Uuid>,
    /// Why the last form changed nothing, and what was written into it.
    pub problem: Option<(Problem, Entered)>,
}

/// A part of the page that may be missing: nothing where the database did not answer in time.
pub type Read<T> = Option<T>;

/// What the page says of a case.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs, reason = "the view's COMMENT says what each column is")]
pub struct Case {
    pub case_id: Uuid,
    pub rule: String,
    pub subject_kind: String,
    pub subject: String,
    pub customer_key: Option<String>,
    pub brand: String,
    pub channel: String,
    pub product_id: String,
    pub store_id: String,
    pub touchpoint: String,
    pub category: String,
    pub topic: String,
    pub severity: String,
    pub urgent: bool,
    pub tier: String,
    pub state: String,
    pub occurred_at: Timestamp,
    /// second, minute, day or unknown.
    pub time_precision: String,
    pub opened_at: Timestamp,
    pub customer_due_at: Option<Timestamp>,
    pub due_at: Timestamp,
    pub first_response_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub not_a_customer: bool,
    pub wrong_reason: bool,
}

/// What a rule is called and why it fires, for people.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleWords {
    /// Its title.
    pub title: Words,
    /// Why it fires, in a sentence.
    pub why: Words,
}

/// How a page is read.
#[derive(Debug, Clone)]
pub struct Reader {
    /// The link's owner.
    pub person: Person,
    /// The page's language.
    pub language: Language,
    /// Where the owner's clock stands.
    pub zone: TimeZone,
}

/// Somebody who answers cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The id in the directory.
    pub id: String,
    /// What people call him; the id where the directory does not know him.
    pub name: String,
    /// The department; empty where unknown.
    pub department: String,
}

/// What the customer is worth.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Standing {
    /// champion, loyal, promising, needs_attention, hibernating, no_orders or unknown.
    pub tier: String,
    /// Of 12 months; nothing where no order could be converted.
    pub revenue: Option<f64>,
    /// The currency of the revenue.
    pub currency: String,
    /// Orders of 12 months.
    pub orders: u64,
    /// The last order.
    pub last_order_at: Option<Timestamp>,
    /// As the profile has it; empty where it does not.
    pub segment: String,
    /// As the profile has it; empty where it does not.
    pub region: String,
}

/// One feedback, personal data replaced.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Said {
    /// Its id.
    pub feedback_id: Uuid,
    /// review, chat, social or survey.
    pub channel: String,
    /// Which instance of it.
    pub source: String,
    /// A headline; empty where there is none.
    pub title: String,
    /// The customer's words; of a chat, the customer's turns, a line each.
    pub text: String,
    /// A chat's turns, in order.
    pub turns: Vec<Turn>,
    /// BCP 47; und where unknown.
    pub language: String,
    /// The rating and the best there is.
    pub rating: Option<(f32, f32)>,
    /// When it was said.
    pub at: Timestamp,
    /// How exactly that is known.
    pub time_precision: String,
    /// What to mark, in characters of `text`.
    pub spans: Vec<(u32, u32)>,
}

/// One turn of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// When; nothing where the source did not say.
    pub at: Option<Timestamp>,
    /// customer, agent or bot.
    pub role: String,
    /// What was said.
    pub text: String,
}

/// How likely the customer is to leave, as a score.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Risk {
    /// 0 to 100.
    pub score: f32,
    /// What it is made of, largest first.
    pub reasons: Vec<Reason>,
    /// The feedback the reasons point at, by id.
    pub said: BTreeMap<Uuid, Said>,
}

/// One part of a risk.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The category, such as slow_resolution.
    pub reason: String,
    /// Its part of the score.
    pub contribution: f32,
    /// What showed it, such as an intent.
    pub signal: String,
    /// The feedback that said it.
    pub feedback_id: Option<Uuid>,
    /// When.
    pub at: Option<Timestamp>,
    /// The words, in characters of that feedback's text.
    pub span: (u32, u32),
}

/// Something in a customer's life.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// feedback, survey, order, visit, profile, alert or case.
    pub kind: String,
    /// The channel, the order's status, the event.
    pub title: String,
    /// The words, the order's number and amount, the page.
    pub detail: String,
    /// negative, neutral, positive or mixed; empty where nothing is judged.
    pub sentiment: String,
}

/// Something that happened to a case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Event {
    /// Its id.
    pub event_id: Uuid,
    /// When.
    pub at: Timestamp,
    /// As `case_events.kind`.
    pub kind: String,
    /// Who did it, by name.
    pub actor: String,
    /// Who answers from here on, by name; empty where that did not change.
    pub owner: String,
    /// What was written down.
    pub note: String,
    /// What it cost, in decimal digits.
    pub amount: Option<String>,
    /// The amount's currency.
    pub currency: String,
}

/// Another open case of the same customer.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherCase {
    /// The case.
    pub case_id: Uuid,
    /// Its rule's title.
    pub title: Words,
    /// Its state.
    pub state: String,
    /// When its owner is due.
    pub due_at: Timestamp,
    /// Its owner, by name.
    pub owner: String,
    /// A token, where it is the reader's own case.
    pub token: Option<String>,
}

/// What a reader may do.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// Answer.
    Act {
        /// What the case's state permits.
        offered: Vec<Button>,
        /// Makes a double tap one event.
        nonce: String,
        /// Who it may be handed to.
        owners: Vec<Person>,
        /// Which departments it may be handed to.
        departments: Vec<String>,
    },
    /// Look, because somebody else answers now.
    ReadOnly,
}
