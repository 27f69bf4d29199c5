//! All four services in one process on loopback ports.
//!
//! They meet through gRPC exactly as four processes would; only the process and the exporter of metrics are shared, whose
//! series carry a `service` label.
//!
//! What it does not do: it listens on nothing but loopback, it sets no gate (the caller brings the proof), and it leaves
//! nothing behind where one service fails to start: those before it are stopped again.
//!
//! ```no_run
//! # async fn example(gate: peaktrade_gates::OfflineGate) -> Result<(), peaktrade_embedded::StackError> {
//! use peaktrade_embedded::{Extent, Member, Ports, Stack, StackConfig};
//!
//! let config = StackConfig { data_dir: "./data".into(), ports: Ports::Free, calendar_file: None, extent: Extent::Bars };
//! let stack = Stack::start(gate, config).await?;
//! let flight = stack.endpoint(Member::Dataset);
//! stack.stop().await;
//! # Ok(())
//! # }
//! ```

mod stack;

pub use stack::{Extent, METRICS_PORT, Member, Ports, Stack, StackConfig, StackError, TradingFiles};
