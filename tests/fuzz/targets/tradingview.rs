//! TradingView: chart exports of a dated contract.
#![no_main]

mod importing;

text_target!("tradingview", importing::row_edits::header_and_blank);
