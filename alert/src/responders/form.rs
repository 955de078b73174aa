//! The directory's file: read, looked through, and refused with everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hearken_schemas::unquoted::unquoted;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::calendar::Calendar;
use super::channel::{Channel, ChannelKind, Hidden};
use super::hours::{days, shifts, weekday, weekdays};
use super::sla::{Sla, SlaForm, Whom};
use super::{Directory, Language, Owner};
use crate::receiver::generic_key;

const TIERS: [&str; 7] = ["champion", "loyal", "promising", "needs_attention", "hibernating", "no_orders", "unknown"];
/// How long a message waits for its turn before it is told in a digest.
const FOLD_AFTER_S: u32 = 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelForm {
    name: String,
    kind: ChannelKind,
    url: String,
    #[serde(default)]
    secret: String,
    per_minute: Option<u32>,
    burst: Option<u32>,
    fold_after_seconds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidaysForm {
    name: String,
    #[serde(default)]
    days: Vec<String>,
    #[serde(default)]
    make_up_days: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CalendarForm {
    name: String,
    time_zone: String,
    hours: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    holidays: Vec<String>,
    make_up_hours: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnerForm {
    id: String,
    name: String,
    department: String,
    #[serde(default)]
    language: Language,
    calendar: Option<String>,
    #[serde(default)]
    channels: Vec<String>,
    escalates_to: Option<String>,
    #[serde(default = "yes")]
    daily: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartmentForm {
    name: String,
    lead: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteForm {
    customer: Option<String>,
    store: Option<String>,
    product: Option<String>,
    touchpoint: Option<String>,
    department: Option<String>,
    owner: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SurveyForm {
    channel: String,
}

/// What answers for `${NAME}`.
pub(super) type Variable<'a> = &'a dyn Fn(&str) -> Option<String>;

fn yes() -> bool {
    true
}

/// Reads the file; without `variable`, what names one is empty.
pub(super) fn read(text: &str, variable: Option<Variable<'_>>) -> Result<Directory, Vec<String>> {
    let mut table: toml::Table = toml::from_str(text).map_err(|error| vec![unquoted(text, &error)])?;
    let mut form = Form { errors: Vec::new(), directory: Directory::empty() };
    let channels = form.all(&mut table, "channels");
    let holidays = form.all(&mut table, "holidays");
    let calendars = form.all(&mut table, "calendars");
    let owners = form.all(&mut table, "owners");
    let departments = form.all(&mut table, "departments");
    let routes = form.all(&mut table, "routes");
    form.channels(channels, variable);
    let calendars = form.calendars(calendars, holidays);
    form.owners(owners, &calendars);
    form.departments(departments);
    form.routes(routes);
    form.promises(table.remove("sla"));
    form.the_rest(&mut table);
    form.chains();
    for key in table.keys() {
        form.errors.push(format!("{key}: unknown key"));
    }
    if form.errors.is_empty() { Ok(form.directory) } else { Err(form.errors) }
}

struct Form {
    errors: Vec<String>,
    directory: Directory,
}

impl Form {
    /// Takes the elements of `[[key]]`; what cannot be read is named and left out.
    fn all<T: DeserializeOwned>(&mut self, table: &mut toml::Table, key: &str) -> Vec<T> {
        let elements = match table.remove(key) {
            None => return Vec::new(),
            Some(toml::Value::Array(elements)) => elements,
            Some(other) => {
                self.errors.push(format!("{key}: expected [[{key}]], found {}", other.type_str()));
                return Vec::new();
            }
        };
        let mut read = Vec::new();
        for (number, element) in elements.into_iter().enumerate() {
            let named = ["id", "name", "owner"].iter().find_map(|key| element.get(*key).and_then(|name| name.as_str()));
            let named = named.map_or(format!("number {}", number + 1), |name| format!("{name:?}"));
            match element.try_into::<T>() {
                Ok(form) => read.push(form),
                Err(error) => self.errors.push(format!("{key}, {named}: {}", one_line(&error.to_string()))),
            }
        }
        read
    }

    fn channels(&mut self, forms: Vec<ChannelForm>, variable: Option<Variable<'_>>) {
        for form in forms {
            let mut wrong = |what: String| self.errors.push(format!("channel {:?}: {what}", form.name));
            if form.name.trim().is_empty() {
                wrong("it has no name".to_owned());
            }
            let mut filled = |text: &str| {
                fill(text, variable).unwrap_or_else(|what| {
                    wrong(what);
                    String::new()
                })
            };
            let (url, secret) = (filled(&form.url), filled(&form.secret));
            if !url.is_empty() && !is_url(&url) {
                wrong("its url is no http:// or https:// address".to_owned());
            }
            if form.kind == ChannelKind::Generic && !secret.is_empty() && generic_key(&secret).is_none() {
                wrong("its secret is no \"whsec_\" and base64".to_owned());
            }
            let (per_minute, burst) = form.kind.limits();
            let channel = Channel {
                kind: form.kind,
                url: Hidden::new(url),
                secret: Hidden::new(secret),
                per_minute: form.per_minute.unwrap_or(per_minute),
                burst: form.burst.unwrap_or(burst),
                fold_after_ms: u64::from(form.fold_after_seconds.unwrap_or(FOLD_AFTER_S)) * 1_000,
                name: form.name.clone(),
            };
            if !(1..=60_000).contains(&channel.per_minute) || !(1..=10_000).contains(&channel.burst) {
                wrong("per_minute lies from 1 to 60000, burst from 1 to 10000".to_owned());
            }
            if self.directory.channels.insert(form.name.clone(), channel).is_some() {
                self.errors.push(format!("channel {:?}: it is there twice", form.name));
            }
        }
    }

    fn calendars(&mut self, forms: Vec<CalendarForm>, lists: Vec<HolidaysForm>) -> BTreeMap<String, Arc<Calendar>> {
        let mut holidays = BTreeMap::new();
        for list in lists {
            let mut read = |texts: &[String]| {
                let mut all = BTreeSet::new();
                for text in texts {
                    match days(text) {
                        Ok(days) => all.extend(days),
                        Err(what) => self.errors.push(format!("holidays {:?}: {what}", list.name)),
                    }
                }
                all
            };
            let (free, made_up) = (read(&list.days), read(&list.make_up_days));
            if let Some(day) = free.intersection(&made_up).next() {
                self.errors.push(format!("holidays {:?}: {day} is free and made up for", list.name));
            }
            if holidays.insert(list.name.clone(), (free, made_up)).is_some() {
                self.errors.push(format!("holidays {:?}: they are there twice", list.name));
            }
        }
        let mut calendars = BTreeMap::new();
        for form in forms {
            let name = form.name.clone();
            let calendar =
                calendar(form, &holidays, &mut |what| self.errors.push(format!("calendar {name:?}: {what}")));
            if calendars.insert(name.clone(), Arc::new(calendar)).is_some() {
                self.errors.push(format!("calendar {name:?}: it is there twice"));
            }
        }
        calendars
    }

    fn owners(&mut self, forms: Vec<OwnerForm>, calendars: &BTreeMap<String, Arc<Calendar>>) {
        for form in forms {
            let mut wrong = |what: String| self.errors.push(format!("owner {:?}: {what}", form.id));
            if form.id.trim().is_empty() || form.department.trim().is_empty() {
                wrong("its id or its department is empty".to_owned());
            }
            for channel in form.channels.iter().filter(|name| !self.directory.channels.contains_key(*name)) {
                wrong(format!("there is no channel {channel:?}"));
            }
            let calendar = form.calendar.as_ref().map_or_else(
                || Arc::new(Calendar::default()),
                |name| {
                    calendars.get(name).cloned().unwrap_or_else(|| {
                        wrong(format!("there is no calendar {name:?}"));
                        Arc::new(Calendar::default())
                    })
                },
            );
            let owner = Owner {
                id: form.id.clone(),
                name: form.name,
                department: form.department,
                language: form.language,
                calendar,
                // Nobody is told where nothing listens.
                channels: form
                    .channels
                    .into_iter()
                    .filter(|name| self.directory.channel(name).is_some_and(Channel::is_on))
                    .collect(),
                escalates_to: form.escalates_to,
                daily: form.daily,
            };
            if self.directory.owners.insert(form.id.clone(), owner).is_some() {
                self.errors.push(format!("owner {:?}: it is there twice", form.id));
            }
        }
        if self.directory.owners.is_empty() {
            self.errors.push("there is no [[owners]]: somebody must answer".to_owned());
        }
    }

    fn departments(&mut self, forms: Vec<DepartmentForm>) {
        for form in forms {
            self.must_be_owner(&format!("department {:?}", form.name), &form.lead);
            if self.directory.leads.insert(form.name.clone(), form.lead).is_some() {
                self.errors.push(format!("department {:?}: it is there twice", form.name));
            }
        }
    }

    fn routes(&mut self, forms: Vec<RouteForm>) {
        for (number, form) in forms.into_iter().enumerate() {
            let keys = [
                ("customer", form.customer),
                ("store", form.store),
                ("product", form.product),
                ("touchpoint", form.touchpoint),
                ("department", form.department),
            ];
            let mut given = keys.into_iter().filter_map(|(key, value)| value.map(|value| (key, value)));
            let (Some((key, value)), None) = (given.next(), given.next()) else {
                let what = "it names exactly one of customer, store, product, touchpoint and department";
                self.errors.push(format!("route number {} to {:?}: {what}", number + 1, form.owner));
                continue;
            };
            self.must_be_owner(&format!("route of {key} {value:?}"), &form.owner);
            if value.trim().is_empty() {
                self.errors.push(format!("route number {} to {:?}: its {key} is empty", number + 1, form.owner));
            }
            if self.directory.routes.insert((key, value.clone()), form.owner).is_some() {
                self.errors.push(format!("route of {key} {value:?}: it is there twice"));
            }
        }
    }

    fn promises(&mut self, sla: Option<toml::Value>) {
        let mut table = match sla {
            None => return,
            Some(toml::Value::Table(table)) => table,
            Some(other) => return self.errors.push(format!("sla: expected a table, found {}", other.type_str())),
        };
        let tiers: Vec<(String, toml::Value)> =
            TIERS.iter().filter_map(|tier| Some(((*tier).to_owned(), table.remove(*tier)?))).collect();
        let base = self.promise("sla", toml::Value::Table(table), &Sla::default());
        for (tier, value) in tiers {
            let sla = self.promise(&format!("sla.{tier}"), value, &base);
            self.directory.slas.insert(tier, sla);
        }
        self.directory.sla = base;
    }

    fn promise(&mut self, key: &str, value: toml::Value, base: &Sla) -> Sla {
        let form = value.try_into::<SlaForm>().unwrap_or_else(|error| {
            self.errors.push(format!("{key}: {}", one_line(&error.to_string())));
            SlaForm::default()
        });
        let own = form.has_steps();
        let sla = form.over(base, &mut |what| self.errors.push(format!("{key}: {what}")));
        for step in sla.escalation.iter().filter(|_| own) {
            if let Whom::Named(id) = &step.to {
                self.must_be_owner(&format!("{key}: the step after {} minutes", step.after_minutes), id);
            }
        }
        sla
    }

    /// The default owner and the channel of survey requests.
    fn the_rest(&mut self, table: &mut toml::Table) {
        match table.remove("default_owner") {
            Some(toml::Value::String(id)) => {
                self.must_be_owner("default_owner", &id);
                self.directory.default_owner = id;
            }
            Some(other) => self.errors.push(format!("default_owner: expected a text, found {}", other.type_str())),
            None => {
                self.errors.push("default_owner: is required: who answers where no route leads anywhere".to_owned())
            }
        }
        match table.remove("survey").map(toml::Value::try_into::<SurveyForm>) {
            None => {}
            Some(Ok(survey)) if self.directory.channels.contains_key(&survey.channel) => {
                self.directory.survey_channel = Some(survey.channel);
            }
            Some(Ok(survey)) => self.errors.push(format!("survey: there is no channel {:?}", survey.channel)),
            Some(Err(error)) => self.errors.push(format!("survey: {}", one_line(&error.to_string()))),
        }
    }

    /// Refuses an owner who escalates to nobody known, or in the end to himself.
    fn chains(&mut self) {
        for owner in self.directory.owners.values() {
            let mut seen = BTreeSet::from([owner.id.as_str()]);
            let mut next = owner.escalates_to.as_deref();
            while let Some(id) = next {
                let Some(above) = self.directory.owners.get(id) else {
                    // Said of the one who names him, and of nobody below.
                    if owner.escalates_to.as_deref() == Some(id) {
                        self.errors.push(format!("owner {:?}: escalates to {id:?}, who is no owner here", owner.id));
                    }
                    break;
                };
                if !seen.insert(id) {
                    if id == owner.id {
                        self.errors.push(format!("owner {:?}: escalates in the end to himself", owner.id));
                    }
                    break;
                }
                next = above.escalates_to.as_deref();
            }
        }
    }

    fn must_be_owner(&mut self, of: &str, id: &str) {
        if !self.directory.owners.contains_key(id) {
            self.errors.push(format!("{of}: {id:?} is no owner here"));
        }
    }
}

type Holidays = BTreeMap<String, (BTreeSet<jiff::civil::Date>, BTreeSet<jiff::civil::Date>)>;

fn calendar(form: CalendarForm, lists: &Holidays, wrong: &mut dyn FnMut(String)) -> Calendar {
    let zone = TimeZone::get(&form.time_zone).unwrap_or_else(|_| {
        wrong(format!("{:?} is no time zone; write \"Asia/Shanghai\"", form.time_zone));
        TimeZone::UTC
    });
    let mut hours: [Option<Vec<_>>; 7] = Default::default();
    for (key, texts) in &form.hours {
        let shifts = shifts(texts).unwrap_or_else(|what| {
            wrong(format!("{key}: {what}"));
            Vec::new()
        });
        match weekdays(key) {
            Err(what) => wrong(what),
            Ok(days) => days.into_iter().for_each(|day| {
                if hours[day].replace(shifts.clone()).is_some() {
                    wrong(format!("{} is there twice", weekday(day)));
                }
            }),
        }
    }
    let hours = hours.map(Option::unwrap_or_default);
    let usual = hours.iter().find(|shifts| !shifts.is_empty()).cloned().unwrap_or_default();
    if usual.is_empty() {
        wrong("it has no hours at all, so nothing would ever be due".to_owned());
    }
    let made_up_hours = form.make_up_hours.map_or(Ok(usual), |texts| shifts(&texts)).unwrap_or_else(|what| {
        wrong(format!("make_up_hours: {what}"));
        Vec::new()
    });
    let (mut holidays, mut made_up) = (BTreeSet::new(), BTreeMap::new());
    for name in &form.holidays {
        match lists.get(name) {
            None => wrong(format!("there are no holidays {name:?}")),
            Some((free, work)) => {
                holidays.extend(free);
                made_up.extend(work.iter().map(|day| (*day, made_up_hours.clone())));
            }
        }
    }
    Calendar { zone, hours, holidays, made_up }
}

/// Replaces `${NAME}`, which must be set, and `${NAME:-instead}`, which need not.
fn fill(text: &str, variable: Option<Variable<'_>>) -> Result<String, String> {
    let Some(variable) = variable else {
        return Ok(if text.contains("${") { String::new() } else { text.to_owned() });
    };
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}').ok_or("a ${ has no }")?;
        let (name, instead) = name.split_once(":-").map_or((name, None), |(name, instead)| (name, Some(instead)));
        let value = variable(name).filter(|value| !value.is_empty()).or(instead.map(str::to_owned));
        filled.push_str(before);
        filled.push_str(&value.ok_or_else(|| {
            format!("the variable {name} is not set (write ${{{name}:-}} where the channel may be off)")
        })?);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_url(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")) else { return false };
    !rest.is_empty() && !rest.starts_with('/') && !url.contains(|c: char| c.is_whitespace() || c.is_control())
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
