//! What a message looks like to whoever listens at a channel, and what their answer means.
//!
//! Layout: `told` says a notice in words, `words` makes harmless what customers wrote, `forms` are the channels' own forms, `signature` what
//! they are signed with, `answer` reads what comes back.

mod answer;
mod forms;
mod signature;
mod told;
mod words;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use uuid::Uuid;

pub use self::answer::{Answer, Reply, read};
pub use self::signature::generic_key;
pub use self::told::Link;
use crate::facts::Notice;
use crate::responders::{Channel, ChannelKind, Language};

/// One message on its way to one channel.
pub struct Parcel<'a> {
    /// What a receiver knows a repeat by.
    pub message_id: Uuid,
    /// What it says.
    pub notice: &'a Notice,
    /// Where it goes.
    pub channel: &'a Channel,
    /// The language it is said in.
    pub language: Language,
    /// The zone of its times.
    pub zone: &'a TimeZone,
    /// Where the page of a case is.
    pub link: Link<'a>,
    /// When it is signed.
    pub now: Timestamp,
}

/// A POST request; whoever sends it follows no redirect.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Where to; it may hold a token, so it is never printed.
    pub url: String,
    /// Names in lower case and values.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: Vec<u8>,
}

/// Returns the request that tells a channel.
pub fn request(parcel: &Parcel<'_>) -> Request {
    match parcel.channel.kind {
        ChannelKind::Feishu | ChannelKind::Lark => forms::feishu(parcel),
        ChannelKind::Dingtalk => forms::dingtalk(parcel),
        ChannelKind::Wecom => forms::wecom(parcel),
        ChannelKind::Slack => forms::slack(parcel),
        ChannelKind::Generic => forms::generic(parcel),
    }
}

#[cfg(test)]
mod tests;
