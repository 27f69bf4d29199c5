//! Bars of two files of one contract as one.

use std::cmp::Ordering;

use peaktrade_continuous::{Bars, BarsView};
use peaktrade_domain::UnixNanos;

/// Bars that two files tell differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Differing {
    /// Open of the first of them.
    pub(crate) first: UnixNanos,
    /// Opens of all of them, in order, nanoseconds.
    pub(crate) stamps: Vec<i64>,
}

/// The union of stored and new bars, both in order of time, and how many the new ones add.
///
/// # Errors
/// Where a minute has other values in the two: neither is known to be right.
pub(crate) fn merge(stored: BarsView<'_>, new: BarsView<'_>) -> Result<(Bars, u64), Differing> {
    let mut merged = Bars::with_capacity(stored.len().max(new.len()));
    let mut added = 0;
    let mut differing: Option<Differing> = None;
    let (mut at_stored, mut at_new) = (0, 0);
    loop {
        let next = match (stored.get(at_stored), new.get(at_new)) {
            (None, None) => break,
            (Some(old), None) => {
                at_stored += 1;
                old
            }
            (None, Some(candidate)) => {
                at_new += 1;
                added += 1;
                candidate
            }
            (Some(old), Some(candidate)) => match old.ts.cmp(&candidate.ts) {
                Ordering::Less => {
                    at_stored += 1;
                    old
                }
                Ordering::Greater => {
                    at_new += 1;
                    added += 1;
                    candidate
                }
                Ordering::Equal => {
                    if old != candidate {
                        let first = UnixNanos::from_nanos(old.ts);
                        let none_yet = || Differing { first, stamps: Vec::new() };
                        differing.get_or_insert_with(none_yet).stamps.push(old.ts);
                    }
                    at_stored += 1;
                    at_new += 1;
                    old
                }
            },
        };
        merged.push(next);
    }
    match differing {
        Some(differing) => Err(differing),
        None => Ok((merged, added)),
    }
}

#[cfg(test)]
mod tests {
    use peaktrade_continuous::{Bar, Bars};
    use peaktrade_domain::UnixNanos;
    use proptest::{prop_assert_eq, proptest};

    use super::merge;

    type Minute = (i64, i64);

    fn bars(minutes: &[Minute]) -> Bars {
        let mut bars = Bars::default();
        for (minute, volume) in minutes {
            let ts = minute * UnixNanos::MINUTE;
            bars.push(Bar { ts, open: 4, high: 5, low: 3, close: 4, volume: *volume });
        }
        bars
    }

    /// Bars as (minute, volume). Expected are the merged bars and how many were added, or how many differ and the first.
    fn check(stored: &[Minute], new: &[Minute], expected: Result<(&[Minute], u64), (usize, i64)>) {
        let found = merge(bars(stored).view(), bars(new).view());
        let expected = expected.map(|(minutes, added)| (bars(minutes), added));
        assert_eq!(
            found.map_err(|differing| (differing.stamps.len(), differing.first.nanos() / UnixNanos::MINUTE)),
            expected
        );
    }

    #[test]
    fn merges_what_agrees_and_counts_what_does_not() {
        check(&[], &[(1, 1)], Ok((&[(1, 1)], 1)));
        check(&[(1, 1)], &[], Ok((&[(1, 1)], 0)));
        check(&[(1, 1), (2, 2)], &[(1, 1), (2, 2)], Ok((&[(1, 1), (2, 2)], 0)));
        check(&[(2, 2), (4, 4)], &[(1, 1), (2, 2), (3, 3), (5, 5)], Ok((&[(1, 1), (2, 2), (3, 3), (4, 4), (5, 5)], 3)));
        check(&[(1, 1), (2, 2), (3, 3)], &[(2, 9), (3, 9)], Err((2, 2)));
    }

    proptest! {
        #[test]
        fn the_order_of_files_does_not_matter(
            left in proptest::collection::btree_set(0_i64..60, 0..40),
            right in proptest::collection::btree_set(0_i64..60, 0..40),
        ) {
            let of = |minutes: &std::collections::BTreeSet<i64>| {
                bars(&minutes.iter().map(|minute| (*minute, *minute)).collect::<Vec<_>>())
            };
            let (left, right) = (of(&left), of(&right));
            let (one, _) = merge(left.view(), right.view()).unwrap();
            let (other, added) = merge(right.view(), left.view()).unwrap();
            prop_assert_eq!(&one, &other);
            prop_assert_eq!(one.len() as u64, right.len() as u64 + added);
            prop_assert_eq!(merge(one.view(), left.view()).unwrap().1, 0);
        }
    }
}
