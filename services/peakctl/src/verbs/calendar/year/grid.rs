//! Twelve months of weekdays, three beside each other, each day with a mark for what happens on it.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Month, Months, NaiveDate, Weekday};
use peaktrade_domain::TradeDate;

use super::facts::MonthCount;

/// Months in a row of the grid.
const MONTHS_ACROSS: usize = 3;
/// Width of a month: five weekdays of four characters, and room for its title.
const MONTH_WIDTH: usize = 22;
/// Mark of a day on which more than one thing happens.
pub(super) const SEVERAL: char = '+';

/// Marks of days.
#[derive(Debug, Default)]
pub(super) struct Marks {
    by_day: BTreeMap<TradeDate, char>,
}

impl Marks {
    /// Marks a day.
    pub(super) fn put(&mut self, day: TradeDate, mark: char) {
        self.by_day.entry(day).and_modify(|old| *old = SEVERAL).or_insert(mark);
    }

    fn of(&self, day: NaiveDate) -> char {
        self.by_day.get(&TradeDate::new(day)).copied().unwrap_or(' ')
    }
}

/// The months of a year; those that end before the product's first trade date say so.
pub(super) fn months(year: u16, counts: &[MonthCount], marks: &Marks, listed_from: Option<TradeDate>) -> String {
    let mut text = String::new();
    for row in counts.chunks(MONTHS_ACROSS) {
        let months: Vec<Vec<String>> = row.iter().map(|count| month(year, count, marks, listed_from)).collect();
        let height = months.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let cells = months.iter().map(|lines| lines.get(at).map_or("", String::as_str));
            let line: Vec<String> = cells.map(|cell| format!("{cell:<MONTH_WIDTH$}")).collect();
            text.push_str(line.join("    ").trim_end());
            text.push('\n');
        }
        text.push('\n');
    }
    text
}

/// One month: its title with the number of its sessions, weekdays, and a line for each week.
fn month(year: u16, count: &MonthCount, marks: &Marks, listed_from: Option<TradeDate>) -> Vec<String> {
    let name = u8::try_from(count.month).ok().and_then(|month| Month::try_from(month).ok()).map_or("", |m| m.name());
    let mut lines = vec![format!("{name}, {} sessions", count.sessions), "Mo  Tu  We  Th  Fr".to_owned()];
    let Some(first) = NaiveDate::from_ymd_opt(i32::from(year), count.month, 1) else { return lines };
    let end = first.checked_add_months(Months::new(1));
    if end.zip(listed_from).is_some_and(|(end, listed_from)| end <= listed_from.date()) {
        lines[0] = format!("{name}, not listed");
    }
    let mut week = vec![String::from("   "); 5];
    for day in first.iter_days().take_while(|day| day.month() == count.month) {
        let column = day.weekday().num_days_from_monday() as usize;
        if let Some(cell) = week.get_mut(column) {
            *cell = format!("{:>2}{}", day.day(), marks.of(day));
        }
        if day.weekday() == Weekday::Fri {
            lines.push(week.join(" "));
            week.fill(String::from("   "));
        }
    }
    lines.push(week.join(" "));
    lines.retain(|line| !line.trim().is_empty());
    lines
}

#[cfg(test)]
mod tests {
    use super::{Marks, months};
    use crate::verbs::calendar::year::facts::MonthCount;

    #[test]
    fn a_month_shows_its_weekdays_and_their_marks() {
        let mut marks = Marks::default();
        for (day, mark) in [("2026-05-25", 'H'), ("2026-05-29", 'R'), ("2026-05-29", 'X')] {
            marks.put(day.parse().unwrap(), mark);
        }
        assert_eq!(
            months(2026, &[MonthCount { month: 5, sessions: 20, minutes: 0 }], &marks, None),
            "May, 20 sessions\n\
             Mo  Tu  We  Th  Fr\n\
             \u{20}                1\n\
             \u{20}4   5   6   7   8\n\
             11  12  13  14  15\n\
             18  19  20  21  22\n\
             25H 26  27  28  29+\n\n"
        );
    }

    #[test]
    fn a_month_that_ends_before_the_listing_says_so() {
        let counts = [4, 5].map(|month| MonthCount { month, sessions: 0, minutes: 0 });
        let text = months(2019, &counts, &Marks::default(), Some("2019-05-06".parse().unwrap()));
        assert!(text.starts_with("April, not listed         May, 0 sessions\n"), "{text}");
    }
}
