//! What a client can check of a broker without trusting it.

use std::collections::BTreeMap;

use peaktrade_continuous::Bars;
use peaktrade_domain::{ContractSymbol, Price, UnixNanos, Usd};
use peaktrade_wire::broker::v1::GetAccountResponse;
use peaktrade_wire::common::v1::{ExecType, ExecutionReport};
use serde::Serialize;

use super::book::Book;
use crate::failure::Failure;

/// What was checked, as it stands in the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Audit {
    /// Fills that lie within the range of a raw bar with volume at their instant; all of them.
    pub(crate) fills_within_raw_bars: u64,
    /// Profit and loss worked out from the fills alone, equal to the broker's to the last unit.
    pub(crate) profit_from_fills_usd: Usd,
}

/// Checks every fill against the raw bar of its minute, and the account against the sum over all fills.
pub(crate) fn audit(
    executions: &[ExecutionReport],
    raw: &BTreeMap<ContractSymbol, Bars>,
    book: &Book,
    account: &GetAccountResponse,
    cash: Usd,
    multiplier: Usd,
) -> Result<Audit, Failure> {
    let mut fills = 0;
    for report in executions.iter().filter(|report| report.exec_type() == ExecType::Trade) {
        let problem = |problem: String| Failure::Check(format!("execution {}: {problem}", report.sequence));
        check_fill(report, raw).map_err(problem)?;
        fills += 1;
    }
    let profit = profit(book, account, cash, multiplier).map_err(Failure::Check)?;
    Ok(Audit { fills_within_raw_bars: fills, profit_from_fills_usd: profit })
}

fn check_fill(report: &ExecutionReport, raw: &BTreeMap<ContractSymbol, Bars>) -> Result<(), String> {
    let contract = peaktrade_wire::symbol(&report.contract, "contract").map_err(|error| error.to_string())?;
    let price = peaktrade_wire::decimal_price(&report.last_px, "last_px").map_err(|error| error.to_string())?;
    let time = peaktrade_wire::instant(report.event_time, "event_time").map_err(|error| error.to_string())?;
    let minute = time.nanos() - time.nanos().rem_euclid(UnixNanos::MINUTE);
    let bars = raw.get(&contract).ok_or_else(|| format!("filled in {contract}, which the dataset does not hold"))?;
    let bar = bars.ts.binary_search(&minute).ok().and_then(|row| bars.get(row));
    let bar = bar.ok_or_else(|| format!("filled in {contract} at {time}, where it has no raw bar"))?;
    let range = (Price::from_nanos(bar.low), Price::from_nanos(bar.high));
    if price < range.0 || price > range.1 || bar.volume <= 0 {
        return Err(format!(
            "filled {contract} at {price} in the bar of {time}, which trades {} from {} to {}",
            bar.volume, range.0, range.1
        ));
    }
    Ok(())
}

fn profit(book: &Book, account: &GetAccountResponse, cash: Usd, multiplier: Usd) -> Result<Usd, String> {
    let mut marks = BTreeMap::new();
    for position in &account.positions {
        let contract = peaktrade_wire::symbol(&position.contract, "contract").map_err(|error| error.to_string())?;
        let mark = peaktrade_wire::decimal_price(&position.mark, "mark").map_err(|error| error.to_string())?;
        marks.insert(contract, mark);
        if book.position(contract) != position.quantity {
            return Err(format!(
                "the broker holds {} {contract}, its reports add up to {}",
                position.quantity,
                book.position(contract)
            ));
        }
    }
    let profit = book
        .profit(|contract| marks.get(&contract).copied(), |_| Some(multiplier))
        .ok_or("profit and loss is no exact amount, or the broker does not show a position that its reports make")?;
    let equity = peaktrade_wire::decimal_usd(&account.equity_usd, "equity_usd").map_err(|error| error.to_string())?;
    if cash.checked_add(profit) != Some(equity) {
        return Err(format!("the broker's equity is {equity}; {cash} and the fills make a profit of {profit}"));
    }
    Ok(profit)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use peaktrade_continuous::{Bar, Bars};
    use peaktrade_domain::UnixNanos;
    use peaktrade_wire::broker::v1::{AccountPosition, GetAccountResponse};
    use peaktrade_wire::common::v1::{ExecType, ExecutionReport, Side};

    use super::{Audit, Book, audit};
    use crate::failure::Failure;

    const MINUTE: i64 = 1_773_842_400 * UnixNanos::SECOND;

    fn fill(price: &str) -> ExecutionReport {
        ExecutionReport {
            sequence: 1,
            contract: "NQM2026".to_owned(),
            exec_type: ExecType::Trade.into(),
            side: Side::Buy.into(),
            last_qty: 2,
            last_px: price.to_owned(),
            fee_usd: "2.50".to_owned(),
            event_time: Some(peaktrade_wire::timestamp(UnixNanos::from_nanos(MINUTE))),
            ..ExecutionReport::default()
        }
    }

    fn run(fill: &ExecutionReport, volume: i64, equity: &str, quantity: i64) -> Result<Audit, Failure> {
        let point = 1_000_000_000;
        let mut bars = Bars::default();
        let (low, high) = (20_000 * point, 20_010 * point);
        bars.push(Bar { ts: MINUTE, open: low, high, low, close: high, volume });
        let raw = BTreeMap::from([("NQM2026".parse().unwrap(), bars)]);
        let mut book = Book::default();
        book.apply(fill).unwrap();
        let position = AccountPosition {
            contract: "NQM2026".to_owned(),
            quantity,
            mark: "20010".to_owned(),
            ..Default::default()
        };
        let account =
            GetAccountResponse { equity_usd: equity.to_owned(), positions: vec![position], ..Default::default() };
        audit(std::slice::from_ref(fill), &raw, &book, &account, "100000".parse().unwrap(), "20".parse().unwrap())
    }

    fn check(fill: &ExecutionReport, volume: i64, equity: &str, quantity: i64, expected: Option<&str>) {
        match (run(fill, volume, equity, quantity), expected) {
            (Ok(_), None) => {}
            (Err(Failure::Check(text)), Some(part)) => assert!(text.contains(part), "{text}"),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn fills_and_money_must_agree_with_the_raw_bars() {
        // Bought two at 20000.25, marked at 20010: 2 x 9.75 x 20 - 2.50 = 387.50.
        let good = fill("20000.25");
        assert_eq!(run(&good, 5, "100387.5", 2).unwrap().profit_from_fills_usd.to_string(), "387.50");
        check(&good, 5, "100387.51", 2, Some("equity is 100387.51"));
        check(&good, 5, "100387.5", 1, Some("add up to 2"));
        check(&good, 0, "100387.5", 2, Some("trades 0"));
        check(&fill("20010.25"), 5, "99987.5", 2, Some("from 20000 to 20010"));
        check(&fill("19999.75"), 5, "100407.5", 2, Some("from 20000 to 20010"));
        let later = UnixNanos::from_nanos(MINUTE + UnixNanos::MINUTE);
        let off = ExecutionReport { event_time: Some(peaktrade_wire::timestamp(later)), ..good.clone() };
        check(&off, 5, "100387.5", 2, Some("has no raw bar"));
        check(&ExecutionReport { contract: "NQU2026".to_owned(), ..good }, 5, "1", 2, Some("does not hold"));
    }
}
