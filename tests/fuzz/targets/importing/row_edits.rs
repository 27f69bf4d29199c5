//! Edits of delimited text: rows are repeated, dropped, moved and joined; fields take other values.

use super::chance::Chance;

/// What fields are set to. Some are of a row, some never are.
const VALUES: [&str; 30] = [
    "",
    "0",
    "1",
    "-1",
    "NaN",
    "inf",
    "1e5",
    "21000",
    "21000.25",
    "21000.1",
    "0.5",
    "200000",
    "499.75",
    "2100000",
    "21000.0000000001",
    "99999999999999999999",
    "12.0",
    "10000001",
    "\"",
    "\"21000\"",
    "##-##",
    "NQH5",
    "NQM5",
    "NQH5-NQM5",
    "ESH5",
    "20250317 133000",
    "2025-03-09 02:30:00",
    "2025-11-02 01:30:00",
    "1970-01-01 00:00:00",
    "2262-04-12 00:00:00",
];

/// Rows that a run of minutes adds at most.
const RUN_MAX: usize = 200;

/// A text with one to four edits.
pub(crate) fn edit(bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..=chance.below(4) {
        edit_once(&mut lines, chance);
    }
    lines.join(&b'\n')
}

fn edit_once(lines: &mut Vec<Vec<u8>>, chance: &mut Chance) {
    if lines.is_empty() {
        return;
    }
    let at = chance.below(lines.len());
    let other = chance.below(lines.len());
    match chance.below(16) {
        0 => lines.insert(at, lines[other].clone()),
        1 => {
            lines.remove(at);
        }
        2 => lines.swap(at, other),
        3 => {
            let from = lines[other].clone();
            copy_field(&mut lines[at], &from, chance);
        }
        4..=8 => set_field(&mut lines[at], chance),
        9..=11 => nudge_digit(&mut lines[at], chance),
        12 => run(lines, at, chance),
        13 => {
            for line in lines.iter_mut() {
                if line.ends_with(b"\r") {
                    line.pop();
                } else {
                    line.push(b'\r');
                }
            }
        }
        14 => match chance.below(3) {
            0 => lines.insert(at, Vec::new()),
            1 => lines[0].splice(0..0, *b"\xef\xbb\xbf").for_each(drop),
            _ => lines[at].extend_from_slice(b"\r"),
        },
        _ => {
            let to = *chance.one_of(b",;\t ").unwrap_or(&b',');
            let from = delimiter(&lines[at]);
            lines.iter_mut().flatten().filter(|byte| **byte == from).for_each(|byte| *byte = to);
        }
    }
}

/// The delimiter that a line seems to have.
fn delimiter(line: &[u8]) -> u8 {
    let counted = b",;\t".map(|delimiter| (line.iter().filter(|byte| **byte == delimiter).count(), delimiter));
    counted.into_iter().max().map_or(b',', |(_, delimiter)| delimiter)
}

fn fields(line: &[u8]) -> (Vec<Vec<u8>>, u8) {
    let delimiter = delimiter(line);
    (line.split(|byte| *byte == delimiter).map(<[u8]>::to_vec).collect(), delimiter)
}

fn set_field(line: &mut Vec<u8>, chance: &mut Chance) {
    let (mut fields, delimiter) = fields(line);
    let at = chance.below(fields.len());
    let value = chance.one_of(&VALUES).copied().unwrap_or_default();
    match chance.below(8) {
        0 => fields.insert(at, value.into()),
        1 => {
            fields.remove(at);
        }
        _ => fields[at] = value.into(),
    }
    *line = fields.join(&delimiter);
}

/// Copies a field of another row, within its column for the most part.
fn copy_field(line: &mut Vec<u8>, from: &[u8], chance: &mut Chance) {
    let ((mut into, delimiter), (from, _)) = (fields(line), fields(from));
    let at = chance.below(into.len());
    let source = if chance.below(4) > 0 { at } else { chance.below(from.len()) };
    if let Some(field) = from.get(source) {
        into[at].clone_from(field);
    }
    *line = into.join(&delimiter);
}

fn nudge_digit(line: &mut [u8], chance: &mut Chance) {
    let digits: Vec<usize> = (0..line.len()).filter(|at| line[*at].is_ascii_digit()).collect();
    if let Some(at) = chance.one_of(&digits) {
        line[*at] = b'0' + u8::try_from(chance.below(10)).unwrap_or(0);
    }
}

/// Repeats a row with one number in it counting up: minutes, hours, days or prices, as chance will have it.
fn run(lines: &mut Vec<Vec<u8>>, at: usize, chance: &mut Chance) {
    let row = lines[at].clone();
    let numbers: Vec<usize> = (0..row.len())
        .filter(|end| row[*end].is_ascii_digit() && !row.get(end + 1).is_some_and(u8::is_ascii_digit))
        .collect();
    let Some(end) = chance.one_of(&numbers).copied() else { return };
    // The digit before the last counts too, for stamps that end in seconds.
    let end = end.saturating_sub(2 * chance.below(2));
    let (step, length) = (chance.below(7) + 1, chance.below(RUN_MAX));
    let mut next = row;
    let mut rows = Vec::with_capacity(length);
    for _ in 0..length {
        for _ in 0..step {
            count_up(&mut next, end);
        }
        rows.push(next.clone());
    }
    lines.splice(at + 1..at + 1, rows);
}

/// Adds one to the number that ends at a place; a field of two digits after a colon rolls over at 60.
fn count_up(row: &mut [u8], mut at: usize) {
    while row.get(at).is_some_and(u8::is_ascii_digit) {
        let is_tens_of_sixty = at > 0 && row[at - 1] == b':' && row[at] == b'5';
        match row[at] {
            b'9' => row[at] = b'0',
            _ if is_tens_of_sixty => row[at] = b'0',
            _ => {
                row[at] += 1;
                return;
            }
        }
        match at.checked_sub(1) {
            Some(before) if row[before] == b':' => at = before.saturating_sub(1),
            Some(before) => at = before,
            None => return,
        }
    }
}

/// Lines of a text with a header that are no rows: the header, and an empty line at the end.
pub(crate) fn header_and_blank(bytes: &[u8]) -> usize {
    1 + blank(bytes)
}

/// The same where the header may be absent: its first field begins with a letter, a stamp does not.
pub(crate) fn perhaps_header_and_blank(bytes: &[u8]) -> usize {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = text.iter().find(|byte| !b"\" \t".contains(byte));
    usize::from(first.is_some_and(u8::is_ascii_alphabetic)) + blank(bytes)
}

/// The same with a last line about the download.
pub(crate) fn header_blank_and_trailer(bytes: &[u8]) -> usize {
    let is_trailer = |line: &[u8]| {
        String::from_utf8_lossy(line).trim_start_matches(['"', ' ']).starts_with("Downloaded from Barchart")
    };
    header_and_blank(bytes) + bytes.split(|byte| *byte == b'\n').filter(|line| is_trailer(line)).count()
}

fn blank(bytes: &[u8]) -> usize {
    let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    text.split(|byte| *byte == b'\n').filter(|line| String::from_utf8_lossy(line).trim().is_empty()).count()
}
