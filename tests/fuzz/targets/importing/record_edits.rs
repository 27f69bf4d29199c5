//! Edits of files of binary records: records are repeated, dropped and swapped; their numbers take other values.

use super::chance::Chance;

/// How a file of records is laid out.
pub(crate) struct Layout {
    /// Where the first record begins.
    pub(crate) first: fn(&[u8]) -> usize,
    /// Bytes of the record that begins these bytes; at least 1.
    pub(crate) length: fn(&[u8]) -> usize,
    /// Numbers of a record: where they begin, how many bytes they have, and what may be added to them.
    pub(crate) numbers: &'static [(usize, usize, i64)],
    /// Whole values of a number, by the place where it begins.
    pub(crate) values: &'static [(usize, &'static [u8])],
}

/// Records that a run adds at most.
const RUN_MAX: usize = 100;

impl Layout {
    /// A file with one to four edits.
    pub(crate) fn edit(&self, bytes: &[u8], chance: &mut Chance) -> Vec<u8> {
        let first = (self.first)(bytes).min(bytes.len());
        let (head, mut rest) = bytes.split_at(first);
        let mut records: Vec<Vec<u8>> = Vec::new();
        while !rest.is_empty() {
            let length = (self.length)(rest).clamp(1, rest.len());
            records.push(rest[..length].to_vec());
            rest = &rest[length..];
        }
        for _ in 0..=chance.below(4) {
            self.edit_once(&mut records, chance);
        }
        [head.to_vec(), records.concat()].concat()
    }

    fn edit_once(&self, records: &mut Vec<Vec<u8>>, chance: &mut Chance) {
        if records.is_empty() {
            return;
        }
        let at = chance.below(records.len());
        let other = chance.below(records.len());
        match chance.below(10) {
            0 => records.insert(at, records[other].clone()),
            1 => {
                records.remove(at);
            }
            2 => records.swap(at, other),
            3 => {
                let Some((place, bytes, _)) = chance.one_of(self.numbers) else { return };
                let from = records[other].get(*place..place + bytes).map(<[u8]>::to_vec);
                if let Some((into, from)) = records[at].get_mut(*place..place + bytes).zip(from) {
                    into.copy_from_slice(&from);
                }
            }
            4 => {
                let Some((place, value)) = chance.one_of(self.values) else { return };
                if let Some(into) = records[at].get_mut(*place..place + value.len()) {
                    into.copy_from_slice(value);
                }
            }
            5 => {
                let Some((place, bytes, step)) = chance.one_of(self.numbers).copied() else { return };
                let mut next = records[at].clone();
                let run: Vec<Vec<u8>> = (0..chance.below(RUN_MAX))
                    .map(|_| {
                        add(&mut next, place, bytes, step);
                        next.clone()
                    })
                    .collect();
                records.splice(at + 1..at + 1, run);
            }
            6 => {
                let Some((place, bytes, _)) = chance.one_of(self.numbers).copied() else { return };
                if let Some(into) = records[at].get_mut(place..place + bytes) {
                    into.fill(*chance.one_of(&[0, 0x7f, 0x80, 0xff]).unwrap_or(&0));
                }
            }
            _ => {
                let Some((place, bytes, step)) = chance.one_of(self.numbers).copied() else { return };
                let times = i64::try_from(chance.below(2_000)).unwrap_or(0) - 1_000;
                add(&mut records[at], place, bytes, step.wrapping_mul(times));
            }
        }
    }
}

fn add(record: &mut [u8], place: usize, bytes: usize, change: i64) {
    let Some(into) = record.get_mut(place..place + bytes) else { return };
    let mut wide = [0_u8; 8];
    wide[..bytes].copy_from_slice(into);
    let sum = i64::from_le_bytes(wide).wrapping_add(change);
    into.copy_from_slice(&sum.to_le_bytes()[..bytes]);
}

/// Where the records of a DBN file begin.
pub(crate) fn end_of_metadata(bytes: &[u8]) -> usize {
    let length = bytes.get(4..8).and_then(|length| length.try_into().ok()).map_or(0, u32::from_le_bytes);
    usize::try_from(length).map_or(usize::MAX, |length| length.saturating_add(8))
}
