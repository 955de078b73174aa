//! From columns to a mapping: what kind of record the rows are, and which field each column fills.

use super::columns::{Column, Roles};
use super::draft::Draft;
use super::plan::Plan;
use super::times::Times;
use crate::replay::Kind;

/// What the user said, and what the file is called.
#[derive(Debug, Clone, Default)]
pub(super) struct Wishes {
    pub(super) kind: Option<Kind>,
    pub(super) source: Option<String>,
    pub(super) zone: Option<String>,
    pub(super) sheet: Option<String>,
    /// The file's name without its extension.
    pub(super) stem: String,
}

/// Proposes a mapping; it may lack what nothing in the table speaks for.
pub(super) fn guess(columns: &[Column], wishes: &Wishes) -> Draft {
    let roles = Roles::of(columns);
    let kind = wishes.kind.unwrap_or_else(|| kind(&roles));
    let mut draft = Draft {
        kind,
        sheet: wishes.sheet.clone(),
        constants: Vec::new(),
        fields: Vec::new(),
        attributes: Vec::new(),
        rating: None,
        answers: Vec::new(),
        turns: Vec::new(),
        items: Vec::new(),
        aliases: Vec::new(),
        times: Times { zoned: true, ..Times::default() },
        zone: None,
        unused: Vec::new(),
        notes: Vec::new(),
    };
    for (role, column) in &roles.guessed {
        draft
            .notes
            .push(format!("{:?} is taken for {role} because of its values; its header says nothing", column.name));
    }
    let mut plan = Plan::new(&roles, &mut draft);
    plan.fields();
    match kind {
        Kind::Reviews => plan.rating(),
        Kind::Chats => plan.turns(),
        Kind::Surveys => plan.answers(),
        Kind::Orders => plan.items(),
        Kind::Customers => plan.aliases(),
        Kind::Social | Kind::Visits => {}
    }
    let used = plan.used();
    source(&mut draft, wishes);
    zone(&mut draft, columns, wishes);
    let unused = columns.iter().filter(|column| !used.contains(column.name.as_str()));
    draft.unused = unused.map(|column| column.name.clone()).collect();
    draft
}

fn kind(roles: &Roles<'_>) -> Kind {
    let has = |role| roles.has(role);
    if has("turns") || (has("session") && has("role") && has("text")) {
        Kind::Chats
    } else if has("answers") || has("nps") || has("csat") || has("ces") {
        Kind::Surveys
    } else if has("visit_id") && has("event") {
        Kind::Visits
    } else if has("text") && !has("rating") && (has("author_handle") || has("reposts")) {
        Kind::Social
    } else if has("text") || has("rating") || has("title") {
        Kind::Reviews
    } else if has("order_id") && (has("amount") || has("status") || has("items")) {
        Kind::Orders
    } else if has("customer_id")
        && ["phone", "email", "segment", "owner", "customer_name", "aliases"].into_iter().any(has)
    {
        Kind::Customers
    } else {
        Kind::Reviews
    }
}

fn source(draft: &mut Draft, wishes: &Wishes) {
    if wishes.source.is_none() && draft.fields.iter().any(|(field, _)| *field == "source") {
        return;
    }
    draft.fields.retain(|(field, _)| *field != "source");
    let named = wishes.source.clone().unwrap_or_else(|| {
        draft.notes.push(format!(
            "the source is called {:?} after the file; --source gives it the name it has elsewhere",
            slug(&wishes.stem)
        ));
        slug(&wishes.stem)
    });
    draft.constants.insert(0, ("source", named.clone()));
    let is_survey = draft.kind == Kind::Surveys && !draft.fields.iter().any(|(field, _)| *field == "survey_id");
    if is_survey {
        draft.constants.push(("survey_id", named));
    }
}

/// Returns the file's name as one of a source: next month's file is of the same source, so dates and numbers at its end go.
fn slug(stem: &str) -> String {
    let joined: Vec<String> = stem
        .split(|character: char| !character.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .map(str::to_lowercase)
        .collect();
    let slug = joined.join("-");
    let named = slug.trim_end_matches(|character: char| character.is_ascii_digit() || "-年月日".contains(character));
    match (named.is_empty(), slug.is_empty()) {
        (false, _) => named.to_owned(),
        (true, false) => slug,
        (true, true) => "import".to_owned(),
    }
}

fn zone(draft: &mut Draft, columns: &[Column], wishes: &Wishes) {
    draft.zone = wishes.zone.clone();
    if draft.times.zoned || draft.zone.is_some() {
        return;
    }
    let has = |from: char, to: char| {
        columns.iter().flat_map(|column| column.name.chars()).any(|character| (from..=to).contains(&character))
    };
    let zone = if has('ぁ', 'ヿ') {
        "Asia/Tokyo"
    } else if has('가', '힣') {
        "Asia/Seoul"
    } else if has('一', '鿿') {
        "Asia/Shanghai"
    } else {
        "UTC"
    };
    draft.notes.push(format!("its times name no zone: {zone} is assumed; --zone gives the right one"));
    draft.zone = Some(zone.to_owned());
}
