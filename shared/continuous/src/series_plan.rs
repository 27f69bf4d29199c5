//! A series as a list of pieces of files: what a build digests and a server sends, file by file, without ever holding
//! more than one of them.

use std::ops::Range;

use peaktrade_domain::{ContractSymbol, Price, UnixNanos};

use crate::plan::cumulative_adjustments;
use crate::{Bars, BarsView, PlanError, PriceChange, RollEvidence, SegmentView, SeriesRequest, plan};

/// What a plan must know of one file of a contract's bars, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileReach {
    /// Bars.
    pub rows: u64,
    /// Open of the first bar.
    pub first_time: UnixNanos,
    /// Open of the last bar.
    pub last_time: UnixNanos,
}

/// One contract of a series: its files in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractFiles {
    /// The contract.
    pub contract: ContractSymbol,
    /// Its files; none overlaps another.
    pub files: Vec<FileReach>,
}

/// The rows of one file between two instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileCut {
    /// The contract.
    pub contract: ContractSymbol,
    /// Place of the file among its contract's files, counted from 0.
    pub file: usize,
    /// Bars, where the file is taken whole; `None` where it is cut and its stamps must tell.
    pub whole_rows: Option<u64>,
    /// First open instant that a row can have.
    pub first_ts: UnixNanos,
    /// Last open instant that a row can have; not before `first_ts`.
    pub last_ts: UnixNanos,
}

/// The rows that one file gives to a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Place of its segment in [`SeriesPlan::segments`], which says what is done to its prices.
    pub segment: usize,
    /// The rows.
    pub rows: FileCut,
}

/// A series as pieces of files in order of time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesPlan {
    /// Stretches of contracts, oldest first.
    pub segments: Vec<SegmentView>,
    /// The series.
    pub pieces: Vec<Piece>,
    /// As [`crate::cumulative_adjustments`].
    pub cumulative_adjustments: Vec<Price>,
    /// Every contract's rows within the request, active or not: against these the rows of the series are accounted for.
    pub within: Vec<FileCut>,
}

impl FileCut {
    /// The rows among those of the file.
    pub fn rows_of(&self, stamps: &[i64]) -> Range<usize> {
        let first = stamps.partition_point(|ts| *ts < self.first_ts.nanos());
        let past = stamps.partition_point(|ts| *ts <= self.last_ts.nanos());
        first..past
    }

    /// The bars among those of the file.
    pub fn bars_of<'a>(&self, file: BarsView<'a>) -> BarsView<'a> {
        file.rows(self.rows_of(file.ts))
    }
}

impl SeriesPlan {
    /// Plans a series as [`plan()`] does, down to the files: `contracts` in order of expiry, `rolls[i]` from
    /// `contracts[i]` to `contracts[i + 1]`.
    ///
    /// # Errors
    /// As [`plan()`].
    pub fn new(
        contracts: &[ContractFiles],
        rolls: &[RollEvidence],
        request: &SeriesRequest,
    ) -> Result<Self, PlanError> {
        let symbols: Vec<ContractSymbol> = contracts.iter().map(|contract| contract.contract).collect();
        let segments = plan(&symbols, rolls, request)?;
        let mut pieces = Vec::new();
        for (at, segment) in segments.iter().enumerate() {
            let files = contracts.iter().find(|contract| contract.contract == segment.contract);
            let cuts = files.into_iter().flat_map(|files| cut(files, segment.start_ts, segment.end_ts));
            pieces.extend(cuts.map(|rows| Piece { segment: at, rows }));
        }
        let within = contracts.iter().flat_map(|files| cut(files, request.start, request.known_end())).collect();
        let cumulative_adjustments = cumulative_adjustments(rolls, request)?;
        Ok(Self { segments, pieces, cumulative_adjustments, within })
    }

    /// All bars of one contract, as traded.
    pub fn of_contract(files: &ContractFiles) -> Self {
        let (start_ts, end_ts) = (UnixNanos::from_nanos(i64::MIN), UnixNanos::from_nanos(i64::MAX));
        let within: Vec<FileCut> = cut(files, start_ts, end_ts).collect();
        Self {
            segments: vec![SegmentView { contract: files.contract, start_ts, end_ts, change: PriceChange::NONE }],
            pieces: within.iter().map(|rows| Piece { segment: 0, rows: *rows }).collect(),
            cumulative_adjustments: Vec::new(),
            within,
        }
    }
}

/// The files that have rows in [start, end), as far as their reach tells.
fn cut(contract: &ContractFiles, start: UnixNanos, end: UnixNanos) -> impl Iterator<Item = FileCut> {
    let last = UnixNanos::from_nanos(end.nanos().saturating_sub(1));
    contract.files.iter().enumerate().filter_map(move |(file, reach)| {
        let (first_ts, last_ts) = (reach.first_time.max(start), reach.last_time.min(last));
        let is_whole = (first_ts, last_ts) == (reach.first_time, reach.last_time);
        let whole_rows = is_whole.then_some(reach.rows);
        let rows = FileCut { contract: contract.contract, file, whole_rows, first_ts, last_ts };
        (first_ts <= last_ts).then_some(rows)
    })
}

impl FileReach {
    /// The reach of bars in memory; `None` for none.
    pub fn of(bars: &Bars) -> Option<Self> {
        let (first, last) = (*bars.ts.first()?, *bars.ts.last()?);
        // No machine that runs this has more than 64 bits of address.
        let rows = bars.len() as u64;
        Some(Self { rows, first_time: UnixNanos::from_nanos(first), last_time: UnixNanos::from_nanos(last) })
    }
}
