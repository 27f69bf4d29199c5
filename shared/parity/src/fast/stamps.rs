//! The open instants of a row group.

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};

use super::Unusual;
use super::pages::{append_codes, dictionary_of, plain_cells, values_of};

/// Instants in nanoseconds since the epoch. The buffers are reused from row group to row group.
#[derive(Debug, Default)]
pub(super) struct Stamps {
    pub(super) nanos: Vec<i64>,
    entries: Vec<i64>,
    codes: Vec<u32>,
}

impl Stamps {
    /// Reads all pages of a column chunk of so many rows.
    ///
    /// # Errors
    /// Empty cells and encodings that only the general builder reads.
    pub(super) fn read(&mut self, pages: &mut dyn PageReader, is_nullable: bool, rows: usize) -> Result<(), Unusual> {
        self.nanos.clear();
        self.entries.clear();
        while let Some(page) = pages.get_next_page()? {
            if let Page::DictionaryPage { buf, num_values, .. } = &page {
                self.entries.extend(dictionary_of(buf, *num_values)?.map(i64::from_le_bytes));
                continue;
            }
            let values = values_of(page, is_nullable, rows - self.nanos.len())?;
            match values.encoding {
                Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                    self.codes.clear();
                    append_codes(&values, self.entries.len(), &mut self.codes)?;
                    self.nanos.extend(self.codes.iter().map(|code| self.entries[*code as usize]));
                }
                Encoding::PLAIN => {
                    self.nanos.extend(plain_cells(&values)?.iter().map(|cell| i64::from_le_bytes(*cell)))
                }
                other => return Err(Unusual::Encoding(other)),
            }
        }
        Ok(())
    }
}
