//! For tests only: the real binaries as processes on free loopback ports.
//!
//! A test that signals, kills and restarts must do so to the programs that users run, not to tasks of its own process.
//! Everything here panics with the facts when the machine does not do what a test needs; nothing here ships.
//!
//! What it does not do: it reaches no address but loopback, ends no process that it did not start, and leaves none
//! behind when a value is dropped.
//!
//! ```no_run
//! use peaktrade_testkit::{Service, Stack};
//!
//! let mut stack = Stack::start();
//! stack.signal(Service::RiskGate, "KILL");
//! assert!(!stack.is_running(Service::RiskGate));
//! stack.restart(Service::RiskGate);
//! ```

mod binaries;
mod ports;
mod process;
mod stack;

pub use binaries::{binary, repository};
pub use ports::free_port;
pub use process::{Process, Run, run_to_end};
pub use stack::{GATES, Service, Stack};
