//! Responses to surveys.

use hearken_schemas::dead_letter::Rejection;
use hearken_schemas::envelope;
use hearken_schemas::feedback::{Answer, AnswerKind, Channel, Feedback};

use super::{Silent, VALUE_MAX, is_scale, on_scale, spoken};
use crate::context::Context;
use crate::field::words::Redactor;
use crate::field::{ID_BYTES_MAX, id, invalid, required};
use crate::wire::{Object, RawAnswer, RawSurveyResponse};

/// The words of Kano's questionnaire in the order of their numbers, from 1 on.
const KANO: [&str; 5] = ["like", "must-be", "neutral", "live-with", "dislike"];
/// The best answer to "would you recommend us".
const NPS_MAX: f64 = 10.0;

/// Turns a raw survey response into one feedback with its answers; its text is what open questions were answered.
///
/// A question that was left empty has no answer. A response has no rating: its scores are its answers.
///
/// # Errors
/// The reason of the record's dead letter.
pub(crate) fn normalize(context: &Context<'_>, value: Option<&[u8]>) -> Result<Feedback, Rejection> {
    let mut raw: RawSurveyResponse = envelope::parse(value)?;
    let Silent { feedback, source, mut redactor } = Silent::new(Channel::Survey, raw.take_common(), [], context)?;
    let answers = answers(raw.answers.unwrap_or_default(), &mut redactor)?;
    if answers.iter().any(|answer| answer.kind == AnswerKind::Nps) {
        // Relationship and transactional scores are never pooled, so one that is neither is of no use.
        required("survey_kind", raw.survey_kind)?;
    }
    spoken(Feedback {
        text: open_answers(&answers),
        answers,
        survey_id: id("survey_id", raw.survey_id, ID_BYTES_MAX)?,
        survey_kind: raw.survey_kind,
        sent_at: source.time("sent_at", raw.sent_at)?.map(|sent| sent.at),
        case_id: id("case_id", raw.case_id, ID_BYTES_MAX)?,
        redactions: redactor.redactions,
        ..feedback
    })
}

/// Reads the answers; where every one is empty and a score was asked for, the first score is what is missing.
fn answers(raw: Vec<Object<RawAnswer>>, redactor: &mut Redactor) -> Result<Vec<Answer>, Rejection> {
    let (mut answers, mut empty) = (Vec::new(), None);
    for (nth, Object(raw)) in raw.into_iter().enumerate() {
        let field = format!("answers[{nth}]");
        let answer = answer(&field, raw, redactor)?;
        if is_empty(&answer) {
            empty = empty.or_else(|| is_score(answer.kind).then(|| format!("{field}.value")));
        } else {
            check(&field, &answer)?;
            answers.push(answer);
        }
    }
    match empty {
        Some(field) if answers.is_empty() => required(field, None),
        Some(_) | None => Ok(answers),
    }
}

fn answer(field: &str, raw: RawAnswer, redactor: &mut Redactor) -> Result<Answer, Rejection> {
    let at = |name: &str| format!("{field}.{name}");
    let mut answer = Answer {
        question_id: required(at("question_id"), id(at("question_id"), raw.question_id, ID_BYTES_MAX)?)?,
        kind: required(at("kind"), raw.kind)?,
        feature: redactor.name(at("feature"), raw.feature)?,
        value: raw.value,
        scale_max: raw.scale_max,
        direction: raw.direction,
        text: Some(redactor.words(raw.text)).filter(|text| !text.is_empty()),
    };
    match answer.kind {
        AnswerKind::KanoFunctional | AnswerKind::KanoDysfunctional => {
            // The number says all that the word said.
            let word = answer.text.take();
            if let (None, Some(word)) = (answer.value, word) {
                answer.value = Some(kano(&word).ok_or_else(|| {
                    invalid(at("text"), format_args!("is none of {}: the answers Kano knows", KANO.join(", ")))
                })?);
            }
        }
        AnswerKind::Nps
        | AnswerKind::Csat
        | AnswerKind::Ces
        | AnswerKind::Scale
        | AnswerKind::Choice
        | AnswerKind::Text => {}
    }
    Ok(answer)
}

/// Returns the number of one of Kano's words; case, blanks, `_` and `-` make no difference.
fn kano(word: &str) -> Option<f64> {
    let folded = |word: &str| word.to_lowercase().replace([' ', '_', '-'], "");
    let nth = KANO.iter().position(|known| folded(known) == folded(word))?;
    Some(nth as f64 + 1.0)
}

fn is_empty(answer: &Answer) -> bool {
    match answer.kind {
        AnswerKind::Text => answer.text.is_none(),
        AnswerKind::Nps
        | AnswerKind::Csat
        | AnswerKind::Ces
        | AnswerKind::Scale
        | AnswerKind::Choice
        | AnswerKind::KanoFunctional
        | AnswerKind::KanoDysfunctional => answer.value.is_none() && answer.text.is_none(),
    }
}

/// Tells whether a kind of question is answered by a number.
fn is_score(kind: AnswerKind) -> bool {
    match kind {
        AnswerKind::Choice | AnswerKind::Text => false,
        AnswerKind::Nps
        | AnswerKind::Csat
        | AnswerKind::Ces
        | AnswerKind::Scale
        | AnswerKind::KanoFunctional
        | AnswerKind::KanoDysfunctional => true,
    }
}

fn check(field: &str, answer: &Answer) -> Result<(), Rejection> {
    let at = |name: &str| format!("{field}.{name}");
    let whole = |low: f64, high: f64| {
        let value = required(at("value"), answer.value)?;
        let valid = (low..=high).contains(&value) && value.fract() == 0.0;
        valid.then_some(()).ok_or_else(|| invalid(at("value"), format_args!("is no whole number from {low} to {high}")))
    };
    match answer.kind {
        AnswerKind::Nps if answer.scale_max.is_some_and(|max| max != NPS_MAX) => {
            Err(invalid(at("scale_max"), format_args!("is not {NPS_MAX}, as it has to be of nps")))
        }
        AnswerKind::Nps => whole(0.0, NPS_MAX),
        AnswerKind::Csat | AnswerKind::Ces | AnswerKind::Scale => {
            let value = required(at("value"), answer.value)?;
            on_scale(field, value, required(at("scale_max"), answer.scale_max)?)
        }
        AnswerKind::KanoFunctional | AnswerKind::KanoDysfunctional => {
            whole(1.0, KANO.len() as f64)?;
            plausible(field, answer)
        }
        AnswerKind::Choice | AnswerKind::Text => plausible(field, answer),
    }
}

/// Checks numbers that no scale bounds.
fn plausible(field: &str, answer: &Answer) -> Result<(), Rejection> {
    answer.scale_max.map_or(Ok(()), |scale_max| is_scale(field, scale_max))?;
    match answer.value {
        Some(value) if !(0.0..=VALUE_MAX).contains(&value) => {
            Err(invalid(format!("{field}.value"), format_args!("is not between 0 and {VALUE_MAX}")))
        }
        Some(_) | None => Ok(()),
    }
}

fn open_answers(answers: &[Answer]) -> String {
    let open = answers.iter().filter(|answer| answer.kind == AnswerKind::Text);
    open.filter_map(|answer| answer.text.as_deref()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(answers_json: &str) -> Result<Vec<Answer>, Rejection> {
        #[derive(Default, serde::Deserialize)]
        struct Holder {
            answers: Vec<Object<RawAnswer>>,
        }
        let json = format!("{{\"answers\": [{answers_json}]}}");
        let holder: Holder = envelope::parse(Some(json.as_bytes()))?;
        answers(holder.answers, &mut Redactor::default())
    }

    /// Reads one answer to question `q`; what it became in short, or the field that is wrong.
    fn check(fields: &str, expected: &str) {
        let got = match read(&format!(r#"{{"question_id": "q", {fields}}}"#)) {
            Ok(answers) => match answers.as_slice() {
                [] => "nothing".to_owned(),
                [one] => format!("{:?} {:?}", one.value, one.text.as_deref()),
                more => panic!("{more:?}"),
            },
            Err(rejection) => format!("{} {}", rejection.reason.as_str(), rejection.field.unwrap_or_default()),
        };
        assert_eq!(got, expected, "{fields}");
    }

    #[test]
    fn a_recommendation_is_a_whole_number_up_to_ten() {
        for value in 0..=10 {
            check(&format!(r#""kind": "nps", "value": {value}"#), &format!("Some({value}.0) None"));
        }
        check(r#""kind": "nps", "value": 9, "scale_max": 10"#, "Some(9.0) None");
        check(r#""kind": "nps", "value": 9, "text": "Fast."  "#, "Some(9.0) Some(\"Fast.\")");
        for wrong in ["11", "-1", "9.5", "1e300"] {
            check(&format!(r#""kind": "nps", "value": {wrong}"#), "invalid_value answers[0].value");
        }
        check(r#""kind": "nps", "value": 4, "scale_max": 5"#, "invalid_value answers[0].scale_max");
        check(r#""kind": "nps""#, "missing_field answers[0].value");
        check(r#""kind": "nps", "value": null, "text": "Fast.""#, "missing_field answers[0].value");
        check(r#""kind": "nps", "value": "9""#, "wrong_type answers[0].value");
    }

    #[test]
    fn a_score_lies_on_its_scale() {
        for kind in ["csat", "ces", "scale"] {
            let check = |fields: &str, expected| check(&format!(r#""kind": "{kind}", {fields}"#), expected);
            check(r#""value": 0, "scale_max": 5"#, "Some(0.0) None");
            check(r#""value": 4.5, "scale_max": 5"#, "Some(4.5) None");
            check(r#""value": 6, "scale_max": 5"#, "invalid_value answers[0].value");
            check(r#""value": -1, "scale_max": 5"#, "invalid_value answers[0].value");
            check(r#""value": 0, "scale_max": 0"#, "invalid_value answers[0].scale_max");
            check(r#""value": 1e39, "scale_max": 1e39"#, "invalid_value answers[0].scale_max");
            check(r#""value": 0, "scale_max": 1e-40"#, "invalid_value answers[0].scale_max");
            check(r#""value": 4"#, "missing_field answers[0].scale_max");
            check(r#""scale_max": 5"#, "missing_field answers[0].value");
        }
    }

    #[test]
    fn kano_is_asked_in_numbers_or_words() {
        for kind in ["kano_functional", "kano_dysfunctional"] {
            let check = |fields: &str, expected| check(&format!(r#""kind": "{kind}", {fields}"#), expected);
            check(r#""value": 1"#, "Some(1.0) None");
            check(r#""value": 5"#, "Some(5.0) None");
            check(r#""text": "like""#, "Some(1.0) None");
            check(r#""text": "Must-be""#, "Some(2.0) None");
            check(r#""text": "NEUTRAL""#, "Some(3.0) None");
            check(r#""text": " live with ""#, "Some(4.0) None");
            check(r#""text": "dislike""#, "Some(5.0) None");
            check(r#""value": 2, "text": "must_be""#, "Some(2.0) None");
            check(r#""value": 0"#, "invalid_value answers[0].value");
            check(r#""value": 6"#, "invalid_value answers[0].value");
            check(r#""value": 1.5"#, "invalid_value answers[0].value");
            check(r#""value": 1, "scale_max": 1e39"#, "invalid_value answers[0].scale_max");
            check(r#""text": "delighted""#, "invalid_value answers[0].text");
            check(r#""feature": "grinder""#, "missing_field answers[0].value");
        }
    }

    #[test]
    fn words_and_choices_are_kept_and_empty_ones_are_none() {
        check(r#""kind": "text", "text": " Fine.  ""#, "None Some(\"Fine.\")");
        check(r#""kind": "text", "text": "Ring 13800138000""#, "None Some(\"Ring [PHONE]\")");
        check(r#""kind": "text", "text": " \n ""#, "nothing");
        check(r#""kind": "text", "value": 3"#, "nothing");
        check(r#""kind": "choice", "text": "live chat""#, "None Some(\"live chat\")");
        check(r#""kind": "choice", "value": 3"#, "Some(3.0) None");
        check(r#""kind": "choice""#, "nothing");
        check(r#""kind": "choice", "value": 1e6"#, "Some(1000000.0) None");
        check(r#""kind": "choice", "value": 1e39"#, "invalid_value answers[0].value");
        check(r#""kind": "choice", "value": -1"#, "invalid_value answers[0].value");
        check(r#""kind": "text", "text": "Fine.", "scale_max": 1e39"#, "invalid_value answers[0].scale_max");
        check(r#""kind": "text", "text": "Fine.", "value": 1e300"#, "invalid_value answers[0].value");
        check(r#""kind": "stars", "value": 3"#, "invalid_value answers[0].kind");
        check(r#""value": 3"#, "missing_field answers[0].kind");
    }

    #[test]
    fn a_question_left_empty_beside_an_answered_one_has_no_answer() {
        let kept = read(
            r#"{"question_id": "a", "kind": "nps", "value": null}, {"question_id": "b", "kind": "text", "text": "Fine."},
               {"question_id": "c", "kind": "csat", "scale_max": 5}, {"question_id": "d", "kind": "text", "text": "Cheap."}"#,
        )
        .expect("two answers");
        assert_eq!(kept.iter().map(|answer| answer.question_id.as_str()).collect::<Vec<_>>(), ["b", "d"]);
        assert_eq!(open_answers(&kept), "Fine.\nCheap.");
        let wrong = read(r#"{"question_id": "a", "kind": "nps", "value": 9}, {"question_id": " ", "kind": "text"}"#);
        assert_eq!(wrong.expect_err("blank").field.as_deref(), Some("answers[1].question_id"));
    }
}
