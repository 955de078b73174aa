use super::*;

fn scope(answers: Vec<Answer>) -> Scope {
    let key = Key { brand: "alba".to_owned(), metric: "nps", survey_kind: "relationship".to_owned() };
    Scope { key, best: 0.9, has_items: true, answers }
}

fn answer(score: f64, topics: &[(&str, &str)], items: &[(&str, f64)]) -> Answer {
    let topics = topics.iter().map(|(topic, polarity)| ((*topic).to_owned(), (*polarity).to_owned())).collect();
    Answer { score, topics, items: items.iter().map(|(item, value)| ((*item).to_owned(), *value)).collect() }
}

#[test]
fn an_answer_speaks_well_ill_both_or_neither() {
    let told =
        answer(1.0, &[("taste", "positive"), ("taste", "negative"), ("price", "neutral"), ("queue", "negative")], &[]);
    for (topic, expected) in [
        ("taste", Some((true, true))),
        ("price", Some((false, false))),
        ("queue", Some((false, true))),
        ("staff", None),
    ] {
        assert_eq!(told.mention(topic), expected, "{topic}");
    }
    let twice = answer(1.0, &[], &[("speed", 0.2), ("speed", 0.6), ("price", 1.0)]);
    assert_eq!((twice.item("speed"), twice.item("staff")), (Some(0.4), None));
}

#[test]
fn leading_names_are_the_frequent_ones() {
    let answers = [vec!["b", "a", "a"], vec!["a", "c"], vec!["b"]];
    let names = leading(answers.iter().map(|names| names.iter().copied()), 2);
    assert_eq!(names, [("a".to_owned(), 2), ("b".to_owned(), 2)]);
}

#[test]
fn items_that_half_of_the_answers_lack_are_none_and_the_others_are_read_where_complete() {
    let both = |number: i32| {
        answer(f64::from(number % 11) / 10.0, &[], &[("speed", f64::from(number % 5) / 5.0), ("rare", 1.0)])
    };
    let speed = |number: i32| answer(f64::from(number % 11) / 10.0, &[], &[("speed", f64::from(number % 5) / 5.0)]);
    let answers = (0..40).map(both).chain((0..50).map(speed)).chain([answer(0.5, &[], &[])]).collect();
    let found = scope(answers).compute(1);
    let [based] = &found.drivers[..] else { panic!("{found:?}") };
    assert_eq!((based.basis, based.n, based.named.len()), ("scale", 90, 1));
    assert_eq!(based.named[0], ("speed".to_owned(), 90, Some(0.4)));
    assert_eq!(found.unfit, [("by topics", Unfit::NoDrivers), ("Kano by text", Unfit::NoDrivers)]);
}

#[test]
fn too_few_answers_and_answers_without_a_difference_are_said() {
    let few = scope(vec![answer(0.5, &[], &[("speed", 0.2)]); 29]).compute(1);
    assert_eq!(few.unfit[0], ("by scale items", Unfit::TooFew { rows: 29, needed: 30 }));
    let content = scope(vec![answer(0.5, &[], &[("speed", 0.2)]); 290]).compute(1);
    assert_eq!(content.unfit[0], ("by scale items", Unfit::Constant));
    assert!(few.drivers.is_empty() && few.kano.is_none() && content.drivers.is_empty(), "{few:?} {content:?}");
}

#[test]
fn a_scope_is_called_by_what_it_has() {
    let mut scope = scope(Vec::new());
    assert_eq!(scope.name(), "alba nps relationship");
    scope.key = Key { brand: "alba".to_owned(), metric: "rating", survey_kind: String::new() };
    assert_eq!(scope.name(), "alba rating");
}
