//! Laws of all methods, bar sizes and hours, over random contracts, rolls, gaps and instants of knowledge.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use peaktrade_continuous::{
    Adjustment, Aggregator, Bar, BarSize, Bars, Buckets, DailyFact, Factor, Known, RollEvidence, RollLegs,
    SeriesRequest, Shift, TickGrid, adjust, content_digest, cumulative_shifts, measure_known, plan, stitch,
};
use peaktrade_domain::{
    Calendar, ContractSymbol, HoursFilter, Price, RollPolicy, ScheduledRoll, Session, SpreadMethod, UnixNanos,
};
use proptest::prelude::*;

const TICK: i64 = 250_000_000;
const SYMBOLS: [&str; 5] = ["NQH2026", "NQM2026", "NQU2026", "NQZ2026", "NQH2027"];
/// Three trade dates; the last night before summer time begins lies among them, and so does a weekend.
const DAYS: [&str; 3] = ["2026-03-06", "2026-03-09", "2026-03-10"];

/// The trade date before them, and they: a settlement of each contract on each.
const SETTLED: [&str; 4] = ["2026-03-05", DAYS[0], DAYS[1], DAYS[2]];
/// Minutes that every contract trades: what the longest median asked for here needs before the first roll.
const TRADED: usize = 3;

/// Contracts over the same three trade dates, rolls within them, and an instant of knowledge.
#[derive(Clone, Debug)]
struct Case {
    contracts: Vec<Bars>,
    /// Settlement prices of each contract, in order of trade date.
    facts: Vec<Vec<DailyFact>>,
    spread: SpreadMethod,
    rolls: Vec<i64>,
    /// A roll that had come while its spread was not known, at which the series ends.
    unmeasured: Option<i64>,
    as_of: UnixNanos,
    snap: Option<TickGrid>,
}

fn symbols(count: usize) -> Vec<ContractSymbol> {
    SYMBOLS[..count].iter().map(|symbol| symbol.parse().unwrap()).collect()
}

fn sessions() -> Vec<Session> {
    Calendar::shipped().sessions(DAYS[0].parse().unwrap(), DAYS[2].parse().unwrap()).unwrap().to_vec()
}

/// Every open minute of the three trade dates.
fn open_minutes() -> Vec<i64> {
    let sessions = sessions();
    let segments = sessions.iter().flat_map(|session| &session.segments);
    segments
        .flat_map(|segment| (segment.open.nanos()..segment.close.nanos()).step_by(UnixNanos::MINUTE as usize))
        .collect()
}

fn contract(minutes: Vec<usize>) -> impl Strategy<Value = Bars> {
    // High enough that no spread is as large as a price, so that every pair has a ratio.
    let row = (0_u8..4, 60_000_i64..110_000, 0_i64..40, 0_i64..40, 0_i64..5);
    proptest::collection::vec(row, minutes.len()).prop_map(move |rows| {
        let open_minutes = open_minutes();
        let mut bars = Bars::default();
        for (at, (presence, close, up, down, volume)) in minutes.iter().zip(rows) {
            // Every contract trades the first minutes and has the last one, so that every roll has something to measure.
            let (is_first, is_last) = (*at < TRADED, *at + 1 == open_minutes.len());
            if presence > 0 || is_first || is_last {
                let [high, low] = [close + up, close - down].map(|ticks| ticks * TICK);
                let (ts, volume) = (open_minutes[*at], volume + i64::from(is_first));
                bars.push(Bar { ts, open: low, high, low, close: close * TICK, volume });
            }
        }
        bars
    })
}

/// A settlement of each of the trade dates, known from the close.
fn facts() -> impl Strategy<Value = Vec<DailyFact>> {
    proptest::collection::vec(60_000_i64..110_000, SETTLED.len()).prop_map(|prices| {
        let calendar = Calendar::shipped();
        let fact = |(date, price): (&&str, i64)| {
            let trade_date = date.parse().unwrap();
            let known_at = calendar.session_on_or_after(trade_date).unwrap().close();
            let settlement = Some(Known { value: Price::from_nanos(price * TICK), known_at });
            DailyFact { trade_date, settlement, open_interest: None }
        };
        SETTLED.iter().zip(prices).map(fact).collect()
    })
}

fn spread() -> impl Strategy<Value = SpreadMethod> {
    prop_oneof![
        Just(SpreadMethod::LastCommon),
        (1..=TRADED as u16).prop_map(SpreadMethod::MedianCommon),
        Just(SpreadMethod::Settlement),
        Just(SpreadMethod::PeakTrade),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let count = open_minutes().len();
    let minutes = proptest::collection::btree_set(TRADED..count - 1, 20..120);
    let shape = (2..=SYMBOLS.len(), minutes).prop_flat_map(move |(contracts, minutes)| {
        let minutes: Vec<usize> = (0..TRADED).chain(minutes).chain([count - 1]).collect();
        let rolls = proptest::collection::btree_set(TRADED..count, contracts - 1);
        let of_each = (contract(minutes), facts());
        (proptest::collection::vec(of_each, contracts), rolls)
    });
    (shape, spread(), 0..count + 90, 0..UnixNanos::MINUTE, any::<bool>(), proptest::option::of(0..4_usize)).prop_map(
        |((contracts, rolls), spread, at, nanos, is_snapped, near)| {
            let open_minutes = open_minutes();
            let last = *open_minutes.last().unwrap();
            let rolls: Vec<i64> = rolls.into_iter().map(|roll| open_minutes[roll]).collect();
            let as_of = open_minutes.get(at).copied().unwrap_or(last + at as i64 * UnixNanos::MINUTE);
            // Around the rolls is where things happen.
            let roll = near.and_then(|number| rolls.get(number)).map(|roll| roll + at as i64 % 9 * UnixNanos::MINUTE);
            let (contracts, facts) = contracts.into_iter().unzip();
            Case {
                contracts,
                facts,
                spread,
                rolls,
                unmeasured: None,
                // And so are whole minutes.
                as_of: UnixNanos::from_nanos(roll.unwrap_or(as_of) + if nanos % 2 == 0 { 0 } else { nanos }),
                snap: TickGrid::new(Price::from_nanos(TICK)).filter(|_| is_snapped),
            }
        },
    )
}

impl Case {
    fn schedule(&self) -> Vec<ScheduledRoll> {
        let symbols = symbols(self.contracts.len());
        let trade_date = DAYS[1].parse().unwrap();
        let pairs = symbols.windows(2).zip(&self.rolls);
        let roll = |(pair, roll): (&[ContractSymbol], &i64)| ScheduledRoll {
            from: pair[0],
            to: pair[1],
            trade_date,
            roll_ts: UnixNanos::from_nanos(*roll),
        };
        pairs.map(roll).collect()
    }

    fn evidence(&self) -> Vec<RollEvidence> {
        (0..self.rolls.len()).map(|at| self.measure(at, FOREVER).unwrap()).collect()
    }

    /// A roll, measured from what was known at an instant.
    fn measure(&self, at: usize, as_of: UnixNanos) -> Option<RollEvidence> {
        let policy = RollPolicy { spread: self.spread, max_stale_session_minutes: 100_000, ..RollPolicy::STANDARD };
        let legs = RollLegs {
            from: self.contracts[at].view(),
            to: self.contracts[at + 1].view(),
            from_facts: &self.facts[at],
            to_facts: &self.facts[at + 1],
        };
        measure_known(&self.schedule()[at], &legs, &policy, &Calendar::shipped(), as_of).unwrap()
    }

    /// The case as it was at its instant: bars that were over, settlements that were known, rolls that had come.
    fn truncated(&self) -> Self {
        let as_of = self.as_of;
        let due = self.rolls.iter().filter(|roll| **roll <= as_of.nanos()).count();
        let contracts = self.contracts[..=due].iter().map(|bars| {
            let over = bars.ts.partition_point(|ts| ts + UnixNanos::MINUTE <= as_of.nanos());
            bars.view().rows(0..over).to_bars()
        });
        let is_known = |fact: &&DailyFact| fact.settlement.is_some_and(|settlement| settlement.known_at <= as_of);
        let facts = self.facts.iter().map(|facts| facts.iter().filter(is_known).copied().collect());
        let mut then = Self {
            contracts: contracts.collect(),
            facts: facts.collect(),
            rolls: self.rolls[..due].to_vec(),
            ..self.clone()
        };
        let measured = (0..due).take_while(|at| then.measure(*at, as_of).is_some()).count();
        then.unmeasured = then.rolls.get(measured).copied();
        then.rolls.truncate(measured);
        then.contracts.truncate(measured + 1);
        then
    }

    fn request(&self, adjustment: Adjustment, as_of: UnixNanos) -> SeriesRequest {
        let end = self.unmeasured.map_or(FOREVER, UnixNanos::from_nanos);
        SeriesRequest { as_of, end, snap: self.snap, ..SeriesRequest::everything(adjustment) }
    }

    fn series(&self, request: &SeriesRequest) -> Bars {
        let symbols = symbols(self.contracts.len());
        let named: Vec<_> = symbols.into_iter().zip(&self.contracts).collect();
        stitch(&named, &self.evidence(), request).unwrap().bars
    }

    fn buckets(&self, size: BarSize, hours: HoursFilter) -> Buckets {
        let cuts = self.rolls.iter().chain(&self.unmeasured);
        let cuts: Vec<UnixNanos> = cuts.map(|cut| UnixNanos::from_nanos(*cut)).collect();
        Buckets::new(size, hours, &sessions(), &cuts)
    }

    fn larger(&self, size: BarSize, hours: HoursFilter, request: &SeriesRequest) -> Bars {
        aggregate(self.buckets(size, hours), &self.series(request), request.as_of)
    }
}

const FOREVER: UnixNanos = UnixNanos::from_nanos(i64::MAX);
const HOURS: [HoursFilter; 2] = [HoursFilter::Full, HoursFilter::Regular];

fn aggregate(buckets: Buckets, minutes: &Bars, as_of: UnixNanos) -> Bars {
    let mut out = Bars::default();
    let mut aggregator = Aggregator::new(buckets, as_of);
    aggregator.update(minutes.view(), &mut out).unwrap();
    aggregator.finish(&mut out);
    out
}

fn rows(bars: &Bars) -> Vec<Bar> {
    (0..bars.len()).filter_map(|row| bars.get(row)).collect()
}

/// Minute by minute, without buckets: counts from each segment's open, and never looks at what [`Buckets`] does.
fn naive(case: &Case, size: BarSize, hours: HoursFilter, minutes: &Bars, as_of: UnixNanos) -> Vec<Bar> {
    let mut bars: BTreeMap<i64, (Bar, i64)> = BTreeMap::new();
    for session in sessions() {
        let segments = session.segments_of(hours);
        for segment in &segments {
            for bar in rows(minutes) {
                if bar.ts < segment.open.nanos() || bar.ts >= segment.close.nanos() {
                    continue;
                }
                let (mut open, mut end) = match size.nanos() {
                    Some(nanos) => {
                        let number = (bar.ts - segment.open.nanos()) / nanos;
                        let open = segment.open.nanos() + number * nanos;
                        (open, (open + nanos).min(segment.close.nanos()))
                    }
                    None => (segments[0].open.nanos(), segments[segments.len() - 1].close.nanos()),
                };
                for roll in &case.rolls {
                    if *roll <= bar.ts { open = open.max(*roll) } else { end = end.min(*roll) }
                }
                if end > as_of.nanos() {
                    continue;
                }
                let (held, _) = bars.entry(open).or_insert((Bar { ts: open, volume: 0, ..bar }, end));
                held.high = held.high.max(bar.high);
                held.low = held.low.min(bar.low);
                held.close = bar.close;
                held.volume += bar.volume;
            }
        }
    }
    bars.into_values().map(|(bar, _)| bar).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// What was served at an instant is what a rebuild from the inputs of that instant gives, byte for byte.
    #[test]
    fn as_of_equals_a_rebuild_from_truncated_inputs(case in case()) {
        let then = case.truncated();
        prop_assert_eq!(&case.evidence()[..then.rolls.len()], &then.evidence()[..]);
        for method in Adjustment::ALL {
            let view = case.series(&case.request(method, case.as_of));
            let rebuilt = then.series(&then.request(method, FOREVER));
            prop_assert_eq!(&view, &rebuilt, "{}", method);
            prop_assert_eq!(content_digest(&view), content_digest(&rebuilt));
            for (size, hours) in BarSize::ALL.into_iter().flat_map(|size| HOURS.map(|hours| (size, hours))) {
                let view = case.larger(size, hours, &case.request(method, case.as_of));
                let rebuilt = then.larger(size, hours, &then.request(method, case.as_of));
                prop_assert_eq!(view, rebuilt, "{} {} {}", method, size, hours);
            }
        }
    }

    /// A further contract and its roll leave the evidence of the older rolls and every earlier view as they were; in a
    /// forward series they leave even the bars of the newest view.
    #[test]
    fn a_further_quarter_changes_nothing_that_was(case in case()) {
        let mut shorter = case.clone();
        shorter.contracts.pop();
        let roll = UnixNanos::from_nanos(shorter.rolls.pop().unwrap());
        prop_assert_eq!(&case.evidence()[..shorter.rolls.len()], &shorter.evidence()[..]);
        let before = UnixNanos::from_nanos(roll.nanos() - 1);
        for method in Adjustment::ALL {
            let request = case.request(method, before.min(case.as_of));
            prop_assert_eq!(case.series(&request), shorter.series(&request));
        }
        for method in [Adjustment::None, Adjustment::ForwardAdjust, Adjustment::ForwardRatioAdjust] {
            let newest = case.series(&case.request(method, FOREVER));
            // Peak_Trade's spreads of the rolls before may come after this roll.
            let seen = if case.spread == SpreadMethod::PeakTrade { FOREVER } else { roll };
            let earlier = shorter.series(&case.request(method, seen));
            let before = |bars: &Bars| bars.between(UnixNanos::from_nanos(i64::MIN), roll).to_bars();
            prop_assert_eq!(before(&newest), before(&earlier));
        }
    }

    /// The newest view is the earlier one and the spreads that came after it: added, or multiplied, exactly.
    #[test]
    fn later_rolls_shift_older_views_exactly(case in case()) {
        let evidence = case.evidence();
        let due = evidence.iter().take_while(|roll| roll.known_at() <= case.as_of).count();
        let later = &evidence[due..];
        let exact = Case { snap: None, ..case.clone() };
        let views = |method, as_of| plan(&symbols(case.contracts.len()), &evidence, &exact.request(method, as_of)).unwrap();

        let sum: i64 = later.iter().map(|roll| roll.spread.nanos()).sum();
        let (then, now) = (
            exact.series(&exact.request(Adjustment::BackAdjust, case.as_of)),
            exact.series(&exact.request(Adjustment::BackAdjust, FOREVER)),
        );
        for (row, bar) in rows(&then).into_iter().enumerate() {
            let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(|price| price + sum);
            prop_assert_eq!(now.get(row).unwrap(), Bar { open, high, low, close, ..bar });
        }

        let ratio = |roll: &RollEvidence| roll.ratio().unwrap();
        let product = later.iter().map(ratio).fold(Factor::one(), |product, ratio| product.times(&ratio));
        let (then, now) = (views(Adjustment::RatioAdjust, case.as_of), views(Adjustment::RatioAdjust, FOREVER));
        for (then, now) in then.iter().zip(&now) {
            let factor = |shift: &Shift| match shift {
                Shift::Factor(factor) => factor.clone(),
                Shift::Points(points) => { assert_eq!(*points, Price::ZERO); Factor::one() }
            };
            prop_assert_eq!(factor(&then.change.shift).times(&product), factor(&now.change.shift));
        }
    }

    /// The definition of each method, contract by contract: where its spreads or ratios stand.
    #[test]
    fn shifts_are_the_sums_and_products_of_their_definition(case in case()) {
        let evidence = case.evidence();
        let shifts = |method| cumulative_shifts(&evidence, &case.request(method, FOREVER)).unwrap();
        let ratio = |roll: &RollEvidence| roll.ratio().unwrap();
        let product = |rolls: &[RollEvidence]| rolls.iter().map(ratio).fold(Factor::one(), |a, b| a.times(&b));
        let sum = |rolls: &[RollEvidence]| rolls.iter().map(|roll| roll.spread.nanos()).sum::<i64>();
        for at in 0..evidence.len() {
            let (older, newer) = (&evidence[..=at], &evidence[at..]);
            prop_assert_eq!(&shifts(Adjustment::BackAdjust)[at], &Shift::Points(Price::from_nanos(sum(newer))));
            prop_assert_eq!(&shifts(Adjustment::ForwardAdjust)[at], &Shift::Points(Price::from_nanos(-sum(older))));
            prop_assert_eq!(&shifts(Adjustment::RatioAdjust)[at], &Shift::Factor(product(newer)));
            prop_assert_eq!(&shifts(Adjustment::ForwardRatioAdjust)[at], &Shift::Factor(product(older).inverse()));
        }
    }

    /// Larger bars are what counting minute by minute gives, in whatever pieces the minutes come.
    #[test]
    fn larger_bars_equal_a_naive_count(case in case(), piece in 1_usize..50) {
        let minutes = case.series(&case.request(Adjustment::BackAdjust, case.as_of));
        for (size, hours) in BarSize::ALL.into_iter().flat_map(|size| HOURS.map(|hours| (size, hours))) {
            let bars = aggregate(case.buckets(size, hours), &minutes, case.as_of);
            bars.check_invariants().unwrap();
            prop_assert_eq!(rows(&bars), naive(&case, size, hours, &minutes, case.as_of), "{} {}", size, hours);

            let mut pieces = Bars::default();
            let mut aggregator = Aggregator::new(case.buckets(size, hours), case.as_of);
            for start in (0..minutes.len()).step_by(piece) {
                let end = (start + piece).min(minutes.len());
                aggregator.update(minutes.view().rows(start..end), &mut pieces).unwrap();
            }
            let account = aggregator.finish(&mut pieces);
            prop_assert_eq!(&pieces, &bars);
            prop_assert_eq!(account.taken + account.outside_hours + account.not_over, minutes.len() as u64);
            if (size, hours) == (BarSize::OneMinute, HoursFilter::Full) {
                prop_assert_eq!(&bars, &minutes, "one minute is one minute");
            }
        }
    }

    /// Adjusting minutes and putting them together is putting them together and adjusting.
    #[test]
    fn adjustment_and_aggregation_change_places(case in case()) {
        let evidence = case.evidence();
        let request = case.request(Adjustment::RatioAdjust, FOREVER);
        let raw = SeriesRequest { adjustment: Adjustment::None, snap: None, ..request };
        for size in BarSize::ALL {
            let traded = case.larger(size, HoursFilter::Full, &raw);
            let mut adjusted = Bars::default();
            for view in plan(&symbols(case.contracts.len()), &evidence, &request).unwrap() {
                adjust(traded.between(view.start_ts, view.end_ts), &view.change, &mut adjusted).unwrap();
            }
            prop_assert_eq!(adjusted, case.larger(size, HoursFilter::Full, &request), "{}", size);
        }
    }

    /// The minutes of a range of stamps make exactly the bars of that range.
    #[test]
    fn a_range_of_stamps_is_a_cut_of_the_whole(case in case(), a in 0_usize..4_000, b in 0_usize..4_000) {
        let open_minutes = open_minutes();
        let at = |at: usize| UnixNanos::from_nanos(open_minutes.get(at).copied().unwrap_or(open_minutes[0] + 77 * UnixNanos::MINUTE));
        let (start, end) = (at(a.min(b)), at(a.max(b)));
        let minutes = case.series(&case.request(Adjustment::None, FOREVER));
        for (size, hours) in BarSize::ALL.into_iter().flat_map(|size| HOURS.map(|hours| (size, hours))) {
            let whole = aggregate(case.buckets(size, hours), &minutes, FOREVER);
            let (from, to) = case.buckets(size, hours).minutes_of(start, end);
            let part = aggregate(case.buckets(size, hours), &minutes.between(from, to).to_bars(), FOREVER);
            prop_assert_eq!(part.view(), whole.between(start, end), "{} {}", size, hours);
        }
    }
}
