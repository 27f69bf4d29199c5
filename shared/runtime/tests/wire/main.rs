//! The serve function seen from the wire: real servers on port 0, real clients, no sleeping.

#![allow(clippy::unwrap_used)]

mod calendars;
mod drain;
mod limits;
mod metrics;
mod plumbing;
mod scene;
mod trace;
