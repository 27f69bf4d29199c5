//! Tests over the whole workspace. They start the real binaries and speak to them as a client would.
#![allow(clippy::unwrap_used)]

mod layering;
mod sources;
mod workspace;
