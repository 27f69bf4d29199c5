//! A vendor file becomes a generation of its series: merged with what is stored, or in the place of files that said otherwise.

use bytes::Bytes;
use peaktrade_continuous::Bars;
use peaktrade_domain::Sha256;

use super::bars::VendorBars;
use super::manifest::{FORMAT, VendorSeriesManifest, VendorSeriesSource, bars_name, manifest_folder};
use super::name::VendorSeries;
use super::refusal::{VendorSeriesConflict, VendorSeriesRefusal};
use super::{Newest, PublishedVendorSeries};
use crate::bar_store::PUBLISH_ATTEMPTS;
use crate::chain::Chain;
use crate::importing::ImportedVendorSeries;
use crate::merge::merge;
use crate::objects::Put;
use crate::{BarStore, StoreError};

/// A vendor file on its way into the store.
#[derive(Clone, Copy)]
struct SeriesFile<'a> {
    imported: &'a ImportedVendorSeries,
    file_name: &'a str,
    sha256: Sha256,
    supersede: &'a [Sha256],
}

/// A series' bars with those of a file.
struct Merged {
    newest: Newest,
    bars: VendorBars,
    content_sha256: Sha256,
    bars_added: u64,
}

impl BarStore {
    /// Publishes the bars of a vendor file, merged with what is stored and visible all at once. Files that it supersedes
    /// leave with what they had said.
    ///
    /// # Errors
    /// Where a bar differs from the stored one, the file was superseded, or supersedes what is not stored; other writers
    /// are always first, or the disk fails.
    pub async fn publish_vendor_series(
        &self,
        imported: &ImportedVendorSeries,
        file_name: &str,
        sha256: Sha256,
        supersede: &[Sha256],
    ) -> Result<PublishedVendorSeries, StoreError> {
        let file = SeriesFile { imported, file_name, sha256, supersede };
        let series = imported.series;
        let folder = manifest_folder(series);
        let chain = Chain::new(&self.objects, &folder);
        for _ in 0..PUBLISH_ATTEMPTS {
            let merged = self.merged_vendor_series(file).await?;
            let of_file = imported.bars.encode();
            let bars_sha256 = Sha256::of(of_file.as_bytes());
            match merged.newest {
                Some((manifest, _)) if manifest.content_sha256 == merged.content_sha256 => {
                    // The document may be of a writer that died before its name was durable.
                    chain.sync().await?;
                    return Ok(PublishedVendorSeries { manifest, already_present: true });
                }
                _ => {}
            }
            let name = bars_name(series, bars_sha256);
            // An existing file of this name says the same: the name is its digest.
            self.objects.put_if_absent(&name, Bytes::from(of_file)).await?;
            let content_name = bars_name(series, merged.content_sha256);
            if content_name != name {
                self.objects.put_if_absent(&content_name, Bytes::from(merged.bars.encode())).await?;
            }
            self.objects.sync_folders([name.as_str(), content_name.as_str()]).await?;
            let manifest = next_manifest(file, bars_sha256, merged)?;
            if chain.put(manifest.generation, &manifest).await? == Put::Created {
                return Ok(PublishedVendorSeries { manifest, already_present: false });
            }
        }
        Err(StoreError::Contended { what: folder, attempts: PUBLISH_ATTEMPTS })
    }

    async fn merged_vendor_series(&self, file: SeriesFile<'_>) -> Result<Merged, StoreError> {
        let series = file.imported.series;
        let newest = self.newest_vendor_series(series).await?;
        let Some((manifest, _)) = &newest else {
            check_supersede(file, &[])?;
            let bars = file.imported.bars.clone();
            let (content_sha256, bars_added) = (bars.digest(), bars.len() as u64);
            return Ok(Merged { newest, bars, content_sha256, bars_added });
        };
        check_supersede(file, &manifest.sources)?;
        let stays = |source: &&VendorSeriesSource| !file.supersede.contains(&source.sha256);
        let stay: Vec<&VendorSeriesSource> = manifest.sources.iter().filter(stays).collect();
        let stored = if stay.len() == manifest.sources.len() {
            self.read_vendor_series(manifest).await?
        } else {
            self.union_of(series, &stay, file.imported.bars.has_volume()).await?
        };
        let is_told_alike = stay.is_empty() || stored.has_volume() == file.imported.bars.has_volume();
        let new = &file.imported.bars;
        match merge(stored.view(), new.view()) {
            Ok((bars, bars_added)) if is_told_alike => {
                let bars = VendorBars::new(bars, new.has_volume());
                let content_sha256 = bars.digest();
                Ok(Merged { newest, bars, content_sha256, bars_added })
            }
            Ok(_) | Err(_) => Err(self.conflict_with(file, &stay).await?),
        }
    }

    /// What of the files that stay keeps a file out.
    async fn conflict_with(
        &self,
        file: SeriesFile<'_>,
        stay: &[&VendorSeriesSource],
    ) -> Result<StoreError, StoreError> {
        let series = file.imported.series;
        let mut told = Vec::with_capacity(stay.len());
        for source in stay {
            told.push((*source, self.vendor_bars(series, source.bars_sha256).await?));
        }
        let named = (file.file_name, file.sha256);
        let conflict = VendorSeriesConflict::find(series, named, &file.imported.bars, &told);
        let differs = || StoreError::Manifest {
            name: manifest_folder(series),
            problem: "its bars are not those of its sources".to_owned(),
        };
        Ok(conflict.map_or_else(differs, |conflict| VendorSeriesRefusal::Conflict(Box::new(conflict)).into()))
    }

    /// All that some sources say.
    async fn union_of(
        &self,
        series: VendorSeries,
        sources: &[&VendorSeriesSource],
        has_volume: bool,
    ) -> Result<VendorBars, StoreError> {
        let mut union: Option<VendorBars> = None;
        for source in sources {
            let told = self.vendor_bars(series, source.bars_sha256).await?;
            let Some(before) = union else {
                union = Some(told);
                continue;
            };
            let name = bars_name(series, source.bars_sha256);
            let contradicts = || "it contradicts another source".to_owned();
            let (bars, _) =
                merge(before.view(), told.view()).map_err(|_| StoreError::Manifest { name, problem: contradicts() })?;
            union = Some(VendorBars::new(bars, told.has_volume()));
        }
        Ok(union.unwrap_or_else(|| VendorBars::new(Bars::default(), has_volume)))
    }
}

/// Refuses a file whose place another one took, and to supersede what is no source; the same request again finds its
/// files superseded by the same file, and is none of these.
fn check_supersede(file: SeriesFile<'_>, sources: &[VendorSeriesSource]) -> Result<(), StoreError> {
    let series = file.imported.series;
    let successor = sources
        .iter()
        .find(|source| source.supersedes.contains(&file.sha256) && !file.supersede.contains(&source.sha256));
    if let Some(successor) = successor {
        let (file_name, by) = (file.file_name.to_owned(), successor.named());
        return Err(VendorSeriesRefusal::Superseded { series, file_name, file_sha256: file.sha256, by }.into());
    }
    let is_source = |sha256: &Sha256| {
        let is_done = |source: &VendorSeriesSource| source.sha256 == file.sha256 && source.supersedes.contains(sha256);
        sources.iter().any(|source| source.sha256 == *sha256 || is_done(source))
    };
    match file.supersede.iter().copied().find(|sha256| !is_source(sha256)) {
        None => Ok(()),
        Some(sha256) => {
            let stored: Vec<String> = sources.iter().map(VendorSeriesSource::named).collect();
            let stored = if stored.is_empty() { "no file".to_owned() } else { stored.join(", ") };
            Err(VendorSeriesRefusal::NotASource { series, sha256, stored }.into())
        }
    }
}

fn next_manifest(
    file: SeriesFile<'_>,
    bars_sha256: Sha256,
    merged: Merged,
) -> Result<VendorSeriesManifest, StoreError> {
    let ImportedVendorSeries { series, format, bars, dispositions, calendar_sha256, .. } = file.imported;
    let Merged { newest, bars: all, content_sha256, bars_added } = merged;
    let Some((first_time, last_time)) = all.reach() else {
        let (name, problem) = (manifest_folder(*series), "no bars to publish".to_owned());
        return Err(StoreError::Manifest { name, problem });
    };
    let previous_sha256 = newest.as_ref().map(|(_, bytes)| Sha256::of(bytes));
    // Generations count vendor files; there are not 2^64 of them.
    let (generation, sources) =
        newest.map_or((1, Vec::new()), |(manifest, _)| (manifest.generation + 1, manifest.sources));
    let (gone, mut sources): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|before| file.supersede.contains(&before.sha256) || before.sha256 == file.sha256);
    let mut supersedes = Vec::new();
    for before in gone {
        supersedes.push(before.sha256);
        supersedes.extend(before.supersedes);
    }
    supersedes.retain(|sha256| *sha256 != file.sha256);
    supersedes.sort_unstable();
    supersedes.dedup();
    sources.push(VendorSeriesSource {
        sha256: file.sha256,
        file_name: file.file_name.to_owned(),
        format: (*format).to_owned(),
        bars_sha256,
        bars: bars.len() as u64,
        bars_added,
        supersedes,
        dispositions: *dispositions,
        calendar_sha256: *calendar_sha256,
    });
    Ok(VendorSeriesManifest {
        format: FORMAT,
        series: *series,
        generation,
        previous_sha256,
        content_sha256,
        has_volume: all.has_volume(),
        rows: all.len() as u64,
        first_time,
        last_time,
        sources,
    })
}
