//! `peakctl validate`: stored bars against the calendar, session by session.

mod degraded;

use peaktrade_wire::dataset::v1 as dataset;

use crate::cli::{SeverityName, ValidateArgs};
use crate::compat;
use crate::context::Context;
use crate::datasets;
use crate::documents::ValidationDocument;
use crate::failure::Failure;
use crate::settings::Needs;
use crate::table;

/// Length of stored bars.
const STORED_BAR: &str = "1m";

/// Validates, reports, and fails where a finding is an error; under `--strict` also where one is a warning.
pub(crate) async fn run(context: &Context<'_>, arguments: ValidateArgs) -> Result<(), Failure> {
    if arguments.compat.compat.is_some() {
        return compat::run_validate(context, &arguments.compat);
    }
    if arguments.strict && arguments.severity == Some(SeverityName::Error) {
        return Err(Failure::Usage("--strict judges warnings, which --severity error leaves out".to_owned()));
    }
    let degraded_days = arguments.degraded.as_deref().map(degraded::read).transpose()?.unwrap_or_default();
    if arguments.bar != STORED_BAR {
        return Err(Failure::Usage(format!(
            "--bar {:?}: stored bars are of {STORED_BAR}, and no others are checked",
            arguments.bar
        )));
    }
    let mut services = context.connect(Needs::Bars).await?;
    let root = arguments.root.unwrap_or_default();
    let request = dataset::ValidateDatasetRequest {
        root: root.clone(),
        from: arguments.from.unwrap_or_default(),
        to: arguments.to.unwrap_or_default(),
        degraded_days,
        severity: arguments.severity.map(|severity| severity.name().to_owned()).unwrap_or_default(),
    };
    let outcome = datasets::validate(&mut services.dataset, request, context.output).await;
    let outcome = match outcome {
        Err(failure) => Err(datasets::explain_empty(&context.settings, &mut services.dataset, &root, failure).await),
        validated => validated,
    };
    services.stop().await;
    let report = outcome?;
    context.output.result(&report, &summary(&report))?;
    let findings = report.findings.len();
    match (report.errors(), report.warnings()) {
        (0, warnings) if warnings > 0 && arguments.strict => {
            Err(Failure::Warnings(format!("{warnings} of {findings} findings are warnings, none an error")))
        }
        (0, _) => Ok(()),
        (errors, _) => Err(Failure::Check(format!("{errors} of {findings} findings are errors"))),
    }
}

/// The report in words.
pub(crate) fn summary(report: &ValidationDocument) -> String {
    let head = format!("{} bars in {} sessions\n", table::grouped(report.rows), table::grouped(report.sessions));
    if report.findings.is_empty() {
        return head + "no findings\n";
    }
    let rows: Vec<Vec<String>> = report
        .findings
        .iter()
        .map(|finding| {
            vec![
                finding.severity.clone(),
                finding.code.clone(),
                finding.contract.clone(),
                table::grouped(finding.count),
                finding.unit.replace('_', " "),
                finding.trade_date.clone(),
                finding.last_trade_date.clone(),
                finding.example.clone(),
            ]
        })
        .collect();
    head + &table::layout(&["severity", "finding", "contract", "count", "of", "first on", "last on", "example"], &rows)
}
