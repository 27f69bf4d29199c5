//! `peakctl health`: asks each service whether it serves.

use serde_json::json;

use crate::context::Context;
use crate::failure::Failure;
use crate::health;
use crate::table;

/// Asks all four, on the endpoints that were named, elsewhere on the documented ports.
pub(crate) async fn run(context: &Context<'_>) -> Result<(), Failure> {
    context.gate()?;
    let checks = health::check_all(&context.settings.endpoints).await;
    let rows: Vec<Vec<String>> = checks
        .iter()
        .map(|check| vec![check.service.clone(), check.endpoint.clone(), check.status.clone(), check.detail.clone()])
        .collect();
    let text = table::layout(&["service", "endpoint", "status", ""], &rows);
    context.output.result(&json!({ "services": checks }), &text)?;
    let away: Vec<&str> =
        checks.iter().filter(|check| !check.is_serving()).map(|check| check.service.as_str()).collect();
    if away.is_empty() { Ok(()) } else { Err(Failure::Unavailable(format!("not serving: {}", away.join(", ")))) }
}
