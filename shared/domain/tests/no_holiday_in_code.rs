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
    files
}

/// The part of a file before its unit tests, without comments.
fn code(text: &str) -> String {
    let program = text.split("#[cfg(test)]").next().unwrap();
    program.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
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

/// The program's files, each with its code.
fn programs() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut programs = Vec::new();
    for part in ["shared", "services"] {
        for member in std::fs::read_dir(root.join(part)).unwrap() {
            let source = member.unwrap().path().join("src");
            for path in if source.is_dir() { program_files(&source) } else { Vec::new() } {
                let code = code(&std::fs::read_to_string(&path).unwrap());
                programs.push((path, code));
            }
        }
    }
    assert!(programs.len() > 100, "only {} files were read", programs.len());
    programs
}

#[test]
fn no_date_of_the_calendar_stands_in_code() {
    let text: String = Calendar::SHIPPED_FILE.lines().filter(|line| !line.starts_with('#')).collect();
    let dates = dates(&text);
    // Exceptions alone are 150; eras, margins and expiries come on top.
    assert!(dates.len() > 190, "{}", dates.len());
    for (path, code) in programs().iter().filter(|(path, _)| !is_made_up(path)) {
        for date in &dates {
            let found = spellings(date).into_iter().find(|spelling| code.contains(spelling));
            assert_eq!(found, None, "{} names a date of the calendar", path.display());
        }
    }
}

#[test]
fn no_other_date_stands_in_code_but_as_an_example() {
    for (path, code) in programs().iter().filter(|(path, _)| !is_made_up(path)) {
        for line in code.lines().filter(|line| !dates(line).is_empty()) {
            let is_example = line.contains("such as ") || line.contains("xample");
            assert!(is_example, "{} names a date: {line}", path.display());
        }
    }
}

/// Whether a file belongs to the made-up market or to the tests' kit, whose dates are their own.
fn is_made_up(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str() == "market" || part.as_os_str() == "testkit")
}
