//! Rolls by settlements, by volume and by open interest, their evidence, and two policies side by side.

use peaktrade_wire::dataset::v1 as wire;
use tonic::{Code, Status};

use crate::server::{Server, back_adjust, rows};

/// Both contracts around the roll of Monday 2025-03-17, at one volume in each minute; the new contract stands 800 quarters
/// above the old one, and both rise by 4 a day.
async fn two_contracts(server: &Server) {
    let level = |minute: i64| 80_000 + minute / 1_440 * 4 % 400;
    let old = rows("2025-03-12T22:00:00Z", "2025-03-18T21:00:00Z", level);
    let new = rows("2025-03-12T22:00:00Z", "2025-03-19T21:00:00Z", |minute| level(minute) + 800);
    server.import("NQ 03-25.Last.txt", &old).await.unwrap();
    server.import("NQ 06-25.Last.txt", &new).await.unwrap();
}

async fn settle(server: &Server, lines: &str) -> Result<wire::ImportSettlementsResponse, Status> {
    use wire::import_settlements_request::Part;
    let header = wire::SettlementsHeader {
        format: "csv".into(),
        root: "NQ".into(),
        file_name: "facts.csv".into(),
        supersede: Vec::new(),
    };
    let text = format!("contract,trade_date,settlement,open_interest\n{lines}");
    let parts = [Part::Header(header), Part::Chunk(text.into_bytes())];
    let messages = parts.map(|part| wire::ImportSettlementsRequest { part: Some(part) });
    let answer = server.control.clone().import_settlements(futures_util::stream::iter(messages)).await?;
    Ok(answer.into_inner())
}

const FACTS: &str = "NQH2025,2025-03-13,20000,300\nNQM2025,2025-03-13,20200.05,100\n\
                     NQH2025,2025-03-14,20010,200\nNQM2025,2025-03-14,20210.35,250\n";

async fn explain(server: &Server, dataset: &wire::Dataset) -> wire::RollExplanation {
    let request = wire::ExplainRollsRequest { dataset_id: dataset.dataset_id.clone() };
    let mut answer = server.control.clone().explain_rolls(request).await.unwrap().into_inner();
    assert_eq!(answer.explanations.len(), 1);
    answer.explanations.remove(0)
}

fn instant(text: &str) -> Option<prost_types::Timestamp> {
    Some(peaktrade_wire::timestamp(text.parse().unwrap()))
}

async fn refuse(server: &Server, request: wire::BuildContinuousRequest, code: Code, part: &str) {
    let status = server.build(request).await.unwrap_err();
    assert_eq!(status.code(), code, "{status}");
    assert!(status.message().contains(part), "{status}");
}

#[tokio::test]
async fn settlements_are_stored_listed_and_measured_with() {
    let server = Server::start().await;
    two_contracts(&server).await;
    let with = |spread: &str| wire::BuildContinuousRequest { spread: spread.into(), ..back_adjust() };
    refuse(&server, with("settlement"), Code::FailedPrecondition, "of NQH2025 there is none, of NQM2025 there is none")
        .await;
    let stored = settle(&server, FACTS).await.unwrap();
    assert_eq!((stored.rows_in, stored.already_present, stored.contracts.len()), (4, false, 2));
    assert!(settle(&server, FACTS).await.unwrap().already_present);
    let conflict = settle(&server, "NQH2025,2025-03-14,20010.25,\n").await.unwrap_err();
    assert_eq!(conflict.code(), Code::FailedPrecondition, "{conflict}");
    let list = wire::ListSettlementsRequest { root: "NQ".into(), contract: "NQM2025".into() };
    let listed = server.control.clone().list_settlements(list).await.unwrap().into_inner().contracts;
    let facts = &listed[0].facts;
    assert_eq!((listed.len(), facts.len(), facts[1].settlement.as_str()), (1, 2, "20210.35"));
    assert_eq!((facts[1].open_interest, facts[1].open_interest_known_at), (Some(250), instant("2025-03-16T22:00:00Z")));

    let built = server.build(with("settlement")).await.unwrap();
    let roll = &built.rolls[0];
    assert_eq!((roll.spread.as_str(), roll.method.as_str()), ("200.35", "settlement"));
    assert_eq!((roll.spread_time, roll.stale_session_minutes), (instant("2025-03-14T20:00:00Z"), 60));
    let pinned: Vec<&str> = built.settlements.iter().map(|input| input.contract.as_str()).collect();
    assert_eq!(pinned, ["NQH2025", "NQM2025"]);
    // The default method reads no settlement, and its identity names none.
    let standard = server.build(back_adjust()).await.unwrap();
    assert!(standard.settlements.is_empty());
    let explained = explain(&server, &standard).await;
    let roll = explained.roll.unwrap();
    let said: Vec<(&str, &str)> =
        roll.candidates.iter().map(|candidate| (candidate.method.as_str(), candidate.spread.as_str())).collect();
    assert_eq!(
        said,
        [("last_common", "200"), ("median_common_30", "200"), ("settlement", "200.35"), ("peak_trade", "202")],
        "Peak_Trade's rule takes the weekend for roll: two days of the four quarters that both rise by"
    );
    assert_eq!((roll.spread_deviation.as_str(), roll.from_source_sha256.len()), ("0", 1));
    assert!(
        explained.text.contains("settlement would have said +200.35 at 2025-03-14T20:00:00Z"),
        "{}",
        explained.text
    );
    // Facts that come later change nothing that was built.
    settle(&server, "NQH2025,2025-03-17,20020,\nNQM2025,2025-03-17,20230,\n").await.unwrap();
    let again = explain(&server, &built).await;
    assert_eq!(again.roll.unwrap().spread, "200.35");
}

#[tokio::test]
async fn rolls_follow_volume_and_open_interest_and_say_so() {
    let server = Server::start().await;
    two_contracts(&server).await;
    settle(&server, FACTS).await.unwrap();
    let with = |trigger: &str| wire::BuildContinuousRequest { roll_trigger: trigger.into(), ..back_adjust() };
    for (trigger, expected, by) in [
        // Thursday's volumes are equal; the decision after its close takes effect at Friday's open.
        ("volume:1,1,1", Some("2025-03-13T22:00:00Z"), "decided after the close of trade date 2025-03-13: 5"),
        ("volume:1,2,1", Some("2025-03-16T22:00:00Z"), "2025-03-14"),
        ("volume:2,1,1", None, ""),
        ("volume:2,1,1|else:monday_before_third_friday", Some("2025-03-16T22:00:00Z"), "by monday_before_third_friday"),
        // Friday's open interest is known from Sunday's open, decides after Monday's close and rolls at Tuesday's open.
        ("open_interest:1.25,1,1", Some("2025-03-17T22:00:00Z"), "250 to 200 contracts on 2025-03-14"),
    ] {
        let built = server.build(with(trigger)).await.unwrap();
        assert_eq!(built.rolls.first().and_then(|roll| roll.roll_ts), expected.and_then(instant), "{trigger}");
        assert_eq!(built.roll_policy, format!("{trigger}@trade_date_open/last_common/60"));
        assert_eq!(server.build(with(trigger)).await.unwrap(), built, "{trigger}");
        assert_eq!(!built.settlements.is_empty(), trigger.starts_with("open_interest"), "{trigger}");
        if expected.is_some() {
            let explained = explain(&server, &built).await;
            assert!(explained.text.contains(by), "{trigger}: {}", explained.text);
            assert!(explained.roll.unwrap().decision.is_some(), "{trigger}");
        }
        // A view as of an instant before a decision's effect does not know of it.
        let early = wire::BuildContinuousRequest { as_of: instant("2025-03-13T21:59:00Z"), ..with(trigger) };
        assert!(server.build(early).await.unwrap().rolls.is_empty(), "{trigger}");
    }
    let ended = wire::BuildContinuousRequest { to: "2025-03-21".into(), ..with("volume:2,1,1") };
    refuse(&server, ended, Code::FailedPrecondition, "NQH2025 never rolls into NQM2025 by volume:2,1,1").await;
    refuse(&server, with("volume:0,1,1"), Code::InvalidArgument, "\"volume:0,1,1\" is not built").await;
}

#[tokio::test]
async fn spreads_outside_the_band_are_refused_and_a_flag_widens_the_band() {
    let server = Server::start().await;
    two_contracts(&server).await;
    let narrow =
        |basis_points| wire::BuildContinuousRequest { max_spread_basis_points: Some(basis_points), ..back_adjust() };
    let standard = server.build(back_adjust()).await.unwrap();
    // 200 of 20,000 and some are a little less than 1 percent.
    refuse(&server, narrow(99), Code::FailedPrecondition, "is outside the band of").await;
    assert_eq!(server.build(narrow(100)).await.unwrap(), standard, "the band is no part of the identity");
    refuse(&server, narrow(10_001), Code::InvalidArgument, "max_spread_basis_points: 10001").await;
    let peak_trade = |as_of: &str| wire::BuildContinuousRequest {
        spread: "peak_trade".into(),
        as_of: instant(as_of),
        ..back_adjust()
    };
    let built = server.build(peak_trade("2025-03-16T22:01:00Z")).await.unwrap();
    assert_eq!(built.rolls[0].to_time, instant("2025-03-16T22:00:00Z"));
}

#[tokio::test]
async fn two_policies_are_set_side_by_side() {
    let server = Server::start().await;
    two_contracts(&server).await;
    let policy = |roll_trigger: &str, spread: &str| {
        Some(wire::RollPolicyChoice {
            roll_trigger: roll_trigger.into(),
            spread: spread.into(),
            ..wire::RollPolicyChoice::default()
        })
    };
    let diff = async |left, right| {
        let request = wire::DiffPoliciesRequest { root: "NQ".into(), left, right, ..Default::default() };
        server.control.clone().diff_policies(request).await.map(tonic::Response::into_inner)
    };
    let same = diff(None, policy("", "median_common_30")).await.unwrap();
    assert_eq!((same.rolls_differing, same.rolls.len()), (0, 1));
    let answer = diff(None, policy("volume:1,1,1", "peak_trade")).await.unwrap();
    assert_eq!(answer.right_policy, "volume:1,1,1@trade_date_open/peak_trade/60");
    let [roll] = &answer.rolls[..] else { panic!("{answer:?}") };
    // From Wednesday's last close to Thursday evening's first one both rose by a point.
    assert_eq!((roll.differs, answer.rolls_differing), (true, 1));
    assert_eq!(roll.spread_difference, roll.offset_difference);
    assert_eq!(roll.left.as_ref().unwrap().roll_ts, instant("2025-03-16T22:00:00Z"));
    assert_eq!(roll.right.as_ref().unwrap().roll_ts, instant("2025-03-13T22:00:00Z"));
    assert!(roll.text.contains("(decided after the close of 2025-03-13 by"), "{}", roll.text);
    let refused = diff(None, policy("noon", "")).await.unwrap_err();
    assert!(refused.message().contains("right: roll_trigger"), "{refused}");
}
