//! ImportBars: what is kept, what is refused, and that a refused file leaves nothing.

use std::io::Write as _;
use std::time::Duration;

use futures_util::StreamExt as _;
use peaktrade_wire::dataset::v1 as wire;
use peaktrade_wire::dataset::v1::import_bars_request::Part;
use tonic::{Code, Status};

use crate::server::{Server, rows};

const FILE: &str = "NQ 06-25.Last.txt";

fn good_rows() -> String {
    rows("2025-04-01T14:00:00Z", "2025-04-01T15:00:00Z", |_| 80_000)
}

fn counts(answer: &wire::ImportBarsResponse) -> Vec<(&str, u64)> {
    answer.dispositions.iter().map(|disposition| (disposition.kind.as_str(), disposition.rows)).collect()
}

async fn stored(server: &Server) -> Vec<wire::ContractBars> {
    let request = wire::ListContractBarsRequest { root: "NQ".into() };
    server.control.clone().list_contract_bars(request).await.unwrap().into_inner().contracts
}

#[tokio::test]
async fn a_file_in_any_chunks_becomes_the_same_bars_once() {
    let server = Server::start().await;
    let saturday = "20250405 152100;0.5;17463.25;0.5;17463.25;6\n";
    let text = format!("{}{saturday}", good_rows());
    let first = server.import_chunks(FILE, text.as_bytes(), 7).await.unwrap();
    assert_eq!(first.contract, "NQM2025");
    assert_eq!(first.rows_in, 61);
    let (met, unmet): (Vec<_>, Vec<_>) = counts(&first).into_iter().partition(|(_, rows)| *rows > 0);
    assert_eq!(met, [("kept", 60), ("out_of_session", 1)]);
    let unmet: Vec<&str> = unmet.into_iter().map(|(kind, _)| kind).collect();
    let fates = ["duplicate", "off_tick", "after_expiry", "spread", "unknown_symbol", "spike", "price_scale"];
    assert_eq!(unmet, fates);
    assert_eq!((first.contracts.len(), first.contracts[0].bars), (1, 60));
    assert_eq!(first.file_sha256, peaktrade_domain::Sha256::of(text.as_bytes()).to_string());
    assert!(!first.already_present);

    let second = server.import_chunks(FILE, text.as_bytes(), 1_000_000).await.unwrap();
    assert!(second.already_present);
    let mut second = wire::ImportBarsResponse { already_present: false, ..second };
    assert!(std::mem::take(&mut second.contracts[0].already_present));
    assert_eq!((first.contracts[0].rows_added, second.contracts[0].rows_added), (60, 0));
    second.contracts[0].rows_added = 60;
    assert_eq!(second, first);

    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    let third = server.import_chunks(&format!("{FILE}.gz"), &packed.finish().unwrap(), 100).await.unwrap();
    assert!(third.already_present, "the same rows in another wrapping change nothing");
    assert_ne!(third.file_sha256, first.file_sha256);
    let contracts = stored(&server).await;
    assert_eq!((contracts.len(), contracts[0].rows), (1, 60));
}

#[tokio::test]
async fn a_caller_that_leaves_leaves_nothing() {
    let server = Server::start().await;
    let header = wire::ImportHeader {
        format: "ninjatrader".into(),
        root: "NQ".into(),
        file_name: FILE.into(),
        ..Default::default()
    };
    let text = good_rows();
    // More callers than files are taken at a time, each gone after some whole rows of its file.
    for rows in 0..12 {
        let chunks = text.split_inclusive('\n').take(rows).map(|row| Part::Chunk(row.into()));
        let parts = std::iter::once(Part::Header(header.clone())).chain(chunks);
        let messages: Vec<_> = parts.map(|part| wire::ImportBarsRequest { part: Some(part) }).collect();
        let (all_sent, is_all_sent) = tokio::sync::oneshot::channel();
        let end = futures_util::stream::once(async move {
            let _ = all_sent.send(());
            std::future::pending().await
        });
        let mut control = server.control.clone();
        tokio::select! {
            answer = control.import_bars(futures_util::stream::iter(messages).chain(end)) => {
                // Places of callers that left a moment ago may not be free yet.
                assert_eq!(answer.unwrap_err().code(), Code::ResourceExhausted);
            }
            sent = is_all_sent => sent.unwrap(),
        }
        assert_eq!(stored(&server).await.len(), 0, "after {rows} rows");
    }
    let all_gone = async {
        while files_on_their_way(&server) > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_gone).await.expect("files of callers that left are closed soon");
    assert_eq!(stored(&server).await.len(), 0);
    let imported = loop {
        match server.import(FILE, &text).await {
            Err(status) if status.code() == Code::ResourceExhausted => tokio::task::yield_now().await,
            answer => break answer.unwrap(),
        }
    };
    assert!(!imported.already_present);
    assert_eq!(stored(&server).await[0].rows, 60);
    let folder = server.folder.path().join("dataset/contracts/NQ/NQM2025");
    let documents: Vec<_> = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    let [document] = &documents[..] else { panic!("one generation: {documents:?}") };
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(document).unwrap()).unwrap();
    assert_eq!(document["sources"].as_array().map(Vec::len), Some(1), "{document}");
}

/// Files of the server that are spooled or being read: they have no names, and this process has them open.
fn files_on_their_way(server: &Server) -> usize {
    let spool = server.folder.path().join("dataset/tmp");
    let open = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(|file| file.unwrap().path().read_link().ok());
    open.filter(|file| file.starts_with(&spool)).count()
}

#[tokio::test]
async fn files_on_their_way_in_are_bounded() {
    let server = Server::start().await;
    let header = wire::ImportHeader {
        format: "ninjatrader".into(),
        root: "NQ".into(),
        file_name: FILE.into(),
        ..Default::default()
    };
    // Four callers that send their header and then nothing: each holds its place, the next one is refused. They ask
    // again where an attempt below was faster.
    let unfinished = || {
        let header = wire::ImportBarsRequest { part: Some(Part::Header(header.clone())) };
        let mut control = server.control.clone();
        tokio::spawn(async move {
            loop {
                let messages = futures_util::stream::iter([header.clone()]).chain(futures_util::stream::pending());
                let _refused = control.import_bars(messages).await;
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
    };
    let waiting: Vec<_> = (0..4).map(|_| unfinished()).collect();
    let attempt = async |wanted: Option<Code>| {
        let attempts = async {
            loop {
                let status = server.import(FILE, &good_rows()).await.err();
                if status.as_ref().map(Status::code) == wanted {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), attempts).await.expect("the wanted answer comes soon")
    };
    let refused = attempt(Some(Code::ResourceExhausted)).await.unwrap();
    assert!(refused.message().starts_with("4 files are on their way in"), "{refused}");
    // A caller that leaves makes room.
    waiting[0].abort();
    assert!(attempt(None).await.is_none());
    for call in waiting {
        call.abort();
    }
}

#[tokio::test]
async fn a_refused_file_leaves_nothing() {
    let server = Server::start().await;
    let refuse = |status: Status, code: Code, part: &str| {
        assert_eq!(status.code(), code, "{status}");
        assert!(status.message().contains(part), "{status}");
    };
    let good = good_rows();
    for (file_name, text, part) in [
        (FILE, String::new(), "the file is empty"),
        (FILE, format!("{good}half a li"), "line 61"),
        (FILE, good.replace(';', ","), "line 1"),
        (FILE, format!("{good}20250401 140100;1;1;1;1;1\n"), "line 61: price 1 is outside 700 to 69000"),
        (FILE, format!("{good}20250401 140100;20000;20000;20000;20000;1\n"), "line 1 and line 61"),
        ("MNQ 06-25.Last.txt", good.clone(), "of root MNQ, the import is of root NQ"),
        ("NQ ##-##.Last.txt", good.clone(), "continuous"),
        ("NQM2025.csv", good.clone(), "NQ 03-25.Last.txt"),
    ] {
        refuse(server.import(file_name, &text).await.unwrap_err(), Code::InvalidArgument, part);
    }
    for name in ["", "../x.Last.txt", "x\n.Last.txt", &"x".repeat(256)] {
        let refused = server.import(name, &good).await.unwrap_err();
        refuse(
            refused,
            Code::InvalidArgument,
            "file_name: a name without folders and control characters, of 1 to 255 bytes",
        );
    }
    let header = |format: &str, root: &str| wire::ImportHeader {
        format: format.into(),
        root: root.into(),
        file_name: FILE.into(),
        ..Default::default()
    };
    let chunks = || vec![good.clone().into_bytes()];
    let foreign = server.import_parts(header("ninjatrader", "ES"), chunks()).await.unwrap_err();
    refuse(foreign, Code::NotFound, "root \"ES\" is not served; allowed: MNQ, NQ");
    let format = server.import_parts(header("reuters", "NQ"), chunks()).await.unwrap_err();
    refuse(
        format,
        Code::InvalidArgument,
        "format \"reuters\" is not built; allowed: ninjatrader, databento, scid, lean, parquet, barchart",
    );
    let empty = server.import_parts(header("ninjatrader", "NQ"), vec![Vec::new()]).await.unwrap_err();
    refuse(empty, Code::InvalidArgument, "0 bytes; 1 to 1048576 are allowed");
    let large = server.import_parts(header("ninjatrader", "NQ"), vec![vec![b'1'; (1 << 20) + 1]]).await.unwrap_err();
    refuse(large, Code::InvalidArgument, "1048577 bytes");
    let messages = [Part::Chunk(vec![1]), Part::Header(header("ninjatrader", "NQ"))].map(Some);
    for parts in [vec![messages[0].clone()], vec![None], vec![messages[1].clone(), messages[1].clone()], Vec::new()] {
        let messages: Vec<_> = parts.into_iter().map(|part| wire::ImportBarsRequest { part }).collect();
        let refused = server.control.clone().import_bars(futures_util::stream::iter(messages)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    }
    assert!(stored(&server).await.is_empty());
    let left = std::fs::read_dir(server.folder.path().join("dataset/tmp")).unwrap().count();
    assert_eq!(left, 0, "spool files have no names");
}

#[tokio::test]
async fn a_differing_revision_is_a_conflict_that_names_both_files() {
    let server = Server::start().await;
    server.import(FILE, &good_rows()).await.unwrap();
    let revised = rows("2025-04-01T14:30:00Z", "2025-04-01T15:30:00Z", |_| 80_001);
    let status = server.import("NQ 06-25.Last.txt.gz", &revised).await.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    for part in ["30 bars of NQM2025", "\"NQ 06-25.Last.txt\"", "\"NQ 06-25.Last.txt.gz\"", "2025-04-01T14:30:00Z"] {
        assert!(status.message().contains(part), "{status}");
    }
    assert_eq!(stored(&server).await[0].rows, 60);

    // The revision takes the file's place when it is told to, and then knows no other.
    let superseding = async |supersede: &str| {
        let header = wire::ImportHeader {
            format: "ninjatrader".into(),
            root: "NQ".into(),
            file_name: FILE.into(),
            supersede: vec![supersede.to_owned()],
            ..Default::default()
        };
        server.import_parts(header, vec![revised.clone().into_bytes()]).await
    };
    assert_eq!(superseding("0123").await.unwrap_err().code(), Code::InvalidArgument);
    let foreign = superseding(&"0".repeat(64)).await.unwrap_err();
    assert_eq!(foreign.code(), Code::InvalidArgument);
    let first = peaktrade_domain::Sha256::of(good_rows().as_bytes()).to_string();
    assert!(foreign.message().contains(&first), "{foreign}");
    assert!(!superseding(&first).await.unwrap().already_present);
    assert_eq!(stored(&server).await[0].rows, 60);
    let back = server.import(FILE, &good_rows()).await.unwrap_err();
    assert_eq!(back.code(), Code::FailedPrecondition, "{back}");
}

#[tokio::test]
async fn what_a_file_does_not_tell_must_be_stated() {
    let server = Server::start().await;
    let text = "date,open,high,low,close,volume\n20250401 09:00:00,20000,20000,20000,20000,1\n";
    let import = async |format: &str, stated: wire::ImportHeader| {
        let header =
            wire::ImportHeader { format: format.into(), root: "NQ".into(), file_name: "NQM5.csv".into(), ..stated };
        server.import_parts(header, vec![text.as_bytes().to_vec()]).await
    };
    let missing = |status: &Status| status.metadata().get("missing-options").unwrap().to_str().unwrap().to_owned();
    let nothing = import("ibkr", wire::ImportHeader::default()).await.unwrap_err();
    assert_eq!((nothing.code(), missing(&nothing).as_str()), (Code::InvalidArgument, "prices,bar"));
    let no_profile = import("csv", wire::ImportHeader::default()).await.unwrap_err();
    assert_eq!(missing(&no_profile), "profile");
    let mut stated = wire::ImportHeader { prices: "raw".into(), bar: "1m".into(), ..Default::default() };
    assert_eq!(missing(&import("ibkr", stated.clone()).await.unwrap_err()), "time_zone");
    stated.time_zone = "Chicago".into();
    let unknown = import("ibkr", stated.clone()).await.unwrap_err();
    assert!(unknown.message().contains("time_zone \"Chicago\" is not known"), "{unknown}");
    stated.time_zone = "America/Chicago".into();
    let adjusted = wire::ImportHeader { prices: "adjusted".into(), ..stated.clone() };
    let adjusted = import("ibkr", adjusted).await.unwrap_err();
    assert!(adjusted.message().contains("adjusted prices are no contract's prices"), "{adjusted}");
    let answer = import("ibkr", stated).await.unwrap();
    assert_eq!(answer.contract, "NQM2025");
    assert_eq!(answer.first_time.unwrap().seconds, 1_743_516_000);
}

#[tokio::test]
async fn what_was_imported_is_there_after_a_restart_and_invisible_to_a_narrower_allowlist() {
    let server = Server::start().await;
    server.import(FILE, &good_rows()).await.unwrap();
    let before = stored(&server).await;
    let server = Server::start_on(server.stop(), "NQ,MNQ").await;
    assert_eq!(stored(&server).await, before);
    let server = Server::start_on(server.stop(), "MNQ").await;
    let request = wire::ListContractBarsRequest { root: "NQ".into() };
    let refused = server.control.clone().list_contract_bars(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    assert_eq!(server.info(&["contract", "NQM2025", "1m"]).await.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn validation_reports_the_worst_first() {
    use wire::validate_dataset_response::Part;
    let server = Server::start().await;
    let with_hole = rows("2025-04-01T14:00:00Z", "2025-04-01T15:00:00Z", |_| 80_000)
        + &rows("2025-04-01T15:01:00Z", "2025-04-01T15:10:00Z", |_| 80_000)
        + &rows("2025-04-01T16:00:00Z", "2025-04-01T16:05:00Z", |_| 80_000);
    server.import(FILE, &with_hole).await.unwrap();
    let day = |date: &str| wire::VendorDay { date: date.into(), condition: "degraded".into() };
    let validate = |from: &str, to: &str| {
        let request = wire::ValidateDatasetRequest {
            root: "NQ".into(),
            from: from.into(),
            to: to.into(),
            degraded_days: vec![day("2025-04-01"), day("2025-04-02")],
            ..Default::default()
        };
        let mut control = server.control.clone();
        async move {
            let mut answers = control.validate_dataset(request).await?.into_inner();
            let mut last = None;
            while let Some(answer) = answers.message().await? {
                last = answer.part;
            }
            match last {
                Some(Part::Report(report)) => Ok::<_, Status>(report),
                other => panic!("{other:?}"),
            }
        }
    };
    let report = validate("", "").await.unwrap();
    assert_eq!((report.rows, report.sessions), (74, 1));
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|finding| (finding.severity.as_str(), finding.code.as_str(), finding.contract.as_str(), finding.count))
        .collect();
    let expected = [
        ("warning", "missing_block", "NQM2025", 50),
        ("note", "missing_minutes", "NQM2025", 1),
        ("note", "degraded_day", "NQM2025", 74),
    ];
    assert_eq!(found, expected);
    let units: Vec<_> = report.findings.iter().map(|finding| finding.unit.as_str()).collect();
    assert_eq!(units, ["minutes", "minutes", "rows"]);
    assert_eq!(report.findings[0].last_trade_date, "2025-04-01");
    assert_eq!(report.findings[0].trade_date, "2025-04-01");
    for (from, to, part) in [
        (
            "2025-04-02",
            "",
            "no bars of NQ are stored from 2025-04-02 to 2025-04-01; stored are 2025-04-01 to 2025-04-01",
        ),
        ("2015-04-01", "2015-04-01", "from 2015-04-01 to 2015-04-01; stored are 2025-04-01 to 2025-04-01"),
        ("", "2025-03-31", "from 2025-04-01 to 2025-03-31"),
    ] {
        let status = validate(from, to).await.unwrap_err();
        assert_eq!(status.code(), Code::FailedPrecondition, "{status}");
        assert!(status.message().contains(part), "{status}");
    }
    assert_eq!(validate("", "2025-04-01").await.unwrap().rows, 74);
    // Where the ends of the range are stated, the front contract must reach them.
    let stated = validate("2025-03-31", "2025-04-02").await.unwrap().findings;
    let missing = stated.iter().filter(|finding| finding.unit == "minutes");
    let missing: Vec<_> = missing.map(|finding| (finding.code.as_str(), finding.count)).collect();
    assert_eq!(
        missing,
        [("missing_session", 2_760), ("missing_last_hour", 295), ("missing_block", 1_010), ("missing_minutes", 1)]
    );
    assert_eq!(validate("2025-04-02", "2025-04-01").await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(validate("1 April", "").await.unwrap_err().code(), Code::InvalidArgument);
    let refused = |request: wire::ValidateDatasetRequest| {
        let mut control = server.control.clone();
        async move { control.validate_dataset(request).await.unwrap_err() }
    };
    let request = |severity: &str, degraded_days| wire::ValidateDatasetRequest {
        root: "NQ".into(),
        severity: severity.into(),
        degraded_days,
        ..Default::default()
    };
    let status = refused(request("fatal", vec![])).await;
    assert_eq!((status.code(), status.message().contains("error, warning, note")), (Code::InvalidArgument, true));
    assert_eq!(refused(request("", vec![day("2025-4-1")])).await.code(), Code::InvalidArgument);
    assert_eq!(refused(request("", vec![day("2025-04-01"); 20_001])).await.code(), Code::InvalidArgument);
}
