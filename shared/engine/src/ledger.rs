//! The account: positions in lots, realized profit and loss, fees, cash. Multiplier-true and exact: no amount is ever
//! rounded, because lots close first in, first out and every price difference is a whole number of micro-dollars.

use std::collections::{BTreeMap, VecDeque};

use peaktrade_domain::{ContractSymbol, Price, Side, Usd};

/// Contracts of a position at most, either way: keeps every product below within 64 bits.
pub const POSITION_MAX: i64 = 1_000_000;

/// Cash, positions and what they have earned. `cash = start + realized - fees`; `equity = cash + unrealized`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    start: Usd,
    realized: Usd,
    fees: Usd,
    positions: BTreeMap<ContractSymbol, Position>,
}

/// What is held of one contract; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    side: Side,
    multiplier: Usd,
    quantity: i64,
    /// Sum over open lots of price in 1e-9 points times contracts.
    open_value: i128,
    lots: VecDeque<Lot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Lot {
    price: Price,
    quantity: i64,
}

/// A fill to book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Booking {
    /// Contract.
    pub contract: ContractSymbol,
    /// Dollars per index point.
    pub multiplier: Usd,
    /// Buy or sell.
    pub side: Side,
    /// Contracts.
    pub quantity: u32,
    /// Price.
    pub price: Price,
    /// Fee for all of them.
    pub fee: Usd,
}

/// An amount that leaves the range of exact arithmetic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// Not a whole number of micro-dollars, or beyond 64 bits.
    #[error("{what} of {contract} is not an exact amount of micro-dollars within 64 bits")]
    Inexact {
        /// What was computed.
        what: &'static str,
        /// Contract.
        contract: ContractSymbol,
    },
    /// A sum beyond 64 bits.
    #[error("{what} leaves the range of 64 bits")]
    Overflow {
        /// What was computed.
        what: &'static str,
    },
    /// More contracts than an account may hold.
    #[error("position of {quantity} {contract} exceeds {POSITION_MAX}")]
    PositionTooLarge {
        /// Contract.
        contract: ContractSymbol,
        /// Contracts it would be.
        quantity: i64,
    },
    /// A held contract has no price.
    #[error("no mark for {contract}")]
    NoMark {
        /// Contract.
        contract: ContractSymbol,
    },
}

impl Ledger {
    /// An account with nothing but cash.
    pub const fn new(start: Usd) -> Self {
        Self { start, realized: Usd::ZERO, fees: Usd::ZERO, positions: BTreeMap::new() }
    }

    /// Profit and loss of closed contracts, before fees.
    pub const fn realized(&self) -> Usd {
        self.realized
    }

    /// Fees paid.
    pub const fn fees(&self) -> Usd {
        self.fees
    }

    /// Open positions in order of contract.
    pub const fn positions(&self) -> &BTreeMap<ContractSymbol, Position> {
        &self.positions
    }

    /// Contracts held, short ones negative.
    pub fn quantity(&self, contract: ContractSymbol) -> i64 {
        self.positions.get(&contract).map_or(0, Position::quantity)
    }

    /// Start plus realized minus fees.
    ///
    /// # Errors
    /// Where the sum leaves the range.
    pub fn cash(&self) -> Result<Usd, LedgerError> {
        self.start
            .checked_add(self.realized)
            .and_then(|gross| gross.checked_sub(self.fees))
            .ok_or(LedgerError::Overflow { what: "cash" })
    }

    /// Profit and loss of open contracts at marks.
    ///
    /// # Errors
    /// Where a held contract has no mark or an amount leaves the range.
    pub fn unrealized(&self, mark: impl Fn(ContractSymbol) -> Option<Price>) -> Result<Usd, LedgerError> {
        let mut sum = Usd::ZERO;
        for (contract, position) in &self.positions {
            let contract = *contract;
            let mark = mark(contract).ok_or(LedgerError::NoMark { contract })?;
            let value = position
                .unrealized(mark)
                .ok_or(LedgerError::Inexact { what: "unrealized profit and loss", contract })?;
            sum = sum.checked_add(value).ok_or(LedgerError::Overflow { what: "unrealized profit and loss" })?;
        }
        Ok(sum)
    }

    /// Books a fill: closes the oldest opposite lots first, opens a lot with the rest. Returns the profit and loss that
    /// it realized, before fees. On an error nothing has changed.
    ///
    /// # Errors
    /// Where an amount leaves the range.
    pub fn book(&mut self, booking: &Booking) -> Result<Usd, LedgerError> {
        let contract = booking.contract;
        let empty = Position::empty(booking.side, booking.multiplier);
        let mut position = self.positions.get(&contract).cloned().unwrap_or(empty);
        let gained = position
            .take(booking.side, booking.price, i64::from(booking.quantity))
            .ok_or(LedgerError::Inexact { what: "realized profit and loss", contract })?;
        if position.quantity > POSITION_MAX {
            return Err(LedgerError::PositionTooLarge { contract, quantity: position.quantity });
        }
        let realized = self.realized.checked_add(gained);
        let realized = realized.ok_or(LedgerError::Overflow { what: "realized profit and loss" })?;
        self.fees = self.fees.checked_add(booking.fee).ok_or(LedgerError::Overflow { what: "fees" })?;
        self.realized = realized;
        if position.quantity == 0 {
            self.positions.remove(&contract);
        } else {
            self.positions.insert(contract, position);
        }
        Ok(gained)
    }
}

impl Position {
    const fn empty(side: Side, multiplier: Usd) -> Self {
        Self { side, multiplier, quantity: 0, open_value: 0, lots: VecDeque::new() }
    }

    /// Contracts, short ones negative.
    pub const fn quantity(&self) -> i64 {
        self.quantity * self.side.sign()
    }

    /// Average entry price of the open lots as an exact fraction: 1e-9 points, contracts.
    pub const fn average_entry(&self) -> (i128, i64) {
        (self.open_value, self.quantity)
    }

    /// Profit and loss at a mark; `None` where it is no exact amount.
    fn unrealized(&self, mark: Price) -> Option<Usd> {
        let value = i128::from(mark.nanos()).checked_mul(i128::from(self.quantity))?;
        let gain = value.checked_sub(self.open_value)?.checked_mul(i128::from(self.side.sign()))?;
        usd_of(gain, self.multiplier)
    }

    /// Takes a fill; returns what it realized, or `None` (and is then to be thrown away) where that is no exact amount.
    fn take(&mut self, side: Side, price: Price, quantity: i64) -> Option<Usd> {
        let mut rest = quantity;
        let mut gained: i128 = 0;
        while side != self.side && rest > 0 {
            let Some(lot) = self.lots.front_mut() else { break };
            let closed = rest.min(lot.quantity);
            let points = i128::from(price.nanos()) - i128::from(lot.price.nanos());
            gained += points * i128::from(closed) * i128::from(self.side.sign());
            self.open_value -= i128::from(lot.price.nanos()) * i128::from(closed);
            self.quantity -= closed;
            rest -= closed;
            lot.quantity -= closed;
            if lot.quantity == 0 {
                self.lots.pop_front();
            }
        }
        if rest > 0 {
            // Either the same side, or every opposite lot is closed and the position turns.
            self.side = side;
            self.open_value += i128::from(price.nanos()) * i128::from(rest);
            self.quantity += rest;
            self.lots.push_back(Lot { price, quantity: rest });
        }
        usd_of(gained, self.multiplier)
    }
}

/// Dollars of a sum of 1e-9 points times contracts; `None` where they are no whole number of micro-dollars.
fn usd_of(nanos_contracts: i128, multiplier: Usd) -> Option<Usd> {
    let scaled = nanos_contracts.checked_mul(i128::from(multiplier.micros()))?;
    let scale = i128::from(Price::SCALE);
    if scaled % scale != 0 {
        return None;
    }
    i64::try_from(scaled / scale).ok().map(Usd::from_micros)
}

/// A fraction of 1e-9 points rounded half to even, as a price for display; `None` for an empty denominator or a result
/// beyond 64 bits.
pub fn rounded_average(value: i128, contracts: i64) -> Option<Price> {
    if contracts <= 0 {
        return None;
    }
    let contracts = i128::from(contracts);
    let floor = value.div_euclid(contracts);
    let twice_rest = value.rem_euclid(contracts) * 2;
    let rounds_up = twice_rest > contracts || (twice_rest == contracts && floor % 2 != 0);
    i64::try_from(floor + i128::from(rounds_up)).ok().map(Price::from_nanos)
}

#[cfg(test)]
mod tests;
