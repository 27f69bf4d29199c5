//! The roll schedule and the active contract.

use peaktrade_domain::Calendar;
use peaktrade_wire::FieldError;
use peaktrade_wire::calendar::v1::{
    GetActiveContractRequest, GetActiveContractResponse, GetRollScheduleRequest, GetRollScheduleResponse,
};
use tonic::Status;

use super::roll_rule::RollRule;
use super::warnings::Warnings;
use super::{RootAndRange, known_root};
use crate::refusal;

/// Contracts after the front one: the exchange lists no more quarters than these of any root.
const DEPTH_MAX: u32 = 8;

pub(super) fn get_roll_schedule(
    calendar: &Calendar,
    request: &GetRollScheduleRequest,
) -> Result<GetRollScheduleResponse, Status> {
    let RootAndRange { root, from, to } = RootAndRange::read(calendar, &request.root, &request.from, &request.to)?;
    let rule = RollRule::read(calendar, root, request.rule.as_ref())?;
    let field = if request.rule.is_some() { "rule" } else { "root" };
    let rolls = rule.schedule(calendar, root, from, to).map_err(|error| refusal::of_roll(field, &error))?;
    let mut warnings = Warnings::default();
    rolls.iter().for_each(|roll| rule.warn(calendar, roll, &mut warnings));
    Ok(GetRollScheduleResponse {
        rolls: rolls.iter().map(|roll| rule.to_wire(calendar, roll)).collect(),
        policy: rule.name(),
        warnings: warnings.into_lines(),
    })
}

pub(super) fn get_active_contract(
    calendar: &Calendar,
    request: &GetActiveContractRequest,
) -> Result<GetActiveContractResponse, Status> {
    let root = known_root(calendar, &request.root)?;
    let time = peaktrade_wire::instant(request.time, "time")?;
    let trade_date = calendar.trade_date_of(time).map_err(|error| refusal::of_calendar("time", &error))?;
    let rule = RollRule::read(calendar, root, request.rule.as_ref())?;
    if request.depth > DEPTH_MAX {
        return Err(FieldError::new("depth", format!("{} is not 0 to {DEPTH_MAX}", request.depth)).into());
    }
    let active =
        rule.active_contract(calendar, root, time, request.depth).map_err(|error| refusal::of_roll("time", &error))?;
    let mut warnings = Warnings::default();
    if let Some(trade_date) = trade_date {
        warnings.add_days(calendar, trade_date, trade_date);
    }
    for roll in [&active.last_roll, &active.next_roll].into_iter().flatten() {
        rule.warn(calendar, roll, &mut warnings);
    }
    let [last_roll, next_roll] =
        [active.last_roll, active.next_roll].map(|roll| roll.map(|roll| rule.to_wire(calendar, &roll)));
    let place = match request.depth {
        0 => "the front contract".to_owned(),
        depth => {
            format!("number {depth} after the front contract by count of quarters, whether listed then or not,")
        }
    };
    let mut explanation = format!("{} is {place} at {time}.", active.symbol);
    for roll in [&last_roll, &next_roll].into_iter().flatten() {
        explanation.push(' ');
        explanation.push_str(&roll.explanation);
    }
    Ok(GetActiveContractResponse {
        symbol: active.symbol.to_string(),
        last_roll,
        next_roll,
        explanation,
        warnings: warnings.into_lines(),
    })
}
