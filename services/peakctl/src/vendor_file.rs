//! A vendor file on its way to the store, read while it is sent, so that its size costs no memory.

use std::io;
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use peaktrade_wire::dataset::v1 as dataset;
use tokio::io::AsyncReadExt as _;
use tokio::sync::oneshot;

use crate::failure::Failure;
use crate::progress::Progress;

/// Bytes of one chunk; the service takes at most 1 MiB.
const CHUNK_BYTES: usize = 512 * 1024;
/// Largest file, as the service takes it. A gigabyte holds a century of one-minute bars.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// What is stated of a file, and the messages of the call that takes statement and bytes: bars, settlements and vendors'
/// series have one call each.
pub(crate) trait Header: Send + 'static {
    /// A message of the call.
    type Message: Send + 'static;

    /// The same statement of a file of this name.
    fn with_name(self, file_name: String) -> Self;
    /// The name of the file.
    fn name(&self) -> &str;
    /// The first message.
    fn message(self) -> Self::Message;
    /// A later one.
    fn chunk(bytes: Vec<u8>) -> Self::Message;
}

impl Header for dataset::ImportHeader {
    type Message = dataset::ImportBarsRequest;

    fn with_name(self, file_name: String) -> Self {
        Self { file_name, ..self }
    }

    fn name(&self) -> &str {
        &self.file_name
    }

    fn message(self) -> Self::Message {
        Self::Message { part: Some(dataset::import_bars_request::Part::Header(self)) }
    }

    fn chunk(bytes: Vec<u8>) -> Self::Message {
        Self::Message { part: Some(dataset::import_bars_request::Part::Chunk(bytes)) }
    }
}

impl Header for dataset::SettlementsHeader {
    type Message = dataset::ImportSettlementsRequest;

    fn with_name(self, file_name: String) -> Self {
        Self { file_name, ..self }
    }

    fn name(&self) -> &str {
        &self.file_name
    }

    fn message(self) -> Self::Message {
        Self::Message { part: Some(dataset::import_settlements_request::Part::Header(self)) }
    }

    fn chunk(bytes: Vec<u8>) -> Self::Message {
        Self::Message { part: Some(dataset::import_settlements_request::Part::Chunk(bytes)) }
    }
}

impl Header for dataset::VendorSeriesHeader {
    type Message = dataset::ImportVendorSeriesRequest;

    fn with_name(self, file_name: String) -> Self {
        Self { file_name, ..self }
    }

    fn name(&self) -> &str {
        &self.file_name
    }

    fn message(self) -> Self::Message {
        Self::Message { part: Some(dataset::import_vendor_series_request::Part::Header(self)) }
    }

    fn chunk(bytes: Vec<u8>) -> Self::Message {
        Self::Message { part: Some(dataset::import_vendor_series_request::Part::Chunk(bytes)) }
    }
}

/// A file and what is stated of it.
pub(crate) struct VendorFile<H> {
    header: H,
    bytes: Bytes,
    size: u64,
}

/// Where the bytes come from.
enum Bytes {
    Memory(io::Cursor<Vec<u8>>),
    Disk { file: tokio::fs::File, path: PathBuf },
}

/// Why a file ended before its end. The service must not take its beginning for all of it.
pub(crate) type Broken = oneshot::Receiver<Failure>;

impl<H: Header> VendorFile<H> {
    /// A file that was made here.
    pub(crate) fn made(header: H, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self { header, bytes: Bytes::Memory(io::Cursor::new(bytes)), size }
    }

    /// Opens a file; its name completes the header.
    pub(crate) async fn open(header: H, path: &Path) -> Result<Self, Failure> {
        let unreadable = |error: io::Error| Failure::from_file("reading", path, &error);
        // Before it is opened: a pipe would not open until somebody writes into it.
        let metadata = tokio::fs::metadata(path).await.map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(Failure::Input(format!("{} is no file", path.display())));
        }
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        let size = metadata.len();
        if size > FILE_BYTES_MAX {
            let text = format!("{} holds {size} bytes; a file may hold at most {FILE_BYTES_MAX}", path.display());
            return Err(Failure::Input(text));
        }
        let name = path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        let file_name = name.ok_or_else(|| Failure::Input(format!("{} has no name in UTF-8", path.display())))?;
        let bytes = Bytes::Disk { file, path: path.to_owned() };
        Ok(Self { header: header.with_name(file_name), bytes, size })
    }

    /// Its name without folders.
    pub(crate) fn name(&self) -> &str {
        self.header.name()
    }

    /// Its size in bytes.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// The messages of one call, and the failure after which none comes any more. A caller that hears of the failure
    /// drops the call; only a stream that ends by itself is a whole file.
    pub(crate) fn messages(self, progress: Progress) -> (BoxStream<'static, H::Message>, Broken) {
        let (fail, broken) = oneshot::channel();
        let Self { header, bytes, size } = self;
        let header = stream::once(async move { header.message() });
        let reading = Reading { bytes, sent: 0, size, progress, fail };
        let chunks = stream::unfold(reading, |mut reading| async move {
            match reading.next().await {
                Ok(Some(chunk)) => Some((H::chunk(chunk), reading)),
                Ok(None) => None,
                Err(failure) => {
                    let _caller_is_gone = reading.fail.send(failure);
                    std::future::pending().await
                }
            }
        });
        (header.chain(chunks).boxed(), broken)
    }
}

/// A file that is being sent.
struct Reading {
    bytes: Bytes,
    sent: u64,
    size: u64,
    progress: Progress,
    fail: oneshot::Sender<Failure>,
}

impl Reading {
    /// The next chunk; `None` at the end of a file that was read whole.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        let limit = CHUNK_BYTES as u64;
        let read = match &mut self.bytes {
            Bytes::Memory(bytes) => bytes.take(limit).read_to_end(&mut chunk).await,
            Bytes::Disk { file, .. } => file.take(limit).read_to_end(&mut chunk).await,
        };
        let of_path = |problem: &dyn std::fmt::Display| {
            let path = match &self.bytes {
                Bytes::Memory(_) => String::new(),
                Bytes::Disk { path, .. } => path.display().to_string(),
            };
            Failure::Input(format!("reading {path}: {problem}; nothing of it was imported"))
        };
        self.sent += read.map_err(|error| of_path(&error))? as u64;
        if self.sent > self.size || (chunk.is_empty() && self.sent < self.size) {
            return Err(of_path(&format!("it had {} bytes and changed while it was read", self.size)));
        }
        self.progress.set(self.sent);
        if self.sent == self.size {
            self.progress.turn_to("reading and storing its rows");
        }
        Ok(Some(chunk).filter(|chunk| !chunk.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _};
    use peaktrade_wire::dataset::v1 as dataset;
    use peaktrade_wire::dataset::v1::import_bars_request::Part;
    use peaktrade_wire::dataset::v1::import_settlements_request::Part as SettlementsPart;

    use super::{CHUNK_BYTES, VendorFile};
    use crate::progress::Progress;

    /// What a file sends: the header, then the lengths of its chunks.
    async fn sent(file: VendorFile<dataset::ImportHeader>) -> (Vec<usize>, Option<String>) {
        let (mut messages, mut broken) = file.messages(Progress::hidden());
        let mut lengths = Vec::new();
        loop {
            tokio::select! {
                biased;
                failure = &mut broken => match failure {
                    Ok(failure) => return (lengths, Some(failure.to_string())),
                    Err(_ended) => return (lengths, messages.next().now_or_never().flatten().map(|_| "goes on".into())),
                },
                message = messages.next() => match message.and_then(|message| message.part) {
                    Some(Part::Header(header)) => assert!(lengths.is_empty() && header.file_name == "a.txt"),
                    Some(Part::Chunk(chunk)) => lengths.push(chunk.len()),
                    None => return (lengths, None),
                },
            }
        }
    }

    #[tokio::test]
    async fn a_file_is_sent_whole_or_never_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        let open = async || VendorFile::open(dataset::ImportHeader::default(), &path).await.unwrap();
        for (bytes, chunks) in [
            (0, vec![]),
            (1, vec![1]),
            (CHUNK_BYTES, vec![CHUNK_BYTES]),
            (2 * CHUNK_BYTES + 9, vec![CHUNK_BYTES, CHUNK_BYTES, 9]),
        ] {
            std::fs::write(&path, vec![b'x'; bytes]).unwrap();
            assert_eq!(sent(open().await).await, (chunks, None));
            let file = open().await;
            std::fs::write(&path, vec![b'x'; bytes + 1]).unwrap();
            let (_, failure) = sent(file).await;
            assert!(failure.is_some_and(|failure| failure.contains("changed while it was read")), "{bytes}");
        }
        let file = open().await;
        std::fs::write(&path, b"").unwrap();
        assert!(sent(file).await.1.is_some_and(|failure| failure.contains("nothing of it was imported")));
        assert!(VendorFile::open(dataset::ImportHeader::default(), folder.path()).await.is_err());
    }

    #[tokio::test]
    async fn a_file_of_settlements_goes_the_same_way() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.csv");
        std::fs::write(&path, "contract\n").unwrap();
        let header = dataset::SettlementsHeader { root: "NQ".to_owned(), ..Default::default() };
        let (messages, _broken) = VendorFile::open(header, &path).await.unwrap().messages(Progress::hidden());
        let parts: Vec<_> = messages.filter_map(async |message| message.part).collect().await;
        let header = dataset::SettlementsHeader {
            root: "NQ".to_owned(),
            file_name: "facts.csv".to_owned(),
            ..Default::default()
        };
        assert_eq!(parts, [SettlementsPart::Header(header), SettlementsPart::Chunk(b"contract\n".to_vec())]);
    }
}
