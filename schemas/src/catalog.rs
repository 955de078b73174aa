//! The catalog: what a company tells Hearken about its sources, brands, products, places and touchpoints, and what it measures itself by.
//!
//! One TOML file. `ingest` reads it for the defaults of sources, `hearken catalog load` writes it into the tables of the same
//! names, where views find hierarchies and who owns which brand. A source that is not listed has no defaults and sends times
//! with a zone.

mod measures;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::feedback::Channel;
use crate::journey::JourneyStage;

pub use measures::{FxRate, Indicator, Metric, Occasion};
use measures::{calendar_errors, fx_errors, indicator_errors};

/// How soon a source sends what was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum DelayClass {
    #[default]
    Live,
    Hourly,
    Daily,
}

impl DelayClass {
    /// Returns the name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Hourly => "hourly",
            Self::Daily => "daily",
        }
    }
}

/// When a touchpoint is met, seen from the purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Phase {
    Pre,
    In,
    After,
}

impl Phase {
    /// Returns the name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::In => "in",
            Self::After => "after",
        }
    }
}

/// What a place is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum PlaceKind {
    Brand,
    Country,
    Region,
    City,
    Store,
    Team,
}

impl PlaceKind {
    /// Returns the name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::Country => "country",
            Self::Region => "region",
            Self::City => "city",
            Self::Store => "store",
            Self::Team => "team",
        }
    }
}

/// The instance of a source and what holds for its records where they do not say otherwise.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its name, as records give it.
    pub name: String,
    /// The kind of source; absent where it sends several.
    pub channel: Option<Channel>,
    /// The brand its records speak of.
    pub brand: Option<String>,
    /// Whether it is the company's own.
    #[serde(default = "yes")]
    pub own: bool,
    /// The IANA zone of times that name none.
    #[serde(default, deserialize_with = "zone")]
    pub time_zone: Option<TimeZone>,
    /// The touchpoint its records belong to.
    pub touchpoint: Option<String>,
    /// How soon it sends.
    #[serde(default)]
    pub delay_class: DelayClass,
    /// The region its customers live in.
    pub region: Option<String>,
    /// The language it expects, BCP 47.
    pub language: Option<String>,
}

/// A brand, the company's own or a competitor's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brand {
    /// Its name, as tables show it.
    pub name: String,
    /// Whether it is the company's own.
    #[serde(default = "yes")]
    pub own: bool,
    /// Other ways to write it; case and blanks make no difference.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Handles under which it speaks itself, on any network: what they say is no customer's. Case, width and an `@` before them make
    /// no difference.
    #[serde(default)]
    pub accounts: Vec<String>,
    /// The IANA zone of its day, week and calendar.
    #[serde(default = "utc")]
    pub business_time_zone: String,
}

/// A product or a group of products.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Its id, as records give it.
    pub id: String,
    /// The group it belongs to.
    pub parent: Option<String>,
    /// Its brand.
    pub brand: Option<String>,
    /// What kind of product.
    pub category: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

/// A place or an organisational unit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its id; of a store the one records give.
    pub id: String,
    /// The place it lies in.
    pub parent: Option<String>,
    /// What it is.
    pub kind: PlaceKind,
    /// Its name.
    pub name: String,
    /// Who answers for it.
    pub owner: Option<String>,
}

/// A touchpoint of this company, beside or instead of the ones Hearken knows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Touchpoint {
    /// Its name as sources give it; case, blanks, `_` and `-` make no difference.
    pub touchpoint: String,
    /// Its stage of the journey.
    pub stage: JourneyStage,
    /// Seen from the purchase.
    pub phase: Option<Phase>,
    /// The department that answers for it.
    pub department: Option<String>,
}

/// What is known of customers in general.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customers {
    /// What sources send where they know nobody, beside [`PLACEHOLDERS`].
    #[serde(default)]
    pub placeholders: Vec<String>,
    /// The currency that reports count money in, ISO 4217.
    #[serde(default = "yuan")]
    pub reporting_currency: String,
}

impl Default for Customers {
    fn default() -> Self {
        Self { placeholders: Vec::new(), reporting_currency: yuan() }
    }
}

/// What sources send as the id of a customer they do not know; compared without case and blanks.
pub const PLACEHOLDERS: [&str; 22] = [
    "0",
    "-",
    "--",
    "?",
    "n/a",
    "na",
    "none",
    "null",
    "nil",
    "unknown",
    "undefined",
    "anonymous",
    "anon",
    "guest",
    "visitor",
    "匿名",
    "匿名用户",
    "匿名用戶",
    "游客",
    "訪客",
    "匿名希望",
    "익명",
];

/// The catalog as it is written.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// Sources.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Brands.
    #[serde(default)]
    pub brands: Vec<Brand>,
    /// Products.
    #[serde(default)]
    pub products: Vec<Product>,
    /// Places.
    #[serde(default)]
    pub places: Vec<Place>,
    /// Touchpoints.
    #[serde(default)]
    pub touchpoints: Vec<Touchpoint>,
    /// Customers in general.
    #[serde(default)]
    pub customers: Customers,
    /// The tree of indicators.
    #[serde(default)]
    pub indicators: Vec<Indicator>,
    /// Days unlike others.
    #[serde(default)]
    pub calendar: Vec<Occasion>,
    /// What foreign money is worth.
    #[serde(default)]
    pub fx_rates: Vec<FxRate>,
}

/// Everything that is wrong with a catalog, a line an error.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct CatalogErrors(pub Vec<String>);

impl Catalog {
    /// Reads a catalog and checks that its parts fit together.
    ///
    /// # Errors
    /// What TOML says, with line and column; or every name that stands twice, every parent that is not there or leads in a
    /// circle, every brand that is not listed, and every indicator, day or rate that cannot be.
    pub fn parse(toml: &str) -> Result<Self, CatalogErrors> {
        let catalog: Self =
            toml::from_str(toml).map_err(|error| CatalogErrors(vec![error.to_string().trim_end().to_owned()]))?;
        let errors = catalog.errors();
        if errors.is_empty() { Ok(catalog) } else { Err(CatalogErrors(errors)) }
    }

    fn errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        twice("source", self.sources.iter().map(|source| source.name.clone()), &mut errors);
        twice("product", self.products.iter().map(|product| product.id.clone()), &mut errors);
        twice("place", self.places.iter().map(|place| place.id.clone()), &mut errors);
        twice("touchpoint", self.touchpoints.iter().map(|point| folded(&point.touchpoint)), &mut errors);
        let names = self.brands.iter().flat_map(|brand| [&brand.name].into_iter().chain(&brand.aliases));
        twice("brand or alias", names.clone().map(|name| folded(name)), &mut errors);
        nameless("brand or alias", names, &mut errors);
        nameless("touchpoint", self.touchpoints.iter().map(|point| &point.touchpoint), &mut errors);
        let accounts = self.brands.iter().flat_map(|brand| &brand.accounts);
        twice("account", accounts.map(|account| handle(account)), &mut errors);
        let parents = |parent: &Option<String>| parent.clone().unwrap_or_default();
        let products = self.products.iter().map(|product| (product.id.clone(), parents(&product.parent)));
        tree("product", products.collect(), &mut errors);
        let places = self.places.iter().map(|place| (place.id.clone(), parents(&place.parent)));
        tree("place", places.collect(), &mut errors);
        twice("indicator", self.indicators.iter().map(|one| one.id.clone()), &mut errors);
        let indicators = self.indicators.iter().map(|one| (one.id.clone(), parents(&one.parent)));
        tree("indicator", indicators.collect(), &mut errors);
        indicator_errors(&self.indicators, &self.brands, &mut errors);
        calendar_errors(&self.calendar, &mut errors);
        fx_errors(&self.fx_rates, &self.customers.reporting_currency, &mut errors);
        let known: BTreeSet<String> = self.brands.iter().map(|brand| folded(&brand.name)).collect();
        let sources = self.sources.iter().filter_map(|source| Some(("source", &source.name, source.brand.as_ref()?)));
        let products = self.products.iter().filter_map(|part| Some(("product", &part.id, part.brand.as_ref()?)));
        let indicators = self.indicators.iter().filter_map(|one| Some(("indicator", &one.id, one.brand.as_ref()?)));
        let calendar = self.calendar.iter().filter_map(|one| Some(("calendar", &one.name, one.brand.as_ref()?)));
        let named = sources.chain(products).chain(indicators).chain(calendar);
        for (kind, name, brand) in named.filter(|(_, _, brand)| !known.contains(&folded(brand))) {
            errors.push(format!("{kind} {name:?}: brand {brand:?} is not listed under [[brands]]"));
        }
        for brand in &self.brands {
            if TimeZone::get(&brand.business_time_zone).is_err() {
                errors.push(format!("brand {:?}: {:?} is no IANA time zone", brand.name, brand.business_time_zone));
            }
        }
        errors
    }
}

/// A catalog made ready for one question a record.
#[derive(Debug)]
pub struct Lookup {
    sources: HashMap<String, Source>,
    brands: HashMap<String, String>,
    accounts: BTreeSet<String>,
    touchpoints: HashMap<String, JourneyStage>,
    placeholders: BTreeSet<String>,
}

impl Default for Lookup {
    /// The empty catalog, which still knows [`PLACEHOLDERS`].
    fn default() -> Self {
        Self::new(Catalog::default())
    }
}

impl Lookup {
    /// Prepares a catalog.
    pub fn new(catalog: Catalog) -> Self {
        let brands = catalog.brands.iter().flat_map(|brand| {
            let names = [&brand.name].into_iter().chain(&brand.aliases);
            names.map(|name| (folded(name), brand.name.clone()))
        });
        let more = catalog.customers.placeholders.iter().map(String::as_str);
        Self {
            brands: brands.collect(),
            accounts: catalog.brands.iter().flat_map(|brand| &brand.accounts).map(|account| handle(account)).collect(),
            touchpoints: catalog.touchpoints.iter().map(|point| (folded(&point.touchpoint), point.stage)).collect(),
            placeholders: PLACEHOLDERS.into_iter().chain(more).map(folded).collect(),
            sources: catalog.sources.into_iter().map(|source| (source.name.clone(), source)).collect(),
        }
    }

    /// Returns what is known of a source.
    pub fn source(&self, name: &str) -> Option<&Source> {
        self.sources.get(name)
    }

    /// Returns the name of the brand that is written so, where the catalog knows it.
    pub fn brand(&self, written: &str) -> Option<&str> {
        self.brands.get(&folded(written)).map(String::as_str)
    }

    /// Tells whether a brand itself speaks under this handle.
    pub fn is_account(&self, author_handle: &str) -> bool {
        !self.accounts.is_empty() && self.accounts.contains(&handle(author_handle))
    }

    /// Returns the stage the company gives a touchpoint.
    pub fn stage(&self, touchpoint: &str) -> Option<JourneyStage> {
        self.touchpoints.get(&folded(touchpoint)).copied()
    }

    /// Tells whether an id stands for nobody: it is masked or a placeholder.
    pub fn masked(&self, customer_id: &str) -> bool {
        customer_id.contains('*') || self.placeholders.contains(&folded(customer_id))
    }
}

/// Returns a name as it is compared: without case, blanks, `_` and `-` (a name of nothing else stays as it is).
pub fn folded(name: &str) -> String {
    let bare = bare(name);
    if bare.is_empty() { name.to_owned() } else { bare }
}

/// Returns a handle as it is compared: without blanks around it and `@` before it, in half width and lower case. Unlike in names, `_` and
/// `-` tell accounts apart.
fn handle(written: &str) -> String {
    let narrow = written.chars().map(|c| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    });
    let lower: String = narrow.flat_map(char::to_lowercase).collect();
    lower.trim().trim_start_matches('@').trim_start().to_owned()
}

fn bare(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

fn twice(kind: &str, names: impl Iterator<Item = String>, errors: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for name in names {
        if name.trim().is_empty() {
            let article = if kind.starts_with('a') { "an" } else { "a" };
            errors.push(format!("{article} {kind} has no name"));
        } else if !seen.insert(name.clone()) {
            errors.push(format!("{kind} {name:?} stands twice"));
        }
    }
}

/// Finds names that nothing is left of when they are compared, and that would so be each other.
fn nameless<'a>(kind: &str, names: impl Iterator<Item = &'a String>, errors: &mut Vec<String>) {
    let nothing = |name: &&String| !name.trim().is_empty() && bare(name).is_empty();
    errors.extend(names.filter(nothing).map(|name| format!("{kind} {name:?} is nothing but blanks, - and _")));
}

/// Checks that every parent is there and none leads in a circle.
fn tree(kind: &str, parents: BTreeMap<String, String>, errors: &mut Vec<String>) {
    for (id, parent) in &parents {
        if !parent.is_empty() && !parents.contains_key(parent) {
            errors.push(format!("{kind} {id:?}: its parent {parent:?} is not listed"));
            continue;
        }
        let up = std::iter::successors(Some(parent), |at| parents.get(*at));
        if up.take_while(|at| !at.is_empty()).take(parents.len() + 1).count() > parents.len() {
            errors.push(format!("{kind} {id:?}: its parents lead in a circle"));
        }
    }
}

fn zone<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<TimeZone>, D::Error> {
    let name = String::deserialize(deserializer)?;
    let zone = TimeZone::get(&name);
    zone.map(Some).map_err(|_| serde::de::Error::custom(format!("{name:?} is no IANA time zone such as Asia/Shanghai")))
}

fn yes() -> bool {
    true
}

fn yuan() -> String {
    "CNY".to_owned()
}

fn utc() -> String {
    "UTC".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = r#"
        [[brands]]
        name = "Solwyn"
        aliases = ["索尔温"]
        accounts = ["@Solwyn_Official", "索尔温官方"]
        [[sources]]
        name = "tmall"
        brand = "Solwyn"
        time_zone = "Asia/Shanghai"
        [[places]]
        id = "cn"
        kind = "country"
        name = "China"
        [[places]]
        id = "s1"
        parent = "cn"
        kind = "store"
        name = "First"
        [[touchpoints]]
        touchpoint = "Treasure-Box"
        stage = "advocacy"
        [customers]
        placeholders = ["tester"]
    "#;

    #[test]
    fn a_catalog_answers_what_is_asked_of_a_record() {
        let lookup = Lookup::new(Catalog::parse(SHOP).expect("valid"));
        assert_eq!(lookup.brand("SOL WYN"), Some("Solwyn"));
        assert_eq!(lookup.brand("索尔温"), Some("Solwyn"));
        assert_eq!(lookup.brand("Other"), None);
        assert_eq!(lookup.stage("treasure box"), Some(JourneyStage::Advocacy));
        assert!(lookup.source("tmall").is_some_and(|source| source.own && source.time_zone.is_some()));
        assert!(lookup.source("Tmall").is_none(), "a source's name is an id");
        for masked in ["a***b", "匿名用户", "Anonymous", "0", "-", "N/A", "tester"] {
            assert!(lookup.masked(masked), "{masked}");
        }
        for known in ["10", "C-1", "anonymouse", "null1"] {
            assert!(!lookup.masked(known), "{known}");
        }
    }

    #[test]
    fn an_account_is_known_however_its_handle_is_written() {
        let lookup = Lookup::new(Catalog::parse(SHOP).expect("valid"));
        for own in
            ["solwyn_official", " @Solwyn_Official ", "＠ＳＯＬＷＹＮ＿ＯＦＦＩＣＩＡＬ", "索尔温官方", "@索尔温官方"]
        {
            assert!(lookup.is_account(own), "{own}");
        }
        for other in ["solwynofficial", "solwyn_official_fan", "solwyn", "索尔温", "", "@"] {
            assert!(!lookup.is_account(other), "{other}");
        }
        let wrong = "brands = [{ name = \"A\", accounts = [\"a_1\", \"@\"] }, { name = \"B\", accounts = [\"@A_1\"] }]";
        let errors = Catalog::parse(wrong).expect_err("wrong").0;
        assert_eq!(errors, ["an account has no name", "account \"a_1\" stands twice"]);
    }

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let wrong = r#"
            brands = [{ name = "A", aliases = ["a"], business_time_zone = "Mars/Base" }]
            sources = [{ name = "s", brand = "B" }, { name = "s" }]
            places = [{ id = "x", parent = "y", kind = "city", name = "X" }, { id = "y", parent = "x", kind = "city", name = "Y" }]
            products = [{ id = "p", parent = "q" }]
        "#;
        let errors = Catalog::parse(wrong).expect_err("wrong").0;
        assert_eq!(
            errors,
            [
                "source \"s\" stands twice",
                "brand or alias \"a\" stands twice",
                "product \"p\": its parent \"q\" is not listed",
                "place \"x\": its parents lead in a circle",
                "place \"y\": its parents lead in a circle",
                "source \"s\": brand \"B\" is not listed under [[brands]]",
                "brand \"A\": \"Mars/Base\" is no IANA time zone",
            ]
        );
    }

    #[test]
    fn a_name_is_more_than_blanks_and_dashes() {
        let wrong = r#"
            brands = [{ name = "A", aliases = ["-"] }, { name = " _ " }]
            touchpoints = [{ touchpoint = "  - _", stage = "use" }, { touchpoint = "\t-", stage = "use" }]
        "#;
        let errors = Catalog::parse(wrong).expect_err("wrong").0;
        assert_eq!(
            errors,
            [
                "a touchpoint has no name",
                "brand or alias \"-\" is nothing but blanks, - and _",
                "brand or alias \" _ \" is nothing but blanks, - and _",
                "touchpoint \"  - _\" is nothing but blanks, - and _",
            ]
        );
    }

    #[test]
    fn what_toml_refuses_has_its_line() {
        for wrong in
            ["[[sources]]\nname = 1", "[[sources]]\nname = \"s\"\ntime_zone = \"Nowhere\"", "[[shops]]\nname = \"s\""]
        {
            let error = Catalog::parse(wrong).expect_err("wrong").to_string();
            assert!(error.contains("line"), "{error}");
        }
    }
}
