//! `peakctl rolls diff`: two policies over the same stored bars.

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::json;

use crate::cli::DiffArgs;
use crate::context::Context;
use crate::documents::RollDocument;
use crate::failure::Failure;
use crate::services;
use crate::settings::Needs;
use crate::table;

/// Sets two policies side by side.
pub(super) async fn run(context: &Context<'_>, arguments: DiffArgs) -> Result<(), Failure> {
    let request = request(arguments);
    let mut services = context.connect(Needs::Bars).await?;
    let action = format!("comparing two policies over {}", request.root);
    let outcome = services::long(&action, services.dataset.diff_policies(request)).await;
    services.stop().await;
    let answer = outcome?;
    let mut rolls = Vec::new();
    for roll in &answer.rolls {
        rolls.push(json!({
            "from_symbol": roll.from_symbol,
            "left": roll.left.as_ref().map(RollDocument::new).transpose()?,
            "right": roll.right.as_ref().map(RollDocument::new).transpose()?,
            "differs": roll.differs,
            "spread_difference": roll.spread_difference,
            "offset_difference": roll.offset_difference,
            "text": roll.text,
        }));
    }
    let document = json!({
        "left_policy": answer.left_policy,
        "right_policy": answer.right_policy,
        "rolls_differing": answer.rolls_differing,
        "rolls": rolls,
    });
    context.output.result(&document, &page(&answer))
}

fn request(arguments: DiffArgs) -> dataset::DiffPoliciesRequest {
    let max_stale_session_minutes = arguments.max_stale_session_minutes;
    let policy = |trigger: Option<String>, instant: Option<String>, spread: Option<String>| {
        Some(dataset::RollPolicyChoice {
            roll_trigger: trigger.unwrap_or_default(),
            roll_instant: instant.unwrap_or_default(),
            spread: spread.unwrap_or_default(),
            max_stale_session_minutes,
            ..dataset::RollPolicyChoice::default()
        })
    };
    dataset::DiffPoliciesRequest {
        root: arguments.root,
        from: arguments.from.unwrap_or_default(),
        to: arguments.to.unwrap_or_default(),
        as_of: None,
        left: policy(arguments.left_trigger, arguments.left_instant, arguments.left_spread),
        right: policy(arguments.right_trigger, arguments.right_instant, arguments.right_spread),
    }
}

fn page(answer: &dataset::DiffPoliciesResponse) -> String {
    let side = |roll: &Option<dataset::Roll>| match roll {
        Some(roll) => [roll.trade_date.clone(), roll.spread.clone()],
        None => [String::new(), String::new()],
    };
    let row = |roll: &dataset::RollComparison| {
        let ([left_date, left_spread], [right_date, right_spread]) = (side(&roll.left), side(&roll.right));
        vec![
            roll.from_symbol.clone(),
            left_date,
            right_date,
            left_spread,
            right_spread,
            roll.spread_difference.clone(),
            roll.offset_difference.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = answer.rolls.iter().map(row).collect();
    let mut text = format!(
        "left   {}\nright  {}\n{} of {} rolls differ\n",
        answer.left_policy,
        answer.right_policy,
        answer.rolls_differing,
        answer.rolls.len()
    );
    if rows.is_empty() {
        return text;
    }
    text.push('\n');
    let heading =
        ["out of", "left date", "right date", "left spread", "right spread", "difference", "offset difference"];
    text.push_str(&table::layout(&heading, &rows));
    for roll in answer.rolls.iter().filter(|roll| roll.differs) {
        text.push_str(&format!("\n{}\n", roll.text));
    }
    text
}
