//! What flags, environment and defaults resolve to.

use std::path::{Path, PathBuf};

use crate::cli::GlobalFlags;
use crate::failure::Failure;
use crate::machine;

/// Settings of one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Store of bars, books and runs.
    pub(crate) data_dir: PathBuf,
    /// Where evidence packs are written.
    pub(crate) evidence_dir: PathBuf,
    /// Level of the log.
    pub(crate) log_level: String,
    /// Where spans go; nowhere where it is not set.
    pub(crate) otlp_endpoint: Option<String>,
    /// Services that run already.
    pub(crate) endpoints: Endpoints,
    /// The flags by which folders, files and services were named: a printed command must repeat them, or it would act
    /// on another store.
    pub(crate) flags: Vec<(&'static str, String)>,
    /// Exporters of services that run already, `host:port` each; their metrics go into evidence packs.
    pub(crate) metrics_endpoints: Vec<String>,
    /// Calendar of services in this process; the shipped one where absent.
    pub(crate) calendar_file: Option<PathBuf>,
    /// Limits of a gate in this process; illustrative where absent.
    pub(crate) risk_policy_file: Option<PathBuf>,
    /// Fees of a broker in this process; illustrative where absent.
    pub(crate) fees_file: Option<PathBuf>,
    /// Margins of a broker in this process; illustrative where absent.
    pub(crate) margins_file: Option<PathBuf>,
}

/// Endpoints of services that run already, as far as they were named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Endpoints {
    /// Calendar service.
    pub(crate) calendar: Option<String>,
    /// Dataset service.
    pub(crate) dataset: Option<String>,
    /// Risk gate.
    pub(crate) risk_gate: Option<String>,
    /// Paper broker.
    pub(crate) paper_broker: Option<String>,
}

/// Default of DATA_DIR.
const DATA_DIR: &str = "./data";
/// The flag that names it.
const DATA_DIR_FLAG: &str = "--data-dir";
/// Default of EVIDENCE_DIR.
const EVIDENCE_DIR: &str = "./evidence/futures_cme";

impl Settings {
    /// Resolves flags over the environment over defaults; a variable that is set but empty counts as absent.
    pub(crate) fn resolve(flags: GlobalFlags, environment: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name: &str| environment(name).filter(|value| !value.is_empty());
        let path = |flag: Option<PathBuf>, name: &str| flag.or_else(|| variable(name).map(PathBuf::from));
        let text = |flag: Option<String>, name: &str| flag.or_else(|| variable(name));
        let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        let named = [
            (DATA_DIR_FLAG, shown(&flags.data_dir)),
            ("--evidence-dir", shown(&flags.evidence_dir)),
            ("--calendar-endpoint", flags.calendar_endpoint.clone()),
            ("--dataset-endpoint", flags.dataset_endpoint.clone()),
            ("--risk-gate-endpoint", flags.risk_gate_endpoint.clone()),
            ("--paper-broker-endpoint", flags.paper_broker_endpoint.clone()),
            ("--calendar-file", shown(&flags.calendar_file)),
            ("--risk-policy-file", shown(&flags.risk_policy_file)),
            ("--fees-file", shown(&flags.fees_file)),
            ("--margins-file", shown(&flags.margins_file)),
        ];
        Self {
            flags: named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            data_dir: path(flags.data_dir, "DATA_DIR").unwrap_or_else(|| PathBuf::from(DATA_DIR)),
            evidence_dir: path(flags.evidence_dir, "EVIDENCE_DIR").unwrap_or_else(|| PathBuf::from(EVIDENCE_DIR)),
            log_level: text(flags.log_level, "LOG_LEVEL").unwrap_or_else(|| "info".to_owned()),
            otlp_endpoint: text(None, "OTEL_EXPORTER_OTLP_ENDPOINT"),
            endpoints: Endpoints {
                calendar: text(flags.calendar_endpoint, "CALENDAR_ENDPOINT"),
                dataset: text(flags.dataset_endpoint, "DATASET_ENDPOINT"),
                risk_gate: text(flags.risk_gate_endpoint, "RISK_GATE_ENDPOINT"),
                paper_broker: text(flags.paper_broker_endpoint, "PAPER_BROKER_ENDPOINT"),
            },
            metrics_endpoints: list(variable("METRICS_ENDPOINTS")),
            calendar_file: path(flags.calendar_file, "CALENDAR_FILE"),
            risk_policy_file: path(flags.risk_policy_file, "RISK_POLICY_FILE"),
            fees_file: path(flags.fees_file, "FEES_FILE"),
            margins_file: path(flags.margins_file, "MARGINS_FILE"),
        }
    }

    /// Whether risk policy, fees and margins are all the user's.
    pub(crate) const fn has_own_trading_files(&self) -> bool {
        self.risk_policy_file.is_some() && self.fees_file.is_some() && self.margins_file.is_some()
    }

    /// The same settings with a store of its own.
    pub(crate) fn with_store(&self, data_dir: &Path) -> Self {
        let others = self.flags.iter().filter(|(name, _)| *name != DATA_DIR_FLAG).cloned();
        let flags = std::iter::once((DATA_DIR_FLAG, data_dir.display().to_string())).chain(others).collect();
        Self { data_dir: data_dir.to_owned(), flags, ..self.clone() }
    }

    /// A command over the same store, files and services, as it can be pasted into a shell; `words` are its verb and
    /// arguments, quoted where they need it.
    pub(crate) fn command(&self, words: &str) -> String {
        let flag = |(name, value): &(&str, String)| format!(" {name} {}", machine::shell_word(value));
        format!("{} {words}{}", machine::program(), self.flags.iter().map(flag).collect::<String>())
    }
}

/// The elements of a list separated by commas.
fn list(text: Option<String>) -> Vec<String> {
    text.iter()
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The services that a verb talks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// The calendar alone.
    Calendar,
    /// Calendar and dataset.
    Bars,
    /// All four.
    Trading,
}

/// Endpoints of all services that a verb talks to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// None was named: services are started in this process.
    Embedded,
    /// The calendar runs already.
    Calendar {
        /// Calendar service.
        calendar: String,
    },
    /// Calendar and dataset run already.
    Bars {
        /// Calendar service.
        calendar: String,
        /// Dataset service.
        dataset: String,
    },
    /// All four run already.
    Trading {
        /// Calendar service.
        calendar: String,
        /// Dataset service.
        dataset: String,
        /// Risk gate.
        risk_gate: String,
        /// Paper broker.
        paper_broker: String,
    },
}

impl Endpoints {
    /// Whether any endpoint is set.
    pub(crate) const fn is_any_set(&self) -> bool {
        self.calendar.is_some() || self.dataset.is_some() || self.risk_gate.is_some() || self.paper_broker.is_some()
    }

    /// Chooses between running services and embedded ones: all that are needed must be named, or none at all. A mixture
    /// would import into one store and trade on another.
    ///
    /// # Errors
    /// Names the endpoints that are missing.
    pub(crate) fn choose(&self, needs: Needs) -> Result<Chosen, Failure> {
        if !self.is_any_set() {
            return Ok(Chosen::Embedded);
        }
        match (needs, &self.calendar, &self.dataset, &self.risk_gate, &self.paper_broker) {
            (Needs::Calendar, Some(calendar), ..) => Ok(Chosen::Calendar { calendar: calendar.clone() }),
            (Needs::Bars, Some(calendar), Some(dataset), _, _) => {
                Ok(Chosen::Bars { calendar: calendar.clone(), dataset: dataset.clone() })
            }
            (Needs::Trading, Some(calendar), Some(dataset), Some(risk_gate), Some(paper_broker)) => {
                Ok(Chosen::Trading {
                    calendar: calendar.clone(),
                    dataset: dataset.clone(),
                    risk_gate: risk_gate.clone(),
                    paper_broker: paper_broker.clone(),
                })
            }
            (Needs::Calendar | Needs::Bars | Needs::Trading, ..) => Err(Failure::Usage(self.missing(needs))),
        }
    }

    fn missing(&self, needs: Needs) -> String {
        let named = [
            ("CALENDAR_ENDPOINT", &self.calendar),
            ("DATASET_ENDPOINT", &self.dataset),
            ("RISK_GATE_ENDPOINT", &self.risk_gate),
            ("PAPER_BROKER_ENDPOINT", &self.paper_broker),
        ];
        let needed = match needs {
            Needs::Calendar => &named[..1],
            Needs::Bars => &named[..2],
            Needs::Trading => &named[..],
        };
        let missing: Vec<&str> =
            needed.iter().filter(|(_, endpoint)| endpoint.is_none()).map(|(name, _)| *name).collect();
        format!("some service endpoints are set, but {} is not; set all that are needed or none", missing.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{Chosen, Endpoints, Needs, Settings};
    use crate::cli::GlobalFlags;

    #[test]
    fn flags_win_over_the_environment_and_empty_counts_as_absent() {
        let flags = GlobalFlags { data_dir: Some(PathBuf::from("/flag")), ..GlobalFlags::default() };
        let settings = Settings::resolve(flags, |name| match name {
            "DATA_DIR" | "EVIDENCE_DIR" => Some(format!("/env/{name}")),
            "LOG_LEVEL" | "DATASET_ENDPOINT" => Some(String::new()),
            _ => None,
        });
        assert_eq!(settings.data_dir, PathBuf::from("/flag"));
        assert_eq!(settings.evidence_dir, PathBuf::from("/env/EVIDENCE_DIR"));
        assert_eq!(settings.log_level, "info");
        assert_eq!(settings.endpoints, Endpoints::default());
    }

    #[test]
    fn a_printed_command_repeats_what_flags_named_and_not_the_environment() {
        let flags = GlobalFlags {
            data_dir: Some(PathBuf::from("/my store")),
            dataset_endpoint: Some("http://127.0.0.1:9".to_owned()),
            calendar_file: Some(PathBuf::from("own.toml")),
            log_level: Some("debug".to_owned()),
            json: true,
            ..GlobalFlags::default()
        };
        let settings = Settings::resolve(flags, |name| (name == "FEES_FILE").then(|| "fees.toml".to_owned()));
        let endings =
            |settings: &Settings| settings.command("build --root NQ").split_once(" build").unwrap().1.to_owned();
        assert_eq!(
            endings(&settings),
            " --root NQ --data-dir '/my store' --dataset-endpoint http://127.0.0.1:9 --calendar-file own.toml"
        );
        let elsewhere = settings.with_store(&PathBuf::from("/demo"));
        assert_eq!(
            endings(&elsewhere),
            " --root NQ --data-dir /demo --dataset-endpoint http://127.0.0.1:9 --calendar-file own.toml"
        );
        let plain = Settings::resolve(GlobalFlags::default(), |_| None);
        assert_eq!(endings(&plain), " --root NQ");
    }

    #[test]
    fn endpoints_are_all_or_none() {
        let named = |text: &str| {
            let endpoint = |letter: char| text.contains(letter).then(|| format!("http://{letter}"));
            Endpoints {
                calendar: endpoint('c'),
                dataset: endpoint('d'),
                risk_gate: endpoint('g'),
                paper_broker: endpoint('b'),
            }
        };
        let check = |text: &str, needs: Needs, expected: Result<bool, &str>| {
            let chosen = named(text).choose(needs).map(|chosen| chosen != Chosen::Embedded);
            match (chosen, expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{text:?}"),
                (Err(failure), Err(missing)) => {
                    assert_eq!(failure.exit_code(), 2);
                    assert!(failure.to_string().contains(&format!("but {missing} is not")), "{failure}");
                }
                (found, expected) => panic!("{text:?} gave {found:?}, expected {expected:?}"),
            }
        };
        check("", Needs::Trading, Ok(false));
        check("c", Needs::Calendar, Ok(true));
        check("cdgb", Needs::Calendar, Ok(true));
        check("d", Needs::Calendar, Err("CALENDAR_ENDPOINT"));
        check("cd", Needs::Bars, Ok(true));
        check("cdgb", Needs::Bars, Ok(true));
        check("cdgb", Needs::Trading, Ok(true));
        check("d", Needs::Bars, Err("CALENDAR_ENDPOINT"));
        check("g", Needs::Bars, Err("CALENDAR_ENDPOINT, DATASET_ENDPOINT"));
        check("cd", Needs::Trading, Err("RISK_GATE_ENDPOINT, PAPER_BROKER_ENDPOINT"));
    }
}
