//! `peakctl replay`: the built-in strategy over a stored dataset, with an evidence pack.

use std::time::Instant;

use peaktrade_domain::{ContractRoot, Usd};
use peaktrade_engine::risk::Policy;
use peaktrade_wire::risk::v1::GetPolicyRequest;

use crate::cli::ReplayArgs;
use crate::context::Context;
use crate::datasets;
use crate::failure::Failure;
use crate::machine;
use crate::replay::{CrossoverParameters, Replay};
use crate::run_record::{self, RunRecord};
use crate::services::{self, Services};
use crate::settings::Needs;

/// Replays and prints what came of it.
pub(crate) async fn run(context: &Context<'_>, arguments: ReplayArgs) -> Result<(), Failure> {
    let started = Instant::now();
    let gate = context.gate()?;
    let parameters = CrossoverParameters::new(arguments.fast, arguments.slow, arguments.position)
        .map_err(|error| Failure::Input(error.to_string()))?;
    let cash = arguments.cash.parse::<Usd>().map_err(|error| Failure::Input(format!("--cash: {error}")))?;
    if cash <= Usd::ZERO {
        return Err(Failure::Input(format!("--cash: {cash} is not above 0")));
    }
    let mut services = Services::connect(&context.settings, &gate, Needs::Trading).await?;
    let outcome = async {
        let dataset =
            datasets::find(&context.settings, &mut services.dataset, arguments.dataset.as_deref(), &arguments.root)
                .await?;
        if let Some(warning) = limit_warning(&services, &dataset.root, arguments.position).await? {
            context.output.talk(&warning);
        }
        let session_id = machine::fresh_session_id("replay")?;
        let replay = Replay { session_id, dataset, parameters, cash, with_probes: false };
        run_record::replay_and_record(context, &gate, &services, replay, Vec::new()).await
    };
    let outcome = outcome.await;
    services.stop().await;
    let record: RunRecord = outcome?;
    let summary = record.summary(started.elapsed());
    context.output.result(&summary.document(), &summary.text())
}

/// Says before the replay which of its orders the policy in force cannot allow, so that nobody waits for a run of blocks.
async fn limit_warning(services: &Services, root: &str, position: u32) -> Result<Option<String>, Failure> {
    let mut gate = services.trading()?.risk_gate;
    let answer = services::call("reading the risk policy", gate.get_policy(GetPolicyRequest {})).await?;
    let limit = Policy::parse(&answer.content).ok().zip(root.parse::<ContractRoot>().ok());
    let limit = limit.and_then(|(policy, root)| policy.max_order_qty(root));
    Ok(limit.and_then(|limit| over_limit(root, limit, position)))
}

/// An entry orders the position, a reversal its double: out of one side and into the other.
fn over_limit(root: &str, limit: u32, position: u32) -> Option<String> {
    let reversal = position.saturating_mul(2);
    let orders = match (position > limit, reversal > limit) {
        (true, _) => format!("every entry ({position}) and reversal ({reversal})"),
        (false, true) => format!("every reversal ({reversal})"),
        (false, false) => return None,
    };
    Some(format!("warning: the risk policy allows {limit} {root} in one order; {orders} will be blocked"))
}

#[cfg(test)]
mod tests {
    use super::over_limit;

    #[test]
    fn orders_beyond_the_policy_are_announced() {
        assert_eq!(over_limit("NQ", 5, 2), None);
        let text = over_limit("NQ", 5, 3).unwrap();
        assert_eq!(text, "warning: the risk policy allows 5 NQ in one order; every reversal (6) will be blocked");
        assert!(over_limit("NQ", 5, 500).unwrap().contains("every entry (500) and reversal (1000)"));
    }
}
