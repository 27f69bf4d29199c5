//! Delimited text of any vendor, read by a profile: which column is what, how stamps are written, what names say.

mod columns;
mod fields;
mod profile;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use peaktrade_continuous::Bar;
use peaktrade_domain::{Calendar, Price, UnixNanos};

use self::columns::{Columns, StampColumns, VolumeColumns};
use self::profile::Header;
use super::file_contract::{FileContract, shown};
use super::file_name::NameTemplate;
use super::local_time::{StampError, StampReader};
use super::options::Facts;
use super::symbols::SymbolReader;
use super::text::{Lines, unpacked_name, unpacked_text};
use super::{
    BarLength, Extent, ImportError, ImportOption, ImportRequest, Opened, Place, RawRow, RowOf, RowSource, RowUnit,
    Stamp, TIME_ZONE,
};

pub(super) use fields::split;
pub use profile::Profile;

/// Longest line in bytes: room for a hundred columns of indicators.
const LINE_BYTES_MAX: usize = 4 * 1024;
const LAYOUT: &str = "a row of delimited text is required";

/// Opens a file, after everything that must be known of it is.
pub(super) fn open<'a>(
    source: impl Read + 'a,
    profile: &'a Profile,
    request: &'a ImportRequest,
    calendar: &'a Calendar,
) -> Result<Opened<'a>, ImportError> {
    let name = unpacked_name(&request.file_name);
    let first_of = |templates: &[NameTemplate]| templates.iter().find_map(|template| template.read(name));
    if first_of(&profile.continuous_names).is_some() {
        let (file_name, format) = (shown(&request.file_name), profile.format_name().to_owned());
        return Err(ImportError::VendorContinuous { file_name, format });
    }
    let of_minutes = first_of(&profile.minute_names);
    let bar = of_minutes.as_ref().map(|_| BarLength::Minute);
    let named = of_minutes.or_else(|| first_of(&profile.names));
    let contract = FileContract::new(request, named, calendar)?;

    let options = request.options;
    let mut facts = Facts::of(profile.format_name());
    let is_zone_open = profile.layouts.iter().any(|layout| !layout.tells_zone());
    let is_zone_never_told = profile.layouts.iter().all(|layout| !layout.tells_zone());
    let time_zone = if is_zone_never_told || profile.time_zone.is_some() {
        facts.settle(ImportOption::TimeZone, profile.time_zone, options.time_zone)?
    } else if is_zone_open {
        options.time_zone
    } else {
        facts.settle(
            ImportOption::TimeZone,
            Some(chrono_tz::Tz::UTC),
            options.time_zone.or(Some(chrono_tz::Tz::UTC)),
        )?
    };
    let stamp = facts.settle(ImportOption::Stamp, profile.stamp, options.stamp)?;
    facts.settle(ImportOption::Prices, profile.prices, options.prices)?;
    facts.settle(ImportOption::Bar, bar, options.bar)?;
    if !contract.is_named() && !profile.has_symbol() {
        facts.settle(ImportOption::Contract, None, options.contract)?;
    }
    facts.complete()?;
    // Settled above; a missing one has ended the import.
    let stamp = stamp.unwrap_or(Stamp::Open);

    let mut reading = BTreeMap::from([
        ("profile_sha256".to_owned(), profile.sha256.to_string()),
        ("stamp".to_owned(), stamp.to_string()),
    ]);
    if let Some(zone) = time_zone {
        reading.insert(TIME_ZONE.to_owned(), zone.name().to_owned());
    }
    let rows = Rows {
        lines: Lines::new(unpacked_text(source)?, LINE_BYTES_MAX, LAYOUT),
        profile,
        request,
        stamps: StampReader { layouts: &profile.layouts, time_zone, stamp, calendar, has_used_time_zone: false },
        symbols: SymbolReader::new(request.root, calendar),
        columns: None,
        contract,
        is_over: false,
    };
    Ok(Opened { rows: Box::new(rows), reading })
}

/// The rows of one file.
struct Rows<'a, R> {
    lines: Lines<R>,
    profile: &'a Profile,
    request: &'a ImportRequest,
    stamps: StampReader<'a>,
    symbols: SymbolReader<'a>,
    /// Known from the first line on.
    columns: Option<Columns>,
    /// The contract of rows that do not name their own.
    contract: FileContract<'a>,
    /// Whether the trailer was met.
    is_over: bool,
}

impl<R: BufRead> RowSource for Rows<'_, R> {
    fn unit(&self) -> RowUnit {
        RowUnit::Line
    }

    fn next_row(&mut self) -> Result<Option<RawRow>, ImportError> {
        loop {
            let Some(line) = self.lines.next()? else { return Ok(None) };
            // The reader's buffer is lent to the line; the row needs the rest of the reader.
            let line = line.to_owned();
            let place = Place::line(self.lines.number);
            // Empty lines end a file; one between rows is a defect, which the row after it tells.
            if line.trim().is_empty() {
                self.is_over = true;
                continue;
            }
            if self.is_over {
                let problem = "a row follows the last line".to_owned();
                return Err(ImportError::Malformed { place, problem });
            }
            let is_trailer = |trailer: &String| line.trim_start_matches(['"', ' ']).starts_with(trailer.as_str());
            if self.profile.trailer.as_ref().is_some_and(is_trailer) {
                self.is_over = true;
                continue;
            }
            let malformed = |problem: String| ImportError::Malformed { place, problem };
            let mut fields = Vec::new();
            split(&line, self.profile.delimiter, &mut fields).map_err(malformed)?;
            if self.columns.is_none() && self.begin(&fields).map_err(malformed)? {
                continue;
            }
            return self.read(&fields, place).map(Some);
        }
    }

    fn has_used_time_zone(&self) -> bool {
        self.stamps.has_used_time_zone
    }
}

impl<R: BufRead> Rows<'_, R> {
    /// Finds the columns by the first line; whether it is a header.
    fn begin(&mut self, fields: &[Cow<'_, str>]) -> Result<bool, String> {
        let profile = self.profile;
        let is_header = match profile.header {
            Header::None => false,
            Header::Required => true,
            Header::Optional => fields.first().is_some_and(|name| profile.columns.field(name).is_some()),
        };
        let columns = if is_header {
            let names = fields.iter().map(AsRef::as_ref);
            Columns::of_header(&profile.columns, names).map_err(|problem| format!("header: {problem}"))?
        } else {
            Columns::of_order(&profile.order)?
        };
        self.columns = Some(columns);
        Ok(is_header)
    }

    fn read(&mut self, fields: &[Cow<'_, str>], place: Place) -> Result<RawRow, ImportError> {
        let malformed = |problem: String| ImportError::Malformed { place, problem };
        let Some(columns) = self.columns else { return Err(malformed("no columns are known".to_owned())) };
        let (least, most) = columns.width;
        if !(least..=most).contains(&fields.len()) {
            return Err(malformed(format!("{} fields; {least} to {most} are required", fields.len())));
        }
        let field = |place: usize| fields.get(place).map_or("", AsRef::as_ref);
        let stamp = match columns.stamp {
            StampColumns::One(stamp) => single_spaced(field(stamp)),
            StampColumns::DateAndTime(date, time) => Cow::Owned(format!("{} {}", field(date), field(time))),
        };
        let ts = self.stamps.open(&stamp).map_err(|error| match error {
            StampError::Wrong(problem) => malformed(problem),
            StampError::NoZone => ImportError::Missing {
                format: self.profile.format_name().to_owned(),
                options: vec![ImportOption::TimeZone],
            },
        })?;
        let price = |at: usize, name: &str| -> Result<i64, ImportError> {
            let price = field(columns.prices[at]).parse::<Price>().map(Price::nanos);
            price.map_err(|error| malformed(format!("{name}: {error}")))
        };
        let volume = match columns.volume {
            VolumeColumns::One(volume) => whole(field(volume)).map_err(malformed)?,
            VolumeColumns::UpAndDown(up, down) => {
                let (up, down) = (whole(field(up)).map_err(malformed)?, whole(field(down)).map_err(malformed)?);
                up.checked_add(down).ok_or_else(|| malformed("volume is too large".to_owned()))?
            }
        };
        let bar = Bar {
            ts,
            open: price(0, "open")?,
            high: price(1, "high")?,
            low: price(2, "low")?,
            close: price(3, "close")?,
            volume,
        };
        let of = match columns.symbol {
            Some(symbol) => self.of_symbol(field(symbol), ts, place)?,
            None => RowOf::Contract(self.contract.at(ts, place)?),
        };
        Ok(RawRow { number: place.number, of, bar, extent: Extent::Minute })
    }

    /// The instrument that a row names.
    fn of_symbol(&mut self, symbol: &str, ts: i64, place: Place) -> Result<RowOf, ImportError> {
        let of = self.symbols.instrument(symbol, UnixNanos::from_nanos(ts));
        match self.request.options.contract {
            Some(contract) if of != RowOf::Contract(contract) => {
                let shown: String = symbol.chars().take(64).collect();
                let problem = format!("symbol {shown:?}; {contract} is stated of all rows");
                Err(ImportError::Malformed { place, problem })
            }
            Some(_) | None => Ok(of),
        }
    }
}

/// A stamp with runs of spaces as one: some programs pad between date and time.
fn single_spaced(text: &str) -> Cow<'_, str> {
    if text.contains("  ") {
        Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(text)
    }
}

/// A number of contracts; programs that keep numbers as floats write `12.0`.
pub(super) fn whole(text: &str) -> Result<i64, String> {
    let number = text.parse::<Price>().ok().map(Price::nanos);
    number.filter(|nanos| *nanos >= 0 && nanos % Price::SCALE == 0).map(|nanos| nanos / Price::SCALE).ok_or_else(|| {
        format!("volume {:?} is not a whole number from 0 on", text.chars().take(48).collect::<String>())
    })
}

#[cfg(test)]
mod tests;
