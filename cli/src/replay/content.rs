//! Names for records that have none: what a line says.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use uuid::Uuid;

use super::mapping::text;

/// The path under which a line's name stands while it is mapped.
pub(crate) const CONTENT: &str = "#content";

/// Names lines by their content, so that a file sent again names its lines as before.
///
/// Empty values and the order of columns do not count. The same content again gets a number, so that two customers who say
/// the same stay two.
#[derive(Default)]
pub(crate) struct ContentNames(HashMap<Uuid, u32>);

impl ContentNames {
    /// Puts the name into the line, where a mapping finds it.
    pub(crate) fn put(&mut self, line: &mut Value) {
        let Value::Object(fields) = line else { return };
        let sorted: BTreeMap<&String, String> = fields.iter().map(|(field, value)| (field, text(value))).collect();
        let said = sorted.iter().filter(|(_, value)| !value.trim().is_empty() && *value != "null");
        let mut bytes = Vec::new();
        for (field, value) in said {
            for part in [field.as_str(), value.trim()] {
                bytes.extend((part.len() as u64).to_le_bytes());
                bytes.extend(part.as_bytes());
            }
        }
        let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &bytes);
        let times = self.0.entry(id).or_default();
        *times += 1;
        let name = if *times == 1 { format!("row-{}", id.simple()) } else { format!("row-{}-{times}", id.simple()) };
        fields.insert(CONTENT.to_owned(), name.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(lines: &[Value]) -> Vec<String> {
        let mut names = ContentNames::default();
        let name = |line: &Value| {
            let mut line = line.clone();
            names.put(&mut line);
            line[CONTENT].as_str().unwrap_or_default().to_owned()
        };
        lines.iter().map(name).collect()
    }

    #[test]
    fn what_says_the_same_has_the_same_name_and_a_number() {
        let good = json!({ "a": "good", "b": "5" });
        let found = names(&[
            good.clone(),
            good.clone(),
            json!({ "b": " 5 ", "a": "good", "c": "" }),
            json!({ "a": "goo", "b": "d5" }),
        ]);
        assert_eq!(found[1], format!("{}-2", found[0]));
        assert_eq!(found[2], format!("{}-3", found[0]), "order, blanks and empty columns do not count");
        assert!(found[3].len() == 36 && found[3] != found[0], "{found:?}");
        assert_eq!(names(&[good.clone(), good]), found[..2], "a second reading names them alike");
    }
}
