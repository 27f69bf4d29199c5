//! Precedence, refusals, and the dump.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::{any, prop_assert_eq, proptest};

use crate::{Arguments, Endpoint, Key, LogLevel, Problem, Setting, Settings, Source, Sources, Value, keys, load};

const LISTEN: Key<SocketAddr> = keys::listen("127.0.0.1:9121");
const FEES: Key<PathBuf> = keys::FEES_FILE;
const SETTINGS: [&dyn Setting; 5] = [&LISTEN, &FEES, &keys::LOG_LEVEL, &keys::CALENDAR_FILE, &keys::DRAIN_SECONDS];

/// Loads from a file's text, variables and arguments; `Err` holds one line per problem, the file's path cut out.
fn resolve(file: Option<&str>, environment: &[(&str, &str)], arguments: &[&str]) -> Result<Settings, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    if let Some(text) = file {
        std::fs::write(&path, text).unwrap();
    }
    let sources = Sources {
        file: file.map(|_| path.clone()),
        environment: environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        arguments: Arguments::parse(arguments.iter().map(|argument| (*argument).to_owned()), &["version"]),
    };
    load(&SETTINGS, sources).map_err(|problems| {
        let text = problems.to_string().replace(&path.display().to_string(), "x.toml");
        text.lines().map(str::to_owned).collect()
    })
}

#[test]
fn the_stronger_source_wins() {
    let file = Some("fees_file = 'file'");
    let environment = [("FEES_FILE", "environment"), ("UNRELATED", "x")];
    let flag = ["--fees-file", "flag"];
    let check = |settings: Result<Settings, Vec<String>>, text: &str, source: Source| {
        let settings = settings.unwrap();
        assert_eq!(settings.get(&FEES), PathBuf::from(text));
        assert!(settings.entries().any(|entry| entry == ("fees_file", Some(text), source)), "{settings:?}");
    };
    check(resolve(file, &[], &[]), "file", Source::File);
    check(resolve(file, &environment, &[]), "environment", Source::Environment);
    check(resolve(file, &environment, &flag), "flag", Source::Flag);
    check(resolve(None, &environment, &["--fees-file=a=b"]), "a=b", Source::Flag);
    // An empty variable is absent, an empty flag is a value.
    check(resolve(file, &[("FEES_FILE", "")], &[]), "file", Source::File);
    assert_eq!(
        resolve(file, &[], &["--fees-file="]).unwrap_err(),
        ["flag --fees-file = \"\": allowed is a path, not empty"]
    );
}

#[test]
fn every_problem_of_every_source_is_named() {
    let file = "lissten = 'x'\nlive_trading = '0'\nlisten = 9121\nlog_level = ['info']\ndrain_seconds = 0";
    let environment = [("LOG_LEVEL", "loud"), ("DRAIN_SECONDS", "3601")];
    let arguments = ["positional", "--nope", "1", "--PEAK-OFFLINE=1", "--listen", "--listen", "here", "--listen=there"];
    assert_eq!(
        resolve(Some(file), &environment, &arguments).unwrap_err(),
        [
            "file x.toml: drain_seconds = \"0\": allowed is whole seconds from 1 to 3600",
            "file x.toml: lissten: is unknown, allowed are calendar_file, drain_seconds, fees_file, listen, log_level",
            "file x.toml: listen = \"9121\": allowed is an address and a port, such as 127.0.0.1:9121",
            "file x.toml: live_trading: is a gate, which the environment alone can set",
            "file x.toml: log_level: is of type array, allowed is text: one of error, warn, info, debug, trace",
            "environment LOG_LEVEL = \"loud\": allowed is one of error, warn, info, debug, trace",
            "environment DRAIN_SECONDS = \"3601\": allowed is whole seconds from 1 to 3600",
            "flag positional: unexpected, only flags of the form --flag value are taken",
            "flag --listen: stands without a value",
            "flag --listen = \"there\": is given twice, allowed is once",
            "flag --nope: is unknown, allowed are --calendar-file, --drain-seconds, --fees-file, --listen, --log-level",
            "flag --PEAK-OFFLINE: is a gate, which the environment alone can set",
            "flag --listen = \"here\": allowed is an address and a port, such as 127.0.0.1:9121",
            "default FEES_FILE: is not given, required is a path, not empty (fees per contract and side, and slippage), \
             as FEES_FILE, --fees-file or fees_file in a file",
        ]
    );
}

#[test]
fn a_wrong_value_is_refused_even_where_a_stronger_source_hides_it() {
    let refused = resolve(Some("log_level = 'loud'"), &[("LOG_LEVEL", "info"), ("FEES_FILE", "f")], &[]).unwrap_err();
    assert_eq!(refused, ["file x.toml: log_level = \"loud\": allowed is one of error, warn, info, debug, trace"]);
}

#[test]
fn a_gate_is_no_setting_even_where_a_program_lists_it() {
    const GATE: Key<PathBuf> = Key::with_default("LIVE_TRADING", "0", "never");
    let refused = load(&[&GATE], Sources::default()).unwrap_err();
    assert_eq!(refused.to_string(), "default LIVE_TRADING: is a gate, which the environment alone can set");
}

#[test]
fn a_setting_that_is_listed_twice_keeps_its_value() {
    const OTHER_DEFAULT: Key<SocketAddr> = keys::listen("127.0.0.1:1");
    let arguments = Arguments::parse(["--listen=127.0.0.1:7000".to_owned()], &[]);
    let sources = Sources { arguments, ..Sources::default() };
    let settings = load(&[&LISTEN, &LISTEN, &OTHER_DEFAULT], sources).unwrap();
    assert_eq!(settings.get(&LISTEN).port(), 7000);
    let settings = load(&[&LISTEN, &OTHER_DEFAULT], Sources::default()).unwrap();
    assert_eq!(settings.dump(), "listen: \"127.0.0.1:9121\" # default\n");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let line = |text: &str| resolve(Some(text), &[("FEES_FILE", "f")], &[]).unwrap_err();
    let broken = line("log_level = 'info'\nlisten = ");
    assert!(broken.len() == 1 && broken[0].starts_with("file x.toml: line 2 is no TOML: "), "{broken:?}");
    let twice = line("listen = '127.0.0.1:1'\nlisten = '127.0.0.1:2'");
    assert!(twice.len() == 1 && twice[0].starts_with("file x.toml: line 2 is no TOML: "), "{twice:?}");
    let long = format!("# {}", "x".repeat(64 * 1024));
    assert_eq!(line(&long), ["file x.toml: has 65538 bytes, allowed are at most 65536"]);

    let missing = Sources { file: Some("/nowhere/x.toml".into()), ..Sources::default() };
    let problems = load(&[&LISTEN], missing).unwrap_err().0;
    assert!(matches!(&problems[..], [Problem { source: Source::File, .. }]), "{problems:?}");
}

#[test]
fn values_walk_the_line_from_right_to_wrong() {
    fn check<T: Value>(allowed: &[&str], refused: &[&str]) {
        for text in allowed {
            assert!(T::parse(text).is_some(), "{text:?} must be {}", T::ALLOWED);
        }
        for text in refused {
            assert!(T::parse(text).is_none(), "{text:?} must not be {}", T::ALLOWED);
        }
    }
    check::<SocketAddr>(
        &["127.0.0.1:0", "[::1]:9121", "0.0.0.0:65535"],
        &["", "9121", "localhost:1", "127.0.0.1:65536"],
    );
    check::<Duration>(&["1", "3600"], &["", "0", "3601", "1.5", "-1", "+5", "5s", " 5"]);
    check::<LogLevel>(&["error", "trace"], &["", "INFO", "warning", "off", "info,h2=debug"]);
    check::<Endpoint>(
        &["http://127.0.0.1:9121", "http://risk-gate:9123", "http://[::1]:1", "http://dataset:9122/"],
        &["", "127.0.0.1:9121", "https://x:1", "http://x", "http://:1", "http://x:0", "http://x:65536", "http://x:1/y"],
    );
    assert_eq!(Duration::parse("5"), Some(Duration::from_secs(5)));
}

#[test]
fn switches_and_other_flags_are_told_apart() {
    let mut arguments = Arguments::parse(["--version", "--config=c.toml"].map(str::to_owned), &["version"]);
    assert!(arguments.has("version") && !arguments.has("help"));
    assert_eq!(arguments.take("config").as_deref(), Some("c.toml"));
    assert_eq!(arguments.take("config"), None);
}

#[test]
fn the_dump_is_sorted_and_names_sources() {
    let settings = resolve(Some("fees_file = 'a \"b\" \\ c'"), &[("LOG_LEVEL", "debug")], &[]).unwrap();
    assert_eq!(
        settings.dump(),
        "calendar_file: null # default\ndrain_seconds: \"5\" # default\nfees_file: \"a \\\"b\\\" \\\\ c\" # file\n\
         listen: \"127.0.0.1:9121\" # default\nlog_level: \"debug\" # environment\n"
    );
}

proptest! {
    /// Whatever the text, the dump has one line per setting and gives the text back (read as JSON, a part of YAML).
    #[test]
    fn any_text_survives_the_dump(text in any::<String>()) {
        let text = format!("x{text}");
        let settings = resolve(None, &[], &[&format!("--fees-file={text}")]).unwrap();
        prop_assert_eq!(settings.get(&FEES), PathBuf::from(&text));
        let dump = settings.dump();
        prop_assert_eq!(dump.lines().count(), SETTINGS.len());
        let line = dump.lines().find_map(|line| line.strip_prefix("fees_file: ")).unwrap();
        let quoted = line.strip_suffix(" # flag").unwrap();
        // TOML's basic strings have the same escapes.
        let parsed: toml::Table = format!("text = {quoted}").parse().unwrap();
        prop_assert_eq!(parsed["text"].as_str(), Some(text.as_str()));
    }
}
