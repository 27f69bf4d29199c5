//! Continuous series of futures: contract bars in columns, the spread of each roll with its evidence, and the adjusted
//! view as it was known at an instant.
//!
//! Rules that hold everywhere:
//! * a bar is one minute, stamped at its OPEN, and is known only once that minute is over;
//! * both legs of a spread are read at ONE timestamp, before the roll; no overlap or an overlap too old is an error;
//! * the old contract serves bars before the roll instant, the new one from it on: no minute comes from both;
//! * adjustment is a view: [`plan`] says which rows of which contract carry which offset, [`adjust`] adds it;
//! * a view as of an instant equals a rebuild from inputs cut at that instant.
//!
//! What it does not do: no I/O, no clock, no calendar of its own; no ratio or forward adjustment; out-of-session bars
//! must be gone before they come here; an adjusted price is for signals and never a fill.
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
mod bars;
mod content;
mod explain;
mod gaps;
mod plan;
mod spread;
mod stitch;

pub use adjustment::{Adjustment, AdjustmentOverflow, adjust};
pub use bars::{Bar, Bars, BarsError, BarsView};
pub use content::content_digest;
pub use explain::explain;
pub use gaps::{SessionGap, session_gaps};
pub use plan::{PlanError, SegmentView, SeriesRequest, cumulative_adjustments, plan};
pub use spread::{CommonMinutes, MEDIAN_MINUTES, RollEvidence, SpreadError, measure_spread};
pub use stitch::{StitchError, Stitched, stitch};
