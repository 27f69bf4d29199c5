//! Peak_Trade's Python builder of continuous contracts, reproduced: what it accepts, what it computes, what it hashes.
//!
//! [`builder::build`] stitches contract frames as the original does, to the bit; [`validate_ohlcv`] applies its data
//! contract; [`OhlcvDigest`] computes its digest; [`files`] reads and writes its files. [`fast`] gives the same cells from
//! file to file; its files are laid out in another way, so their bytes differ.
//!
//! What it does not do: it is no better than the original. Its checks let through what ours refuse and its spread holds a
//! market move; it exists so that both can be compared bit by bit. Only [`fast`] can be asked for more than the original
//! does: for a validation by session, and for our content digest. The
//! folder `tests/all/flaws` shows each known flaw of the original beside what this workspace does instead.
//!
//! ```
//! use peaktrade_parity::builder::{Adjustment, Checks, Segment, build};
//! use peaktrade_parity::{Frame, frame_digest};
//!
//! let hour = 3_600_000_000_000;
//! let bars = |start: i64, close: [f64; 2]| {
//!     let columns = [close, close, close, close, [1.0; 2]].map(Vec::from);
//!     Frame::of_ohlcv(vec![start, start + hour], columns)
//! };
//! let segments = Segment::read_all(
//!     r#"[{"contract_symbol": "NQH2026", "start_ts": "1970-01-01T00:00:00Z", "end_ts": "1970-01-01T01:00:00Z"},
//!         {"contract_symbol": "NQM2026", "start_ts": "1970-01-01T02:00:00Z", "end_ts": "1970-01-01T03:00:00Z"}]"#,
//! )?;
//! let load = |symbol: &str| {
//!     Ok(Some(if symbol == "NQH2026" { bars(0, [100.0, 101.0]) } else { bars(2 * hour, [200.0, 201.0]) }))
//! };
//! let series = build(load, &segments, Adjustment::BackAdjust, Checks::Original)?;
//! let close = series.column("close").and_then(|close| close.as_floats());
//! assert_eq!(close.as_deref(), Some([199.0, 200.0, 200.0, 201.0].as_slice()));
//! assert_eq!(frame_digest(&series)?.to_string().len(), 64);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod builder;
pub mod calendar;
pub mod contract_check;
pub mod digest;
pub mod fast;
pub mod files;
pub mod frame;
pub mod symbol;

pub use contract_check::{ContractViolation, Strictness, validate_ohlcv};
pub use digest::{DigestError, OhlcvDigest, frame_digest};
pub use frame::{Column, Frame, Index};
