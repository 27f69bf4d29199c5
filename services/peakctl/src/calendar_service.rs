//! The calendar service alone, for verbs that ask about sessions, contracts and planned rolls: a running one by endpoint,
//! or one in this process for the length of the command.

use peaktrade_embedded::{Member, Ports, Stack};
use peaktrade_runtime::client::{Channel, Options};
use peaktrade_wire::calendar::v1::calendar_service_client::CalendarServiceClient;
use tonic::{Response, Status};

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::services;
use crate::settings::{Chosen, Needs};

/// Flags by the field of a request that each fills.
const FLAGS: [(&str, &str); 20] = [
    ("root", "--root"),
    ("from", "--from"),
    ("to", "--to"),
    ("hours", "--hours"),
    ("time", "--at"),
    ("depth", "--depth"),
    ("on", "--on"),
    ("symbol", "SYMBOL"),
    ("text", "TEXT"),
    ("reference_date", "--on"),
    ("trade_date", "--trade-date"),
    ("fixing", "--fixing"),
    ("cash_index_close", "--cash-index-close"),
    ("afternoon_fixing", "--afternoon-fixing"),
    ("afternoon_cash_index_close", "--afternoon-cash-index-close"),
    ("rule", "roll policy"),
    ("rule.trigger", "--roll-trigger"),
    ("rule.trade_dates_before", "--trade-dates-before"),
    ("rule.instant", "--roll-instant"),
    ("rule.table", "--roll-table"),
];

/// Client of the calendar service.
pub(crate) type CalendarClient = CalendarServiceClient<Channel>;

/// Connects, asks, and stops what was started for it.
pub(crate) async fn ask<T>(
    context: &Context<'_>,
    question: impl AsyncFnOnce(&mut CalendarClient) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let gate = context.quiet_gate()?;
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

/// Awaits one call; a refusal names flags where the service names fields.
pub(crate) async fn call<T>(
    action: &str,
    call: impl Future<Output = Result<Response<T>, Status>>,
) -> Result<T, Failure> {
    let named = async { call.await.map_err(|status| Status::new(status.code(), in_flags(status.message()))) };
    services::call(action, named).await
}

/// A refusal, "field: problem", in the words of the command line.
fn in_flags(message: &str) -> String {
    let Some((head, problem)) = message.split_once(": ") else { return message.to_owned() };
    let (field, row) = head.find('[').map_or((head, ""), |at| head.split_at(at));
    let Some((_, flag)) = FLAGS.iter().find(|(name, _)| *name == field) else { return message.to_owned() };
    let nested = FLAGS.iter().filter(|(name, _)| name.starts_with("rule."));
    let problem = nested.fold(problem.to_owned(), |text, (name, flag)| text.replace(name, flag));
    format!("{flag}{row}: {problem}")
}

/// Says on which rows that are not certain an answer rests.
pub(crate) fn warn(output: Output, warnings: &[String]) {
    for warning in warnings {
        output.talk(&format!("warning: {warning}"));
    }
}

#[cfg(test)]
mod tests {
    use super::in_flags;

    #[test]
    fn a_refusal_names_flags_and_not_fields() {
        for (sent, shown) in [
            ("root: root GC has no specification", "--root: root GC has no specification"),
            ("reference_date: missing", "--on: missing"),
            (
                "rule.trade_dates_before: is given, but rule.trigger is not \"n_trade_dates_before\"",
                "--trade-dates-before: is given, but --roll-trigger is not \"n_trade_dates_before\"",
            ),
            ("rule.instant: time \"25:00\" is none", "--roll-instant: time \"25:00\" is none"),
            ("rule.table[1].roll_time: missing", "--roll-table[1].roll_time: missing"),
            ("rule: no roll", "roll policy: no roll"),
            ("the service drains: try again", "the service drains: try again"),
            ("no field at all", "no field at all"),
        ] {
            assert_eq!(in_flags(sent), shown);
        }
    }
}
