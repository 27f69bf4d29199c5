//! Writes a quarterly set as the files that the original builder reads, `{SYMBOL}.parquet` and `segments.json`.
//!
//! `cargo run --release -p peaktrade-parity --example quarterly_files -- FOLDER [FIRST_CONTRACT] [CONTRACTS] [SEED]`

use std::error::Error;
use std::fs;
use std::path::Path;

use peaktrade_market::{QuarterlySet, TickBar, segments_json};
use peaktrade_parity::Frame;
use peaktrade_parity::files::write_parquet;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |nth: usize, default: &str| arguments.get(nth).cloned().unwrap_or_else(|| default.to_owned());
    let folder = Path::new(arguments.first().ok_or("name the folder to write to")?);
    let seed = argument(3, &QuarterlySet::SEED.to_string()).parse()?;
    let set = QuarterlySet::new(argument(1, "NQH2024").parse()?, argument(2, "8").parse()?, seed)?;
    fs::create_dir_all(folder)?;
    let mut segments = Vec::new();
    for made in set.contracts() {
        let bars = &made.contract.bars;
        let column = |cell: fn(&TickBar) -> f64| bars.iter().map(cell).collect::<Vec<f64>>();
        let columns = [
            column(|bar| TickBar::price(bar.open).to_f64()),
            column(|bar| TickBar::price(bar.high).to_f64()),
            column(|bar| TickBar::price(bar.low).to_f64()),
            column(|bar| TickBar::price(bar.close).to_f64()),
            column(|bar| f64::from(bar.volume)),
        ];
        let frame = Frame::of_ohlcv(bars.iter().map(|bar| bar.open_time.nanos()).collect(), columns);
        write_parquet(&folder.join(format!("{}.parquet", made.contract.symbol)), &frame)?;
        segments.push(made.segment);
    }
    fs::write(folder.join("segments.json"), segments_json(&segments))?;
    Ok(())
}
