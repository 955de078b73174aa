//! The forms in which numbers, ids, times and objects come.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Unexpected, Visitor};

/// 2^53: below it a floating-point number holds every whole one.
const EXACT_END: f64 = 9_007_199_254_740_992.0;

/// A struct that is written as an object; serde by itself would take an array of its fields as well.
#[derive(Debug)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields)).map(Object)
    }
}

/// A whole number, 0 or more. `3.0` is one too, as JSON Schema has it and as tables with gaps export it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Whole(pub(crate) u64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeVisitor)
    }
}

struct WholeVisitor;

impl Visitor<'_> for WholeVisitor {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number, 0 or more")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
        u64::try_from(number).map(Whole).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
        if number.fract() != 0.0 {
            return Err(E::invalid_type(Unexpected::Float(number), &self));
        }
        // From 2^53 on neighbours are not told apart.
        if (0.0..EXACT_END).contains(&number) {
            Ok(Whole(number as u64))
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }
}

/// An id as sent: text, or a whole number, which stands for its decimal text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawId(String);

impl From<RawId> for String {
    fn from(RawId(id): RawId) -> Self {
        id
    }
}

impl<'de> Deserialize<'de> for RawId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawIdVisitor)
    }
}

struct RawIdVisitor;

impl Visitor<'_> for RawIdVisitor {
    type Value = RawId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id as text or a whole number")
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<RawId, E> {
        Ok(RawId(id.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<RawId, E> {
        Ok(RawId(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<RawId, E> {
        Ok(RawId(number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<RawId, E> {
        if number.fract() != 0.0 {
            return Err(E::invalid_type(Unexpected::Float(number), &self));
        }
        // From 2^53 on two ids would become one.
        if number.abs() < EXACT_END {
            Ok(RawId((number as i64).to_string()))
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }
}

/// A time as sent: text in one of the forms that `field::time` reads, or seconds or milliseconds since the epoch.
#[derive(Debug)]
pub(crate) enum RawTime {
    Text(String),
    Epoch(f64),
}

impl<'de> Deserialize<'de> for RawTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawTimeVisitor)
    }
}

struct RawTimeVisitor;

impl Visitor<'_> for RawTimeVisitor {
    type Value = RawTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a time as text or a number of seconds or milliseconds since 1970")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RawTime, E> {
        Ok(RawTime::Text(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, epoch: u64) -> Result<RawTime, E> {
        Ok(RawTime::Epoch(epoch as f64))
    }

    fn visit_i64<E: Error>(self, epoch: i64) -> Result<RawTime, E> {
        Ok(RawTime::Epoch(epoch as f64))
    }

    fn visit_f64<E: Error>(self, epoch: f64) -> Result<RawTime, E> {
        Ok(RawTime::Epoch(epoch))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_text_or_a_whole_number() {
        let check = |json: &str, expected: Option<&str>| {
            let read = serde_json::from_str::<RawId>(json).ok().map(String::from);
            assert_eq!(read.as_deref(), expected, "{json}");
        };
        check("\"c-1\"", Some("c-1"));
        check("\"007\"", Some("007"));
        check("12345", Some("12345"));
        check("0", Some("0"));
        check("-7", Some("-7"));
        check("-0", Some("0"));
        check("12345.0", Some("12345"));
        check("9007199254740993", Some("9007199254740993"));
        check("18446744073709551615", Some("18446744073709551615"));
        for wrong in ["1.5", "18446744073709551616", "9007199254740992.0", "1e300", "true", "null", "[1]", "{}"] {
            check(wrong, None);
        }
    }
}
