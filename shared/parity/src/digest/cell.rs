//! One cell as `json.dumps` prints Python's `round(value, 12)`.
//!
//! `round` takes the exact decimal value of the double, rounds it half to even, and gives the double nearest to the result;
//! `repr` prints the shortest decimal that reads back as that double, with an exponent below 1e-4 and from 1e16.

/// Longest text of a cell: sign, 17 digits, point, `e-308`.
pub(super) const BYTES_MAX: usize = 24;

/// From here on doubles lie 2^-39 apart, more than 1e-12, so the nearest double to a value rounded at 12 decimals is the
/// value itself.
const ROUNDING_ENDS: f64 = 8_192.0;

/// Below this every count of units is exact in a double and prints all its digits.
const EXACT_UNITS: f64 = 1e15;

/// From here on up to 1e16 texts have no exponent.
const EXPONENTS_END: f64 = 1e-4;

const DECIMALS: u32 = 12;
const UNITS_PER_ONE: u64 = 1_000_000_000_000;

/// Appends a cell.
pub(super) fn write(value: f64, out: &mut Vec<u8>) {
    // Prices of index futures are quarters and volumes are whole, so nearly every cell ends here.
    let quarters = value * 4.0;
    if quarters.abs() < EXACT_UNITS && quarters != 0.0 {
        #[expect(clippy::cast_possible_truncation, reason = "below 1e15, checked above")]
        let whole = quarters as i64;
        #[expect(
            clippy::cast_precision_loss,
            clippy::float_cmp,
            reason = "exact below 1e15; asks whether it was whole"
        )]
        let is_whole = whole as f64 == quarters;
        if is_whole {
            if whole < 0 {
                out.push(b'-');
            }
            let magnitude = whole.unsigned_abs();
            write_digits(magnitude / 4, out);
            let fraction: &[u8] = match magnitude % 4 {
                0 => b".0",
                1 => b".25",
                2 => b".5",
                _ => b".75",
            };
            out.extend_from_slice(fraction);
            return;
        }
    }
    write_any(value, out);
}

/// Appends a cell that is no whole number of quarters.
fn write_any(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        out.extend_from_slice(b"null");
        return;
    }
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let magnitude = value.abs();
    if magnitude.is_infinite() {
        // What Python's json writes; no JSON, and part of the original's digest all the same.
        out.extend_from_slice(b"Infinity");
    } else if magnitude >= ROUNDING_ENDS {
        write_shortest(magnitude, out);
    } else {
        let units = round_to_units(magnitude);
        // Both sides are exact, so the quotient is the double nearest to the rounded decimal.
        #[expect(clippy::cast_precision_loss, reason = "at most 8192e12, below 2^53")]
        let rounded = units as f64 / UNITS_PER_ONE as f64;
        // A decimal of at most 15 digits is the shortest text of its double; 1e-4 is where exponents begin.
        if units == 0 || (UNITS_PER_ONE / 10_000..1_000_000_000_000_000).contains(&units) {
            write_units(units, out);
        } else {
            write_shortest(rounded, out);
        }
    }
}

/// `magnitude` times 1e12, rounded half to even; `magnitude` is below [`ROUNDING_ENDS`] and not negative.
fn round_to_units(magnitude: f64) -> u64 {
    let bits = magnitude.to_bits();
    let exponent = (bits >> 52) as u32;
    let fraction = bits & ((1 << 52) - 1);
    // Value = significand / 2^shift; subnormals share the exponent of the smallest normal numbers.
    let (significand, shift) = if exponent == 0 { (fraction, 1_074) } else { (fraction | 1 << 52, 1_075 - exponent) };
    if shift > 126 {
        // Below 2^53 / 2^127, far less than half of 1e-12.
        return 0;
    }
    let product = u128::from(significand) * u128::from(UNITS_PER_ONE);
    let floor = product >> shift;
    let rest = product - (floor << shift);
    let half = 1_u128 << (shift - 1);
    let is_up = rest > half || rest == half && floor % 2 == 1;
    // At most 8192e12.
    #[expect(clippy::cast_possible_truncation, reason = "magnitude is below 8192")]
    let units = floor as u64 + u64::from(is_up);
    units
}

/// Units of 1e-12 as a plain decimal with at least one decimal.
fn write_units(units: u64, out: &mut Vec<u8>) {
    write_digits(units / UNITS_PER_ONE, out);
    out.push(b'.');
    let mut fraction = units % UNITS_PER_ONE;
    let mut digits = DECIMALS;
    while digits > 1 && fraction.is_multiple_of(10) {
        fraction /= 10;
        digits -= 1;
    }
    let start = out.len();
    out.resize(start + digits as usize, b'0');
    for place in out[start..].iter_mut().rev() {
        *place = b'0' + (fraction % 10) as u8;
        fraction /= 10;
    }
}

/// `repr` of a finite double above zero.
///
/// Ryu and not the formatter of the standard library: where two shortest texts are equally near, Python takes the one with
/// the even last digit, as Ryu does, and the standard library the upper one.
fn write_shortest(magnitude: f64, out: &mut Vec<u8>) {
    let mut buffer = ryu::Buffer::new();
    let text = buffer.format_finite(magnitude);
    let (digits, exponent) = match text.split_once('e') {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().unwrap_or_default()),
        None if magnitude >= EXPONENTS_END => {
            out.extend_from_slice(text.as_bytes());
            return;
        }
        // Ryu writes 0.00001 to 0.0000999 in full, Python with the exponent that all of them have.
        None => (text.trim_start_matches(['0', '.']), -5),
    };
    let (first, others) = digits.split_at(1);
    let others = others.trim_start_matches('.');
    out.extend_from_slice(first.as_bytes());
    if !others.is_empty() {
        out.push(b'.');
        out.extend_from_slice(others.as_bytes());
    }
    out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    write_digits(u64::from(exponent.unsigned_abs()), out);
}

/// Appends a whole number.
fn write_digits(mut number: u64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    while number >= 100 {
        start -= 2;
        digits[start..start + 2].copy_from_slice(&TWO_DIGITS[(number % 100) as usize]);
        number /= 100;
    }
    if number >= 10 {
        start -= 2;
        digits[start..start + 2].copy_from_slice(&TWO_DIGITS[number as usize]);
    } else {
        start -= 1;
        digits[start] = b'0' + number as u8;
    }
    out.extend_from_slice(&digits[start..]);
}

/// `00` to `99`.
pub(super) const TWO_DIGITS: [[u8; 2]; 100] = {
    let mut table = [[0_u8; 2]; 100];
    let mut at = 0;
    while at < 100 {
        table[at] = [b'0' + (at / 10) as u8, b'0' + (at % 10) as u8];
        at += 1;
    }
    table
};
