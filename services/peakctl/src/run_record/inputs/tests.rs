use std::collections::BTreeMap;

use peaktrade_continuous::Bars;
use peaktrade_domain::{Side, UnixNanos, Usd};
use peaktrade_gates::{OfflineGate, SAFE_VALUES};
use peaktrade_wire::broker::v1 as broker;
use peaktrade_wire::dataset::v1 as dataset;

use super::RunInputs;
use crate::documents::ImportDocument;
use crate::replay::{Audit, CrossoverParameters, Probe, Replay, ReplayBars, Replayed};

/// A run with something in every place from which inputs are taken.
struct Run {
    gates: BTreeMap<String, String>,
    replay: Replay,
    replayed: Replayed,
    imports: Vec<ImportDocument>,
}

impl Run {
    fn new() -> Self {
        let replay = Replay {
            session_id: "demo-20260622T140509Z-3f9a12c0".to_owned(),
            dataset: dataset::Dataset {
                dataset_id: "sha256:01".to_owned(),
                content_sha256: "02".to_owned(),
                calendar_sha256: "03".to_owned(),
                ..Default::default()
            },
            parameters: CrossoverParameters::BUILT_IN,
            cash: Usd::from_micros(100_000 * Usd::SCALE),
            with_probes: true,
        };
        let opened = broker::OpenSessionResponse {
            policy_sha256: "04".to_owned(),
            fees_sha256: "05".to_owned(),
            margins_sha256: "06".to_owned(),
            ..Default::default()
        };
        let probe = Probe {
            name: "oversize",
            time: UnixNanos::from_nanos(0),
            contract: "NQM2026".parse().unwrap(),
            side: Side::Buy,
            quantity: 10_000,
            because: "it exceeds the largest order size",
        };
        Self {
            gates: SAFE_VALUES.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            replay,
            replayed: Replayed {
                bars: ReplayBars { signal: Bars::default(), raw: BTreeMap::new() },
                opened,
                rolls: Vec::new(),
                probes: vec![probe],
                decisions: Vec::new(),
                blocks: BTreeMap::new(),
                executions: Vec::new(),
                equity: Vec::new(),
                account: broker::GetAccountResponse::default(),
                fees: Usd::ZERO,
                fills: 0,
                audit: Audit { fills_within_raw_bars: 0, profit_from_fills_usd: Usd::ZERO },
            },
            imports: vec![import("NQ 03-26.Last.txt", "07"), import("NQ 06-26.Last.txt", "08")],
        }
    }

    fn run_id(&self) -> String {
        let gate = OfflineGate::check(self.gates.clone()).unwrap();
        RunInputs::new(&gate, &self.replay, &self.replayed, &self.imports).run_id().unwrap().to_string()
    }

    fn set_gate(&mut self, name: &str, value: &str) {
        self.gates.insert(name.to_owned(), value.to_owned());
    }
}

fn import(file: &str, file_sha256: &str) -> ImportDocument {
    ImportDocument {
        file: file.to_owned(),
        contract: "NQH2026".to_owned(),
        file_sha256: file_sha256.to_owned(),
        rows_in: 1,
        dispositions: BTreeMap::new(),
        first_time: None,
        last_time: None,
        rows_added: 0,
        rows_removed: 0,
        already_present: false,
    }
}

fn check(what: &str, is_input: bool, change: impl FnOnce(&mut Run)) {
    let mut run = Run::new();
    change(&mut run);
    assert_eq!(run.run_id() != Run::new().run_id(), is_input, "{what}");
}

#[test]
fn whatever_decides_a_run_names_it() {
    check("dataset, and with it the raw bars", true, |run| run.replay.dataset.dataset_id = "sha256:ff".to_owned());
    check("rows of the signal", true, |run| run.replay.dataset.content_sha256 = "ff".to_owned());
    check("calendar", true, |run| run.replay.dataset.calendar_sha256 = "ff".to_owned());
    check("policy", true, |run| run.replayed.opened.policy_sha256 = "ff".to_owned());
    check("fees", true, |run| run.replayed.opened.fees_sha256 = "ff".to_owned());
    check("margins", true, |run| run.replayed.opened.margins_sha256 = "ff".to_owned());
    check("fast average", true, |run| run.replay.parameters = CrossoverParameters::new(29, 120, 2).unwrap());
    check("slow average", true, |run| run.replay.parameters = CrossoverParameters::new(30, 121, 2).unwrap());
    check("position", true, |run| run.replay.parameters = CrossoverParameters::new(30, 120, 1).unwrap());
    check("cash", true, |run| run.replay.cash = Usd::from_micros(1));
    check("no probes", true, |run| run.replayed.probes.clear());
    check("quantity of a probe", true, |run| run.replayed.probes[0].quantity += 1);
    check("allowlist", true, |run| run.set_gate("INSTRUMENT_ALLOWLIST", "NQ"));
    check("mode", true, |run| run.set_gate("BROKER_MODE", "paper"));
    check("content of an imported file", true, |run| run.imports[1].file_sha256 = "ff".to_owned());
    check("name of an imported file", true, |run| run.imports[1].file = "NQ 09-26.Last.txt".to_owned());
    check("a file less", true, |run| drop(run.imports.pop()));
}

#[test]
fn when_and_where_a_run_was_done_and_what_came_of_it_do_not_name_it() {
    check("nothing", false, |_| {});
    check("session", false, |run| run.replay.session_id = "demo-20260623T140509Z-00000000".to_owned());
    check("whether a file was there before", false, |run| run.imports[0].already_present = true);
    check("order of the files", false, |run| run.imports.reverse());
    check("order of the allowlist", false, |run| run.set_gate("INSTRUMENT_ALLOWLIST", "MNQ,NQ"));
    check("fills", false, |run| run.replayed.fills = 1);
}
