//! Continuous series as vendors made them: a kind of their own, beside contract bars and never among them. Nothing that
//! builds, validates or trades reads them; they are imported, listed and served under their own name.
//!
//! Below the folder of the store:
//! * `vendor_series_files/NQ/NQ1!/5m/adjusted/<sha16>.csv`: the bars of one vendor file, or those of a generation where
//!   several files make it; never changed or removed, so that what was once served can be served again;
//! * `vendor_series/NQ/NQ1!/5m/adjusted/00000001.json`, ...: manifests; the newest is in force.
//!
//! Vendors restate adjusted prices at each roll. A source therefore keeps all that it says, and a superseded one leaves
//! with exactly that.

mod bars;
mod manifest;
mod name;
mod publishing;
mod refusal;

use bytes::Bytes;
use peaktrade_domain::{ContractRoot, Sha256};

use crate::chain::Chain;
use crate::{BarStore, StoreError};

pub use bars::{VendorBars, vendor_series_schema};
pub use manifest::{VendorSeriesManifest, VendorSeriesSource};
pub use name::{VendorPrices, VendorSeries};
pub use refusal::{VendorDifference, VendorSeriesConflict, VendorSeriesRefusal};

use manifest::{bars_name, manifest_folder};

/// What publishing did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedVendorSeries {
    /// The manifest in force.
    pub manifest: VendorSeriesManifest,
    /// Whether every bar had been stored before, so that nothing changed.
    pub already_present: bool,
}

/// A series' newest manifest and its bytes.
type Newest = Option<(VendorSeriesManifest, Bytes)>;

impl BarStore {
    /// Newest manifests of a root's series, in order of their names.
    ///
    /// # Errors
    /// Where a manifest cannot be read.
    pub async fn vendor_series(&self, root: ContractRoot) -> Result<Vec<VendorSeriesManifest>, StoreError> {
        let mut manifests = Vec::new();
        for ticker in self.objects.list_folders(&format!("vendor_series/{root}")).await? {
            for bar in self.objects.list_folders(&format!("vendor_series/{root}/{ticker}")).await? {
                let folder = format!("{root}/{ticker}/{bar}");
                for prices in self.objects.list_folders(&format!("vendor_series/{folder}")).await? {
                    let name = format!("{folder}/{prices}");
                    let foreign = |problem| StoreError::Manifest { name: format!("vendor_series/{name}"), problem };
                    let series = name.parse().map_err(foreign)?;
                    manifests.extend(self.newest_vendor_series(series).await?.map(|(manifest, _)| manifest));
                }
            }
        }
        manifests.sort_unstable_by_key(|manifest| manifest.series);
        Ok(manifests)
    }

    /// Newest manifest of a series; `None` where nothing is stored of it.
    ///
    /// # Errors
    /// Where the manifest cannot be read.
    pub async fn vendor_series_of(&self, series: VendorSeries) -> Result<Option<VendorSeriesManifest>, StoreError> {
        Ok(self.newest_vendor_series(series).await?.map(|(manifest, _)| manifest))
    }

    /// The first manifest of a series whose bars have this digest: who asks by digest is told the same for ever, whatever
    /// files tell the same bars later.
    ///
    /// # Errors
    /// Where a manifest cannot be read.
    pub async fn vendor_series_with_content(
        &self,
        series: VendorSeries,
        content_sha256: Sha256,
    ) -> Result<Option<VendorSeriesManifest>, StoreError> {
        let folder = manifest_folder(series);
        let chain = Chain::new(&self.objects, &folder);
        for number in 1..=chain.newest().await? {
            let (manifest, _) = self.vendor_generation(&chain, series, number).await?;
            if manifest.content_sha256 == content_sha256 {
                return Ok(Some(manifest));
            }
        }
        Ok(None)
    }

    /// All bars of a manifest, checked against its digest.
    ///
    /// # Errors
    /// Where their file is absent or damaged.
    pub async fn read_vendor_series(&self, manifest: &VendorSeriesManifest) -> Result<VendorBars, StoreError> {
        self.vendor_bars(manifest.series, manifest.content_sha256).await
    }

    async fn newest_vendor_series(&self, series: VendorSeries) -> Result<Newest, StoreError> {
        let folder = manifest_folder(series);
        let chain = Chain::new(&self.objects, &folder);
        match chain.newest().await? {
            0 => Ok(None),
            generation => self.vendor_generation(&chain, series, generation).await.map(Some),
        }
    }

    async fn vendor_generation(
        &self,
        chain: &Chain<'_>,
        series: VendorSeries,
        generation: u64,
    ) -> Result<(VendorSeriesManifest, Bytes), StoreError> {
        let (manifest, bytes) = chain.get::<VendorSeriesManifest>(generation).await?;
        if manifest.series != series || manifest.generation != generation {
            let problem = format!("it says {} generation {}", manifest.series, manifest.generation);
            return Err(StoreError::Manifest { name: chain.name(generation), problem });
        }
        Ok((manifest, bytes))
    }

    /// The bars of a file of the store, by the digest of their text.
    async fn vendor_bars(&self, series: VendorSeries, expected: Sha256) -> Result<VendorBars, StoreError> {
        let name = bars_name(series, expected);
        let bytes = self.objects.get(&name).await?.ok_or_else(|| StoreError::Missing { name: name.clone() })?;
        let unreadable = |problem: String| StoreError::Manifest { name: name.clone(), problem };
        // Years of minutes take a while, too long for an asynchronous thread.
        let decoded = tokio::task::spawn_blocking(move || {
            let found = Sha256::of(&bytes);
            let text = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8".to_owned());
            (found, text.and_then(VendorBars::decode))
        });
        let (found, bars) = decoded.await.map_err(|error| unreadable(error.to_string()))?;
        if found != expected {
            return Err(StoreError::Damaged { name, found, expected });
        }
        bars.map_err(unreadable)
    }
}

#[cfg(test)]
mod tests;
