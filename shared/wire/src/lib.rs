//! The wire: generated protobuf code, conversions to and from domain values, and the mapping of errors to gRPC status.
//!
//! What it does not do: no I/O and no policy; a conversion either yields the domain value or names the field that was
//! wrong and what was allowed.
//!
//! ```
//! use peaktrade_wire::common::v1::Side;
//! assert_eq!(peaktrade_wire::side(i32::from(Side::Buy), "order.side").unwrap(), peaktrade_domain::Side::Buy);
//! ```

mod convert;

pub use convert::{
    FieldError, decimal_price, decimal_usd, identifier, instant, side, side_to_wire, symbol, timestamp, trade_date,
};

macro_rules! package {
    ($name:ident, $file:literal, $doc:literal) => {
        #[doc = $doc]
        pub mod $name {
            #[doc = $doc]
            #[allow(
                missing_docs,
                clippy::all,
                clippy::pedantic,
                unreachable_pub,
                clippy::wildcard_imports,
                rustdoc::all
            )]
            pub mod v1 {
                include!(concat!("gen/", $file));
            }
        }
    };
}

package!(common, "peaktrade.futures.common.v1.rs", "Messages that more than one service speaks.");
package!(calendar, "peaktrade.futures.calendar.v1.rs", "Calendar and contract service.");
package!(dataset, "peaktrade.futures.dataset.v1.rs", "Dataset service, control plane and Flight messages.");
package!(risk, "peaktrade.futures.risk.v1.rs", "Risk gate.");
package!(broker, "peaktrade.futures.broker.v1.rs", "Paper broker.");

/// Descriptor sets for server reflection, one per service, so that each lists itself alone.
pub mod descriptors {
    /// Calendar service.
    pub const CALENDAR: &[u8] = include_bytes!("gen/calendar.bin");
    /// Dataset service.
    pub const DATASET: &[u8] = include_bytes!("gen/dataset.bin");
    /// Risk gate.
    pub const RISK: &[u8] = include_bytes!("gen/risk.bin");
    /// Paper broker.
    pub const BROKER: &[u8] = include_bytes!("gen/broker.bin");
}
