//! Sierra Chart: bar data as text.
#![no_main]

mod importing;

text_target!("sierra", importing::row_edits::header_and_blank);
