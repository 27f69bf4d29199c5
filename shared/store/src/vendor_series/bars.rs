//! Bars of a vendor's series, with or without volume: as columns to be served, and as the text of the store's files.
//!
//! One line for each bar, in order, behind a header; stamps are seconds since the Unix epoch, prices plain decimals. A
//! series without volume has no such column. Equal bars have equal bytes.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use peaktrade_continuous::{Bar, Bars, BarsView};
use peaktrade_domain::{Price, Sha256, UnixNanos};

use crate::columns::{bar_columns, bar_fields, pandas_metadata_of};

const HEADER: &str = "open_ts,open,high,low,close";
const VOLUME: &str = ",volume";

/// Bars in order of time, each stamped at its open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorBars {
    /// Where no volume is told, its column holds zeros that nobody is shown.
    bars: Bars,
    has_volume: bool,
}

impl VendorBars {
    /// Bars with a told volume, or bars whose volume is not told and not looked at.
    pub(crate) fn new(mut bars: Bars, has_volume: bool) -> Self {
        if !has_volume {
            bars.volume.fill(0);
        }
        Self { bars, has_volume }
    }

    /// Number of bars.
    pub fn len(&self) -> usize {
        self.bars.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bars.is_empty()
    }

    /// Whether the vendor tells the volume.
    pub const fn has_volume(&self) -> bool {
        self.has_volume
    }

    /// Opens, nanoseconds since the Unix epoch, strictly increasing.
    pub fn stamps(&self) -> &[i64] {
        &self.bars.ts
    }

    /// Volumes in contracts, where they are told.
    pub fn volumes(&self) -> Option<&[i64]> {
        self.has_volume.then_some(self.bars.volume.as_slice())
    }

    /// All prices, column by column.
    pub fn prices(&self) -> impl Iterator<Item = Price> {
        let Bars { open, high, low, close, .. } = &self.bars;
        [open, high, low, close].into_iter().flatten().map(|nanos| Price::from_nanos(*nanos))
    }

    /// Checks the rules of bars.
    ///
    /// # Errors
    /// Names the first row that breaks one.
    pub fn check_invariants(&self) -> Result<(), peaktrade_continuous::BarsError> {
        self.bars.check_invariants()
    }

    pub(crate) fn view(&self) -> BarsView<'_> {
        self.bars.view()
    }

    /// First and last open; `None` for no bars.
    pub(crate) fn reach(&self) -> Option<(UnixNanos, UnixNanos)> {
        let stamps = self.stamps();
        let at = |ts: &i64| UnixNanos::from_nanos(*ts);
        stamps.first().map(at).zip(stamps.last().map(at))
    }

    /// The rows whose opens lie in [start, end).
    pub fn rows_between(&self, start: Option<UnixNanos>, end: Option<UnixNanos>) -> Range<usize> {
        let before = |limit: UnixNanos| self.stamps().partition_point(|ts| *ts < limit.nanos());
        let from = start.map_or(0, before);
        from..end.map_or(self.len(), before).max(from)
    }

    /// Some rows as a batch of [`vendor_series_schema`].
    ///
    /// # Panics
    /// Where the schema has a volume and the bars have none, or the other way round.
    pub fn to_batch(&self, rows: Range<usize>, schema: SchemaRef) -> RecordBatch {
        let mut columns = bar_columns(self.bars.view().rows(rows));
        if !self.has_volume {
            columns.pop();
        }
        RecordBatch::try_new(schema, columns).expect("the schema has the columns of these bars")
    }

    /// The bars as text.
    pub(crate) fn encode(&self) -> String {
        let mut text = String::with_capacity(48 * self.len() + 64);
        text.push_str(HEADER);
        if self.has_volume {
            text.push_str(VOLUME);
        }
        text.push('\n');
        for bar in (0..self.len()).filter_map(|row| self.bars.get(row)) {
            let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(Price::from_nanos);
            // Writing into a String cannot fail.
            let _ = write!(text, "{},{open},{high},{low},{close}", UnixNanos::from_nanos(bar.ts).seconds_floor());
            if self.has_volume {
                let _ = write!(text, ",{}", bar.volume);
            }
            text.push('\n');
        }
        text
    }

    /// Bars of a text that [`Self::encode`] wrote.
    ///
    /// # Errors
    /// Names the line and what is wrong with it.
    pub(crate) fn decode(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default();
        let has_volume = match header.strip_prefix(HEADER) {
            Some("") => false,
            Some(VOLUME) => true,
            _ => return Err(format!("its first line is neither {HEADER:?} nor that with {VOLUME:?}")),
        };
        let mut bars = Bars::default();
        for (number, line) in (2..).zip(lines) {
            bars.push(read(line, has_volume).ok_or_else(|| format!("line {number} is no bar"))?);
        }
        bars.check_invariants().map_err(|error| error.to_string())?;
        Ok(Self { bars, has_volume })
    }

    /// The digest of the bars: SHA-256 over their text.
    pub(crate) fn digest(&self) -> Sha256 {
        Sha256::of(self.encode().as_bytes())
    }
}

fn read(line: &str, has_volume: bool) -> Option<Bar> {
    let mut cells = line.split(',');
    let ts = UnixNanos::from_seconds(cells.next()?.parse().ok()?)?.nanos();
    let mut price = || cells.next()?.parse::<Price>().ok().map(Price::nanos);
    let (open, high, low, close) = (price()?, price()?, price()?, price()?);
    let volume = if has_volume { cells.next()?.parse().ok()? } else { 0 };
    cells.next().is_none().then_some(Bar { ts, open, high, low, close, volume })
}

/// Schema of a vendor's series as served: as that of other bars, without `volume` where the vendor does not tell it.
pub fn vendor_series_schema(has_volume: bool, metadata: impl IntoIterator<Item = (String, String)>) -> SchemaRef {
    let mut all: HashMap<String, String> = metadata.into_iter().collect();
    all.insert("pandas".to_owned(), pandas_metadata_of(has_volume, &[]));
    let mut fields = bar_fields();
    if !has_volume {
        fields.pop();
    }
    Arc::new(Schema::new_with_metadata(fields, all))
}

#[cfg(test)]
mod tests {
    use super::VendorBars;

    const WITH: &str = "open_ts,open,high,low,close,volume\n1736780400,21000,21001.25,20999.5,21000.1,12\n\
                        1736780460,21000,21000,21000,21000,0\n";
    const WITHOUT: &str = "open_ts,open,high,low,close\n1736780400,21000,21001.25,20999.5,21000.1\n";

    #[test]
    fn bars_are_one_text_and_read_back() {
        for text in [WITH, WITHOUT] {
            let bars = VendorBars::decode(text).unwrap();
            assert_eq!(bars.encode(), text);
        }
        assert_eq!(VendorBars::decode(WITH).unwrap().volumes(), Some(&[12, 0][..]));
        assert_eq!(VendorBars::decode(WITHOUT).unwrap().volumes(), None);
    }

    #[test]
    fn what_is_no_such_text_is_refused() {
        let check = |text: &str, part: &str| {
            let error = VendorBars::decode(text).unwrap_err();
            assert!(error.contains(part), "{text:?}: {error}");
        };
        check("", "its first line");
        check(&WITH.replace("volume", "vol"), "its first line");
        check(&WITH.replace(",12", ""), "line 2 is no bar");
        check(&WITHOUT.replace(".1\n", ".1,12\n"), "line 2 is no bar");
        check(&WITH.replace("1736780460", "1736780400"), "does not come after");
        check(&WITH.replace("20999.5", "21000.5"), "low");
    }
}
