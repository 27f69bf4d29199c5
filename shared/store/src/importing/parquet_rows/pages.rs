//! The headers of a column's pages: what a page unpacks to stands there, and a decoder makes room for it before it looks at
//! the page.

/// Bytes that a page may unpack to. Writers begin another page at one, or where they know no better at a row group of a
/// hundred thousand rows, which has a tenth of this.
const PAGE_BYTES_MAX: u64 = 64 << 20;

/// Structures within structures at most; a header has three.
const DEPTH_MAX: u32 = 8;

/// Refuses a column with a page that unpacks to more than may be held.
///
/// # Errors
/// Names the page and its size, or says that no page begins where one must.
pub(super) fn check(column: &[u8]) -> Result<(), String> {
    let mut rest = column;
    let mut page = 0_u64;
    while !rest.is_empty() {
        let mut header = Compact { rest };
        let Sizes { unpacked, packed } = header.sizes().ok_or_else(|| format!("its page {page} has no header"))?;
        if unpacked > PAGE_BYTES_MAX {
            return Err(format!("its page {page} unpacks to {unpacked} bytes; at most {PAGE_BYTES_MAX} are read"));
        }
        let packed = usize::try_from(packed).ok().filter(|packed| *packed <= header.rest.len());
        let packed = packed.ok_or_else(|| format!("its page {page} goes beyond its column"))?;
        rest = &header.rest[packed..];
        page += 1;
    }
    Ok(())
}

/// Bytes of a page.
struct Sizes {
    unpacked: u64,
    packed: u64,
}

/// A structure in Thrift's compact protocol, from its first byte on.
struct Compact<'a> {
    rest: &'a [u8],
}

impl Compact<'_> {
    /// Reads a page header to its end.
    fn sizes(&mut self) -> Option<Sizes> {
        let (mut field, mut unpacked, mut packed) = (0, None, None);
        while let Some((next, kind)) = self.field(field)? {
            field = next;
            match (field, kind) {
                (2, 5) => unpacked = u64::try_from(self.signed()?).ok(),
                (3, 5) => packed = u64::try_from(self.signed()?).ok(),
                _ => self.skip(kind, DEPTH_MAX)?,
            }
        }
        Some(Sizes { unpacked: unpacked?, packed: packed? })
    }

    /// Number and kind of the next field; `None` inside at the end of the structure.
    fn field(&mut self, before: i64) -> Option<Option<(i64, u8)>> {
        let head = self.byte()?;
        let (step, kind) = (head >> 4, head & 0x0f);
        Some(match (step, kind) {
            (_, 0) => None,
            (0, _) => Some((self.signed()?, kind)),
            _ => Some((before + i64::from(step), kind)),
        })
    }

    fn skip(&mut self, kind: u8, depth: u32) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // A field that is true or false has no more bytes than its head.
            1 | 2 => {}
            3 => self.pass(1)?,
            4..=6 => {
                self.unsigned()?;
            }
            7 => self.pass(8)?,
            8 => {
                let bytes = self.unsigned()?;
                self.pass(bytes)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.unsigned()? } else { u64::from(head >> 4) };
                for _ in 0..count {
                    match head & 0x0f {
                        1 | 2 => self.pass(1)?,
                        kind => self.skip(kind, depth)?,
                    }
                }
            }
            12 => {
                let mut field = 0;
                while let Some((next, kind)) = self.field(field)? {
                    field = next;
                    self.skip(kind, depth)?;
                }
            }
            // No header has a map.
            _ => return None,
        }
        Some(())
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn pass(&mut self, bytes: u64) -> Option<()> {
        self.rest = self.rest.get(usize::try_from(bytes).ok()?..)?;
        Some(())
    }

    /// A number of seven bits a byte, the lowest first.
    fn unsigned(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    /// A number whose lowest bit is its sign.
    fn signed(&mut self) -> Option<i64> {
        let number = self.unsigned()?;
        let half = i64::try_from(number >> 1).ok()?;
        Some(if number & 1 == 0 { half } else { -half - 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    /// A page of nothing but its header: type 0, sizes, a checksum, and a structure with statistics of three bytes.
    fn header(unpacked: u32, packed: u8) -> Vec<u8> {
        let mut bytes = vec![0x15, 0x00, 0x15];
        let mut number = u64::from(unpacked) << 1;
        while number >= 0x80 {
            bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
            number >>= 7;
        }
        bytes.push(u8::try_from(number).unwrap());
        bytes.extend([0x15, packed << 1, 0x15, 0x09, 0x1c, 0x15, 0x02, 0x4c, 0x18, 3, b'a', b'b', b'c', 0, 0, 0]);
        bytes
    }

    #[test]
    fn a_page_may_unpack_to_64_mebibytes() {
        let page = |unpacked: u32| [header(unpacked, 4), vec![0xff; 4]].concat();
        assert_eq!(check(&[page(64 << 20), page(9)].concat()), Ok(()));
        assert_eq!(check(&[]), Ok(()));
        let error = check(&[page(9), page((64 << 20) + 1)].concat()).unwrap_err();
        assert_eq!(error, "its page 1 unpacks to 67108865 bytes; at most 67108864 are read");
        let error = check(&[page(9), header(9, 4), vec![0xff; 3]].concat()).unwrap_err();
        assert_eq!(error, "its page 1 goes beyond its column");
        for damaged in [&[0x15][..], &[0x00], &[0x15, 0x00, 0x00], &[0xff; 40], &header(9, 4)[..9]] {
            assert_eq!(check(damaged).unwrap_err(), "its page 0 has no header", "{damaged:?}");
        }
    }
}
