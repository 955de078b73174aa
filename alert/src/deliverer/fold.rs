//! Several messages in one, where a channel takes fewer than there are.

use anyhow::Result;
use jiff::Timestamp;
use uuid::Uuid;

use super::letter::{Letter, entry, untried};
use super::{Deliverer, millis};
use crate::facts::{Notice, NoticeKind, Words};
use crate::outbox::digest_id;
use crate::row::{At, DeliveryRow, MessageRow};

/// How many messages a digest tells in full.
const DIGEST_ITEMS_MAX: usize = 100;

impl Deliverer {
    /// Tells several messages in one. The folds are written first: without their digest they count for nothing.
    pub(super) async fn fold(&mut self, channel: &str, ids: &[Uuid], now: Timestamp) -> Result<()> {
        let Some(digest) = self.digest(channel, ids, now) else { return Ok(()) };
        let id = digest.message.message_id;
        let folded = |message_id: &Uuid| DeliveryRow {
            outcome: "folded".to_owned(),
            folded_into: Some(id),
            ..untried(*message_id, now)
        };
        self.write(&ids.iter().map(folded).collect::<Vec<_>>()).await?;
        self.store.insert(std::slice::from_ref(&digest.message), &format!("message:{id}")).await?;
        self.metrics.deliveries.with_label_values(&[channel, "folded"]).inc_by(ids.len() as u64);
        tracing::info!(
            channel,
            messages = ids.len(),
            digest = id.to_string(),
            "the channel's limit folds messages into one"
        );
        let entry = entry(&digest, millis(now));
        if let Some(outbox) = self.outboxes.get_mut(channel) {
            outbox.fold(ids, entry);
        }
        for id in ids {
            self.letters.remove(id);
            self.done.insert(*id, now);
        }
        self.letters.insert(id, digest);
        Ok(())
    }

    fn digest(&self, channel: &str, ids: &[Uuid], now: Timestamp) -> Option<Letter> {
        let letters: Vec<&Letter> = ids.iter().filter_map(|id| self.letters.get(id)).collect();
        let first = letters.first()?;
        let many = ids.len();
        let notice = Notice {
            kind: NoticeKind::Digest,
            rule: String::new(),
            title: Words { en: format!("{many} messages in one"), zh: format!("{many} 条消息合并") },
            why: Words {
                en: "More came than this channel takes. The most urgent stand first.".to_owned(),
                zh: "消息多于该渠道的限额,最紧急的排在最前。".to_owned(),
            },
            case_id: None,
            alert_id: None,
            quote: String::new(),
            about: String::new(),
            tier: String::new(),
            risk: None,
            occurred_at: None,
            customer_due_at: None,
            due_at: letters.iter().filter_map(|letter| letter.notice.due_at).min(),
            step: String::new(),
            figures: vec![("messages".to_owned(), many.to_string())],
            items: letters.iter().take(DIGEST_ITEMS_MAX).map(|letter| letter.notice.clone()).collect(),
            ..first.notice.clone()
        };
        let message = MessageRow {
            message_id: digest_id(channel, &first.message.owner, ids),
            kind: notice.kind.as_str().to_owned(),
            channel: channel.to_owned(),
            owner: first.message.owner.clone(),
            case_id: None,
            alert_id: None,
            urgent: false,
            created_at: At(now),
            notice: serde_json::to_string(&notice).unwrap_or_default(),
        };
        Some(Letter { message, notice, attempt: 0 })
    }
}
