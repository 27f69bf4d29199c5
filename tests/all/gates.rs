//! No program starts unless every gate holds.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use peaktrade_gates::{EXIT_GATE, GATE_NAMES};
use peaktrade_testkit::{GATES, Run, Service, binary, run_to_end};

/// A refusal needs no network and no file.
const REFUSAL_MAX: Duration = Duration::from_secs(5);
/// A value that no gate allows, for each gate.
const WRONG: [(&str, &str); 5] = [
    ("PEAK_OFFLINE", "0"),
    ("LIVE_TRADING", "1"),
    ("BROKER_MODE", "live"),
    ("INSTRUMENT_ALLOWLIST", "NQ,ES"),
    ("CME_FUTURES_ENABLED", "0"),
];
/// A credential in the environment violates like a wrong gate; its value must never be shown.
const CREDENTIAL: (&str, &str) = ("IBKR_PASSWORD", "correct-horse");

/// Environment with the gates given; the ports are held by the caller, so that a program that bound anything before it
/// looked at the gates would end with another code.
struct Scene {
    listen: TcpListener,
    metrics: TcpListener,
    peer: TcpListener,
    scratch: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let bind = || TcpListener::bind("127.0.0.1:0").unwrap();
        let scene = Self { listen: bind(), metrics: bind(), peer: bind(), scratch: tempfile::tempdir().unwrap() };
        scene.peer.set_nonblocking(true).unwrap();
        scene
    }

    fn variables(&self, gates: &[(&str, &str)]) -> BTreeMap<String, String> {
        let address = |listener: &TcpListener| listener.local_addr().unwrap().to_string();
        let peer = format!("http://{}", address(&self.peer));
        let folder = self.data_dir().display().to_string();
        let mut variables: BTreeMap<String, String> = BTreeMap::from([
            ("LISTEN".to_owned(), address(&self.listen)),
            ("METRICS_LISTEN".to_owned(), address(&self.metrics)),
            ("DATA_DIR".to_owned(), folder),
            ("EVIDENCE_DIR".to_owned(), self.scratch.path().join("evidence").display().to_string()),
        ]);
        for name in ["CALENDAR_ENDPOINT", "DATASET_ENDPOINT", "RISK_GATE_ENDPOINT", "PAPER_BROKER_ENDPOINT"] {
            variables.insert(name.to_owned(), peer.clone());
        }
        variables.extend(gates.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        variables
    }

    fn data_dir(&self) -> std::path::PathBuf {
        self.scratch.path().join("data")
    }

    /// Runs a program under these gates and checks that it refused, named exactly these, and touched nothing.
    fn check_refusal(&self, program: &Path, arguments: &[&str], gates: &[(&str, &str)], named: &[&str]) {
        let run = run_to_end(program, arguments, &self.variables(gates), REFUSAL_MAX);
        let context = format!("{} {arguments:?} with {gates:?}:\n{}", program.display(), run.stderr);
        assert_eq!(run.code, Some(EXIT_GATE), "{context}");
        for name in GATE_NAMES.iter().chain([&CREDENTIAL.0]) {
            assert_eq!(names_gate(&run, name), named.contains(name), "{name}: {context}");
        }
        assert!(!run.stderr.contains(CREDENTIAL.1) && !run.stdout.contains(CREDENTIAL.1), "shows a secret: {context}");
        assert!(self.peer.accept().is_err(), "opened a connection before the gates: {context}");
        assert!(!self.data_dir().exists(), "wrote files before the gates: {context}");
    }
}

/// Whether stderr says that a gate is violated; peakctl also names gates that it filled, in other words.
fn names_gate(run: &Run, name: &str) -> bool {
    run.stderr.lines().any(|line| line.contains(name) && (line.contains("allowed is") || name == CREDENTIAL.0))
}

/// The allowed gates with one replaced or, without a value, removed.
fn gates_but(name: &str, value: Option<&'static str>) -> Vec<(&'static str, &'static str)> {
    let kept = GATES.into_iter().filter(|(gate, _)| *gate != name);
    let replaced = GATES.into_iter().filter(|(gate, _)| *gate == name).filter_map(|(gate, _)| Some((gate, value?)));
    kept.chain(replaced).collect()
}

#[test]
fn each_service_refuses_each_wrong_and_each_absent_gate_and_all_at_once() {
    let scene = Scene::new();
    for service in Service::ALL {
        let program = binary(service.name());
        for (name, wrong) in WRONG {
            scene.check_refusal(&program, &[], &gates_but(name, Some(wrong)), &[name]);
            scene.check_refusal(&program, &[], &gates_but(name, Some("")), &[name]);
            scene.check_refusal(&program, &[], &gates_but(name, None), &[name]);
        }
        scene.check_refusal(&program, &[], &[], &GATE_NAMES);
        let mut all = GATE_NAMES.to_vec();
        all.push(CREDENTIAL.0);
        let mut everything_wrong = WRONG.to_vec();
        everything_wrong.push(CREDENTIAL);
        scene.check_refusal(&program, &[], &everything_wrong, &all);
        let mut only_credential = GATES.to_vec();
        only_credential.push(CREDENTIAL);
        scene.check_refusal(&program, &[], &only_credential, &[CREDENTIAL.0]);
    }
}

#[test]
fn peakctl_refuses_what_is_contrary_and_shows_what_it_fills() {
    let scene = Scene::new();
    let peakctl = binary("peakctl");
    let verbs: [&[&str]; 5] = [
        &["demo"],
        &["up"],
        &["import", "--format", "ninjatrader", "--root", "NQ", "NQ 03-25.Last.txt"],
        &["build", "--root", "NQ", "--bar", "1m", "--method", "BACK_ADJUST"],
        &["replay"],
    ];
    for verb in verbs {
        for (name, wrong) in WRONG {
            scene.check_refusal(&peakctl, verb, &[(name, wrong)], &[name]);
        }
        scene.check_refusal(&peakctl, verb, &WRONG, &GATE_NAMES);
        scene.check_refusal(&peakctl, verb, &[CREDENTIAL], &[CREDENTIAL.0]);
    }

    let variables = BTreeMap::from([("DATA_DIR".to_owned(), scene.data_dir().display().to_string())]);
    let run = run_to_end(&peakctl, &["runs", "list", "--json"], &variables, REFUSAL_MAX);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
}
