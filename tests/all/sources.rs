//! What the text of the sources must not hold, where neither the compiler nor a lint says so.

use std::path::Path;

use crate::workspace::{files, root};

/// Longest file without an entry in [`LONG_FILES`].
const LINES_MAX: usize = 500;

/// Longer files and why they are not split.
const LONG_FILES: [(&str, &str); 2] = [
    ("Cargo.lock", "generated"),
    (
        "shared/domain/calendar/cme_equity.toml",
        "data that is named by one hash: a row for each exception, term and source",
    ),
];

/// Folders of pure crates.
const PURE_FOLDERS: [&str; 4] =
    ["shared/domain/src", "shared/continuous/src", "shared/validation/src", "shared/engine/src"];

/// What a pure crate's code does not say: the clock, the environment, files, sockets, threads.
const IMPURE_WORDS: [&str; 9] = [
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "std::env",
    "std::fs",
    "std::net",
    "std::thread",
    "std::process",
];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] = ["util", "utils", "common", "helper", "helpers", "misc", "manager", "shared_utils"];

/// Generated code is held by the test that generates it again.
const GENERATED: [&str; 3] = ["shared/wire/src/gen/", "shared/python/src/peaktrade_futures/proto/", "proto/"];

/// A source file: its path and its text.
struct Source {
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    files()
        .into_iter()
        .map(|path| path.to_str().expect("paths of the repository are UTF-8").to_owned())
        .filter(|path| !GENERATED.iter().any(|folder| path.starts_with(folder)))
        .filter(|path| {
            ["rs", "py", "sh", "toml", "yml"].iter().any(|end| Path::new(path).extension().is_some_and(|e| e == *end))
        })
        .map(|path| Source { text: std::fs::read_to_string(root().join(&path)).unwrap(), path })
        .collect()
}

/// Every broken rule, in words.
fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources {
        let path = source.path.as_str();
        let lines = source.text.lines().count();
        if lines > LINES_MAX && !LONG_FILES.iter().any(|(known, _)| *known == path) {
            found.push(format!("{path} has {lines} lines, {LINES_MAX} are allowed without a reason"));
        }
        for part in Path::new(path).with_extension("").iter().filter_map(|part| part.to_str()) {
            if EMPTY_NAMES.contains(&part) {
                found.push(format!("{path}: the name {part:?} says nothing about what is inside"));
            }
        }
        if PURE_FOLDERS.iter().any(|folder| path.starts_with(folder)) && !is_test(path) {
            let shipped = shipped_part(&source.text);
            for word in IMPURE_WORDS.iter().filter(|word| shipped.contains(*word)) {
                found.push(format!("{path} says {word}: a pure crate is given such things as values"));
            }
        }
        let may_serve = path.starts_with("shared/runtime/") || is_test(path) || path.contains("/benches/");
        if path.ends_with(".rs") && !may_serve && source.text.contains("transport::Server") {
            found.push(format!("{path} builds a tonic server: only shared/runtime does"));
        }
        let is_member = path.ends_with("/Cargo.toml");
        if is_member && !source.text.contains("[lints]\nworkspace = true") {
            found.push(format!("{path} does not take the workspace's lints"));
        }
    }
    found
}

fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs")
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

#[test]
fn the_sources_keep_the_house_rules() {
    let sources = sources();
    let mut lengths: Vec<(usize, &str)> = sources
        .iter()
        .filter(|source| source.path.ends_with(".rs"))
        .map(|source| (source.text.lines().count(), source.path.as_str()))
        .collect();
    lengths.sort_unstable();
    assert!(lengths.len() > 50, "{} Rust files found", lengths.len());
    let (largest, largest_path) = lengths[lengths.len() - 1];
    // Shown with --nocapture: the figures that the notes quote.
    report(&format!(
        "{} Rust files, median {} lines, largest {largest} ({largest_path})",
        lengths.len(),
        lengths[lengths.len() / 2].0
    ));
    assert_eq!(violations(&sources), Vec::<String>::new());
}

#[test]
fn unsafe_code_stays_forbidden() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    assert!(manifest.contains("unwrap_used = \"deny\""));
}

#[allow(clippy::print_stdout, reason = "the test harness shows it on demand")]
fn report(line: &str) {
    println!("{line}");
}

fn check(path: &str, text: &str, expected: &[&str]) {
    let source = Source { path: path.to_owned(), text: text.to_owned() };
    assert_eq!(violations(&[source]), expected);
}

#[test]
fn each_broken_rule_is_found() {
    check("shared/store/src/lib.rs", &"\n".repeat(500), &[]);
    check(
        "shared/store/src/lib.rs",
        &"\n".repeat(501),
        &["shared/store/src/lib.rs has 501 lines, 500 are allowed without a reason"],
    );
    check(
        "shared/store/src/utils.rs",
        "",
        &["shared/store/src/utils.rs: the name \"utils\" says nothing about what is inside"],
    );
    check(
        "shared/store/common/bars.rs",
        "",
        &["shared/store/common/bars.rs: the name \"common\" says nothing about what is inside"],
    );
    check(
        "shared/engine/src/risk.rs",
        "let now = std::time::SystemTime::now();",
        &["shared/engine/src/risk.rs says SystemTime::now: a pure crate is given such things as values"],
    );
    check("shared/engine/src/risk.rs", "#[cfg(test)]\nmod tests { use std::fs; }", &[]);
    for test_module in ["mod tests;", "mod tests {\n    use std::fs;\n}", "#[allow(clippy::panic)]\nmod tests {\n}"] {
        let text = format!("#[cfg(test)]\n{test_module}\n\nuse std::fs;\n");
        let expected = "shared/engine/src/risk.rs says std::fs: a pure crate is given such things as values";
        check("shared/engine/src/risk.rs", &text, &[expected]);
        check("shared/engine/src/risk.rs", &text.replace("\nuse std::fs;", ""), &[]);
    }
    check("shared/store/src/lib.rs", "use std::fs;", &[]);
    check(
        "services/dataset/src/lib.rs",
        "tonic::transport::Server::builder()",
        &["services/dataset/src/lib.rs builds a tonic server: only shared/runtime does"],
    );
    check(
        "services/dataset/Cargo.toml",
        "[package]",
        &["services/dataset/Cargo.toml does not take the workspace's lints"],
    );
}
