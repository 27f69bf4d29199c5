//! Which column is what.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a column can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Field {
    /// Date and time in one.
    Stamp,
    /// Date alone.
    Date,
    /// Time of day alone.
    Time,
    /// First price.
    Open,
    /// Highest price.
    High,
    /// Lowest price.
    Low,
    /// Last price.
    Close,
    /// Contracts traded.
    Volume,
    /// Contracts traded on upticks; with `DownVolume` it makes the volume.
    UpVolume,
    /// Contracts traded on downticks.
    DownVolume,
    /// Instrument of the row.
    Symbol,
}

impl Field {
    const ALL: [Self; 11] = [
        Self::Stamp,
        Self::Date,
        Self::Time,
        Self::Open,
        Self::High,
        Self::Low,
        Self::Close,
        Self::Volume,
        Self::UpVolume,
        Self::DownVolume,
        Self::Symbol,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Stamp => "stamp",
            Self::Date => "date",
            Self::Time => "time",
            Self::Open => "open",
            Self::High => "high",
            Self::Low => "low",
            Self::Close => "close",
            Self::Volume => "volume",
            Self::UpVolume => "up_volume",
            Self::DownVolume => "down_volume",
            Self::Symbol => "symbol",
        }
    }

    pub(super) fn parse(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|field| field.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|field| field.name()).collect();
            format!("column {text:?}; allowed: {} and -", names.join(", "))
        })
    }
}

/// Names of columns in headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Names(BTreeMap<String, Field>);

impl Names {
    pub(super) fn new(names: BTreeMap<Field, Vec<String>>) -> Result<Self, String> {
        let mut fields = BTreeMap::new();
        for (field, names) in names {
            for name in names {
                if fields.insert(name.to_ascii_lowercase(), field).is_some_and(|before| before != field) {
                    return Err(format!("column {name:?} is two fields"));
                }
            }
        }
        Ok(Self(fields))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a header can name a field.
    pub(super) fn has(&self, field: Field) -> bool {
        self.0.values().any(|named| *named == field)
    }

    /// The field of a name in a header, in any case.
    pub(super) fn field(&self, name: &str) -> Option<Field> {
        self.0.get(&name.to_ascii_lowercase()).copied()
    }
}

/// Places of the fields in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) stamp: StampColumns,
    /// Open, high, low, close.
    pub(super) prices: [usize; 4],
    pub(super) volume: VolumeColumns,
    pub(super) symbol: Option<usize>,
    /// Fields that a row has at least and at most.
    pub(super) width: (usize, usize),
}

/// Where the stamp is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StampColumns {
    One(usize),
    DateAndTime(usize, usize),
}

/// Where the volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VolumeColumns {
    One(usize),
    UpAndDown(usize, usize),
}

impl Columns {
    /// Columns by their order.
    pub(super) fn of_order(order: &[Option<Field>]) -> Result<Self, String> {
        Self::new(order)
    }

    /// Columns by a header.
    pub(super) fn of_header<'a>(names: &Names, header: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let fields: Vec<Option<Field>> = header.map(|name| names.field(name)).collect();
        Self::new(&fields)
    }

    fn new(fields: &[Option<Field>]) -> Result<Self, String> {
        let mut places: BTreeMap<Field, usize> = BTreeMap::new();
        for (place, field) in fields.iter().enumerate() {
            let Some(field) = *field else { continue };
            if places.insert(field, place).is_some() {
                return Err(format!("two columns are {}; one is required", field.name()));
            }
        }
        let place = |field: Field| places.get(&field).copied();
        let required = |field: Field| place(field).ok_or_else(|| format!("no column is {}", field.name()));
        let stamp = match (place(Field::Stamp), place(Field::Date), place(Field::Time)) {
            (None, Some(date), Some(time)) => StampColumns::DateAndTime(date, time),
            (Some(stamp), None, None) => StampColumns::One(stamp),
            _ => return Err("one column with date and time, or one each, is required".to_owned()),
        };
        let volume = match (place(Field::Volume), place(Field::UpVolume), place(Field::DownVolume)) {
            (Some(volume), None, None) => VolumeColumns::One(volume),
            (None, Some(up), Some(down)) => VolumeColumns::UpAndDown(up, down),
            _ => return Err("one column with the volume, or one each for up and down, is required".to_owned()),
        };
        let prices = [Field::Open, Field::High, Field::Low, Field::Close];
        let [open, high, low, close] = prices.map(required);
        let last = places.values().max().copied().unwrap_or(0);
        Ok(Self {
            stamp,
            prices: [open?, high?, low?, close?],
            volume,
            symbol: place(Field::Symbol),
            width: (last + 1, fields.len()),
        })
    }
}
