//! What a client knows of its session: positions and working orders, from execution reports alone.

use std::collections::BTreeMap;

use peaktrade_domain::{ContractSymbol, Price, Side, Usd};
use peaktrade_wire::common::v1::{ExecType, ExecutionReport};

/// Positions, working orders and cash flow of one session, kept from its reports in sequence.
#[derive(Debug, Default)]
pub(crate) struct Book {
    last_sequence: u64,
    positions: BTreeMap<ContractSymbol, i64>,
    working: BTreeMap<String, WorkingOrder>,
    trades: u64,
    /// Sum of -side x quantity x price over all fills of a contract, in 1e-9 points x contracts.
    flow: BTreeMap<ContractSymbol, i128>,
    fees: Usd,
}

/// An order that still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkingOrder {
    /// Contract of the order.
    pub(crate) contract: ContractSymbol,
    /// Buy or sell.
    pub(crate) side: Side,
    /// Contracts not yet filled.
    pub(crate) leaves: u32,
}

/// A report that cannot be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BookError {
    /// Reports are missing or came twice.
    #[error("execution report {found} follows {last}; reports must come in sequence")]
    Sequence {
        /// Last sequence seen.
        last: u64,
        /// Sequence of the report.
        found: u64,
    },
    /// A field does not hold what its meaning needs.
    #[error("execution report {sequence}: {problem}")]
    Field {
        /// Sequence of the report.
        sequence: u64,
        /// What was wrong.
        problem: String,
    },
}

impl Book {
    /// Takes the next report.
    pub(crate) fn apply(&mut self, report: &ExecutionReport) -> Result<(), BookError> {
        if report.sequence != self.last_sequence + 1 {
            return Err(BookError::Sequence { last: self.last_sequence, found: report.sequence });
        }
        let field = |problem: String| BookError::Field { sequence: report.sequence, problem };
        self.last_sequence = report.sequence;
        let kind = ExecType::try_from(report.exec_type)
            .map_err(|_| field(format!("exec_type {} is not known", report.exec_type)))?;
        match kind {
            ExecType::Rejected => return Ok(()),
            ExecType::Unspecified => return Err(field("exec_type is not set".to_owned())),
            ExecType::New | ExecType::Canceled | ExecType::Expired | ExecType::Trade => {}
        }
        let contract =
            peaktrade_wire::symbol(&report.contract, "contract").map_err(|error| field(error.to_string()))?;
        let side = peaktrade_wire::side(report.side, "side").map_err(|error| field(error.to_string()))?;
        if report.leaves_qty == 0 {
            self.working.remove(&report.client_order_id);
        } else {
            let order = WorkingOrder { contract, side, leaves: report.leaves_qty };
            self.working.insert(report.client_order_id.clone(), order);
        }
        if kind == ExecType::Trade {
            self.trade(report, contract, side).map_err(field)?;
        }
        Ok(())
    }

    fn trade(&mut self, report: &ExecutionReport, contract: ContractSymbol, side: Side) -> Result<(), String> {
        let price = peaktrade_wire::decimal_price(&report.last_px, "last_px").map_err(|error| error.to_string())?;
        let fee = peaktrade_wire::decimal_usd(&report.fee_usd, "fee_usd").map_err(|error| error.to_string())?;
        let signed = side.sign() * i64::from(report.last_qty);
        if signed == 0 {
            return Err("a TRADE of 0 contracts".to_owned());
        }
        let position = self.positions.entry(contract).or_insert(0);
        *position += signed;
        *self.flow.entry(contract).or_insert(0) -= i128::from(signed) * i128::from(price.nanos());
        self.fees = self.fees.checked_add(fee).ok_or("fees leave the range of exact amounts")?;
        self.trades += 1;
        Ok(())
    }

    /// Contracts held, short ones negative.
    pub(crate) fn position(&self, contract: ContractSymbol) -> i64 {
        self.positions.get(&contract).copied().unwrap_or(0)
    }

    /// Positions other than zero, in order of contract.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (ContractSymbol, i64)> {
        self.positions.iter().map(|(contract, quantity)| (*contract, *quantity)).filter(|(_, quantity)| *quantity != 0)
    }

    /// Working orders in order of key.
    pub(crate) const fn working(&self) -> &BTreeMap<String, WorkingOrder> {
        &self.working
    }

    /// Fills seen.
    pub(crate) const fn trades(&self) -> u64 {
        self.trades
    }

    /// Fees of all fills.
    pub(crate) const fn fees(&self) -> Usd {
        self.fees
    }

    /// Profit and loss of the whole session with open positions at `mark`, fees paid, in dollars: the plain sum over all
    /// fills, which no netting rule enters. `None` where it is not a whole number of units or a mark is missing.
    pub(crate) fn profit(
        &self,
        mark: impl Fn(ContractSymbol) -> Option<Price>,
        multiplier: impl Fn(ContractSymbol) -> Option<Usd>,
    ) -> Option<Usd> {
        let mut total = Usd::ZERO;
        for (contract, flow) in &self.flow {
            let position = self.position(*contract);
            let open = if position == 0 { 0 } else { i128::from(position) * i128::from(mark(*contract)?.nanos()) };
            let points = Price::from_nanos(i64::try_from(flow + open).ok()?);
            total = total.checked_add(Usd::from_points(points, 1, multiplier(*contract)?)?)?;
        }
        total.checked_sub(self.fees)
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_domain::{ContractSymbol, Usd};
    use peaktrade_wire::common::v1::{ExecType, ExecutionReport, Side};

    use super::{Book, BookError};

    fn report(sequence: u64, kind: ExecType, side: Side, last: u32, leaves: u32, price: &str) -> ExecutionReport {
        ExecutionReport {
            sequence,
            client_order_id: "a".to_owned(),
            contract: "NQM2026".to_owned(),
            exec_type: kind.into(),
            side: side.into(),
            last_qty: last,
            leaves_qty: leaves,
            last_px: price.to_owned(),
            fee_usd: if last > 0 { "1.25".to_owned() } else { String::new() },
            ..ExecutionReport::default()
        }
    }

    fn contract() -> ContractSymbol {
        "NQM2026".parse().unwrap()
    }

    #[test]
    fn fills_make_positions_and_profit() {
        let mut book = Book::default();
        for (sequence, kind, side, last, leaves, price) in [
            (1, ExecType::New, Side::Buy, 0, 3, ""),
            (2, ExecType::Trade, Side::Buy, 2, 1, "20000"),
            (3, ExecType::Canceled, Side::Buy, 0, 0, ""),
            (4, ExecType::Trade, Side::Sell, 1, 0, "20010.25"),
        ] {
            book.apply(&report(sequence, kind, side, last, leaves, price)).unwrap();
        }
        assert_eq!((book.position(contract()), book.working().len(), book.trades()), (1, 0, 2));
        let profit = |mark: &str| {
            let mark = mark.parse().ok();
            book.profit(|_| mark, |_| "20".parse::<Usd>().ok()).map(|usd| usd.to_string())
        };
        // Sold one 10.25 points higher, one open 5 points lower, two fees of 1.25: 205 - 100 - 2.50.
        assert_eq!(profit("19995").as_deref(), Some("102.50"));
        assert_eq!(profit("not a price"), None, "an open position needs a mark");
    }

    #[test]
    fn holes_repeats_and_nonsense_are_refused() {
        let check = |report: &ExecutionReport, expected: Option<BookError>| {
            let mut book = Book::default();
            assert_eq!(book.apply(report).err(), expected, "{report:?}");
        };
        let fine = report(1, ExecType::Trade, Side::Buy, 1, 0, "20000");
        check(&fine, None);
        check(&ExecutionReport { sequence: 2, ..fine.clone() }, Some(BookError::Sequence { last: 0, found: 2 }));
        check(&ExecutionReport { sequence: 0, ..fine.clone() }, Some(BookError::Sequence { last: 0, found: 0 }));
        for broken in [
            ExecutionReport { exec_type: 0, ..fine.clone() },
            ExecutionReport { exec_type: 99, ..fine.clone() },
            ExecutionReport { side: 0, ..fine.clone() },
            ExecutionReport { contract: "NQ".to_owned(), ..fine.clone() },
            ExecutionReport { last_px: String::new(), ..fine.clone() },
            ExecutionReport { last_qty: 0, ..fine.clone() },
        ] {
            assert!(matches!(Book::default().apply(&broken), Err(BookError::Field { sequence: 1, .. })), "{broken:?}");
        }
    }
}
