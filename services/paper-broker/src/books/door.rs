//! The door to the books: questions from the async side, answered by the thread that owns them.

use std::any::Any;

use peaktrade_journal::{OwnerError, OwnerHandle};

use super::{Books, Change, Event};
use crate::refused::Refused;

/// A question to the books: events to record and an answer.
pub(crate) type Question = Box<dyn FnOnce(&mut Books) -> (Vec<Event>, Box<dyn Any + Send>) + Send>;

/// Asks the books from the async side.
#[derive(Clone, Debug)]
pub(crate) struct BooksDoor(pub(crate) OwnerHandle<Books>);

impl BooksDoor {
    /// Asks for something that may change the state; the answer is on disk when it comes.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Books) -> Change<T> + Send + 'static,
    ) -> Result<T, Refused> {
        let answer = self
            .0
            .call(Box::new(move |books| {
                let (events, answer) = question(books);
                (events, Box::new(answer))
            }))
            .await?;
        let answer: Box<Result<T, Refused>> = answer.downcast().map_err(|_| wrong_answer())?;
        *answer
    }

    /// Asks for something that changes nothing.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Books) -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        self.change(move |books| (Vec::new(), question(books))).await
    }
}

/// Cannot happen: the question boxes the answer that its caller unboxes. Refused rather than assumed.
fn wrong_answer() -> Refused {
    OwnerError::Failed { cause: "an answer of another type than its question's".to_owned() }.into()
}
