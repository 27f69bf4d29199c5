//! Value types as text in every serialized form, in the spelling that `Display` writes and `FromStr` reads: exact, and
//! legible to a person who opens a journal or an event file.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{ContractRoot, ContractSymbol, Price, Sha256, TradeDate, UnixNanos, Usd};

macro_rules! as_text {
    ($($value:ty),+) => {$(
        impl Serialize for $value {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $value {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )+};
}

as_text!(ContractRoot, ContractSymbol, Price, Sha256, TradeDate, UnixNanos, Usd);
