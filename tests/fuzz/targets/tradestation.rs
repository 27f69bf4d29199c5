//! TradeStation: the data window, stamped at the close.
#![no_main]

mod importing;

text_target!("tradestation", importing::row_edits::header_and_blank);
