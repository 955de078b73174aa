//! Errors about files that hold secrets, without the secrets.

/// Says in which line a TOML file is wrong and why; the line itself, which the error would quote, may hold a password.
pub fn unquoted(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map(|before| format!("line {}: ", before.matches('\n').count() + 1)).unwrap_or_default();
    let reason = error.message();
    // A value of the wrong type is quoted in the reason: `invalid type: string "…", expected a map`.
    let quoted = reason.find('"').zip(reason.rfind('"')).filter(|(first, last)| first < last);
    match quoted {
        Some((first, last)) => format!("{line}{}…{}", &reason[..first], &reason[last + 1..]),
        None => line + reason,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn the_place_is_told_and_the_value_is_not() {
        for (text, expected) in [
            ("a = 1\npassword = \"hunter2\n", "line 2: invalid basic string"),
            ("password = hunter2", "line 1: "),
            ("\n\npassword = \"hunter2\"", "line 3: invalid type: string …, expected "),
        ] {
            let error = toml::from_str::<BTreeMap<String, u32>>(text).expect_err("wrong");
            let told = unquoted(text, &error);
            assert!(told.starts_with(expected) && !told.contains("hunter2"), "{text}: {told}");
        }
    }
}
