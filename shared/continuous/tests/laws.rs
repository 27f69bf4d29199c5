//! Laws of continuous series, over random contracts, rolls and instants of knowledge.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use peaktrade_continuous::{
    Adjustment, Bar, Bars, PriceChange, RollEvidence, SegmentView, SeriesRequest, Shift, Stitched, adjust,
    content_digest, measure_spread, plan, stitch,
};
use peaktrade_domain::{Calendar, ContractSymbol, Price, RollPolicy, ScheduledRoll, UnixNanos};
use proptest::prelude::*;

const MINUTES: i64 = 60;

/// Three contracts over the same hour of a Wednesday, and two rolls within it.
#[derive(Clone, Debug)]
struct Case {
    contracts: [Bars; 3],
    rolls: [i64; 2],
    as_of: i64,
}

fn symbols() -> [ContractSymbol; 3] {
    ["NQH2026", "NQM2026", "NQU2026"].map(|symbol| symbol.parse().unwrap())
}

fn instant(minute: i64) -> UnixNanos {
    let base: UnixNanos = "2026-03-11T15:00:00Z".parse().unwrap();
    base.checked_add_nanos(minute * UnixNanos::MINUTE).unwrap()
}

fn contract() -> impl Strategy<Value = Bars> {
    let row = (any::<bool>(), -40_i64..40, 0_i64..8, 0_i64..8, 0_i64..5);
    proptest::collection::vec(row, MINUTES as usize).prop_map(|rows| {
        let mut bars = Bars::default();
        for (minute, (is_present, close, up, down, volume)) in (0..).zip(rows) {
            // The first minute is traded in every contract, so that a roll has something to measure.
            if is_present || minute == 0 {
                let (ts, volume) = (instant(minute).nanos(), if minute == 0 { volume + 1 } else { volume });
                bars.push(Bar { ts, open: close, high: close + up, low: close - down, close, volume });
            }
        }
        bars
    })
}

fn case() -> impl Strategy<Value = Case> {
    (
        [contract(), contract(), contract()],
        (1..MINUTES - 1, 1..MINUTES - 1).prop_filter("two instants", |(a, b)| a != b),
        0..(MINUTES + 2) * UnixNanos::MINUTE,
    )
        .prop_map(|(contracts, (a, b), as_of)| Case {
            contracts,
            rolls: [a.min(b), a.max(b)],
            as_of: instant(0).nanos() + as_of,
        })
}

fn scheduled(rolls: [i64; 2]) -> [ScheduledRoll; 2] {
    let [march, june, september] = symbols();
    let trade_date = "2026-03-11".parse().unwrap();
    let roll = |from, to, minute| ScheduledRoll { from, to, trade_date, roll_ts: instant(minute) };
    [roll(march, june, rolls[0]), roll(june, september, rolls[1])]
}

fn measure(contracts: &[Bars], rolls: &[ScheduledRoll], calendar: &Calendar) -> Vec<RollEvidence> {
    rolls
        .iter()
        .zip(contracts.windows(2))
        .map(|(roll, pair)| {
            measure_spread(roll, pair[0].view(), pair[1].view(), &RollPolicy::STANDARD, calendar).unwrap()
        })
        .collect()
}

fn stitch_all(contracts: &[Bars], rolls: &[RollEvidence], request: &SeriesRequest) -> Stitched {
    let named: Vec<_> = symbols().into_iter().zip(contracts).take(rolls.len() + 1).collect();
    stitch(&named, rolls, request).unwrap()
}

/// What a sum adds.
fn points(view: &SegmentView) -> Price {
    match view.change.shift {
        Shift::Points(points) => points,
        Shift::Factor(_) => panic!("{view:?} is no sum"),
    }
}

/// Only the bars that are over at `as_of`.
fn truncate(bars: &Bars, as_of: i64) -> Bars {
    let mut known = Bars::default();
    for row in 0..bars.len() {
        let bar = bars.get(row).unwrap();
        if bar.ts + UnixNanos::MINUTE <= as_of {
            known.push(bar);
        }
    }
    known
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// What was served at an instant is what a rebuild from the inputs of that instant gives: no look-ahead.
    #[test]
    fn as_of_equals_a_rebuild_from_truncated_inputs(case in case()) {
        let calendar = Calendar::shipped();
        let schedule = scheduled(case.rolls);
        let later = measure(&case.contracts, &schedule, &calendar);
        let as_of = UnixNanos::from_nanos(case.as_of);
        let request = SeriesRequest { as_of, ..SeriesRequest::everything(Adjustment::BackAdjust) };
        let view = stitch_all(&case.contracts, &later, &request);

        let known: Vec<Bars> = case.contracts.iter().map(|bars| truncate(bars, case.as_of)).collect();
        let due: Vec<ScheduledRoll> = schedule.into_iter().filter(|roll| roll.roll_ts <= as_of).collect();
        let then = measure(&known, &due, &calendar);
        let rebuilt = stitch_all(&known, &then, &SeriesRequest::everything(Adjustment::BackAdjust));
        prop_assert_eq!(&then[..], &later[..due.len()]);
        prop_assert_eq!(&view.bars, &rebuilt.bars);
        prop_assert_eq!(content_digest(&view.bars), content_digest(&rebuilt.bars));
        prop_assert_eq!(view.cumulative_adjustments, rebuilt.cumulative_adjustments);
    }

    /// A later view differs from an earlier one by exactly the spreads of the rolls between them.
    #[test]
    fn later_rolls_shift_older_views_by_their_sum(case in case()) {
        let rolls = measure(&case.contracts, &scheduled(case.rolls), &Calendar::shipped());
        let all = SeriesRequest::everything(Adjustment::BackAdjust);
        let latest = stitch_all(&case.contracts, &rolls, &all);
        let as_of = UnixNanos::from_nanos(case.as_of);
        let earlier = stitch_all(&case.contracts, &rolls, &SeriesRequest { as_of, ..all });
        let shift: i64 = rolls.iter().filter(|roll| roll.roll_ts > as_of).map(|roll| roll.spread.nanos()).sum();
        for (row, close) in earlier.bars.close.iter().enumerate() {
            prop_assert_eq!(latest.bars.ts[row], earlier.bars.ts[row]);
            prop_assert_eq!(latest.bars.close[row], close + shift);
        }
    }

    /// A naive selection, bar by bar, gives the same rows; each input row is counted once; removing the offset gives
    /// the bars as traded.
    #[test]
    fn rows_are_preserved_and_adjustment_is_invertible(case in case()) {
        let rolls = measure(&case.contracts, &scheduled(case.rolls), &Calendar::shipped());
        let series = stitch_all(&case.contracts, &rolls, &SeriesRequest::everything(Adjustment::BackAdjust));

        let mut raw: Vec<Bar> = Vec::new();
        for (at, bars) in case.contracts.iter().enumerate() {
            let from = at.checked_sub(1).map_or(i64::MIN, |at| rolls[at].roll_ts.nanos());
            let to = rolls.get(at).map_or(i64::MAX, |roll| roll.roll_ts.nanos());
            raw.extend((0..bars.len()).filter_map(|row| bars.get(row)).filter(|bar| from <= bar.ts && bar.ts < to));
        }
        let unadjusted = stitch_all(&case.contracts, &rolls, &SeriesRequest::everything(Adjustment::None));
        let rows = |bars: &Bars| (0..bars.len()).filter_map(|row| bars.get(row)).collect::<Vec<_>>();
        let raw_rows = raw.len();
        prop_assert_eq!(rows(&unadjusted.bars), raw);

        let mut restored = Bars::default();
        let mut at = 0;
        for (view, count) in &series.segments {
            let count = usize::try_from(*count).unwrap();
            let back = PriceChange::points(Price::from_nanos(-points(view).nanos()));
            adjust(series.bars.view().rows(at..at + count), &back, &mut restored).unwrap();
            at += count;
        }
        prop_assert_eq!(&restored, &unadjusted.bars);
        series.bars.check_invariants().unwrap();

        let rows_in: usize = case.contracts.iter().map(Bars::len).sum();
        prop_assert_eq!(series.rows_in, rows_in as u64);
        prop_assert_eq!(series.rows_in, series.rows_out + series.duplicates_removed + series.rows_inactive);
        let distinct: BTreeSet<i64> = series.bars.ts.iter().copied().collect();
        prop_assert_eq!((series.duplicates_removed, distinct.len()), (0, series.bars.len()), "nothing to remove");
        prop_assert_eq!(series.rows_inactive, (rows_in - raw_rows) as u64);
    }

    /// Offsets telescope: each differs from the next by the spread of the roll between, and the newest is zero.
    #[test]
    fn offsets_telescope_to_zero(case in case()) {
        let rolls = measure(&case.contracts, &scheduled(case.rolls), &Calendar::shipped());
        let views = plan(&symbols(), &rolls, &SeriesRequest::everything(Adjustment::BackAdjust)).unwrap();
        prop_assert_eq!(views.len(), 3);
        prop_assert_eq!(points(&views[2]), Price::ZERO);
        for (at, pair) in views.windows(2).enumerate() {
            prop_assert_eq!(points(&pair[0]).nanos() - points(&pair[1]).nanos(), rolls[at].spread.nanos());
            prop_assert_eq!(pair[0].end_ts, pair[1].start_ts);
        }
    }

    /// Serving a range is cutting the whole: column slices with their offsets, put together lazily, are the series.
    #[test]
    fn lazy_segments_equal_the_stitched_range(case in case(), range in (0..MINUTES, 0..MINUTES)) {
        let rolls = measure(&case.contracts, &scheduled(case.rolls), &Calendar::shipped());
        let request = SeriesRequest {
            start: instant(range.0),
            end: instant(range.1),
            as_of: UnixNanos::from_nanos(case.as_of),
            ..SeriesRequest::everything(Adjustment::BackAdjust)
        };
        let whole = stitch_all(&case.contracts, &rolls, &request);
        let mut served = Bars::default();
        for SegmentView { contract, start_ts, end_ts, change } in plan(&symbols(), &rolls, &request).unwrap() {
            let at = symbols().iter().position(|symbol| *symbol == contract).unwrap();
            adjust(case.contracts[at].between(start_ts, end_ts), &change, &mut served).unwrap();
        }
        prop_assert_eq!(&served, &whole.bars);
        prop_assert!(served.ts.iter().all(|ts| (instant(range.0).nanos()..instant(range.1).nanos()).contains(ts)));
    }
}
