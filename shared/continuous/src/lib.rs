//! Continuous series of futures: contract bars in columns, the spread of each roll with its evidence, and the adjusted
//! view as it was known at an instant.
//!
//! Rules that hold everywhere:
//! * a bar is one minute, stamped at its OPEN, and is known only once that minute is over;
//! * both legs of a spread are read at ONE timestamp, before the roll (but for `peak_trade`, which is named for what it
//!   is); no overlap or an overlap too old is an error;
//! * the old contract serves bars before the roll instant, the new one from it on: no minute comes from both;
//! * adjustment is a view: [`plan`] says which rows of which contract carry which change of prices, [`adjust`] makes it;
//! * sums and ratios are exact, and each adjusted price is rounded once;
//! * a view as of an instant equals a rebuild from inputs cut at that instant; a roll that has come while its spread is
//!   not known, as `peak_trade` has them, ends both of them at the roll.
//!
//! What it does not do: no I/O, no clock, no calendar of its own; out-of-session bars must be gone before they come here;
//! an adjusted price is for signals and never a fill.
//!
//! ```
//! use peaktrade_continuous::{Adjustment, Bar, Bars, SeriesRequest, content_digest, stitch};
//! use peaktrade_domain::UnixNanos;
//!
//! let mut bars = Bars::default();
//! bars.push(Bar { ts: 0, open: 5, high: 7, low: 4, close: 6, volume: 12 });
//! let contract = "NQH2026".parse().unwrap();
//! let request = SeriesRequest::everything(Adjustment::BackAdjust);
//! let series = stitch(&[(contract, &bars)], &[], &request).unwrap();
//! assert_eq!(series.bars, bars);
//! assert_eq!(content_digest(&series.bars), content_digest(&bars));
//! ```

mod adjustment;
mod aggregate;
mod bar_size;
mod bars;
mod buckets;
mod content;
mod daily;
mod data_trigger;
mod diff;
mod explain;
mod factor;
mod gaps;
mod plan;
mod series_plan;
mod series_tally;
mod shift;
mod spread;
mod stitch;
mod tick_grid;

pub use adjustment::Adjustment;
pub use aggregate::{Aggregator, MinutesAccount, VolumeOverflow};
pub use bar_size::BarSize;
pub use bars::{Bar, Bars, BarsError, BarsView};
pub use buckets::{Bucket, Buckets};
pub use content::{ContentDigester, content_digest};
pub use daily::{DailyCount, DailyFact, DailyVolume, DailyVolumeError, DailyVolumes, Known, open_interest};
pub use data_trigger::{Compared, ComparedDay, DataTrigger, DecidedBy, Decision, Question, decide};
pub use diff::{RollDifference, diff_rolls};
pub use explain::{explain, explain_candidates, explain_decision, explain_dispersion};
pub use factor::Factor;
pub use gaps::{GapCounter, SessionGap, session_gaps};
pub use plan::{PlanError, SegmentView, SeriesRequest, cumulative_adjustments, cumulative_shifts, plan};
pub use series_plan::{ContractFiles, FileCut, FileReach, Piece, SeriesPlan};
pub use series_tally::{SeriesSummary, SeriesTally};
pub use shift::{AdjustmentOverflow, NonPositive, PriceChange, Shift, adjust};
pub use spread::{
    BandError, Candidate, CommonMinutes, Dispersion, MEDIAN_MINUTES, OldestMinute, RollEvidence, RollLegs, SpreadBand,
    SpreadError, candidates, dispersion, has_enough_common_minutes, measure_known, measure_roll, measure_spread,
};
pub use stitch::{StitchError, Stitched, stitch};
pub use tick_grid::TickGrid;
