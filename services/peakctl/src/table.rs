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
    use super::{grouped, layout};

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
    fn counts_are_grouped() {
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (147_310, "147,310"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(count), text);
        }
    }
}
