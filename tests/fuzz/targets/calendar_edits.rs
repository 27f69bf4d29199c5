//! Edits of a calendar file that leave its form alone: random bytes hardly ever make a file that is read.

use std::ops::Range;

use chrono::{Days, Months, NaiveDate};

/// Numbers drawn from a seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 32).unwrap_or(0) % bound.max(1)
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(self.below(all.len())).copied()
    }
}

/// The text after one to three edits.
pub(crate) fn edit(text: &str, seed: u32) -> String {
    let mut draw = Draw(u64::from(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut text = text.to_owned();
    for _ in 0..=draw.below(3) {
        text = match draw.below(8) {
            0 => edit_lines(&text, &mut draw),
            1 => edit_number(&text, &mut draw),
            _ => edit_value(&text, &mut draw),
        };
    }
    text
}

/// Gives one quoted value, or every value that is the same, another one of its kind.
fn edit_value(text: &str, draw: &mut Draw) -> String {
    let values = quoted(text);
    let Some(at) = (!values.is_empty()).then(|| values[draw.below(values.len())].clone()) else {
        return text.to_owned();
    };
    let old = &text[at.clone()];
    let other = values[draw.below(values.len())].clone();
    let new = neighbour(old, draw).unwrap_or_else(|| text[other].to_owned());
    if draw.below(2) == 0 {
        return text.replace(&format!("\"{old}\""), &format!("\"{new}\""));
    }
    format!("{}{new}{}", &text[..at.start], &text[at.end..])
}

/// A date, a month, a time or an amount near the one given; `None` for another text.
fn neighbour(value: &str, draw: &mut Draw) -> Option<String> {
    if let Ok(date) = NaiveDate::parse_from_str(value, "%Y-%m-%d") {
        let days = Days::new(draw.one_of(&[1, 2, 3, 7, 30, 365, 3653])?);
        let moved = if draw.below(2) == 0 { date.checked_add_days(days) } else { date.checked_sub_days(days) };
        return moved.map(|date| date.to_string());
    }
    if let Ok(first) = NaiveDate::parse_from_str(&format!("{value}-01"), "%Y-%m-%d") {
        let months = Months::new(draw.one_of(&[1, 3, 12])?);
        let moved =
            if draw.below(2) == 0 { first.checked_add_months(months) } else { first.checked_sub_months(months) };
        return moved.map(|date| date.format("%Y-%m").to_string());
    }
    if let Some((hour, minute)) = value.split_once(':').filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2) {
        let minutes = hour.parse::<usize>().ok()? * 60 + minute.parse::<usize>().ok()?;
        let moved = (minutes + draw.one_of(&[1, 15, 60, 720, 1380, 1425, 1439])?) % 1440;
        return Some(format!("{:02}:{:02}", moved / 60, moved % 60));
    }
    if let Some((day, time)) = value.split_once('T') {
        let day = neighbour(day, draw)?;
        return Some(if draw.below(2) == 0 { format!("{day}T{time}") } else { value.replacen("T0", "T1", 1) });
    }
    let is_amount = value.starts_with(|first: char| first.is_ascii_digit());
    let amounts = ["0", "0.05", "0.25", "1", "20", "0.000000001", "9223372036", "9223372036854.775807", "-1"];
    is_amount.then(|| draw.one_of(&amounts).map(str::to_owned)).flatten()
}

/// Gives one bare number another value.
fn edit_number(text: &str, draw: &mut Draw) -> String {
    let bytes = text.as_bytes();
    let is_bare = |at: usize| bytes[at].is_ascii_digit() && at > 0 && matches!(bytes[at - 1], b' ' | b'[');
    let starts: Vec<usize> = (0..bytes.len()).filter(|at| is_bare(*at)).collect();
    let Some(start) = draw.one_of(&starts) else { return text.to_owned() };
    let end = start + text[start..].find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len() - start);
    let new = draw.one_of(&["0", "1", "2", "7", "10", "99", "100", "4294967295"]).unwrap_or("1");
    format!("{}{new}{}", &text[..start], &text[end..])
}

/// Drops, doubles or moves a line, or doubles a whole table at the end.
fn edit_lines(text: &str, draw: &mut Draw) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return text.to_owned();
    }
    let (from, to) = (draw.below(lines.len()), draw.below(lines.len()));
    match draw.below(4) {
        0 => drop(lines.remove(from)),
        1 => lines.insert(to, lines[from]),
        2 => lines.swap(from, to),
        _ => {
            let start = lines[..=from].iter().rposition(|line| line.starts_with("[[")).unwrap_or(from);
            let length = lines[start..].iter().position(|line| line.is_empty()).unwrap_or(1);
            let table = lines[start..start + length].to_vec();
            lines.push("");
            lines.extend(table);
        }
    }
    lines.join("\n") + "\n"
}

/// Places of quoted values, quotes excluded.
fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut start = None;
    for (at, letter) in text.char_indices() {
        match (letter, start) {
            ('"', None) => start = Some(at + 1),
            ('"', Some(from)) => {
                places.push(from..at);
                start = None;
            }
            ('\n', _) => start = None,
            _ => {}
        }
    }
    places
}
