//! Exposure in contracts of a family's largest member: 10 MNQ are 1 NQ.

use std::fmt;
use std::str::FromStr;

use peaktrade_domain::{Calendar, CalendarError, ContractRoot, ContractSpec, ContractSymbol, Side, UnixNanos};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::book::SessionBook;

/// A number of contracts of a family's largest member, exact to a millionth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contracts(i128);

/// What keeps an exposure from being known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ExposureFault {
    /// A root has no specification.
    Unknown(CalendarError),
    /// The weight of a root is no whole number of millionths.
    Inexact(ContractRoot),
}

const SCALE: i128 = 1_000_000;

impl Contracts {
    /// None.
    pub const ZERO: Self = Self(0);

    /// A quantity of contracts in units of the family's largest; `None` where that is not exact to a millionth.
    pub fn of(quantity: i64, spec: &ContractSpec) -> Option<Self> {
        let (numerator, denominator) = spec.family_weight;
        // 2^63 x 2^20 x 2^32 stays within an i128.
        let scaled = i128::from(quantity) * SCALE * i128::from(numerator);
        let denominator = i128::from(denominator);
        (denominator > 0 && scaled % denominator == 0).then(|| Self(scaled / denominator))
    }

    /// The sum. Sums of positions stay far inside the range.
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl FromStr for Contracts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error =
            || format!("{text:?} is not a decimal number of contracts with at most 6 decimals, such as \"0.5\"");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let is_decimal = |digits: &str, most: usize| {
            (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !is_decimal(whole, 9) || !is_decimal(fraction, 6) {
            return Err(error());
        }
        format!("{whole}{fraction:0<6}").parse().map(Self).map_err(|_| error())
    }
}

impl<'de> Deserialize<'de> for Contracts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl fmt::Display for Contracts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let scale = SCALE.unsigned_abs();
        let fraction = format!("{:06}", magnitude % scale);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{fraction}", magnitude / scale)
    }
}

/// An order that is not in the book yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addition {
    pub(super) contract: ContractSymbol,
    pub(super) quantity: u32,
}

/// Contracts of a family that would be held on one side if every open order on that side were filled, none on the other,
/// and the addition too.
///
/// Each contract counts by itself: a long in one month is not offset by a short in another, so that closing either leg
/// of a spread can only lower the figure.
pub(super) fn worst_case(
    session: &SessionBook,
    calendar: &Calendar,
    family: ContractRoot,
    side: Side,
    now: UnixNanos,
    addition: Option<Addition>,
) -> Result<Contracts, ExposureFault> {
    let mut total = Contracts::ZERO;
    let added = addition.map(|addition| addition.contract);
    for contract in session.contracts().into_iter().chain(added.filter(|contract| !session.knows(*contract))) {
        let spec = calendar.spec(contract.root()).map_err(ExposureFault::Unknown)?;
        if spec.family != family {
            continue;
        }
        let mut quantity = session.position(contract).saturating_mul(side.sign());
        quantity = quantity.saturating_add(session.outstanding(contract, side, now));
        if let Some(addition) = addition.filter(|addition| addition.contract == contract) {
            quantity = quantity.saturating_add(i64::from(addition.quantity));
        }
        let weighted = Contracts::of(quantity.max(0), spec).ok_or(ExposureFault::Inexact(contract.root()))?;
        total = total.plus(weighted);
    }
    Ok(total)
}

/// Contracts of all open orders on one side, in units of their families' largest.
pub(super) fn outstanding(
    session: &SessionBook,
    calendar: &Calendar,
    side: Side,
    now: UnixNanos,
) -> Result<Contracts, ExposureFault> {
    let mut total = Contracts::ZERO;
    for contract in session.contracts() {
        let spec = calendar.spec(contract.root()).map_err(ExposureFault::Unknown)?;
        let quantity = session.outstanding(contract, side, now);
        total = total.plus(Contracts::of(quantity, spec).ok_or(ExposureFault::Inexact(contract.root()))?);
    }
    Ok(total)
}
