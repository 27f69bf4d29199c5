//! Parquet's DELTA_BINARY_PACKED: instants of bars a minute apart become a few bits each.

use super::varint;

const BLOCK: usize = 128;
const MINIBLOCKS: usize = 4;
const MINIBLOCK: usize = BLOCK / MINIBLOCKS;

/// Appends the encoding of at least one value.
pub(super) fn encode(values: &[i64], bytes: &mut Vec<u8>) {
    let (first, rest) = values.split_first().unwrap_or((&0, &[]));
    varint::write(BLOCK as u64, bytes);
    varint::write(MINIBLOCKS as u64, bytes);
    varint::write(values.len() as u64, bytes);
    varint::write(varint::zigzag(*first), bytes);
    let mut before = *first;
    let mut deltas = [0_i64; BLOCK];
    for block in rest.chunks(BLOCK) {
        let deltas = &mut deltas[..block.len()];
        for (delta, value) in deltas.iter_mut().zip(block) {
            *delta = value.wrapping_sub(before);
            before = *value;
        }
        encode_block(deltas, bytes);
    }
}

fn encode_block(deltas: &[i64], bytes: &mut Vec<u8>) {
    let least = deltas.iter().copied().min().unwrap_or(0);
    varint::write(varint::zigzag(least), bytes);
    let widths_at = bytes.len();
    bytes.resize(widths_at + MINIBLOCKS, 0);
    for (nth, miniblock) in deltas.chunks(MINIBLOCK).enumerate() {
        let all = miniblock.iter().fold(0_u64, |all, delta| all | delta.wrapping_sub(least) as u64);
        let width = u64::BITS - all.leading_zeros();
        bytes[widths_at + nth] = width as u8;
        if width == 0 {
            continue;
        }
        let at = bytes.len();
        bytes.resize(at + MINIBLOCK / 8 * width as usize, 0);
        let (mut held, mut bits, mut to) = (0_u128, 0_u32, at);
        for delta in miniblock {
            held |= u128::from(delta.wrapping_sub(least) as u64) << bits;
            bits += width;
            if bits >= 64 {
                bytes[to..to + 8].copy_from_slice(&(held as u64).to_le_bytes());
                held >>= 64;
                bits -= 64;
                to += 8;
            }
        }
        let left = bits.div_ceil(8) as usize;
        bytes[to..to + left].copy_from_slice(&held.to_le_bytes()[..left]);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bytes::Bytes;
    use parquet::basic::Encoding;
    use parquet::column::page::{Page, PageMetadata, PageReader};
    use parquet::column::reader::ColumnReaderImpl;
    use parquet::data_type::Int64Type;
    use parquet::errors::Result;
    use parquet::schema::types::{ColumnDescriptor, ColumnPath, Type};
    use proptest::prelude::*;

    use super::encode;

    /// Hands one page to the reader of the `parquet` crate.
    struct OnePage(Option<Page>);

    impl Iterator for OnePage {
        type Item = Result<Page>;
        fn next(&mut self) -> Option<Result<Page>> {
            self.0.take().map(Ok)
        }
    }

    impl PageReader for OnePage {
        fn get_next_page(&mut self) -> Result<Option<Page>> {
            Ok(self.0.take())
        }
        fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
            Ok(None)
        }
        fn skip_next_page(&mut self) -> Result<()> {
            self.0 = None;
            Ok(())
        }
    }

    /// The values as the `parquet` crate reads them.
    fn read_by_parquet(bytes: Vec<u8>, count: usize) -> Vec<i64> {
        let column = Type::primitive_type_builder("timestamp", parquet::basic::Type::INT64);
        let column = Arc::new(column.with_repetition(parquet::basic::Repetition::REQUIRED).build().unwrap());
        let column = ColumnDescriptor::new(column, 0, 0, ColumnPath::from("timestamp"));
        let page = Page::DataPage {
            buf: Bytes::from(bytes),
            num_values: count as u32,
            encoding: Encoding::DELTA_BINARY_PACKED,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let mut reader = ColumnReaderImpl::<Int64Type>::new(Arc::new(column), Box::new(OnePage(Some(page))));
        let mut values = Vec::new();
        reader.read_records(count, None, None, &mut values).unwrap();
        values
    }

    proptest! {
        #[test]
        fn the_parquet_crate_reads_what_is_written(
            first in any::<i64>(),
            steps in prop::collection::vec(prop_oneof![8 => Just(60_000_000_000_i64), 1 => any::<i64>(), 1 => 0_i64..5], 0..400),
        ) {
            let mut values = vec![first];
            for step in steps {
                values.push(values[values.len() - 1].wrapping_add(step));
            }
            let mut bytes = Vec::new();
            encode(&values, &mut bytes);
            prop_assert_eq!(read_by_parquet(bytes, values.len()), values);
        }
    }
}
