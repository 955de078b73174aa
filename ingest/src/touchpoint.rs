//! Touchpoint → journey stage, by the table in `touchpoints.toml`.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use hearken_schemas::journey::JourneyStage;

static STAGES: LazyLock<HashMap<String, JourneyStage>> =
    LazyLock::new(|| all().into_iter().map(|(touchpoint, stage)| (folded(&touchpoint), stage)).collect());

/// Returns every touchpoint of the table as it is written there, with its stage.
pub fn all() -> Vec<(String, JourneyStage)> {
    #[allow(clippy::expect_used, reason = "the file is compiled in and a test reads it")]
    table(include_str!("../touchpoints.toml")).expect("touchpoints.toml is valid")
}

/// Returns the stage a touchpoint belongs to.
///
/// Case, blanks, `_` and `-` make no difference; what the table does not know is `Unmapped`, and stays visible as such.
pub fn stage(touchpoint: Option<&str>) -> JourneyStage {
    let stage = touchpoint.and_then(|name| STAGES.get(&folded(name)));
    stage.copied().unwrap_or(JourneyStage::Unmapped)
}

fn folded(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, ' ' | '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// Reads a table of stages, each with its touchpoints; a touchpoint has one stage.
fn table(toml: &str) -> Result<Vec<(String, JourneyStage)>, String> {
    let stages: BTreeMap<String, Vec<String>> = toml::from_str(toml).map_err(|error| error.to_string())?;
    let (mut table, mut known) = (Vec::new(), HashMap::new());
    for (name, touchpoints) in stages {
        let stage = JourneyStage::ALL.into_iter().find(|stage| stage.as_str() == name);
        let stage = stage.ok_or_else(|| format!("{name} is no journey stage"))?;
        for touchpoint in touchpoints {
            if known.insert(folded(&touchpoint), stage).is_some_and(|other| other != stage) {
                return Err(format!("{touchpoint} has two stages"));
            }
            table.push((touchpoint, stage));
        }
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touchpoints_of_many_languages_find_their_stage() {
        let check = |touchpoint, expected| assert_eq!(stage(touchpoint), expected, "{touchpoint:?}");
        check(Some("Checkout"), JourneyStage::Action);
        check(Some("product page"), JourneyStage::Interest);
        check(Some("Product_Page"), JourneyStage::Interest);
        check(Some("product-page"), JourneyStage::Interest);
        check(Some("售后"), JourneyStage::Use);
        check(Some("廣告"), JourneyStage::Awareness);
        check(Some("検索"), JourneyStage::Discovery);
        check(Some("WARENKORB"), JourneyStage::Consideration);
        check(Some("Reseñas"), JourneyStage::Advocacy);
        for survey in
            ["Survey", "questionnaire", "问卷", "問卷", "満足度調査", "Umfrage", "encuesta", "sondage", "설문"]
        {
            check(Some(survey), JourneyStage::Advocacy);
        }
        check(Some("teleport"), JourneyStage::Unmapped);
        check(Some(""), JourneyStage::Unmapped);
        check(None, JourneyStage::Unmapped);
    }

    #[test]
    fn every_stage_has_touchpoints() {
        for stage in JourneyStage::ALL {
            let mapped = STAGES.values().any(|other| *other == stage);
            assert_eq!(mapped, stage != JourneyStage::Unmapped, "{stage:?}");
        }
    }

    #[test]
    fn a_wrong_table_says_what_is_wrong() {
        assert_eq!(table("buying = []"), Err("buying is no journey stage".to_owned()));
        assert_eq!(table("use = ['App']\nadvocacy = ['a-p-p']"), Err("App has two stages".to_owned()));
        assert!(table("use = 1").is_err());
    }
}
