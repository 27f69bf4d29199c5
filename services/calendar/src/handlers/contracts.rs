//! Contracts, their terms and their spellings.

use peaktrade_domain::{
    Calendar, ContractSymbol, ExchangeFeeRow, MarginRow, RollError, RollPolicy, SymbolSpelling, TradeDate, Usd,
};
use peaktrade_wire::FieldError;
use peaktrade_wire::calendar::v1::{
    Contract, Fees, GetContractRequest, GetContractResponse, ListContractsRequest, ListContractsResponse, Margins,
    ParseSymbolRequest, ParseSymbolResponse, Spelling,
};
use tonic::Status;

use super::RootAndRange;
use super::warnings::Warnings;
use crate::refusal;

/// Years after which a year's last digit comes again.
const YEARS_OF_A_DIGIT: u16 = 10;
/// Days, two years, for which a contract that ended may still be meant by one digit.
const RECENT_DAYS: i64 = 2 * 366;

pub(super) fn get_contract(calendar: &Calendar, request: &GetContractRequest) -> Result<GetContractResponse, Status> {
    let symbol = peaktrade_wire::symbol(&request.symbol, "symbol")?;
    let last = calendar.last_trade_date(symbol).map_err(|error| refusal::of_calendar("symbol", &error))?;
    let on = if request.on.is_empty() { None } else { Some(peaktrade_wire::trade_date(&request.on, "on")?) };
    if let Some(on) = on.filter(|on| *on > last) {
        return Err(FieldError::new("on", format!("{on} is after the last trade date of {symbol}, {last}")).into());
    }
    let mut warnings = Warnings::default();
    let field = if on.is_some() { "on" } else { "symbol" };
    let on = on.unwrap_or_else(|| last.min(calendar.valid_to()));
    let contract = describe(calendar, symbol, on, field, &mut warnings)?;
    Ok(GetContractResponse { contract: Some(contract), warnings: warnings.into_lines() })
}

pub(super) fn list_contracts(
    calendar: &Calendar,
    request: &ListContractsRequest,
) -> Result<ListContractsResponse, Status> {
    let RootAndRange { root, from, to } = RootAndRange::read(calendar, &request.root, &request.from, &request.to)?;
    let refused = |error| refusal::of_calendar("root", &error);
    let mut warnings = Warnings::default();
    let mut contracts = Vec::new();
    for symbol in calendar.contracts(root, from, to).map_err(refused)? {
        let last = calendar.last_trade_date(symbol).map_err(refused)?;
        contracts.push(describe(calendar, symbol, last, "root", &mut warnings)?);
    }
    Ok(ListContractsResponse { contracts, warnings: warnings.into_lines() })
}

pub(super) fn parse_symbol(calendar: &Calendar, request: &ParseSymbolRequest) -> Result<ParseSymbolResponse, Status> {
    let reference = peaktrade_wire::trade_date(&request.reference_date, "reference_date")?;
    let symbol = ContractSymbol::parse_vendor(&request.text, reference, calendar)
        .map_err(|error| refusal::of_symbol("text", &error))?;
    let spell =
        |spelling: &SymbolSpelling| Spelling { name: spelling.to_string(), text: symbol.spell(*spelling, calendar) };
    Ok(ParseSymbolResponse {
        symbol: symbol.to_string(),
        spellings: SymbolSpelling::ALL.iter().map(spell).collect(),
        warnings: decade_warning(calendar, &request.text, symbol, reference).into_iter().collect(),
    })
}

/// Says which contract of the same digit was passed over, where it ended so shortly before the reference date that a
/// file of its bars is the likelier meaning.
fn decade_warning(calendar: &Calendar, text: &str, symbol: ContractSymbol, reference: TradeDate) -> Option<String> {
    if !has_one_digit_year(text, symbol) {
        return None;
    }
    let ended = ContractSymbol::new(symbol.root(), symbol.month(), symbol.year().checked_sub(YEARS_OF_A_DIGIT)?)?;
    let last = calendar.last_trade_date(ended).ok()?;
    let days_ago = (reference.date() - last.date()).num_days();
    (1..=RECENT_DAYS).contains(&days_ago).then(|| {
        format!(
            "the one digit of the year is read as {symbol}, since {ended} ended on {last}, before the reference date \
             {reference}; where {ended} is meant, give a date up to its end or two digits"
        )
    })
}

/// Whether a spelling of a contract ends the year after one digit.
fn has_one_digit_year(text: &str, symbol: ContractSymbol) -> bool {
    let text = text.to_ascii_uppercase();
    let after_root = text
        .rfind(symbol.root().as_str())
        .map_or(text.as_str(), |at| text.get(at + symbol.root().as_str().len()..).unwrap_or_default());
    let digits = after_root.chars().skip_while(|sign| !sign.is_ascii_digit()).take_while(char::is_ascii_digit).count();
    digits == 1
}

/// A contract with its terms on a trade date; `field` is the one that a refusal names.
fn describe(
    calendar: &Calendar,
    symbol: ContractSymbol,
    on: TradeDate,
    field: &str,
    warnings: &mut Warnings,
) -> Result<Contract, Status> {
    let refused = |error| refusal::of_calendar(field, &error);
    let root = symbol.root();
    let spec = calendar.spec_on(root, on).map_err(refused)?;
    let margins = calendar.margins(root, on).map_err(refused)?;
    let fees = calendar.exchange_fees(root, on).map_err(refused)?;
    let tick_value = Usd::from_points(spec.tick, 1, spec.multiplier)
        .ok_or_else(|| Status::internal(format!("the value of a tick of {root} is no whole number of 1e-6 dollars")))?;
    let roll = match RollPolicy::STANDARD.roll_of(calendar, symbol) {
        Ok(roll) => Some(roll),
        Err(RollError::Calendar(peaktrade_domain::CalendarError::OutOfRange { .. })) => None,
        Err(error) => return Err(refusal::of_roll(field, &error)),
    };

    warnings.add_row(&format!("terms of {root} from {}", spec.effective_from), spec.confidence);
    if !spec.confidence.is_unconfirmed() {
        warnings.add_row(&format!("listed months of {root} from {}", spec.effective_from), spec.listing_confidence);
    }
    if let Some(row) = margins {
        warnings.add_row(&format!("margins of {root} from {}", row.effective_from), row.confidence);
    }
    if let Some(row) = fees {
        warnings.add_row(&format!("fees of {root} from {}", row.effective_from), row.confidence);
    }
    warnings.add_end(calendar, symbol);
    if let Some(roll) = &roll {
        warnings.add_roll(calendar, roll);
    }
    Ok(Contract {
        symbol: symbol.to_string(),
        root: root.to_string(),
        multiplier_usd: spec.multiplier.to_string(),
        tick: spec.tick.to_string(),
        spread_tick: spec.spread_tick.to_string(),
        currency: spec.currency.clone(),
        last_trade_date: calendar.last_trade_date(symbol).map_err(refused)?.to_string(),
        last_trade_time: Some(peaktrade_wire::timestamp(calendar.last_trade_time(symbol).map_err(refused)?)),
        roll_trade_date: roll.map_or_else(String::new, |roll| roll.trade_date.to_string()),
        exchange: spec.exchange.clone(),
        product_first_trade_date: spec.first_trade_date.to_string(),
        listing_rule: spec.listing_rule.clone(),
        margins: margins.map(margins_to_wire),
        fees: fees.map(fees_to_wire),
        tick_value_usd: tick_value.to_string(),
        expiry_note: calendar.expiry_note(symbol).map_err(refused)?.to_owned(),
    })
}

fn margins_to_wire(row: &MarginRow) -> Margins {
    Margins {
        effective_from: row.effective_from.to_string(),
        initial_usd: row.initial.to_string(),
        maintenance_usd: row.maintenance.to_string(),
        day_usd: row.day.map_or_else(String::new, |day| day.to_string()),
        source: row.source.clone(),
        confidence: row.confidence.name().to_owned(),
    }
}

fn fees_to_wire(row: &ExchangeFeeRow) -> Fees {
    Fees {
        effective_from: row.effective_from.to_string(),
        exchange_usd: row.exchange.to_string(),
        nfa_usd: row.nfa.to_string(),
        source: row.source.clone(),
        confidence: row.confidence.name().to_owned(),
    }
}
