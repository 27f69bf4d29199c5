//! Parquet's hybrid of repeated and bit-packed runs, in which dictionary codes and definition levels are written.

use super::varint;

/// Widest code: dictionaries have fewer than 2^32 entries.
const WIDTH_MAX: u32 = 32;

/// Bytes that are no such runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Damage;

/// Appends `count` codes of `width` bits.
///
/// # Errors
/// Runs that end before `count` codes, or widths above 32.
pub(super) fn decode(mut bytes: &[u8], width: u32, count: usize, codes: &mut Vec<u32>) -> Result<(), Damage> {
    if width > WIDTH_MAX {
        return Err(Damage);
    }
    let end = codes.len() + count;
    while codes.len() < end {
        let missing = end - codes.len();
        let header = varint::read(&mut bytes).ok_or(Damage)?;
        let length = usize::try_from(header >> 1).map_err(|_| Damage)?;
        if length == 0 {
            return Err(Damage);
        }
        if header & 1 == 0 {
            let (value, rest) = bytes.split_at_checked(width.div_ceil(8) as usize).ok_or(Damage)?;
            bytes = rest;
            let mut code = [0_u8; 4];
            code[..value.len()].copy_from_slice(value);
            codes.resize(codes.len() + length.min(missing), u32::from_le_bytes(code));
        } else {
            // A writer may leave out the packed bytes that only the last, unused codes of a run would need.
            let values = length.checked_mul(8).ok_or(Damage)?.min(missing);
            let needed = (values * width as usize).div_ceil(8);
            let written = length.checked_mul(width as usize).ok_or(Damage)?.min(bytes.len());
            if written < needed {
                return Err(Damage);
            }
            unpack(&bytes[..needed], width, values, codes);
            bytes = &bytes[written..];
        }
    }
    Ok(())
}

/// Appends the runs of these codes, each below `2^width`: one repeated run where all are equal, else one packed run.
pub(super) fn encode(codes: &[u32], width: u32, bytes: &mut Vec<u8>) {
    let Some(first) = codes.first() else { return };
    if codes.iter().all(|code| code == first) {
        varint::write((codes.len() as u64) << 1, bytes);
        bytes.extend_from_slice(&first.to_le_bytes()[..width.div_ceil(8) as usize]);
        return;
    }
    let groups = codes.len().div_ceil(8);
    varint::write(((groups as u64) << 1) | 1, bytes);
    let at = bytes.len();
    bytes.resize(at + groups * width as usize, 0);
    pack(codes, width, &mut bytes[at..]);
}

/// Unpacks `values` codes; `packed` holds at least their bits.
fn unpack(packed: &[u8], width: u32, values: usize, codes: &mut Vec<u32>) {
    let width = width as usize;
    let mask = (1_u64 << width) - 1;
    let at = codes.len();
    codes.resize(at + values, 0);
    let out = &mut codes[at..];
    // Groups of eight codes start on whole bytes and take `width` of them; each code lies within eight bytes, so a group
    // is read safely as long as 32 + 8 bytes follow its start. What is left goes through a padded copy.
    let whole = packed.len().saturating_sub(8 + width) / width.max(1);
    let whole = whole.min(values / 8);
    let (groups, rest) = out.split_at_mut(whole * 8);
    for (group, out) in groups.chunks_exact_mut(8).enumerate() {
        let bytes = &packed[group * width..group * width + width + 8];
        for (nth, code) in out.iter_mut().enumerate() {
            *code = code_at(bytes, nth * width, mask);
        }
    }
    let tail = &packed[whole * width..];
    let mut padded = Vec::with_capacity(tail.len() + 8);
    padded.extend_from_slice(tail);
    padded.resize(tail.len() + 8, 0);
    for (nth, code) in rest.iter_mut().enumerate() {
        *code = code_at(&padded, nth * width, mask);
    }
}

#[inline]
fn code_at(bytes: &[u8], bit: usize, mask: u64) -> u32 {
    let mut word = [0_u8; 8];
    word.copy_from_slice(&bytes[bit / 8..bit / 8 + 8]);
    ((u64::from_le_bytes(word) >> (bit % 8)) & mask) as u32
}

/// Packs codes from the lowest bit on into zeroed bytes.
fn pack(codes: &[u32], width: u32, bytes: &mut [u8]) {
    let (mut held, mut bits, mut at) = (0_u64, 0_u32, 0_usize);
    for code in codes {
        held |= u64::from(*code) << bits;
        bits += width;
        if bits >= 32 {
            bytes[at..at + 4].copy_from_slice(&(held as u32).to_le_bytes());
            held >>= 32;
            bits -= 32;
            at += 4;
        }
    }
    let left = bits.div_ceil(8) as usize;
    bytes[at..at + left].copy_from_slice(&held.to_le_bytes()[..left]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Damage, decode, encode};

    fn decoded(bytes: &[u8], width: u32, count: usize) -> Result<Vec<u32>, Damage> {
        let mut codes = Vec::new();
        decode(bytes, width, count, &mut codes).map(|()| codes)
    }

    /// The example of the Parquet specification: 0 to 7 in three bits.
    #[test]
    fn packs_as_the_specification_shows() {
        let codes: Vec<u32> = (0..8).collect();
        let mut bytes = Vec::new();
        encode(&codes, 3, &mut bytes);
        assert_eq!(bytes, [0b0000_0011, 0b1000_1000, 0b1100_0110, 0b1111_1010]);
        assert_eq!(decoded(&bytes, 3, 8), Ok(codes));
    }

    #[test]
    fn reads_runs_of_both_kinds_one_after_the_other() {
        let bytes = [0b0000_1010, 7, 0b0000_0011, 0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(decoded(&bytes, 3, 13), Ok(vec![7, 7, 7, 7, 7, 0, 1, 2, 3, 4, 5, 6, 7]));
        assert_eq!(decoded(&bytes, 3, 6), Ok(vec![7, 7, 7, 7, 7, 0]));
    }

    #[test]
    fn refuses_bytes_that_end_early() {
        assert_eq!(decoded(&[], 3, 1), Err(Damage));
        assert_eq!(decoded(&[0b0000_0011, 0b1000_1000], 3, 8), Err(Damage));
        assert_eq!(decoded(&[0b0000_1010], 3, 5), Err(Damage));
        assert_eq!(decoded(&[0b0000_0000, 1], 3, 5), Err(Damage));
        assert_eq!(decoded(&[0xff; 12], 3, 5), Err(Damage));
        assert_eq!(decoded(&[2, 1], 33, 1), Err(Damage));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(width in 1_u32..=32, seeds in prop::collection::vec(any::<u32>(), 0..200)) {
            let mask = u32::MAX >> (32 - width);
            let codes: Vec<u32> = seeds.iter().map(|seed| seed & mask).collect();
            let mut bytes = Vec::new();
            encode(&codes, width, &mut bytes);
            prop_assert_eq!(decoded(&bytes, width, codes.len()), Ok(codes));
        }

        #[test]
        fn any_bytes_are_decoded_or_refused(width in 0_u32..=40, bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let codes = decoded(&bytes, width, 50);
            prop_assert!(codes.is_err() || codes.is_ok_and(|codes| codes.len() == 50));
        }
    }
}
