//! Plain text tables for the terminal.

/// Lays rows out in columns, two spaces apart, the last column ragged. Numbers are right-aligned where every cell below
/// the heading looks like one.
pub(crate) fn layout(heading: &[&str], rows: &[Vec<String>]) -> String {
    let columns = heading.len();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heading[column].chars().count()]).max().unwrap_or(0)
    };
    let is_numeric = |column: usize| {
        !rows.is_empty() && rows.iter().filter_map(|row| row.get(column)).all(|cell| looks_numeric(cell))
    };
    let shape: Vec<(usize, bool)> = (0..columns).map(|column| (width(column), is_numeric(column))).collect();
    let heading: Vec<String> = heading.iter().map(|&cell| cell.to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&heading).chain(rows) {
        let mut line = String::new();
        for (column, (width, is_numeric)) in shape.iter().enumerate() {
            let cell = row.get(column).map_or("", String::as_str);
            let padding = " ".repeat(width.saturating_sub(cell.chars().count()));
            let gap = if column == 0 { "" } else { "  " };
            let (before, after) = if *is_numeric { (padding.as_str(), "") } else { ("", padding.as_str()) };
            line.push_str(&format!("{gap}{before}{cell}{after}"));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Widest line of a page: what a terminal shows without being asked.
pub(crate) const PAGE_WIDTH: usize = 80;

/// Lays rows out as [`layout`] does; words of the last column go on below it where they would leave the page.
pub(crate) fn page(heading: &[&str], rows: &[Vec<String>]) -> String {
    let last = heading.len() - 1;
    let longest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heading[column].chars().count()]).max().unwrap_or(0)
    };
    let before: usize = (0..last).map(|column| longest(column) + 2).sum();
    let width = PAGE_WIDTH.saturating_sub(before).max(MIN_WRAP);
    let mut wrapped = Vec::with_capacity(rows.len());
    for row in rows {
        let lines = wrap(row.get(last).map_or("", String::as_str), width);
        for (at, line) in lines.into_iter().enumerate() {
            let mut cells = if at == 0 { row[..last].to_vec() } else { vec![String::new(); last] };
            cells.push(line);
            wrapped.push(cells);
        }
    }
    layout(heading, &wrapped)
}

/// Facts one below the other: labels left, values aligned and within the page.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let labels = facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0) + 2;
    let mut text = String::new();
    for (label, value) in facts {
        for (at, line) in wrap(value, PAGE_WIDTH.saturating_sub(labels).max(MIN_WRAP)).iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            text.push_str(format!("{label:<labels$}{line}").trim_end());
            text.push('\n');
        }
    }
    text
}

/// Narrowest column in which words are still worth breaking.
const MIN_WRAP: usize = 16;

/// The words of a text in lines of at most `width` characters, at least one line; a longer word has a line to itself.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is a first line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Groups the digits of a count by three: `147,310`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn looks_numeric(cell: &str) -> bool {
    cell.is_empty()
        || (cell.chars().any(|letter| letter.is_ascii_digit())
            && cell.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '-' | '+')))
}

#[cfg(test)]
mod tests {
    use super::{facts, grouped, layout, page, wrap};

    #[test]
    fn numbers_stand_right_and_words_left() {
        let rows = vec![vec!["kept".to_owned(), "1,200".to_owned()], vec!["out_of_session".to_owned(), "3".to_owned()]];
        assert_eq!(
            layout(&["disposition", "rows"], &rows),
            "disposition      rows\nkept            1,200\nout_of_session      3\n"
        );
    }

    #[test]
    fn a_short_row_leaves_cells_empty() {
        assert_eq!(layout(&["a", "b"], &[vec!["x".to_owned()]]), "a  b\nx\n");
    }

    #[test]
    fn words_break_at_the_width_and_never_inside() {
        let check = |text: &str, width: usize, expected: &[&str]| assert_eq!(wrap(text, width), expected, "{text:?}");
        check("", 5, &[""]);
        check("Labor Day", 9, &["Labor Day"]);
        check("Labor Day", 8, &["Labor", "Day"]);
        check("a Juneteenth b", 3, &["a", "Juneteenth", "b"]);
    }

    #[test]
    fn a_long_last_column_goes_on_below_itself() {
        let words = "word ".repeat(20);
        let text = page(&["day", "what"], &[vec!["Mon".to_owned(), words.clone()]]);
        assert_eq!(text.lines().count(), 3, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert!(text.lines().nth(2).is_some_and(|line| line.starts_with("     word")), "{text}");
        assert_eq!(facts(&[("at", "noon".to_owned()), ("reason", String::new())]), "at      noon\nreason\n");
        assert_eq!(facts(&[("why", words)]).lines().count(), 2);
    }

    #[test]
    fn counts_are_grouped() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (147_310, "147,310"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(count), text);
        }
    }
}
