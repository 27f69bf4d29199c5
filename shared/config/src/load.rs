//! Resolving settings from their sources.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use peaktrade_gates::GATE_NAMES;

use crate::arguments::Arguments;
use crate::key::{Key, Setting};
use crate::value::Value;

/// Size of a configuration file, bytes; a few dozen short lines need far less.
const FILE_BYTES_MAX: u64 = 64 * 1024;
/// Characters of a wrong value that are shown.
const SHOWN_CHARS_MAX: usize = 80;

/// Where a value came from, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The program's own default.
    Default,
    /// The configuration file.
    File,
    /// An environment variable.
    Environment,
    /// A command-line flag.
    Flag,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Default => "default",
            Self::File => "file",
            Self::Environment => "environment",
            Self::Flag => "flag",
        })
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub source: Source,
    /// Name as it is written there.
    pub key: String,
    /// The value, where there is one.
    pub value: Option<String>,
    /// What is wrong and what is allowed.
    pub problem: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.source, self.key)?;
        if let Some(value) = &self.value {
            let shown: String = value.chars().take(SHOWN_CHARS_MAX).collect();
            write!(f, " = {shown:?}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

/// Everything that is wrong; displayed one per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// What settings are resolved from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// TOML file with keys such as `data_dir`; text, whole numbers and booleans only.
    pub file: Option<PathBuf>,
    /// Environment variables; those that are no setting are somebody else's, and an empty one counts as absent.
    pub environment: Vec<(String, String)>,
    /// Command-line arguments.
    pub arguments: Arguments,
}

/// Settings that are resolved and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings(BTreeMap<&'static str, Resolved>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Resolved {
    file_key: String,
    text: Option<String>,
    source: Source,
}

impl Settings {
    /// The value of a setting.
    ///
    /// # Panics
    /// Where the key was not in the list that was loaded, a slip of the program that its first start shows.
    pub fn get<T: Value>(&self, key: &Key<T>) -> T {
        let resolved = self.0.get(key.name()).expect("a program loads every key that it reads");
        resolved.text.as_deref().map_or_else(T::absent, T::parse).expect("loading has checked every value")
    }

    /// All settings as YAML, sorted by name, each with its source as a comment.
    pub fn dump(&self) -> String {
        let mut lines: Vec<String> = self
            .0
            .values()
            .map(|resolved| {
                let text = resolved.text.as_deref().map_or_else(|| "null".to_owned(), quoted);
                format!("{}: {text} # {}\n", resolved.file_key, resolved.source)
            })
            .collect();
        lines.sort();
        lines.concat()
    }

    /// All settings as (file key, text, source), sorted by file key.
    pub fn entries(&self) -> impl Iterator<Item = (&str, Option<&str>, Source)> {
        self.0.values().map(|resolved| (resolved.file_key.as_str(), resolved.text.as_deref(), resolved.source))
    }
}

/// Resolves the settings of a program; of two keys with one name the first counts.
///
/// # Errors
/// Everything that is wrong in any source, not only the first.
pub fn load(settings: &[&dyn Setting], sources: Sources) -> Result<Settings, Problems> {
    let settings = &distinct(settings)[..];
    let mut problems = Vec::new();
    let gate_named = settings.iter().find(|setting| is_gate(setting.name()));
    if let Some(setting) = gate_named {
        problems.push(problem(Source::Default, setting.name(), None, GATE_PROBLEM));
    }
    let mut given = Given::default();
    if let Some(path) = &sources.file {
        read_file(path, settings, &mut given, &mut problems);
    }
    for (name, value) in sources.environment {
        if let Some(setting) = settings.iter().find(|setting| setting.name() == name) {
            // An empty variable is how compose files and shells say "not set".
            if !value.is_empty() {
                given.put(*setting, Source::Environment, name, value, &mut problems);
            }
        }
    }
    problems.extend(sources.arguments.problems);
    for (flag, value) in sources.arguments.values {
        let shown = format!("--{flag}");
        match settings.iter().find(|setting| setting.flag() == flag) {
            Some(setting) => given.put(*setting, Source::Flag, shown, value, &mut problems),
            None => problems.push(unknown(Source::Flag, shown, settings, |setting| format!("--{}", setting.flag()))),
        }
    }
    let resolved = settings.iter().map(|setting| (setting.name(), given.resolve(*setting, &mut problems))).collect();
    if problems.is_empty() { Ok(Settings(resolved)) } else { Err(Problems(problems)) }
}

/// The settings without repetitions: a program may list a setting that its runner lists too.
fn distinct<'a>(settings: &[&'a dyn Setting]) -> Vec<&'a dyn Setting> {
    let mut distinct: Vec<&dyn Setting> = Vec::with_capacity(settings.len());
    for setting in settings {
        if distinct.iter().all(|listed| listed.name() != setting.name()) {
            distinct.push(*setting);
        }
    }
    distinct
}

/// Values by the name of their setting; a stronger source overwrites a weaker one.
#[derive(Default)]
struct Given(BTreeMap<&'static str, (Source, String)>);

impl Given {
    fn put(
        &mut self,
        setting: &dyn Setting,
        source: Source,
        shown_key: String,
        value: String,
        problems: &mut Vec<Problem>,
    ) {
        if !setting.allows(&value) {
            let text = format!("allowed is {}", setting.allowed());
            problems.push(Problem { source, key: shown_key, value: Some(value.clone()), problem: text });
        }
        self.0.insert(setting.name(), (source, value));
    }

    fn resolve(&mut self, setting: &dyn Setting, problems: &mut Vec<Problem>) -> Resolved {
        let file_key = setting.file_key();
        if let Some((source, text)) = self.0.remove(setting.name()) {
            return Resolved { file_key, text: Some(text), source };
        }
        let default = setting.default_text();
        if setting.is_required() {
            let text = format!(
                "is not given, required is {} ({}), as {}, --{} or {file_key} in a file",
                setting.allowed(),
                setting.help(),
                setting.name(),
                setting.flag(),
            );
            problems.push(problem(Source::Default, setting.name(), None, &text));
        } else if default.is_some_and(|default| !setting.allows(default)) {
            let text = format!("allowed is {}", setting.allowed());
            problems.push(problem(Source::Default, setting.name(), default, &text));
        }
        Resolved { file_key, text: default.map(str::to_owned), source: Source::Default }
    }
}

const GATE_PROBLEM: &str = "is a gate, which the environment alone can set";

fn is_gate(key: &str) -> bool {
    let name = key.trim_start_matches('-').replace('-', "_").to_ascii_uppercase();
    GATE_NAMES.contains(&name.as_str())
}

fn problem(source: Source, key: &str, value: Option<&str>, problem: &str) -> Problem {
    Problem { source, key: key.to_owned(), value: value.map(str::to_owned), problem: problem.to_owned() }
}

fn unknown(source: Source, key: String, settings: &[&dyn Setting], spell: impl Fn(&dyn Setting) -> String) -> Problem {
    let text = if is_gate(&key) {
        GATE_PROBLEM.to_owned()
    } else {
        let mut allowed: Vec<String> = settings.iter().map(|setting| spell(*setting)).collect();
        allowed.sort();
        format!("is unknown, allowed are {}", allowed.join(", "))
    };
    Problem { source, key, value: None, problem: text }
}

fn read_file(path: &Path, settings: &[&dyn Setting], given: &mut Given, problems: &mut Vec<Problem>) {
    let table = match read_table(path) {
        Ok(table) => table,
        Err(text) => {
            problems.push(problem(Source::File, &path.display().to_string(), None, &text));
            return;
        }
    };
    for (key, value) in table {
        let shown = format!("{}: {key}", path.display());
        let Some(setting) = settings.iter().find(|setting| setting.file_key() == key) else {
            let mut refused = unknown(Source::File, key, settings, |setting| setting.file_key());
            refused.key = shown;
            problems.push(refused);
            continue;
        };
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Boolean(flag) => flag.to_string(),
            toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Array(_) | toml::Value::Table(_) => {
                let text = format!("is of type {}, allowed is text: {}", value.type_str(), setting.allowed());
                problems.push(problem(Source::File, &shown, None, &text));
                continue;
            }
        };
        given.put(*setting, Source::File, shown, text, problems);
    }
}

fn read_table(path: &Path) -> Result<toml::Table, String> {
    let bytes = std::fs::metadata(path).map_err(|error| error.to_string())?.len();
    if bytes > FILE_BYTES_MAX {
        return Err(format!("has {bytes} bytes, allowed are at most {FILE_BYTES_MAX}"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    // The parser's text spans lines; a problem is one line.
    text.parse::<toml::Table>().map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
        format!("line {line} is no TOML: {}", error.message())
    })
}

/// Double-quoted YAML, which takes JSON's escapes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                quoted.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
