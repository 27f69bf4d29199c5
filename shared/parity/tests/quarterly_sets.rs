//! The digests of the long synthetic sets, as the original computed them from its own files.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use peaktrade_domain::Price;
use peaktrade_market::{ContractBars, QuarterlySet};
use peaktrade_parity::builder::{Adjustment, Checks, Segment, SegmentStamp, build};
use peaktrade_parity::{Frame, OhlcvDigest, frame_digest};

fn frame(contract: &ContractBars) -> Frame {
    let bars = &contract.bars;
    let points = |ticks: i64| ticks as f64 * 0.25;
    let columns = [
        bars.iter().map(|bar| points(bar.open)).collect(),
        bars.iter().map(|bar| points(bar.high)).collect(),
        bars.iter().map(|bar| points(bar.low)).collect(),
        bars.iter().map(|bar| points(bar.close)).collect(),
        bars.iter().map(|bar| f64::from(bar.volume)).collect(),
    ];
    Frame::of_ohlcv(bars.iter().map(|bar| bar.open_time.nanos()).collect(), columns)
}

/// Frames and segments of a set.
fn set(set: QuarterlySet) -> (BTreeMap<String, Frame>, Vec<Segment>) {
    let mut frames = BTreeMap::new();
    let mut segments = Vec::new();
    for contract in set.contracts() {
        let symbol = contract.contract.symbol.to_string();
        segments.push(Segment {
            contract_symbol: symbol.clone(),
            start_ts: SegmentStamp::Instant(contract.segment.first.nanos()),
            end_ts: SegmentStamp::Instant(contract.segment.last.nanos()),
        });
        frames.insert(symbol, frame(&contract.contract));
    }
    (frames, segments)
}

#[test]
fn s8_by_all_three_methods() {
    let (frames, segments) = set(QuarterlySet::s8());
    assert_eq!(frames.values().map(Frame::rows).sum::<usize>(), 827_192);

    let first = &frames["NQH2024"];
    let mut digest = OhlcvDigest::new();
    let peaktrade_parity::Index::Instants { ns, .. } = &first.index else { panic!() };
    let columns = Frame::OHLCV.map(|name| first.column(name).unwrap().as_floats().unwrap());
    let [open, high, low, close, volume] = columns.each_ref().map(|column| &column[..1_000]);
    digest.take(&ns[..1_000], open, high, low, close, volume);
    assert_eq!(
        digest.finish().to_string(),
        "d20e0656aacda63ccae621467b436a803d1adb4cdb5badb944bdf2dde72ecf4b",
        "first thousand rows of NQH2024"
    );

    for (adjustment, expected) in [
        (Adjustment::None, "299b2eba473ea72833161c09d18a1076165110553d3b10701b59ac3884fba7d9"),
        (Adjustment::BackAdjust, "0455d8ae9ee22114f04ac96e8f4b4de57a68a3da95824e71f0574a6cf9838c5e"),
        (Adjustment::RatioAdjust, "75fcaeb7b1c5968f4bf483b71aeaf4895cb59f64586f7daaa47ac1482fc1f7c5"),
    ] {
        let series = build(|symbol| Ok(frames.get(symbol).cloned()), &segments, adjustment, Checks::Original).unwrap();
        assert_eq!(series.rows(), 734_191);
        assert_eq!(frame_digest(&series).unwrap().to_string(), expected, "{adjustment:?}");
        if adjustment == Adjustment::BackAdjust {
            check_offsets(&frames, &segments, &series);
        }
    }
}

/// The cumulated offsets of S8: what stands in the series less what stands in the contract, at each segment's end.
fn check_offsets(frames: &BTreeMap<String, Frame>, segments: &[Segment], series: &Frame) {
    let close_at = |frame: &Frame, at: SegmentStamp| {
        let peaktrade_parity::Index::Instants { ns, .. } = &frame.index else { panic!() };
        let row = ns.partition_point(|stamp| *stamp <= at.instant().unwrap()) - 1;
        Price::from_f64_exact(frame.column("close").unwrap().as_floats().unwrap()[row]).unwrap()
    };
    let offsets = segments.iter().map(|segment| {
        let raw = close_at(&frames[&segment.contract_symbol], segment.end_ts);
        close_at(series, segment.end_ts).checked_sub(raw).unwrap().to_string()
    });
    let expected = ["1418.75", "1201.75", "1002", "802.5", "602.5", "401.25", "201.25", "0"];
    assert_eq!(offsets.collect::<Vec<_>>(), expected);
}

#[test]
fn l40_back_adjusted() {
    // Contracts are made one after the other and dropped when cut, as a builder over files does it.
    let segments = {
        let mut segments = Vec::new();
        for contract in QuarterlySet::l40().contracts() {
            segments.push(Segment {
                contract_symbol: contract.contract.symbol.to_string(),
                start_ts: SegmentStamp::Instant(contract.segment.first.nanos()),
                end_ts: SegmentStamp::Instant(contract.segment.last.nanos()),
            });
        }
        segments
    };
    let mut contracts = QuarterlySet::l40().contracts();
    let mut rows_in = 0;
    let load = |symbol: &str| {
        let contract = contracts.next().map(|made| made.contract).unwrap();
        assert_eq!(contract.symbol.to_string(), symbol);
        rows_in += contract.bars.len();
        Ok(Some(frame(&contract)))
    };
    let series = build(load, &segments, Adjustment::BackAdjust, Checks::Original).unwrap();
    assert_eq!((rows_in, series.rows()), (4_115_228, 3_597_137));
    assert_eq!(
        frame_digest(&series).unwrap().to_string(),
        "fbc6e12765e0f9995d9b8d9f7ed061bc76e5be1dae83ef86de302f7552f4afc2"
    );
}
