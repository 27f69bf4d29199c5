//! `peakctl validate`: stored bars against the calendar, session by session.

use peaktrade_wire::dataset::v1 as dataset;

use crate::cli::ValidateArgs;
use crate::context::Context;
use crate::datasets;
use crate::documents::ValidationDocument;
use crate::failure::Failure;
use crate::settings::Needs;
use crate::table;

/// Validates, reports, and fails where a finding is an error.
pub(crate) async fn run(context: &Context<'_>, arguments: ValidateArgs) -> Result<(), Failure> {
    let mut services = context.connect(Needs::Bars).await?;
    let root = arguments.root;
    let request = dataset::ValidateDatasetRequest {
        root: root.clone(),
        from: arguments.from.unwrap_or_default(),
        to: arguments.to.unwrap_or_default(),
    };
    let outcome = datasets::validate(&mut services.dataset, request, context.output).await;
    let outcome = match outcome {
        Err(failure) => Err(datasets::explain_empty(&mut services.dataset, &root, failure).await),
        validated => validated,
    };
    services.stop().await;
    let report = outcome?;
    context.output.result(&report, &summary(&report))?;
    match report.errors() {
        0 => Ok(()),
        errors => Err(Failure::Check(format!("{errors} of {} findings are errors", report.findings.len()))),
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
                finding.trade_date.clone(),
                finding.example.clone(),
            ]
        })
        .collect();
    head + &table::layout(&["severity", "finding", "contract", "count", "first on", "example"], &rows)
}
