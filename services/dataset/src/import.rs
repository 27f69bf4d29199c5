//! ImportBars: a stream of chunks becomes a nameless file, the file becomes bars, the bars become visible at once.

pub(crate) mod caller;

use std::fs::File;
use std::io::{self, Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use peaktrade_domain::Sha256;
use peaktrade_store::{
    BARS_MAX, Format, ImportError, ImportOptions, ImportRequest, ImportedFile, Place, Published, RowUnit,
    import_at_most,
};
use peaktrade_wire::FieldError;
use peaktrade_wire::dataset::v1::import_bars_request::Part;
use peaktrade_wire::dataset::v1::{ImportBarsRequest, ImportHeader};
use sha2::Digest as _;
use tokio::sync::OwnedSemaphorePermit;
use tonic::Status;
use tracing::Instrument as _;

use self::caller::{Caller, Heard};
use crate::library::{Library, SPOOLS_MAX};
use crate::status;

/// Bytes of a file at most: a gigabyte holds a century of one-minute bars as text.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// Bytes of a chunk at most, as the proto says: far below the message limit, large enough that chunks are not the cost.
const CHUNK_BYTES_MAX: usize = 1 << 20;

/// Bars of a file that is read beside other work. A file of more is read once more with the machine to itself, because
/// what its bars take would not be there twice.
const BARS_BESIDE_WORK_MAX: usize = 2_000_000;

/// Bytes of a file name at most, as file systems have it.
const FILE_NAME_BYTES_MAX: usize = 255;

/// Files that one file can take the place of: a year of daily revisions.
const SUPERSEDE_MAX: usize = 366;

/// Silence after which a caller is taken to be gone; its spool file goes with it.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// Names tried for a spool file: a name is taken only by a process that died between making and unnaming its file.
const SPOOL_NAMES_MAX: u32 = 1_000;

static SPOOL_COUNT: AtomicU64 = AtomicU64::new(0);

/// One import that was done.
pub(crate) struct Imported {
    pub(crate) file: ImportedFile,
    pub(crate) file_sha256: Sha256,
    /// What became of each of its contracts.
    pub(crate) published: Vec<Published>,
}

/// Takes the stream to its end, then imports it.
pub(crate) async fn run(
    library: &Arc<Library>,
    mut requests: impl Stream<Item = Result<ImportBarsRequest, Status>> + Unpin,
) -> Result<Imported, Status> {
    let header = header(&mut requests).await?;
    let (request, supersede) = check_header(library, header)?;
    let spooling = spool_permit(library)?;
    let (spool, file_sha256) = receive(library, requests).await?;
    let (caller, spool) = Caller::heard(spool);
    let file_name = request.file_name.clone();
    let (file, turn) = read(library, spool, request, spooling).await?;
    let fault = caller.fault();
    drop(caller);
    let file = file.map_err(|error| fault.unwrap_or_else(|| status::of_import(&error)))?;
    // From here on a caller that leaves changes nothing: all contracts of its file are published, or none.
    let library = Arc::clone(library);
    let publishing = async move {
        let _turn = turn;
        publish(&library, file, &file_name, file_sha256, &supersede).await
    };
    let published = tokio::spawn(publishing.in_current_span()).await;
    published.map_err(|error| Status::internal(format!("publishing stopped: {error}")))?
}

/// Reads a file when its turn comes. The permits go with the work: where the caller leaves, the reading ends at the file's
/// next bytes, not at once.
async fn read(
    library: &Library,
    mut spool: Heard<File>,
    request: ImportRequest,
    spooling: OwnedSemaphorePermit,
) -> Result<(Result<ImportedFile, ImportError>, OwnedSemaphorePermit), Status> {
    let turn = library.heavy_work.turn().await?;
    let calendar = library.calendar.clone();
    let (file, spool, request, calendar, spooling, turn) = in_background(move || {
        let file = import_at_most(&mut spool, &request, &calendar, BARS_BESIDE_WORK_MAX);
        (file, spool, request, calendar, spooling, turn)
    })
    .await?;
    if !matches!(file, Err(ImportError::TooManyBars { .. })) {
        return Ok((file, turn));
    }
    // Waiting for all turns with one of them in hand, two of these would wait for each other.
    drop(turn);
    let turn = library.heavy_work.all_turns().await?;
    in_background(move || {
        let mut spool = spool;
        let rewound = spool.rewind();
        let unreadable = |source| ImportError::Unreadable { place: Place { unit: RowUnit::Line, number: 0 }, source };
        let file = rewound.map_err(unreadable).and_then(|()| import_at_most(&mut spool, &request, &calendar, BARS_MAX));
        drop(spooling);
        (file, turn)
    })
    .await
}

/// Publishes a file that was read.
async fn publish(
    library: &Library,
    file: ImportedFile,
    file_name: &str,
    file_sha256: Sha256,
    supersede: &[Sha256],
) -> Result<Imported, Status> {
    let published = library.store.publish(&file, file_name, file_sha256, supersede).await;
    let published = published.map_err(|error| status::of_store(&error))?;
    library.metrics.count_import(&file.dispositions);
    tracing::info!(
        first_contract = ?file.contracts.first().map(|of_contract| of_contract.contract),
        contracts = file.contracts.len(),
        format = file.format,
        file_name,
        %file_sha256,
        rows = %file.dispositions,
        already_present = published.iter().all(|published| published.already_present),
        "bars imported"
    );
    Ok(Imported { file, file_sha256, published })
}

/// The first message of a stream.
pub(crate) async fn header(
    requests: &mut (impl Stream<Item = Result<ImportBarsRequest, Status>> + Unpin),
) -> Result<ImportHeader, Status> {
    match next(requests).await? {
        Some(Part::Header(header)) => Ok(header),
        Some(Part::Chunk(_)) | None => Err(FieldError::new("part", "the first message must be the header").into()),
    }
}

/// Room for one more file on its way in.
pub(crate) fn spool_permit(library: &Library) -> Result<OwnedSemaphorePermit, Status> {
    Arc::clone(&library.spools).try_acquire_owned().map_err(|_| {
        Status::resource_exhausted(format!("{SPOOLS_MAX} files are on their way in; no more are taken at a time"))
    })
}

/// Refuses what is no name of a file: it stands in documents, answers and log lines for ever.
pub(crate) fn check_file_name(file_name: &str) -> Result<(), FieldError> {
    let is_long = (1..=FILE_NAME_BYTES_MAX).contains(&file_name.len());
    if is_long && !file_name.contains('/') && !file_name.chars().any(char::is_control) {
        return Ok(());
    }
    let problem =
        format!("a name without folders and control characters, of 1 to {FILE_NAME_BYTES_MAX} bytes, is required");
    Err(FieldError::new("file_name", problem))
}

/// The digests of files to be superseded.
pub(crate) fn read_supersede(supersede: &[String]) -> Result<Vec<Sha256>, Status> {
    if supersede.len() > SUPERSEDE_MAX {
        let problem = format!("{} files; at most {SUPERSEDE_MAX} are allowed", supersede.len());
        return Err(FieldError::new("supersede", problem).into());
    }
    let supersede: Result<Vec<Sha256>, _> = supersede.iter().map(|sha256| sha256.parse()).collect();
    Ok(supersede.map_err(|error| FieldError::new("supersede", format!("{error}")))?)
}

fn check_header(library: &Library, header: ImportHeader) -> Result<(ImportRequest, Vec<Sha256>), Status> {
    let root = library.admit(&header.root)?;
    let ImportHeader { format, file_name, contract, time_zone, stamp, prices, bar, profile, supersede, .. } = header;
    check_file_name(&file_name)?;
    let format = Format::parse(&format, &profile).map_err(|error| status::of_import(&error))?;
    let options = ImportOptions::parse(&contract, &time_zone, &stamp, &prices, &bar);
    let options = options.map_err(|error| status::of_import(&error))?;
    let supersede = read_supersede(&supersede)?;
    Ok((ImportRequest { format, root, file_name, options }, supersede))
}

/// Spools the chunks, so that a slow caller costs a file and no memory.
pub(crate) async fn receive(
    library: &Library,
    mut requests: impl Stream<Item = Result<ImportBarsRequest, Status>> + Unpin,
) -> Result<(File, Sha256), Status> {
    let mut spool = nameless_file(&library.spool).map_err(|error| spool_failed(library, 0, &error))?;
    let mut hasher = sha2::Sha256::new();
    let mut received = 0_u64;
    while let Some(part) = next(&mut requests).await? {
        let Part::Chunk(chunk) = part else {
            return Err(FieldError::new("part", "the header comes once, before the chunks").into());
        };
        if chunk.is_empty() || chunk.len() > CHUNK_BYTES_MAX {
            let problem = format!("{} bytes; 1 to {CHUNK_BYTES_MAX} are allowed", chunk.len());
            return Err(FieldError::new("chunk", problem).into());
        }
        received += chunk.len() as u64;
        if received > FILE_BYTES_MAX {
            return Err(FieldError::new("chunk", format!("the file has more than {FILE_BYTES_MAX} bytes")).into());
        }
        hasher.update(&chunk);
        spool = in_background(move || spool.write_all(&chunk).map(|()| spool))
            .await?
            .map_err(|error| spool_failed(library, received, &error))?;
    }
    // A caller that leaves ends its stream as one that is done does: tonic tells no reset of a request from its end. The
    // server drops the call of one that left as soon as the call waits, so it waits once before the file counts as whole.
    tokio::task::yield_now().await;
    spool.rewind().map_err(|error| spool_failed(library, received, &error))?;
    Ok((spool, Sha256::from_bytes(hasher.finalize().into())))
}

async fn next(
    requests: &mut (impl Stream<Item = Result<ImportBarsRequest, Status>> + Unpin),
) -> Result<Option<Part>, Status> {
    match tokio::time::timeout(SILENCE_MAX, requests.next()).await {
        Ok(None) => Ok(None),
        Ok(Some(request)) => match request?.part {
            Some(part) => Ok(Some(part)),
            None => Err(FieldError::new("part", "empty; a header or a chunk is required").into()),
        },
        Err(_elapsed) => {
            Err(Status::deadline_exceeded(format!("no message for {} s; nothing was imported", SILENCE_MAX.as_secs())))
        }
    }
}

/// A file without a name, gone with its handle: a process that dies leaves nothing to sweep.
fn nameless_file(folder: &Path) -> io::Result<File> {
    for _ in 0..SPOOL_NAMES_MAX {
        let number = SPOOL_COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("import-{}-{number}", std::process::id()));
        match File::options().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => return std::fs::remove_file(&path).map(|()| file),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "no free name in the spool folder"))
}

/// Runs file work off the asynchronous threads.
pub(crate) async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Status::internal(format!("import stopped: {error}")))
}

/// Why the bytes of a file cannot be kept until it is read; a full disk is the operator's to mend.
fn spool_failed(library: &Library, received: u64, error: &io::Error) -> Status {
    let folder = library.spool.display();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Status::resource_exhausted(format!(
            "no space left on the disk of {folder}: the file's first {received} bytes do not fit; nothing was imported; make \
             room for all of it and do the same again"
        )),
        _ => Status::internal(format!("spooling the file in {folder} failed: {error}; nothing was imported")),
    }
}
