//! Risk decision, matching, margin and ledger of paper trading in CME futures.
//!
//! The same code decides in the services, in replays and in simulation tests: it sees no clock, file, network or
//! environment, and whatever it needs to know is passed in.
//!
//! ```
//! use peaktrade_domain::Side;
//! use peaktrade_engine::order::{Order, OrderType, TimeInForce};
//!
//! let order = Order {
//!     session_id: "up-1".to_owned(),
//!     account: "demo".to_owned(),
//!     client_order_id: "o-1".to_owned(),
//!     contract: "NQU2026".parse().unwrap(),
//!     side: Side::Buy,
//!     quantity: 2,
//!     order_type: OrderType::Market,
//!     time_in_force: TimeInForce::Day,
//! };
//! // A permit is bound to every field of the order.
//! assert_ne!(order.digest(), Order { quantity: 3, ..order.clone() }.digest());
//! ```

mod dated;
pub mod fees;
pub mod ledger;
pub mod margins;
pub mod matching;
pub mod order;
pub mod permit;
pub mod risk;
pub mod session;
