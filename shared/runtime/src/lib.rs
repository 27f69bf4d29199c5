//! The one serve function of all services, with what every service needs around its handlers: health per service,
//! reflection, layers, limits, metrics, logs with trace ids, shutdown with a deadline, and the clients to the others.
//!
//! What it does not do: it knows no product, no order and no bar. It terminates no TLS and authenticates nobody: the
//! stack listens on loopback or on a network without a way out. It never serves without an
//! [`OfflineGate`](peaktrade_gates::OfflineGate), taken by value.
//!
//! ```no_run
//! use peaktrade_runtime::{MetricsTarget, Registry, ServeOptions, Service, StartError, start};
//!
//! # async fn example(gate: peaktrade_gates::OfflineGate, routes: tonic::service::Routes) -> Result<(), StartError> {
//! let service = Service::new(
//!     "calendar",
//!     routes,
//!     &["peaktrade.futures.calendar.v1.CalendarService"],
//!     peaktrade_wire::descriptors::CALENDAR,
//!     Registry::new("calendar"),
//! );
//! let options = ServeOptions::new("127.0.0.1:9121".parse().unwrap(), MetricsTarget::Off);
//! let running = start(gate, options, service).await?;
//! running.wait_for_signal_then_stop().await?;
//! # Ok(())
//! # }
//! ```

pub mod calendar;
pub mod client;
mod layers;
pub mod metrics;
mod observed_body;
pub mod program;
mod serve;
mod service;
pub mod telemetry;

pub use layers::CALENDAR_SHA256_HEADER;
pub use metrics::{Exporter, Registry};
pub use serve::{Drained, Running, start};
pub use service::{CallRecord, Handler, MetricsTarget, ServeOptions, Service, StartError, Transport};
