//! The build from file to file, for the usual files: what pandas writes of minute bars, in order of time, without gaps in
//! the cells. It streams contract by contract, and gives the cells that [`crate::builder`] gives.
//!
//! Prices stay codes into a dictionary of the distinct ones: an adjustment changes the dictionary, a check reads it, and
//! the series is written from the same codes. Anything unusual (other columns or types, repeated or unordered instants,
//! empty cells, values that are not finite, prices that the original would refuse) is [`Unusual`] in a contract that is
//! named: nothing is written, and the general builder is to be asked, which has the original's words for it.

mod checks;
mod column_chunk;
mod contract_file;
mod delta;
mod digests;
mod hybrid;
mod pages;
mod plan;
mod prices;
mod series_file;
mod stamps;
mod unusual;
mod varint;

use std::fs::File;
use std::path::{Path, PathBuf};

use peaktrade_domain::{Calendar, Sha256};
use peaktrade_validation::{Findings, Severity};

use crate::builder::{Adjustment, Segment};
use crate::files::{FileError, PendingFile, contract_file};
use checks::Checks;
use contract_file::{ContractFile, OHLCV};
use digests::Digests;
use plan::{Change, Part, plan};
use prices::CodedColumn;
use series_file::{Coded, SeriesFile};
use stamps::Stamps;

pub use unusual::{Unusual, UnusualInput};

/// What is to be built from what.
#[derive(Clone, Copy, Debug)]
pub struct FileBuild<'a> {
    /// Folder of the contracts' files, `{SYMBOL}.parquet`.
    pub input_dir: &'a Path,
    /// Segments in order of time.
    pub segments: &'a [Segment],
    /// Parquet file to write; it is replaced when the new one is whole and on disk.
    pub output: &'a Path,
    /// How older contracts are brought to the level of newer ones.
    pub adjustment: Adjustment,
    /// What is checked on the way.
    pub validation: Validation<'a>,
    /// Which digest of the series is computed on the way.
    pub digest: DigestKind,
}

/// What is checked on the way.
#[derive(Clone, Copy, Debug)]
pub enum Validation<'a> {
    /// Nothing but the order of the instants.
    None,
    /// What the original's `validate_ohlcv` asks of every contract as a whole and of the series.
    Original,
    /// Every session of every contract as a whole, against this calendar; nothing is built where a finding is an error.
    Sessions(&'a Calendar),
}

/// A digest of the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestKind {
    /// None.
    None,
    /// The original's, over JSON text.
    PeakTrade,
    /// Ours, over exact integers.
    Content,
}

/// What was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// Rows of the series.
    pub rows: u64,
    /// The digest that was asked for.
    pub digest: Option<Sha256>,
    /// What validation found in the contracts, where sessions were validated.
    pub findings: Findings,
}

/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
pub enum NotBuilt {
    /// The input is for the general builder.
    #[error(transparent)]
    Unusual(#[from] UnusualInput),
    /// Sessions were validated, and something in the contracts is an error.
    #[error("{} of {} findings in the contracts are errors", errors(.0), .0.list.len())]
    Findings(Findings),
    /// The series could not be written.
    #[error("the series could not be written: {0}")]
    Output(FileError),
}

/// Builds the series and writes its file.
///
/// # Errors
/// [`NotBuilt::Unusual`] for what the general builder is to be asked; nothing is left behind then, nor after any other
/// error.
pub fn build(request: FileBuild<'_>) -> Result<Built, NotBuilt> {
    if request.digest == DigestKind::Content && request.adjustment == Adjustment::RatioAdjust {
        return Err(UnusualInput::of_all(Unusual::RatioContent).into());
    }
    let parts = plan(request.input_dir, request.segments, request.adjustment)?;
    let pending = PendingFile::create(request.output).map_err(NotBuilt::Output)?;
    let built = stream(request, &parts, pending.file())?;
    pending.publish().map_err(NotBuilt::Output)?;
    Ok(built)
}

fn stream(request: FileBuild<'_>, parts: &[Part], file: &File) -> Result<Built, NotBuilt> {
    let FileBuild { input_dir, segments, output, validation, digest, .. } = request;
    let written = |source| NotBuilt::Output(FileError::Parquet { path: output.to_owned(), source });
    let mut series = SeriesFile::start(file).map_err(written)?;
    let mut row_group = RowGroup::default();
    let mut digests = Digests::new(digest);
    let mut findings = Findings::default();
    let mut rows = 0;
    for (nth, (segment, part)) in segments.iter().zip(parts).enumerate() {
        let unusual = |source| UnusualInput::of(segment, source);
        let path = file_of(input_dir, segment).map_err(unusual)?;
        let contract = ContractFile::open(&path).map_err(unusual)?;
        let is_new = segments[..nth].iter().all(|before| before.contract_symbol != segment.contract_symbol);
        let mut checks = Checks::new(validation, segment, is_new).map_err(unusual)?;
        let mut rows_before = 0;
        for (group, group_rows) in contract.group_rows().enumerate() {
            let from = part.first_row.clamp(rows_before, rows_before + group_rows) - rows_before;
            let to = part.end_row.clamp(rows_before, rows_before + group_rows) - rows_before;
            rows_before += group_rows;
            if from == to && checks.are_none() {
                continue;
            }
            row_group.read(&contract, group).map_err(unusual)?;
            checks.take(&row_group).map_err(unusual)?;
            if from < to {
                row_group.change(part.change);
                checks.take_series(&row_group).map_err(unusual)?;
                digests.take(&row_group, from..to).map_err(unusual)?;
                series.append(&row_group.stamps.nanos[from..to], row_group.series(from, to)).map_err(written)?;
                rows += (to - from) as u64;
            }
        }
        checks.finish(&mut findings);
    }
    if errors(&findings) > 0 {
        return Err(NotBuilt::Findings(findings));
    }
    series.finish().map_err(written)?;
    Ok(Built { rows, digest: digests.finish(), findings })
}

/// One row group of a contract, in buffers that are reused.
#[derive(Debug, Default)]
struct RowGroup {
    stamps: Stamps,
    /// Open, high, low, close, volume as they are in the contract.
    columns: [CodedColumn; 5],
    /// Entries of the columns as they are in the series.
    changed: [Vec<f64>; 5],
}

impl RowGroup {
    fn read(&mut self, file: &ContractFile, group: usize) -> Result<(), Unusual> {
        file.read_stamps(group, &mut self.stamps)?;
        for (nth, column) in self.columns.iter_mut().enumerate() {
            file.read_column(group, nth, column)?;
            if column.codes.len() != self.stamps.nanos.len() {
                return Err(Unusual::Damaged);
            }
        }
        Ok(())
    }

    /// Computes the entries of the series: prices are changed, volumes never.
    fn change(&mut self, change: Change) {
        for (nth, (column, changed)) in self.columns.iter().zip(&mut self.changed).enumerate() {
            let change = if OHLCV[nth] == "volume" { Change::Keep } else { change };
            changed.clear();
            changed.extend(column.entries.iter().map(|price| change.apply(*price)));
        }
    }

    fn series(&self, from: usize, to: usize) -> [Coded<'_>; 5] {
        std::array::from_fn(|nth| Coded { entries: &self.changed[nth], codes: &self.columns[nth].codes[from..to] })
    }
}

/// The file of a segment's contract.
fn file_of(folder: &Path, segment: &Segment) -> Result<PathBuf, Unusual> {
    contract_file(folder, &segment.contract_symbol).map_err(|_| Unusual::Symbol)
}

fn errors(findings: &Findings) -> usize {
    findings.list.iter().filter(|finding| finding.severity() == Severity::Error).count()
}

/// First and last instant of a segment, nanoseconds since the epoch.
fn span(segment: &Segment) -> Result<(i64, i64), Unusual> {
    segment.start_ts.instant().zip(segment.end_ts.instant()).ok_or(Unusual::SegmentEnds)
}
