//! Barchart: downloads with a last line that is no row.
#![no_main]

mod importing;

text_target!("barchart", importing::row_edits::header_blank_and_trailer);
