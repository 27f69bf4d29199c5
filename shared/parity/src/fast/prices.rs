//! A column of one row group as codes into a dictionary, so that arithmetic and checks cost one step for each distinct
//! value and not one for each row.

use std::collections::HashMap;

use parquet::basic::Encoding;
use parquet::column::page::{Page, PageReader};

use super::Unusual;
use super::pages::{append_codes, dictionary_of, plain_cells, values_of};

/// Distinct values of one row group above which a column is no case for a dictionary: two megabytes of them.
const ENTRIES_MAX: usize = 1 << 18;

/// A column of finite floats. The buffers are reused from row group to row group.
#[derive(Debug, Default)]
pub(super) struct CodedColumn {
    /// The entry of each row.
    pub(super) codes: Vec<u32>,
    /// Distinct values; an entry may occur in no row.
    pub(super) entries: Vec<f64>,
    /// Where a value's bits stand among the entries; filled only for pages without a dictionary.
    known: HashMap<u64, u32>,
}

impl CodedColumn {
    /// Reads all pages of a column chunk of so many rows.
    ///
    /// # Errors
    /// What only the general builder reads: empty cells, values that are not finite, other encodings.
    pub(super) fn read(&mut self, pages: &mut dyn PageReader, is_nullable: bool, rows: usize) -> Result<(), Unusual> {
        self.codes.clear();
        self.entries.clear();
        self.known.clear();
        while let Some(page) = pages.get_next_page()? {
            if let Page::DictionaryPage { buf, num_values, .. } = &page {
                self.entries.extend(dictionary_of(buf, *num_values)?.map(f64::from_le_bytes));
                continue;
            }
            let values = values_of(page, is_nullable, rows - self.codes.len())?;
            match values.encoding {
                Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                    append_codes(&values, self.entries.len(), &mut self.codes)?;
                }
                Encoding::PLAIN => self.intern(plain_cells(&values)?)?,
                other => return Err(Unusual::Encoding(other)),
            }
        }
        if self.entries.iter().all(|entry| entry.is_finite()) { Ok(()) } else { Err(Unusual::NotFinite) }
    }

    /// Appends the codes of plain cells, with new entries for new values.
    fn intern(&mut self, cells: &[[u8; 8]]) -> Result<(), Unusual> {
        if self.known.is_empty() {
            let entries = self.entries.iter().enumerate();
            self.known.extend(entries.map(|(code, value)| (value.to_bits(), code as u32)));
        }
        self.codes.reserve(cells.len());
        for cell in cells {
            let bits = u64::from_le_bytes(*cell);
            let code = *self.known.entry(bits).or_insert_with(|| {
                self.entries.push(f64::from_bits(bits));
                (self.entries.len() - 1) as u32
            });
            self.codes.push(code);
        }
        if self.entries.len() <= ENTRIES_MAX { Ok(()) } else { Err(Unusual::TooManyValues) }
    }

    /// The value of a row.
    pub(super) fn value(&self, row: usize) -> Result<f64, Unusual> {
        let code = self.codes.get(row).ok_or(Unusual::Damaged)?;
        self.entries.get(*code as usize).copied().ok_or(Unusual::Damaged)
    }
}
