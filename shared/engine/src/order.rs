//! The order as the risk gate judges it and the paper broker executes it.

use peaktrade_domain::{ContractSymbol, Sha256, Side};
use serde::{Deserialize, Serialize};

/// How an order executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OrderType {
    /// At the next eligible bar's open plus slippage.
    Market,
}

/// How long an order works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TimeInForce {
    /// Until the end of the trade date on which it was accepted.
    Day,
}

/// One order for one dated contract.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Session that the order belongs to.
    pub session_id: String,
    /// Account inside the session.
    pub account: String,
    /// Caller's key, unique per session and account.
    pub client_order_id: String,
    /// Dated contract.
    pub contract: ContractSymbol,
    /// Buy or sell.
    pub side: Side,
    /// Contracts, at least 1.
    pub quantity: u32,
    /// How it executes.
    pub order_type: OrderType,
    /// How long it works.
    pub time_in_force: TimeInForce,
}

/// Separates the digest of an order from every other use of SHA-256.
const DOMAIN: &[u8] = b"peaktrade.order.v1\0";

impl Order {
    /// Largest quantity of one order, as the wire's field says.
    pub const QUANTITY_MAX: u32 = 100_000;

    /// Every field in order, each preceded by its length in four bytes, big-endian, so that no two orders share bytes.
    pub fn canonical_bytes(&self) -> Vec<u8> {
        let contract = self.contract.to_string();
        let side = match self.side {
            Side::Buy => "BUY",
            Side::Sell => "SELL",
        };
        let order_type = match self.order_type {
            OrderType::Market => "MARKET",
        };
        let time_in_force = match self.time_in_force {
            TimeInForce::Day => "DAY",
        };
        let quantity = self.quantity.to_be_bytes();
        let fields: [&[u8]; 8] = [
            self.session_id.as_bytes(),
            self.account.as_bytes(),
            self.client_order_id.as_bytes(),
            contract.as_bytes(),
            side.as_bytes(),
            &quantity,
            order_type.as_bytes(),
            time_in_force.as_bytes(),
        ];
        let mut bytes = DOMAIN.to_vec();
        for field in fields {
            // Fields come from messages of bounded size; a longer one could not have arrived.
            bytes.extend_from_slice(&u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
            bytes.extend_from_slice(field);
        }
        bytes
    }

    /// SHA-256 over [`Self::canonical_bytes`]: what a permit is bound to.
    pub fn digest(&self) -> Sha256 {
        Sha256::of(&self.canonical_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, OrderType, TimeInForce};
    use peaktrade_domain::Side;

    fn order() -> Order {
        Order {
            session_id: "s".to_owned(),
            account: "demo".to_owned(),
            client_order_id: "o-1".to_owned(),
            contract: "NQU2026".parse().unwrap(),
            side: Side::Buy,
            quantity: 2,
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Day,
        }
    }

    /// Stored permits and journals depend on these bytes; a change here is a new version of the domain string.
    #[test]
    fn canonical_bytes_are_fixed() {
        let expected = b"peaktrade.order.v1\0\0\0\0\x01s\0\0\0\x04demo\0\0\0\x03o-1\0\0\0\x07NQU2026\0\0\0\x03BUY\
            \0\0\0\x04\0\0\0\x02\0\0\0\x06MARKET\0\0\0\x03DAY";
        assert_eq!(order().canonical_bytes(), expected);
    }

    #[test]
    fn every_field_changes_the_digest() {
        let changes: [fn(&mut Order); 6] = [
            |order| order.session_id = "t".to_owned(),
            |order| order.account = "demO".to_owned(),
            |order| order.client_order_id = "o-2".to_owned(),
            |order| order.contract = "NQZ2026".parse().unwrap(),
            |order| order.side = Side::Sell,
            |order| order.quantity = 3,
        ];
        let mut digests = vec![order().digest()];
        for change in changes {
            let mut changed = order();
            change(&mut changed);
            digests.push(changed.digest());
        }
        // A byte that moves from one field to the next must not give the same bytes.
        let mut shifted = order();
        shifted.session_id = "sd".to_owned();
        shifted.account = "emo".to_owned();
        digests.push(shifted.digest());
        let count = digests.len();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), count);
    }
}
