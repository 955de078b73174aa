//! How customers feel altogether: what the page begins with.

use anyhow::Result;
use serde_json::Value;

use super::words::{count, number, percent, signed, text};
use crate::store::Store;

const NPS: &str = "SELECT count() AS answers, countIf(value >= 9) AS promoters, countIf(value <= 6) AS detractors
  FROM v_survey_answers
  WHERE kind = 'nps' AND survey_kind = 'transactional' AND own AND occurred_at > now() - INTERVAL 30 DAY";

const SENTIMENT: &str =
    "SELECT own, arrayStringConcat(arraySort(groupUniqArray(brand)), ', ') AS brands, sum(judged) AS comments,
    sum(positive) AS liked, sum(negative) AS disliked
  FROM v_brand_comparison WHERE day > today() - 30 GROUP BY own HAVING comments > 0 ORDER BY own DESC";

/// Asks how customers feel, and returns it in a few lines.
pub(super) async fn opening(store: &Store) -> Result<String> {
    Ok(format!("{}\n{}", nps(&store.rows(NPS).await?), sentiment(&store.rows(SENTIMENT).await?)))
}

fn nps(rows: &[Value]) -> String {
    let of = |column: &str| rows.first().map_or(0.0, |row| number(&row[column]));
    let (answers, promoters, detractors) = (of("answers"), of("promoters"), of("detractors"));
    if answers == 0.0 {
        return "NPS of own brands after a purchase: nobody has answered".to_owned();
    }
    let [low, score, high] = difference(promoters, detractors, answers).map(|share| signed(share * 100.0, 0));
    format!(
        "NPS of own brands after a purchase: {score} ({low} … {high}; n = {} answers; {} promoters, {} detractors)",
        count(answers),
        percent(promoters / answers),
        percent(detractors / answers),
    )
}

/// Returns (for − against) / all between the ends of its 95 % interval: adjusted Wald, three quarters of an answer more on
/// either side and three more in all, clamped to −1…1.
fn difference(in_favour: f64, against: f64, all: f64) -> [f64; 3] {
    let (p, q) = ((in_favour + 0.75) / (all + 3.0), (against + 0.75) / (all + 3.0));
    let margin = 1.96 * ((p + q - (p - q).powi(2)) / (all + 3.0)).sqrt();
    [(p - q - margin).max(-1.0), (in_favour - against) / all, (p - q + margin).min(1.0)]
}

fn sentiment(rows: &[Value]) -> String {
    let side = |row: &Value| {
        let whose = if row["own"] == true { "own brands" } else { "competitor" };
        let comments = number(&row["comments"]);
        let [low, net, high] = difference(number(&row["liked"]), number(&row["disliked"]), comments);
        let [low, net, high] = [low, net, high].map(|share| signed(share, 2));
        let (brands, comments) = (text(&row["brands"]), count(comments));
        format!("\n  {net} {whose} ({low} … {high}; {brands}; n = {comments} comments)")
    };
    match rows {
        [] => "Net sentiment: nobody has said anything".to_owned(),
        rows => format!("Net sentiment, from −1 to +1:{}", rows.iter().map(side).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_opening_says_how_customers_feel_and_how_many_were_asked() {
        assert_eq!(
            nps(&[json!({"answers": "1200", "promoters": "600", "detractors": "456"})]),
            "NPS of own brands after a purchase: +12 (+7 … +17; n = 1,200 answers; 50 % promoters, 38 % detractors)"
        );
        assert_eq!(nps(&[json!({"answers": 0})]), "NPS of own brands after a purchase: nobody has answered");
        let own =
            json!({"own": true, "brands": "orvantle, pelluvio", "comments": 5000, "liked": 2070, "disliked": "1000"});
        let other = json!({"own": false, "brands": "quendrisa", "comments": 600, "liked": 270, "disliked": 300});
        assert_eq!(
            sentiment(&[own, other]),
            "Net sentiment, from −1 to +1:\n  +0.21 own brands (+0.19 … +0.23; orvantle, pelluvio; n = 5,000 comments)\n  \
             −0.05 competitor (−0.13 … +0.03; quendrisa; n = 600 comments)"
        );
        let golden = difference(50.0, 20.0, 100.0).map(|share| (share * 1e5).round() / 1e3);
        assert_eq!(golden, [14.051, 30.0, 44.202]);
        assert_eq!(sentiment(&[]), "Net sentiment: nobody has said anything");
    }
}
