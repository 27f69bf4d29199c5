//! `peakctl rolls diff`: two policies over the same stored bars.

use peaktrade_wire::dataset::v1 as dataset;
use serde_json::json;

use crate::cli::DiffArgs;
use crate::context::Context;
use crate::documents::EvidencedRollDocument;
use crate::failure::Failure;
use crate::services;
use crate::settings::Needs;
use crate::table;
use crate::verbs::build::read_roll_table;
use crate::verbs::calendar::instant;

/// Sets two policies side by side.
pub(super) async fn run(context: &Context<'_>, arguments: DiffArgs) -> Result<(), Failure> {
    let request = request(arguments)?;
    let mut services = context.connect(Needs::Bars).await?;
    let action = format!("comparing two policies over {}", request.root);
    let outcome = services::long(&action, services.dataset.diff_policies(request)).await;
    services.stop().await;
    let answer = outcome?;
    let mut rolls = Vec::new();
    for roll in &answer.rolls {
        rolls.push(json!({
            "from_symbol": roll.from_symbol,
            "left": roll.left.as_ref().map(EvidencedRollDocument::new).transpose()?,
            "right": roll.right.as_ref().map(EvidencedRollDocument::new).transpose()?,
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

fn request(arguments: DiffArgs) -> Result<dataset::DiffPoliciesRequest, Failure> {
    let as_of = arguments.as_of.as_deref().map(|text| instant("--as-of", text)).transpose()?;
    let bounds = dataset::RollPolicyChoice {
        max_stale_session_minutes: arguments.max_stale_session_minutes,
        max_spread_basis_points: arguments.max_spread_basis_points,
        max_median_basis_points: arguments.max_median_basis_points,
        ..dataset::RollPolicyChoice::default()
    };
    let left = dataset::RollPolicyChoice {
        roll_trigger: arguments.left_trigger.unwrap_or_default(),
        roll_instant: arguments.left_instant.unwrap_or_default(),
        spread: arguments.left_spread.unwrap_or_default(),
        roll_table: arguments.left_roll_table.as_deref().map(read_roll_table).transpose()?.unwrap_or_default(),
        ..bounds.clone()
    };
    let right = dataset::RollPolicyChoice {
        roll_trigger: arguments.right_trigger.unwrap_or_default(),
        roll_instant: arguments.right_instant.unwrap_or_default(),
        spread: arguments.right_spread.unwrap_or_default(),
        roll_table: arguments.right_roll_table.as_deref().map(read_roll_table).transpose()?.unwrap_or_default(),
        ..bounds
    };
    Ok(dataset::DiffPoliciesRequest {
        root: arguments.root,
        from: arguments.from.unwrap_or_default(),
        to: arguments.to.unwrap_or_default(),
        as_of: as_of.map(peaktrade_wire::timestamp),
        left: Some(left),
        right: Some(right),
    })
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
