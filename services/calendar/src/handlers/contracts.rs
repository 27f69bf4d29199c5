//! Contracts and their spellings.

use peaktrade_domain::{Calendar, ContractSymbol, RollPolicy, Usd};
use peaktrade_wire::calendar::v1::{
    Contract, GetContractRequest, GetContractResponse, ListContractsRequest, ListContractsResponse, ParseSymbolRequest,
    ParseSymbolResponse,
};
use tonic::Status;

use super::RootAndRange;
use crate::refusal;

pub(super) fn get_contract(calendar: &Calendar, request: &GetContractRequest) -> Result<GetContractResponse, Status> {
    let symbol = peaktrade_wire::symbol(&request.symbol, "symbol")?;
    Ok(GetContractResponse { contract: Some(describe(calendar, symbol, "symbol")?), warnings: Vec::new() })
}

pub(super) fn list_contracts(
    calendar: &Calendar,
    request: &ListContractsRequest,
) -> Result<ListContractsResponse, Status> {
    let RootAndRange { root, from, to } = RootAndRange::read(calendar, &request.root, &request.from, &request.to)?;
    let symbols = calendar.contracts(root, from, to).map_err(|error| refusal::of_calendar("root", &error))?;
    let contracts = symbols.into_iter().map(|symbol| describe(calendar, symbol, "root")).collect::<Result<_, _>>()?;
    Ok(ListContractsResponse { contracts })
}

pub(super) fn parse_symbol(calendar: &Calendar, request: &ParseSymbolRequest) -> Result<ParseSymbolResponse, Status> {
    let reference = peaktrade_wire::trade_date(&request.reference_date, "reference_date")?;
    let symbol = ContractSymbol::parse_vendor(&request.text, reference, calendar)
        .map_err(|error| refusal::of_symbol("text", &error))?;
    Ok(ParseSymbolResponse { symbol: symbol.to_string(), spellings: Vec::new() })
}

fn describe(calendar: &Calendar, symbol: ContractSymbol, field: &str) -> Result<Contract, Status> {
    let refused = |error| refusal::of_calendar(field, &error);
    let spec = calendar.spec(symbol.root()).map_err(refused)?;
    let last_trade_date = calendar.last_trade_date(symbol).map_err(refused)?;
    let last_trade_time = calendar.last_trade_time(symbol).map_err(refused)?;
    let roll = RollPolicy::STANDARD.roll_of(calendar, symbol).map_err(|error| refusal::of_roll(field, &error))?;
    let tick_value = Usd::from_points(spec.tick, 1, spec.multiplier)
        .ok_or_else(|| Status::internal(format!("the value of a tick of {} is not exact in dollars", spec.root)))?;
    Ok(Contract {
        symbol: symbol.to_string(),
        root: spec.root.to_string(),
        multiplier_usd: spec.multiplier.to_string(),
        tick: spec.tick.to_string(),
        spread_tick: spec.spread_tick.to_string(),
        currency: spec.currency.clone(),
        last_trade_date: last_trade_date.to_string(),
        last_trade_time: Some(peaktrade_wire::timestamp(last_trade_time)),
        roll_trade_date: roll.trade_date.to_string(),
        exchange: spec.exchange.clone(),
        product_first_trade_date: spec.first_trade_date.to_string(),
        tick_value_usd: tick_value.to_string(),
        ..Contract::default()
    })
}
