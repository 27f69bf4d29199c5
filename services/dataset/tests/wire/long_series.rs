//! Long series: processor time grows with their length, memory does not. The longest take minutes and are measured by hand:
//!
//! `PEAKTRADE_LONG_SERIES=1 cargo test --release -p peaktrade-dataset --test wire long_series -- --nocapture`

use std::fmt::Write as _;
use std::path::Path;

use peaktrade_continuous::{Bar, Bars};
use peaktrade_domain::{Calendar, ContractMonth, ContractSymbol, Price, Segment, Sha256, TradeDate, UnixNanos};
use peaktrade_store::{BarStore, DispositionCounts, ImportedContract, ImportedFile};
use peaktrade_wire::dataset::v1 as wire;

use crate::program::Program;
use crate::server::{back_adjust, serve_calendar_file};

/// A calendar file spans sixty years at most, which are 240 quarterly contracts.
const FIRST_YEAR: u16 = 2015;
const LAST_YEAR: u16 = 2074;
const SIZES: [usize; 4] = [8, 24, 80, 240];
/// Of these the ones that are always run.
const SIZES_ALWAYS: std::ops::Range<usize> = 1..2;
/// What a process may need at most, MiB: the months held and what the allocator keeps beside them.
const PEAK_MIB_MAX: f64 = 400.0;
const QUARTERS: [u32; 4] = [3, 6, 9, 12];

/// The shipped calendar, its years after the last ones filled with a closed day each: an example of none that will be.
fn long_calendar() -> String {
    let shipped = Calendar::shipped();
    let mut rows = String::new();
    for year in shipped.valid_to().to_string()[..4].parse::<u16>().unwrap() + 1..=LAST_YEAR {
        // The first weekday of the year.
        let day = (1..4).find(|day| {
            let midnight: UnixNanos = format!("{year}-01-0{day}T00:00:00Z").parse().unwrap();
            // The epoch was a Thursday; Saturday and Sunday are days 2 and 3 after it.
            ![2, 3].contains(&(midnight.nanos() / UnixNanos::MINUTE / 1_440 % 7))
        });
        writeln!(
            rows,
            "  {{ date = \"{year}-01-0{}\", kind = \"closed\", name = \"Example\", source = \"projected-from-rules\", \
             confidence = \"projected\" }},",
            day.unwrap()
        )
        .unwrap();
    }
    // The file's own end and those of its tables.
    let of_line = |line: &str| match line.strip_prefix("valid_to = ") {
        Some(_) => format!("valid_to = \"{LAST_YEAR}-12-31\"\n"),
        None => format!("{line}\n"),
    };
    let mut text: String = Calendar::SHIPPED_FILE.lines().map(of_line).collect();
    let last_exception = text.find("date = \"2027-12-24\"").unwrap();
    let line_end = last_exception + text[last_exception..].find('\n').unwrap() + 1;
    text.insert_str(line_end, &rows);
    text
}

fn contracts() -> Vec<ContractSymbol> {
    let root = "NQ".parse().unwrap();
    let of_year = |year| QUARTERS.map(|month| (ContractMonth::from_number(month).unwrap(), year));
    let all = (FIRST_YEAR..=LAST_YEAR).flat_map(of_year);
    all.map(|(month, year)| ContractSymbol::new(root, month, year).unwrap()).collect()
}

/// Every open minute of the four months up to the roll and some days: a price that moves, and a volume.
fn bars(calendar: &Calendar, contract: ContractSymbol, level: i64) -> Bars {
    let (year, month) = (contract.year(), contract.month().number());
    let (from_year, from_month) = if month > 3 { (year, month - 3) } else { (year - 1, month + 9) };
    let from: TradeDate = format!("{from_year}-{from_month:02}-02").parse().unwrap();
    let to: TradeDate = format!("{year}-{month:02}-17").parse().unwrap();
    let mut bars = Bars::default();
    for session in calendar.sessions(from.max(calendar.valid_from()), to).unwrap() {
        for Segment { open, close } in &session.segments {
            for ts in (open.nanos()..close.nanos()).step_by(60_000_000_000) {
                let minute = ts / 60_000_000_000;
                let quarter = Price::SCALE / 4;
                let open = (level + minute * 7_919 % 401) * quarter;
                let (high, low) = (open + 3 * quarter, open - 2 * quarter);
                bars.push(Bar { ts, open, high, low, close: open + quarter, volume: minute % 900 + 1 });
            }
        }
    }
    bars
}

/// Places contracts in a store as an import would leave them.
async fn place(folder: &Path, calendar: &Calendar, contracts: &[ContractSymbol]) -> u64 {
    let store = BarStore::open(&folder.join("dataset")).await.unwrap();
    let mut rows = 0;
    for (contract, level) in contracts.iter().zip((60_000..).step_by(100)) {
        let bars = bars(calendar, *contract, level);
        rows += bars.len() as u64;
        let (dispositions, calendar_sha256) = (DispositionCounts::default(), calendar.sha256());
        let of_contract = ImportedContract { contract: *contract, bars, dispositions, calendar_sha256 };
        let file = ImportedFile {
            format: "ninjatrader".into(),
            reading: std::collections::BTreeMap::default(),
            contracts: vec![of_contract],
            dispositions,
        };
        let name = format!("{contract}.txt");
        store.publish(&file, &name, Sha256::of(name.as_bytes()), &[]).await.unwrap();
    }
    rows
}

/// Processor seconds and peak memory of one piece of work.
#[derive(Clone, Copy, Debug)]
struct Cost {
    cpu_s: f64,
    peak_mib: f64,
}

async fn cost(program: &Program, work: impl Future<Output = ()>) -> Cost {
    program.forget_peak();
    let before = program.cpu_seconds();
    work.await;
    Cost { cpu_s: program.cpu_seconds() - before, peak_mib: program.peak_mib() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "a table for who runs it by hand")]
async fn long_series_cost_time_and_no_memory() {
    let text = long_calendar();
    let calendar = Calendar::parse(&text).unwrap();
    let endpoint = serve_calendar_file(text).await;
    let all = contracts();
    let mut costs = Vec::new();
    println!("contracts     stored    series   build s  build MiB   first DoGet s  MiB   second DoGet s  MiB");
    let is_measured = std::env::var_os("PEAKTRADE_LONG_SERIES").is_some();
    let sizes = if is_measured { &SIZES[..] } else { &SIZES[SIZES_ALWAYS] };
    for size in sizes.iter().copied() {
        let folder = tempfile::tempdir().unwrap();
        let stored = place(folder.path(), &calendar, &all[..size]).await;
        let program = Program::start(folder.path(), &endpoint, 2).await;
        let mut dataset = wire::Dataset::default();
        let build = cost(&program, async { dataset = program.build(back_adjust()).await }).await;
        assert_eq!((dataset.contracts.len(), dataset.rolls.len()), (size, size - 1));
        drop(program);
        // A process of its own, which holds nothing of the build.
        let program = Program::start(folder.path(), &endpoint, 2).await;
        let (mut rows, mut messages, mut gets) = (0, 0, Vec::new());
        for _ in 0..2 {
            (rows, messages) = (0, 0);
            let get = program.stream(&["continuous", "NQ", "1m", "BACK_ADJUST"], |message| {
                rows += message.data_body.len() as u64 / 48;
                messages += 1;
            });
            gets.push(cost(&program, get).await);
        }
        // Each of a message's six buffers is padded to 64 bytes, together to less than eight rows.
        assert!((dataset.rows_out..dataset.rows_out + 8 * messages).contains(&rows), "{rows}, {}", dataset.rows_out);
        println!(
            "{size:>9} {stored:>10} {rows:>9}   {:>7.2}  {:>9.0}   {:>13.2}  {:>3.0}   {:>14.2}  {:>3.0}",
            build.cpu_s, build.peak_mib, gets[0].cpu_s, gets[0].peak_mib, gets[1].cpu_s, gets[1].peak_mib
        );
        costs.push((size, build, gets[1]));
    }
    for (size, build, get) in &costs {
        assert!(
            build.peak_mib.max(get.peak_mib) < PEAK_MIB_MAX,
            "{size} contracts: {} {}",
            build.peak_mib,
            get.peak_mib
        );
    }
    if !is_measured {
        return;
    }
    // Ten times the contracts: ten times the time, and the memory of the months that are held.
    let [small, large] = [24, 240].map(|wanted| costs.iter().find(|(size, ..)| *size == wanted).unwrap());
    for (what, small, large) in [("build", small.1, large.1), ("DoGet", small.2, large.2)] {
        let (time, memory) = (large.cpu_s / small.cpu_s, large.peak_mib - small.peak_mib);
        println!("{what}: 10 times the contracts cost {time:.2} times the CPU and {memory:+.0} MiB");
        assert!(memory < 64.0, "{what}: memory grows with the series");
    }
}
