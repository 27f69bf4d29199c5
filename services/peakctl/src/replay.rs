//! A replay from dataset to checked result: pull the bars, run the strategy through broker and gate, audit what came back.

mod audit;
mod book;
mod driver;
mod probe;
mod session;
mod strategy;

use std::collections::BTreeMap;

use peaktrade_continuous::{Bars, content_digest};
use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, UnixNanos, Usd};
use peaktrade_wire::broker::v1 as broker;
use peaktrade_wire::common::v1::ExecutionReport;
use peaktrade_wire::dataset::v1 as dataset;
use peaktrade_wire::risk::v1 as risk;

pub(crate) use audit::Audit;
pub(crate) use driver::{CLOSING_BARS, HOLE_DAYS, PlannedRoll};
pub(crate) use probe::Probe;
pub(crate) use session::OrderDecision;
pub(crate) use strategy::CrossoverParameters;

use crate::datasets;
use crate::failure::Failure;
use crate::flight::{self, SeriesQuery};
use crate::output::Output;
use crate::progress::Progress;
use crate::services::{self, Services, Trading};
use driver::Script;
use session::{PaperSession, SessionTerms};

/// Account of every session that peakctl opens.
pub(crate) const ACCOUNT: &str = "demo";

/// What is replayed.
pub(crate) struct Replay {
    /// Fresh id of this execution.
    pub(crate) session_id: String,
    /// Dataset whose continuous view is the signal and whose raw contract bars are traded.
    pub(crate) dataset: dataset::Dataset,
    /// The strategy's parameters.
    pub(crate) parameters: CrossoverParameters,
    /// Starting cash.
    pub(crate) cash: Usd,
    /// Whether orders are sent that the gate must block.
    pub(crate) with_probes: bool,
}

/// Bars of a replay.
pub(crate) struct ReplayBars {
    /// The continuous view that the strategy sees.
    pub(crate) signal: Bars,
    /// Raw bars of each contract.
    pub(crate) raw: BTreeMap<ContractSymbol, Bars>,
}

/// What came of a replay.
pub(crate) struct Replayed {
    /// Bars that it ran on.
    pub(crate) bars: ReplayBars,
    /// Hashes of the broker's and the gate's files.
    pub(crate) opened: broker::OpenSessionResponse,
    /// Rolls as the driver followed them.
    pub(crate) rolls: Vec<PlannedRoll>,
    /// Orders sent to be blocked.
    pub(crate) probes: Vec<Probe>,
    /// Every order with the gate's word.
    pub(crate) decisions: Vec<OrderDecision>,
    /// Blocked orders by primary reason.
    pub(crate) blocks: BTreeMap<String, u64>,
    /// Every execution report in sequence.
    pub(crate) executions: Vec<ExecutionReport>,
    /// Equity as the broker streamed it.
    pub(crate) equity: Vec<(UnixNanos, Usd)>,
    /// The account at the end.
    pub(crate) account: broker::GetAccountResponse,
    /// Fees of all fills.
    pub(crate) fees: Usd,
    /// Fills.
    pub(crate) fills: u64,
    /// What was checked of it.
    pub(crate) audit: Audit,
}

/// Pulls the bars of a dataset and checks the series against the digest that its manifest names.
pub(crate) async fn pull_bars(services: &Services, dataset: &dataset::Dataset) -> Result<ReplayBars, Failure> {
    refuse_other_bars(dataset)?;
    let pinned = format!("@{}", dataset.dataset_id);
    let path = ["continuous", &dataset.root, &dataset.bar, &dataset.method, &pinned];
    let signal = flight::pull(&services.flight, &SeriesQuery::whole(&path)).await?.bars;
    let digest = content_digest(&signal).to_string();
    if digest != dataset.content_sha256 {
        let text =
            format!("{} came with content {digest}, its manifest says {}", path.join("/"), dataset.content_sha256);
        return Err(Failure::Check(text));
    }
    let mut raw = BTreeMap::new();
    for contract in &dataset.contracts {
        // Pinned like the signal: what was imported since the build is not what the broker trades.
        let path = ["contract", contract, &dataset.bar, &pinned];
        let bars = flight::pull(&services.flight, &SeriesQuery::whole(&path)).await?.bars;
        raw.insert(parse_contract(contract)?, bars);
    }
    Ok(ReplayBars { signal, raw })
}

fn refuse_other_bars(dataset: &dataset::Dataset) -> Result<(), Failure> {
    if datasets::is_tradable(dataset) {
        return Ok(());
    }
    Err(Failure::Input(format!(
        "dataset {} has bars of {}, session {}, depth {}; a replay runs on 1m, full, 0",
        dataset.dataset_id, dataset.bar, dataset.session, dataset.depth
    )))
}

/// Runs a replay to its end and checks it.
pub(crate) async fn run(services: &Services, replay: &Replay, output: Output) -> Result<Replayed, Failure> {
    let mut trading = services.trading()?;
    refuse_kill_switch(&mut trading).await?;
    let bars = pull_bars(services, &replay.dataset).await?;
    let contracts =
        replay.dataset.contracts.iter().map(|contract| parse_contract(contract)).collect::<Result<Vec<_>, _>>()?;
    let (Some(&first_ts), Some(&first_contract)) = (bars.signal.ts.first(), contracts.first()) else {
        return Err(Failure::Input(format!("dataset {} holds no bars", replay.dataset.dataset_id)));
    };
    let rolls = planned_rolls(&replay.dataset)?;
    let probes =
        if replay.with_probes { probe::probes(&bars.signal, first_contract, &services.calendar) } else { Vec::new() };
    let terms = SessionTerms {
        session_id: &replay.session_id,
        account: ACCOUNT,
        cash: replay.cash,
        dataset_id: &replay.dataset.dataset_id,
        clock: UnixNanos::from_nanos(first_ts),
    };
    let mut session = PaperSession::open(trading.broker, &terms).await?;
    let script = Script {
        signal: &bars.signal,
        first_contract,
        rolls: &rolls,
        probes: &probes,
        calendar: &services.calendar,
        parameters: replay.parameters,
    };
    let progress = Progress::start(output, "replaying", bars.signal.len() as u64);
    driver::run(&script, &mut session, |done| progress.set(done)).await?;
    drop(progress);
    let account = session.account().await?;
    session.end_equity(&account)?;
    session.close().await?;
    check_reports(&mut session).await?;
    let multiplier = multiplier(&services.calendar, &replay.dataset.root)?;
    let audit = audit::audit(&session.executions, &bars.raw, &session.book, &account, replay.cash, multiplier)?;
    let (blocks, fees, fills) = (session.blocks(), session.book.fees(), session.book.trades());
    let PaperSession { opened, executions, equity, decisions, .. } = session;
    Ok(Replayed { bars, opened, rolls, probes, decisions, blocks, executions, equity, account, fees, fills, audit })
}

/// Under the kill switch every opening order would be blocked: a replay of nothing, said before it starts.
async fn refuse_kill_switch(trading: &mut Trading) -> Result<(), Failure> {
    let request = risk::GetStateRequest { session_id: String::new() };
    let state = services::call("reading the risk gate's state", trading.risk_gate.get_state(request)).await?;
    if state.is_kill_switch_engaged {
        return Err(Failure::Input("the risk gate's kill switch is engaged; release it first".to_owned()));
    }
    Ok(())
}

/// The broker's own list of reports must be what this session heard, one by one.
async fn check_reports(session: &mut PaperSession) -> Result<(), Failure> {
    let listed = session.list_executions().await?;
    if listed != session.executions {
        return Err(Failure::Check(format!(
            "the broker lists {} execution reports, the session heard {}, and they are not the same",
            listed.len(),
            session.executions.len()
        )));
    }
    Ok(())
}

/// Rolls of a dataset as a driver follows them.
pub(crate) fn planned_rolls(dataset: &dataset::Dataset) -> Result<Vec<PlannedRoll>, Failure> {
    let mut rolls = Vec::new();
    for roll in &dataset.rolls {
        let roll_ts = peaktrade_wire::instant(roll.roll_ts, "roll_ts")
            .map_err(|error| Failure::Internal(format!("the dataset service sent {error}")))?;
        let (from, to) = (parse_contract(&roll.from_symbol)?, parse_contract(&roll.to_symbol)?);
        rolls.push(PlannedRoll { from, to, roll_ts });
    }
    Ok(rolls)
}

/// Dollars per index point of a root.
fn multiplier(calendar: &Calendar, root: &str) -> Result<Usd, Failure> {
    let root: ContractRoot = root.parse().map_err(|error| Failure::Internal(format!("dataset of {error}")))?;
    Ok(calendar.spec(root).map_err(|error| Failure::Input(error.to_string()))?.multiplier)
}

fn parse_contract(text: &str) -> Result<ContractSymbol, Failure> {
    text.parse().map_err(|error| Failure::Internal(format!("the dataset service sent {error}")))
}
