//! Why a vendor file is not merged into what is stored of its series.

use std::collections::BTreeSet;
use std::fmt;

use peaktrade_domain::{Sha256, UnixNanos};

use super::bars::VendorBars;
use super::manifest::VendorSeriesSource;
use super::name::VendorSeries;
use crate::conflict::Owner;
use crate::merge::merge;

/// Why a vendor file is not merged into what is stored of its series.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VendorSeriesRefusal {
    /// It tells stored bars differently.
    #[error(transparent)]
    Conflict(Box<VendorSeriesConflict>),
    /// Another file took its place.
    #[error("{file_name:?} (sha256 {file_sha256}) was superseded in {} by {by}; nothing was imported", .series.in_words())]
    Superseded {
        /// The series.
        series: VendorSeries,
        /// The file.
        file_name: String,
        /// SHA-256 of its bytes.
        file_sha256: Sha256,
        /// The file that took its place, with its digest.
        by: String,
    },
    /// A file to be superseded that is no source of what is stored.
    #[error("no stored bars of {} come from a file with sha256 {sha256}; they come from {stored}", .series.in_words())]
    NotASource {
        /// The series.
        series: VendorSeries,
        /// SHA-256 of the file to be superseded.
        sha256: Sha256,
        /// The files that the stored bars come from, each with its digest.
        stored: String,
    },
}

/// Bars that a vendor file and the store tell differently, and what superseding would do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorSeriesConflict {
    /// The series.
    pub series: VendorSeries,
    /// What differs.
    pub differing: VendorDifference,
    /// The new file.
    pub file_name: String,
    /// SHA-256 of its bytes.
    pub file_sha256: Sha256,
    /// The stored files that tell these bars, in order of import, each with the number of them.
    pub owners: Vec<Owner>,
    /// Bars that only these files tell: superseding takes them out.
    pub bars_lost: u64,
}

/// What differs between a vendor file and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VendorDifference {
    /// Values of bars.
    Values {
        /// Bars.
        bars: u64,
        /// Open of the first of them.
        first: UnixNanos,
    },
    /// Only one of the two tells the volume: whether the file does.
    Volume {
        /// Whether the file tells it.
        is_told: bool,
    },
}

impl VendorSeriesConflict {
    /// What keeps a file from joining the files that stay; `None` where nothing does.
    pub(super) fn find(
        series: VendorSeries,
        (file_name, file_sha256): (&str, Sha256),
        new: &VendorBars,
        stay: &[(&VendorSeriesSource, VendorBars)],
    ) -> Option<Self> {
        let mut stamps = BTreeSet::new();
        let (mut owners, mut disowned, mut kept) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for (source, bars) in stay {
            let differing: Vec<i64> = if bars.has_volume() == new.has_volume() {
                merge(bars.view(), new.view()).err().map(|differing| differing.stamps).unwrap_or_default()
            } else {
                bars.stamps().to_vec()
            };
            if differing.is_empty() {
                kept.extend(bars.stamps().iter().copied());
                continue;
            }
            let count = differing.len() as u64;
            owners.push(Owner { file_name: source.file_name.clone(), sha256: source.sha256, bars: count });
            disowned.extend(bars.stamps().iter().copied());
            stamps.extend(differing);
        }
        let first = UnixNanos::from_nanos(*stamps.first()?);
        let is_lost = |ts: &&i64| !kept.contains(ts) && new.stamps().binary_search(ts).is_err();
        let is_volume = stay.iter().any(|(_, bars)| bars.has_volume() != new.has_volume());
        let differing = if is_volume {
            VendorDifference::Volume { is_told: new.has_volume() }
        } else {
            VendorDifference::Values { bars: stamps.len() as u64, first }
        };
        let bars_lost = disowned.iter().filter(is_lost).count() as u64;
        Some(Self { series, differing, file_name: file_name.to_owned(), file_sha256, owners, bars_lost })
    }

    /// SHA-256 of every file that would have to be superseded.
    pub fn supersede(&self) -> Vec<Sha256> {
        self.owners.iter().map(|owner| owner.sha256).collect()
    }
}

impl fmt::Display for VendorSeriesConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { series, file_name, file_sha256, owners, .. } = self;
        let named: Vec<String> = owners
            .iter()
            .map(|owner| format!("{:?} (sha256 {}), {} of them", owner.file_name, owner.sha256, owner.bars))
            .collect();
        let (file, named, series) =
            (format!("{file_name:?} (sha256 {file_sha256})"), named.join(", "), series.in_words());
        match self.differing {
            VendorDifference::Values { bars, first } => write!(
                f,
                "{bars} bars of {series} differ between {file} and what is stored from {named}; the first at {first}"
            )?,
            VendorDifference::Volume { is_told } => {
                let (one, other) = if is_told { ("tells", "do not") } else { ("does not tell", "do") };
                let bars: u64 = owners.iter().map(|owner| owner.bars).sum();
                write!(f, "{file} {one} the volume of {series}, and {bars} stored bars {other}: from {named}")?;
            }
        }
        write!(f, "; nothing was imported")?;
        if self.bars_lost > 0 {
            let lost = self.bars_lost;
            write!(f, "; superseding would also take out {lost} stored bars that the new file does not hold")?;
        }
        Ok(())
    }
}

impl std::error::Error for VendorSeriesConflict {}
