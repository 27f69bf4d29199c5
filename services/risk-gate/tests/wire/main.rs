//! The gate over the wire: a real server on port 0, real clients, a calendar served beside it.
#![allow(clippy::unwrap_used)]

mod calendar;
mod decisions;
mod desk;
mod durability;
mod failing;
mod refusals;
