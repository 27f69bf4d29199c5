//! `build --compat peak_trade`: contract files in, one series file out, without a store and without a service.
//!
//! Usual files are built by the fast engine; what it does not read goes to the general builder, which has the original's
//! words for whatever it refuses. The cells and the digest are the same either way; the layout of the file is not.

use std::path::Path;

use peaktrade_domain::{Calendar, Sha256};
use peaktrade_parity::builder::{self, Adjustment, BuildError, Checks, Segment};
use peaktrade_parity::fast::{self, Built, DigestKind, FileBuild, NotBuilt, Validation};
use peaktrade_parity::files::{FileError, contract_file, read_parquet, write_parquet};
use peaktrade_parity::{Frame, frame_digest};
use peaktrade_validation::{Finding, Findings, Severity};
use serde_json::json;

use super::original;
use crate::cli::{CompatBuildArgs, CompatDigest, CompatValidation};
use crate::context::Context;
use crate::failure::Failure;
use crate::table;

/// Builds, writes the file, and prints the digest alone.
pub(crate) fn run(context: &Context<'_>, arguments: &CompatBuildArgs) -> Result<(), Failure> {
    let (Some(folder), Some(segments), Some(output)) =
        (&arguments.input_dir, &arguments.segments_json, &arguments.output_parquet)
    else {
        return Err(Failure::Usage("--compat needs --input-dir, --segments-json and --output-parquet".to_owned()));
    };
    let segments = read_segments(segments)?;
    let adjustment = arguments.adjustment.unwrap_or(Adjustment::None);
    let validation = arguments.validation.unwrap_or(CompatValidation::Original);
    let calendar = match validation {
        CompatValidation::Sessions => Some(calendar(context)?),
        CompatValidation::None | CompatValidation::Original => None,
    };
    let request = FileBuild {
        input_dir: folder,
        segments: &segments,
        output,
        adjustment,
        validation: match (validation, &calendar) {
            (CompatValidation::Sessions, Some(calendar)) => Validation::Sessions(calendar),
            (CompatValidation::None, _) => Validation::None,
            (CompatValidation::Original | CompatValidation::Sessions, _) => Validation::Original,
        },
        digest: match arguments.digest.unwrap_or(CompatDigest::PeakTrade) {
            CompatDigest::None => DigestKind::None,
            CompatDigest::PeakTrade => DigestKind::PeakTrade,
            CompatDigest::Content => DigestKind::Content,
        },
    };
    let built = match fast::build(request) {
        Ok(built) => built,
        Err(NotBuilt::Unusual(unusual)) => {
            // Only the original's own checks and digest are defined for frames of any kind.
            if validation == CompatValidation::Sessions || request.digest == DigestKind::Content {
                return Err(unread(validation, request.digest, &unusual));
            }
            general(request)?
        }
        Err(NotBuilt::Findings(findings)) => {
            say_findings(context, &findings);
            return Err(Failure::Check(format!("{}; nothing was written", NotBuilt::Findings(findings))));
        }
        Err(NotBuilt::Output(error)) => return Err(original(error)),
    };
    say_findings(context, &built.findings);
    let digest = built.digest.as_ref().map(Sha256::to_string);
    let document = json!({ "digest": digest, "rows": built.rows, "adjustment": adjustment.name() });
    context.output.result(&document, &digest.unwrap_or_default())
}

/// Why a file that only the general builder reads is not built as was asked for, and how it is.
fn unread(validation: CompatValidation, digest: DigestKind, unusual: &dyn std::fmt::Display) -> Failure {
    let stated = match (validation == CompatValidation::Sessions, digest == DigestKind::Content) {
        (true, true) => "--validation sessions and --digest content",
        (true, false) => "--validation sessions",
        (false, _) => "--digest content",
    };
    Failure::Input(format!(
        "{stated}: {unusual}; such files are built with --validation original and --digest peak_trade, as the original does"
    ))
}

/// The general builder, over whole frames.
fn general(request: FileBuild<'_>) -> Result<Built, Failure> {
    let checks = if matches!(request.validation, Validation::None) { Checks::Off } else { Checks::Original };
    let load = |symbol: &str| load(request.input_dir, symbol);
    let series = builder::build(load, request.segments, request.adjustment, checks).map_err(original)?;
    // The digest comes first, so that no file is left behind where there is none.
    let digest = match request.digest {
        DigestKind::None => None,
        DigestKind::PeakTrade | DigestKind::Content => Some(frame_digest(&series).map_err(original)?),
    };
    write_parquet(request.output, &series).map_err(original)?;
    Ok(Built { rows: series.rows() as u64, digest, findings: Findings::default() })
}

/// The calendar that sessions are validated against: the one that flag or environment names, or the one this program ships
/// with.
fn calendar(context: &Context<'_>) -> Result<Calendar, Failure> {
    let Some(path) = &context.settings.calendar_file else { return Ok(Calendar::shipped()) };
    let refused = |error: String| Failure::Input(format!("calendar file {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| refused(error.to_string()))?;
    Calendar::parse(&text).map_err(|error| refused(error.to_string()))
}

/// Says what was found in the contracts, worst first.
fn say_findings(context: &Context<'_>, findings: &Findings) {
    if findings.rows == 0 {
        return;
    }
    let head = format!("{} bars in {} sessions", table::grouped(findings.rows), table::grouped(findings.sessions));
    let of = |severity: Severity| findings.list.iter().filter(|finding| finding.severity() == severity).count();
    let [errors, warnings, notes] = [Severity::Error, Severity::Warning, Severity::Note].map(of);
    context.output.talk(&format!("{head}: {errors} errors, {warnings} warnings, {notes} notes"));
    let shown = |finding: &&Finding| finding.severity() == Severity::Error || context.is_verbose();
    for finding in findings.list.iter().filter(shown) {
        let Finding { contract, code, count, example, .. } = finding;
        context.output.talk(&format!("{contract} {} ({}): {example}", code.name(), table::grouped(*count)));
    }
}

fn read_segments(path: &Path) -> Result<Vec<Segment>, Failure> {
    let json = std::fs::read_to_string(path).map_err(|error| original(format!("{}: {error}", path.display())))?;
    Segment::read_all(&json).map_err(|error| original(format!("{}: {error}", path.display())))
}

fn load(folder: &Path, symbol: &str) -> Result<Option<Frame>, BuildError> {
    let failed = |error: FileError| BuildError::Load(error.to_string());
    read_parquet(&contract_file(folder, symbol).map_err(failed)?).map_err(failed).map(Some)
}

#[cfg(test)]
mod tests {
    use super::{CompatValidation, DigestKind, unread};

    #[test]
    fn an_unusual_file_names_the_flag_that_was_given_and_the_way_out() {
        for (validation, digest, stated) in [
            (CompatValidation::Sessions, DigestKind::Content, "--validation sessions and --digest content: why; "),
            (CompatValidation::Sessions, DigestKind::PeakTrade, "--validation sessions: why; "),
            (CompatValidation::Original, DigestKind::Content, "--digest content: why; "),
        ] {
            let failure = unread(validation, digest, &"why").to_string();
            assert!(failure.starts_with(stated), "{failure}");
            assert!(failure.contains("--validation original and --digest peak_trade"), "{failure}");
        }
    }
}
