#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;
use uuid::Uuid;

const DEMO: &str = include_str!("../../../deploy/local/responders.toml");

fn facts(set: impl FnOnce(&mut Facts)) -> Facts {
    let at = At("2026-11-20T08:00:00Z".parse().unwrap());
    let mut facts = Facts {
        feedback_id: Uuid::nil(),
        subject_kind: "feedback".to_owned(),
        subject: String::new(),
        occurred_at: at,
        time_precision: "second".to_owned(),
        received_at: at,
        seen_at: at,
        brand: String::new(),
        channel: String::new(),
        product_id: String::new(),
        products: Vec::new(),
        store_id: String::new(),
        places: Vec::new(),
        place_owner: String::new(),
        touchpoint: String::new(),
        department: String::new(),
        category: String::new(),
        topic: String::new(),
        language: String::new(),
        quote: String::new(),
        span_start: 0,
        span_end: 0,
        customer_key: None,
        customer_owner: String::new(),
        tier: "unknown".to_owned(),
        risk: None,
    };
    set(&mut facts);
    facts
}

fn directory(more: &str) -> Directory {
    let text = format!(
        "default_owner = \"desk\"\n{}\n{more}",
        ["desk", "anna", "shop", "east", "parts", "lead"]
            .map(|id| format!("[[owners]]\nid = {id:?}\nname = {id:?}\ndepartment = {:?}\n", format!("of-{id}")))
            .concat()
    );
    Directory::parse(&text).unwrap_or_else(|errors| panic!("{}", errors.join("\n")))
}

fn check(directory: &Directory, facts: &Facts, expected: (&str, &str)) {
    let routed = directory.route(facts);
    assert_eq!((routed.owner.id.as_str(), routed.by), expected, "{facts:?}");
}

#[test]
fn customers_come_before_stores_and_stores_before_products_and_touchpoints() {
    let directory = directory(
        "[[routes]]\ncustomer = \"c1\"\nowner = \"anna\"\n[[routes]]\nstore = \"east\"\nowner = \"east\"\n\
         [[routes]]\nproduct = \"GROUP\"\nowner = \"parts\"\n[[routes]]\ntouchpoint = \"delivery\"\nowner = \"shop\"\n\
         [[routes]]\ndepartment = \"claims\"\nowner = \"parts\"\n[[departments]]\nname = \"web\"\nlead = \"lead\"\n",
    );
    let places = || vec!["s1".to_owned(), "city".to_owned(), "east".to_owned()];
    let all = facts(|it| {
        it.customer_key = Some("c1".to_owned());
        it.customer_owner = "lead".to_owned();
        it.store_id = "s1".to_owned();
        it.places = places();
        it.place_owner = "shop".to_owned();
        it.product_id = "P1".to_owned();
        it.products = vec!["P1".to_owned(), "GROUP".to_owned()];
        it.touchpoint = "delivery".to_owned();
        it.department = "claims".to_owned();
    });
    let without = |drop: &[&str]| {
        let mut facts = all.clone();
        for what in drop {
            match *what {
                "profile" => facts.customer_owner = "somebody who left".to_owned(),
                "customer" => facts.customer_key = None,
                "route" => facts.places = vec!["s1".to_owned()],
                "place" => facts.place_owner = "nobody-here".to_owned(),
                "product" => facts.products = vec!["P1".to_owned()],
                "touchpoint" => facts.touchpoint = String::new(),
                "department" => facts.department = "web".to_owned(),
                _ => facts.department = "unheard of".to_owned(),
            }
        }
        facts
    };
    check(&directory, &all, ("lead", "customer"));
    check(&directory, &without(&["profile"]), ("anna", "customer"));
    check(&directory, &without(&["customer"]), ("east", "store"));
    check(&directory, &without(&["customer", "route"]), ("shop", "store"));
    let mut dropped = vec!["customer", "route", "place"];
    check(&directory, &without(&dropped), ("parts", "product"));
    for (drop, expected) in [
        ("product", ("shop", "touchpoint")),
        ("touchpoint", ("parts", "touchpoint")),
        ("department", ("lead", "touchpoint")),
        ("everything", ("desk", "default")),
    ] {
        dropped.push(drop);
        check(&directory, &without(&dropped), expected);
    }
}

#[test]
fn nothing_known_goes_to_the_default_owner() {
    check(&directory(""), &facts(|_| ()), ("desk", "default"));
    check(&Directory::default(), &facts(|_| ()), ("desk", "default"));
}

#[test]
fn the_demo_retailer_s_file_is_read_and_its_places_find_their_owners() {
    let directory = Directory::parse(DEMO).unwrap();
    let south = facts(|it| {
        it.store_id = "store-nanlu".to_owned();
        it.place_owner = "manager-south".to_owned();
    });
    check(&directory, &south, ("manager-south", "store"));
    assert_eq!(directory.departments(), ["care", "logistics", "overseas", "products", "stores"]);
    assert!(directory.channels().all(|channel| !channel.is_on()), "no address, no sending");
    assert_eq!(directory.sla("champion").responder_minutes, 60);
    assert_eq!(directory.sla("champion").escalation, directory.sla("loyal").escalation);
    let owner = directory.owner("manager-east").unwrap();
    assert_eq!(directory.whom(&Whom::Lead, owner).id, "head-of-stores");
    assert_eq!(directory.above(owner).map(|owner| owner.id.as_str()).collect::<Vec<_>>(), ["head-of-stores"]);
    assert_eq!(directory.whom(&Whom::EscalatesTo, directory.owner("head-of-stores").unwrap()).id, "head-of-stores");
    let every: Vec<&str> = hearken_schemas::catalog::Catalog::parse(include_str!("../../../deploy/local/catalog.toml"))
        .unwrap()
        .places
        .iter()
        .filter_map(|place| place.owner.as_deref())
        .filter(|owner| directory.owner(owner).is_none())
        .map(|owner| owner.to_owned().leak() as &str)
        .collect();
    assert!(every.is_empty(), "owners of places that nobody can reach: {every:?}");
}

#[test]
fn both_clocks_run_by_the_tier_and_the_customer_s_only_where_its_time_is_known() {
    let directory = Directory::parse(DEMO).unwrap();
    let owner = directory.owner("quality").unwrap();
    // Friday the 20th, 16:00 in Shanghai; the office closes at 18:00 and opens on Monday at 09:00.
    let due = |tier: &str, precision: &str, received: &str| {
        let facts = facts(|it| {
            it.tier = tier.to_owned();
            it.time_precision = precision.to_owned();
            it.received_at = At(received.parse().unwrap());
        });
        let due = directory.due(&facts, owner);
        (due.customer_due_at.map(|at| at.to_string()), due.due_at.to_string())
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        due("loyal", "second", "2026-11-20T08:00:00Z"),
        (some("2026-11-20 10:00:00.000"), "2026-11-20 10:00:00.000".to_owned())
    );
    assert_eq!(
        due("champion", "minute", "2026-11-20T09:30:00Z"),
        (some("2026-11-20 09:00:00.000"), "2026-11-23 01:30:00.000".to_owned())
    );
    assert_eq!(due("loyal", "day", "2026-11-20T11:00:00Z"), (None, "2026-11-23 03:00:00.000".to_owned()));
    assert_eq!(due("loyal", "unknown", "2026-11-21T11:00:00Z").0, None);
}

#[test]
fn everything_wrong_is_said_at_once_with_names() {
    let text = include_str!("examples/everything_wrong.toml");
    let errors = Directory::load(text, &|_| None).unwrap_err();
    for expected in [
        "default_owner: \"ghost\"",
        "colour: unknown key",
        "channels, \"a\": unknown variant `pigeon`",
        "channel \"b\": its url",
        "channel \"b\": its secret",
        "channel \"c\": the variable HOOK_HOST is not set",
        "channel \"c\": it is there twice",
        "holidays \"h\": \"soon\"",
        "holidays \"h\": 2026-10-03 is free and made up for",
        "calendar \"k\": \"Mars/Olympus\"",
        "calendar \"k\": there are no holidays \"i\"",
        "calendar \"k\": mon-tue: 09:00-12:00 and 11:00-13:00 overlap",
        "calendar \"k\": tue is there twice",
        "calendar \"k\": \"someday\"",
        "calendar \"k\": it has no hours at all",
        "owner \"x\": there is no channel \"z\"",
        "owner \"x\": there is no calendar \"m\"",
        "owner \"x\": escalates in the end to himself",
        "owner \"y\": escalates in the end to himself",
        "owners, \"w\": unknown variant `fr`",
        "department \"d\": \"v\"",
        "route number 1 to \"x\": it names exactly one",
        "route number 2 to \"x\": it names exactly one",
        "route of store \"s\": \"u\"",
        "survey: there is no channel \"q\"",
        "sla: responder_minutes = 0",
        "sla: the step after 5 minutes: \"t\"",
        "sla.loyal: unknown field `minutes`",
    ] {
        assert!(errors.iter().any(|error| error.starts_with(expected)), "{expected} is not in\n{}", errors.join("\n"));
    }
    assert_eq!(errors.len(), 28, "{}", errors.join("\n"));
}

#[test]
fn what_comes_from_the_environment_is_filled_in_and_never_printed() {
    let text = "default_owner = \"x\"\n[[owners]]\nid = \"x\"\nname = \"X\"\ndepartment = \"d\"\n[[channels]]\nname = \"c\"\n\
                kind = \"slack\"\nurl = \"https://${HOST}/services/${TOKEN}\"\nsecret = \"${NONE:-spare}\"\n";
    let variable = |name: &str| match name {
        "HOST" => Some("hooks.example".to_owned()),
        "TOKEN" => Some("hunter2".to_owned()),
        _ => None,
    };
    let directory = Directory::load(text, &variable).unwrap();
    let channel = directory.channel("c").unwrap();
    assert_eq!(channel.url.expose(), "https://hooks.example/services/hunter2");
    assert_eq!(channel.secret.expose(), "spare");
    assert!(channel.is_on() && !format!("{directory:?}").contains("hunter2"));
    assert!(!Directory::parse(text).unwrap().channel("c").unwrap().is_on());
    let errors = Directory::load("default_owner = [", &|_| None).unwrap_err();
    assert!(errors[0].contains("line 1"), "{errors:?}");
}
