//! Where a message may go: a chat group's robot, or anything that takes a webhook.

use std::fmt;

use serde::Deserialize;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Hidden(String);

impl Hidden {
    /// Hides a text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// What listens at the other end, and therefore the form of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelKind {
    /// A custom bot of Feishu.
    Feishu,
    /// The same of Lark, outside China.
    Lark,
    /// A custom robot of DingTalk.
    Dingtalk,
    /// A group robot of WeCom.
    Wecom,
    /// An incoming webhook of Slack.
    Slack,
    /// Anything else: JSON, signed as Standard Webhooks says.
    Generic,
}

impl ChannelKind {
    /// Returns the name used in the directory.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feishu => "feishu",
            Self::Lark => "lark",
            Self::Dingtalk => "dingtalk",
            Self::Wecom => "wecom",
            Self::Slack => "slack",
            Self::Generic => "generic",
        }
    }

    /// Returns what the other end takes without complaint: messages a minute, and how many of them at once. In no minute do more
    /// than both together leave.
    pub fn limits(self) -> (u32, u32) {
        match self {
            Self::Feishu | Self::Lark => (90, 5),
            Self::Dingtalk | Self::Wecom => (15, 5),
            Self::Slack => (50, 5),
            Self::Generic => (600, 50),
        }
    }
}

/// One place that takes messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name, as owners and tables name it.
    pub name: String,
    /// What listens there.
    pub kind: ChannelKind,
    /// Where; it usually holds a token, so it is never printed. Empty where the channel is switched off.
    pub url: Hidden,
    /// What requests are signed with; empty where they are not.
    pub secret: Hidden,
    /// How many messages a minute it takes for long.
    pub per_minute: u32,
    /// How many of them at once.
    pub burst: u32,
    /// How long a message may wait for its turn before it is told in a digest, milliseconds.
    pub fold_after_ms: u64,
}

impl Channel {
    /// Tells whether anything is sent there.
    pub fn is_on(&self) -> bool {
        !self.url.expose().is_empty()
    }
}
