//! Which crate may know which. The rules are the design; each is shown to fail on a graph that breaks it.

use std::collections::BTreeSet;

use crate::workspace::Workspace;

/// A crate may depend on crates of lower ranks only; equal ranks do not know each other.
const RANKS: [(&str, u32); 23] = [
    ("peaktrade-domain", 0),
    ("peaktrade-continuous", 1),
    ("peaktrade-engine", 1),
    ("peaktrade-market", 1),
    ("peaktrade-gates", 1),
    ("peaktrade-validation", 2),
    ("peaktrade-config", 2),
    ("peaktrade-journal", 2),
    ("peaktrade-evidence", 2),
    ("peaktrade-store", 2),
    ("peaktrade-wire", 2),
    ("peaktrade-parity", 3),
    ("peaktrade-runtime", 3),
    ("peaktrade-calendar", 4),
    ("peaktrade-dataset", 4),
    ("peaktrade-dataset-sql", 4),
    ("peaktrade-risk-gate", 4),
    ("peaktrade-paper-broker", 4),
    ("peaktrade-edge-gw", 4),
    ("peaktrade-embedded", 5),
    ("peakctl", 6),
    ("peaktrade-testkit", 6),
    ("peaktrade-tests", 7),
];

/// Crates that do no I/O and read no clock, and so must not even be able to.
pub(crate) const PURE: [&str; 4] =
    ["peaktrade-domain", "peaktrade-continuous", "peaktrade-validation", "peaktrade-engine"];

/// What a pure crate must not reach, by the beginning of the name.
const IMPURE: [&str; 14] = [
    "tokio",
    "tonic",
    "arrow",
    "parquet",
    "hyper",
    "h2",
    "rusqlite",
    "object_store",
    "opentelemetry",
    "tracing-subscriber",
    "async-",
    "mio",
    "socket2",
    "getrandom",
];

/// What no shipped binary links: ways to a broker, to a web server, to TLS. `deny.toml` bans them for every kind of
/// dependency; this holds without cargo-deny.
const BANNED: [&str; 10] = [
    "reqwest",
    "ureq",
    "isahc",
    "curl",
    "hyper-tls",
    "hyper-rustls",
    "rustls",
    "openssl",
    "tungstenite",
    "tokio-tungstenite",
];

/// The only crates that may import the service libraries.
const IMPORTS_SERVICES: [&str; 1] = ["peaktrade-embedded"];

/// Service libraries.
const SERVICES: [&str; 4] =
    ["peaktrade-calendar", "peaktrade-dataset", "peaktrade-risk-gate", "peaktrade-paper-broker"];

fn rank(name: &str) -> Option<u32> {
    RANKS.iter().find(|(known, _)| *known == name).map(|(_, rank)| *rank)
}

/// Every broken rule, in words.
fn violations(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    for id in &workspace.members {
        let member = &workspace.packages[id];
        let Some(own_rank) = rank(&member.name) else {
            found.push(format!("{} has no rank: a new crate is a design change", member.name));
            continue;
        };
        for dependency in member.any.iter().filter(|id| workspace.members.contains(*id)) {
            let dependency = &workspace.packages[dependency].name;
            if rank(dependency).is_some_and(|rank| rank >= own_rank) {
                found.push(format!("{} must not depend on {dependency}: not of a lower rank", member.name));
            }
            if SERVICES.contains(&dependency.as_str()) && !IMPORTS_SERVICES.contains(&member.name.as_str()) {
                found.push(format!(
                    "{} must not import the service {dependency}: services meet over the wire",
                    member.name
                ));
            }
        }
        let reachable = workspace.reachable(&member.name);
        found.extend(
            BANNED
                .iter()
                .filter(|banned| reachable.contains(*banned))
                .map(|banned| format!("{} links {banned}", member.name)),
        );
        if PURE.contains(&member.name.as_str()) {
            let impure = reachable.iter().filter(|name| IMPURE.iter().any(|start| name.starts_with(start)));
            found.extend(impure.map(|name| format!("{} is pure and must not reach {name}", member.name)));
        }
    }
    found
}

#[test]
fn the_workspace_keeps_its_layers() {
    let workspace = Workspace::load();
    assert!(workspace.members.len() >= 20, "{} members", workspace.members.len());
    assert_eq!(violations(&workspace), Vec::<String>::new());
}

fn check(crates: &[(&str, &[&str])], expected: &[&str]) {
    let found: BTreeSet<String> = violations(&Workspace::of_members(crates)).into_iter().collect();
    let expected: BTreeSet<String> = expected.iter().map(|line| (*line).to_owned()).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_graph_that_keeps_the_rules_passes() {
    check(
        &[
            ("peaktrade-domain", &[]),
            ("peaktrade-engine", &["peaktrade-domain"]),
            ("peaktrade-dataset", &["peaktrade-engine"]),
            ("peaktrade-embedded", &["peaktrade-dataset"]),
        ],
        &[],
    );
}

#[test]
fn each_broken_rule_is_found() {
    check(
        &[("peaktrade-domain", &["peaktrade-engine"]), ("peaktrade-engine", &[])],
        &["peaktrade-domain must not depend on peaktrade-engine: not of a lower rank"],
    );
    check(
        &[("peaktrade-continuous", &["peaktrade-engine"]), ("peaktrade-engine", &[])],
        &["peaktrade-continuous must not depend on peaktrade-engine: not of a lower rank"],
    );
    check(
        &[("peaktrade-dataset", &["peaktrade-risk-gate"]), ("peaktrade-risk-gate", &[])],
        &[
            "peaktrade-dataset must not depend on peaktrade-risk-gate: not of a lower rank",
            "peaktrade-dataset must not import the service peaktrade-risk-gate: services meet over the wire",
        ],
    );
    check(
        &[("peakctl", &["peaktrade-dataset"]), ("peaktrade-dataset", &[])],
        &["peakctl must not import the service peaktrade-dataset: services meet over the wire"],
    );
    check(&[("peaktrade-shortcuts", &[])], &["peaktrade-shortcuts has no rank: a new crate is a design change"]);
}

#[test]
fn what_a_crate_reaches_counts_like_what_it_names() {
    let mut workspace = Workspace::of_members(&[
        ("peaktrade-engine", &["innocent"]),
        ("innocent", &["tokio-util", "reqwest"]),
        ("tokio-util", &[]),
        ("reqwest", &[]),
    ]);
    workspace.members.retain(|name| name == "peaktrade-engine");
    assert_eq!(
        violations(&workspace),
        ["peaktrade-engine links reqwest", "peaktrade-engine is pure and must not reach tokio-util",]
    );
}
