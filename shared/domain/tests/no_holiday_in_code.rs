//! Holidays and special dates are data: no date of the calendar file stands in Rust code, and no other date either.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use peaktrade_domain::Calendar;

/// Rust files below a folder that become part of a program, in order.
fn program_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut entries: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "tests" && name != "gen" {
            files.extend(program_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests.rs" {
            files.push(path);
        }
    }
    let of_tests: BTreeSet<PathBuf> = files.iter().flat_map(|file| test_files(file)).collect();
    // A module of tests has its files beside it or in a folder of its name.
    files.retain(|file| !of_tests.iter().any(|test| file == test || file.starts_with(test.with_extension(""))));
    files
}

/// Files of the modules that a file declares for its tests.
fn test_files(file: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(file).unwrap();
    let stem = file.file_stem().unwrap().to_str().unwrap();
    let folder = if ["lib", "main", "mod"].contains(&stem) {
        file.parent().unwrap().to_owned()
    } else {
        file.with_extension("")
    };
    let declared = text.lines().zip(text.lines().skip(1)).filter(|(line, _)| *line == "#[cfg(test)]");
    let names = declared.filter_map(|(_, item)| {
        let item = item.trim_start_matches("pub(crate) ");
        item.strip_prefix("mod ")?.strip_suffix(';')
    });
    names.map(|name| folder.join(format!("{name}.rs"))).collect()
}

/// The part of a file that becomes part of a program, without comments.
fn code(text: &str) -> String {
    let shipped = shipped_part(text);
    shipped.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The text without its test modules: without their declarations, which may stand anywhere, and without their blocks.
fn shipped_part(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let (mut kept, mut at) = (Vec::new(), 0);
    while let Some(line) = lines.get(at) {
        let length = test_module_length(&lines[at..]);
        if length == 0 {
            kept.push(*line);
        }
        at += length.max(1);
    }
    kept.join("\n")
}

/// Lines of the test module that begins with the first line, 0 where none does: a declaration, a block in one line, or a
/// block that ends with the first brace at the begin of a line. Other items for tests stay what they are.
fn test_module_length(lines: &[&str]) -> usize {
    if lines.first() != Some(&"#[cfg(test)]") {
        return 0;
    }
    let attributes = lines.iter().take_while(|line| line.starts_with("#[")).count();
    match lines.get(attributes) {
        Some(item) if !item.starts_with("mod ") && !item.starts_with("pub(crate) mod ") => 0,
        Some(item) if item.ends_with([';', '}']) => attributes + 1,
        Some(_) => lines.iter().position(|line| *line == "}").map_or(0, |end| end + 1),
        None => 0,
    }
}

/// The ways in which a date could be written into code.
fn spellings(date: &str) -> [String; 3] {
    let [year, month, day] = date.split('-').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>()[..] else {
        panic!("{date} is not ISO 8601")
    };
    [date.to_owned(), format!("{year}, {month}, {day}"), format!("{year}{month:02}{day:02}")]
}

/// The ISO dates of a text, wherever they stand.
fn dates(text: &str) -> BTreeSet<&str> {
    let is_date = |part: &&[u8]| {
        let is_shaped =
            |(at, byte): (usize, &u8)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() };
        part.iter().enumerate().all(is_shaped)
    };
    let found = text.as_bytes().windows(10).filter(is_date);
    found.map(|part| std::str::from_utf8(part).unwrap()).collect()
}

/// Words, numbers and signs of code, in order.
fn tokens(code: &str) -> Vec<&str> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let (mut tokens, mut rest) = (Vec::new(), code.trim_start());
    while let Some(first) = rest.chars().next() {
        let word = rest.bytes().take_while(|byte| is_word(*byte)).count();
        let (token, after) = rest.split_at(word.max(first.len_utf8()));
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// How many tokens away a word tells what a number is.
const NEAR: usize = 16;

/// The days of some month that code names without a year, as `12-25`. A line with the first and the last day of a year
/// names the year.
fn days_of_months(code: &str) -> Vec<String> {
    let is_year = |line: &&str| line.contains("(1, 1)") && line.contains("(12, 31)");
    let code = code.lines().filter(|line| !is_year(line)).collect::<Vec<_>>().join("\n");
    let tokens = tokens(&code);
    (0..tokens.len()).filter_map(|at| day_of_month(&tokens, at)).collect()
}

/// The day of a month that begins at a token.
fn day_of_month(tokens: &[&str], at: usize) -> Option<String> {
    let (before, after) = (&tokens[at.saturating_sub(NEAR)..at], &tokens[at..tokens.len().min(at + NEAR)]);
    let says = |word: &str| before.iter().chain(after).any(|token| token.to_ascii_lowercase().contains(word));
    let (month, day) = match after {
        [",", month, ",", day, ")", ..] | [",", month, ",", day, ",", ")", ..]
            if before.iter().any(|token| token.starts_with("from_ymd")) =>
        {
            (*month, *day)
        }
        ["(", month, ",", day, ")", ..] if says("month") || says("day") => (*month, *day),
        ["\"", month, "-", day, "\"", ..] if month.len() == 2 && day.len() == 2 => (*month, *day),
        ["month" | "day", ..] => (compared(after, "month")?, compared(after, "day")?),
        _ => return None,
    };
    let (month, day) = (number(month)?, number(day)?);
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then(|| format!("{month}-{day}"))
}

/// What a word or a method of that name is compared with: `25` for `day` in `date.day() == 25`.
fn compared<'a>(tokens: &[&'a str], word: &str) -> Option<&'a str> {
    let ends = tokens.iter().enumerate().filter(|(_, token)| **token == word).map(|(at, _)| &tokens[at + 1..]);
    ends.into_iter().find_map(|rest| match rest {
        ["(", ")", "=", "=", number, ..] | ["=", "=", number, ..] => Some(*number),
        _ => None,
    })
}

/// A number in code, with or without its type.
fn number(token: &str) -> Option<u32> {
    token.split(['_', 'u', 'i']).next()?.parse().ok()
}

/// The program's files below the root, each with its code; without the made-up market and the tests' kit, whose dates
/// are their own.
fn programs() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut programs = Vec::new();
    for part in ["shared", "services"] {
        for member in std::fs::read_dir(root.join(part)).unwrap() {
            let source = member.unwrap().path().join("src");
            for path in if source.is_dir() { program_files(&source) } else { Vec::new() } {
                let code = code(&std::fs::read_to_string(&path).unwrap());
                programs.push((path.strip_prefix(&root).unwrap().to_owned(), code));
            }
        }
    }
    programs.retain(|(path, _)| !path.starts_with("shared/market") && !path.starts_with("shared/testkit"));
    assert!(programs.len() > 100, "only {} files were read", programs.len());
    programs
}

#[test]
fn no_date_of_the_calendar_stands_in_code() {
    let text: String = Calendar::SHIPPED_FILE.lines().filter(|line| !line.starts_with('#')).collect();
    let dates = dates(&text);
    // Exceptions alone are 150; eras, margins and expiries come on top.
    assert!(dates.len() > 190, "{}", dates.len());
    let mut found = Vec::new();
    for (path, code) in programs() {
        let spellings = dates.iter().flat_map(|date| spellings(date)).filter(|spelling| code.contains(spelling));
        found.extend(spellings.map(|spelling| format!("{} names {spelling}", path.display())));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_other_date_stands_in_code_but_as_an_example() {
    for (path, code) in programs() {
        for line in code.lines().filter(|line| !dates(line).is_empty()) {
            let is_example = line.contains("such as ") || line.contains("xample");
            assert!(is_example, "{} names a date: {line}", path.display());
        }
    }
}

#[test]
fn no_day_of_a_month_stands_in_code() {
    for (path, code) in programs() {
        assert_eq!(days_of_months(&code), Vec::<String>::new(), "{} names a day of a month", path.display());
    }
}

#[test]
fn days_of_months_are_found_however_they_are_written() {
    for (code, expected) in [
        ("NaiveDate::from_ymd_opt(year, 12, 25)", vec!["12-25"]),
        ("NaiveDate::from_ymd_opt(\n    date.year(),\n    12,\n    25,\n)", vec!["12-25"]),
        ("NaiveDate::from_ymd_opt(date.year(), date.month(), 1)", vec![]),
        ("month == 12 && day == 25", vec!["12-25"]),
        ("date.day() == 4_u32 && date.month() == 7u32", vec!["7-4"]),
        ("month == 12 || month == 3", vec![]),
        ("(date.month(), date.day()) == (12, 25)", vec!["12-25"]),
        ("match (month, day) { (7, 4) | (12, 25) => true, _ => false }", vec!["7-4", "12-25"]),
        ("const HOLIDAYS: [(u32, u32); 2] = [(7, 4), (12, 25)];", vec!["7-4"]),
        ("let holidays = [(7, 4), (12, 25)];", vec!["7-4", "12-25"]),
        ("text.ends_with(\"12-25\")", vec!["12-25"]),
        ("let (first, last) = day(1, 1).zip(day(12, 31))", vec![]),
        ("let new_year = day(1, 1);", vec!["1-1"]),
        ("let ratio = (1, 10);", vec![]),
        ("(13, 25), (12, 32), month, day", vec![]),
    ] {
        assert_eq!(days_of_months(code), expected, "{code}");
    }
}

#[test]
fn only_test_modules_are_left_out() {
    for (text, expected) in [
        ("#[cfg(test)]\nmod tests;\n\nuse a;", "\nuse a;"),
        ("use a;\n#[cfg(test)]\npub(crate) mod testing;\nmod b;", "use a;\nmod b;"),
        ("use a;\n#[cfg(test)]\n#[allow(b)]\nmod tests {\n    fn c() {\n    }\n}\n", "use a;"),
        ("#[cfg(test)]\nmod tests { use b; }\nuse a;", "use a;"),
        ("#[cfg(test)]\nuse b;\nuse a;", "#[cfg(test)]\nuse b;\nuse a;"),
        ("// a\nuse a; // b", "use a; // b"),
    ] {
        assert_eq!(code(text), expected, "{text}");
    }
}
