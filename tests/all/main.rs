//! Tests over the whole workspace. They start the real binaries and speak to them as a client would.
#![allow(clippy::unwrap_used)]

mod calendar_verbs;
mod dataset_verbs;
mod desk;
mod end_to_end;
mod flaws;
mod gates;
mod import_verb;
mod layering;
mod market;
mod processes;
mod real_files;
mod replays;
mod roll_verbs;
mod settlement_verbs;
mod sources;
mod traps;
mod validate_verb;
mod vendor_series;
mod workspace;
