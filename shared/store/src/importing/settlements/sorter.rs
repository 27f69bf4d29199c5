//! The fate of each row of settlements: the rules that both formats share.

use std::collections::{BTreeMap, BTreeSet};

use peaktrade_continuous::{DailyFact, Known};
use peaktrade_domain::{Calendar, ContractRoot, ContractSymbol, Price, Session, TradeDate, UnixNanos};

use super::{ContractSettlements, FactCounts, FactFate, FactKind, FactRow, RawFact, Withdrawal};
use crate::importing::sorter::plausible_prices;
use crate::importing::{ImportError, Place, RowOf};

/// Share of settlement prices off their grid, or out of all bounds, from which on a file is refused, as one in so many
/// rows: of adjusted or scaled ones all but a lucky few are.
const ONE_IN_UNFIT: u64 = 100;
/// Contracts open at a time at most; no contract has more.
const OPEN_INTEREST_MAX: u64 = 100_000_000;

/// Takes the rows of one file, decides the fate of each and collects the facts.
pub(super) struct Sorter<'a> {
    calendar: &'a Calendar,
    plausible: (Price, Price),
    /// Grid of daily settlement prices: that of calendar spreads, from which the exchange derives those of back months.
    grid: Price,
    is_journal: bool,
    contracts: BTreeMap<ContractSymbol, OfContract>,
    others: FactCounts,
}

#[derive(Default)]
struct OfContract {
    facts: BTreeMap<TradeDate, DailyFact>,
    untold_known_at: BTreeSet<TradeDate>,
    counts: FactCounts,
}

impl<'a> Sorter<'a> {
    pub(super) fn new(root: ContractRoot, calendar: &'a Calendar, is_journal: bool) -> Result<Self, ImportError> {
        let failed = |source| ImportError::Calendar { place: Place::line(0), source };
        let spec = calendar.spec(root).map_err(failed)?;
        Ok(Self {
            calendar,
            plausible: plausible_prices(root).ok_or(ImportError::RootNotBuilt { root })?,
            grid: spec.spread_tick,
            is_journal,
            contracts: BTreeMap::new(),
            others: FactCounts::default(),
        })
    }

    pub(super) fn take(&mut self, row: FactRow) -> Result<(), ImportError> {
        match row {
            FactRow::Met(fate) => self.others.count(fate),
            FactRow::Said(raw) => {
                if let Some(contract) = self.contract(raw.of) {
                    let fate = self.judge(contract, &raw)?;
                    let is_journal = self.is_journal;
                    let of_contract = self.contracts.entry(contract).or_default();
                    match fate {
                        Err(fate) => of_contract.counts.count(fate),
                        Ok(fact) => of_contract.keep(fact, &raw, is_journal)?,
                    }
                }
            }
            FactRow::Withdrawn(withdrawal) => {
                if let Some(contract) = self.contract(withdrawal.of) {
                    let session = self.session(contract, withdrawal.trade_date, withdrawal.place)?.err();
                    let of_contract = self.contracts.entry(contract).or_default();
                    match session {
                        Some(fate) => of_contract.counts.count(fate),
                        None => of_contract.withdraw(&withdrawal),
                    }
                }
            }
        }
        Ok(())
    }

    /// The contract of a row; a row of none is counted.
    fn contract(&mut self, of: RowOf) -> Option<ContractSymbol> {
        let fate = match of {
            RowOf::Contract(contract) => return Some(contract),
            RowOf::Spread => FactFate::Spread,
            RowOf::Unknown => FactFate::UnknownSymbol,
        };
        self.others.count(fate);
        None
    }

    /// The session of a trade date in which a contract trades, with the contract's last, or the fate of a row of it.
    fn session(
        &self,
        contract: ContractSymbol,
        trade_date: TradeDate,
        place: Place,
    ) -> Result<Result<(&'a Session, TradeDate), FactFate>, ImportError> {
        let failed = |source| ImportError::Calendar { place, source };
        let last = self.calendar.last_trade_date(contract).map_err(failed)?;
        if trade_date > last {
            return Ok(Err(FactFate::AfterExpiry));
        }
        let session = self.calendar.session(trade_date).map_err(failed)?;
        Ok(session.map(|session| (session, last)).ok_or(FactFate::OutOfSession))
    }

    /// The fact of a row, or the fate that it meets instead.
    fn judge(&self, contract: ContractSymbol, raw: &RawFact) -> Result<Result<DailyFact, FactFate>, ImportError> {
        let failed = |source| ImportError::Calendar { place: raw.place, source };
        let (session, last) = match self.session(contract, raw.trade_date, raw.place)? {
            Ok(found) => found,
            Err(fate) => return Ok(Err(fate)),
        };
        if let Some(price) = raw.settlement {
            let (lowest, highest) = self.plausible;
            if price < lowest || price > highest {
                return Ok(Err(FactFate::PriceScale));
            }
            // The final settlement is a special opening quotation of the cash index, to the hundredth.
            if raw.trade_date < last && !price.is_on_tick(self.grid) {
                return Ok(Err(FactFate::OffTick));
            }
        }
        let malformed = |problem: String| ImportError::Malformed { place: raw.place, problem };
        if let Some(contracts) = raw.open_interest.filter(|contracts| *contracts > OPEN_INTEREST_MAX) {
            return Err(malformed(format!("open interest {contracts}; at most {OPEN_INTEREST_MAX} is allowed")));
        }
        let known = |what: &str, earliest: UnixNanos, usual: UnixNanos| match raw.known_at {
            None => Ok(usual),
            Some(known_at) if known_at >= earliest => Ok(known_at),
            Some(known_at) => Err(malformed(format!(
                "{what} of {} cannot have been known at {known_at}, before {earliest}",
                raw.trade_date
            ))),
        };
        let settlement = match raw.settlement {
            Some(value) => Some(Known { value, known_at: known("the settlement", session.open(), session.close())? }),
            None => None,
        };
        let open_interest = match raw.open_interest {
            Some(value) => {
                let next = self.next_session(session).map_err(failed)?;
                Some(Known { value, known_at: known("open interest", session.close(), next)? })
            }
            None => None,
        };
        Ok(Ok(DailyFact { trade_date: raw.trade_date, settlement, open_interest }))
    }

    /// Open of the trade date after.
    fn next_session(&self, session: &Session) -> Result<UnixNanos, peaktrade_domain::CalendarError> {
        let next = self.calendar.nth_trade_date(session.trade_date, 1)?;
        Ok(self.calendar.session_on_or_after(next)?.open())
    }

    /// Contracts in order of expiry, and all rows by fate.
    pub(super) fn finish(self) -> Result<(Vec<ContractSettlements>, FactCounts), ImportError> {
        let Self { calendar, plausible, grid, contracts: of_contracts, others: mut all, .. } = self;
        let mut contracts = Vec::new();
        for (contract, of_contract) in of_contracts {
            all.add(&of_contract.counts);
            let facts: Vec<DailyFact> = of_contract.facts.into_values().collect();
            if !facts.is_empty() {
                let calendar_sha256 = calendar.sha256();
                contracts.push(ContractSettlements {
                    contract,
                    facts,
                    untold_known_at: of_contract.untold_known_at,
                    dispositions: of_contract.counts,
                    calendar_sha256,
                });
            }
        }
        if all.rows_in() == 0 {
            return Err(ImportError::Empty);
        }
        if contracts.is_empty() {
            let problem = format!("none of its {} rows can be kept: {all}", all.rows_in());
            return Err(ImportError::Unfit { problem });
        }
        check_strays(&all, plausible, grid)?;
        Ok((contracts, all))
    }
}

/// Refuses a file whose prices are of another scale or adjusted. One stray price is dropped and counted.
fn check_strays(all: &FactCounts, (lowest, highest): (Price, Price), grid: Price) -> Result<(), ImportError> {
    let kept = all.of(FactFate::Kept);
    let are_many = |strays: u64| strays > 1 && strays * ONE_IN_UNFIT > kept + strays;
    let scaled = all.of(FactFate::PriceScale);
    if are_many(scaled) || (scaled > 0 && scaled * 10 >= kept) {
        let problem = format!(
            "{scaled} settlement prices are outside {lowest} to {highest}; the file may be scaled or of another product"
        );
        return Err(ImportError::Unfit { problem });
    }
    let off_tick = all.of(FactFate::OffTick);
    if are_many(off_tick) {
        let problem = format!("{off_tick} settlement prices are off the grid of {grid}; they may be adjusted");
        return Err(ImportError::Unfit { problem });
    }
    Ok(())
}

impl OfContract {
    fn keep(&mut self, fact: DailyFact, raw: &RawFact, is_journal: bool) -> Result<(), ImportError> {
        if raw.known_at.is_none() {
            self.untold_known_at.insert(fact.trade_date);
        }
        let nothing = DailyFact { trade_date: fact.trade_date, settlement: None, open_interest: None };
        let slot = self.facts.entry(fact.trade_date).or_insert(nothing);
        let settlement = put(&mut slot.settlement, fact.settlement);
        let open_interest = put(&mut slot.open_interest, fact.open_interest);
        let says = |outcome: Outcome| settlement == outcome || open_interest == outcome;
        if says(Outcome::Differs) {
            if !is_journal {
                let problem = format!("the facts of {} differ from those of an earlier line", fact.trade_date);
                return Err(ImportError::Malformed { place: raw.place, problem });
            }
            slot.settlement = fact.settlement.or(slot.settlement);
            slot.open_interest = fact.open_interest.or(slot.open_interest);
            self.counts.recount_kept_as(FactFate::Replaced);
            self.counts.count(FactFate::Kept);
        } else if says(Outcome::New) {
            self.counts.count(FactFate::Kept);
        } else {
            self.counts.count(FactFate::Duplicate);
        }
        Ok(())
    }

    fn withdraw(&mut self, withdrawal: &Withdrawal) {
        self.counts.count(FactFate::Replaced);
        let Some(slot) = self.facts.get_mut(&withdrawal.trade_date) else { return };
        let is_gone = match withdrawal.fact {
            FactKind::Settlement => slot.settlement.take().is_some(),
            FactKind::OpenInterest => slot.open_interest.take().is_some(),
        };
        if is_gone {
            self.counts.recount_kept_as(FactFate::Replaced);
        }
        if slot.settlement.is_none() && slot.open_interest.is_none() {
            self.facts.remove(&withdrawal.trade_date);
        }
    }
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Nothing,
    New,
    Repeats,
    Differs,
}

/// Puts a value where there is none. One that is told again stays known from when it was first told.
fn put<T: PartialEq>(slot: &mut Option<Known<T>>, new: Option<Known<T>>) -> Outcome {
    match (&mut *slot, new) {
        (_, None) => Outcome::Nothing,
        (None, Some(new)) => {
            *slot = Some(new);
            Outcome::New
        }
        (Some(told), Some(new)) if told.value == new.value => {
            told.known_at = told.known_at.min(new.known_at);
            Outcome::Repeats
        }
        (Some(_), Some(_)) => Outcome::Differs,
    }
}
