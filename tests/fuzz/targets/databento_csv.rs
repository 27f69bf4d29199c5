//! Databento: CSV of bars, in both of its dialects.
#![no_main]

mod importing;

text_target!("databento", |_| 1);
