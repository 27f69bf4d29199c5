//! The dataset service over the wire: a real server on port 0, real clients.

#![allow(clippy::unwrap_used)]

mod building;
mod crashing;
mod flight;
mod importing;
mod real_files;
mod server;
