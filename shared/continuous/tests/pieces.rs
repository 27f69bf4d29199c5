//! A series walked file by file is the series stitched at once, however its contracts are cut into files.
#![allow(clippy::unwrap_used)]

use peaktrade_continuous::{
    Adjustment, Bar, Bars, ContractFiles, FileCut, FileReach, GapCounter, RollEvidence, SeriesPlan, SeriesRequest,
    SeriesTally, TickGrid, adjust, content_digest, session_gaps, stitch,
};
use peaktrade_domain::{ContractSymbol, Price, Segment, Session, SpreadMethod, UnixNanos};
use proptest::prelude::*;

const MINUTES: i64 = 90;
const ROLL: i64 = 40;

fn at(minute: i64) -> UnixNanos {
    UnixNanos::from_nanos(minute * UnixNanos::MINUTE)
}

fn contract() -> impl Strategy<Value = Bars> {
    proptest::collection::vec((any::<bool>(), -9_i64..9), MINUTES as usize).prop_map(|rows| {
        let mut bars = Bars::default();
        for (minute, (is_present, price)) in (0..).zip(rows) {
            if is_present {
                let ts = at(minute).nanos();
                bars.push(Bar { ts, open: price, high: price + 1, low: price, close: price, volume: 1 });
            }
        }
        bars
    })
}

/// Bars cut into files before these minutes.
fn files(bars: &Bars, cuts: &[i64]) -> Vec<Bars> {
    let mut edges = cuts.to_vec();
    edges.extend([i64::MIN / UnixNanos::MINUTE, i64::MAX / UnixNanos::MINUTE]);
    edges.sort_unstable();
    let files = edges.windows(2).map(|pair| bars.between(at(pair[0]), at(pair[1])).to_bars());
    files.filter(|file| !file.is_empty()).collect()
}

fn sessions(edges: &[i64]) -> Vec<Session> {
    let mut edges = edges.to_vec();
    edges.sort_unstable();
    edges.dedup();
    edges
        .windows(2)
        .step_by(2)
        .map(|pair| {
            let middle = (pair[0] + pair[1]) / 2;
            let halves = [(pair[0], middle), (middle, pair[1])].into_iter().filter(|(open, close)| open < close);
            Session {
                trade_date: "2026-06-22".parse().unwrap(),
                segments: halves.map(|(open, close)| Segment { open: at(open), close: at(close) }).collect(),
                settlement: at(pair[1]),
                note: String::new(),
                is_projected: false,
                regular_hours: None,
            }
        })
        .collect()
}

/// The sessions from the first to the last bar, the outer two cut there.
fn within(sessions: &[Session], bars: &Bars) -> Vec<Session> {
    let (Some(first), Some(last)) = (bars.ts.first(), bars.ts.last()) else { return Vec::new() };
    let cut = |session: &Session| {
        let mut session = session.clone();
        for segment in &mut session.segments {
            segment.open = segment.open.max(UnixNanos::from_nanos(*first));
            segment.close = segment.close.min(UnixNanos::from_nanos(last + UnixNanos::MINUTE));
        }
        session.segments.retain(|segment| segment.open < segment.close);
        session
    };
    sessions.iter().map(cut).filter(|session| !session.segments.is_empty()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn pieces_are_the_stitched_series(
        contracts in [contract(), contract()],
        cuts in [proptest::collection::vec(0..MINUTES, 0..4), proptest::collection::vec(0..MINUTES, 0..4)],
        range in (0..MINUTES, 0..MINUTES),
        as_of in 0..2 * MINUTES,
        session_edges in proptest::collection::vec(0..MINUTES, 0..9),
        spread in -50_i64..50,
        adjustment in proptest::sample::select(Adjustment::ALL.to_vec()),
        tick in proptest::option::of(2_i64..7),
    ) {
        let symbols: [ContractSymbol; 2] = ["NQH2026", "NQM2026"].map(|symbol| symbol.parse().unwrap());
        let roll = RollEvidence {
            from: symbols[0],
            to: symbols[1],
            roll_ts: at(ROLL),
            trade_date: "2026-03-16".parse().unwrap(),
            spread: Price::from_nanos(spread),
            spread_time: at(ROLL - 1),
            to_time: at(ROLL - 1),
            // Above the largest spread of either sign, so that there is a ratio.
            from_price: Price::from_nanos(60),
            to_price: Price::from_nanos(60 + spread),
            from_volume: 1,
            to_volume: 1,
            method: SpreadMethod::LastCommon,
            runner_up: None,
            stale_session_minutes: 0,
        };
        let request = SeriesRequest {
            adjustment,
            snap: tick.and_then(|tick| TickGrid::new(Price::from_nanos(tick))),
            start: at(range.0),
            end: at(range.1),
            as_of: at(as_of),
        };
        let named: Vec<_> = symbols.into_iter().zip(&contracts).collect();
        let expected = stitch(&named, std::slice::from_ref(&roll), &request).unwrap();

        let files: Vec<Vec<Bars>> = contracts.iter().zip(&cuts).map(|(bars, cuts)| files(bars, cuts)).collect();
        let reaches: Vec<ContractFiles> = symbols
            .into_iter()
            .zip(&files)
            .map(|(contract, files)| ContractFiles { contract, files: files.iter().filter_map(FileReach::of).collect() })
            .collect();
        let plan = SeriesPlan::new(&reaches, &[roll], &request).unwrap();
        let file_of = |cut: &FileCut| {
            let contract = symbols.iter().position(|symbol| *symbol == cut.contract).unwrap();
            &files[contract][cut.file]
        };
        let sessions = sessions(&session_edges);
        let (mut tally, mut gaps) = (SeriesTally::default(), GapCounter::new(&sessions));
        let mut walked = Bars::default();
        for piece in &plan.pieces {
            let rows = piece.rows.bars_of(file_of(&piece.rows).view());
            prop_assert!(piece.rows.whole_rows.is_none_or(|whole| whole == rows.len() as u64));
            let mut bars = Bars::default();
            adjust(rows, &plan.segments[piece.segment].change, &mut bars).unwrap();
            tally.take(bars.view()).unwrap();
            gaps.take(&bars.ts);
            walked.extend(bars.view());
        }
        let summary = tally.finish();
        prop_assert_eq!(&walked, &expected.bars);
        prop_assert_eq!(plan.cumulative_adjustments, expected.cumulative_adjustments);
        prop_assert_eq!(summary.rows, expected.rows_out);
        prop_assert_eq!(summary.content_sha256, content_digest(&expected.bars));
        prop_assert_eq!(gaps.finish(), session_gaps(walked.view(), &within(&sessions, &walked)).len() as u64);
        let count = |cut: &FileCut| cut.rows_of(&file_of(cut).ts).len() as u64;
        prop_assert_eq!(plan.within.iter().map(count).sum::<u64>(), expected.rows_in);
    }
}

#[test]
fn a_piece_that_does_not_come_after_the_one_before_is_refused() {
    let bars = |minute: i64| {
        let mut bars = Bars::default();
        bars.push(Bar { ts: at(minute).nanos(), open: 1, high: 1, low: 1, close: 1, volume: 1 });
        bars
    };
    let mut tally = SeriesTally::default();
    tally.take(bars(5).view()).unwrap();
    let error = tally.take(bars(5).view()).unwrap_err().to_string();
    assert!(error.contains("row 1: stamp 1970-01-01T00:05:00Z does not come after"), "{error}");
    tally.take(bars(6).view()).unwrap();
    assert_eq!(tally.finish().rows, 2);
}
