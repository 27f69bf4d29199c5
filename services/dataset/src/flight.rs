//! The data plane: Arrow Flight on the port of the control plane.
//!
//! GetFlightInfo resolves "the newest" once and answers a ticket that is pinned to content; the ticket alone decides
//! the bytes that DoGet sends.

mod address;
mod metadata;
mod resolve;
mod rolls;
mod stream;
mod vendor_continuous;

use std::pin::Pin;
use std::sync::Arc;

use arrow_flight::flight_service_server::FlightService;
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightInfo, HandshakeRequest, HandshakeResponse,
    PollInfo, PutResult, SchemaAsIpc, SchemaResult, Ticket,
};
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::Schema;
use futures_util::{StreamExt as _, stream as streams};
use tokio_stream::Stream;
use tonic::{Code, Request, Response, Status, Streaming};

use self::address::Query;
use crate::library::Library;
use crate::status;

/// The handlers.
#[derive(Debug)]
pub(crate) struct Flight {
    library: Arc<Library>,
}

impl Flight {
    pub(crate) fn new(library: Arc<Library>) -> Self {
        Self { library }
    }

    async fn info(&self, query: &Query, descriptor: FlightDescriptor) -> Result<FlightInfo, Status> {
        if let Some(manifest) = rolls::find(&self.library, query).await? {
            let table = rolls::table(&manifest)?;
            let (rows, bytes) = (table.num_rows() as u64, table.get_array_memory_size() as u64);
            return flight_info(&table.schema(), rolls::ticket(&manifest), (rows, bytes), descriptor);
        }
        if let Some(part) = vendor_continuous::find(&self.library, query).await? {
            let rows = part.rows(&self.library).await?;
            return flight_info(&part.schema(), part.ticket(), (rows, rows * part.row_bytes()), descriptor);
        }
        let resolved = resolve::query(&self.library, query).await?;
        let rows = resolved.row_end - resolved.row_start;
        let bytes = rows.saturating_mul(resolved.row_bytes());
        flight_info(&resolved.schema, resolved.ticket_bytes(), (rows, bytes), descriptor)
    }
}

/// A stream of answers of one verb.
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl FlightService for Flight {
    type HandshakeStream = Answers<HandshakeResponse>;
    type ListFlightsStream = Answers<FlightInfo>;
    type DoGetStream = Answers<FlightData>;
    type DoPutStream = Answers<PutResult>;
    type DoActionStream = Answers<arrow_flight::Result>;
    type ListActionsStream = Answers<ActionType>;
    type DoExchangeStream = Answers<FlightData>;

    async fn list_flights(&self, request: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        let prefix = request.into_inner().expression;
        let prefix = std::str::from_utf8(&prefix).map_err(|_| {
            Status::invalid_argument("criteria are not UTF-8; a path prefix such as continuous/NQ/ is allowed")
        })?;
        let mut flights = Vec::new();
        for path in resolve::published(&self.library, prefix).await? {
            let descriptor = FlightDescriptor::new_path(path.clone());
            let query = Query::of_descriptor(&descriptor)?;
            match self.info(&query, descriptor).await {
                Ok(info) => flights.push(Ok(info)),
                // What cannot be served is no flight; the others are.
                Err(status) if is_of_one_series(&status) => {
                    tracing::warn!(path = path.join("/"), error = status.message(), "series left out of the list");
                }
                Err(status) => return Err(status),
            }
        }
        Ok(Response::new(streams::iter(flights).boxed()))
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        let descriptor = request.into_inner();
        let query = Query::of_descriptor(&descriptor)?;
        Ok(Response::new(self.info(&query, descriptor).await?))
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        let query = Query::of_descriptor(&request.into_inner())?;
        let schema = if let Some(manifest) = rolls::find(&self.library, &query).await? {
            rolls::schema(&manifest)
        } else if let Some(part) = vendor_continuous::find(&self.library, &query).await? {
            part.schema()
        } else {
            resolve::query(&self.library, &query).await?.schema
        };
        let schema = SchemaAsIpc::new(&schema, &IpcWriteOptions::default())
            .try_into()
            .map_err(|error| Status::internal(format!("schema: {error}")))?;
        Ok(Response::new(schema))
    }

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        let ticket = request.into_inner().ticket;
        if let Some(manifest) = rolls::of_ticket(&self.library, &ticket).await? {
            return Ok(Response::new(stream::table(rolls::table(&manifest)?).boxed()));
        }
        if let Some(part) = vendor_continuous::of_ticket(&self.library, &ticket).await? {
            let batches = part.batches(&self.library).await?;
            return Ok(Response::new(stream::batches(part.schema(), batches).boxed()));
        }
        let resolved = resolve::ticket(&self.library, &ticket).await?;
        let series = resolve::series(&self.library, &resolved).await?;
        let rows = resolved.row_start..resolved.row_end;
        let bars =
            stream::bars(&self.library, series, resolved.schema, rows, resolved.rows_total, resolved.extra).await;
        Ok(Response::new(bars.map_err(|error| status::of_series(&error))?.boxed()))
    }

    async fn handshake(
        &self,
        _request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        Err(not_built("Handshake"))
    }

    async fn poll_flight_info(&self, _request: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        Err(not_built("PollFlightInfo"))
    }

    async fn do_put(&self, _request: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        Err(not_built("DoPut"))
    }

    async fn do_exchange(
        &self,
        _request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        Err(not_built("DoExchange"))
    }

    async fn do_action(&self, _request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        Err(not_built("DoAction"))
    }

    async fn list_actions(&self, _request: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        Err(not_built("ListActions"))
    }
}

/// Whether an error says that one series cannot be served: it is damaged, gone, or of another calendar.
fn is_of_one_series(status: &Status) -> bool {
    matches!(status.code(), Code::DataLoss | Code::FailedPrecondition | Code::NotFound)
}

fn not_built(verb: &str) -> Status {
    Status::unimplemented(format!("{verb} is not built; built are ListFlights, GetFlightInfo, GetSchema and DoGet"))
}

/// All that a client needs to fetch and to check; one endpoint, so that the order is given.
fn flight_info(
    schema: &Schema,
    ticket: Vec<u8>,
    (rows, bytes): (u64, u64),
    descriptor: FlightDescriptor,
) -> Result<FlightInfo, Status> {
    let signed = |number: u64| i64::try_from(number).map_err(|_| Status::internal("row count out of range"));
    let endpoint = arrow_flight::FlightEndpoint::new().with_ticket(Ticket::new(ticket));
    Ok(FlightInfo::new()
        .try_with_schema(schema)
        .map_err(|error| Status::internal(format!("schema: {error}")))?
        .with_descriptor(descriptor)
        .with_endpoint(endpoint)
        .with_total_records(signed(rows)?)
        .with_total_bytes(signed(bytes)?)
        .with_ordered(true))
}
