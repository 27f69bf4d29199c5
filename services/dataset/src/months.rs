//! Decoded month files, held within a bound: what is built and what is served pass through here one month at a time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use peaktrade_continuous::Bars;
use peaktrade_domain::{ContractSymbol, Sha256};
use peaktrade_store::{BarStore, MonthFile, ROW_BYTES, StoreError};
use tokio::sync::Semaphore;

/// Bytes of bars held at most: twenty years of one-minute bars along the front month are 350 MB and a container has
/// 1 GiB, so a series of six years stays in memory and a longer one is decoded again as it is sent.
const HELD_BYTES_MAX: u64 = 128 * 1024 * 1024;

/// Files held at most, however small: the list of them is searched from end to end.
const HELD_FILES_MAX: usize = 512;

/// Files decoded at a time: each is a megabyte or two, and a machine has few cores.
const READS_MAX: usize = 4;

/// What a held month is known by; its name in the store says the same.
type Key = (ContractSymbol, Sha256);

/// The months held, least recently used first. Month files never change, so nothing here grows old.
#[derive(Debug)]
pub(crate) struct Months {
    held: Mutex<Vec<(Key, Arc<Bars>)>>,
    reads: Semaphore,
}

impl Default for Months {
    fn default() -> Self {
        Self { held: Mutex::default(), reads: Semaphore::new(READS_MAX) }
    }
}

impl Months {
    /// The bars of a month file, decoded off the asynchronous threads and checked against its digest where they are
    /// not held.
    pub(crate) async fn get(
        &self,
        store: &BarStore,
        contract: ContractSymbol,
        month: &MonthFile,
    ) -> Result<Arc<Bars>, StoreError> {
        let key = (contract, month.rows_sha256);
        if let Some(bars) = self.find(key) {
            return Ok(bars);
        }
        // The semaphore is never closed; a permit that does not come would only lift the bound.
        let _permit = self.reads.acquire().await;
        // Another caller may have read it while this one waited.
        if let Some(bars) = self.find(key) {
            return Ok(bars);
        }
        let bars = store.read_month(contract, month).await?;
        Ok(self.keep(key, Arc::new(bars)))
    }

    fn find(&self, key: Key) -> Option<Arc<Bars>> {
        find_among(&mut self.lock(), key)
    }

    /// Keeps a month and answers the one that is held: two callers may have read the same one beside each other, and the
    /// second copy would only push others out.
    fn keep(&self, key: Key, bars: Arc<Bars>) -> Arc<Bars> {
        let mut held = self.lock();
        if let Some(bars) = find_among(&mut held, key) {
            return bars;
        }
        held.push((key, Arc::clone(&bars)));
        let mut bytes: u64 = held.iter().map(|(_, bars)| bytes_of(bars)).sum();
        let mut gone = 0;
        // The newest stays even where it alone is too large: its caller holds it anyway.
        while (bytes > HELD_BYTES_MAX || held.len() - gone > HELD_FILES_MAX) && held.len() - gone > 1 {
            bytes -= bytes_of(&held[gone].1);
            gone += 1;
        }
        held.drain(..gone);
        bars
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Key, Arc<Bars>)>> {
        // Every change of the list leaves it whole, so a panic elsewhere does.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The month of a key, which is then the one used last.
fn find_among(held: &mut Vec<(Key, Arc<Bars>)>, key: Key) -> Option<Arc<Bars>> {
    let at = held.iter().position(|(other, _)| *other == key)?;
    let entry = held.remove(at);
    let bars = Arc::clone(&entry.1);
    held.push(entry);
    Some(bars)
}

fn bytes_of(bars: &Bars) -> u64 {
    // No machine that runs this has more than 64 bits of address.
    bars.len() as u64 * ROW_BYTES
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use peaktrade_continuous::{Bar, Bars};
    use peaktrade_domain::Sha256;

    use super::{HELD_BYTES_MAX, HELD_FILES_MAX, Key, Months};

    fn key(number: usize) -> Key {
        ("NQH2025".parse().unwrap(), Sha256::of(&number.to_le_bytes()))
    }

    fn bars(rows: usize) -> Arc<Bars> {
        let mut bars = Bars::default();
        for _ in 0..rows {
            bars.push(Bar { ts: 0, open: 1, high: 1, low: 1, close: 1, volume: 1 });
        }
        Arc::new(bars)
    }

    #[test]
    fn a_month_read_twice_is_held_once() {
        let months = Months::default();
        let first = months.keep(key(1), bars(1));
        let other = months.keep(key(2), bars(1));
        assert!(Arc::ptr_eq(&months.keep(key(1), bars(1)), &first), "the second copy is let go");
        let keys: Vec<Key> = months.lock().iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, [key(2), key(1)], "least recently used first");
        assert!(Arc::ptr_eq(&months.find(key(2)).unwrap(), &other));
    }

    #[test]
    fn what_is_held_stays_within_its_bounds() {
        let months = Months::default();
        for number in 0..2 * HELD_FILES_MAX {
            months.keep(key(number), bars(1));
        }
        assert_eq!(months.lock().len(), HELD_FILES_MAX);
        let half = usize::try_from(HELD_BYTES_MAX / 48 / 2).unwrap();
        months.keep(key(10_000), bars(half));
        months.keep(key(10_001), bars(half + 1));
        months.keep(key(10_002), bars(1));
        let keys: Vec<Key> = months.lock().iter().map(|(key, _)| *key).collect();
        assert_eq!(keys, [key(10_001), key(10_002)]);
    }
}
