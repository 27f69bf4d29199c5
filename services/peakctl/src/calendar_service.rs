//! The calendar service alone, for verbs that ask about sessions, contracts and planned rolls: a running one by endpoint,
//! or one in this process for the length of the command.

use peaktrade_embedded::{Member, Ports, Stack};
use peaktrade_runtime::client::{Channel, Options};
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::services;
use crate::settings::{Chosen, Needs};

/// Client of the calendar service.
pub(crate) type CalendarClient = CalendarServiceClient<Channel>;

/// Connects, asks, and stops what was started for it.
pub(crate) async fn ask<T>(
    context: &Context<'_>,
    question: impl AsyncFnOnce(&mut CalendarClient) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let gate = context.gate()?;
    let stack = match context.settings.endpoints.choose(Needs::Calendar)? {
        Chosen::Calendar { calendar } | Chosen::Bars { calendar, .. } | Chosen::Trading { calendar, .. } => {
            return question(&mut dial(&calendar).await?).await;
        }
        Chosen::Embedded => services::start_stack(&context.settings, &gate, Needs::Calendar, Ports::Free).await?,
    };
    // The client goes before the stack stops: an open channel would hold up the drain.
    let outcome = ask_stack(&stack, question).await;
    stack.stop().await;
    outcome
}

async fn ask_stack<T>(
    stack: &Stack,
    question: impl AsyncFnOnce(&mut CalendarClient) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let endpoint = stack.endpoint(Member::Calendar);
    let endpoint = endpoint.ok_or_else(|| Failure::Internal("the stack runs without its calendar".to_owned()))?;
    question(&mut dial(&endpoint).await?).await
}

async fn dial(endpoint: &str) -> Result<CalendarClient, Failure> {
    Ok(CalendarClient::new(services::channel("calendar", endpoint, &Options::default()).await?))
}

/// Says on which rows that are not certain an answer rests.
pub(crate) fn warn(output: Output, warnings: &[String]) {
    for warning in warnings {
        output.talk(&format!("warning: {warning}"));
    }
}
