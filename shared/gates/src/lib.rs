//! Environment gates that must hold before anything is bound, and the proof value that they did.
//!
//! Nothing in this workspace trades live. The gates say so in the environment, every server takes an [`OfflineGate`] by
//! value, and the only way to get one is [`OfflineGate::check`].
//!
//! What it does not do: no file and no flag can set a gate, no gate can be loosened, the value of a credential is never
//! kept or printed, and nothing is read but the variables that are handed in.
//!
//! ```
//! use peaktrade_gates::OfflineGate;
//!
//! let variables = [
//!     ("PEAK_OFFLINE", "1"),
//!     ("LIVE_TRADING", "1"),
//!     ("BROKER_MODE", "replay"),
//!     ("INSTRUMENT_ALLOWLIST", "NQ,ES"),
//!     ("CME_FUTURES_ENABLED", "1"),
//! ];
//! let refused = OfflineGate::check(variables.map(|(name, value)| (name.to_owned(), value.to_owned()))).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "gate LIVE_TRADING is \"1\", allowed is 0\n\
//!      gate INSTRUMENT_ALLOWLIST is \"NQ,ES\", allowed is a non-empty comma-separated subset of NQ,MNQ"
//! );
//! ```
//!
//! There is no other way to the proof value:
//!
//! ```compile_fail,E0451
//! use peaktrade_gates::{BrokerMode, OfflineGate};
//! let forged = OfflineGate { broker_mode: BrokerMode::Paper, allowlist: Default::default() };
//! ```

mod credential;
mod violation;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

pub use violation::{GateViolations, Violation};

/// Exit code of a program that a gate stopped.
pub const EXIT_GATE: i32 = 64;

/// Names of the variables that are gates, in the order in which they are reported.
pub const GATE_NAMES: [&str; 5] =
    ["PEAK_OFFLINE", "LIVE_TRADING", "BROKER_MODE", "INSTRUMENT_ALLOWLIST", "CME_FUTURES_ENABLED"];

/// Values that [`OfflineGate::check_with_safe_values`] takes for gates that are absent.
pub const SAFE_VALUES: [(&str, &str); 5] = [
    ("PEAK_OFFLINE", "1"),
    ("LIVE_TRADING", "0"),
    ("BROKER_MODE", "replay"),
    ("INSTRUMENT_ALLOWLIST", "NQ,MNQ"),
    ("CME_FUTURES_ENABLED", "1"),
];

/// Roots that may ever be traded; the allowlist of the environment narrows them and can never widen them.
const TRADABLE_ROOTS: [&str; 2] = ["NQ", "MNQ"];

/// Where orders go; there is no third place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BrokerMode {
    /// Orders are filled on recorded bars under a simulated clock.
    Replay,
    /// Orders are filled on paper under the wall clock.
    Paper,
}

impl fmt::Display for BrokerMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Replay => "replay",
            Self::Paper => "paper",
        })
    }
}

/// Proof that every gate held when the program started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfflineGate {
    broker_mode: BrokerMode,
    allowlist: BTreeSet<String>,
}

impl OfflineGate {
    /// Checks all gates against the variables of an environment; an absent gate is a violation like a wrong one.
    ///
    /// # Errors
    /// Names every violation, not only the first.
    pub fn check(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, GateViolations> {
        let environment = Environment::collect(variables);
        let mut violations = Vec::new();
        environment.require("PEAK_OFFLINE", "1", |value| (value == "1").then_some(()), &mut violations);
        environment.require("LIVE_TRADING", "0", |value| (value == "0").then_some(()), &mut violations);
        let broker_mode = environment.require("BROKER_MODE", "replay or paper", parse_broker_mode, &mut violations);
        let allowlist = environment.require(
            "INSTRUMENT_ALLOWLIST",
            "a non-empty comma-separated subset of NQ,MNQ",
            parse_allowlist,
            &mut violations,
        );
        environment.require("CME_FUTURES_ENABLED", "1", |value| (value == "1").then_some(()), &mut violations);
        violations.extend(environment.credentials());
        match (broker_mode, allowlist) {
            (Some(broker_mode), Some(allowlist)) if violations.is_empty() => Ok(Self { broker_mode, allowlist }),
            _ => Err(GateViolations(violations)),
        }
    }

    /// Checks all gates after filling those that are absent with [`SAFE_VALUES`], for the operator's embedded verbs.
    ///
    /// A gate that is set, even to the empty text, is never changed. Returns the proof and the variables that were
    /// filled, so that they can be shown.
    ///
    /// # Errors
    /// Names every violation, not only the first.
    pub fn check_with_safe_values(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(Self, Vec<(String, String)>), GateViolations> {
        let mut variables: Vec<(String, String)> = variables.into_iter().collect();
        let filled: Vec<(String, String)> = SAFE_VALUES
            .iter()
            .filter(|(name, _)| variables.iter().all(|(present, _)| present != name))
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        variables.extend(filled.iter().cloned());
        Ok((Self::check(variables)?, filled))
    }

    /// Where orders go.
    pub const fn broker_mode(&self) -> BrokerMode {
        self.broker_mode
    }

    /// Roots that may be traded: at least one, none but NQ and MNQ.
    pub const fn allowlist(&self) -> &BTreeSet<String> {
        &self.allowlist
    }

    /// The gates as they held, in the order of [`GATE_NAMES`], for records of a run.
    pub fn values(&self) -> [(&'static str, String); 5] {
        let allowlist: Vec<&str> = TRADABLE_ROOTS.into_iter().filter(|root| self.allowlist.contains(*root)).collect();
        [
            ("PEAK_OFFLINE", "1".to_owned()),
            ("LIVE_TRADING", "0".to_owned()),
            ("BROKER_MODE", self.broker_mode.to_string()),
            ("INSTRUMENT_ALLOWLIST", allowlist.join(",")),
            ("CME_FUTURES_ENABLED", "1".to_owned()),
        ]
    }
}

/// The process environment as text; what is not UTF-8 is replaced, so that it can match no gate but is still seen.
pub fn process_environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}

/// Variables by name. An environment block may hold a name twice; then programs disagree about which one counts.
struct Environment(BTreeMap<String, Vec<String>>);

impl Environment {
    fn collect(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in variables {
            by_name.entry(name).or_default().push(value);
        }
        Self(by_name)
    }

    fn require<T>(
        &self,
        name: &'static str,
        allowed: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
        violations: &mut Vec<Violation>,
    ) -> Option<T> {
        let violation = match self.0.get(name).map(Vec::as_slice) {
            None | Some([]) => Violation::Absent { name, allowed },
            Some([value]) => match parse(value) {
                Some(parsed) => return Some(parsed),
                None => Violation::Wrong { name, value: violation::shortened(value), allowed },
            },
            Some(values) => Violation::Repeated { name, times: values.len(), allowed },
        };
        violations.push(violation);
        None
    }

    fn credentials(&self) -> impl Iterator<Item = Violation> {
        self.0
            .iter()
            .filter(|(name, values)| {
                credential::is_broker_credential(name) && values.iter().any(|value| !value.is_empty())
            })
            .map(|(name, _)| Violation::Credential { name: violation::shortened(name) })
    }
}

fn parse_broker_mode(value: &str) -> Option<BrokerMode> {
    match value {
        "replay" => Some(BrokerMode::Replay),
        "paper" => Some(BrokerMode::Paper),
        _ => None,
    }
}

fn parse_allowlist(value: &str) -> Option<BTreeSet<String>> {
    value.split(',').map(|root| TRADABLE_ROOTS.contains(&root).then(|| root.to_owned())).collect()
}
