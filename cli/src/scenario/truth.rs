//! The truth file: what was planted, where, when, how much of it, and what it must be told from.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::people::LEAVERS;
use super::said::{BURST, BUSY_HOUR, Said, busy_begins};
use super::story::{Scene, Story, Tale};
use super::template::About;
use super::time::hours;
use super::{Plot, history, world};

impl Plot {
    /// Returns what is true of every story, counted in the history as generated: new records, without repeats and edits.
    pub(crate) fn truth(&self) -> Value {
        let said = history::said(self);
        let entries = Story::ALL.map(|story| entry(self, &said, story));
        json!({"seed": self.frame.seed, "anchor": self.frame.anchor.to_string(), "stories": entries})
    }
}

fn entry(plot: &Plot, said: &[Said], story: Story) -> Value {
    let (what, key, control, expected) = match story {
        Story::AppCrash => app_crash(plot, said),
        Story::Courier => courier(plot, said),
        Story::RudeStore => rude_store(plot, said),
        Story::Leaving => leaving(plot, said),
        Story::Burst => burst(plot, said),
        Story::Packaging => packaging(plot, said),
    };
    let (from, to) = window(plot, story);
    json!({
        "story": story.as_str(), "what": what, "from": from.to_string(), "to": to.map(|to| to.to_string()),
        "key": key, "control": control, "expected": expected,
    })
}

/// Returns from when to when a story plays; without an end it goes on in the live seconds.
fn window(plot: &Plot, story: Story) -> (Timestamp, Option<Timestamp>) {
    let begins = story.begins(plot.frame.anchor);
    match story {
        Story::AppCrash | Story::Courier | Story::RudeStore => (begins, None),
        Story::Leaving => (begins, Some(plot.frame.anchor)),
        Story::Burst => (begins, Some(begins + SignedDuration::from_mins(6))),
        Story::Packaging => (plot.frame.begins, Some(begins)),
    }
}

type Entry = (&'static str, Value, Value, Value);

fn count(said: &[Said], is: impl Fn(&Said) -> bool) -> usize {
    said.iter().filter(|said| is(said)).count()
}

fn told(said: &[Said], tale: Tale) -> usize {
    count(said, |said| said.tale == Some(tale))
}

fn scene(story: Story) -> &'static Scene {
    world().scene(story)
}

fn app_crash(plot: &Plot, said: &[Said]) -> Entry {
    let begins = Story::AppCrash.begins(plot.frame.anchor);
    let others = count(said, |said| said.about == About::App && said.at >= begins && said.tale.is_none());
    (
        "a release of the app crashes, told in many wordings and languages",
        json!({"product": world().app, "release": world().release.broken, "os": "android"}),
        json!({"release": world().release.before, "os": "ios"}),
        json!({"complaints": told(said, Tale::AppCrash), "other_app_feedback": others}),
    )
}

fn courier(plot: &Plot, said: &[Said]) -> Entry {
    let Scene { courier, region, .. } = scene(Story::Courier);
    let begins = Story::Courier.begins(plot.frame.anchor);
    let brought = |here: bool, same: bool| {
        count(said, |said| {
            let by = said.order.as_deref().and_then(|order| order.courier);
            by.is_some_and(|by| (courier.as_deref() == Some(by)) == same)
                && (region.as_ref() == Some(&said.store.region)) == here
                && said.at >= begins
        })
    };
    (
        "one courier comes late and is rude in one region",
        json!({"courier": courier, "region": region}),
        json!({"same_courier": "in other regions", "same_region": "with other couriers"}),
        json!({
            "complaints": told(said, Tale::Courier), "feedback": brought(true, true),
            "same_courier_elsewhere": brought(false, true), "other_couriers_there": brought(true, false),
        }),
    )
}

fn rude_store(plot: &Plot, said: &[Said]) -> Entry {
    let Scene { store, region, .. } = scene(Story::RudeStore);
    let neighbours: Vec<&str> = world()
        .stores
        .iter()
        .filter(|other| Some(&other.region) == region.as_ref() && Some(&other.id) != store.as_ref())
        .map(|other| other.id.as_str())
        .collect();
    let begins = Story::RudeStore.begins(plot.frame.anchor);
    let there =
        count(said, |said| store.as_ref() == Some(&said.store.id) && said.about == About::Store && said.at >= begins);
    (
        "the staff of one store is rude",
        json!({"store": store, "region": region}),
        json!({"stores": neighbours}),
        json!({"complaints": told(said, Tale::RudeStore), "feedback": there}),
    )
}

fn leaving(plot: &Plot, said: &[Said]) -> Entry {
    let ids: Vec<&str> = plot.people.iter().filter(|person| person.leaves).map(|person| person.id.as_str()).collect();
    let orders = plot.orders.iter().filter(|order| plot.people[order.person].leaves).count();
    (
        "valued customers with many orders say that they leave, and order no more",
        json!({"customers": ids}),
        json!({"customers": "of the same segments who go on ordering"}),
        json!({"customers": LEAVERS, "feedback": told(said, Tale::Leaving), "orders_before": orders, "orders_since": 0}),
    )
}

fn burst(plot: &Plot, said: &[Said]) -> Entry {
    let busy = busy_begins(plot);
    let posts = count(said, |said| said.tale == Some(Tale::Burst));
    debug_assert!(posts == BURST || posts == 0);
    (
        "new accounts post nearly the same within six minutes",
        json!({"product": scene(Story::Burst).product, "account_age_days_max": 3}),
        json!({"from": busy.to_string(), "to": (busy + hours(1)).to_string(), "posts": BUSY_HOUR, "accounts": "old, in their own words"}),
        json!({"posts": posts}),
    )
}

fn packaging(plot: &Plot, said: &[Said]) -> Entry {
    let Scene { product, .. } = scene(Story::Packaging);
    let fix = Story::Packaging.begins(plot.frame.anchor);
    let of = |tale: Option<Tale>, before: bool| {
        count(said, |said| {
            let of_it = said
                .order
                .as_deref()
                .is_some_and(|order| Some(&order.product().id) == product.as_ref() && order.store.is_none());
            of_it && (said.at < fix) == before && (tale.is_none() || said.tale == tale)
        })
    };
    (
        "the boxes of one product arrived damaged, until the fix",
        json!({"product": product, "fixed_at": fix.to_string()}),
        json!({"products": "all others, whose boxes were never damaged"}),
        json!({
            "complaints_before": of(Some(Tale::Packaging), true), "feedback_before": of(None, true),
            "complaints_since": of(Some(Tale::Packaging), false), "feedback_since": of(None, false),
        }),
    )
}
