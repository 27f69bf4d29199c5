//! A continuous dataset: its inputs, its roll table and what came out. No adjusted row is stored; whoever serves the
//! series computes it from month files and roll table.

use std::fmt;
use std::str::FromStr;

use peaktrade_continuous::{CommonMinutes, RollEvidence, Shift};
use peaktrade_domain::{ContractRoot, ContractSymbol, Price, Sha256, TradeDate, UnixNanos, UnknownName};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::chain::to_bytes;

/// Name of a dataset, derived from its inputs. Displayed as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatasetId(Sha256);

/// A text that names no dataset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dataset id {text:?} is not \"sha256:\" and 64 lower-case hexadecimal digits")]
pub struct DatasetIdError {
    text: String,
}

/// All that decides a series. Equal inputs give the same id, and must give the same rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetInputs {
    /// Format of this document and version of the rules by which a series is built; 1.
    pub format: u32,
    /// Product root.
    pub root: ContractRoot,
    /// Bar size. Example: "1m".
    pub bar: String,
    /// Adjustment method. Example: "BACK_ADJUST".
    pub method: String,
    /// First trade date.
    pub from: TradeDate,
    /// Last trade date.
    pub to: TradeDate,
    /// Instant up to which bars and rolls are known.
    pub as_of: UnixNanos,
    /// SHA-256 of the calendar file.
    pub calendar_sha256: Sha256,
    /// Roll policy with its parameters. Example: "monday_before_third_friday@trade_date_open/last_common/60".
    pub roll_policy: String,
    /// Rolls given by hand, or decided from data; empty where the calendar schedules them.
    pub roll_table: Vec<ExplicitRoll>,
    /// Contracts of the series in order of expiry, with what was stored of them.
    pub contracts: Vec<ContractInput>,
    /// Settlement prices and open interest that decided a roll or a spread; absent where none did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settlements: Vec<ContractInput>,
    /// What a series has beyond the ordinary; the document has no such field where it has nothing, so that the names of
    /// ordinary datasets stay.
    #[serde(default, skip_serializing_if = "SeriesVariant::is_ordinary")]
    pub variant: SeriesVariant,
}

/// Choices that most series leave alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesVariant {
    /// Whether every price is rounded to the tick.
    #[serde(default, skip_serializing_if = "is_false")]
    pub snap: bool,
    /// Whether the bars are those of regular trading hours only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub regular_hours: bool,
    /// Contracts behind the front one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub depth: u64,
}

/// One contract of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContractInput {
    /// The contract.
    pub contract: ContractSymbol,
    /// Content digest of its stored bars.
    pub content_sha256: Sha256,
}

/// One roll given by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplicitRoll {
    /// Contract rolled out of.
    pub from_symbol: ContractSymbol,
    /// Contract rolled into.
    pub to_symbol: ContractSymbol,
    /// Instant from which the new contract is active.
    pub roll_ts: UnixNanos,
}

/// One built dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetManifest {
    /// Name; the digest of `inputs`.
    pub dataset_id: DatasetId,
    /// What decided the series.
    pub inputs: DatasetInputs,
    /// Open instants of the series begin here, inclusive.
    pub start: UnixNanos,
    /// Open instants of the series end here, exclusive.
    pub end: UnixNanos,
    /// Content digest of the rows as served.
    pub content_sha256: Sha256,
    /// Contract bars in the range.
    pub rows_in: u64,
    /// Bars of the series.
    pub rows_out: u64,
    /// Sessions in which minutes were missing.
    pub gaps_detected: u64,
    /// Bars of the segments that repeat a minute of the series; 0, because segments do not overlap.
    pub duplicates_removed: u64,
    /// Bars of a contract outside its segment; `rows_in` is `minutes_taken() + minutes_outside_session +
    /// minutes_unfinished + duplicates_removed + rows_inactive`.
    pub rows_inactive: u64,
    /// Bars with a price that is not above zero; the document has no such field where there are none. So with the next.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub nonpositive_rows: u64,
    /// Open of the first of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_nonpositive_time: Option<UnixNanos>,
    /// Minutes of the series outside of its hours.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minutes_outside_session: u64,
    /// Minutes of a larger bar that was not over at the instant of knowledge.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub minutes_unfinished: u64,
    /// Open of the first bar.
    pub first_time: UnixNanos,
    /// Open of the last bar.
    pub last_time: UnixNanos,
    /// Rolls in order of time.
    pub rolls: Vec<RollRecord>,
    /// SHA-256 of each vendor file that the contracts' bars came from, sorted.
    pub sources: Vec<Sha256>,
}

/// One roll of the roll table with the evidence of its spread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollRecord {
    /// Contract rolled out of.
    pub from_symbol: ContractSymbol,
    /// Contract rolled into.
    pub to_symbol: ContractSymbol,
    /// Instant from which the new contract is active.
    pub roll_ts: UnixNanos,
    /// Trade date of the roll.
    pub trade_date: TradeDate,
    /// New minus old price.
    pub spread: Price,
    /// Open of the bar of both prices.
    pub spread_time: UnixNanos,
    /// Open of the new contract's bar, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_time: Option<UnixNanos>,
    /// Old contract's close.
    pub from_price: Price,
    /// New contract's close.
    pub to_price: Price,
    /// Contracts traded in the old contract's bar.
    pub from_volume: u64,
    /// Contracts traded in the new contract's bar.
    pub to_volume: u64,
    /// Spread method. Example: "last_common".
    pub method: String,
    /// The last common minutes with volume on both legs, where there are enough.
    pub common_minutes: Option<CommonMinutesRecord>,
    /// Session minutes between that bar's end and the roll.
    pub stale_session_minutes: u32,
    /// Points added to the bars before this roll, later rolls included; for the forward method to the bars after it,
    /// earlier rolls included.
    pub cumulative_adjustment: Price,
    /// What these bars are multiplied by instead, decimal with 18 places, for reading; no such field unless the method is
    /// a ratio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cumulative_factor: Option<String>,
}

/// Spread over the last common minutes before a roll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommonMinutesRecord {
    /// Median.
    pub median: Price,
    /// Smallest.
    pub min: Price,
    /// Largest.
    pub max: Price,
    /// Open of the oldest of the minutes.
    pub first_time: UnixNanos,
    /// Open of the newest of the minutes.
    pub last_time: UnixNanos,
}

/// One entry of a root's list of builds: the newest entry of a kind is its head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BuildEntry {
    /// Format of this document; 1.
    pub format: u32,
    /// The dataset.
    pub dataset_id: DatasetId,
    /// Adjustment method.
    pub method: String,
    /// Roll policy with its parameters.
    pub roll_policy: String,
    /// As in [`DatasetInputs`].
    #[serde(default, skip_serializing_if = "SeriesVariant::is_ordinary")]
    pub variant: SeriesVariant,
}

impl SeriesVariant {
    /// Whether the series has nothing beyond the ordinary.
    pub fn is_ordinary(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over references")]
const fn is_zero(value: &u64) -> bool {
    *value == 0
}

impl DatasetInputs {
    /// Format written here.
    pub const FORMAT: u32 = 1;

    /// The name of the dataset that these inputs decide: SHA-256 over their JSON, fields in the order of this type,
    /// without spaces, with a line feed at the end.
    pub fn dataset_id(&self) -> DatasetId {
        DatasetId(Sha256::of(&to_bytes(self)))
    }
}

impl DatasetManifest {
    /// The rolls as the pure crates take them.
    ///
    /// # Errors
    /// Where a record names a spread method that this program does not have.
    pub fn roll_evidence(&self) -> Result<Vec<RollEvidence>, UnknownName> {
        self.rolls.iter().map(RollRecord::to_evidence).collect()
    }

    /// The contracts in order of expiry.
    pub fn contracts(&self) -> Vec<ContractSymbol> {
        self.inputs.contracts.iter().map(|input| input.contract).collect()
    }

    /// One-minute bars that the bars of the series are made of.
    pub const fn minutes_taken(&self) -> u64 {
        let others = self.duplicates_removed + self.rows_inactive + self.minutes_outside_session;
        self.rows_in - others - self.minutes_unfinished
    }
}

impl RollRecord {
    /// A record of one roll and what it does, the rolls between it and the contract that stays as traded included.
    pub fn new(roll: &RollEvidence, cumulative: &Shift) -> Self {
        let (cumulative_adjustment, cumulative_factor) = match cumulative {
            Shift::Points(points) => (*points, None),
            Shift::Factor(factor) => (Price::ZERO, Some(factor.to_string())),
        };
        Self {
            from_symbol: roll.from,
            to_symbol: roll.to,
            roll_ts: roll.roll_ts,
            trade_date: roll.trade_date,
            spread: roll.spread,
            spread_time: roll.spread_time,
            to_time: (roll.to_time != roll.spread_time).then_some(roll.to_time),
            from_price: roll.from_price,
            to_price: roll.to_price,
            from_volume: roll.from_volume,
            to_volume: roll.to_volume,
            method: roll.method.to_string(),
            common_minutes: roll.runner_up.map(|minutes| CommonMinutesRecord {
                median: minutes.median,
                min: minutes.min,
                max: minutes.max,
                first_time: minutes.first_time,
                last_time: minutes.last_time,
            }),
            stale_session_minutes: roll.stale_session_minutes,
            cumulative_adjustment,
            cumulative_factor,
        }
    }

    /// The roll as the pure crates take it.
    ///
    /// # Errors
    /// Where the record names a spread method that this program does not have.
    pub fn to_evidence(&self) -> Result<RollEvidence, UnknownName> {
        Ok(RollEvidence {
            from: self.from_symbol,
            to: self.to_symbol,
            roll_ts: self.roll_ts,
            trade_date: self.trade_date,
            spread: self.spread,
            spread_time: self.spread_time,
            to_time: self.to_time.unwrap_or(self.spread_time),
            from_price: self.from_price,
            to_price: self.to_price,
            from_volume: self.from_volume,
            to_volume: self.to_volume,
            method: self.method.parse()?,
            runner_up: self.common_minutes.as_ref().map(|minutes| CommonMinutes {
                median: minutes.median,
                min: minutes.min,
                max: minutes.max,
                first_time: minutes.first_time,
                last_time: minutes.last_time,
            }),
            stale_session_minutes: self.stale_session_minutes,
        })
    }
}

impl DatasetId {
    /// Name of the manifest's object.
    pub(crate) fn object_name(self) -> String {
        format!("datasets/{}.json", self.0)
    }

    /// The digest.
    pub const fn sha256(self) -> Sha256 {
        self.0
    }
}

impl fmt::Display for DatasetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", self.0)
    }
}

impl FromStr for DatasetId {
    type Err = DatasetIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digest = text.strip_prefix("sha256:").and_then(|digits| digits.parse().ok());
        digest.map(Self).ok_or_else(|| DatasetIdError { text: text.chars().take(80).collect() })
    }
}

impl Serialize for DatasetId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DatasetId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}
