//! FirstRate Data: minutes with or without a header.
#![no_main]

mod importing;

text_target!("firstrate", importing::row_edits::perhaps_header_and_blank);
