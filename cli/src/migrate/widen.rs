//! Which types hold every value of another.

/// A change of type that loses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Widening {
    /// Whether ClickHouse writes the column's parts anew; a longer enumeration is known at once.
    pub(super) rewrites: bool,
}

/// Returns how a type is widened to another; `None` where a value might not fit.
pub(super) fn widens(old: &str, new: &str) -> Option<Widening> {
    if old.starts_with("Enum") && new.starts_with("Enum") {
        let (old, new) = (entries(old)?, entries(new)?);
        return old.iter().all(|entry| new.contains(entry)).then_some(Widening { rewrites: false });
    }
    fits(old, new).then_some(Widening { rewrites: true })
}

fn fits(old: &str, new: &str) -> bool {
    if old == new {
        return true;
    }
    if let Some(new) = within("LowCardinality", new) {
        return fits(within("LowCardinality", old).unwrap_or(old), new);
    }
    if let Some(old) = within("LowCardinality", old) {
        return fits(old, new);
    }
    match (within("Nullable", old), within("Nullable", new)) {
        (Some(old), Some(new)) => return fits(old, new),
        (None, Some(new)) => return fits(old, new),
        (Some(_), None) => return false,
        (None, None) => {}
    }
    if let (Some(old), Some(new)) = (within("Array", old), within("Array", new)) {
        return fits(old, new);
    }
    for kind in ["UInt", "Int", "Float"] {
        if let (Some(Ok(old)), Some(Ok(new))) = (bits(kind, old), bits(kind, new)) {
            return old < new;
        }
    }
    matches!((bits("UInt", old), bits("Int", new)), (Some(Ok(old)), Some(Ok(new))) if old < new)
        || (new == "String" && old.starts_with("FixedString("))
}

fn bits(kind: &str, name: &str) -> Option<Result<u16, std::num::ParseIntError>> {
    name.strip_prefix(kind).map(str::parse)
}

/// Returns what stands within `Outer(…)`.
fn within<'a>(outer: &str, name: &'a str) -> Option<&'a str> {
    name.strip_prefix(outer)?.strip_prefix('(')?.strip_suffix(')')
}

/// Returns the entries of `Enum8('a' = 1, 'b' = 2)`.
fn entries(name: &str) -> Option<Vec<&str>> {
    let inside = name.split_once('(')?.1.strip_suffix(')')?;
    Some(inside.split(", ").collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost() {
        for (old, new, expected) in [
            ("UInt8", "UInt16", Some(true)),
            ("UInt16", "UInt8", None),
            ("UInt8", "Int8", None),
            ("UInt8", "Int16", Some(true)),
            ("Int8", "UInt16", None),
            ("Float32", "Float64", Some(true)),
            ("Float64", "Float32", None),
            ("String", "Nullable(String)", Some(true)),
            ("Nullable(String)", "String", None),
            ("String", "LowCardinality(String)", Some(true)),
            ("LowCardinality(Nullable(String))", "Nullable(String)", Some(true)),
            ("LowCardinality(String)", "LowCardinality(Nullable(String))", Some(true)),
            ("Array(UInt16)", "Array(UInt32)", Some(true)),
            ("Array(UInt16)", "UInt16", None),
            ("FixedString(4)", "String", Some(true)),
            ("String", "UUID", None),
            ("DateTime64(3, 'UTC')", "DateTime('UTC')", None),
            ("Enum8('a' = 1)", "Enum8('a' = 1, 'b' = 2)", Some(false)),
            ("Enum8('a' = 1, 'b' = 2)", "Enum8('a' = 1)", None),
            ("Enum8('a' = 1)", "Enum8('a' = 2)", None),
        ] {
            assert_eq!(widens(old, new).map(|widening| widening.rewrites), expected, "{old} -> {new}");
        }
    }
}
