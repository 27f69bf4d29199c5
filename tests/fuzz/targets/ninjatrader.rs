//! NinjaTrader: exports of minutes, stamped at the close.
#![no_main]

mod importing;

text_target!("ninjatrader", |_| 0);
