//! The broker over the wire: a real server and a real client, with a calendar, a dataset service and a risk gate that do
//! what a test tells them to.
#![allow(clippy::unwrap_used)]

mod bars;
mod desk;
mod failing;
mod gate;
mod orders;
mod outages;
mod restart;
mod sessions;
