//! A table as the original sees one: an index and named columns, of whatever types the file had.

use std::borrow::Cow;

/// A table with an index.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Labels of the rows.
    pub index: Index,
    /// Columns in the order of the file; each has as many values as the index has labels.
    pub columns: Vec<NamedColumn>,
}

/// A column and its name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedColumn {
    /// Name, case-sensitive.
    pub name: String,
    /// Values.
    pub column: Column,
}

/// Labels of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Index {
    /// Instants with a time zone; whatever zone it was, they are the same instants in UTC.
    Instants {
        /// Name of the index, where it has one.
        name: Option<String>,
        /// Nanoseconds since 1970-01-01T00:00:00Z.
        ns: Vec<i64>,
    },
    /// Wall times without a time zone.
    WallTimes {
        /// Name of the index, where it has one.
        name: Option<String>,
        /// Nanoseconds since midnight of the first of January 1970, on the wall.
        ns: Vec<i64>,
    },
    /// Anything else, such as row numbers.
    Other {
        /// What pandas calls such an index: `RangeIndex`, `Index`.
        type_name: String,
        /// Labels.
        rows: usize,
    },
}

/// Values of a column.
#[derive(Clone, Debug)]
pub enum Column {
    /// Doubles; NaN is an empty cell.
    Float(Vec<f64>),
    /// Whole numbers, never empty.
    Int(Vec<i64>),
    /// Texts; `None` is an empty cell.
    Text(Vec<Option<String>>),
    /// A type that is not carried into a result.
    Other {
        /// Its name.
        type_name: String,
        /// Cells.
        rows: usize,
    },
}

impl Frame {
    /// Columns that OHLCV rows have, in the order in which the original names them.
    pub const OHLCV: [&str; 5] = ["open", "high", "low", "close", "volume"];

    /// A frame of doubles with an index named `timestamp`.
    pub fn of_ohlcv(ns: Vec<i64>, columns: [Vec<f64>; 5]) -> Self {
        let columns = Self::OHLCV
            .iter()
            .zip(columns)
            .map(|(name, values)| NamedColumn { name: (*name).to_owned(), column: Column::Float(values) })
            .collect();
        Self { index: Index::Instants { name: Some("timestamp".to_owned()), ns }, columns }
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.index.rows()
    }

    /// A column by its name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name).map(|column| &column.column)
    }

    /// Column names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.name.as_str())
    }

    /// The rows at these places, in this order.
    pub(crate) fn pick(&self, rows: &[usize]) -> Self {
        let columns = self
            .columns
            .iter()
            .map(|NamedColumn { name, column }| NamedColumn { name: name.clone(), column: column.pick(rows) });
        Self { index: self.index.pick(rows), columns: columns.collect() }
    }
}

impl Index {
    /// Labels.
    pub fn rows(&self) -> usize {
        match self {
            Self::Instants { ns, .. } | Self::WallTimes { ns, .. } => ns.len(),
            Self::Other { rows, .. } => *rows,
        }
    }

    /// What pandas calls the index.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Instants { .. } | Self::WallTimes { .. } => "DatetimeIndex",
            Self::Other { type_name, .. } => type_name,
        }
    }

    fn pick(&self, rows: &[usize]) -> Self {
        match self {
            Self::Instants { name, ns } => {
                Self::Instants { name: name.clone(), ns: rows.iter().map(|row| ns[*row]).collect() }
            }
            Self::WallTimes { name, ns } => {
                Self::WallTimes { name: name.clone(), ns: rows.iter().map(|row| ns[*row]).collect() }
            }
            Self::Other { type_name, .. } => Self::Other { type_name: type_name.clone(), rows: rows.len() },
        }
    }
}

impl Column {
    /// Cells.
    pub fn rows(&self) -> usize {
        match self {
            Self::Float(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Other { rows, .. } => *rows,
        }
    }

    /// What pandas calls the type.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Float(_) => "float64",
            Self::Int(_) => "int64",
            Self::Text(_) => "object",
            Self::Other { type_name, .. } => type_name,
        }
    }

    /// The values as doubles, as pandas would convert them; `None` for what is not numeric. Whole numbers beyond 2^53 lose
    /// their last digits here as they do there.
    pub fn as_floats(&self) -> Option<Cow<'_, [f64]>> {
        match self {
            Self::Float(values) => Some(Cow::Borrowed(values)),
            #[expect(clippy::cast_precision_loss, reason = "the original converts whole numbers to doubles")]
            Self::Int(values) => Some(Cow::Owned(values.iter().map(|value| *value as f64).collect())),
            Self::Text(_) | Self::Other { .. } => None,
        }
    }

    /// Like [`Self::as_floats`], with texts read as numbers and what is no number taken as an empty cell.
    pub(crate) fn coerced_floats(&self) -> Option<Cow<'_, [f64]>> {
        match self {
            Self::Text(values) => {
                let number = |text: &Option<String>| text.as_deref().and_then(|text| text.trim().parse().ok());
                Some(Cow::Owned(values.iter().map(|text| number(text).unwrap_or(f64::NAN)).collect()))
            }
            _ => self.as_floats(),
        }
    }

    fn pick(&self, rows: &[usize]) -> Self {
        match self {
            Self::Float(values) => Self::Float(rows.iter().map(|row| values[*row]).collect()),
            Self::Int(values) => Self::Int(rows.iter().map(|row| values[*row]).collect()),
            Self::Text(values) => Self::Text(rows.iter().map(|row| values[*row].clone()).collect()),
            Self::Other { type_name, .. } => Self::Other { type_name: type_name.clone(), rows: rows.len() },
        }
    }
}

/// Empty cells are equal to each other, so that frames can be compared.
impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Float(own), Self::Float(others)) => {
                own.len() == others.len()
                    && own
                        .iter()
                        .zip(others)
                        .all(|(own, other)| own.total_cmp(other).is_eq() || own.is_nan() && other.is_nan())
            }
            (Self::Int(own), Self::Int(others)) => own == others,
            (Self::Text(own), Self::Text(others)) => own == others,
            (Self::Other { type_name, rows }, Self::Other { type_name: other_type, rows: other_rows }) => {
                type_name == other_type && rows == other_rows
            }
            _ => false,
        }
    }
}
