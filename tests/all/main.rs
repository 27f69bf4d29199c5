//! Tests over the whole workspace. They start the real binaries and speak to them as a client would.
#![allow(clippy::unwrap_used)]

mod calendar_verbs;
mod end_to_end;
mod flaws;
mod gates;
mod layering;
mod market;
mod processes;
mod real_files;
mod replays;
mod sources;
mod traps;
mod workspace;
