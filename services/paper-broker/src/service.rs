//! The RPCs: parse, ask the broker, reply.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::Stream;
use futures_util::stream::try_unfold;
use peaktrade_domain::{UnixNanos, Usd};
use peaktrade_wire::broker::v1 as wire;
use peaktrade_wire::{FieldError, identifier, instant, symbol};
use tonic::{Request, Response, Status};
use wire::paper_broker_service_server::PaperBrokerService;

use crate::books::Answered;
use crate::broker::{Broker, Wanted};
use crate::convert;
use crate::flows::Flows;
use crate::refused::Refused;

/// Reports in one message of ListExecutions, as the proto says.
const REPORTS_PER_MESSAGE: usize = 1_000;
/// Longest key of a roll: its legs' keys are longer by ":close" and hold 64 characters at most.
const ROLL_KEY_MAX: usize = 58;
/// Starting cash at most, US dollars: with positions bounded as well, every amount stays within 64 bits.
const CASH_MAX: Usd = Usd::from_micros(1_000_000_000 * Usd::SCALE);

/// The service in front of the broker.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) broker: Arc<Broker>,
    pub(crate) flows: Flows,
}

impl Door {
    async fn to_the_end<T, F>(&self, flow: impl FnOnce(Arc<Broker>) -> F) -> Result<T, Status>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Refused>> + Send + 'static,
    {
        self.flows.to_the_end(flow(self.broker.clone())).await
    }
}

#[tonic::async_trait]
impl PaperBrokerService for Door {
    async fn open_session(
        &self,
        request: Request<wire::OpenSessionRequest>,
    ) -> Result<Response<wire::OpenSessionResponse>, Status> {
        let wanted = wanted(&request.into_inner())?;
        let opened = self.to_the_end(move |broker| async move { broker.open(wanted).await }).await?;
        let opening = opened.opening;
        Ok(Response::new(wire::OpenSessionResponse {
            contracts: opening.instruments.keys().map(|contract| contract.to_string()).collect(),
            fees_sha256: opening.fees_sha256.to_string(),
            margins_sha256: opening.margins_sha256.to_string(),
            policy_sha256: opening.policy_sha256.to_string(),
        }))
    }

    async fn advance_clock(
        &self,
        request: Request<wire::AdvanceClockRequest>,
    ) -> Result<Response<wire::AdvanceClockResponse>, Status> {
        let request = request.into_inner();
        let session_id = identifier(&request.session_id, "session_id")?.to_owned();
        let to = instant(request.to, "to")?;
        let asked = session_id.clone();
        let moved = self.to_the_end(move |broker| async move { broker.advance(asked, to).await }).await?;
        Ok(Response::new(wire::AdvanceClockResponse {
            clock: Some(peaktrade_wire::timestamp(moved.clock)),
            executions: convert::reports_to_wire(&session_id, &moved.reports),
            equity: moved.equity.iter().map(convert::equity_to_wire).collect(),
        }))
    }

    async fn submit_order(
        &self,
        request: Request<wire::SubmitOrderRequest>,
    ) -> Result<Response<wire::SubmitOrderResponse>, Status> {
        let order = convert::order(request.into_inner().order)?;
        let session_id = order.session_id.clone();
        let answered = self.to_the_end(move |broker| async move { broker.submit(order).await }).await?;
        let Answered { verdict, reports, is_replayed, quantity: _ } = answered;
        Ok(Response::new(wire::SubmitOrderResponse {
            decision: convert::decision_to_wire(verdict.decision),
            reasons: verdict.reasons.iter().map(convert::reason_to_wire).collect(),
            executions: convert::reports_to_wire(&session_id, &reports),
            is_replayed,
        }))
    }

    async fn cancel_order(
        &self,
        request: Request<wire::CancelOrderRequest>,
    ) -> Result<Response<wire::CancelOrderResponse>, Status> {
        let request = request.into_inner();
        let session_id = identifier(&request.session_id, "session_id")?.to_owned();
        let key = identifier(&request.client_order_id, "client_order_id")?.to_owned();
        let asked = session_id.clone();
        let report = self.to_the_end(move |broker| async move { broker.cancel(asked, key).await }).await?;
        let execution = report.map(|report| convert::report_to_wire(&session_id, &report));
        Ok(Response::new(wire::CancelOrderResponse { execution }))
    }

    async fn roll_position(
        &self,
        request: Request<wire::RollPositionRequest>,
    ) -> Result<Response<wire::RollPositionResponse>, Status> {
        let request = request.into_inner();
        let session_id = identifier(&request.session_id, "session_id")?.to_owned();
        let roll_id = identifier(&request.client_order_id, "client_order_id")?.to_owned();
        if roll_id.len() > ROLL_KEY_MAX {
            let problem = format!("{} characters; a roll's key has at most {ROLL_KEY_MAX}", roll_id.len());
            return Err(FieldError::new("client_order_id", problem).into());
        }
        let from = symbol(&request.from_contract, "from_contract")?;
        let to = symbol(&request.to_contract, "to_contract")?;
        let asked = session_id.clone();
        let answered =
            self.to_the_end(move |broker| async move { broker.roll(asked, roll_id, from, to).await }).await?;
        Ok(Response::new(wire::RollPositionResponse {
            executions: convert::reports_to_wire(&session_id, &answered.reports),
            reasons: answered.verdict.reasons.iter().map(convert::reason_to_wire).collect(),
            quantity: answered.quantity,
            is_replayed: answered.is_replayed,
        }))
    }

    async fn get_order(
        &self,
        request: Request<wire::GetOrderRequest>,
    ) -> Result<Response<wire::GetOrderResponse>, Status> {
        let request = request.into_inner();
        let session_id = identifier(&request.session_id, "session_id")?.to_owned();
        let key = identifier(&request.client_order_id, "client_order_id")?.to_owned();
        let asked = session_id.clone();
        let (order, report) = self.broker.books.read(move |books| books.order(&asked, &key)).await?;
        Ok(Response::new(wire::GetOrderResponse {
            order: Some(convert::order_to_wire(&order)),
            execution: Some(convert::report_to_wire(&session_id, &report)),
        }))
    }

    async fn get_account(
        &self,
        request: Request<wire::GetAccountRequest>,
    ) -> Result<Response<wire::GetAccountResponse>, Status> {
        let session_id = identifier(&request.into_inner().session_id, "session_id")?.to_owned();
        let statement = self.broker.books.read(move |books| books.statement(&session_id)).await?;
        let view = &statement.view;
        Ok(Response::new(wire::GetAccountResponse {
            account: statement.account,
            clock: Some(peaktrade_wire::timestamp(statement.clock)),
            cash_usd: view.cash.to_string(),
            realized_usd: view.realized.to_string(),
            unrealized_usd: view.unrealized.to_string(),
            fees_usd: view.fees.to_string(),
            equity_usd: view.equity.to_string(),
            initial_margin_usd: statement.initial_margin.map_or_else(String::new, |margin| margin.to_string()),
            positions: convert::positions_to_wire(view),
            working_orders: u32::try_from(view.working_orders).unwrap_or(u32::MAX),
            report_sequence: statement.report_sequence,
        }))
    }

    type ListExecutionsStream = Pin<Box<dyn Stream<Item = Result<wire::ListExecutionsResponse, Status>> + Send>>;

    async fn list_executions(
        &self,
        request: Request<wire::ListExecutionsRequest>,
    ) -> Result<Response<Self::ListExecutionsStream>, Status> {
        let request = request.into_inner();
        let session_id = identifier(&request.session_id, "session_id")?.to_owned();
        let first = request.from_sequence.max(1);
        // An unknown session is refused now, not with the first message.
        let asked = session_id.clone();
        let books = self.broker.books.clone();
        books.read(move |books| books.reports_from(&asked, first, 1)).await?;
        let messages = try_unfold((books, session_id, first), |(books, session_id, first)| async move {
            let asked = session_id.clone();
            let reports = books.read(move |books| books.reports_from(&asked, first, REPORTS_PER_MESSAGE)).await?;
            if reports.is_empty() {
                return Ok(None);
            }
            let executions = convert::reports_to_wire(&session_id, &reports);
            let next = first + reports.len() as u64;
            Ok(Some((wire::ListExecutionsResponse { executions }, (books, session_id, next))))
        });
        Ok(Response::new(Box::pin(messages)))
    }

    async fn close_session(
        &self,
        request: Request<wire::CloseSessionRequest>,
    ) -> Result<Response<wire::CloseSessionResponse>, Status> {
        let session_id = identifier(&request.into_inner().session_id, "session_id")?.to_owned();
        let asked = session_id.clone();
        let reports = self.to_the_end(move |broker| async move { broker.close(asked).await }).await?;
        let executions = convert::reports_to_wire(&session_id, &reports);
        Ok(Response::new(wire::CloseSessionResponse { executions }))
    }
}

/// How paths of vendors' continuous series begin.
const VENDOR_CONTINUOUS: &str = "vendor_continuous";

fn wanted(request: &wire::OpenSessionRequest) -> Result<Wanted, FieldError> {
    let cash = peaktrade_wire::decimal_usd(&request.cash_usd, "cash_usd")?;
    if cash <= Usd::ZERO || cash > CASH_MAX {
        return Err(FieldError::new("cash_usd", format!("{cash} is not above 0 and at most {CASH_MAX}")));
    }
    if request.dataset_id.starts_with(VENDOR_CONTINUOUS) {
        let shown: String = request.dataset_id.chars().take(80).collect();
        let problem = format!(
            "{shown:?} is a vendor's continuous series, whose prices no contract had; the dataset_id of a build is required"
        );
        return Err(FieldError::new("dataset_id", problem));
    }
    let digits = request.dataset_id.strip_prefix("sha256:").unwrap_or_default();
    if digits.parse::<peaktrade_domain::Sha256>().is_err() {
        let shown: String = request.dataset_id.chars().take(80).collect();
        return Err(FieldError::new("dataset_id", format!("{shown:?} is not \"sha256:\" and 64 hexadecimal digits")));
    }
    let clock: UnixNanos = instant(request.clock, "clock")?;
    if !clock.is_whole_minute() {
        return Err(FieldError::new("clock", format!("{clock} is not a whole minute")));
    }
    Ok(Wanted {
        session_id: identifier(&request.session_id, "session_id")?.to_owned(),
        account: identifier(&request.account, "account")?.to_owned(),
        cash,
        dataset_id: request.dataset_id.clone(),
        clock,
    })
}
