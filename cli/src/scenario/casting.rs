//! Which words fit what is said, and on which source it is said.

use fastrand::Rng;
use hearken_schemas::feedback::Channel;

use super::people::Person;
use super::said::Said;
use super::story::Tale;
use super::template::{About, Mood, Template, pool};
use super::world::{Language, Source, World, weighted};

/// How often everyday things are said in each mood, in a hundred.
const MOODS: [(Mood, u32); 4] = [(Mood::Positive, 54), (Mood::Negative, 22), (Mood::Mixed, 12), (Mood::Neutral, 12)];

/// Draws the source it is said on: about an order on one of the retailer's own, a post on the customer's network.
pub(super) fn source(
    world: &'static World,
    rng: &mut Rng,
    said: &Said,
    template: &Template,
    person: Option<&Person>,
) -> &'static Source {
    if let (Channel::Social, Some(person)) = (said.channel, person) {
        return person.network;
    }
    let ordered = said.order.is_some();
    let of_app = template.about == About::App && said.channel == Channel::Review;
    let asks = |source: &Source| match said.channel {
        Channel::Survey => source.zone.is_some() == ordered,
        Channel::Review => !(ordered || said.tale == Some(Tale::Leaving)) || source.is_own(),
        Channel::Chat | Channel::Social => true,
    };
    let speaks = |source: &Source| source.languages.contains(&template.language);
    let of_channel = world.sources.iter().filter(|source| source.channel == said.channel && speaks(source));
    let fits: Vec<&'static Source> =
        of_channel.filter(|source| source.of_app == of_app && (of_app || asks(source))).collect();
    fits[rng.usize(..fits.len())]
}

/// Draws the words: of the tale, else everyday ones in a mood, as close to what it is about as there are.
pub(super) fn words(rng: &mut Rng, said: &Said) -> &'static Template {
    let own = pool(said.channel, said.language, said.tale);
    let ordered = said.order.as_deref();
    let product = ordered.map(|order| order.product().id.as_str());
    let fits = |template: &&&'static Template| match product {
        Some(product) => {
            template.brand.is_none()
                && template.product.as_deref().is_none_or(|named| named == product)
                && (template.about != About::App)
        }
        None => true,
    };
    let fitting: Vec<&'static Template> = own.iter().filter(fits).copied().collect();
    let fallback = pool(said.channel, Language::SimplifiedChinese, None);
    let all = if fitting.is_empty() { fallback } else { &fitting };
    let about: Vec<&'static Template> = all.iter().filter(|template| template.about == said.about).copied().collect();
    let about = if about.is_empty() { all } else { &about };
    let mood = *weighted(rng, &MOODS);
    let moody: Vec<&'static Template> = about.iter().filter(|template| template.mood == mood).copied().collect();
    let words = if moody.is_empty() { about } else { &moody };
    words[rng.usize(..words.len())]
}
