//! Four services as four processes: what happens when one of them dies, hangs or comes back.

use std::time::{Duration, Instant};

use peaktrade_testkit::{Service, Stack};
use peaktrade_wire::broker::v1::{
    AdvanceClockRequest, GetAccountRequest, GetAccountResponse, GetOrderRequest, SubmitOrderRequest,
    SubmitOrderResponse,
};
use peaktrade_wire::common::v1::{ExecType, OrdStatus, Order, Side};
use peaktrade_wire::risk::v1::{Decision, Reason};
use prost_types::Timestamp;

use crate::market::{self, CLOCK, CONTRACT, fill_price, open_session, order};

/// The promise: an order is refused within a second of the gate's loss.
const REFUSAL_MAX: Duration = Duration::from_secs(1);
/// A gate that is back is used again within this time.
const RECOVERY_MAX: Duration = Duration::from_secs(10);
/// Pause between two attempts.
const POLL: Duration = Duration::from_millis(50);
/// Text of the report for an order that the gate could not judge.
const GATE_UNAVAILABLE: &str = "RISK_GATE_UNAVAILABLE";

async fn submit(stack: &Stack, order: Order) -> SubmitOrderResponse {
    let request = SubmitOrderRequest { order: Some(order) };
    stack.paper_broker().submit_order(request).await.unwrap().into_inner()
}

async fn account(stack: &Stack, session_id: &str) -> GetAccountResponse {
    let request = GetAccountRequest { session_id: session_id.to_owned() };
    stack.paper_broker().get_account(request).await.unwrap().into_inner()
}

async fn advance(stack: &Stack, session_id: &str, minutes: i64) {
    let to = Some(Timestamp { seconds: CLOCK.seconds + minutes * 60, nanos: 0 });
    let request = AdvanceClockRequest { session_id: session_id.to_owned(), to };
    let moved = stack.paper_broker().advance_clock(request).await.unwrap().into_inner();
    assert!(moved.executions.is_empty(), "something opened by itself: {:?}", moved.executions);
}

fn filled(answer: &SubmitOrderResponse) -> bool {
    answer.executions.last().is_some_and(|report| report.ord_status() == OrdStatus::Filled)
}

/// Position in the only contract.
fn position(account: &GetAccountResponse) -> i64 {
    account.positions.iter().filter(|held| held.contract == CONTRACT).map(|held| held.quantity).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_fill_by_hand_checked_numbers_and_a_foreign_root_is_blocked_by_the_gate() {
    let stack = Stack::start();
    let dataset_id = market::load(&stack).await;
    open_session(&stack, &dataset_id, "numbers").await;

    let answer = submit(&stack, order("numbers", "buy-1", CONTRACT, Side::Buy, 2)).await;
    assert_eq!(answer.decision(), Decision::Allow, "{answer:?}");
    let kinds: Vec<ExecType> = answer.executions.iter().map(|report| report.exec_type()).collect();
    assert_eq!(kinds, [ExecType::New, ExecType::Trade]);
    let fill = &answer.executions[1];
    assert_eq!((fill.last_px.as_str(), fill.last_qty, fill.cum_qty, fill.leaves_qty), ("20000.25", 2, 2, 0));
    assert_eq!(fill.last_px, fill_price(&CLOCK, Side::Buy));
    // 0.85 + 1.28 + 0.02 dollars a contract and side.
    assert_eq!(fill.fee_usd, "4.30");
    assert_eq!(fill.trade_date, "2026-02-03");
    assert!(!fill.fill_rule.is_empty());

    // Ten minutes on the market opens 2.5 points higher: sold one tick below, bought one tick above.
    advance(&stack, "numbers", 10).await;
    let answer = submit(&stack, order("numbers", "sell-1", CONTRACT, Side::Sell, 2)).await;
    assert_eq!(answer.executions[1].last_px, "20002.25", "{answer:?}");
    let account = account(&stack, "numbers").await;
    // Two points on two contracts at 20 dollars a point; four sides of fees.
    assert_eq!((account.realized_usd.as_str(), account.fees_usd.as_str()), ("80.00", "8.60"));
    assert_eq!((account.cash_usd.as_str(), account.unrealized_usd.as_str()), ("1000071.40", "0.00"));
    assert!(account.positions.is_empty(), "{:?}", account.positions);

    let answer = submit(&stack, order("numbers", "foreign", "ESH2026", Side::Buy, 1)).await;
    assert_eq!(answer.decision(), Decision::Block, "{answer:?}");
    assert_eq!(answer.reasons[0].reason(), Reason::InstrumentNotAllowed, "{answer:?}");
    assert_eq!(answer.executions.last().unwrap().exec_type(), ExecType::Rejected);
    let gate_metrics = metrics(&stack, Service::RiskGate).await;
    assert_eq!(sample(&gate_metrics, "risk_blocks_total", "reason=\"instrument_not_allowed\""), 1, "{gate_metrics}");
}

/// The gate dies or hangs: the next order is refused in time, and it stays refused when the gate is back.
async fn refused_without_the_gate(signal: &str) {
    let mut stack = Stack::start();
    let dataset_id = market::load(&stack).await;
    open_session(&stack, &dataset_id, "outage").await;
    assert!(filled(&submit(&stack, order("outage", "before", CONTRACT, Side::Buy, 1)).await));

    stack.signal(Service::RiskGate, signal);
    for attempt in 0..3 {
        let start = Instant::now();
        let answer = submit(&stack, order("outage", &format!("during-{attempt}"), CONTRACT, Side::Buy, 1)).await;
        let elapsed = start.elapsed();
        let report = answer.executions.last().unwrap_or_else(|| panic!("no report: {answer:?}"));
        assert_eq!(report.exec_type(), ExecType::Rejected, "{answer:?}");
        assert_eq!(report.text, GATE_UNAVAILABLE, "{answer:?}");
        assert!(elapsed < REFUSAL_MAX, "SIG{signal}: refused after {elapsed:?}");
    }

    match signal {
        "STOP" => stack.signal(Service::RiskGate, "CONT"),
        _ => stack.restart(Service::RiskGate),
    }
    // Time passes at the broker: none of the refused orders may open, now or with the next one that is allowed.
    advance(&stack, "outage", 30).await;
    let start = Instant::now();
    let mut attempt = 0;
    let answer = loop {
        let answer = submit(&stack, order("outage", &format!("after-{attempt}"), CONTRACT, Side::Sell, 1)).await;
        if filled(&answer) {
            break answer;
        }
        assert!(start.elapsed() < RECOVERY_MAX, "SIG{signal}: the gate is back but not used: {answer:?}");
        attempt += 1;
        tokio::time::sleep(POLL).await;
    };
    assert_eq!(answer.decision(), Decision::Allow);
    let after = account(&stack, "outage").await;
    assert_eq!((position(&after), after.working_orders), (0, 0), "{after:?}");
    for attempt in 0..3 {
        let request = GetOrderRequest { session_id: "outage".to_owned(), client_order_id: format!("during-{attempt}") };
        let found = stack.paper_broker().get_order(request).await.unwrap().into_inner();
        assert_eq!(found.execution.unwrap().ord_status(), OrdStatus::Rejected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_gate_refuses_the_next_order_within_a_second() {
    refused_without_the_gate("KILL").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_gate_refuses_the_next_order_within_a_second() {
    refused_without_the_gate("STOP").await;
}

/// Callers that keep the broker busy until it is gone.
const CALLERS: usize = 8;
/// Acknowledged orders before the broker is killed.
const ACKNOWLEDGED_MIN: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_order_survives_a_killed_broker() {
    let mut stack = Stack::start();
    let dataset_id = market::load(&stack).await;
    open_session(&stack, &dataset_id, "load").await;

    let (acknowledge, mut acknowledged) = tokio::sync::mpsc::unbounded_channel();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..CALLERS {
        let mut broker = stack.paper_broker();
        let acknowledge = acknowledge.clone();
        callers.spawn(async move {
            for number in 0_u32.. {
                // Sides alternate, so that the book stays within the limits however long this goes on.
                let side = if number.is_multiple_of(2) { Side::Buy } else { Side::Sell };
                let sent = order("load", &format!("caller-{caller}-{number}"), CONTRACT, side, 1);
                let request = SubmitOrderRequest { order: Some(sent.clone()) };
                match broker.submit_order(request).await {
                    Ok(answer) => acknowledge.send((sent, answer.into_inner())).unwrap(),
                    Err(_) => return,
                }
            }
        });
    }
    drop(acknowledge);
    let mut answers: Vec<(Order, SubmitOrderResponse)> = Vec::new();
    while answers.len() < ACKNOWLEDGED_MIN {
        answers.push(acknowledged.recv().await.unwrap());
    }
    stack.signal(Service::PaperBroker, "KILL");
    while let Some(answer) = acknowledged.recv().await {
        answers.push(answer);
    }
    while callers.join_next().await.is_some() {}
    assert!(answers.iter().filter(|(_, answer)| filled(answer)).count() > ACKNOWLEDGED_MIN / 2, "too few filled");

    stack.restart(Service::PaperBroker);
    for (sent, answer) in &answers {
        let request = GetOrderRequest { session_id: "load".to_owned(), client_order_id: sent.client_order_id.clone() };
        let found = stack.paper_broker().get_order(request).await.unwrap().into_inner();
        assert_eq!(found.order.as_ref(), Some(sent));
        assert_eq!(found.execution.as_ref(), answer.executions.last(), "{}", sent.client_order_id);
    }
    let (sent, answer) = &answers[0];
    let repeated = submit(&stack, sent.clone()).await;
    assert!(repeated.is_replayed);
    assert_eq!(repeated.executions, answer.executions);
    let mut other = sent.clone();
    other.quantity += 1;
    let request = SubmitOrderRequest { order: Some(other) };
    let refused = stack.paper_broker().submit_order(request).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::AlreadyExists, "{refused}");
}

/// Callers at once, as the promise about group commit counts them.
const GATE_CALLERS: u32 = 64;
/// Decisions of each.
const DECISIONS_EACH: u32 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_decisions_share_a_commit() {
    let stack = Stack::start();
    let dataset_id = market::load(&stack).await;
    open_session(&stack, &dataset_id, "batch").await;
    let before = metrics(&stack, Service::RiskGate).await;

    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..GATE_CALLERS {
        let mut gate = stack.risk_gate();
        callers.spawn(async move {
            for number in 0..DECISIONS_EACH {
                let request = peaktrade_wire::risk::v1::CheckOrderRequest {
                    order: Some(order("batch", &format!("c{caller}-{number}"), CONTRACT, Side::Buy, 1)),
                    event_time: Some(CLOCK),
                    marks: vec![peaktrade_wire::common::v1::Mark {
                        contract: CONTRACT.to_owned(),
                        price: "20000".to_owned(),
                        time: Some(CLOCK),
                    }],
                    report_sequence: 0,
                };
                gate.check_order(request).await.unwrap();
            }
        });
    }
    callers.join_all().await;

    let after = metrics(&stack, Service::RiskGate).await;
    let commits = sample(&after, "journal_commits_total", "") - sample(&before, "journal_commits_total", "");
    let events = sample(&after, "journal_events_total", "") - sample(&before, "journal_events_total", "");
    let decisions = u64::from(GATE_CALLERS * DECISIONS_EACH);
    assert!(events >= decisions, "{events} events of {decisions} decisions");
    assert!(commits * 4 <= decisions, "{commits} commits for {decisions} decisions");
    report(&format!("{decisions} decisions in {commits} commits"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_trace_id_goes_from_the_command_line_through_broker_and_gate() {
    let stack = Stack::start();
    let dataset_id = market::load(&stack).await;
    let arguments = ["replay", "--dataset", &dataset_id, "--json", "--log-level", "debug"];
    let run = stack.peakctl(&arguments, Duration::from_secs(60));
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let ids = |lines: &[serde_json::Value]| -> std::collections::BTreeSet<String> {
        lines
            .iter()
            .filter_map(|line| line["trace_id"].as_str())
            .filter(|id| id.len() == 32)
            .map(str::to_owned)
            .collect()
    };
    let of_peakctl: Vec<serde_json::Value> =
        run.stderr.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let shared: Vec<String> = ids(&of_peakctl)
        .intersection(&ids(&stack.log_lines(Service::PaperBroker)))
        .filter(|id| ids(&stack.log_lines(Service::RiskGate)).contains(*id))
        .cloned()
        .collect();
    assert!(!shared.is_empty(), "no trace id stands in all three logs; peakctl's:\n{}", run.stderr);
}

/// Text of a service's metrics.
async fn metrics(stack: &Stack, service: Service) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut socket = tokio::net::TcpStream::connect(stack.metrics_address(service)).await.unwrap();
    socket.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer:.200}");
    answer
}

/// Sum of the samples of a counter whose labels contain `label`.
fn sample(text: &str, name: &str, label: &str) -> u64 {
    let samples: Vec<u64> = text
        .lines()
        .filter(|line| line.starts_with(name) && line[name.len()..].starts_with(['{', ' ']) && line.contains(label))
        .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(!samples.is_empty(), "no sample of {name} with {label:?} in:\n{text}");
    samples.iter().sum()
}

#[allow(clippy::print_stdout, reason = "the test harness shows it on demand")]
fn report(line: &str) {
    println!("{line}");
}
