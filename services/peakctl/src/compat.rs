//! `build --compat peak_trade` and `validate --compat peak_trade`: the original's programs over files, without a store and
//! without a service.

mod file_build;

use peaktrade_parity::calendar::{MaintenanceWindow, isoformat};
use peaktrade_parity::files::read_frame;
use peaktrade_parity::{Frame, Index, Strictness, validate_ohlcv};
use serde_json::json;

pub(crate) use file_build::run as run_build;

use crate::cli::CompatValidateArgs;
use crate::context::Context;
use crate::failure::Failure;

/// Bars in the maintenance window that are shown.
const SHOWN: usize = 5;

/// Checks a file and prints `OK`.
pub(crate) fn run_validate(context: &Context<'_>, arguments: &CompatValidateArgs) -> Result<(), Failure> {
    let Some(input) = &arguments.input else {
        return Err(Failure::Usage("--compat needs --input".to_owned()));
    };
    let frame = read_frame(input).map_err(original)?;
    let strictness = Strictness { allow_partial_nans: arguments.allow_partial_volume_nans, ..Strictness::DEFAULT };
    validate_ohlcv(&frame, strictness).map_err(original)?;
    if arguments.check_maintenance {
        check_maintenance(context, &frame)?;
    }
    context.output.result(&json!({ "result": "OK", "rows": frame.rows() }), "OK")
}

fn check_maintenance(context: &Context<'_>, frame: &Frame) -> Result<(), Failure> {
    let Index::Instants { ns, .. } = &frame.index else { return Ok(()) };
    let mut window = MaintenanceWindow::default();
    let shown: Vec<String> =
        ns.iter().filter(|stamp| window.contains(**stamp)).take(SHOWN).map(|stamp| isoformat(*stamp)).collect();
    if shown.is_empty() {
        return Ok(());
    }
    let quoted: Vec<String> = shown.iter().map(|stamp| format!("'{stamp}'")).collect();
    let text = format!("FAIL: found bars in maintenance window (first {}): [{}]", shown.len(), quoted.join(", "));
    context.output.result(&json!({ "result": "FAIL", "in_maintenance_window": shown }), &text)?;
    Err(Failure::OriginalMaintenance("bars in the maintenance window, 17:00 to 18:00 in New York".to_owned()))
}

fn original(error: impl std::fmt::Display) -> Failure {
    Failure::OriginalFailed(error.to_string())
}
