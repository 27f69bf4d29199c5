//! What a definition record says of its instrument, held against the calendar file: a definition that contradicts it is
//! of another product, or one of the two is wrong, and bars booked by the wrong one would be money lost.

use dbn::{InstrumentDefMsg, UNDEF_PRICE};
use peaktrade_domain::{Calendar, ContractMonth, ContractSymbol, Price, UnixNanos, Usd};

use super::Instruments;
use crate::importing::{ImportError, Place, RowOf};

/// Units of a definition's 1e-9 in one of money's 1e-6.
const NANOS_PER_MICRO: i64 = 1_000;

/// The instrument of a definition. Its year has four digits, and its expiry must be the calendar's: the end of trading
/// decides which bars are kept and when a series rolls. Its multiplier stands in `unit_of_measure_qty`
/// (`contract_multiplier` is undefined for the product); multiplier and tick must be the calendar's too, and its raw
/// symbol must mean the same contract.
///
/// # Errors
/// Names what the definition of a contract contradicts.
pub(super) fn instrument(
    definition: &InstrumentDefMsg,
    instruments: &mut Instruments<'_>,
    calendar: &Calendar,
    place: Place,
) -> Result<RowOf, ImportError> {
    match u8::try_from(definition.instrument_class).unwrap_or(0) {
        b'F' => {}
        b'S' | b'T' | b'M' => return Ok(RowOf::Spread),
        _ => return Ok(RowOf::Unknown),
    }
    let month = ContractMonth::from_number(u32::from(definition.maturity_month));
    let root = definition.asset().ok().and_then(|asset| asset.parse().ok());
    let contract = root.zip(month).and_then(|(root, month)| ContractSymbol::new(root, month, definition.maturity_year));
    let Some(RowOf::Contract(contract)) = contract.map(|contract| instruments.reader.of_contract(contract)) else {
        return Ok(RowOf::Unknown);
    };
    let differs = |what: &str, found: String, expected: String| {
        let problem = format!("the definition of {contract} {what} {found}, the calendar has {expected}");
        Err(ImportError::Malformed { place, problem })
    };
    let of_calendar = |source| ImportError::Calendar { place, source };
    let expected = calendar.last_trade_time(contract).map_err(of_calendar)?;
    let date = |instant: UnixNanos| instant.to_datetime().date_naive();
    let expiration = match i64::try_from(definition.expiration).ok().map(UnixNanos::from_nanos) {
        Some(expiration) if date(expiration) == date(expected) => expiration,
        Some(other) => return differs("expires", other.to_string(), expected.to_string()),
        None => return differs("expires", "never".to_owned(), expected.to_string()),
    };
    let spec = calendar.spec(contract.root()).map_err(of_calendar)?;
    let multiplier = definition.unit_of_measure_qty;
    if multiplier != UNDEF_PRICE && spec.multiplier.micros().checked_mul(NANOS_PER_MICRO) != Some(multiplier) {
        let found = Usd::from_micros(multiplier / NANOS_PER_MICRO);
        return differs("has a multiplier (unit_of_measure_qty) of", found.to_string(), spec.multiplier.to_string());
    }
    let tick = Price::from_nanos(definition.min_price_increment);
    if tick.nanos() != UNDEF_PRICE && tick != spec.tick {
        return differs("has a tick of", tick.to_string(), spec.tick.to_string());
    }
    let symbol = definition.raw_symbol().unwrap_or_default();
    if !symbol.is_empty() && instruments.reader.instrument(symbol, expiration) != RowOf::Contract(contract) {
        let problem =
            format!("the definition of {contract} has the raw symbol {symbol:?}, which is another instrument");
        return Err(ImportError::Malformed { place, problem });
    }
    Ok(RowOf::Contract(contract))
}
