//! Interactive Brokers: bars as the clients of its API write them.
#![no_main]

mod importing;

text_target!("ibkr", importing::row_edits::header_and_blank);
