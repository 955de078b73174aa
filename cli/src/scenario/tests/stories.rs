//! Every planted story is there, and what it must be told from is quiet: counted in the records themselves.

use hearken_schemas::feedback::Role;

use super::*;
use crate::scenario::story::Tale;
use crate::scenario::template::{Piece, Template, Text, pool};
use crate::scenario::world::Language;

/// The tale a record's words are from.
fn tale(body: &Value) -> Option<Tale> {
    static MARKS: LazyLock<Vec<(String, Tale)>> = LazyLock::new(|| {
        let languages: Vec<Language> = world().languages.keys().copied().collect();
        let mut marks = Vec::new();
        for (channel, language, tale) in Channel::ALL.into_iter().flat_map(|channel| {
            let pairs = languages.iter().flat_map(|language| Tale::ALL.map(|tale| (*language, tale)));
            pairs.map(|(language, tale)| (channel, language, tale)).collect::<Vec<_>>()
        }) {
            marks.extend(pool(channel, language, Some(tale)).iter().map(|template| (mark(template), tale)));
        }
        marks
    });
    let words = words(body);
    MARKS.iter().find(|(mark, _)| words.contains(mark)).map(|(_, tale)| *tale)
}

/// The longest run of words a customer says in a template.
fn mark(template: &Template) -> String {
    let turns = template.turns.iter().filter(|turn| turn.role() == Role::Customer).map(|turn| turn.text());
    let pieces = template.text.iter().chain(turns).flat_map(|Text(pieces)| pieces);
    let words = pieces.filter_map(|piece| if let Piece::Words(words) = piece { Some(words.clone()) } else { None });
    words.max_by_key(String::len).unwrap_or_default()
}

fn stars(body: &Value) -> f64 {
    body["rating"]["value"].as_f64().unwrap() / body["rating"]["scale_max"].as_f64().unwrap()
}

/// Counts the new feedback of the history.
fn count(is: impl Fn(&Value, Timestamp) -> bool) -> f64 {
    let new = HISTORY.iter().filter(|(message, _)| message.kind == Kind::New && message.feedback_ref.is_some());
    let at = |message: &RawMessage| envelope::text(&message.headers, "ce_time").unwrap().parse().unwrap();
    new.filter(|(message, body)| is(body, at(message))).count() as f64
}

#[test]
fn the_app_crashes_since_its_release_on_one_system_and_nowhere_else() {
    let begins = Story::AppCrash.begins(anchor());
    for (at, body) in good(&play(mix(5))).map(|(at, _, body)| (*at, body)) {
        if tale(&body) == Some(Tale::AppCrash) {
            let facts = (&body["product_id"], &body["attributes"]["os"], &body["attributes"]["app_version"]);
            assert_eq!(facts, (&"orvantle-app".into(), &"android".into(), &"6.2.0".into()));
            assert!(at >= begins && (body["rating"].is_null() || stars(&body) <= 0.4), "{body}");
        }
    }
    assert_eq!(count(|body, at| at < begins && tale(body) == Some(Tale::AppCrash)), 0.0);
    let version = |body: &Value, version: &str| body["attributes"]["app_version"] == version;
    let told = count(|body, _| version(body, "6.2.0") && tale(body) == Some(Tale::AppCrash));
    assert!(told > 100.0 && told / count(|body, _| version(body, "6.2.0")) > 0.3, "{told}");
    assert_eq!(count(|body, _| version(body, "6.1.4") && tale(body) == Some(Tale::AppCrash)), 0.0);
}

#[test]
fn the_courier_fails_in_one_region_and_nowhere_else() {
    let scene = world().scene(Story::Courier);
    let (courier, region) = (Value::from(scene.courier.clone()), Value::from(scene.region.clone()));
    let begins = Story::Courier.begins(anchor());
    let share = |here: bool, same: bool| {
        let by = |body: &Value, at: Timestamp| {
            let brought = &body["attributes"]["courier"];
            at >= begins && !brought.is_null() && (*brought == courier) == same && (body["region"] == region) == here
        };
        let (all, told) = (count(by), count(|body, at| by(body, at) && tale(body) == Some(Tale::Courier)));
        assert!(all >= 40.0, "here: {here}, same: {same}: {all}");
        told / all
    };
    assert!(share(true, true) > 0.5, "{}", share(true, true));
    for (here, same) in [(true, false), (false, true), (false, false)] {
        assert_eq!(share(here, same), 0.0, "here: {here}, same: {same}");
    }
}

#[test]
fn one_store_is_rude_and_its_neighbours_are_not() {
    let scene = world().scene(Story::RudeStore);
    let begins = Story::RudeStore.begins(anchor());
    for store in world().stores.iter().filter(|store| Some(&store.region) == scene.region.as_ref()) {
        let there = |body: &Value, at: Timestamp| {
            at >= begins && body["store_id"] == store.id.as_str() && body["touchpoint"] == "store"
        };
        let told = count(|body, at| there(body, at) && tale(body) == Some(Tale::RudeStore));
        let rude = Some(&store.id) == scene.store.as_ref();
        let expected = if rude { count(there) * 0.4..count(there) } else { 0.0..0.5 };
        assert!(expected.contains(&told) && count(there) >= 10.0, "{}: {told} of {}", store.id, count(there));
    }
}

#[test]
fn those_who_leave_say_so_and_order_no_more_and_the_others_go_on() {
    let begins = Story::Leaving.begins(anchor());
    let leavers: HashSet<&str> =
        PLOT.people.iter().filter(|person| person.leaves).map(|person| person.id.as_str()).collect();
    let mut said = HashSet::new();
    for (_, body) in HISTORY.iter().filter(|(message, _)| message.topic != topics::RAW_CUSTOMERS) {
        let leaver = body["customer_id"].as_str().filter(|id| leavers.contains(id));
        if tale(body) == Some(Tale::Leaving) {
            said.insert(leaver.unwrap_or_else(|| panic!("stays: {body}")));
        }
        let ordered = body["status"] == "created";
        assert!(
            !ordered
                || leaver.is_none()
                || body["occurred_at"].as_str().unwrap().parse::<Timestamp>().unwrap() < begins,
            "{body}"
        );
    }
    assert_eq!(said.len(), people::LEAVERS);
    let lately = PLOT.orders.iter().filter(|order| order.steps[0].0 >= begins).map(|order| order.person);
    assert!(lately.collect::<HashSet<_>>().len() > 200);
}

#[test]
fn the_burst_is_one_text_by_new_accounts_and_the_busy_hour_is_many_by_old_ones() {
    let begins = Story::Burst.begins(anchor());
    let hour = |from: Timestamp, fresh: bool| {
        let mut texts = Vec::new();
        for (message, body) in
            HISTORY.iter().filter(|(message, _)| message.topic == topics::RAW_SOCIAL && message.kind == Kind::New)
        {
            let at: Timestamp = envelope::text(&message.headers, "ce_time").unwrap().parse().unwrap();
            let age = body["attributes"]["account_age_days"].as_str().map(|age| age.parse::<u32>().unwrap());
            if at >= from && at < from + SignedDuration::from_hours(1) && age.is_some_and(|age| (age < 7) == fresh) {
                texts.push(body["text"].as_str().unwrap());
            }
        }
        (texts.len(), texts.iter().collect::<HashSet<_>>().len())
    };
    let (posts, wordings) = hour(begins, true);
    assert!(posts == 120 && wordings <= 5, "{posts} posts, {wordings} wordings");
    let busy = begins - days(5);
    let (posts, wordings) = hour(busy, false);
    assert!(posts > 100 && wordings > 50 && hour(busy, true).0 == 0, "{posts} posts, {wordings} wordings");
}

#[test]
fn boxes_are_damaged_until_the_fix_and_those_of_other_products_never() {
    let product = Value::from(world().scene(Story::Packaging).product.clone());
    let fix = Story::Packaging.begins(anchor());
    let share = |since: bool| {
        let of = |body: &Value, at: Timestamp| {
            (at >= fix) == since
                && body["product_id"] == product
                && !body["order_id"].is_null()
                && body["store_id"].is_null()
        };
        (count(|body, at| of(body, at) && tale(body) == Some(Tale::Packaging)), count(of))
    };
    let ((before, all_before), (since, all_since)) = (share(false), share(true));
    assert!(before > 50.0 && before / all_before > 0.25, "{before} of {all_before}");
    assert!(all_since > 50.0 && since / all_since < 0.08, "{since} of {all_since}");
    assert_eq!(count(|body, _| body["product_id"] != product && tale(body) == Some(Tale::Packaging)), 0.0);
}

#[test]
fn the_truth_file_counts_what_the_history_tells() {
    let truth = PLOT.truth();
    let entry = |story: Story| {
        truth["stories"].as_array().unwrap().iter().find(|entry| entry["story"] == story.as_str()).unwrap()
    };
    for (story, told, name) in [
        (Story::AppCrash, Tale::AppCrash, "complaints"),
        (Story::Courier, Tale::Courier, "complaints"),
        (Story::RudeStore, Tale::RudeStore, "complaints"),
        (Story::Burst, Tale::Burst, "posts"),
        (Story::Leaving, Tale::Leaving, "feedback"),
    ] {
        let counted = count(|body, _| tale(body) == Some(told));
        assert_eq!(entry(story)["expected"][name].as_f64(), Some(counted), "{story:?}");
    }
    assert_eq!(truth["anchor"], anchor().to_string());
}
