//! The calendar file in force and the calendar it gives.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use peaktrade_domain::Calendar;
use peaktrade_runtime::StartError;

/// A calendar and the bytes it was read from; the hash of the bytes is the hash of the calendar.
#[derive(Debug, Clone)]
pub struct CalendarFile {
    text: String,
    calendar: Calendar,
}

impl CalendarFile {
    /// Reads a calendar file, or the shipped one where no path is given.
    ///
    /// # Errors
    /// Where the file cannot be read, is too large, or breaks a rule, with its line.
    pub fn load(path: Option<&Path>) -> Result<Self, StartError> {
        let Some(path) = path else {
            return Ok(Self { text: Calendar::SHIPPED_FILE.to_owned(), calendar: Calendar::shipped() });
        };
        let refused = |problem: &dyn std::fmt::Display| {
            StartError::configuration(format!("calendar file {}", path.display()), problem)
        };
        let mut text = String::new();
        // One byte more than allowed is enough for the calendar to refuse the file by its size.
        let bytes_max = Calendar::FILE_BYTES_MAX as u64 + 1;
        File::open(path)
            .and_then(|file| file.take(bytes_max).read_to_string(&mut text))
            .map_err(|error| refused(&error))?;
        let calendar = Calendar::parse(&text).map_err(|error| refused(&error))?;
        Ok(Self { text, calendar })
    }

    /// The calendar.
    pub const fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The file's text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Start of the last trade date, Unix seconds.
    pub(crate) fn valid_to_seconds(&self) -> i64 {
        let midnight = self.calendar.local_midnight(self.calendar.valid_to());
        midnight.expect("the last trade date is within the validity").seconds_floor()
    }
}
