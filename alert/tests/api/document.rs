//! The document and the API are the same thing.

use std::collections::BTreeSet;

use hearken_alert::api::{ROUTES, document};

use super::*;

#[test]
fn every_route_is_described_and_every_described_one_is_there() {
    let paths = document()["paths"].as_object().unwrap();
    let methods = |item: &Value| item.as_object().unwrap().keys().map(|key| key.to_uppercase()).collect::<Vec<_>>();
    let described: BTreeSet<_> = paths
        .iter()
        .flat_map(|(path, item)| methods(item).into_iter().map(move |method| (method, path.clone())))
        .collect();
    assert_eq!(described, ROUTES.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned())).collect());
    assert!(document()["components"]["schemas"]["Currency"]["enum"].as_array().unwrap().len() > 150);
}

#[tokio::test]
async fn answers_have_the_members_that_are_described() {
    let world = World::start().await;
    let case = world.open("c1", "li", "service").await;
    let acted = world.act("li", case, &[], json!({"action": "contact"})).await.body;
    let alerts = world.get("li", "/api/v1/alerts").await.body;
    for (schema, told) in [("Case", &acted["case"]), ("Event", &acted["event"]), ("Alert", &alerts["alerts"][0])] {
        let described = &document()["components"]["schemas"][schema];
        let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&described["properties"]), names(told), "{schema}");
        let required: BTreeSet<_> = serde_json::from_value(described["required"].clone()).unwrap();
        assert_eq!(required, names(told), "{schema}");
    }
    // Every column of the view is told.
    let columns = world.rows("SELECT name FROM system.columns WHERE database = 'hearken' AND table = 'v_cases'").await;
    let columns: BTreeSet<_> = columns.iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
    let mut told: BTreeSet<_> = acted["case"].as_object().unwrap().keys().cloned().collect();
    assert!(told.remove("priority"));
    assert_eq!(told, columns);
}
