//! Holidays are data: no date of the calendar file's exceptions stands in Rust code.
#![allow(clippy::unwrap_used)]

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

#[test]
fn no_exception_of_the_calendar_stands_in_code() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dates: Vec<&str> = Calendar::SHIPPED_FILE
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("{ date = \"").map(|rest| &rest[..10]))
        .collect();
    assert_eq!(dates.len(), 150);
    let mut files = 0;
    for part in ["shared", "services"] {
        for member in std::fs::read_dir(root.join(part)).unwrap() {
            let source = member.unwrap().path().join("src");
            for path in if source.is_dir() { program_files(&source) } else { Vec::new() } {
                let code = code(&std::fs::read_to_string(&path).unwrap());
                for date in &dates {
                    let found = spellings(date).into_iter().find(|spelling| code.contains(spelling));
                    assert_eq!(found, None, "{} names an exception of the calendar", path.display());
                }
                files += 1;
            }
        }
    }
    assert!(files > 10, "only {files} files were read");
}
