//! Every wrong and every absent gate, alone and together.

use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::{BrokerMode, GATE_NAMES, GateViolations, OfflineGate, SAFE_VALUES, Violation};

fn safe() -> Vec<(String, String)> {
    SAFE_VALUES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The safe environment with one variable set, or removed where the value is `None`.
fn with(name: &str, value: Option<&str>) -> Vec<(String, String)> {
    let mut variables = safe();
    variables.retain(|(present, _)| present != name);
    variables.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    variables
}

#[track_caller]
fn check(name: &str, value: Option<&str>, expected: Result<(), &str>) {
    let outcome = OfflineGate::check(with(name, value));
    match expected {
        Ok(()) => assert!(outcome.is_ok(), "{name}={value:?} must hold, got {outcome:?}"),
        Err(line) => assert_eq!(outcome.unwrap_err().to_string(), line, "{name}={value:?}"),
    }
}

#[test]
fn each_gate_alone() {
    for (name, good, allowed) in
        [("PEAK_OFFLINE", "1", "1"), ("LIVE_TRADING", "0", "0"), ("CME_FUTURES_ENABLED", "1", "1")]
    {
        check(name, Some(good), Ok(()));
        check(name, None, Err(&format!("gate {name} is not set, allowed is {allowed}")));
        let bad = if good == "1" { "0" } else { "1" };
        for wrong in ["", " ", bad, "01", "true", "yes", "-1", " 1", "1 ", "0x0", "false", "１"] {
            check(name, Some(wrong), Err(&format!("gate {name} is {wrong:?}, allowed is {allowed}")));
        }
    }
    check("BROKER_MODE", Some("paper"), Ok(()));
    check("BROKER_MODE", Some("replay"), Ok(()));
    check("BROKER_MODE", None, Err("gate BROKER_MODE is not set, allowed is replay or paper"));
    for wrong in ["", "live", "Paper", "REPLAY", "paper ", "paper,replay"] {
        check("BROKER_MODE", Some(wrong), Err(&format!("gate BROKER_MODE is {wrong:?}, allowed is replay or paper")));
    }
}

#[test]
fn the_allowlist_narrows_and_never_widens() {
    for narrow in ["NQ", "MNQ", "NQ,MNQ", "MNQ,NQ", "NQ,NQ"] {
        check("INSTRUMENT_ALLOWLIST", Some(narrow), Ok(()));
    }
    let allowed = "allowed is a non-empty comma-separated subset of NQ,MNQ";
    check("INSTRUMENT_ALLOWLIST", None, Err(&format!("gate INSTRUMENT_ALLOWLIST is not set, {allowed}")));
    for wide in ["", ",", "NQ,", ",NQ", "ES", "NQ,ES", "nq", "NQ, MNQ", "*", "NQH2026", "NQ;MNQ"] {
        check("INSTRUMENT_ALLOWLIST", Some(wide), Err(&format!("gate INSTRUMENT_ALLOWLIST is {wide:?}, {allowed}")));
    }
    let narrowed = OfflineGate::check(with("INSTRUMENT_ALLOWLIST", Some("MNQ"))).unwrap();
    assert_eq!(narrowed.allowlist().iter().collect::<Vec<_>>(), ["MNQ"]);
    assert_eq!(narrowed.values()[3], ("INSTRUMENT_ALLOWLIST", "MNQ".to_owned()));
}

#[test]
fn all_violations_are_named_at_once() {
    let refused = OfflineGate::check([]).unwrap_err();
    assert_eq!(refused.0.iter().map(Violation::name).collect::<Vec<_>>(), GATE_NAMES);
    assert_eq!(refused.to_string().lines().count(), GATE_NAMES.len());

    let mut wrong: Vec<(String, String)> =
        GATE_NAMES.iter().map(|name| ((*name).to_owned(), "live".to_owned())).collect();
    wrong.push(("TWS_PASSWORD".to_owned(), "hunter2".to_owned()));
    wrong.push(("IBKR_USER".to_owned(), "trader".to_owned()));
    let refused = OfflineGate::check(wrong).unwrap_err();
    let names: Vec<&str> = refused.0.iter().map(Violation::name).collect();
    assert_eq!(names, [&GATE_NAMES[..], &["IBKR_USER", "TWS_PASSWORD"]].concat());
    let shown = format!("{refused} {refused:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("trader"), "a credential's value was shown: {shown}");
}

#[test]
fn a_gate_set_twice_is_refused_even_where_both_values_are_right() {
    let mut variables = safe();
    variables.push(("LIVE_TRADING".to_owned(), "0".to_owned()));
    let refused = OfflineGate::check(variables).unwrap_err();
    assert_eq!(refused.to_string(), "gate LIVE_TRADING is set 2 times, allowed is once: 0");
}

#[test]
fn broker_credentials_are_known_by_name() {
    for name in [
        "IBKR_ACCOUNT",
        "MY_IBKR_TOKEN",
        "ibkr_user",
        "INTERACTIVE_BROKERS_LOGIN",
        "TRADOVATE_CID",
        "RITHMIC_SYSTEM",
        "CQG_USER",
        "CQGUSERNAME",
        "TWS_HOST",
        "TWSUSERID",
        "IB_GATEWAY_PORT",
        "BROKER_API_KEY",
        "BROKER_KEY",
        "BROKER_SECRET",
        "BROKER_TOKEN",
        "BROKER_PASSWORD",
        "BROKER_USER",
        "BROKER_USERNAME",
        "LIVE_BROKER_APIKEY",
        "EXCHANGE_API_SECRET",
        "KRAKEN_API_KEY",
        "IB_PASSWORD",
        "BROKER.TOKEN",
    ] {
        let expected = format!("variable {name} looks like a broker credential, allowed is none in the environment");
        check(name, Some("x"), Err(&expected));
        check(name, Some(""), Ok(()));
    }
    for name in [
        "PAPER_BROKER_ENDPOINT",
        "BROKER_MODES_DOC",
        "USER",
        "SSH_AUTH_SOCK",
        "GITHUB_TOKEN",
        "DATABENTO_API_KEY",
        "NETWSTAT",
        "TIB_KEY",
        "KEY_BROKER",
        "EXCHANGE",
        "HTTPS_PROXY",
        "LIBRARY_PATH",
        "IB_PORT",
    ] {
        check(name, Some("x"), Ok(()));
    }
}

#[test]
fn safe_values_fill_only_what_is_absent() {
    let (gate, filled) = OfflineGate::check_with_safe_values([]).unwrap();
    assert_eq!(filled, safe());
    assert_eq!(gate.broker_mode(), BrokerMode::Replay);
    let (gate, filled) = OfflineGate::check_with_safe_values([("BROKER_MODE".to_owned(), "paper".to_owned())]).unwrap();
    assert_eq!(gate.broker_mode(), BrokerMode::Paper);
    assert_eq!(filled.len(), SAFE_VALUES.len() - 1);
    for name in GATE_NAMES {
        for contrary in ["", "live"] {
            let refused = OfflineGate::check_with_safe_values([(name.to_owned(), contrary.to_owned())]).unwrap_err();
            assert_eq!(refused.0.iter().map(Violation::name).collect::<Vec<_>>(), [name]);
        }
    }
}

fn gate_value() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        proptest::sample::select(vec!["0", "1", "replay", "paper", "NQ", "MNQ", "NQ,MNQ", "ES", ""])
            .prop_map(|value| Some(value.to_owned())),
        any::<String>().prop_map(Some),
    ]
}

proptest! {
    /// The proof exists exactly where each gate alone would hold, and otherwise each bad gate is named once.
    #[test]
    fn the_proof_exists_exactly_where_every_gate_holds(values in proptest::array::uniform5(gate_value())) {
        let holds = |index: usize, value: &Option<String>| match (index, value.as_deref()) {
            (0 | 4, Some("1")) | (1, Some("0")) | (2, Some("replay" | "paper")) => true,
            (3, Some(list)) => list.split(',').all(|root| root == "NQ" || root == "MNQ"),
            _ => false,
        };
        let bad: Vec<&str> =
            GATE_NAMES.iter().enumerate().filter(|(i, _)| !holds(*i, &values[*i])).map(|(_, name)| *name).collect();
        let variables = GATE_NAMES.iter().zip(&values)
            .filter_map(|(name, value)| value.clone().map(|value| ((*name).to_owned(), value)));
        match OfflineGate::check(variables) {
            Ok(gate) => {
                prop_assert!(bad.is_empty(), "held although {bad:?} are wrong");
                prop_assert!(!gate.allowlist().is_empty());
                // What is recorded of a run opens the gates of its repetition.
                let again = gate.values().map(|(name, value)| (name.to_owned(), value));
                prop_assert_eq!(OfflineGate::check(again).unwrap(), gate);
            }
            Err(GateViolations(violations)) => {
                prop_assert_eq!(violations.iter().map(Violation::name).collect::<Vec<_>>(), bad);
            }
        }
    }
}
