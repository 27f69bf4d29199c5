//! What a page of a flat, nullable column holds: its encoding and the bytes of its values, where no cell is empty.

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::column::page::Page;

use super::Unusual;
use super::hybrid;

/// The values of one data page.
pub(super) struct PageValues {
    pub(super) encoding: Encoding,
    pub(super) bytes: Bytes,
    pub(super) count: usize,
}

/// Values of a data page of a column whose cells are all there. A page says how many it has, and a few bytes can say so of
/// billions: none has more than `remaining`, the rows of its group that are still missing.
///
/// # Errors
/// Empty cells, levels that cannot be read, and more values than rows.
pub(super) fn values_of(page: Page, is_nullable: bool, remaining: usize) -> Result<PageValues, Unusual> {
    let stated = match &page {
        Page::DataPage { num_values, .. } | Page::DataPageV2 { num_values, .. } => *num_values,
        Page::DictionaryPage { .. } => return Err(Unusual::Damaged),
    };
    if stated as usize > remaining {
        return Err(Unusual::Damaged);
    }
    match page {
        Page::DataPage { buf, num_values, encoding, .. } => {
            let count = num_values as usize;
            let bytes = if is_nullable { past_levels(&buf, count)? } else { buf };
            Ok(PageValues { encoding, bytes, count })
        }
        Page::DataPageV2 { buf, num_values, encoding, num_nulls, def_levels_byte_len, rep_levels_byte_len, .. } => {
            if num_nulls != 0 {
                return Err(Unusual::EmptyCells);
            }
            let levels = def_levels_byte_len as usize + rep_levels_byte_len as usize;
            let bytes = if levels <= buf.len() { buf.slice(levels..) } else { return Err(Unusual::Damaged) };
            Ok(PageValues { encoding, bytes, count: num_values as usize })
        }
        Page::DictionaryPage { .. } => Err(Unusual::Damaged),
    }
}

/// The bytes after the definition levels of a page of the first version, which must all say that the cell is there.
fn past_levels(bytes: &Bytes, count: usize) -> Result<Bytes, Unusual> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(Unusual::Damaged)?;
    let length = u32::from_le_bytes(*length) as usize;
    let levels = rest.get(..length).ok_or(Unusual::Damaged)?;
    if !is_one_run_of_ones(levels, count) {
        let mut decoded = Vec::with_capacity(count);
        hybrid::decode(levels, 1, count, &mut decoded).map_err(|_| Unusual::Damaged)?;
        if decoded.contains(&0) {
            return Err(Unusual::EmptyCells);
        }
    }
    Ok(bytes.slice(4 + length..))
}

/// The usual case, told without decoding.
fn is_one_run_of_ones(mut levels: &[u8], count: usize) -> bool {
    let header = super::varint::read(&mut levels);
    header.is_some_and(|header| header & 1 == 0 && header >> 1 >= count as u64) && levels.first() == Some(&1)
}

/// The dictionary of a column of eight-byte values.
pub(super) fn dictionary_of(bytes: &Bytes, count: u32) -> Result<impl Iterator<Item = [u8; 8]> + '_, Unusual> {
    let count = count as usize;
    let cells = bytes.get(..count.checked_mul(8).ok_or(Unusual::Damaged)?).ok_or(Unusual::Damaged)?;
    Ok(cells.as_chunks::<8>().0.iter().copied())
}

/// The cells of a page of plain eight-byte values.
pub(super) fn plain_cells(values: &PageValues) -> Result<&[[u8; 8]], Unusual> {
    let length = values.count.checked_mul(8).ok_or(Unusual::Damaged)?;
    Ok(values.bytes.get(..length).ok_or(Unusual::Damaged)?.as_chunks::<8>().0)
}

/// Appends the dictionary codes of a page, each below `entries`.
pub(super) fn append_codes(values: &PageValues, entries: usize, codes: &mut Vec<u32>) -> Result<(), Unusual> {
    let at = codes.len();
    if values.count == 0 {
        return Ok(());
    }
    let (width, runs) = values.bytes.split_first().ok_or(Unusual::Damaged)?;
    hybrid::decode(runs, u32::from(*width), values.count, codes).map_err(|_| Unusual::Damaged)?;
    let highest = codes[at..].iter().fold(0, |highest, code| highest.max(*code));
    if (highest as usize) < entries { Ok(()) } else { Err(Unusual::Damaged) }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parquet::basic::Encoding;
    use parquet::column::page::Page;

    use super::values_of;

    #[test]
    fn a_page_has_no_more_values_than_its_group_has_rows_left() {
        // Levels that say of any number of cells that they are there, then one run of zeros.
        let page = |num_values: u32| Page::DataPage {
            buf: Bytes::from_static(&[6, 0, 0, 0, 0xfe, 0xff, 0xff, 0xff, 0x1f, 1, 0]),
            num_values,
            encoding: Encoding::RLE_DICTIONARY,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        assert_eq!(values_of(page(10), true, 10).unwrap().count, 10);
        for stated in [11, u32::MAX] {
            assert_eq!(
                values_of(page(stated), true, 10).err().unwrap().to_string(),
                "its file is no sound Parquet file"
            );
        }
    }
}
