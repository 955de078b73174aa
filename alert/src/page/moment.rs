//! Times as the reader's clock has them, and how long it is until then.

use hearken_report::html::{Element, element};
use hearken_report::language::Language;
use jiff::{Timestamp, Zoned};

use super::sight::Sight;

/// How a promise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deadline {
    /// Answered in time.
    Kept,
    /// Answered, so many seconds after it was due.
    Late(i64),
    /// Not answered, and so many seconds are left.
    Left(i64),
    /// Not answered, and due so many seconds ago.
    Overdue(i64),
}

impl Deadline {
    /// Judges a promise by the first answer, or by the moment where there is none.
    pub(super) fn of(due_at: Timestamp, answered_at: Option<Timestamp>, now: Timestamp) -> Self {
        let after = |at: Timestamp| at.as_second() - due_at.as_second();
        match answered_at {
            Some(at) if at <= due_at => Self::Kept,
            Some(at) => Self::Late(after(at)),
            None if now <= due_at => Self::Left(-after(now)),
            None => Self::Overdue(after(now)),
        }
    }

    /// Tells whether the promise was broken.
    pub(super) fn is_broken(self) -> bool {
        matches!(self, Self::Late(_) | Self::Overdue(_))
    }
}

impl Sight {
    /// Writes a moment to the minute in the reader's zone: `today 14:05`, `21 Nov 09:30`, with the year where it is another.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let language = self.reader.language;
        let (at, now) = (self.zoned(at), self.zoned(self.now));
        let time = at.strftime("%H:%M");
        if at.date() == now.date() {
            return match language {
                Language::Chinese => format!("今天 {time}"),
                Language::English => format!("today {time}"),
            };
        }
        if at.year() == now.year() {
            language.moment(at.datetime())
        } else {
            format!("{} {time}", language.date(at.date()))
        }
    }

    /// Writes a moment as far as it is known.
    pub(super) fn known(&self, at: Timestamp, precision: &str) -> String {
        match precision {
            "day" => self.reader.language.date(self.zoned(at).date()),
            "unknown" => self.phrases().time_unknown.to_owned(),
            _ => self.moment(at),
        }
    }

    /// Wraps a moment so that machines read it too.
    pub(super) fn time(&self, at: Timestamp) -> Element {
        element("time").with("datetime", at.strftime("%Y-%m-%dT%H:%M:%SZ")).text(self.moment(at))
    }

    fn zoned(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.reader.zone.clone())
    }
}

/// Writes a duration by its two largest units: `2 days 3 h`, `45 min`.
pub(super) fn duration(seconds: i64, language: Language) -> String {
    let minutes = seconds.unsigned_abs() / 60;
    let parts = [(minutes / 1_440, 0), (minutes / 60 % 24, 1), (minutes % 60, 2)];
    let first = parts.iter().position(|(number, _)| *number > 0);
    let Some(first) = first else {
        return match language {
            Language::Chinese => "不到 1 分钟".to_owned(),
            Language::English => "less than a minute".to_owned(),
        };
    };
    let shown = parts.iter().skip(first).take(2).filter(|(number, _)| *number > 0);
    let named = shown.map(|(number, unit)| match (language, unit) {
        (Language::Chinese, 0) => format!("{number} 天"),
        (Language::Chinese, 1) => format!("{number} 小时"),
        (Language::Chinese, _) => format!("{number} 分钟"),
        (Language::English, 0) if *number == 1 => "1 day".to_owned(),
        (Language::English, 0) => format!("{number} days"),
        (Language::English, 1) => format!("{number} h"),
        (Language::English, _) => format!("{number} min"),
    });
    named.collect::<Vec<_>>().join(" ")
}
