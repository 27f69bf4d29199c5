//! The dataset service over the wire: a real server on port 0, real clients.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod building;
mod crashing;
mod damage;
mod determinism;
mod events;
mod flight;
mod full_disk;
mod importing;
mod long_series;
mod one_service;
mod program;
mod real_files;
mod repeating;
mod roll_tables;
mod rolls;
mod server;
mod upkeep;
mod variants;
mod vendor_series;
mod walking;
