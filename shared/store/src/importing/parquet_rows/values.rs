//! Values of Arrow columns, whatever type a writer chose for them.

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Float32Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};
use peaktrade_domain::Price;

/// A stamp in nanoseconds, of whatever clock the column has.
pub(super) fn stamp(column: &ArrayRef, row: usize) -> Result<i64, String> {
    let (value, unit) = match column.data_type() {
        _ if column.is_null(row) => return Err("its stamp is absent".to_owned()),
        DataType::Timestamp(TimeUnit::Second, _) => {
            (column.as_primitive::<TimestampSecondType>().value(row), 1_000_000_000)
        }
        DataType::Timestamp(TimeUnit::Millisecond, _) => {
            (column.as_primitive::<TimestampMillisecondType>().value(row), 1_000_000)
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            (column.as_primitive::<TimestampMicrosecondType>().value(row), 1_000)
        }
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            (column.as_primitive::<TimestampNanosecondType>().value(row), 1)
        }
        other => return Err(format!("its stamp is of type {other}; a timestamp is required")),
    };
    value.checked_mul(unit).ok_or_else(|| format!("its stamp {value} lies beyond 2262"))
}

/// A price in 1e-9 points. A float must be a decimal of nine places: what is not, was computed and is no price.
pub(super) fn price(column: &ArrayRef, row: usize) -> Result<i64, String> {
    let wrong = |value: String| format!("price {value} is not a decimal number of at most 9 decimals");
    let points = match column.data_type() {
        _ if column.is_null(row) => return Err("a price is absent".to_owned()),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row),
        DataType::Float32 => f64::from(column.as_primitive::<Float32Type>().value(row)),
        DataType::Int32 | DataType::Int64 | DataType::UInt32 | DataType::UInt64 => {
            let points = integer(column, row)?;
            return Price::from_points(points).map(Price::nanos).ok_or_else(|| wrong(points.to_string()));
        }
        other => return Err(format!("a price is of type {other}; a float or an integer is required")),
    };
    Price::from_f64_exact(points).map(Price::nanos).ok_or_else(|| wrong(points.to_string()))
}

/// A number of contracts.
pub(super) fn whole(column: &ArrayRef, row: usize) -> Result<i64, String> {
    let number = match column.data_type() {
        _ if column.is_null(row) => return Err("its volume is absent".to_owned()),
        DataType::Float64 | DataType::Float32 => {
            let nanos = price(column, row)?;
            if nanos % Price::SCALE != 0 {
                return Err(format!("volume {} is not a whole number", Price::from_nanos(nanos)));
            }
            nanos / Price::SCALE
        }
        _ => integer(column, row)?,
    };
    if number < 0 { Err(format!("volume {number} is below zero")) } else { Ok(number) }
}

/// A text.
pub(super) fn text(column: &ArrayRef, row: usize) -> Result<&str, String> {
    match column.data_type() {
        _ if column.is_null(row) => Err("its symbol is absent".to_owned()),
        DataType::Utf8 => Ok(column.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Ok(column.as_string::<i64>().value(row)),
        DataType::Utf8View => Ok(column.as_string_view().value(row)),
        DataType::Dictionary(key, value) if **key == DataType::Int32 && **value == DataType::Utf8 => {
            let dictionary = column.as_dictionary::<Int32Type>();
            let at = usize::try_from(dictionary.keys().value(row)).ok();
            let values = dictionary.values().as_string::<i32>();
            at.filter(|at| *at < values.len())
                .map(|at| values.value(at))
                .ok_or_else(|| "its symbol is not in the dictionary".to_owned())
        }
        other => Err(format!("its symbol is of type {other}; text is required")),
    }
}

fn integer(column: &ArrayRef, row: usize) -> Result<i64, String> {
    match column.data_type() {
        DataType::Int64 => Ok(column.as_primitive::<Int64Type>().value(row)),
        DataType::Int32 => Ok(i64::from(column.as_primitive::<Int32Type>().value(row))),
        DataType::UInt32 => Ok(i64::from(column.as_primitive::<UInt32Type>().value(row))),
        DataType::UInt64 => {
            let value = column.as_primitive::<UInt64Type>().value(row);
            i64::try_from(value).map_err(|_| format!("{value} is too large"))
        }
        other => Err(format!("a number is of type {other}; an integer or a float is required")),
    }
}
