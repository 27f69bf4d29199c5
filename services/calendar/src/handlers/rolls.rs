//! The roll schedule.

use peaktrade_domain::{Calendar, RollPolicy};
use peaktrade_wire::FieldError;
use peaktrade_wire::calendar::v1::{GetRollScheduleRequest, GetRollScheduleResponse, ScheduledRoll};
use tonic::Status;

use super::RootAndRange;
use crate::refusal;

pub(super) fn get_roll_schedule(
    calendar: &Calendar,
    request: &GetRollScheduleRequest,
) -> Result<GetRollScheduleResponse, Status> {
    let RootAndRange { root, from, to } = RootAndRange::read(calendar, &request.root, &request.from, &request.to)?;
    if request.rule.is_some() {
        return Err(FieldError::new("rule", "only the default policy is built; leave it out").into());
    }
    let policy = RollPolicy::STANDARD;
    let rolls = policy.schedule(calendar, root, from, to).map_err(|error| refusal::of_roll("root", &error))?;
    let rolls = rolls.iter().map(|roll| ScheduledRoll {
        from_symbol: roll.from.to_string(),
        to_symbol: roll.to.to_string(),
        trade_date: roll.trade_date.to_string(),
        roll_time: Some(peaktrade_wire::timestamp(roll.roll_ts)),
        explanation: String::new(),
    });
    Ok(GetRollScheduleResponse { rolls: rolls.collect(), policy: policy.to_string(), warnings: Vec::new() })
}
