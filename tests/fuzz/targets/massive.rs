//! Massive: minute aggregates with tickers.
#![no_main]

mod importing;

text_target!("massive", importing::row_edits::header_and_blank);
