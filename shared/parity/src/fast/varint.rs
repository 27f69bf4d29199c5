//! Variable-length integers: seven bits a byte, lowest first; and zigzag, which keeps small negative numbers short.

/// Longest encoding of 64 bits.
const BYTES_MAX: usize = 10;

/// Takes one integer from the front; `None` where the bytes end before it does or it has more than 64 bits.
pub(super) fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for (nth, byte) in bytes.iter().take(BYTES_MAX).enumerate() {
        if nth == BYTES_MAX - 1 && *byte > 1 {
            return None;
        }
        value |= u64::from(byte & 0x7f) << (7 * nth);
        if byte & 0x80 == 0 {
            *bytes = &bytes[nth + 1..];
            return Some(value);
        }
    }
    None
}

pub(super) fn write(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// 0, -1, 1, -2 become 0, 1, 2, 3.
pub(super) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

#[cfg(test)]
mod tests {
    use super::{read, write, zigzag};

    #[test]
    fn what_is_written_is_read() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            write(value, &mut bytes);
            bytes.push(9);
            let mut rest = bytes.as_slice();
            assert_eq!((read(&mut rest), rest), (Some(value), &[9][..]));
        }
        assert_eq!(read(&mut [0x80; 4].as_slice()), None);
        assert_eq!(read(&mut [0xff; 11].as_slice()), None);
    }

    #[test]
    fn zigzag_keeps_small_numbers_small() {
        for (value, coded) in [(0, 0), (-1, 1), (1, 2), (-2, 3), (i64::MAX, u64::MAX - 1), (i64::MIN, u64::MAX)] {
            assert_eq!(zigzag(value), coded);
        }
    }
}
