//! What was traded at a roll.

use peaktrade_wire::common::v1::{ExecType, ExecutionReport, Side};
use peaktrade_wire::instant;

use crate::documents::RollDocument;
use crate::failure::Failure;
use crate::replay::PlannedRoll;
use crate::summary::{LegFill, RollSummary};

/// The roll with the fills of both its legs, in order.
pub(crate) fn summary(
    roll: &RollDocument,
    planned: &PlannedRoll,
    executions: &[ExecutionReport],
) -> Result<RollSummary, Failure> {
    let is_leg = |report: &&ExecutionReport| report.exec_type() == ExecType::Trade && report.roll_id == planned.key();
    let legs = executions.iter().filter(is_leg).map(|report| {
        let time = instant(report.event_time, "event_time")
            .map_err(|error| Failure::Internal(format!("the broker sent {error}")))?;
        Ok(LegFill {
            contract: report.contract.clone(),
            side: if report.side() == Side::Buy { "BUY" } else { "SELL" },
            quantity: report.last_qty,
            price: report.last_px.clone(),
            time: time.to_string(),
        })
    });
    Ok(RollSummary { roll: roll.clone(), legs: legs.collect::<Result<_, Failure>>()? })
}
